"""`reporting-calendars/` and their versions: what holds where, proposing, publishing (R1, S5)."""

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
from governance.api.versions import VersionSerializer
from governance.calendars.rules import DAYS_IN_WEEK
from governance.calendars.selectors import current_calendar
from governance.people.choices import Permission
from governance.tree.choices import Level
from governance.tree.selectors import node_named
from governance.web.apiviews import ApiView
from governance.web.serializers import (
    InstantField,
    StrictSerializer,
    TextField,
    WallTimeField,
)
from initiatives.api.serializers import text_of
from initiatives.rhythm.choices import ReportRhythm
from initiatives.rhythm.models import ReportingCalendar
from initiatives.rhythm.rules import MOST_BUSINESS_DAY, MOST_GRACE, ReportingPeriod, RhythmTerms
from initiatives.rhythm.selectors import calendar_versions, calendars_in_force, rhythms_of
from initiatives.rhythm.services import REPORTING_CALENDAR, reporting_calendar_propose

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


API = VersionApi(
    REPORTING_CALENDAR, terms_body, "api-reporting-calendar-version-detail", calendar_versions
)
SCHEMA = VersionSchema(
    "reporting_calendar", TAGS, RhythmVersionSerializer, NewRhythmSerializer, NEW
)


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


@SCHEMA.listed
class RhythmVersionListView(SettingVersionListView):
    """All versions of the calendars."""

    api = API

    def post(self, request: Request, tenant_slug: str) -> Response:
        """Propose a version; 409 `reporting_calendar_proposed` while another one waits there."""
        self.actor.require_anywhere(Permission.GOVERNANCE_MANAGE)
        given = self.parsed(NewRhythmSerializer)
        code = given.pop("program", None) or ""
        program = node_named(code, by=self.actor, level=Level.PROGRAM, field="program")
        terms = RhythmTerms(**given | {"rhythm": ReportRhythm(given["rhythm"])})
        row = reporting_calendar_propose(terms=terms, program=program, by=self.actor)
        return self.proposed(row.number)


@SCHEMA.single
class RhythmVersionView(SettingVersionView):
    """One version of a calendar."""

    api = API


@SCHEMA.publication
class RhythmPublicationView(SettingPublicationView):
    """Bringing a proposed calendar into force."""

    api = API
