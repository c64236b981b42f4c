"""F8, the bridge of a period total between two dates, replayed event by event; pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from initiatives.choices import Overlay, Stage
from initiatives.rules import is_live, plan_is_frozen
from kpis.choices import Cause, Series
from kpis.figures.choices import Step
from kpis.figures.facts import ZERO

# Where a change of months counts, by its cause; all other causes change the value.
STEP_OF_CAUSE: Mapping[str, Step] = {
    Cause.SCOPE.value: Step.SCOPE,
    Cause.TIMING.value: Step.TIMING,
    Cause.DEPENDENCY.value: Step.DEPENDENCY,
}

STEP_OF_OVERLAY = {
    Overlay.ACTIVE: Step.REINSTATED,
    Overlay.ON_HOLD: Step.HELD,
    Overlay.CANCELLED: Step.CANCELLED,
}


class Turn(StrEnum):
    """What an event does to a measure."""

    CELLS = "cells"
    STAGE = "stage"
    OVERLAY = "overlay"
    PLACE = "place"
    CREATED = "created"
    DELETED = "deleted"
    RATES = "rates"


# The plan and the forecast may differ where a gate makes the one count instead of the other.
STEP_OF_TURN = {
    Turn.STAGE: Step.VALUE,
    Turn.CREATED: Step.NEW,
    Turn.DELETED: Step.CANCELLED,
}


@dataclass(frozen=True, slots=True)
class Event:
    """One change of one measure, as the log tells it; `at` and `rank` give the order.

    What one transaction did has one time: there a deletion comes before the months it empties, and
    the forecast is open before the stage makes it count.

    `series` and `amount` belong to CELLS: by how much plan or forecast of the horizon changed, and
    its `cause`. `stage`, `overlay` and `is_inside` say what holds from then on.
    """

    at: datetime
    rank: tuple[int, int]
    measure: str
    turn: Turn
    series: Series = Series.PLAN
    amount: Decimal = ZERO
    cause: str = ""
    stage: Stage = Stage.IDENTIFIED
    overlay: Overlay = Overlay.ACTIVE
    is_inside: bool = True

    @property
    def key(self) -> tuple[datetime, tuple[int, int]]:
        return self.at, self.rank


@dataclass(frozen=True, slots=True)
class State:
    """A measure at a moment: the horizon's plan and forecast, and what makes them count.

    `is_new`: it came into being between the two dates and was never decided since.
    """

    plan: Decimal = ZERO
    forecast: Decimal = ZERO
    stage: Stage = Stage.IDENTIFIED
    overlay: Overlay = Overlay.ACTIVE
    is_inside: bool = True
    exists: bool = True
    is_new: bool = False

    @property
    def value(self) -> Decimal:
        """The forecast, before T3 the plan; nothing elsewhere, on hold, cancelled or deleted."""
        if not (self.exists and self.is_inside and is_live(self.overlay)):
            return ZERO
        return self.forecast if plan_is_frozen(self.stage) else self.plan

    def after(self, event: Event) -> "State":
        """The same measure once an event has happened."""
        changed: dict[str, Any] = {}
        match event.turn:
            case Turn.CELLS if event.series is Series.PLAN:
                changed = {"plan": self.plan + event.amount}
            case Turn.CELLS:
                changed = {"forecast": self.forecast + event.amount}
            case Turn.STAGE:
                is_new = self.is_new and not plan_is_frozen(event.stage)
                changed = {"stage": event.stage, "is_new": is_new}
            case Turn.OVERLAY:
                changed = {"overlay": event.overlay}
            case Turn.PLACE:
                changed = {"is_inside": event.is_inside}
            case Turn.CREATED:
                changed = {"exists": True, "is_new": True}
            case Turn.DELETED:
                changed = {"exists": False}
        return replace(self, **changed)


@dataclass(frozen=True, slots=True)
class Move:
    """By how much one event moved the total, and in which step it counts."""

    event: Event
    step: Step
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Bridge:
    """From `start` over the steps to `end`, which was computed from the cells themselves.

    Amounts in the currencies `without_rate` are left out (V8).
    """

    start: Decimal
    end: Decimal
    moves: Sequence[Move]
    without_rate: frozenset[str] = frozenset()

    @property
    def steps(self) -> dict[Step, Decimal]:
        """Every step with its sum.

        A restatement changes what was delivered, not what is expected: it is 0 in this total.
        """
        sums = dict.fromkeys(Step, ZERO)
        for move in self.moves:
            sums[move.step] += move.amount
        return sums

    @property
    def residual(self) -> Decimal:
        """What the steps leave unexplained: anything but 0 is a defect."""
        return self.end - self.start - sum((m.amount for m in self.moves), ZERO)


def replayed(states: Mapping[str, State], events: Iterable[Event]) -> list[Move]:
    """The moves of all events in order, from the states before the first of them.

    A measure without a state does not exist yet.
    """
    now = dict(states)
    moves = []
    for event in sorted(events, key=lambda e: e.key):
        before = now.get(event.measure, State(exists=False))
        after = before.after(event)
        now[event.measure] = after
        if amount := after.value - before.value:
            moves.append(Move(event, step_of(event, before), amount))
    return moves


def step_of(event: Event, before: State) -> Step:
    """In which step an event counts (F8)."""
    if before.is_new and event.turn in {Turn.CELLS, Turn.DELETED}:
        return Step.NEW
    if event.turn is Turn.CELLS:
        return STEP_OF_CAUSE.get(event.cause, Step.VALUE)
    if event.turn is Turn.OVERLAY:
        return STEP_OF_OVERLAY[event.overlay]
    if event.turn is Turn.PLACE:
        return Step.MOVED_IN if event.is_inside else Step.MOVED_OUT
    return STEP_OF_TURN[event.turn]
