"""Delegations by page and by API: given, carried, taken back; never past S7 and S10."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from approvals.models import Delegation
from tests.houses import House

OK, CREATED, FOUND = 200, 201, 302
BAD, FORBIDDEN, MISSING, CONFLICT, UNPROCESSABLE = 400, 403, 404, 409, 422


def given(house: House, **more: str) -> dict[str, str]:
    today = timezone.localdate()
    return {
        "delegate": house.people["pmo"].email,
        "place": house.program.code,
        "starts_on": today.isoformat(),
        "ends_on": (today + timedelta(days=14)).isoformat(),
        "note": "On holiday",
        **more,
    }


def post(house: House, who: str = "sponsor", **more: str) -> Any:
    return house.client(who).post(house.page("delegations/"), given(house, **more))


def only(house: House) -> Delegation:
    with house.active():
        return Delegation.objects.get()


def test_a_delegation_is_given_and_both_sides_see_it(alpha: House) -> None:
    assert post(alpha).status_code == FOUND
    page = alpha.client("sponsor").get(alpha.page("delegations/"))
    assert "Pmo decides for you" in page.content.decode()
    page = alpha.client("pmo").get(alpha.page("delegations/"))
    assert "You decide for Sponsor" in page.content.decode()
    page = alpha.client("controller").get(alpha.page("delegations/"))
    assert "Sponsor" not in page.content.decode().partition("datalist")[0]


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"delegate": "nobody@elsewhere.example"}, "delegate"),
        ({"delegate": ""}, "delegate"),
        ({"place": "PG-999"}, "place"),
        ({"ends_on": "2020-01-01"}, "ends_on"),
        ({"ends_on": "2999-01-01"}, "ends_on"),
        ({"starts_on": "tomorrow"}, "starts_on"),
        ({"note": "x" * 201}, "note"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(alpha: House, more: dict[str, str], field: str) -> None:
    page = post(alpha, **more)
    assert page.status_code == UNPROCESSABLE
    assert field in page.context["form"].errors


@pytest.mark.parametrize(("who", "to", "rule"), [("sponsor", "consultant", "S7")])
def test_consultants_carry_nobodys_voice(alpha: House, who: str, to: str, rule: str) -> None:
    page = post(alpha, who, delegate=alpha.people[to].email)
    assert page.status_code == FORBIDDEN
    assert f"({rule})" in page.content.decode()


def test_auditors_carry_nobodys_voice(alpha: House) -> None:
    page = post(alpha, delegate=alpha.people["auditor"].email)
    assert page.status_code == FORBIDDEN
    assert "(S10)" in page.content.decode()


def test_giver_and_carrier_end_it_and_nobody_else(alpha: House) -> None:
    post(alpha)
    url = alpha.page(f"delegations/{only(alpha).public_id}/revoke/")
    assert alpha.client("owner").post(url).status_code == MISSING
    assert alpha.client("pmo").get(url).status_code == OK
    assert alpha.client("pmo").post(url).status_code == FOUND
    assert alpha.client("sponsor").post(url).status_code == CONFLICT


def test_who_sees_nothing_delegates_nothing(alpha: House) -> None:
    assert alpha.client("guest").get(alpha.page("delegations/")).status_code == MISSING
    assert post(alpha, "guest").status_code == MISSING


def test_the_api_gives_shows_and_ends(alpha: House, beta: House) -> None:
    caller = alpha.caller("sponsor")
    answer = caller.post("delegations/", given(alpha))
    assert answer.status_code == CREATED
    body = answer.json()
    assert body["delegate"] == {"email": alpha.people["pmo"].email, "name": "Pmo"}
    assert (body["place"], body["version"], body["revoked_at"]) == (alpha.program.code, 1, None)
    path = f"delegations/{body['id']}/"
    assert caller.get(path)["ETag"] == '"1"'
    assert [row["id"] for row in caller.get("delegations/").json()["results"]] == [body["id"]]
    assert alpha.caller("owner").get(path).status_code == MISSING
    assert beta.caller("sponsor").get(path).status_code == MISSING
    assert alpha.caller("owner").get("delegations/").json()["results"] == []
    ended = caller.post(f"{path}revoke/")
    assert (ended.status_code, ended.json()["version"]) == (OK, 2)
    assert caller.post(f"{path}revoke/").json()["code"] == "delegation_over"


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"delegate": "nobody@elsewhere.example"}, "delegate"),
        ({"place": "PG-999"}, "place"),
        ({"ends_on": "2020-01-01"}, "ends_on"),
        ({"delegator": "me"}, "delegator"),
        ({"id": "1"}, "id"),
    ],
)
def test_the_api_names_what_is_wrong(alpha: House, more: dict[str, str], field: str) -> None:
    answer = alpha.caller("sponsor").post("delegations/", given(alpha, **more))
    assert answer.status_code == BAD
    assert field in answer.json()["errors"]


def test_an_unknown_delegation_is_not_found(alpha: House) -> None:
    path = f"delegations/{uuid.uuid4()}/"
    assert alpha.caller("sponsor").get(path).status_code == MISSING
    assert alpha.caller("sponsor").post(f"{path}revoke/").status_code == MISSING
