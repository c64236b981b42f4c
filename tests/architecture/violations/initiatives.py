"""How to break each constraint of measures."""

import uuid

from governance.audit.choices import AuditAction
from governance.audit.services import Subject, record
from initiatives.models import Measure, StatusReport
from tests.architecture.violations.breaking import Breaker, copies, sets
from tests.houses import House


def measure(house: House, code: str = "M-000901") -> Measure:
    """A measure, written past its service: only the database is asked here."""
    record(AuditAction.MEASURE_CREATED, subject=Subject("measure", code, "x"), by=house.system())
    return Measure.objects.create(code=code, name="x", sort_key="x", package=house.package)


def report(house: House, **values: object) -> StatusReport:
    given = {"reported_on": "2026-01-31", "light": "green", "source": "form", "author": "x"}
    return StatusReport.objects.create(measure=measure(house), **given | values)


def with_another(**values: object) -> Breaker:
    """Give a second measure what the first has."""

    def break_it(house: House) -> None:
        first, second = measure(house), measure(house, "M-000902")
        for row in (first, second):
            Measure.objects.filter(pk=row.pk).update(**values)

    return break_it


def person(name: str) -> object:
    return lambda house: house.people[name].pk


VIOLATIONS: dict[str, Breaker] = {
    "initiatives_measure_code": with_another(code="M-000903"),
    "initiatives_measure_source": with_another(source_key="row 1"),
    "initiatives_stage_by_gate_only": sets(measure, stage="decided"),
    "initiatives_measure_package_level_fk": sets(measure, package=lambda h: h.project.pk),
    "initiatives_measure_dates": sets(
        measure, planned_start="2026-02-02", planned_end="2026-02-01"
    ),
    "initiatives_measure_owner_not_sponsor": sets(
        measure, owner=person("owner"), sponsor=person("owner")
    ),
    "initiatives_measure_controller_judges_others": sets(
        measure, owner=person("owner"), controller=person("owner")
    ),
    "initiatives_statusreport_id": copies(report, rater="IPA"),
    "initiatives_statusreport_key": copies(report, public_id=lambda _h: uuid.uuid4()),
    "initiatives_statusreport_light_known": sets(report, light="pink"),
    "initiatives_statusreport_source_known": sets(report, source="fax"),
    "initiatives_statusreport_day": sets(report, reported_on="1989-12-31"),
}
