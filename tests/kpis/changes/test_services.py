"""T15 with plan months: asked for cell by cell, decided by size, written with baseline n+1 (V3)."""

import json
from decimal import Decimal
from typing import Any

import pytest

from approvals.choices import Outcome
from approvals.models import ApprovalRequest
from approvals.sod import SegregationOfDuties
from governance.audit.models import AuditEvent
from governance.errors import Conflict, Forbidden, Invalid, Refused, Stale
from initiatives.gates.bars import bars_for
from initiatives.gates.tracks import track_set
from initiatives.plan_changes import EffectAsk
from initiatives.stage_models.choices import Track
from kpis.choices import Cause, EffectKind, Series
from kpis.models import Effect, ValueHistory
from tests.houses import House
from tests.initiatives.climbing import decide, make_ready, speak
from tests.initiatives.climbing import fresh as fresh_measure
from tests.kpis.actual_making import claim, fresh, judge, refused, series
from tests.kpis.changes.making import (
    ask,
    ask_months,
    asked,
    baselines,
    change_months,
    make_frozen,
    make_open,
    route,
)
from tests.kpis.forecasting import YEAR, forecast, passed
from tests.kpis.making import add_effect, plan
from tests.kpis.staging import moved

pytestmark = pytest.mark.usefixtures("open_stages")
LOWER = {"2026-03": "8000", "2026-04": None}


@pytest.fixture
def effect(alpha: House) -> Effect:
    """10 000 a month in 2026, decided."""
    return make_frozen(alpha)[0]


def events(house: House, request: ApprovalRequest) -> list[str]:
    """What the decision of a request wrote, by action."""
    with house.active():
        rows = list(AuditEvent.objects.order_by("id").values_list("action", "body"))
    wanted = str(request.public_id)
    return [action for action, body in rows if json.loads(body)["reason"] == wanted]


# --- asking --------------------------------------------------------------------------------------


def test_the_request_holds_the_months_before_and_after(alpha: House, effect: Effect) -> None:
    request = ask_months(alpha, effect, LOWER)
    item = request.details["plan"][0]
    assert item["before"] == {"2026-03": "10000.00", "2026-04": "10000.00"}
    assert item["after"] == {"2026-03": "8000.00"}
    assert item["years"] == [
        {
            "year": 2026,
            "label": "2026",
            "before": "120000.00",
            "after": "108000.00",
            "months": ["2026-03", "2026-04"],
        }
    ]
    snapshot = json.loads(request.snapshot)
    assert snapshot["plan_change"] == request.details["plan"]
    assert snapshot["change_size"] == request.details["size"]
    assert "change" not in snapshot
    size = request.details["size"]
    assert (size["before"]["run_rate"], size["after"]["run_rate"]) == ("120000.0000", "108000.0000")
    assert (request.amount, size["moved"]) == (Decimal(12000), {"run_rate": "12000.0000"})
    assert series(alpha, effect, Series.PLAN)["2026-03"] == 10000
    assert list(baselines(alpha, effect)) == [1]


@pytest.mark.parametrize(
    ("cells", "name"),
    [
        ({"2026-03": "much"}, "2026-03"),
        ({"2026-03": "1.001"}, "2026-03"),
        ({"2026-13": "1"}, "2026-13"),
        ({"1989-12": "1"}, "1989-12"),
        ({"2026-03": "1e15"}, "2026-03"),
        ({"2026-03": ["5"]}, "2026-03"),
    ],
)
def test_what_cannot_be_kept_is_told_at_its_cell(
    alpha: House, effect: Effect, cells: dict[str, Any], name: str
) -> None:
    work = {"2026-01": "1", **cells}
    error = refused(alpha, Invalid, "invalid", lambda: ask_months(alpha, effect, work))
    assert set(error.errors) == {f"cells.{effect.public_id}.plan.{name}"}


def test_another_measures_effect_is_none_of_this(alpha: House, effect: Effect) -> None:
    other = make_frozen_beside(alpha)
    asks = [asked(alpha, effect, LOWER), asked(alpha, other, LOWER)]
    error = refused(alpha, Invalid, "invalid", lambda: ask(alpha, *asks, measure=effect.measure))
    assert set(error.errors) == {f"effects.{other.public_id}"}


