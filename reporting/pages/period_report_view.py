"""What a report says, drafted or frozen, as tables for people; nothing here asks the database."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import TextChoices
from django.urls import reverse
from django.utils.translation import gettext as _

from approvals.choices import Outcome
from approvals.exceptions.choices import ExceptionOutcome, ExceptionState, Tier
from approvals.exceptions.labels import headline
from governance.templatetags.ui import day
from governance.ui.format import NOTHING
from governance.ui.parts import Column
from initiatives.choices import Overlay, Stage
from initiatives.gates.transitions import TABLE
from kpis.choices import EffectKind
from kpis.figures.choices import Lamp, LightName, Step

Content = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: a text with a way to it, an amount, or a light."""

    text: str = ""
    url: str = ""
    note: str = ""
    amount: Decimal | None = None
    lamp: str = ""
    is_amount: bool = False


# One entry of a list as the cells of a row.
Row = Callable[[Content], Sequence[Cell]]


@dataclass(frozen=True, slots=True)
class Listing:
    """One list of a report: how many there are, and the first of them."""

    title: str
    count: int
    columns: Sequence[Column] = field(default_factory=tuple)
    rows: Sequence[Sequence[Cell]] = field(default_factory=tuple)

    @property
    def more(self) -> int:
        return self.count - len(self.rows)


def content_context(content: Content, slug: str) -> dict[str, Any]:
    """Context of `reporting/_period_report.html`."""
    figures, lights = content["figures"], content["lights"]
    return {
        "content": content,
        "currency": figures["currency"],
        "amount_columns": _amount_columns(),
        "amount_rows": [
            (kind.label, [figures["amounts"][kind.value][name] for name in AMOUNTS])
            for kind in EffectKind
            if kind.value in figures["amounts"]
        ],
        "year_columns": _year_columns(),
        "year_rows": [
            (year, [sums[name] for name in ("plan", "forecast", "actual_validated")])
            for year, sums in sorted(figures["years"].items())
        ],
        "at_risk": _in_order(EffectKind, figures["at_risk"]),
        "stages": _in_order(Stage, figures["by_stage"]),
        "overlays": _in_order(Overlay, figures["by_overlay"])[1:],
        "lights": [_light(name, lights) for name in LightName],
        "bridge": _bridge(content.get("bridge")),
        "since": datetime.fromisoformat(content["since"]),
        "moves": [
            (move_name(move), count) for move, count in content["decisions"]["moves"].items()
        ],
        "listings": [one for one in _listings(content, slug) if one.count],
        "words": [(label, text) for label, text in _words(content.get("words", {})) if text],
    }


AMOUNTS = ("identified", "hardened", "bankable", "validated", "parked", "validated_to_date")


def _amount_columns() -> list[Column]:
    names = (
        _("Identified"), _("Hardened"), _("Bankable"), _("Validated"), _("Parked"),
        _("Validated to date"),
    )  # fmt: skip
    numeric = [Column(name, name, numeric=True) for name in names]
    return [Column("kind", _("All classes")), *numeric]


def _year_columns() -> list[Column]:
    names = (_("Plan"), _("Forecast"), _("Validated"))
    return [
        Column("year", _("Fiscal year")),
        *(Column(name, name, numeric=True) for name in names),
    ]


def _words(words: Mapping[str, str]) -> list[tuple[str, str]]:
    labels = {
        "achieved": _("Achieved"),
        "next_steps": _("Next"),
        "decision_needed": _("Decision needed"),
    }
    return [(label, words.get(name, "")) for name, label in labels.items()]


def _light(name: LightName, lights: Content) -> tuple[str, str, str, str]:
    """Name, lamp and word of a light of the node, and how many measures have which."""
    lamp = Lamp(lights["node"][name.value])
    counts = lights["measures"].get(name.value, {})
    shown = [f"{Lamp(one).label} {counts[one.value]}" for one in Lamp if counts.get(one.value)]
    return str(name.label), lamp.value, str(lamp.label), ", ".join(shown)


def _bridge(bridge: Content | None) -> list[tuple[str, str]]:
    if bridge is None:
        return []
    steps = _in_order(Step, bridge["steps"])
    return [(_("Before"), bridge["start"]), *steps, (_("Now"), bridge["end"])]


def _in_order(words: type[TextChoices], part: Content) -> list[tuple[str, Any]]:
    """Values by the names of their keys, in the order of the vocabulary: frozen keys are sorted."""
    return [(str(word.label), part[word.value]) for word in words if word.value in part]


