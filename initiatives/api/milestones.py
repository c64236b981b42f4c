"""`measures/<code>/milestones/` and `milestones/<id>/`: the plan of a measure (D1)."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from governance.errors import Forbidden
from governance.web.apiviews import ApiView, Listing
from governance.web.openapi import ETAG, IF_MATCH, page_of
from governance.web.pages import Order
from governance.web.serializers import (
    InstantField,
    ListFilters,
    PersonField,
    PersonSerializer,
    StrictSerializer,
    TextField,
)
from initiatives.api.lookups import with_rows
from initiatives.api.serializers import person_body, text_of
from initiatives.milestones.choices import MilestoneState
from initiatives.milestones.models import Milestone
from initiatives.milestones.rules import LEAST_WEIGHT, MOST_WEIGHT, REASON_LENGTH, TITLE_LENGTH
from initiatives.milestones.selectors import (
    edit_refusal,
    evidence_of,
    is_acceptor,
    milestone_by_id,
    milestones_of,
)
from initiatives.milestones.services import (
    MilestoneDraft,
    milestone_accept,
    milestone_add,
    milestone_change,
    milestone_done,
    milestone_remove,
    milestone_return,
)
from initiatives.models import Measure
from initiatives.selectors import measure_by_code

TAGS = ["milestones"]
AS_ADDED = Order("added", "id")
NEW = OpenApiExample(
    "A critical milestone",
    value={
        "title": "Contract with the second supplier signed",
        "weight": 30,
        "is_critical": True,
        "plan_on": "2026-09-30",
        "acceptor": "receiver@example.com",
    },
    request_only=True,
)


class MilestoneSerializer(serializers.Serializer[Any]):
    """A milestone; `evidence` lists the documents that count for it."""

    id = serializers.UUIDField()
    measure = serializers.CharField()
    title = serializers.CharField()
    weight = serializers.IntegerField(min_value=LEAST_WEIGHT, max_value=MOST_WEIGHT)
    is_critical = serializers.BooleanField()
    plan_on = serializers.DateField(allow_null=True)
    forecast_on = serializers.DateField(allow_null=True)
    actual_on = serializers.DateField(allow_null=True)
    acceptor = PersonSerializer(allow_null=True)
    state = serializers.ChoiceField(MilestoneState.choices)
    done_by = PersonSerializer(allow_null=True)
    done_at = InstantField(allow_null=True)
    accepted_by = PersonSerializer(allow_null=True)
    accepted_at = InstantField(allow_null=True)
    return_reason = serializers.CharField(allow_blank=True)
    evidence = serializers.ListField(child=serializers.UUIDField())
    version = serializers.IntegerField(min_value=1)
    created_at = InstantField()
    updated_at = InstantField()


class MilestoneFieldsSerializer(StrictSerializer):
    """What is planned; after T3 the forecast alone may change (V2)."""

    shown_as = MilestoneSerializer

    title = TextField(max_length=TITLE_LENGTH)
    weight = serializers.IntegerField(
        required=False, min_value=LEAST_WEIGHT, max_value=MOST_WEIGHT, help_text="1 without it."
    )
    is_critical = serializers.BooleanField(required=False)
    plan_on = serializers.DateField(required=False, allow_null=True)
    forecast_on = serializers.DateField(required=False, allow_null=True)
    acceptor = PersonField(required=False, help_text="Never the owner of the measure (S1).")


class DoneSerializer(StrictSerializer):
    """When it was done."""

    actual_on = serializers.DateField(required=False, help_text="Today without it.")


class AcceptSerializer(StrictSerializer):
    """Nothing but the version in If-Match."""


class ReturnSerializer(StrictSerializer):
    """Why it is given back."""

    reason = TextField(max_length=REASON_LENGTH)


class MilestoneApiView(ApiView):
    """What all views of milestones share."""

    def planned(self, milestone_id: UUID) -> Milestone:
        """A milestone whose plan the caller keeps."""
        row = milestone_by_id(milestone_id, by=self.actor)
        self.require_hands(row.measure)
        return row

    def judged(self, milestone_id: UUID) -> Milestone:
        """A milestone that the caller accepts."""
        row = milestone_by_id(milestone_id, by=self.actor)
        if not is_acceptor(row, self.actor):
            raise Forbidden("not_the_acceptor")
        return row

    def require_hands(self, measure: Measure) -> None:
        if edit_refusal(measure, self.actor) == "milestone_not_yours":
            raise Forbidden("milestone_not_yours")


class MilestoneListView(MilestoneApiView):
    """The plan of one measure."""

    @extend_schema(
        operation_id="milestones_list",
        tags=TAGS,
        parameters=[ListFilters],
        responses=page_of(MilestoneSerializer),
    )
    def get(self, request: Request, tenant_slug: str, code: str) -> Response:
        """The milestones of a measure, in the order in which they were added."""
        measure = measure_by_code(code, by=self.actor)
        listing = Listing(AS_ADDED, self.filters(ListFilters), milestone_bodies)
        return self.page_of(milestones_of(measure), listing)

    @extend_schema(
        operation_id="milestones_create",
        tags=TAGS,
        parameters=[ETAG],
        request=MilestoneFieldsSerializer,
        responses={201: MilestoneSerializer},
        examples=[NEW],
    )
    def post(self, request: Request, tenant_slug: str, code: str) -> Response:
        """Add a milestone to a plan that no gate has frozen yet."""
        measure = measure_by_code(code, by=self.actor)
        self.require_hands(measure)
        draft = MilestoneDraft(**with_rows(self.parsed(MilestoneFieldsSerializer)))
        row = milestone_add(measure=measure, draft=draft, by=self.actor)
        address = reverse("api-milestone-detail", args=[tenant_slug, row.public_id])
        return self.answer(*milestone_bodies([row]), status=201, location=address)


class MilestoneView(MilestoneApiView):
    """One milestone."""

    @extend_schema(
        operation_id="milestones_retrieve",
        tags=TAGS,
        parameters=[ETAG],
        responses=MilestoneSerializer,
    )
    def get(self, request: Request, tenant_slug: str, milestone_id: UUID) -> Response:
        """One milestone."""
        return self.answer(*milestone_bodies([milestone_by_id(milestone_id, by=self.actor)]))

    @extend_schema(
        operation_id="milestones_update",
        tags=TAGS,
        parameters=[IF_MATCH, ETAG],
        request=MilestoneFieldsSerializer,
        responses=MilestoneSerializer,
    )
    def patch(self, request: Request, tenant_slug: str, milestone_id: UUID) -> Response:
        """Change a milestone that is not done; after T3 its forecast alone (V2)."""
        row, seen = self.planned(milestone_id), self.seen_version()
        fields = with_rows(self.parsed(MilestoneFieldsSerializer, partial=True))
        changed = milestone_change(milestone=row, seen_version=seen, fields=fields, by=self.actor)
        return self.answer(*milestone_bodies([changed]))

    @extend_schema(
        operation_id="milestones_delete",
        tags=TAGS,
        parameters=[IF_MATCH],
        responses={204: None},
    )
    def delete(self, request: Request, tenant_slug: str, milestone_id: UUID) -> Response:
        """Remove a milestone from a plan that no gate has frozen yet."""
        row = self.planned(milestone_id)
        milestone_remove(milestone=row, seen_version=self.seen_version(), by=self.actor)
        return Response(status=204)


class MilestoneDoneView(MilestoneApiView):
    """The owner's side says that a milestone is done."""

    @extend_schema(
        operation_id="milestones_done",
        tags=TAGS,
        parameters=[IF_MATCH, ETAG],
        request=DoneSerializer,
        responses=MilestoneSerializer,
    )
    def post(self, request: Request, tenant_slug: str, milestone_id: UUID) -> Response:
        """Say that it is done; its acceptor then accepts it or gives it back."""
        row, seen = self.planned(milestone_id), self.seen_version()
        day = self.parsed(DoneSerializer).get("actual_on") or timezone.localdate()
        changed = milestone_done(milestone=row, seen_version=seen, actual_on=day, by=self.actor)
        return self.answer(*milestone_bodies([changed]))


