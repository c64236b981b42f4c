"""Rows of roll-ups: what hangs below a node, added up by what may be added (V7).

Every row is a sum over measures, so that a parent's rows are the sums of its children's. Stage
weights are not in them: a reader weighs by the stage model that each row names (F1, F2).
"""

from typing import Any

from django.db import models
from django.db.models.functions import Now

from governance.tenancy.models import TenantOwned
from kpis.figures.choices import LightName
from kpis.models import MONTH_COLUMNS

# Cells have 20 digits and rates 18: a converted cell has twelve decimals, and millions add up.
DIGITS, DECIMALS = 44, 12


def _amount(*, null: bool = False) -> Any:
    return models.DecimalField(max_digits=DIGITS, decimal_places=DECIMALS, null=null)


class OfNode(TenantOwned):
    """A row of one node, by its id alone: rows of a node that is gone are swept up."""

    node_id = models.BigIntegerField()

    class Meta(TenantOwned.Meta):
        abstract = True
        indexes = [
            models.Index(fields=["tenant", "node_id"], name="%(class)s_of_node"),
        ]


class RollUpCount(OfNode):
    """How many measures stand at a stage under an overlay, and since when, in seconds (F1).

    `watermelons` of them are green in their work and red in their value or its proof (L6).
    """

    stage = models.CharField(max_length=12)
    overlay = models.CharField(max_length=10)
    model = models.BigIntegerField()
    number = models.PositiveIntegerField()
    since = models.DecimalField(max_digits=24, decimal_places=6)
    watermelons = models.PositiveIntegerField(default=0, db_default=0)


class RollUpLine(OfNode):
    """F3, F5 and F7 of one metric, kind, class, currency, stage, model and overlay."""

    basis = models.CharField(max_length=6)
    metric = models.CharField(max_length=30)
    kind = models.CharField(max_length=20)
    effect_class = models.CharField(max_length=12)
    currency = models.CharField(max_length=3)
    stage = models.CharField(max_length=12)
    overlay = models.CharField(max_length=10)
    model = models.BigIntegerField()
    value = _amount(null=True)
    validated = _amount(null=True)
    validated_to_date = _amount(null=True)
    plan_to_date = _amount(null=True)
    is_short = models.BooleanField(null=True)
    leaks = models.BooleanField(null=True)
    first_to_date = _amount(null=True)
    base_to_date = _amount(null=True)
    done_to_date = _amount(null=True)
    delayed = _amount(null=True)
    not_sustained = _amount(null=True)
    expected = _amount(null=True)


class RollUpSize(OfNode):
    """Σ |V| and Σ value at risk of the headline metric in the tenant's currency (F2, F6)."""

    basis = models.CharField(max_length=6)
    kind = models.CharField(max_length=20)
    stage = models.CharField(max_length=12)
    overlay = models.CharField(max_length=10)
    model = models.BigIntegerField()
    size = _amount(null=True)
    at_risk = _amount(null=True)


class RollUpYear(OfNode):
    """Months of one calendar year of live measures' monetary value, costs left out.

    What has no rate stands in its own currency (V8).
    """

    basis = models.CharField(max_length=6)
    series = models.CharField(max_length=30)
    metric = models.CharField(max_length=30)
    effect_class = models.CharField(max_length=12)
    currency = models.CharField(max_length=3)
    year = models.PositiveSmallIntegerField()


for _column in MONTH_COLUMNS:
    RollUpYear.add_to_class(_column, _amount(null=True))


class RollUpLight(OfNode):
    """What one colour of one light holds of the live measures: Σ |V|, number, largest |V| (L5)."""

    light = models.CharField(max_length=16)
    lamp = models.CharField(max_length=5)
    size = _amount()
    number = models.PositiveIntegerField()
    largest = _amount()


class RollUpLamp(OfNode):
    """The light of a node, and what it weighs as a child of another (L5)."""

    light = models.CharField(max_length=16)
    lamp = models.CharField(max_length=5)
    size = _amount()
    number = models.PositiveIntegerField()


class RollUpWatermelon(OfNode):
    """A live measure green in its work and red in its value or its proof, by its package (L6).

    V by kind and Σ |V| at plan rate, and its lights: as derived, and as stated instead ('' if not).
    """

    measure_id = models.BigIntegerField()
    recurring = _amount()
    one_off = _amount()
    size = _amount()

    class Meta(OfNode.Meta):
        indexes = [
            *OfNode.Meta.indexes,
            models.Index(
                fields=["tenant", "size", "measure_id"], name="reporting_watermelons_by_size"
            ),
        ]


for _light in LightName:
    RollUpWatermelon.add_to_class(_light.value, models.CharField(max_length=5))
    RollUpWatermelon.add_to_class(
        f"{_light.value}_stated", models.CharField(max_length=5, blank=True)
    )


class RollUpOwner(OfNode):
    """What the updates of one owner's measures came to (R3), by membership.

    The numbers are those of `rules_rhythm.Kept`, and the amounts those of `Bias`.
    """

    owner_id = models.BigIntegerField()
    measures = models.PositiveIntegerField()
    owed = models.PositiveIntegerField()
    late = models.PositiveIntegerField()
    missed = models.PositiveIntegerField()
    waiting = models.PositiveIntegerField()
    stale = models.PositiveIntegerField()
    overriding = models.PositiveIntegerField()
    excess = _amount()
    size = _amount()


class RollUpLack(OfNode):
    """How many live measures lack a governability field; nothing where none does."""

    lack = models.CharField(max_length=16)
    number = models.PositiveIntegerField()


class RollUpNode(TenantOwned):
    """When the rows of a node were computed last."""

    node_id = models.BigIntegerField()
    computed_at = models.DateTimeField(db_default=Now())

    class Meta(TenantOwned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "node_id"], name="reporting_roll_up_node_once"
            )
        ]


class RollUpMarker(TenantOwned):
    """A node whose roll-up must be computed anew, written by triggers of the database.

    Append-only for whoever writes, taken away by whoever computes: a unique marker would lose
    updates (data.md, 3.3). The node may be gone when its turn comes.
    """

    node_id = models.BigIntegerField()
    # Of a computation of the whole tenant: what people changed goes first.
    is_bulk = models.BooleanField(default=False, db_default=False)
    marked_at = models.DateTimeField(db_default=Now())

    class Meta(TenantOwned.Meta):
        indexes = [
            models.Index(fields=["tenant", "is_bulk", "id"], name="reporting_marker_order"),
        ]


class RollUpState(TenantOwned):
    """By which day, rates and settings a tenant's roll-ups were computed.

    `stamp` says all that is no row of a measure; another stamp computes the tenant anew. `total`
    is how many nodes that takes.
    """

    stamp = models.TextField(default="", db_default="")
    total = models.PositiveIntegerField(default=0, db_default=0)
    begun_at = models.DateTimeField(null=True)

    class Meta(TenantOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant"], name="reporting_roll_up_state_once")
        ]