def move_name(transition: str) -> str:
    """A move as people call it."""
    known = TABLE.get(transition)
    return f"{transition} {known.label}" if known else transition


def _listings(content: Content, slug: str) -> list[Listing]:
    """All lists in the order in which people read them."""
    return [
        _listing(
            _("Decisions"),
            content["decisions"],
            (_("Measure"), _("Move"), _("Outcome"), _("Decided by"), _("Day")),
            lambda item: _decision(item, slug),
        ),
        *_of_measures(content, slug),
        *_of_exceptions(content["exceptions"], slug),
    ]


def _of_measures(content: Content, slug: str) -> list[Listing]:
    late, done = content["milestones"]["late"], content["milestones"]["done"]
    steps = (_("Measure"), _("Milestone"), _("Planned"), _("Expected"), _("Done"))
    stated = (_("Measure"), _("Light"), _("Stated"), _("Derived"), _("Stated by"), _("Until"))

    def of_measure(rest: Row) -> Row:
        return lambda item: [_measure(item, slug), *rest(item)]

    return [
        _listing(
            _("Updates missing"),
            content["updates"]["missing"],
            (_("Measure"), _("Owner")),
            of_measure(lambda item: [Cell(item["owner"] or NOTHING)]),
        ),
        _listing(_("Lights stated otherwise"), content["overrides"], stated, of_measure(_override)),
        _listing(
            _("Watermelons"),
            content["lights"]["watermelons"],
            (_("Measure"), _("Value")),
            of_measure(lambda item: [Cell(amount=Decimal(item["size"]), is_amount=True)]),
        ),
        _listing(_("Milestones done"), done, steps, of_measure(_milestone)),
        _listing(_("Milestones late"), late, steps, of_measure(_milestone)),
    ]


def _of_exceptions(exceptions: Content, slug: str) -> list[Listing]:
    labels = (_("Exception"), _("Concerns"), _("Tier"), _("State"))
    titles = {
        "opened": _("Exceptions opened"),
        "ended": _("Exceptions ended"),
        "live": _("Exceptions that wait"),
    }
    return [
        _listing(title, exceptions[name], labels, lambda item: _exception(item, slug))
        for name, title in titles.items()
    ]


def _listing(title: str, part: Content, labels: Sequence[str], row: Row) -> Listing:
    columns = [Column(label, label) for label in labels]
    return Listing(title, part["count"], columns, [row(item) for item in part["items"]])


def _measure(item: Content, slug: str) -> Cell:
    url = reverse("initiatives:measure", args=[slug, item["measure"]])
    return Cell(item["measure"], url, item.get("name", ""))


def _decision(item: Content, slug: str) -> list[Cell]:
    url = reverse("initiatives:measure-decisions", args=[slug, item["subject"]])
    (before, after), overlays = item["stage"], item["overlay"]
    moved = ""
    if before != after:
        moved = f"{Stage(before).label} → {Stage(after).label}"
    elif overlays[0] != overlays[1]:
        moved = str(Overlay(overlays[1]).label)
    return [
        Cell(item["subject"], url),
        Cell(move_name(item["transition"]), note=moved),
        Cell(str(Outcome(item["outcome"]).label)),
        Cell(item["by"] or "Tollgate"),
        Cell(day(datetime.fromisoformat(item["at"]))),
    ]


def _override(item: Content) -> list[Cell]:
    lamps = [Cell(str(Lamp(item[name]).label), lamp=item[name]) for name in ("stated", "derived")]
    name = str(LightName(item["light"]).label)
    return [Cell(name), *lamps, Cell(item["by"], note=item["reason"]), Cell(_day(item["until"]))]


def _milestone(item: Content) -> list[Cell]:
    note = _("critical") if item["is_critical"] else ""
    days = [Cell(_day(item[name])) for name in ("plan_on", "forecast_on", "actual_on")]
    return [Cell(item["title"], note=note), *days]


def _exception(item: Content, slug: str) -> list[Cell]:
    url = reverse("approvals:exception", args=[slug, item["code"]])
    outcome = str(ExceptionOutcome(item["outcome"]).label) if item["outcome"] else ""
    return [
        Cell(item["code"], url, headline(item["source"], item["title"])),
        Cell(item["subject"]),
        Cell(str(Tier(item["tier"]).label)),
        Cell(str(ExceptionState(item["state"]).label), note=outcome),
    ]


def _day(text: str | None) -> str:
    return day(date.fromisoformat(text) if text else None)
