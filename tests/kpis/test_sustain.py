"""V2: whether a closed measure keeps what was confirmed, as a rule, on pages and in the API."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from approvals.exceptions.choices import Act
from approvals.exceptions.models import GovernanceException
from approvals.exceptions.services.watching import causes_ease
from approvals.exceptions.standing import bench_of, standing_of
from governance.calendars.selectors import today_of
from initiatives.choices import Overlay, Stage
from initiatives.models import Measure
from kpis.actuals.queue import judged_measures
from kpis.actuals.rules import month_at
from kpis.choices import EffectKind, Series
from kpis.figures.exceptions import shortfall_exceptions_open
from kpis.figures.facts import Clock, EffectFacts, MeasureFacts
from kpis.figures.shortfalls import Shortfall, shortfalls
from kpis.figures.sustain import Sustained, SustainTerms, sustained
from kpis.models import MONTH_COLUMNS, Effect, ValueYear
from kpis.rules import Month
from tests.houses import House
from tests.ladder import Ladder, last_months

CLOSED = Month(2026, 6)
CLOCK = Clock(today=date(2026, 11, 15))
TERMS = SustainTerms(months=3, tolerance=Decimal(5))


def months(amount: object, *numbers: int) -> dict[Month, Decimal]:
    return {Month(2026, number): Decimal(str(amount)) for number in numbers}


def looked_at(
    validated: dict[Month, Decimal],
    baseline: dict[Month, Decimal],
    *,
    kind: EffectKind = EffectKind.RECURRING,
    stage: Stage = Stage.CLOSED,
) -> Sustained | None:
    effect = EffectFacts(
        key=1,
        metric="EBITDA",
        unit="EUR",
        kind=kind,
        start=Month(2026, 1),
        baselines={1: baseline},
        validated=validated,
    )
    closed_in = CLOSED if stage is Stage.CLOSED else None
    measure = MeasureFacts("M-1", stage, Overlay.ACTIVE, Decimal(1), (effect,), closed_in=closed_in)
    return sustained(measure, effect, CLOCK, TERMS)


@pytest.mark.parametrize(
    ("after", "is_short"),
    [
        (months(100, 7, 8), False),
        (months(95, 7, 8), False),
        (months("94.99", 7, 8), True),
        (months(90, 7) | months(100, 8), False),
        (months(0, 7, 8), True),
        (months(200, 7, 8), False),
        ({}, False),
    ],
)
def test_what_stays_more_than_the_tolerance_behind_is_short(
    *, after: dict[Month, Decimal], is_short: bool
) -> None:
    found = looked_at(months(100, 4, 5, 6) | after, months(100, *range(1, 13)))
    assert found is not None
    assert found.is_short is is_short
    assert (found.first, found.last) == (Month(2026, 7), Month(2026, 9))
    assert (found.validated_months, found.open_months) == (len(after), 3 - len(after))
    assert found.expected == 100 * len(after)
    assert found.shortfall == found.expected - sum(after.values())


def test_less_that_was_confirmed_is_what_is_expected() -> None:
    """At the closure 80 of 100 a month were supported: 80 per cent of the baseline is expected."""
    seasonal = months(100, 4, 5, 6) | months(50, 7) | months(200, 8)
    found = looked_at(months(80, 4, 5, 6) | months(40, 7) | months(150, 8), seasonal)
    assert found is not None
    assert (found.expected, found.validated, found.is_short) == (200, 190, False)
    assert found.percent == 5


def test_after_the_baseline_ends_what_the_closure_rested_on_is_expected() -> None:
    found = looked_at(months(120, 4, 5, 6) | months(100, 7), months(100, 1, 2, 3))
    assert found is not None
    assert (found.expected, found.is_short) == (120, True)
    more = looked_at(months(120, 4, 5, 6) | months(100, 7), months(100, *range(1, 13)))
    assert more is not None
    assert (more.expected, more.is_short) == (100, False)


def test_months_beyond_the_period_do_not_count() -> None:
    after = months(100, 7, 8, 9) | months(0, 10)
    found = looked_at(months(100, 4, 5, 6) | after, months(100, *range(1, 13)))
    assert found is not None
    assert (found.validated_months, found.is_short) == (3, False)


def test_what_has_nothing_to_sustain() -> None:
    baseline = months(100, *range(1, 13))
    given = months(100, 4, 5, 6)
    assert looked_at(given, baseline, kind=EffectKind.ONE_OFF) is None
    assert looked_at(given, baseline, kind=EffectKind.RUNNING_COST) is None
    assert looked_at(given, baseline, stage=Stage.IMPLEMENTED) is None
    assert looked_at(months(100, 7), baseline) is None


# --- a measure that was closed ----------------------------------------------------------------


@pytest.fixture
def ladder(alpha: House, open_stages: None) -> Ladder:
    """A measure closed four months ago, with 1,000 validated of each of the last seven months."""
    today = today_of(alpha.tenant)
    ladder = Ladder(alpha).climb("implemented", today)
    ladder.actuals(last_months(7, today))
    ladder.document("owner", "ledger")
    ladder.pass_gate("closed", "controller", confirmed_amount="12000.00")
    since = timezone.now() - timedelta(days=4 * 31)
    with alpha.active():
        Measure.objects.filter(code=ladder.code).update(stage_since=since)
    return ladder


def fall_short(house: House, ladder: Ladder) -> None:
    """Last month brought nothing; written past the services, for validated months stay."""
    last = month_at(today_of(house.tenant)).plus(-1)
    with house.active():
        effect = Effect.objects.get(public_id=ladder.effects["value"])
        rows = ValueYear.objects.filter(effect=effect, series=Series.ACTUAL_VALIDATED)
        rows.filter(year=last.year).update(**{MONTH_COLUMNS[last.number - 1]: Decimal(0)})


def found_in(house: House, name: str = "controller") -> list[Shortfall]:
    with house.active():
        measures = judged_measures(house.actor(name))
        return shortfalls(measures, house.tenant, SustainTerms())


def page_text(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def test_a_closed_measure_that_falls_short_is_listed(alpha: House, ladder: Ladder) -> None:
    assert found_in(alpha) == []
    fall_short(alpha, ladder)
    (found,) = found_in(alpha)
    assert (found.measure.code, found.sustained.shortfall) == (ladder.code, 1000)
    assert found.sustained.validated_months in {3, 4}  # four months ago as days, not as months
    assert found_in(alpha, "second_finance") == []
    page = page_text(alpha.client("controller").get(alpha.page("controlling/")))
    assert f"measures/{ladder.code}/reopen/" in page
    with alpha.active():
        Measure.objects.filter(code=ladder.code).update(
            stage_since=timezone.now() - timedelta(days=15 * 31)
        )
    assert found_in(alpha) == []


def test_the_value_tab_shows_the_sustain_period(alpha: House, ladder: Ladder) -> None:
    url = alpha.page(f"measures/{ladder.code}/values/")
    kept = page_text(alpha.client("owner").get(url))
    assert "Sustain period" in kept
    assert "does not last" not in kept
    fall_short(alpha, ladder)
    assert "can ask to reopen it (T13)" in page_text(alpha.client("owner").get(url))
    short = page_text(alpha.client("controller").get(url))
    assert f"measures/{ladder.code}/reopen/" in short
    assert "What was confirmed does not last" in short


def test_a_shortfall_opens_one_exception_in_finance(alpha: House, ladder: Ladder) -> None:
    with alpha.active():
        assert shortfall_exceptions_open(by=alpha.system()) == 0
    fall_short(alpha, ladder)
    with alpha.active():
        by = alpha.system()
        assert shortfall_exceptions_open(by=by) == 1
        assert shortfall_exceptions_open(by=by) == 0
        row = GovernanceException.objects.get()
        assert (row.source, row.subject_code) == ("sustain_shortfall", ladder.code)
        assert (row.is_finance, row.category, row.amount) == (True, "finance", 1000)
        # The measure's controller answers first, and only finance verifies.
        assert bench_of(row).names == "Controller"
        assert standing_of(row, alpha.actor("pmo")).refusal(Act.VERIFY) is not None
        assert causes_ease(by=by) == 0
        sustain_again(ladder)
        assert causes_ease(by=by) == 1
        assert GovernanceException.objects.get().state == "open"


def sustain_again(ladder: Ladder) -> None:
    """What was missing came after all; written past the services like `fall_short`."""
    effect = Effect.objects.get(public_id=ladder.effects["value"])
    rows = ValueYear.objects.filter(effect=effect, series=Series.ACTUAL_VALIDATED)
    rows.update(**{column: Decimal(1000) for column in MONTH_COLUMNS})
