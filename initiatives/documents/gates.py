"""What gates judge of a measure's documents: a part of the snapshot (G3), and criteria (G4)."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from initiatives import criteria, snapshots
from initiatives.documents.choices import DocumentKind
from initiatives.documents.selectors import has_document, standing_documents
from initiatives.models import Measure

TAB = "initiatives:measure-documents"


def document_facts(measure: Measure) -> list[Any]:
    """Every document that counts, with the hash of its newest version."""
    return [
        {
            "kind": document.kind,
            "title": document.title,
            "version": version.number,
            "sha256": version.sha256,
        }
        for document, version in standing_documents(measure)
    ]


def _evidence(
    name: str, kind: DocumentKind, label: StrOrPromise, missing: StrOrPromise
) -> criteria.Criterion:
    def check(measure: Measure) -> criteria.Finding:
        if has_document(measure, kind):
            return criteria.MET
        return criteria.Finding(is_met=False, missing=missing, where=TAB)

    return criteria.Criterion(name, label, check)


PARTS = (snapshots.Part("documents", frozenset({"T2", "T3", "T4", "T5"}), document_facts),)
CRITERIA = (
    _evidence(
        "evidence_business_case",
        DocumentKind.BUSINESS_CASE,
        _("A business case is attached"),
        _("No business case is attached, or it was withdrawn."),
    ),
    _evidence(
        "evidence_ledger",
        DocumentKind.LEDGER,
        _("Ledger evidence is attached"),
        _("No ledger evidence is attached, or it was withdrawn."),
    ),
)
