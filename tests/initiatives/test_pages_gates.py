"""The measure page and its gates: readiness, who decides, buttons by role, asking, attesting."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from approvals.choices import Outcome
from approvals.models import ApprovalRequest
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
from tests.initiatives.making import make_measure

MOVES = {"change", "hold", "resume", "step-down", "cancel", "reinstate", "reopen"}


@pytest.fixture
def measure(alpha: House) -> Measure:
    publish_short_model(alpha)
    return make_ready(alpha)


@pytest.fixture
def page(alpha: House, measure: Measure) -> Callable[[str], str]:
    """Addresses of this measure's pages."""
    return lambda path="": alpha.page(f"measures/{measure.code}/{path}")


def overview(alpha: House, who: str, measure: Measure) -> Any:
    return alpha.client(who).get(alpha.page(f"measures/{measure.code}/"))


def moves_on(alpha: House, who: str, measure: Measure) -> set[str]:
    """Words of the moves whose button leads somewhere."""
    moves = overview(alpha, who, measure).context["moves"]
    return {move.url.rstrip("/").rpartition("/")[2] for move in moves if move.url}


def last_request(alpha: House) -> ApprovalRequest:
    with alpha.active():
        row: ApprovalRequest = ApprovalRequest.objects.order_by("-id").first()
        return row


# ---- the head --------------------------------------------------------------------------------


def test_the_ladder_speaks_the_words_of_the_stage_model(alpha: House, measure: Measure) -> None:
    html = overview(alpha, "owner", measure).content.decode()
    assert "HG1 Idea" in html
    assert "HG5 Proven" in html
    assert "HG2 Case" in html
    assert "0 days here" in html


def test_the_head_shows_what_lies_over_the_stage(alpha: House, measure: Measure) -> None:
    attest(alpha, measure)
    assert overview(alpha, "owner", measure).context["overlay_label"] == ""
    request = ask_gate(alpha, measure)
    assert overview(alpha, "owner", measure).context["overlay_label"] == "Pending"
    speak(alpha, request, "controller", Outcome.SEND_BACK)
    answer = overview(alpha, "owner", measure)
    assert answer.context["overlay_label"] == ""
    assert "Reworked 1 time" in answer.content.decode()


def test_a_hold_says_when_it_is_looked_at_again(alpha: House, measure: Measure) -> None:
    decide(alpha, ask_move(alpha, measure, "hold", "owner"))
    answer = overview(alpha, "owner", measure)
    assert answer.context["overlay_label"] == "On hold"
    assert "Looked at again on" in answer.content.decode()


# ---- readiness -------------------------------------------------------------------------------


def test_criteria_say_with_a_word_how_they_stand_and_where_they_are_mended(
    alpha: House, measure: Measure
) -> None:
    bare = make_measure(alpha, "Bare", owner=alpha.people["owner"])
    answer = overview(alpha, "owner", bare)
    items = {item.label: item for item in answer.context["gate"].items}
    assert items["Risks are quantified"].state == "unchecked"
    scope = items["Scope described"]
    assert scope.state == "open"
    assert scope.mend_url.endswith("/edit/#id_description")
    html = answer.content.decode()
    for word in ("Met", "Open", "Not checked yet"):
        assert f'tg-criterion-word">{word}' in html
    gate = answer.context["gate"]
    assert not gate.is_ready
    assert f"{gate.met} of {gate.needed}" in html


def test_who_may_not_mend_reads_who_does(alpha: House) -> None:
    publish_short_model(alpha)
    row = make_ready(alpha, controller=None)
    gate = overview(alpha, "owner", row).context["gate"]
    missing = [item for item in gate.items if item.state == "open" and not item.attest]
    assert missing
    assert not any("edit/#id_controller" in item.mend_url for item in missing)


def test_attesting_is_offered_to_the_role_and_refused_with_the_reason(
    alpha: House, measure: Measure, page: Callable[[str], str]
) -> None:
    def action(who: str) -> Any:
        items = overview(alpha, who, measure).context["gate"].items
        return next(item.attest for item in items if item.attest)

    assert action("controller").url == page("criteria/counted_once/attest/")
    assert "(S1)" in action("owner").reason
    assert "Controller" in action("sponsor").reason
    answer = alpha.client("controller").post(action("controller").url, {"note": "Seen"})
    assert answer["Location"] == f"{page('')}#next-gate"
    items = overview(alpha, "owner", measure).context["gate"].items
    assert any("Attested by Controller" in item.note for item in items)
    assert overview(alpha, "owner", measure).context["gate"].is_ready


@pytest.mark.parametrize(
    ("who", "criterion", "status"),
    [
        ("owner", "counted_once", 403),
        ("sponsor", "counted_once", 403),
        ("controller", "scope_described", 404),
        ("controller", "risks_quantified", 404),
        ("controller", "nothing", 404),
    ],
)
def test_nobody_else_attests_and_nothing_else(
    alpha: House, page: Callable[[str], str], who: str, criterion: str, status: int
) -> None:
    url = page(f"criteria/{criterion}/attest/")
    assert alpha.client(who).get(url).status_code == status
    assert alpha.client(who).post(url, {}).status_code == status


