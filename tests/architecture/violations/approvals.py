"""How to break each constraint of requests, steps, votes, decisions, conditions, delegations."""

import uuid
from collections.abc import Callable
from datetime import date, timedelta

from django.utils import timezone

from approvals.choices import Outcome
from approvals.models import (
    ApprovalBar,
    ApprovalCondition,
    ApprovalDecision,
    ApprovalRequest,
    ApprovalStep,
    ApprovalVote,
    Delegation,
)
from governance.audit.choices import AuditAction
from governance.audit.services import Subject, record
from governance.people.choices import MembershipKind
from governance.people.models import Membership
from governance.tree.models import Node
from tests.architecture.violations.breaking import Breaker, copies, runs, sets
from tests.houses import House

HASH, NOW = "a" * 64, "2026-01-01T00:00:00Z"


def new_id(_house: House) -> uuid.UUID:
    return uuid.uuid4()


def request(house: House, **values: object) -> ApprovalRequest:
    """An open request of the owner, written past its service; its subject is nobody's measure."""
    subject = Subject("measure", "M-000901", "x")
    record(AuditAction.REQUEST_SUBMITTED, subject=subject, by=house.system())
    given = {
        "subject_type": "measure",
        "subject_id": 901,
        "subject_code": "M-000901",
        "place": house.package,
        "transition": "T2",
        "from_state": "identified",
        "to_state": "detailed",
        "from_overlay": "active",
        "to_overlay": "active",
        "requested_by": house.people["owner"],
        "snapshot": "{}",
        "snapshot_hash": HASH,
        "policy": "standard 1",
    }
    made: ApprovalRequest = ApprovalRequest.objects.create(**given | values)
    return made


def step(house: House, of: ApprovalRequest | None = None, **values: object) -> ApprovalStep:
    """An open step that asks the sponsor, unless it says whom."""
    if not {"decider", "forum", "role"} & set(values):
        values["decider"] = house.people["sponsor"]
    part = str(values.pop("part", "sponsor"))
    state = values.pop("state", "open")
    made: ApprovalStep = ApprovalStep.objects.create(
        request=of or request(house), position=1, part=part, clock_days=5, **values
    )
    if state != "waiting":
        ApprovalStep.objects.filter(pk=made.pk).update(state=state, due_at=NOW, opened_at=NOW)
    return made


def vote(house: House, at: ApprovalStep | None = None, **values: object) -> ApprovalVote:
    """The sponsor's go, unless it says what else; `voter` and `seat` by name."""
    at = at or step(house)
    voter = house.people[str(values.pop("voter", "sponsor"))]
    seat = values.pop("seat", None)
    given: dict[str, object] = {
        "request_id": at.request_id,
        "outcome": Outcome.GO,
        "rationale": "x",
        "snapshot_hash": HASH,
        "policy": "standard 1",
    }
    given |= {"step": at, "voter": voter, "seat": house.people[str(seat)] if seat else voter}
    made: ApprovalVote = ApprovalVote.objects.create(**given | values)
    return made


def delegation(house: House, **values: object) -> Delegation:
    """The sponsor's voice, given to the executive for some weeks."""
    record(AuditAction.DELEGATION_GIVEN, subject=Subject("member", "x", "x"), by=house.system())
    today = timezone.localdate()
    given = {
        "delegator": house.people["sponsor"],
        "delegate": house.people["executive"],
        "place": house.root,
        "starts_on": today - timedelta(days=30),
        "ends_on": today + timedelta(days=30),
    }
    made: Delegation = Delegation.objects.create(**given | values)
    return made


def decided(house: House, at: ApprovalStep | None = None, **values: object) -> ApprovalDecision:
    """The request's go by the vote of its sponsor, all steps met, unless it says what else."""
    at = at or step(house)
    said = values.pop("said", Outcome.GO)
    cast = vote(house, at, outcome=said, reason_code="other")
    if values.pop("is_met", said in {Outcome.GO, Outcome.CONDITIONAL_GO}):
        ApprovalStep.objects.filter(pk=at.pk).update(state="met")
    return decision(at.request, decided_by_id=cast.voter_id, **values)


def decision(of: ApprovalRequest, **values: object) -> ApprovalDecision:
    given = {
        "request": of,
        "outcome": Outcome.GO,
        "rationale": "x",
        "snapshot_hash": HASH,
        "policy": "standard 1",
        "to_state": "detailed",
        "to_overlay": "active",
    }
    made: ApprovalDecision = ApprovalDecision.objects.create(**given | values)
    return made


