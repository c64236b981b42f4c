"""Planning a fiscal year: typing, spreading, staleness without loss, and who may."""

from decimal import Decimal

import pytest

from governance.people.choices import Role
from initiatives.models import Measure
from kpis.metrics.services import STARTING_METRICS, metric_create
from kpis.models import Effect
from tests.houses import House
from tests.initiatives.making import make_measure
from tests.kpis.making import add_effect, make_planned, opened, plan, planned, values_url


@pytest.fixture
def measure(alpha: House) -> Measure:
    return make_planned(alpha)


@pytest.fixture
def effect(alpha: House, measure: Measure) -> Effect:
    return add_effect(alpha, measure)


@pytest.fixture
def url(alpha: House, effect: Effect) -> str:
    return alpha.page(f"effects/{effect.public_id}/values/?year=2026")


@pytest.mark.parametrize("name", ["pmo", "owner", "consultant"])
def test_a_year_is_planned_in_ones_own_spelling(
    alpha: House, effect: Effect, url: str, name: str
) -> None:
    client = alpha.client(name)
    data = opened(client, url) | {"2026-01": "1,234.56", "2026-02": "-5", "2026-03": "0"}
    answer = client.post(url, data)
    assert answer.status_code == 302, answer.content.decode()
    assert planned(alpha, effect) == {
        "2026-01": Decimal("1234.56"),
        "2026-02": Decimal(-5),
        "2026-03": Decimal(0),
    }


def test_germans_type_and_read_german(alpha: House, effect: Effect, url: str) -> None:
    plan(alpha, effect, {"2026-01": "1234.5"})
    client = alpha.client("pmo")
    client.cookies["django_language"] = "de"
    data = opened(client, url)
    assert data["2026-01"] == "1.234,50"
    assert client.post(url, data | {"2026-02": "1.234,56"}).status_code == 302
    assert planned(alpha, effect)["2026-02"] == Decimal("1234.56")
    again = opened(client, url) | {"2026-03": "1,234.56"}
    assert client.post(url, again).status_code == 422


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        (str(10**30), "too large"),
        ("NaN", "not a number"),
        ("1e30", "not a number"),
        ("1\x00", "Null characters"),
        ("1.234", "two ways"),
        ("1.234,5", "1,234.56"),
        ("0.12345", "decimals"),
    ],
)
def test_a_bad_cell_is_told_at_the_cell_and_nothing_is_lost(
    alpha: House, effect: Effect, url: str, typed: str, words: str
) -> None:
    client = alpha.client("pmo")
    answer = client.post(url, opened(client, url) | {"2026-01": typed, "2026-02": "77.70"})
    assert answer.status_code == 422
    form = answer.context["form"]
    assert words in " ".join(form.errors["2026-01"])
    assert (form["2026-01"].value(), form["2026-02"].value()) == (typed, "77.70")
    assert planned(alpha, effect) == {}


def test_an_emptied_month_is_empty_again(alpha: House, effect: Effect, url: str) -> None:
    plan(alpha, effect, {"2026-01": "5", "2026-02": "6"})
    client = alpha.client("pmo")
    assert client.post(url, opened(client, url) | {"2026-01": ""}).status_code == 302
    assert planned(alpha, effect) == {"2026-02": Decimal(6)}


def test_a_late_plan_keeps_both_peoples_months(alpha: House, effect: Effect, url: str) -> None:
    client = alpha.client("owner")
    data = opened(client, url)
    plan(alpha, effect, {"2026-01": "100", "2026-02": "200"})
    late = client.post(url, data | {"2026-02": "999", "2026-03": "300"})
    html = late.content.decode()
    assert late.status_code == 409
    assert "nothing of yours is saved yet" in html
    assert "January 2026" in html
    assert late.context["contested"] == ["February 2026"]
    form = late.context["form"]
    kept = [form[name].value() for name in ("2026-01", "2026-02", "2026-03")]
    assert kept == ["100.00", "999", "300"]
    assert planned(alpha, effect) == {"2026-01": Decimal(100), "2026-02": Decimal(200)}
    assert client.post(url, dict(form.data)).status_code == 302
    assert planned(alpha, effect) == {
        "2026-01": Decimal(100),
        "2026-02": Decimal(999),
        "2026-03": Decimal(300),
    }


