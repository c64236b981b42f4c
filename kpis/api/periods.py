"""`periods/`: months with their state and dates, ending claims, locking and opening again (V4)."""

from collections.abc import Iterable
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from governance.api.serializers import person_body
from governance.errors import NotVisible
from governance.people.choices import Permission
from governance.web.apiviews import ApiView
from governance.web.serializers import (
    InstantField,
    PersonSerializer,
    StrictSerializer,
    TextField,
)
from kpis.api.serializers import MonthField
from kpis.periods.choices import PeriodState
from kpis.periods.selectors import PeriodLine, period_line, recent_periods
from kpis.periods.services import REASON_LENGTH, period_lock, period_reopen, period_submit
from kpis.rules import Month, month_of

TAGS = ["periods"]


class PeriodClaimsSerializer(serializers.Serializer[Any]):
    """The claims of a month in measures that the caller sees."""

    waiting = serializers.IntegerField()
    validated = serializers.IntegerField(help_text="Adjusted ones among them.")
    rejected = serializers.IntegerField()


class PeriodSerializer(serializers.Serializer[Any]):
    """A month, how far it is closed, and when it closes by itself."""

    month = serializers.CharField(help_text="Such as 2026-01.")
    state = serializers.ChoiceField(PeriodState.choices)
    claims_until = serializers.DateField(help_text="The last day on which it is claimed.")
    validated_until = serializers.DateField(help_text="It is locked after this day.")
    claims = PeriodClaimsSerializer()
    changed_by = PersonSerializer(allow_null=True, help_text="Null: the calendar, or nobody yet.")
    changed_at = InstantField(allow_null=True)
    reason = serializers.CharField(allow_blank=True, help_text="Why it was opened again.")


class PeriodsSerializer(serializers.Serializer[Any]):
    """Months that are over, the newest first."""

    results = PeriodSerializer(many=True)
    earlier = serializers.CharField(
        allow_null=True, help_text="Send it as `until` for the months before these."
    )


class PeriodFilters(StrictSerializer):
    """Which months."""

    until = MonthField(required=False, help_text="The latest month wanted.")


class PeriodClosingSerializer(StrictSerializer):
    """Nothing: the address says which month."""


class PeriodReopeningSerializer(StrictSerializer):
    """Why claims are taken again."""

    reason = TextField(max_length=REASON_LENGTH)


def period_bodies(lines: Iterable[PeriodLine]) -> list[dict[str, Any]]:
    """Representations of `PeriodSerializer`."""
    return [
        {
            "month": str(line.month),
            "state": line.state,
            "claims_until": line.claims_until,
            "validated_until": line.validated_until,
            "claims": {
                "waiting": line.counts.waiting,
                "validated": line.counts.validated,
                "rejected": line.counts.rejected,
            },
            "changed_by": person_body(line.row.changed_by)
            if line.row and line.row.changed_by
            else None,
            "changed_at": line.row.changed_at if line.row else None,
            "reason": line.row.reason if line.row else "",
        }
        for line in lines
    ]


class PeriodListView(ApiView):
    """The months that close."""

    @extend_schema(
        operation_id="periods_retrieve",
        tags=TAGS,
        parameters=[PeriodFilters],
        responses=PeriodsSerializer,
    )
    def get(self, request: Request, tenant_slug: str) -> Response:
        """The last 24 months that are over; none before `closes_from` of the value settings."""
        self.actor.require_anywhere(Permission.TREE_VIEW)
        until = self.filters(PeriodFilters).get("until")
        lines, earlier = recent_periods(self.tenant, until=until, by=self.actor)
        body = {"results": period_bodies(lines), "earlier": str(earlier) if earlier else None}
        return self.answer(body)


class PeriodMoveView(ApiView):
    """What the ways to close a month share."""

    def moved(self, month: Month) -> Response:
        line = period_line(self.tenant, month, by=self.actor)
        return self.answer(*period_bodies([line]))


class PeriodSubmitView(PeriodMoveView):
    """Ending the claims of a month."""

    @extend_schema(
        operation_id="periods_submit",
        tags=TAGS,
        request=PeriodClosingSerializer,
        responses=PeriodSerializer,
    )
    def post(self, request: Request, tenant_slug: str, month: str) -> Response:
        """Before its day; finance of the whole tenant only. 409 `period_not_open`."""
        self.actor.require_anywhere(Permission.VALUE_VALIDATE)
        self.parsed(PeriodClosingSerializer)
        asked = asked_month(month)
        period_submit(month=asked, by=self.actor)
        return self.moved(asked)


class PeriodLockView(PeriodMoveView):
    """Locking a month."""

    @extend_schema(
        operation_id="periods_lock",
        tags=TAGS,
        request=PeriodClosingSerializer,
        responses=PeriodSerializer,
    )
    def post(self, request: Request, tenant_slug: str, month: str) -> Response:
        """Before its day, for good; 409 `period_out_of_order` while an earlier one is open."""
        self.actor.require_anywhere(Permission.VALUE_VALIDATE)
        self.parsed(PeriodClosingSerializer)
        asked = asked_month(month)
        period_lock(month=asked, by=self.actor)
        return self.moved(asked)


class PeriodReopenView(PeriodMoveView):
    """Taking claims again."""

    @extend_schema(
        operation_id="periods_reopen",
        tags=TAGS,
        request=PeriodReopeningSerializer,
        responses=PeriodSerializer,
    )
    def post(self, request: Request, tenant_slug: str, month: str) -> Response:
        """Until it locks; 409 `period_closed` once it is locked."""
        self.actor.require_anywhere(Permission.VALUE_VALIDATE)
        reason = self.parsed(PeriodReopeningSerializer)["reason"]
        asked = asked_month(month)
        period_reopen(month=asked, reason=reason, by=self.actor)
        return self.moved(asked)


def asked_month(text: str) -> Month:
    """The month in an address; raises `NotVisible` where it is none."""
    month = month_of(text)
    if month is None:
        raise NotVisible
    return month
