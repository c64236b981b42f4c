"""Texts of decisions as they are kept; what cannot be kept is refused by its field."""

from governance.errors import Invalid
from governance.text import prose, text_fault

TEXT_LENGTH = 4000


def kept_text(field: str, text: str, *, required: bool = True, limit: int = TEXT_LENGTH) -> str:
    """A comment or rationale, cleaned; raises `Invalid` for the field."""
    kept = prose(text)
    if fault := text_fault(kept, limit=limit, required=required):
        raise Invalid({field: [fault]})
    return kept
