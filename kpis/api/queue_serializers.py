"""The validation queue, many verdicts at once and sustain shortfalls as the API shows them."""

from collections.abc import Iterable, Sequence
from typing import Any

from rest_framework import serializers

from governance.audit.rules import plain
from governance.web.problems import problem
from governance.web.requests import TenantRequest
from governance.web.serializers import (
    CodeField,
    InstantField,
    ListFilters,
    PersonSerializer,
    StrictSerializer,
    TextField,
)
from kpis.actuals.models import Claim
from kpis.actuals.queue import Promise, promises_of
from kpis.actuals.rules import month_at
from kpis.actuals.selectors import validation_rows
from kpis.actuals.services.batches import MOST_LINES, LineResult
from kpis.api.actual_serializers import (
    MONTH_LENGTH,
    ValidationSerializer,
    VerdictSerializer,
    validation_bodies,
)
from kpis.figures.shortfalls import Shortfall
from kpis.models import Effect
from kpis.rules import Month

IN_STEAD = "What a head of controlling judges in the stead of the named controllers as well."


class SteadFilterSerializer(StrictSerializer):
    """Whose work is meant."""

    in_stead = serializers.BooleanField(required=False, help_text=IN_STEAD)


class QueueFilterSerializer(ListFilters):
    """What the queue is narrowed to."""

    in_stead = serializers.BooleanField(required=False, help_text=IN_STEAD)

    month = TextField(required=False, max_length=MONTH_LENGTH, help_text="Such as 2026-01.")
    measure = CodeField(required=False)
    portfolio = CodeField(required=False)
    program = CodeField(required=False)
    project = CodeField(required=False)
    measure_package = CodeField(required=False)


class WaitingClaimSerializer(serializers.Serializer[Any]):
    """A claim that waits for whoever asks, beside what was promised of its month."""

    effect = serializers.UUIDField()
    effect_name = serializers.CharField()
    measure = serializers.CharField()
    measure_name = serializers.CharField()
    month = serializers.CharField(help_text="Such as 2026-01.")
    unit = serializers.CharField()
    claimed = serializers.CharField()
    plan = serializers.CharField(allow_null=True, help_text="Of the current baseline.")
    forecast = serializers.CharField(allow_null=True)
    claimed_by = PersonSerializer()
    claimed_at = InstantField()


class LineVerdictSerializer(VerdictSerializer):
    """A verdict on the claim of one month, with the effect it is about."""

    effect = serializers.UUIDField()


class VerdictsSerializer(StrictSerializer):
    """Verdicts on many claims, each judged for itself."""

    verdicts = serializers.ListField(
        child=LineVerdictSerializer(), allow_empty=False, max_length=MOST_LINES
    )


class RefusalSerializer(serializers.Serializer[Any]):
    """Why one line was not judged, as a problem document says it."""

    code = serializers.CharField()
    status = serializers.IntegerField()
    title = serializers.CharField()
    detail = serializers.CharField()
    errors = serializers.DictField(  # type: ignore[assignment]  # a field, as the body names it
        child=serializers.ListField(child=serializers.CharField())
    )


class LineResultSerializer(serializers.Serializer[Any]):
    """What became of one line: its validation, or why there is none."""

    effect = serializers.UUIDField()
    month = serializers.CharField()
    validation = ValidationSerializer(allow_null=True)
    refusal = RefusalSerializer(allow_null=True)


class LineResultsSerializer(serializers.Serializer[Any]):
    """What became of each line, in the order of the lines."""

    judged = serializers.IntegerField()
    refused = serializers.IntegerField()
    results = LineResultSerializer(many=True)


class ShortfallSerializer(serializers.Serializer[Any]):
    """An effect of a closed measure that stays behind in its sustain months (V2)."""

    measure = serializers.CharField()
    measure_name = serializers.CharField()
    effect = serializers.UUIDField()
    effect_name = serializers.CharField()
    unit = serializers.CharField()
    first_month = serializers.CharField()
    last_month = serializers.CharField()
    validated_months = serializers.IntegerField()
    open_months = serializers.IntegerField(help_text="Closed months that nobody validated.")
    expected = serializers.CharField()
    validated = serializers.CharField()
    shortfall = serializers.CharField()


class ShortfallsSerializer(serializers.Serializer[Any]):
    """Shortfalls, the largest first, with the terms by which they are some."""

    sustain_months = serializers.IntegerField()
    tolerance_percent = serializers.CharField()
    results = ShortfallSerializer(many=True)


def waiting_bodies(claims: Sequence[Claim]) -> list[dict[str, Any]]:
    """Representations of `WaitingClaimSerializer`; one query for each month among them."""
    effects: dict[Month, list[Effect]] = {}
    for claim in claims:
        effects.setdefault(month_at(claim.month), []).append(claim.effect)
    found = {month: promises_of(rows, month) for month, rows in effects.items()}
    return [_waiting(claim, found[month_at(claim.month)][claim.effect_id]) for claim in claims]


def result_bodies(results: Sequence[LineResult], request: TenantRequest) -> list[dict[str, Any]]:
    """Representations of `LineResultSerializer`; one query for all."""
    written = [result.validation.pk for result in results if result.validation is not None]
    rows = list(validation_rows().filter(pk__in=written))
    bodies = dict(zip((row.pk for row in rows), validation_bodies(rows), strict=True))
    return [
        {
            "effect": str(result.line.effect),
            "month": result.line.verdict.month,
            "validation": bodies[result.validation.pk] if result.validation is not None else None,
            "refusal": _refusal(result, request),
        }
        for result in results
    ]


def shortfall_bodies(rows: Iterable[Shortfall]) -> list[dict[str, Any]]:
    """Representations of `ShortfallSerializer`."""
    return [_shortfall(row) for row in rows]


def _waiting(claim: Claim, promise: Promise) -> dict[str, Any]:
    effect, person = claim.effect, claim.claimed_by
    return {
        **_named(effect),
        "measure": effect.measure.code,
        "measure_name": effect.measure.name,
        "month": str(month_at(claim.month)),
        "claimed": _text(claim.amount, effect),
        "plan": _text(promise.plan, effect),
        "forecast": _text(promise.forecast, effect),
        "claimed_by": {"email": person.email, "name": person.name},
        "claimed_at": plain(claim.claimed_at),
    }


def _named(effect: Effect) -> dict[str, str]:
    return {
        "effect": str(effect.public_id),
        "effect_name": effect.name or effect.metric.name,
        "unit": effect.currency or effect.metric.unit,
    }


def _text(amount: Any, effect: Effect) -> str | None:
    return None if amount is None else f"{amount:.{effect.metric.decimals}f}"


def _refusal(result: LineResult, request: TenantRequest) -> dict[str, Any] | None:
    if result.refusal is None:
        return None
    told = problem(result.refusal, request)
    return {name: told[name] for name in ("code", "status", "title", "detail", "errors")}


def _shortfall(row: Shortfall) -> dict[str, Any]:
    one, effect = row.sustained, row.effect
    return {
        **_named(effect),
        "measure": row.measure.code,
        "measure_name": row.measure.name,
        "first_month": str(one.first),
        "last_month": str(one.last),
        "validated_months": one.validated_months,
        "open_months": one.open_months,
        "expected": _text(one.expected, effect),
        "validated": _text(one.validated, effect),
        "shortfall": _text(one.shortfall, effect),
    }
