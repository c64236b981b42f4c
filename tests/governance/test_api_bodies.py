"""Bodies that no honest client sends: each is refused with a problem, and nothing is written."""

import base64
import json
from typing import Any

import pytest

from governance.tree.models import Node
from governance.web.cursors import sealed, unsealed
from tests.houses import ApiCaller, House

LIMIT = 2_621_440


@pytest.fixture
def pmo(alpha: House) -> ApiCaller:
    return alpha.caller("pmo")


def raw(caller: ApiCaller, body: bytes, **headers: str) -> Any:
    path = caller.house.api("portfolios/")
    return caller.client.generic("POST", path, body, "application/json", headers=headers)


def nested(depth: int, kind: str = "[]") -> bytes:
    if kind == "[]":
        return b'{"name": ' + b"[" * depth + b"]" * depth + b"}"
    return b'{"name": ' + b'{"a":' * depth + b"1" + b"}" * depth + b"}"


MALFORMED = {
    "nothing": b"",
    "blank": b" ",
    "half": b'{"name": "New"',
    "two": b'{"name": "New"}{}',
    "comment": b'{"name": "New"} // new',
    "single quotes": b"{'name': 'New'}",
    "a list": b'[{"name": "New"}]',
    "a text": b'"New"',
    "a number": b"7",
    "null": b"null",
    "NaN": b'{"name": "New", "x": NaN}',
    "Infinity": b'{"name": "New", "x": -Infinity}',
    "1e400": b'{"name": "New", "x": 1e400}',
    "a number of 5000 digits": b'{"name": "New", "x": ' + b"1" * 5000 + b"}",
    "a name twice": b'{"name": "New", "name": "Newer"}',
    "Latin 1": '{"name": "Köln"}'.encode("latin-1"),
    "UTF-16": '{"name": "New"}'.encode("utf-16"),
    "a byte order mark": '\ufeff{"name": "New"}'.encode(),
    "NUL": b'{"name": "New\x00"}',
    "a bare line break": b'{"name": "N\new"}',
    "nested lists": nested(100_000),
    "nested objects": nested(100_000, "{}"),
    "nested lists of middle depth": nested(950),
    "nested objects of middle depth": nested(300, "{}"),
    "nested a little too deep": nested(21),
}


@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED.keys())
@pytest.mark.parametrize("key", [{}, {"Idempotency-Key": "a-key"}], ids=["no key", "key"])
def test_a_body_that_is_no_proper_json_object(
    pmo: ApiCaller, body: bytes, key: dict[str, str]
) -> None:
    answer = raw(pmo, body, **key)
    assert answer.status_code == 400, answer.content
    problem = answer.json()
    # No body at all is an empty one: the fields it lacks are named.
    expected = ("invalid", {"name"}) if body == b"" else ("malformed_body", None)
    assert problem["code"] == expected[0]
    if expected[1]:
        assert set(problem["errors"]) == expected[1]


FAULTY: dict[str, Any] = {
    "missing": {},
    "null": {"name": None},
    "empty": {"name": ""},
    "blank": {"name": " \t\n "},
    "a number": {"name": 7},
    "a huge number": {"name": 10**30},
    "a fraction": {"name": 1.5},
    "true": {"name": True},
    "a list": {"name": ["New"]},
    "an object": {"name": {"en": "New"}},
    "NUL": {"name": "New\u0000"},
    "a control character": {"name": "New\u0007"},
    "DEL": {"name": "New\u007f"},
    "a lone surrogate": {"name": "New\ud83d"},
    "too long": {"name": "x" * 201},
    "much too long": {"name": "x" * 1_000_000},
}


@pytest.mark.parametrize("body", FAULTY.values(), ids=FAULTY.keys())
def test_a_text_that_cannot_be_kept_is_a_field_error(pmo: ApiCaller, body: Any) -> None:
    answer = pmo.post("portfolios/", body)
    assert answer.status_code == 400, answer.content
    assert set(answer.json()["errors"]) == {"name"}


@pytest.mark.parametrize(
    "name", ["colour", "id", "pk", "tenant", "tenant_id", "version", "stage", "", "__proto__"]
)
def test_an_unknown_field_is_named(pmo: ApiCaller, name: str) -> None:
    answer = pmo.post("portfolios/", {"name": "New", name: 1})
    assert (answer.status_code, list(answer.json()["errors"])) == (400, [name or "body"])


