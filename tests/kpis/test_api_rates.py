"""Exchange rates through the API."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kpis.rates.choices import RateKind
from tests.houses import ApiCaller, House
from tests.kpis.rating import confirmed, proposed

pytestmark = pytest.mark.django_db
BODY = {"kind": "plan", "rates": {"USD": {"2026-01": "0.9251"}, "GBP": {"2026-01": "1.17"}}}


@pytest.fixture
def controller(alpha: House) -> ApiCaller:
    return alpha.caller("controller")


@pytest.fixture
def second(alpha: House) -> ApiCaller:
    return alpha.caller("second_finance")


def test_rates_are_proposed_confirmed_and_listed(controller: ApiCaller, second: ApiCaller) -> None:
    answer = controller.post("rates/", BODY)
    assert answer.status_code == 201, answer.content
    pounds, dollars = answer.json()["results"]
    person = {"email": "controller@alpha.example", "name": "Controller"}
    assert {k: v for k, v in dollars.items() if k not in {"id", "proposed_at"}} == {
        "kind": "plan",
        "currency": "USD",
        "home": "EUR",
        "month": "2026-01",
        "rate": "0.92510000",
        "state": "proposed",
        "proposed_by": person,
        "decided_by": None,
        "decided_at": None,
    }
    own = controller.post(f"rates/{dollars['id']}/confirm/", {})
    assert (own.status_code, own.json()["code"]) == (403, "segregation_of_duties")
    done = second.post(f"rates/{dollars['id']}/confirm/", {})
    assert (done.status_code, done.json()["state"]) == (200, "confirmed")
    assert done.json()["decided_by"]["name"] == "Second Finance"
    again = second.post(f"rates/{dollars['id']}/refuse/", {})
    assert (again.status_code, again.json()["code"]) == (409, "rate_not_proposed")
    assert second.post(f"rates/{pounds['id']}/withdraw/", {}).json()["code"] == "rate_of_another"
    assert second.post(f"rates/{pounds['id']}/refuse/", {}).json()["state"] == "refused"
    listed = second.get("rates/").json()["results"]
    assert [row["state"] for row in listed] == ["confirmed", "refused"]


def test_bad_cells_are_named_and_nothing_is_kept(controller: ApiCaller) -> None:
    rates: dict[str, Any] = {
        "USD": {"2026-01": "0.9", "2026-02": "0.9", "2027-01": 1.5, "2028-01": None},
        "EUR": {"2026-01": "1"},
    }
    answer = controller.post("rates/", {"kind": "plan", "rates": rates})
    assert answer.status_code == 400
    assert set(answer.json()["errors"]) == {
        "rates.USD.2026-02",
        "rates.USD.2027-01",
        "rates.USD.2028-01",
        "rates.EUR.2026-01",
    }
    assert controller.get("rates/").json()["results"] == []


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"kind": "plan"},
        {"kind": "spot", "rates": {}},
        {"kind": "plan", "rates": {}},
        {"kind": "plan", "rates": []},
        {"kind": "plan", "rates": {"USD": "0.9"}},
        {"kind": "plan", "rates": {"USD": None}},
        {"kind": "plan", "rates": {"USD": {"2026-01": {}}}},
        {"kind": "plan", "rates": {"USD": {"2026-01": "9" * 500}}},
        {"kind": "plan", "rates": {"\x00": {"\x00": "1"}}},
        BODY | {"state": "confirmed"},
    ],
)
def test_a_body_that_cannot_be_kept_is_refused(controller: ApiCaller, body: dict[str, Any]) -> None:
    answer = controller.post("rates/", body)
    assert answer.status_code == 400, answer.content
    assert controller.get("rates/").json()["results"] == []


ODD = ["USD", "EUR", "2026-01", "2026-02", "0.9", "1e400", "-1", "\ud800", "\x00"]
WORDS = st.sampled_from(ODD) | st.text()
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=8,
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(kind=st.sampled_from(["plan", "average"]), rates=JSON)
def test_no_body_breaks_a_proposal(controller: ApiCaller, kind: str, rates: Any) -> None:
    answer = controller.post("rates/", {"kind": kind, "rates": rates})
    assert answer.status_code in {201, 400}, answer.content
    if answer.status_code == 400:
        assert answer.json()["errors"]


def test_the_list_is_narrowed(alpha: House, controller: ApiCaller) -> None:
    confirmed(alpha, BODY["rates"])  # type: ignore[arg-type]  # a body is of any kind
    proposed(alpha, {"USD": {"2025-12": "0.8", "2026-03": "0.9"}}, RateKind.AVERAGE)

    def found(**query: str) -> set[tuple[str, str, str]]:
        rows = controller.get("rates/", query).json()["results"]
        return {(row["kind"], row["currency"], row["month"]) for row in rows}

    assert found(kind="plan") == {("plan", "USD", "2026-01"), ("plan", "GBP", "2026-01")}
    assert found(state="proposed", year="2026") == {("average", "USD", "2026-03")}
    assert found(currency="GBP") == {("plan", "GBP", "2026-01")}
    assert found(year="2025") == {("average", "USD", "2025-12")}
    for query in ({"kind": "x"}, {"year": "26"}, {"currency": "usd"}, {"month": "2026-01"}):
        assert controller.get("rates/", query).status_code == 400


def test_a_rate_of_another_tenant_is_not_there(alpha: House, beta: House) -> None:
    (row,) = proposed(beta, {"USD": {"2026-01": "1"}})
    answer = alpha.caller("second_finance").post(f"rates/{row.public_id}/confirm/", {})
    assert answer.status_code == 404


def test_the_same_key_answers_the_same_proposal(controller: ApiCaller) -> None:
    first, again = (controller.post("rates/", BODY, **{"Idempotency-Key": "a"}) for _ in "12")
    assert first.json() == again.json()
    assert len(controller.get("rates/").json()["results"]) == 2
