"""Who is told what of requests and conditions: whom it concerns, once, and within the rules."""

import pytest

from approvals.asked import people_asked
from approvals.choices import Outcome
from approvals.models import ApprovalBar, ApprovalCondition, ApprovalRequest, ApprovalStep
from approvals.services.delegations import DelegationDraft, delegation_give
from approvals.services.requests import request_withdraw
from governance.notifications.choices import Delivery
from governance.notifications.models import Notification
from governance.notifications.registry import reason, render
from initiatives.gates.notices import CONDITION_SET, DECIDED, KINDS, OPENED, REMINDED
from initiatives.gates.telling import lapse_tell, reminder_tell, request_tell
from tests.houses import House
from tests.initiatives.gates.short import asked, in_days, short_model, staffed, voted


@pytest.fixture
def request_open(in_alpha: House) -> ApprovalRequest:
    short_model(in_alpha)
    return asked(in_alpha, staffed(in_alpha))


def told(kind: str) -> list[str]:
    """Who was told something of a kind, by name."""
    rows = Notification.objects.filter(kind=kind).select_related("recipient__user")
    return sorted(row.recipient.name for row in rows)


def step_of(request: ApprovalRequest) -> ApprovalStep:
    return ApprovalStep.objects.select_related("request__place").get(request=request)


def test_whoever_is_asked_is_told_once(in_alpha: House, request_open: ApprovalRequest) -> None:
    by = in_alpha.system()
    assert request_tell(request_id=request_open.public_id, by=by) == 1
    assert request_tell(request_id=request_open.public_id, by=by) == 0
    assert told(OPENED) == ["Sponsor"]
    row = Notification.objects.get(kind=OPENED)
    assert row.delivery == Delivery.AT_ONCE
    said = render(row.kind, row.known_params)
    assert said.title == f"{request_open.subject_code}: your decision is asked for"
    assert "Asked by Owner." in said.lines
    assert said.path == f"gate-requests/{request_open.public_id}/"
    assert in_alpha.client("sponsor").get(f"/t/{in_alpha.slug}/{said.path}").status_code == 200


def test_a_rule_that_keeps_somebody_out_keeps_the_notice_away(
    in_alpha: House, request_open: ApprovalRequest
) -> None:
    ApprovalBar.objects.create(
        request=request_open, membership=in_alpha.people["sponsor"], rule="S2", reason="x"
    )
    assert people_asked(step_of(request_open)) == []
    assert request_tell(request_id=request_open.public_id, by=in_alpha.system()) == 0


def test_a_delegate_is_told_as_well(in_alpha: House, request_open: ApprovalRequest) -> None:
    draft = DelegationDraft(in_alpha.people["pmo"], in_alpha.program, in_days(0), in_days(5))
    delegation_give(draft=draft, by=in_alpha.actor("sponsor"))
    names = {person.name for person in people_asked(step_of(request_open))}
    assert {"Sponsor"} < names
    request_tell(request_id=request_open.public_id, by=in_alpha.system())
    assert set(told(OPENED)) == names


def test_a_decision_reaches_who_waits_and_ends_what_was_asked(
    in_alpha: House, request_open: ApprovalRequest
) -> None:
    by = in_alpha.system()
    request_tell(request_id=request_open.public_id, by=by)
    reminder_tell(step_id=step_of(request_open).public_id, by=by)
    assert told(REMINDED) == ["Sponsor"]
    voted(in_alpha, request_open, Outcome.CONDITIONAL_GO, conditions=1)
    assert request_tell(request_id=request_open.public_id, by=by) == 2
    assert told(DECIDED) == told(CONDITION_SET) == ["Owner"]
    left = Notification.objects.filter(kind__in=[OPENED, REMINDED], read_at__isnull=True)
    assert not left.exists(), "nobody is asked any more"
    row = Notification.objects.get(kind=DECIDED)
    assert "Go with conditions" in render(row.kind, row.known_params).title
    condition = ApprovalCondition.objects.get()
    assert lapse_tell(condition_id=condition.public_id, by=by) == 2
    assert reminder_tell(step_id=step_of(request_open).public_id, by=by) == 0


def test_a_request_taken_back_asks_nobody(in_alpha: House, request_open: ApprovalRequest) -> None:
    by = in_alpha.system()
    request_tell(request_id=request_open.public_id, by=by)
    request_withdraw(request=request_open, comment="", by=in_alpha.actor("owner"))
    assert request_tell(request_id=request_open.public_id, by=by) == 0
    assert Notification.objects.get().read_at is not None


def test_every_kind_tells_why(in_alpha: House, request_open: ApprovalRequest) -> None:
    params = {
        "code": "M-1",
        "name": "Name",
        "transition": "T1",
        "request": "x",
        "asked_by": "Owner",
        "due": "2026-01-31",
        "outcome": "go",
        "text": "Text",
    }
    for kind in KINDS:
        said = kind.render(params)
        assert "M-1" in said.title
        assert said.path
        assert reason(kind.code, params).startswith("You get this because you ")
