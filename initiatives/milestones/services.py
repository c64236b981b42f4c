"""Writing milestones: plan them, say that one is done, accept it or give it back (D1, S1, V2)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone

from governance.audit.choices import AuditAction
from governance.errors import Conflict, Forbidden, Invalid, Refused, Stale
from governance.people.actor import Actor
from governance.people.choices import Permission
from governance.people.models import Membership
from governance.text import one_line, text_fault
from governance.tree.services import said
from initiatives.choices import Stage
from initiatives.documents.models import Document
from initiatives.gates.editing import measure_edited, measure_for_edit
from initiatives.milestones.models import Milestone
from initiatives.milestones.rules import (
    FIELDS,
    MOST_MILESTONES,
    REASON_LENGTH,
    acceptor_refusal,
    done_fault,
    frozen_fields,
    milestone_faults,
)
from initiatives.milestones.selectors import (
    accept_refusal,
    done_refusal,
    edit_refusal,
    evidence_of,
    frozen_refusal,
    is_acceptor,
    return_refusal,
    settled_refusal,
)
from initiatives.models import Measure
from initiatives.selectors import one_of
from initiatives.services import measure_tell

# Refusals that say who somebody is, and not how things stand.
OF_PERSON = frozenset({"milestone_not_yours", "not_the_acceptor"})


@dataclass(frozen=True, slots=True)
class MilestoneDraft:
    """A milestone to be; days and acceptor may follow until the plan is decided (T3)."""

    title: str
    weight: int = 1
    is_critical: bool = False
    plan_on: date | None = None
    forecast_on: date | None = None
    acceptor: Membership | None = None

    def given(self) -> dict[str, Any]:
        return {f.name: getattr(self, f.name) for f in fields(self)}


@transaction.atomic
def milestone_add(*, measure: Measure, draft: MilestoneDraft, by: Actor) -> Milestone:
    """Add a milestone to a plan that is not frozen (V2).

    Raises `Invalid` by field, `Forbidden("milestone_not_yours")`, `Conflict("frozen")`,
    `Refused("acceptor_is_owner")` (S1), `Refused("too_many_milestones")`.
    """
    row = _open_measure(measure, by)
    if reason := frozen_refusal(row):
        raise Conflict(reason)
    if Milestone.objects.filter(measure=row).count() >= MOST_MILESTONES:
        raise Refused("too_many_milestones")
    milestone = Milestone(measure=row, **_cleaned(draft.given()))
    _check_acceptor(milestone.acceptor, row)
    milestone.save(force_insert=True)
    changes = {name: [None, _said(getattr(milestone, name))] for name in FIELDS[1:]}
    told = {name: pair for name, pair in changes.items() if pair[1] is not None}
    _tell(AuditAction.MILESTONE_ADDED, milestone, _about(milestone) | told, by)
    measure_edited(row, by=by)
    return _locked(milestone.pk)


@transaction.atomic
def milestone_change(
    *, milestone: Milestone, seen_version: int, fields: Mapping[str, Any], by: Actor
) -> Milestone:
    """Change a milestone that is not done; after T3 the forecast alone (V2).

    What stays as it is writes nothing. Raises `Stale`, `Invalid`, `Forbidden`, and `Conflict` with
    `frozen`, `milestone_is_done` or `milestone_is_accepted`.
    """
    row = _open_milestone(milestone, seen_version, by)
    wanted = _cleaned({name: fields.get(name, getattr(row, name)) for name in FIELDS})
    before = {name: getattr(row, name) for name in FIELDS}
    changed = [name for name in FIELDS if wanted[name] != before[name]]
    if not changed:
        return row
    if reason := settled_refusal(row):
        raise Conflict(reason)
    if frozen_fields(Stage(row.measure.stage), changed):
        raise Conflict("frozen")
    if "acceptor" in changed:
        _check_acceptor(wanted["acceptor"], row.measure)
    for name in changed:
        setattr(row, name, wanted[name])
    row.touched().save()
    about = {"milestone": before["title"]}
    pairs = {name: [_said(before[name]), _said(wanted[name])] for name in changed}
    _tell(AuditAction.MILESTONE_CHANGED, row, about | pairs, by)
    measure_edited(row.measure, by=by)
    return _locked(row.pk)


@transaction.atomic
def milestone_remove(*, milestone: Milestone, seen_version: int, by: Actor) -> None:
    """Take a milestone out of a plan that is not frozen (V2), unless documents name it."""
    row = _open_milestone(milestone, seen_version, by)
    if reason := settled_refusal(row) or frozen_refusal(row.measure):
        raise Conflict(reason)
    if Document.objects.filter(milestone=row).exists():
        raise Conflict("milestone_has_documents")
    values = {name: [_said(getattr(row, name)), None] for name in FIELDS[1:]}
    Milestone.objects.filter(pk=row.pk).delete()
    told = {name: pair for name, pair in values.items() if pair[0] is not None}
    _tell(AuditAction.MILESTONE_REMOVED, row, _about(row) | told, by)
    measure_edited(row.measure, by=by)


@transaction.atomic
def milestone_done(
    *, milestone: Milestone, seen_version: int, actual_on: date, by: Actor
) -> Milestone:
    """Say that a milestone is done, on the owner's side and never by its acceptor (D1, S1).

    Raises `Refused("acceptor_is_doer")`, `Conflict("measure_on_hold")` (G10) and `Invalid`.
    """
    row = _open_milestone(milestone, seen_version, by)
    reason = done_refusal(row, by)
    if reason == "acceptor_is_doer":
        raise Refused(reason)
    if reason is not None:
        raise Conflict(reason)
    if fault := done_fault(actual_on, timezone.localdate()):
        raise Invalid({"actual_on": [fault]})
    row.actual_on, row.done_at, row.done_by_id = actual_on, timezone.now(), by.membership_id
    row.return_reason = ""
    row.touched().save()
    changes = _about(row) | {"actual_on": [None, said(actual_on)]}
    _tell(AuditAction.MILESTONE_DONE, row, changes, by)
    measure_edited(row.measure, by=by)
    return _locked(row.pk)


@transaction.atomic
def milestone_accept(*, milestone: Milestone, seen_version: int, by: Actor) -> Milestone:
    """Accept what was said to be done: by the acceptor named, whatever their roles (D1, S1).

    A critical milestone needs a document that counts: `Conflict("evidence_missing")`. The event
    keeps the hashes of what it was accepted on.
    """
    row = _judged(milestone, seen_version, by)
    evidence = evidence_of([row]).get(row.pk, [])
    if reason := accept_refusal(row, by, has_evidence=bool(evidence)):
        raise Conflict(reason)
    row.accepted_at, row.accepted_by_id = timezone.now(), by.membership_id
    row.touched().save()
    proof = [f"{version.document.title} {version.sha256}" for version in evidence]
    changes = _about(row) | ({"evidence": [None, "; ".join(proof)]} if proof else {})
    _tell(AuditAction.MILESTONE_ACCEPTED, row, changes, by)
    measure_edited(row.measure, by=by)
    return _locked(row.pk)


@transaction.atomic
def milestone_return(
    *, milestone: Milestone, seen_version: int, reason: str, by: Actor
) -> Milestone:
    """Give back what was said to be done, with a reason; it is planned again."""
    row = _judged(milestone, seen_version, by)
    if refusal := return_refusal(row, by):
        raise Conflict(refusal)
    words = one_line(reason)
    if fault := text_fault(words, limit=REASON_LENGTH):
        raise Invalid({"reason": [fault]})
    changes = _about(row) | {"actual_on": [said(row.actual_on), None]}
    row.actual_on = row.done_at = row.done_by = None
    row.return_reason = words
    row.touched().save()
    _tell(AuditAction.MILESTONE_RETURNED, row, changes, by, reason=words)
    measure_edited(row.measure, by=by)
    return _locked(row.pk)


def delete_milestones(measure_ids: Sequence[int], _by: Actor) -> None:
    """Hook of an early deletion (H3): the measures' milestones go with them."""
    Milestone.objects.filter(measure__in=list(measure_ids)).delete()


