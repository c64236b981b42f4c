"""An exception through its services: rows, audit, outbox; refusals leave nothing (E1, S1)."""

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from approvals.exceptions.choices import ExceptionOutcome, ExceptionState, Tier
from approvals.exceptions.models import GovernanceException
from approvals.exceptions.services.handling import (
    Option,
    exception_ask,
    exception_assign,
    exception_decide,
    exception_verify,
)
from approvals.exceptions.services.opening import ExceptionDraft, exception_open
from approvals.sod import SegregationOfDuties
from governance.audit.selectors import events_of
from governance.errors import Conflict, DomainError, Forbidden, Invalid, NotVisible, Stale
from governance.events.models import OutboxEvent
from tests.approvals.climbing import climber
from tests.approvals.exceptions.opening import (
    OPTION,
    asked,
    assigned,
    decided,
    fresh,
    led_by,
    opened,
    subject,
)
from tests.houses import House

S = ExceptionState


def actions(row: GovernanceException) -> list[str]:
    """What the history of an exception says, oldest first."""
    return [json.loads(event.body)["action"] for event in events_of("exception", row.code)][::-1]


def topics() -> list[str]:
    rows = OutboxEvent.objects.filter(topic__startswith="exception.").order_by("id")
    return list(rows.values_list("topic", flat=True))


def test_an_exception_goes_from_hand_to_hand_and_ends_verified(in_alpha: House) -> None:
    row = decided(in_alpha)
    exception_verify(
        row=row, note="Seen in the plant.", seen_version=row.version, by=in_alpha.actor("pmo")
    )
    kept = fresh(in_alpha, row)
    assert kept.code.startswith("X-")
    assert (kept.state, kept.outcome) == (S.VERIFIED, ExceptionOutcome.ACCELERATE)
    assert kept.options == [
        {"outcome": "accelerate", "text": "Pay for express freight", "amount": "12000.00"}
    ]
    assert kept.asked_by == in_alpha.people["consultant"]
    assert kept.decided_by == in_alpha.people["sponsor"]
    assert kept.verified_by == in_alpha.people["pmo"]
    assert kept.closed_at == kept.verified_at
    assert actions(kept) == [
        "exception.opened",
        "exception.assigned",
        "exception.asked",
        "exception.decided",
        "exception.verified",
    ]
    assert topics() == [
        "exception.opened",
        "exception.assigned",
        "exception.decision_requested",
        "exception.decided",
        "exception.verified",
    ]


def test_accepting_closes_at_once_and_nothing_is_left_to_verify(in_alpha: House) -> None:
    row = decided(in_alpha, outcome=ExceptionOutcome.ACCEPT)
    assert fresh(in_alpha, row).state == S.CLOSED
    with pytest.raises(Conflict, match="exception_ended"):
        exception_verify(row=row, note="", seen_version=row.version, by=in_alpha.actor("pmo"))


@pytest.mark.parametrize("outcome", ["hold", "cancel", "re_baseline"])
def test_an_outcome_moves_no_measure(in_alpha: House, outcome: str) -> None:
    measure = climber(in_alpha)
    row = opened(in_alpha, measure)
    decided(in_alpha, asked(in_alpha, assigned(in_alpha, row)), outcome=outcome)
    before = (measure.stage, measure.overlay, measure.version)
    measure.refresh_from_db()
    assert (measure.stage, measure.overlay, measure.version) == before


def test_amount_delay_and_reach_say_who_answers(in_alpha: House) -> None:
    row = opened(in_alpha, amount="250000", delay_days=3, reach=1)
    assert (row.tier, row.amount, row.currency) == (Tier.CROSS_FUNCTIONAL, Decimal(250000), "EUR")


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"title": ""}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"title": "a\x00b"}, "title"),
        ({"description": "x" * 4001}, "description"),
        ({"category": "weather"}, "category"),
        ({"amount": "much"}, "amount"),
        ({"amount": "1.005"}, "amount"),
        ({"amount": "1e400"}, "amount"),
        ({"delay_days": -1}, "delay_days"),
        ({"delay_days": 10**9}, "delay_days"),
        ({"reach": 0}, "reach"),
    ],
)
def test_what_cannot_be_kept_is_refused_by_its_field(
    in_alpha: House, given: dict[str, Any], field: str
) -> None:
    about = subject(in_alpha)
    draft = ExceptionDraft(**{"subject": about, "title": "Late", "category": "supply"} | given)
    with pytest.raises(Invalid) as caught:
        exception_open(draft=draft, by=in_alpha.actor("pmo"))
    assert set(caught.value.errors) == {field}
    assert not GovernanceException.objects.exists()