# ---- asking for the gate ---------------------------------------------------------------------


def test_the_gate_is_asked_for_by_the_owner_when_ready(
    alpha: House, measure: Measure, page: Callable[[str], str]
) -> None:
    assert "not met yet" in overview(alpha, "owner", measure).context["gate"].ask.reason
    refused = alpha.client("owner").post(page("gate/"), {"comment": "Too early"})
    assert refused.status_code == 422
    assert "Too early" in refused.content.decode()
    attest(alpha, measure)
    assert overview(alpha, "owner", measure).context["gate"].ask.url == page("gate/")
    html = alpha.client("owner").get(page("gate/")).content.decode()
    assert "Five plants buy steel apart" in html  # the snapshot, readable
    assert "sponsor@alpha.example" in html
    assert "Who will be asked" in html
    client = alpha.client("owner")
    answer = client.post(page("gate/"), {"comment": "Ready now"})
    assert answer.status_code == 302
    row = last_request(alpha)
    assert answer["Location"] == f"{page('decisions/')}#request-{row.public_id}"
    assert (row.transition, row.comment) == ("T2", "Ready now")
    told = client.get(page("decisions/"))
    assert "was sent" in told.content.decode()
    assert f"/gate-requests/{row.public_id}/" in told.content.decode()


@pytest.mark.parametrize("who", ["sponsor", "pmo", "controller", "executive", "auditor"])
def test_others_read_why_they_cannot_ask(
    alpha: House, measure: Measure, page: Callable[[str], str], who: str
) -> None:
    ask = overview(alpha, who, measure).context["gate"].ask
    assert ask.url == ""
    assert "the owner" in ask.reason
    assert alpha.client(who).get(page("gate/")).status_code == 403
    assert alpha.client(who).post(page("gate/"), {}).status_code == 403


def test_a_second_request_is_refused_with_the_reason(
    alpha: House, measure: Measure, page: Callable[[str], str]
) -> None:
    attest(alpha, measure)
    ask_gate(alpha, measure)
    assert "(G2)" in overview(alpha, "owner", measure).context["gate"].ask.reason
    answer = alpha.client("owner").post(page("gate/"), {"comment": "Again"})
    assert answer.status_code == 422
    assert "(G2)" in answer.content.decode()


def test_a_comment_that_cannot_be_kept_is_told_at_its_field(
    alpha: House, measure: Measure, page: Callable[[str], str]
) -> None:
    attest(alpha, measure)
    for bad in ("a\x00b", "x" * 4001):
        answer = alpha.client("owner").post(page("gate/"), {"comment": bad})
        assert answer.status_code == 422
        assert answer.context["form"].errors["comment"]


# ---- who decides now -------------------------------------------------------------------------


def test_before_a_request_the_route_is_shown_with_who_is_kept_out(
    alpha: House, measure: Measure
) -> None:
    deciders = overview(alpha, "executive", measure).context["deciders"]
    assert [step.who for step in deciders.steps] == ["Controller", "Sponsor"]
    kept_out = {(person.name, person.rule) for person in deciders.kept_out}
    assert {("Owner", "S1"), ("Head Of Controlling", "S5")} <= kept_out


def test_an_open_request_shows_steps_clocks_and_voices(alpha: House, measure: Measure) -> None:
    attest(alpha, measure)
    speak(alpha, ask_gate(alpha, measure), "controller")
    answer = overview(alpha, "executive", measure)
    first, second = answer.context["deciders"].steps
    assert (first.state, second.state) == ("Met", "Open")
    assert [vote.voter.name for vote in first.votes] == ["Controller"]
    assert second.due_at is not None
    html = answer.content.decode()
    assert "controller says so" in html
    assert "Due " in html


def test_a_forum_is_shown_with_its_members(alpha: House, measure: Measure) -> None:
    row = climb(alpha, measure, Stage.DETAILED)
    steps = overview(alpha, "owner", row).context["deciders"].steps
    assert (steps[-1].who, steps[-1].people) == ("Steering committee", "Forum Member")


# ---- the other moves -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "on"),
    [
        ("owner", {"hold", "cancel", "change"}),
        ("sponsor", {"cancel"}),
        ("controller", {"hold", "cancel", "step-down", "change"}),
        ("pmo", {"hold", "step-down", "change"}),
        ("head_of_controlling", {"change"}),
        ("executive", set()),
        ("auditor", set()),
    ],
)
def test_each_hand_finds_its_moves_on_and_the_others_with_a_reason(
    alpha: House, measure: Measure, who: str, on: set[str]
) -> None:
    row = climb(alpha, measure, Stage.DETAILED)
    assert moves_on(alpha, who, row) == on
    moves = overview(alpha, who, row).context["moves"]
    assert all(move.reason for move in moves if not move.url)
    assert len(moves) in {0, len(MOVES)}


