"""Which moves somebody may ask for now, and why the others are refused; pure, from the table."""

from dataclasses import dataclass

from initiatives.choices import Stage
from initiatives.gates.hands import may_ask
from initiatives.gates.transitions import TABLE, Hand, Position, Transition, Way, position_refusal

# A gate is named by where it leads: on the light track T3 leads from Identified.
GATE_INTO = {
    Stage.DETAILED: "T2",
    Stage.DECIDED: "T3",
    Stage.IMPLEMENTED: "T4",
    Stage.CLOSED: "T5",
}
MOVES = ("T15", "T9", "T10", "T8", "T11", "T12", "T13")


@dataclass(frozen=True, slots=True)
class Offer:
    """One move; with a refusal (a code of `governance.web.refusals`) it is shown and off."""

    transition: Transition
    refusal: str = ""


def gate_ahead(at: Position) -> Transition | None:
    """The gate that leads up the ladder from here; None from the top."""
    target = at.neighbour(Way.UP)
    return TABLE[GATE_INTO[target]] if target in GATE_INTO else None


def gate_offer(at: Position, hands: frozenset[Hand], *, is_ready: bool) -> Offer | None:
    """The next gate as this person may ask for it; None from the top."""
    gate = gate_ahead(at)
    if gate is None:
        return None
    refusal = _refusal(gate, at, is_theirs=may_ask(gate, hands))
    return Offer(gate, refusal or ("" if is_ready else "not_ready"))


def move_offers(at: Position, hands: frozenset[Hand], *, may_change: bool) -> list[Offer]:
    """Every other move of the table, in the order of their buttons.

    `may_change`: whether this person may set a field that a passed gate froze; a change request
    is asked for by them (S11), every other move by the parts the table names.
    """
    return [
        Offer(
            TABLE[code],
            _refusal(
                TABLE[code],
                at,
                is_theirs=may_change if code == "T15" else may_ask(TABLE[code], hands),
            ),
        )
        for code in MOVES
    ]


def _refusal(row: Transition, at: Position, *, is_theirs: bool) -> str:
    # In the order in which the services refuse: first whose move it is, then where it leads.
    return (position_refusal(row, at) or "") if is_theirs else "may_not_request"
