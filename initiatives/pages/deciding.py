"""Who can decide what about a measure now (G9): steps, people, clocks, voices; and who may not."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from approvals.choices import StepMode, StepState
from approvals.models import ApprovalRequest, ApprovalStep, ApprovalVote
from approvals.rules import Ask, Barred
from approvals.selectors import ROLES_FOR, bars_of, live_delegations, steps_of, votes_of
from governance.masterdata.models import Forum
from governance.masterdata.selectors import live_seats
from governance.people.choices import Role
from governance.people.models import Membership
from governance.people.rules import covers
from governance.permissions.selectors import members_with
from governance.tree.models import Node
from initiatives.models import Measure
from initiatives.stage_models.choices import Part

MOST_NAMES = 12
TONES = {
    StepState.WAITING: "neutral",
    StepState.OPEN: "blue",
    StepState.MET: "green",
    StepState.ENDED: "neutral",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """One step: whom it asks, and, once a request is open, how it stands."""

    part: str
    who: str
    people: str = ""
    mode: str = ""
    state: str = ""
    tone: str = "neutral"
    due_at: datetime | None = None
    is_late: bool = False
    reminded_at: datetime | None = None
    escalated_at: datetime | None = None
    escalated_to: str = ""
    votes: Sequence[ApprovalVote] = ()


@dataclass(frozen=True, slots=True)
class KeptOut:
    """Somebody who must not decide, by which rule and why."""

    name: str
    rule: str
    reason: str


@dataclass(frozen=True, slots=True)
class Deciders:
    """The steps in their order, and who is kept out of them."""

    steps: list[Asked]
    kept_out: list[KeptOut]


@dataclass(frozen=True, slots=True)
class _Names:
    """Everybody whom some steps name, read once."""

    members: Mapping[int, Membership]
    forums: Mapping[int, Forum]
    seats: Mapping[int, list[str]]
    holders: Mapping[str, list[str]]
    carriers: Mapping[int, list[str]] = field(default_factory=dict)

    def of(self, ask: Ask | ApprovalStep) -> tuple[str, str]:
        """Whom a step asks, and the people behind a forum or a role."""
        decider, forum = _ids(ask)
        if forum is not None:
            seats = self.seats.get(forum, [])
            return self.forums[forum].name, _listed(seats) or _("Nobody sits in it yet.")
        if decider is not None:
            carried = self.carriers.get(decider, [])
            note = _("or by delegation: %(names)s") % {"names": _listed(carried)} if carried else ""
            return self.members[decider].name, note
        people = _listed(self.holders.get(ask.role, []))
        return str(Role(ask.role).label), people or _("Nobody holds the role here yet.")


def deciders_of(measure: Measure, request: ApprovalRequest) -> Deciders:
    """The steps of an open request with who has spoken; a fixed number of queries."""
    steps, votes = steps_of([request])[request.pk], votes_of([request])[request.pk]
    bars = [Barred(bar.membership_id, bar.rule, bar.reason) for bar in bars_of(request)]
    if request.requested_by_id is not None:
        bars.insert(0, Barred(request.requested_by_id, "S1", _("asked for it")))
    names = _names(steps, bars, measure.package)
    return Deciders([_standing(step, votes, names) for step in steps], _kept_out(bars, names))


def deciders_to_be(measure: Measure, asks: Sequence[Ask], bars: Sequence[Barred]) -> Deciders:
    """The steps there would be; a fixed number of queries."""
    names = _names(asks, bars, measure.package)
    return Deciders([_planned(ask, names) for ask in asks], _kept_out(bars, names))


def _planned(ask: Ask, names: _Names) -> Asked:
    who, people = names.of(ask)
    return Asked(str(Part(ask.part).label), who, people, _mode(ask.mode, ask.needed))


def _standing(step: ApprovalStep, votes: Iterable[ApprovalVote], names: _Names) -> Asked:
    who, people = names.of(step)
    return Asked(
        part=str(Part(step.part).label),
        who=who,
        people=people,
        mode=_mode(StepMode(step.mode), step.needed),
        state=str(step.known_state.label),
        tone=TONES[step.known_state],
        due_at=step.due_at if step.known_state is StepState.OPEN else None,
        is_late=step.due_at is not None and step.due_at < timezone.now(),
        reminded_at=step.reminded_at,
        escalated_at=step.escalated_at,
        escalated_to=step.escalated_to.name if step.escalated_to else "",
        votes=[vote for vote in votes if vote.step_id == step.pk],
    )


def _mode(mode: StepMode, needed: int) -> str:
    if mode is StepMode.N_OF_M:
        return _("%(needed)s of them must say go") % {"needed": needed}
    return _("all of them must say go") if mode is StepMode.ALL else ""


def _kept_out(bars: Iterable[Barred], names: _Names) -> list[KeptOut]:
    return [
        KeptOut(names.members[bar.membership_id].name, bar.rule, bar.reason)
        for bar in bars
        if bar.membership_id in names.members
    ]


def _ids(ask: Ask | ApprovalStep) -> tuple[int | None, int | None]:
    if isinstance(ask, Ask):
        return ask.decider, ask.forum
    return ask.decider_id, ask.forum_id


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(names[:MOST_NAMES])
    return f"{shown} …" if len(names) > MOST_NAMES else shown


def _names(
    asks: Sequence[Ask] | Sequence[ApprovalStep], bars: Iterable[Barred], place: Node
) -> _Names:
    pairs = [_ids(ask) for ask in asks]
    deciders = {decider for decider, _forum in pairs if decider is not None}
    wanted = deciders | {bar.membership_id for bar in bars}
    members = Membership.objects.filter(pk__in=wanted).select_related("user")
    forum_ids = {forum for _decider, forum in pairs if forum is not None}
    seats: dict[int, list[str]] = {}
    rows = live_seats().filter(forum_id__in=forum_ids).select_related("membership__user")
    for row in rows.order_by("id"):
        seats.setdefault(row.forum_id, []).append(row.membership.name)
    return _Names(
        members={member.pk: member for member in members},
        forums={forum.pk: forum for forum in Forum.objects.filter(pk__in=forum_ids)},
        seats=seats,
        holders={role: _holders(role, place) for role in {ask.role for ask in asks if ask.role}},
        carriers=_carriers(deciders, place),
    )


def _holders(role: str, place: Node) -> list[str]:
    found: dict[int, str] = {}
    for held in sorted(ROLES_FOR.get(role, frozenset({Role(role)}))):
        for member in members_with(held, place)[: MOST_NAMES + 1]:
            found[member.pk] = member.name
    return list(found.values())


def _carriers(deciders: set[int], place: Node) -> dict[int, list[str]]:
    """Who may carry the voice of these people at this place today (G7)."""
    found: dict[int, list[str]] = {}
    for row in live_delegations().filter(delegator_id__in=deciders).order_by("id"):
        if covers(row.place.path, place.path):
            found.setdefault(row.delegator_id, []).append(row.delegate.name)
    return found
