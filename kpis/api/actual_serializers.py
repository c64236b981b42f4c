"""References, verdicts and validations as the API takes and shows them; money is text."""

from collections.abc import Iterable
from typing import Any

from rest_framework import serializers

from governance.audit.rules import plain
from governance.web.serializers import InstantField, PersonSerializer, StrictSerializer, TextField
from kpis.actuals.choices import MonthState, Outcome
from kpis.actuals.models import Validation
from kpis.actuals.rules import month_at, state_of
from kpis.actuals.selectors import decided_in
from kpis.api.serializers import MonthsField

AMOUNT_LENGTH, REASON_LENGTH, MONTH_LENGTH = 60, 2000, 7


class ReferenceSerializer(StrictSerializer):
    """Months of the reference to be written."""

    cells = MonthsField()


class ValidationSerializer(serializers.Serializer[Any]):
    """What finance said of one claim; `state` is `awaiting_second` until it counts."""

    id = serializers.UUIDField()
    effect = serializers.UUIDField()
    measure = serializers.CharField()
    month = serializers.CharField(help_text="Such as 2026-01.")
    outcome = serializers.ChoiceField(Outcome.choices)
    state = serializers.ChoiceField(MonthState.choices)
    claimed = serializers.CharField(allow_null=True)
    amount = serializers.CharField(allow_null=True, help_text="What counts; null if rejected.")
    reason = serializers.CharField(allow_blank=True)
    decided_by = PersonSerializer()
    decided_at = InstantField()


class VerdictSerializer(StrictSerializer):
    """What finance says of the claim of one month."""

    shown_as = ValidationSerializer

    month = TextField(max_length=MONTH_LENGTH)
    outcome = serializers.ChoiceField(Outcome.choices)
    amount = TextField(
        required=False,
        allow_null=True,
        max_length=AMOUNT_LENGTH,
        help_text="What counts instead of the claim, if it is adjusted.",
    )
    reason = TextField(
        required=False,
        allow_blank=True,
        max_length=REASON_LENGTH,
        help_text="Needed where the claim is adjusted or rejected.",
    )
    claimed = TextField(
        required=False,
        allow_null=True,
        max_length=AMOUNT_LENGTH,
        help_text="The claim as it was looked at; another one by now answers 409 claim_changed.",
    )


def validation_bodies(rows: Iterable[Validation]) -> list[dict[str, Any]]:
    """Representations of `ValidationSerializer` for rows of `validation_rows`."""
    return [_body(row) for row in rows]


def _body(row: Validation) -> dict[str, Any]:
    places, person = row.effect.metric.decimals, row.decided_by
    return {
        "id": str(row.public_id),
        "effect": str(row.effect.public_id),
        "measure": row.effect.measure.code,
        "month": str(month_at(row.month)),
        "outcome": row.outcome,
        "state": state_of(row.claim.amount, decided_in(row)).value,
        "claimed": None if row.claim.amount is None else f"{row.claim.amount:.{places}f}",
        "amount": None if row.amount is None else f"{row.amount:.{places}f}",
        "reason": row.reason,
        "decided_by": {"email": person.email, "name": person.name},
        "decided_at": plain(row.decided_at),
    }
