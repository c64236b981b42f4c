"""Failed tasks: tried again after a wait, given up in the end, then decided about by a person."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection
from django.utils import timezone

from governance import tasks
from governance.audit.choices import AuditAction
from governance.audit.models import AuditEvent
from governance.background.choices import FailureKind, TaskState
from governance.background.models import FailedTask, ScheduledRun, SystemFailedTask
from governance.background.rules import LOST, MOST_TRIES, Delivery
from governance.background.selectors import failed_counts, scheduled_runs, system_dead_letters
from governance.background.services import (
    delivery_begin,
    delivery_fail,
    delivery_finish,
    failed_resend,
    failed_task_discard,
    failed_task_retry,
    system_task_discard,
    system_task_retry,
)
from governance.errors import Conflict, Forbidden, Invalid, NotVisible, Stale
from governance.events.services import tenants_with_work
from tests.governance.failing import AWAY, FAULT, REFUSAL, dead_letter, delivery, fail
from tests.houses import House, World
from tests.racing import errors_in, race

pytestmark = pytest.mark.django_db


class Broker:
    """Takes what is sent, as `governance.tasks.send` does."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, dict[str, Any]]] = []

    def send(self, task: str, **message: Any) -> None:
        self.taken.append((task, message))


def row_of(house: House, message: Delivery) -> FailedTask | None:
    with house.active():
        return FailedTask.objects.filter(task_id=message.key).order_by("-pk").first()


def state_of(house: House, message: Delivery) -> str:
    row = row_of(house, message)
    return str(row.state) if row else ""


def due_now(house: House) -> None:
    with house.active():
        FailedTask.objects.filter(due_at__isnull=False).update(
            due_at=timezone.now() - timedelta(seconds=1)
        )


def audited(house: House, row: FailedTask) -> list[str]:
    with house.active():
        events = AuditEvent.objects.filter(subject_key=str(row.public_id)).order_by("pk")
        return list(events.values_list("action", flat=True))


def test_what_never_failed_leaves_nothing(alpha: House) -> None:
    message = delivery(alpha)
    assert delivery_begin(message)
    delivery_finish(message)
    assert row_of(alpha, message) is None


def test_a_first_delivery_costs_no_query(alpha: House, django_assert_num_queries: Any) -> None:
    message = delivery(alpha)
    with django_assert_num_queries(0):
        assert delivery_begin(message)
        delivery_finish(message)


def test_what_was_away_waits_longer_each_time_and_is_given_up_in_the_end(alpha: House) -> None:
    message = delivery(alpha)
    waits = []
    for tries in range(1, MOST_TRIES[FailureKind.TRANSIENT]):
        delivery_fail(message, AWAY)
        row = row_of(alpha, message)
        assert row is not None
        assert (row.state, row.tries) == (TaskState.WAITING, tries)
        assert row.due_at is not None
        waits.append(row.due_at - row.last_failed_at)
    assert waits[4] > waits[0] * 2
    assert max(waits) <= timedelta(hours=1)
    delivery_fail(message, AWAY)
    row = row_of(alpha, message)
    assert row is not None
    assert (row.state, row.due_at) == (TaskState.DEAD, None)
    assert row.first_failed_at < row.last_failed_at
    assert row.exception == AWAY.exception
    assert row.lines == AWAY.lines
    assert audited(alpha, row) == [AuditAction.TASK_FAILED]


def test_a_refusal_is_a_dead_letter_at_once_and_a_fault_soon(alpha: House) -> None:
    refused, faulty = delivery(alpha), delivery(alpha)
    delivery_fail(refused, REFUSAL)
    assert state_of(alpha, refused) == TaskState.DEAD
    fail(faulty, FAULT, MOST_TRIES[FailureKind.FAULT] - 1)
    assert state_of(alpha, faulty) == TaskState.WAITING
    delivery_fail(faulty, FAULT)
    assert state_of(alpha, faulty) == TaskState.DEAD


def test_a_dead_letter_that_fails_again_stays_one_and_is_told_once(alpha: House) -> None:
    message = delivery(alpha)
    fail(message, REFUSAL, 3)
    row = row_of(alpha, message)
    assert row is not None
    assert (row.state, row.tries) == (TaskState.DEAD, 3)
    assert audited(alpha, row) == [AuditAction.TASK_FAILED]


def test_the_scheduler_sends_again_what_is_due_under_its_own_id(alpha: House) -> None:
    message, broker = delivery(alpha), Broker()
    delivery_fail(message, AWAY)
    assert alpha.tenant.pk not in tenants_with_work("failed_tasks")
    assert failed_resend(alpha.tenant.pk, send=broker.send) == 0
    due_now(alpha)
    assert alpha.tenant.pk in tenants_with_work("failed_tasks")
    assert failed_resend(alpha.tenant.pk, send=broker.send) == 1
    ((task, sent),) = broker.taken
    assert task == message.task
    assert sent == {
        "task_id": message.task_id,
        "kwargs": dict(message.arguments),
        "queue": "mail",
        "retries": 1,
    }
    row = row_of(alpha, message)
    assert row is not None
    assert row.state == TaskState.SENT
    assert failed_resend(alpha.tenant.pk, send=broker.send) == 0


