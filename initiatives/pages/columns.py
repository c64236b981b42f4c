"""Columns that a list of measures can show, and which of a file's columns each one stands for."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_stubs_ext import StrOrPromise

from governance.tree.choices import Level
from governance.tree.models import Node
from governance.ui.parts import Column
from initiatives.bulk.rules import BULK_FIELDS
from initiatives.choices import GovernabilityField, Overlay, Stage
from initiatives.figures import Money, SeriesTotal
from initiatives.models import Measure
from initiatives.node_lists import LEVELS
from initiatives.rules import Hands, change_refusal, locked_refusal, may_set

PEOPLE_LABELS = {
    "owner": gettext_lazy("Owner"),
    "sponsor": gettext_lazy("Sponsor"),
    "controller": gettext_lazy("Controller"),
}
CODED_LABELS = {
    "business_unit": gettext_lazy("Business unit"),
    "function": gettext_lazy("Function"),
    "legal_entity": gettext_lazy("Legal entity"),
    "forum": gettext_lazy("Steering committee"),
}
RECEIVER_LABEL = gettext_lazy("Receiving line manager")
NAME = "name"
# What is changed in its cell: all that many measures may be given at once, and the name.
INLINE = (NAME, *BULK_FIELDS)
DEFAULT = (NAME, "code", "owner", "stage", "status", "value", "missing", "updated_at")


@dataclass(frozen=True, slots=True)
class Standing:
    """A measure with what a list says of it besides its own fields; `plan` empty: not planned."""

    measure: Measure
    above: dict[Level, Node]
    plan: Sequence[Money]
    missing: Sequence[GovernabilityField]
    totals: Mapping[SeriesTotal, Decimal] = field(default_factory=dict)

    def name_above(self, level: Level) -> str:
        node = self.above.get(level)
        return node.name if node else ""


@dataclass(frozen=True, slots=True)
class ListColumn:
    """One column: `kind` says how its cells are drawn, `value` what stands in a plain one."""

    key: str
    label: StrOrPromise
    fields: tuple[str, ...]
    kind: str = "text"
    is_sortable: bool = False
    value: Callable[[Standing], str | date | Decimal | None] = lambda _row: None


@dataclass(frozen=True, slots=True)
class ShownCell:
    """One cell of the list."""

    key: str
    kind: str
    label: StrOrPromise
    value: str | date | Decimal | None
    is_editable: bool = False


def _of_person(name: str) -> Callable[[Standing], str]:
    def read(row: Standing) -> str:
        person = getattr(row.measure, name)
        return person.name if person else ""

    return read


def _of_entry(name: str) -> Callable[[Standing], str]:
    def read(row: Standing) -> str:
        entry = getattr(row.measure, name)
        return entry.name if entry else ""

    return read


def _of_place(level: Level) -> Callable[[Standing], str]:
    return lambda row: row.name_above(level)


def _own(name: str) -> Callable[[Standing], Any]:
    return lambda row: getattr(row.measure, name)


def _of_total(name: SeriesTotal) -> Callable[[Standing], Decimal | None]:
    return lambda row: row.totals.get(name)


def _totals() -> list[ListColumn]:
    """What of the headline metric is forecast, claimed and validated, in the tenant's currency."""
    return [
        ListColumn(name.value, name.label, (f"{name}_total",), "amount", value=_of_total(name))
        for name in SeriesTotal
    ]


def _places() -> list[ListColumn]:
    """Where a measure stands in the tree and in the organisation."""
    return [
        *(
            ListColumn(
                level.word, level.label, (level.word, f"{level.word}_code"), value=_of_place(level)
            )
            for level in LEVELS
        ),
        *(
            ListColumn(name, label, (name,), value=_of_entry(name))
            for name, label in CODED_LABELS.items()
        ),
    ]


def _words() -> list[ListColumn]:
    """What people wrote, and the number that another system gave."""
    return [
        ListColumn(
            "description",
            gettext_lazy("Description"),
            ("description",),
            "long",
            value=_own("description"),
        ),
        ListColumn(
            "external_id",
            gettext_lazy("External id"),
            ("external_id",),
            "code",
            value=_own("source_key"),
        ),
    ]


