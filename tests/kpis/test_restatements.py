"""Restating locked months: proposed and approved by two of finance, then counted (V4, S2, S8)."""

from decimal import Decimal
from typing import Any

import pytest

from governance.audit.models import AuditEvent
from governance.errors import Conflict, Forbidden, Invalid
from kpis.actuals.choices import Outcome
from kpis.actuals.facts import holdings_of
from kpis.figures.selectors import measure_facts
from kpis.models import Effect, ValueYear
from kpis.periods.services import period_lock
from kpis.restatements.models import Restatement
from kpis.restatements.selectors import restated_of
from kpis.restatements.services import (
    RestatementDraft,
    restatement_approve,
    restatement_propose,
    restatement_refuse,
    restatement_withdraw,
)
from kpis.rules import Month
from tests.houses import House
from tests.initiatives.making import reloaded
from tests.kpis.actual_making import changed, claim, fresh, judge, named, now, refused
from tests.kpis.settling import decided_effect, settled
from tests.kpis.staging import moved

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("open_stages")]
FAR = {"claim_day": 60, "validation_day": 60}


@pytest.fixture
def effect(alpha: House) -> Effect:
    """An effect with two validated months, the first of them locked."""
    settled(alpha, closes_from=now(alpha, back=2), **FAR)
    row = decided_effect(alpha)
    months = {now(alpha, back=2): "100", now(alpha, back=1): "50"}
    claim(alpha, row, months)
    for month in months:
        judge(alpha, row, month)
    lock(alpha, now(alpha, back=2))
    return row


def lock(house: House, month: Month) -> None:
    with house.active():
        period_lock(month=month, by=house.actor("controller"))


def draft(house: House, **fields: Any) -> RestatementDraft:
    given = {
        "month": str(now(house, back=2)),
        "booked_in": str(now(house)),
        "delta": "-20",
        "reason": "Two invoices were booked twice.",
    }
    return RestatementDraft(**given | fields)


def propose(house: House, effect: Effect, who: str = "controller", **fields: Any) -> Restatement:
    row = fresh(house, effect)
    with house.active():
        return restatement_propose(effect=row, draft=draft(house, **fields), by=house.actor(who))


def approve(house: House, row: Restatement, who: str = "second_finance") -> Restatement:
    with house.active():
        return restatement_approve(restatement=row, by=house.actor(who))


def validated(house: House, effect: Effect, **how: bool) -> dict[str, Decimal]:
    """The validated months of the one effect of its measure, as figures read them."""
    with house.active():
        measure = reloaded(house, fresh(house, effect).measure)
        (facts,) = measure_facts(measure, house.tenant, **how).effects
        return {str(month): amount for month, amount in facts.validated.items()}


def test_an_approved_restatement_counts_now_and_not_as_published(
    alpha: House, effect: Effect
) -> None:
    month, other = str(now(alpha, back=2)), str(now(alpha, back=1))
    row = propose(alpha, effect)
    assert (row.state, row.proposed_by_id) == ("proposed", alpha.people["controller"].pk)
    assert validated(alpha, effect) == {month: 100, other: 50}
    done = approve(alpha, row)
    assert (done.state, done.decided_by_id) == ("approved", alpha.people["second_finance"].pk)
    assert validated(alpha, effect) == {month: 80, other: 50}
    assert validated(alpha, effect, as_published=True) == {month: 100, other: 50}
    approve(alpha, propose(alpha, effect, delta="5"))
    assert validated(alpha, effect)[month] == 85
    with alpha.active():
        assert restated_of([effect]) == {effect.pk: {now(alpha, back=2): Decimal(-15)}}
        (holding,) = holdings_of(fresh(alpha, effect).measure)
        assert holding.accepted[now(alpha, back=2)] == 85
        actions = AuditEvent.objects.filter(action__startswith="restatement.").order_by("id")
        assert [event.action for event in actions][:2] == [
            "restatement.proposed",
            "restatement.approved",
        ]


def test_a_month_without_an_amount_is_restated_from_nothing(alpha: House) -> None:
    month = now(alpha, back=2)
    settled(alpha, closes_from=month, **FAR)
    effect = decided_effect(alpha)
    lock(alpha, month)
    approve(alpha, propose(alpha, effect, delta="7.5"))
    assert validated(alpha, effect) == {str(month): Decimal("7.5")}
    assert validated(alpha, effect, as_published=True) == {}
    with alpha.active():
        # The year row that sums of the database find the delta by.
        assert ValueYear.objects.filter(effect=effect, series="actual_validated").count() == 1


