"""Writing documents: bring one, bring a newer version of it, withdraw it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from governance.audit.choices import AuditAction
from governance.errors import Conflict, FieldErrors, Forbidden, Invalid, Stale
from governance.people.actor import Actor
from governance.people.choices import Permission
from governance.text import one_line, text_fault
from initiatives.documents.choices import DocumentKind
from initiatives.documents.files import KeptFile, kept_file
from initiatives.documents.models import Document, DocumentVersion
from initiatives.documents.rules import (
    COMMENT_LENGTH,
    REASON_LENGTH,
    TITLE_LENGTH,
    may_upload,
)
from initiatives.documents.selectors import (
    bound_refusal,
    is_controller,
    version_of,
    withdraw_refusal,
)
from initiatives.gates.editing import measure_edited, measure_for_edit
from initiatives.milestones.models import Milestone
from initiatives.models import Measure
from initiatives.selectors import hands_at, one_of
from initiatives.services import measure_tell

LIMITS = {"title": TITLE_LENGTH, "comment": COMMENT_LENGTH, "reason": REASON_LENGTH}


@dataclass(frozen=True, slots=True)
class DocumentDraft:
    """A document to be; evidence of a milestone names the milestone, the others none."""

    title: str
    kind: str
    milestone: Milestone | None = None


@dataclass(frozen=True, slots=True)
class Upload:
    """A file on its way in; its content is read once, in pieces."""

    name: str
    content: Iterable[bytes]
    comment: str = ""


@transaction.atomic
def document_add(*, measure: Measure, draft: DocumentDraft, upload: Upload, by: Actor) -> Document:
    """Bring a document with its first version.

    Raises `Invalid` by field, `Forbidden("document_not_yours")`, `Conflict("measure_closed")`,
    `Conflict("measure_cancelled")` and `Conflict("milestone_is_accepted")`.
    """
    row = _open_measure(measure, by)
    title, comment = one_line(draft.title), one_line(upload.comment)
    _refuse({**_faults({"title": title}, {"comment": comment}), **_kind_faults(draft)})
    milestone = _evidence_for(draft, row)
    with kept_file(upload.name, upload.content) as kept:
        document = Document(
            measure=row,
            title=title,
            kind=draft.kind,
            milestone=milestone,
            author=_author(by),
            added_by_id=by.membership_id,
        )
        document.save(force_insert=True)
        _version_save(document, 1, kept, comment, by)
        changes: dict[str, Any] = {"document": title, "kind": [None, draft.kind]}
        if milestone is not None:
            changes["milestone"] = [None, milestone.title]
        _tell(AuditAction.DOCUMENT_ADDED, document, changes | _file_facts(None, kept), by)
        measure_edited(row, by=by)
    return _locked(document.pk)


@transaction.atomic
def document_version_add(*, document: Document, upload: Upload, by: Actor) -> Document:
    """Bring a newer version of a document; the earlier ones stay as they are.

    Raises as `document_add`, and `Conflict("document_withdrawn")`, `Conflict("document_is_bound")`.
    """
    measure = _open_measure(document.measure, by)
    row = _locked(document.pk)
    comment = one_line(upload.comment)
    _refuse(_faults({}, {"comment": comment}))
    if reason := bound_refusal(row):
        raise Conflict(reason)
    last = version_of(row)
    with kept_file(upload.name, upload.content) as kept:
        _version_save(row, last.number + 1, kept, comment, by)
        row.touched().save(update_fields=["version", "updated_at"])
        changes = {"document": row.title, **_file_facts(last, kept)}
        _tell(AuditAction.DOCUMENT_RENEWED, row, changes, by)
        measure_edited(measure, by=by)
    return _locked(row.pk)


@transaction.atomic
def document_withdraw(*, document: Document, seen_version: int, reason: str, by: Actor) -> Document:
    """Withdraw a document: it stays readable and counts for nothing any more.

    By who added it, or the PMO. Raises `Forbidden("document_of_another")`, `Stale`, `Invalid` and
    `Conflict` as a new version does.
    """
    by.require(Permission.TREE_VIEW, document.measure.path)
    if withdraw_refusal(document, by) == "document_of_another":
        raise Forbidden("document_of_another")
    by.require_writing()
    measure = measure_for_edit(document.measure_id)
    row = _locked(document.pk)
    row.measure = measure
    refusal = withdraw_refusal(row, by)
    if refusal == "document_of_another":
        raise Forbidden(refusal)
    if row.version != seen_version:
        raise Stale(seen_version, row.version)
    if refusal is not None:
        raise Conflict(refusal)
    words = one_line(reason)
    _refuse(_faults({"reason": words}, {}))
    row.is_withdrawn, row.withdrawn_reason = True, words
    row.touched().save()
    changes = {"document": row.title, "is_withdrawn": [False, True]}
    _tell(AuditAction.DOCUMENT_WITHDRAWN, row, changes, by, reason=words)
    measure_edited(measure, by=by)
    return _locked(row.pk)


def refuse_documents(measure_ids: Sequence[int], _by: Actor) -> None:
    """Hook of an early deletion (H3): versions are append-only, so their measure stays."""
    if Document.objects.filter(measure__in=list(measure_ids)).exists():
        raise Conflict("measure_has_documents")


def _open_measure(measure: Measure, by: Actor) -> Measure:
    """The measure, locked, into which this person may bring documents."""
    by.require(Permission.TREE_VIEW, measure.path)
    _require_hands(measure, by)
    by.require_writing()
    row = measure_for_edit(measure.pk)
    _require_hands(row, by)
    return row


def _require_hands(measure: Measure, by: Actor) -> None:
    if not may_upload(hands_at(measure, by), is_controller=is_controller(measure, by)):
        raise Forbidden("document_not_yours")


def _evidence_for(draft: DocumentDraft, measure: Measure) -> Milestone | None:
    """The milestone as it is now; the lock on the measure keeps it so."""
    if draft.milestone is None:
        return None
    rows = Milestone.objects.filter(measure=measure, pk=draft.milestone.pk)
    milestone: Milestone | None = rows.first()
    if milestone is None:
        raise Invalid({"milestone": [_("This milestone is none of the measure's.")]})
    if milestone.accepted_at is not None:
        raise Conflict("milestone_is_accepted")
    return milestone


def _version_save(
    document: Document, number: int, kept: KeptFile, comment: str, by: Actor
) -> DocumentVersion:
    version = DocumentVersion(
        document=document,
        number=number,
        file_name=kept.name,
        content_type=kept.content_type,
        size=kept.size,
        sha256=kept.sha256,
        storage_key=kept.key,
        comment=comment,
        author=_author(by),
        uploaded_by_id=by.membership_id,
    )
    version.save(force_insert=True)
    return version


def _file_facts(last: DocumentVersion | None, kept: KeptFile) -> dict[str, Any]:
    return {
        "file": [last.file_name if last else None, kept.name],
        "sha256": [last.sha256 if last else None, kept.sha256],
    }


def _faults(required: Mapping[str, str], optional: Mapping[str, str]) -> FieldErrors:
    texts = {**required, **optional}
    return {
        name: [fault]
        for name, text in texts.items()
        if (fault := text_fault(text, limit=LIMITS[name], required=name in required))
    }


def _kind_faults(draft: DocumentDraft) -> FieldErrors:
    if draft.kind not in DocumentKind.values:
        return {"kind": [_("Choose one of the list.")]}
    if draft.kind == DocumentKind.MILESTONE and draft.milestone is None:
        return {"milestone": [_("Name the milestone that this is evidence of.")]}
    if draft.kind != DocumentKind.MILESTONE and draft.milestone is not None:
        return {"kind": [_("A document of a milestone is milestone evidence.")]}
    return {}


def _refuse(errors: FieldErrors) -> None:
    if errors:
        raise Invalid(errors)


def _author(by: Actor) -> str:
    return f"{by.name} <{by.email}>" if by.email else by.name


def _locked(document_id: int) -> Document:
    rows = Document.objects.lock().select_related("measure__package", "milestone")
    row: Document = one_of(rows, document_id)
    return row


def _tell(
    action: AuditAction,
    document: Document,
    changes: Mapping[str, Any],
    by: Actor,
    *,
    reason: str = "",
) -> None:
    about = {"document": document.public_id}
    measure_tell(action, document.measure, changes, about=about, by=by, reason=reason)
