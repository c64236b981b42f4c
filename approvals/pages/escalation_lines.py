"""Escalations as lists show them: one line each, in a fixed number of queries."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext as _

from approvals.clock import Clocks
from approvals.escalations.choices import EndReason
from approvals.escalations.models import Escalation
from approvals.escalations.registry import source_label
from approvals.escalations.selectors import Reached, levels_reached
from governance.ui.parts import Column


@dataclass(frozen=True, slots=True)
class Line:
    """One escalation in a list: how long it is overdue, and the last level it reached."""

    row: Escalation
    kind: str
    days: int
    last: Reached | None
    state: str
    tone: str


def lines_of(rows: Sequence[Escalation]) -> list[Line]:
    """Escalations as lists show them; two queries, and two for each calendar."""
    reached, now, clocks = levels_reached(rows), timezone.now(), Clocks()
    return [
        Line(
            row,
            str(source_label(row.source)),
            max(0, -clocks.of(row.calendar_number).days_left(row.due_at, row.ended_at or now)),
            reached[row.pk][-1] if reached[row.pk] else None,
            *state_of(row),
        )
        for row in rows
    ]


def state_of(row: Escalation) -> tuple[str, str]:
    """Where an escalation stands, in words and as a tone."""
    if row.ended_at is not None:
        return str(EndReason(row.end_reason).label), "neutral"
    if row.stopped_at is not None:
        return _("on hold"), "blue"
    return _("open"), "amber" if row.level < 3 else "red"  # noqa: PLR2004  # beyond the line's leads


def list_columns() -> list[Column]:
    return [
        Column("what", _("What")),
        Column("owes", _("Who owes it")),
        Column("due", _("Due")),
        Column("level", _("Escalation level")),
        Column("state", _("State")),
    ]
