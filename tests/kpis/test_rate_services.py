"""Exchange rates: maker and checker, what counts, and the totals that follow (S5, V8)."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, connection

from governance.errors import Conflict, Forbidden, Invalid, NotVisible
from governance.people.choices import Role
from governance.tenancy.models import Tenant
from initiatives.models import Measure
from kpis.choices import EffectKind
from kpis.rates.choices import RateKind
from kpis.rates.models import Rate
from kpis.rates.selectors import converter, foreign_currencies
from kpis.rates.services import rates_confirm, rates_propose, rates_refuse, rates_withdraw
from kpis.rules import Month
from tests.exchange.importing import applied, checked
from tests.houses import House
from tests.kpis.indicating import told
from tests.kpis.making import add_effect, make_planned, plan
from tests.kpis.rating import confirmed, proposed

pytestmark = pytest.mark.django_db
USD = {"USD": {"2026-01": "0.92"}}
GBP = {"GBP": {"2026-01": "1.17"}}
JANUARY = Month(2026, 1)


def fiscal_start(house: House, month: int) -> None:
    Tenant.objects.filter(pk=house.tenant.pk).update(fiscal_year_start=month)


def states(house: House) -> list[str]:
    with house.active():
        return list(Rate.objects.order_by("id").values_list("state", flat=True))


def rate(house: House, kind: RateKind = RateKind.PLAN, month: Month = JANUARY) -> Decimal | None:
    with house.active():
        return converter(kind).rate("USD", month)


def test_a_rate_holds_once_another_person_has_confirmed_it(alpha: House) -> None:
    (row,) = proposed(alpha, USD)
    assert (row.home, row.state, row.decided_by_id) == ("EUR", "proposed", None)
    assert rate(alpha) is None
    with alpha.active(), pytest.raises(Forbidden) as refused:
        rates_confirm(ids=[row.public_id], by=alpha.actor("controller"))
    assert (refused.value.code, refused.value.errors) == ("segregation_of_duties", {"rule": ["S5"]})
    with alpha.active():
        rates_confirm(ids=[row.public_id], by=alpha.actor("head_of_controlling"))
    assert rate(alpha) == Decimal("0.92")
    assert rate(alpha, month=Month(2026, 12)) == Decimal("0.92")
    assert rate(alpha, month=Month(2027, 1)) is None
    assert told(alpha, "plan") == [
        ("rates.proposed", {"USD 2026-01": ("", "0.92")}),
        ("rates.confirmed", {"USD 2026-01": ("", "0.92")}),
    ]


def test_a_later_rate_supersedes_and_history_stays(alpha: House) -> None:
    confirmed(alpha, USD)
    (second,) = confirmed(alpha, {"USD": {"2026-01": "0.95"}})
    assert (rate(alpha), states(alpha)) == (Decimal("0.95"), ["confirmed"] * 2)
    assert told(alpha, "plan")[-1] == ("rates.confirmed", {"USD 2026-01": ("0.92", "0.95")})
    # The one confirmed last counts, whichever was proposed first.
    early = proposed(alpha, USD)
    with alpha.active():
        rates_refuse(ids=[early[0].public_id], by=alpha.actor("second_finance"))
    assert rate(alpha) == second.rate


def test_of_two_proposals_the_one_confirmed_last_counts(alpha: House) -> None:
    first = proposed(alpha, {"USD": {"2026-01": "1"}}, RateKind.AVERAGE)
    confirmed(alpha, {"USD": {"2026-02": "2"}}, RateKind.AVERAGE)
    by = alpha.actor("second_finance")
    with alpha.active():
        rates_confirm(ids=[first[0].public_id], by=by)
    assert rate(alpha, RateKind.AVERAGE) == 1
    assert rate(alpha, RateKind.AVERAGE, Month(2026, 2)) == 2
    assert rate(alpha, RateKind.CLOSING) is None
    assert rate(alpha) is None


def test_many_are_proposed_all_or_none(alpha: House) -> None:
    cells = {
        "USD": {"2026-01": "0.92", "2026-02": "0.93", "2027-01": "-1", "x": "1"},
        "EUR": {"2026-01": "1"},
        "eur": {"2026-01": "1"},
        "GBP": {"2026-01": 1.5},
    }
    with pytest.raises(Invalid) as refused:
        proposed(alpha, cells)
    assert set(refused.value.errors) == {
        "rates.USD.2026-02",
        "rates.USD.2027-01",
        "rates.USD.x",
        "rates.EUR.2026-01",
        "rates.eur.2026-01",
        "rates.GBP.2026-01",
    }
    assert states(alpha) == []
    assert len(proposed(alpha, {"USD": {"2026-01": "1", "2027-01": "2"}, **GBP})) == 3


@pytest.mark.parametrize("cells", [{}, {"USD": {}}])
def test_nothing_is_no_proposal(alpha: House, cells: Any) -> None:
    with pytest.raises(Invalid) as refused:
        proposed(alpha, cells)
    assert set(refused.value.errors) == {"rates"}


def test_a_waiting_proposal_is_decided_before_the_next(alpha: House) -> None:
    proposed(alpha, USD)
    proposed(alpha, USD, RateKind.CLOSING)
    with pytest.raises(Invalid) as refused:
        proposed(alpha, USD | GBP)
    assert set(refused.value.errors) == {"rates.USD.2026-01"}
    assert states(alpha) == ["proposed"] * 2


def test_plan_rates_follow_a_shifted_fiscal_year(alpha: House) -> None:
    fiscal_start(alpha, 4)
    with pytest.raises(Invalid):
        confirmed(alpha, USD)
    confirmed(alpha, {"USD": {"2026-04": "0.9"}})
    assert rate(alpha, month=Month(2026, 3)) is None
    assert rate(alpha, month=Month(2026, 4)) == rate(alpha, month=Month(2027, 3)) == Decimal("0.9")
    assert rate(alpha, month=Month(2027, 4)) is None


def test_another_currency_of_the_tenant_starts_without_rates(alpha: House) -> None:
    confirmed(alpha, USD)
    with alpha.active():
        assert foreign_currencies(Tenant.objects.get(pk=alpha.tenant.pk)) == ["USD"]
    Tenant.objects.filter(pk=alpha.tenant.pk).update(currency="CHF")
    assert rate(alpha) is None


def test_confirming_is_all_or_none(alpha: House) -> None:
    mine = proposed(alpha, USD, who="controller")
    other = proposed(alpha, GBP, who="second_finance")
    ids = [row.public_id for row in (*mine, *other)]
    for who in ("controller", "second_finance"):
        for decide in (rates_confirm, rates_refuse, rates_withdraw):
            with alpha.active(), pytest.raises(Forbidden):
                decide(ids=ids, by=alpha.actor(who))
    assert states(alpha) == ["proposed"] * 2
    by = alpha.actor("head_of_controlling")
    with alpha.active():
        rates_confirm(ids=ids, by=by)
        for decide in (rates_confirm, rates_refuse):
            with pytest.raises(Conflict) as again:
                decide(ids=ids, by=by)
            assert again.value.code == "rate_not_proposed"
        with pytest.raises(NotVisible):
            rates_confirm(ids=[alpha.root.public_id], by=by)
    assert states(alpha) == ["confirmed"] * 2


def test_a_maker_takes_back_and_a_checker_refuses(alpha: House) -> None:
    (row,) = proposed(alpha, USD)
    with alpha.active():
        rates_withdraw(ids=[row.public_id], by=alpha.actor("controller"))
    (row,) = proposed(alpha, USD)
    with alpha.active():
        rates_refuse(ids=[row.public_id], by=alpha.actor("second_finance"))
    assert states(alpha) == ["withdrawn", "refused"]
    assert rate(alpha) is None
    assert [action for action, _cells in told(alpha, "plan")] == [
        *("rates.proposed", "rates.withdrawn", "rates.proposed", "rates.refused")
    ]


@pytest.mark.parametrize("who", ["pmo", "owner", "auditor", "administrator", "guest"])
def test_who_may_neither_propose_nor_confirm(alpha: House, who: str) -> None:
    with pytest.raises(Forbidden):
        proposed(alpha, USD, who=who)
    (row,) = proposed(alpha, USD)
    for decide in (rates_confirm, rates_refuse, rates_withdraw):
        with alpha.active(), pytest.raises(Forbidden):
            decide(ids=[row.public_id], by=alpha.actor(who))


def test_the_product_itself_makes_no_rates(alpha: House) -> None:
    by = alpha.system(Role.CONTROLLER)
    with alpha.active(), pytest.raises(Forbidden):
        rates_propose(kind=RateKind.PLAN, rates=USD, by=by)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE kpis_rate SET rate = 2 WHERE id = %s",
        "UPDATE kpis_rate SET rate = 2, state = 'confirmed' WHERE id = %s",
        "UPDATE kpis_rate SET proposed_by_id = decided_by_id WHERE id = %s",
        "UPDATE kpis_rate SET month = '2027-01-01' WHERE id = %s",
        "DELETE FROM kpis_rate WHERE id = %s",
    ],
)
@pytest.mark.parametrize("make", [confirmed, proposed])
def test_no_statement_changes_a_rate(alpha: House, statement: str, make: Any) -> None:
    (row,) = make(alpha, USD)
    with pytest.raises(DatabaseError) as refused, alpha.active(), connection.cursor() as cursor:
        cursor.execute(statement, [row.pk])
    assert "a rate is never changed" in str(refused.value)


# --- the sortable plan total (V8) ---------------------------------------------------------------


def total(house: House, measure: Measure) -> Decimal:
    with house.active():
        return Decimal(Measure.objects.get(pk=measure.pk).value_minor) / 10_000


def test_a_plan_rate_brings_other_currencies_into_the_sortable_total(alpha: House) -> None:
    measure = make_planned(alpha)
    plan(alpha, add_effect(alpha, measure), {"2026-01": "100"})
    dollars = add_effect(alpha, measure, currency="USD")
    cost = add_effect(alpha, measure, kind=EffectKind.RUNNING_COST, currency="USD")
    plan(alpha, dollars, {"2026-03": "50", "2027-01": "1000"})
    plan(alpha, cost, {"2026-03": "7"})
    assert total(alpha, measure) == 100
    confirmed(alpha, {"USD": {"2026-01": "0.5"}}, RateKind.CLOSING)
    assert total(alpha, measure) == 100
    confirmed(alpha, {"USD": {"2026-01": "0.9"}})
    assert total(alpha, measure) == 145
    plan(alpha, dollars, {"2026-03": "100"})
    assert total(alpha, measure) == 190
    confirmed(alpha, {"USD": {"2026-01": "0.8", "2027-01": "0.1"}})
    assert total(alpha, measure) == 280


def test_an_import_counts_what_has_a_plan_rate(alpha: House) -> None:
    make_planned(alpha)
    confirmed(alpha, {"USD": {"2026-01": "0.9"}})
    head = "name,project,metric,kind,currency,2026-01"
    content = f"{head}\nNew,{alpha.project.code},EBITDA,recurring,USD,10\n"
    with alpha.active():
        by = alpha.actor("pmo")
        applied(checked(content.encode(), "measures", by=by), by=by)
        measure = Measure.objects.get(name="New")
    assert total(alpha, measure) == 9


def test_reading_rates_takes_one_query(alpha: House, django_assert_num_queries: Any) -> None:
    confirmed(alpha, {"USD": {f"2026-{n:02d}": "1" for n in range(1, 13)}}, RateKind.AVERAGE)
    with alpha.active():
        tenant = Tenant.objects.get(pk=alpha.tenant.pk)
        with django_assert_num_queries(1):
            found = converter(RateKind.AVERAGE, tenant)
            assert found.rate("USD", Month(2026, 12)) == 1
