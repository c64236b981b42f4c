"""A request's snapshot for people: its parts as facts and tables, and what differs from before."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from approvals.differences import Change, Difference, differences
from governance.audit.labels import field_label, value_label
from governance.ui.format import NOTHING, number
from governance.ui.parts import Column, Fact

DAY = re.compile(r"^\d{4}-\d{2}-\d{2}$")
MONTH = re.compile(r"^\d{4}-\d{2}$")
TITLES = {
    "measure": gettext_lazy("Measure"),
    "effects": gettext_lazy("Effects"),
    "reference": gettext_lazy("Reference: how it was before"),
    "plan": gettext_lazy("Plan by month"),
    "actuals": gettext_lazy("Claimed and validated"),
    "milestones": gettext_lazy("Milestones"),
    "milestones_plan": gettext_lazy("Planned milestones"),
    "documents": gettext_lazy("Documents"),
    "change": gettext_lazy("What is to change"),
    "plan_change": gettext_lazy("What changes in the plan"),
    "change_size": gettext_lazy("Size of the change"),
}
WORDS = {
    "before": gettext_lazy("before"),
    "after": gettext_lazy("after"),
    "key": gettext_lazy("key"),
    "class": gettext_lazy("class"),
    "stage_model": gettext_lazy("stage model"),
    "run_rate_start": gettext_lazy("run rate from"),
    "claimed": gettext_lazy("claimed"),
    "validated": gettext_lazy("validated"),
    "baseline": gettext_lazy("baseline"),
    "done_at": gettext_lazy("said to be done"),
    "accepted_at": gettext_lazy("accepted"),
}
# Addresses for programs, which say nothing to people.
HIDDEN = frozenset({"key", "effect"})
CALLED = ("name", "title", "metric", "code")
NAMES = frozenset({"name", "title"})
CHANGES = {
    Change.ADDED: (gettext_lazy("new"), "green", "plus"),
    Change.REMOVED: (gettext_lazy("gone"), "red", "minus"),
    Change.CHANGED: (gettext_lazy("changed"), "amber", "pencil"),
}


@dataclass(frozen=True, slots=True)
class Block:
    """One part of a snapshot: facts, or a table, and what lies inside it."""

    title: str
    facts: list[Fact] = field(default_factory=list)
    columns: list[Column] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    blocks: list["Block"] = field(default_factory=list)
    is_wide: bool = False

    @property
    def labelled(self) -> list[list[tuple[str, str]]]:
        """The rows with the heading beside each cell."""
        return [
            [(column.label, cell) for column, cell in zip(self.columns, row, strict=True)]
            for row in self.rows
        ]


@dataclass(frozen=True, slots=True)
class Changed:
    """One difference as people read it."""

    where: str
    label: str
    tone: str
    icon: str
    before: str
    after: str


def title_of(name: str) -> str:
    """A name in a snapshot, for people; one that nobody knows is spelled out."""
    text = str(TITLES.get(name) or WORDS.get(name) or field_label(name))
    return text[:1].upper() + text[1:]


def text_of(name: str, value: Any) -> str:
    """A plain value for people."""
    if value is None or value in ("", [], {}):
        return NOTHING
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, Mapping):
        shown = [f"{title_of(key)}: {text_of(key, one)}" for key, one in _shown(value)]
        return "; ".join(shown)
    if isinstance(value, list):
        return ", ".join(text_of(name, one) for one in value)
    text = value_label(name, str(value))
    return _day(text) if DAY.match(text) else text


def _day(text: str) -> str:
    try:
        return date_format(date.fromisoformat(text), "DATE_FORMAT")
    except ValueError:
        return text


def month_said(text: str) -> str:
    """`2026-01` for people."""
    try:
        return date_format(date.fromisoformat(f"{text}-01"), "M Y")
    except ValueError:
        return text


def _figure(text: Any) -> str:
    """A value by month: numbers grouped in the reader's way."""
    try:
        value = Decimal(str(text))
    except InvalidOperation:
        return text_of("", text)
    return number(value, get_language() or "en") if value.is_finite() else str(text)


