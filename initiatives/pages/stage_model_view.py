"""A stage model in the reader's language: ladder, moves, gates, settings, and what differs."""

import json
from dataclasses import dataclass
from typing import Any

from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from approvals.choices import StepMode
from approvals.differences import differences
from governance.people.choices import Role
from governance.ui.parts import Column, Fact
from initiatives.choices import Stage
from initiatives.criteria import known_criteria
from initiatives.gates.readiness import criterion_label
from initiatives.gates.transitions import Hand
from initiatives.stage_models.choices import CriterionKind, Track
from initiatives.stage_models.definition import CriterionLine, Definition, GateLine, RouteLine
from initiatives.stage_models.diagram import Move, drawing_of, moves_of

SETTINGS = {
    "materiality": gettext_lazy("Materiality: from here a second finance person signs"),
    "closure_months": gettext_lazy("Validated months that a closure needs"),
    "closure_floor": gettext_lazy("Share of the baseline below which a closure needs a reason"),
    "light_limit": gettext_lazy("Below this amount the light track is open"),
    "change_limit": gettext_lazy("From this size on a steering committee decides a change request"),
    "hold_days": gettext_lazy("Longest hold, in days"),
    "reinstate_days": gettext_lazy("Days after which a reinstated measure re-passes its gate"),
    "publisher_pause_days": gettext_lazy("Days in which a publisher does not decide"),
    "clock_days": gettext_lazy("Business days for decisions outside the gates"),
}
HANDS = {
    Hand.OWNER: gettext_lazy("Owner"),
    Hand.EFFECT_OWNER: gettext_lazy("Effect owner"),
    Hand.SPONSOR: gettext_lazy("Sponsor"),
    Hand.CONTROLLER: gettext_lazy("Controller"),
    Hand.PMO: gettext_lazy("PMO"),
}


@dataclass(frozen=True, slots=True)
class CriterionRow:
    """One criterion of a gate in words."""

    label: str
    kind: str
    who: str
    is_active: bool


@dataclass(frozen=True, slots=True)
class RouteRow:
    """One step of a route in words."""

    position: int
    part: str
    mode: str
    line: RouteLine


@dataclass(frozen=True, slots=True)
class GateCard:
    """One gate in words."""

    transition: str
    title: str
    criteria: list[CriterionRow]
    route: list[RouteRow]


def pretty(plain: Any) -> str:
    return json.dumps(plain, ensure_ascii=False, indent=2)


def reading_of(read: Definition) -> dict[str, Any]:
    """A definition in the reader's language, with its drawing."""
    language = (get_language() or "en")[:2]
    return {
        "stages": [
            {
                "doi": stage.doi,
                "code": stage.value,
                "label": read.label(stage, language),
                "weight": read.weight(stage),
            }
            for stage in Stage
        ],
        "drawing": drawing_of(read, language),
        "moves": [(move, _askers(move)) for move in moves_of(read, language)],
        "move_columns": [
            Column("label", _("Move")),
            Column("from", _("From")),
            Column("to", _("To")),
            Column("by", _("Asked for by")),
        ],
        "tracks": [
            (str(track.label), [_gate(gate, read, language) for gate in read.gates_of(track)])
            for track in Track
            if read.gates_of(track)
        ],
        "settings": [
            Fact(str(SETTINGS[name]), str(getattr(read.limits, name))) for name in SETTINGS
        ],
    }


def _askers(move: Move) -> str:
    return ", ".join(str(HANDS[Hand(hand)]) for hand in move.hands)


def _gate(gate: GateLine, read: Definition, language: str) -> GateCard:
    title = f"{read.label(gate.origin, language)} → {read.label(gate.target, language)}"
    route = sorted(gate.route, key=lambda line: line.position)
    return GateCard(
        gate.transition,
        title,
        [_criterion(line) for line in gate.criteria],
        [RouteRow(line.position, str(line.part.label), _mode(line), line) for line in route],
    )


def _criterion(line: CriterionLine) -> CriterionRow:
    known = line.labels or line.name in known_criteria()
    who = str(Role(line.role).label) if line.kind is CriterionKind.ATTESTED else ""
    label = criterion_label(line) if known else line.name.replace("_", " ")
    return CriterionRow(label, str(line.kind.label), who, line.is_active)


def _mode(line: RouteLine) -> str:
    if line.mode is StepMode.N_OF_M:
        return _("%(needed)s of them") % {"needed": line.needed}
    return str(line.mode.label)


@dataclass(frozen=True, slots=True)
class Change:
    """One place where a draft differs from the published version."""

    path: str
    before: str
    after: str


def changes_from(before: Any, after: Any) -> list[Change]:
    """Where two definitions differ, by path."""
    return [
        Change(".".join(one.path), _short(one.before), _short(one.after))
        for one in differences(before, after)
    ]


def _short(value: Any) -> str:
    return "" if value is None else json.dumps(value, ensure_ascii=False)
