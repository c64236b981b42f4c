"""`escalations/`: what is overdue, which levels it reached, and who was told when (T17)."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from approvals.escalations.choices import EndReason, LevelOutcome, Tier
from approvals.escalations.models import Escalation
from approvals.escalations.selectors import (
    EscalationFilters,
    Reached,
    escalation_by_id,
    escalation_list,
    levels_reached,
)
from governance.api.serializers import person_body
from governance.people.choices import Permission
from governance.web.apiviews import ApiView, Listing
from governance.web.openapi import page_of
from governance.web.pages import Order
from governance.web.serializers import InstantField, ListFilters, PersonSerializer

TAGS = ["escalations"]
LONGEST_FIRST = Order("due", "due_at")
MOST_DAYS = 3650


class ReachedLevelSerializer(serializers.Serializer[Any]):
    """One level that was reached, once."""

    number = serializers.IntegerField()
    tier = serializers.ChoiceField(Tier.choices)
    after_days = serializers.IntegerField(help_text="Business days since it was due.")
    outcome = serializers.ChoiceField(LevelOutcome.choices)
    missing = serializers.CharField(help_text="Who would have been told but has left.")
    reached_at = InstantField()
    told = PersonSerializer(many=True)


class EscalationSerializer(serializers.Serializer[Any]):
    """Something overdue, until it is settled."""

    id = serializers.UUIDField()
    kind = serializers.CharField(help_text="What is overdue, such as `milestone`.")
    code = serializers.CharField(help_text="Code of its subject.")
    title = serializers.CharField()
    place = serializers.CharField()
    owes = PersonSerializer(allow_null=True)
    due_at = InstantField()
    opened_at = InstantField()
    policy = serializers.IntegerField(help_text="Version of the policies; 0 is what ships.")
    level = serializers.IntegerField(help_text="The last level it reached.")
    next_at = InstantField(allow_null=True, help_text="When the next level is due.")
    stopped_at = InstantField(allow_null=True, help_text="On hold since.")
    ended_at = InstantField(allow_null=True)
    end_reason = serializers.ChoiceField([("", ""), *EndReason.choices], allow_blank=True)
    ended_by = PersonSerializer(allow_null=True)
    levels = ReachedLevelSerializer(many=True)


class EscalationListFilters(ListFilters):
    """What the list is narrowed by; without `is_open` the open ones."""

    kind = serializers.CharField(required=False, max_length=30)
    code = serializers.CharField(required=False, max_length=20)
    level = serializers.IntegerField(required=False, min_value=0, max_value=20)
    is_open = serializers.BooleanField(required=False, default=True)
    days = serializers.IntegerField(
        required=False, min_value=0, max_value=MOST_DAYS, help_text="Due at least so long ago."
    )
    told_me = serializers.BooleanField(required=False, default=False)


def escalation_bodies(rows: Iterable[Escalation]) -> list[dict[str, Any]]:
    """Representations of `EscalationSerializer`; two queries."""
    kept = list(rows)
    reached = levels_reached(kept)
    return [
        {
            "id": row.public_id,
            "kind": row.source,
            "code": row.subject_code,
            "title": row.label,
            "place": row.place.code,
            "owes": person_body(row.owes) if row.owes else None,
            "due_at": row.due_at,
            "opened_at": row.opened_at,
            "policy": row.policy_number,
            "level": row.level,
            "next_at": row.next_at,
            "stopped_at": row.stopped_at,
            "ended_at": row.ended_at,
            "end_reason": row.end_reason,
            "ended_by": person_body(row.ended_by) if row.ended_by else None,
            "levels": [_level_body(one) for one in reached[row.pk]],
        }
        for row in kept
    ]


def _level_body(one: Reached) -> dict[str, Any]:
    return {
        "number": one.number,
        "tier": one.tier.value,
        "after_days": one.after_days,
        "outcome": one.outcome.value,
        "missing": one.missing,
        "reached_at": one.reached_at,
        "told": [person_body(person) for person in one.told],
    }


class EscalationListView(ApiView):
    """What is overdue."""

    @extend_schema(
        operation_id="escalations_list",
        tags=TAGS,
        parameters=[EscalationListFilters],
        responses=page_of(EscalationSerializer),
    )
    def get(self, request: Request, tenant_slug: str) -> Response:
        """A page of escalations about what the caller sees, the longest overdue first."""
        self.actor.require_anywhere(Permission.TREE_VIEW)
        given = self.filters(EscalationListFilters)
        days = given.get("days")
        filters = EscalationFilters(
            source=given.get("kind", ""),
            code=given.get("code", ""),
            level=given.get("level"),
            is_open=given["is_open"],
            due_before=None if days is None else timezone.now() - timedelta(days=days),
            told=self.actor.membership_id if given["told_me"] else None,
        )
        rows = escalation_list(filters, by=self.actor)
        return self.page_of(rows, Listing(LONGEST_FIRST, given, escalation_bodies))


class EscalationView(ApiView):
    """One escalation."""

    @extend_schema(operation_id="escalations_retrieve", tags=TAGS, responses=EscalationSerializer)
    def get(self, request: Request, tenant_slug: str, escalation_id: UUID) -> Response:
        """One escalation with everybody who was told."""
        return self.answer(*escalation_bodies([escalation_by_id(escalation_id, by=self.actor)]))
