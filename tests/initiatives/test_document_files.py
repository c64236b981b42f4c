"""The files of documents: what is taken, what leaves nothing, where the bytes lie."""

from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from governance.audit.models import AuditEvent
from governance.errors import Conflict, Invalid, NotVisible
from initiatives.documents import services
from initiatives.documents.files import folder_of, opened, path_of
from initiatives.documents.selectors import document_by_id, version_of
from initiatives.documents.services import document_withdraw
from initiatives.models import Document, Measure
from tests.houses import House, World
from tests.initiatives.making import make_measure
from tests.initiatives.papers import (
    PDF,
    add_document,
    office,
    upload,
)


@pytest.fixture
def measure(in_alpha: House) -> Measure:
    people = in_alpha.people
    return make_measure(in_alpha, owner=people["owner"], controller=people["controller"])


def files(house: House) -> list[Path]:
    return [path for path in folder_of(house.tenant.pk).rglob("*") if path.is_file()]


def withdraw(house: House, document: Document, who: str = "owner", **more: Any) -> Document:
    given = {"seen_version": document.version, "reason": "Wrong file"} | more
    return document_withdraw(document=document, by=house.actor(who), **given)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("case.pdf", b"", "is empty"),
        ("case.pdf", b"<html>", "not what its name says"),
        ("case.png", PDF, "not what its name says"),
        ("case.jpg", b"GIF89a", "not what its name says"),
        ("case.docx", PDF, "not what its name says"),
        ("case.docx", office("xl/workbook.xml"), "not what its name says"),
        ("case.csv", b"a\x00b", "not what its name says"),
        ("case.txt", PDF, "not what its name says"),
        ("case.exe", b"MZ", "sort of file is not taken"),
        ("case.html", b"<script>", "sort of file is not taken"),
        ("case", PDF, "sort of file is not taken"),
        ("case.pdf", PDF + b"x" * 2_000_000, "larger than 1 MB"),
    ],
)
def test_hostile_files_leave_nothing(  # a table
    in_alpha: House, measure: Measure, settings: Any, name: str, content: bytes, words: str
) -> None:
    settings.DOCUMENT_MAX_BYTES = 1_000_000
    before, events = files(in_alpha), AuditEvent.objects.count()
    with pytest.raises(Invalid) as caught:
        add_document(in_alpha, measure, file=upload(content, name))
    assert set(caught.value.errors) == {"file"}
    assert words in str(caught.value.errors["file"][0])
    assert (files(in_alpha), AuditEvent.objects.count()) == (before, events)
    assert not Document.objects.exists()


def test_an_upload_without_end_is_given_up_at_the_limit(
    in_alpha: House, measure: Measure, settings: Any
) -> None:
    settings.DOCUMENT_MAX_BYTES = 1_000_000
    before, read = files(in_alpha), 0

    def endless() -> Any:
        nonlocal read
        yield PDF
        while True:
            read += 1
            yield b"x" * 100_000

    file = services.Upload("case.pdf", endless())
    with pytest.raises(Invalid):
        add_document(in_alpha, measure, file=file)
    assert read == 10
    assert files(in_alpha) == before


@pytest.mark.parametrize(
    "file",
    [
        upload(b"\x89PNG\r\n\x1a\n1234", "a.png"),
        upload(b"\xff\xd8\xff\xe0", "a.JPEG"),
        upload(office("word/document.xml"), "a.docx"),
        upload(office("xl/workbook.xml"), "a.xlsx"),
        upload(office("ppt/presentation.xml"), "a.pptx"),
        upload("a;b\nä;€\n".encode(), "a.csv"),
        upload("Größe".encode("cp1252"), "a.txt"),
    ],
    ids=lambda file: file.name,
)
def test_every_listed_sort_is_taken(in_alpha: House, measure: Measure, file: Any) -> None:
    assert version_of(add_document(in_alpha, measure, file=file)).file_name == file.name


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("title", {"title": " "}),
        ("title", {"title": "x" * 201}),
        ("title", {"title": "a\x07b"}),
        ("kind", {"kind": "poem"}),
        ("milestone", {"kind": "milestone"}),
        ("comment", {"file": upload(comment="x" * 501)}),
    ],
)
def test_what_cannot_be_kept_is_named(
    in_alpha: House, measure: Measure, field: str, given: dict[str, Any]
) -> None:
    before = files(in_alpha)
    with pytest.raises(Invalid) as caught:
        add_document(in_alpha, measure, **given)
    assert set(caught.value.errors) == {field}
    assert files(in_alpha) == before


def test_a_failing_write_takes_its_file_away(
    in_alpha: House, measure: Measure, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = files(in_alpha)

    def fail(*_args: Any, **_more: Any) -> None:
        raise DatabaseError

    monkeypatch.setattr(services, "measure_edited", fail)
    with pytest.raises(DatabaseError), transaction.atomic():
        add_document(in_alpha, measure)
    assert files(in_alpha) == before
    assert not Document.objects.exists()


def test_a_lost_or_cut_file_is_said_and_not_served(in_alpha: House, measure: Measure) -> None:
    version = version_of(add_document(in_alpha, measure))
    path = path_of(version.storage_key)
    path.write_bytes(PDF[:-1])
    with pytest.raises(Conflict, match="document_file_missing"):
        opened(version)
    path.unlink()
    with pytest.raises(Conflict, match="document_file_missing"):
        opened(version)


def test_another_tenant_has_neither_the_row_nor_the_file(world: World) -> None:
    with world.alpha.active():
        measure = make_measure(world.alpha, owner=world.alpha.people["owner"])
        row = add_document(world.alpha, measure)
        version = version_of(row)
    with world.beta.active():
        with pytest.raises(NotVisible):
            document_by_id(row.public_id, by=world.beta.actor("pmo"))
        with pytest.raises(Conflict, match="document_file_missing"):
            opened(version)
