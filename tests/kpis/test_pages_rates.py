"""Exchange rates through their pages: reading, proposing, deciding in a batch."""

from typing import Any

import pytest
from django.test import Client

from governance.tenancy.models import Tenant
from kpis.rates.choices import RateKind
from kpis.rates.models import Rate
from tests.houses import House
from tests.kpis.making import add_effect, make_planned
from tests.kpis.rating import confirmed, proposed
from tests.kpis.test_pages_kpis import text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def controller(alpha: House) -> Client:
    return alpha.client("controller")


@pytest.fixture
def second(alpha: House) -> Client:
    return alpha.client("second_finance")


def opened(client: Client, url: str) -> dict[str, str]:
    form = client.get(url).context["form"]
    return {**form.current, **dict(form.seen_inputs()), "paste": ""}


def stored(house: House) -> list[tuple[str, str, str, str, str]]:
    with house.active():
        return [
            (row.kind, row.currency, f"{row.month:%Y-%m}", f"{row.rate.normalize():f}", row.state)
            for row in Rate.objects.order_by("id")
        ]


def test_the_matrix_shows_what_holds_and_what_waits(alpha: House, second: Client) -> None:
    confirmed(alpha, {"USD": {"2026-01": "0.91", "2026-03": "0.93"}}, RateKind.AVERAGE)
    proposed(alpha, {"USD": {"2026-03": "0.94", "2027-01": "0.8"}}, RateKind.AVERAGE)
    answer = second.get(alpha.page("rates/?kind=average&year=2026"))
    ((currency, cells),) = answer.context["rows"]
    shown = [(str(cell.rate), str(cell.proposed)) for cell in cells]
    assert currency == "USD"
    assert shown[0] == ("0.91000000", "None")
    assert shown[1] == ("None", "None")
    assert shown[2] == ("0.93000000", "0.94000000")
    assert len(cells) == 12
    text = text_of(answer)
    assert "0.94 waits" in text
    assert "USD March 2026" in text
    assert "USD January 2027" in text
    plan = second.get(alpha.page("rates/?kind=plan&year=2026"))
    assert [len(row) for _currency, row in plan.context["rows"]] == [1]


def test_currencies_of_effects_have_a_line_before_they_have_a_rate(
    alpha: House, controller: Client
) -> None:
    empty = text_of(controller.get(alpha.page("rates/")))
    assert "No other currency yet" in empty
    measure = make_planned(alpha)
    add_effect(alpha, measure, currency="CHF")
    add_effect(alpha, measure)
    rows = controller.get(alpha.page("rates/")).context["rows"]
    assert [currency for currency, _cells in rows] == ["CHF"]


@pytest.mark.parametrize("query", ["kind=spot", "year=26", "year=x", "cursor=x"])
def test_an_address_that_means_nothing_is_refused(
    alpha: House, controller: Client, query: str
) -> None:
    assert controller.get(alpha.page(f"rates/?{query}")).status_code == 400


def test_a_table_and_lines_are_proposed_in_one_go(alpha: House, controller: Client) -> None:
    confirmed(alpha, {"USD": {"2026-01": "1.234"}}, RateKind.AVERAGE)
    url = alpha.page("rates/propose/?kind=average&year=2026")
    data = opened(controller, url)
    assert data["rates.USD.2026-01"] == "1.2340"
    assert (controller.post(url, data).status_code, len(stored(alpha))) == (422, 1)
    data["rates.USD.2026-02"] = "0,95"
    data["paste"] = "GBP;2026-01;1,17\nGBP 2025-12 1.18\n"
    assert controller.post(url, data).status_code == 302
    assert stored(alpha)[1:] == [
        ("average", "GBP", "2025-12", "1.18", "proposed"),
        ("average", "GBP", "2026-01", "1.17", "proposed"),
        ("average", "USD", "2026-02", "0.95", "proposed"),
    ]


