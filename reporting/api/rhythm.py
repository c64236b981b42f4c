"""`rhythm/` and `rhythm/nudge/`: who keeps the rhythm, and reminding owners (R3)."""

from decimal import Decimal
from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from governance.api.serializers import person_body
from governance.audit.rules import plain
from governance.errors import Forbidden
from governance.web.apiviews import ApiView
from governance.web.serializers import InstantField, PersonSerializer, StrictSerializer
from initiatives.api.reporting_calendars import ReportingPeriodSerializer, period_body
from reporting.period_reports.models import PeriodReport
from reporting.period_reports.selectors_signed import Unsigned
from reporting.rules_rhythm import Kept
from reporting.selectors_rhythm import READS, RUNS, rhythm_view
from reporting.services_rhythm import MOST_NUDGED, owners_nudge

TAGS = ["rhythm"]
RATE_HELP = "A share as a decimal; null where nothing was owed."
NUDGED = OpenApiExample(
    "Two owners",
    value={
        "people": ["5a4c5b4e-0d8f-4f0e-9d3a-3b1f0f1f7a10", "0e6a7c1c-8d2e-4c55-8f0f-1a2b3c4d5e6f"]
    },
    request_only=True,
)


class KeptSerializer(serializers.Serializer[Any]):
    """What owed updates come to, over the last six periods and now."""

    measures = serializers.IntegerField(help_text="Measures that owe updates.")
    owed = serializers.IntegerField(help_text="Updates of the last periods that were due.")
    late = serializers.IntegerField()
    missed = serializers.IntegerField()
    waiting = serializers.IntegerField(help_text="Due in the last period, and have not come.")
    stale = serializers.IntegerField(help_text="Measures whose light is stale (L4).")
    overriding = serializers.IntegerField(help_text="Measures with a stated light today.")
    lateness = serializers.CharField(allow_null=True, help_text=RATE_HELP)
    override_rate = serializers.CharField(allow_null=True, help_text=RATE_HELP)


class ProgramRhythmSerializer(KeptSerializer):
    """One program."""

    program = serializers.CharField()
    name = serializers.CharField()
    running = ReportingPeriodSerializer(allow_null=True)
    last_report = serializers.IntegerField(
        allow_null=True, help_text="The number of the last signed report."
    )
    last_report_due_on = serializers.DateField(allow_null=True)


class UnsignedSerializer(serializers.Serializer[Any]):
    """A place whose report of the current period nobody has signed."""

    node = serializers.CharField()
    name = serializers.CharField()
    level = serializers.CharField()
    lead = PersonSerializer(allow_null=True)
    due_on = serializers.DateField()


class OwnerRhythmSerializer(KeptSerializer):
    """One owner; forecast bias is the sum of forecast less validated ÷ that of the forecast."""

    owner = PersonSerializer()
    forecast_bias = serializers.CharField(allow_null=True)


class GateAgesSerializer(serializers.Serializer[Any]):
    """Open requests for one move by the days since they were asked."""

    transition = serializers.CharField()
    up_to_5 = serializers.IntegerField()
    up_to_10 = serializers.IntegerField()
    up_to_20 = serializers.IntegerField()
    over_20 = serializers.IntegerField()


class RhythmSerializer(serializers.Serializer[Any]):
    """Who keeps the rhythm."""

    programs = ProgramRhythmSerializer(many=True)
    owners = OwnerRhythmSerializer(many=True)
    gates = GateAgesSerializer(many=True)
    unsigned = UnsignedSerializer(many=True, help_text="The first 50.")
    unsigned_count = serializers.IntegerField()
    live_measures = serializers.IntegerField()
    missing_fields = serializers.DictField(child=serializers.IntegerField())
    computed_at = InstantField()
    is_current = serializers.BooleanField(help_text="False while a change is on its way.")


class NudgeSerializer(StrictSerializer):
    """Whom to remind, by the ids of their memberships."""

    people = serializers.ListField(
        child=serializers.UUIDField(), min_length=1, max_length=MOST_NUDGED
    )


class NudgedSerializer(serializers.Serializer[Any]):
    """How many were reminded, and how many had been today already."""

    reminded = serializers.IntegerField()
    reminded_before = serializers.IntegerField()


class RhythmView(ApiView):
    """The rhythm of what the caller runs."""

    @extend_schema(operation_id="rhythm_retrieve", tags=TAGS, responses=RhythmSerializer)
    def get(self, request: Request, tenant_slug: str) -> Response:
        """Programs and owners by their rates, gates by age, fields that are missing."""
        may = self.actor.may_anywhere
        if not (may(RUNS) or may(READS)):
            raise Forbidden
        view = rhythm_view(self.actor, self.tenant)
        names = ("up_to_5", "up_to_10", "up_to_20", "over_20")
        return Response(
            {
                "programs": [
                    {
                        "program": line.program.code,
                        "name": line.program.name,
                        "running": period_body(line.standing.running),
                        **_last(view.signatures.last.get(line.program.pk)),
                        **_kept(line.kept),
                    }
                    for line in view.programs
                ],
                "owners": [
                    {
                        "owner": person_body(line.owner),
                        **_kept(line.kept),
                        "forecast_bias": _rate(line.bias.ratio),
                    }
                    for line in view.owners
                ],
                "gates": [
                    {"transition": row.transition, **dict(zip(names, row.numbers, strict=True))}
                    for row in view.gates
                ],
                "unsigned": [_unsigned(one) for one in view.signatures.unsigned],
                "unsigned_count": view.signatures.total,
                "live_measures": view.measures,
                "missing_fields": view.missing,
                "computed_at": plain(view.computed_at),
                "is_current": view.is_current,
            }
        )


class NudgeView(ApiView):
    """Reminding owners."""

    @extend_schema(
        operation_id="rhythm_nudge",
        tags=TAGS,
        request=NudgeSerializer,
        responses={200: NudgedSerializer},
        examples=[NUDGED],
    )
    def post(self, request: Request, tenant_slug: str) -> Response:
        """Remind owners whose updates have not come, each once a day."""
        self.actor.require_anywhere(RUNS)
        people = self.parsed(NudgeSerializer)["people"]
        told, before = owners_nudge(people=people, tenant=self.tenant, by=self.actor)
        return Response({"reminded": told, "reminded_before": before})


def _last(report: PeriodReport | None) -> dict[str, Any]:
    return {
        "last_report": report.number if report else None,
        "last_report_due_on": report.due_on.isoformat() if report else None,
    }


def _unsigned(one: Unsigned) -> dict[str, Any]:
    node = one.node
    return {
        "node": node.code,
        "name": node.name,
        "level": node.known_level.word,
        "lead": person_body(node.owner) if node.owner else None,
        "due_on": one.due_on.isoformat(),
    }


def _kept(kept: Kept) -> dict[str, Any]:
    names = ("measures", "owed", "late", "missed", "waiting", "stale", "overriding")
    rates = {"lateness": _rate(kept.lateness), "override_rate": _rate(kept.override_rate)}
    return {name: getattr(kept, name) for name in names} | rates


def _rate(value: Decimal | None) -> str | None:
    return None if value is None else f"{value:.4f}"
