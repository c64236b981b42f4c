"""Whether a document of a kind is filed with a measure; the app's documents say so."""

from django.utils.translation import gettext as _

from initiatives.criteria import Finding
from initiatives.models import Measure


def has_document(measure: Measure, kind: str) -> Finding:
    """A criterion of the kind evidence (G4)."""
    return Finding(is_met=False, missing=_("No such document is filed yet."))
