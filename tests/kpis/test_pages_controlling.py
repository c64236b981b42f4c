"""The controller's cockpit: a month judged in one save, what waits beside it, and its cost."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from governance.calendars.selectors import today_of
from initiatives.models import Measure
from kpis.actuals.choices import Outcome
from kpis.choices import EffectKind
from kpis.models import Effect
from kpis.rules import Month
from tests.houses import House
from tests.kpis.actual_making import changed, claim, facts, judge, named
from tests.kpis.forecasting import forecast, make_decided, passed
from tests.kpis.making import add_effect, make_planned, plan
from tests.kpis.settling import settled
from tests.kpis.staging import moved
from tests.ladder import Ladder, last_months

pytestmark = pytest.mark.usefixtures("open_stages")


@pytest.fixture
def measure(alpha: House) -> Measure:
    return named(alpha, make_planned(alpha), controller="controller")


@pytest.fixture
def effects(alpha: House, measure: Measure) -> list[Effect]:
    """Three effects past T3, planned and claimed in January 2020, one of them in February too."""
    found = [add_effect(alpha, measure, name=f"Line {number}") for number in range(3)]
    for effect in found:
        plan(alpha, effect, {"2020-01": "8"})
    moved(alpha, measure, "decided")
    for effect in found:
        claim(alpha, effect, {"2020-01": "5"})
    claim(alpha, found[0], {"2020-02": "6"})
    return found


@pytest.fixture
def url(alpha: House) -> str:
    return alpha.page("controlling/")


def text(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def key(effect: Effect, month: str = "2020-01") -> str:
    return f"{effect.public_id}-{month}"


def line(effect: Effect, outcome: str, month: str = "2020-01", **more: str) -> dict[str, Any]:
    """What a browser sends back of one line."""
    fields = {"outcome": outcome, "claimed": "", "amount": "", "reason": ""} | more
    return {f"{key(effect, month)}-{name}": value for name, value in fields.items()}


def sent(*parts: dict[str, Any], action: str = "judge", ticked: Any = ()) -> dict[str, Any]:
    """A whole form: its lines are those whose verdicts are among the parts."""
    data = {name: value for part in parts for name, value in part.items()}
    keys = {name.rsplit("-", 1)[0] for name in data}
    return {**data, "action": action, "line": [*keys, *ticked], "tick": list(ticked)}


def states(house: House, *effects: Effect) -> list[str]:
    return [facts(house, effect, Month(2020, 1)).state.value for effect in effects]


def test_a_month_is_shown_with_what_was_promised(
    alpha: House, effects: list[Effect], url: str
) -> None:
    answer = alpha.client("controller").get(url)
    queue = answer.context["queue"]
    assert str(queue.month) == "2020-01"
    assert {entry.key for entry in queue.lines} == {key(effect) for effect in effects}
    first = queue.lines[0]
    assert (first.promise.plan, first.claim.amount, first.difference) == (8, 5, -3)
    assert [(str(c.month), c.claimed, c.waiting) for c in queue.counts] == [
        ("2020-02", 1, 1),
        ("2020-01", 3, 3),
    ]
    other = alpha.client("controller").get(f"{url}?month=2020-02").context["queue"]
    assert [entry.key for entry in other.lines] == [key(effects[0], "2020-02")]
    assert alpha.client("controller").get(f"{url}?month=never").status_code == 400


def test_verdicts_of_a_month_in_one_save(alpha: House, effects: list[Effect], url: str) -> None:
    client = alpha.client("controller")
    data = sent(
        line(effects[0], "validated", claimed="5"),
        line(effects[1], "adjusted", amount="4.50", reason="Less"),
        line(effects[2], "rejected", reason="No evidence"),
    )
    answer = client.post(url, data)
    assert answer.status_code == 302
    assert states(alpha, *effects) == ["validated", "adjusted", "rejected"]
    after = client.get(answer["Location"])
    assert "3 claims were judged." in text(after)
    # The next month that waits comes up by itself.
    assert str(after.context["queue"].month) == "2020-02"
    counts = {str(c.month): (c.waiting, c.accepted, c.rejected) for c in after.context["months"]}
    assert counts["2020-01"] == (0, 2, 1)


def test_ticked_lines_are_validated_as_claimed(
    alpha: House, effects: list[Effect], url: str
) -> None:
    client: Client = alpha.client("controller")
    ticked = [key(effects[0]), key(effects[1])]
    data = sent(line(effects[1], "", claimed="1"), action="validate", ticked=ticked)
    answer = client.post(url, data)
    assert answer.status_code == 200  # an error would take the first line back
    assert states(alpha, *effects) == ["validated", "claimed", "claimed"]
    assert "The claim was changed since" in text(answer)
    again = client.post(url, sent(action="validate", ticked=ticked[1:]))
    assert again.status_code == 302
    assert states(alpha, *effects) == ["validated", "validated", "claimed"]
    for action in ("validate", "judge"):
        assert client.post(url, sent(action=action)).status_code == 302


def test_refused_lines_keep_what_was_typed(alpha: House, effects: list[Effect], url: str) -> None:
    data = sent(
        line(effects[0], "adjusted", amount="much", reason="Less"),
        line(effects[1], "adjusted", amount="4", reason=""),
        line(effects[2], "", amount="3", reason="Not decided yet"),
    )
    answer = alpha.client("controller").post(url, data)
    assert answer.status_code == 422
    shown = {entry.key: entry.typed for entry in answer.context["queue"].lines}
    first, second, third = (shown[key(effect)] for effect in effects)
    assert (first.outcome, first.amount, first.reason) == ("adjusted", "much", "Less")
    assert (bool(first.amount_errors), bool(first.reason_errors)) == (True, False)
    assert (bool(second.amount_errors), bool(second.reason_errors)) == (False, True)
    assert (third.amount, third.reason, third.errors) == ("3", "Not decided yet", {})
    assert states(alpha, *effects) == ["claimed"] * 3
    assert 'value="much"' in text(answer)


def test_a_line_that_somebody_else_has_judged_is_told(
    alpha: House, effects: list[Effect], measure: Measure, url: str
) -> None:
    judge(alpha, effects[0], "2020-01", name="head_of_controlling")
    odd = {"line": ["x", "0" * 44, key(effects[0])], "0" * 44 + "-outcome": "validated"}
    data = {**line(effects[0], "validated"), **odd, "action": "judge"}
    answer = alpha.client("controller").post(url, data)
    assert answer.status_code == 422
    gone = [entry.name for entry in answer.context["gone"]]
    assert f"{measure.code}, 2020-01" in gone
    assert "Finance has judged this month already" in text(answer)


def test_the_cockpit_is_finances_and_each_sees_their_own(
    alpha: House, measure: Measure, effects: list[Effect], url: str
) -> None:
    assert "controlling/" in text(alpha.client("controller").get(alpha.page("measures/")))
    assert not alpha.client("second_finance").get(url).context["queue"].lines
    for name in ("owner", "pmo", "auditor", "administrator"):
        assert alpha.client(name).get(url).status_code == 403
        assert "controlling/" not in text(alpha.client(name).get(alpha.page("measures/")))
    # Where nobody is named, any finance person judges, but not what is their own (S2, S4).
    with alpha.active():
        Measure.objects.filter(pk=measure.pk).update(controller=None)
    assert len(alpha.client("second_finance").get(url).context["queue"].lines) == 3
    changed(alpha, effects[0], owner=alpha.people["second_finance"])
    claim(alpha, effects[0], {"2020-01": "7"}, "second_finance")
    changed(alpha, effects[0], owner=None)
    changed(alpha, effects[1], owner=alpha.people["second_finance"])
    queue = alpha.client("second_finance").get(url).context["queue"]
    assert [entry.key for entry in queue.lines] == [key(effects[2])]
    assert [(c.claimed, c.waiting) for c in queue.counts] == [(1, 1), (3, 1)]


def test_a_head_of_controlling_judges_in_the_stead_of_others(
    alpha: House, effects: list[Effect], url: str
) -> None:
    client = alpha.client("head_of_controlling")
    assert "On behalf of others" in text(client.get(url))
    assert not client.get(url).context["queue"].lines
    assert len(client.get(f"{url}?stead=1").context["queue"].lines) == 3
    data = sent(line(effects[0], "validated", claimed="5"))
    assert client.post(f"{url}?stead=1", data).status_code == 302
    assert states(alpha, effects[0]) == ["validated"]
    # Nobody else is asked for more by the address.
    other = alpha.client("second_finance").get(f"{url}?stead=1")
    assert not other.context["queue"].lines
    assert "On behalf of others" not in text(other)


def test_second_signatures_are_signed_in_place(
    alpha: House, effects: list[Effect], url: str
) -> None:
    given = judge(alpha, effects[0], "2020-01", Outcome.ADJUSTED, amount="8", reason="Forgotten")
    mine = {part.name: part for part in alpha.client("controller").get(url).context["sections"]}
    assert mine["second-signatures"].count == 0
    client = alpha.client("second_finance")
    other = {part.name: part for part in client.get(url).context["sections"]}
    assert [row.public_id for row in other["second-signatures"].lines] == [given.public_id]
    whole = client.get(f"{url}second-signatures/")
    assert f"sign-{given.public_id}" in text(whole)
    assert client.post(url, {"action": f"sign-{given.public_id}"}).status_code == 302
    assert states(alpha, effects[0]) == ["adjusted"]
    assert client.post(url, {"action": "sign-nothing"}).status_code == 404


def part(house: House, name: str, who: str = "controller", query: str = "") -> Any:
    """One section of the cockpit as somebody sees it."""
    answer = house.client(who).get(house.page(f"controlling/{query}"))
    return next(one for one in answer.context["sections"] if one.name == name)


def test_variances_without_a_reason_come_by_money(alpha: House) -> None:
    small = make_decided(alpha)
    settled(alpha, variance_percent=Decimal(1000), change_percent=Decimal(1000))
    moved(alpha, small.measure, "detailed")
    large = add_effect(alpha, small.measure, kind=EffectKind.ONE_OFF)
    plan(alpha, large, {"2026-01": "100000"})
    passed(alpha, small.measure)
    forecast(alpha, small, {"2026-01": "-5000"})
    forecast(alpha, large, {"2026-01": "20000"})
    settled(alpha)
    found = part(alpha, "variances")
    assert [one.found.effect.pk for one in found.lines] == [large.pk, small.pk]
    assert found.lines[0].url.endswith(f"measures/{small.measure.code}/values/grid/?year=2026")
    assert part(alpha, "variances", "second_finance").count == 0
    assert part(alpha, "variances", "head_of_controlling", "?stead=1").count == 2


def test_closures_that_wait_lead_to_their_card(alpha: House, url: str) -> None:
    today = today_of(alpha.tenant)
    ladder = Ladder(alpha).climb("implemented", today)
    ladder.actuals(last_months(3, today))
    ladder.document("owner", "ledger")
    asked = ladder.ask("closed")
    (found,) = part(alpha, "closures").lines
    assert (found.code, found.name) == (ladder.code, "Bundle steel orders")
    assert asked["id"] in found.url
    assert found.url in text(alpha.client("controller").get(f"{url}closures/"))
    assert part(alpha, "closures", "second_finance").count == 0


def test_the_page_costs_the_same_for_few_lines_and_for_many(
    alpha: House, measure: Measure, effects: list[Effect], url: str
) -> None:
    """With claims that wait and signatures that are due, of one effect and of several."""
    for effect in effects:
        claim(alpha, effect, {"2020-03": "5", "2020-04": "5"})
    more = {"outcome": Outcome.ADJUSTED, "amount": "9", "reason": "Forgotten"}

    def cost(name: str, query: str = "") -> int:
        client = alpha.client(name)
        client.get(f"{url}{query}")
        with CaptureQueriesContext(connection) as queries:
            client.get(f"{url}{query}")
        return len(queries)

    judge(alpha, effects[0], "2020-03", **more)
    few = cost("second_finance"), cost("controller", "?month=2020-02")
    for effect in effects[1:]:
        judge(alpha, effect, "2020-03", **more)
    assert (cost("second_finance"), cost("controller", "?month=2020-04")) == few


def test_the_sections_have_pages_of_their_own(alpha: House, url: str) -> None:
    client = alpha.client("controller")
    for part in client.get(url).context["sections"]:
        assert client.get(part.url).status_code == 200
        assert alpha.client("owner").get(part.url).status_code == 403
    assert client.get(f"{url}nothing/").status_code == 404


def test_one_save_costs_the_same_for_one_line_and_for_many(
    alpha: House, measure: Measure, effects: list[Effect], url: str
) -> None:
    client = alpha.client("controller")

    def cost(lines: list[Effect]) -> int:
        data = sent(*(line(effect, "validated", claimed="5") for effect in lines))
        with CaptureQueriesContext(connection) as queries:
            assert client.post(url, data).status_code == 302
        return len(queries)

    cost(effects[:1])
    moved(alpha, measure, "detailed")
    more = [add_effect(alpha, measure) for _number in range(10)]
    moved(alpha, measure, "decided")
    for effect in more:
        claim(alpha, effect, {"2020-01": "5"})
    assert cost(more) == cost(effects[1:2])