def _open_measure(measure: Measure, by: Actor) -> Measure:
    """The measure, locked, whose plan this person may edit."""
    by.require(Permission.TREE_VIEW, measure.path)
    _require_hands(measure, by)
    by.require_writing()
    row = measure_for_edit(measure.pk)
    _require_hands(row, by)
    return row


def _require_hands(measure: Measure, by: Actor) -> None:
    if edit_refusal(measure, by) in OF_PERSON:
        raise Forbidden("milestone_not_yours")


def _open_milestone(milestone: Milestone, seen_version: int, by: Actor) -> Milestone:
    """The milestone as it was seen, locked behind its measure, on the owner's side."""
    measure = _open_measure(milestone.measure, by)
    return _seen(milestone, measure, seen_version)


def _judged(milestone: Milestone, seen_version: int, by: Actor) -> Milestone:
    """The milestone as it was seen, locked behind its measure, for its acceptor."""
    by.require(Permission.TREE_VIEW, milestone.measure.path)
    if not is_acceptor(milestone, by):
        raise Forbidden("not_the_acceptor")
    by.require_writing()
    measure = measure_for_edit(milestone.measure_id)
    row = _seen(milestone, measure, seen_version)
    if not is_acceptor(row, by):
        raise Forbidden("not_the_acceptor")
    return row


def _seen(milestone: Milestone, measure: Measure, seen_version: int) -> Milestone:
    row = _locked(milestone.pk)
    if row.version != seen_version:
        raise Stale(seen_version, row.version)
    row.measure = measure
    return row


def _locked(milestone_id: int) -> Milestone:
    rows = Milestone.objects.lock().select_related(
        "measure__package", "acceptor__user", "done_by__user", "accepted_by__user"
    )
    row: Milestone = one_of(rows, milestone_id)
    return row


def _check_acceptor(acceptor: Membership | None, measure: Measure) -> None:
    if acceptor is None:
        return
    if acceptor.ended_at is not None:
        raise Refused("membership_ended")
    if reason := acceptor_refusal(acceptor.pk, measure.owner_id):
        raise Refused(reason)


def _cleaned(given: Mapping[str, Any]) -> dict[str, Any]:
    clean = {**given, "title": one_line(str(given["title"]))}
    if errors := milestone_faults(clean):
        raise Invalid(errors)
    return clean


def _about(milestone: Milestone) -> dict[str, Any]:
    """Which milestone an event of a measure is about."""
    return {"milestone": milestone.title}


def _said(value: Any) -> str | bool | None:
    """A value as history shows it; yes and no stay what they are."""
    return value if isinstance(value, bool) else said(value)


def _tell(
    action: AuditAction,
    milestone: Milestone,
    changes: Mapping[str, Any],
    by: Actor,
    *,
    reason: str = "",
) -> None:
    about = {"milestone": milestone.public_id}
    measure_tell(action, milestone.measure, changes, about=about, by=by, reason=reason)