@pytest.mark.parametrize("word", sorted(MOVES - {"change"}))
@pytest.mark.parametrize("who", ["owner", "sponsor", "pmo", "controller", "executive"])
def test_a_form_opens_for_the_hands_of_the_table_alone(
    alpha: House, measure: Measure, page: Callable[[str], str], word: str, who: str
) -> None:
    hands = {
        "hold": {"owner", "pmo", "controller"},
        "resume": {"owner", "pmo", "controller"},
        "step-down": {"pmo", "controller"},
        "cancel": {"owner", "sponsor", "controller"},
        "reinstate": {"sponsor"},
        "reopen": {"sponsor", "pmo", "controller"},
    }
    expected = 200 if who in hands[word] else 403
    assert alpha.client(who).get(page(f"{word}/")).status_code == expected


def test_a_hold_is_asked_for_with_a_reason_and_a_day(
    alpha: House, measure: Measure, page: Callable[[str], str]
) -> None:
    client = alpha.client("owner")
    today = timezone.localdate()
    good = {
        "reason_code": "timing",
        "reason": "Waits for spring",
        "review_on": (today + timedelta(days=20)).isoformat(),
    }
    for field, bad in (
        ("reason_code", ""),
        ("reason_code", "whim"),
        ("reason", ""),
        ("review_on", ""),
        ("review_on", today.isoformat()),
        ("review_on", (today + timedelta(days=91)).isoformat()),
    ):
        answer = client.post(page("hold/"), good | {field: bad})
        assert answer.status_code == 422
        assert field in answer.context["form"].errors
    assert "Waits for spring" in answer.content.decode()
    assert client.post(page("hold/"), good).status_code == 302
    assert last_request(alpha).details["review_on"] == good["review_on"]


def test_a_hold_warns_before_it_voids_the_open_request(
    alpha: House, measure: Measure, page: Callable[[str], str]
) -> None:
    assert "voids it (G2)" not in alpha.client("owner").get(page("hold/")).content.decode()
    attest(alpha, measure)
    ask_gate(alpha, measure)
    assert "voids it (G2)" in alpha.client("owner").get(page("hold/")).content.decode()


def test_a_move_from_the_wrong_place_is_refused_in_the_form(
    alpha: House, page: Callable[[str], str]
) -> None:
    client = alpha.client("owner")
    html = client.get(page("resume/")).content.decode()
    assert "nothing to resume" in html
    answer = client.post(page("resume/"), {"reason_code": "timing", "reason": "Go on"})
    assert answer.status_code == 422
    assert "nothing to resume" in answer.content.decode()


def test_a_cancelled_measure_offers_only_to_reinstate(alpha: House, measure: Measure) -> None:
    decide(alpha, ask_move(alpha, measure, "cancel", "owner"))
    assert fresh(alpha, measure).overlay == "cancelled"
    assert moves_on(alpha, "owner", measure) == set()
    assert moves_on(alpha, "sponsor", measure) == {"reinstate"}


def test_strangers_find_none_of_it(alpha: House, beta: House, measure: Measure) -> None:
    attest(alpha, measure)
    request = ask_gate(alpha, measure)
    paths = [f"measures/{measure.code}/{tail}/" for tail in ("gate", "decisions", *MOVES)]
    paths += [
        f"measures/{measure.code}/criteria/counted_once/attest/",
        f"gate-requests/{request.public_id}/withdraw/",
    ]
    for path in paths:
        assert alpha.client("narrow").get(alpha.page(path)).status_code == 404
        assert beta.client("pmo").get(alpha.page(path)).status_code == 404
        assert beta.client("pmo").get(beta.page(path)).status_code == 404


# ---- before edits ----------------------------------------------------------------------------


def test_pages_that_edit_warn_while_a_request_is_open(
    alpha: House, measure: Measure, page: Callable[[str], str]
) -> None:
    client = alpha.client("owner")
    paths = ("edit/", "documents/new/", "plan/new/")
    assert not any("voids the request" in client.get(page(p)).content.decode() for p in paths)
    attest(alpha, measure)
    ask_gate(alpha, measure)
    assert all("voids the request" in client.get(page(p)).content.decode() for p in paths)
    assert "voids the request" not in client.get(page("status/new/")).content.decode()


def test_the_list_shows_what_lies_over_the_stage(alpha: House, measure: Measure) -> None:
    attest(alpha, measure)
    ask_gate(alpha, measure)
    waiting = make_ready(alpha, "Second")
    go_with_condition(alpha, waiting)
    held = make_ready(alpha, "Third")
    decide(alpha, ask_move(alpha, held, "hold", "owner"))
    rows = alpha.client("executive").get(alpha.page("measures/")).context["rows"]
    assert [row.overlay for row in rows] == ["Pending", "Conditional", "On hold"]
    assert rows[0].stage == "HG1 Idea"


def test_the_overview_costs_the_same_with_many_requests(alpha: House, measure: Measure) -> None:
    url = alpha.page(f"measures/{measure.code}/")
    attest(alpha, measure)
    client = alpha.client("executive")

    def cost() -> int:
        client.get(url)
        with CaptureQueriesContext(connection) as queries:
            client.get(url)
        return len(queries)

    def sent_back() -> None:
        speak(alpha, ask_gate(alpha, measure), "controller", Outcome.SEND_BACK)

    sent_back()
    once = cost()
    for _again in range(3):
        sent_back()
    assert cost() == once
