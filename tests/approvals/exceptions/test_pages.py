"""The pages of exceptions: lists by tab, one exception, its forms, the tab of a measure."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from approvals.exceptions.models import GovernanceException
from approvals.exceptions.pages.lines import exception_url
from approvals.exceptions.services.opening import exception_subject
from governance.audit.choices import AuditAction
from governance.audit.services import record
from tests.approvals.climbing import climber
from tests.approvals.exceptions.opening import asked, assigned, decided, fresh, opened
from tests.houses import House

HTMX = {"HX-Request": "true", "HX-Target": "list"}


def text(answer: Any) -> str:
    return str(answer.content.decode())


def get(house: House, who: str, path: str, **headers: str) -> Any:
    return house.client(who).get(house.page(path), headers=headers)


def post(house: House, who: str, path: str, **data: Any) -> Any:
    return house.client(who).post(house.page(path), data)


def test_each_tab_shows_its_own(in_alpha: House) -> None:
    waiting = opened(in_alpha, title="Waits for an owner")
    mine = assigned(in_alpha, opened(in_alpha, title="Belongs to the office"), to="pmo")
    late = opened(in_alpha, title="Past its clock")
    record(AuditAction.EXCEPTION_EASED, subject=exception_subject(late), by=in_alpha.system())
    rows = GovernanceException.objects.filter(pk=late.pk)
    rows.update(due_at=timezone.now() - timedelta(days=9))
    over = decided(
        in_alpha,
        asked(in_alpha, assigned(in_alpha, opened(in_alpha, title="Lived with"))),
        outcome="accept",
    )
    shown = {
        "": {waiting, mine, late},
        "?tab=mine": {mine},
        "?tab=overdue": {late},
        "?tab=closed": {over},
    }
    for query, wanted in shown.items():
        said = text(get(in_alpha, "pmo", f"exceptions/{query}"))
        for row in (waiting, mine, late, over):
            assert (row.code in said) is (row in wanted), (query, row.title)
    assert "overdue by" in text(get(in_alpha, "pmo", "exceptions/?tab=overdue"))


def test_what_presses_most_stands_first(in_alpha: House) -> None:
    small, large = opened(in_alpha, amount="10"), opened(in_alpha, amount="90000")
    said = text(get(in_alpha, "pmo", "exceptions/"))
    assert said.index(large.code) < said.index(small.code)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("tier=1", 1),
        ("tier=3", 0),
        ("category=supply", 1),
        ("category=price", 0),
        ("source=manual", 1),
        ("source=hold_review", 0),
        ("place=PG-001", 1),
        ("place=PG-002", 0),
    ],
)
def test_filters_narrow_the_list(in_alpha: House, query: str, found: int) -> None:
    row = opened(in_alpha)
    answer = get(in_alpha, "pmo", f"exceptions/?{query}", **HTMX)
    assert answer.status_code == 200
    assert "<html" not in text(answer)
    assert (row.code in text(answer)) is bool(found)


@pytest.mark.parametrize(
    "query",
    ["tier=9", "category=x", "source=x", "tab=x", "colour=red", "place=NONE", "tier=1&tier=2"],
)
def test_a_filter_that_cannot_be_is_refused(in_alpha: House, query: str) -> None:
    assert get(in_alpha, "pmo", f"exceptions/?{query}").status_code == 400


def test_nobody_sees_exceptions_of_other_places(in_alpha: House) -> None:
    row = opened(in_alpha)
    assert row.code not in text(get(in_alpha, "narrow", "exceptions/"))
    assert get(in_alpha, "narrow", f"exceptions/{row.code}/").status_code == 404
    assert get(in_alpha, "pmo", "exceptions/X-%00/").status_code == 404


def test_an_exception_is_opened_by_hand_from_its_form(in_alpha: House) -> None:
    measure = climber(in_alpha)
    said = text(get(in_alpha, "owner", f"exceptions/new/?about={measure.code}"))
    assert f'value="{measure.code}"' in said
    given = {
        "about": measure.code.lower(),
        "title": "Steel comes late",
        "category": "supply",
        "amount": "250,000.00",
        "delay_days": "21",
        "reach": "1",
    }
    answer = post(in_alpha, "owner", "exceptions/new/", **given)
    row = GovernanceException.objects.get()
    assert answer.url == exception_url(row, in_alpha.tenant)
    assert (row.subject_code, row.tier, str(row.amount)) == (measure.code, 2, "250000.0000")


def test_a_place_has_exceptions_too(in_alpha: House) -> None:
    given = {"about": "PG-001", "title": "x", "category": "other", "delay_days": "0", "reach": "4"}
    assert post(in_alpha, "pmo", "exceptions/new/", **given).status_code == 302
    row = GovernanceException.objects.get()
    assert (row.subject_type, row.subject_code, row.tier) == ("program", "PG-001", 3)
    assert get(in_alpha, "pmo", f"exceptions/{row.code}/").status_code == 200


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"about": "M-999999"}, "There is no measure or place with the code"),
        ({"about": ""}, "This field is required"),
        ({"title": ""}, "This field is required"),
        ({"amount": "a lot"}, "This is not a number"),
        ({"delay_days": "-1"}, "greater than or equal to 0"),
        ({"reach": "x"}, "Enter a whole number"),
    ],
)
def test_bad_input_is_told_at_its_field_and_nothing_is_lost(
    in_alpha: House, given: dict[str, str], said: str
) -> None:
    measure = climber(in_alpha)
    form = {
        "about": measure.code,
        "title": "Steel comes late",
        "category": "price",
        "description": "As typed",
        "delay_days": "0",
        "reach": "1",
    }
    answer = post(in_alpha, "pmo", "exceptions/new/", **form | given)
    assert answer.status_code == 422
    assert said in text(answer)
    assert "As typed" in text(answer)
    assert not GovernanceException.objects.exists()


def test_who_does_not_edit_the_measure_is_told_and_loses_nothing(in_alpha: House) -> None:
    form = {"about": climber(in_alpha).code, "title": "As typed", "category": "price"}
    answer = post(in_alpha, "executive", "exceptions/new/", **form, delay_days="0", reach="1")
    assert answer.status_code == 403
    assert "opens exceptions on it" in text(answer)
    assert "As typed" in text(answer)
    assert not GovernanceException.objects.exists()


def test_what_somebody_may_not_do_is_shown_with_the_reason(in_alpha: House) -> None:
    row = asked(in_alpha)
    said = text(get(in_alpha, "executive", f"exceptions/{row.code}/"))
    assert "This is decided by Sponsor." in said
    assert "Only the owner of this exception asks for its decision." in said
    assert f"exceptions/{row.code}/decide/" not in said
    mine = text(get(in_alpha, "sponsor", f"exceptions/{row.code}/"))
    assert f"exceptions/{row.code}/decide/" in mine
    assert "Pay for express freight" in mine
    assert "12" in mine


def test_the_whole_way_through_pages(in_alpha: House) -> None:
    row = opened(in_alpha, climber(in_alpha))
    page = f"exceptions/{row.code}"
    assert "owner@alpha.example" in text(get(in_alpha, "pmo", f"{page}/assign/"))
    answer = post(
        in_alpha, "pmo", f"{page}/assign/", owner="consultant@firm.example", seen_version="1"
    )
    assert answer.status_code == 302
    question = {
        "ask": "May we?",
        "options.0.outcome": "pivot",
        "options.0.text": "Buy elsewhere",
        "options.0.amount": "1,000.00",
        "rows": "2",
        "seen_version": "2",
    }
    more = post(in_alpha, "consultant", f"{page}/ask/", **question, more="1")
    assert more.status_code == 200
    assert "options.3.text" in text(more)
    assert "Buy elsewhere" in text(more)
    assert post(in_alpha, "consultant", f"{page}/ask/", **question).status_code == 302
    again = text(get(in_alpha, "consultant", f"{page}/ask/"))
    assert "1,000.00" in again
    said = {"outcome": "hold", "rationale": "Wait for steel.", "seen_version": "3"}
    assert post(in_alpha, "sponsor", f"{page}/decide/", **said).status_code == 302
    seen = text(get(in_alpha, "pmo", f"{page}/"))
    assert f"measures/{row.subject_code}/hold/" in seen
    done = post(in_alpha, "pmo", f"{page}/verify/", note="On hold now.", seen_version="4")
    assert done.status_code == 302
    ended = text(get(in_alpha, "pmo", f"{page}/"))
    assert "On hold now." in ended
    assert f"{page}/assign/" not in ended
    assert fresh(in_alpha, row).version == 5


def test_a_late_form_is_told_and_changes_nothing(in_alpha: House) -> None:
    row = asked(in_alpha)
    late = {"outcome": "pivot", "rationale": "x", "seen_version": "1"}
    assert post(in_alpha, "sponsor", f"exceptions/{row.code}/decide/", **late).status_code == 409
    decided(in_alpha, row)
    again = {**late, "seen_version": str(row.version)}
    answer = post(in_alpha, "sponsor", f"exceptions/{row.code}/decide/", **again)
    assert answer.status_code == 422
    assert "This exception was decided already." in text(answer)
    assert get(in_alpha, "sponsor", f"exceptions/{row.code}/decide/").status_code == 409


def test_a_measure_shows_its_exceptions(in_alpha: House) -> None:
    measure = climber(in_alpha)
    path = f"measures/{measure.code}/exceptions/"
    empty = text(get(in_alpha, "executive", path))
    assert "No exception was opened here" in empty
    assert "opens exceptions on it" in empty
    row = opened(in_alpha, measure)
    mine = text(get(in_alpha, "owner", path))
    assert row.code in mine
    assert f"exceptions/new/?about={measure.code}" in mine


def test_the_pages_speak_german(in_alpha: House) -> None:
    row = asked(in_alpha)
    client = in_alpha.client("sponsor")
    client.cookies["django_language"] = "de"
    said = text(client.get(in_alpha.page(f"exceptions/{row.code}/")))
    for words in ("Erbetene Entscheidung", "Lokal", "noch 5 Arbeitstage", "Wer entscheidet"):
        assert words in said
    assert "Ausnahme eröffnen" in text(client.get(in_alpha.page("exceptions/")))
