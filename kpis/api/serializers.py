"""Effects and months as the API shows and takes them; money is text."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from governance.audit.rules import plain
from governance.web.serializers import (
    CodeField,
    InstantField,
    PersonField,
    PersonSerializer,
    StrictSerializer,
    TextField,
)
from kpis.choices import Cause, EffectClass, EffectKind, Series
from kpis.metrics.services import CODE_LENGTH
from kpis.models import Effect
from kpis.rules import FIRST_YEAR, LAST_YEAR, MONTHS, Month, month_of
from kpis.selectors import EffectValues, values_of
from kpis.services import MONTH_FAULT

MOST_CELLS = (LAST_YEAR - FIRST_YEAR + 1) * MONTHS
EFFECT_NAME = 200
AMOUNT: dict[str, Any] = {
    "type": "string",
    "nullable": True,
    "pattern": r"^-?\d{1,15}(\.\d{1,4})?$",
    "example": "1000.00",
}
MONTHS_SCHEMA: dict[str, Any] = {
    "type": "object",
    "additionalProperties": AMOUNT,
    "description": "Months such as `2026-01` to amounts as text; null empties a month. Months that "
    "are not named stay as they are.",
    "example": {"2026-01": "1000.00", "2026-02": "1250.50", "2026-03": None},
}
CELLS_SCHEMA: dict[str, Any] = {
    "type": "object",
    "additionalProperties": {
        "type": "object",
        "additionalProperties": {"type": "string"},
    },
    "description": "Months by series; a month that was never entered is absent, which is not zero.",
    "example": {"plan": {"2026-01": "1000.00", "2026-02": "1250.50"}},
}


@extend_schema_field(CELLS_SCHEMA)
class CellsField(serializers.DictField):
    """Months by series."""


@extend_schema_field(MONTHS_SCHEMA)
class MonthsField(serializers.DictField):
    """Months to amounts; the service checks each of them by name."""

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if isinstance(data, dict) and len(data) > MOST_CELLS:
            raise serializers.ValidationError([_("These are more months than there can be.")])
        return super().to_internal_value(data)


@extend_schema_field({"type": "string", "pattern": r"^\d{4}-\d{2}$", "example": "2026-07"})
class StartField(serializers.Field[Any, Any, Any, Any]):
    """The month in which recurring value starts, as the first day of it; null for open."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"allow_null": True, **kwargs})

    def to_internal_value(self, data: Any) -> Any:
        month = month_of(data) if isinstance(data, str) else None
        if month is None:
            raise serializers.ValidationError([MONTH_FAULT])
        return month.first_day


@extend_schema_field({"type": "string", "pattern": r"^\d{4}-\d{2}$", "example": "2026-01"})
class MonthField(serializers.Field[Any, Any, Any, Any]):
    """A month such as `2026-01`."""

    def to_internal_value(self, data: Any) -> Month:
        month = month_of(data) if isinstance(data, str) else None
        if month is None:
            raise serializers.ValidationError([MONTH_FAULT])
        return month


class EffectSerializer(serializers.Serializer[Any]):
    """One line of value of a measure, with its months by series."""

    id = serializers.UUIDField()
    measure = serializers.CharField()
    metric = serializers.CharField()
    name = serializers.CharField(allow_blank=True)
    kind = serializers.ChoiceField(EffectKind.choices)
    currency = serializers.CharField(
        allow_blank=True, help_text="Empty where the metric is no money."
    )
    owner = PersonSerializer(allow_null=True)
    run_rate_start = serializers.CharField(
        allow_null=True, help_text="The first month of the run-rate, such as 2026-07."
    )
    cells = CellsField()
    version = serializers.IntegerField(min_value=1)
    created_at = InstantField()
    updated_at = InstantField()

    def get_fields(self) -> dict[str, Any]:
        return super().get_fields() | {"class": serializers.ChoiceField(EffectClass.choices)}


class NewEffectSerializer(StrictSerializer):
    """A new effect of a measure."""

    shown_as = EffectSerializer

    metric = CodeField(max_length=CODE_LENGTH)
    name = TextField(required=False, allow_blank=True, max_length=EFFECT_NAME)
    kind = serializers.ChoiceField(EffectKind.choices)
    currency = serializers.RegexField(
        r"^[A-Z]{3}$", required=False, help_text="Such as EUR; the tenant's if left out."
    )
    owner = PersonField(required=False)
    run_rate_start = StartField(required=False)

    def get_fields(self) -> dict[str, Any]:
        choice = serializers.ChoiceField(
            EffectClass.choices, required=False, help_text="`hard` if left out."
        )
        return super().get_fields() | {"class": choice}


class EffectFieldsSerializer(StrictSerializer):
    """Fields of an effect to be changed; another metric is another effect."""

    shown_as = EffectSerializer

    name = TextField(required=False, allow_blank=True, max_length=EFFECT_NAME)
    kind = serializers.ChoiceField(EffectKind.choices, required=False)
    currency = serializers.RegexField(r"^[A-Z]{3}$", required=False)
    owner = PersonField(required=False)
    run_rate_start = StartField(required=False)

    def get_fields(self) -> dict[str, Any]:
        choice = serializers.ChoiceField(EffectClass.choices, required=False)
        return super().get_fields() | {"class": choice}


class CellsSerializer(StrictSerializer):
    """Months of one series to be written."""

    series = serializers.ChoiceField(Series.choices)
    cells = MonthsField()
    cause = serializers.ChoiceField(
        Cause.choices, required=False, help_text="Why a forecast moves: scope, value or timing."
    )
    reason_code = TextField(required=False, max_length=50)
    reason = TextField(required=False, max_length=2000)


def effect_bodies(effects: Iterable[Effect]) -> list[dict[str, Any]]:
    """Representations of `EffectSerializer`, with one query for all months."""
    return [effect_body(values) for values in values_of(effects)]


def effect_body(values: EffectValues) -> dict[str, Any]:
    """Representation of `EffectSerializer`; no query."""
    effect = values.effect
    owner, start = effect.owner, effect.run_rate_start
    return {
        "id": str(effect.public_id),
        "measure": effect.measure.code,
        "metric": effect.metric.code,
        "name": effect.name,
        "kind": effect.kind,
        "class": effect.effect_class,
        "currency": effect.currency,
        "owner": None if owner is None else {"email": owner.email, "name": owner.name},
        "run_rate_start": None if start is None else f"{start:%Y-%m}",
        "cells": {
            series.value: {
                str(month): f"{amount:.{effect.metric.decimals}f}"
                for month, amount in sorted(values.series(series).items())
            }
            for series in Series
            if values.series(series)
        },
        "version": effect.version,
        "created_at": plain(effect.created_at),
        "updated_at": plain(effect.updated_at),
    }