def test_an_amount_is_spread_exactly_and_not_saved_yet(
    alpha: House, effect: Effect, url: str
) -> None:
    client = alpha.client("pmo")
    data = opened(client, url) | {
        "2026-01": "typed",
        "action": "spread",
        "spread-amount": "100",
        "spread-first": "2026-04",
        "spread-last": "2026-06",
    }
    answer = client.post(url, data)
    assert answer.status_code == 200
    form = answer.context["form"]
    names = ("2026-01", "2026-03", "2026-04", "2026-05", "2026-06")
    filled = {name: form[name].value() for name in names}
    assert filled == {
        "2026-01": "typed",
        "2026-03": "",
        "2026-04": "33.33",
        "2026-05": "33.33",
        "2026-06": "33.34",
    }
    assert planned(alpha, effect) == {}
    assert not answer.context["helper"].is_bound
    shown = dict(form.data) | {"2026-01": "", "action": "save", "spread-amount": ""}
    saved = client.post(url, shown)
    assert saved.status_code == 302
    assert sum(planned(alpha, effect).values()) == 100


def test_an_amount_that_waits_to_be_spread_is_not_passed_over(
    alpha: House, effect: Effect, url: str
) -> None:
    client = alpha.client("pmo")
    data = opened(client, url) | {
        "spread-amount": "12",
        "spread-first": "2026-01",
        "spread-last": "2026-12",
    }
    answer = client.post(url, data)
    assert answer.status_code == 200
    assert answer.context["form"]["2026-12"].value() == "1.00"
    assert planned(alpha, effect) == {}


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"spread-amount": ""}, "amount"),
        ({"spread-amount": "much"}, "amount"),
        ({"spread-amount": str(10**30)}, "amount"),
        ({"spread-first": "2026-06", "spread-last": "2026-05"}, "last"),
        ({"spread-first": "2031-06"}, "first"),
    ],
)
def test_what_cannot_be_spread_is_told(
    alpha: House, url: str, data: dict[str, str], field: str
) -> None:
    client = alpha.client("pmo")
    whole = {"spread-amount": "1", "spread-first": "2026-01", "spread-last": "2026-12"}
    answer = client.post(url, opened(client, url) | {"action": "spread"} | whole | data)
    assert answer.status_code == 422
    assert field in answer.context["helper"].errors


def test_a_metric_that_is_no_sum_gets_the_same_figure_in_each_month(
    alpha: House, measure: Measure
) -> None:
    effect = add_effect(alpha, measure, "FTE")
    client = alpha.client("pmo")
    url = alpha.page(f"effects/{effect.public_id}/values/?year=2026")
    data = opened(client, url) | {
        "action": "spread",
        "spread-amount": "2.5",
        "spread-first": "2026-01",
        "spread-last": "2026-02",
    }
    form = client.post(url, data).context["form"]
    assert [form[name].value() for name in ("2026-01", "2026-02", "2026-03")] == ["2.5", "2.5", ""]


@pytest.mark.parametrize("name", ["executive", "controller", "auditor", "administrator"])
def test_readers_plan_nothing(alpha: House, effect: Effect, url: str, name: str) -> None:
    client = alpha.client(name)
    assert client.get(url).status_code == 403
    assert client.post(url, {"seen_version": "1", "2026-01": "5"}).status_code == 403
    assert planned(alpha, effect) == {}


def test_owners_plan_their_own_measures_only(alpha: House, measure: Measure) -> None:
    other = make_measure(alpha, "Not theirs", owner=alpha.people["pmo"])
    effect = add_effect(alpha, other)
    client = alpha.client("owner")
    html = client.get(values_url(alpha, other)).content.decode()
    assert f"effects/{effect.public_id}/values/" not in html
    assert client.get(alpha.page(f"effects/{effect.public_id}/values/")).status_code == 403


@pytest.mark.parametrize("path", ["values/", "delete/", "history/2026-01/"])
def test_effects_of_strangers_are_not_found(alpha: House, beta: House, path: str) -> None:
    by = beta.system(Role.PMO)
    with beta.active():
        metric_create(draft=STARTING_METRICS[0], by=by)
    effect = add_effect(beta, make_measure(beta, "Secret of beta"))
    for house in (alpha, beta):
        url = house.page(f"effects/{effect.public_id}/{path}")
        assert alpha.client("pmo").get(url).status_code == 404
