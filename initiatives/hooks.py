"""Where the apps above attach to what happens to a measure, filled in `AppConfig.ready()`."""

from collections.abc import Callable, Mapping, Sequence

from governance.people.actor import Actor
from initiatives.models import Measure

BeforeDelete = Callable[[Sequence[int], Actor], None]
# (measure id, transition such as "T3", who gave the last vote)
GatePassed = Callable[[int, str, Actor], None]
# Measures with their people as they will be, locked and not yet saved.
PeopleChange = Callable[[Sequence[Measure]], None]

_before_delete: list[BeforeDelete] = []
_gate_passed: list[GatePassed] = []
_people_change: list[PeopleChange] = []


def on_people_change(hook: PeopleChange) -> None:
    """Call `hook(measures)` before owner, sponsor or controller are saved; it may refuse (S2)."""
    if hook not in _people_change:
        _people_change.append(hook)


def people_change(measures: Sequence[Measure]) -> None:
    for hook in _people_change:
        hook(measures)


def on_gate_passed(hook: GatePassed) -> None:
    """Call `hook(measure_id, transition, by)` in the transaction that passes a gate, after it."""
    if hook not in _gate_passed:
        _gate_passed.append(hook)


def gate_passed(measure_id: int, transition: str, by: Actor) -> None:
    for hook in _gate_passed:
        hook(measure_id, transition, by)


def on_measures_delete(hook: BeforeDelete) -> None:
    """Call `hook(measure_ids, by)` in the transaction that deletes measures, before they go."""
    if hook not in _before_delete:
        _before_delete.append(hook)


def before_measures_delete(measure_ids: Sequence[int], by: Actor) -> None:
    for hook in _before_delete:
        hook(measure_ids, by)


# An effect's owner stands to the measure too (T5, S1); the app that holds effects says who.
EffectOwners = Callable[[Sequence[int]], Mapping[int, frozenset[int]]]
_effect_owners: list[EffectOwners] = []


def register_effect_owners(read: EffectOwners) -> None:
    """Tell who owns the effects of measures, by membership ids; a second call replaces it."""
    _effect_owners[:] = [read]


def effect_owners_by_measure(measure_ids: Sequence[int]) -> Mapping[int, frozenset[int]]:
    """Who owns effects of measures; one that nobody owns an effect of is left out."""
    return _effect_owners[0](measure_ids) if _effect_owners else {}


def effect_owners_of(measure_id: int) -> frozenset[int]:
    return effect_owners_by_measure([measure_id]).get(measure_id, frozenset())


# Nodes by their ids; a refusal code where something of the app above stands on one of them.
NodeHolds = Callable[[Sequence[int]], str]
_node_holds: list[NodeHolds] = []


def register_node_hold(holds: NodeHolds) -> None:
    """Ask `holds(node_ids)` before nodes are deleted; it answers a refusal code or nothing."""
    if holds not in _node_holds:
        _node_holds.append(holds)


def node_hold(node_ids: Sequence[int]) -> str:
    """The first reason why one of these nodes stays; empty where none is told."""
    return next((code for holds in _node_holds if (code := holds(node_ids))), "")