def test_names_that_are_no_text_are_answered_readably(pmo: ApiCaller) -> None:
    names = ["\ud800", "\u0000", "x" * 100_000, "<script>"]
    answer = raw(pmo, json.dumps({"name": "New"} | dict.fromkeys(names, 1)).encode())
    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == ["\\ud800", "\u0000", "x" * 500, "<script>"]


def test_a_thousand_faults_are_answered_briefly(pmo: ApiCaller) -> None:
    answer = pmo.post("portfolios/", {f"field{number}": 1 for number in range(50_000)})
    assert answer.status_code == 400
    assert len(answer.content) < 50_000


def test_a_faulty_choice_is_not_echoed_at_length(pmo: ApiCaller) -> None:
    for value in ("x" * 1_000_000, "\ud800", ["a"], {"a": 1}, 10**30, None):
        answer = pmo.post("metrics/", {"code": "A", "name": "A", "aggregation": value})
        assert answer.status_code == 400
        assert set(answer.json()["errors"]) == {"aggregation"}
        assert len(answer.content) < 2000


@pytest.mark.parametrize(
    "address",
    ["a" * 300 + "@alpha.example", "a@b", "\ud800@alpha.example", "a\u0000@a.de", 7, [], {}],
)
def test_an_address_that_is_none_is_a_field_error(pmo: ApiCaller, address: Any) -> None:
    answer = pmo.post("portfolios/", {"name": "New", "owner": address})
    assert (answer.status_code, set(answer.json()["errors"])) == (400, {"owner"})


@pytest.mark.parametrize(
    "day",
    ["", "soon", "2026-02-30", "0000-01-01", "99999-01-01", "2026-01-01T00:00:00Z", 7, [], {}],
)
def test_a_day_that_is_none_is_a_field_error(pmo: ApiCaller, day: Any) -> None:
    answer = pmo.post("portfolios/", {"name": "New", "planned_start": day})
    assert (answer.status_code, set(answer.json()["errors"])) == (400, {"planned_start"})


@pytest.mark.parametrize("size", [LIMIT + 1, 10_000_000])
def test_a_body_of_megabytes_is_too_large(pmo: ApiCaller, size: int) -> None:
    answer = raw(pmo, b'{"name": "' + b"x" * size + b'"}')
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_a_body_of_unknown_length_is_not_taken_for_none(pmo: ApiCaller) -> None:
    path = pmo.house.api("portfolios/")
    answer = pmo.client.post(path, headers={"Transfer-Encoding": "chunked"}, CONTENT_LENGTH="")
    assert (answer.status_code, answer.json()["code"]) == (411, "length_required")


def test_nothing_of_all_this_was_written(alpha: House, pmo: ApiCaller) -> None:
    with alpha.active():
        before = Node.objects.count()
    for body in (*MALFORMED.values(), *(json.dumps(body).encode() for body in FAULTY.values())):
        raw(pmo, body)
    with alpha.active():
        assert Node.objects.count() == before


# --- cursors ---------------------------------------------------------------------------------


def test_a_cursor_is_opaque_and_belongs_to_its_list(alpha: House, pmo: ApiCaller) -> None:
    link = pmo.get("programs/?limit=1").json()["next"]
    cursor = link.partition("cursor=")[2].partition("&")[0]
    found = unsealed(cursor)
    assert found is not None
    assert sealed(found) == cursor
    assert b"id" not in base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    for path in (
        f"programs/?cursor={cursor[:-2]}xx",
        f"programs/?cursor={cursor}&ordering=-name",
        f"programs/?cursor={cursor}&ordering=code",
        f"measures/?cursor={cursor}",
        "programs/?cursor=%F0%9F%92%A9",
        "programs/?cursor=AAAA",
        "programs/?cursor=e30",
    ):
        answer = pmo.get(path)
        assert (answer.status_code, answer.json()["code"]) == (400, "bad_cursor"), path
    assert len(pmo.get(f"programs/?cursor={cursor}").json()["results"]) == 1


def test_a_cursor_of_another_tenant_is_none(alpha: House, beta: House, pmo: ApiCaller) -> None:
    link = beta.caller("pmo").get("programs/?limit=1").json()["next"]
    answer = pmo.get(f"programs/?{link.partition('?')[2]}")
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_cursor")
