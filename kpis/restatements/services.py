"""Restating a locked month: one of finance proposes, another approves or refuses (V4, S8)."""

from dataclasses import dataclass
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from governance.audit.choices import AuditAction
from governance.audit.services import record
from governance.calendars.selectors import today_of
from governance.errors import Conflict, Forbidden, Invalid, NotVisible
from governance.events.services import publish
from governance.people.actor import Actor
from governance.people.choices import Permission
from governance.permissions.selectors import system_actor
from governance.tenancy.models import Tenant
from governance.text import prose, text_fault
from governance.ui.amounts import amount_of
from initiatives.choices import Overlay, Stage
from initiatives.gates.editing import measure_edited, measure_for_edit
from initiatives.models import Measure
from initiatives.services import measure_subject
from kpis.actuals.choices import MonthState
from kpis.actuals.rules import ZERO, claim_refusal, month_at
from kpis.actuals.selectors import MonthFacts, actuals_of, judge_of
from kpis.actuals.services import validations
from kpis.choices import ProposalState, Series
from kpis.models import Effect, ValueYear
from kpis.periods.choices import PeriodState
from kpis.periods.selectors import closing_of, open_books
from kpis.periods.services import periods_settle
from kpis.restatements.models import Restatement
from kpis.restatements.rules import restate_refusal
from kpis.restatements.selectors import restated_of
from kpis.rules import Month, fits, month_of
from kpis.services import MONTH_FAULT, effect_locked

REASON_LENGTH = 2000
RULES: dict[str, StrOrPromise] = {
    **validations.RULES,
    "S8": _("Somebody other than who proposed a restatement decides it (S8)."),
}
ACTIONS = {
    ProposalState.PROPOSED: AuditAction.RESTATEMENT_PROPOSED,
    ProposalState.APPROVED: AuditAction.RESTATEMENT_APPROVED,
    ProposalState.REFUSED: AuditAction.RESTATEMENT_REFUSED,
    ProposalState.WITHDRAWN: AuditAction.RESTATEMENT_WITHDRAWN,
}


@dataclass(frozen=True, slots=True)
class RestatementDraft:
    """A restatement as it was typed."""

    month: str
    booked_in: str
    delta: object
    reason: str


@dataclass(frozen=True, slots=True)
class _Wanted:
    month: Month
    booked_in: Month
    delta: Decimal
    reason: str


@transaction.atomic
def restatement_propose(*, effect: Effect, draft: RestatementDraft, by: Actor) -> Restatement:
    """Put forward what a locked month is to change by; it counts nowhere until it is approved.

    Raises `Forbidden("segregation_of_duties")` with the rule (S2, S4), `Invalid` by field,
    `Conflict("period_not_locked")`, `Conflict("claim_waits")`, `Conflict("restatement_waits")`, and
    `Conflict("measure_on_hold")` (G10).
    """
    _require_finance(effect.measure, by)
    wanted = _checked(draft, effect.metric.decimals)
    # The database wants the lock written down, and that comes before the lock of the effect.
    _settle_due(wanted.month, by)
    measure = measure_for_edit(effect.measure_id, allow_closed=True)
    row = effect_locked(effect.pk, None)
    _refuse_person(row, measure, wanted.month, by=by)
    _refuse_measure(measure)
    _refuse_months(wanted)
    facts = actuals_of([row])[row.pk].get(wanted.month, MonthFacts())
    if facts.state is MonthState.CLAIMED:
        raise Conflict("claim_waits")
    _refuse_sum(row, wanted, facts)
    try:
        with transaction.atomic():
            made: Restatement = Restatement.objects.create(
                effect=row,
                month=wanted.month.first_day,
                booked_in=wanted.booked_in.first_day,
                delta=wanted.delta,
                reason=wanted.reason,
                proposed_by_id=by.membership_id,
            )
    except IntegrityError as error:
        raise Conflict("restatement_waits") from error
    _tell(made, measure, by)
    measure_edited(measure, by=by)
    return made


@transaction.atomic
def restatement_approve(*, restatement: Restatement, by: Actor) -> Restatement:
    """Let a restatement count from now on, as another of finance (S8).

    Raises `Forbidden("segregation_of_duties")` with the rule, `Conflict("booking_closed")` where
    the month it is booked in has locked, `Conflict("restatement_not_proposed")`.
    """
    row, measure = _locked(restatement, by)
    month = month_at(row.month)
    _refuse_person(row.effect, measure, month, by=by, is_proposer=_is_own(row, by))
    _refuse_measure(measure)
    if open_books().state(month_at(row.booked_in)) is PeriodState.LOCKED:
        raise Conflict("booking_closed")
    # Sums of the database read the deltas beside the year of the cells, entered or not.
    ValueYear.objects.get_or_create(
        effect=row.effect, series=Series.ACTUAL_VALIDATED, year=month.year, baseline_no=0
    )
    return _decided(row, measure, ProposalState.APPROVED, by)


@transaction.atomic
def restatement_refuse(*, restatement: Restatement, by: Actor) -> Restatement:
    """Turn a restatement down, as another of finance; raises as `restatement_approve` does."""
    row, measure = _locked(restatement, by)
    is_proposer = _is_own(row, by)
    _refuse_person(row.effect, measure, month_at(row.month), by=by, is_proposer=is_proposer)
    return _decided(row, measure, ProposalState.REFUSED, by)


