"""What a search finds of exceptions: their code, their subject, and titles given by hand."""

from typing import Final

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from approvals.exceptions.labels import headline
from approvals.exceptions.selectors import visible_exceptions
from governance.people.actor import Actor
from governance.search.registry import Found, Hit, SearchKind


def find_exceptions(text: str, by: Actor, most: int) -> Found:
    """Exceptions of the places a person sees, the newest first; one query."""
    named = Q(code__istartswith=text) | Q(subject_code__iexact=text) | Q(title__icontains=text)
    rows = visible_exceptions(by).filter(named).order_by("-id")[:most]
    hits = [
        Hit(
            headline(row.source, row.title),
            f"exceptions/{row.code}/",
            row.code,
            row.subject_code,
        )
        for row in rows
    ]
    return Found(hits)


KIND: Final = SearchKind("exceptions", _("Exceptions"), "alert-circle", 35, find_exceptions)
