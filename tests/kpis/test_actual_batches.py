"""Many verdicts in one call: each line for itself, by the rules of one, at a fixed cost (V5)."""

import json
import uuid
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from governance.audit.models import AuditEvent
from governance.calendars.selectors import today_of
from governance.errors import Forbidden, Invalid
from governance.events.models import OutboxEvent
from initiatives.models import Measure
from kpis.actuals.choices import MonthState, Outcome
from kpis.actuals.models import Validation
from kpis.actuals.services.batches import (
    MOST_LINES,
    LineResult,
    LineVerdict,
    claims_validate_many,
)
from kpis.actuals.services.validations import Verdict
from kpis.choices import Series
from kpis.models import Effect, ValueHistory
from kpis.rules import Month
from tests.houses import House
from tests.kpis.actual_making import (
    actions,
    changed,
    claim,
    facts,
    fresh,
    judge,
    named,
    refused,
    series,
)
from tests.kpis.making import add_effect, make_planned
from tests.kpis.staging import moved
from tests.ladder import Ladder, last_months

pytestmark = pytest.mark.usefixtures("open_stages")


@pytest.fixture
def measure(alpha: House) -> Measure:
    return named(alpha, make_planned(alpha), controller="controller")


@pytest.fixture
def effects(alpha: House, measure: Measure) -> list[Effect]:
    """Three effects of a measure past T3, with claims of two months each."""
    found = [add_effect(alpha, measure) for _number in range(3)]
    moved(alpha, measure, "decided")
    for effect in found:
        claim(alpha, effect, {"2020-01": "5", "2020-02": "6"})
    return found


def line(
    effect: Effect, month: str, outcome: Outcome = Outcome.VALIDATED, **more: Any
) -> LineVerdict:
    return LineVerdict(effect.public_id, Verdict(month, outcome, **more))


def judge_many(house: House, *lines: LineVerdict, name: str = "controller") -> list[LineResult]:
    with house.active():
        return claims_validate_many(lines=lines, by=house.actor(name))


def codes(results: list[LineResult]) -> list[str]:
    return [one.refusal.code if one.refusal else "" for one in results]


def test_each_line_is_judged_for_itself(alpha: House, effects: list[Effect]) -> None:
    first, second, third = effects
    results = judge_many(
        alpha,
        line(first, "2020-01"),
        line(first, "2020-02", Outcome.ADJUSTED, amount="4", reason="One invoice less"),
        line(second, "2020-01", Outcome.ADJUSTED, amount="4"),
        line(second, "2020-02", Outcome.REJECTED, reason="No evidence"),
        line(third, "2020-01", Outcome.ADJUSTED, amount="8", reason="Forgotten"),
        line(third, "2020-02", seen_claim="5"),
        line(third, "2020-03"),
        line(third, "2020-13"),
        line(first, "2020-01"),
        LineVerdict(uuid.uuid4(), Verdict("2020-01", Outcome.VALIDATED)),
    )
    assert codes(results) == [
        *("", "", "invalid", "", "", "claim_changed"),
        *("nothing_claimed", "invalid", "already_validated", "not_found"),
    ]
    refusals = [one.refusal for one in results if one.refusal]
    assert [set(refusal.errors) for refusal in refusals[:1]] == [{"reason"}]
    assert set(refusals[3].errors) == {"month"}
    assert series(alpha, first, Series.ACTUAL_VALIDATED) == {
        "2020-01": Decimal(5),
        "2020-02": Decimal(4),
    }
    assert series(alpha, second, Series.ACTUAL_VALIDATED) == {}
    assert series(alpha, third, Series.ACTUAL_VALIDATED) == {}
    states = [facts(alpha, effect, Month(2020, n)).state for effect in effects for n in (1, 2)]
    assert states == [
        MonthState.VALIDATED,
        MonthState.ADJUSTED,
        MonthState.CLAIMED,
        MonthState.REJECTED,
        MonthState.AWAITING_SECOND,
        MonthState.CLAIMED,
    ]
    assert [one.validation.amount for one in results if one.validation] == [5, 4, None, 8]


def test_what_is_written_is_told_line_by_line(alpha: House, effects: list[Effect]) -> None:
    first, second, _third = effects
    before = {effect.pk: fresh(alpha, effect).version for effect in effects}
    judge_many(
        alpha,
        line(first, "2020-01"),
        line(first, "2020-02"),
        line(second, "2020-01", Outcome.REJECTED, reason="No evidence"),
    )
    after = {effect.pk: fresh(alpha, effect).version for effect in effects}
    assert [after[e.pk] - before[e.pk] for e in effects] == [1, 1, 0]
    assert actions(alpha)[-3:] == ["actual.validated"] * 3
    with alpha.active():
        rows = ValueHistory.objects.filter(series=Series.ACTUAL_VALIDATED).order_by("id")
        assert [(r.month.month, r.before, r.after) for r in rows] == [(1, None, 5), (2, None, 6)]
        assert {row.effect_version for row in rows} == {after[first.pk]}
        assert len({row.change_id for row in rows}) == 1
        assert '"reason":"No evidence"' in AuditEvent.objects.order_by("-id")[0].body
        told = OutboxEvent.objects.filter(topic="values.validated").order_by("id")
        ids = [str(row.public_id) for row in Validation.objects.order_by("id")]
        assert [row.payload["validation"] for row in told] == ids


