"""The nightly check: it holds on what the services leave, and names what was bent."""

from collections.abc import Callable
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import F

from governance.audit.models import AuditEvent
from initiatives.models import Measure
from kpis.actuals.choices import Outcome
from kpis.choices import EffectKind, Series
from kpis.models import Effect, ValueYear
from reporting import verifying
from reporting.tasks import verify_values
from reporting.verifying import first_difference
from tests.houses import House
from tests.initiatives.making import make_measure
from tests.kpis.actual_making import claim, judge, named, now, refer
from tests.kpis.making import add_effect, make_planned, plan
from tests.kpis.rating import confirmed
from tests.kpis.staging import moved

pytestmark = pytest.mark.usefixtures("open_stages")


@pytest.fixture
def effect(alpha: House) -> Effect:
    """A decided measure with a plan, a cost, claims and verdicts of all kinds."""
    measure = named(alpha, make_planned(alpha), controller="controller")
    made = add_effect(alpha, measure)
    cost = add_effect(alpha, measure, kind=EffectKind.RUNNING_COST)
    refer(alpha, made, {"2025-01": "900"})
    plan(alpha, made, {str(now(alpha, back=6).plus(n)): "10.5" for n in range(20)})
    plan(alpha, made, {str(now(alpha, back=6)): "11"})
    plan(alpha, cost, {str(now(alpha)): "3"})
    moved(alpha, measure, "decided")
    months = [now(alpha, back=back) for back in (4, 3, 2, 1)]
    claim(alpha, made, dict(zip(months, ("10", "11", "12", "13"), strict=True)))
    judge(alpha, made, months[0])
    judge(alpha, made, months[1], Outcome.ADJUSTED, amount="9", reason="One invoice.")
    judge(alpha, made, months[2], Outcome.REJECTED, reason="No proof.")
    return made


def checked(house: House) -> str | None:
    with house.active():
        return first_difference(house.tenant)


def test_what_the_services_leave_holds(alpha: House, effect: Effect) -> None:
    assert checked(alpha) is None


def test_amounts_in_other_currencies_count_at_plan_rate(alpha: House, effect: Effect) -> None:
    measure = make_measure(alpha, "Sell abroad", owner=alpha.people["owner"])
    other = add_effect(alpha, measure, currency="USD")
    plan(alpha, other, {"2026-01": "100", "2027-01": "7"})
    assert checked(alpha) is None
    confirmed(alpha, {"USD": {"2026-01": "0.5"}})
    assert checked(alpha) is None
    with alpha.active():
        assert Measure.objects.get(pk=other.measure_id).value_minor == 50 * 10_000
        Measure.objects.filter(pk=other.measure_id).update(value_minor=0)
    assert "should hold 500000" in str(checked(alpha))


def bend_copy(_effect: Effect) -> None:
    Measure.objects.update(value_minor=F("value_minor") + 1)


def bend_series(series: Series) -> Callable[[Effect], None]:
    def bend(effect: Effect) -> None:
        month = now_of(effect)
        column = f"m{month[1]:02d}"
        rows = ValueYear.objects.filter(effect=effect, series=series, year=month[0])
        assert rows.update(**{column: Decimal(77)}) == 1

    return bend


def now_of(effect: Effect) -> tuple[int, int]:
    """The year and month of the first claim."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT min(month) FROM kpis_claim WHERE effect_id = %s", [effect.pk])
        [day] = cursor.fetchone()
    return day.year, day.month


def bend_baseline(effect: Effect) -> None:
    """A baseline that nobody froze."""
    ValueYear.objects.create(
        effect=effect, series="baseline", baseline_no=1, year=2026, m01=Decimal(5)
    )


@pytest.mark.parametrize(
    ("bend", "word"),
    [
        (bend_copy, "value_minor"),
        (bend_series(Series.ACTUAL_CLAIMED), "actual_claimed"),
        (bend_series(Series.ACTUAL_VALIDATED), "actual_validated"),
        (bend_series(Series.FORECAST), "forecast"),
        (bend_baseline, "baseline 1, 2026-01: holds 5.0000, should hold nothing"),
    ],
)
def test_the_first_difference_is_named(
    alpha: House, effect: Effect, bend: Callable[[Effect], None], word: str
) -> None:
    if word == "forecast":
        with alpha.active():
            # As the gate opens it.
            for row in ValueYear.objects.filter(effect=effect, series="plan"):
                row.pk, row.series = None, "forecast"
                row.save(force_insert=True)
    with alpha.active():
        bend(effect)
    found = checked(alpha)
    assert found is not None
    assert word in found


def test_a_roll_up_that_counts_otherwise_is_named(
    alpha: House, effect: Effect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verifying, "value_lines", lambda *_given: [])
    found = checked(alpha)
    assert found is not None
    assert found.startswith("roll-up of EBITDA EUR recurring hard, identified: holds 0")


def test_the_command_tells_and_the_trail_keeps_it(alpha: House, effect: Effect) -> None:
    out = StringIO()
    call_command("verify_values", "--tenant", alpha.slug, stdout=out)
    assert out.getvalue() == f"{alpha.slug}: the figures hold\n"
    # Tenants that other tests left behind, some of them bent on purpose.
    others = verify_values()
    with alpha.active():
        bend_copy(effect)
    with pytest.raises(CommandError, match="value_minor"):
        call_command("verify_values", "--tenant", alpha.slug)
    assert verify_values() == others + 1
    with alpha.active():
        events = AuditEvent.objects.filter(action="values.verified")
        assert ["difference" in event.body for event in events.order_by("id")] == [
            False,
            False,
            True,
            True,
        ]
