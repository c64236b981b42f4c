"""Closing months: by hand, by date, and what a closed one still takes (V4)."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from governance.audit.models import AuditEvent
from governance.calendars.selectors import today_of
from governance.errors import Conflict, Forbidden, Invalid
from governance.people.choices import Role
from kpis.actuals.choices import MonthState, Outcome
from kpis.actuals.models import Claim
from kpis.figures.selectors import clock_of
from kpis.models import Effect
from kpis.periods.choices import PeriodState
from kpis.periods.models import Period
from kpis.periods.selectors import claim_counts, closing_of, last_closed_of
from kpis.periods.services import period_lock, period_reopen, period_submit, periods_settle
from kpis.rules import Month
from kpis.tasks import settle_periods
from tests.houses import House
from tests.kpis.actual_making import claim, facts, judge, now, refused, second
from tests.kpis.settling import decided_effect, settled

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("open_stages")]
FAR = {"claim_day": 60, "validation_day": 60}


@pytest.fixture
def effect(alpha: House) -> Iterator[Effect]:
    """An effect of a decided measure, in a tenant whose months stay open for long."""
    settled(alpha, closes_from=now(alpha, back=2), **FAR)
    return decided_effect(alpha)


def lock(house: House, month: Month, name: str = "controller") -> Period:
    with house.active():
        return period_lock(month=month, by=house.actor(name))


def submit(house: House, month: Month, name: str = "controller") -> Period:
    with house.active():
        return period_submit(month=month, by=house.actor(name))


def reopen(house: House, month: Month, reason: str = "Two claims came late.") -> Period:
    with house.active():
        return period_reopen(month=month, reason=reason, by=house.actor("second_finance"))


def state(house: House, month: Month) -> PeriodState:
    with house.active():
        return closing_of().state(month, today_of(house.tenant))


def test_a_submitted_month_takes_verdicts_and_no_claims(alpha: House, effect: Effect) -> None:
    month = now(alpha, back=2)
    claim(alpha, effect, {month: "5"})
    row = submit(alpha, month)
    assert (row.state, row.changed_by_id) == ("submitted", alpha.people["controller"].pk)
    for amount in ("6", None):
        error = refused(
            alpha, Conflict, "period_submitted", lambda a=amount: claim(alpha, effect, {month: a})
        )
        assert list(error.errors) == [f"cells.{month}"]
    judge(alpha, effect, month, Outcome.REJECTED, reason="Not in the books.")
    refused(alpha, Conflict, "period_submitted", lambda: claim(alpha, effect, {month: "4"}))
    assert reopen(alpha, month).reason == "Two claims came late."
    claim(alpha, effect, {month: "4"})
    assert facts(alpha, effect, month).state is MonthState.CLAIMED


def test_a_locked_month_takes_a_claim_as_it_was_made_and_nothing_else(
    alpha: House, effect: Effect
) -> None:
    month, upwards = now(alpha, back=2), now(alpha, back=1)
    claim(alpha, effect, {month: "5", upwards: "5"})
    waits = judge(alpha, effect, upwards, Outcome.ADJUSTED, amount="7", reason="More came.")
    lock(alpha, month)
    lock(alpha, upwards)
    refused(alpha, Conflict, "period_closed", lambda: claim(alpha, effect, {month: "6"}))
    adjusted = {"outcome": Outcome.ADJUSTED, "amount": "4", "reason": "x"}
    rejected = {"outcome": Outcome.REJECTED, "reason": "x"}
    for verdict in (adjusted, rejected):
        refused(
            alpha,
            Conflict,
            "period_closed",
            lambda v=verdict: judge(alpha, effect, month, **v),
        )
    refused(alpha, Conflict, "period_closed", lambda: second(alpha, waits))
    judge(alpha, effect, month)
    assert facts(alpha, effect, month).validated == 5
    refused(alpha, Conflict, "period_closed", lambda: reopen(alpha, month))
    refused(alpha, Conflict, "period_closed", lambda: lock(alpha, month))


def test_one_closed_month_refuses_the_whole_claim(alpha: House, effect: Effect) -> None:
    first, second_month = now(alpha, back=2), now(alpha, back=1)
    lock(alpha, first)
    submit(alpha, second_month)
    cells = {first: "1", second_month: "1", now(alpha): "1"}
    error = refused(alpha, Conflict, "period_closed", lambda: claim(alpha, effect, cells))
    assert sorted(error.errors) == [f"cells.{first}", f"cells.{second_month}"]


def test_months_lock_in_their_order_once_over_and_only_where_they_are_kept(alpha: House) -> None:
    settled(alpha, closes_from=now(alpha, back=2), **FAR)
    for back, code in ((0, "period_not_over"), (1, "period_out_of_order"), (3, "period_not_kept")):
        refused(alpha, Conflict, code, lambda b=back: lock(alpha, now(alpha, back=b)))
    submit(alpha, now(alpha, back=1))
    refused(alpha, Conflict, "period_not_open", lambda: submit(alpha, now(alpha, back=1)))
    refused(alpha, Conflict, "period_not_submitted", lambda: reopen(alpha, now(alpha, back=2)))
    refused(alpha, Invalid, "invalid", lambda: reopen(alpha, now(alpha, back=1), " "))
    lock(alpha, now(alpha, back=2))
    lock(alpha, now(alpha, back=1))
    with alpha.active():
        assert last_closed_of(alpha.tenant) == now(alpha, back=1)
        assert clock_of(alpha.tenant).latest == now(alpha, back=1)


def test_figures_count_to_the_last_locked_month(alpha: House) -> None:
    settled(alpha, closes_from=now(alpha, back=2), **FAR)
    with alpha.active():
        assert clock_of(alpha.tenant).latest == now(alpha, back=3)
    lock(alpha, now(alpha, back=2))
    with alpha.active():
        assert clock_of(alpha.tenant).latest == now(alpha, back=2)


@pytest.mark.parametrize("role", Role)
def test_only_finance_closes_months(alpha: House, role: Role) -> None:
    settled(alpha, closes_from=now(alpha, back=2), **FAR)
    finance = {Role.CONTROLLER, Role.SECOND_FINANCE, Role.HEAD_OF_CONTROLLING}
    if role in finance:
        submit(alpha, now(alpha, back=2), role.value)
        return
    refused(alpha, Forbidden, "forbidden", lambda: submit(alpha, now(alpha, back=2), role.value))


def test_what_is_due_by_date_is_refused_and_then_written_down(alpha: House) -> None:
    effect, month = decided_effect(alpha), now(alpha, back=4)
    claim(alpha, effect, {month: "5"})
    settled(alpha, closes_from=month, claim_day=1, validation_day=1)
    assert state(alpha, month) is PeriodState.LOCKED
    refused(alpha, Conflict, "period_closed", lambda: claim(alpha, effect, {month: "6"}))
    settle_periods()
    assert settle_periods() == 0
    with alpha.active():
        rows = {row.month: row for row in Period.objects.order_by("month")}
        assert min(rows) == month.first_day
        assert {(row.state, row.changed_by_id) for row in list(rows.values())[:3]} == {
            ("locked", None)
        }
        events = AuditEvent.objects.filter(action="period.locked", subject_key=str(month))
        assert events.count() == 1
        with pytest.raises(IntegrityError, match="claims of this month"), transaction.atomic():
            Claim.objects.create(
                effect=effect,
                month=month.first_day,
                amount=1,
                claimed_by=alpha.people["owner"],
            )


def test_what_was_due_stays_closed_under_later_settings(alpha: House) -> None:
    month = now(alpha, back=4)
    settled(alpha, closes_from=month, claim_day=1, validation_day=1)
    assert state(alpha, month) is PeriodState.LOCKED
    settled(alpha, closes_from=month, **FAR)
    assert state(alpha, month) is PeriodState.LOCKED
    settled(alpha)
    assert state(alpha, month) is PeriodState.LOCKED


def test_settling_writes_claims_that_ended(alpha: House) -> None:
    month = now(alpha, back=4)
    settled(alpha, closes_from=month, claim_day=1, validation_day=60)
    with alpha.active():
        written = periods_settle(by=alpha.system())
        assert written
        assert state(alpha, month) in {PeriodState.SUBMITTED, PeriodState.LOCKED}


def test_through_the_api(alpha: House, effect: Effect) -> None:
    month, finance = now(alpha, back=2), alpha.caller("controller")
    claim(alpha, effect, {month: "5"})
    listed = finance.get("periods/").json()
    shown = [str(now(alpha, back=back)) for back in range(3)]
    assert [row["month"] for row in listed["results"]] == shown
    assert (listed["earlier"], listed["results"][2]["claims"]["waiting"]) == (None, 1)
    assert finance.get("periods/", {"until": str(now(alpha, back=3))}).json()["results"] == []
    done = finance.post(f"periods/{month}/submit/", {})
    assert (done.status_code, done.json()["state"]) == (200, "submitted")
    assert done.json()["changed_by"]["name"] == "Controller"
    wrong = finance.post(f"periods/{month}/reopen/", {"reason": ""})
    assert (wrong.status_code, list(wrong.json()["errors"])) == (400, ["reason"])
    again = finance.post(f"periods/{month}/reopen/", {"reason": "Late bills."})
    assert (again.json()["state"], again.json()["reason"]) == ("open", "Late bills.")
    locked = finance.post(f"periods/{month}/lock/", {})
    assert (locked.status_code, locked.json()["state"]) == (200, "locked")
    late = finance.post(f"periods/{month}/reopen/", {"reason": "Too late."})
    assert (late.status_code, late.json()["code"]) == (409, "period_closed")
    assert finance.post("periods/2026-13/lock/", {}).status_code == 404
    assert finance.post("periods/1999-01/lock/", {}).json()["code"] == "period_not_kept"


def test_through_the_pages(alpha: House, effect: Effect) -> None:
    month, finance = now(alpha, back=2), alpha.client("controller")
    claim(alpha, effect, {month: "5", now(alpha, back=1): "6"})
    page, actuals = alpha.page("periods/"), alpha.page(f"effects/{effect.public_id}/actuals/")
    assert [r.may_lock for r in finance.get(page).context["rows"]] == [False, False, True]
    assert not any(r.may_submit for r in alpha.client("owner").get(page).context["rows"])
    assert finance.post(alpha.page(f"periods/{month}/submit/"), {}).status_code == 302
    assert finance.get(alpha.page(f"periods/{month}/reopen/")).status_code == 200
    assert finance.post(alpha.page(f"periods/{month}/reopen/"), {}).status_code == 422
    data = {"reason": "Two claims came late."}
    assert finance.post(alpha.page(f"periods/{month}/reopen/"), data).status_code == 302
    assert finance.post(alpha.page(f"periods/{month}/lock/"), {}).status_code == 302
    lines = {line.month: line for line in finance.get(actuals).context["lines"]}
    assert lines[str(month)].period_label == "Locked"
    assert [key for key, _label in lines[str(month)].form.fields["outcome"].choices] == [
        "",
        "validated",
    ]
    offered = alpha.client("owner").get(actuals).context["form"].current
    assert str(month) not in offered
    assert str(now(alpha)) in offered


def test_without_settings_the_page_says_what_to_do(alpha: House) -> None:
    answer = alpha.client("controller").get(alpha.page("periods/"))
    assert "No month closes yet" in answer.content.decode()


def test_claims_are_counted_by_what_became_of_them(alpha: House, effect: Effect) -> None:
    month, other = now(alpha, back=2), now(alpha, back=1)
    claim(alpha, effect, {month: "5", other: "5"})
    judge(alpha, effect, month)
    judge(alpha, effect, other, Outcome.REJECTED, reason="x")
    with alpha.active():
        found: Any = claim_counts(alpha.actor("controller"), since=month, until=now(alpha))
        assert (found[month].waiting, found[month].validated, found[month].rejected) == (0, 1, 0)
        assert (found[other].waiting, found[other].rejected) == (0, 1)
    claim(alpha, effect, {other: "4"})
    judge(alpha, effect, other, Outcome.ADJUSTED, amount="6", reason="x")
    with alpha.active():
        found = claim_counts(alpha.actor("controller"), since=month, until=now(alpha))
        assert (found[other].waiting, found[other].rejected) == (1, 0)