@pytest.mark.parametrize(
    ("who", "refused"),
    [
        ("pmo", None),
        ("owner", None),
        ("consultant", None),
        ("controller", None),
        ("sponsor", None),
        ("executive", Forbidden),
        ("forum_member", Forbidden),
        ("administrator", Forbidden),
        ("auditor", Forbidden),
        ("guest", NotVisible),
        ("narrow", NotVisible),
    ],
)
def test_who_edits_the_measure_opens_exceptions_on_it(
    in_alpha: House, who: str, refused: type[DomainError] | None
) -> None:
    about = subject(in_alpha)
    draft = ExceptionDraft(about, "Late", "supply")
    if refused is None:
        assert exception_open(draft=draft, by=in_alpha.actor(who)).opened_by_id
        return
    with pytest.raises(refused):
        exception_open(draft=draft, by=in_alpha.actor(who))
    assert not GovernanceException.objects.exists()


def test_only_the_office_the_places_owners_and_the_sponsor_assign(in_alpha: House) -> None:
    led_by(in_alpha, in_alpha.program, "executive")
    for who in ("pmo", "executive", "sponsor"):
        row = opened(in_alpha)
        made = exception_assign(
            row=row, owner=in_alpha.people["owner"], seen_version=1, by=in_alpha.actor(who)
        )
        assert (made.state, made.owner) == (S.ASSIGNED, in_alpha.people["owner"])
    row = opened(in_alpha)
    for who in ("owner", "controller", "consultant", "auditor", "administrator"):
        with pytest.raises(Forbidden, match="exception_assigned_by_others"):
            exception_assign(
                row=row, owner=in_alpha.people["owner"], seen_version=1, by=in_alpha.actor(who)
            )
    assert fresh(in_alpha, row).version == 1


@pytest.mark.parametrize("name", ["auditor", "guest", "narrow"])
def test_who_cannot_see_or_write_there_does_not_own_an_exception(
    in_alpha: House, name: str
) -> None:
    row = opened(in_alpha)
    with pytest.raises(Invalid) as caught:
        assigned(in_alpha, row, to=name)
    assert set(caught.value.errors) == {"owner"}
    with pytest.raises(Invalid):
        assigned(in_alpha, assigned(in_alpha, row), to="consultant")


def test_only_its_owner_asks_and_may_ask_again_until_it_is_answered(in_alpha: House) -> None:
    row = asked(in_alpha)
    with pytest.raises(Forbidden, match="exception_asked_by_owner"):
        asked(in_alpha, row, who="pmo")
    again = exception_ask(
        row=row,
        ask="And a night shift?",
        options=[OPTION, Option("pivot", "Buy elsewhere")],
        seen_version=row.version,
        by=in_alpha.actor("consultant"),
    )
    assert (again.ask, len(again.options)) == ("And a night shift?", 2)
    with pytest.raises(Conflict, match="exception_decided"):
        asked(in_alpha, decided(in_alpha, again))


@pytest.mark.parametrize(
    ("ask", "options", "field"),
    [
        ("", [OPTION], "ask"),
        ("Well?", [], "options"),
        ("Well?", [OPTION] * 8, "options"),
        ("Well?", [Option("pray", "Hope")], "options.0.outcome"),
        ("Well?", [OPTION, Option("pivot", "")], "options.1.text"),
        ("Well?", [Option("pivot", "x", "lots")], "options.0.amount"),
    ],
)
def test_a_question_without_a_choice_is_refused(
    in_alpha: House, ask: str, options: list[Option], field: str
) -> None:
    row = assigned(in_alpha)
    with pytest.raises(Invalid) as caught:
        exception_ask(
            row=row,
            ask=ask,
            options=options,
            seen_version=row.version,
            by=in_alpha.actor("consultant"),
        )
    assert set(caught.value.errors) == {field}
    assert fresh(in_alpha, row).state == S.ASSIGNED


