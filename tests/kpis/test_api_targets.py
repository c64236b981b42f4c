"""Targets through the API: lists, proposals, decisions, and what is refused (H7)."""

import pytest

from kpis.models import Target
from tests.houses import House
from tests.kpis.targeting import propose, set_target, with_starting_metrics

pytestmark = pytest.mark.django_db


@pytest.fixture
def house(alpha: House) -> House:
    with_starting_metrics(alpha)
    return alpha


def body_of(house: House, **more: object) -> dict[str, object]:
    given = {
        "node": house.program.code,
        "metric": "EBITDA",
        "fiscal_year": 2027,
        "kind": "recurring",
        "amount": "1000.50",
        "gap_owner": house.people["owner"].email,
        "reason": "Agreed with the board.",
    }
    return given | more


def test_a_target_is_proposed_and_approved_by_another(house: House) -> None:
    pmo, other = house.caller("pmo"), house.caller("head_of_controlling")
    answer = pmo.post("targets/", body_of(house))
    assert answer.status_code == 201, answer.content
    body = answer.json()
    assert answer["Location"].endswith(f"/targets/{body['id']}/")
    assert (body["state"], body["number"], body["amount"]) == ("proposed", None, "1000.50")
    own = pmo.post(f"targets/{body['id']}/approve/")
    assert (own.status_code, own.json()["code"]) == (403, "segregation_of_duties")
    assert own.json()["errors"] == {"rule": ["H7"]}
    done = other.post(f"targets/{body['id']}/approve/", {"remark": "Fine."})
    assert done.status_code == 200, done.content
    assert (done.json()["state"], done.json()["number"]) == ("approved", 1)
    assert done.json()["decided_by"]["email"] == house.people["head_of_controlling"].email
    again = other.post(f"targets/{body['id']}/refuse/", {"remark": "x"})
    assert (again.status_code, again.json()["code"]) == (409, "target_not_proposed")


def test_a_refusal_needs_a_remark_and_a_withdrawal_its_maker(house: House) -> None:
    pmo, other = house.caller("pmo"), house.caller("head_of_controlling")
    first = propose(house, house.program).public_id
    assert other.post(f"targets/{first}/refuse/", {}).status_code == 400
    assert other.post(f"targets/{first}/withdraw/").json()["code"] == "target_of_another"
    assert other.post(f"targets/{first}/refuse/", {"remark": "No."}).json()["state"] == "refused"
    second = propose(house, house.program).public_id
    assert pmo.post(f"targets/{second}/withdraw/").json()["state"] == "withdrawn"


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"amount": 5}, "amount"),
        ({"amount": "NaN"}, "amount"),
        ({"amount": "-5"}, "amount"),
        ({"kind": "one_time_cost"}, "kind"),
        ({"fiscal_year": 99999}, "fiscal_year"),
        ({"metric": "NO"}, "metric"),
        ({"node": "PG-999"}, "node"),
        ({"gap_owner": "stranger@example.com"}, "gap_owner"),
        ({"reason": ""}, "reason"),
        ({"state": "approved"}, "state"),
    ],
)
def test_bad_input_is_told_at_its_field(house: House, given: dict[str, object], field: str) -> None:
    answer = house.caller("pmo").post("targets/", body_of(house, **given))
    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == [field]
    with house.active():
        assert not Target.objects.exists()


def test_the_list_is_narrowed_and_newest_first(house: House) -> None:
    set_target(house, house.program, "5")
    propose(house, house.project, "7", kind="one_off")
    reader = house.caller("executive")
    rows = reader.get("targets/").json()["results"]
    assert [row["amount"] for row in rows] == ["7.00", "5.00"]
    for query, expected in (
        ({"state": "approved"}, ["5.00"]),
        ({"node": house.project.code}, ["7.00"]),
        ({"node": house.slug}, ["7.00", "5.00"]),
        ({"kind": "one_off", "year": "2026", "metric": "EBITDA"}, ["7.00"]),
        ({"gap_owner": house.people["pmo"].email}, []),
    ):
        found = reader.get("targets/", query).json()["results"]
        assert [row["amount"] for row in found] == expected
    assert list(reader.get("targets/", {"node": "X"}).json()["errors"]) == ["node"]
    assert reader.get("targets/", {"level": "x"}).status_code == 400


def test_who_does_not_see_the_place_finds_nothing(house: House) -> None:
    made = propose(house, house.program)
    narrow = house.caller("narrow")
    assert narrow.get("targets/").json()["results"] == []
    assert narrow.get(f"targets/{made.public_id}/").status_code == 404
    assert narrow.post(f"targets/{made.public_id}/approve/").status_code == 404
    assert house.caller("executive").get(f"targets/{made.public_id}/").status_code == 200
