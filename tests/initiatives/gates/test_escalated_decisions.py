"""Answers that do not come: who hears of it, who may answer, and that silence decides nothing."""

from datetime import timedelta

import pytest
from django.utils import timezone

from approvals.choices import Outcome, RequestState
from approvals.escalations.models import Escalation, EscalationReceiver
from approvals.escalations.services.running import escalations_run
from approvals.models import ApprovalBar, ApprovalDecision, ApprovalRequest, ApprovalStep
from approvals.services.clocks import clocks_run
from approvals.services.votes import VoteDraft, vote_cast
from governance.people.choices import Role
from governance.permissions.selectors import system_actor
from governance.tree.models import Node
from governance.tree.services import node_change
from initiatives.choices import Stage
from initiatives.models import Measure
from tests.houses import House
from tests.initiatives.gates.short import asked, in_days, short_model, staffed, voted

pytestmark = pytest.mark.django_db


def led_by(house: House, who: str) -> None:
    row = Node.objects.get(pk=house.package.pk)
    fields = {"owner": house.people[who]}
    node_change(node=row, seen_version=row.version, fields=fields, by=house.system(Role.PMO))


@pytest.fixture
def request_open(in_alpha: House) -> ApprovalRequest:
    """The owner asked the sponsor, who has five business days."""
    short_model(in_alpha)
    return asked(in_alpha, staffed(in_alpha))


def later(house: House, days: int) -> int:
    by = system_actor(house.tenant.pk, via="worker")
    moment = timezone.now() + timedelta(days=days)
    clocks_run(by=by, now=moment)
    return escalations_run(by=by, now=moment).told


def step_of(request: ApprovalRequest) -> ApprovalStep:
    row: ApprovalStep = ApprovalStep.objects.select_related("escalated_to").get(request=request)
    return row


def test_the_package_lead_may_answer_once_the_sponsor_was_silent(
    in_alpha: House, request_open: ApprovalRequest
) -> None:
    led_by(in_alpha, "executive")
    assert later(in_alpha, 1) == 0
    assert later(in_alpha, 10) == 1
    step = step_of(request_open)
    assert (step.escalated_to, step.state) == (in_alpha.people["executive"], "open")
    assert later(in_alpha, 10) == 0
    draft = VoteDraft(Outcome.GO, "In their place.", request_open.snapshot_hash)
    vote_cast(request=request_open, draft=draft, by=in_alpha.actor("executive"))
    by = system_actor(in_alpha.tenant.pk, via="worker")
    assert escalations_run(by=by, now=timezone.now() + timedelta(days=11)).ended == 1
    row = Escalation.objects.get()
    assert (row.end_reason, row.ended_by_id) == ("done", in_alpha.people["executive"].pk)


def test_who_is_kept_out_hears_of_it_and_may_not_answer(
    in_alpha: House, request_open: ApprovalRequest
) -> None:
    """S1: whoever leads the package entered what is judged."""
    led_by(in_alpha, "executive")
    ApprovalBar.objects.create(
        request=request_open, membership=in_alpha.people["executive"], rule="S1", reason="x"
    )
    assert later(in_alpha, 10) == 1
    step = step_of(request_open)
    assert step.escalated_at is not None
    assert step.escalated_to is None


def test_silence_never_decides(in_alpha: House, request_open: ApprovalRequest) -> None:
    led_by(in_alpha, "executive")
    for days in (7, 14, 30, 90, 365):
        later(in_alpha, days)
    row = ApprovalRequest.objects.get(pk=request_open.pk)
    assert row.state == RequestState.OPEN
    assert not ApprovalDecision.objects.filter(request=row).exists()
    assert Measure.objects.get(pk=row.subject_id).stage == Stage.IDENTIFIED


def test_a_closure_gets_no_other_decider_and_stays_within_finance(in_alpha: House) -> None:
    """S3: only the named controller signs; the head of controlling hears of the silence."""
    short_model(in_alpha)
    measure = staffed(in_alpha)
    led_by(in_alpha, "executive")
    request = asked(in_alpha, measure)
    step = ApprovalStep.objects.get(request=request)
    finance = ApprovalStep(
        request=request,
        position=step.position,
        part="closing_controller",
        decider=in_alpha.people["controller"],
        clock_days=5,
    )
    finance.save(force_insert=True)
    opened = {"state": "open", "due_at": step.due_at, "opened_at": step.opened_at}
    ApprovalStep.objects.filter(pk=finance.pk).update(**opened)
    later(in_alpha, 10)
    finance.refresh_from_db()
    assert finance.escalated_to is None
    told = EscalationReceiver.objects.filter(escalation__source="decision_finance")
    assert [row.member.name for row in told] == ["Head Of Controlling"]


def test_a_condition_is_told_before_its_day_and_ends_with_the_decider(in_alpha: House) -> None:
    short_model(in_alpha)
    measure = staffed(in_alpha)
    voted(in_alpha, asked(in_alpha, measure), Outcome.CONDITIONAL_GO, conditions=1)
    by = system_actor(in_alpha.tenant.pk, via="worker")
    due = in_days(30)
    start = timezone.now()
    told = {}
    for day in range(32):
        ran = escalations_run(by=by, now=start + timedelta(days=day))
        if ran.told:
            told[day] = ran.told
    assert sum(told.values()) == 1
    row = Escalation.objects.get()
    assert (row.source, row.owes_id) == ("condition", in_alpha.people["owner"].pk)
    assert row.opened_at.date() < due
