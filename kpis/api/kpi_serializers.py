"""Objectives, KPIs and their periods as the API shows and takes them; figures are text."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from governance.audit.rules import plain
from governance.people.models import Membership
from governance.web.pages import spellings
from governance.web.serializers import (
    CodeField,
    InstantField,
    ListFilters,
    PersonField,
    PersonSerializer,
    StrictSerializer,
    TextField,
)
from kpis.choices import Aggregation, Source
from kpis.indicators.choices import Direction, KpiKind, Rhythm, Standing
from kpis.indicators.models import (
    DATA_SOURCE_LENGTH,
    FIGURES,
    NAME_LENGTH,
    UNIT_LENGTH,
    Kpi,
    KpiPeriod,
    Objective,
)
from kpis.indicators.rules import MOST_DECIMALS
from kpis.indicators.selectors import ORDERS, latest, periods_of, standing_of
from kpis.indicators.services.kpis import TEXT_LENGTH
from kpis.rules import FIRST_YEAR, LAST_YEAR, MONTHS

MOST_PERIODS = (LAST_YEAR - FIRST_YEAR + 1) * MONTHS
FIGURE: dict[str, Any] = {
    "type": "string",
    "nullable": True,
    "pattern": r"^-?\d{1,13}(\.\d{1,6})?$",
    "example": "0.03",
}
NOTE: dict[str, Any] = {"type": "string", "maxLength": 2000}
WRITABLE: dict[str, Any] = {**dict.fromkeys(FIGURES, FIGURE), "note": NOTE}
EXAMPLE = {"2018-10": {"target": "0.03", "actual": None}, "2019-10": {"target": "0.028"}}
PERIODS_SCHEMA: dict[str, Any] = {
    "type": "object",
    "additionalProperties": {
        "type": "object",
        "nullable": True,
        "additionalProperties": False,
        "properties": WRITABLE,
    },
    "description": "Periods by their first month to what is to stand in them; null removes a "
    "period. Periods and fields that are not named stay as they are; a field of null is emptied.",
    "example": EXAMPLE,
}
SHOWN_PERIODS_SCHEMA: dict[str, Any] = {
    "type": "object",
    "additionalProperties": {
        "type": "object",
        "properties": {
            **WRITABLE,
            "standing": {"type": "string", "nullable": True, "enum": [*Standing.values, None]},
            "source": {"type": "string", "enum": Source.values},
            "author": {"type": "string"},
            "updated_at": {"type": "string", "format": "date-time"},
        },
    },
    "description": "Periods by their first month; one that was never entered is absent.",
}


class ObjectiveSerializer(serializers.Serializer[Any]):
    """What is wanted; without a parent it is a goal."""

    code = serializers.CharField()
    name = serializers.CharField()
    # A field's name; DRF's own comes later.
    parent = serializers.CharField(allow_null=True)  # type: ignore[assignment]  # see above
    source_key = serializers.CharField(allow_blank=True)
    version = serializers.IntegerField(min_value=1)
    created_at = InstantField()
    updated_at = InstantField()


class NewObjectiveSerializer(StrictSerializer):
    """A new objective."""

    shown_as = ObjectiveSerializer

    name = TextField(max_length=NAME_LENGTH)
    parent = CodeField(  # type: ignore[assignment]  # a field's name; DRF's own comes later
        required=False, allow_null=True, help_text="The goal it belongs to."
    )


@extend_schema_field(SHOWN_PERIODS_SCHEMA)
class ShownPeriodsField(serializers.DictField):
    """Periods by their first month."""


@extend_schema_field(PERIODS_SCHEMA)
class PeriodsField(serializers.DictField):
    """Periods to what is to stand in them; each is checked by name."""

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if isinstance(data, dict) and len(data) > MOST_PERIODS:
            raise serializers.ValidationError([_("These are more periods than there can be.")])
        return super().to_internal_value(data)


class KpiSerializer(serializers.Serializer[Any]):
    """A KPI with its periods; `standing` is that of the last period with an actual."""

    code = serializers.CharField()
    name = serializers.CharField()
    objective = serializers.CharField(allow_null=True)
    description = serializers.CharField(allow_blank=True)
    notes = serializers.CharField(allow_blank=True)
    unit = serializers.CharField(allow_blank=True)
    decimals = serializers.IntegerField(min_value=0, max_value=MOST_DECIMALS)
    aggregation = serializers.ChoiceField(Aggregation.choices)
    direction = serializers.ChoiceField(Direction.choices)
    kind = serializers.ChoiceField(KpiKind.choices)
    rhythm = serializers.ChoiceField(Rhythm.choices)
    data_source = serializers.CharField(allow_blank=True)
    update_owner = PersonSerializer(allow_null=True)
    is_active = serializers.BooleanField()
    source_key = serializers.CharField(allow_blank=True)
    standing = serializers.ChoiceField(Standing.choices, allow_null=True)
    periods = ShownPeriodsField()
    version = serializers.IntegerField(min_value=1)
    created_at = InstantField()
    updated_at = InstantField()


class KpiFieldsSerializer(StrictSerializer):
    """What may be set on a KPI; null empties objective and update owner."""

    shown_as = KpiSerializer

    name = TextField(max_length=NAME_LENGTH)
    objective = CodeField(required=False, allow_null=True)
    description = TextField(required=False, allow_blank=True, max_length=TEXT_LENGTH)
    notes = TextField(required=False, allow_blank=True, max_length=TEXT_LENGTH)
    unit = TextField(required=False, allow_blank=True, max_length=UNIT_LENGTH)
    decimals = serializers.IntegerField(required=False, min_value=0, max_value=MOST_DECIMALS)
    aggregation = serializers.ChoiceField(Aggregation.choices, required=False)
    direction = serializers.ChoiceField(Direction.choices, required=False)
    kind = serializers.ChoiceField(KpiKind.choices, required=False)
    rhythm = serializers.ChoiceField(Rhythm.choices, required=False)
    data_source = TextField(required=False, allow_blank=True, max_length=DATA_SOURCE_LENGTH)
    update_owner = PersonField(required=False)
    is_active = serializers.BooleanField(required=False)


class KpiPeriodsSerializer(StrictSerializer):
    """Periods to be written."""

    periods = PeriodsField()


class KpiFilterSerializer(ListFilters):
    """What a list of KPIs is narrowed to."""

    q = TextField(required=False, max_length=200, help_text="Words of code, name, description.")
    objective = CodeField(
        required=False, help_text="An objective or goal by its code, or `none` for those without."
    )
    direction = serializers.ChoiceField(Direction.choices, required=False)
    rhythm = serializers.ChoiceField(Rhythm.choices, required=False)
    standing = serializers.ChoiceField(
        Standing.choices, required=False, help_text="Of the last period with an actual."
    )
    is_active = serializers.BooleanField(required=False)
    ordering = serializers.ChoiceField(spellings(ORDERS), required=False)


def objective_bodies(objectives: Iterable[Objective]) -> list[dict[str, Any]]:
    """Representations of `ObjectiveSerializer`."""
    return [
        {
            "code": row.code,
            "name": row.name,
            "parent": row.parent.code if row.parent else None,
            "source_key": row.source_key,
            "version": row.version,
            "created_at": plain(row.created_at),
            "updated_at": plain(row.updated_at),
        }
        for row in objectives
    ]


def kpi_bodies(kpis: Iterable[Kpi]) -> list[dict[str, Any]]:
    """Representations of `KpiSerializer`, with one query for all periods."""
    rows = list(kpis)
    periods = periods_of(rows)
    return [_kpi_body(kpi, periods[kpi.pk]) for kpi in rows]


AS_THEY_ARE = (
    "description",
    "notes",
    "unit",
    "decimals",
    "aggregation",
    "direction",
    "kind",
    "rhythm",
    "data_source",
    "is_active",
    "source_key",
)


def _kpi_body(kpi: Kpi, periods: list[KpiPeriod]) -> dict[str, Any]:
    last = latest(periods)
    return {
        "code": kpi.code,
        "name": kpi.name,
        "objective": kpi.objective.code if kpi.objective else None,
        **{name: getattr(kpi, name) for name in AS_THEY_ARE},
        "update_owner": _person(kpi.update_owner),
        "standing": standing_of(kpi, last) if last else None,
        "periods": {period.month: _period_body(kpi, period) for period in periods},
        "version": kpi.version,
        "created_at": plain(kpi.created_at),
        "updated_at": plain(kpi.updated_at),
    }


def _period_body(kpi: Kpi, period: KpiPeriod) -> dict[str, Any]:
    figures = {name: getattr(period, name) for name in FIGURES}
    return {
        **{n: None if v is None else f"{v:.{kpi.decimals}f}" for n, v in figures.items()},
        "note": period.note,
        "standing": standing_of(kpi, period),
        "source": period.source,
        "author": period.author,
        "updated_at": plain(period.updated_at),
    }


def _person(member: Membership | None) -> dict[str, str] | None:
    return None if member is None else {"email": member.email, "name": member.name}
