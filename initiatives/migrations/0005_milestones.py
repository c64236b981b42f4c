"""Milestones of measures, and the documents that prove them."""

import datetime as dt
import uuid

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

import governance.tenancy.fields
from governance.tenancy.operations import TenantReference, TenantTable

# S1: an acceptor never owns the measure. Asked on both sides; each waits for the other's row.
GUARDS = """
CREATE FUNCTION milestone_acceptor_not_owner() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF NEW.acceptor_id IS NOT NULL AND NEW.accepted_at IS NULL AND EXISTS (
    SELECT 1 FROM initiatives_measure m WHERE m.tenant_id = NEW.tenant_id AND m.id = NEW.measure_id
      AND m.owner_id = NEW.acceptor_id FOR SHARE) THEN
    RAISE EXCEPTION 'the owner of a measure accepts none of its milestones'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'initiatives_milestone_acceptor_not_owner';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER acceptor_not_owner BEFORE INSERT OR UPDATE ON initiatives_milestone
  FOR EACH ROW EXECUTE FUNCTION milestone_acceptor_not_owner();
CREATE FUNCTION measure_owner_not_acceptor() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF NEW.owner_id IS NOT NULL AND EXISTS (
    SELECT 1 FROM initiatives_milestone s WHERE s.tenant_id = NEW.tenant_id AND s.measure_id = NEW.id
      AND s.acceptor_id = NEW.owner_id AND s.accepted_at IS NULL) THEN
    RAISE EXCEPTION 'who is to accept a milestone does not own its measure'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'initiatives_measure_owner_not_acceptor';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER owner_not_acceptor BEFORE UPDATE OF owner_id ON initiatives_measure
  FOR EACH ROW WHEN (NEW.owner_id IS DISTINCT FROM OLD.owner_id)
  EXECUTE FUNCTION measure_owner_not_acceptor();
CREATE FUNCTION document_milestone_of_measure() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF NEW.milestone_id IS NOT NULL AND EXISTS (
    SELECT 1 FROM initiatives_milestone s WHERE s.tenant_id = NEW.tenant_id
      AND s.id = NEW.milestone_id AND s.measure_id <> NEW.measure_id) THEN
    RAISE EXCEPTION 'a document proves a milestone of its own measure'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'initiatives_document_milestone_of_measure';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER milestone_of_measure BEFORE INSERT OR UPDATE ON initiatives_document
  FOR EACH ROW EXECUTE FUNCTION document_milestone_of_measure();
"""
GUARDS_BACK = """
DROP TRIGGER milestone_of_measure ON initiatives_document;
DROP FUNCTION document_milestone_of_measure();
DROP TRIGGER owner_not_acceptor ON initiatives_measure;
DROP FUNCTION measure_owner_not_acceptor();
DROP TRIGGER acceptor_not_owner ON initiatives_milestone;
DROP FUNCTION milestone_acceptor_not_owner();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("initiatives", "0004_documents"),
    ]

    operations = [
        migrations.CreateModel(
            name="Milestone",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False)),
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
                ("title", models.CharField(max_length=200)),
                ("weight", models.PositiveSmallIntegerField()),
                ("is_critical", models.BooleanField(default=False)),
                ("plan_on", models.DateField(null=True)),
                ("forecast_on", models.DateField(null=True)),
                ("actual_on", models.DateField(null=True)),
                ("done_at", models.DateTimeField(null=True)),
                ("accepted_at", models.DateTimeField(null=True)),
                ("return_reason", models.CharField(blank=True, max_length=1000)),
                (
                    "accepted_by",
                    governance.tenancy.fields.TenantForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="governance.membership",
                    ),
                ),
                (
                    "acceptor",
                    governance.tenancy.fields.TenantForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="governance.membership",
                    ),
                ),
                (
                    "done_by",
                    governance.tenancy.fields.TenantForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="governance.membership",
                    ),
                ),
                (
                    "measure",
                    governance.tenancy.fields.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="initiatives.measure",
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
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
                "indexes": [
                    models.Index(
                        fields=["tenant", "measure", "id"], name="initiatives_milestone_measure"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant", "public_id"), name="initiatives_milestone_id"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("weight__range", (1, 100))),
                        name="initiatives_milestone_weight",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("plan_on__isnull", True),
                                ("plan_on__range", (dt.date(1990, 1, 1), dt.date(2100, 12, 31))),
                                _connector="OR",
                            ),
                            models.Q(
                                ("forecast_on__isnull", True),
                                (
                                    "forecast_on__range",
                                    (dt.date(1990, 1, 1), dt.date(2100, 12, 31)),
                                ),
                                _connector="OR",
                            ),
                            models.Q(
                                ("actual_on__isnull", True),
                                ("actual_on__range", (dt.date(1990, 1, 1), dt.date(2100, 12, 31))),
                                _connector="OR",
                            ),
                        ),
                        name="initiatives_milestone_days",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("actual_on__isnull", True),
                                ("done_at__isnull", True),
                                ("done_by__isnull", True),
                            ),
                            models.Q(
                                ("actual_on__isnull", False),
                                ("done_at__isnull", False),
                                ("done_by__isnull", False),
                                ("return_reason", ""),
                            ),
                            _connector="OR",
                        ),
                        name="initiatives_milestone_done",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("accepted_at__isnull", True), ("accepted_by__isnull", True)),
                            models.Q(
                                ("accepted_at__isnull", False),
                                ("accepted_by__isnull", False),
                                ("done_at__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="initiatives_milestone_accepted",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("accepted_by__isnull", True),
                            models.Q(
                                ("acceptor__isnull", False), ("accepted_by", models.F("acceptor"))
                            ),
                            _connector="OR",
                        ),
                        name="initiatives_milestone_accepted_by_acceptor",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("accepted_by__isnull", True),
                            models.Q(("accepted_by", models.F("done_by")), _negated=True),
                            _connector="OR",
                        ),
                        name="initiatives_milestone_two_people",
                    ),
                ],
            },
        ),
        TenantTable("Milestone", audited=True),
        migrations.AddField(
            model_name="document",
            name="milestone",
            field=governance.tenancy.fields.TenantForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="initiatives.milestone",
            ),
        ),
        migrations.AddIndex(
            model_name="document",
            index=models.Index(
                condition=models.Q(("milestone__isnull", False)),
                fields=["tenant", "milestone"],
                name="initiatives_document_milestone",
            ),
        ),
        migrations.AddConstraint(
            model_name="document",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "milestone"), ("milestone__isnull", False)),
                    models.Q(
                        models.Q(("kind", "milestone"), _negated=True), ("milestone__isnull", True)
                    ),
                    _connector="OR",
                ),
                name="initiatives_document_evidence",
            ),
        ),
        TenantReference("Document", "milestone"),
        migrations.RunSQL(GUARDS, GUARDS_BACK),
    ]