def test_what_was_sent_again_and_lost_with_the_broker_is_sent_once_more(alpha: House) -> None:
    message, broker = delivery(alpha), Broker()
    delivery_fail(message, AWAY)
    for _hour in range(2):
        due_now(alpha)
        assert failed_resend(alpha.tenant.pk, send=broker.send) == 1
    assert len(broker.taken) == 2


def test_what_succeeds_by_itself_leaves_nothing(alpha: House) -> None:
    message = delivery(alpha)
    delivery_fail(message, AWAY)
    delivery_finish(delivery(alpha, task_id=message.task_id, is_resent=True))
    assert row_of(alpha, message) is None


def test_a_message_that_ends_its_worker_each_time_is_given_up(alpha: House) -> None:
    message = delivery(alpha, is_redelivered=True)
    most = MOST_TRIES[FailureKind.LOST]
    begun = [delivery_begin(message) for _delivery in range(most + 2)]
    assert begun == [*[True] * (most - 1), False, False, False]
    row = row_of(alpha, message)
    assert row is not None
    assert (row.state, row.kind, row.tries) == (TaskState.DEAD, FailureKind.LOST, most)
    assert audited(alpha, row) == [AuditAction.TASK_FAILED]


def test_what_a_lost_worker_left_and_another_did_leaves_nothing(alpha: House) -> None:
    message = delivery(alpha, is_redelivered=True)
    assert delivery_begin(message)
    delivery_finish(message)
    assert row_of(alpha, message) is None


def test_retried_it_is_due_at_once_with_a_new_round_and_done_it_is_kept(alpha: House) -> None:
    row, by = dead_letter(alpha), alpha.actor("administrator")
    with alpha.active():
        failed_task_retry(failed_id=row.public_id, seen_version=row.version, by=by)
    again = row_of(alpha, delivery(alpha, task_id=row.task_id))
    assert again is not None
    assert (again.state, again.round_tries, again.tries) == (TaskState.WAITING, 0, 1)
    broker = Broker()
    assert failed_resend(alpha.tenant.pk, send=broker.send) == 1
    assert broker.taken[0][1]["task_id"] == row.task_id
    assert broker.taken[0][1]["kwargs"] == row.arguments
    delivery_finish(delivery(alpha, task_id=row.task_id, is_resent=True))
    done = row_of(alpha, delivery(alpha, task_id=row.task_id))
    assert done is not None
    assert done.state == TaskState.DONE
    assert audited(alpha, row) == [AuditAction.TASK_FAILED, AuditAction.TASK_RETRIED]


def test_discarded_it_is_kept_with_the_reason_and_never_begun_again(alpha: House) -> None:
    row, by = dead_letter(alpha), alpha.actor("administrator")
    with alpha.active():
        given = {"failed_id": row.public_id, "seen_version": row.version, "by": by}
        failed_task_discard(reason="  The person has left.  ", **given)
        kept = FailedTask.objects.get(pk=row.pk)
    assert (kept.state, kept.reason) == (TaskState.DISCARDED, "The person has left.")
    assert kept.settled_by_id == by.membership_id
    assert audited(alpha, row) == [AuditAction.TASK_FAILED, AuditAction.TASK_DISCARDED]
    assert not delivery_begin(delivery(alpha, task_id=row.task_id, is_redelivered=True))


def test_only_a_dead_letter_that_was_seen_is_decided_about(alpha: House) -> None:
    row, by = dead_letter(alpha), alpha.actor("administrator")
    seen = {"failed_id": row.public_id, "seen_version": row.version, "by": by}
    with alpha.active():
        with pytest.raises(Stale):
            failed_task_retry(**{**seen, "seen_version": row.version + 1})
        with pytest.raises(NotVisible):
            failed_task_retry(**{**seen, "failed_id": uuid.uuid4()})
        for reason in ("", "   ", "x" * 501):
            with pytest.raises(Invalid) as refusal:
                failed_task_discard(reason=reason, **seen)
            assert set(refusal.value.errors) == {"reason"}
        retried = failed_task_retry(**seen)
        with pytest.raises(Conflict, match="task_not_dead"):
            failed_task_discard(reason="x", **{**seen, "seen_version": retried.version})


