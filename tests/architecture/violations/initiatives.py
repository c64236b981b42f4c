"""How to break each constraint of measures."""

import uuid
from collections.abc import Callable

from governance.audit.choices import AuditAction
from governance.audit.services import Subject, record
from initiatives.models import Document, DocumentVersion, Measure, Milestone, StatusReport
from tests.architecture.violations.breaking import Breaker, copies, sets
from tests.houses import House


def measure(house: House, code: str = "M-000901") -> Measure:
    """A measure, written past its service: only the database is asked here."""
    record(AuditAction.MEASURE_CREATED, subject=Subject("measure", code, "x"), by=house.system())
    return Measure.objects.create(code=code, name="x", sort_key="x", package=house.package)


def report(house: House, **values: object) -> StatusReport:
    given = {"reported_on": "2026-01-31", "light": "green", "source": "form", "author": "x"}
    return StatusReport.objects.create(measure=measure(house), **given | values)


def milestone(house: House, **values: object) -> Milestone:
    given = {"title": "x", "weight": 1, "acceptor": house.people["sponsor"]} | values
    given["measure"] = given.get("measure") or measure(house)
    return Milestone.objects.create(**given)


def document(house: House, **values: object) -> Document:
    given = {"title": "x", "kind": "other", "author": "x"} | values
    given["measure"] = given.get("measure") or measure(house)
    return Document.objects.create(**given)


def evidence(house: House) -> Document:
    step = milestone(house)
    return document(house, kind="milestone", milestone=step, measure=step.measure)


def version(house: House, **values: object) -> DocumentVersion:
    given = {
        "number": 1,
        "file_name": "x.pdf",
        "content_type": "application/pdf",
        "size": 1,
        "sha256": "a" * 64,
        "storage_key": "b" * 64,
        "author": "x",
    }
    return DocumentVersion.objects.create(document=document(house), **given | values)


def makes(make: Callable[..., object], **values: object) -> Breaker:
    """Write a row with these values; callables are asked first."""

    def break_it(house: House) -> None:
        make(house, **{name: v(house) if callable(v) else v for name, v in values.items()})

    return break_it


def proves_a_milestone_of_another(house: House) -> None:
    step = milestone(house)
    document(house, kind="milestone", milestone=step, measure=measure(house, "M-000902"))


def owned_by_its_acceptor(house: House) -> None:
    step = milestone(house)
    Measure.objects.filter(pk=step.measure_id).update(owner=step.acceptor)


def accepted_by_its_owner(house: House) -> None:
    owned = measure(house)
    Measure.objects.filter(pk=owned.pk).update(owner=house.people["owner"])
    milestone(house, measure=owned, acceptor=house.people["owner"])


def with_another(**values: object) -> Breaker:
    """Give a second measure what the first has."""

    def break_it(house: House) -> None:
        first, second = measure(house), measure(house, "M-000902")
        for row in (first, second):
            Measure.objects.filter(pk=row.pk).update(**values)

    return break_it


def person(name: str) -> object:
    return lambda house: house.people[name].pk


DONE: dict[str, object] = {
    "actual_on": "2026-01-31",
    "done_at": "2026-01-31T00:00Z",
    "done_by": person("owner"),
}
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
    "initiatives_document_id": copies(document),
    "initiatives_document_kind_known": sets(document, kind="poem"),
    "initiatives_document_withdrawn": sets(document, is_withdrawn=True),
    "initiatives_document_evidence": sets(evidence, kind="other"),
    "initiatives_document_milestone_of_measure": proves_a_milestone_of_another,
    "initiatives_documentversion_number": copies(version, storage_key="c" * 64),
    "initiatives_documentversion_stored_once": copies(version, number=2),
    "initiatives_documentversion_from_one": makes(version, number=0),
    "initiatives_documentversion_not_empty": makes(version, size=0),
    "initiatives_documentversion_hash": makes(version, sha256="A" * 64),
    "initiatives_documentversion_storage": makes(version, storage_key="../" * 21 + "x"),
    "initiatives_milestone_id": copies(milestone),
    "initiatives_milestone_weight": sets(milestone, weight=101),
    "initiatives_milestone_days": sets(milestone, plan_on="1989-12-31"),
    "initiatives_milestone_done": sets(milestone, done_at="2026-01-31T00:00Z"),
    "initiatives_milestone_accepted": sets(milestone, accepted_at="2026-01-31T00:00Z"),
    "initiatives_milestone_accepted_by_acceptor": sets(
        milestone, **DONE, accepted_at="2026-02-28T00:00Z", accepted_by=person("pmo")
    ),
    "initiatives_milestone_two_people": sets(
        milestone,
        **DONE | {"done_by": person("sponsor")},
        accepted_at="2026-02-28T00:00Z",
        accepted_by=person("sponsor"),
    ),
    "initiatives_milestone_acceptor_not_owner": accepted_by_its_owner,
    "initiatives_measure_owner_not_acceptor": owned_by_its_acceptor,
    "initiatives_statusreport_id": copies(report, rater="IPA"),
    "initiatives_statusreport_key": copies(report, public_id=lambda _h: uuid.uuid4()),
    "initiatives_statusreport_light_known": sets(report, light="pink"),
    "initiatives_statusreport_source_known": sets(report, source="fax"),
    "initiatives_statusreport_day": sets(report, reported_on="1989-12-31"),
}
