"""The Decisions tab: requests told with votes and conditions, taking back, accepting, changing."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from approvals.choices import ConditionState, Outcome
from approvals.models import ApprovalCondition, ApprovalRequest
from governance.people.choices import Role
from governance.people.services import Person, membership_create
from governance.permissions.services import role_grant
from initiatives.choices import Stage
from initiatives.models import Measure
from tests.houses import House
from tests.initiatives.climbing import (
    ask_gate,
    ask_move,
    attest,
    climb,
    decide,
    fresh,
    go_with_condition,
    make_ready,
    publish_short_model,
    speak,
)


@pytest.fixture
def measure(alpha: House) -> Measure:
    publish_short_model(alpha)
    return make_ready(alpha)


@pytest.fixture
def page(alpha: House, measure: Measure) -> Callable[[str], str]:
    """Addresses of this measure's pages."""
    return lambda path="": alpha.page(f"measures/{measure.code}/{path}")


def told(alpha: House, who: str, measure: Measure, query: str = "") -> Any:
    answer = alpha.client(who).get(alpha.page(f"measures/{measure.code}/decisions/{query}"))
    assert answer.status_code == 200
    return answer.context["told"]


def test_nothing_asked_for_says_what_to_do_first(alpha: House, page: Callable[[str], str]) -> None:
    html = alpha.client("executive").get(page("decisions/")).content.decode()
    assert "Nothing was asked for yet" in html


def test_requests_are_told_with_votes_outcome_and_hash(
    alpha: House, measure: Measure, page: Callable[[str], str]
) -> None:
    attest(alpha, measure)
    first = ask_gate(alpha, measure)
    speak(alpha, first, "controller", Outcome.SEND_BACK)
    second = ask_gate(alpha, measure)
    speak(alpha, second, "controller")
    newest, oldest = told(alpha, "executive", measure)
    assert (newest.row.pk, oldest.row.pk) == (second.pk, first.pk)
    assert "rework counter" in oldest.note
    html = alpha.client("auditor").get(page("decisions/")).content.decode()
    for text in (
        "HG1 Idea → HG2 Case",
        "Send back",
        "controller says so",
        first.snapshot_hash[:12],
        "has not spoken",
        "Asked for by Owner",
    ):
        assert text in html
    assert first.snapshot_hash not in html


def test_a_part_of_the_page_is_swapped(alpha: House, page: Callable[[str], str]) -> None:
    headers = {"HX-Request": "true", "HX-Target": "panel"}
    part = alpha.client("executive").get(page("decisions/"), headers=headers).content.decode()
    assert part.lstrip().startswith('<section id="panel"')


def test_requests_are_read_page_by_page_at_a_fixed_cost(
    alpha: House, measure: Measure, page: Callable[[str], str]
) -> None:
    attest(alpha, measure)
    client = alpha.client("executive")

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            client.get(page("decisions/"))
        return len(queries)

    speak(alpha, ask_gate(alpha, measure), "controller", Outcome.SEND_BACK)
    cost()
    once = cost()
    for _again in range(20):
        speak(alpha, ask_gate(alpha, measure), "controller", Outcome.SEND_BACK)
    assert cost() == once
    answer = client.get(page("decisions/"))
    assert len(answer.context["told"]) == 20
    cursor = answer.context["page"].next
    assert len(told(alpha, "executive", measure, f"?cursor={cursor}")) == 1
    assert client.get(page("decisions/?cursor=bogus")).status_code == 400


# ---- taking back (T14) -----------------------------------------------------------------------


