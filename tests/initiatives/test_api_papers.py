"""Documents and milestones through the API: every door, every refusal."""

import hashlib
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from governance.people.choices import TokenScope
from initiatives.models import Document, Measure, Milestone
from tests.houses import ApiCaller, House
from tests.initiatives.making import make_measure
from tests.initiatives.papers import PDF
from tests.initiatives.stages import put_at

PLAN = {
    "title": "Contract signed",
    "weight": 30,
    "is_critical": True,
    "plan_on": "2026-09-30",
    "acceptor": "sponsor@alpha.example",
}
FIRST = {"If-Match": '"1"'}


@pytest.fixture
def measure(alpha: House) -> Measure:
    return make_measure(alpha, owner=alpha.people["owner"])


@pytest.fixture
def owner(alpha: House) -> ApiCaller:
    return alpha.caller("owner")


def send(
    caller: ApiCaller,
    path: str,
    content: bytes = PDF,
    name: str = "case.pdf",
    headers: dict[str, str] | None = None,
    **fields: str,
) -> Any:
    """An upload as `multipart/form-data`."""
    body = {"file": SimpleUploadedFile(name, content), **fields}
    return caller.client.post(caller.house.api(path), body, headers=headers or {})


def bring(caller: ApiCaller, measure: Measure, **more: Any) -> Any:
    fields = {"title": "Business case", "kind": "business_case"} | more
    return send(caller, f"measures/{measure.code}/documents/", **fields)


def plan(caller: ApiCaller, measure: Measure, **more: Any) -> Any:
    return caller.post(f"measures/{measure.code}/milestones/", PLAN | more)


def refused(answer: Any, status: int, code: str) -> None:
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.content
    assert answer["Content-Type"] == "application/problem+json"


def counts(house: House) -> tuple[int, int]:
    with house.active():
        return Document.objects.count(), Milestone.objects.count()


# --- documents ----------------------------------------------------------------------------------


def test_a_document_is_brought_read_renewed_and_withdrawn(
    alpha: House, measure: Measure, owner: ApiCaller
) -> None:
    made = bring(owner, measure, comment="First")
    assert (made.status_code, made["ETag"]) == (201, '"1"')
    body = made.json()
    path = f"documents/{body['id']}/"
    assert made["Location"].endswith(alpha.api(path))
    (version,) = body.pop("versions")
    assert body == {
        **{name: body[name] for name in ("id", "created_at", "updated_at")},
        "measure": measure.code,
        "title": "Business case",
        "kind": "business_case",
        "milestone": None,
        "is_withdrawn": False,
        "withdrawn_reason": "",
        "author": "Owner <owner@alpha.example>",
        "version": 1,
    }
    assert version == {
        "uploaded_at": version["uploaded_at"],
        "number": 1,
        "file_name": "case.pdf",
        "content_type": "application/pdf",
        "size": len(PDF),
        "sha256": hashlib.sha256(PDF).hexdigest(),
        "comment": "First",
        "author": "Owner <owner@alpha.example>",
    }
    renewed = send(owner, f"{path}versions/", PDF + b"2", "case 2.pdf")
    assert (renewed.status_code, renewed["ETag"]) == (201, '"2"')
    assert [row["number"] for row in owner.get(path).json()["versions"]] == [2, 1]
    reason = {"reason": "Wrong file"}
    assert owner.post(f"{path}withdraw/", reason).status_code == 428
    refused(owner.post(f"{path}withdraw/", reason, **FIRST), 412, "stale")
    gone = owner.post(f"{path}withdraw/", reason, **{"If-Match": '"2"'})
    assert (gone.status_code, gone["ETag"]) == (200, '"3"')
    assert (gone.json()["is_withdrawn"], gone.json()["withdrawn_reason"]) == (True, "Wrong file")
    again = owner.post(f"{path}withdraw/", reason, **{"If-Match": '"3"'})
    refused(again, 409, "document_withdrawn")
    refused(send(owner, f"{path}versions/"), 409, "document_withdrawn")


