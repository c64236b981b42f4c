"""Master data and forum seats through the API."""

from typing import Any

import pytest

from governance.masterdata.models import KINDS
from tests.houses import ApiCaller, House

STANDING = {"business-units": "BU1", "functions": "F1", "legal-entities": "LE1", "forums": "SC"}


@pytest.fixture
def pmo(alpha: House) -> ApiCaller:
    return alpha.caller("pmo")


def codes(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json().get("code", "")


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_listed_created_changed_and_read(pmo: ApiCaller, kind: str) -> None:
    made = pmo.post(f"{kind}/", {"code": "N 1", "name": " Some   name "})
    body = made.json()
    assert made.status_code == 201, body
    assert (body["code"], body["name"], body["is_active"]) == ("N 1", "Some name", True)
    url = f"{kind}/N 1/"
    assert made["Location"].endswith(f"{kind}/N%201/")
    assert pmo.get(url).json() == body
    changed = pmo.patch(url, {"name": "Other", "is_active": False}, **{"If-Match": made["ETag"]})
    assert changed.status_code == 200
    assert (changed.json()["name"], changed.json()["is_active"]) == ("Other", False)
    listed = pmo.get(f"{kind}/", {"is_active": "false"}).json()["results"]
    assert listed == [changed.json()]
    active = pmo.get(f"{kind}/", {"is_active": "true"}).json()["results"]
    assert [row["code"] for row in active] == [STANDING[kind]]


@pytest.mark.parametrize("kind", KINDS)
def test_readers_read_and_do_not_write(alpha: House, kind: str) -> None:
    executive = alpha.caller("executive")
    assert executive.get(f"{kind}/").status_code == 200
    assert codes(executive.post(f"{kind}/", {"code": "X", "name": "X"})) == (403, "forbidden")
    url = f"{kind}/{STANDING[kind]}/"
    assert codes(executive.patch(url, {"name": "X"}, **{"If-Match": '"1"'})) == (403, "forbidden")
    assert codes(alpha.caller("guest").get(f"{kind}/")) == (403, "forbidden")
    assert executive.get(f"{kind}/NONE/").status_code == 404


def test_entries_of_another_tenant_are_not_found(alpha: House, beta: House, pmo: ApiCaller) -> None:
    assert pmo.post("functions/", {"code": "ALPHA", "name": "Alpha alone"}).status_code == 201
    theirs = beta.caller("pmo")
    assert theirs.get("functions/ALPHA/").status_code == 404
    answer = theirs.patch("functions/ALPHA/", {"name": "X"}, **{"If-Match": '"1"'})
    assert answer.status_code == 404
    assert "ALPHA" not in str(theirs.get("functions/").json())


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"code": ""}, "code"),
        ({"code": "a/b"}, "code"),
        ({"code": "x" * 31}, "code"),
        ({"code": 7}, "code"),
        ({"name": "a\x00"}, "name"),
        ({"name": None}, "name"),
        ({"is_active": False}, "is_active"),
        ({"sort_key": "a"}, "sort_key"),
    ],
)
def test_what_is_wrong_with_an_entry_is_named_by_field(
    pmo: ApiCaller, given: dict[str, Any], field: str
) -> None:
    answer = pmo.post("functions/", {"code": "F2", "name": "Finance"} | given)
    assert codes(answer) == (400, "invalid")
    assert list(answer.json()["errors"]) == [field]


def test_a_code_is_given_once(pmo: ApiCaller) -> None:
    assert codes(pmo.post("functions/", {"code": "F1", "name": "X"})) == (409, "code_taken")


def test_the_same_key_adds_an_entry_once(pmo: ApiCaller) -> None:
    key, body = {"Idempotency-Key": "f2"}, {"code": "F2", "name": "Finance"}
    first, second = pmo.post("functions/", body, **key), pmo.post("functions/", body, **key)
    assert (first.status_code, first.json()) == (second.status_code, second.json())
    assert first.status_code == 201


def test_a_change_needs_the_version_that_was_seen(pmo: ApiCaller) -> None:
    url = "functions/F1/"
    assert codes(pmo.patch(url, {"name": "X"})) == (428, "precondition_required")
    assert codes(pmo.patch(url, {"name": "X"}, **{"If-Match": '"9"'})) == (412, "stale")
    assert codes(pmo.patch(url, {"code": "X"}, **{"If-Match": '"1"'})) == (400, "invalid")
    assert pmo.get(url).json()["name"] == "Procurement"


