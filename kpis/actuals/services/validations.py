"""Validating claims: finance accepts, adjusts or rejects each, never its own (V5, S2, S4)."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from governance.audit.choices import AuditAction
from governance.audit.services import Entry, record_many
from governance.errors import Conflict, Forbidden, Invalid, NotVisible, Refused
from governance.events.services import publish_many
from governance.people.actor import Actor
from governance.people.choices import Permission
from governance.text import prose, text_fault
from governance.ui.amounts import amount_of
from initiatives.choices import Overlay, Stage
from initiatives.gates.editing import measure_edited, measure_for_edit
from initiatives.models import Measure
from initiatives.services import measure_subject
from kpis.actuals.choices import MonthState, Outcome
from kpis.actuals.models import SecondSignature, Validation
from kpis.actuals.rules import claim_refusal, judge_refusal, needs_second, second_refusal
from kpis.actuals.selectors import (
    Actuals,
    MonthFacts,
    actuals_of,
    judge_from,
    judge_of,
    validation_rows,
)
from kpis.choices import Series, Source
from kpis.models import Effect
from kpis.periods.rules import verdict_refusal_in
from kpis.periods.selectors import Books, open_books
from kpis.rules import Month, month_of
from kpis.services import MONTH_FAULT, effect_locked
from kpis.services_months import write_months

REASON_LENGTH = 2000
TOPIC = "values.validated"
RULES: dict[str, StrOrPromise] = {
    "S2": _("The owner of a measure or of its effect does not validate it (S2)."),
    "S4": _("Whoever claimed or adjusted an actual does not confirm it (S4)."),
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What finance says of one month, as it was typed.

    `seen_claim` is the amount that was looked at; another claim by now is not validated unseen.
    """

    month: str
    outcome: Outcome
    amount: object = None
    reason: str = ""
    seen_claim: object = None


@dataclass(frozen=True, slots=True)
class Ruling:
    """A verdict that the rules let pass, with what will be written of it."""

    effect: Effect
    month: Month
    facts: MonthFacts
    outcome: Outcome
    amount: Decimal | None
    reason: str

    def validation(self, by: Actor) -> Validation:
        """Its row, not saved yet."""
        columns: dict[str, Any] = {
            "effect": self.effect,
            "month": self.month.first_day,
            "claim_id": self.facts.claim_id,
            "outcome": self.outcome,
            "amount": self.amount,
            "reason": self.reason,
            "needs_second": needs_second(self.outcome, self.amount, _claimed(self.facts)),
            "decided_by_id": by.membership_id,
        }
        return Validation(**columns)


@transaction.atomic
def claim_validate(
    *, effect: Effect, verdict: Verdict, by: Actor, source: Source = Source.FORM
) -> Validation:
    """Validate, adjust or reject the claim of one month.

    An adjustment above the claim waits for a second finance person (S4). Raises
    `Forbidden("segregation_of_duties")` with the rule, `Forbidden("not_the_controller")`,
    `Refused("nothing_claimed")`, `Conflict("already_validated")`, `Conflict("claim_changed")`,
    `Conflict("measure_on_hold")` (G10), `Conflict("period_closed")` (V4), and `Invalid` by field.
    """
    require_judge(effect.measure, by)
    measure = measure_for_edit(effect.measure_id, allow_closed=True)
    row = effect_locked(effect.pk, None)
    row.measure = measure
    actuals = actuals_of([row])[row.pk]
    ruling = ruled(row, actuals, verdict, open_books(), by=by)
    validation = ruling.validation(by)
    validation.save(force_insert=True)
    if validation.needs_second:
        row.touched().save(update_fields=["version", "updated_at"])
    else:
        _write_validated(row, ruling.month, ruling.amount, by=by, source=source)
    _tell(AuditAction.ACTUAL_VALIDATED, validation, ruling.facts, by)
    measure_edited(measure, by=by)
    return _reread(validation)


def require_judge(measure: Measure, by: Actor) -> None:
    """The right to validate here, by a person; raises `NotVisible` and `Forbidden`."""
    by.require(Permission.TREE_VIEW, measure.path)
    if by.membership_id is None or not by.may(Permission.VALUE_VALIDATE, measure.path):
        raise Forbidden
    by.require_write_token(Permission.VALUE_VALIDATE)


def ruled(effect: Effect, actuals: Actuals, verdict: Verdict, books: Books, *, by: Actor) -> Ruling:
    """What the rules make of a verdict on an effect that is locked with its `measure`.

    Raises what `claim_validate` raises and writes nothing.
    """
    month, measure = _month(verdict.month), effect.measure
    facts = actuals.get(month, MonthFacts())
    has_claimed = by.membership_id in facts.claimants
    _refuse(judge_refusal(judge_from(effect, measure, by=by, has_claimed=has_claimed)))
    _refuse_state(measure, facts)
    _refuse_closed(books, month, verdict.outcome)
    amount, reason = _checked(verdict, facts, effect.metric.decimals)
    return Ruling(effect, month, facts, verdict.outcome, amount, reason)


