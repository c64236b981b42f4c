"""What a decision card shows: the question, the snapshot, the route, who is kept out."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from approvals.choices import (
    Outcome,
    ReasonCode,
    RequestState,
    StepMode,
    StepState,
)
from approvals.models import (
    ApprovalBar,
    ApprovalCondition,
    ApprovalDecision,
    ApprovalRequest,
    ApprovalStep,
    ApprovalVote,
)
from approvals.selectors import (
    bars_of,
    conditions_of,
    decided_before,
    decisions_of,
    steps_of,
    votes_of,
)
from governance.people.choices import Role
from governance.web.requests import TenantRequest
from initiatives.choices import Overlay, Stage
from initiatives.closure_facts import Amounts, amounts
from initiatives.gates.transitions import asked_for
from initiatives.models import Measure
from initiatives.pages.plan_change_view import PlanChangeView, plan_change_of
from initiatives.pages.snapshot_view import Block, Changed, blocks_of, changes_between, newly_judged
from initiatives.selectors import MEASURE_RELATIONS
from initiatives.stage_models.choices import Part

STATE_TONES = {
    RequestState.OPEN: "blue",
    RequestState.DECIDED: "green",
    RequestState.WITHDRAWN: "neutral",
    RequestState.VOIDED: "amber",
}
OUTCOME_TONES = {
    Outcome.GO: "green",
    Outcome.CONDITIONAL_GO: "amber",
    Outcome.SEND_BACK: "red",
    Outcome.HOLD: "amber",
    Outcome.CANCEL: "red",
}
ENDINGS = {
    Outcome.SEND_BACK: gettext_lazy("The request is sent back; the measure stays where it is."),
    Outcome.HOLD: gettext_lazy("The measure is on hold now."),
    Outcome.CANCEL: gettext_lazy("The measure is cancelled now."),
}
STEP_TONES = {
    StepState.WAITING: "neutral",
    StepState.OPEN: "blue",
    StepState.MET: "green",
    StepState.ENDED: "neutral",
}
# Parts of a snapshot that the card tells in a panel of their own.
TOLD = frozenset({"plan_change", "change_size"})


@dataclass(frozen=True, slots=True)
class Voice:
    """One vote as the route shows it."""

    vote: ApprovalVote
    outcome: str
    tone: str
    reason: str


@dataclass(frozen=True, slots=True)
class StepLine:
    """One step of the route: whom it asks, how it stands, who spoke."""

    step: ApprovalStep
    part: str
    who: str
    mode: str
    state: str
    tone: str
    is_overdue: bool
    voices: list[Voice]


@dataclass(frozen=True, slots=True)
class ClosingEffect:
    """One effect of a closing request, as it was when it was sent."""

    name: str
    unit: str
    claimed: Decimal | None
    supported: Decimal | None
    baseline: Decimal | None
    months: int
    needed: int


@dataclass(frozen=True, slots=True)
class Closure:
    """What a closing request rests on (T5)."""

    claimed: Decimal | None
    supported: Decimal | None
    baseline: Decimal | None
    deviation_reason: str
    effects: list[ClosingEffect] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Card:
    """Everything a card shows of one request."""

    request: ApprovalRequest
    measure: Measure
    asks: str
    state: str
    state_tone: str
    due_at: datetime | None
    is_overdue: bool
    reason: str
    leads: str
    blocks: list[Block]
    former: ApprovalRequest | None
    changes: list[Changed]
    newly: list[str]
    criteria: list[Mapping[str, str]]
    change: list[tuple[str, Mapping[str, str]]]
    plan_change: PlanChangeView | None
    closure: Closure | None
    amounts: Amounts | None
    steps: list[StepLine]
    votes: list[ApprovalVote]
    bars: list[ApprovalBar]
    conditions: list[ApprovalCondition]
    decision: ApprovalDecision | None
    outcome: str
    outcome_tone: str

    @property
    def is_open(self) -> bool:
        return bool(self.request.state == RequestState.OPEN)

    @property
    def met(self) -> int:
        return sum(1 for line in self.steps if line.step.state == StepState.MET)


def where_it_leads(row: ApprovalRequest) -> str:
    """From where to where, in words."""
    if row.from_state != row.to_state:
        return f"{Stage(row.from_state).label} → {Stage(row.to_state).label}"
    if row.from_overlay != row.to_overlay:
        return f"{Overlay(row.from_overlay).label} → {Overlay(row.to_overlay).label}"
    return str(Stage(row.from_state).label)


def due_of(steps: list[ApprovalStep]) -> datetime | None:
    """When the most urgent open step is due."""
    due = [step.due_at for step in steps if step.state == StepState.OPEN and step.due_at]
    return min(due, default=None)


def subject_of(row: ApprovalRequest) -> Measure:
    """The measure a request is about."""
    measure: Measure = Measure.objects.select_related(*MEASURE_RELATIONS).get(pk=row.subject_id)
    return measure


def card_of(row: ApprovalRequest) -> Card:
    """Read what the card shows; a fixed number of queries."""
    measure, former = subject_of(row), decided_before(row)
    steps, votes = steps_of([row])[row.pk], votes_of([row])[row.pk]
    decision = decisions_of([row]).get(row.pk)
    snapshot = json.loads(row.snapshot)
    before = json.loads(former.snapshot) if former else None
    due = due_of(steps)
    reason = ReasonCode(row.reason_code).label if row.reason_code else ""
    outcome = Outcome(decision.outcome) if decision else None
    return Card(
        request=row,
        measure=measure,
        asks=asked_for(row.transition),
        state=str(row.known_state.label),
        state_tone=STATE_TONES[row.known_state],
        due_at=due,
        is_overdue=due is not None and due < timezone.now(),
        reason=str(reason),
        leads=where_it_leads(row),
        blocks=blocks_of({name: snapshot[name] for name in snapshot if name not in TOLD}),
        former=former,
        changes=changes_between(before, snapshot) if before is not None else [],
        newly=newly_judged(before, snapshot) if before is not None else [],
        criteria=row.details.get("criteria", []),
        change=sorted(row.details.get("fields", {}).items()),
        plan_change=plan_change_of(row.details),
        closure=_closure(row),
        amounts=amounts(measure) if row.state == RequestState.OPEN else None,
        steps=[_line(step, votes) for step in steps],
        votes=votes,
        bars=bars_of(row),
        conditions=conditions_of([row])[row.pk],
        decision=decision,
        outcome=str(outcome.label) if outcome else "",
        outcome_tone=OUTCOME_TONES[outcome] if outcome else "",
    )


def _closure(row: ApprovalRequest) -> Closure | None:
    if row.transition != "T5":
        return None
    given = row.details
    return Closure(
        _amount(given.get("claimed")),
        _amount(given.get("supported")),
        _amount(given.get("baseline")),
        given.get("deviation_reason", ""),
        [_closing(effect) for effect in given.get("effects", [])],
    )


def _closing(effect: Mapping[str, Any]) -> ClosingEffect:
    return ClosingEffect(
        effect["name"],
        effect["unit"],
        _amount(effect["claimed"]),
        _amount(effect["supported"]),
        _amount(effect["baseline"]),
        effect["months"],
        effect["needed"],
    )


def _amount(text: Any) -> Decimal | None:
    try:
        return None if text is None else Decimal(str(text))
    except InvalidOperation:
        return None


def _line(step: ApprovalStep, votes: list[ApprovalVote]) -> StepLine:
    is_open = step.state == StepState.OPEN
    return StepLine(
        step=step,
        part=str(Part(step.part).label),
        who=who_is_asked(step),
        mode=_mode(step),
        state=str(step.known_state.label),
        tone=STEP_TONES[step.known_state],
        is_overdue=bool(is_open and step.due_at and step.due_at < timezone.now()),
        voices=[_voice(vote) for vote in votes if vote.step_id == step.pk],
    )


def who_is_asked(step: ApprovalStep) -> str:
    """The person, forum or role that a step asks."""
    if step.decider is not None:
        return str(step.decider.name)
    if step.forum is not None:
        return str(step.forum.name)
    return str(Role(step.role).label)


def _mode(step: ApprovalStep) -> str:
    if step.forum_id is None:
        return ""
    if step.mode == StepMode.N_OF_M:
        return _("%(needed)s of them") % {"needed": step.needed}
    return str(StepMode(step.mode).label)


def _voice(vote: ApprovalVote) -> Voice:
    outcome = Outcome(vote.outcome)
    reason = ReasonCode(vote.reason_code).label if vote.reason_code else ""
    return Voice(vote, str(outcome.label), OUTCOME_TONES[outcome], str(reason))


def card_url(row: ApprovalRequest, request: TenantRequest) -> str:
    return reverse("initiatives:gate-request", args=[request.tenant.slug, row.public_id])


def what_follows(card: Card) -> str:
    """What a vote has brought about, in a sentence."""
    if card.decision is None:
        said = {"met": card.met, "all": len(card.steps)}
        return _("Your vote counts: %(met)s of %(all)s steps are met.") % said
    outcome = Outcome(card.decision.outcome)
    if not outcome.is_go:
        return str(ENDINGS[outcome])
    if card.request.from_state != card.request.to_state:
        return _("The measure is %(stage)s now.") % {"stage": Stage(card.decision.to_state).label}
    return _("The request is decided: %(asks)s.") % {"asks": card.asks}
