"""How to break each constraint of measures."""

import uuid
from collections.abc import Callable

from governance.audit.choices import AuditAction
from governance.audit.services import Subject, record
from initiatives.models import (
    Attestation,
    Document,
    DocumentVersion,
    Measure,
    Milestone,
    StageModelVersion,
    StatusReport,
)
from tests.architecture.violations.approvals import (
    NOW,
    decided,
    decision,
    deletes,
    request,
    step,
    vote,
)
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


def closes_by_another_hand(house: House) -> None:
    """A go on closure by the controller, and another controller written in beside it."""
    moves("T5", "identified", "closed", part="closing_controller", confirmed_amount=1)(house)


def moves(
    transition: str, origin: str, target: str, *, part: str = "controller", **said: object
) -> Breaker:
    """A decided request about a measure, and the measure moved as far as `target`."""

    def break_it(house: House) -> None:
        row = measure(house)
        asked = request(
            house,
            subject_id=row.pk,
            transition=transition,
            from_state=origin,
            to_state=target,
        )
        at = step(house, asked, part=part, decider=house.people["controller"])
        cast = vote(house, at, voter="controller", **said)
        type(at).objects.filter(pk=at.pk).update(state="met")
        decision(asked, decided_by_id=cast.voter_id, to_state=target)
        Measure.objects.filter(pk=row.pk).update(stage=target)

    return break_it


def moves_by_the_decision_of_another(house: House) -> None:
    """The decision leads where the measure goes, and is about another measure."""
    other = measure(house, "M-000902")
    at = step(house, request(house, subject_id=other.pk))
    decided(house, at)
    sets(measure, stage="detailed")(house)


def further_than_decided(house: House) -> None:
    """A go to Detailed, and the measure at Decided."""
    row = measure(house)
    decided(house, step(house, request(house, subject_id=row.pk)))
    Measure.objects.filter(pk=row.pk).update(stage="decided")


def published(_house: House) -> StageModelVersion:
    found: StageModelVersion = StageModelVersion.objects.get(state="published")
    return found


def drafted(house: House, **values: object) -> StageModelVersion:
    subject = Subject("stage_model", "standard 2", "x")
    record(AuditAction.STAGE_MODEL_PROPOSED, subject=subject, by=house.system())
    given = {"code": "standard", "number": 2, "name": "x", "definition": "{}"}
    given["proposed_by"] = house.people["pmo"]
    made: StageModelVersion = StageModelVersion.objects.create(**given | values)
    return made


def published_as(**values: object) -> Breaker:
    """The draft of the PMO, published by the administrator beside the one in force."""
    given = {"state": "published", "published_at": NOW, "published_by": person("administrator")}
    return sets(drafted, **given | values)


def attestation(house: House, **values: object) -> Attestation:
    record(AuditAction.CRITERION_ATTESTED, subject=Subject("measure", "x", "x"), by=house.system())
    owned = measure(house)
    Measure.objects.filter(pk=owned.pk).update(owner=house.people["owner"])
    given = {"measure": owned, "criterion": "counted_once", "role": "controller"}
    given |= {"attested_by": house.people["controller"], "snapshot_hash": "a" * 64}
    made: Attestation = Attestation.objects.create(**given | values)
    return made


def leaves_its_model(house: House) -> None:
    """Moved to Detailed by a decision, and then to another stage model."""
    row = measure(house)
    decided(house, step(house, request(house, subject_id=row.pk)))
    Measure.objects.filter(pk=row.pk).update(stage="detailed")
    StageModelVersion.objects.filter(state="published").update(state="replaced")
    later = drafted(house)
    StageModelVersion.objects.filter(pk=later.pk).update(
        state="published", published_at=NOW, published_by=house.people["administrator"]
    )
    Measure.objects.filter(pk=row.pk).update(stage_model=later)


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
    "initiatives_closed_by_controller_only": moves("T5", "identified", "closed"),
    "initiatives_measure_keeps_stage_model": leaves_its_model,
    "initiatives_measure_stage_model_in_force": sets(measure, stage_model=drafted),
    "initiatives_measure_track_known": sets(measure, track="x"),
    "initiatives_measure_receiver_is_another": sets(
        measure,
        owner=person("owner"),
        sponsor=person("sponsor"),
        receiver=person("sponsor"),
    ),
    "initiatives_attestation_once": copies(attestation),
    "initiatives_attestation_not_by_owner": makes(
        attestation, attested_by=lambda h: h.people["owner"]
    ),
    "initiatives_stagemodel_number": copies(drafted),
    "initiatives_stagemodel_one_draft": copies(drafted, number=99),
    "initiatives_stagemodel_one_published": published_as(),
    "initiatives_stagemodel_state_known": published_as(state="x"),
    "initiatives_stagemodel_second_person": published_as(published_by=person("pmo")),
    "initiatives_stagemodel_published_at": sets(drafted, published_at=NOW),
    "initiatives_stagemodel_starts_as_draft": copies(published, number=99),
    "initiatives_stagemodel_stays": deletes(published),
    "initiatives_stagemodel_is_fixed": sets(published, definition="{}"),
    "initiatives_stagemodel_is_final": sets(published, state="draft"),
    "initiatives_stagemodel_as_proposed": published_as(definition="{1}"),
    "initiatives_stagemodel_proposed_by": sets(drafted, proposed_by=None),
    "initiatives_stagemodel_by_somebody": published_as(published_by=None),
}
AGAIN: dict[str, tuple[str, Breaker]] = {
    "a stage moves by the decision of another measure": (
        "initiatives_stage_by_gate_only",
        moves_by_the_decision_of_another,
    ),
    "a stage moves further than decided": ("initiatives_stage_by_gate_only", further_than_decided),
    "an overlay moves by itself": (
        "initiatives_stage_by_gate_only",
        sets(measure, overlay="on_hold"),
    ),
    "a measure is closed by a go without an amount": (
        "initiatives_closed_by_controller_only",
        moves("T5", "identified", "closed", part="closing_controller"),
    ),
    "a measure is closed by a controller who is not its own": (
        "initiatives_closed_by_controller_only",
        closes_by_another_hand,
    ),
    "a draft is made to have been in force": (
        "initiatives_stagemodel_is_final",
        published_as(state="replaced"),
    ),
    "a draft is published as somebody else's": (
        "initiatives_stagemodel_as_proposed",
        published_as(proposed_by=None, published_by=person("pmo")),
    ),
}
