"""Status reports as a kind of file of their own."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("exchange", "0003_exports"),
        ("governance", "0005_audit_guard_remembers"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="import",
            name="exchange_import_profile",
        ),
        migrations.AlterField(
            model_name="columnmemory",
            name="profile",
            field=models.CharField(
                choices=[
                    ("measures", "Measure list"),
                    ("values", "Values by month"),
                    ("status", "Yearly status of projects"),
                    ("outline", "Measures with their status history"),
                    ("reports", "Status reports"),
                    ("kpis", "KPIs by period"),
                    ("master_data", "Master data"),
                    ("cost_savings", "Federal IT cost savings (JSON)"),
                ],
                max_length=20,
            ),
        ),
        migrations.AlterField(
            model_name="import",
            name="profile",
            field=models.CharField(
                choices=[
                    ("measures", "Measure list"),
                    ("values", "Values by month"),
                    ("status", "Yearly status of projects"),
                    ("outline", "Measures with their status history"),
                    ("reports", "Status reports"),
                    ("kpis", "KPIs by period"),
                    ("master_data", "Master data"),
                    ("cost_savings", "Federal IT cost savings (JSON)"),
                ],
                max_length=20,
            ),
        ),
        migrations.AddConstraint(
            model_name="import",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "profile__in",
                        [
                            "measures",
                            "values",
                            "status",
                            "outline",
                            "reports",
                            "kpis",
                            "master_data",
                            "cost_savings",
                        ],
                    )
                ),
                name="exchange_import_profile",
            ),
        ),
    ]
