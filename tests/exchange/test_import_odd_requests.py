"""Careless and hostile requests to the studio: words and a fitting status, never our error."""

import csv
import io
import itertools
import json
from contextlib import suppress
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from exchange.choices import ImportState
from exchange.models import Import
from exchange.services.uploads import import_discard
from governance.errors import Invalid
from governance.people.choices import Permission, TokenScope
from initiatives.models import Measure
from tests.exchange.importing import applied, checked, fresh, undone, uploaded
from tests.exchange.test_import_rows import table
from tests.houses import House

LIST = b"external_id,name,project\nA,First,PJ-0001\nB,,PJ-0001\n"
PAGES = ("", "columns/", "shape/", "check/", "apply/", "undo/", "discard/", "result.csv")
BODIES: tuple[dict[str, str], ...] = (
    {},
    {"seen_version": "nonsense"},
    {"seen_version": "-1"},
    {"seen_version": "99999999999999999999999"},
    {"seen_version": "1\u0000", "column-0": "\u0000", "option-place": "\ud7ff" * 300},
    {"seen_version": "1", "leaves_out_refused": "maybe", "encoding": "utf-7", "header_row": "-5"},
    {"column-0": "months", "column-1": "name", "column-99": "name", "option-kind": "sideways"},
)
QUERIES = ("", "?rows=create", "?rows=odd&cursor=%00", "?cursor=AAAA", "?rows=%F0%9F%92%A9")
FINE = {200, 302, 303, 400, 403, 404, 405, 409, 412, 413, 415, 422, 428}


@pytest.fixture
def runs(alpha: House) -> dict[str, Import]:
    """One import in every state that stands still, and those a worker is at."""
    with alpha.active():
        by = alpha.actor("pmo")
        made = {
            "mapping": uploaded(LIST, "measures", by=by),
            "failed": uploaded(b"\x00\x01\x02", "measures", by=by),
            "checked": checked(LIST, "measures", by=by),
            "applied": applied(checked(LIST, "measures", by=by), by=by, leaves_out_refused=True),
        }
        gone = checked(LIST, "measures", by=by)
        import_discard(run=gone, seen_version=gone.version, by=by)
        other = LIST.replace(b"A,First", b"Z,Last")
        back = applied(checked(other, "measures", by=by), by=by, leaves_out_refused=True)
        made |= {"discarded": fresh(gone), "undone": undone(back, by=by)}
        for state in (
            ImportState.READING,
            ImportState.CHECKING,
            ImportState.APPLYING,
            ImportState.UNDOING,
        ):
            run = checked(LIST, "measures", by=by)
            Import.objects.filter(pk=run.pk).update(state=state)
            made[state.value] = fresh(run)
    assert set(made) == set(ImportState.values)
    return made


def test_no_page_of_any_state_falls_over_odd_requests(
    alpha: House, runs: dict[str, Import]
) -> None:
    client = alpha.client("pmo")
    client.raise_request_exception = False
    for (state, run), page in itertools.product(runs.items(), PAGES):
        url = alpha.page(f"imports/{run.public_id}/{page}")
        answers = [client.get(f"{url}{query}") for query in QUERIES]
        answers += [client.post(url, body) for body in BODIES]
        right = {"seen_version": str(run.version)}
        answers += [client.put(url), client.delete(url), client.options(url)]
        answers += [client.post(url, b"{", content_type="application/json")]
        answers += [client.get(url, headers={"HX-Request": "true"})]
        answers += [client.post(url, right)] if page == "columns/" else []
        codes = [answer.status_code for answer in answers]
        assert set(codes) <= FINE, (state, page, codes)


def test_no_api_address_of_any_state_falls_over_odd_requests(
    alpha: House, runs: dict[str, Import], settings: Any
) -> None:
    settings.API_CALLS_PER_MINUTE = 1_000_000
    client = alpha.caller("pmo").client
    client.raise_request_exception = False
    tags = ("", '"1"', '"nonsense"', "*", '"99999999999999999999"', 'W/"1"')
    texts = ("", "{", "[]", "null", '{"mapping": []}', '{"mapping": {"x": 1, "0": null}}')
    texts += ('{"options": {"kind": "\\u0000"}}', '{"leaves_out_refused": "perhaps"}')
    texts += ('{"mapping": {"-1": "name", "1e9": "name", "\\ud800": "name", "\u0662": "name"}}',)
    for (state, run), path in itertools.product(runs.items(), ("", "apply/", "undo/", "rows/")):
        url = alpha.api(f"imports/{run.public_id}/{path}")
        answers = [client.get(f"{url}?{q}") for q in ("", "cursor=x", "state=x", "limit=-1")]
        for tag, text in itertools.product(tags, texts):
            sent = {"content_type": "application/json", "headers": {"If-Match": tag}}
            answers.append(client.patch(url, text, **sent))
            answers.append(client.post(url, text, **sent))
        codes = {answer.status_code for answer in answers}
        assert codes <= FINE, (state, path, codes)


