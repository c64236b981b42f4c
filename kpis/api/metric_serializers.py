"""Metrics as the API shows and takes them."""

from collections.abc import Sequence
from typing import Any

from rest_framework import serializers

from governance.audit.rules import plain
from governance.web.serializers import InstantField, ListFilters, StrictSerializer, TextField
from kpis.choices import Aggregation
from kpis.metrics.choices import Sign, StatementLine
from kpis.metrics.selectors import uses_of
from kpis.metrics.services import CODE_LENGTH, NAME_LENGTH, UNIT_LENGTH
from kpis.models import DECIMALS, Metric

CHOICES: dict[str, Any] = {"aggregation": Aggregation, "sign": Sign, "pl_line": StatementLine}


class MetricSerializer(serializers.Serializer[Any]):
    """What is measured, how its months become a year, and where it shows in the statements."""

    code = serializers.CharField()
    name = serializers.CharField()
    unit = serializers.CharField(allow_blank=True)
    is_monetary = serializers.BooleanField()
    aggregation = serializers.ChoiceField(Aggregation.choices)
    decimals = serializers.IntegerField(min_value=0, max_value=DECIMALS)
    sign = serializers.ChoiceField(Sign.choices, help_text="Whether more or less of it is better.")
    pl_line = serializers.ChoiceField(
        StatementLine.choices, help_text="The line of the statements that it shows in."
    )
    is_active = serializers.BooleanField()
    effects = serializers.IntegerField(min_value=0, help_text="How many effects use it.")
    version = serializers.IntegerField(min_value=1)
    created_at = InstantField()
    updated_at = InstantField()


class MeasuringSerializer(StrictSerializer):
    """How a metric is measured, and where it shows."""

    shown_as = MetricSerializer

    unit = TextField(required=False, allow_blank=True, max_length=UNIT_LENGTH)
    is_monetary = serializers.BooleanField(required=False)
    aggregation = serializers.ChoiceField(Aggregation.choices, required=False)
    decimals = serializers.IntegerField(required=False, min_value=0, max_value=DECIMALS)
    sign = serializers.ChoiceField(Sign.choices, required=False)
    pl_line = serializers.ChoiceField(StatementLine.choices, required=False)


class NewMetricSerializer(MeasuringSerializer):
    """A new metric."""

    code = TextField(max_length=CODE_LENGTH)
    name = TextField(max_length=NAME_LENGTH)


class MetricFieldsSerializer(MeasuringSerializer):
    """Fields of a metric to be changed; its code stays."""

    name = TextField(required=False, max_length=NAME_LENGTH)
    is_active = serializers.BooleanField(required=False)


class MetricFilterSerializer(ListFilters):
    """What the list of metrics is narrowed to."""

    is_active = serializers.BooleanField(required=False)


def metric_bodies(metrics: Sequence[Metric]) -> list[dict[str, Any]]:
    """Representations of `MetricSerializer`, with one query for their uses."""
    uses = uses_of(metrics)
    return [
        {
            "code": metric.code,
            "name": metric.name,
            "unit": metric.unit,
            "is_monetary": metric.is_monetary,
            "aggregation": metric.aggregation,
            "decimals": metric.decimals,
            "sign": metric.sign,
            "pl_line": metric.pl_line,
            "is_active": metric.is_active,
            "effects": uses.get(metric.pk, 0),
            "version": metric.version,
            "created_at": plain(metric.created_at),
            "updated_at": plain(metric.updated_at),
        }
        for metric in metrics
    ]


def with_words(given: dict[str, Any]) -> dict[str, Any]:
    """Values of closed lists as the words of the services."""
    words = {name: CHOICES[name](given[name]) for name in CHOICES if name in given}
    return given | words
