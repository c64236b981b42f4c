"""Status reports of measures."""

import datetime as dt
import uuid

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

import governance.tenancy.fields
from governance.tenancy.operations import TenantTable


class Migration(migrations.Migration):
    dependencies = [
        ("governance", "0004_close_what_stood_open"),
        ("initiatives", "0002_walls"),
    ]

    operations = [
        migrations.CreateModel(
            name="StatusReport",
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
                ("reported_on", models.DateField()),
                ("rater", models.CharField(blank=True, max_length=120)),
                (
                    "light",
                    models.CharField(
                        choices=[
                            ("green", "Green"),
                            ("amber", "Amber"),
                            ("red", "Red"),
                            ("grey", "No rating"),
                            ("blue", "Done"),
                        ],
                        max_length=5,
                    ),
                ),
                ("stated", models.CharField(blank=True, max_length=200)),
                ("commentary", models.TextField(blank=True)),
                (
                    "source",
                    models.CharField(
                        choices=[("form", "Form"), ("api", "API"), ("import", "Import")],
                        max_length=6,
                    ),
                ),
                ("author", models.CharField(max_length=400)),
                (
                    "added_by",
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
                        fields=["tenant", "measure", "reported_on", "id"],
                        name="initiatives_report_newest",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant", "public_id"), name="initiatives_statusreport_id"
                    ),
                    models.UniqueConstraint(
                        fields=("tenant", "measure", "reported_on", "rater"),
                        name="initiatives_statusreport_key",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("light__in", ["green", "amber", "red", "grey", "blue"])
                        ),
                        name="initiatives_statusreport_light_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("source__in", ["form", "api", "import"])),
                        name="initiatives_statusreport_source_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("reported_on__gte", dt.date(1990, 1, 1))),
                        name="initiatives_statusreport_day",
                    ),
                ],
            },
        ),
        TenantTable("StatusReport", audited=True),
    ]
