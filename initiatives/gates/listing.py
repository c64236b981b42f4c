"""Open requests by filter: those that are late, of a stage, below a place, of some measures."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.utils import timezone

from approvals.choices import RequestState, StepState
from approvals.models import ApprovalRequest, ApprovalStep
from approvals.selectors import visible_requests
from governance.people.actor import Actor
from governance.tree.rules import below
from governance.tree.selectors import node_named
from initiatives.gates.position import SUBJECT
from initiatives.models import Measure
from initiatives.selectors import MeasureFilters, conditions_of


@dataclass(frozen=True, slots=True)
class RequestFilters:
    """What requests are narrowed to; empty means all. A node by code, the owner by e-mail.

    `stage` is where the measure stood when it was asked.
    """

    overdue: bool = False
    stage: str = ""
    place: str = ""
    business_unit: str = ""
    function: str = ""
    legal_entity: str = ""
    owner: str = ""

    @property
    def of_measures(self) -> MeasureFilters:
        """What is asked of the measures themselves."""
        return MeasureFilters(
            business_unit=self.business_unit,
            function=self.function,
            legal_entity=self.legal_entity,
            owner=self.owner,
        )


def open_requests(filters: RequestFilters, *, by: Actor) -> QuerySet[ApprovalRequest]:
    """Open requests about what the person may see that match; raises `Invalid` by filter."""
    return narrowed(visible_requests(by).filter(state=RequestState.OPEN), filters, by=by)


def narrowed(
    rows: QuerySet[ApprovalRequest], filters: RequestFilters, *, by: Actor
) -> QuerySet[ApprovalRequest]:
    """Those requests that match; raises `Invalid` by filter."""
    if node := node_named(filters.place, by=by, field="place"):
        rows = rows.filter(below([node.path], "place__path"))
    return rows.filter(*_conditions(filters))


def _conditions(filters: RequestFilters) -> Iterator[Q]:
    if filters.overdue:
        late = ApprovalStep.objects.filter(state=StepState.OPEN, due_at__lt=timezone.now())
        yield Q(pk__in=late.values("request_id"))
    if filters.stage:
        yield Q(from_state=filters.stage)
    if asked := list(conditions_of(filters.of_measures)):
        measures = Measure.objects.filter(*asked).order_by().values("pk")
        yield Q(subject_type=SUBJECT, subject_id__in=measures)
