"""The tables of a roll-up: by what each row is told apart, and how its figures add up."""

from collections.abc import Sequence
from dataclasses import dataclass

from kpis.models import MONTH_COLUMNS
from reporting.rollups.models import (
    OfNode,
    RollUpCount,
    RollUpLight,
    RollUpLine,
    RollUpSize,
    RollUpYear,
)

PLACE = ("stage", "overlay", "model")


@dataclass(frozen=True, slots=True)
class Part:
    """One table: `keys` tell rows of a node apart, `figures` names each figure with its rule."""

    model: type[OfNode]
    keys: Sequence[str]
    figures: Sequence[tuple[str, str]]

    @property
    def table(self) -> str:
        return self.model._meta.db_table

    @property
    def names(self) -> str:
        """Columns in the order of every SELECT that fills or compares the table."""
        return ", ".join(("node_id", *self.keys, *(name for name, _rule in self.figures)))

    @property
    def added(self) -> str:
        """Figures of several rows as one."""
        return ", ".join(f"{rule}(r.{name})" for name, rule in self.figures)

    @property
    def key_list(self) -> str:
        return ", ".join(f"r.{key}" for key in self.keys)


def _sums(*names: str) -> list[tuple[str, str]]:
    return [(name, "sum") for name in names]


COUNTS = Part(RollUpCount, PLACE, _sums("number", "since"))
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
PARTS = (COUNTS, LINES, SIZES, YEARS, LIGHTS)
