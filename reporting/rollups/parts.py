"""The tables of a roll-up: by what each row is told apart, and how its figures add up."""

from collections.abc import Sequence
from dataclasses import dataclass

from kpis.figures.choices import LightName
from kpis.models import MONTH_COLUMNS
from reporting.rhythm_sql import COUNTED
from reporting.rollups.models import (
    OfNode,
    RollUpCount,
    RollUpLack,
    RollUpLamp,
    RollUpLight,
    RollUpLine,
    RollUpOwner,
    RollUpSize,
    RollUpWatermelon,
    RollUpYear,
)

PLACE = ("stage", "overlay", "model")
# A measure's lights as derived and as stated instead.
LIT = tuple(column for name in LightName for column in (name.value, f"{name.value}_stated"))


@dataclass(frozen=True, slots=True)
class Part:
    """One table: `keys` tell rows of a node apart, `figures` names each figure with its rule.

    The rules say how a parent's figures come from its children's, where they do.
    """

    model: type[OfNode]
    keys: Sequence[str]
    figures: Sequence[tuple[str, str]]

    @property
    def table(self) -> str:
        return self.model._meta.db_table

    @property
    def names(self) -> tuple[str, ...]:
        """Columns in the order of every SELECT that fills or compares the table."""
        return ("node_id", *self.keys, *(name for name, _rule in self.figures))

    @property
    def columns(self) -> str:
        return ", ".join(self.names)

    @property
    def told_apart(self) -> str:
        """What no two rows have alike."""
        return ", ".join(("node_id", *self.keys))

    @property
    def added(self) -> str:
        """Figures of several rows as one."""
        return ", ".join(f"{rule}(r.{name}) AS {name}" for name, rule in self.figures)

    @property
    def key_list(self) -> str:
        return ", ".join(f"r.{key}" for key in self.keys)


def _sums(*names: str) -> list[tuple[str, str]]:
    return [(name, "sum") for name in names]


COUNTS = Part(RollUpCount, PLACE, _sums("number", "since", "watermelons"))
LINES = Part(
    RollUpLine,
    ("basis", "metric", "kind", "effect_class", "currency", *PLACE),
    [
        *_sums("value", "validated", "validated_to_date", "plan_to_date"),
        ("is_short", "bool_or"),
        ("leaks", "bool_or"),
        *_sums("first_to_date", "base_to_date", "done_to_date"),
        *_sums("delayed", "not_sustained", "expected"),
    ],
)
SIZES = Part(RollUpSize, ("basis", "kind", *PLACE), _sums("size", "at_risk"))
YEARS = Part(
    RollUpYear,
    ("basis", "series", "metric", "effect_class", "currency", "year"),
    _sums(*MONTH_COLUMNS),
)
LIGHTS = Part(
    RollUpLight, ("light", "lamp"), [("size", "sum"), ("number", "sum"), ("largest", "max")]
)
OWNERS = Part(RollUpOwner, ("owner_id",), _sums(*COUNTED, "excess", "size"))
LACKS = Part(RollUpLack, ("lack",), _sums("number"))
# Those of which a parent's rows are the sums of its children's, and the others.
PARTS = (COUNTS, LINES, SIZES, YEARS, LIGHTS, OWNERS, LACKS)
LAMPS = Part(RollUpLamp, ("light", "lamp"), _sums("size", "number"))
WATERMELONS = Part(RollUpWatermelon, ("measure_id",), _sums("recurring", "one_off", "size", *LIT))
ALL = (*PARTS, LAMPS, WATERMELONS)
TABLES = frozenset(part.table for part in ALL)
# Those that nodes above packages have.
ADDED = TABLES - {WATERMELONS.table}
