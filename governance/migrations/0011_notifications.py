"""Notices and the mails that carry them."""

import uuid

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

import governance.tenancy.fields
from governance.tenancy.operations import TenantTable

# One Message-ID belongs to one mail for ever, and what was sent or dropped is not sent again.
GUARD = """
CREATE FUNCTION mail_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF (NEW.id, NEW.public_id, NEW.recipient_id, NEW.form, NEW.key, NEW.message_id, NEW.created_at)
     IS DISTINCT FROM
     (OLD.id, OLD.public_id, OLD.recipient_id, OLD.form, OLD.key, OLD.message_id, OLD.created_at)
     OR (OLD.state IN ('sent', 'dropped')
         AND (NEW.state, NEW.settled_at) IS DISTINCT FROM (OLD.state, OLD.settled_at))
     OR NEW.tries < OLD.tries
  THEN
    RAISE EXCEPTION 'the mail % is kept as it is', OLD.public_id
      USING ERRCODE = 'check_violation', CONSTRAINT = 'governance_mail_is_kept';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER mail_is_kept BEFORE UPDATE ON governance_mail
  FOR EACH ROW EXECUTE FUNCTION mail_is_kept();
"""
UNGUARD = """
DROP TRIGGER mail_is_kept ON governance_mail;
DROP FUNCTION mail_is_kept();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("governance", "0010_queue_states"),
    ]

    operations = [
        migrations.CreateModel(
            name="Mail",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False)),
                (
                    "form",
                    models.CharField(
                        choices=[("notice", "one notice"), ("digest", "the day's notices")],
                        max_length=10,
                    ),
                ),
                ("key", models.CharField(max_length=220)),
                ("message_id", models.CharField(max_length=320)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "waits"),
                            ("sending", "is being sent"),
                            ("sent", "sent"),
                            ("failed", "failed"),
                            ("dropped", "not sent"),
                        ],
                        default="waiting",
                        max_length=10,
                    ),
                ),
                ("due_at", models.DateTimeField(blank=True, null=True)),
                ("tries", models.PositiveIntegerField(default=0)),
                ("round_tries", models.PositiveIntegerField(default=0)),
                ("reason", models.CharField(blank=True, max_length=300)),
                ("address", models.CharField(blank=True, max_length=254)),
                ("subject", models.CharField(blank=True, max_length=300)),
                ("text", models.TextField(blank=True)),
                ("html", models.TextField(blank=True)),
                (
                    "created_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False
                    ),
                ),
                ("settled_at", models.DateTimeField(blank=True, null=True)),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "recipient",
                    governance.tenancy.fields.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="governance.membership",
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
            },
        ),
        migrations.CreateModel(
            name="Notification",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False)),
                ("kind", models.CharField(max_length=60)),
                ("key", models.CharField(max_length=200)),
                ("params", models.JSONField(default=dict)),
                (
                    "delivery",
                    models.CharField(
                        choices=[
                            ("at_once", "Mail at once"),
                            ("digest", "In the daily mail"),
                            ("off", "No mail"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "created_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False
                    ),
                ),
                ("read_at", models.DateTimeField(blank=True, null=True)),
                (
                    "caused_by",
                    governance.tenancy.fields.TenantForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="governance.membership",
                    ),
                ),
                (
                    "mail",
                    governance.tenancy.fields.TenantForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="governance.mail",
                    ),
                ),
                (
                    "recipient",
                    governance.tenancy.fields.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="governance.membership",
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
            },
        ),
        migrations.AddIndex(
            model_name="mail",
            index=models.Index(
                condition=models.Q(("due_at__isnull", False)),
                fields=["tenant", "due_at", "id"],
                name="governance_mail_due",
            ),
        ),
        migrations.AddIndex(
            model_name="mail",
            index=models.Index(fields=["tenant", "state", "-id"], name="governance_mail_newest"),
        ),
        migrations.AddConstraint(
            model_name="mail",
            constraint=models.UniqueConstraint(
                fields=("tenant", "public_id"), name="governance_mail_id"
            ),
        ),
        migrations.AddConstraint(
            model_name="mail",
            constraint=models.UniqueConstraint(
                fields=("tenant", "recipient", "key"), name="governance_mail_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="mail",
            constraint=models.UniqueConstraint(
                fields=("tenant", "message_id"), name="governance_mail_message_id"
            ),
        ),
        migrations.AddConstraint(
            model_name="mail",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state__in", ["waiting", "sending", "sent", "failed", "dropped"])
                ),
                name="governance_mail_state",
            ),
        ),
        migrations.AddConstraint(
            model_name="mail",
            constraint=models.CheckConstraint(
                condition=models.Q(("form__in", ["notice", "digest"])), name="governance_mail_form"
            ),
        ),
        migrations.AddConstraint(
            model_name="mail",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("due_at__isnull", False),
                        ("settled_at__isnull", True),
                        ("state__in", ("waiting", "sending")),
                    ),
                    models.Q(
                        models.Q(("state__in", ("waiting", "sending")), _negated=True),
                        ("due_at__isnull", True),
                        ("settled_at__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="governance_mail_due_while_open",
            ),
        ),
        migrations.AddConstraint(
            model_name="mail",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state__in", ["failed", "dropped"]), _negated=True),
                    models.Q(("reason", ""), _negated=True),
                    _connector="OR",
                ),
                name="governance_mail_says_why",
            ),
        ),
        migrations.AddIndex(
            model_name="notification",
            index=models.Index(
                fields=["tenant", "recipient", "-id"], name="governance_notification_newest"
            ),
        ),
        migrations.AddIndex(
            model_name="notification",
            index=models.Index(
                condition=models.Q(("read_at__isnull", True)),
                fields=["tenant", "recipient", "-id"],
                name="governance_notification_unread",
            ),
        ),
        migrations.AddIndex(
            model_name="notification",
            index=models.Index(
                condition=models.Q(
                    ("delivery", "digest"), ("mail__isnull", True), ("read_at__isnull", True)
                ),
                fields=["tenant", "recipient"],
                name="governance_notification_digest",
            ),
        ),
        migrations.AddIndex(
            model_name="notification",
            index=models.Index(
                condition=models.Q(("mail__isnull", False)),
                fields=["tenant", "mail"],
                name="governance_notification_mail",
            ),
        ),
        migrations.AddConstraint(
            model_name="notification",
            constraint=models.UniqueConstraint(
                fields=("tenant", "public_id"), name="governance_notification_id"
            ),
        ),
        migrations.AddConstraint(
            model_name="notification",
            constraint=models.UniqueConstraint(
                fields=("tenant", "recipient", "key"), name="governance_notification_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="notification",
            constraint=models.CheckConstraint(
                condition=models.Q(("delivery__in", ["at_once", "digest", "off"])),
                name="governance_notification_delivery",
            ),
        ),
        migrations.AddConstraint(
            model_name="notification",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("mail__isnull", True),
                    models.Q(("delivery", "off"), _negated=True),
                    _connector="OR",
                ),
                name="governance_notification_off_has_no_mail",
            ),
        ),
        TenantTable("Mail"),
        TenantTable("Notification"),
        migrations.RunSQL(GUARD, UNGUARD),
    ]
