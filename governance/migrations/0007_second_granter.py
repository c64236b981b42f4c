"""Roles that judge wait for a second granter from their function (S6)."""

import django.db.models.deletion
from django.db import migrations, models

import governance.tenancy.fields


class Migration(migrations.Migration):
    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("governance", "0006_calendar"),
    ]

    operations = [
        migrations.AddField(
            model_name="nodegrant",
            name="confirmed_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="nodegrant",
            name="confirmed_by",
            field=governance.tenancy.fields.TenantForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="governance.membership",
            ),
        ),
        migrations.AddField(
            model_name="nodegrant",
            name="is_pending",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddConstraint(
            model_name="nodegrant",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("confirmed_by__isnull", True),
                    models.Q(
                        ("granted_by__isnull", False),
                        models.Q(("confirmed_by", models.F("granted_by")), _negated=True),
                        models.Q(("confirmed_by", models.F("membership")), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="governance_grant_second_granter",
            ),
        ),
        migrations.AddConstraint(
            model_name="nodegrant",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("confirmed_at__isnull", True), ("confirmed_by__isnull", True)),
                    models.Q(
                        ("confirmed_at__isnull", False),
                        ("confirmed_by__isnull", False),
                        ("is_pending", False),
                    ),
                    _connector="OR",
                ),
                name="governance_grant_pending_or_confirmed",
            ),
        ),
    ]
