"""The calendar through the API."""

from typing import Any

import pytest

from governance.people.choices import TokenScope
from tests.houses import ApiCaller, House

WEEK = ["monday", "tuesday", "wednesday", "thursday", "friday"]
BODY = {"working_days": WEEK, "holidays": [{"day": "2026-12-25", "name": "Christmas Day"}]}


@pytest.fixture
def pmo(alpha: House) -> ApiCaller:
    return alpha.caller("pmo")


@pytest.fixture
def admin(alpha: House) -> ApiCaller:
    return alpha.caller("administrator")


def codes(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json().get("code", "")


def test_the_standard_is_what_holds_first(alpha: House) -> None:
    body = alpha.caller("executive").get("calendar/").json()
    assert body.pop("today")
    assert body == {
        "number": None,
        "working_days": WEEK,
        "holidays": [],
        "time_zone": "UTC",
        "published_by": None,
        "published_at": None,
    }


def test_a_version_is_proposed_published_and_read(pmo: ApiCaller, admin: ApiCaller) -> None:
    made = pmo.post("calendar-versions/", BODY)
    body = made.json()
    assert made.status_code == 201, body
    assert made["Location"].endswith("/calendar-versions/1/")
    assert body.items() >= {"number": 1, "state": "draft", **BODY, "published_by": None}.items()
    assert body["proposed_by"] == {"email": "pmo@alpha.example", "name": "Pmo"}
    assert pmo.get("calendar-versions/1/").json() == body
    assert pmo.get("calendar/").json()["number"] is None
    url, seen = "calendar-versions/1/publish/", {"If-Match": made["ETag"]}
    own = pmo.post(url, **seen)
    assert codes(own) == (403, "segregation_of_duties")
    assert own.json()["errors"] == {"rule": ["S5"]}
    done = admin.post(url, **seen)
    assert (done.status_code, done.json()["state"], done["ETag"]) == (200, "published", '"2"')
    current = pmo.get("calendar/").json()
    assert (current["number"], current["holidays"]) == (1, BODY["holidays"])
    assert current["published_by"]["email"] == "administrator@alpha.example"
    assert codes(admin.post(url, **seen)) == (412, "stale")
    assert [row["number"] for row in pmo.get("calendar-versions/").json()["results"]] == [1]


def test_a_proposal_is_withdrawn_and_stays_readable(pmo: ApiCaller, admin: ApiCaller) -> None:
    made = pmo.post("calendar-versions/", {"working_days": ["monday"]})
    assert codes(admin.post("calendar-versions/", BODY)) == (409, "calendar_proposed")
    url = "calendar-versions/1/"
    assert codes(pmo.delete(url)) == (428, "precondition_required")
    assert codes(pmo.delete(url, **{"If-Match": '"9"'})) == (412, "stale")
    assert pmo.delete(url, **{"If-Match": made["ETag"]}).status_code == 204
    assert pmo.get(url).json()["state"] == "withdrawn"
    gone = pmo.delete(url, **{"If-Match": '"2"'})
    assert codes(gone) == (409, "calendar_not_proposed")
    assert pmo.post("calendar-versions/", BODY).json()["number"] == 2


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"working_days": []}, "working_days"),
        ({"working_days": ["someday"]}, "working_days"),
        ({"working_days": [1]}, "working_days"),
        ({"holidays": [{"day": "25.12.2026", "name": "x"}]}, "holidays"),
        ({"holidays": [{"day": "2026-12-25"}]}, "holidays"),
        ({"holidays": [{"day": "2026-12-25", "name": "x", "colour": "red"}]}, "holidays"),
        ({"holidays": [{"day": "2026-12-25", "name": "a\x00"}]}, "holidays"),
        ({"holidays": [{"day": "0001-01-01", "name": "x"}]}, "holidays.0"),
        ({"holidays": [*BODY["holidays"], *BODY["holidays"]]}, "holidays.1"),
        ({"holidays": [{"day": "2026-12-25", "name": "x"}] * 501}, "holidays"),
        ({"holidays": None}, "holidays"),
        ({"state": "published"}, "state"),
        ({"planet": "x"}, "planet"),
    ],
)
def test_what_is_wrong_with_a_proposal_is_named_by_field(
    pmo: ApiCaller, given: dict[str, Any], field: str
) -> None:
    answer = pmo.post("calendar-versions/", BODY | given)
    assert codes(answer) == (400, "invalid")
    assert any(name.startswith(field) for name in answer.json()["errors"]), answer.json()
    assert pmo.get("calendar-versions/").json()["results"] == []


def test_readers_read_and_do_not_write(alpha: House, pmo: ApiCaller) -> None:
    assert pmo.post("calendar-versions/", BODY).status_code == 201
    executive, seen = alpha.caller("executive"), {"If-Match": '"1"'}
    for path in ("calendar/", "calendar-versions/", "calendar-versions/1/"):
        assert executive.get(path).status_code == 200
        assert codes(alpha.caller("guest").get(path)) == (403, "forbidden")
    reading = alpha.caller("administrator", scopes=(TokenScope.READ,))
    for caller, code in ((executive, "forbidden"), (reading, "token_read_only")):
        assert codes(caller.post("calendar-versions/", BODY)) == (403, code)
        assert codes(caller.post("calendar-versions/1/publish/", **seen)) == (403, code)
        assert codes(caller.delete("calendar-versions/1/", **seen)) == (403, code)
    assert executive.get("calendar-versions/9/").status_code == 404


def test_a_publication_takes_a_version_and_nothing_else(pmo: ApiCaller, admin: ApiCaller) -> None:
    assert pmo.post("calendar-versions/", BODY).status_code == 201
    url = "calendar-versions/1/publish/"
    assert codes(admin.post(url)) == (428, "precondition_required")
    assert codes(admin.post(url, {"force": True}, **{"If-Match": '"1"'})) == (400, "invalid")
    assert codes(admin.post("calendar-versions/7/publish/", **{"If-Match": '"1"'})) == (
        404,
        "not_found",
    )


def test_the_same_key_proposes_once(pmo: ApiCaller) -> None:
    key = {"Idempotency-Key": "calendar"}
    first, second = (pmo.post("calendar-versions/", BODY, **key) for _call in range(2))
    assert (first.status_code, first.json()) == (201, second.json())


def test_versions_of_another_tenant_are_not_found(beta: House, pmo: ApiCaller) -> None:
    assert pmo.post("calendar-versions/", BODY).status_code == 201
    theirs = beta.caller("pmo")
    assert theirs.get("calendar-versions/1/").status_code == 404
    assert theirs.get("calendar-versions/").json()["results"] == []
