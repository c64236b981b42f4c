"""Ten thousand measures changed at once by real workers, which are killed in the middle."""

import json
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connection
from django.test import Client

from config.celery import app
from governance.audit.models import AuditEvent
from governance.events.services import drain, tenants_with_work
from initiatives import tasks
from initiatives.bulk.models import BulkEdit, BulkEditRow
from initiatives.bulk.rules import BATCH, MOST_MEASURES
from initiatives.models import Measure
from tests.bench.stock import build_stock
from tests.governance.crews import Crew, crew, kill, stop
from tests.houses import House
from tests.local.homes import eventually
from tests.plugins.servers import Servers

pytestmark = [pytest.mark.slow, pytest.mark.processes]

QUEUE, END = "bulk", date(2029, 12, 31)
PATIENCE = 240


@pytest.fixture
def house(transactional_db: None, servers: Servers) -> House:
    """A tenant of as many measures as one edit may hold, none of them closed or frozen."""
    slug = f"bulk-{uuid.uuid4().hex[:10]}"
    with psycopg.connect(servers.migrator_url, autocommit=True) as owner:
        return build_stock(slug, measures=MOST_MEASURES, seed=8, owner=owner).house


@pytest.fixture
def workers(tmp_path: Path) -> Iterator[Crew]:
    with crew(tmp_path, "initiatives.tasks", QUEUE) as made:
        yield made


def hand_over(house: House) -> None:
    """Give the waiting bulk edits, and nothing else, to the broker."""

    def send(task: str, *, task_id: str, kwargs: dict[str, Any]) -> None:
        if task == tasks.work_bulk_edit.name:
            app.send_task(task, task_id=task_id, kwargs=kwargs, retry=False, queue=QUEUE)

    while drain(house.tenant.pk, send=send):
        pass


def edit_of(house: House) -> BulkEdit:
    with house.active():
        return BulkEdit.objects.get()


def came_to(house: House, state: str, done: int = 0) -> Callable[[], bool]:
    def asked() -> bool:
        edit = edit_of(house)
        return (edit.state, edit.done >= done) == (state, True)

    return asked


def silent(house: House) -> None:
    """As half a minute later: no worker has been heard of."""
    with house.active(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE initiatives_bulkedit SET updated_at = now() - interval '31 seconds'"
            " WHERE tenant_id = current_tenant()"
        )


def killed_and_taken_up(house: House, workers: Crew, state: str, ends_as: str) -> None:
    """Kill the worker in the middle; another one, called by the scheduler's task, goes on."""
    first = workers.started[-1]
    assert eventually(came_to(house, state, 2 * BATCH), PATIENCE)
    kill(first)
    done = edit_of(house).done
    assert 0 < done < MOST_MEASURES, "it was killed in the middle"
    assert done % BATCH == 0
    assert edit_of(house).state == state
    assert tasks.resume_bulk_edits() == 0, "it was heard of just now"
    silent(house)
    assert house.tenant.pk in tenants_with_work("bulk_edits")
    assert tasks.resume_bulk_edits() == 1
    assert house.tenant.pk not in tenants_with_work("bulk_edits")
    hand_over(house)
    workers.start()
    assert eventually(came_to(house, ends_as), PATIENCE)


def bodies_of(house: House, action: str) -> list[dict[str, Any]]:
    with house.active():
        texts = AuditEvent.objects.filter(body__contains=f'"{action}"')
        bodies = [json.loads(text) for text in texts.values_list("body", flat=True)]
    return [body for body in bodies if body["action"] == action]


def versions(house: House) -> set[int]:
    with house.active():
        return set(Measure.objects.order_by().values_list("version", flat=True).distinct())


def times_changed(house: House) -> set[int]:
    """How often the trail says that a measure was changed, all of them in it."""
    keys = Counter(body["subject"]["key"] for body in bodies_of(house, "measure.changed"))
    assert len(keys) == MOST_MEASURES
    return set(keys.values())


def test_ten_thousand_are_changed_and_undone_once_each_whatever_dies(
    house: House, workers: Crew
) -> None:
    with house.active():
        ends = dict(Measure.objects.values_list("code", "planned_end"))
    pmo = house.client("pmo")
    here = shown(house, workers, pmo)
    post(house, pmo, here, "apply/")
    killed_and_taken_up(house, workers, "applying", "applied")
    each_was_changed_once(house)
    since = changed_by_hand(house, pmo)
    post(house, pmo, here, "undo/")
    killed_and_taken_up(house, workers, "undoing", "undone")
    each_was_taken_back_once(house, {**ends, since: END}, since)
    assert stop(workers.started[-1]) == 0


def shown(house: House, workers: Crew, pmo: Client) -> str:
    """Asked for all measures and checked by a worker; the address of the preview."""
    asked = pmo.post(
        house.page("bulk-edits/new/"),
        {"scope": "all", "query": "", "planned_end": END.isoformat()},
    )
    here = str(asked["Location"])
    assert f'max="{MOST_MEASURES}"' in pmo.get(here).content.decode()
    hand_over(house)
    workers.start()
    assert eventually(came_to(house, "checked"), PATIENCE)
    preview = pmo.get(here)
    assert preview.context["ready"] == MOST_MEASURES
    assert len(preview.context["rows"]) == 50
    assert versions(house) == {1}, "nothing is written before it was shown"
    return here


def post(house: House, pmo: Client, here: str, step: str) -> None:
    version = edit_of(house).version
    assert pmo.post(f"{here}{step}", {"seen_version": version}).status_code == 302
    hand_over(house)


def each_was_changed_once(house: House) -> None:
    assert times_changed(house) == {1}
    assert versions(house) == {2}
    with house.active():
        assert set(Measure.objects.values_list("planned_end", flat=True)) == {END}
        rows = BulkEditRow.objects.filter(state="written", seen_version=1, written_version=2)
        assert rows.count() == MOST_MEASURES
    whole = [body["changes"] for body in bodies_of(house, "bulk_edit.applied")]
    assert whole == [{"fields": "planned_end", "changed": MOST_MEASURES, "refused": 0}]


def changed_by_hand(house: House, pmo: Client) -> str:
    """The code of a measure that somebody changes before the undo."""
    with house.active():
        code = str(Measure.objects.order_by("-id")[0].code)
    body = {"seen_version": 2, "name": "Since"}
    assert pmo.post(house.page(f"measures/{code}/cells/name/"), body).status_code < 400
    return code


def each_was_taken_back_once(house: House, ends: dict[str, date | None], since: str) -> None:
    with house.active():
        assert dict(Measure.objects.values_list("code", "planned_end")) == ends
        kept = BulkEditRow.objects.filter(state="kept").values_list("code", "refusal")
        assert list(kept) == [(since, "changed_since")]
        assert BulkEditRow.objects.filter(state="undone").count() == MOST_MEASURES - 1
    assert times_changed(house) == {2}
    assert versions(house) == {3}
    assert len(bodies_of(house, "bulk_edit.undone")) == 1
