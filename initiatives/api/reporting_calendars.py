"""`reporting-calendars/` and their versions: what holds where, proposing, publishing (R1, S5)."""

from collections.abc import Iterable
from typing import Any

from django.urls import reverse
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from governance.api.versions import (
    NEWEST_FIRST,
    PublicationSerializer,
    VersionSerializer,
    version_body,
)
from governance.calendars.rules import DAYS_IN_WEEK
from governance.calendars.selectors import current_calendar
from governance.people.choices import Permission
from governance.tree.choices import Level
from governance.tree.selectors import node_named
from governance.web.apiviews import ApiView, Listing
from governance.web.openapi import ETAG, IF_MATCH, page_of
from governance.web.serializers import (
    InstantField,
    ListFilters,
    StrictSerializer,
    TextField,
    WallTimeField,
)
from initiatives.api.serializers import text_of
from initiatives.rhythm.choices import ReportRhythm
from initiatives.rhythm.models import ReportingCalendar
from initiatives.rhythm.rules import MOST_BUSINESS_DAY, MOST_GRACE, ReportingPeriod, RhythmTerms
from initiatives.rhythm.selectors import (
    calendar_version,
    calendar_versions,
    calendars_in_force,
    rhythms_of,
)
from initiatives.rhythm.services import (
    reporting_calendar_propose,
    reporting_calendar_publish,
    reporting_calendar_withdraw,
)

TAGS = ["reporting calendars"]
PROGRAM_HELP = "A program's code; null for all programs without a calendar of their own."
NEW = OpenApiExample(
    "Every Friday at 17:00",
    value={
        "program": None,
        "rhythm": "weekly",
        "weekday": 5,
        "due_time": "17:00",
        "grace_days": 1,
        "starts_on": "2026-01-01",
    },
    request_only=True,
)


class ReportingPeriodSerializer(serializers.Serializer[Any]):
    """A reporting period: an update is late after `due_at` and missed after `overdue_at`."""

    first_on = serializers.DateField()
    due_on = serializers.DateField()
    due_at = InstantField()
    overdue_at = InstantField()


class RhythmTermsSerializer(serializers.Serializer[Any]):
    """What a calendar says."""

    program = serializers.CharField(allow_null=True, help_text=PROGRAM_HELP)
    rhythm = serializers.ChoiceField(ReportRhythm.choices)
    weekday = serializers.IntegerField(help_text="1 Monday to 7 Sunday; of no meaning monthly.")
    business_day = serializers.IntegerField(help_text="Of the month; of meaning monthly alone.")
    due_time = WallTimeField(help_text="In the tenant's time zone, such as 17:00.")
    grace_days = serializers.IntegerField(help_text="Business days after which it is missed.")
    starts_on = serializers.DateField()


class RhythmInForceSerializer(RhythmTermsSerializer):
    """A calendar that holds, and where it stands."""

    number = serializers.IntegerField()
    running = ReportingPeriodSerializer(allow_null=True)
    due = ReportingPeriodSerializer(allow_null=True, help_text="The last one that was due.")
    lapsed = ReportingPeriodSerializer(
        allow_null=True, help_text="The last one whose grace is over."
    )


class RhythmListSerializer(serializers.Serializer[Any]):
    """The calendars that hold."""

    items = RhythmInForceSerializer(many=True)


class RhythmVersionSerializer(RhythmTermsSerializer, VersionSerializer):
    """One version of a calendar."""


class NewRhythmSerializer(StrictSerializer):
    """A version to be proposed; what is not named is as it ships."""

    shown_as = RhythmVersionSerializer
    program = TextField(required=False, allow_null=True, help_text=PROGRAM_HELP)
    rhythm = serializers.ChoiceField(ReportRhythm.choices)
    weekday = serializers.IntegerField(required=False, min_value=1, max_value=DAYS_IN_WEEK)
    business_day = serializers.IntegerField(
        required=False, min_value=1, max_value=MOST_BUSINESS_DAY
    )
    due_time = WallTimeField(required=False)
    grace_days = serializers.IntegerField(required=False, min_value=0, max_value=MOST_GRACE)
    starts_on = serializers.DateField()


def terms_body(row: ReportingCalendar) -> dict[str, Any]:
    """A representation of `RhythmTermsSerializer`."""
    terms = row.terms
    return {
        "program": row.program.code if row.program else None,
        "rhythm": terms.rhythm.value,
        "weekday": terms.weekday,
        "business_day": terms.business_day,
        "due_time": terms.due_time.isoformat("minutes"),
        "grace_days": terms.grace_days,
        "starts_on": text_of(terms.starts_on),
    }


def period_body(period: ReportingPeriod | None) -> dict[str, Any] | None:
    """A representation of `ReportingPeriodSerializer`."""
    if period is None:
        return None
    names = ("first_on", "due_on", "due_at", "overdue_at")
    return {name: text_of(getattr(period, name)) for name in names}


