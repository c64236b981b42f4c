"""`mails/`: what was sent, what waits and what failed, for administrators; and another try."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from governance.api.serializers import person_body
from governance.notifications.choices import MailForm, MailState
from governance.notifications.models import Mail
from governance.notifications.selectors import mail_by_id, mails_in
from governance.notifications.services_mails import mail_retry
from governance.people.choices import Permission
from governance.web.apiviews import ApiView, Listing
from governance.web.openapi import ETAG, IF_MATCH, page_of
from governance.web.pages import Order
from governance.web.serializers import (
    InstantField,
    ListFilters,
    PersonSerializer,
    StrictSerializer,
)

TAGS = ["mails"]
NEWEST_FIRST = Order("newest", "id", is_descending=True)


class MailSerializer(serializers.Serializer[Any]):
    """A mail and how its sending went; never what it says."""

    id = serializers.UUIDField()
    message_id = serializers.CharField(help_text="The same at every try.")
    form = serializers.ChoiceField(MailForm.choices)
    state = serializers.ChoiceField(MailState.choices)
    recipient = PersonSerializer()
    tries = serializers.IntegerField(min_value=0)
    reason = serializers.CharField(help_text="Why it failed, waits or was dropped.")
    created_at = InstantField()
    due_at = InstantField(allow_null=True, help_text="Next try.")
    settled_at = InstantField(allow_null=True)
    version = serializers.IntegerField(min_value=1)


class MailFilters(ListFilters):
    """What the list is narrowed by; without `state` the failed ones."""

    state = serializers.ChoiceField(MailState.choices, required=False)


class MailRetrySerializer(StrictSerializer):
    """Nothing: the address says which mail, If-Match which state of it."""


def mail_bodies(rows: Iterable[Mail]) -> list[dict[str, Any]]:
    """Representations of `MailSerializer`."""
    return [
        {
            "id": row.public_id,
            "message_id": row.message_id,
            "form": row.form,
            "state": row.state,
            "recipient": person_body(row.recipient),
            "tries": row.tries,
            "reason": row.reason,
            "created_at": row.created_at,
            "due_at": row.due_at,
            "settled_at": row.settled_at,
            "version": row.version,
        }
        for row in rows
    ]


class MailListView(ApiView):
    """Mails of the tenant."""

    @extend_schema(
        operation_id="mails_list",
        tags=TAGS,
        parameters=[MailFilters],
        responses=page_of(MailSerializer),
    )
    def get(self, request: Request, tenant_slug: str) -> Response:
        """A page of failed mails, or of mails in another state, newest first."""
        self.actor.require_anywhere(Permission.TENANT_MANAGE)
        given = self.filters(MailFilters)
        rows = mails_in([MailState(given.get("state", MailState.FAILED))])
        return self.page_of(rows, Listing(NEWEST_FIRST, given, mail_bodies))


class MailView(ApiView):
    """One mail."""

    @extend_schema(
        operation_id="mails_retrieve", tags=TAGS, parameters=[ETAG], responses=MailSerializer
    )
    def get(self, request: Request, tenant_slug: str, mail_id: UUID) -> Response:
        """One mail, whatever became of it."""
        self.actor.require_anywhere(Permission.TENANT_MANAGE)
        return self.answer(*mail_bodies([mail_by_id(mail_id)]))


class MailRetryView(ApiView):
    """Having a failed mail tried again."""

    @extend_schema(
        operation_id="mails_retry",
        tags=TAGS,
        parameters=[IF_MATCH, ETAG],
        request=MailRetrySerializer,
        responses=MailSerializer,
    )
    def post(self, request: Request, tenant_slug: str, mail_id: UUID) -> Response:
        """Try again under the same Message-ID; 409 `mail_not_failed`."""
        self.actor.require_anywhere(Permission.TENANT_MANAGE)
        mail_by_id(mail_id)
        seen = self.seen_version()
        self.parsed(MailRetrySerializer)
        row = mail_retry(mail_id=mail_id, seen_version=seen, by=self.actor)
        return self.answer(*mail_bodies([row]))