def _shown(facts: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    return ((name, value) for name, value in facts.items() if name not in HIDDEN)


def blocks_of(snapshot: Mapping[str, Any]) -> list[Block]:
    """The parts of a snapshot, the measure first; parts that nobody knows are shown as well."""
    names = sorted(snapshot, key=lambda name: (name != "measure", name))
    return [_block(name, snapshot[name]) for name in names]


def _block(name: str, value: Any) -> Block:
    title = title_of(name)
    if isinstance(value, Mapping) and value and all(isinstance(v, Mapping) for v in value.values()):
        return _table(title, [{"name": title_of(key), **one} for key, one in value.items()])
    if isinstance(value, Mapping):
        nested = {key for key, one in value.items() if isinstance(one, Mapping) and one}
        facts = [
            Fact(title_of(key), text_of(key, one))
            for key, one in _shown(value)
            if key not in nested
        ]
        return Block(title, facts, blocks=[_block(key, value[key]) for key in sorted(nested)])
    if isinstance(value, list) and value and all(isinstance(one, Mapping) for one in value):
        return _months(title, value) if any(map(_cells, value)) else _table(title, value)
    return Block(title, [Fact("", text_of(name, value))])


def _table(title: str, items: list[Any]) -> Block:
    names = [
        name
        for name in dict.fromkeys(key for item in items for key, _value in _shown(item))
        if name not in NAMES
    ]
    columns = [Column("name", title_of("name")), *(Column(name, title_of(name)) for name in names)]
    rows = [
        [called_of(item) or NOTHING, *(text_of(name, item.get(name)) for name in names)]
        for item in items
    ]
    return Block(title, columns=columns, rows=rows)


def _cells(item: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """The values by month that an item carries, by name."""
    return {
        name: value
        for name, value in item.items()
        if isinstance(value, Mapping) and value and all(MONTH.match(str(key)) for key in value)
    }


def _months(title: str, items: list[Any]) -> Block:
    """A row for each series of each item, months as columns, the sum first."""
    series = [
        (_series_title(item, name), cells) for item in items for name, cells in _cells(item).items()
    ]
    months = sorted({month for _title, cells in series for month in cells})
    columns = [
        Column("name", _("Values")),
        Column("sum", _("Sum"), numeric=True),
        *(Column(month, month_said(month), numeric=True) for month in months),
    ]
    rows = [
        [name, _figure(_sum(cells)), *(_figure(cells[m]) if m in cells else "" for m in months)]
        for name, cells in series
    ]
    return Block(title, columns=columns, rows=rows, is_wide=True)


def _series_title(item: Mapping[str, Any], name: str) -> str:
    called = called_of(item)
    return called if name == "cells" else f"{called}: {title_of(name)}"


def _sum(cells: Mapping[str, Any]) -> Any:
    try:
        return sum((Decimal(str(value)) for value in cells.values()), Decimal(0))
    except InvalidOperation:
        return NOTHING


def called_of(item: Mapping[str, Any]) -> str:
    """What an item of a list is called by people: an effect without a name by metric and kind."""
    name = next((name for name in CALLED if item.get(name)), "")
    called = str(item[name]) if name else ""
    if name in NAMES or not item.get("kind"):
        return called
    return f"{called}, {value_label('kind', str(item['kind']))}" if called else ""


def changes_between(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Changed]:
    """What differs in the parts that both snapshots judge."""
    shared = before.keys() & after.keys()
    found = differences(
        {name: before[name] for name in shared}, {name: after[name] for name in shared}
    )
    return [_changed(one, before, after) for one in found if one.path[-1] not in HIDDEN]


def newly_judged(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Titles of the parts that the last decision did not look at."""
    return [title_of(name) for name in sorted(after.keys() - before.keys())]


def _changed(one: Difference, before: Mapping[str, Any], after: Mapping[str, Any]) -> Changed:
    label, tone, icon = CHANGES[one.change]
    source = before if one.change is Change.REMOVED else after
    last = one.path[-1]
    is_month = bool(MONTH.match(last))
    say = _figure if is_month else (lambda value: text_of(last, value))
    return Changed(
        where=" / ".join(_steps(one.path, source)),
        label=str(label),
        tone=tone,
        icon=icon,
        before=NOTHING if one.change is Change.ADDED else say(one.before),
        after=NOTHING if one.change is Change.REMOVED else say(one.after),
    )


def _steps(path: Iterable[str], value: Any) -> Iterator[str]:
    """The way to a difference in words: items by what they are called."""
    for step in path:
        item = _inside(value, step)
        if isinstance(value, list):
            yield (called_of(item) if isinstance(item, Mapping) else "") or step
        elif step != "cells":
            yield month_said(step) if MONTH.match(step) else title_of(step)
        value = item


def _inside(value: Any, step: str) -> Any:
    if isinstance(value, Mapping):
        return value.get(step)
    if not isinstance(value, list):
        return None
    for item in value:
        if isinstance(item, Mapping) and step in item.values():
            return item
    is_place = step.isdigit() and 0 < int(step) <= len(value)
    return value[int(step) - 1] if is_place else None
