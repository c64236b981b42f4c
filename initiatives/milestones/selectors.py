"""Reading milestones: the plan of a measure, one by its address, what a person may do with it."""

import uuid
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable

from django.db.models import F, QuerySet

from governance.errors import NotVisible
from governance.people.actor import Actor
from governance.people.choices import Permission
from governance.tree.rules import below
from initiatives.choices import Overlay, Stage
from initiatives.documents.models import Document, DocumentVersion
from initiatives.documents.selectors import closed_refusal
from initiatives.milestones.models import Milestone
from initiatives.milestones.rules import Planned
from initiatives.models import Measure
from initiatives.rules import may_report, plan_is_frozen
from initiatives.selectors import hands_at

RELATIONS = ("acceptor__user", "done_by__user", "accepted_by__user")
OF_MEASURE = ("measure__package", "measure__owner")


def milestones_of(measure: Measure) -> QuerySet[Milestone]:
    """The milestones of one measure with their people, in the order of their planned days."""
    rows: QuerySet[Milestone] = Milestone.objects.filter(measure=measure)
    rows = rows.select_related("measure", *RELATIONS)
    return rows.order_by(F("plan_on").asc(nulls_last=True), "id")


def milestone_by_id(public_id: uuid.UUID, *, by: Actor) -> Milestone:
    """One milestone of a visible measure; raises `NotVisible`."""
    scope = below(by.scope.paths(Permission.TREE_VIEW), "measure__package__path")
    rows = Milestone.objects.filter(scope, public_id=public_id)
    row: Milestone | None = rows.select_related(*OF_MEASURE, *RELATIONS).first()
    if row is None:
        raise NotVisible
    return row


def evidence_of(milestones: Iterable[Milestone]) -> dict[int, list[DocumentVersion]]:
    """The newest version of every document that counts as evidence, by milestone id; one query."""
    found: dict[int, list[DocumentVersion]] = defaultdict(list)
    rows = DocumentVersion.objects.filter(
        document__milestone__in=[row.pk for row in milestones], document__is_withdrawn=False
    ).select_related("document")
    for version in rows.order_by("document_id", "-number").distinct("document_id"):
        document: Document = version.document
        if document.milestone_id is not None:
            found[document.milestone_id].append(version)
    return found


def planned_of(measure: Measure) -> list[Planned]:
    """The plan of a measure as the rules take it; two queries."""
    rows = list(milestones_of(measure))
    evidence = evidence_of(rows)
    return [
        Planned(
            title=row.title,
            weight=row.weight,
            is_critical=row.is_critical,
            plan_on=row.plan_on,
            acceptor=row.acceptor_id,
            is_accepted=row.accepted_at is not None,
            has_evidence=row.pk in evidence,
        )
        for row in rows
    ]


def accepts_open_milestone(measure_id: int, membership_id: int) -> bool:
    """Whether somebody is to accept a milestone of a measure that is not accepted yet (S1)."""
    rows = Milestone.objects.filter(measure=measure_id, acceptor=membership_id)
    return bool(rows.filter(accepted_at__isnull=True).exists())


def acceptances_of(
    measure_ids: Iterable[int], membership_ids: Collection[int]
) -> Callable[[int, int], bool]:
    """`accepts_open_milestone` for many measures and a few people; one query, none for nobody."""
    pairs: set[tuple[int, int]] = set()
    if membership_ids:
        rows = Milestone.objects.filter(
            measure__in=list(measure_ids),
            acceptor__in=list(membership_ids),
            accepted_at__isnull=True,
        )
        pairs = set(rows.values_list("measure_id", "acceptor_id"))
    return lambda measure_id, membership_id: (measure_id, membership_id) in pairs


# --- why something cannot be done now, as a code; none of these asks the database ---------------


def plan_refusal(measure: Measure, by: Actor) -> str | None:
    """Why this person cannot add or remove milestones."""
    return edit_refusal(measure, by) or frozen_refusal(measure)


def edit_refusal(measure: Measure, by: Actor) -> str | None:
    """Why this person cannot change anything in the plan of a measure."""
    if not may_report(hands_at(measure, by)):
        return "milestone_not_yours"
    return closed_refusal(measure)


def frozen_refusal(measure: Measure) -> str | None:
    """V2: a passed T3 has frozen the plan."""
    return "frozen" if plan_is_frozen(Stage(measure.stage)) else None


def change_refusal(milestone: Milestone, by: Actor) -> str | None:
    """Why a milestone cannot be changed: what is said to be done stays as it was said."""
    return edit_refusal(milestone.measure, by) or settled_refusal(milestone)


def settled_refusal(milestone: Milestone) -> str | None:
    if milestone.accepted_at is not None:
        return "milestone_is_accepted"
    return "milestone_is_done" if milestone.done_at is not None else None


def done_refusal(milestone: Milestone, by: Actor) -> str | None:
    """Why this person cannot say that a milestone is done."""
    if milestone.acceptor_id is not None and milestone.acceptor_id == by.membership_id:
        return "acceptor_is_doer"
    return (
        edit_refusal(milestone.measure, by)
        or hold_refusal(milestone.measure)
        or settled_refusal(milestone)
    )


def return_refusal(milestone: Milestone, by: Actor) -> str | None:
    """Why this person cannot give a milestone back."""
    if not is_acceptor(milestone, by):
        return "not_the_acceptor"
    if milestone.accepted_at is not None:
        return "milestone_is_accepted"
    if milestone.done_at is None:
        return "milestone_not_done"
    return closed_refusal(milestone.measure)


def accept_refusal(milestone: Milestone, by: Actor, *, has_evidence: bool) -> str | None:
    """Why this person cannot accept a milestone (D1, S1, G10)."""
    refusal = return_refusal(milestone, by) or hold_refusal(milestone.measure)
    if refusal is None and milestone.is_critical and not has_evidence:
        return "evidence_missing"
    return refusal


def is_acceptor(milestone: Milestone, by: Actor) -> bool:
    return by.membership_id is not None and milestone.acceptor_id == by.membership_id


def hold_refusal(measure: Measure) -> str | None:
    """G10: nothing is done or accepted while a measure is on hold."""
    return "measure_on_hold" if measure.overlay == Overlay.ON_HOLD else None