def condition(house: House, **values: object) -> ApprovalCondition:
    """What the sponsor asks the owner for, with a go."""
    cast = vote(house, outcome=Outcome.CONDITIONAL_GO)
    return condition_of(cast, house, **values)


def condition_of(cast: ApprovalVote, house: House, **values: object) -> ApprovalCondition:
    given = {
        "request": cast.request,
        "subject_type": "measure",
        "subject_id": 901,
        "text": "x",
        "owner": house.people["owner"],
        "due_on": "2030-01-01",
        "set_by_id": cast.voter_id,
    }
    made: ApprovalCondition = ApprovalCondition.objects.create(**given | values)
    return made


def bar(house: House, who: str = "sponsor") -> ApprovalBar:
    made: ApprovalBar = ApprovalBar.objects.create(
        request=request(house), membership=house.people[who], rule="S1", reason="x"
    )
    return made


def person(name: str) -> Callable[[House], int]:
    return lambda house: house.people[name].pk


def deletes(row: Callable[[House], object]) -> Breaker:
    """Take the row of a house away."""

    def break_it(house: House) -> None:
        target = row(house)
        type(target)._default_manager.filter(pk=target.pk).delete()

    return break_it


def closed(house: House, **values: object) -> ApprovalRequest:
    row = request(house, **values)
    ApprovalRequest.objects.filter(pk=row.pk).update(state="withdrawn", closed_at=NOW)
    return row


def met(house: House) -> ApprovalStep:
    row = step(house)
    vote(house, row)
    ApprovalStep.objects.filter(pk=row.pk).update(state="met")
    return row


def settled(house: House) -> ApprovalCondition:
    row = condition(house)
    ApprovalCondition.objects.filter(pk=row.pk).update(
        state="met", settled_by=house.people["sponsor"], settled_at=NOW
    )
    return row


def revoked(house: House) -> Delegation:
    return delegation(house, revoked_at=NOW)


def met_by_too_few(house: House) -> None:
    """Two of three were asked for, and one said go."""
    row = step(house, forum=house.forum, mode="n_of_m", needed=2)
    vote(house, row, voter="forum_member")
    ApprovalStep.objects.filter(pk=row.pk).update(state="met")


# --- votes ------------------------------------------------------------------------------------


def votes_in_another_request(house: House) -> None:
    other = request(house, subject_id=902)
    vote(house, request_id=other.pk)


def votes_again(house: House) -> None:
    """The executive for herself, and once more for the sponsor."""
    asked = request(house)
    delegation(house)
    vote(house, step(house, asked, decider=house.people["executive"]), voter="executive")
    vote(house, step(house, asked, part="second"), voter="executive", seat="sponsor")


def speaks_twice_for_one_seat(house: House) -> None:
    """The sponsor for himself, and once more through his delegate."""
    asked = request(house)
    delegation(house)
    vote(house, step(house, asked))
    vote(house, step(house, asked, part="second"), voter="executive", seat="sponsor")


def has_the_id_of_another(house: House) -> None:
    asked = request(house)
    first = vote(house, step(house, asked))
    second = step(house, asked, part="controller", decider=house.people["controller"])
    vote(house, second, voter="controller", public_id=first.public_id)


def votes_after_the_end(house: House) -> None:
    row = step(house)
    ApprovalRequest.objects.filter(pk=row.request_id).update(state="voided", closed_at=NOW)
    vote(house, row)


def barred(house: House, **who: str) -> None:
    kept = bar(house)
    vote(house, step(house, kept.request), **who)


def requested(house: House) -> None:
    vote(house, step(house, decider=house.people["owner"]), voter="owner")


def carried(**values: object) -> Breaker:
    """The executive speaks for the sponsor by a delegation that does not hold."""

    def break_it(house: House) -> None:
        given = {name: v(house) if callable(v) else v for name, v in values.items()}
        delegation(house, **given)
        vote(house, voter="executive", seat="sponsor")

    return break_it


def elsewhere(house: House) -> Node:
    return house.other_program


def without_the_role(house: House) -> None:
    vote(house, step(house, role="head_of_controlling"), voter="controller")


def by_a_consultant(house: House) -> None:
    vote(house, step(house, decider=house.people["consultant"]), voter="consultant")


def by_a_hired_delegate(house: House) -> None:
    """S7 holds for whoever became a consultant after they were asked to stand in."""
    asked = step(house, forum=house.forum)
    delegation(house, delegator=house.people["forum_member"])
    hired = Membership.objects.filter(pk=house.people["executive"].pk)
    hired.update(kind=MembershipKind.CONSULTANT)
    vote(house, asked, voter="executive", seat="forum_member")


# --- decisions --------------------------------------------------------------------------------


