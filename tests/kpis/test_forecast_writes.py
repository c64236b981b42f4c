"""Saving a grid: forecast with its cause, reasons for variances, all or nothing (V2, V6, F8)."""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest

from governance.audit.models import AuditEvent
from governance.errors import Conflict, Forbidden, Invalid, Refused, Stale
from governance.people.choices import Role
from initiatives.hooks import gate_passed
from initiatives.models import Measure
from kpis.choices import Cause, EffectKind, Series
from kpis.forecasts.changes import EffectChange, GridChange, GridStale
from kpis.forecasts.models import VarianceReason
from kpis.forecasts.selectors import grid_of, unexplained
from kpis.forecasts.services.grid import grid_check, grid_save
from kpis.models import Effect, ValueHistory
from tests.houses import House
from tests.initiatives.making import reloaded
from tests.kpis.actual_making import actions, claim, fresh, judge, now, refer, refused, series
from tests.kpis.forecasting import YEAR, changing, forecast, history, make_decided, passed
from tests.kpis.making import add_effect, make_planned, plan
from tests.kpis.settling import settled
from tests.kpis.staging import moved

pytestmark = pytest.mark.usefixtures("open_stages")
LATE = (2026, "delayed", "The supplier delivers later.")


@pytest.fixture
def effect(alpha: House) -> Effect:
    """120 000 in 2026, decided."""
    return make_decided(alpha)


def reasons(house: House) -> list[Any]:
    with house.active():
        names = ("fiscal_year", "code", "text", "forecast", "baseline", "given_by_id")
        return list(VarianceReason.objects.order_by("id").values_list(*names))


# --- forecasts and their causes (F8, V10) -------------------------------------------------------


def test_a_forecast_is_saved_with_its_cause(alpha: House, effect: Effect) -> None:
    saved = forecast(alpha, effect, {"2026-03": "12000.50", "2026-04": None}, Cause.TIMING)
    assert saved.version == effect.version + 1
    held = series(alpha, effect, Series.FORECAST)
    assert (held["2026-03"], "2026-04" in held) == (Decimal("12000.50"), False)
    assert history(alpha, effect, Series.FORECAST) == [
        ("2026-03", Decimal("12000.50"), "timing"),
        ("2026-04", None, "timing"),
    ]
    with alpha.active():
        rows = ValueHistory.objects.filter(series=Series.FORECAST, cause="timing")
        assert len({row.change_id for row in rows}) == 1
        assert {row.effect_version for row in rows} == {saved.version}
        event = AuditEvent.objects.latest("id")
    assert event.action == "values.changed"
    assert json.loads(event.body)["changes"]["cause"] == "timing"
    assert forecast(alpha, effect, {"2026-03": "12000.5"}, Cause.VALUE).version == saved.version


def test_every_row_of_plan_and_opened_forecast_has_its_cause(alpha: House, effect: Effect) -> None:
    refer_rows = {"plan": "estimate", "forecast": "opened", "baseline": ""}
    with alpha.active():
        rows = ValueHistory.objects.values_list("series", "cause", "effect_version")
        found = {(which, cause) for which, cause, _version in rows}
        assert found == set(refer_rows.items())
        # The plan made version 2 of the effect, the gate the one after it.
        assert {version for _s, _c, version in rows} == {effect.version - 1, effect.version}


@pytest.mark.parametrize("cause", [None, Cause.DEPENDENCY, Cause.ESTIMATE, Cause.OPENED])
def test_a_person_says_scope_value_or_timing(
    alpha: House, effect: Effect, cause: Cause | None
) -> None:
    error = refused(
        alpha, Invalid, "invalid", lambda: forecast(alpha, effect, {"2026-01": "1"}, cause)
    )
    assert set(error.errors) == {"cause"}


def test_cells_that_cannot_be_kept_are_named_by_effect_and_series(
    alpha: House, effect: Effect
) -> None:
    bad = {"2026-01": "much", "2026-13": "1", "2026-02": "5"}
    error = refused(alpha, Invalid, "invalid", lambda: forecast(alpha, effect, bad))
    name = f"cells.{effect.public_id}.forecast"
    assert set(error.errors) == {f"{name}.2026-01", f"{name}.2026-13"}


