"""Documents: who brings and withdraws one, which files are taken, what is told, what stays."""

import hashlib
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from governance.audit.selectors import events_of
from governance.errors import Conflict, Forbidden, Invalid, NotVisible, Stale
from governance.events.models import OutboxEvent
from governance.history import sentence_of
from initiatives.criteria import criterion
from initiatives.documents import services
from initiatives.documents.choices import DocumentKind
from initiatives.documents.files import folder_of, opened, path_of
from initiatives.documents.selectors import document_by_id, documents_of, version_of, versions_of
from initiatives.documents.services import document_version_add, document_withdraw
from initiatives.milestones import services as milestone_services
from initiatives.models import Document, DocumentVersion, Measure
from initiatives.services import measure_change, measure_delete
from initiatives.services_bulk import locked_measures, measures_delete
from initiatives.snapshots import parts_of
from tests.architecture.violations.breaking import check_now
from tests.houses import House, World
from tests.initiatives.making import make_measure
from tests.initiatives.papers import (
    PDF,
    add_document,
    add_milestone,
    done,
    prove,
    upload,
)
from tests.initiatives.stages import put_at
from tests.racing import errors_in, race


@pytest.fixture
def measure(in_alpha: House) -> Measure:
    people = in_alpha.people
    return make_measure(in_alpha, owner=people["owner"], controller=people["controller"])


def files(house: House) -> list[Path]:
    return [path for path in folder_of(house.tenant.pk).rglob("*") if path.is_file()]


def withdraw(house: House, document: Document, who: str = "owner", **more: Any) -> Document:
    given = {"seen_version": document.version, "reason": "Wrong file"} | more
    return document_withdraw(document=document, by=house.actor(who), **given)


@pytest.mark.parametrize("who", ["owner", "pmo", "consultant", "controller"])
def test_who_reports_and_the_named_controller_bring_documents(
    in_alpha: House, measure: Measure, who: str
) -> None:
    row = add_document(in_alpha, measure, who, file=upload(comment=" first  draft "))
    assert (row.title, row.kind, row.version) == ("Business case", "business_case", 1)
    assert row.added_by_id == in_alpha.people[who].pk
    version = version_of(row)
    assert (version.number, version.file_name, version.size) == (1, "case.pdf", len(PDF))
    assert (version.comment, version.content_type) == ("first draft", "application/pdf")
    assert version.sha256 == hashlib.sha256(PDF).hexdigest()
    assert version.storage_key not in {version.sha256, str(row.public_id)}
    with opened(version) as file:
        assert file.read() == PDF
    assert path_of(version.storage_key).stat().st_mode & 0o777 == 0o600
    said = sentence_of(events_of("measure", measure.code)[0])
    assert said.action == "document.added"
    assert f"added the document «Business case» to {measure.code}: file case.pdf" in said.sentence
    assert OutboxEvent.objects.filter(topic="document.added", key=measure.code).exists()
    check_now()


@pytest.mark.parametrize("who", ["executive", "sponsor", "auditor", "administrator"])
def test_others_read_and_bring_nothing(in_alpha: House, measure: Measure, who: str) -> None:
    before = files(in_alpha)
    with pytest.raises(Forbidden, match="document_not_yours"):
        add_document(in_alpha, measure, who)
    row = add_document(in_alpha, measure)
    by = in_alpha.actor(who)
    assert document_by_id(row.public_id, by=by) == row
    with pytest.raises(Forbidden, match="document_not_yours"):
        document_version_add(document=row, upload=upload(), by=by)
    with pytest.raises(Forbidden, match="document_of_another"):
        withdraw(in_alpha, row, who)
    assert DocumentVersion.objects.count() == 1
    assert len(files(in_alpha)) == len(before) + 1


def test_a_controller_of_something_else_brings_nothing_here(in_alpha: House) -> None:
    with pytest.raises(Forbidden):
        add_document(in_alpha, make_measure(in_alpha), "controller")


def test_a_person_without_sight_finds_no_document(in_alpha: House, measure: Measure) -> None:
    row = add_document(in_alpha, measure)
    for who in ("guest", "narrow"):
        with pytest.raises(NotVisible):
            document_by_id(row.public_id, by=in_alpha.actor(who))
        with pytest.raises(NotVisible):
            withdraw(in_alpha, row, who)
        with pytest.raises(NotVisible):
            add_document(in_alpha, measure, who)


