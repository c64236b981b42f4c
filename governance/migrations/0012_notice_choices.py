"""How people want to be told, and when."""

import datetime as dt

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

import governance.tenancy.fields
from governance.tenancy.operations import TenantTable


class Migration(migrations.Migration):
    dependencies = [
        ("governance", "0011_notifications"),
    ]

    operations = [
        migrations.CreateModel(
            name="NoticeChoice",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("kind", models.CharField(max_length=60)),
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
                    "membership",
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
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant", "membership", "kind"),
                        name="governance_notice_choice_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("delivery__in", ["at_once", "digest", "off"])),
                        name="governance_notice_choice_delivery",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="NoticeHours",
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
                (
                    "quiet_from",
                    models.TimeField(blank=True, default=dt.time(20, 0), null=True),
                ),
                (
                    "quiet_until",
                    models.TimeField(blank=True, default=dt.time(7, 0), null=True),
                ),
                ("digest_hour", models.PositiveSmallIntegerField(default=7)),
                (
                    "membership",
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
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant", "membership"), name="governance_notice_hours_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("quiet_from__isnull", True), ("quiet_until__isnull", True)),
                            models.Q(("quiet_from__isnull", False), ("quiet_until__isnull", False)),
                            _connector="OR",
                        ),
                        name="governance_notice_hours_begin_and_end",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("digest_hour__lte", 23)),
                        name="governance_notice_hours_digest",
                    ),
                ],
            },
        ),
        migrations.AddIndex(
            model_name="notification",
            index=models.Index(
                condition=models.Q(("read_at__isnull", True)),
                fields=["tenant", "key"],
                name="governance_notification_key",
            ),
        ),
        TenantTable("NoticeChoice", audited=True),
        TenantTable("NoticeHours", audited=True),
    ]
