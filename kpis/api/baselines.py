"""`measures/<code>/baselines/`: which decision wrote each baseline, and two views compared (V3)."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from governance.audit.rules import plain
from governance.web.apiviews import ApiView
from governance.web.serializers import InstantField, StrictSerializer, TextField
from initiatives.selectors import measure_by_code
from kpis.changes.comparing import Compared, Pair
from kpis.changes.selectors import Baseline, Comparison, comparison
from kpis.choices import EffectKind

SIDES = "`original`, `current`, `baseline-2`, `plan` or `forecast`."


class SidesFilter(StrictSerializer):
    """Which two views are compared."""

    left = TextField(required=False, max_length=20, help_text=SIDES)
    right = TextField(required=False, max_length=20, help_text=SIDES)


class BaselineSerializer(serializers.Serializer[Any]):
    """One baseline: when it was frozen, and the request whose decision wrote it."""

    number = serializers.IntegerField(min_value=1)
    frozen_at = InstantField()
    author = serializers.CharField()
    transition = serializers.CharField(allow_null=True)
    request = serializers.UUIDField(allow_null=True)


class ComparedFigureSerializer(serializers.Serializer[Any]):
    """One figure on both sides; null is not entered."""

    left = serializers.CharField(allow_null=True)
    right = serializers.CharField(allow_null=True)
    difference = serializers.CharField()
    percent = serializers.CharField(
        allow_null=True, help_text="Of the left side; null where that is nothing."
    )


class ComparedMonthSerializer(ComparedFigureSerializer):
    """One month on both sides."""

    month = serializers.CharField()


class ComparedYearSerializer(ComparedFigureSerializer):
    """One fiscal year on both sides."""

    fiscal_year = serializers.IntegerField()


class ComparedEffectSerializer(serializers.Serializer[Any]):
    """One effect, or a sum of effects that may be added (then `effect` is null)."""

    effect = serializers.UUIDField(allow_null=True)
    metric = serializers.CharField()
    kind = serializers.ChoiceField(EffectKind.choices)
    unit = serializers.CharField(allow_blank=True)
    months = ComparedMonthSerializer(many=True)
    years = ComparedYearSerializer(many=True)
    total = ComparedFigureSerializer()


class BaselinesSerializer(serializers.Serializer[Any]):
    """The baselines of a measure, and two views of its months side by side."""

    measure = serializers.CharField()
    baselines = BaselineSerializer(many=True)
    left = serializers.CharField()
    right = serializers.CharField()
    effects = ComparedEffectSerializer(many=True)
    totals = ComparedEffectSerializer(many=True)


class BaselinesView(ApiView):
    """The baselines of one measure."""

    @extend_schema(
        operation_id="measure_baselines_retrieve",
        tags=["effects"],
        parameters=[SidesFilter],
        responses=BaselinesSerializer,
    )
    def get(self, request: Request, tenant_slug: str, code: str) -> Response:
        """Every baseline, and two of baselines, plan and forecast compared by month and year."""
        wanted = self.filters(SidesFilter)
        measure = measure_by_code(code, by=self.actor)
        start = self.tenant.fiscal_year_start
        found = comparison(measure, start, wanted.get("left", ""), wanted.get("right", ""))
        return self.answer(_body(measure.code, found))


def _body(code: str, found: Comparison) -> dict[str, Any]:
    return {
        "measure": code,
        "baselines": [_baseline(one) for one in found.baselines],
        "left": found.left,
        "right": found.right,
        "effects": [_compared(one) | {"effect": one.line.key} for one in found.effects],
        "totals": [_compared(one) for one in found.totals],
    }


def _baseline(one: Baseline) -> dict[str, Any]:
    return {
        "number": one.number,
        "frozen_at": plain(one.frozen_at),
        "author": one.author,
        "transition": one.request.transition if one.request else None,
        "request": str(one.request.public_id) if one.request else None,
    }


def _compared(one: Compared) -> dict[str, Any]:
    places = one.line.decimals
    return {
        "effect": None,
        "metric": one.line.metric,
        "kind": one.line.kind.value,
        "unit": one.line.unit,
        "months": [{"month": str(m), **_pair(pair, places)} for m, pair in one.months.items()],
        "years": [{"fiscal_year": y.year, **_pair(y.total, places)} for y in one.years],
        "total": _pair(one.total, places),
    }


def _pair(pair: Pair, places: int) -> dict[str, Any]:
    amounts = {"left": pair.left, "right": pair.right, "difference": pair.difference}
    said = {name: None if a is None else f"{a:.{places}f}" for name, a in amounts.items()}
    return {**said, "percent": None if pair.percent is None else f"{pair.percent:.1f}"}
