"""How far each measure of a demo has come, dealt out the same way every time; pure."""

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum

from exchange.demo.outline import MeasureLine
from exchange.demo.plans import DURATIONS, LAST, Schedule, choice, gaps_of, schedule_of
from initiatives.choices import Stage
from kpis.actuals.rules import month_at

THOUSAND = 1000
LIGHT_LIMIT = Decimal(100)
# Months since the run-rate began, of measures whose work is over; closure asks for three.
VALUE_AGES = (5, 6, 7, 8, 9)
SHORT_RAMPS = (1, 1, 3)
PLANNED_ON = 24


class Ending(Enum):
    """What happened to a measure after it had reached its stage."""

    NONE = "none"
    WAITS_CONTROLLER = "waits for the controller"
    WAITS_SPONSOR = "waits for the sponsor"
    WAITS_FORUM = "waits for the forum"
    SENT_BACK = "sent back"
    CONDITIONAL = "conditions are open"
    ON_HOLD = "on hold"
    CANCELLED = "cancelled"
    LIGHT = "came by the light track"
    READY = "ready to be closed"
    REOPENED = "was closed and reopened"


@dataclass(frozen=True, slots=True)
class Fate:
    """The stage a measure has reached, and what happened there."""

    stage: Stage = Stage.IDENTIFIED
    ending: Ending = Ending.NONE

    @property
    def is_untouched(self) -> bool:
        return self == Fate()

    @property
    def has_value(self) -> bool:
        """Whether the work is over and the value has begun."""
        is_asked = self == Fate(Stage.DECIDED, Ending.WAITS_SPONSOR)
        return is_asked or self.stage.doi >= Stage.IMPLEMENTED.doi


S, E = Stage, Ending
# Of a thousand measures; those that are hard to find come first. The rest stay as they are.
SHARES: dict[Fate, int] = {
    Fate(S.IMPLEMENTED, E.READY): 20,
    Fate(S.DECIDED, E.LIGHT): 4,
    Fate(S.IMPLEMENTED, E.REOPENED): 4,
    Fate(S.IMPLEMENTED, E.WAITS_CONTROLLER): 10,
    Fate(S.CLOSED): 20,
    Fate(S.IMPLEMENTED): 30,
    Fate(S.DECIDED, E.WAITS_SPONSOR): 10,
    Fate(S.DECIDED, E.CONDITIONAL): 7,
    Fate(S.DECIDED, E.ON_HOLD): 7,
    Fate(S.DECIDED, E.CANCELLED): 7,
    Fate(S.DECIDED): 50,
    Fate(S.DETAILED, E.WAITS_FORUM): 10,
    Fate(S.DETAILED, E.WAITS_SPONSOR): 10,
    Fate(S.DETAILED, E.SENT_BACK): 7,
    Fate(S.DETAILED, E.CONDITIONAL): 7,
    Fate(S.DETAILED, E.ON_HOLD): 7,
    Fate(S.DETAILED): 50,
    Fate(S.IDENTIFIED, E.WAITS_CONTROLLER): 10,
    Fate(S.IDENTIFIED, E.WAITS_SPONSOR): 10,
    Fate(S.IDENTIFIED, E.SENT_BACK): 7,
    Fate(S.IDENTIFIED, E.ON_HOLD): 4,
    Fate(S.IDENTIFIED, E.CANCELLED): 7,
}
Deck = Mapping[Fate, int]


def deck_for(count: int) -> Deck:
    """How many of so many measures meet which fate, rounded down."""
    return {fate: count * share // THOUSAND for fate, share in SHARES.items()}


def deal(lines: Iterable[MeasureLine], deck: Deck, at_home: Collection[str]) -> dict[str, Fate]:
    """The fate of each measure that has one, by title; `at_home` can be owned by the log-in."""
    left = sorted(lines, key=lambda line: _digest(line.title))
    fates: dict[str, Fate] = {}
    for fate, wanted in deck.items():
        chosen = [line for line in left if _suits(line, fate, at_home)][:wanted]
        fates |= dict.fromkeys((line.title for line in chosen), fate)
        left = [line for line in left if line.title not in fates]
    return fates


def _digest(title: str) -> bytes:
    return hashlib.sha256(f"{title}|fate".encode()).digest()


def _suits(line: MeasureLine, fate: Fate, at_home: Collection[str]) -> bool:
    """Whether a measure can come so far: governed, and where it must, with value that recurs."""
    if gaps_of(line) or not line.amount:
        return False
    recurs = line.amount > 0 and not line.is_once and not line.currency
    if fate.ending is Ending.READY and line.title not in at_home:
        return False
    if fate.ending is Ending.LIGHT:
        cost = line.numbers.get("cost", Decimal(0))
        return recurs and max(line.amount, cost) < LIGHT_LIMIT and set(line.numbers) <= {"cost"}
    return recurs or not fate.has_value


def schedule_for(line: MeasureLine, fate: Fate, today: date) -> Schedule:
    """Its own time, unless its value must have begun by now."""
    if not fate.has_value:
        return schedule_of(line)
    value = month_at(today).plus(-choice(VALUE_AGES, line.title, "age"))
    duration = choice(DURATIONS, line.title, "duration")
    return Schedule(
        start=value.plus(-duration),
        end=value.plus(-1),
        ramp=choice(SHORT_RAMPS, line.title, "short ramp"),
        last=max(LAST, value.plus(PLANNED_ON - 1)),
    )


def milestone_days(when: Schedule, count: int, today: date, *, are_over: bool) -> Sequence[date]:
    """Days for so many milestones, the last one on the last day of the work."""
    days = list(_spaced(when.planned_start, when.planned_end, count))
    return [min(day, today) for day in days] if are_over else days


def _spaced(first: date, last: date, count: int) -> Iterator[date]:
    length = last - first
    for number in range(1, count + 1):
        yield first + length * number // count
