"""Every task has its queue and every queue its worker, wherever the product is started."""

import re
from collections import Counter

import pytest

from config.celery import app
from config.routes import FIGURES, QUEUES, ROUTES, UPKEEP
from config.schedule import PERIODS, SCHEDULE
from config.task import ProductTask
from governance.background.labels import named_tasks
from local.home import PROJECT
from local.launcher import WORKER_PATIENCE, WORKERS

APPS = ("governance", "approvals", "initiatives", "kpis", "exchange", "reporting")
COMPOSE = (PROJECT / "docker-compose.yml").read_text(encoding="utf-8")
EXAMPLE = (PROJECT / ".env.example").read_text(encoding="utf-8")


def product_tasks() -> dict[str, ProductTask]:
    """The tasks of the apps, as a worker finds them; not those that tests add."""
    app.loader.import_default_modules()
    return {name: task for name, task in app.tasks.items() if name.partition(".")[0] in APPS}


def test_every_task_has_its_queue_and_no_queue_is_for_a_task_that_is_gone() -> None:
    assert set(product_tasks()) == set(ROUTES)
    assert set(ROUTES.values()) <= set(QUEUES)


@pytest.mark.parametrize("task", ROUTES)
def test_a_message_goes_where_the_table_says(task: str) -> None:
    assert app.amqp.router.route({}, task)["queue"].name == ROUTES[task]


def test_every_task_of_the_scheduler_is_one_of_the_product() -> None:
    assert set(PERIODS) <= set(ROUTES)
    queues = {entry["options"]["queue"] for entry in SCHEDULE.values()}
    assert queues <= {UPKEEP, FIGURES, "bulk", "mail"}


def test_every_task_is_tried_again_and_given_up_by_the_same_rules() -> None:
    for name, task in product_tasks().items():
        assert isinstance(task, ProductTask), name
        assert type(task).__call__ is ProductTask.__call__, name
        assert task.acks_late, name
        assert task.reject_on_worker_lost, name
        assert task.acks_on_failure, name
        assert not task.acks_on_timeout, name
        assert not hasattr(task, "autoretry_for"), f"{name} retries by rules of its own"
        assert not hasattr(task, "retry_backoff"), f"{name} retries by rules of its own"


def test_every_task_has_a_name_for_people() -> None:
    assert named_tasks() == set(ROUTES)


def test_the_launcher_starts_a_worker_for_every_queue() -> None:
    taken = Counter(queue for queues, _hands in WORKERS.values() for queue in queues.split(","))
    assert taken == Counter(QUEUES)


def test_compose_starts_a_worker_for_every_queue() -> None:
    said = re.findall(r"--queues=(?:\$\{WORKER_QUEUES:-)?([a-z,]+)", COMPOSE)
    assert Counter(queue for queues in said for queue in queues.split(",")) == Counter(QUEUES)
    (example,) = re.findall(r"^WORKER_QUEUES=(.*)$", EXAMPLE, re.MULTILINE)
    assert example in said


def test_long_work_mails_and_roll_ups_hold_up_nothing_else() -> None:
    for queues in [*(queues for queues, _hands in WORKERS.values())]:
        for alone in ("bulk", "mail", "figures"):
            assert alone not in queues.split(",") or queues == alone


def test_a_worker_gives_back_what_it_runs_before_its_supervisor_kills_it() -> None:
    assert app.conf.worker_soft_shutdown_timeout == 0
    default = 10
    assert default + 10 <= WORKER_PATIENCE
    for service, variable in (("worker", "WORKER"), ("bulk", "BULK")):
        block = COMPOSE.split(f"\n  {service}:", 1)[1].split("\n\n", 1)[0]
        minutes = re.search(r"stop_grace_period: (\d+)m", block)
        seconds = re.search(rf"WORKER_STOP_SECONDS: \$\{{{variable}_STOP_SECONDS:-(\d+)\}}", block)
        assert minutes is not None
        assert seconds is not None
        assert int(minutes[1]) * 60 >= int(seconds[1]) + 30
