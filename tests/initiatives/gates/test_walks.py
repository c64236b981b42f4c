"""Whatever random people do in whatever order: nothing closes, moves or is decided wrongly."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, event, example, given, settings
from hypothesis import strategies as st

from approvals.choices import RequestState
from governance.people.choices import Role
from governance.permissions.selectors import scope_of
from governance.tree.services import said
from initiatives.choices import Stage
from initiatives.stage_models.services import VersionDraft, version_propose, version_publish
from tests.houses import House
from tests.initiatives.gates.replaying import replayed
from tests.initiatives.gates.walking import PEOPLE, Walk, requests_on, votes_on
from tests.initiatives.making import make_measure
from tests.ladder import TEXT, short_model

ACTS = (
    *("ask", "vote", "vote", "vote", "vote", "edit", "judge", "move", "withdraw", "delegate"),
    *("revoke", "recuse", "accept", "change", "time"),
)
acts = st.tuples(
    st.sampled_from(ACTS),
    st.integers(0, len(PEOPLE) - 1),
    st.integers(0, len(PEOPLE) - 1),
    st.integers(0, 400),
)
walks = st.lists(acts, min_size=10, max_size=60)


@contextmanager
def rolled_back() -> Iterator[None]:
    """Take back what an example wrote: the next one begins where this one did."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def begun(house: House) -> Walk:
    """A measure with everybody in place, on a short model whose gates ask for little."""
    draft = VersionDraft("Short", short_model(publisher_pause_days=1))
    proposed = version_propose(draft=draft, by=house.actor("administrator"))
    version_publish(version=proposed, by=house.actor("head_of_controlling"))
    people = house.people
    measure = make_measure(
        house,
        description=TEXT,
        owner=people["owner"],
        sponsor=people["sponsor"],
        controller=people["controller"],
        receiver=people["executive"],
        forum=house.forum,
    )
    walk = Walk(house, measure.pk)
    walk.note()
    return walk


def checked(walk: Walk) -> None:
    """What must hold after every act."""
    measure = walk.measure()
    for vote in votes_on(walk):
        request = vote.request
        for person in (vote.voter_id, vote.seat_id):
            assert person != request.requested_by_id, "S1: the requester decided"
            assert person not in walk.entered_before(request), "S1: who entered it decided"
            assert person not in walk.owners_before(request), "S1: an owner decided"
        assert vote.voter.kind != "consultant" or vote.step.forum_id, "S7"
        roles = set(scope_of(vote.voter_id).roles_at(measure.path))
        assert roles != {Role.AUDITOR}, "S10"
        assert vote.snapshot_hash == request.snapshot_hash, "G3"
        if vote.step.part in {"controller", "closing_controller"}:
            assert Role.CONTROLLER in roles, "S11"
    if measure.stage == Stage.CLOSED:
        closing = [r for r in requests_on(walk) if r.transition == "T5"][-1]
        assert closing.state == RequestState.DECIDED
        signed = [v for v in votes_on(walk) if v.request_id == closing.pk and v.outcome == "go"]
        named = [v for v in signed if v.step.part == "closing_controller"]
        assert named, "S3"
        assert all(v.seat_id == measure.controller_id for v in named), "S3"
        assert all(v.confirmed_amount is not None for v in named), "T5"
    told = replayed(measure.code)
    assert (told.stage, told.overlay) == (measure.stage, measure.overlay)
    states = {str(r.public_id): r.state for r in requests_on(walk)}
    assert {key: told.requests.get(key) for key in states} == states
    for role, text in told.roles.items():
        assert said(getattr(measure, role)) == text


CLIMB: list[Any] = [
    ("ask", 0, 0, 1),
    ("vote", 2, 0, 1),
    ("vote", 1, 0, 1),
    ("ask", 0, 0, 1),
    ("vote", 1, 0, 1),
    ("vote", 2, 0, 1),
    ("vote", 3, 0, 1),
    ("ask", 0, 0, 1),
    ("vote", 1, 0, 1),
    ("vote", 4, 0, 1),
    ("ask", 0, 0, 1),
    ("vote", 2, 0, 1),
    # Without any money the way is the long one: a second signature.
    ("vote", 7, 0, 1),
]


def walked(house: House, steps: list[Any]) -> Walk:
    """Walk and check after every act; what was written is taken back by the caller."""
    walk = begun(house)
    for act, who, other, number in steps:
        walk.do(act, who, other, number)
        checked(walk)
    return walk


@pytest.mark.usefixtures("in_alpha")
def test_the_straight_way_reaches_closed(alpha: House) -> None:
    walk = walked(alpha, CLIMB)
    assert walk.measure().stage == Stage.CLOSED
    assert walk.refused == 0


@pytest.mark.usefixtures("in_alpha")
@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=walks)
@example(steps=[*CLIMB, ("move", 5, 0, 5), ("vote", 1, 0, 1), ("edit", 0, 0, 0)])
def test_no_walk_breaks_a_rule(alpha: House, steps: list[Any]) -> None:
    with rolled_back():
        walked(alpha, steps)


@pytest.mark.slow
@pytest.mark.usefixtures("in_alpha")
@settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(start=st.integers(0, len(CLIMB)), steps=walks)
def test_no_long_walk_breaks_a_rule(alpha: House, start: int, steps: list[Any]) -> None:
    """From anywhere on the straight way."""
    with rolled_back():
        walk = walked(alpha, [*CLIMB[:start], *steps])
        event(f"ended {walk.measure().stage}/{walk.measure().overlay}")
        event(f"decided {sum(r.state == RequestState.DECIDED for r in requests_on(walk))}")
        event(f"acts done {walk.done // 5 * 5}")