def test_every_wrong_cell_and_line_is_named_and_nothing_is_kept(
    alpha: House, controller: Client
) -> None:
    confirmed(alpha, {"USD": {"2026-01": "0.9"}}, RateKind.AVERAGE)
    before = stored(alpha)
    url = alpha.page("rates/propose/?kind=average&year=2026")
    data = opened(controller, url)

    def errors(**more: str) -> dict[str, list[str]]:
        answer = controller.post(url, data | {"rates.USD.2026-02": "0.95"} | more)
        assert answer.status_code == 422
        assert stored(alpha) == before
        return dict(answer.context["form"].errors)

    assert "two ways" in errors(**{"rates.USD.2026-03": "1,234"})["rates.USD.2026-03"][0]
    assert "supersedes" in errors(**{"rates.USD.2026-01": ""})["rates.USD.2026-01"][0]
    assert errors(paste="GBP 2026-01 x\nGBP")["paste"] == [
        "Line 1: This is not a rate. Write it like 1.0812.",
        "Line 2: Write a currency, a month and a rate, such as USD 2026-01 0.9251.",
    ]
    assert "in the table and in the lines" in errors(paste="USD 2026-02 1.1")["paste"][0]
    assert errors(paste="EUR 2026-01 1.1\nGBP 2026-13 1")["paste"] == [
        "EUR 2026-01: This is the tenant's own currency; it takes no rate.",
        "GBP 2026-13: Write a month like 2026-01, between 1990 and 2100.",
    ]
    proposed(alpha, {"USD": {"2026-02": "0.9"}}, RateKind.AVERAGE)
    before = stored(alpha)
    assert "waits already" in errors()["rates.USD.2026-02"][0]


def test_a_plan_rate_is_one_field_for_a_shifted_year(alpha: House, controller: Client) -> None:
    Tenant.objects.filter(pk=alpha.tenant.pk).update(fiscal_year_start=4)
    confirmed(alpha, {"USD": {"2025-04": "0.9"}})
    url = alpha.page("rates/propose/?kind=plan&year=2027")
    data = opened(controller, url) | {"rates.USD.2026-04": "0.95"}
    assert controller.post(url, data).status_code == 302
    assert stored(alpha)[1:] == [("plan", "USD", "2026-04", "0.95", "proposed")]
    text = text_of(controller.get(alpha.page("rates/?year=2027")))
    assert "FY27" in text


def decide(client: Client, house: House, action: str, *rows: Rate) -> Any:
    ticks = [str(row.public_id) for row in rows]
    return client.post(house.page("rates/"), {"action": action, "tick": ticks})


def test_a_batch_is_confirmed_by_another_person(
    alpha: House, controller: Client, second: Client
) -> None:
    rows = proposed(alpha, {"USD": {"2026-01": "0.9"}, "GBP": {"2026-01": "1.1"}})
    own = decide(controller, alpha, "confirm", *rows)
    assert own.status_code == 403
    assert "Somebody other than who proposed a rate" in text_of(own)
    assert "checked" in text_of(own)
    assert {state for *_facts, state in stored(alpha)} == {"proposed"}
    assert decide(second, alpha, "confirm", *rows).status_code == 302
    assert {state for *_facts, state in stored(alpha)} == {"confirmed"}
    again = decide(second, alpha, "refuse", *rows)
    assert again.status_code == 409
    assert "do not wait for confirmation any more" in text_of(again)


def test_refusing_and_withdrawing(alpha: House, controller: Client, second: Client) -> None:
    dollars, pounds = proposed(alpha, {"USD": {"2026-01": "0.9"}, "ZAR": {"2026-01": "1"}})
    assert decide(second, alpha, "withdraw", dollars).status_code == 403
    assert decide(second, alpha, "refuse", dollars).status_code == 302
    assert decide(controller, alpha, "withdraw", pounds).status_code == 302
    assert [state for *_facts, state in stored(alpha)] == ["refused", "withdrawn"]


@pytest.mark.parametrize(
    ("data", "status"),
    [
        ({"action": "confirm"}, 302),
        ({"action": "x", "tick": "8c5a5b4e-7a0c-4c1e-9f3c-0d8f4f6f0a11"}, 302),
        ({"action": "confirm", "tick": "x"}, 400),
        ({"action": "confirm", "tick": "8c5a5b4e-7a0c-4c1e-9f3c-0d8f4f6f0a11"}, 404),
    ],
)
def test_a_form_that_nobody_was_shown(
    alpha: House, second: Client, data: dict[str, str], status: int
) -> None:
    proposed(alpha, {"USD": {"2026-01": "0.9"}})
    assert second.post(alpha.page("rates/"), data).status_code == status
    assert [state for *_facts, state in stored(alpha)] == ["proposed"]


def test_readers_see_why_they_may_not_decide(alpha: House) -> None:
    proposed(alpha, {"USD": {"2026-01": "0.9"}})
    answer = alpha.client("executive").get(alpha.page("rates/"))
    text = text_of(answer)
    assert "Exchange rates need the role Controller" in text
    assert 'name="tick"' not in text
    assert alpha.page("rates/propose/") not in text
