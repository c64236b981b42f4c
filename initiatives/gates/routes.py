"""Who decides a move of a measure: the stage model's route, or the authority of the table (G6)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from approvals.choices import StepMode
from approvals.rules import Ask, Barred, applies
from approvals.selectors import seats_in
from governance.errors import Refused
from governance.people.choices import Role
from governance.people.models import Membership
from governance.tree.models import Node
from initiatives.choices import Stage
from initiatives.gates.transitions import GATES, Transition
from initiatives.models import Measure
from initiatives.stage_models.choices import Part, Track
from initiatives.stage_models.definition import GateLine, RouteLine

NAMED = {
    Part.CO_SIGNATURE: "sponsor_id",
    Part.SPONSOR: "sponsor_id",
    Part.CONTROLLER: "controller_id",
    Part.CLOSING_CONTROLLER: "controller_id",
    Part.RECEIVER: "receiver_id",
}
BY_ROLE = {
    Part.SECOND_FINANCE: Role.SECOND_FINANCE,
    Part.HEAD_OF_CONTROLLING: Role.HEAD_OF_CONTROLLING,
    Part.OTHER_CONTROLLER: Role.CONTROLLER,
}
CHANGES_FORUM = frozenset({"sponsor", "forum", "receiver"})
PLAN = "plan"
CHANGES_TIMING = frozenset({"planned_start", "planned_end", PLAN})


@dataclass(frozen=True, slots=True)
class Change:
    """What a change request changes (T15): fields by name, `plan` for months of the plan.

    `is_large`: of a size that a forum decides.
    """

    names: Sequence[str] = ()
    is_large: bool = False


NO_CHANGE = Change()


def gate_line(measure: Measure, transition: str) -> GateLine | None:
    """The gate of the measure's stage model that this transition passes from its stage."""
    gates = measure.stage_model.read.gates_of(Track(measure.track))
    stage = Stage(measure.stage)
    return next((g for g in gates if g.transition == transition and g.origin is stage), None)


def asks_for(
    measure: Measure,
    row: Transition,
    *,
    amount: Decimal | None,
    requester_id: int | None,
    bars: Iterable[Barred] = (),
    change: Change = NO_CHANGE,
) -> list[Ask]:
    """The steps of a request; raises `Refused("no_route")` where a step leads to nobody.

    Outside the gates, a step whose person asks or is barred goes to the owner of the next node
    up, else to the forum (T8, T11, T12). `change` is what a change request changes.
    """
    if row.code in GATES:
        line = gate_line(measure, row.code)
        lines = line.route if line else ()
        return [_ask(measure, step) for step in lines if applies(amount, step.at_least, step.below)]
    kept_out = {bar.membership_id for bar in bars} | {requester_id}
    return [_substituted(measure, step, kept_out) for step in _authority(measure, row, change)]


def _authority(measure: Measure, row: Transition, change: Change) -> list[RouteLine]:
    """T8 to T13 and T15: the parts that decide, in their order."""
    days = measure.stage_model.read.limits.clock_days
    stage = Stage(measure.stage)
    is_decided = stage.doi >= Stage.DECIDED.doi
    if row.code in {"T8", "T9", "T10"}:
        return [_line(part, 1, days) for part in _parts_of_stage(measure, stage)]
    if row.code in {"T11", "T12"}:
        return [_line(Part.FORUM if is_decided else Part.SPONSOR, 1, days)]
    if row.code == "T13":
        return [_line(Part.OTHER_CONTROLLER, 1, days), _line(Part.SPONSOR, 1, days)]
    return [_line(part, position, days) for position, part in enumerate(_change_parts(change), 1)]


def _parts_of_stage(measure: Measure, stage: Stage) -> list[Part]:
    """Who has the say over a stage: the last step of the gate into it, the sponsor at first."""
    line = measure.stage_model.read.gate_into(stage, Track(measure.track))
    if line is None:
        return [Part.SPONSOR]
    last = max(step.position for step in line.route)
    parts = [step.part for step in line.route if step.position == last]
    return [part for part in parts if part is not Part.RECEIVER] or [Part.SPONSOR]


def _change_parts(change: Change) -> list[Part]:
    """Who decides a change (T15): the controller first where amount or timing changes.

    A judge goes to the forum, the controller to the head of controlling, the rest by its size: to
    the sponsor, else to the forum.
    """
    names = set(change.names)
    parts = [Part.CONTROLLER] if names & CHANGES_TIMING else []
    if "controller" in names:
        parts.append(Part.HEAD_OF_CONTROLLING)
    if change.is_large or names & CHANGES_FORUM:
        parts.append(Part.FORUM)
    elif names - {"controller"}:
        parts.append(Part.SPONSOR)
    return parts


def _line(part: Part, position: int, days: int) -> RouteLine:
    return RouteLine(part, position, days)


def _ask(measure: Measure, step: RouteLine) -> Ask:
    if step.part is Part.FORUM:
        if measure.forum_id is None:
            raise Refused("no_route")
        return _made(step, forum=measure.forum_id)
    if step.part in BY_ROLE:
        return _made(step, role=BY_ROLE[step.part].value)
    person = getattr(measure, NAMED[step.part])
    if person is None:
        raise Refused("no_route")
    return _made(step, decider=person)


def _made(
    step: RouteLine, *, decider: int | None = None, forum: int | None = None, role: str = ""
) -> Ask:
    return Ask(
        part=step.part.value,
        position=step.position,
        clock_days=step.clock_days,
        decider=decider,
        forum=forum,
        role=role,
        mode=StepMode(step.mode),
        needed=step.needed,
    )


def _substituted(measure: Measure, step: RouteLine, kept_out: set[int | None]) -> Ask:
    """The step, or the owner of the next node up, or the forum, where its person may not."""
    field = NAMED.get(step.part)
    if field is None or getattr(measure, field) not in kept_out | {None}:
        return _ask(measure, step)
    above = owner_above(measure.package, kept_out)
    if above is not None:
        return _made(_with(step, Part.OWNER_ABOVE), decider=above.pk)
    if measure.forum_id is not None and seats_in(measure.forum_id) - kept_out:
        return _made(_with(step, Part.FORUM), forum=measure.forum_id)
    raise Refused("no_route")


def _with(step: RouteLine, part: Part) -> RouteLine:
    return RouteLine(part, step.position, step.clock_days, step.mode, step.needed)


def owner_above(place: Node, kept_out: set[int | None]) -> Membership | None:
    """The owner of the nearest node above a measure who is not kept out and still a member."""
    rows = Node.objects.filter(pk__in=place.ancestor_ids, owner__isnull=False)
    for node in rows.select_related("owner__user").order_by("-level"):
        if node.owner_id not in kept_out and node.owner.is_live:
            owner: Membership = node.owner
            return owner
    return None