@pytest.mark.parametrize(
    ("stage", "overlay", "code"),
    [
        ("detailed", "active", "forecast_not_open"),
        ("closed", "active", "measure_closed"),
        ("decided", "on_hold", "measure_on_hold"),
        ("decided", "cancelled", "measure_cancelled"),
    ],
)
def test_no_forecast_where_none_is_open(
    alpha: House, effect: Effect, stage: str, overlay: str, code: str
) -> None:
    moved(alpha, effect.measure, stage, overlay)
    refused(alpha, Conflict, code, lambda: forecast(alpha, effect, {"2026-01": "1"}))


def test_a_reopened_measure_is_forecast_again(alpha: House, effect: Effect) -> None:
    moved(alpha, effect.measure, "closed")
    moved(alpha, effect.measure, "implemented")
    assert forecast(alpha, effect, {"2026-01": "9999"}).version == effect.version + 1


@pytest.mark.parametrize("which", [s for s in Series if s not in {Series.PLAN, Series.FORECAST}])
def test_no_other_series_is_written_by_the_grid(
    alpha: House, effect: Effect, which: Series
) -> None:
    change = changing(alpha, effect, which, {"2026-01": "1"}, Cause.VALUE)
    refused(alpha, Refused, "series_not_writable", lambda: save(alpha, effect, change))


def test_the_frozen_plan_is_not_written_by_the_grid(alpha: House, effect: Effect) -> None:
    change = changing(alpha, effect, Series.PLAN, {"2026-01": "1"})
    refused(alpha, Conflict, "frozen", lambda: save(alpha, effect, change))


def save(house: House, effect: Effect, change: GridChange, name: str = "owner") -> list[Effect]:
    by = house.system(Role.PMO) if name == "system" else house.actor(name)
    return grid_save(measure=effect.measure, change=change, by=by)


@pytest.mark.parametrize("name", ["executive", "controller", "auditor", "administrator"])
def test_who_does_not_plan_does_not_forecast(alpha: House, effect: Effect, name: str) -> None:
    refused(
        alpha,
        Forbidden,
        "forbidden",
        lambda: forecast(alpha, effect, {"2026-01": "1"}, name=name),
    )


def test_a_validated_month_that_is_over_is_not_forecast_any_more(
    alpha: House, effect: Effect
) -> None:
    over, this = now(alpha, back=1), now(alpha)
    claim(alpha, effect, {over: "5", this: "5", now(alpha, back=2): "5"})
    judge(alpha, effect, over)
    judge(alpha, effect, this)
    error = refused(
        alpha,
        Refused,
        "past_month",
        lambda: forecast(alpha, effect, {str(over): "1", str(this): "2"}),
    )
    assert set(error.errors) == {f"cells.{effect.public_id}.forecast.{over}"}
    # This month is not over, and of the month before nothing is validated yet.
    forecast(alpha, effect, {str(this): "2", str(now(alpha, back=2)): "3"}, Cause.VALUE, *owed())


def owed() -> list[tuple[int | None, str, str]]:
    return [(None, "other", "Whatever year owes one.")]


# --- variances and their reasons (V6) ------------------------------------------------------------


def test_a_variance_beyond_tolerance_needs_a_reason(alpha: House, effect: Effect) -> None:
    error = refused(
        alpha,
        Refused,
        "variance_reason_required",
        lambda: forecast(alpha, effect, {"2026-01": "-1"}),
    )
    assert set(error.errors) == {f"reasons.{effect.public_id}.2026"}
    forecast(alpha, effect, {"2026-01": "0"})  # exactly 10 000 less: within


def test_a_reason_is_kept_with_the_amounts_of_that_day(alpha: House, effect: Effect) -> None:
    forecast(alpha, effect, {"2026-01": "-5000"}, Cause.TIMING, LATE)
    owner = alpha.people["owner"].pk
    assert reasons(alpha) == [(*LATE, Decimal(105_000), Decimal(120_000), owner)]
    assert actions(alpha)[-2:] == ["values.changed", "variance.explained"]
    with alpha.active():
        row = VarianceReason.objects.get()
        assert ValueHistory.objects.filter(change_id=row.change_id).count() == 1


def test_small_steps_add_up_since_the_last_reason(alpha: House, effect: Effect) -> None:
    forecast(alpha, effect, {"2026-01": "-5000"}, Cause.TIMING, LATE)
    forecast(alpha, effect, {"2026-02": "4000"})
    forecast(alpha, effect, {"2026-03": "6000"})
    refused(
        alpha,
        Refused,
        "variance_reason_required",
        lambda: forecast(alpha, effect, {"2026-04": "9999"}),
    )
    forecast(alpha, effect, {"2026-04": "9999"}, Cause.VALUE, (2026, "under_delivery", "Less."))
    assert [row[1] for row in reasons(alpha)] == ["delayed", "under_delivery"]


