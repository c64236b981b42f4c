"""`calendar/` and `calendar-versions/`: what is in force, proposing, publishing, withdrawing."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from governance.api.version_views import (
    SettingPublicationView,
    SettingVersionListView,
    SettingVersionView,
    VersionApi,
    VersionSchema,
)
from governance.api.versions import InForceSerializer, VersionSerializer, in_force_body
from governance.calendars.choices import Weekday
from governance.calendars.models import CalendarVersion
from governance.calendars.rules import (
    MONDAY_TO_FRIDAY,
    MOST_HOLIDAYS,
    NAME_LENGTH,
    Holiday,
)
from governance.calendars.selectors import today_of
from governance.calendars.services import CALENDAR, CalendarDraft, calendar_propose
from governance.people.choices import Permission
from governance.versions.selectors import version_in_force
from governance.web.apiviews import ApiView
from governance.web.serializers import StrictSerializer, TextField

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


API = VersionApi(CALENDAR, content_body, "api-calendar-version-detail")
SCHEMA = VersionSchema(
    "calendar", TAGS, CalendarVersionSerializer, NewCalendarVersionSerializer, NEW
)


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


@SCHEMA.listed
class CalendarVersionListView(SettingVersionListView):
    """All versions of the calendar."""

    api = API

    def post(self, request: Request, tenant_slug: str) -> Response:
        """Propose the next version (S5); 409 `calendar_proposed` while another one waits."""
        self.actor.require_anywhere(Permission.GOVERNANCE_MANAGE)
        given = self.parsed(NewCalendarVersionSerializer)
        draft = CalendarDraft(
            [Weekday(word).number for word in given["working_days"]],
            [Holiday(row["day"], row["name"]) for row in given.get("holidays", [])],
        )
        return self.proposed(calendar_propose(draft=draft, by=self.actor).number)


@SCHEMA.single
class CalendarVersionView(SettingVersionView):
    """One version of the calendar."""

    api = API


@SCHEMA.publication
class CalendarPublicationView(SettingPublicationView):
    """Bringing a proposed calendar into force."""

    api = API