def decided_twice(house: House) -> None:
    first = decided(house)
    decision(first.request, decided_by_id=first.decided_by_id)


def has_the_id_of_another_decision(house: House) -> None:
    first = decided(house)
    decided(house, step(house, request(house, subject_id=902)), public_id=first.public_id)


def decided_after_the_end(house: House) -> None:
    row = step(house)
    cast = vote(house, row)
    ApprovalRequest.objects.filter(pk=row.request_id).update(state="voided", closed_at=NOW)
    decision(row.request, decided_by_id=cast.voter_id)


def decided_before_the_last_step(house: House) -> None:
    row = step(house)
    step(house, row.request, part="second", state="waiting")
    decided(house, row)


def goes(**values: object) -> Breaker:
    def break_it(house: House) -> None:
        decided(house, **values)

    return break_it


VOTES: dict[str, Breaker] = {
    "approvals_vote_id": has_the_id_of_another,
    "approvals_vote_once": votes_again,
    "approvals_vote_seat_once": speaks_twice_for_one_seat,
    "approvals_vote_outcome_known": lambda h: vote(h, outcome="x", reason_code="other"),
    "approvals_vote_has_rationale": lambda h: vote(h, rationale=""),
    "approvals_vote_has_reason": lambda h: vote(h, outcome=Outcome.SEND_BACK),
    "approvals_vote_in_its_request": votes_in_another_request,
    "approvals_vote_while_open": votes_after_the_end,
    "approvals_vote_on_the_snapshot": lambda h: vote(h, snapshot_hash="b" * 64),
    "approvals_vote_not_by_requester": requested,
    "approvals_vote_not_barred": barred,
    "approvals_vote_by_the_named": lambda h: vote(h, voter="executive"),
    "approvals_vote_by_a_member": lambda h: vote(h, step(h, forum=h.forum)),
    "approvals_vote_by_the_role": without_the_role,
    "approvals_vote_delegated": carried(revoked_at=NOW),
    "approvals_vote_not_by_consultant": by_a_consultant,
}
DECISIONS: dict[str, Breaker] = {
    "approvals_decision_id": has_the_id_of_another_decision,
    "approvals_decision_once": decided_twice,
    "approvals_decision_outcome_known": goes(
        said=Outcome.SEND_BACK, outcome="x", to_state="identified"
    ),
    "approvals_decision_while_open": decided_after_the_end,
    "approvals_decision_on_the_snapshot": goes(snapshot_hash="b" * 64),
    "approvals_decision_in_its_transaction": goes(txid=1),
    "approvals_decision_leads_where_asked": goes(to_state="closed"),
    "approvals_decision_by_somebody": lambda h: decision(step(h).request),
    "approvals_decision_by_a_vote": lambda h: decision(
        step(h).request, decided_by=h.people["executive"]
    ),
    "approvals_decision_after_all_steps": decided_before_the_last_step,
    "approvals_decision_as_voted": goes(said=Outcome.CONDITIONAL_GO),
}
VIOLATIONS: dict[str, Breaker] = {
    "approvals_request_id": copies(request, subject_id=902),
    "approvals_request_one_open": copies(request, public_id=new_id),
    "approvals_request_state_known": sets(request, state="x", closed_at=NOW),
    "approvals_request_hash": copies(request, snapshot_hash="x", subject_id=902, public_id=new_id),
    "approvals_request_closed_at": sets(request, closed_at=NOW),
    "approvals_request_starts_open": copies(
        request, state="decided", closed_at=NOW, public_id=new_id
    ),
    "approvals_request_stays": deletes(request),
    "approvals_request_is_fixed": sets(request, to_state="closed"),
    "approvals_request_is_final": sets(closed, state="open", closed_at=None),
    "approvals_request_needs_decision": sets(request, state="decided", closed_at=NOW),
    "approvals_bar_once": copies(bar),
    "approvals_step_id": copies(step, part="x", state="waiting", due_at=None),
    "approvals_step_once": copies(step, public_id=new_id, state="waiting", due_at=None),
    "approvals_step_one_decider": copies(
        step, role="pmo", part="x", state="waiting", due_at=None, public_id=new_id
    ),
    "approvals_step_state_known": sets(step, state="x"),
    "approvals_step_mode": copies(
        step, needed=0, part="x", state="waiting", due_at=None, public_id=new_id
    ),
    "approvals_step_due": sets(step, due_at=None),
    "approvals_step_starts_waiting": copies(step, state="met", part="x", public_id=new_id),
    "approvals_step_stays": deletes(step),
    "approvals_step_is_fixed": sets(step, decider=person("executive")),
    "approvals_step_is_final": sets(met, state="open"),
    "approvals_step_met_by_votes": sets(step, state="met"),
    **VOTES,
    **DECISIONS,
    "approvals_condition_id": copies(condition),
    "approvals_condition_state_known": sets(condition, state="x"),
    "approvals_condition_not_by_owner": sets(
        condition, state="met", settled_by=person("owner"), settled_at=NOW
    ),
    "approvals_condition_accepted_by": sets(condition, state="met", settled_at=NOW),
    "approvals_condition_of_its_request": lambda h: condition(h, subject_id=902),
    "approvals_condition_by_a_vote": lambda h: condition(h, set_by_id=person("pmo")(h)),
    "approvals_condition_starts_open": lambda h: condition(
        h, state="met", settled_by=h.people["sponsor"], settled_at=NOW
    ),
    "approvals_condition_stays": deletes(condition),
    "approvals_condition_is_fixed": sets(condition, due_on=date(2031, 1, 1)),
    "approvals_condition_is_final": sets(settled, state="open", settled_by=None),
    "approvals_condition_accepted_by_decider": sets(
        condition, state="met", settled_by=person("executive"), settled_at=NOW
    ),
    "approvals_delegation_id": copies(delegation),
    "approvals_delegation_to_another": lambda h: delegation(h, delegate=h.people["sponsor"]),
    "approvals_delegation_days": lambda h: delegation(h, ends_on=date(2020, 1, 1)),
    "approvals_delegation_stays": deletes(delegation),
    "approvals_delegation_is_fixed": sets(delegation, ends_on=date(2099, 1, 1)),
    "approvals_delegation_is_final": sets(revoked, revoked_at=None),
}
# The same walls from other sides: (the constraint, how it is broken).
AGAIN: dict[str, tuple[str, Breaker]] = {
    "a step of a request is named that is open, in one that is closed": (
        "approvals_vote_in_its_request",
        lambda h: vote(h, step(h), request_id=closed(h, subject_id=902).pk),
    ),
    "a waiting step is voted in": (
        "approvals_vote_while_open",
        lambda h: vote(h, step(h, state="waiting")),
    ),
    "the seat is barred, not its delegate": (
        "approvals_vote_not_barred",
        lambda h: (delegation(h), barred(h, voter="executive", seat="sponsor")),
    ),
    "the delegation has ended": (
        "approvals_vote_delegated",
        carried(ends_on=date(2026, 1, 1), starts_on=date(2025, 12, 1)),
    ),
    "the delegation has not begun": (
        "approvals_vote_delegated",
        carried(starts_on=date(2098, 1, 1), ends_on=date(2098, 2, 1)),
    ),
    "the delegation is for another place": ("approvals_vote_delegated", carried(place=elsewhere)),
    "the delegation is to somebody else": (
        "approvals_vote_delegated",
        carried(delegate=lambda h: h.people["pmo"]),
    ),
    "a delegate of a forum became a consultant": (
        "approvals_vote_not_by_consultant",
        by_a_hired_delegate,
    ),
    "a step of a number is met by fewer": ("approvals_step_met_by_votes", met_by_too_few),
    "a send-back leads up": (
        "approvals_decision_leads_where_asked",
        goes(said=Outcome.SEND_BACK, outcome=Outcome.SEND_BACK),
    ),
    "a go is told as a hold": (
        "approvals_decision_as_voted",
        goes(outcome=Outcome.HOLD, to_state="identified", to_overlay="on_hold"),
    ),
    "a send-back is told as a cancellation": (
        "approvals_decision_as_voted",
        goes(
            said=Outcome.SEND_BACK,
            outcome=Outcome.CANCEL,
            to_state="identified",
            to_overlay="cancelled",
        ),
    ),
    "the product says go": (
        "approvals_decision_by_somebody",
        lambda h: decision(request(h, transition="T6")),
    ),
    "a snapshot is exchanged": ("approvals_request_is_fixed", sets(request, snapshot="{1}")),
    "the end of a request is told differently": (
        "approvals_request_is_final",
        sets(closed, close_note="x"),
    ),
    "a vote of another tenant's request": (
        "approvals_vote_in_its_request",
        runs(
            "INSERT INTO approvals_approvalvote (tenant_id, public_id, request_id, step_id,"
            " voter_id, seat_id, outcome, rationale, reason_code, snapshot_hash, policy)"
            " VALUES (%s, gen_random_uuid(), 1, 1, %s, %s, 'go', 'x', '', 'x', 'x')",
            lambda h: h.tenant.pk,
            person("sponsor"),
            person("sponsor"),
        ),
    ),
}
