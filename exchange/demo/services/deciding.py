"""Asking and deciding, as the people of a measure do it: every act is the product's own service."""

from dataclasses import replace
from datetime import timedelta
from decimal import ROUND_DOWN, Decimal

from approvals.choices import Outcome, ReasonCode, StepState
from approvals.models import ApprovalRequest, ApprovalStep
from approvals.services.conditions import ConditionDraft
from approvals.services.votes import VoteDraft, vote_cast
from exchange.demo.plans import choice
from exchange.demo.services.scene import Climb
from governance.people.actor import Actor
from initiatives.choices import Stage
from initiatives.gates.asking import Asking
from initiatives.gates.services import gate_request, move_request

FLOOR, CENT = Decimal("0.95"), Decimal("0.01")
REVIEW_DAYS, CONDITION_DAYS = (30, 45, 60), (14, 21, 30)
WHY_CANCEL = (ReasonCode.CHANGED_CIRCUMSTANCES, ReasonCode.DOUBLE_COUNT)


def gate_asked(run: Climb, stage: Stage) -> ApprovalRequest:
    """The owner puts the measure up for its next gate."""
    asking = Asking(comment=run.said("ask"))
    measure = run.climber.measure
    run.request = gate_request(measure=measure, to_stage=stage, asking=asking, by=run.owner)
    return run.request


def voted(run: Climb, by: Actor, phrase: str, outcome: Outcome = Outcome.GO) -> None:
    """Somebody votes on what was asked for last."""
    request = _asked(run)
    draft = VoteDraft(outcome, run.said(phrase), request.snapshot_hash)
    if outcome is Outcome.SEND_BACK:
        draft = replace(draft, reason_code=ReasonCode.INCOMPLETE)
    if outcome is Outcome.CONDITIONAL_GO:
        draft = replace(draft, conditions=[_condition(run)])
    run.request = vote_cast(request=request, draft=draft, by=by)


def _asked(run: Climb) -> ApprovalRequest:
    if run.request is None:
        raise LookupError(f"nothing was asked for: {run.climber.title}")
    return run.request


def _condition(run: Climb) -> ConditionDraft:
    days = choice(CONDITION_DAYS, run.climber.title, "condition")
    return ConditionDraft(
        text=run.said("condition"),
        owner=run.climber.parts.owner,
        due_on=run.scene.today + timedelta(days=days),
    )


def closure_decided(run: Climb) -> None:
    """The named controller confirms what the months support; second finance signs where asked."""
    request = _asked(run)
    amount, baseline = (Decimal(request.details[name]) for name in ("supported", "baseline"))
    amount = min(amount, baseline).quantize(CENT, ROUND_DOWN)
    reason = ReasonCode.UNDER_DELIVERY if amount < baseline * FLOOR else ""
    draft = VoteDraft(
        Outcome.GO,
        run.said("closing"),
        request.snapshot_hash,
        reason_code=reason,
        confirmed_amount=amount,
    )
    run.request = vote_cast(request=request, draft=draft, by=run.controller)
    steps = ApprovalStep.objects.filter(request=run.request, state=StepState.OPEN)
    if steps.filter(part="second_finance").exists():
        voted(run, run.scene.company.second_finance, "second")


def held(run: Climb) -> None:
    """The owner asks to pause; whoever has the say over the stage agrees."""
    days = choice(REVIEW_DAYS, run.climber.title, "review")
    asking = Asking(
        comment=run.said("hold_ask"),
        reason_code=ReasonCode.DEPENDENCY,
        review_on=run.scene.today + timedelta(days=days),
    )
    _moved(run, "hold", asking, run.owner)
    voted(run, _authority(run), "hold")


def cancelled(run: Climb) -> None:
    """The owner asks to give up; the sponsor agrees, after Decided the forum."""
    reason = choice(WHY_CANCEL, run.climber.title, "cancel")
    asking = Asking(comment=run.said("cancel_ask"), reason_code=reason)
    _moved(run, "cancel", asking, run.owner)
    voted(run, _authority(run), "cancel")


def reopened(run: Climb) -> None:
    """The office asks to open a closed measure again; another controller and the sponsor agree."""
    asking = Asking(comment=run.said("reopen_ask"), reason_code=ReasonCode.NOT_SUSTAINED)
    company = run.scene.company
    _moved(run, "reopen", asking, company.pmo)
    voted(run, company.other_controller(run.climber.parts.controller), "reopen")
    voted(run, run.sponsor, "reopen")


def _moved(run: Climb, word: str, asking: Asking, by: Actor) -> None:
    run.request = move_request(measure=run.climber.measure, word=word, asking=asking, by=by)


def _authority(run: Climb) -> Actor:
    """Who has the say over pausing and giving up: the forum once it has decided."""
    return run.forum if run.climber.fate.stage.doi >= Stage.DECIDED.doi else run.sponsor
