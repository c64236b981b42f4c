"""`calendar/` and `calendar-versions/`: what is in force, proposing, publishing, withdrawing."""

from collections.abc import Iterable
from typing import Any

from django.urls import reverse
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from governance.api.serializers import person_body
from governance.calendars.choices import CalendarState, Weekday
from governance.calendars.models import CalendarVersion
from governance.calendars.rules import (
    MONDAY_TO_FRIDAY,
    MOST_HOLIDAYS,
    NAME_LENGTH,
    Holiday,
)
from governance.calendars.selectors import (
    calendar_version,
    calendar_versions,
    today_of,
    version_in_force,
)
from governance.calendars.services import (
    CalendarDraft,
    calendar_propose,
    calendar_publish,
    calendar_withdraw,
)
from governance.people.choices import Permission
from governance.web.apiviews import ApiView, Listing
from governance.web.openapi import ETAG, IF_MATCH, page_of
from governance.web.pages import Order
from governance.web.serializers import (
    InstantField,
    ListFilters,
    PersonSerializer,
    StrictSerializer,
    TextField,
)

TAGS = ["calendar"]
NEWEST_FIRST = Order("number", "number", is_descending=True)
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


class CalendarSerializer(serializers.Serializer[Any]):
    """The calendar in force; `number` is null where the standard holds."""

    number = serializers.IntegerField(allow_null=True)
    working_days = serializers.ListField(child=serializers.ChoiceField(Weekday.choices))
    holidays = HolidaySerializer(many=True)
    time_zone = serializers.CharField(help_text="Days begin and end here.")
    today = serializers.DateField(help_text="What day it is in that zone.")
    published_by = PersonSerializer(allow_null=True)
    published_at = InstantField(allow_null=True)


class CalendarVersionSerializer(serializers.Serializer[Any]):
    """One version of the calendar."""

    number = serializers.IntegerField(min_value=1)
    state = serializers.ChoiceField(CalendarState.choices)
    working_days = serializers.ListField(child=serializers.ChoiceField(Weekday.choices))
    holidays = HolidaySerializer(many=True)
    proposed_by = PersonSerializer()
    published_by = PersonSerializer(allow_null=True)
    published_at = InstantField(allow_null=True)
    version = serializers.IntegerField(min_value=1)
    created_at = InstantField()
    updated_at = InstantField()


class NewCalendarVersionSerializer(StrictSerializer):
    """A version to be proposed."""

    shown_as = CalendarVersionSerializer
    working_days = serializers.ListField(
        child=serializers.ChoiceField(Weekday.choices), min_length=1, max_length=len(Weekday)
    )
    holidays = HolidaySerializer(  # type: ignore[call-arg]  # the stubs forget the list's limit
        many=True, required=False, max_length=MOST_HOLIDAYS
    )


class PublicationSerializer(StrictSerializer):
    """Nothing: the address says which version, If-Match which state of it."""


def content_body(row: CalendarVersion) -> dict[str, Any]:
    return {
        "working_days": [day.value for day in row.weekdays],
        "holidays": [{"day": h.day, "name": h.name} for h in row.holiday_list],
    }


def publication_body(row: CalendarVersion | None) -> dict[str, Any]:
    by = row.published_by if row else None
    return {
        "published_by": person_body(by) if by else None,
        "published_at": row.published_at if row else None,
    }


def version_bodies(rows: Iterable[CalendarVersion]) -> list[dict[str, Any]]:
    """Representations of `CalendarVersionSerializer`."""
    return [
        {
            "number": row.number,
            "state": row.state,
            **content_body(row),
            "proposed_by": person_body(row.proposed_by),
            **publication_body(row),
            "version": row.version,
            "created_at": row.created_at,
            "updated_at": row.updated_at,
        }
        for row in rows
    ]


class CalendarView(ApiView):
    """The calendar in force."""

    @extend_schema(operation_id="calendar_retrieve", tags=TAGS, responses=CalendarSerializer)
    def get(self, request: Request, tenant_slug: str) -> Response:
        """Working days and holidays that deadlines are counted by today."""
        self.actor.require_anywhere(Permission.TREE_VIEW)
        row = version_in_force()
        standard = {
            "working_days": [Weekday.numbered(n).value for n in sorted(MONDAY_TO_FRIDAY)],
            "holidays": [],
        }
        return self.answer(
            {
                "number": row.number if row else None,
                **(content_body(row) if row else standard),
                "time_zone": self.tenant.time_zone,
                "today": today_of(self.tenant),
                **publication_body(row),
            }
        )


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
        return self.page_of(calendar_versions(), Listing(NEWEST_FIRST, given, version_bodies))

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
        fresh = calendar_version(row.number)
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
        return self.answer(*version_bodies([calendar_version(number)]))

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
        return self.answer(*version_bodies([calendar_version(number)]))
