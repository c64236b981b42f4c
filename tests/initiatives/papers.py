"""Documents and milestones for tests, made through their services."""

import io
import zipfile
from datetime import date
from typing import Any

from governance.audit.selectors import events_of
from governance.history import sentence_of
from initiatives.documents.choices import DocumentKind
from initiatives.documents.models import Document
from initiatives.documents.services import DocumentDraft, Upload, document_add
from initiatives.milestones.models import Milestone
from initiatives.milestones.services import (
    MilestoneDraft,
    milestone_accept,
    milestone_add,
    milestone_change,
    milestone_done,
    milestone_remove,
    milestone_return,
)
from initiatives.models import Measure
from tests.houses import House

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"
DUE = date(2026, 9, 30)


def office(part: str = "word/document.xml", *more: str) -> bytes:
    """A zip file with the parts of an office file."""
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w") as archive:
        for name in ("[Content_Types].xml", part, *more):
            archive.writestr(name, "<x/>")
    return kept.getvalue()


def upload(content: bytes = PDF, name: str = "case.pdf", comment: str = "") -> Upload:
    return Upload(name, [content], comment)


def add_document(  # noqa: PLR0913  # what a document is made of
    house: House,
    measure: Measure,
    who: str = "owner",
    *,
    kind: str = DocumentKind.BUSINESS_CASE,
    title: str = "Business case",
    milestone: Milestone | None = None,
    file: Upload | None = None,
) -> Document:
    draft = DocumentDraft(title, kind, milestone)
    by = house.actor(who)
    return document_add(measure=measure, draft=draft, upload=file or upload(), by=by)


def add_milestone(
    house: House, measure: Measure, title: str = "Contract signed", who: str = "owner", **more: Any
) -> Milestone:
    """A milestone that the sponsor accepts."""
    given = {"weight": 10, "plan_on": DUE, "acceptor": house.people["sponsor"]} | more
    draft = MilestoneDraft(title, **given)
    return milestone_add(measure=measure, draft=draft, by=house.actor(who))


def prove(house: House, milestone: Milestone, title: str = "Proof") -> Document:
    """A document that counts as evidence of a milestone."""
    return add_document(
        house,
        milestone.measure,
        kind=DocumentKind.MILESTONE,
        title=title,
        milestone=milestone,
    )


def done(house: House, milestone: Milestone, who: str = "owner") -> Milestone:
    return milestone_done(
        milestone=milestone,
        seen_version=milestone.version,
        actual_on=date(2026, 3, 31),
        by=house.actor(who),
    )


def change(house: House, row: Milestone, who: str = "owner", **fields: Any) -> Milestone:
    seen = row.version
    return milestone_change(milestone=row, seen_version=seen, fields=fields, by=house.actor(who))


def accept(house: House, row: Milestone, who: str = "sponsor", seen: int = 0) -> Milestone:
    seen = seen or row.version
    return milestone_accept(milestone=row, seen_version=seen, by=house.actor(who))


def give_back(
    house: House, row: Milestone, who: str = "sponsor", reason: str = "Half of it"
) -> Milestone:
    by = house.actor(who)
    return milestone_return(milestone=row, seen_version=row.version, reason=reason, by=by)


def remove(house: House, row: Milestone, who: str = "owner") -> None:
    milestone_remove(milestone=row, seen_version=row.version, by=house.actor(who))


def last(measure: Measure) -> Any:
    return sentence_of(events_of("measure", measure.code)[0])
