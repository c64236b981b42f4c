"""Histories as sentences: of any event, in the reader's language, page by page."""

from typing import Any

import pytest
from django.utils import translation

from governance.audit.choices import AuditAction
from governance.audit.labels import SENTENCES
from governance.audit.sentences import PLACEHOLDER, read_event
from governance.audit.services import Subject, record
from governance.history import history_of
from governance.people.choices import Role
from governance.permissions.services import role_grant, role_revoke
from governance.web.pages import BadCursor
from tests.houses import House

KNOWN_TO_ALL = {"actor", "subject", "noun"}


def body(**facts: Any) -> dict[str, Any]:
    return {
        "id": "0d0f3c2e-6a54-4a0c-9a3b-2f0d6f5a7c11",
        "at": "2026-03-04T05:06:07.000008Z",
        "action": "measure.changed",
        "subject": {"type": "measure", "key": "M-000123", "label": "Bundle castings"},
        "actor": {"name": "Anna Kern", "email": "anna@alpha.example", "via": "page"},
        "on_behalf_of": "",
        "changes": {},
        "reason": "",
        "request_id": "",
    } | facts


def said(**facts: Any) -> str:
    with translation.override("en"):
        return read_event(body(**facts)).sentence


@pytest.mark.parametrize("action", AuditAction)
def test_every_action_has_a_sentence_that_names_who_and_what(action: AuditAction) -> None:
    named = set(PLACEHOLDER.findall(str(SENTENCES[action])))
    assert "actor" in named
    # A failed task is told by what it was to do, which people can read; its key says nothing.
    assert ("task" if action.startswith("task.") else "subject") in named


def test_a_change_is_told_with_before_and_after() -> None:
    changes = {"planned_end": ["2026-01-31", "2026-03-31"]}
    assert said(changes=changes) == (
        "Anna Kern changed the measure M-000123: planned end 31 Jan 2026 → 31 Mar 2026"
    )


def test_what_was_emptied_and_what_was_filled_reads_as_such() -> None:
    assert said(changes={"owner": ["Bo <bo@a.example>", None]}).endswith(
        ": owner Bo <bo@a.example> → \N{EN DASH}"
    )
    assert said(changes={"owner": [None, "Bo <bo@a.example>"]}).endswith(
        ": owner Bo <bo@a.example>"
    )


def test_long_texts_are_shortened_and_many_changes_counted() -> None:
    fields = ("name", "owner", "sponsor", "forum", "planned_end")
    text = said(changes={field: ["x" * 500, "y" * 500] for field in fields})
    assert "and 2 more" in text
    assert len(text) < 600


def test_a_role_is_told_in_one_sentence_with_its_label() -> None:
    facts = {
        "action": "role.granted",
        "subject": {"type": "membership", "key": "6f", "label": "Bernd Maier"},
        "changes": {"role": [None, "controller"], "node": [None, "PG-001"]},
    }
    assert said(**facts) == "Anna Kern granted Bernd Maier the role Controller on PG-001"
    facts |= {
        "action": "role.revoked",
        "changes": {"role": ["controller", None], "node": ["PG-001", None]},
    }
    assert said(**facts) == "Anna Kern took the role Controller on PG-001 from Bernd Maier"


def test_months_of_values_are_named_by_month() -> None:
    changes = {"series": "plan", "cells": {"2026-01": ["1.00", "2.00"]}}
    text = said(action="values.changed", changes=changes)
    assert "Jan 2026 1 → 2" in text


def test_dates_months_and_amounts_are_written_in_the_language_of_the_reader() -> None:
    cells = {"2026-03": [None, "1234567.8900"], "2026-99": ["n/a", "1e3"]}
    with translation.override("de"):
        german = read_event(body(action="values.changed", changes={"cells": cells})).changes
        planned = read_event(body(changes={"planned_end": [None, "2026-03-31"]})).changes[0]
        named = read_event(body(changes={"name": [None, "2026-03-31"]})).changes[0]
    assert [(c.label, c.before, c.after) for c in german] == [
        ("Mär 2026", "", "1.234.567,89"),
        ("2026-99", "n/a", "1.000"),
    ]
    assert (planned.label, planned.after) == ("Ende (Plan)", "31.03.2026")
    assert named.after == "2026-03-31"


@pytest.mark.parametrize(
    ("action", "field", "value", "label"),
    [
        ("effect.created", "kind", "one_time_cost", "One-time cost"),
        ("effect.created", "effect_class", "hard", "Hard savings"),
        ("values.changed", "series", "forecast", "Forecast"),
        ("measure.changed", "stage", "decided", "Decided"),
        ("measure.changed", "overlay", "on_hold", "On hold"),
    ],
)
def test_a_value_of_a_closed_list_is_told_by_its_label(
    action: str, field: str, value: str, label: str
) -> None:
    with translation.override("en"):
        change = read_event(body(action=action, changes={field: [None, value]})).changes[0]
    assert change.after == label


def test_whoever_acts_for_another_is_named_with_him() -> None:
    assert said(on_behalf_of="Bernd Maier").startswith("Anna Kern on behalf of Bernd Maier changed")


@pytest.mark.parametrize(
    "facts",
    [
        {"action": "unheard.of"},
        {"changes": "nonsense"},
        {"changes": {"owner": ["only one"]}},
        {"changes": {"owner": {"deep": {"deeper": 1}}}},
        {"subject": None},
        {"actor": []},
        {"at": "yesterday"},
        {"action": "role.granted", "changes": {}},
        {"changes": {"100%": ["50%", "%(actor)s"]}},
    ],
)
def test_an_odd_body_still_becomes_a_sentence(facts: dict[str, Any]) -> None:
    assert said(**facts)


def test_the_history_of_a_person_tells_what_happened_newest_first(in_alpha: House) -> None:
    person, by = in_alpha.people["guest"], in_alpha.system(Role.ADMINISTRATOR)
    grant = role_grant(membership=person, role=Role.OWNER, node=in_alpha.program, by=by)
    role_revoke(grant_id=str(grant.public_id), by=by)
    with translation.override("en"):
        told = [row.sentence for row in history_of("membership", str(person.public_id)).rows]
    code = in_alpha.program.code
    assert told[:2] == [
        f"Tollgate took the role Measure owner on {code} from Guest",
        f"Tollgate granted Guest the role Measure owner on {code}",
    ]


def test_a_long_history_is_read_page_by_page_and_back(in_alpha: House) -> None:
    by, subject = in_alpha.system(), Subject("measure", "M-777777", "Many events")
    for number in range(5):
        changes = {"name": [str(number), str(number + 1)]}
        record(AuditAction.MEASURE_CHANGED, subject=subject, by=by, changes=changes)
    first = history_of("measure", "M-777777", limit=2)
    second = history_of("measure", "M-777777", first.next or "", limit=2)
    third = history_of("measure", "M-777777", second.next or "", limit=2)
    afters = [row.changes[0].after for page in (first, second, third) for row in page.rows]
    assert afters == ["5", "4", "3", "2", "1"]
    assert third.next is None
    back = history_of("measure", "M-777777", second.previous or "", limit=2)
    assert [row.id for row in back.rows] == [row.id for row in first.rows]


def test_a_cursor_of_another_list_is_refused(in_alpha: House) -> None:
    with pytest.raises(BadCursor):
        history_of("measure", "M-000001", "made-up")
