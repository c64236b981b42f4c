"""Eight threads decide and edit the same requests: exactly one outcome each (G8)."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from approvals.choices import Outcome, RequestState
from approvals.models import ApprovalDecision, ApprovalRequest, ApprovalVote
from approvals.services.requests import request_withdraw
from approvals.services.votes import VoteDraft, vote_cast
from governance.errors import DomainError
from governance.masterdata.choices import Seat
from governance.masterdata.services_seats import forum_member_add
from governance.people.choices import Role
from governance.people.services import Person, membership_create
from governance.permissions.services import role_grant
from initiatives.choices import Stage
from initiatives.gates.asking import Asking
from initiatives.gates.services import gate_request
from initiatives.models import Measure
from initiatives.services import measure_change
from initiatives.stage_models.services import VersionDraft, version_propose, version_publish
from tests.houses import House, World
from tests.initiatives.gates.replaying import replayed
from tests.initiatives.making import make_measure
from tests.ladder import TEXT, short_model
from tests.racing import race

VOTERS = 8
ROUNDS = 6


def _house(world: World) -> House:
    """A house whose forum has eight members and whose first gate that forum alone decides."""
    house = world.alpha
    model = short_model()
    model["gates"][0]["route"] = [{"part": "forum", "position": 1, "clock_days": 5}]
    with house.active():
        draft = VersionDraft("Forum first", model)
        proposed = version_propose(draft=draft, by=house.actor("administrator"))
        version_publish(version=proposed, by=house.actor("head_of_controlling"))
        by = house.system(Role.ADMINISTRATOR, Role.PMO)
        for number in range(VOTERS):
            person = Person(f"member{number}@{house.slug}.example", f"Member {number}")
            member = membership_create(person=person, by=by)
            house.people[f"member{number}"] = member
            role_grant(membership=member, role=Role.FORUM_MEMBER, node=house.root, by=by)
            forum_member_add(forum=house.forum, membership=member, seat=Seat.MEMBER, by=by)
    return house


def _asked(house: House) -> tuple[Measure, ApprovalRequest]:
    people = house.people
    measure = make_measure(
        house,
        description=TEXT,
        owner=people["owner"],
        sponsor=people["sponsor"],
        controller=people["controller"],
        forum=house.forum,
    )
    with house.active():
        request = gate_request(
            measure=measure,
            to_stage=Stage.DETAILED,
            asking=Asking(),
            by=house.actor("owner"),
        )
    return measure, request


def _in(house: House, act: Callable[[], Any]) -> Callable[[], str]:
    """The act in a transaction of its own; what came of it as a word."""

    def run() -> str:
        try:
            with house.active():
                act()
        except DomainError as error:
            return error.code
        return "done"

    return run


def _vote(house: House, request: ApprovalRequest, name: str, outcome: Outcome) -> Callable[[], str]:
    by = house.actor(name)
    draft = VoteDraft(outcome, "read", request.snapshot_hash)
    return _in(house, lambda: vote_cast(request=request, draft=draft, by=by))


@pytest.fixture
def house(lasting_world: World) -> House:
    return _house(lasting_world)


def test_of_eight_deciders_one_decides_and_seven_hear_so(house: House) -> None:
    for turn in range(ROUNDS):
        measure, request = _asked(house)
        outcomes = [Outcome.GO if number % 2 else Outcome.SEND_BACK for number in range(VOTERS)]
        runners = [
            _vote(house, request, f"member{number}", outcomes[number - turn % 2])
            for number in range(VOTERS)
        ]
        assert Counter(race(*runners)) == {"done": 1, "already_decided": VOTERS - 1}
        with house.active():
            decision = ApprovalDecision.objects.get(request=request)
            vote = ApprovalVote.objects.get(request=request)
            row = Measure.objects.get(pk=measure.pk)
            assert decision.outcome == vote.outcome
            stage = Stage.DETAILED if decision.outcome == Outcome.GO else Stage.IDENTIFIED
            assert row.stage == stage
            assert replayed(measure.code).stage == stage


def _edit(house: House, measure: Measure, number: int) -> Callable[[], str]:
    """The owner rewrites what the open request judges."""
    by = house.actor("owner")
    fields = {"description": f"{TEXT} Edited {number}."}
    seen = measure.version
    return _in(
        house, lambda: measure_change(measure=measure, seen_version=seen, fields=fields, by=by)
    )


def _withdraw(house: House, request: ApprovalRequest) -> Callable[[], str]:
    by = house.actor("owner")
    return _in(house, lambda: request_withdraw(request=request, comment="", by=by))


def _ask(house: House, measure: Measure) -> Callable[[], str]:
    by = house.actor("owner")
    return _in(
        house,
        lambda: gate_request(measure=measure, to_stage=Stage.DETAILED, asking=Asking(), by=by),
    )


def test_decisions_edits_and_withdrawals_leave_one_end(house: House) -> None:
    """Four decide, two edit what is judged, one withdraws, one asks again: one end each."""
    for _turn in range(ROUNDS):
        measure, request = _asked(house)
        results = race(
            *(_vote(house, request, f"member{number}", Outcome.GO) for number in range(4)),
            _edit(house, measure, 1),
            _edit(house, measure, 2),
            _withdraw(house, request),
            _ask(house, measure),
        )
        _one_end(house, measure, request, results)


def _one_end(house: House, measure: Measure, request: ApprovalRequest, results: list[str]) -> None:
    votes, edits, withdrawal = results[:4], results[4:6], results[6]
    with house.active():
        row = ApprovalRequest.objects.get(pk=request.pk)
        stage = Measure.objects.get(pk=measure.pk).stage
        decided = ApprovalDecision.objects.filter(request=request).count()
    assert row.state != RequestState.OPEN, results
    assert edits.count("done") <= 1
    assert votes.count("done") == decided == (row.state == "decided"), results
    assert (withdrawal == "done") == (row.state == "withdrawn"), results
    assert stage == (Stage.DETAILED if decided else Stage.IDENTIFIED)