def test_the_bytes_come_back_as_they_were_and_do_nothing(
    alpha: House, measure: Measure, owner: ApiCaller
) -> None:
    made = bring(owner, measure, name='Größe "1".pdf').json()
    path = f"documents/{made['id']}/"
    send(owner, f"{path}versions/", b"a;b\n<script>\n", "x.csv")
    newest = alpha.caller("executive").get(f"{path}content/")
    assert newest.content == b"a;b\n<script>\n"
    assert newest["Content-Type"] == "text/csv; charset=utf-8"
    first = owner.get(f"{path}content/", {"version": 1})
    assert (first.content, first["Content-Type"]) == (PDF, "application/pdf")
    assert first["Content-Length"] == str(len(PDF))
    assert first["Content-Disposition"].startswith("attachment; filename*=utf-8''Gr%C3%B6%C3%9Fe")
    assert first["X-Content-Type-Options"] == "nosniff"
    assert first["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    assert first["Cache-Control"] == "private, no-store"
    head = owner.client.head(alpha.api(f"{path}content/"))
    assert (head.status_code, head.content, head["Content-Length"]) == (200, b"", "13")
    assert owner.get(f"{path}content/", {"version": 3}).status_code == 404
    for bad in ("0", "x", "9" * 30):
        assert owner.get(f"{path}content/", {"version": bad}).status_code == 400
    assert owner.get(f"{path}content/", {"name": "x"}).status_code == 400


def test_a_large_file_is_sent_from_disk(alpha: House, measure: Measure, owner: ApiCaller) -> None:
    content = PDF + b"x" * (5 * 1024 * 1024)
    made = bring(owner, measure, content=content).json()
    answer = owner.get(f"documents/{made['id']}/content/")
    assert answer.streaming
    assert b"".join(answer.streaming_content) == content
    assert answer["Content-Disposition"] == 'attachment; filename="case.pdf"'
    answer.close()


def test_documents_are_listed_newest_first_by_pages(measure: Measure, owner: ApiCaller) -> None:
    for title in ("A", "B", "C"):
        bring(owner, measure, title=title)
    first = owner.get(f"measures/{measure.code}/documents/", {"limit": 2}).json()
    assert [row["title"] for row in first["results"]] == ["C", "B"]
    rest = owner.client.get(first["next"]).json()
    assert [row["title"] for row in rest["results"]] == ["A"]
    unknown = owner.get(f"measures/{measure.code}/documents/", {"kind": "other"})
    assert unknown.status_code == 400


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("file", {"content": b""}),
        ("file", {"content": b"<html>"}),
        ("file", {"name": "case.exe"}),
        ("file", {"name": "case.docx"}),
        ("title", {"title": ""}),
        ("title", {"title": "x" * 201}),
        ("kind", {"kind": "poem"}),
        ("milestone", {"kind": "milestone"}),
        ("milestone", {"kind": "milestone", "milestone": str(uuid4())}),
        ("milestone", {"milestone": "x"}),
        ("comment", {"comment": "x" * 501}),
        ("is_withdrawn", {"is_withdrawn": "true"}),
        ("nonsense", {"nonsense": "1"}),
    ],
)
def test_bad_uploads_are_named_by_field(
    alpha: House, measure: Measure, owner: ApiCaller, field: str, given: dict[str, Any]
) -> None:
    answer = bring(owner, measure, **given)
    assert answer.status_code == 400, answer.content
    assert set(answer.json()["errors"]) == {field}
    assert counts(alpha) == (0, 0)


def test_an_upload_without_a_file_or_of_another_sort_is_refused(
    alpha: House, measure: Measure, owner: ApiCaller
) -> None:
    path = f"measures/{measure.code}/documents/"
    answer = owner.client.post(alpha.api(path), {"title": "x", "kind": "other"})
    assert (answer.status_code, set(answer.json()["errors"])) == (400, {"file"})
    refused(owner.post(path, {"title": "x"}), 415, "unsupported_media_type")
    assert counts(alpha) == (0, 0)


def test_hostile_names_are_cleaned(measure: Measure, owner: ApiCaller) -> None:
    for given, kept in (
        ("..\\..\\etc\\passwd.pdf", "passwd.pdf"),
        ("a\x00b.pdf", "ab.pdf"),
        ("x" * 300 + ".pdf", "x" * 196 + ".pdf"),
    ):
        answer = bring(owner, measure, name=given)
        assert answer.status_code == 201, answer.content
        assert answer.json()["versions"][0]["file_name"] == kept


def test_what_is_too_large_is_refused(
    alpha: House, measure: Measure, owner: ApiCaller, settings: Any
) -> None:
    settings.DOCUMENT_MAX_BYTES = settings.IMPORT_MAX_BYTES = 1_000_000
    answer = bring(owner, measure, content=PDF + b"x" * 1_000_000)
    assert (answer.status_code, set(answer.json()["errors"])) == (400, {"file"})
    refused(bring(owner, measure, content=PDF + b"x" * 3_000_000), 413, "too_large")
    assert counts(alpha) == (0, 0)