@pytest.mark.parametrize("name", ["pmo", "controller", "auditor", "guest"])
def test_nobody_but_an_administrator_decides(alpha: House, name: str) -> None:
    row, by = dead_letter(alpha), alpha.actor(name)
    with alpha.active():
        with pytest.raises(Forbidden):
            failed_task_retry(failed_id=row.public_id, seen_version=row.version, by=by)
        with pytest.raises(Forbidden):
            failed_task_discard(
                failed_id=row.public_id, reason="x", seen_version=row.version, by=by
            )
        assert FailedTask.objects.get(pk=row.pk).version == row.version


def test_tenants_do_not_see_each_others_dead_letters(world: World) -> None:
    row = dead_letter(world.alpha)
    with world.beta.active():
        assert failed_counts().dead == 0
        with pytest.raises(NotVisible):
            failed_task_retry(
                failed_id=row.public_id,
                seen_version=row.version,
                by=world.beta.actor("administrator"),
            )


def scheduled(**values: Any) -> Delivery:
    return delivery(None, task="tests.scheduled", queue="upkeep", period=5.0, **values)


def test_a_scheduled_task_has_one_row_and_notes_its_runs() -> None:
    for _period in range(2):
        delivery_fail(scheduled(), FAULT)
    row = SystemFailedTask.objects.get(task="tests.scheduled")
    assert (row.state, row.tries) == (TaskState.WAITING, 2)
    run = ScheduledRun.objects.get(task="tests.scheduled")
    assert (run.failures, run.succeeded_at) == (2, None)
    delivery_finish(scheduled())
    assert not SystemFailedTask.objects.filter(task="tests.scheduled").exists()
    run.refresh_from_db()
    assert (run.failures, run.period) == (0, 5.0)
    assert run.succeeded_at is not None
    (shown,) = [run for run in scheduled_runs() if run.task == "tests.scheduled"]
    assert not shown.is_late


def test_a_scheduled_task_that_was_given_up_is_done_with_its_next_success() -> None:
    fail(scheduled(), FAULT)
    assert [row.task for row in system_dead_letters()] == ["tests.scheduled"]
    delivery_finish(scheduled())
    row = SystemFailedTask.objects.get(task="tests.scheduled")
    assert row.state == TaskState.DONE
    assert row.dead_at is not None
    delivery_fail(scheduled(), FAULT)
    assert SystemFailedTask.objects.filter(task="tests.scheduled").count() == 2


def test_operators_retry_and_discard_what_belongs_to_no_tenant() -> None:
    fail(scheduled(), FAULT)
    row = system_dead_letters()[0]
    system_task_retry(failed_id=row.public_id, by="operator")
    broker = Broker()
    assert failed_resend(None, send=broker.send) == 1
    with pytest.raises(Conflict):
        system_task_discard(failed_id=row.public_id, reason="x", by="operator")
    fail(scheduled(), FAULT)
    with pytest.raises(Invalid):
        system_task_discard(failed_id=row.public_id, reason=" ", by="operator")
    kept = system_task_discard(failed_id=row.public_id, reason="mended", by="operator")
    assert (kept.state, kept.settled_by) == (TaskState.DISCARDED, "operator")


def test_the_task_sends_what_is_due_of_every_tenant(
    alpha: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    broker = Broker()
    monkeypatch.setattr(tasks, "send", broker.send)
    mine = delivery(alpha)
    delivery_fail(mine, AWAY)
    fail(scheduled(), FAULT, 1)
    due_now(alpha)
    SystemFailedTask.objects.update(due_at=timezone.now())
    assert tasks.resend_tasks() == 2
    assert tasks.resend_tasks() == 0
    assert {task for task, _message in broker.taken} == {mine.task, "tests.scheduled"}


def test_a_dead_letter_cannot_be_deleted_nor_changed_in_what_it_is_about(alpha: House) -> None:
    row = dead_letter(alpha)
    changes = ("DELETE FROM {} WHERE id = %s", "UPDATE {} SET arguments = '{{}}' WHERE id = %s")
    for change in changes:
        with (
            pytest.raises(IntegrityError, match="is kept as it is"),
            alpha.active(),
            connection.cursor() as cursor,
        ):
            cursor.execute(change.format(FailedTask._meta.db_table), [row.pk])


@pytest.mark.django_db(transaction=True)
def test_two_workers_that_fail_at_once_make_one_row(lasting_world: World) -> None:
    house = lasting_world.alpha
    message = delivery(house)
    results = race(*[lambda: delivery_fail(message, AWAY)] * 4)
    assert errors_in(results) == []
    row = row_of(house, message)
    assert row is not None
    assert row.tries == 4


@pytest.mark.django_db(transaction=True)
def test_two_schedulers_send_a_due_task_once(lasting_world: World) -> None:
    house, broker = lasting_world.alpha, Broker()
    delivery_fail(delivery(house), AWAY)
    due_now(house)
    results = race(*[lambda: failed_resend(house.tenant.pk, send=broker.send)] * 4)
    assert errors_in(results) == []
    assert len(broker.taken) == 1


def test_a_lost_worker_has_its_words() -> None:
    assert LOST.lines
