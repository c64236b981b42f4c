"""Controller-backed closure: what the request carries, and what the controller may confirm (T5)."""

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from approvals.choices import Outcome, ReasonCode
from approvals.models import ApprovalRequest, ApprovalStep
from approvals.registry import Ballot
from approvals.selectors import confirmed_amount
from governance.errors import Invalid
from initiatives.gates.facts import closing_facts, closure_totals
from initiatives.models import Measure


def closing_details(measure: Measure, asking: Any) -> dict[str, Any]:
    """What the closing request carries: claimed and supported value by effect, the baseline."""
    return {**closing_facts(measure), "deviation_reason": asking.comment}


def check_closing(
    measure: Measure, request: ApprovalRequest, step: ApprovalStep, ballot: Ballot
) -> None:
    """What a go on a closure must say; raises `Invalid` by field.

    The controller names the amount confirmed: no higher than the validated months support; below
    the floor (95 % of the current baseline) with a reason code, which is booked as leakage. A
    second signature confirms the same amount.
    """
    if ballot.outcome is not Outcome.GO:
        return
    if step.part == "second_finance":
        _check_second(request, ballot)
        return
    facts = closure_totals(measure)
    amount = ballot.confirmed_amount
    if amount is None:
        raise Invalid({"confirmed_amount": [_("Say which amount you confirm.")]})
    limit = facts.supported or Decimal(0)
    if amount > limit:
        text = _("The validated months support at most %(amount)s.")
        raise Invalid({"confirmed_amount": [text % {"amount": limit}]})
    if falls_short(measure, amount, facts.baseline) and ballot.reason_code not in ReasonCode.values:
        text = _("Less than the baseline: choose the reason, it is booked as leakage (F7).")
        raise Invalid({"reason_code": [text]})


def falls_short(measure: Measure, amount: Decimal, baseline: Decimal | None) -> bool:
    """Whether a confirmed amount lies below the floor of the current baseline (T5)."""
    if baseline is None or baseline <= 0:
        return False
    return bool(amount < baseline * measure.stage_model.read.limits.closure_floor)


def _check_second(request: ApprovalRequest, ballot: Ballot) -> None:
    first = confirmed_amount(request)
    if ballot.confirmed_amount is not None and ballot.confirmed_amount != first:
        text = _("The controller confirmed %(amount)s; confirm the same or send back.")
        raise Invalid({"confirmed_amount": [text % {"amount": first}]})
