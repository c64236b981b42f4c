"""Stated lights; history by time, for bridges."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

import governance.tenancy.fields
from governance.tenancy.operations import TenantTable


class Migration(migrations.Migration):
    dependencies = [
        ("governance", "0007_second_granter"),
        ("initiatives", "0007_gate_walls"),
        ("kpis", "0008_forecast_causes"),
    ]

    operations = [
        migrations.CreateModel(
            name="LightOverride",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "light",
                    models.CharField(
                        choices=[
                            ("implementation", "Implementation"),
                            ("potential", "Potential"),
                            ("evidence", "Evidence"),
                        ],
                        max_length=16,
                    ),
                ),
                (
                    "derived",
                    models.CharField(
                        choices=[
                            ("green", "Green"),
                            ("amber", "Amber"),
                            ("red", "Red"),
                            ("blue", "Done"),
                            ("grey", "n/a"),
                        ],
                        max_length=5,
                    ),
                ),
                (
                    "stated",
                    models.CharField(
                        choices=[
                            ("green", "Green"),
                            ("amber", "Amber"),
                            ("red", "Red"),
                            ("blue", "Done"),
                            ("grey", "n/a"),
                        ],
                        max_length=5,
                    ),
                ),
                ("reason", models.TextField()),
                (
                    "stated_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False
                    ),
                ),
                ("expires_on", models.DateField()),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
            },
        ),
        migrations.AddIndex(
            model_name="valuehistory",
            index=models.Index(
                fields=["tenant", "changed_at", "id"], name="kpis_value_history_time"
            ),
        ),
        migrations.AddField(
            model_name="lightoverride",
            name="measure",
            field=governance.tenancy.fields.TenantForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="initiatives.measure",
            ),
        ),
        migrations.AddField(
            model_name="lightoverride",
            name="stated_by",
            field=governance.tenancy.fields.TenantForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="governance.membership",
            ),
        ),
        migrations.AddField(
            model_name="lightoverride",
            name="tenant",
            field=models.ForeignKey(
                db_index=False,
                editable=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="governance.tenant",
            ),
        ),
        migrations.AddIndex(
            model_name="lightoverride",
            index=models.Index(
                fields=["tenant", "measure", "light", "id"], name="kpis_override_measure"
            ),
        ),
        migrations.AddConstraint(
            model_name="lightoverride",
            constraint=models.CheckConstraint(
                condition=models.Q(("light__in", ["implementation", "potential", "evidence"])),
                name="kpis_override_light",
            ),
        ),
        migrations.AddConstraint(
            model_name="lightoverride",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("stated__in", ("green", "amber", "red")),
                    models.Q(("stated", models.F("derived")), _negated=True),
                ),
                name="kpis_override_stated",
            ),
        ),
        migrations.AddConstraint(
            model_name="lightoverride",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason", ""), _negated=True), name="kpis_override_has_reason"
            ),
        ),
        TenantTable("LightOverride", append_only=True, audited=True),
    ]