def test_one_call_says_what_single_calls_say(alpha: House, effects: list[Effect]) -> None:
    """The audit body of a line is that of a single verdict, but for its own marks."""
    first, second, _third = effects
    more = {"amount": "4", "reason": "Less"}
    judge(alpha, first, "2020-01", Outcome.ADJUSTED, **more)
    judge_many(alpha, line(second, "2020-01", Outcome.ADJUSTED, **more))
    with alpha.active():
        bodies = [json.loads(event.body) for event in AuditEvent.objects.order_by("-id")[:2]]
    for body in bodies:
        for own in ("id", "at"):
            body.pop(own)
        body["changes"].pop("effect")
    assert bodies[0] == bodies[1]


def test_the_rules_of_one_hold_for_many(
    alpha: House, measure: Measure, effects: list[Effect]
) -> None:
    first, second, third = effects
    changed(alpha, first, owner=alpha.people["head_of_controlling"])
    claim(alpha, first, {"2020-01": "7"}, "head_of_controlling")
    changed(alpha, second, owner=alpha.people["head_of_controlling"])
    lines = [line(first, "2020-01"), line(second, "2020-01"), line(third, "2020-01")]
    results = judge_many(alpha, *lines, name="head_of_controlling")
    assert codes(results) == ["segregation_of_duties", "segregation_of_duties", ""]
    assert [one.refusal.errors for one in results if one.refusal] == [
        {"rule": ["S4"]},
        {"rule": ["S2"]},
    ]
    assert codes(judge_many(alpha, lines[0], name="second_finance")) == ["not_the_controller"]
    moved(alpha, measure, overlay="on_hold")
    assert codes(judge_many(alpha, lines[0])) == ["measure_on_hold"]
    moved(alpha, measure, overlay="cancelled")
    assert codes(judge_many(alpha, lines[0])) == ["measure_cancelled"]


def test_who_validates_nowhere_and_too_many_lines(alpha: House, effects: list[Effect]) -> None:
    one = line(effects[0], "2020-01")
    for name in ("owner", "pmo", "auditor", "guest"):
        refused(alpha, Forbidden, "forbidden", lambda n=name: judge_many(alpha, one, name=n))
    many = [one] * (MOST_LINES + 1)
    refused(alpha, Invalid, "invalid", lambda: judge_many(alpha, *many))


def test_the_cost_does_not_grow_with_the_lines(
    alpha: House, measure: Measure, effects: list[Effect]
) -> None:
    more = [add_effect_with_claim(alpha, measure) for _number in range(12)]

    def cost(lines: list[LineVerdict]) -> int:
        with alpha.active(), CaptureQueriesContext(connection) as queries:
            results = claims_validate_many(lines=lines, by=alpha.actor("controller"))
        assert codes(results) == [""] * len(lines)
        return len(queries)

    for effect in (effects[0], *more[:6]):
        judge(alpha, effect, "2020-01")  # their years stand, as those of the rest do not
    few = cost([line(effects[0], "2020-02"), line(effects[1], "2020-01")])
    many = cost(
        [line(e, "2020-02") for e in more]
        + [line(e, "2020-01") for e in more[6:]]
        + [line(effects[2], "2020-01")]
    )
    assert many == few


def add_effect_with_claim(house: House, measure: Measure) -> Effect:
    moved(house, measure, "detailed")
    effect = add_effect(house, measure)
    moved(house, measure, "decided")
    claim(house, effect, {"2020-01": "5", "2020-02": "6"})
    return effect


def test_an_open_closing_request_is_void_once_its_months_are_judged(alpha: House) -> None:
    """G3: the same as by a single verdict, for closing rests on these months."""
    today = today_of(alpha.tenant)
    ladder = Ladder(alpha).climb("implemented", today)
    months = last_months(4, today)
    ladder.actuals(months[1:])
    ladder.document("owner", "ledger")
    effect_id = ladder.effects["value"]
    ladder._cells(effect_id, "actual_claimed", {months[0]: "1000.00"})
    asked = ladder.ask("closed")
    one = LineVerdict(uuid.UUID(effect_id), Verdict(months[0], Outcome.VALIDATED))
    assert codes(judge_many(alpha, one)) == [""]
    path = f"gate-requests/{asked['id']}/"
    assert ladder["controller"].get(path).json()["state"] == "voided"
