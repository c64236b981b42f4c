"""Stage models, attestations, and what gates keep on a measure."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

import governance.tenancy.fields


class Migration(migrations.Migration):
    dependencies = [
        ("governance", "0006_calendar"),
        ("initiatives", "0005_milestones"),
    ]

    operations = [
        migrations.AddField(
            model_name="measure",
            name="calculation_method",
            field=models.TextField(blank=True, db_default="", default=""),
        ),
        migrations.AddField(
            model_name="measure",
            name="receiver",
            field=governance.tenancy.fields.TenantForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="governance.membership",
            ),
        ),
        migrations.AddField(
            model_name="measure",
            name="review_on",
            field=models.DateField(null=True),
        ),
        migrations.AddField(
            model_name="measure",
            name="rework_count",
            field=models.PositiveSmallIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="measure",
            name="stage_since",
            field=models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
        ),
        migrations.AddField(
            model_name="measure",
            name="track",
            field=models.CharField(
                choices=[("standard", "Standard track"), ("light", "Light track")],
                db_default="standard",
                default="standard",
                max_length=8,
            ),
        ),
        migrations.CreateModel(
            name="Attestation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("criterion", models.CharField(max_length=60)),
                ("role", models.CharField(max_length=24)),
                (
                    "attested_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                ("note", models.TextField(blank=True)),
                ("snapshot_hash", models.CharField(max_length=64)),
                (
                    "attested_by",
                    governance.tenancy.fields.TenantForeignKey(
                        db_index=False,
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
            },
        ),
        migrations.CreateModel(
            name="StageModelVersion",
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
                ("code", models.CharField(max_length=30)),
                ("number", models.PositiveIntegerField()),
                ("name", models.CharField(max_length=120)),
                ("definition", models.TextField()),
                ("note", models.TextField(blank=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "Draft"),
                            ("published", "Published"),
                            ("replaced", "Replaced by a later version"),
                        ],
                        default="draft",
                        max_length=10,
                    ),
                ),
                ("published_at", models.DateTimeField(null=True)),
                (
                    "proposed_by",
                    governance.tenancy.fields.TenantForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="governance.membership",
                    ),
                ),
                (
                    "published_by",
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
            },
        ),
        migrations.AddField(
            model_name="measure",
            name="stage_model",
            field=governance.tenancy.fields.TenantForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="initiatives.stagemodelversion",
            ),
        ),
        migrations.AddConstraint(
            model_name="measure",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("receiver__isnull", True),
                    models.Q(
                        models.Q(
                            ("owner__isnull", True),
                            models.Q(("receiver", models.F("owner")), _negated=True),
                            _connector="OR",
                        ),
                        models.Q(
                            ("sponsor__isnull", True),
                            models.Q(("receiver", models.F("sponsor")), _negated=True),
                            _connector="OR",
                        ),
                    ),
                    _connector="OR",
                ),
                name="initiatives_measure_receiver_is_another",
            ),
        ),
        migrations.AddConstraint(
            model_name="measure",
            constraint=models.CheckConstraint(
                condition=models.Q(("track__in", ["standard", "light"])),
                name="initiatives_measure_track_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="attestation",
            constraint=models.UniqueConstraint(
                fields=("tenant", "measure", "criterion"), name="initiatives_attestation_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="stagemodelversion",
            constraint=models.UniqueConstraint(
                fields=("tenant", "code", "number"), name="initiatives_stagemodel_number"
            ),
        ),
        migrations.AddConstraint(
            model_name="stagemodelversion",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "published")),
                fields=("tenant", "code"),
                name="initiatives_stagemodel_one_published",
            ),
        ),
        migrations.AddConstraint(
            model_name="stagemodelversion",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "draft")),
                fields=("tenant", "code"),
                name="initiatives_stagemodel_one_draft",
            ),
        ),
        migrations.AddConstraint(
            model_name="stagemodelversion",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["draft", "published", "replaced"])),
                name="initiatives_stagemodel_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="stagemodelversion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("published_by__isnull", True),
                    models.Q(("published_by", models.F("proposed_by")), _negated=True),
                    _connector="OR",
                ),
                name="initiatives_stagemodel_second_person",
            ),
        ),
        migrations.AddConstraint(
            model_name="stagemodelversion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("published_at__isnull", True), ("state", "draft")),
                    models.Q(
                        models.Q(("state", "draft"), _negated=True), ("published_at__isnull", False)
                    ),
                    _connector="OR",
                ),
                name="initiatives_stagemodel_published_at",
            ),
        ),
    ]
