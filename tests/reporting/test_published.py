"""Restatements in measures, nodes and their months: counted now, left out as published (V4)."""

from typing import Any

import pytest

from kpis.models import Effect
from kpis.periods.services import period_lock
from kpis.restatements.services import restatement_approve, restatement_propose
from reporting.services import values_verify
from tests.houses import House
from tests.kpis.actual_making import claim, fresh, judge, now
from tests.kpis.settling import decided_effect, settled
from tests.kpis.test_restatements import draft

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("open_stages")]


@pytest.fixture
def effect(alpha: House) -> Effect:
    """A locked month validated at 100 and restated by -20, and one restated from nothing by 7."""
    months = [now(alpha, back=2), now(alpha, back=1)]
    settled(alpha, closes_from=months[0], claim_day=60, validation_day=60)
    effect = decided_effect(alpha)
    claim(alpha, effect, {months[1]: "100"})
    judge(alpha, effect, months[1])
    for month, delta in zip(months, ("7", "-20"), strict=True):
        with alpha.active():
            period_lock(month=month, by=alpha.actor("controller"))
            row = restatement_propose(
                effect=fresh(alpha, effect),
                draft=draft(alpha, month=str(month), delta=delta),
                by=alpha.actor("controller"),
            )
            restatement_approve(restatement=row, by=alpha.actor("second_finance"))
    return effect


def test_figures_of_a_measure(alpha: House, effect: Effect) -> None:
    caller, address = alpha.caller("executive"), f"measures/{effect.measure.code}/figures/"

    def to_date(query: dict[str, Any]) -> tuple[bool, str]:
        body = caller.get(address, query).json()
        (line,) = body["lines"]
        return body["as_published"], line["amounts"]["validated_to_date"]

    assert to_date({}) == to_date({"as": "current"}) == (False, "87")
    assert to_date({"as": "published"}) == (True, "100")
    assert caller.get(address, {"as": "x"}).status_code == 400


def test_roll_ups_and_their_months(alpha: House, effect: Effect) -> None:
    caller, address = alpha.caller("executive"), f"roll-ups/{alpha.slug}/"
    first, last = str(now(alpha, back=2)), str(now(alpha, back=1))
    body = caller.get(address).json()
    assert body["validated_to_date"]["recurring"] == "87"
    assert body["months"]["actual_validated"] == {first: "7.0000", last: "80.0000"}
    body = caller.get(address, {"as": "published"}).json()
    assert (body["as_published"], body["validated_to_date"]["recurring"]) == (True, "100")
    assert body["months"]["actual_validated"] == {last: "100.0000"}


def test_pages_offer_both_where_something_was_restated(alpha: House, effect: Effect) -> None:
    client = alpha.client("executive")
    code = effect.measure.code
    for path in (f"measures/{code}/values/", "portfolio/", f"totals/{alpha.slug}/"):
        page = client.get(alpha.page(path))
        assert page.status_code == 200, path
        now_tab, published = page.context["view_tabs"]
        assert (now_tab.is_current, published.is_current) == (True, False)
        other = client.get(published.url)
        assert [tab.is_current for tab in other.context["view_tabs"]] == [False, True]
        assert client.get(f"{alpha.page(path)}?as=x").status_code in {400, 422}


def test_without_a_restatement_there_is_nothing_to_choose(alpha: House) -> None:
    effect = decided_effect(alpha)
    page = alpha.client("executive").get(alpha.page(f"measures/{effect.measure.code}/values/"))
    assert page.context["view_tabs"] == []


def test_the_nightly_check_finds_no_difference(alpha: House, effect: Effect) -> None:
    with alpha.active():
        assert values_verify(tenant=alpha.tenant, by=alpha.system()) is None
