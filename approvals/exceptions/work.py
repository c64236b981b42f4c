"""Exceptions that wait for their owner (E1)."""

from typing import Final

from django.utils.translation import gettext_lazy as _

from approvals.exceptions.labels import headline
from approvals.exceptions.selectors import owned, visible_exceptions
from governance.people.actor import Actor
from governance.tenancy.models import Tenant
from governance.work.registry import Work, WorkKind, WorkLine
from governance.work.selectors import shown_and_count


def exceptions(by: Actor, _tenant: Tenant, most: int) -> Work:
    """Live exceptions that a person owns, the most pressing first."""
    rows = owned(visible_exceptions(by), by).order_by("-rank", "id")
    found, count = shown_and_count(rows, most)
    lines = [
        WorkLine(
            headline(row.source, row.title),
            f"exceptions/{row.code}/",
            row.code,
            row.subject_code,
            row.due_at,
        )
        for row in found
    ]
    return Work(count, lines)


WORK: Final = WorkKind(
    "exceptions",
    _("Exceptions"),
    "alert-circle",
    50,
    exceptions,
    page="approvals:exceptions",
    path="exceptions/",
)
