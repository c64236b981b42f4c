"""Reading policies and escalations: what holds, what is open, and who was told when."""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Exists, OuterRef, QuerySet

from approvals.escalations.choices import LevelOutcome, Tier
from approvals.escalations.models import (
    Escalation,
    EscalationLevel,
    EscalationPolicy,
    EscalationReceiver,
)
from approvals.escalations.registry import sources
from approvals.escalations.rules import Days
from governance.errors import NotVisible
from governance.people.actor import Actor
from governance.people.choices import Permission
from governance.people.models import Membership
from governance.tree.rules import below
from governance.versions.choices import VersionState

SHIPPED_NUMBER = 0


def shipped_policies() -> dict[str, Days]:
    """What holds of every source until a version is published."""
    return {source.code: source.shipped for source in sources()}


def policies_in(row: EscalationPolicy | None) -> dict[str, Days]:
    """What a version says; a source that came later holds as it ships."""
    return shipped_policies() | dict(row.policies if row else {})


def policy_in_force() -> EscalationPolicy | None:
    """The published version; one query."""
    rows = EscalationPolicy.objects.filter(state=VersionState.PUBLISHED)
    row: EscalationPolicy | None = rows.first()
    return row


def policies_numbered(number: int) -> dict[str, Days]:
    """The policies as a version says that is or was in force; one query, none for 0."""
    if number == SHIPPED_NUMBER:
        return shipped_policies()
    return policies_in(EscalationPolicy.objects.filter(number=number).first())


@dataclass(frozen=True, slots=True)
class EscalationFilters:
    """What the list is narrowed to; empty means all."""

    source: str = ""
    code: str = ""
    level: int | None = None
    is_open: bool | None = True
    due_before: datetime | None = None
    told: int | None = None


def visible_escalations(by: Actor) -> QuerySet[Escalation]:
    """Escalations about what the person may see, with their people; unordered."""
    scope = below(by.scope.paths(Permission.TREE_VIEW), "place__path")
    rows: QuerySet[Escalation] = Escalation.objects.filter(scope)
    return rows.select_related("place", "owes__user", "ended_by__user")


def escalation_list(filters: EscalationFilters, *, by: Actor) -> QuerySet[Escalation]:
    """The visible ones narrowed down, unordered."""
    rows = visible_escalations(by)
    if filters.is_open is not None:
        rows = rows.filter(ended_at__isnull=filters.is_open)
    if filters.source:
        rows = rows.filter(source=filters.source)
    if filters.code:
        rows = rows.filter(subject_code=filters.code)
    if filters.level is not None:
        rows = rows.filter(level=filters.level)
    if filters.due_before is not None:
        rows = rows.filter(due_at__lt=filters.due_before)
    if filters.told is not None:
        told = EscalationReceiver.objects.filter(escalation=OuterRef("pk"), member=filters.told)
        rows = rows.filter(Exists(told))
    return rows


def escalation_by_id(public_id: uuid.UUID, *, by: Actor) -> Escalation:
    """One visible escalation; raises `NotVisible`."""
    row = visible_escalations(by).filter(public_id=public_id).first()
    if row is None:
        raise NotVisible
    return row


def escalations_about(subject_type: str, subject_id: int) -> QuerySet[Escalation]:
    """Every escalation of one subject, unordered."""
    rows: QuerySet[Escalation] = Escalation.objects.filter(
        subject_type=subject_type, subject_id=subject_id
    )
    return rows.select_related("place", "owes__user", "ended_by__user")


@dataclass(frozen=True, slots=True)
class Reached:
    """One level with the people it told."""

    number: int
    tier: Tier
    after_days: int
    outcome: LevelOutcome
    missing: str
    reached_at: datetime
    told: list[Membership] = field(default_factory=list)


def levels_reached(rows: Iterable[Escalation]) -> Mapping[int, list[Reached]]:
    """The levels of several escalations in their order, by id; two queries."""
    found: dict[int, list[Reached]] = {row.pk: [] for row in rows}
    if not found:
        return found
    at: dict[tuple[int, int], Reached] = {}
    for row in EscalationLevel.objects.filter(escalation_id__in=list(found)).order_by("number"):
        line = Reached(
            row.number,
            Tier(row.tier),
            row.after_days,
            LevelOutcome(row.outcome),
            row.missing,
            row.reached_at,
        )
        found[row.escalation_id].append(line)
        at[row.escalation_id, row.number] = line
    told = EscalationReceiver.objects.filter(escalation_id__in=list(found))
    for one in told.select_related("member__user").order_by("id"):
        at[one.escalation_id, one.number].told.append(one.member)
    return found
