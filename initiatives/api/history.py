"""`measures/<code>/history/`: what happened to a measure, as sentences and as facts (A3)."""

import json
from collections.abc import Iterable
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from governance.audit.models import AuditEvent
from governance.audit.selectors import events_of
from governance.history import NEWEST_FIRST, sentence_of
from governance.web.apiviews import ApiView, Listing
from governance.web.openapi import page_of
from governance.web.serializers import InstantField, ListFilters
from initiatives.selectors import measure_by_code


class EventActorSerializer(serializers.Serializer[Any]):
    """Who acted; the product itself has no address."""

    email = serializers.EmailField(allow_null=True)
    name = serializers.CharField()


class MeasureEventSerializer(serializers.Serializer[Any]):
    """One event of a history; `sentence` is in the caller's language."""

    id = serializers.UUIDField()
    at = InstantField()
    action = serializers.CharField()
    sentence = serializers.CharField()
    actor = EventActorSerializer()
    on_behalf_of = serializers.CharField(allow_blank=True)
    via = serializers.CharField(allow_blank=True)
    changes = serializers.DictField(help_text="Fields to [before, after].")
    reason = serializers.CharField(allow_blank=True)
    request_id = serializers.CharField(allow_blank=True)


class MeasureHistoryView(ApiView):
    """The events of one measure."""

    @extend_schema(
        operation_id="measures_history",
        tags=["measures"],
        parameters=[ListFilters],
        responses=page_of(MeasureEventSerializer),
    )
    def get(self, request: Request, tenant_slug: str, code: str) -> Response:
        """What happened to a measure, its effects and values, newest first."""
        measure = measure_by_code(code, by=self.actor)
        given = self.filters(ListFilters)
        rows = events_of("measure", measure.code)
        return self.page_of(rows, Listing(NEWEST_FIRST, given, event_bodies))


def event_bodies(events: Iterable[AuditEvent]) -> list[dict[str, Any]]:
    """Representations of `MeasureEventSerializer`."""
    return [_event_body(event) for event in events]


def _event_body(event: AuditEvent) -> dict[str, Any]:
    facts = json.loads(event.body)
    actor = facts["actor"]
    return {
        "id": facts["id"],
        "at": facts["at"],
        "action": facts["action"],
        "sentence": sentence_of(event).sentence,
        "actor": {"email": actor["email"] or None, "name": actor["name"]},
        "on_behalf_of": facts["on_behalf_of"],
        "via": actor["via"],
        "changes": facts["changes"],
        "reason": facts["reason"],
        "request_id": facts["request_id"],
    }
