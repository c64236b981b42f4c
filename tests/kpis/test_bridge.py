"""F8 replayed over random histories: it closes to zero and its steps are the oracle's."""

from datetime import datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from initiatives.choices import Overlay, Stage
from kpis.choices import Series
from kpis.figures.bridge import Bridge, Event, State, Turn, replayed
from kpis.figures.choices import Step
from tests.kpis.oracle.portfolios import LARGE
from tests.kpis.oracle.stories import FIRST_MONTH, HERE, Happening, Story, stories

DAWN = datetime.fromisoformat("2026-01-01T00:00:00+00:00")
HOURS = st.integers(0, 60)
WHOLE = range(FIRST_MONTH, FIRST_MONTH + 24)
HORIZONS = st.sampled_from((WHOLE, range(FIRST_MONTH, FIRST_MONTH + 12)))
TURNS = {"created": Turn.CREATED, "deleted": Turn.DELETED, "stage": Turn.STAGE}


def at(hour: int) -> datetime:
    return DAWN + timedelta(hours=hour)


def event_of(told: Happening, rank: int, months: range) -> Event | None:
    """What the product's rules are given of a happening; None for a month out of the horizon."""
    what = {"at": at(told.hour), "rank": (0, rank), "measure": str(told.measure)}
    if told.what == "cell":
        if told.month not in months:
            return None
        amount = (told.after or Decimal(0)) - (told.before or Decimal(0))  # type: ignore[operator]  # amounts
        return Event(
            **what, turn=Turn.CELLS, series=Series(told.series), amount=amount, cause=told.cause
        )
    if told.what == "overlay":
        return Event(**what, turn=Turn.OVERLAY, overlay=Overlay(told.after))
    if told.what == "place":
        return Event(**what, turn=Turn.PLACE, is_inside=told.after == HERE)
    stage = Stage(told.after) if told.what == "stage" else Stage.IDENTIFIED
    return Event(**what, turn=TURNS[told.what], stage=stage)


def states_at(story: Story, hour: int, months: range) -> dict[str, State]:
    found = {}
    for number, standing in enumerate(story.told(until=hour)):
        sums = {
            series: sum(
                (a for (s, m), a in standing.cells.items() if s == series and m in months),
                Decimal(0),
            )
            for series in ("plan", "forecast")
        }
        found[str(number)] = State(
            plan=sums["plan"],
            forecast=sums["forecast"],
            stage=Stage(standing.stage),
            overlay=Overlay(standing.overlay),
            is_inside=standing.place == HERE,
            exists=standing.exists,
        )
    return found


@LARGE
@given(stories(), HOURS, HOURS, HORIZONS)
def test_a_bridge_closes_and_says_why(story: Story, one: int, other: int, months: range) -> None:
    start, end = sorted((one, other))
    given_events = [event_of(told, rank, months) for rank, told in enumerate(story.events)]
    within = [e for e in given_events if e is not None and at(start) < e.at <= at(end)]
    moves = replayed(states_at(story, start, months), within)
    bridge = Bridge(story.total(months, until=start), story.total(months, until=end), moves)
    assert bridge.residual == 0
    steps = {step.value: amount for step, amount in bridge.steps.items() if amount}
    wanted = story.steps(months, start, end)
    assert steps == {step: amount for step, amount in wanted.items() if amount}


def test_a_month_that_changed_without_its_event_is_a_residual() -> None:
    state = State(plan=Decimal(10))
    event = Event(DAWN, (0, 1), "M", Turn.CELLS, amount=Decimal(5))
    bridge = Bridge(Decimal(10), Decimal(18), replayed({"M": state}, [event]))
    assert bridge.residual == 3
    assert bridge.steps[Step.VALUE] == 5
    assert bridge.steps[Step.FX] == 0


def test_a_measure_nobody_knew_begins_with_its_creation() -> None:
    created = Event(DAWN, (0, 1), "M", Turn.CREATED)
    planned = Event(DAWN, (0, 2), "M", Turn.CELLS, amount=Decimal(7))
    deleted = Event(DAWN, (0, 3), "M", Turn.DELETED)
    moves = replayed({}, [deleted, planned, created])
    assert [(m.step, m.amount) for m in moves] == [(Step.NEW, 7), (Step.NEW, -7)]
    old = replayed({"M": State(plan=Decimal(7))}, [deleted])
    assert [(m.step, m.amount) for m in old] == [(Step.CANCELLED, -7)]