def _columns() -> list[ListColumn]:
    people = {**PEOPLE_LABELS, "receiver": RECEIVER_LABEL}
    return [
        ListColumn(NAME, gettext_lazy("Measure"), (NAME,), "name", is_sortable=True),
        ListColumn(
            "code", gettext_lazy("Code"), ("code",), "code", is_sortable=True, value=_own("code")
        ),
        *(
            ListColumn(name, label, (name, f"{name}_name"), value=_of_person(name))
            for name, label in people.items()
        ),
        ListColumn("stage", gettext_lazy("Stage"), ("stage", "overlay"), "stage"),
        ListColumn("status", gettext_lazy("Status"), ("status", "status_on"), "status"),
        ListColumn(
            "value", gettext_lazy("Plan"), ("plan_total", "currency"), "money", is_sortable=True
        ),
        *_totals(),
        ListColumn("missing", gettext_lazy("Governability"), ("missing",), "missing"),
        *_places(),
        *(
            ListColumn(name, label, (name,), "day", value=_own(name))
            for name, label in (
                ("planned_start", gettext_lazy("Planned start")),
                ("planned_end", gettext_lazy("Planned end")),
            )
        ),
        ListColumn(
            "updated_at",
            gettext_lazy("Updated"),
            ("updated_at",),
            "day",
            is_sortable=True,
            value=_own("updated_at"),
        ),
        *_words(),
    ]


COLUMNS = {column.key: column for column in _columns()}
LABELS = {column.key: column.label for column in COLUMNS.values()}


def shown_columns(asked: Sequence[str]) -> list[ListColumn]:
    """The columns to draw: the name before all others, then what is asked for or the usual ones."""
    return [COLUMNS[key] for key in dict.fromkeys((NAME, *(asked or DEFAULT)))]


def series_in(columns: Sequence[ListColumn]) -> list[SeriesTotal]:
    """Which totals of series are among the columns, in their order."""
    return [SeriesTotal(column.key) for column in columns if column.key in SeriesTotal.values]


def fields_of(asked: Sequence[str]) -> tuple[str, ...]:
    """What a file holds where columns are asked for; empty where none are: then it holds all."""
    if not asked:
        return ()
    named = [name for column in shown_columns(asked) for name in column.fields]
    return tuple(dict.fromkeys(named))


def headings(columns: Sequence[ListColumn], plan: str, *, is_sortable: bool) -> list[Column]:
    """The heads of the table; `plan` is what the column of planned money is called here."""
    hints = {
        "status": _("The newest status report"),
        **dict.fromkeys(
            SeriesTotal.values,
            _("All months of the headline metric at plan rate, costs left out"),
        ),
        "value": _("All planned months, recurring and one-off, all classes, costs left out"),
    }
    return [
        Column(
            column.key,
            plan if column.key == "value" else str(column.label),
            numeric=column.kind in {"money", "amount"},
            sortable=is_sortable and column.is_sortable,
            hint=hints.get(column.key, ""),
        )
        for column in columns
    ]


def editable_fields(measure: Measure, hands: Hands) -> frozenset[str]:
    """Fields that these hands change here and now: neither closed to them nor frozen by a gate."""
    stage = Stage(measure.stage)
    if locked_refusal(stage, Overlay(measure.overlay)):
        return frozenset()
    return frozenset(
        name
        for name in INLINE
        if may_set(name, hands)
        and not change_refusal(name, stage, was_empty=getattr(measure, name) in {None, ""})
    )


def cells_of(
    columns: Sequence[ListColumn], row: Standing, editable: Collection[str] = ()
) -> list[ShownCell]:
    """The cells of one row behind its name."""
    return [
        ShownCell(column.key, column.kind, column.label, column.value(row), column.key in editable)
        for column in columns
        if column.key != NAME
    ]
