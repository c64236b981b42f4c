"""Reports through the API: draft, signature, list, one of them, what changed, and the proof."""

import json
from typing import Any

import pytest

from governance.audit.rules import body_hash
from tests.houses import House
from tests.initiatives.making import make_measure
from tests.kpis.staging import moved
from tests.reporting.period_reports.signing import led, signed, weekly


@pytest.fixture
def house(alpha: House, open_stages: None) -> House:
    with alpha.active():
        weekly(alpha)
    return alpha


def path(house: House, tail: str = "") -> str:
    return f"period-reports/{house.program.code}/{tail}"


def signature(draft: dict[str, Any], **more: Any) -> dict[str, Any]:
    given = {"due_on": draft["period"]["due_on"], "draft_hash": draft["draft_hash"]}
    return given | {"achieved": "Two suppliers signed."} | more


def test_a_draft_is_signed_once_whatever_is_sent_again(house: House) -> None:
    pmo = house.caller("pmo")
    draft = pmo.get(path(house, "draft/")).json()
    assert draft["may_sign"]
    assert draft["changes"] is None
    key = {"Idempotency-Key": "a"}
    first = pmo.post(path(house), signature(draft), **key)
    assert first.status_code == 201, first.content
    again = pmo.post(path(house), signature(draft), **key)
    assert (again.status_code, again.json()) == (201, first.json())
    assert first["Location"].endswith(house.api(path(house, "1/")))
    body = pmo.get(path(house, "1/")).json()
    assert body_hash(body["body"]) == body["hash"] == first.json()["hash"]
    assert json.loads(body["body"])["words"]["achieved"] == "Two suppliers signed."
    assert [one["number"] for one in pmo.get(path(house)).json()["results"]] == [1]
    other = pmo.post(path(house), signature(draft))
    assert (other.status_code, other.json()["code"]) == (409, "report_period_signed")


def test_another_draft_than_the_one_seen_is_refused(house: House) -> None:
    pmo = house.caller("pmo")
    draft = pmo.get(path(house, "draft/")).json()
    make_measure(house, "Steel")
    answer = pmo.post(path(house), signature(draft))
    assert (answer.status_code, answer.json()["code"]) == (409, "figures_changed")
    assert pmo.get(path(house)).json()["results"] == []


def test_what_changed_and_a_correction(house: House) -> None:
    pmo = house.caller("pmo")
    signed(house, house.program)
    moved(house, make_measure(house, "Steel"), "decided")
    draft = pmo.get(path(house, "draft/")).json()
    assert draft["changes"]["since"] == 1
    values = {one["name"]: one for one in draft["changes"]["values"]}
    assert values["figures.by_stage.decided"]["after"] == 1
    correction = pmo.get(path(house, "draft/"), {"replaces": 1}).json()
    given = signature(correction, replaces=1)
    bare = pmo.post(path(house), given)
    assert (bare.status_code, list(bare.json()["errors"])) == (400, ["reason"])
    made = pmo.post(path(house), {**given, "reason": "A measure was left out."})
    assert (made.status_code, made.json()["replaces"]) == (201, 1)
    assert pmo.get(path(house, "1/")).json()["replaced_by"] == 2
    assert pmo.get(path(house, "2/")).json()["changes"] is None
    assert pmo.get(path(house, "2/"), {"since": 1}).json()["changes"]["since"] == 1
    assert pmo.get(path(house, "2/"), {"since": 2}).status_code == 404


def test_the_reports_of_a_place_are_proved(house: House) -> None:
    signed(house, house.program)
    body = house.caller("executive").get(path(house, "verification/")).json()
    assert body == {"reports": 1, "holds": True, "difference": ""}


def test_rights_and_wrong_questions(house: House) -> None:
    reader, pmo = house.caller("executive"), house.caller("pmo")
    draft = reader.get(path(house, "draft/")).json()
    assert not draft["may_sign"]
    assert reader.post(path(house), signature(draft)).status_code == 403
    assert house.caller("guest").get(path(house)).status_code == 404
    assert pmo.post(path(house), {}).status_code == 400
    assert pmo.post(path(house), signature(draft, number=7)).status_code == 400
    for query in ({"due_on": "x"}, {"replaces": 0}, {"x": 1}):
        assert pmo.get(path(house, "draft/"), query).status_code == 400
    assert pmo.get(path(house, "draft/"), {"replaces": 1}).status_code == 409
    assert pmo.get(path(house, "draft/"), {"due_on": "2020-01-01"}).status_code == 409
    assert pmo.get(path(house, "7/")).status_code == 404
    led(house, house.package, owner="owner")
    owner = house.caller("owner")
    own = owner.get(f"period-reports/{house.package.code}/draft/").json()
    made = owner.post(f"period-reports/{house.package.code}/", signature(own))
    assert made.status_code == 201
