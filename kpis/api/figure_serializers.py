"""The figures of a measure as the API shows them: money as text, null where there is none."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from rest_framework import serializers

from governance.web.serializers import StrictSerializer
from kpis.choices import EffectClass, EffectKind
from kpis.figures.choices import AMOUNTS, LeakageReason
from kpis.figures.rules import Net
from kpis.figures.sheet import Sheet, SheetLine
from kpis.rates.rules import ROUNDING
from kpis.restatements.choices import ReportView

LINE_AMOUNTS = ("exit_rate", "smoothed", "in_year", "full_year", "carry_over")


class ViewFilter(StrictSerializer):
    """Whether restatements count."""

    def get_fields(self) -> dict[str, Any]:
        """`as` is no name that a class can have."""
        choice = serializers.ChoiceField(
            ReportView.choices,
            required=False,
            help_text="Restatements count, unless `published` leaves them out (V4).",
        )
        return {"as": choice, **super().get_fields()}


def is_published(given: Mapping[str, Any]) -> bool:
    """Whether the filters ask for what was published."""
    return bool(given.get("as") == ReportView.PUBLISHED)


class LineAmountsSerializer(serializers.Serializer[Any]):
    """The amounts of F3; `validated` is the validated run-rate, one-off all that is validated."""

    identified = serializers.CharField()
    hardened = serializers.CharField()
    bankable = serializers.CharField()
    validated = serializers.CharField(allow_null=True)
    parked = serializers.CharField()
    validated_to_date = serializers.CharField(allow_null=True)
    plan_to_date = serializers.CharField(allow_null=True)
    is_short = serializers.BooleanField(help_text="Rests on fewer than three validated months.")


class FigureLineSerializer(serializers.Serializer[Any]):
    """F3 and F4 of the effects of one metric, unit, kind and class: only these add up (V7)."""

    metric = serializers.CharField()
    unit = serializers.CharField(allow_blank=True)
    kind = serializers.ChoiceField(EffectKind.choices)
    effect_class = serializers.ChoiceField(EffectClass.choices)
    is_partial = serializers.BooleanField(help_text="The plan is shorter than a year.")
    amounts = LineAmountsSerializer()
    exit_rate = serializers.CharField(allow_null=True)
    smoothed = serializers.CharField(allow_null=True)
    in_year = serializers.CharField(allow_null=True)
    full_year = serializers.CharField(allow_null=True)
    carry_over = serializers.CharField(allow_null=True)
    leakage = serializers.DictField(
        child=serializers.CharField(), allow_null=True, help_text="By reason (F7)."
    )


class NetSerializer(serializers.Serializer[Any]):
    """F5 of one metric and unit: value less one-time and running cost."""

    metric = serializers.CharField()
    unit = serializers.CharField(allow_blank=True)
    all_classes = serializers.CharField()
    hard = serializers.CharField()
    one_time_cost = serializers.CharField()
    running_cost = serializers.CharField()


class FiguresSerializer(serializers.Serializer[Any]):
    """All figures of a measure in one fiscal year, as of the last closed month."""

    measure = serializers.CharField()
    fiscal_year = serializers.IntegerField()
    closed_to = serializers.CharField(help_text="The last closed month, such as 2026-01.")
    as_published = serializers.BooleanField(help_text="Restatements are left out (V4).")
    currency = serializers.CharField()
    converted = serializers.ListField(
        child=serializers.CharField(), help_text="Currencies that stand at plan rate in the lines."
    )
    without_rate = serializers.ListField(
        child=serializers.CharField(),
        help_text="Currencies left as they are: some month has no plan rate.",
    )
    lines = FigureLineSerializer(many=True)
    net_value = NetSerializer(many=True)
    value_at_risk = serializers.DictField(child=serializers.CharField(), help_text="By kind (F6).")


def figures_body(code: str, sheet: Sheet) -> dict[str, Any]:
    """The representation of `FiguresSerializer`."""
    return {
        "measure": code,
        "fiscal_year": sheet.year,
        "closed_to": str(sheet.clock.latest),
        "as_published": sheet.clock.as_published,
        "currency": sheet.clock.currency,
        "converted": list(sheet.converted),
        "without_rate": list(sheet.without_rate),
        "lines": [_line(line) for line in sheet.lines],
        "net_value": [net_body(net) for net in sheet.net],
        "value_at_risk": {kind.value: text(amount) for kind, amount in sheet.at_risk.items()},
    }


def _line(line: SheetLine) -> dict[str, Any]:
    return {
        "metric": line.key.metric,
        "unit": line.key.unit,
        "kind": line.key.kind.value,
        "effect_class": line.key.effect_class,
        "is_partial": line.is_partial,
        "amounts": amounts_body(line.amounts),
        **{name: text(getattr(line, name)) for name in LINE_AMOUNTS},
        "leakage": None if line.leakage is None else leakage_body(line.leakage),
    }


def amounts_body(amounts: Any) -> dict[str, Any]:
    """The representation of `LineAmountsSerializer`."""
    shown: dict[str, Any] = {name: text(getattr(amounts, name)) for name in AMOUNTS}
    return {**shown, "is_short": amounts.is_short}


def net_body(net: Net) -> dict[str, Any]:
    """The representation of `NetSerializer`."""
    return {
        "metric": net.metric,
        "unit": net.unit,
        "all_classes": text(net.all_classes),
        "hard": text(net.hard_only),
        "one_time_cost": text(net.one_time_cost),
        "running_cost": text(net.running_cost),
    }


def leakage_body(leakage: Mapping[LeakageReason, Decimal]) -> dict[str, Any]:
    """Leakage by reason, every reason named."""
    return {reason.value: text(amount) for reason, amount in leakage.items()}


def text(value: Decimal | None) -> str | None:
    """A figure as text without trailing zeros beyond what it means."""
    if value is None:
        return None
    return format(value.normalize(ROUNDING), "f") if value else "0"
