"""How to break each constraint of reporting calendars and of the periods that reports answer."""

from datetime import date, time

from django.utils import timezone

from governance.audit.choices import AuditAction
from governance.audit.services import Subject, record
from initiatives.models import ReportingCalendar
from tests.architecture.violations.breaking import Breaker, copies, sets
from tests.architecture.violations.initiatives import report
from tests.houses import House


def reporting_calendar(house: House, **values: object) -> ReportingCalendar:
    record(
        AuditAction.REPORTING_CALENDAR_PROPOSED,
        subject=Subject("reporting_calendar", "1", ""),
        by=house.system(),
    )
    given = {
        "number": 1,
        "rhythm": "weekly",
        "weekday": 5,
        "business_day": 3,
        "due_time": time(17),
        "grace_days": 1,
        "starts_on": date(2026, 1, 1),
        "proposed_by": house.people["pmo"],
    }
    return ReportingCalendar.objects.create(**given | values)


def published_calendar(house: House, **values: object) -> ReportingCalendar:
    given = {
        "state": "published",
        "published_by": house.people["administrator"],
        "published_at": timezone.now(),
    }
    return reporting_calendar(house, **given | values)


CALENDAR = "initiatives_reporting_calendar"
VIOLATIONS: dict[str, Breaker] = {
    f"{CALENDAR}_number": copies(reporting_calendar, state="withdrawn"),
    f"{CALENDAR}_one_draft": copies(reporting_calendar, number=2),
    f"{CALENDAR}_one_in_force": copies(published_calendar, number=2),
    f"{CALENDAR}_state": lambda h: reporting_calendar(h, state="maybe"),
    f"{CALENDAR}_rhythm": lambda h: reporting_calendar(h, rhythm="daily"),
    f"{CALENDAR}_days": lambda h: reporting_calendar(h, weekday=8),
    f"{CALENDAR}_second_person": lambda h: published_calendar(h, published_by=h.people["pmo"]),
    f"{CALENDAR}_published_by_somebody": lambda h: published_calendar(h, published_at=None),
    f"{CALENDAR}_is_final": sets(reporting_calendar, grace_days=4),
    f"{CALENDAR}_of_program": lambda h: reporting_calendar(h, program=h.project),
    "initiatives_statusreport_period": sets(report, answers_on=date(2026, 1, 2)),
}
