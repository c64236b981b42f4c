"""Reads a measure's audit trail from its first event on and says where everything must stand."""

from dataclasses import dataclass, field
from typing import Any

from governance.audit.choices import AuditAction
from governance.audit.selectors import events_about

A = AuditAction
ENDS = {
    A.REQUEST_DECIDED: "decided",
    A.REQUEST_WITHDRAWN: "withdrawn",
    A.REQUEST_VOIDED: "voided",
}
ROLES = ("owner", "sponsor", "controller", "receiver")


@dataclass
class Replay:
    """What the trail alone says of a measure."""

    stage: str = "identified"
    overlay: str = "active"
    requests: dict[str, str] = field(default_factory=dict)
    votes: dict[str, int] = field(default_factory=dict)
    roles: dict[str, str | None] = field(default_factory=lambda: dict.fromkeys(ROLES))


def replayed(code: str) -> Replay:
    """Play all events of a measure in their order; raises where one does not follow the other."""
    state = Replay()
    for body in events_about("measure", code, [action.value for action in A]):
        _play(state, body)
    return state


def _play(state: Replay, body: dict[str, Any]) -> None:
    action, changes = AuditAction(body["action"]), body["changes"]
    if action in {A.MEASURE_CREATED, A.MEASURE_CHANGED}:
        _play_roles(state, changes)
    elif action == A.MEASURE_STAGE_CHANGED:
        _play_move(state, changes)
    elif action == A.REQUEST_SUBMITTED:
        assert "open" not in state.requests.values()
        state.requests[changes["request"][1]] = "open"
    elif action == A.VOTE_CAST:
        request = changes["request"][1]
        assert state.requests[request] == "open"
        state.votes[request] = state.votes.get(request, 0) + 1
    elif action in ENDS:
        named = [text for text in changes["request"] if text]
        # What the product decides by itself (T6) is submitted and decided at once.
        assert state.requests.get(named[0], "open") == "open"
        state.requests[named[0]] = ENDS[action]


def _play_roles(state: Replay, changes: dict[str, Any]) -> None:
    for role in ROLES:
        if role in changes:
            before, after = changes[role]
            assert state.roles[role] == before, (role, state.roles[role], before)
            state.roles[role] = after


def _play_move(state: Replay, changes: dict[str, Any]) -> None:
    for name in ("stage", "overlay"):
        before, after = changes.get(name) or (getattr(state, name),) * 2
        assert getattr(state, name) == before, (name, getattr(state, name), before)
        setattr(state, name, after)
