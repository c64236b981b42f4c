"""Background work as the administrator sees it: dead letters, what may be done, scheduled runs."""

import json
from typing import Any

import pytest

from governance.background.choices import TaskState
from governance.background.models import FailedTask
from governance.background.services import delivery_fail, delivery_finish
from tests.governance.failing import AWAY, FAULT, dead_letter, delivery
from tests.houses import House, World

pytestmark = pytest.mark.django_db


def now(house: House, row: FailedTask) -> FailedTask:
    with house.active():
        return FailedTask.objects.get(pk=row.pk)


def test_an_empty_page_says_that_all_is_well(alpha: House) -> None:
    client = alpha.client("administrator")
    for shown, words in (
        ("", "No dead letters"),
        ("?show=trying", "Nothing is being tried again"),
        ("?show=settled", "Nothing was settled yet"),
        ("?show=nonsense", "No dead letters"),
    ):
        answer = client.get(alpha.page(f"background-work/{shown}"))
        assert answer.status_code == 200
        assert words in answer.content.decode()


def test_dead_letters_and_tries_are_listed_in_their_own_tabs(alpha: House) -> None:
    row = dead_letter(alpha)
    delivery_fail(delivery(alpha, task="exchange.make_export"), AWAY)
    client = alpha.client("administrator")
    dead = client.get(alpha.page("background-work/")).content.decode()
    assert "Mail an invitation" in dead
    assert "Make an export" not in dead
    assert str(row.public_id) in dead
    trying = client.get(alpha.page("background-work/?show=trying")).content.decode()
    assert "Make an export" in trying
    region = client.get(
        alpha.page("background-work/"), headers={"HX-Request": "true", "HX-Target": "failed-tasks"}
    ).content.decode()
    assert "<html" not in region
    assert "Mail an invitation" in region


def test_the_page_of_a_task_shows_what_it_was_to_do_and_how_it_failed(alpha: House) -> None:
    row = dead_letter(alpha)
    page = alpha.client("administrator").get(alpha.page(f"background-work/{row.public_id}/"))
    text = page.content.decode()
    assert "governance.errors.Refused" in text
    assert row.arguments["event_id"] in text
    assert "tenant_id" not in text
    assert "gave the background task" in text


def test_a_dead_letter_is_tried_again_once_it_was_asked(alpha: House) -> None:
    row, client = dead_letter(alpha), alpha.client("administrator")
    address = alpha.page(f"background-work/{row.public_id}/retry/")
    assert "Try «Mail an invitation» again?" in client.get(address).content.decode()
    answer = client.post(address, {"seen_version": row.version})
    assert answer.status_code == 302
    assert now(alpha, row).state == TaskState.WAITING
    assert client.post(address, {"seen_version": row.version}).status_code == 409
    page = client.get(alpha.page(f"background-work/{row.public_id}/")).content.decode()
    assert "Only a dead letter is retried or discarded." in page
    assert "had the background task «Mail an invitation» tried again" in page


def test_it_is_discarded_with_a_reason_and_no_other_way(alpha: House) -> None:
    row, client = dead_letter(alpha), alpha.client("administrator")
    address = alpha.page(f"background-work/{row.public_id}/discard/")
    for reason in ("", "   ", "x" * 501):
        answer = client.post(address, {"seen_version": row.version, "reason": reason})
        assert answer.status_code == 422
        assert "tg-field" in answer.content.decode()
        assert now(alpha, row).state == TaskState.DEAD
    answer = client.post(address, {"seen_version": row.version, "reason": "Nobody needs it"})
    assert answer.status_code == 302
    assert now(alpha, row).reason == "Nobody needs it"
    page = client.get(alpha.page("background-work/?show=settled")).content.decode()
    assert "discarded" in page


def test_a_stranger_of_another_tenant_finds_nothing(world: World) -> None:
    row = dead_letter(world.alpha)
    client = world.beta.client("administrator")
    for path in ("", "retry/", "discard/"):
        address = world.beta.page(f"background-work/{row.public_id}/{path}")
        assert client.get(address).status_code == 404


def test_scheduled_work_shows_whether_it_runs(alpha: House) -> None:
    delivery_finish(delivery(None, task="governance.seal_audit", period=1.0))
    delivery_fail(delivery(None, task="reporting.verify_values", period=86_400.0), FAULT)
    text = alpha.client("administrator").get(alpha.page("background-work/")).content.decode()
    assert "Seal the audit trail" in text
    assert "on time" in text
    assert "failed 1 time in a row" in text


def test_the_api_lists_retries_and_discards(alpha: House) -> None:
    first, second = dead_letter(alpha), dead_letter(alpha)
    caller = alpha.caller("administrator")
    listed = caller.get("failed-tasks/").json()["results"]
    assert [row["id"] for row in listed] == [str(second.public_id), str(first.public_id)]
    assert "tenant_id" not in json.dumps(listed)
    assert caller.get("failed-tasks/", {"state": "done"}).json()["results"] == []
    assert caller.get("failed-tasks/", {"state": "odd"}).status_code == 400
    address = f"failed-tasks/{first.public_id}/"
    assert caller.get(address).json()["tries"] == 1
    assert caller.post(f"{address}retry/", {}).status_code == 428
    seen = {"If-Match": f'"{first.version}"'}
    answer = caller.post(f"{address}retry/", {}, **seen)
    assert (answer.status_code, answer.json()["state"]) == (200, "waiting")
    fresh = {"If-Match": answer["ETag"]}
    again = caller.post(f"{address}retry/", {}, **fresh)
    assert (again.status_code, again.json()["code"]) == (409, "task_not_dead")
    other = f"failed-tasks/{second.public_id}/discard/"
    seen = {"If-Match": f'"{second.version}"'}
    for body in ({}, {"reason": " "}, {"reason": "x" * 501}, {"reason": "a\u0007"}):
        assert caller.post(other, body, **seen).status_code == 400
    answer = caller.post(other, {"reason": "gone"}, **seen)
    assert answer.json()["settled_by"]["email"] == alpha.people["administrator"].email


def test_the_api_lists_scheduled_tasks(alpha: House) -> None:
    delivery_finish(delivery(None, task="governance.seal_audit", period=1.0))
    found: list[dict[str, Any]] = (
        alpha.caller("administrator").get("scheduled-tasks/").json()["results"]
    )
    (run,) = [run for run in found if run["task"] == "governance.seal_audit"]
    assert (run["period"], run["failures"], run["is_late"]) == (1.0, 0, False)
