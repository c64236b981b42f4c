"""Exceptions, their walls, and the guard that lets them go forward alone (E1, E2)."""

import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.datetime
from django.db import migrations, models

import governance.tenancy.fields
from governance.tenancy.operations import TenantTable

# Where an exception came from and what it weighs is fixed. It goes forward through its states, its
# tier rises one at a time while nobody has answered, and what ended stays as it ended.
GUARD = """
CREATE FUNCTION exception_is_guarded() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  states text[] := ARRAY['open', 'assigned', 'decision_requested', 'decided', 'verified', 'closed'];
  broken text;
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.state <> 'open' OR NEW.climbs <> 0 THEN broken := 'approvals_exception_starts_open'; END IF;
  ELSE
    broken := CASE
      WHEN TG_OP = 'DELETE' THEN 'approvals_exception_stays'
      WHEN (NEW.code, NEW.source, NEW.source_key, NEW.subject_type, NEW.subject_id,
            NEW.subject_code, NEW.category, NEW.is_finance, NEW.first_tier, NEW.title,
            NEW.description, NEW.details, NEW.amount, NEW.currency, NEW.delay_days, NEW.reach,
            NEW.calendar_number, NEW.opened_at, NEW.opened_by_id)
           IS DISTINCT FROM
           (OLD.code, OLD.source, OLD.source_key, OLD.subject_type, OLD.subject_id,
            OLD.subject_code, OLD.category, OLD.is_finance, OLD.first_tier, OLD.title,
            OLD.description, OLD.details, OLD.amount, OLD.currency, OLD.delay_days, OLD.reach,
            OLD.calendar_number, OLD.opened_at, OLD.opened_by_id)
        THEN 'approvals_exception_is_fixed'
      WHEN OLD.state IN ('verified', 'closed')
           AND (NEW.state, NEW.owner_id, NEW.due_at, NEW.tier, NEW.verified_by_id, NEW.verified_at,
                NEW.verification, NEW.closed_at, NEW.cause_gone_at)
               IS DISTINCT FROM
               (OLD.state, OLD.owner_id, OLD.due_at, OLD.tier, OLD.verified_by_id, OLD.verified_at,
                OLD.verification, OLD.closed_at, OLD.cause_gone_at)
        THEN 'approvals_exception_is_final'
      WHEN OLD.state IN ('decided', 'verified', 'closed')
           AND (NEW.ask, NEW.options, NEW.asked_by_id, NEW.asked_at, NEW.outcome, NEW.rationale,
                NEW.decided_by_id, NEW.decided_at, NEW.tier)
               IS DISTINCT FROM
               (OLD.ask, OLD.options, OLD.asked_by_id, OLD.asked_at, OLD.outcome, OLD.rationale,
                OLD.decided_by_id, OLD.decided_at, OLD.tier)
        THEN 'approvals_exception_decision_stays'
      WHEN NEW.state <> OLD.state AND NOT (
             array_position(states, NEW.state::text) = array_position(states, OLD.state::text) + 1
             AND NEW.state <> 'closed'
             OR OLD.state = 'decision_requested' AND NEW.state = 'closed')
        THEN 'approvals_exception_goes_forward'
      WHEN NEW.climbs NOT IN (OLD.climbs, OLD.climbs + 1)
           OR NEW.climbs > OLD.climbs AND NEW.due_at <= OLD.due_at
        THEN 'approvals_exception_climbs_by_one'
      -- S7: a consultant prepares; neither the answer nor the proof of it is theirs.
      WHEN (NEW.decided_by_id, NEW.verified_by_id)
           IS DISTINCT FROM (OLD.decided_by_id, OLD.verified_by_id)
           AND EXISTS (SELECT FROM governance_membership m
                       WHERE m.tenant_id = NEW.tenant_id AND m.kind = 'consultant'
                         AND m.id IN (NEW.decided_by_id, NEW.verified_by_id))
        THEN 'approvals_exception_not_by_consultant'
    END;
  END IF;
  IF broken IS NOT NULL THEN
    RAISE EXCEPTION 'an exception goes forward and is decided once (%)', broken
      USING ERRCODE = 'check_violation', CONSTRAINT = broken;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER is_guarded BEFORE INSERT OR UPDATE OR DELETE ON approvals_governanceexception
  FOR EACH ROW EXECUTE FUNCTION exception_is_guarded();
"""
GUARD_BACK = """
DROP TRIGGER is_guarded ON approvals_governanceexception;
DROP FUNCTION exception_is_guarded();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("approvals", "0003_escalations"),
        ("governance", "0010_queue_states"),
    ]

    operations = [
        migrations.CreateModel(
            name="GovernanceException",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "created_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False
                    ),
                ),
                (
                    "updated_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                ("code", models.CharField(max_length=20)),
                (
                    "source",
                    models.CharField(
                        choices=[
                            ("unmet_condition", "Condition not met"),
                            ("lapsed_clock", "Clock lapsed"),
                            ("hold_review", "Hold past its review"),
                            ("sustain_shortfall", "Value not sustained"),
                            ("manual", "Opened by hand"),
                        ],
                        max_length=20,
                    ),
                ),
                ("source_key", models.CharField(blank=True, max_length=100)),
                ("subject_type", models.CharField(max_length=20)),
                ("subject_id", models.BigIntegerField()),
                ("subject_code", models.CharField(max_length=50)),
                (
                    "category",
                    models.CharField(
                        choices=[
                            ("demand", "Demand"),
                            ("supply", "Supply"),
                            ("price", "Price"),
                            ("capacity", "Capacity"),
                            ("customer_commitment", "Customer commitment"),
                            ("schedule", "Schedule"),
                            ("finance", "Finance"),
                            ("other", "Other"),
                        ],
                        max_length=20,
                    ),
                ),
                ("is_finance", models.BooleanField(default=False)),
                (
                    "tier",
                    models.PositiveSmallIntegerField(
                        choices=[(1, "Local"), (2, "Cross-functional"), (3, "Steering committee")]
                    ),
                ),
                (
                    "first_tier",
                    models.PositiveSmallIntegerField(
                        choices=[(1, "Local"), (2, "Cross-functional"), (3, "Steering committee")]
                    ),
                ),
                ("climbs", models.PositiveSmallIntegerField(default=0)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "No owner yet"),
                            ("assigned", "Assigned"),
                            ("decision_requested", "Decision requested"),
                            ("decided", "Decided"),
                            ("verified", "Verified"),
                            ("closed", "Closed"),
                        ],
                        default="open",
                        max_length=20,
                    ),
                ),
                ("title", models.CharField(blank=True, max_length=200)),
                ("description", models.TextField(blank=True)),
                ("details", models.JSONField(default=dict)),
                ("amount", models.DecimalField(decimal_places=4, max_digits=20, null=True)),
                ("currency", models.CharField(max_length=3)),
                ("delay_days", models.PositiveIntegerField(default=0)),
                ("reach", models.PositiveSmallIntegerField(default=1)),
                ("calendar_number", models.PositiveIntegerField(default=0)),
                (
                    "opened_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False
                    ),
                ),
                ("due_at", models.DateTimeField()),
                ("climbed_at", models.DateTimeField(null=True)),
                ("rank", models.BigIntegerField()),
                ("ask", models.TextField(blank=True)),
                ("options", models.JSONField(default=list)),
                ("asked_at", models.DateTimeField(null=True)),
                (
                    "outcome",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("accelerate", "Accelerate"),
                            ("pivot", "Pivot"),
                            ("reallocate", "Reallocate"),
                            ("re_baseline", "Re-baseline"),
                            ("hold", "Put on hold"),
                            ("cancel", "Cancel"),
                            ("accept", "Accept as it is"),
                        ],
                        max_length=12,
                    ),
                ),
                ("rationale", models.TextField(blank=True)),
                ("decided_at", models.DateTimeField(null=True)),
                ("verified_at", models.DateTimeField(null=True)),
                ("verification", models.TextField(blank=True)),
                ("closed_at", models.DateTimeField(null=True)),
                ("cause_gone_at", models.DateTimeField(null=True)),
                (
                    "asked_by",
                    governance.tenancy.fields.TenantForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="governance.membership",
                    ),
                ),
                (
                    "decided_by",
                    governance.tenancy.fields.TenantForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="governance.membership",
                    ),
                ),
                (
                    "opened_by",
                    governance.tenancy.fields.TenantForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="governance.membership",
                    ),
                ),
                (
                    "owner",
                    governance.tenancy.fields.TenantForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="governance.membership",
                    ),
                ),
                (
                    "place",
                    governance.tenancy.fields.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="governance.node",
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="governance.tenant",
                    ),
                ),
                (
                    "verified_by",
                    governance.tenancy.fields.TenantForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="governance.membership",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
                "indexes": [
                    models.Index(
                        condition=models.Q(
                            ("state__in", ("open", "assigned", "decision_requested", "decided"))
                        ),
                        fields=["tenant", "rank", "id"],
                        name="approvals_exception_by_rank",
                    ),
                    models.Index(
                        condition=models.Q(
                            ("state__in", ("open", "assigned", "decision_requested", "decided"))
                        ),
                        fields=["tenant", "owner", "rank", "id"],
                        name="approvals_exception_by_owner",
                    ),
                    models.Index(
                        condition=models.Q(
                            ("state__in", ("open", "assigned", "decision_requested"))
                        ),
                        fields=["tenant", "due_at", "id"],
                        name="approvals_exception_due",
                    ),
                    models.Index(
                        fields=["tenant", "subject_type", "subject_id", "id"],
                        name="approvals_exception_subject",
                    ),
                    models.Index(
                        fields=["tenant", "source", "source_key"],
                        name="approvals_exception_by_cause",
                    ),
                    models.Index(
                        condition=models.Q(("state__in", ("verified", "closed"))),
                        fields=["tenant", "closed_at", "id"],
                        name="approvals_exception_ended",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant", "code"), name="approvals_exception_code"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(
                            ("state__in", ("open", "assigned", "decision_requested", "decided")),
                            models.Q(("source_key", ""), _negated=True),
                        ),
                        fields=("tenant", "source", "source_key"),
                        name="approvals_exception_one_open",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "source__in",
                                [
                                    "unmet_condition",
                                    "lapsed_clock",
                                    "hold_review",
                                    "sustain_shortfall",
                                    "manual",
                                ],
                            )
                        ),
                        name="approvals_exception_source_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("source", "manual"),
                                ("source_key", ""),
                                models.Q(("title", ""), _negated=True),
                            ),
                            models.Q(
                                models.Q(("source", "manual"), _negated=True),
                                models.Q(("source_key", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="approvals_exception_has_cause",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "category__in",
                                [
                                    "demand",
                                    "supply",
                                    "price",
                                    "capacity",
                                    "customer_commitment",
                                    "schedule",
                                    "finance",
                                    "other",
                                ],
                            )
                        ),
                        name="approvals_exception_category_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("first_tier__gte", 1),
                            ("tier__lte", 3),
                            (
                                "tier",
                                django.db.models.expressions.CombinedExpression(
                                    models.F("first_tier"), "+", models.F("climbs")
                                ),
                            ),
                        ),
                        name="approvals_exception_tier_adds_up",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("climbs", 0), ("climbed_at__isnull", True)),
                            models.Q(
                                models.Q(("climbs", 0), _negated=True),
                                models.Q(("climbed_at__isnull", True), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="approvals_exception_climbed_at",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("currency__regex", "^[A-Z]{3}$")),
                        name="approvals_exception_currency",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("reach__gte", 1)), name="approvals_exception_reach"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "open"), ("owner__isnull", True)),
                            models.Q(
                                models.Q(("state", "open"), _negated=True),
                                models.Q(("owner__isnull", True), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="approvals_exception_owned",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("ask", ""),
                                ("asked_at__isnull", True),
                                ("asked_by__isnull", True),
                                ("state__in", ["open", "assigned"]),
                            ),
                            models.Q(
                                models.Q(("state__in", ["open", "assigned"]), _negated=True),
                                ("asked_at__isnull", False),
                                ("asked_by__isnull", False),
                                models.Q(("ask", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="approvals_exception_asked",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("decided_at__isnull", True),
                                ("decided_by__isnull", True),
                                ("outcome", ""),
                                ("rationale", ""),
                                ("state__in", ("open", "assigned", "decision_requested")),
                            ),
                            models.Q(
                                ("decided_at__isnull", False),
                                ("decided_by__isnull", False),
                                (
                                    "outcome__in",
                                    [
                                        "accelerate",
                                        "pivot",
                                        "reallocate",
                                        "re_baseline",
                                        "hold",
                                        "cancel",
                                        "accept",
                                    ],
                                ),
                                ("state__in", ("decided", "verified", "closed")),
                                models.Q(("rationale", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="approvals_exception_decided",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("decided_by__isnull", True),
                            models.Q(("decided_by", models.F("asked_by")), _negated=True),
                            _connector="OR",
                        ),
                        name="approvals_exception_decided_by_another",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "closed"), ("outcome", "accept")),
                            models.Q(
                                models.Q(("state", "closed"), _negated=True),
                                models.Q(("outcome", "accept"), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="approvals_exception_accepted",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("state", "verified"),
                                ("verified_at__isnull", False),
                                ("verified_by__isnull", False),
                            ),
                            models.Q(
                                models.Q(("state", "verified"), _negated=True),
                                ("verification", ""),
                                ("verified_at__isnull", True),
                                ("verified_by__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="approvals_exception_verified",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("verified_by__isnull", True),
                            models.Q(("verified_by", models.F("owner")), _negated=True),
                            _connector="OR",
                        ),
                        name="approvals_exception_verified_by_another",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("state__in", ("verified", "closed")), ("closed_at__isnull", False)
                            ),
                            models.Q(
                                models.Q(("state__in", ("verified", "closed")), _negated=True),
                                models.Q(("closed_at__isnull", False), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="approvals_exception_closed_at",
                    ),
                ],
            },
        ),
        TenantTable("GovernanceException", audited=True),
        migrations.RunSQL(GUARD, GUARD_BACK),
    ]