def test_each_fiscal_year_owes_its_own(alpha: House) -> None:
    effect = make_decided(alpha, YEAR | {"2027-01": "50000"})
    cells = {"2026-12": "-10000", "2027-01": "70000"}
    error = refused(
        alpha,
        Refused,
        "variance_reason_required",
        lambda: forecast(alpha, effect, cells, Cause.TIMING, LATE),
    )
    assert set(error.errors) == {f"reasons.{effect.public_id}.2027"}
    forecast(alpha, effect, cells, Cause.TIMING, *owed())
    assert [row[0] for row in reasons(alpha)] == [2026, 2027]


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ((2026, "bad luck", "x"), "Choose one"),
        ((2026, "other", "  "), "Say in words"),
        ((2026, "other", "x" * 2001), "Say in words"),
        ((2027, "other", "Nothing happened."), "no variance"),
    ],
)
def test_a_reason_that_is_none_is_told(
    alpha: House, effect: Effect, reason: tuple[int, str, str], words: str
) -> None:
    error = refused(
        alpha,
        Invalid,
        "invalid",
        lambda: forecast(alpha, effect, {"2026-01": "-5000"}, Cause.VALUE, reason),
    )
    ((name, texts),) = error.errors.items()
    assert name == f"reasons.{effect.public_id}.{reason[0]}"
    assert words in str(texts[0])


def test_a_reason_may_follow_alone(alpha: House, effect: Effect) -> None:
    """A new baseline can leave a variance that no save of the forecast made."""
    moved(alpha, effect.measure, "detailed")
    plan(alpha, effect, {"2026-01": "90000"})
    passed(alpha, effect.measure)
    with alpha.active():
        found = unexplained(alpha.tenant, by=alpha.actor("controller"))
        assert [(one.effect.pk, one.variance.year) for one in found] == [(effect.pk, 2026)]
        assert (found[0].variance.amount, found[0].variance.against_original) == (-80_000, 0)
    forecast(alpha, effect, {}, None, LATE)
    with alpha.active():
        assert unexplained(alpha.tenant, by=alpha.actor("controller")) == []


def test_a_reason_has_a_person_behind_it(alpha: House, effect: Effect) -> None:
    change = changing(alpha, effect, Series.FORECAST, {"2026-01": "-5000"}, Cause.VALUE, LATE)
    refused(alpha, Forbidden, "forbidden", lambda: save(alpha, effect, change, "system"))


def test_the_tenants_own_tolerance_counts(alpha: House, effect: Effect) -> None:
    settled(alpha, variance_percent=Decimal(0), variance_amount=Decimal(99))
    refused(
        alpha,
        Refused,
        "variance_reason_required",
        lambda: forecast(alpha, effect, {"2026-01": "9900"}),
    )


def test_variances_without_a_reason_are_listed_where_one_may_see(
    alpha: House, effect: Effect
) -> None:
    settled(alpha, variance_percent=Decimal(1000), change_percent=Decimal(1000))
    forecast(alpha, effect, {"2026-01": "-5000"})
    settled(alpha)

    def listed(name: str) -> list[int]:
        with alpha.active():
            return [o.effect.pk for o in unexplained(alpha.tenant, by=alpha.actor(name))]

    assert listed("controller") == [effect.pk]
    assert listed("guest") == []
    moved(alpha, effect.measure, overlay="on_hold")
    assert listed("controller") == []


# --- the whole grid in one save ------------------------------------------------------------------


@pytest.fixture
def planned_measure(alpha: House) -> Measure:
    return make_planned(alpha)


def grid(house: House, by_effect: Mapping[Effect, Mapping[str, object]]) -> GridChange:
    rows = [fresh(house, effect) for effect in by_effect]
    return GridChange(
        [
            EffectChange(str(row.public_id), row.version, {Series.PLAN: cells})
            for row, cells in zip(rows, by_effect.values(), strict=True)
        ]
    )


