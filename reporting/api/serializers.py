"""The roll-up as the API shows it: months `YYYY-MM`, money as text, null where not derivable."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from rest_framework import serializers

from governance.audit.rules import plain
from governance.web.serializers import PersonSerializer
from initiatives.api.serializers import person_body
from initiatives.choices import Stage
from kpis.api.figure_serializers import (
    LineAmountsSerializer,
    NetSerializer,
    amounts_body,
    leakage_body,
    net_body,
    text,
)
from kpis.choices import Series
from kpis.figures.choices import Lamp
from kpis.figures.rules import Amounts
from kpis.rates.choices import RateBasis
from kpis.rules import Month
from reporting.funnel import FunnelStep, Standing
from reporting.rules import amount_text
from reporting.selectors import RollUp
from reporting.targets import TargetLine

SERIES = (Series.PLAN, Series.FORECAST, Series.ACTUAL_CLAIMED, Series.ACTUAL_VALIDATED)


class CountsSerializer(serializers.Serializer[Any]):
    """Number of measures."""

    by_stage = serializers.DictField(child=serializers.IntegerField())
    by_overlay = serializers.DictField(child=serializers.IntegerField())
    days_in_stage = serializers.DictField(
        child=serializers.IntegerField(allow_null=True),
        help_text="Whole days that live measures have been at each stage, on average.",
    )


class DegreeSerializer(serializers.Serializer[Any]):
    """Degree of implementation by count and by value (F1, F2), a ratio of 0 to 1."""

    by_count = serializers.CharField(allow_null=True)
    by_value = serializers.CharField(allow_null=True)


class HeadlineSerializer(serializers.Serializer[Any]):
    """The headline metric, recurring and one-off apart."""

    recurring = LineAmountsSerializer()
    one_off = LineAmountsSerializer()


class NodeLightsSerializer(serializers.Serializer[Any]):
    """The lights of a node from those of the measures below, by what they hold of |V| (L5)."""

    implementation = serializers.ChoiceField(Lamp.choices)
    potential = serializers.ChoiceField(Lamp.choices)
    evidence = serializers.ChoiceField(Lamp.choices)


class NodeTargetSerializer(serializers.Serializer[Any]):
    """A target in force beside what is bankable, all classes and the hard part of it (H7, V7).

    What is null has no target of its own: then only nodes right below have one.
    """

    target = serializers.CharField(allow_null=True)
    currency = serializers.CharField(help_text="Empty where the metric is no money.")
    number = serializers.IntegerField(allow_null=True, help_text="The version in force.")
    gap_owner = PersonSerializer(allow_null=True)
    bankable = serializers.CharField(allow_null=True)
    gap = serializers.CharField(allow_null=True, help_text="Target - bankable.")
    bankable_hard = serializers.CharField(allow_null=True)
    gap_hard = serializers.CharField(allow_null=True)
    below = serializers.CharField(
        allow_null=True, help_text="Targets of the nodes right below added up; null for none."
    )
    difference = serializers.CharField(allow_null=True, help_text="Target - below.")


class StandingSerializer(serializers.Serializer[Any]):
    """So many measures, and their V of the headline metric (V7)."""

    measures = serializers.IntegerField()
    recurring = serializers.CharField()
    one_off = serializers.CharField()


class FunnelStepSerializer(serializers.Serializer[Any]):
    """One stage of the funnel, in the order of the stages."""

    stage = serializers.ChoiceField(Stage.choices)
    live = StandingSerializer()
    on_hold = StandingSerializer()
    cancelled = StandingSerializer()
    reached = serializers.IntegerField(help_text="All that came this far, whatever became of them.")
    goes_on = serializers.CharField(
        allow_null=True, help_text="The share of them that came further; null at the last stage."
    )


class RollUpSerializer(serializers.Serializer[Any]):
    """All figures of one node and everything below it."""

    code = serializers.CharField()
    level = serializers.CharField()
    currency = serializers.CharField()
    counts = CountsSerializer()
    doi = DegreeSerializer()
    amounts = serializers.DictField(
        child=serializers.DictField(child=serializers.DictField(child=LineAmountsSerializer()))
    )
    headline = HeadlineSerializer()
    targets = serializers.DictField(
        child=serializers.DictField(child=serializers.DictField(child=NodeTargetSerializer())),
        help_text="Metric, kind and fiscal year (H7); empty where none is in force.",
    )
    validated_to_date = serializers.DictField(
        child=serializers.CharField(allow_null=True),
        help_text="Of the headline metric, recurring and one-off apart.",
    )
    net_value = NetSerializer(many=True)
    leakage = serializers.DictField(
        child=serializers.DictField(child=serializers.DictField(child=serializers.CharField())),
        help_text="Metric, class, reason (F7).",
    )
    funnel = FunnelStepSerializer(many=True)
    months = serializers.DictField(child=serializers.DictField(child=serializers.CharField()))
    headline_months = serializers.DictField(
        child=serializers.DictField(child=serializers.CharField()),
        help_text="Of the headline metric alone, all classes: what an S-curve adds up.",
    )
    months_by_class = serializers.DictField(
        child=serializers.DictField(child=serializers.DictField(child=serializers.CharField()))
    )
    rate = serializers.ChoiceField(RateBasis.choices)
    as_published = serializers.BooleanField(help_text="Restatements are left out (V4).")
    unconverted = serializers.DictField(
        child=serializers.CharField(),
        help_text="Value of other currencies that found no rate; it is in no total.",
    )
    missing_rates = serializers.DictField(
        child=serializers.ListField(child=serializers.CharField()),
        help_text="Months by currency in which something is planned and no rate is confirmed.",
    )
    lights = NodeLightsSerializer()
    value_at_risk = serializers.DictField(
        child=serializers.CharField(),
        help_text="Of the headline metric, recurring and one-off apart (F6).",
    )
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
            "days_in_stage": {stage.value: days for stage, days in figures.stage_ages.items()},
        },
        "doi": {
            "by_count": text(figures.degree_by_count),
            "by_value": text(figures.degree_by_value),
        },
        "amounts": {metric: _kinds(kinds) for metric, kinds in figures.amounts.items()},
        "headline": {kind: amounts_body(amounts) for kind, amounts in figures.headline.items()},
        "targets": _targets(figures.targets),
        "validated_to_date": {
            kind: text(amounts.validated_to_date) for kind, amounts in figures.headline.items()
        },
        "net_value": [net_body(net) for net in figures.net],
        "leakage": {
            metric: {name: leakage_body(leakage) for name, leakage in classes.items()}
            for metric, classes in figures.leakage.items()
        },
        "funnel": [_step(step) for step in figures.funnel],
        "headline_months": _by_series(figures.headline_months),
        "months": _by_series(figures.months),
        "months_by_class": {
            series.value: {
                effect_class.value: _months(months)
                for effect_class, months in figures.months_by_class.get(series, {}).items()
            }
            for series in SERIES
        },
        "rate": figures.rates.basis.value,
        "as_published": figures.as_published,
        "missing_rates": _missing(figures),
        "unconverted": {code: text(total) for code, total in figures.unconverted.items()},
        "lights": {name.value: lamp.value for name, lamp in figures.lights.items()},
        "value_at_risk": {kind: text(amount) for kind, amount in figures.at_risk.items()},
        "computed_at": plain(figures.computed_at),
        "is_current": figures.is_current,
    }


def _step(step: FunnelStep) -> dict[str, Any]:
    return {
        "stage": step.stage.value,
        "live": _standing(step.live),
        "on_hold": _standing(step.held),
        "cancelled": _standing(step.cancelled),
        "reached": step.reached,
        "goes_on": None if step.goes_on is None else f"{step.goes_on:.4f}",
    }


def _standing(one: Standing) -> dict[str, Any]:
    amounts = {kind.value: text(amount) for kind, amount in one.value.items()}
    return {"measures": one.number, **amounts}


def _targets(lines: Iterable[TargetLine]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for line in lines:
        kinds = found.setdefault(line.metric, {}).setdefault(line.kind, {})
        kinds[str(line.fiscal_year)] = target_body(line)
    return found


def target_body(line: TargetLine) -> dict[str, Any]:
    """The representation of `NodeTargetSerializer`."""
    own, spread = line.own, line.spread
    gap = None if own is None else own.gap
    return {
        "target": text(spread.own),
        "currency": line.currency,
        "number": None if own is None else own.target.number,
        "gap_owner": None if own is None else person_body(own.target.gap_owner),
        "bankable": None if gap is None else text(gap.bankable),
        "gap": None if gap is None else text(gap.missing),
        "bankable_hard": None if gap is None else text(gap.hard),
        "gap_hard": None if gap is None else text(gap.missing_hard),
        "below": text(spread.below),
        "difference": text(spread.difference),
    }


def _kinds(kinds: dict[str, dict[str, Amounts]]) -> dict[str, Any]:
    return {
        kind: {name: amounts_body(amounts) for name, amounts in classes.items()}
        for kind, classes in kinds.items()
    }


def _months(months: dict[Month, Decimal]) -> dict[str, str]:
    return {str(month): amount_text(months[month]) for month in sorted(months)}


def _by_series(months: Mapping[Series, dict[Month, Decimal]]) -> dict[str, Any]:
    return {series.value: _months(months.get(series, {})) for series in SERIES}


def _missing(figures: RollUp) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for currency, month in figures.missing:
        found.setdefault(currency, []).append(str(month))
    return found
