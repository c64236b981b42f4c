"""Text as people type it: cleaned, checked and folded for sorting; pure."""

import re
import unicodedata

from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

SORT_KEY_LENGTH = 200
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_BLANKS = re.compile(r"\s+")
# A code is a part of addresses, so that a slash or a leading dot would lead elsewhere.
CODE = re.compile(r"[^\W_][\w .&-]*")


def sort_key(text: str) -> str:
    """Folded for sorting by bytes: case, accents and ß gone, so that Ä stands with A."""
    folded = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(char for char in folded if not unicodedata.combining(char))
    return _BLANKS.sub(" ", plain).strip()[:SORT_KEY_LENGTH]


def one_line(text: str) -> str:
    """Outer blanks gone and inner runs of white space made one blank."""
    return _BLANKS.sub(" ", text).strip()


def prose(text: str) -> str:
    """Outer blanks gone and every line end a line feed: browsers and spreadsheets write others."""
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


def has_control_characters(text: str) -> bool:
    """Whether a text holds what PostgreSQL or JSON cannot keep or nobody can read."""
    return _CONTROL.search(text) is not None


def text_fault(text: str, *, limit: int, required: bool = True) -> StrOrPromise | None:
    """Why a text cannot be kept, in words for the person who typed it; None if it can."""
    if required and not text.strip():
        return _("This is required.")
    if has_control_characters(text):
        return _("This contains control characters; remove them and try again.")
    if len(text) > limit:
        return _("At most %(limit)s characters; this has %(count)s.") % {
            "limit": limit,
            "count": len(text),
        }
    return None


def code_fault(code: str, *, limit: int) -> StrOrPromise | None:
    """Why a text cannot be the code of something, in words for people; None if it can."""
    fault = text_fault(code, limit=limit)
    if fault is None and not CODE.fullmatch(code):
        fault = _("Letters, digits, blanks and . _ - & only, a letter or digit first.")
    return fault