@pytest.mark.parametrize("page", ["columns/", "apply/", "undo/", "discard/", "result.csv", ""])
def test_an_import_that_is_not_there_is_not_found(alpha: House, page: str) -> None:
    client = alpha.client("pmo")
    assert client.get(alpha.page(f"imports/{uuid4()}/{page}")).status_code in {404, 405}
    assert client.get(alpha.page(f"imports/nonsense/{page}")).status_code == 404


def _multipart(*parts: bytes) -> bytes:
    return b"".join(b"--x\r\n" + part for part in parts) + b"--x--\r\n"


FILE = b'Content-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\nid\n1\r\n'
FIELD = b'Content-Disposition: form-data; name="profile"\r\n\r\nmeasures\r\n'


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (_multipart(FIELD), 422),
        (_multipart(FILE), 422),
        (_multipart(FIELD, FILE, FILE), 201),
        (_multipart(FIELD, FILE)[:-40], 422),
        (_multipart(FIELD.replace(b"measures", b"\xff\x00"), FILE), 422),
        (b"", 422),
        (b"nonsense", 422),
        (_multipart(FIELD, FILE.replace(b"a.csv", b"..\\..\\\xffa\x00\r.csv")), 201),
    ],
)
def test_uploads_of_any_form_are_taken_or_refused(alpha: House, body: bytes, status: int) -> None:
    kind = "multipart/form-data; boundary=x"
    caller = alpha.caller("pmo").client
    caller.raise_request_exception = False
    answer = caller.post(alpha.api("imports/"), body, content_type=kind)
    assert answer.status_code in {status, 400, 422}, answer.content
    page = alpha.client("pmo")
    page.raise_request_exception = False
    answer = page.post(alpha.page("imports/"), body, content_type=kind)
    assert answer.status_code in {302, 400, 422}, answer.content


def test_a_file_that_is_too_large_is_refused_in_words(alpha: House, settings: Any) -> None:
    settings.IMPORT_MAX_BYTES = settings.DOCUMENT_MAX_BYTES = 1_000_000
    large = b"x" * 3_000_000
    sent = {"profile": "measures", "file": SimpleUploadedFile("large.csv", large)}
    answer = alpha.caller("pmo").client.post(alpha.api("imports/"), sent)
    assert answer.status_code in {413, 422}
    assert answer["Content-Type"] == "application/problem+json"
    sent["file"] = SimpleUploadedFile("large.csv", large)
    answer = alpha.client("pmo").post(alpha.page("imports/"), sent)
    assert answer.status_code in {413, 422}
    assert "larger" in answer.content.decode()
    with alpha.active():
        assert Import.objects.count() == 0


def test_one_key_with_another_file_is_not_the_same_upload(alpha: House) -> None:
    caller = alpha.caller("pmo")

    def send(content: bytes) -> Any:
        file = SimpleUploadedFile("list.csv", content)
        return caller.client.post(
            alpha.api("imports/"),
            {"profile": "measures", "file": file},
            headers={"Idempotency-Key": "once"},
        )

    assert send(LIST).status_code == 201
    assert send(LIST.replace(b"First", b"Other")).status_code in {409, 422}
    assert send(LIST).status_code == 201
    with alpha.active():
        assert Import.objects.count() == 1


@pytest.mark.parametrize("kind", ["", "application/json", "multipart/form-data; boundary=x"])
def test_a_key_without_a_body_is_refused(alpha: House, kind: str) -> None:
    client = alpha.caller("pmo").client
    client.raise_request_exception = False
    headers = {"Idempotency-Key": "once"}
    answer = client.post(alpha.api("imports/"), b"", content_type=kind, headers=headers)
    assert answer.status_code in {400, 415, 422}, answer.content


def test_no_cell_of_the_result_is_a_formula(alpha: House) -> None:
    with alpha.active():
        run = checked(
            table("external_id,name,project,=cmd", "A,=1+1,PJ-0001,soon"),
            "measures",
            by=alpha.actor("pmo"),
            mapping={"3": "planned_start"},
        )
    content = alpha.client("pmo").get(alpha.page(f"imports/{run.public_id}/result.csv")).content
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    assert any("=cmd" in cell for cell in rows[1])
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@"))]