@transaction.atomic
def restatement_withdraw(*, restatement: Restatement, by: Actor) -> Restatement:
    """Take one's own proposal back.

    Raises `Forbidden("restatement_of_another")`, `Conflict("restatement_not_proposed")`.
    """
    row, measure = _locked(restatement, by)
    if not _is_own(row, by):
        raise Forbidden("restatement_of_another")
    return _decided(row, measure, ProposalState.WITHDRAWN, by)


def _require_finance(measure: Measure, by: Actor) -> None:
    by.require(Permission.TREE_VIEW, measure.path)
    if by.membership_id is None or not by.may(Permission.VALUE_VALIDATE, measure.path):
        raise Forbidden
    by.require_write_token(Permission.VALUE_VALIDATE)


def _checked(draft: RestatementDraft, decimals: int) -> _Wanted:
    errors: dict[str, list[StrOrPromise]] = {}
    month, booked_in = month_of(draft.month), month_of(draft.booked_in)
    delta, reason = amount_of(draft.delta, decimals), prose(draft.reason)
    if month is None:
        errors["month"] = [MONTH_FAULT]
    if booked_in is None:
        errors["booked_in"] = [MONTH_FAULT]
    if not isinstance(delta, Decimal):
        errors["delta"] = [delta]
    elif delta == 0:
        errors["delta"] = [_("A restatement changes the amount; 0 does not.")]
    if fault := text_fault(reason, limit=REASON_LENGTH, required=True):
        errors["reason"] = [fault]
    if errors or month is None or booked_in is None or not isinstance(delta, Decimal):
        raise Invalid(errors)
    return _Wanted(month, booked_in, delta, reason)


def _settle_due(month: Month, by: Actor) -> None:
    closing = closing_of()
    today = today_of(Tenant.objects.get(pk=by.tenant_id))
    is_locked = closing.state(month, today) is PeriodState.LOCKED
    if is_locked and closing.stored.get(month) is not PeriodState.LOCKED:
        periods_settle(by=system_actor(by.tenant_id, via=by.via))


def _refuse_person(
    effect: Effect, measure: Measure, month: Month, *, by: Actor, is_proposer: bool = False
) -> None:
    judge = judge_of(effect, measure, month, by=by)
    refusal = restate_refusal(judge, is_proposer=is_proposer)
    if refusal in RULES:
        raise Forbidden("segregation_of_duties", RULES[refusal], errors={"rule": [refusal]})
    if refusal is not None:
        raise Forbidden(refusal)


def _refuse_measure(measure: Measure) -> None:
    if refusal := claim_refusal(Stage(measure.stage), Overlay(measure.overlay)):
        raise Conflict(refusal)


def _refuse_months(wanted: _Wanted) -> None:
    """A locked month is restated, in one that has begun and is still open (V4)."""
    books = open_books()
    if books.state(wanted.month) is not PeriodState.LOCKED:
        raise Conflict("period_not_locked")
    is_open = books.state(wanted.booked_in) is PeriodState.OPEN
    if not is_open or not wanted.month < wanted.booked_in <= month_at(books.today):
        text = _("Book it in an open month: after the one restated, and begun by now.")
        raise Invalid({"booked_in": [text]})


def _refuse_sum(effect: Effect, wanted: _Wanted, facts: MonthFacts) -> None:
    standing = restated_of([effect])[effect.pk].get(wanted.month, ZERO)
    total = (facts.validated or ZERO) + standing + wanted.delta
    if not fits(total, effect.metric.decimals):
        raise Invalid({"delta": [_("The month would come to more than can be kept.")]})


def _locked(restatement: Restatement, by: Actor) -> tuple[Restatement, Measure]:
    """The proposal with its measure and effect, all locked; raises where it is decided already."""
    _require_finance(restatement.effect.measure, by)
    measure = measure_for_edit(restatement.effect.measure_id, allow_closed=True)
    effect = effect_locked(restatement.effect_id, None)
    row: Restatement | None = Restatement.objects.lock().filter(pk=restatement.pk).first()
    if row is None:
        raise NotVisible
    if row.state != ProposalState.PROPOSED:
        raise Conflict("restatement_not_proposed")
    row.effect = effect
    return row, measure


def _is_own(row: Restatement, by: Actor) -> bool:
    return row.proposed_by_id == by.membership_id


def _decided(row: Restatement, measure: Measure, state: ProposalState, by: Actor) -> Restatement:
    row.state, row.decided_by_id, row.decided_at = state, by.membership_id, timezone.now()
    row.save(update_fields=["state", "decided_by", "decided_at"])
    if state is ProposalState.APPROVED:
        row.effect.touched().save(update_fields=["version", "updated_at"])
    _tell(row, measure, by)
    measure_edited(measure, by=by)
    return row


def _tell(row: Restatement, measure: Measure, by: Actor) -> None:
    action = ACTIONS[ProposalState(row.state)]
    changes = {
        "effect": str(row.effect.public_id),
        "month": [None, f"{row.month:%Y-%m}"],
        "booked_in": [None, f"{row.booked_in:%Y-%m}"],
        "delta": [None, row.delta],
    }
    subject = measure_subject(measure)
    record(action, subject=subject, by=by, changes=changes, reason=row.reason)
    payload = {
        "noun": "restatement",
        "proposal": row.public_id,
        "effect": row.effect.public_id,
        "restatement": row.public_id,
    }
    publish(action.value, key=measure.code, payload=payload)
