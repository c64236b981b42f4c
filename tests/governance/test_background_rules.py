"""When a task is tried again, when it is given up, and that no secret is kept of it."""

from datetime import timedelta

import pytest

from governance.background.choices import FailureKind
from governance.background.rules import (
    FIRST_WAIT,
    HIDDEN,
    LINES_KEPT,
    LONGEST_WAIT,
    MOST_TRIES,
    Delivery,
    is_given_up,
    last_lines,
    lateness,
    wait_until_next,
    without_secrets,
)


def test_a_refusal_is_never_tried_again_and_every_kind_ends() -> None:
    assert is_given_up(FailureKind.REFUSED, 1)
    assert set(MOST_TRIES) == set(FailureKind)
    for kind, most in MOST_TRIES.items():
        assert is_given_up(kind, most)
        assert most == 1 or not is_given_up(kind, most - 1)


@pytest.mark.parametrize("tries", [1, 2, 3, 8, 12, 500])
def test_waits_double_up_to_an_hour_and_are_spread(tries: int) -> None:
    least, most = wait_until_next(tries, 0), wait_until_next(tries, 1)
    assert most == min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(tries - 1, 20))
    assert least == most / 2
    assert least < wait_until_next(tries, 0.5) < most


def test_what_is_away_is_tried_for_more_than_an_hour() -> None:
    tries = range(1, MOST_TRIES[FailureKind.TRANSIENT])
    assert sum((wait_until_next(n, 0.5) for n in tries), timedelta()) > timedelta(hours=1)


@pytest.mark.parametrize(
    "text",
    [
        "password=hunter2",
        "PASSWORD: hunter2,",
        "{'api_token': 'hunter2'}",
        '{"client_secret": "hunter2"}',
        "Authorization: Bearer hunter2",
        "smtp://me:hunter2@mail.example/",
        "postgresql://app:hunter2@db/tollgate",
        "api-key=hunter2",
    ],
)
def test_secrets_are_hidden(text: str) -> None:
    hidden = without_secrets(f"before {text} after")
    assert "hunter2" not in hidden
    assert HIDDEN in hidden
    assert hidden.startswith("before ")


def test_plain_text_stays_as_it_is() -> None:
    text = 'File "/srv/tasks.py", line 3: ValueError: key 17 of http://example.org/a@b is missing'
    assert without_secrets(text) == text


def test_the_last_lines_are_few_short_and_can_be_kept() -> None:
    kept = last_lines("\n".join(f"line {n} \x00\ud800" + "x" * 1000 for n in range(100)))
    lines = kept.splitlines()
    assert len(lines) == LINES_KEPT
    assert lines[-1].startswith("line 99 ?")
    assert max(map(len, lines)) <= 300
    assert "\x00" not in kept
    kept.encode()


def test_a_scheduled_task_is_found_by_its_name_whatever_the_message() -> None:
    first, second = (Delivery("a.b", str(n), "upkeep", {}, period=1.0) for n in range(2))
    assert first.key == second.key == "schedule:a.b"
    assert Delivery("a.b", "7", "upkeep", {}).key == "7"


def test_a_scheduled_task_is_late_after_two_periods() -> None:
    assert lateness(None, 5)
    assert not lateness(10, 5)
    assert not lateness(40, 5)
    assert lateness(41, 5)
    assert not lateness(86_400, 86_400)
