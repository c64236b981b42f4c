"""Which moves are offered: compared with the table for every stage, overlay and hand."""

from itertools import product

import pytest

from initiatives.choices import Overlay, Stage
from initiatives.gates.offers import MOVES, gate_ahead, gate_offer, move_offers
from initiatives.gates.transitions import GATES, TABLE, Hand, Position, position_refusal, reachable

LIGHT = tuple(stage for stage in Stage if stage is not Stage.DETAILED)
POSITIONS = [
    Position(stage, overlay, ladder, is_open)
    for ladder in (tuple(Stage), LIGHT)
    for stage, overlay, is_open in product(ladder, Overlay, (False, True))
]
HANDS = [frozenset(), *(frozenset({hand}) for hand in Hand), frozenset(Hand)]


def test_every_move_of_the_table_has_a_button() -> None:
    assert {*GATES, *MOVES} == set(TABLE)


@pytest.mark.parametrize("hands", HANDS, ids=lambda hands: "+".join(sorted(hands)) or "nobody")
@pytest.mark.parametrize("may_change", [True, False])
def test_what_is_on_is_what_the_table_allows(hands: frozenset[Hand], *, may_change: bool) -> None:
    for at in POSITIONS:
        open_here = {row.code for row, _stage, _overlay in reachable(at)}
        for offer in move_offers(at, hands, may_change=may_change):
            row = offer.transition
            is_theirs = may_change if row.code == "T15" else bool(hands & set(row.hands))
            assert (not offer.refusal) is (is_theirs and row.code in open_here), (at, row.code)
            if not is_theirs:
                assert offer.refusal == "may_not_request"
            elif offer.refusal:
                assert offer.refusal == position_refusal(row, at)


@pytest.mark.parametrize("hands", HANDS, ids=lambda hands: "+".join(sorted(hands)) or "nobody")
def test_the_gate_ahead_is_the_one_that_leads_up(hands: frozenset[Hand]) -> None:
    for at in POSITIONS:
        ready = gate_offer(at, hands, is_ready=True)
        if at.stage is Stage.CLOSED:
            assert ready is None
            continue
        assert ready is not None
        row = ready.transition
        is_theirs = bool(hands & set(row.hands))
        assert at.stage in row.stages
        assert (not ready.refusal) is (is_theirs and position_refusal(row, at) is None)
        waiting = gate_offer(at, hands, is_ready=False)
        assert waiting is not None
        assert waiting.refusal == (ready.refusal or "not_ready")


def test_the_light_track_skips_detailed() -> None:
    gate = gate_ahead(Position(Stage.IDENTIFIED, Overlay.ACTIVE, LIGHT))
    assert gate is not None
    assert gate.code == "T3"