def make_frozen_beside(house: House) -> Effect:
    measure = make_ready(house, "Another")
    return plan(house, add_effect(house, measure), dict(YEAR))


def test_an_effect_is_named_once_and_as_it_is_now(alpha: House, effect: Effect) -> None:
    one = asked(alpha, effect, LOWER)
    error = refused(alpha, Invalid, "invalid", lambda: ask(alpha, one, one, measure=effect.measure))
    assert set(error.errors) == {f"effects.{effect.public_id}"}
    old = EffectAsk(one.effect, one.seen_version - 1, LOWER)
    refused(alpha, Stale, "stale", lambda: ask(alpha, old, measure=effect.measure))


def test_nothing_is_no_change(alpha: House, effect: Effect) -> None:
    same = {"2026-03": "10000.00", "2027-01": None}
    error = refused(alpha, Invalid, "invalid", lambda: ask_months(alpha, effect, same))
    assert set(error.errors) == {"fields"}


def test_before_the_decision_the_plan_is_open(alpha: House) -> None:
    measure = make_open(alpha)
    effect = plan(alpha, add_effect(alpha, measure), dict(YEAR))
    moved(alpha, measure, "detailed")
    refused(alpha, Conflict, "plan_is_open", lambda: ask_months(alpha, effect, LOWER))


@pytest.mark.parametrize(
    ("state", "code"),
    [
        ({"stage": "closed"}, "measure_closed"),
        ({"overlay": "on_hold"}, "measure_on_hold"),
        ({"overlay": "cancelled"}, "measure_cancelled"),
    ],
)
def test_a_measure_that_rests_refuses(
    alpha: House, effect: Effect, state: dict[str, str], code: str
) -> None:
    moved(alpha, effect.measure, **state)
    refused(alpha, Conflict, code, lambda: ask_months(alpha, effect, LOWER))


@pytest.mark.parametrize("who", ["executive", "auditor", "sponsor"])
def test_who_does_not_plan_does_not_ask(alpha: House, effect: Effect, who: str) -> None:
    one = asked(alpha, effect, LOWER)
    refused(
        alpha,
        Forbidden,
        "forbidden",
        lambda: ask(alpha, one, measure=effect.measure, who=who),
    )


def test_a_validated_month_keeps_its_plan(alpha: House, effect: Effect) -> None:
    claim(alpha, effect, {"2026-01": "9000"})
    judge(alpha, effect, "2026-01")
    work = {"2026-01": "9000", "2026-12": "9000"}
    error = refused(alpha, Refused, "past_month", lambda: ask_months(alpha, effect, work))
    assert set(error.errors) == {f"cells.{effect.public_id}.plan.2026-01"}


def test_one_request_at_a_time(alpha: House, effect: Effect) -> None:
    ask_months(alpha, effect, LOWER)
    refused(alpha, Conflict, "request_open", lambda: ask_months(alpha, effect, LOWER))


# --- increases come alone ------------------------------------------------------------------------


def test_an_increase_comes_without_fields(alpha: House, effect: Effect) -> None:
    one = asked(alpha, effect, {"2026-03": "20000"})
    error = refused(
        alpha,
        Invalid,
        "invalid",
        lambda: ask(alpha, one, measure=effect.measure, name="Another name"),
    )
    assert set(error.errors) == {"name"}
    decide(alpha, ask(alpha, one, measure=effect.measure))


def test_an_increase_comes_without_a_decrease_elsewhere(alpha: House) -> None:
    first, second = make_frozen(alpha, {}, {"kind": EffectKind.ONE_TIME_COST})
    asks = [asked(alpha, first, {"2026-03": "20000"}), asked(alpha, second, LOWER)]
    error = refused(alpha, Invalid, "invalid", lambda: ask(alpha, *asks, measure=first.measure))
    names = {f"cells.{second.public_id}.plan.{month}" for month in LOWER}
    assert set(error.errors) == names


def test_an_increase_comes_without_falling_months_and_without_another_start(
    alpha: House, effect: Effect
) -> None:
    cells = {"2026-03": "90000", "2026-04": "1"}
    error = refused(alpha, Invalid, "invalid", lambda: ask_months(alpha, effect, cells, "2026-06"))
    assert set(error.errors) == {
        f"cells.{effect.public_id}.plan.2026-04",
        f"run_rate_start.{effect.public_id}",
    }


