"""The table of measures. What the database itself guards follows in 0002."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

import governance.tenancy.fields


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("governance", "0002_walls"),
    ]

    operations = [
        migrations.CreateModel(
            name="Measure",
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
                ("name", models.CharField(max_length=200)),
                ("sort_key", models.CharField(db_collation="C", max_length=200)),
                ("description", models.TextField(blank=True)),
                (
                    "stage",
                    models.CharField(
                        choices=[
                            ("identified", "Identified"),
                            ("detailed", "Detailed"),
                            ("decided", "Decided"),
                            ("implemented", "Implemented"),
                            ("closed", "Closed"),
                        ],
                        default="identified",
                        max_length=12,
                    ),
                ),
                (
                    "overlay",
                    models.CharField(
                        choices=[
                            ("active", "Active"),
                            ("on_hold", "On hold"),
                            ("cancelled", "Cancelled"),
                        ],
                        default="active",
                        max_length=10,
                    ),
                ),
                ("planned_start", models.DateField(null=True)),
                ("planned_end", models.DateField(null=True)),
                ("value_minor", models.BigIntegerField(default=0, editable=False)),
                ("source_key", models.CharField(blank=True, max_length=200)),
                (
                    "business_unit",
                    governance.tenancy.fields.TenantForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="governance.businessunit",
                    ),
                ),
                (
                    "controller",
                    governance.tenancy.fields.TenantForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="governance.membership",
                    ),
                ),
                (
                    "forum",
                    governance.tenancy.fields.TenantForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="governance.forum",
                    ),
                ),
                (
                    "function",
                    governance.tenancy.fields.TenantForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="governance.function",
                    ),
                ),
                (
                    "legal_entity",
                    governance.tenancy.fields.TenantForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="governance.legalentity",
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
                    "package",
                    governance.tenancy.fields.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="governance.node",
                    ),
                ),
                (
                    "sponsor",
                    governance.tenancy.fields.TenantForeignKey(
                        db_index=False,
                        null=True,
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
                "indexes": [
                    models.Index(
                        fields=["tenant", "package", "id"], name="initiatives_measure_package"
                    ),
                    models.Index(
                        fields=["tenant", "sort_key", "id"], name="initiatives_measure_name"
                    ),
                    models.Index(
                        fields=["tenant", "value_minor", "id"], name="initiatives_measure_value"
                    ),
                    models.Index(
                        fields=["tenant", "updated_at", "id"], name="initiatives_measure_updated"
                    ),
                    models.Index(
                        fields=["tenant", "owner", "id"], name="initiatives_measure_owner"
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant", "code"), name="initiatives_measure_code"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("source_key", ""), _negated=True),
                        fields=("tenant", "source_key"),
                        name="initiatives_measure_source",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "stage__in",
                                ["identified", "detailed", "decided", "implemented", "closed"],
                            )
                        ),
                        name="initiatives_measure_stage_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("overlay__in", ["active", "on_hold", "cancelled"])),
                        name="initiatives_measure_overlay_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("owner__isnull", True),
                            ("sponsor__isnull", True),
                            models.Q(("owner", models.F("sponsor")), _negated=True),
                            _connector="OR",
                        ),
                        name="initiatives_measure_owner_not_sponsor",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("controller__isnull", True),
                            models.Q(
                                models.Q(
                                    ("owner__isnull", True),
                                    models.Q(("controller", models.F("owner")), _negated=True),
                                    _connector="OR",
                                ),
                                models.Q(
                                    ("sponsor__isnull", True),
                                    models.Q(("controller", models.F("sponsor")), _negated=True),
                                    _connector="OR",
                                ),
                            ),
                            _connector="OR",
                        ),
                        name="initiatives_measure_controller_judges_others",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("planned_end__isnull", True),
                            ("planned_start__isnull", True),
                            ("planned_end__gte", models.F("planned_start")),
                            _connector="OR",
                        ),
                        name="initiatives_measure_dates",
                    ),
                ],
            },
        ),
    ]