def test_a_change_of_nothing_changes_nothing(pmo: ApiCaller) -> None:
    answer = pmo.patch("functions/F1/", {}, **{"If-Match": '"1"'})
    assert (answer.status_code, answer["ETag"]) == (200, '"1"')


@pytest.mark.parametrize("query", [{"colour": "red"}, {"is_active": "maybe"}, {"limit": "501"}])
def test_an_unknown_filter_is_refused(pmo: ApiCaller, query: dict[str, str]) -> None:
    assert codes(pmo.get("functions/", query)) == (400, "invalid")


def test_entries_are_paged_by_folded_name(pmo: ApiCaller) -> None:
    for code, name in (("A", "Zebra"), ("B", "Äpfel"), ("C", "apfel 2"), ("D", "Öl")):
        assert pmo.post("functions/", {"code": code, "name": name}).status_code == 201
    names, body = [], pmo.get("functions/", {"limit": 2}).json()
    while True:
        names += [row["name"] for row in body["results"]]
        if body["next"] is None:
            break
        body = pmo.client.get(body["next"]).json()
    assert names == ["Äpfel", "apfel 2", "Öl", "Procurement", "Zebra"]
    found = pmo.get("functions/", {"q": "APFEL"}).json()["results"]
    assert [row["name"] for row in found] == ["Äpfel", "apfel 2"]


# --- forums -----------------------------------------------------------------------------------


def test_a_forum_has_a_quorum(pmo: ApiCaller) -> None:
    made = pmo.post("forums/", {"code": "STC", "name": "Steering", "quorum": 3})
    assert made.json()["quorum"] == 3
    url = "forums/STC/"
    changed = pmo.patch(url, {"quorum": 2}, **{"If-Match": made["ETag"]})
    assert (changed.status_code, changed.json()["quorum"]) == (200, 2)
    for quorum in (0, 100, "many", None, 10**30):
        answer = pmo.patch(url, {"quorum": quorum}, **{"If-Match": changed["ETag"]})
        assert codes(answer) == (400, "invalid")
    other = pmo.patch("functions/F1/", {"quorum": 2}, **{"If-Match": '"1"'})
    assert codes(other) == (400, "invalid")


def test_seats_are_given_listed_and_taken_back(alpha: House, pmo: ApiCaller) -> None:
    answer = pmo.post("forums/SC/members/", {"person": "sponsor@alpha.example"})
    body = answer.json()
    assert answer.status_code == 201, body
    assert body == {
        "id": str(alpha.people["sponsor"].public_id),
        "person": {"email": "sponsor@alpha.example", "name": "Sponsor"},
        "seat": "member",
        "is_pending": True,
    }
    listed = pmo.get("forums/SC/members/").json()["results"]
    assert [row["seat"] for row in listed] == ["chair", "member"]
    assert pmo.delete(f"forums/SC/members/{body['id']}/").status_code == 204
    assert pmo.delete(f"forums/SC/members/{body['id']}/").status_code == 404
    assert len(pmo.get("forums/SC/members/").json()["results"]) == 1


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"person": "forum_member@alpha.example"}, (409, "seat_taken")),
        ({"person": "pmo@alpha.example"}, (422, "grant_to_oneself")),
        ({"person": "pmo@beta.example"}, (400, "invalid")),
        ({"person": "owner@alpha.example", "seat": "throne"}, (400, "invalid")),
        ({"person": 7}, (400, "invalid")),
        ({}, (400, "invalid")),
    ],
)
def test_a_seat_that_cannot_be_given_is_refused(
    pmo: ApiCaller, body: dict[str, Any], expected: tuple[int, str]
) -> None:
    assert codes(pmo.post("forums/SC/members/", body)) == expected
    assert len(pmo.get("forums/SC/members/").json()["results"]) == 1


def test_seats_are_given_by_those_who_manage_master_data(alpha: House, beta: House) -> None:
    body = {"person": "owner@alpha.example"}
    executive = alpha.caller("executive")
    assert executive.get("forums/SC/members/").status_code == 200
    assert codes(executive.post("forums/SC/members/", body)) == (403, "forbidden")
    stranger = beta.caller("pmo")
    person = alpha.people["forum_member"].public_id
    assert stranger.delete(f"forums/SC/members/{person}/").status_code == 404
    assert executive.get("forums/NONE/members/").status_code == 404
