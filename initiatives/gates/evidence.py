"""Whether a document of a kind is filed with a measure: criteria shown by evidence (G4)."""

from django.utils.translation import gettext as _

from initiatives.criteria import MET, Finding
from initiatives.documents.choices import DocumentKind
from initiatives.documents.selectors import has_document
from initiatives.models import Measure

TAB = "initiatives:measure-documents"


def filed(measure: Measure, kind: str) -> Finding:
    """A criterion of the kind evidence: met while such a document stands, not withdrawn."""
    known = DocumentKind(kind)
    if has_document(measure, known):
        return MET
    text = _("No document of this kind is filed yet: %(kind)s.") % {"kind": known.label}
    return Finding(is_met=False, missing=text, where=TAB)