class Unread:
    """A body that must not be read: two gigabytes are only announced."""

    def read(self, *_size: Any) -> bytes:
        raise AssertionError("the body was read")

    readline = read


def test_two_announced_gigabytes_are_not_even_read(
    alpha: House, measure: Measure, owner: ApiCaller
) -> None:
    announced = {
        "CONTENT_LENGTH": str(2 * 1024**3),
        "CONTENT_TYPE": "multipart/form-data; boundary=x",
        "wsgi.input": Unread(),
    }
    path = alpha.api(f"measures/{measure.code}/documents/")
    answer = owner.client.generic("POST", path, **announced)
    refused(answer, 413, "too_large")


def test_the_same_key_and_bytes_upload_once(
    alpha: House, measure: Measure, owner: ApiCaller
) -> None:
    key = {"Idempotency-Key": "one"}
    first, second = (bring(owner, measure, headers=key) for _time in range(2))
    assert (second.status_code, second.content) == (201, first.content)
    other = bring(owner, measure, content=PDF + b"2", headers=key)
    refused(other, 422, "idempotency_key_reused")
    assert counts(alpha) == (1, 0)


def test_rights_tokens_and_strangers(
    alpha: House, beta: House, measure: Measure, owner: ApiCaller
) -> None:
    made = bring(owner, measure).json()
    step = plan(owner, measure).json()
    reader = alpha.caller("pmo", scopes=(TokenScope.READ,))
    refused(bring(reader, measure), 403, "token_read_only")
    refused(bring(alpha.caller("executive"), measure), 403, "document_not_yours")
    refused(plan(alpha.caller("executive"), measure), 403, "milestone_not_yours")
    foreign = alpha.caller("consultant")
    gone = foreign.post(f"documents/{made['id']}/withdraw/", {"reason": "x"}, **FIRST)
    refused(gone, 403, "document_of_another")
    stranger, narrow = beta.caller("pmo"), alpha.caller("narrow")
    paths = [f"documents/{made['id']}/", f"documents/{made['id']}/content/"]
    paths += [f"milestones/{step['id']}/", f"measures/{measure.code}/documents/"]
    for path in paths:
        assert narrow.get(path).status_code == 404
        assert stranger.client.get(alpha.api(path)).status_code == 404
    for path in paths[:3]:
        assert stranger.get(path).status_code == 404


# --- milestones ---------------------------------------------------------------------------------


def test_a_milestone_is_planned_changed_done_proven_and_accepted(
    alpha: House, measure: Measure, owner: ApiCaller
) -> None:
    made = plan(owner, measure)
    assert (made.status_code, made["ETag"]) == (201, '"1"')
    body = made.json()
    path = f"milestones/{body['id']}/"
    assert made["Location"].endswith(alpha.api(path))
    assert body == {
        **{name: body[name] for name in ("id", "created_at", "updated_at")},
        **PLAN,
        "measure": measure.code,
        "acceptor": {"email": "sponsor@alpha.example", "name": "Sponsor"},
        "forecast_on": None,
        "actual_on": None,
        "state": "planned",
        **dict.fromkeys(("done_by", "done_at", "accepted_by", "accepted_at")),
        "return_reason": "",
        "evidence": [],
        "version": 1,
    }
    changed = owner.patch(path, {"forecast_on": "2026-10-31"}, **FIRST)
    assert (changed.status_code, changed["ETag"]) == (200, '"2"')
    done = owner.post(f"{path}done/", {"actual_on": "2026-03-31"}, **{"If-Match": '"2"'})
    assert (done.json()["state"], done.json()["actual_on"]) == ("done", "2026-03-31")
    sponsor = alpha.caller("sponsor")
    third = {"If-Match": '"3"'}
    refused(sponsor.post(f"{path}accept/", {}, **third), 409, "evidence_missing")
    proof = bring(owner, measure, kind="milestone", milestone=body["id"]).json()
    assert (proof["milestone"], owner.get(path).json()["evidence"]) == (body["id"], [proof["id"]])
    assert sponsor.post(f"{path}accept/", {}).status_code == 428
    refused(sponsor.post(f"{path}accept/", {}, **FIRST), 412, "stale")
    accepted = sponsor.post(f"{path}accept/", {}, **third)
    assert (accepted.status_code, accepted.json()["state"]) == (200, "accepted")
    assert accepted.json()["accepted_by"]["email"] == "sponsor@alpha.example"
    fourth = {"If-Match": '"4"'}
    refused(sponsor.post(f"{path}accept/", {}, **fourth), 409, "milestone_is_accepted")
    refused(owner.patch(path, {"weight": 1}, **fourth), 409, "milestone_is_accepted")
    refused(send(owner, f"documents/{proof['id']}/versions/"), 409, "document_is_bound")


