"""What an edit would do to each of many measures, by the rules of one; few queries for all."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from approvals.selectors import open_requests_of
from governance.errors import DomainError
from governance.people.actor import Actor
from initiatives.bulk.choices import BulkRowState
from initiatives.bulk.rules import refusal_of
from initiatives.bulk.values import kept
from initiatives.gates.position import SUBJECT
from initiatives.hooks import people_change
from initiatives.milestones.selectors import acceptances_of
from initiatives.models import Measure
from initiatives.rules import Hands
from initiatives.selectors import hands_in
from initiatives.services import measure_apply

VOIDS = "voids_request"


@dataclass(slots=True)
class Verdict:
    """What becomes of one measure: `changes` in words, `before` as an undo keeps it."""

    state: BulkRowState
    refusal: str = ""
    voids_request: bool = False
    changes: dict[str, list[str | None]] = field(default_factory=dict)
    before: dict[str, Any] = field(default_factory=dict)


def judged(
    measures: Sequence[Measure],
    fields: Mapping[int, Mapping[str, Any]],
    *,
    may_void: bool,
    by: Actor,
) -> dict[int, Verdict]:
    """A verdict for each measure by its id; `fields` are its new values.

    The measures carry the new values afterwards and must not be saved by the caller: who writes
    reads them anew, under the lock.
    """
    ids = [measure.pk for measure in measures]
    asked = open_requests_of(SUBJECT, ids)
    accepts = acceptances_of(ids, _owners(fields))
    hands: dict[str, Hands] = {}
    found: dict[int, Verdict] = {}
    for measure in measures:
        if measure.path not in hands:
            hands[measure.path] = hands_in(measure.path, by)
        is_owner = by.membership_id is not None and measure.owner_id == by.membership_id
        may = replace(hands[measure.path], is_owner=is_owner)
        verdict = _verdict(measure, fields[measure.pk], may, accepts)
        if verdict.state is BulkRowState.READY and measure.pk in asked:
            verdict.voids_request = True
            if not may_void:
                verdict.state, verdict.refusal = BulkRowState.REFUSED, VOIDS
        found[measure.pk] = verdict
    _ask_others(measures, found)
    return found


def _owners(fields: Mapping[int, Mapping[str, Any]]) -> set[int]:
    return {one["owner"].pk for one in fields.values() if one.get("owner") is not None}


def _verdict(
    measure: Measure,
    fields: Mapping[str, Any],
    hands: Hands,
    accepts: Callable[[int, int], bool],
) -> Verdict:
    before = kept(measure, fields)
    try:
        changes = measure_apply(measure, fields, hands=hands, accepts=accepts)
    except DomainError as error:
        return Verdict(BulkRowState.REFUSED, refusal_of(error))
    if not changes:
        return Verdict(BulkRowState.SAME)
    return Verdict(
        BulkRowState.READY,
        changes=changes,
        before={name: value for name, value in before.items() if name in changes},
    )


def _ask_others(measures: Sequence[Measure], found: Mapping[int, Verdict]) -> None:
    """Whether the apps above refuse a controller (S2): asked for all at once, halved on a no."""
    renamed = [
        measure
        for measure in measures
        if found[measure.pk].state is BulkRowState.READY
        and "controller" in found[measure.pk].changes
    ]
    waiting = [renamed] if renamed else []
    while waiting:
        some = waiting.pop()
        try:
            people_change(some)
        except DomainError as error:
            if len(some) > 1:
                half = len(some) // 2
                waiting += [some[:half], some[half:]]
            else:
                verdict = found[some[0].pk]
                verdict.state, verdict.refusal = BulkRowState.REFUSED, refusal_of(error)
