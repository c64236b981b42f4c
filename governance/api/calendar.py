"""`calendar/` and `calendar-versions/`: what is in force, proposing, publishing, withdrawing."""

from collections.abc import Iterable
from typing import Any

from django.urls import reverse
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from governance.api.versions import (
    NEWEST_FIRST,
    InForceSerializer,
    PublicationSerializer,
    VersionSerializer,
    in_force_body,
    version_body,
)
from governance.calendars.choices import Weekday
from governance.calendars.models import CalendarVersion
from governance.calendars.rules import (
    MONDAY_TO_FRIDAY,
    MOST_HOLIDAYS,
    NAME_LENGTH,
    Holiday,
)
from governance.calendars.selectors import today_of
from governance.calendars.services import (
    CalendarDraft,
    calendar_propose,
    calendar_publish,
    calendar_withdraw,
)
from governance.people.choices import Permission
from governance.versions.selectors import version_in_force, version_numbered, versions_of
from governance.web.apiviews import ApiView, Listing
from governance.web.openapi import ETAG, IF_MATCH, page_of
from governance.web.serializers import ListFilters, StrictSerializer, TextField

TAGS = ["calendar"]
NEW = OpenApiExample(
    "Monday to Friday with a holiday",
    value={
        "working_days": ["monday", "tuesday", "wednesday", "thursday", "friday"],
        "holidays": [{"day": "2026-12-25", "name": "Christmas Day"}],
    },
    request_only=True,
)


class HolidaySerializer(StrictSerializer):
    """A day on which nobody works."""

    day = serializers.DateField()
    name = TextField(max_length=NAME_LENGTH)


class ContentSerializer(serializers.Serializer[Any]):
    """What a calendar says."""

    working_days = serializers.ListField(child=serializers.ChoiceField(Weekday.choices))
    holidays = HolidaySerializer(many=True)


class CalendarSerializer(ContentSerializer, InForceSerializer):
    """The calendar in force; `number` is null where the standard holds."""

    time_zone = serializers.CharField(help_text="Days begin and end here.")
    today = serializers.DateField(help_text="What day it is in that zone.")


class CalendarVersionSerializer(ContentSerializer, VersionSerializer):
    """One version of the calendar."""


class NewCalendarVersionSerializer(StrictSerializer):
    """A version to be proposed."""

    shown_as = CalendarVersionSerializer
    working_days = serializers.ListField(
        child=serializers.ChoiceField(Weekday.choices), min_length=1, max_length=len(Weekday)
    )
    holidays = HolidaySerializer(  # type: ignore[call-arg]  # the stubs forget the list's limit
        many=True, required=False, max_length=MOST_HOLIDAYS
    )


def content_body(row: CalendarVersion) -> dict[str, Any]:
    return {
        "working_days": [day.value for day in row.weekdays],
        "holidays": [{"day": h.day, "name": h.name} for h in row.holiday_list],
    }


def version_bodies(rows: Iterable[CalendarVersion]) -> list[dict[str, Any]]:
    """Representations of `CalendarVersionSerializer`."""
    return [version_body(row, content_body(row)) for row in rows]


class CalendarView(ApiView):
    """The calendar in force."""

    @extend_schema(operation_id="calendar_retrieve", tags=TAGS, responses=CalendarSerializer)
    def get(self, request: Request, tenant_slug: str) -> Response:
        """Working days and holidays that deadlines are counted by today."""
        self.actor.require_anywhere(Permission.TREE_VIEW)
        row = version_in_force(CalendarVersion)
        standard = {
            "working_days": [Weekday.numbered(n).value for n in sorted(MONDAY_TO_FRIDAY)],
            "holidays": [],
        }
        content = content_body(row) if row else standard
        days = {"time_zone": self.tenant.time_zone, "today": today_of(self.tenant)}
        return self.answer(in_force_body(row, content | days))


class CalendarVersionListView(ApiView):
    """All versions of the calendar."""

    @extend_schema(
        operation_id="calendar_versions_list",
        tags=TAGS,
        parameters=[ListFilters],
        responses=page_of(CalendarVersionSerializer),
    )
    def get(self, request: Request, tenant_slug: str) -> Response:
        """A page of versions, newest first."""
        self.actor.require_anywhere(Permission.TREE_VIEW)
        given = self.filters(ListFilters)
        return self.page_of(
            versions_of(CalendarVersion), Listing(NEWEST_FIRST, given, version_bodies)
        )

    @extend_schema(
        operation_id="calendar_versions_create",
        tags=TAGS,
        parameters=[ETAG],
        request=NewCalendarVersionSerializer,
        responses={201: CalendarVersionSerializer},
        examples=[NEW],
    )
    def post(self, request: Request, tenant_slug: str) -> Response:
        """Propose the next version (S5); 409 `calendar_proposed` while another one waits."""
        self.actor.require_anywhere(Permission.GOVERNANCE_MANAGE)
        given = self.parsed(NewCalendarVersionSerializer)
        draft = CalendarDraft(
            [Weekday(word).number for word in given["working_days"]],
            [Holiday(row["day"], row["name"]) for row in given.get("holidays", [])],
        )
        row = calendar_propose(draft=draft, by=self.actor)
        address = reverse("api-calendar-version-detail", args=[tenant_slug, row.number])
        fresh = version_numbered(CalendarVersion, row.number)
        return self.answer(*version_bodies([fresh]), status=201, location=address)


class CalendarVersionView(ApiView):
    """One version of the calendar."""

    @extend_schema(
        operation_id="calendar_versions_retrieve",
        tags=TAGS,
        parameters=[ETAG],
        responses=CalendarVersionSerializer,
    )
    def get(self, request: Request, tenant_slug: str, number: int) -> Response:
        """One version, whatever became of it."""
        self.actor.require_anywhere(Permission.TREE_VIEW)
        return self.answer(*version_bodies([version_numbered(CalendarVersion, number)]))

    @extend_schema(
        operation_id="calendar_versions_delete",
        tags=TAGS,
        parameters=[IF_MATCH],
        responses={204: None},
    )
    def delete(self, request: Request, tenant_slug: str, number: int) -> Response:
        """Withdraw a proposal; it stays readable. 409 `calendar_not_proposed` for others."""
        self.actor.require_anywhere(Permission.GOVERNANCE_MANAGE)
        calendar_withdraw(number=number, seen_version=self.seen_version(), by=self.actor)
        return Response(status=204)


class CalendarPublicationView(ApiView):
    """Bringing a proposal into force."""

    @extend_schema(
        operation_id="calendar_versions_publish",
        tags=TAGS,
        parameters=[IF_MATCH, ETAG],
        request=PublicationSerializer,
        responses=CalendarVersionSerializer,
    )
    def post(self, request: Request, tenant_slug: str, number: int) -> Response:
        """Publish; 403 `segregation_of_duties` for who proposed it (S5)."""
        self.actor.require_anywhere(Permission.GOVERNANCE_MANAGE)
        seen = self.seen_version()
        self.parsed(PublicationSerializer)
        calendar_publish(number=number, seen_version=seen, by=self.actor)
        return self.answer(*version_bodies([version_numbered(CalendarVersion, number)]))