def test_who_proposed_does_not_decide(alpha: House, effect: Effect) -> None:
    row = propose(alpha, effect)
    by = alpha.actor("controller")
    for decide in (restatement_approve, restatement_refuse):
        error = refused(
            alpha,
            Forbidden,
            "segregation_of_duties",
            lambda d=decide: d(restatement=row, by=by),
        )
        assert error.errors == {"rule": ["S8"]}
    other = alpha.actor("second_finance")
    refused(
        alpha,
        Forbidden,
        "restatement_of_another",
        lambda: restatement_withdraw(restatement=row, by=other),
    )


def test_owners_and_claimants_of_finance_restate_nothing(alpha: House, effect: Effect) -> None:
    """S2 and S4: for who proposes and for who approves."""
    row = propose(alpha, effect)
    changed(alpha, effect, owner=alpha.people["second_finance"])
    error = refused(alpha, Forbidden, "segregation_of_duties", lambda: approve(alpha, row))
    assert error.errors == {"rule": ["S2"]}
    error = refused(
        alpha,
        Forbidden,
        "segregation_of_duties",
        lambda: propose(alpha, effect, "second_finance", delta="1"),
    )
    assert error.errors == {"rule": ["S2"]}
    for who in ("owner", "pmo", "administrator", "executive"):
        refused(alpha, Forbidden, "forbidden", lambda w=who: propose(alpha, effect, w))


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"month": "soon", "booked_in": ""}, ["month", "booked_in"]),
        ({"delta": "0"}, ["delta"]),
        ({"delta": "0.001"}, ["delta"]),
        ({"delta": "x", "reason": " "}, ["delta", "reason"]),
        ({"delta": "999999999999999"}, ["delta"]),
        ({"booked_in": "2100-01"}, ["booked_in"]),
        ({"booked_in": "2000-01"}, ["booked_in"]),
    ],
)
def test_what_cannot_be_kept_is_refused_by_field(
    alpha: House, effect: Effect, fields: dict[str, Any], wrong: list[str]
) -> None:
    error = refused(alpha, Invalid, "invalid", lambda: propose(alpha, effect, **fields))
    assert list(error.errors) == wrong


def test_only_a_locked_month_without_a_waiting_claim_is_restated(alpha: House) -> None:
    month = now(alpha, back=2)
    settled(alpha, closes_from=month, **FAR)
    effect = decided_effect(alpha)
    claim(alpha, effect, {month: "5"})
    refused(alpha, Conflict, "period_not_locked", lambda: propose(alpha, effect))
    lock(alpha, month)
    refused(alpha, Conflict, "claim_waits", lambda: propose(alpha, effect))
    judge(alpha, effect, month)
    propose(alpha, effect)


def test_an_adjustment_nobody_signed_in_time_can_be_restated(alpha: House) -> None:
    month = now(alpha, back=2)
    settled(alpha, closes_from=month, **FAR)
    effect = decided_effect(alpha)
    claim(alpha, effect, {month: "5"})
    judge(alpha, effect, month, Outcome.ADJUSTED, amount="7", reason="More came.")
    lock(alpha, month)
    approve(alpha, propose(alpha, effect, delta="7"))
    assert validated(alpha, effect) == {str(month): 7}


def test_one_proposal_waits_for_a_month_and_is_decided_once(alpha: House, effect: Effect) -> None:
    row = propose(alpha, effect)
    refused(alpha, Conflict, "restatement_waits", lambda: propose(alpha, effect, delta="3"))
    with alpha.active():
        gone = restatement_withdraw(restatement=row, by=alpha.actor("controller"))
    assert gone.state == "withdrawn"
    refused(alpha, Conflict, "restatement_not_proposed", lambda: approve(alpha, row))
    second = propose(alpha, effect, delta="3")
    with alpha.active():
        restatement_refuse(restatement=second, by=alpha.actor("second_finance"))
    assert validated(alpha, effect)[str(now(alpha, back=2))] == 100