def test_who_asked_or_owns_never_decides(in_alpha: House) -> None:
    # The sponsor would be the local decider, but asked; the program's owner is next.
    led_by(in_alpha, in_alpha.program, "executive")
    row = asked(in_alpha, who="sponsor")
    with pytest.raises(SegregationOfDuties) as caught:
        decided(in_alpha, row, who="sponsor")
    assert caught.value.rule == "S1"
    with pytest.raises(SegregationOfDuties, match="segregation_of_duties"):
        decided(in_alpha, row, who="owner")
    assert decided(in_alpha, row, who="executive").decided_by_id == in_alpha.people["executive"].pk


@pytest.mark.parametrize(
    ("who", "rule"),
    [("auditor", "S10"), ("pmo", None), ("controller", None), ("forum_member", None)],
)
def test_somebody_of_another_tier_does_not_decide(
    in_alpha: House, who: str, rule: str | None
) -> None:
    row = asked(in_alpha)
    with pytest.raises(Forbidden) as caught:
        decided(in_alpha, row, who=who)
    assert getattr(caught.value, "rule", None) == rule
    if rule is None:
        assert "Sponsor" in str(caught.value.detail)
    assert fresh(in_alpha, row).state == S.DECISION_REQUESTED


def test_a_consultant_never_decides(in_alpha: House) -> None:
    row = asked(in_alpha, who="pmo")
    with pytest.raises(SegregationOfDuties) as caught:
        decided(in_alpha, row, who="consultant")
    assert caught.value.rule == "S7"


def test_the_committees_tier_is_decided_by_its_chair(in_alpha: House) -> None:
    row = asked(in_alpha, assigned(in_alpha, opened(in_alpha, amount="5000000")))
    assert row.tier == Tier.COMMITTEE
    with pytest.raises(Forbidden):
        decided(in_alpha, row, who="sponsor")
    assert decided(in_alpha, row, who="forum_member").state == S.DECIDED


def test_an_outcome_is_one_of_seven_and_says_why(in_alpha: House) -> None:
    row = asked(in_alpha)
    for outcome, rationale in (("wait", "x"), ("accept", ""), ("", "x")):
        with pytest.raises(Invalid):
            exception_decide(
                row=row,
                outcome=outcome,
                rationale=rationale,
                seen_version=row.version,
                by=in_alpha.actor("sponsor"),
            )
    assert fresh(in_alpha, row).state == S.DECISION_REQUESTED


@pytest.mark.parametrize(
    ("who", "refused"),
    [
        ("pmo", None),
        ("controller", None),
        ("head_of_controlling", None),
        ("consultant", SegregationOfDuties),
        ("owner", SegregationOfDuties),
        ("sponsor", Forbidden),
        ("auditor", Forbidden),
        ("executive", Forbidden),
    ],
)
def test_somebody_other_than_the_owner_verifies(
    in_alpha: House, who: str, refused: type[DomainError] | None
) -> None:
    row = decided(in_alpha)

    def verify() -> GovernanceException:
        return exception_verify(row=row, note="", seen_version=row.version, by=in_alpha.actor(who))

    if refused is None:
        assert verify().state == S.VERIFIED
        return
    with pytest.raises(refused):
        verify()
    assert fresh(in_alpha, row).state == S.DECIDED


Step = Callable[[House, GovernanceException], Any]


@pytest.mark.parametrize(
    "act",
    [
        assigned,
        lambda house, row: exception_ask(
            row=row, ask="x", options=[OPTION], seen_version=1, by=house.actor("consultant")
        ),
        lambda house, row: exception_decide(
            row=row, outcome="pivot", rationale="x", seen_version=1, by=house.actor("sponsor")
        ),
    ],
)
def test_who_saw_an_older_version_overwrites_nothing(in_alpha: House, act: Step) -> None:
    row = asked(in_alpha)
    row.version = 1
    with pytest.raises(Stale):
        act(in_alpha, row)
    assert fresh(in_alpha, row).version == 3
