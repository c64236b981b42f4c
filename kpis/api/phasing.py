"""`effects/<id>/phasing/`: what a phasing helper would put into a row; nothing is saved (V9)."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from governance.errors import Invalid
from governance.ui.amounts import amount_of
from governance.web.apiviews import ApiView
from governance.web.serializers import StrictSerializer
from initiatives.choices import Stage
from kpis.api.effects import plannable
from kpis.api.serializers import MONTHS_SCHEMA
from kpis.choices import Aggregation, PhasingHelper
from kpis.forecasts.rules import leading_series
from kpis.models import Effect
from kpis.phasing import MOST_SHIFTED, Phasing, phased
from kpis.rules import MONTHS, Month, month_of
from kpis.selectors import values_of
from kpis.services import MONTH_FAULT

EXAMPLE = OpenApiExample(
    "A ramp over half a year",
    value={"helper": "ramp", "amount": "21000.00", "first": "2026-07", "last": "2026-12"},
    request_only=True,
)
# What each helper takes; anything else with it is refused rather than ignored.
SPAN = frozenset({"amount", "first", "last"})
TAKES = {
    PhasingHelper.SHIFT: frozenset({"shift", "first"}),
    PhasingHelper.SEASON: SPAN | {"weights"},
}


@extend_schema_field({"type": "string", "pattern": r"^\d{4}-\d{2}$", "example": "2026-07"})
class MonthField(serializers.Field[Any, Any, Any, Any]):
    """A month such as 2026-07."""

    def to_internal_value(self, data: Any) -> Month:
        month = month_of(data) if isinstance(data, str) else None
        if month is None:
            raise serializers.ValidationError([MONTH_FAULT])
        return month


@extend_schema_field({"type": "string", "example": "21000.00"})
class AmountTextField(serializers.Field[Any, Any, Any, Any]):
    """An amount as text; the metric of the effect says how many decimals it keeps."""

    def to_internal_value(self, data: Any) -> Any:
        return data


class PhasingSerializer(StrictSerializer):
    """What is to be phased, and how."""

    helper = serializers.ChoiceField(PhasingHelper.choices)
    amount = AmountTextField(required=False)
    first = MonthField(required=False)
    last = MonthField(required=False)
    shift = serializers.IntegerField(
        required=False, min_value=-MOST_SHIFTED, max_value=MOST_SHIFTED
    )
    weights = serializers.ListField(
        child=serializers.DecimalField(max_digits=9, decimal_places=4, min_value=0),
        required=False,
        min_length=MONTHS,
        max_length=MONTHS,
    )


@extend_schema_field(MONTHS_SCHEMA)
class FilledField(serializers.DictField):
    """Months to amounts; null empties a month."""


class PhasedSerializer(serializers.Serializer[Any]):
    """The months a helper fills in the series that is written now."""

    series = serializers.CharField()
    cells = FilledField()


class PhasingView(ApiView):
    """Phasing helpers for one effect."""

    @extend_schema(
        operation_id="effects_phasing",
        tags=["effects"],
        request=PhasingSerializer,
        responses={200: PhasedSerializer},
        examples=[EXAMPLE],
    )
    def post(self, request: Request, tenant_slug: str, effect_id: UUID) -> Response:
        """Spread an amount, or shift what stands; answers the cells and saves nothing."""
        effect = plannable(self, effect_id)
        given = self.parsed(PhasingSerializer)
        series = leading_series(Stage(effect.measure.stage))
        metric = effect.metric
        cells = phased(
            _asked(given, effect),
            values_of([effect])[0].series(series),
            Aggregation(metric.aggregation),
            metric.decimals,
        )
        texts = {
            str(month): None if amount is None else f"{amount:.{metric.decimals}f}"
            for month, amount in sorted(cells.items())
        }
        return Response({"series": series.value, "cells": texts})


def _asked(given: dict[str, Any], effect: Effect) -> Phasing:
    helper = PhasingHelper(given["helper"])
    takes = TAKES.get(helper, SPAN)
    if extra := set(given) - takes - {"helper"}:
        raise Invalid({name: [_("This helper does not take it.")] for name in sorted(extra)})
    amount = given.get("amount")
    if amount is not None:
        amount = amount_of(amount, effect.metric.decimals)
        if not isinstance(amount, Decimal):
            raise Invalid({"amount": [amount]})
    rest = {name: given[name] for name in ("first", "last", "shift", "weights") if name in given}
    return Phasing(helper, amount, **rest)
