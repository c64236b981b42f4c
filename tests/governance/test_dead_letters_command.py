"""`manage.py dead_letters`: what operators see and do about background work of no tenant."""

import uuid
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from governance.background.choices import TaskState
from governance.background.models import SystemFailedTask
from governance.background.services import delivery_finish
from tests.governance.failing import FAULT, delivery, fail

pytestmark = pytest.mark.django_db
TASK = "governance.seal_audit"


def given_up() -> SystemFailedTask:
    fail(delivery(None, task=TASK, period=1.0), FAULT)
    return SystemFailedTask.objects.get(task=TASK, state=TaskState.DEAD)


def said(*arguments: str) -> str:
    out = StringIO()
    call_command("dead_letters", *arguments, stdout=out)
    return out.getvalue()


def test_where_all_is_well_it_says_so() -> None:
    delivery_finish(delivery(None, task=TASK, period=1.0))
    assert "No dead letters" in said()


def test_it_lists_what_was_given_up_and_ends_with_an_error() -> None:
    row, out = given_up(), StringIO()
    with pytest.raises(CommandError, match="1 dead letters, 1 scheduled in trouble"):
        call_command("dead_letters", stdout=out)
    text = out.getvalue()
    assert f"{row.public_id} {TASK}: 3 tries" in text
    assert "    ValueError: x" in text
    assert "last success never, 3 failures in a row" in text


def test_one_is_tried_again() -> None:
    row = given_up()
    assert "tried again" in said("--retry", str(row.public_id))
    row.refresh_from_db()
    assert row.state == TaskState.WAITING


def test_one_is_discarded_with_a_reason() -> None:
    row = given_up()
    with pytest.raises(CommandError, match="reason: This is required"):
        said("--discard", str(row.public_id))
    assert "discarded" in said("--discard", str(row.public_id), "--reason", "mended")
    row.refresh_from_db()
    assert (row.state, row.reason) == (TaskState.DISCARDED, "mended")
    assert row.settled_by != ""


def test_an_unknown_one_is_refused() -> None:
    for choice in (["--retry"], ["--reason", "x", "--discard"]):
        with pytest.raises(CommandError):
            said(*choice, str(uuid.uuid4()))
