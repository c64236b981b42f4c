"""Writing reporting calendars: one person proposes a version, another publishes it (R1, S5)."""

from datetime import time
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from governance.audit.choices import AuditAction
from governance.people.actor import Actor
from governance.tree.choices import Level
from governance.tree.models import Node
from governance.versions.services import (
    SettingKind,
    version_propose,
    version_publish,
)
from initiatives.rhythm.models import ReportingCalendar
from initiatives.rhythm.rules import NAMES, RhythmTerms, term_faults


def reporting_calendar_propose(
    *, terms: RhythmTerms, by: Actor, program: Node | None = None
) -> ReportingCalendar:
    """Put the next version of the tenant's or a program's calendar forward.

    Raises as `version_propose` does.
    """
    faults = term_faults(terms)
    if program is not None and program.known_level is not Level.PROGRAM:
        faults["program"] = [_("Choose a program.")]
    said = {name: getattr(terms, name) for name in NAMES} | {"program": program}
    return version_propose(kind=REPORTING_CALENDAR, said=said, faults=faults, by=by)


def reporting_calendar_publish(*, number: int, seen_version: int, by: Actor) -> ReportingCalendar:
    """Bring a proposal into force from now on; raises as `version_publish` does."""
    return version_publish(kind=REPORTING_CALENDAR, number=number, seen_version=seen_version, by=by)


def _changes(before: ReportingCalendar | None, after: ReportingCalendar) -> dict[str, Any]:
    """What differs from what holds at the place, field by field."""
    new = after.terms
    pairs = {
        name: (None if before is None else getattr(before.terms, name), getattr(new, name))
        for name in NAMES
    }
    changes = {name: [_plain(a), _plain(b)] for name, (a, b) in pairs.items() if a != b}
    place = after.program.code if after.program is not None else None
    return changes | ({"program": [None, place]} if place else {})


def _plain(value: Any) -> Any:
    if isinstance(value, time):
        return value.isoformat("minutes")
    return str(value) if value is not None else None


REPORTING_CALENDAR: Final = SettingKind(
    model=ReportingCalendar,
    noun="reporting_calendar",
    proposed=AuditAction.REPORTING_CALENDAR_PROPOSED,
    published=AuditAction.REPORTING_CALENDAR_PUBLISHED,
    withdrawn=AuditAction.REPORTING_CALENDAR_WITHDRAWN,
    changes=_changes,
    node="program",
)
