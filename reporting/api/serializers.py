"""The roll-up as the API shows it: months `YYYY-MM`, money as text, null where not derivable."""

from decimal import Decimal
from typing import Any

from rest_framework import serializers

from governance.audit.rules import plain
from governance.web.serializers import StrictSerializer
from kpis.choices import Series
from kpis.rates.choices import RateBasis
from kpis.rates.rules import ROUNDING
from kpis.rules import Month
from reporting.rules import Amounts, amount_text
from reporting.selectors import RollUp

SERIES = (Series.PLAN, Series.FORECAST, Series.ACTUAL_CLAIMED, Series.ACTUAL_VALIDATED)


class CountsSerializer(serializers.Serializer[Any]):
    """Number of measures."""

    by_stage = serializers.DictField(child=serializers.IntegerField())
    by_overlay = serializers.DictField(child=serializers.IntegerField())


class DegreeSerializer(serializers.Serializer[Any]):
    """Degree of implementation by count and by value (F1, F2), a ratio of 0 to 1."""

    by_count = serializers.CharField(allow_null=True)
    by_value = serializers.CharField(allow_null=True)


class AmountsSerializer(serializers.Serializer[Any]):
    """The amounts of F3."""

    identified = serializers.CharField()
    hardened = serializers.CharField()
    bankable = serializers.CharField()
    validated = serializers.CharField(allow_null=True)
    parked = serializers.CharField()


class HeadlineSerializer(serializers.Serializer[Any]):
    """The headline metric, recurring and one-off apart."""

    recurring = AmountsSerializer()
    one_off = AmountsSerializer()


class RollUpFilterSerializer(StrictSerializer):
    """By which rates other currencies join the totals; plan rates unless said otherwise."""

    rate = serializers.ChoiceField(RateBasis.choices, required=False)


class RollUpSerializer(serializers.Serializer[Any]):
    """All figures of one node and everything below it."""

    code = serializers.CharField()
    level = serializers.CharField()
    currency = serializers.CharField()
    counts = CountsSerializer()
    doi = DegreeSerializer()
    amounts = serializers.DictField(
        child=serializers.DictField(child=serializers.DictField(child=AmountsSerializer()))
    )
    headline = HeadlineSerializer()
    targets = serializers.DictField(allow_null=True)
    validated_to_date = serializers.CharField(allow_null=True)
    months = serializers.DictField(child=serializers.DictField(child=serializers.CharField()))
    months_by_class = serializers.DictField(
        child=serializers.DictField(child=serializers.DictField(child=serializers.CharField()))
    )
    rate = serializers.ChoiceField(RateBasis.choices)
    unconverted = serializers.DictField(
        child=serializers.CharField(),
        help_text="Value of other currencies that found no rate; it is in no total.",
    )
    missing_rates = serializers.DictField(
        child=serializers.ListField(child=serializers.CharField()),
        help_text="Months by currency in which something is planned and no rate is confirmed.",
    )
    lights = serializers.DictField(allow_null=True)
    value_at_risk = serializers.CharField(allow_null=True)
    computed_at = serializers.CharField()
    is_current = serializers.BooleanField()


def roll_up_body(figures: RollUp) -> dict[str, Any]:
    """The representation of `RollUpSerializer`."""
    return {
        "code": figures.code,
        "level": figures.level,
        "currency": figures.currency,
        "counts": {
            "by_stage": {stage.value: n for stage, n in figures.by_stage.items()},
            "by_overlay": {overlay.value: n for overlay, n in figures.by_overlay.items()},
        },
        "doi": {
            "by_count": _text(figures.degree_by_count),
            "by_value": _text(figures.degree_by_value),
        },
        "amounts": {
            metric: {
                kind: {name: _amounts(amounts) for name, amounts in classes.items()}
                for kind, classes in kinds.items()
            }
            for metric, kinds in figures.amounts.items()
        },
        "headline": {kind: _amounts(amounts) for kind, amounts in figures.headline.items()},
        "targets": None,
        "validated_to_date": None,
        "months": {series.value: _months(figures.months.get(series, {})) for series in SERIES},
        "months_by_class": {
            series.value: {
                effect_class.value: _months(months)
                for effect_class, months in figures.months_by_class.get(series, {}).items()
            }
            for series in SERIES
        },
        "rate": figures.rates.basis.value,
        "missing_rates": _missing(figures),
        "unconverted": {code: _text(total) for code, total in figures.unconverted.items()},
        "lights": None,
        "value_at_risk": None,
        "computed_at": plain(figures.computed_at),
        "is_current": True,
    }


def _months(months: dict[Month, Decimal]) -> dict[str, str]:
    return {str(month): amount_text(months[month]) for month in sorted(months)}


def _missing(figures: RollUp) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for currency, month in figures.missing:
        found.setdefault(currency, []).append(str(month))
    return found


def _amounts(amounts: Amounts) -> dict[str, str | None]:
    return {
        name: _text(getattr(amounts, name))
        for name in ("identified", "hardened", "bankable", "validated", "parked")
    }


def _text(value: Decimal | None) -> str | None:
    """A figure as text without trailing zeros beyond what it means."""
    if value is None:
        return None
    return format(value.normalize(ROUNDING), "f") if value else "0"