def test_it_is_not_approved_once_its_booking_month_has_locked(alpha: House, effect: Effect) -> None:
    row = propose(alpha, effect, booked_in=str(now(alpha, back=1)))
    lock(alpha, now(alpha, back=1))
    refused(alpha, Conflict, "booking_closed", lambda: approve(alpha, row))


def test_a_month_due_by_date_is_restated_before_the_calendar_wrote_it_down(alpha: House) -> None:
    effect = decided_effect(alpha)
    settled(alpha, closes_from=now(alpha, back=4), claim_day=1, validation_day=1)
    row = propose(alpha, effect, month=str(now(alpha, back=4)), delta="1")
    assert row.state == "proposed"


def test_a_measure_on_hold_is_not_restated(alpha: House, effect: Effect) -> None:
    measure = named(alpha, fresh(alpha, effect).measure)
    moved(alpha, measure, overlay="on_hold")
    refused(alpha, Conflict, "measure_on_hold", lambda: propose(alpha, effect))


def test_through_the_api(alpha: House, effect: Effect) -> None:
    finance, second = alpha.caller("controller"), alpha.caller("second_finance")
    body = {
        "month": str(now(alpha, back=2)),
        "booked_in": str(now(alpha)),
        "delta": "-20.00",
        "reason": "Two invoices were booked twice.",
    }
    address = f"effects/{effect.public_id}/restatements/"
    wrong = finance.post(address, body | {"delta": "0", "month": "soon"})
    assert (wrong.status_code, sorted(wrong.json()["errors"])) == (400, ["delta", "month"])
    assert finance.post(address, body | {"month": str(now(alpha))}).json()["code"] == (
        "period_not_locked"
    )
    made = finance.post(address, body)
    assert (made.status_code, made.json()["delta"], made.json()["decided_by"]) == (
        201,
        "-20.00",
        None,
    )
    one = f"restatements/{made.json()['id']}/"
    assert finance.post(f"{one}approve/", {}).json()["errors"] == {"rule": ["S8"]}
    assert second.post(f"{one}withdraw/", {}).json()["code"] == "restatement_of_another"
    done = second.post(f"{one}approve/", {})
    assert (done.status_code, done.json()["state"]) == (200, "approved")
    assert second.post(f"{one}refuse/", {}).json()["code"] == "restatement_not_proposed"
    listed = second.get("restatements/", {"state": "approved"}).json()["results"]
    assert [row["id"] for row in listed] == [made.json()["id"]]
    assert second.get("restatements/", {"state": "proposed"}).json()["results"] == []


def test_through_the_pages(alpha: House, effect: Effect) -> None:
    finance, second = alpha.client("controller"), alpha.client("second_finance")
    month = str(now(alpha, back=2))
    actuals = alpha.page(f"effects/{effect.public_id}/actuals/")
    lines = {line.month: line for line in finance.get(actuals).context["lines"]}
    url = lines[month].restate_url
    assert url.endswith(f"/restate/?month={month}")
    owner = alpha.client("owner").get(actuals).context["lines"]
    assert {line.restate_url for line in owner} == {""}
    form = finance.get(url).context["form"]
    assert [key for key, _label in form.fields["month"].choices] == [month]
    data = {"month": month, "booked_in": str(now(alpha)), "delta": "-20.00", "reason": "Twice."}
    wrong = finance.post(url, data | {"delta": "", "month": "2026-13"})
    assert (wrong.status_code, sorted(wrong.context["form"].errors)) == (422, ["delta", "month"])
    assert finance.post(url, data).status_code == 302
    again = finance.post(url, data)
    assert again.status_code == 422
    assert "waits already" in again.content.decode()
    page = alpha.page("restatements/")
    (row,) = finance.get(page).context["rows"]
    assert (row.may_decide, row.may_withdraw) == (False, True)
    (row,) = second.get(page).context["rows"]
    assert (row.may_decide, row.may_withdraw) == (True, False)
    approve_url = alpha.page(f"restatements/{row.restatement.public_id}/approve/")
    assert second.get(approve_url).status_code == 200
    assert second.post(approve_url).status_code == 302
    assert "restated by" in finance.get(actuals).content.decode()
    assert second.get(f"{page}?state=approved").context["rows"]


def test_an_empty_list_says_what_to_do(alpha: House) -> None:
    answer = alpha.client("controller").get(alpha.page("restatements/"))
    assert "No restatement" in answer.content.decode()
