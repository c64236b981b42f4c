"""Tables of stored roll-ups: rows by node, markers, and the state of a tenant."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("governance", "0008_seats_wait"),
    ]

    operations = [
        migrations.CreateModel(
            name="RollUpCount",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("node_id", models.BigIntegerField()),
                ("stage", models.CharField(max_length=12)),
                ("overlay", models.CharField(max_length=10)),
                ("model", models.BigIntegerField()),
                ("number", models.PositiveIntegerField()),
                ("since", models.DecimalField(decimal_places=6, max_digits=24)),
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
                "indexes": [models.Index(fields=["tenant", "node_id"], name="rollupcount_of_node")],
            },
        ),
        migrations.CreateModel(
            name="RollUpLamp",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("node_id", models.BigIntegerField()),
                ("light", models.CharField(max_length=16)),
                ("lamp", models.CharField(max_length=5)),
                ("size", models.DecimalField(decimal_places=12, max_digits=44)),
                ("number", models.PositiveIntegerField()),
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
                "indexes": [models.Index(fields=["tenant", "node_id"], name="rolluplamp_of_node")],
            },
        ),
        migrations.CreateModel(
            name="RollUpLight",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("node_id", models.BigIntegerField()),
                ("light", models.CharField(max_length=16)),
                ("lamp", models.CharField(max_length=5)),
                ("size", models.DecimalField(decimal_places=12, max_digits=44)),
                ("number", models.PositiveIntegerField()),
                ("largest", models.DecimalField(decimal_places=12, max_digits=44)),
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
                "indexes": [models.Index(fields=["tenant", "node_id"], name="rolluplight_of_node")],
            },
        ),
        migrations.CreateModel(
            name="RollUpLine",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("node_id", models.BigIntegerField()),
                ("basis", models.CharField(max_length=6)),
                ("metric", models.CharField(max_length=30)),
                ("kind", models.CharField(max_length=20)),
                ("effect_class", models.CharField(max_length=12)),
                ("currency", models.CharField(max_length=3)),
                ("stage", models.CharField(max_length=12)),
                ("overlay", models.CharField(max_length=10)),
                ("model", models.BigIntegerField()),
                ("value", models.DecimalField(decimal_places=12, max_digits=44, null=True)),
                ("validated", models.DecimalField(decimal_places=12, max_digits=44, null=True)),
                (
                    "validated_to_date",
                    models.DecimalField(decimal_places=12, max_digits=44, null=True),
                ),
                ("plan_to_date", models.DecimalField(decimal_places=12, max_digits=44, null=True)),
                ("is_short", models.BooleanField(null=True)),
                ("leaks", models.BooleanField(null=True)),
                ("first_to_date", models.DecimalField(decimal_places=12, max_digits=44, null=True)),
                ("base_to_date", models.DecimalField(decimal_places=12, max_digits=44, null=True)),
                ("done_to_date", models.DecimalField(decimal_places=12, max_digits=44, null=True)),
                ("delayed", models.DecimalField(decimal_places=12, max_digits=44, null=True)),
                ("not_sustained", models.DecimalField(decimal_places=12, max_digits=44, null=True)),
                ("expected", models.DecimalField(decimal_places=12, max_digits=44, null=True)),
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
                "indexes": [models.Index(fields=["tenant", "node_id"], name="rollupline_of_node")],
            },
        ),
        migrations.CreateModel(
            name="RollUpMarker",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("node_id", models.BigIntegerField()),
                ("is_bulk", models.BooleanField(db_default=False, default=False)),
                (
                    "marked_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
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
                    models.Index(fields=["tenant", "is_bulk", "id"], name="reporting_marker_order")
                ],
            },
        ),
        migrations.CreateModel(
            name="RollUpNode",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("node_id", models.BigIntegerField()),
                (
                    "computed_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
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
                        fields=("tenant", "node_id"), name="reporting_roll_up_node_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="RollUpSize",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("node_id", models.BigIntegerField()),
                ("basis", models.CharField(max_length=6)),
                ("kind", models.CharField(max_length=20)),
                ("stage", models.CharField(max_length=12)),
                ("overlay", models.CharField(max_length=10)),
                ("model", models.BigIntegerField()),
                ("size", models.DecimalField(decimal_places=12, max_digits=44, null=True)),
                ("at_risk", models.DecimalField(decimal_places=12, max_digits=44, null=True)),
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
                "indexes": [models.Index(fields=["tenant", "node_id"], name="rollupsize_of_node")],
            },
        ),
        migrations.CreateModel(
            name="RollUpState",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("stamp", models.TextField(db_default="", default="")),
                ("total", models.PositiveIntegerField(db_default=0, default=0)),
                ("begun_at", models.DateTimeField(null=True)),
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
                    models.UniqueConstraint(fields=("tenant",), name="reporting_roll_up_state_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="RollUpYear",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("node_id", models.BigIntegerField()),
                ("basis", models.CharField(max_length=6)),
                ("series", models.CharField(max_length=30)),
                ("metric", models.CharField(max_length=30)),
                ("effect_class", models.CharField(max_length=12)),
                ("currency", models.CharField(max_length=3)),
                ("year", models.PositiveSmallIntegerField()),
                ("m01", models.DecimalField(decimal_places=12, max_digits=44, null=True)),
                ("m02", models.DecimalField(decimal_places=12, max_digits=44, null=True)),
                ("m03", models.DecimalField(decimal_places=12, max_digits=44, null=True)),
                ("m04", models.DecimalField(decimal_places=12, max_digits=44, null=True)),
                ("m05", models.DecimalField(decimal_places=12, max_digits=44, null=True)),
                ("m06", models.DecimalField(decimal_places=12, max_digits=44, null=True)),
                ("m07", models.DecimalField(decimal_places=12, max_digits=44, null=True)),
                ("m08", models.DecimalField(decimal_places=12, max_digits=44, null=True)),
                ("m09", models.DecimalField(decimal_places=12, max_digits=44, null=True)),
                ("m10", models.DecimalField(decimal_places=12, max_digits=44, null=True)),
                ("m11", models.DecimalField(decimal_places=12, max_digits=44, null=True)),
                ("m12", models.DecimalField(decimal_places=12, max_digits=44, null=True)),
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
                "indexes": [models.Index(fields=["tenant", "node_id"], name="rollupyear_of_node")],
            },
        ),
    ]
