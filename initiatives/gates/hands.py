"""In which parts somebody stands to a measure, and whether one of them lets them ask."""

from governance.people.actor import Actor
from governance.people.choices import Permission
from initiatives.gates.transitions import Hand, Transition
from initiatives.hooks import effect_owners_of
from initiatives.models import Measure


def hands_on(measure: Measure, by: Actor) -> frozenset[Hand]:
    """The parts in which this person may ask for moves of the measure; at most one query.

    A consultant prepares and asks for nothing in a judge's part (S7).
    """
    me = by.membership_id
    if me is None:
        return frozenset()
    found = {
        hand
        for hand, holder in (
            (Hand.OWNER, measure.owner_id),
            (Hand.SPONSOR, measure.sponsor_id),
            (Hand.CONTROLLER, measure.controller_id),
        )
        if holder == me
    }
    if me in effect_owners_of(measure.pk):
        found.add(Hand.EFFECT_OWNER)
    if by.may(Permission.MEASURE_SET_JUDGES, measure.path):
        found.add(Hand.PMO)
    return frozenset(found)


def may_ask(transition: Transition, hands: frozenset[Hand]) -> bool:
    """Whether one of these parts may ask for the move."""
    return bool(hands & set(transition.hands))
