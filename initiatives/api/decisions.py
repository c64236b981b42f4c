"""`gate-requests/`, `decisions/` and `conditions/` of the tenant: reading, voting, withdrawing."""

from dataclasses import fields
from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from approvals.choices import Outcome
from approvals.models import ApprovalDecision, ApprovalRequest
from approvals.selectors import (
    condition_by_id,
    request_by_id,
    visible_decisions,
    visible_requests,
    waiting_among,
)
from approvals.services.conditions import ConditionDraft, condition_accept
from approvals.services.recusals import request_recuse
from approvals.services.requests import request_withdraw
from approvals.services.votes import VoteDraft, vote_cast
from governance.errors import Invalid
from governance.people.selectors import member_by_email
from governance.web.apiviews import ApiView, Listing
from governance.web.openapi import ETAG, IF_MATCH, page_of
from governance.web.pages import Order
from governance.web.serializers import ListFilters
from initiatives.api.gate_serializers import (
    GATE_REQUEST_PAGE,
    CommentBody,
    ConditionSerializer,
    DecisionBody,
    DecisionSerializer,
    GateRequestSerializer,
    NoteBody,
    ReasonBody,
    RequestFilterSerializer,
    condition_body,
    decision_body,
    request_bodies,
)
from initiatives.gates.listing import RequestFilters, narrowed

TAGS = ["decisions"]
NEWEST_FIRST = Order("id", "id", is_descending=True)
COLUMNS = {"state": "state", "measure": "subject_code", "transition": "transition"}


class RequestListView(ApiView):
    """All requests about what the caller sees."""

    @extend_schema(
        operation_id="gate_requests_list",
        tags=TAGS,
        parameters=[RequestFilterSerializer],
        responses=GATE_REQUEST_PAGE,
    )
    def get(self, request: Request, tenant_slug: str) -> Response:
        """A page of requests, newest first; `waiting_for_me` is the caller's inbox."""
        given = self.filters(RequestFilterSerializer)
        rows = visible_requests(self.actor)
        for name, column in COLUMNS.items():
            if name in given:
                rows = rows.filter(**{column: given[name]})
        names = {one.name for one in fields(RequestFilters)} & {*given}
        filters = RequestFilters(**{name: given[name] for name in names})
        rows = narrowed(rows, filters, by=self.actor)
        if given.get("waiting_for_me"):
            rows = waiting_among(rows, self.actor)
        return self.page_of(rows, Listing(NEWEST_FIRST, given, request_bodies))


class _RequestApiView(ApiView):
    """What the views of one request share."""

    def shown(self, row: ApprovalRequest) -> Response:
        """The request as it is now."""
        return self.answer(*request_bodies([request_by_id(row.public_id, by=self.actor)]))


class RequestView(_RequestApiView):
    """One request."""

    @extend_schema(
        operation_id="gate_requests_retrieve",
        tags=TAGS,
        parameters=[ETAG],
        responses=GateRequestSerializer,
    )
    def get(self, request: Request, tenant_slug: str, request_id: UUID) -> Response:
        """One request with its snapshot, route, votes, decision and conditions."""
        return self.answer(*request_bodies([request_by_id(request_id, by=self.actor)]))


class DecisionView(_RequestApiView):
    """A vote on a request."""

    @extend_schema(
        operation_id="gate_requests_decision",
        tags=TAGS,
        request=DecisionBody,
        responses=GateRequestSerializer,
    )
    def post(self, request: Request, tenant_slug: str, request_id: UUID) -> Response:
        """Vote; the request closes with its last step. 403 names the rule (S1 …), 409 says why."""
        row = request_by_id(request_id, by=self.actor)
        given = self.parsed(DecisionBody)
        return self.shown(vote_cast(request=row, draft=_draft(given), by=self.actor))


def _draft(given: dict[str, Any]) -> VoteDraft:
    """The body with people looked up; raises `Invalid` by field."""
    behalf = given.pop("on_behalf_of", None)
    conditions = [
        _condition(index, condition) for index, condition in enumerate(given.pop("conditions", []))
    ]
    member = member_by_email(behalf, field="on_behalf_of") if behalf else None
    # The field gives the word; rules compare the outcome itself.
    given["outcome"] = Outcome(given["outcome"])
    return VoteDraft(
        **given, conditions=conditions, on_behalf_of=member.pk if member is not None else None
    )


def _condition(index: int, given: dict[str, Any]) -> ConditionDraft:
    try:
        owner = member_by_email(given["owner"], field="owner")
    except Invalid as error:
        raise Invalid({f"conditions.{index}.owner": error.errors["owner"]}) from error
    return ConditionDraft(given["text"], owner, given["due_on"])


class WithdrawView(_RequestApiView):
    """Taking a request back."""

    @extend_schema(
        operation_id="gate_requests_withdraw",
        tags=TAGS,
        request=CommentBody,
        responses=GateRequestSerializer,
    )
    def post(self, request: Request, tenant_slug: str, request_id: UUID) -> Response:
        """T14: whoever asked takes the request back while it is open."""
        row = request_by_id(request_id, by=self.actor)
        comment = self.parsed(CommentBody).get("comment", "")
        return self.shown(request_withdraw(request=row, comment=comment, by=self.actor))


class RecuseView(_RequestApiView):
    """Stepping back from a request."""

    @extend_schema(
        operation_id="gate_requests_recuse",
        tags=TAGS,
        request=ReasonBody,
        responses=GateRequestSerializer,
    )
    def post(self, request: Request, tenant_slug: str, request_id: UUID) -> Response:
        """Keep oneself out of a request; one leaves quorum and bench (G6)."""
        row = request_by_id(request_id, by=self.actor)
        reason = self.parsed(ReasonBody)["reason"]
        return self.shown(request_recuse(request=row, reason=reason, by=self.actor))


class DecisionListView(ApiView):
    """Recorded decisions."""

    @extend_schema(
        operation_id="decisions_list",
        tags=TAGS,
        parameters=[ListFilters],
        responses=page_of(DecisionSerializer),
    )
    def get(self, request: Request, tenant_slug: str) -> Response:
        """Every decision about what the caller sees, newest first; never changed (G5)."""
        rows = visible_decisions(self.actor)
        listing = Listing(NEWEST_FIRST, self.filters(ListFilters), _decision_bodies)
        return self.page_of(rows, listing)


def _decision_bodies(rows: list[ApprovalDecision]) -> list[dict[str, Any]]:
    return [decision_body(row, row.request) for row in rows]


class ConditionView(ApiView):
    """One condition of a conditional go."""

    @extend_schema(
        operation_id="conditions_retrieve",
        tags=TAGS,
        parameters=[ETAG],
        responses=ConditionSerializer,
    )
    def get(self, request: Request, tenant_slug: str, condition_id: UUID) -> Response:
        """One condition."""
        row = condition_by_id(condition_id, by=self.actor)
        return self.answer(condition_body(row, row.request))


class ConditionAcceptView(ApiView):
    """Accepting a condition as met."""

    @extend_schema(
        operation_id="conditions_accept",
        tags=TAGS,
        parameters=[IF_MATCH, ETAG],
        request=NoteBody,
        responses=ConditionSerializer,
    )
    def post(self, request: Request, tenant_slug: str, condition_id: UUID) -> Response:
        """T6: the decider accepts a condition as met, never its owner."""
        row = condition_by_id(condition_id, by=self.actor)
        seen = self.seen_version()
        note = self.parsed(NoteBody).get("note", "")
        met = condition_accept(condition=row, note=note, seen_version=seen, by=self.actor)
        return self.answer(condition_body(met, met.request))
