"""Documents and milestones for tests, made through their services."""

import io
import zipfile
from datetime import date
from typing import Any

from initiatives.documents.choices import DocumentKind
from initiatives.documents.models import Document
from initiatives.documents.services import DocumentDraft, Upload, document_add
from initiatives.milestones.models import Milestone
from initiatives.milestones.services import MilestoneDraft, milestone_add, milestone_done
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
