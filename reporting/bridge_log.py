"""The event log as a bridge needs it: who was where, at which stage, and what changed when (F8)."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from governance.audit.choices import AuditAction
from initiatives.choices import Overlay, Stage
from kpis.choices import Series
from kpis.figures.bridge import Event, State, Turn
from kpis.figures.facts import ZERO

# The order of what one transaction did; see `Event`.
RANKS = {
    turn: rank
    for rank, turn in enumerate(
        (Turn.DELETED, Turn.CREATED, Turn.CELLS, Turn.STAGE, Turn.OVERLAY, Turn.PLACE)
    )
}
ACTIONS = (
    AuditAction.MEASURE_CREATED,
    AuditAction.MEASURE_DELETED,
    AuditAction.MEASURE_MOVED,
    AuditAction.MEASURE_STAGE_CHANGED,
    AuditAction.NODE_MOVED,
    AuditAction.EFFECT_DELETED,
)


@dataclass(frozen=True, slots=True)
class Told:
    """One event of the audit trail."""

    number: int
    at: datetime
    action: AuditAction
    key: str
    changes: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Place:
    """A node by its code: its id, and its path as it is now."""

    node_id: int
    path: str


@dataclass(slots=True)
class Known:
    """A measure as it is now; without a row it was deleted, and `package` is where it stood."""

    code: str
    package: str
    stage: Stage = Stage.IDENTIFIED
    overlay: Overlay = Overlay.ACTIVE
    exists: bool = True
    is_inside: bool = True

    def state(self, sums: Mapping[str, Decimal]) -> State:
        """The measure with its plan and forecast of the horizon, as a bridge counts it."""
        return State(
            plan=sums.get(Series.PLAN, ZERO),
            forecast=sums.get(Series.FORECAST, ZERO),
            stage=self.stage,
            overlay=self.overlay,
            is_inside=self.is_inside,
            exists=self.exists,
        )


@dataclass(slots=True)
class Backwards:
    """Measures and places wound back from now to the start; what was undone becomes events."""

    measures: dict[str, Known]
    places: dict[str, Place]
    roots: frozenset[int]
    events: list[Event] = field(default_factory=list)

    def wind(self, told: Iterable[Told]) -> None:
        """Undo the events of the trail, the latest first."""
        for known in self.measures.values():
            known.is_inside = self.is_inside(known)
        for event in sorted(told, key=lambda e: (e.at, e.number), reverse=True):
            match event.action:
                case AuditAction.NODE_MOVED:
                    self._node_moved(event)
                case AuditAction.MEASURE_MOVED:
                    self._measure_moved(event)
                case AuditAction.MEASURE_STAGE_CHANGED:
                    self._stage_changed(event)
                case AuditAction.MEASURE_CREATED | AuditAction.MEASURE_DELETED:
                    self._came_or_went(event)

    def is_inside(self, known: Known) -> bool:
        """Whether a measure's package lies at or below a root; a lost one lies nowhere."""
        place = self.places.get(known.package)
        path = "" if place is None else place.path
        return not self.roots.isdisjoint(int(part) for part in path.split("/") if part)

    def _node_moved(self, event: Told) -> None:
        node, old = self.places.get(event.key), self.places.get(event.changes["parent"][0])
        if node is None:
            return
        parent = "" if old is None else old.path
        for code, place in list(self.places.items()):
            if place.path.startswith(node.path):
                path = f"{parent}{node.node_id}/{place.path[len(node.path) :]}"
                self.places[code] = Place(place.node_id, path)
        self._placed(event, self.measures.values())

    def _measure_moved(self, event: Told) -> None:
        known = self.measures.get(event.key)
        if known is not None:
            known.package = event.changes["measure_package"][0] or ""
            self._placed(event, [known])

    def _placed(self, event: Told, measures: Iterable[Known]) -> None:
        for known in measures:
            was_inside = self.is_inside(known)
            if was_inside != known.is_inside:
                self._add(event, known, Turn.PLACE, is_inside=known.is_inside)
                known.is_inside = was_inside

    def _stage_changed(self, event: Told) -> None:
        known = self.measures.get(event.key)
        if known is None:
            return
        if "stage" in event.changes:
            old, new = event.changes["stage"]
            self._add(event, known, Turn.STAGE, stage=Stage(new))
            known.stage = Stage(old)
        if "overlay" in event.changes:
            old, new = event.changes["overlay"]
            self._add(event, known, Turn.OVERLAY, overlay=Overlay(new))
            known.overlay = Overlay(old)

    def _came_or_went(self, event: Told) -> None:
        known = self.measures.get(event.key)
        if known is not None:
            known.exists = event.action is AuditAction.MEASURE_DELETED
            turn = Turn.DELETED if known.exists else Turn.CREATED
            self._add(event, known, turn)

    def _add(self, event: Told, known: Known, turn: Turn, **what: Any) -> None:
        rank = (RANKS[turn], event.number)
        self.events.append(Event(event.at, rank, known.code, turn, **what))


def told_in(rows: Iterable[tuple[int, datetime, str, str, str]]) -> list[Told]:
    """Audit events from (id, time, action, key of the subject, body)."""
    return [
        Told(number, at, AuditAction(action), key, json.loads(body)["changes"])
        for number, at, action, key, body in rows
    ]


def codes_in(told: Sequence[Told]) -> set[str]:
    """The codes of all places that the trail names."""
    found: set[str] = set()
    for event in told:
        if event.action is AuditAction.NODE_MOVED:
            found |= {event.key, *event.changes["parent"]}
        else:
            found |= set(event.changes.get("measure_package", ()))
    return {code for code in found if code}


def cells_event(
    number: int, at: datetime, measure: str, series: str, amount: Decimal, cause: str
) -> Event:
    """A changed month of the horizon."""
    rank = (RANKS[Turn.CELLS], number)
    return Event(at, rank, measure, Turn.CELLS, Series(series), amount, cause)