class MilestoneAcceptView(MilestoneApiView):
    """The acceptor accepts a milestone."""

    @extend_schema(
        operation_id="milestones_accept",
        tags=TAGS,
        parameters=[IF_MATCH, ETAG],
        request=AcceptSerializer,
        responses=MilestoneSerializer,
    )
    def post(self, request: Request, tenant_slug: str, milestone_id: UUID) -> Response:
        """Accept what was said to be done; a critical milestone needs evidence."""
        row, seen = self.judged(milestone_id), self.seen_version()
        self.parsed(AcceptSerializer)
        changed = milestone_accept(milestone=row, seen_version=seen, by=self.actor)
        return self.answer(*milestone_bodies([changed]))


class MilestoneReturnView(MilestoneApiView):
    """The acceptor gives a milestone back."""

    @extend_schema(
        operation_id="milestones_return",
        tags=TAGS,
        parameters=[IF_MATCH, ETAG],
        request=ReturnSerializer,
        responses=MilestoneSerializer,
    )
    def post(self, request: Request, tenant_slug: str, milestone_id: UUID) -> Response:
        """Give back what was said to be done, with a reason."""
        row, seen = self.judged(milestone_id), self.seen_version()
        reason = self.parsed(ReturnSerializer)["reason"]
        changed = milestone_return(milestone=row, seen_version=seen, reason=reason, by=self.actor)
        return self.answer(*milestone_bodies([changed]))


def milestone_bodies(milestones: Iterable[Milestone]) -> list[dict[str, Any]]:
    """Representations of `MilestoneSerializer`, with one query for the evidence of all of them."""
    rows = list(milestones)
    evidence = evidence_of(rows)
    return [
        _milestone_body(row, [str(v.document.public_id) for v in evidence.get(row.pk, [])])
        for row in rows
    ]


def _milestone_body(milestone: Milestone, evidence: list[str]) -> dict[str, Any]:
    plain = ("title", "weight", "is_critical", "return_reason", "version")
    timed = ("plan_on", "forecast_on", "actual_on", "done_at", "accepted_at")
    people = ("acceptor", "done_by", "accepted_by")
    return {
        "id": str(milestone.public_id),
        "measure": milestone.measure.code,
        "state": milestone.state.value,
        "evidence": evidence,
        **{name: getattr(milestone, name) for name in plain},
        **{name: text_of(getattr(milestone, name)) for name in timed},
        **{name: person_body(getattr(milestone, name)) for name in people},
        "created_at": text_of(milestone.created_at),
        "updated_at": text_of(milestone.updated_at),
    }
