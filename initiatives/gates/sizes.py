"""How large a change request is: all that was moved since a forum decided last (T15, G6)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from approvals.choices import Outcome, StepState
from approvals.models import ApprovalDecision, ApprovalRequest, ApprovalStep
from governance.audit.rules import plain
from initiatives.gates.position import SUBJECT
from initiatives.models import Measure

GO = (Outcome.GO, Outcome.CONDITIONAL_GO)
MOVED, COMPLETE = "moved", "is_complete"


@dataclass(frozen=True, slots=True)
class Moved:
    """By how much amounts move, up or down, by name, in the tenant's currency at plan rate.

    Without an `is_complete` some of it is in no money, or in a currency without a rate.
    """

    amounts: Mapping[str, Decimal] = field(default_factory=dict)
    is_complete: bool = True

    @property
    def largest(self) -> Decimal | None:
        """What thresholds are compared with; None where not all of it can be measured."""
        if not self.is_complete:
            return None
        return max(self.amounts.values(), default=Decimal(0))

    def plus(self, other: "Moved") -> "Moved":
        """Both together: moves never cancel each other out."""
        names = dict.fromkeys([*self.amounts, *other.amounts])
        sums = {
            name: self.amounts.get(name, Decimal(0)) + other.amounts.get(name, Decimal(0))
            for name in names
        }
        return Moved(sums, self.is_complete and other.is_complete)

    def as_plain(self) -> dict[str, Any]:
        """As a request keeps it."""
        return {
            MOVED: {name: plain(amount) for name, amount in self.amounts.items()},
            COMPLETE: self.is_complete,
        }


def moved_in(details: Mapping[str, Any]) -> Moved:
    """What a request said that it moves; nothing where it moved no amount."""
    size = details.get("size") or {}
    amounts = {name: Decimal(text) for name, text in size.get(MOVED, {}).items()}
    return Moved(amounts, size.get(COMPLETE, True))


def moved_since_forum(measure: Measure) -> Moved:
    """What approved change requests moved since a forum decided last; two queries.

    A forum decided at T3, and in each change request that had a step for it.
    """
    decisions = ApprovalDecision.objects.filter(
        request__subject_type=SUBJECT,
        request__subject_id=measure.pk,
        request__transition__in=["T3", "T15"],
        outcome__in=GO,
    )
    rows = decisions.select_related("request").order_by("-id")
    requests = [decision.request for decision in rows]
    return _summed(requests, _decided_by_forum(requests))


def _decided_by_forum(requests: Iterable[ApprovalRequest]) -> set[int]:
    steps = ApprovalStep.objects.filter(
        request_id__in=[request.pk for request in requests],
        forum__isnull=False,
        state=StepState.MET,
    )
    return set(steps.values_list("request_id", flat=True))


def _summed(requests: Iterable[ApprovalRequest], by_forum: set[int]) -> Moved:
    total = Moved()
    for request in requests:
        if request.transition == "T3" or request.pk in by_forum:
            break
        total = total.plus(moved_in(request.details))
    return total
