"""The audit trail through the API: bodies, hashes, seals, filters, pages."""

import hashlib
import json
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from governance.audit.choices import AuditAction
from governance.audit.services import Subject, record
from governance.people.choices import Role
from governance.permissions.services import role_grant
from tests.houses import ApiCaller, House, World
from tests.sealing import seal_all


@pytest.fixture
def auditor(alpha: House) -> ApiCaller:
    return alpha.caller("auditor")


def codes(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json().get("code", "")


def rename(house: House, code: str, count: int = 1) -> None:
    by = house.actor("pmo")
    with house.active():
        for number in range(count):
            changes = {"name": [f"n{number}", f"ñ{number + 1}"]}
            subject = Subject("measure", code, "A measure")
            record(AuditAction.MEASURE_CHANGED, subject=subject, by=by, changes=changes)


def test_an_event_carries_its_body_and_the_bodys_hash(alpha: House, auditor: ApiCaller) -> None:
    rename(alpha, "M-000007")
    (event,) = auditor.get("audit-events/", {"subject": "M-000007"}).json()["results"]
    assert list(event) == ["id", "body", "body_hash", "recorded_at", "seal"]
    facts = json.loads(event["body"])
    assert facts["id"] == event["id"]
    assert facts["changes"] == {"name": ["n0", "ñ1"]}
    assert facts["actor"] == {"name": "Pmo", "email": "pmo@alpha.example", "via": "page"}
    assert event["body_hash"] == hashlib.sha256(event["body"].encode()).hexdigest()
    assert event["seal"] is None


def test_the_trail_is_narrowed(alpha: House, auditor: ApiCaller) -> None:
    rename(alpha, "M-000008")

    def found(**query: str) -> int:
        return len(auditor.get("audit-events/", query).json()["results"])

    before = (timezone.now() - timedelta(minutes=5)).isoformat()
    after = (timezone.now() + timedelta(minutes=5)).isoformat()
    mine = {"subject": "M-000008"}
    assert found(**mine) == found(**mine, subject_type="measure") == 1
    assert found(**mine, subject_type="forum") == 0
    assert found(**mine, actor="pmo@alpha.example", action="measure.changed") == 1
    assert found(**mine, actor="owner@alpha.example") == 0
    assert found(**mine, action="measure.moved") == 0
    assert found(**mine, after=before, before=after) == 1
    assert found(**mine, after=after) == 0
    assert found(**mine, before=before) == 0


@pytest.mark.parametrize(
    "query",
    [
        {"colour": "red"},
        {"action": "world.ended"},
        {"after": "yesterday"},
        {"limit": "-1"},
        {"cursor": "made-up"},
        {"subject": "a\x00"},
    ],
)
def test_an_unknown_filter_is_refused(auditor: ApiCaller, query: dict[str, str]) -> None:
    assert auditor.get("audit-events/", query).status_code == 400


def test_the_trail_is_paged_newest_first(alpha: House, auditor: ApiCaller) -> None:
    rename(alpha, "M-000009", 7)
    afters, body = [], auditor.get("audit-events/", {"subject": "M-000009", "limit": 3}).json()
    while True:
        afters += [json.loads(row["body"])["changes"]["name"][1] for row in body["results"]]
        if body["next"] is None:
            break
        body = auditor.client.get(body["next"]).json()
    assert afters == [f"ñ{number}" for number in range(7, 0, -1)]
    assert body["previous"] is not None


@pytest.mark.parametrize("name", ["executive", "pmo", "guest", "narrow"])
def test_only_auditors_and_administrators_read_the_trail(alpha: House, name: str) -> None:
    assert codes(alpha.caller(name).get("audit-events/")) == (403, "forbidden")


def test_an_auditor_of_a_part_is_refused_with_a_reason(alpha: House) -> None:
    with alpha.active():
        by, guest = alpha.system(Role.ADMINISTRATOR), alpha.people["guest"]
        role_grant(membership=guest, role=Role.AUDITOR, node=alpha.program, by=by)
    assert codes(alpha.caller("guest").get("audit-events/")) == (403, "audit_needs_root")


def test_the_trail_of_another_tenant_is_not_found(alpha: House, beta: House) -> None:
    rename(alpha, "M-424242")
    theirs = beta.caller("auditor")
    assert theirs.client.get(alpha.api("audit-events/")).status_code == 404
    assert theirs.get("audit-events/", {"subject": "M-424242"}).json()["results"] == []


def test_the_trail_cannot_be_written(auditor: ApiCaller) -> None:
    for send in (auditor.post, auditor.put, auditor.patch, auditor.delete):
        assert send("audit-events/").status_code == 405


@pytest.mark.slow
def test_a_sealed_event_names_its_batch_and_its_hash(lasting_world: World) -> None:
    house = lasting_world.alpha
    first = seal_all(house)
    rename(house, "M-000010")
    second = seal_all(house)
    auditor = house.caller("auditor")
    new, *old = auditor.get("audit-events/", {"limit": 500}).json()["results"][1:]
    assert second.batch > first.batch
    assert new["seal"] == {"batch": second.batch, "hash": second.hash}
    assert {row["seal"]["batch"] for row in old} <= set(range(1, second.batch))
    assert all(len(row["seal"]["hash"]) == 64 for row in old)