def test_a_delay_raises_nothing(alpha: House, effect: Effect) -> None:
    cells = {"2026-01": None, "2027-01": "10000"}
    request = ask_months(alpha, effect, cells, "2026-02")
    assert request.amount == 0
    assert route(alpha, request) == ["controller", "sponsor"]


# --- size and route ------------------------------------------------------------------------------


def test_a_small_change_goes_to_the_sponsor_a_large_one_to_the_forum(
    alpha: House, effect: Effect
) -> None:
    small = change_months(alpha, effect, {"2026-03": "0"})
    assert route(alpha, small) == ["controller", "sponsor"]
    large = ask_months(alpha, effect, dict.fromkeys(list(YEAR)[3:], "0"))
    assert (large.amount, route(alpha, large)) == (Decimal(100000), ["controller", "forum"])


def test_slices_add_up_until_a_forum_has_decided(alpha: House, effect: Effect) -> None:
    amounts, routes = [], []
    for number in range(2, 12):
        request = change_months(alpha, effect, {f"2026-{number:02d}": "0"})
        amounts.append(int(request.amount))
        routes.append(route(alpha, request)[-1])
    assert amounts == [number * 10000 for number in range(1, 11)]
    assert routes == ["sponsor"] * 9 + ["forum"]
    # The forum has seen it all: counting begins anew.
    request = change_months(alpha, effect, {"2026-12": "0"})
    assert (request.amount, route(alpha, request)[-1]) == (10000, "sponsor")


def test_back_and_forth_does_not_cancel_out(alpha: House, effect: Effect) -> None:
    change_months(alpha, effect, {"2026-03": "60000"})
    request = ask_months(alpha, effect, {"2026-03": "10000"})
    assert (request.amount, route(alpha, request)[-1]) == (100000, "forum")


def test_what_was_not_approved_does_not_count(alpha: House, effect: Effect) -> None:
    request = ask_months(alpha, effect, {"2026-03": "0"})
    decide(alpha, request, Outcome.SEND_BACK)
    assert list(baselines(alpha, effect)) == [1]
    assert ask_months(alpha, effect, {"2026-03": "0"}).amount == 10000


def test_what_lies_behind_the_first_year_counts_too(alpha: House) -> None:
    years = {f"{year}-{month:02d}": "10000" for year in (2026, 2027) for month in range(1, 13)}
    (effect,) = make_frozen(alpha, {"cells": years})
    request = ask_months(alpha, effect, {m: None for m in years if m > "2027-01"})
    assert (request.amount, route(alpha, request)[-1]) == (110000, "forum")
    size = request.details["size"]
    assert size["before"] == size["after"]


@pytest.mark.parametrize(
    "given", [{"metric": "FTE"}, {"currency": "USD"}], ids=["no money", "no rate"]
)
def test_what_cannot_be_measured_goes_to_the_forum(alpha: House, given: dict[str, str]) -> None:
    (effect,) = make_frozen(alpha, given)
    request = ask_months(alpha, effect, {"2026-03": "0"})
    assert (request.amount, route(alpha, request)) == (None, ["controller", "forum"])


def test_fields_and_lower_months_go_together_by_the_longer_route(
    alpha: House, effect: Effect
) -> None:
    one = asked(alpha, effect, LOWER)
    people = alpha.people
    request = ask(alpha, one, measure=effect.measure, who="pmo", receiver=people["second_finance"])
    assert route(alpha, request) == ["controller", "forum"]
    decide(alpha, request)
    assert fresh_measure(alpha, effect.measure).receiver_id == people["second_finance"].pk
    assert series(alpha, effect, Series.PLAN)["2026-03"] == 8000


# --- the decision --------------------------------------------------------------------------------


