"""The head of the portfolio page: what was promised, what is there, what is missing."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from governance.ui.format import percent
from initiatives.choices import AmountName, Overlay
from kpis.choices import EffectKind
from kpis.figures.leakage import leakage_total
from kpis.figures.rules import is_wide_gap
from kpis.targets.rules import Gap
from reporting.behind.figures import Figure
from reporting.ladder import Ladder, Rung
from reporting.pages.asked import PageFrame
from reporting.rules import wide_sum
from reporting.selectors import RollUp

OF_LADDER = (Figure.IDENTIFIED, Figure.UNDECIDED, Figure.BANKABLE, Figure.VALIDATED)
TONES = {
    AmountName.IDENTIFIED: "neutral",
    AmountName.HARDENED: "blue",
    AmountName.BANKABLE: "primary",
    AmountName.VALIDATED: "green",
}


@dataclass(frozen=True, slots=True)
class Tile:
    """One figure of the head: an amount, or a text; `tone` says how it stands."""

    label: str
    value: Decimal | None = None
    text: str = ""
    note: str = ""
    url: str = ""
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Bar:
    """One step of a value ladder."""

    label: str
    note: str
    amount: Decimal | None
    share: str
    url: str
    tone: str
    size: Decimal


def head_context(
    figures: RollUp, frame: PageFrame, found: Sequence[Ladder], targets_url: str
) -> dict[str, Any]:
    """The tiles and the ladders of a place; no query."""
    first = found[0]
    return {
        "promise": _promise(first, frame, targets_url),
        "standing": _standing(figures, frame),
        "ladders": [
            {
                "kind": one.kind.label,
                "note": _unit_of(one.kind),
                "bars": _bars(one, frame, targets_url),
                "tallest": f"{one.tallest:f}",
            }
            for one in found
            if one is first or not one.is_empty
        ],
    }


def _unit_of(kind: EffectKind) -> str:
    if kind is EffectKind.RECURRING:
        return _("per year, all classes")
    return _("sum of all months, all classes")


def _promise(one: Ladder, frame: PageFrame, targets_url: str) -> list[Tile]:
    """Target, bankable, validated and gap; without a target what is identified stands for it."""
    urls = {figure: frame.behind(figure, kind=one.kind.value) for figure in OF_LADDER}
    rungs = {rung.name: rung for rung in one.rungs}
    unit = f"{one.kind.label}, {_unit_of(one.kind)}"
    if one.gap is None:
        lead = Tile(_("Identified"), one.amounts.identified, note=unit, url=urls[Figure.IDENTIFIED])
        rest = Tile(
            _("Not decided yet"),
            one.undecided,
            note=_("identified, not bankable"),
            url=urls[Figure.UNDECIDED],
        )
    else:
        goal = _("Target %(year)s") % {"year": frame.year_label(one.year)}
        lead = Tile(goal, one.gap.target, note=unit, url=targets_url)
        rest = _gap(one.gap, frame, targets_url)
    return [
        lead,
        Tile(
            _("Bankable"),
            one.amounts.bankable,
            note=_of_target(rungs[AmountName.BANKABLE], _("decided and beyond"), frame),
            url=urls[Figure.BANKABLE],
        ),
        Tile(
            _("Validated"),
            one.amounts.validated,
            note=_of_target(rungs[AmountName.VALIDATED], _("proven by finance"), frame),
            url=urls[Figure.VALIDATED],
        ),
        rest,
    ]


def _gap(gap: Gap, frame: PageFrame, url: str) -> Tile:
    if gap.missing <= 0:
        return Tile(_("Above target"), abs(gap.missing), url=url, tone="green")
    share = percent(gap.missing / gap.target if gap.target else None, frame.language)
    note = _("%(share)s missing") % {"share": share}
    return Tile(_("Gap to target"), gap.missing, note=note, url=url, tone="red")


def _of_target(rung: Rung, otherwise: str, frame: PageFrame) -> str:
    if rung.share is None:
        return otherwise
    share = {"share": percent(rung.share, frame.language), "what": otherwise}
    return _("%(share)s of target, %(what)s") % share


def _standing(figures: RollUp, frame: PageFrame) -> list[Tile]:
    """Measures, degree of implementation, value at risk, leakage and net value."""
    metric, language = frame.tenant.headline_metric, frame.language
    held, gone = figures.by_overlay[Overlay.ON_HOLD], figures.by_overlay[Overlay.CANCELLED]
    by_count, by_value = figures.degree_by_count, figures.degree_by_value
    apart = is_wide_gap(by_count, by_value)
    leaked = leakage_total(figures.leakage.get(metric, {}).values()) or {}
    tiles = [
        Tile(
            _("Measures"),
            text=str(figures.measures),
            note=_("%(held)s on hold, %(gone)s cancelled") % {"held": held, "gone": gone},
            url=frame.measures(),
        ),
        Tile(
            _("Degree of implementation"),
            text=percent(by_value, language),
            note=_("by value; by count %(degree)s") % {"degree": percent(by_count, language)},
            url=frame.behind(Figure.DEGREE),
            tone="amber" if apart else "",
        ),
        _at_risk(figures, frame),
        Tile(
            _("Leakage to date"),
            wide_sum(leaked.values()) if leaked else None,
            note=_("first baseline less validated"),
            url=frame.behind(Figure.LEAKAGE),
        ),
    ]
    net = [one for one in figures.net if one.metric == metric]
    if net:
        note, url = _("all classes, less costs"), frame.behind(Figure.NET)
        tiles.append(Tile(_("Net value"), net[0].all_classes, note=note, url=url))
    return tiles


def _at_risk(figures: RollUp, frame: PageFrame) -> Tile:
    """Recurring and one-off are never added (V7): the larger one, the other in the note."""
    risks = {EffectKind(kind): amount for kind, amount in figures.at_risk.items()}
    kind = max(risks, key=lambda one: (risks[one], one is EffectKind.RECURRING))
    note = _("recurring, per year") if kind is EffectKind.RECURRING else _("one-off")
    return Tile(
        _("Value at risk"),
        risks[kind],
        note=note,
        url=frame.behind(Figure.AT_RISK, kind=kind.value),
        tone="amber" if risks[kind] else "",
    )


def _bars(one: Ladder, frame: PageFrame, targets_url: str) -> Sequence[Bar]:
    notes = {
        AmountName.IDENTIFIED: _("all live measures"),
        AmountName.HARDENED: _("weighted by stage"),
        AmountName.BANKABLE: _("decided and beyond"),
        AmountName.VALIDATED: _("proven by finance"),
    }
    bars = [
        Bar(
            str(rung.name.label),
            notes[rung.name],
            rung.amount,
            "" if rung.share is None else percent(rung.share, frame.language),
            frame.behind(Figure(rung.name.value), kind=one.kind.value),
            TONES[rung.name],
            max(rung.amount or Decimal(0), Decimal(0)),
        )
        for rung in one.rungs
    ]
    if one.target is not None:
        goal = _("Target %(year)s") % {"year": frame.year_label(one.year)}
        bars.append(
            Bar(goal, "", one.target, "", targets_url, "amber", max(one.target, Decimal(0)))
        )
    return bars
