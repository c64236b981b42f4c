"""Random histories of measures, told event by event, and the bridge over them by brute force."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from random import Random

from hypothesis import strategies as st

from tests.kpis.oracle.portfolios import SEEDS, STAGES

CAUSES = ("scope", "value", "timing", "dependency", "opened")
# One event happens each hour; the measure stands in one of two places, one of them counts.
HERE, ELSEWHERE = "here", "elsewhere"
FIRST_MONTH, MONTHS = 2025 * 12, 24


@dataclass
class Happening:
    """At an hour, to a measure: what changed from what to what."""

    hour: int
    measure: int
    what: str
    before: object = None
    after: object = None
    series: str = ""
    month: int = 0
    cause: str = ""


@dataclass
class Standing:
    """A measure at some hour."""

    exists: bool = False
    stage: str = "identified"
    overlay: str = "active"
    place: str = HERE
    cells: dict[tuple[str, int], Decimal] = field(default_factory=dict)

    @property
    def series(self) -> str:
        return "forecast" if STAGES.index(self.stage) >= 2 else "plan"

    def worth(self, months: range) -> Decimal:
        if not self.exists or self.overlay != "active" or self.place != HERE:
            return Decimal(0)
        cells = self.cells.items()
        return sum((a for (s, m), a in cells if s == self.series and m in months), Decimal(0))

    def suffer(self, event: Happening) -> None:
        if event.what == "cell":
            if event.after is None:
                del self.cells[event.series, event.month]
            else:
                self.cells[event.series, event.month] = event.after  # type: ignore[assignment]  # an amount
        elif event.what in {"created", "deleted"}:
            self.exists = event.what == "created"
        else:
            setattr(self, event.what, event.after)


@dataclass
class Story:
    """Everything that ever happened, in order."""

    measures: int
    events: list[Happening]

    def told(self, *, until: int) -> list[Standing]:
        """How all measures stand once everything up to an hour has happened."""
        now = [Standing() for _measure in range(self.measures)]
        for event in self.events:
            if event.hour <= until:
                now[event.measure].suffer(event)
        return now

    def total(self, months: range, *, until: int) -> Decimal:
        return sum((m.worth(months) for m in self.told(until=until)), Decimal(0))

    def steps(self, months: range, start: int, end: int) -> dict[str, Decimal]:
        """The bridge: how the total moved at each hour, and why."""
        found: dict[str, Decimal] = {}
        fresh: set[int] = set()
        for event in self.events:
            if not start < event.hour <= end:
                continue
            was = self.total(months, until=event.hour - 1)
            moved = self.total(months, until=event.hour) - was
            if event.what == "created":
                fresh.add(event.measure)
            if moved:
                step = self._step(event, is_fresh=event.measure in fresh)
                found[step] = found.get(step, Decimal(0)) + moved
            if event.what == "stage" and STAGES.index(str(event.after)) >= 2:
                fresh.discard(event.measure)
        return found

    def _step(self, event: Happening, *, is_fresh: bool) -> str:
        if event.what == "cell":
            is_named = event.cause in {"scope", "timing", "dependency"}
            return "new" if is_fresh else event.cause if is_named else "value"
        if event.what == "overlay":
            words = {"active": "reinstated", "on_hold": "held", "cancelled": "cancelled"}
            return words[str(event.after)]
        if event.what == "place":
            return "moved_in" if event.after == HERE else "moved_out"
        if event.what == "deleted":
            return "new" if is_fresh else "cancelled"
        return "value"


class Teller:
    """Tells a story from a seed."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)  # noqa: S311  # nothing secret is drawn
        self.hour = 0

    def story(self) -> Story:
        measures = self.random.randint(1, 4)
        now = [Standing(place=self.random.choice((HERE, ELSEWHERE))) for _ in range(measures)]
        places = [standing.place for standing in now]
        events: list[Happening] = []
        for index, place in enumerate(places):
            if place == ELSEWHERE:
                # It came into being elsewhere; the story of places begins there.
                events.append(Happening(0, index, "place", HERE, ELSEWHERE))
        while len(events) < self.random.randint(15, 60):
            index = self.random.randrange(measures)
            for event in self._next(index, now[index]):
                now[index].suffer(event)
                events.append(event)
        return Story(measures, events)

    def _next(self, index: int, now: Standing) -> Iterator[Happening]:
        self.hour += 1
        if not now.exists:
            yield Happening(self.hour, index, "created")
            return
        dice = self.random.random()
        if dice < 0.6:
            yield self._cell(index, now)
        elif dice < 0.75:
            yield from self._stage(index, now)
        elif dice < 0.87:
            others = [o for o in ("active", "on_hold", "cancelled") if o != now.overlay]
            after = self.random.choice(others)
            yield Happening(self.hour, index, "overlay", now.overlay, after)
        else:
            after = ELSEWHERE if now.place == HERE else HERE
            yield Happening(self.hour, index, "place", now.place, after)

    def _cell(self, index: int, now: Standing) -> Happening:
        month = FIRST_MONTH + self.random.randrange(MONTHS)
        before = now.cells.get((now.series, month))
        after: Decimal | None = Decimal(self.random.randint(-300, 900)).scaleb(-2)
        if before is not None and self.random.random() < 0.2:
            after = None
        cause = self.random.choice(CAUSES) if now.series == "forecast" else "estimate"
        return Happening(self.hour, index, "cell", before, after, now.series, month, cause)

    def _stage(self, index: int, now: Standing) -> Iterator[Happening]:
        at = STAGES.index(now.stage)
        to = max(0, min(len(STAGES) - 1, at + self.random.choice((1, 1, -1))))
        if to == at:
            return
        opens = at < 2 <= to and not any(series == "forecast" for series, _m in now.cells)
        if opens:
            for (_series, month), amount in sorted(now.cells.items()):
                yield Happening(self.hour, index, "cell", None, amount, "forecast", month, "opened")
                self.hour += 1
        yield Happening(self.hour, index, "stage", now.stage, STAGES[to])


def stories() -> st.SearchStrategy[Story]:
    return SEEDS.map(lambda seed: Teller(seed).story())