def test_the_decision_writes_plan_forecast_and_the_next_baseline(
    alpha: House, effect: Effect
) -> None:
    request = change_months(alpha, effect, LOWER, "2026-02")
    expected = {m: Decimal(a) for m, a in YEAR.items()} | {"2026-03": Decimal(8000)}
    del expected["2026-04"]
    assert series(alpha, effect, Series.PLAN) == expected
    assert series(alpha, effect, Series.FORECAST) == expected
    assert baselines(alpha, effect) == {
        1: {m: Decimal(a) for m, a in YEAR.items()},
        2: expected,
    }
    row = fresh(alpha, effect)
    assert f"{row.run_rate_start:%Y-%m}" == "2026-02"
    with alpha.active():
        rows = ValueHistory.objects.filter(change_id=request.public_id)
        plan_rows = rows.filter(series=Series.PLAN)
        assert {(r.cause, r.author) for r in plan_rows} == {
            ("estimate", f"{request.requested_by.name} <{request.requested_by.email}>")
        }
        assert {r.cause for r in rows.filter(series=Series.FORECAST)} == {Cause.SCOPE}
        assert set(rows.values_list("series", "baseline_no")) == {
            ("plan", 0),
            ("forecast", 0),
            ("baseline", 2),
        }
        assert rows.order_by("-effect_version")[0].effect_version == row.version
    assert events(alpha, request) == ["values.changed", "values.changed", "effect.changed"]


def test_a_forecast_that_left_the_baseline_stays_where_it_is(alpha: House, effect: Effect) -> None:
    forecast(alpha, effect, {"2026-03": "9500"})
    change_months(alpha, effect, LOWER)
    held = series(alpha, effect, Series.FORECAST)
    assert (held["2026-03"], "2026-04" in held) == (9500, False)


def test_all_effects_of_a_measure_get_the_next_baseline(alpha: House) -> None:
    first, second, empty = make_frozen(
        alpha, {}, {"kind": EffectKind.ONE_OFF}, {"name": "later", "cells": {}}
    )
    change_months(alpha, first, LOWER)
    assert baselines(alpha, second)[2] == baselines(alpha, second)[1]
    assert baselines(alpha, empty) == {}
    change_months(alpha, empty, {"2026-10": "500"})
    assert (list(baselines(alpha, empty)), list(baselines(alpha, first))) == ([3], [1, 2, 3])


def test_who_asked_entered_it_and_who_decided_may_decide_again(
    alpha: House, effect: Effect
) -> None:
    """S1: the trail names the deciders as those who wrote the months; the asker entered them."""
    change_months(alpha, effect, LOWER)
    people = {alpha.people[name].pk: name for name in alpha.people}
    with alpha.active():
        bars = bars_for(fresh_measure(alpha, effect.measure), "T4")
    barred = {people[bar.membership_id] for bar in bars if bar.rule == "S1"}
    assert "owner" in barred
    assert not barred & {"controller", "sponsor", "forum_member"}
    change_months(alpha, effect, {"2026-05": "0"})


def test_the_asker_does_not_decide(alpha: House, effect: Effect) -> None:
    one = asked(alpha, effect, LOWER)
    request = ask(alpha, one, measure=effect.measure, who="pmo")
    with pytest.raises(SegregationOfDuties):
        speak(alpha, request, "owner")
    with pytest.raises(SegregationOfDuties):
        speak(alpha, request, "pmo")


# --- the light track -----------------------------------------------------------------------------


def test_a_light_measure_that_outgrows_its_track_goes_to_the_forum_and_on_by_the_whole_ladder(
    alpha: House,
) -> None:
    measure = make_open(alpha)
    effect = plan(alpha, add_effect(alpha, measure), dict.fromkeys(YEAR, "7000"))
    row = fresh_measure(alpha, measure)
    with alpha.active():
        track_set(measure=row, track=Track.LIGHT, seen_version=row.version, by=alpha.actor("pmo"))
    passed(alpha, measure)
    small = change_months(alpha, effect, {"2026-03": "8000"})
    assert (route(alpha, small)[-1], fresh_measure(alpha, measure).track) == ("sponsor", "light")
    # 85 000 and 15 001 more: the size stays below the limit, the measure does not.
    large = ask_months(alpha, effect, {"2026-04": "22001"})
    assert large.amount == 16001
    assert large.details["size"]["leaves_light_track"] is True
    assert route(alpha, large) == ["controller", "forum"]
    decide(alpha, large)
    assert fresh_measure(alpha, measure).track == "standard"
    assert events(alpha, large)[-1] == "track.changed"