def test_every_edit_tells_the_gate_last(
    in_alpha: House, measure: Measure, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An open request whose snapshot held a document is void once that changes (G3)."""
    told: list[str] = []
    monkeypatch.setattr(services, "measure_edited", lambda row, **_by: told.append(row.code))
    row = add_document(in_alpha, measure)
    row = document_version_add(document=row, upload=upload(), by=in_alpha.actor("owner"))
    withdraw(in_alpha, row)
    assert told == [measure.code] * 3


def test_a_newer_version_stands_beside_the_earlier_one(in_alpha: House, measure: Measure) -> None:
    row, by = add_document(in_alpha, measure), in_alpha.actor("controller")
    row = document_version_add(document=row, upload=upload(PDF + b"2", "case 2.pdf"), by=by)
    assert row.version == 2
    found = versions_of([row])[row.pk]
    assert [(v.number, v.file_name) for v in found] == [(2, "case 2.pdf"), (1, "case.pdf")]
    assert version_of(row, 1).sha256 == hashlib.sha256(PDF).hexdigest()
    with pytest.raises(NotVisible):
        version_of(row, 3)
    said = sentence_of(events_of("measure", measure.code)[0])
    assert said.action == "document.renewed"
    assert "case.pdf → case 2.pdf" in said.sentence
    check_now()


def test_a_version_is_never_changed_or_deleted(in_alpha: House, measure: Measure) -> None:
    version = version_of(add_document(in_alpha, measure))
    for statement in (
        "UPDATE initiatives_documentversion SET sha256 = %s WHERE id = %s",
        "DELETE FROM initiatives_documentversion WHERE sha256 <> %s AND id = %s",
    ):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, ["a" * 64, version.pk])


def test_a_document_is_withdrawn_by_whom_added_it_and_by_the_pmo(
    in_alpha: House, measure: Measure
) -> None:
    for who in ("owner", "pmo"):
        row = withdraw(in_alpha, add_document(in_alpha, measure), who)
        assert (row.is_withdrawn, row.withdrawn_reason, row.version) == (True, "Wrong file", 2)
        said = sentence_of(events_of("measure", measure.code)[0])
        assert said.action == "document.withdrawn"
        assert "withdrew the document «Business case»" in said.sentence
        with opened(version_of(row)) as file:
            assert file.read() == PDF
        with pytest.raises(Conflict, match="document_withdrawn"):
            withdraw(in_alpha, row, who)
        with pytest.raises(Conflict, match="document_withdrawn"):
            document_version_add(document=row, upload=upload(), by=in_alpha.actor("owner"))
    check_now()


def test_a_document_of_another_is_not_withdrawn(in_alpha: House, measure: Measure) -> None:
    row = add_document(in_alpha, measure)
    for who in ("consultant", "controller"):
        with pytest.raises(Forbidden, match="document_of_another"):
            withdraw(in_alpha, row, who)
    assert not Document.objects.get(pk=row.pk).is_withdrawn


def test_a_withdrawal_needs_its_reason_and_the_version_that_was_seen(
    in_alpha: House, measure: Measure
) -> None:
    row = add_document(in_alpha, measure)
    with pytest.raises(Invalid) as caught:
        withdraw(in_alpha, row, reason="  ")
    assert set(caught.value.errors) == {"reason"}
    document_version_add(document=row, upload=upload(), by=in_alpha.actor("pmo"))
    with pytest.raises(Stale):
        withdraw(in_alpha, row)


def test_what_a_milestone_was_accepted_on_stays(in_alpha: House, measure: Measure) -> None:
    step = add_milestone(in_alpha, measure, is_critical=True)
    row, by = prove(in_alpha, step), in_alpha.actor("owner")
    step = done(in_alpha, step)
    document_version_add(document=row, upload=upload(), by=by)
    services.document_withdraw(
        document=prove(in_alpha, step), seen_version=1, reason="Twice", by=by
    )
    from_here = in_alpha.actor("sponsor")
    accepted = accept(step, from_here)
    with pytest.raises(Conflict, match="document_is_bound"):
        withdraw(in_alpha, Document.objects.get(pk=row.pk))
    with pytest.raises(Conflict, match="document_is_bound"):
        document_version_add(document=row, upload=upload(), by=by)
    with pytest.raises(Conflict, match="milestone_is_accepted"):
        prove(in_alpha, accepted)


def accept(step: Any, by: Any) -> Any:
    return milestone_services.milestone_accept(milestone=step, seen_version=step.version, by=by)


def test_evidence_belongs_to_a_milestone_of_its_own_measure(
    in_alpha: House, measure: Measure
) -> None:
    other = make_measure(in_alpha, "Other", owner=in_alpha.people["owner"])
    step = add_milestone(in_alpha, other)
    kind = DocumentKind.MILESTONE
    with pytest.raises(Invalid) as caught:
        add_document(in_alpha, measure, kind=kind, milestone=step)
    assert set(caught.value.errors) == {"milestone"}
    with pytest.raises(Invalid) as caught:
        add_document(in_alpha, other, milestone=step)
    assert set(caught.value.errors) == {"kind"}


@pytest.mark.parametrize(
    ("state", "code"),
    [({"stage": "closed"}, "measure_closed"), ({"overlay": "cancelled"}, "measure_cancelled")],
)
def test_closed_and_cancelled_measures_take_no_documents(
    in_alpha: House, measure: Measure, state: dict[str, str], code: str
) -> None:
    row = add_document(in_alpha, measure)
    with put_at(measure, **state):
        before = files(in_alpha)
        fresh = document_by_id(row.public_id, by=in_alpha.actor("owner"))
        for call in (
            lambda: add_document(in_alpha, measure),
            lambda: document_version_add(document=fresh, upload=upload(), by=in_alpha.actor("pmo")),
            lambda: withdraw(in_alpha, fresh),
        ):
            with pytest.raises(Conflict, match=code):
                call()
        assert files(in_alpha) == before


def test_a_measure_with_documents_is_not_deleted(in_alpha: House, measure: Measure) -> None:
    row = withdraw(in_alpha, add_document(in_alpha, measure))
    by = in_alpha.actor("pmo")
    with pytest.raises(Conflict, match="measure_has_documents"), transaction.atomic():
        measure_delete(measure=measure, seen_version=1, by=by)
    with pytest.raises(Conflict, match="measure_has_documents"), transaction.atomic():
        measures_delete(measures=list(locked_measures([measure.pk]).values()), by=by)
    assert list(documents_of(measure)) == [row]


def test_gates_judge_the_documents_that_count(in_alpha: House, measure: Measure) -> None:
    case, ledger = criterion("evidence_business_case"), criterion("evidence_ledger")
    assert [item.check(measure).is_met for item in (case, ledger)] == [False, False]
    assert case.check(measure).where == "initiatives:measure-documents"
    row = add_document(in_alpha, measure)
    booked = add_document(in_alpha, measure, kind="ledger", title="Ledger")
    document_version_add(document=row, upload=upload(PDF + b"2"), by=in_alpha.actor("owner"))
    assert [item.check(measure).is_met for item in (case, ledger)] == [True, True]
    withdraw(in_alpha, booked)
    assert [item.check(measure).is_met for item in (case, ledger)] == [True, False]
    for transition in ("T2", "T3", "T4", "T5"):
        (part,) = [part for part in parts_of(transition) if part.name == "documents"]
        assert part.read(measure) == [
            {
                "kind": "business_case",
                "title": "Business case",
                "version": 2,
                "sha256": hashlib.sha256(PDF + b"2").hexdigest(),
            }
        ]
    assert "documents" not in {part.name for part in parts_of("T15")}


@pytest.mark.slow
def test_two_versions_at_once_both_stay_and_count_on(lasting_world: World) -> None:
    house = lasting_world.alpha
    with house.active():
        measure = make_measure(house, owner=house.people["owner"])
        row = add_document(house, measure)

    def bring(number: int) -> Any:
        def run() -> Any:
            with house.active():
                file = upload(PDF + str(number).encode())
                return document_version_add(document=row, upload=file, by=house.actor("owner"))

        return run

    assert errors_in(race(*(bring(number) for number in range(4)))) == []
    with house.active():
        numbers = DocumentVersion.objects.filter(document=row).order_by("number")
        assert list(numbers.values_list("number", flat=True)) == [1, 2, 3, 4, 5]
        assert Document.objects.get(pk=row.pk).version == 5


def test_an_owner_who_leaves_brings_nothing_any_more(in_alpha: House, measure: Measure) -> None:
    row, by = add_document(in_alpha, measure), in_alpha.actor("pmo")
    measure_change(
        measure=measure, seen_version=1, fields={"owner": in_alpha.people["consultant"]}, by=by
    )
    # The measure as it was read before the change says otherwise; the locked one counts.
    with pytest.raises(Forbidden):
        add_document(in_alpha, measure)
    with pytest.raises(Forbidden):
        withdraw(in_alpha, row)
