"""`notifications/` and `notification-settings/`: one's own notices, and how they come by mail."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from governance.api.serializers import person_body
from governance.errors import Invalid, NotVisible
from governance.notifications.choices import Delivery, NoticeGroup
from governance.notifications.letters import group_of
from governance.notifications.models import KIND_LENGTH, Notification
from governance.notifications.registry import kind_of, kinds, reason, render
from governance.notifications.rules import HOURS_IN_DAY, Hours
from governance.notifications.selectors import Wishes, notice_by_id, notices_of, wishes_of
from governance.notifications.services_choices import Asked, notice_wishes_change
from governance.notifications.services_inbox import (
    notice_read,
    notices_read_all,
    notices_unread_again,
)
from governance.web.apiviews import ApiView, Listing
from governance.web.openapi import ETAG, IF_MATCH, page_of
from governance.web.pages import Order
from governance.web.serializers import (
    InstantField,
    ListFilters,
    PersonSerializer,
    StrictSerializer,
    TextField,
    WallTimeField,
    wall_time,
)

TAGS = ["notifications"]
NEWEST_FIRST = Order("newest", "id", is_descending=True)


class NotificationSerializer(serializers.Serializer[Any]):
    """Something one was told, in one's own language."""

    id = serializers.UUIDField()
    kind = serializers.CharField()
    group = serializers.ChoiceField(NoticeGroup.choices)
    title = serializers.CharField()
    lines = serializers.ListField(child=serializers.CharField())
    why = serializers.CharField(help_text="Why one was told.")
    url = serializers.CharField(help_text="The page that it is about.")
    delivery = serializers.ChoiceField(Delivery.choices)
    caused_by = PersonSerializer(allow_null=True)
    created_at = InstantField()
    read_at = InstantField(allow_null=True)


class NotificationFilters(ListFilters):
    """What the list is narrowed by."""

    unread = serializers.BooleanField(required=False)
    kind = TextField(required=False, max_length=KIND_LENGTH)


class NoBodySerializer(StrictSerializer):
    """Nothing: the address says which one."""


class ReadAllSerializer(StrictSerializer):
    """All notices, or those of one kind."""

    kind = TextField(required=False, max_length=KIND_LENGTH)


class ReadAllAnswerSerializer(serializers.Serializer[Any]):
    """How many were marked read; `read_at` takes that back."""

    count = serializers.IntegerField(min_value=0)
    read_at = InstantField()


class UnreadAgainSerializer(StrictSerializer):
    """The moment at which notices were marked read."""

    read_at = InstantField()


class CountSerializer(serializers.Serializer[Any]):
    """How many."""

    count = serializers.IntegerField(min_value=0)


class WishSerializer(serializers.Serializer[Any]):
    """One kind and how it comes by mail."""

    kind = serializers.CharField()
    name = serializers.CharField()
    group = serializers.ChoiceField(NoticeGroup.choices)
    delivery = serializers.ChoiceField(Delivery.choices)
    may_be_off = serializers.BooleanField()


class WishesSerializer(serializers.Serializer[Any]):
    """How one wants to be told; times are those of the tenant's time zone."""

    quiet_from = WallTimeField(allow_null=True)
    quiet_until = WallTimeField(allow_null=True)
    digest_hour = serializers.IntegerField(min_value=0, max_value=HOURS_IN_DAY - 1)
    time_zone = serializers.CharField()
    kinds = WishSerializer(many=True)
    version = serializers.IntegerField(min_value=1)


class WishesChangeSerializer(StrictSerializer):
    """What is to change; kinds by their names."""

    shown_as = WishesSerializer
    quiet_from = WallTimeField(allow_null=True, required=False)
    quiet_until = WallTimeField(allow_null=True, required=False)
    digest_hour = serializers.IntegerField(min_value=0, max_value=HOURS_IN_DAY - 1, required=False)
    deliveries = serializers.DictField(
        child=serializers.ChoiceField(Delivery.choices), required=False
    )


def notice_bodies(
    rows: Iterable[Notification], request: Request, slug: str
) -> list[dict[str, Any]]:
    """Representations of `NotificationSerializer`."""
    return [_body(row, request, slug) for row in rows]


def _body(row: Notification, request: Request, slug: str) -> dict[str, Any]:
    rendered = render(row.kind, row.known_params)
    home = reverse("tenant-home", args=[slug])
    return {
        "id": row.public_id,
        "kind": row.kind,
        "group": group_of(row),
        "title": rendered.title,
        "lines": list(rendered.lines),
        "why": reason(row.kind, row.known_params),
        "url": request.build_absolute_uri(f"{home}{rendered.path.lstrip('/')}"),
        "delivery": row.delivery,
        "caused_by": person_body(row.caused_by) if row.caused_by else None,
        "created_at": row.created_at,
        "read_at": row.read_at,
    }


def _wishes_body(wishes: Wishes, time_zone: str) -> dict[str, Any]:
    """Representation of `WishesSerializer`."""
    return {
        "quiet_from": wall_time(wishes.hours.quiet_from),
        "quiet_until": wall_time(wishes.hours.quiet_until),
        "digest_hour": wishes.hours.digest_hour,
        "time_zone": time_zone,
        "kinds": [
            {
                "kind": kind.code,
                "name": str(kind.label),
                "group": kind.group,
                "delivery": wishes.deliveries[kind.code],
                "may_be_off": kind.may_be_off,
            }
            for kind in kinds()
        ],
        "version": wishes.version,
    }


