"""The audit explorer: who may read it, its filters, its pages, and the state of the chain."""

import re
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from governance.audit.choices import AuditAction
from governance.audit.services import Subject, record
from governance.people.choices import Role
from governance.permissions.services import role_grant
from tests.houses import House, World
from tests.sealing import seal_all


@pytest.fixture
def auditor(alpha: House) -> Client:
    return alpha.client("auditor")


def text_of(answer: Any) -> str:
    return answer.content.decode()


def told(answer: Any) -> list[str]:
    """The sentences on the page, in their order."""
    return re.findall(r'<p class="tg-timeline-sentence">(.*?)</p>', text_of(answer), re.DOTALL)


def rename(house: House, code: str, count: int = 1, *, name: str = "pmo") -> None:
    by = house.actor(name)
    with house.active():
        for number in range(count):
            changes = {"name": [f"n{number}", f"n{number + 1}"]}
            subject = Subject("measure", code, "A measure")
            record(AuditAction.MEASURE_CHANGED, subject=subject, by=by, changes=changes)


@pytest.mark.parametrize("name", ["auditor", "administrator"])
def test_auditors_and_administrators_read_the_trail(alpha: House, name: str) -> None:
    rename(alpha, "M-000007")
    answer = alpha.client(name).get(alpha.page("audit/"))
    assert answer.status_code == 200
    assert told(answer)[0] == "Pmo changed the measure M-000007: name n0 → n1"


@pytest.mark.parametrize("name", ["executive", "pmo", "guest", "narrow"])
def test_others_do_not(alpha: House, name: str) -> None:
    assert alpha.client(name).get(alpha.page("audit/")).status_code == 403


def test_an_auditor_of_a_part_is_told_where_to_look(alpha: House) -> None:
    with alpha.active():
        by = alpha.system(Role.ADMINISTRATOR)
        guest = alpha.people["guest"]
        role_grant(membership=guest, role=Role.AUDITOR, node=alpha.program, by=by)
    answer = alpha.client("guest").get(alpha.page("audit/"))
    assert answer.status_code == 403
    assert "Open the history of an object there instead." in text_of(answer)


def test_the_trail_of_another_tenant_is_not_found(alpha: House, beta: House) -> None:
    assert beta.client("auditor").get(alpha.page("audit/")).status_code == 404
    rename(alpha, "M-424242")
    assert "M-424242" not in text_of(beta.client("auditor").get(beta.page("audit/")))


def test_the_trail_is_narrowed_by_subject_actor_action_and_day(
    alpha: House, auditor: Client
) -> None:
    rename(alpha, "M-000008")
    rename(alpha, "M-000009", name="owner")
    today = timezone.now().date().isoformat()

    def found(**query: str) -> list[str]:
        return told(auditor.get(alpha.page("audit/"), query))

    assert len(found(subject="M-000008")) == 1
    assert len(found(subject="M-000008", subject_type="measure")) == 1
    assert found(subject="M-000008", subject_type="forum") == []
    assert len(found(actor="owner@alpha.example", action="measure.changed")) == 1
    assert found(actor="owner@alpha.example", action="role.granted") == []
    assert len(found(after=today, before=today, actor="owner@alpha.example")) == 1
    assert found(after="2999-01-01") == []
    assert found(before="2001-01-01") == []


@pytest.mark.parametrize(
    "query",
    [
        {"action": "world.ended"},
        {"after": "yesterday"},
        {"subject": "a\x07b"},
        {"cursor": "made-up"},
    ],
)
def test_a_filter_that_cannot_be_understood_is_refused(
    alpha: House, auditor: Client, query: dict[str, str]
) -> None:
    assert auditor.get(alpha.page("audit/"), query).status_code == 400


def test_the_last_day_of_the_calendar_is_a_filter_like_any_other(
    alpha: House, auditor: Client
) -> None:
    rename(alpha, "M-000010")
    answer = auditor.get(alpha.page("audit/"), {"before": "9999-12-31", "subject": "M-000010"})
    assert len(told(answer)) == 1


def test_the_trail_is_read_page_by_page(alpha: House, auditor: Client) -> None:
    rename(alpha, "M-000011", 45)
    first = auditor.get(alpha.page("audit/"), {"subject": "M-000011"})
    more = auditor.get(
        alpha.page("audit/"), {"subject": "M-000011", "cursor": first.context["page"].next}
    )
    afters = [sentence.rpartition("→ n")[2] for sentence in [*told(first), *told(more)]]
    assert afters == [str(number) for number in range(45, 0, -1)]


def test_htmx_gets_the_events_alone(alpha: House, auditor: Client) -> None:
    part = auditor.get(alpha.page("audit/"), headers={"HX-Target": "events"})
    assert text_of(part).strip().startswith('<div id="events">')


def test_an_event_shows_reason_request_and_changes(alpha: House, auditor: Client) -> None:
    request_id = "a-request-of-mine"
    alpha.client("administrator").post(
        alpha.page("master-data/functions/F1/"),
        {"name": "Purchasing", "seen_version": 1},
        headers={"X-Request-ID": request_id},
    )
    text = text_of(auditor.get(alpha.page("audit/"), {"subject": "F1"}))
    assert request_id in text
    assert "<td>Procurement</td>" in text
    assert "<td>Purchasing</td>" in text
    assert "waiting for its seal" in text


@pytest.mark.slow
def test_sealed_events_say_their_batch(lasting_world: World) -> None:
    house = lasting_world.alpha
    head = seal_all(house)
    text = text_of(house.client("auditor").get(house.page("audit/")))
    assert f"sealed in batch {head.batch}" in text
    assert head.hash in text
    assert "waiting for its seal" not in text
