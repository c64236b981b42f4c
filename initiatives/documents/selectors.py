"""Reading documents: those of a measure with their versions, one by its address, who may what."""

import uuid
from collections import defaultdict
from collections.abc import Iterable

from django.db.models import QuerySet

from governance.errors import NotVisible
from governance.people.actor import Actor
from governance.people.choices import Permission
from governance.tree.rules import below
from initiatives.choices import Overlay, Stage
from initiatives.documents.choices import DocumentKind
from initiatives.documents.models import Document, DocumentVersion
from initiatives.documents.rules import may_upload, may_withdraw
from initiatives.models import Measure
from initiatives.selectors import hands_at


def documents_of(measure: Measure) -> QuerySet[Document]:
    """Documents of one measure, the newest first, withdrawn ones too."""
    rows: QuerySet[Document] = Document.objects.filter(measure=measure)
    return rows.select_related("measure", "milestone").order_by("-id")


def document_by_id(public_id: uuid.UUID, *, by: Actor) -> Document:
    """One document of a visible measure; raises `NotVisible`."""
    scope = below(by.scope.paths(Permission.TREE_VIEW), "measure__package__path")
    rows = Document.objects.filter(scope, public_id=public_id)
    row: Document | None = rows.select_related("measure__package", "milestone").first()
    if row is None:
        raise NotVisible
    return row


def versions_of(documents: Iterable[Document]) -> dict[int, list[DocumentVersion]]:
    """The versions of each document by its id, the newest first; one query."""
    found: dict[int, list[DocumentVersion]] = defaultdict(list)
    rows = DocumentVersion.objects.filter(document_id__in=[row.pk for row in documents])
    for version in rows.order_by("document_id", "-number"):
        found[version.document_id].append(version)
    return found


def version_of(document: Document, number: int | None = None) -> DocumentVersion:
    """One version of a document, the newest without a number; raises `NotVisible`."""
    rows = DocumentVersion.objects.filter(document=document)
    if number is not None:
        rows = rows.filter(number=number)
    row: DocumentVersion | None = rows.order_by("-number").first()
    if row is None:
        raise NotVisible
    return row


def standing_documents(measure: Measure) -> list[tuple[Document, DocumentVersion]]:
    """Documents that count, in the order they came, each with its newest version; one query."""
    rows = DocumentVersion.objects.filter(
        document__measure=measure, document__is_withdrawn=False
    ).select_related("document")
    newest = rows.order_by("document_id", "-number").distinct("document_id")
    return [(version.document, version) for version in newest]


def has_document(measure: Measure, kind: DocumentKind) -> bool:
    """Whether a document of this kind stands in the measure."""
    rows = Document.objects.filter(measure=measure, kind=kind, is_withdrawn=False)
    return bool(rows.exists())


def upload_refusal(measure: Measure, by: Actor) -> str | None:
    """Why this person brings no documents to a measure now, as a code; needs no query."""
    if not may_upload(hands_at(measure, by), is_controller=is_controller(measure, by)):
        return "document_not_yours"
    return closed_refusal(measure)


def withdraw_refusal(document: Document, by: Actor) -> str | None:
    """Why this person cannot withdraw a document now, as a code; needs no query."""
    measure = document.measure
    is_theirs = document.added_by_id is not None and document.added_by_id == by.membership_id
    may = may_withdraw(
        hands_at(measure, by),
        is_added_by_them=is_theirs,
        is_controller=is_controller(measure, by),
    )
    if not may:
        return "document_of_another"
    return closed_refusal(measure) or bound_refusal(document)


def bound_refusal(document: Document) -> str | None:
    """Why a document stays as it is: withdrawn, or what an accepted milestone rests on (D1)."""
    if document.is_withdrawn:
        return "document_withdrawn"
    milestone = document.milestone
    is_bound = milestone is not None and milestone.accepted_at is not None
    return "document_is_bound" if is_bound else None


def closed_refusal(measure: Measure) -> str | None:
    """Why nothing of a measure may change any more, as `measure_for_edit` says it."""
    if measure.overlay == Overlay.CANCELLED:
        return "measure_cancelled"
    return "measure_closed" if measure.stage == Stage.CLOSED else None


def is_controller(measure: Measure, by: Actor) -> bool:
    """Whether this person is the measure's named controller."""
    return by.membership_id is not None and measure.controller_id == by.membership_id