def test_whoever_asked_takes_the_request_back(
    alpha: House, measure: Measure, page: Callable[[str], str]
) -> None:
    attest(alpha, measure)
    request = ask_gate(alpha, measure)
    url = alpha.page(f"gate-requests/{request.public_id}/withdraw/")
    assert [item.withdraw for item in told(alpha, "owner", measure)] == [url]
    assert [item.withdraw for item in told(alpha, "sponsor", measure)] == [""]
    for who in ("sponsor", "pmo", "auditor"):
        assert alpha.client(who).post(url, {}).status_code == 403
    client = alpha.client("owner")
    assert "Take the request" in client.get(url).content.decode()
    answer = client.post(url, {"comment": "Not yet"})
    assert answer["Location"] == alpha.page(f"gate-requests/{request.public_id}/")
    [item] = told(alpha, "owner", measure)
    assert (item.row.state, item.note, item.withdraw) == ("withdrawn", "Not yet", "")
    again = client.post(url, {})
    assert again.status_code == 409
    assert "was withdrawn" in again.content.decode()


def test_a_void_request_says_who_edited(
    alpha: House, measure: Measure, page: Callable[[str], str]
) -> None:
    attest(alpha, measure)
    ask_gate(alpha, measure)
    form = alpha.client("owner").get(page("edit/")).context["form"]
    data = {n: form.current[n] for n in form.current if not form.fields[n].disabled}
    data |= {"seen_version": form.initial["seen_version"], "description": "Quite another scope"}
    data |= dict(form.seen_inputs())
    assert alpha.client("owner").post(page("edit/"), data).status_code == 302
    [item] = told(alpha, "executive", measure)
    assert item.row.state == "voided"
    assert "edited by Owner" in item.note


# ---- conditions (T6) -------------------------------------------------------------------------


def test_a_condition_is_accepted_by_its_setter_alone(alpha: House, measure: Measure) -> None:
    go_with_condition(alpha, measure)
    with alpha.active():
        condition = ApprovalCondition.objects.get()
    url = alpha.page(f"conditions/{condition.public_id}/accept/")

    def action(who: str) -> Any:
        return told(alpha, who, measure)[0].conditions[0].accept

    assert action("sponsor").url == url
    assert "its own owner" in action("owner").reason
    assert "(T6)" in action("controller").reason
    for who in ("owner", "controller", "pmo"):
        assert alpha.client(who).post(url, {"seen_version": 1}).status_code == 403
    sponsor = alpha.client("sponsor")
    assert "Name the supplier" in sponsor.get(url).content.decode()
    assert sponsor.post(url, {"seen_version": 7}).status_code == 409
    assert sponsor.post(url, {}).status_code == 422
    assert sponsor.post(url, {"seen_version": 1, "note": "Seen it"}).status_code == 302
    with alpha.active():
        assert ApprovalCondition.objects.get().state == ConditionState.MET
    assert action("sponsor") is None
    assert sponsor.post(url, {"seen_version": 2}).status_code == 409


def test_an_unknown_condition_is_not_found(alpha: House, beta: House, measure: Measure) -> None:
    go_with_condition(alpha, measure)
    with alpha.active():
        condition = ApprovalCondition.objects.get()
    path = f"conditions/{condition.public_id}/accept/"
    assert alpha.client("narrow").get(alpha.page(path)).status_code == 404
    assert beta.client("pmo").get(beta.page(path)).status_code == 404


# ---- changes (T15) ---------------------------------------------------------------------------


def test_before_a_gate_nothing_is_frozen(alpha: House, page: Callable[[str], str]) -> None:
    assert alpha.client("owner").get(page("change/")).status_code == 403


@pytest.mark.parametrize(
    ("who", "fields"),
    [
        ("owner", {"name", "description", "planned_start"}),
        ("controller", {"controller"}),
        (
            "pmo",
            {
                "name",
                "description",
                "planned_start",
                "owner",
                "sponsor",
                "receiver",
                "forum",
                "business_unit",
                "function",
                "legal_entity",
            },
        ),
    ],
)
def test_a_change_offers_what_is_frozen_and_theirs_to_set(
    alpha: House, measure: Measure, page: Callable[[str], str], who: str, fields: set[str]
) -> None:
    climb(alpha, measure, Stage.DETAILED)
    form = alpha.client(who).get(page("change/")).context["form"]
    assert set(form.names) == fields
    edit = alpha.client(who).get(page("edit/")).context["form"]
    assert all("(T15)" in str(edit.fields[name].help_text) for name in fields)


