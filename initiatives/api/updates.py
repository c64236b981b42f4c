"""`my-updates/`: what the caller owes, and one call with many updates (R2)."""

from collections.abc import Sequence
from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from governance.calendars.selectors import today_of
from governance.errors import Forbidden
from governance.people.choices import Permission
from governance.web.apiviews import ApiView
from governance.web.refusals import refusal_text
from governance.web.serializers import StrictSerializer, TextField
from initiatives.api.reporting_calendars import ReportingPeriodSerializer, period_body
from initiatives.api.reports import ReportSerializer, report_bodies
from initiatives.api.serializers import text_of
from initiatives.choices import Light
from initiatives.rhythm.selectors_owed import OwedUpdate, owed_updates, with_facts
from initiatives.rhythm.services_updates import (
    MilestoneForecast,
    OwnerUpdate,
    UpdateResult,
    updates_write,
)
from initiatives.rules_reports import WORDS_LENGTH

TAGS = ["my updates"]
SEEN_HELP = "The last report as it was read; 409 `reported_meanwhile` where another stands now."
UPDATES = OpenApiExample(
    "One changed, one unchanged",
    value={
        "updates": [
            {
                "measure": "M-000001",
                "light": "amber",
                "achieved": "Contract drafted.",
                "next_steps": "Sign it.",
                "decision_needed": "",
            },
            {"measure": "M-000002", "is_unchanged": True},
        ]
    },
    request_only=True,
)


class LateMilestoneSerializer(serializers.Serializer[Any]):
    """An open milestone that is overdue or expected late."""

    id = serializers.UUIDField()
    title = serializers.CharField()
    plan_on = serializers.DateField(allow_null=True)
    forecast_on = serializers.DateField(allow_null=True)
    version = serializers.IntegerField()


class OwedUpdateSerializer(serializers.Serializer[Any]):
    """One measure of the caller that owes an update for a period, or has it."""

    measure = serializers.CharField()
    name = serializers.CharField()
    period = ReportingPeriodSerializer()
    is_answered = serializers.BooleanField()
    seen = serializers.CharField(allow_blank=True, help_text="To be sent back with the update.")
    last = ReportSerializer(allow_null=True)
    late_milestones = LateMilestoneSerializer(many=True)


class OwedUpdatesSerializer(serializers.Serializer[Any]):
    """All of them, and how many are answered."""

    answered = serializers.IntegerField()
    total = serializers.IntegerField()
    items = OwedUpdateSerializer(many=True)


class ForecastSerializer(StrictSerializer):
    """When a milestone is expected now."""

    milestone = serializers.UUIDField()
    version = serializers.IntegerField(min_value=1)
    forecast_on = serializers.DateField(allow_null=True)


class UpdateSerializer(StrictSerializer):
    """One update; `is_unchanged` says again what the last report said."""

    measure = TextField(max_length=20)
    is_unchanged = serializers.BooleanField(required=False)
    light = serializers.ChoiceField(Light.choices, required=False)
    achieved = TextField(required=False, allow_blank=True, max_length=WORDS_LENGTH)
    next_steps = TextField(required=False, allow_blank=True, max_length=WORDS_LENGTH)
    decision_needed = TextField(required=False, allow_blank=True, max_length=WORDS_LENGTH)
    forecasts = ForecastSerializer(many=True, required=False)
    seen = TextField(required=False, allow_blank=True, max_length=60, help_text=SEEN_HELP)


class UpdatesSerializer(StrictSerializer):
    """Many updates, each for itself."""

    updates = UpdateSerializer(many=True, allow_empty=False)


class UpdateResultSerializer(serializers.Serializer[Any]):
    """What became of one update: its report, or a code with a sentence and errors by field."""

    measure = serializers.CharField()
    report = ReportSerializer(allow_null=True)
    code = serializers.CharField(allow_null=True)
    detail = serializers.CharField(allow_null=True)
    field_errors = serializers.DictField(child=serializers.ListField())


class UpdateResultsSerializer(serializers.Serializer[Any]):
    """How many were saved, and what became of each."""

    saved = serializers.IntegerField()
    refused = serializers.IntegerField()
    results = UpdateResultSerializer(many=True)


class MyUpdatesView(ApiView):
    """What the caller owes."""

    @extend_schema(operation_id="my_updates_retrieve", tags=TAGS, responses=OwedUpdatesSerializer)
    def get(self, request: Request, tenant_slug: str) -> Response:
        """The caller's measures that owe an update under a rhythm, answered ones too."""
        self._require()
        owed = with_facts(owed_updates(self.actor, self.tenant), today_of(self.tenant))
        answered = sum(one.is_answered for one in owed)
        items = [_owed_body(one) for one in owed]
        return Response({"answered": answered, "total": len(owed), "items": items})

    @extend_schema(
        operation_id="my_updates_create",
        tags=TAGS,
        request=UpdatesSerializer,
        responses={200: UpdateResultsSerializer},
        examples=[UPDATES],
    )
    def post(self, request: Request, tenant_slug: str) -> Response:
        """Report on up to 100 measures, each for itself.

        The answer is 200 with one result each: what one is refused holds up no other.
        """
        self._require()
        given = self.parsed(UpdatesSerializer)["updates"]
        results = updates_write(updates=[_update(one) for one in given], by=self.actor)
        saved = sum(result.refusal is None for result in results)
        bodies = _result_bodies(results)
        return Response({"saved": saved, "refused": len(results) - saved, "results": bodies})

    def _require(self) -> None:
        self.actor.require_anywhere(Permission.TREE_VIEW)
        may = self.actor.may_anywhere
        if not (may(Permission.MEASURE_EDIT_OWN) or may(Permission.MEASURE_EDIT)):
            raise Forbidden


def _update(given: dict[str, Any]) -> OwnerUpdate:
    forecasts = [
        MilestoneForecast(one["milestone"], one["version"], one["forecast_on"])
        for one in given.pop("forecasts", [])
    ]
    return OwnerUpdate(code=given.pop("measure"), forecasts=forecasts, **given)


def _owed_body(one: OwedUpdate) -> dict[str, Any]:
    names = ("plan_on", "forecast_on")
    last = one.last
    if last is not None:
        last.measure = one.measure
    return {
        "measure": one.measure.code,
        "name": one.measure.name,
        "period": period_body(one.period),
        "is_answered": one.is_answered,
        "seen": one.seen,
        "last": report_bodies([last])[0] if last else None,
        "late_milestones": [
            {
                "id": str(row.public_id),
                "title": row.title,
                **{name: text_of(getattr(row, name)) for name in names},
                "version": row.version,
            }
            for row in one.milestones
        ],
    }


def _result_bodies(results: Sequence[UpdateResult]) -> list[dict[str, Any]]:
    """Representations of `UpdateResultSerializer`."""
    return [
        {
            "measure": result.code,
            "report": report_bodies([result.report])[0] if result.report else None,
            "code": result.refusal.code if result.refusal else None,
            "detail": refusal_text(result.refusal) if result.refusal else None,
            "field_errors": {
                name: [str(text) for text in texts]
                for name, texts in (result.refusal.errors if result.refusal else {}).items()
            },
        }
        for result in results
    ]