def test_all_effects_are_saved_at_once_or_none(alpha: House, planned_measure: Measure) -> None:
    one = add_effect(alpha, planned_measure)
    two = add_effect(alpha, planned_measure, kind=EffectKind.ONE_TIME_COST)
    change = grid(alpha, {one: {"2026-01": "5"}, two: {"2026-02": "7"}})
    with alpha.active():
        saved = grid_save(measure=planned_measure, change=change, by=alpha.actor("owner"))
    assert [row.version for row in saved] == [2, 2]
    with alpha.active():
        ids = ValueHistory.objects.values_list("change_id", flat=True)
        assert len(set(ids)) == 1
    assert reloaded(alpha, planned_measure).value_minor == 50_000
    change = grid(alpha, {one: {"2026-01": "6"}, two: {"2026-02": "?"}})
    error = refused(
        alpha,
        Invalid,
        "invalid",
        lambda: grid_save(measure=planned_measure, change=change, by=alpha.actor("owner")),
    )
    assert set(error.errors) == {f"cells.{two.public_id}.plan.2026-02"}


def test_a_plan_takes_no_cause(alpha: House, planned_measure: Measure) -> None:
    effect = add_effect(alpha, planned_measure)
    change = changing(alpha, effect, Series.PLAN, {"2026-01": "5"}, Cause.SCOPE)
    error = refused(alpha, Invalid, "invalid", lambda: save(alpha, effect, change))
    assert set(error.errors) == {"cause"}


def test_an_effect_of_another_measure_and_one_named_twice_are_refused(
    alpha: House, planned_measure: Measure, beta: House
) -> None:
    one = add_effect(alpha, planned_measure)
    stranger = make_decided(beta)
    twice = GridChange([*grid(alpha, {one: {}}).effects] * 2)
    foreign = GridChange([EffectChange(str(stranger.public_id), 1, {})])
    for change, key in ((twice, one.public_id), (foreign, stranger.public_id)):
        error = refused(alpha, Invalid, "invalid", lambda c=change: save(alpha, one, c))
        assert set(error.errors) == {f"effects.{key}"}


def test_a_late_save_is_told_what_changed_cell_by_cell(alpha: House, effect: Effect) -> None:
    late = changing(alpha, effect, Series.FORECAST, {"2026-05": "1"}, Cause.VALUE)
    forecast(alpha, effect, {"2026-01": "11000", "2026-02": None}, name="pmo")
    error = refused(alpha, Stale, "stale", lambda: save(alpha, effect, late))
    assert isinstance(error, GridStale)
    name = f"cells.{effect.public_id}.forecast"
    assert set(error.errors) == {f"{name}.2026-01", f"{name}.2026-02"}
    text = str(error.errors[f"{name}.2026-01"][0])
    assert "pmo@alpha.example" in text
    assert "10,000" in text
    assert "11,000" in text
    assert [(row.before, row.after) for row in error.meanwhile] == [
        (Decimal(10_000), Decimal(11_000)),
        (Decimal(10_000), None),
    ]


def test_a_check_tells_and_writes_nothing(alpha: House, effect: Effect) -> None:
    change = changing(alpha, effect, Series.FORECAST, {"2026-01": "-5000"}, Cause.VALUE)
    before = fresh(alpha, effect).version
    with alpha.active():
        (diff,) = grid_check(measure=effect.measure, change=change, by=alpha.actor("owner"))
    ((month, pair),) = diff.cells[Series.FORECAST].items()
    assert (str(month), pair) == ("2026-01", (Decimal(10_000), Decimal(-5_000)))
    assert (list(diff.owed), diff.variances[2026].amount) == ([2026], -15_000)
    assert fresh(alpha, effect).version == before
    assert series(alpha, effect, Series.FORECAST)["2026-01"] == 10_000


def test_the_grid_holds_all_series_of_an_effect(alpha: House) -> None:
    measure = make_planned(alpha)
    effect = add_effect(alpha, measure)
    refer(alpha, effect, {"2025-12": "3"})
    plan(alpha, effect, {"2026-01": "5"})
    with alpha.active():
        gate_passed(measure.pk, "T3", alpha.actor("controller"))
    moved(alpha, measure, "decided")
    claim(alpha, effect, {now(alpha): "4"})
    with alpha.active():
        (row,) = grid_of(measure)
    assert (row.number, list(row.original.values()), list(row.current.values())) == (1, [5], [5])
    assert list(row.values.series(Series.FORECAST).values()) == [5]
    assert [facts.claimed for facts in row.actuals.values()] == [4]
    assert row.accepted() == frozenset()