def test_a_change_is_previewed_and_then_asked_for(
    alpha: House, measure: Measure, page: Callable[[str], str]
) -> None:
    climb(alpha, measure, Stage.DETAILED)
    client = alpha.client("owner")
    data = {
        "name": "Bundle steel and zinc",
        "description": "Five plants buy steel apart; bundle it.",
        "planned_start": "2026-05-01",
        "reason_code": "timing",
        "reason": "The tender is late",
    }
    seen = client.post(page("change/"), data | {"step": "preview"})
    assert seen.status_code == 200
    rows = {row.label: (row.before, row.after) for row in seen.context["preview"]}
    assert rows == {
        "Name": ("Bundle steel", "Bundle steel and zinc"),
        "Planned start": ("2026-03-01", "2026-05-01"),
    }
    steps = seen.context["deciders"].steps
    assert [step.who for step in steps] == ["Controller", "Sponsor"]
    with alpha.active():
        assert not ApprovalRequest.objects.filter(transition="T15").exists()
    assert client.post(page("change/"), data).status_code == 302
    newest = told(alpha, "owner", measure)[0]
    assert (newest.label, len(newest.changes)) == ("Change request", 2)
    decide(alpha, newest.row)
    assert fresh(alpha, measure).name == "Bundle steel and zinc"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"planned_start": "soon"}, "planned_start"),
        ({"reason": ""}, "reason"),
        ({"reason_code": "whim"}, "reason_code"),
        ({"name": "Bundle steel"}, "__all__"),
    ],
)
def test_what_is_wrong_with_a_change_is_told_at_its_field_and_kept(
    alpha: House,
    measure: Measure,
    page: Callable[[str], str],
    change: dict[str, str],
    field: str,
) -> None:
    climb(alpha, measure, Stage.DETAILED)
    data = {
        "name": "Something else",
        "description": "Five plants buy steel apart; bundle it.",
        "planned_start": "2026-03-01",
        "reason_code": "timing",
        "reason": "The tender is late",
    }
    for step in ({}, {"step": "preview"}):
        answer = alpha.client("owner").post(page("change/"), data | change | step)
        assert answer.status_code == 422
        assert field in answer.context["form"].errors
        if field != "reason":
            assert "The tender is late" in answer.content.decode()


def test_a_change_waits_for_the_open_request(
    alpha: House, measure: Measure, page: Callable[[str], str]
) -> None:
    climb(alpha, measure, Stage.DETAILED)
    ask_gate(alpha, measure)
    client = alpha.client("owner")
    assert "(G2)" in client.get(page("change/")).content.decode()
    data = {
        "name": "Something else",
        "description": "",
        "planned_start": "2026-03-01",
        "reason_code": "timing",
        "reason": "x",
    }
    answer = client.post(page("change/"), data)
    assert answer.status_code == 422
    assert "(G2)" in answer.content.decode()


# ---- closing and reopening (T5, T13) ---------------------------------------------------------


def test_the_sign_off_of_a_reopened_closure_stays_visible(alpha: House, measure: Measure) -> None:
    row = climb(alpha, measure, Stage.CLOSED)
    answer = alpha.client("owner").get(alpha.page(f"measures/{row.code}/"))
    assert "no gate lies ahead" in answer.content.decode()
    with alpha.active():
        by = alpha.system(Role.ADMINISTRATOR, Role.PMO)
        person = Person("second@alpha.example", "Second Controller")
        second = membership_create(person=person, by=by)
        role_grant(membership=second, role=Role.CONTROLLER, node=alpha.root, by=by)
    alpha.people["other_controller"] = second
    reopening = ask_move(alpha, row, "reopen", "pmo")
    assert told(alpha, "executive", row)[1].note == ""
    decide(alpha, reopening)
    assert fresh(alpha, row).stage == Stage.IMPLEMENTED
    closure = told(alpha, "executive", row)[1]
    assert closure.row.transition == "T5"
    assert "reopened later" in closure.note
    assert closure.steps[0].votes[0].voter.name == "Controller"
