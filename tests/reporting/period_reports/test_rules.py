"""Which periods can be signed, who signs, how a chain breaks, and what differs; pure."""

from dataclasses import replace
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from governance.audit.rules import body_hash, canonical
from governance.calendars.rules import STANDARD
from initiatives.rhythm.rules import RhythmTerms, Standing, standing
from reporting.period_reports.rules import (
    GENESIS,
    REASON_LENGTH,
    Link,
    Words,
    chain_fault,
    differences,
    draft_hash,
    period_to_sign,
    sign_refusal,
    signable,
    tidy_words,
    word_faults,
)

BERLIN = ZoneInfo("Europe/Berlin")
WEEKLY = RhythmTerms(weekday=5, due_time=time(17), starts_on=date(2026, 1, 1))


def at(day: int, hour: int = 12) -> Standing:
    """Where the weekly rhythm stands on a day of March 2026; the 6th and 13th are Fridays."""
    return standing(WEEKLY, datetime(2026, 3, day, hour, tzinfo=BERLIN), STANDARD, BERLIN)


@pytest.mark.parametrize(
    ("day", "hour", "last", "due"),
    [
        (10, 12, None, [6, 13]),
        (10, 12, 6, [13]),
        (10, 12, 13, []),
        # Right after the due hour the next period has a name, but it begins tomorrow.
        (13, 18, None, [13]),
        (13, 18, 13, []),
        (14, 0, 13, [20]),
    ],
)
def test_the_last_due_and_the_running_period_are_open(
    day: int, hour: int, last: int | None, due: list[int]
) -> None:
    signed = date(2026, 3, last) if last else None
    found = signable(at(day, hour), signed, date(2026, 3, day))
    assert [one.due_on.day for one in found] == due


def test_what_is_waited_for_is_the_last_that_was_due_else_the_first() -> None:
    assert period_to_sign(Standing(), date(2026, 3, 10)) is None
    waited = period_to_sign(at(10), date(2026, 3, 10))
    assert waited is not None
    assert waited.due_on == date(2026, 3, 6)
    first = standing(WEEKLY, datetime(2026, 1, 1, 12, tzinfo=BERLIN), STANDARD, BERLIN)
    waited = period_to_sign(first, date(2026, 1, 1))
    assert waited is not None
    assert waited.due_on == date(2026, 1, 2)


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"is_lead": True}, None),
        ({"may_sign": True}, None),
        ({}, "forbidden"),
        ({"is_sponsor": True}, "forbidden"),
        ({"is_consultant": True}, "forbidden"),
        ({"may_sign": True, "is_sponsor": True}, "sponsor_reads_the_report"),
        ({"is_lead": True, "is_consultant": True}, "consultant_signs_nothing"),
    ],
)
def test_who_signs(facts: dict[str, bool], code: str | None) -> None:
    nothing = dict.fromkeys(("is_lead", "may_sign", "is_sponsor", "is_consultant"), False)
    assert sign_refusal(**{**nothing, **facts}) == code


def test_words_are_tidied_and_checked() -> None:
    assert tidy_words(Words(" a\r\nb "))["achieved"] == "a\nb"
    good = tidy_words(Words())
    assert word_faults(good, None) == {}
    assert list(word_faults(good, "")) == ["reason"]
    assert list(word_faults(good, "x" * (REASON_LENGTH + 1))) == ["reason"]
    assert list(word_faults(tidy_words(Words(decision_needed="\x00")), None)) == ["decision_needed"]


# --- the chain ----------------------------------------------------------------------------------


def link(number: int, before: Link | None = None, **beside: Any) -> Link:
    previous = before.hash if before else GENESIS
    body = canonical({"number": number, "previous_hash": previous, "reason": ""})
    given = {"number": number, "previous_hash": previous, "reason": ""} | beside
    return Link(number, body, body_hash(body), previous, given)


def fault(one: Link, before: Link | None = None, recorded: str | None = "") -> str | None:
    said = {"number": one.number, "previous_hash": one.previous_hash, "reason": ""}
    return chain_fault(one, said, before, one.hash if recorded == "" else recorded)


def test_a_chain_that_holds_and_everything_that_breaks_it() -> None:
    first = link(1)
    second = link(2, first)
    assert fault(first) is None
    assert fault(second, first) is None
    assert fault(second) == "report 1 is missing"
    assert fault(link(3, second), first) == "report 2 is missing"
    edited = replace(second, body=second.body.replace("2", "3"))
    assert "the hash does not follow" in str(fault(edited, first))
    assert "does not continue" in str(fault(link(2), first))
    assert "beside it stands another than it says: reason" in str(
        fault(link(2, first, reason="x"), first)
    )
    assert "knows nothing" in str(fault(second, first, None))
    assert "another hash" in str(fault(second, first, first.hash))


def test_a_draft_is_what_it_says_in_whatever_order() -> None:
    assert draft_hash({"a": 1, "b": [2]}) == draft_hash({"b": [2], "a": 1})
    assert draft_hash({"a": 1}) != draft_hash({"a": 2})


# --- what changed -------------------------------------------------------------------------------


def content(**parts: Any) -> dict[str, Any]:
    return {
        "figures": {"by_stage": {"decided": 1}, "amounts": {"recurring": {"bankable": "5"}}},
        "lights": {"node": {"potential": "green"}, "watermelons": {"count": 0, "items": []}},
        "updates": {"owed": 3, "missing": {"count": 1, "items": [{"measure": "M-1"}]}},
        "overrides": {"items": [{"measure": "M-1", "light": "potential"}]},
        "milestones": {"late": {"items": []}},
        "exceptions": {"live": {"items": [{"code": "EX-1"}]}},
        **parts,
    }


def test_the_same_differs_in_nothing() -> None:
    assert differences(content(), content()).is_empty


def test_values_and_entries_that_differ() -> None:
    found = differences(
        content(),
        content(
            figures={"by_stage": {"decided": 2}, "amounts": {"recurring": {"bankable": "5"}}},
            lights={"node": {"potential": "red"}, "watermelons": {"count": 1, "items": [{}]}},
            exceptions={"live": {"items": [{"code": "EX-2"}]}},
            overrides={"items": []},
        ),
    )
    assert [(one.section, one.name, one.before, one.after) for one in found.changes] == [
        ("figures", "by_stage.decided", 1, 2),
        ("lights", "node.potential", "green", "red"),
        ("lights", "watermelons.count", 0, 1),
    ]
    assert found.came["exceptions.live"] == ["EX-2"]
    assert found.went["exceptions.live"] == ["EX-1"]
    assert found.went["overrides"] == ["M-1 potential"]
    assert not found.is_empty


def test_what_only_one_of_them_has_differs_from_nothing() -> None:
    found = differences(content(updates={}), content())
    assert {one.name: one.before for one in found.changes} == {"owed": None, "missing.count": None}
