"""What a kind of subject does when something about it is decided; apps fill it in `ready()`."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from approvals.choices import Outcome
from approvals.models import ApprovalDecision, ApprovalRequest, ApprovalStep
from governance.people.actor import Actor


@dataclass(frozen=True, slots=True)
class Ballot:
    """What a vote says about its subject, for the subject's own checks."""

    outcome: Outcome
    confirmed_amount: Decimal | None
    reason_code: str
    by: Actor


@dataclass(frozen=True, slots=True)
class Handler:
    """A kind of subject, as far as decisions need to know it.

    `lock(subject_id)` locks its row, before any request is locked. `snapshot(request)` is what the
    request would show now (canonical JSON). `outcomes(request)` are those a gate allows at all.
    `may_also(request, outcome, membership_id)`: whether this decider also holds the authority to
    hold or cancel (G5). `check(request, step, ballot)` raises `DomainError` for what only the
    subject knows. `decided` moves the subject, in the transaction of the decision. `closed` hears
    of requests withdrawn and voided.
    """

    lock: Callable[[int], None]
    snapshot: Callable[[ApprovalRequest], str]
    outcomes: Callable[[ApprovalRequest], frozenset[Outcome]]
    may_also: Callable[[ApprovalRequest, Outcome, int], bool]
    check: Callable[[ApprovalRequest, ApprovalStep, Ballot], None]
    decided: Callable[[ApprovalRequest, ApprovalDecision, Actor], None]
    closed: Callable[[ApprovalRequest, Actor], None]


_handlers: dict[str, Handler] = {}


def register(subject_type: str, handler: Handler) -> None:
    """Tell what a kind of subject does; registering it again replaces it."""
    _handlers[subject_type] = handler


def handler_of(request: ApprovalRequest) -> Handler:
    """The handler of a request's subject."""
    return _handlers[request.subject_type]
