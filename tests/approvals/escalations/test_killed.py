"""A worker that is killed between deciding a level and telling of it: each is told, and once."""

import json
import uuid
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from approvals.escalations.models import Escalation, EscalationLevel, EscalationReceiver
from config.celery import app
from config.routes import UPKEEP
from governance.notifications.models import Mail, Notification
from tests.governance.crews import Crew, crew, kill
from tests.houses import House, build_house
from tests.initiatives.making import make_measure
from tests.local.homes import eventually

pytestmark = [pytest.mark.slow, pytest.mark.processes]
THINGS = 7


@pytest.fixture
def house(transactional_db: None) -> House:
    made = build_house(f"killed-{uuid.uuid4().hex[:10]}")
    make_measure(made)
    return made


@pytest.fixture
def workers(tmp_path: Path) -> Iterator[Crew]:
    with crew(tmp_path, "tests.approvals.escalations.dying", UPKEEP) as made:
        yield made


def send() -> None:
    """As the scheduler does, but for a worker that takes its time to start."""
    app.send_task("approvals.run_escalations", retry=False, queue=UPKEEP, expires=120)


def written(house: House) -> tuple[int, ...]:
    """Escalations, levels, receivers, notices, mails."""
    with house.active():
        told = Notification.objects.filter(kind__startswith="escalation")
        rows = (Escalation, EscalationLevel, EscalationReceiver)
        counts = [model.objects.filter(tenant=house.tenant.pk).count() for model in rows]
        return (*counts, told.count(), Mail.objects.count())


def test_killed_before_it_tells_it_has_decided_nothing(house: House, workers: Crew) -> None:
    owed = {
        "tenant": house.tenant.pk,
        "place": house.package.pk,
        "owner": house.people["owner"].pk,
        "count": THINGS,
    }
    before = written(house)[-1]
    first = workers.start(OWED=json.dumps(owed), SLOW_SECONDS="60")
    send()
    assert eventually(lambda: workers.marks("deciding") == 1)
    kill(first)
    assert eventually(lambda: written(house) == (0, 0, 0, 0, before))
    workers.start(OWED=json.dumps(owed))
    for run in (2, 3):
        send()
        assert eventually(partial(ran, workers, run))
        assert eventually(lambda: written(house) == (THINGS, THINGS, THINGS, 1, before + 1))
    assert workers.marks("deciding") == 2


def ran(workers: Crew, times: int) -> bool:
    """At least so often: what a test before left in the queue runs too, and must tell nobody."""
    return workers.marks("run") >= times