def test_a_milestone_is_given_back_and_removed(measure: Measure, alpha: House) -> None:
    pmo, sponsor = alpha.caller("pmo"), alpha.caller("sponsor")
    path = f"milestones/{plan(pmo, measure).json()['id']}/"
    pmo.post(f"{path}done/", {}, **FIRST)
    second = {"If-Match": '"2"'}
    bare = sponsor.post(f"{path}return/", {}, **second)
    assert (bare.status_code, set(bare.json()["errors"])) == (400, {"reason"})
    refused(pmo.post(f"{path}return/", {"reason": "x"}, **second), 403, "not_the_acceptor")
    back = sponsor.post(f"{path}return/", {"reason": "Half of it"}, **second).json()
    assert (back["state"], back["return_reason"]) == ("planned", "Half of it")
    assert pmo.delete(path).status_code == 428
    assert pmo.delete(path, **second).status_code == 412
    assert pmo.delete(path, **{"If-Match": '"3"'}).status_code == 204
    assert pmo.get(path).status_code == 404


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", ""),
        ("title", "a\u0000b"),
        ("title", 7),
        ("weight", 0),
        ("weight", 101),
        ("weight", "many"),
        ("is_critical", "perhaps"),
        ("plan_on", "31.01.2026"),
        ("plan_on", "0001-01-01"),
        ("forecast_on", "2999-01-01"),
        ("acceptor", "stranger@beta.example"),
        ("acceptor", 7),
        ("state", "accepted"),
        ("accepted_at", "2026-01-01T00:00Z"),
        ("nonsense", 1),
    ],
)
def test_bad_bodies_are_named_by_field(
    alpha: House, measure: Measure, owner: ApiCaller, field: str, value: Any
) -> None:
    answer = plan(owner, measure, **{field: value})
    assert answer.status_code == 400, answer.content
    assert set(answer.json()["errors"]) == {field}
    made = plan(owner, measure).json()
    answer = owner.patch(f"milestones/{made['id']}/", {field: value}, **FIRST)
    assert (answer.status_code, set(answer.json()["errors"])) == (400, {field})
    assert counts(alpha) == (0, 1)


def test_rules_answer_by_code(alpha: House, measure: Measure, owner: ApiCaller) -> None:
    own = plan(owner, measure, acceptor="owner@alpha.example")
    refused(own, 422, "acceptor_is_owner")
    made = plan(owner, measure, acceptor="pmo@alpha.example").json()
    path, pmo = f"milestones/{made['id']}/", alpha.caller("pmo")
    refused(pmo.post(f"{path}done/", {}, **FIRST), 422, "acceptor_is_doer")
    refused(pmo.post(f"{path}accept/", {}, **FIRST), 409, "milestone_not_done")
    given = pmo.patch(f"measures/{measure.code}/", {"owner": "pmo@alpha.example"}, **FIRST)
    refused(given, 422, "acceptor_is_owner")
    future = owner.post(f"{path}done/", {"actual_on": "2999-01-01"}, **FIRST)
    assert (future.status_code, set(future.json()["errors"])) == (400, {"actual_on"})
    with put_at(measure, stage="decided"):
        refused(plan(owner, measure), 409, "frozen")
        refused(owner.patch(path, {"weight": 3}, **FIRST), 409, "frozen")
        refused(owner.delete(path, **FIRST), 409, "frozen")
    with put_at(measure, overlay="on_hold"):
        refused(owner.post(f"{path}done/", {}, **FIRST), 409, "measure_on_hold")
    with put_at(measure, stage="closed"):
        refused(owner.patch(path, {"forecast_on": "2026-01-01"}, **FIRST), 409, "measure_closed")
        refused(bring(owner, measure), 409, "measure_closed")
    bring(owner, measure)
    deleted = pmo.delete(f"measures/{measure.code}/", **FIRST)
    refused(deleted, 409, "measure_has_documents")


def test_milestones_are_listed_as_they_were_added(measure: Measure, owner: ApiCaller) -> None:
    for title in ("A", "B", "C"):
        plan(owner, measure, title=title)
    first = owner.get(f"measures/{measure.code}/milestones/", {"limit": 2}).json()
    assert [row["title"] for row in first["results"]] == ["A", "B"]
    rest = owner.client.get(first["next"]).json()
    assert [row["title"] for row in rest["results"]] == ["C"]
