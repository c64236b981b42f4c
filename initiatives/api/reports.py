"""`measures/<code>/status-reports/` and `status-reports/<id>/`: how a measure was rated (R4)."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.urls import reverse
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from governance.errors import Forbidden
from governance.web.apiviews import ApiView, Listing
from governance.web.openapi import ETAG, IF_MATCH, page_of
from governance.web.pages import Order
from governance.web.serializers import InstantField, ListFilters, StrictSerializer, TextField
from initiatives.api.serializers import text_of
from initiatives.choices import Light, ReportSource
from initiatives.models import StatusReport
from initiatives.rules import may_report
from initiatives.rules_reports import (
    COMMENTARY_LENGTH,
    RATER_LENGTH,
    STATED_LENGTH,
    WORDS_LENGTH,
)
from initiatives.selectors import (
    hands_at,
    measure_by_code,
    newest_day,
    report_by_id,
    report_refusal,
    reports_of,
)
from initiatives.services_reports import (
    WORDS,
    ReportDraft,
    status_report_add,
    status_report_change,
    status_report_remove,
)

TAGS = ["status reports"]
NEWEST_FIRST = Order("reported_on", "reported_on", is_descending=True)
NEW = OpenApiExample(
    "A review",
    value={
        "reported_on": "2026-03-31",
        "light": "amber",
        "rater": "IPA",
        "stated": "Amber/Red",
        "commentary": "The supplier of the castings is two months late.",
    },
    request_only=True,
)


class ReportSerializer(serializers.Serializer[Any]):
    """A status report; an empty rater is the measure's own side."""

    id = serializers.UUIDField()
    measure = serializers.CharField()
    reported_on = serializers.DateField()
    rater = serializers.CharField(allow_blank=True)
    light = serializers.ChoiceField(Light.choices)
    stated = serializers.CharField(allow_blank=True)
    achieved = serializers.CharField(allow_blank=True)
    next_steps = serializers.CharField(allow_blank=True)
    decision_needed = serializers.CharField(allow_blank=True)
    commentary = serializers.CharField(allow_blank=True)
    answers_on = serializers.DateField(
        allow_null=True, help_text="The due day of the reporting period that it answers (R1)."
    )
    due_at = InstantField(allow_null=True)
    is_late = serializers.BooleanField(help_text="Whether it came after that was due.")
    source = serializers.ChoiceField(ReportSource.choices)  # type: ignore[assignment]  # a field's name
    author = serializers.CharField()
    version = serializers.IntegerField(min_value=1)
    created_at = InstantField()
    updated_at = InstantField()


class ReportFieldsSerializer(StrictSerializer):
    """What a status report says."""

    shown_as = ReportSerializer

    reported_on = serializers.DateField(help_text="From 1990-01-01 until today.")
    light = serializers.ChoiceField(Light.choices)
    rater = TextField(required=False, allow_blank=True, max_length=RATER_LENGTH)
    stated = TextField(
        required=False,
        allow_blank=True,
        max_length=STATED_LENGTH,
        help_text="The rating in the source's own words.",
    )
    achieved = TextField(required=False, allow_blank=True, max_length=WORDS_LENGTH)
    next_steps = TextField(required=False, allow_blank=True, max_length=WORDS_LENGTH)
    decision_needed = TextField(required=False, allow_blank=True, max_length=WORDS_LENGTH)
    commentary = TextField(required=False, allow_blank=True, max_length=COMMENTARY_LENGTH)


class ReportListView(ApiView):
    """The status reports of one measure."""

    @extend_schema(
        operation_id="status_reports_list",
        tags=TAGS,
        parameters=[ListFilters],
        responses=page_of(ReportSerializer),
    )
    def get(self, request: Request, tenant_slug: str, code: str) -> Response:
        """The status reports of a measure, newest first."""
        measure = measure_by_code(code, by=self.actor)
        rows = reports_of(measure).select_related("measure")
        return self.page_of(rows, Listing(NEWEST_FIRST, self.filters(ListFilters), report_bodies))

    @extend_schema(
        operation_id="status_reports_create",
        tags=TAGS,
        parameters=[ETAG],
        request=ReportFieldsSerializer,
        responses={201: ReportSerializer},
        examples=[NEW],
    )
    def post(self, request: Request, tenant_slug: str, code: str) -> Response:
        """Add a status report; a later one freezes those before it."""
        measure = measure_by_code(code, by=self.actor)
        if not may_report(hands_at(measure, self.actor)):
            raise Forbidden
        draft = ReportDraft(**self.parsed(ReportFieldsSerializer))
        report = status_report_add(measure=measure, draft=draft, by=self.actor)
        address = reverse("api-status-report-detail", args=[tenant_slug, report.public_id])
        return self.answer(*report_bodies([report]), status=201, location=address)


class ReportView(ApiView):
    """One status report."""

    @extend_schema(
        operation_id="status_reports_retrieve",
        tags=TAGS,
        parameters=[ETAG],
        responses=ReportSerializer,
    )
    def get(self, request: Request, tenant_slug: str, report_id: UUID) -> Response:
        """One status report."""
        return self.answer(*report_bodies([report_by_id(report_id, by=self.actor)]))

    @extend_schema(
        operation_id="status_reports_update",
        tags=TAGS,
        parameters=[IF_MATCH, ETAG],
        request=ReportFieldsSerializer,
        responses=ReportSerializer,
    )
    def patch(self, request: Request, tenant_slug: str, report_id: UUID) -> Response:
        """Correct a measure's newest status report; earlier ones are frozen (R4)."""
        report, seen = self._correctable(report_id), self.seen_version()
        fields = self.parsed(ReportFieldsSerializer, partial=True)
        changed = status_report_change(
            report=report, seen_version=seen, fields=fields, by=self.actor
        )
        return self.answer(*report_bodies([changed]))

    @extend_schema(
        operation_id="status_reports_delete",
        tags=TAGS,
        parameters=[IF_MATCH],
        responses={204: None},
    )
    def delete(self, request: Request, tenant_slug: str, report_id: UUID) -> Response:
        """Remove a measure's newest status report; earlier ones are frozen (R4)."""
        report = self._correctable(report_id)
        status_report_remove(report=report, seen_version=self.seen_version(), by=self.actor)
        return Response(status=204)

    def _correctable(self, report_id: UUID) -> StatusReport:
        report = report_by_id(report_id, by=self.actor)
        reason = report_refusal(report, newest_day(report.measure), by=self.actor)
        if reason == "report_of_another":
            raise Forbidden(reason)
        return report


def report_bodies(reports: Iterable[StatusReport]) -> list[dict[str, Any]]:
    """Representations of `ReportSerializer`."""
    return [_report_body(report) for report in reports]


def _report_body(report: StatusReport) -> dict[str, Any]:
    plain = ("rater", "light", "stated", *WORDS, "commentary", "source", "author", "version")
    return {
        "id": str(report.public_id),
        "measure": report.measure.code,
        **{name: getattr(report, name) for name in plain},
        "reported_on": text_of(report.reported_on),
        "answers_on": text_of(report.answers_on),
        "due_at": text_of(report.due_at),
        "is_late": report.is_late,
        "created_at": text_of(report.created_at),
        "updated_at": text_of(report.updated_at),
    }
