"""What changed since the report before, in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from governance.ui.format import NOTHING, number, percent, scaled
from initiatives.choices import Overlay, Stage
from kpis.choices import EffectKind, Series
from kpis.figures.choices import Lamp, LightName
from reporting.period_reports.rules import Change, Difference


@dataclass(frozen=True, slots=True)
class ShownChange:
    """One value that differs, with its light where it is one."""

    label: str
    before: str
    after: str
    lamp: str = ""
    difference: str = ""


def shown_changes(found: Difference, language: str) -> list[ShownChange]:
    """All values that differ, in the order of the report."""
    names = _names()
    places = {name: place for place, name in enumerate(names)}

    def order(one: Change) -> list[int]:
        """As people read a report: frozen keys are sorted by their letters."""
        return [places.get(part, 0) for part in (one.section, *one.name.split("."))]

    return [_shown(one, names, language) for one in sorted(found.changes, key=order)]


def shown_lists(found: Difference) -> list[tuple[str, Sequence[str], Sequence[str]]]:
    """Entries of lists that came and went, with what the list is called."""
    titles = {
        "overrides": _("Lights stated otherwise"),
        "milestones.late": _("Milestones late"),
        "exceptions.live": _("Exceptions that wait"),
    }
    return [
        (title, found.came.get(path, ()), found.went.get(path, ()))
        for path, title in titles.items()
        if found.came.get(path) or found.went.get(path)
    ]


def _shown(one: Change, names: dict[str, str], language: str) -> ShownChange:
    parts = one.name.split(".")
    label = " · ".join(names.get(part, part) for part in parts if part not in SILENT)
    label = label or names[one.section]
    if one.section == "lights" and parts[0] == "node":
        before, after = (names.get(value, NOTHING) for value in (one.before, one.after))
        return ShownChange(label, before, after, lamp=str(one.after or ""))
    write = _writer(parts)
    before, after = (write(value, language) for value in (one.before, one.after))
    return ShownChange(label, before, after, difference=_difference(one, parts, language))


# Keys that say nothing beside the ones they hold.
SILENT = frozenset({"amounts", "years", "node", "by_stage", "by_overlay"})
MONEY = frozenset({"amounts", "years", "at_risk"})


def _writer(parts: Sequence[str]) -> Any:
    if parts[0] in MONEY:
        return lambda value, language: scaled(_decimal(value), language)
    if parts[0] == "doi":
        return lambda value, language: percent(_decimal(value), language, places=1)
    if parts[0] in {"metric", "currency"}:
        return lambda value, _language: str(value or NOTHING)
    return lambda value, language: number(_decimal(value or 0), language)


def _difference(one: Change, parts: Sequence[str], language: str) -> str:
    """By how much it differs, for amounts and counts."""
    if parts[0] in {"doi", "metric", "currency"}:
        return ""
    change = (_decimal(one.after) or Decimal(0)) - (_decimal(one.before) or Decimal(0))
    text = scaled(change, language) if parts[0] in MONEY else number(change, language)
    return f"+{text}" if change > 0 else text


def _decimal(value: Any) -> Decimal | None:
    return None if value is None else Decimal(str(value))


def _names() -> dict[str, str]:
    """What keys of a report are called, in the order in which people read them."""
    words = (LightName, Lamp, Stage, Overlay, EffectKind)
    named = {word.value: str(word.label) for enum in words for word in enum}
    return {
        "lights": "",
        "node": "",
        "figures": _("Figures"),
        "updates": _("Updates"),
        "metric": _("Headline metric"),
        "currency": _("Currency"),
        "measures": _("Measures"),
        "by_stage": "",
        "by_overlay": "",
        "doi": _("Degree of implementation"),
        "by_count": _("by count"),
        "by_value": _("by value"),
        "amounts": "",
        "years": "",
        "at_risk": _("Value at risk"),
        **named,
        "identified": _("Identified"),
        "hardened": _("Hardened"),
        "bankable": _("Bankable"),
        "validated": _("Validated"),
        "parked": _("Parked"),
        "validated_to_date": _("Validated to date"),
        "plan": str(Series.PLAN.label),
        "forecast": str(Series.FORECAST.label),
        "actual_validated": str(Series.ACTUAL_VALIDATED.label),
        "owed": _("Updates owed"),
        "in_time": _("Updates in time"),
        "late": _("Updates late"),
        "missing": _("Updates missing"),
        "watermelons": _("Watermelons"),
        "count": _("number"),
    }
