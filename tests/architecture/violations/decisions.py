"""How to break each constraint of votes and decisions, and further ways around the same walls."""

from datetime import date

from approvals.choices import Outcome
from approvals.models import ApprovalRequest
from governance.people.choices import MembershipKind
from governance.people.models import Membership
from governance.tree.models import Node
from tests.architecture.violations.approvals import (
    NOW,
    bar,
    closed,
    decided,
    decision,
    delegation,
    met_by_too_few,
    person,
    request,
    step,
    vote,
)
from tests.architecture.violations.breaking import Breaker, runs, sets
from tests.houses import House

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
VIOLATIONS: dict[str, Breaker] = {**VOTES, **DECISIONS}
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
