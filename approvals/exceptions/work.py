"""Exceptions that wait for their owner (E1)."""

from typing import Final

from django.utils.translation import gettext_lazy as _

from approvals.exceptions.labels import headline
from approvals.exceptions.selectors import owned, visible_exceptions
from governance.people.actor import Actor
from governance.tenancy.models import Tenant
from governance.work.registry import MOST_COUNTED, Work, WorkKind, WorkLine
from governance.work.selectors import count_up


def exceptions(by: Actor, _tenant: Tenant, most: int) -> Work:
    """Live exceptions that a person owns, the most pressing first."""
    rows = owned(visible_exceptions(by), by)
    if not most:
        return Work(count_up(rows))
    found = list(rows.order_by("-rank", "id")[: MOST_COUNTED + 1])
    lines = [
        WorkLine(
            headline(row.source, row.title),
            f"exceptions/{row.code}/",
            row.code,
            row.subject_code,
            row.due_at,
        )
        for row in found[:most]
    ]
    return Work(len(found), lines)


WORK: Final = WorkKind(
    "exceptions",
    _("Exceptions"),
    "alert-circle",
    50,
    exceptions,
    page="approvals:exceptions",
    path="exceptions/",
)