# --- rights -----------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["guest", "consultant", "owner", "controller", "auditor", "narrow"])
def test_nobody_reads_or_touches_what_others_bring_in(
    alpha: House, runs: dict[str, Import], who: str
) -> None:
    pages, caller = alpha.client(who), alpha.caller(who)
    for run in runs.values():
        for page in PAGES:
            url = alpha.page(f"imports/{run.public_id}/{page}")
            sent = {"seen_version": run.version}
            assert pages.get(url).status_code in {403, 404, 405}
            assert pages.post(url, sent).status_code in {403, 404, 405}
        for path in ("", "rows/"):
            assert caller.get(f"imports/{run.public_id}/{path}").status_code in {403, 404}
        for path in ("apply/", "undo/"):
            answer = caller.post(
                f"imports/{run.public_id}/{path}", {}, **{"If-Match": f'"{run.version}"'}
            )
            assert answer.status_code in {403, 404}
    with alpha.active():
        assert {name: fresh(run).version for name, run in runs.items()} == {
            name: run.version for name, run in runs.items()
        }


def test_a_token_that_may_only_read_uploads_and_applies_nothing(
    alpha: House, runs: dict[str, Import]
) -> None:
    reader = alpha.caller("pmo", scopes=(TokenScope.READ,))
    sent = {"profile": "measures", "file": SimpleUploadedFile("a.csv", LIST)}
    assert reader.client.post(alpha.api("imports/"), sent).status_code == 403
    for name, path in (("checked", "apply/"), ("applied", "undo/")):
        run = runs[name]
        answer = reader.post(
            f"imports/{run.public_id}/{path}", {}, **{"If-Match": f'"{run.version}"'}
        )
        assert answer.status_code == 403
        assert reader.get(f"imports/{run.public_id}/").status_code == 200


@pytest.mark.parametrize(
    "content",
    [
        "code,name\n{code},Taken",
        "code,metric,2026-01\n{code},COST,1",
        "external_id,name\nA,Taken",
        "external_id,metric,2026-01\nA,COST,1",
        "external_id,name,project\nN,New,{project}",
        "external_id,name,portfolio,program,project\nN,New,{portfolio},{program},Fresh",
        "external_id,name,portfolio,program,project\nN,New,Another,Fresh,Fresh",
        "external_id,name,measure_package\nN,New,{package}",
    ],
)
def test_a_pmo_of_one_part_reaches_nothing_beyond_it(in_alpha: House, content: str) -> None:
    by, narrow = in_alpha.actor("pmo"), in_alpha.actor("narrow")
    applied(checked(table("external_id,name,project", "A,One,PJ-0001"), "measures", by=by), by=by)
    names = {level: getattr(in_alpha, level).code for level in ("portfolio", "program", "project")}
    text = content.format(code=Measure.objects.get().code, package=in_alpha.package.code, **names)
    profile = "values" if "metric" in text else "measures"
    options = {} if "metric" in text else {"place": in_alpha.other_program.code}
    run = checked(text.encode(), profile, by=narrow, **options)
    assert run.state == ImportState.CHECKED
    assert (run.counts["create"], run.counts["change"], run.counts["refused"]) == (0, 0, 1)


@pytest.mark.parametrize(
    ("profile", "content"),
    [
        ("kpis", "name,goal,period,target\nOne,G,2026,1"),
        ("master_data", "code,name\nNEW,New"),
    ],
)
def test_a_pmo_of_one_part_and_what_belongs_to_all(
    in_alpha: House, profile: str, content: str
) -> None:
    """KPIs and master data belong to nobody's part: an import lets through what pages let."""
    narrow = in_alpha.actor("narrow")
    right = Permission.METRIC_MANAGE if profile == "kpis" else Permission.MASTER_DATA_MANAGE
    run = checked(content.encode(), profile, by=narrow)
    assert run.counts["create"] == int(narrow.may_anywhere(right))


def test_json_of_any_form_is_read_or_refused(in_alpha: House) -> None:
    by = in_alpha.actor("pmo")
    deep = "[" * 50_000 + "]" * 50_000
    texts = (deep, "[]", "{}", "null", '"x"', "[[1]]", '[{"": 1}]', '[{"a": NaN}]', "[1e999]")
    texts += (json.dumps([{"name": {"a": [1, 2]}, "external_id": 10**400}]),)
    texts += ('{"a": [{"name": "x"}], "b": [{"name": "y"}]}', '[{"name": 1e400}]')
    for text in texts:
        with suppress(Invalid):
            run = checked(text.encode(), "measures", by=by, name="x.json")
        run = Import.objects.latest("id")
        assert run.state in {"failed", "mapping", "checked"}, (text[:30], run.state)
