"""Keeping why a forecast differs from its baseline, beside the amounts of that day (V6)."""

from collections.abc import Sequence

from governance.audit.choices import AuditAction
from governance.audit.services import Entry, record_many
from governance.errors import Forbidden
from governance.people.actor import Actor
from initiatives.services import measure_subject
from kpis.forecasts.changes import Reason
from kpis.forecasts.models import VarianceReason
from kpis.services_months import Save


def reasons_add(reasons: Sequence[Reason], save: Save, by: Actor) -> None:
    """Append reasons that were checked, in the transaction of their save, under its locks.

    Raises `Forbidden` where no person gives them: a reason has somebody who stands for it.
    """
    if reasons and by.membership_id is None:
        raise Forbidden
    for reason in reasons:
        VarianceReason.objects.create(
            effect=reason.effect,
            fiscal_year=reason.variance.year,
            code=reason.code,
            text=reason.text,
            forecast=reason.variance.forecast,
            baseline=reason.variance.baseline,
            change_id=save.change_id,
            given_by_id=by.membership_id,
        )
    record_many([_entry(reason) for reason in reasons], by=by)


def _entry(reason: Reason) -> Entry:
    places = reason.effect.metric.decimals
    facts = {
        "effect": str(reason.effect.public_id),
        "fiscal_year": [None, reason.variance.year],
        "variance_code": [None, reason.code.value],
        "baseline": [None, f"{reason.variance.baseline:.{places}f}"],
        "forecast": [None, f"{reason.variance.forecast:.{places}f}"],
    }
    subject = measure_subject(reason.effect.measure)
    return Entry(AuditAction.VARIANCE_EXPLAINED, subject, facts, reason.text)