def version_bodies(rows: Iterable[ReportingCalendar]) -> list[dict[str, Any]]:
    """Representations of `RhythmVersionSerializer`."""
    return [version_body(row, terms_body(row)) for row in rows]


class ReportingCalendarListView(ApiView):
    """The calendars that hold."""

    @extend_schema(
        operation_id="reporting_calendars_retrieve", tags=TAGS, responses=RhythmListSerializer
    )
    def get(self, request: Request, tenant_slug: str) -> Response:
        """The tenant's calendar and those of visible programs, each with its present periods."""
        self.actor.require_anywhere(Permission.TREE_VIEW)
        rhythms = rhythms_of(self.tenant, current_calendar())
        items = []
        for row in calendars_in_force(self.actor):
            stands = rhythms.standing_of(row.terms)
            periods = {
                "running": period_body(stands.running),
                "due": period_body(stands.due),
                "lapsed": period_body(stands.lapsed),
            }
            items.append({"number": row.number, **terms_body(row), **periods})
        return self.answer({"items": items})


class RhythmVersionListView(ApiView):
    """All versions of the calendars."""

    @extend_schema(
        operation_id="reporting_calendar_versions_list",
        tags=TAGS,
        parameters=[ListFilters],
        responses=page_of(RhythmVersionSerializer),
    )
    def get(self, request: Request, tenant_slug: str) -> Response:
        """A page of versions, newest first."""
        self.actor.require_anywhere(Permission.TREE_VIEW)
        given = self.filters(ListFilters)
        rows = calendar_versions(self.actor)
        return self.page_of(rows, Listing(NEWEST_FIRST, given, version_bodies))

    @extend_schema(
        operation_id="reporting_calendar_versions_create",
        tags=TAGS,
        parameters=[ETAG],
        request=NewRhythmSerializer,
        responses={201: RhythmVersionSerializer},
        examples=[NEW],
    )
    def post(self, request: Request, tenant_slug: str) -> Response:
        """Propose a version; 409 `reporting_calendar_proposed` while another one waits there."""
        self.actor.require_anywhere(Permission.GOVERNANCE_MANAGE)
        given = self.parsed(NewRhythmSerializer)
        code = given.pop("program", None) or ""
        program = node_named(code, by=self.actor, level=Level.PROGRAM, field="program")
        terms = RhythmTerms(**given | {"rhythm": ReportRhythm(given["rhythm"])})
        row = reporting_calendar_propose(terms=terms, program=program, by=self.actor)
        address = reverse("api-reporting-calendar-version-detail", args=[tenant_slug, row.number])
        fresh = calendar_version(row.number, by=self.actor)
        return self.answer(*version_bodies([fresh]), status=201, location=address)


class RhythmVersionView(ApiView):
    """One version of a calendar."""

    @extend_schema(
        operation_id="reporting_calendar_versions_retrieve",
        tags=TAGS,
        parameters=[ETAG],
        responses=RhythmVersionSerializer,
    )
    def get(self, request: Request, tenant_slug: str, number: int) -> Response:
        """One version, whatever became of it."""
        self.actor.require_anywhere(Permission.TREE_VIEW)
        return self.answer(*version_bodies([calendar_version(number, by=self.actor)]))

    @extend_schema(
        operation_id="reporting_calendar_versions_delete",
        tags=TAGS,
        parameters=[IF_MATCH],
        responses={204: None},
    )
    def delete(self, request: Request, tenant_slug: str, number: int) -> Response:
        """Withdraw a proposal; it stays readable. 409 `reporting_calendar_not_proposed`."""
        self.actor.require_anywhere(Permission.GOVERNANCE_MANAGE)
        calendar_version(number, by=self.actor)
        seen = self.seen_version()
        reporting_calendar_withdraw(number=number, seen_version=seen, by=self.actor)
        return Response(status=204)


class RhythmPublicationView(ApiView):
    """Bringing a proposal into force."""

    @extend_schema(
        operation_id="reporting_calendar_versions_publish",
        tags=TAGS,
        parameters=[IF_MATCH, ETAG],
        request=PublicationSerializer,
        responses=RhythmVersionSerializer,
    )
    def post(self, request: Request, tenant_slug: str, number: int) -> Response:
        """Publish; 403 `segregation_of_duties` for who proposed it (S5)."""
        self.actor.require_anywhere(Permission.GOVERNANCE_MANAGE)
        calendar_version(number, by=self.actor)
        seen = self.seen_version()
        self.parsed(PublicationSerializer)
        reporting_calendar_publish(number=number, seen_version=seen, by=self.actor)
        return self.answer(*version_bodies([calendar_version(number, by=self.actor)]))
