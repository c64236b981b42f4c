"""The grid of a measure as the API shows and takes it: series, baselines, variances, reasons."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from governance.audit.rules import plain
from governance.web.serializers import InstantField, PersonSerializer, StrictSerializer, TextField
from initiatives.choices import Overlay, Stage
from initiatives.models import Measure
from kpis.api.serializers import EffectSerializer, MonthsField, effect_body
from kpis.choices import Cause, Series
from kpis.forecasts.changes import REASON_LENGTH, grid_version
from kpis.forecasts.choices import VarianceCode
from kpis.forecasts.models import VarianceReason
from kpis.forecasts.rules import (
    Tolerance,
    Variance,
    is_change_due,
    is_reason_owed,
    leading_series,
    series_refusal,
)
from kpis.forecasts.selectors import GridRow
from kpis.models import FIRST_YEAR, LAST_YEAR
from kpis.rules import Month

MOST_EFFECTS, MOST_REASONS = 200, 500
WRITTEN = [(series.value, series.label) for series in (Series.PLAN, Series.FORECAST)]
BASELINES_SCHEMA: dict[str, Any] = {
    "type": "object",
    "additionalProperties": {"type": "object", "additionalProperties": {"type": "string"}},
    "description": "Months by the number of the baseline; 1 is the original, the highest current.",
    "example": {"1": {"2026-01": "1000.00"}},
}
GRID_CELLS_SCHEMA: dict[str, Any] = {
    "type": "object",
    "additionalProperties": {
        "type": "object",
        "additionalProperties": {"type": "string", "nullable": True},
    },
    "description": "Months by series, `plan` before the decision and `forecast` from it on; null "
    "empties a month, months that are not named stay as they are.",
    "example": {"forecast": {"2026-01": "900.00"}},
}


@extend_schema_field(BASELINES_SCHEMA)
class BaselinesField(serializers.DictField):
    """Months by the number of the baseline."""


class VarianceReasonSerializer(serializers.Serializer[Any]):
    """Why a fiscal year differed, and what it came to when that was said."""

    code = serializers.ChoiceField(VarianceCode.choices)
    text = serializers.CharField()
    forecast = serializers.CharField()
    baseline = serializers.CharField()
    given_by = PersonSerializer()
    given_at = InstantField()


class VarianceSerializer(serializers.Serializer[Any]):
    """Forecast against the original and the current baseline in one fiscal year (V3, V6)."""

    fiscal_year = serializers.IntegerField()
    forecast = serializers.CharField()
    baseline = serializers.CharField()
    original = serializers.CharField()
    amount = serializers.CharField(help_text="Forecast less current baseline.")
    against_original = serializers.CharField()
    percent = serializers.CharField(allow_null=True, help_text="Null where the baseline is zero.")
    reason_owed = serializers.BooleanField()
    change_due = serializers.BooleanField(
        help_text="So far off that a change request or an exception is due."
    )
    reason = VarianceReasonSerializer(allow_null=True)


class GridEffectSerializer(EffectSerializer):
    """One effect of the grid, with its baselines and variances."""

    baselines = BaselinesField()
    variances = VarianceSerializer(many=True)


class GridSerializer(serializers.Serializer[Any]):
    """All effects of a measure with their months."""

    measure = serializers.CharField()
    series = serializers.ChoiceField(
        WRITTEN,
        help_text="The series that people write at this stage.",
    )
    locked = serializers.CharField(
        allow_null=True, help_text="Why it cannot be written now, as a refusal code."
    )
    version = serializers.IntegerField(
        min_value=0, help_text="Moves on with every change of any of the effects."
    )
    effects = GridEffectSerializer(many=True)


@extend_schema_field(GRID_CELLS_SCHEMA)
class GridCellsField(serializers.DictField):
    """Months by series; the service checks each of them by name."""

    child = MonthsField()

    def to_internal_value(self, data: Any) -> dict[Any, Any]:
        known = {series.value for series in Series}
        if isinstance(data, dict) and (wrong := [str(name) for name in data if name not in known]):
            text = _("There is no such series.")
            raise serializers.ValidationError({name: [text] for name in wrong})
        return {Series(name): cells for name, cells in super().to_internal_value(data).items()}


class EffectChangeSerializer(StrictSerializer):
    """One effect to be written, with the version that was seen of it."""

    id = serializers.UUIDField()
    version = serializers.IntegerField(min_value=1, max_value=2**31 - 1)
    cells = GridCellsField()


class NewVarianceReasonSerializer(StrictSerializer):
    """Why one fiscal year of an effect differs from its baseline."""

    effect = serializers.UUIDField()
    fiscal_year = serializers.IntegerField(min_value=FIRST_YEAR, max_value=LAST_YEAR + 1)
    code = serializers.ChoiceField(VarianceCode.choices)
    text = TextField(max_length=REASON_LENGTH)


class GridChangeSerializer(StrictSerializer):
    """What one save of the grid changes, all of it or nothing."""

    shown_as = GridSerializer

    cause = serializers.ChoiceField(
        Cause.choices, required=False, help_text="Why a forecast moves: scope, value or timing."
    )
    effects = serializers.ListField(child=EffectChangeSerializer(), max_length=MOST_EFFECTS)
    reasons = serializers.ListField(
        child=NewVarianceReasonSerializer(), required=False, max_length=MOST_REASONS
    )


def grid_body(
    measure: Measure, rows: list[GridRow], start: int, limits: Tolerance
) -> dict[str, Any]:
    """Representation of `GridSerializer`; `start` is the first month of the fiscal year."""
    stage, overlay = Stage(measure.stage), Overlay(measure.overlay)
    series = leading_series(stage)
    return {
        "measure": measure.code,
        "series": series.value,
        "locked": series_refusal(series, stage, overlay),
        "version": grid_version(row.effect for row in rows),
        "effects": [_row_body(row, start, limits) for row in rows],
    }


def _row_body(row: GridRow, start: int, limits: Tolerance) -> dict[str, Any]:
    places = row.effect.metric.decimals
    return effect_body(row.values) | {
        "baselines": {
            str(number): _months(months, places) for number, months in row.baselines.items()
        },
        "variances": [
            _variance_body(variance, row.reasons.get(year), places, limits)
            for year, variance in row.variances(start).items()
        ],
    }


def _months(months: Mapping[Month, Any], places: int) -> dict[str, str]:
    return {str(month): f"{amount:.{places}f}" for month, amount in sorted(months.items())}


def _variance_body(
    variance: Variance, reason: VarianceReason | None, places: int, limits: Tolerance
) -> dict[str, Any]:
    names = ("forecast", "baseline", "original", "amount", "against_original")
    return {
        "fiscal_year": variance.year,
        **{name: f"{getattr(variance, name):.{places}f}" for name in names},
        "percent": None if variance.percent is None else f"{variance.percent:.1f}",
        "reason_owed": is_reason_owed(variance, limits),
        "change_due": is_change_due(variance, limits),
        "reason": None if reason is None else _reason_body(reason, places),
    }


def _reason_body(reason: VarianceReason, places: int) -> dict[str, Any]:
    by = reason.given_by
    return {
        "code": reason.code,
        "text": reason.text,
        "forecast": f"{reason.forecast:.{places}f}",
        "baseline": f"{reason.baseline:.{places}f}",
        "given_by": {"email": by.email, "name": by.name},
        "given_at": plain(reason.given_at),
    }
