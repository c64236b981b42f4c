"""Exceptions through the API: the same services, the same refusals, as problem documents."""

from typing import Any

import pytest

from approvals.exceptions.models import GovernanceException
from tests.approvals.climbing import climber
from tests.approvals.exceptions.opening import asked, decided, fresh, opened
from tests.houses import House

OPTION = {"outcome": "accelerate", "text": "Express freight", "amount": "12000.00"}


def matched(version: int) -> dict[str, str]:
    return {"If-Match": f'"{version}"'}


def test_the_whole_way_through_the_api(in_alpha: House) -> None:
    measure = climber(in_alpha)
    pmo, consultant = in_alpha.caller("pmo"), in_alpha.caller("consultant")
    made = pmo.post(
        "exceptions/",
        {
            "subject": measure.code,
            "title": "Steel comes late",
            "category": "supply",
            "amount": "50000.00",
            "delay_days": 3,
        },
    )
    assert made.status_code == 201
    body = made.json()
    code = body["code"]
    assert made["Location"].endswith(f"/exceptions/{code}/")
    assert (body["state"], body["tier"], body["subject_name"]) == ("open", 1, measure.name)
    assert body["amount"] == "50000.00"
    steps: list[tuple[Any, str, dict[str, Any]]] = [
        (pmo, "assign", {"owner": "consultant@firm.example"}),
        (consultant, "request-decision", {"ask": "May we?", "options": [OPTION]}),
        (in_alpha.caller("sponsor"), "decide", {"outcome": "accelerate", "rationale": "Yes."}),
        (in_alpha.caller("controller"), "verify", {"note": "Paid."}),
    ]
    for version, (caller, act, given) in enumerate(steps, start=1):
        answer = caller.post(f"exceptions/{code}/{act}/", given, **matched(version))
        assert answer.status_code == 200, answer.json()
        assert answer["ETag"] == f'"{version + 1}"'
    last = pmo.get(f"exceptions/{code}/").json()
    assert (last["state"], last["outcome"]) == ("verified", "accelerate")
    assert last["options"] == [OPTION]
    assert last["decided_by"]["email"] == "sponsor@alpha.example"
    assert last["closed_at"] == last["verified_at"]
    assert last["closed_at"].endswith("Z")


def test_refusals_are_problem_documents(in_alpha: House) -> None:
    row = asked(in_alpha, who="sponsor")
    call = in_alpha.caller
    said = {"outcome": "accept", "rationale": "x"}
    path = f"exceptions/{row.code}/decide/"
    mine = call("sponsor").post(path, said, **matched(row.version))
    assert (mine.status_code, mine.json()["code"]) == (403, "segregation_of_duties")
    assert mine.json()["errors"]["rule"] == ["S1"]
    other = call("executive").post(path, said, **matched(row.version))
    assert (other.status_code, other.json()["code"]) == (403, "exception_decided_by_others")
    unseen = call("pmo").post(f"exceptions/{row.code}/assign/", {"owner": "x@y.zz"})
    assert unseen.status_code == 428
    stranger = call("narrow").get(f"exceptions/{row.code}/")
    assert stranger.status_code == 404


def test_a_second_decision_is_a_conflict(in_alpha: House) -> None:
    row = asked(in_alpha)
    decided(in_alpha, row)
    said = {"outcome": "accept", "rationale": "x"}
    answer = in_alpha.caller("sponsor").post(
        f"exceptions/{row.code}/decide/", said, **matched(row.version)
    )
    assert (answer.status_code, answer.json()["code"]) == (409, "exception_decided")
    assert fresh(in_alpha, row).outcome == "accelerate"


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"subject": "M-999999"}, "subject"),
        ({"amount": 5}, "amount"),
        ({"amount": "x"}, "amount"),
        ({"category": "weather"}, "category"),
        ({"reach": 0}, "reach"),
        ({"state": "closed"}, "state"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_bad_bodies_name_their_field(in_alpha: House, given: dict[str, Any], field: str) -> None:
    body = {"subject": climber(in_alpha).code, "title": "x", "category": "other"} | given
    answer = in_alpha.caller("pmo").post("exceptions/", body)
    assert answer.status_code == 400
    assert field in answer.json()["errors"]
    assert not GovernanceException.objects.exists()


def test_lists_are_narrowed_and_refuse_what_they_do_not_know(in_alpha: House) -> None:
    row, call = opened(in_alpha), in_alpha.caller("pmo")
    for query, count in (
        ({}, 1),
        ({"state": "open"}, 1),
        ({"state": "closed"}, 0),
        ({"shown": "open"}, 1),
        ({"shown": "mine"}, 0),
        ({"place": "PG-001"}, 1),
        ({"place": "PG-002"}, 0),
        ({"subject": row.subject_code}, 1),
        ({"tier": "2"}, 0),
    ):
        assert len(call.get("exceptions/", query).json()["results"]) == count, query
    for bad in ({"tier": "9"}, {"colour": "red"}, {"place": "NONE"}):
        assert call.get("exceptions/", bad).status_code == 400


def test_pages_of_the_list_follow_each_other(in_alpha: House) -> None:
    measure = climber(in_alpha)
    rows = [opened(in_alpha, measure, amount=str(10**number)) for number in range(5)]
    call = in_alpha.caller("pmo")
    first = call.get("exceptions/", {"limit": "3"}).json()
    second = call.client.get(first["next"]).json()
    codes = [one["code"] for one in (*first["results"], *second["results"])]
    assert codes == [row.code for row in reversed(rows)]
