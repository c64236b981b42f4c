"""Exchange rates as the API shows and takes them; a rate is text."""

from collections.abc import Iterable
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from governance.audit.rules import plain
from governance.web.serializers import (
    InstantField,
    ListFilters,
    PersonSerializer,
    StrictSerializer,
)
from initiatives.api.serializers import person_body
from kpis.rates.choices import RateKind, RateState
from kpis.rates.models import Rate
from kpis.rates.rules import RATE_DECIMALS
from kpis.rules import FIRST_YEAR, LAST_YEAR

RATES_SCHEMA: dict[str, Any] = {
    "type": "object",
    "additionalProperties": {
        "type": "object",
        "additionalProperties": {
            "type": "string",
            "pattern": r"^\d{1,10}(\.\d{1,8})?$",
            "example": "0.9251",
        },
    },
    "description": "Rates as text by currency and month. A plan rate holds for a fiscal year and "
    "stands under its first month.",
    "example": {"USD": {"2026-01": "0.9251"}, "GBP": {"2026-01": "1.1702"}},
}


class RateSerializer(serializers.Serializer[Any]):
    """Units of the tenant's currency for one unit of another, and who said so."""

    id = serializers.UUIDField()
    kind = serializers.ChoiceField(RateKind.choices)
    currency = serializers.CharField()
    home = serializers.CharField(help_text="The tenant's currency as it was then.")
    month = serializers.CharField(help_text="Such as 2026-01.")
    rate = serializers.CharField()
    state = serializers.ChoiceField(RateState.choices)
    proposed_by = PersonSerializer()
    proposed_at = InstantField()
    decided_by = PersonSerializer(allow_null=True)
    decided_at = InstantField(allow_null=True)


class RatesSerializer(serializers.Serializer[Any]):
    """The rates that were proposed."""

    results = RateSerializer(many=True)


@extend_schema_field(RATES_SCHEMA)
class RatesField(serializers.DictField):
    """Currency to month to rate; the service checks each of them by name."""

    child = serializers.DictField()


class NewRatesSerializer(StrictSerializer):
    """Rates to be proposed, all or none."""

    kind = serializers.ChoiceField(RateKind.choices)
    rates = RatesField()


class RateDecisionSerializer(StrictSerializer):
    """Nothing: the address says which rate."""


class RateFilterSerializer(ListFilters):
    """What the list of rates is narrowed to."""

    kind = serializers.ChoiceField(RateKind.choices, required=False)
    currency = serializers.RegexField(r"^[A-Z]{3}$", required=False)
    year = serializers.IntegerField(
        required=False,
        min_value=FIRST_YEAR + 1,
        max_value=LAST_YEAR,
        help_text="A fiscal year, named after the year in which it ends.",
    )
    state = serializers.ChoiceField(RateState.choices, required=False)


def rate_bodies(rows: Iterable[Rate]) -> list[dict[str, Any]]:
    """Representations of `RateSerializer`."""
    return [
        {
            "id": str(row.public_id),
            "kind": row.kind,
            "currency": row.currency,
            "home": row.home,
            "month": f"{row.month:%Y-%m}",
            "rate": f"{row.rate:.{RATE_DECIMALS}f}",
            "state": row.state,
            "proposed_by": person_body(row.proposed_by),
            "proposed_at": plain(row.proposed_at),
            "decided_by": person_body(row.decided_by),
            "decided_at": None if row.decided_at is None else plain(row.decided_at),
        }
        for row in rows
    ]