def _known(kind: str) -> str:
    """A kind that exists, or none; raises `Invalid` for any other."""
    if kind and kind_of(kind) is None:
        raise Invalid({"kind": [_("This kind does not exist.")]})
    return kind


class NotificationListView(ApiView):
    """One's own notices."""

    @extend_schema(
        operation_id="notifications_list",
        tags=TAGS,
        parameters=[NotificationFilters],
        responses=page_of(NotificationSerializer),
    )
    def get(self, request: Request, tenant_slug: str) -> Response:
        """A page of what one was told, newest first."""
        given = self.filters(NotificationFilters)
        rows = notices_of(
            self.actor, unread=given.get("unread", False), kind=_known(given.get("kind", ""))
        )
        listing = Listing(
            NEWEST_FIRST, given, lambda page: notice_bodies(page, request, tenant_slug)
        )
        return self.page_of(rows, listing)


class NotificationView(ApiView):
    """One notice."""

    @extend_schema(
        operation_id="notifications_retrieve", tags=TAGS, responses=NotificationSerializer
    )
    def get(self, request: Request, tenant_slug: str, notice_id: UUID) -> Response:
        """One of one's own notices; reading it here does not mark it read."""
        row = notice_by_id(notice_id, by=self.actor)
        return self.answer(_body(row, request, tenant_slug))


class NotificationReadView(ApiView):
    """Marking one notice read."""

    @extend_schema(
        operation_id="notifications_read",
        tags=TAGS,
        request=NoBodySerializer,
        responses=NotificationSerializer,
    )
    def post(self, request: Request, tenant_slug: str, notice_id: UUID) -> Response:
        """Mark it read; doing it twice changes nothing."""
        notice_by_id(notice_id, by=self.actor)
        self.parsed(NoBodySerializer)
        row = notice_read(notice_id=notice_id, is_read=True, by=self.actor)
        return self.answer(_body(row, request, tenant_slug))


class NotificationUnreadView(ApiView):
    """Marking one notice unread again."""

    @extend_schema(
        operation_id="notifications_unread",
        tags=TAGS,
        request=NoBodySerializer,
        responses=NotificationSerializer,
    )
    def post(self, request: Request, tenant_slug: str, notice_id: UUID) -> Response:
        """Mark it unread again; doing it twice changes nothing."""
        notice_by_id(notice_id, by=self.actor)
        self.parsed(NoBodySerializer)
        row = notice_read(notice_id=notice_id, is_read=False, by=self.actor)
        return self.answer(_body(row, request, tenant_slug))


class NotificationsReadAllView(ApiView):
    """Marking everything read."""

    @extend_schema(
        operation_id="notifications_read_all",
        tags=TAGS,
        request=ReadAllSerializer,
        responses=ReadAllAnswerSerializer,
    )
    def post(self, request: Request, tenant_slug: str) -> Response:
        """Mark all unread notices read, or those of one kind."""
        given = self.parsed(ReadAllSerializer)
        done = notices_read_all(kind=_known(given.get("kind", "")), by=self.actor)
        return self.answer({"count": done.count, "read_at": done.read_at})


class NotificationsUnreadAgainView(ApiView):
    """Taking back that everything was marked read."""

    @extend_schema(
        operation_id="notifications_unread_again",
        tags=TAGS,
        request=UnreadAgainSerializer,
        responses=CountSerializer,
    )
    def post(self, request: Request, tenant_slug: str) -> Response:
        """Mark unread again what was marked read at this moment; how many."""
        given = self.parsed(UnreadAgainSerializer)
        count = notices_unread_again(read_at=given["read_at"], by=self.actor)
        return self.answer({"count": count})


class NotificationSettingsView(ApiView):
    """How one wants to be told."""

    @extend_schema(
        operation_id="notification_settings_retrieve",
        tags=TAGS,
        parameters=[ETAG],
        responses=WishesSerializer,
    )
    def get(self, request: Request, tenant_slug: str) -> Response:
        """One's own choices, with the defaults where one chose nothing."""
        return self.answer(_wishes_body(wishes_of(self._member()), self.tenant.time_zone))

    @extend_schema(
        operation_id="notification_settings_update",
        tags=TAGS,
        parameters=[IF_MATCH, ETAG],
        request=WishesChangeSerializer,
        responses=WishesSerializer,
    )
    def patch(self, request: Request, tenant_slug: str) -> Response:
        """Change one's own choices; what is not named stays."""
        seen = self.seen_version()
        given = self.parsed(WishesChangeSerializer, partial=True)
        former = wishes_of(self._member()).hours
        hours = Hours(
            given.get("quiet_from", former.quiet_from),
            given.get("quiet_until", former.quiet_until),
            given.get("digest_hour", former.digest_hour),
        )
        deliveries = {code: Delivery(said) for code, said in given.get("deliveries", {}).items()}
        wishes = notice_wishes_change(
            asked=Asked(deliveries, hours), seen_version=seen, by=self.actor
        )
        return self.answer(_wishes_body(wishes, self.tenant.time_zone))

    def _member(self) -> int:
        if self.actor.membership_id is None:
            raise NotVisible
        return self.actor.membership_id