@transaction.atomic
def validation_second(
    *, validation: Validation, by: Actor, source: Source = Source.FORM
) -> Validation:
    """Sign an adjustment above the claim as the second finance person (S4); then it counts.

    Raises `Forbidden("segregation_of_duties")` with the rule, `Conflict("already_validated")` where
    it needs none or has one, `Conflict("claim_changed")` where a later claim overtook it,
    `Conflict("period_closed")` once the month is locked (V4).
    """
    require_judge(validation.effect.measure, by)
    measure = measure_for_edit(validation.effect.measure_id, allow_closed=True)
    row = effect_locked(validation.effect_id, None)
    month = Month(validation.month.year, validation.month.month)
    judge = judge_of(row, measure, month, by=by)
    _refuse(second_refusal(judge, is_first=validation.decided_by_id == by.membership_id))
    if refusal := claim_refusal(Stage(measure.stage), Overlay(measure.overlay)):
        raise Conflict(refusal)
    facts = actuals_of([row])[row.pk].get(month, MonthFacts())
    if facts.claim_id != validation.claim_id:
        raise Conflict("claim_changed")
    if facts.state is not MonthState.AWAITING_SECOND:
        raise Conflict("already_validated")
    _refuse_closed(open_books(), month, Outcome.ADJUSTED)
    SecondSignature.objects.create(validation=validation, signed_by_id=by.membership_id)
    _write_validated(row, month, validation.amount, by=by, source=source)
    _tell(AuditAction.ADJUSTMENT_CONFIRMED, validation, facts, by)
    measure_edited(measure, by=by)
    return _reread(validation)


def _month(text: str) -> Month:
    month = month_of(text)
    if month is None:
        raise Invalid({"month": [MONTH_FAULT]})
    return month


def _refuse(refusal: str | None) -> None:
    if refusal in RULES:
        errors = {"rule": [refusal]}
        raise Forbidden("segregation_of_duties", RULES[refusal], errors=errors)
    if refusal is not None:
        raise Forbidden(refusal)


def _refuse_state(measure: Measure, facts: MonthFacts) -> None:
    if refusal := claim_refusal(Stage(measure.stage), Overlay(measure.overlay)):
        raise Conflict(refusal)
    if facts.state is MonthState.OPEN:
        raise Refused("nothing_claimed")
    if facts.state is not MonthState.CLAIMED:
        raise Conflict("already_validated")


def _refuse_closed(books: Books, month: Month, outcome: Outcome) -> None:
    """V4: a locked month takes what was claimed as it was claimed, and nothing else."""
    if refusal := verdict_refusal_in(books.state(month), outcome):
        raise Conflict(refusal)


def _claimed(facts: MonthFacts) -> Decimal:
    return facts.claimed if facts.claimed is not None else Decimal(0)


def _checked(verdict: Verdict, facts: MonthFacts, decimals: int) -> tuple[Decimal | None, str]:
    """The amount that will count and the reason; raises `Invalid` and `Conflict`."""
    errors: dict[str, list[StrOrPromise]] = {}
    amount = _amount(verdict.amount, decimals, "amount", errors)
    seen = _amount(verdict.seen_claim, decimals, "claimed", errors)
    reason = prose(verdict.reason)
    is_accepted = verdict.outcome is Outcome.VALIDATED
    if fault := text_fault(reason, limit=REASON_LENGTH, required=not is_accepted):
        errors["reason"] = [fault]
    if verdict.outcome is Outcome.ADJUSTED and "amount" not in errors:
        if amount is None:
            errors["amount"] = [_("Write the amount that counts.")]
        elif amount == facts.claimed:
            errors["amount"] = [_("This is what was claimed; validate it instead.")]
    if verdict.outcome is Outcome.REJECTED and amount is not None:
        errors["amount"] = [_("A rejected claim has no amount.")]
    if errors:
        raise Invalid(errors)
    expected = [seen] if not is_accepted else [seen, amount]
    if any(one is not None and one != facts.claimed for one in expected):
        raise Conflict("claim_changed")
    return (facts.claimed if is_accepted else amount), reason


def _amount(
    value: object, decimals: int, field: str, errors: dict[str, list[StrOrPromise]]
) -> Decimal | None:
    if value is None or value == "":
        return None
    amount = amount_of(value, decimals)
    if isinstance(amount, Decimal):
        return amount
    errors[field] = [amount]
    return None


def _write_validated(
    effect: Effect, month: Month, amount: Decimal | None, *, by: Actor, source: Source
) -> None:
    """V5: the amount that counts, with its history; a rejection leaves none."""
    write_months(effect, Series.ACTUAL_VALIDATED, {month: amount}, by=by, source=source)
    effect.touched().save(update_fields=["version", "updated_at"])


def _tell(action: AuditAction, validation: Validation, facts: MonthFacts, by: Actor) -> None:
    record_many([entry_of(action, validation, facts)], by=by)
    publish_many(TOPIC, [message_of(validation)])


def entry_of(action: AuditAction, validation: Validation, facts: MonthFacts) -> Entry:
    """What the audit trail says of a validation, beside what was claimed."""
    changes = {
        "effect": str(validation.effect.public_id),
        "month": [None, str(Month(validation.month.year, validation.month.month))],
        "outcome": [None, str(validation.outcome)],
        "amount": [facts.claimed, validation.amount],
        "needs_second": [None, validation.needs_second],
    }
    return Entry(action, measure_subject(validation.effect.measure), changes, validation.reason)


def message_of(validation: Validation) -> tuple[str, dict[str, Any]]:
    """The event of a validation: key and payload."""
    payload = {"effect": validation.effect.public_id, "validation": validation.public_id}
    return validation.effect.measure.code, payload


def _reread(validation: Validation) -> Validation:
    row: Validation | None = validation_rows().filter(pk=validation.pk).first()
    if row is None:
        raise NotVisible
    return row
