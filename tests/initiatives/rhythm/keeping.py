"""Reporting calendars for tests, proposed by one person and published by another."""

from governance.tree.models import Node
from initiatives.rhythm.models import ReportingCalendar
from initiatives.rhythm.rules import RhythmTerms
from initiatives.rhythm.services import reporting_calendar_propose, reporting_calendar_publish
from tests.houses import House


def in_rhythm(house: House, terms: RhythmTerms, program: Node | None = None) -> ReportingCalendar:
    """A version with these terms, in force in the tenant or in one program."""
    with house.active():
        row = reporting_calendar_propose(terms=terms, program=program, by=house.actor("pmo"))
        by = house.actor("administrator")
        return reporting_calendar_publish(number=row.number, seen_version=1, by=by)
