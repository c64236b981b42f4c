"""What needs somebody's attention below a place, the most money first (L6, T17, E1, H6)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from django.db import models
from django.db.models import Count, F, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from approvals.choices import StepState
from approvals.exceptions.choices import LIVE
from approvals.exceptions.models import GovernanceException
from approvals.models import ApprovalRequest, ApprovalStep
from governance.people.actor import Actor
from governance.tenancy.models import Tenant
from governance.tree.rules import below
from initiatives.choices import Overlay
from initiatives.gates.position import SUBJECT
from initiatives.models import Measure
from initiatives.selectors import lacks
from kpis.rules import MINOR_UNIT
from reporting.facts import Only
from reporting.watermelons import largest_watermelons

ZERO = Decimal(0)
MOST = 10
# Of more than these, those that wait longest, or press most, are weighed against each other.
MOST_OVERDUE, MOST_EXCEPTIONS = 500, 100


class Reason(models.TextChoices):
    """Why something needs attention."""

    WATERMELON = "watermelon", _("Watermelon")
    OVERDUE = "overdue_decision", _("Decision overdue")
    EXCEPTION = "exception", _("Open exception")
    MISSING = "missing_field", _("Field missing")


@dataclass(frozen=True, slots=True)
class Cause:
    """One reason; `request`, `exception` or the measure itself says where it is mended."""

    reason: Reason
    request: ApprovalRequest | None = None
    exception: GovernanceException | None = None


@dataclass(slots=True)
class Matter:
    """One measure, or what else an exception is about, with everything that is wrong with it.

    `amount` is the largest of: |V| of a watermelon, the amount of the request or the exception,
    the plan of what lacks a field.
    """

    subject_type: str
    subject_id: int
    code: str
    measure: Measure | None = None
    amount: Decimal = ZERO
    causes: list[Cause] = field(default_factory=list)

    def add(self, cause: Cause, amount: Decimal) -> None:
        """One more reason; the same reason is told once."""
        self.amount = max(self.amount, abs(amount))
        if cause.reason not in {one.reason for one in self.causes}:
            self.causes.append(cause)

    @property
    def reasons(self) -> list[Reason]:
        return [cause.reason for cause in self.causes]


@dataclass(frozen=True, slots=True)
class Sought:
    """Below which paths of a tenant, and of which measures alone; None for all of them."""

    tenant: Tenant
    paths: Sequence[str]
    only: Only = None

    def about(self, row: str = "") -> Q:
        """A condition on rows that have a subject and its place, reached by a prefix of fields."""
        if self.only is None:
            return below(self.paths, f"{row}place__path")
        return Q(**{f"{row}subject_type": SUBJECT, f"{row}subject_id__in": self.only})

    @property
    def measures(self) -> Q:
        """The same on measures themselves."""
        if self.only is None:
            return below(self.paths, "package__path")
        return Q(pk__in=self.only)


def attention(sought: Sought, now: datetime, *, by: Actor) -> list[Matter]:
    """The ten largest matters of what is sought; visible paths are the caller's to give.

    Eight queries at most: what is read of each reason is limited before it is weighed. Of some
    measures alone lights are derived, which takes two more and those of the rates.
    """
    found: dict[tuple[str, int], Matter] = {}
    currency = sought.tenant.currency

    def matter(kind: str, pk: int, code: str) -> Matter:
        return found.setdefault((kind, pk), Matter(kind, pk, code))

    for melon in largest_watermelons(sought.tenant, sought.paths, sought.only, MOST, by=by):
        row = matter(SUBJECT, melon.measure.pk, melon.measure.code)
        row.add(Cause(Reason.WATERMELON), melon.lit.size)
    for request in overdue_requests(sought, now):
        row = matter(request.subject_type, request.subject_id, request.subject_code)
        row.add(Cause(Reason.OVERDUE, request=request), request.amount or ZERO)
    for one in pressing_exceptions(sought):
        row = matter(one.subject_type, one.subject_id, one.subject_code)
        amount = one.amount if one.currency == currency else None
        row.add(Cause(Reason.EXCEPTION, exception=one), amount or ZERO)
    for measure in without_field(sought):
        row = matter(SUBJECT, measure.pk, measure.code)
        row.add(Cause(Reason.MISSING), measure.value_minor * MINOR_UNIT)
    largest = sorted(found.values(), key=lambda one: (-one.amount, one.code))[:MOST]
    return _named(largest)


def overdue_requests(sought: Sought, now: datetime) -> Iterable[ApprovalRequest]:
    """Requests of which some step is past its time, the largest first; one query."""
    rows: QuerySet[ApprovalRequest] = ApprovalRequest.objects.filter(pk__in=_overdue(sought, now))
    return rows.order_by(F("amount").desc(nulls_last=True), "id")[:MOST]


def overdue_by_stage(sought: Sought, now: datetime) -> dict[str, int]:
    """How many of the longest overdue requests ask about measures of each stage; one query."""
    rows: QuerySet[ApprovalRequest] = ApprovalRequest.objects.filter(pk__in=_overdue(sought, now))
    return dict(rows.order_by().values_list("from_state").annotate(number=Count("pk")))


def _overdue(sought: Sought, now: datetime) -> QuerySet[ApprovalStep, int]:
    late: QuerySet[ApprovalStep] = ApprovalStep.objects.filter(
        sought.about("request__"), state=StepState.OPEN, due_at__lt=now
    )
    return late.order_by("due_at", "id").values_list("request_id", flat=True)[:MOST_OVERDUE]


def pressing_exceptions(sought: Sought) -> Iterable[GovernanceException]:
    """Open exceptions, the largest of those that press most; one query."""
    rows = GovernanceException.objects.filter(sought.about(), state__in=LIVE)
    pressing = rows.order_by("-rank", "-id")[:MOST_EXCEPTIONS]
    found = sorted(pressing, key=lambda one: (-abs(one.amount or ZERO), one.pk))
    return found[:MOST]


def without_field(sought: Sought) -> Iterable[Measure]:
    """Live measures that lack a governability field, the largest plan first; one query."""
    rows: QuerySet[Measure] = Measure.objects.filter(
        lacks("any"), sought.measures, overlay=Overlay.ACTIVE
    )
    return rows.order_by("-value_minor", "-id")[:MOST]


def _named(found: list[Matter]) -> list[Matter]:
    """With the measures that matters are about; one query."""
    ids = [one.subject_id for one in found if one.subject_type == SUBJECT]
    measures = Measure.objects.select_related("package", "owner__user").in_bulk(ids)
    for one in found:
        if one.subject_type == SUBJECT:
            one.measure = measures.get(one.subject_id)
    return found
