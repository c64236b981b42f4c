"""What somebody may ask for about a measure: gates, other moves, changes; and how ready it is."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from approvals.models import ApprovalRequest
from approvals.rules import Ask
from approvals.selectors import requests_about
from governance.masterdata.models import Forum
from governance.people.models import Membership
from governance.web.apiviews import ApiView, Listing
from governance.web.pages import Order
from governance.web.serializers import ListFilters
from initiatives.api.gate_serializers import (
    GATE_REQUEST_PAGE,
    GateRequestBody,
    GateRequestSerializer,
    MoveBody,
    NoteBody,
    ReadinessSerializer,
    readiness_body,
    request_bodies,
)
from initiatives.api.serializers import person_body
from initiatives.choices import Stage
from initiatives.gates.asking import Asking
from initiatives.gates.attesting import criterion_attest
from initiatives.gates.position import SUBJECT
from initiatives.gates.readiness import Readiness, readiness_of
from initiatives.gates.services import gate_request, move_request
from initiatives.hooks import effect_owners_of
from initiatives.models import Measure
from initiatives.selectors import measure_by_code

TAGS = ["gates"]
NEWEST_FIRST = Order("id", "id", is_descending=True)


class Asks(ApiView):
    """What the views that open a request share."""

    def opened(self, request: ApprovalRequest) -> Response:
        """201 with the request and its address."""
        row = requests_about(SUBJECT, request.subject_id).get(pk=request.pk)
        address = reverse("api-gate-request-detail", args=[self.tenant.slug, row.public_id])
        return self.answer(*request_bodies([row]), status=201, location=address)


class ReadinessView(ApiView):
    """The next gate of a measure."""

    @extend_schema(operation_id="measures_readiness", tags=TAGS, responses=ReadinessSerializer)
    def get(self, request: Request, tenant_slug: str, code: str) -> Response:
        """Every criterion of the next gate, who may ask for it and who decides (G4, G9)."""
        measure = measure_by_code(code, by=self.actor)
        readiness = readiness_of(measure)
        return Response(readiness_body(measure, readiness, _people(measure, readiness)))


def _people(measure: Measure, readiness: Readiness | None) -> Mapping[str, Any]:
    """Who may ask and who decides; nobody from the top."""
    if readiness is None:
        return {"may_request": [], "decides": []}
    askers = {measure.owner_id}
    if readiness.gate.transition == "T5":
        askers |= effect_owners_of(measure.pk)
    members = _members({ask.decider for ask in readiness.asks} | askers)
    return {
        "may_request": [person_body(members[pk]) for pk in sorted(members) if pk in askers],
        "decides": _hands(readiness.asks, members),
    }


def deciders_body(asks: Sequence[Ask]) -> list[dict[str, Any]]:
    """The steps of a route to be, in their order; two queries."""
    return _hands(asks, _members({ask.decider for ask in asks}))


def _hands(asks: Sequence[Ask], members: Mapping[int, Membership]) -> list[dict[str, Any]]:
    forums = Forum.objects.filter(pk__in=[ask.forum for ask in asks if ask.forum])
    codes = {forum.pk: forum.code for forum in forums}
    return [_hand(ask, members, codes) for ask in asks]


def _members(ids: Iterable[int | None]) -> dict[int, Membership]:
    rows = Membership.objects.filter(pk__in=[pk for pk in ids if pk]).select_related("user")
    return {member.pk: member for member in rows}


def _hand(ask: Ask, members: Mapping[int, Membership], codes: Mapping[int, str]) -> dict[str, Any]:
    return {
        "part": ask.part,
        "person": person_body(members.get(ask.decider or 0)),
        "forum": codes.get(ask.forum or 0),
        "role": ask.role or None,
    }


class GateRequestListView(Asks):
    """The requests about one measure."""

    @extend_schema(
        operation_id="measure_gate_requests_list",
        tags=TAGS,
        parameters=[ListFilters],
        responses=GATE_REQUEST_PAGE,
    )
    def get(self, request: Request, tenant_slug: str, code: str) -> Response:
        """Every request about a measure, newest first."""
        measure = measure_by_code(code, by=self.actor)
        rows = requests_about(SUBJECT, measure.pk)
        return self.page_of(rows, Listing(NEWEST_FIRST, self.filters(ListFilters), request_bodies))

    @extend_schema(
        operation_id="measure_gate_requests_create",
        tags=TAGS,
        request=GateRequestBody,
        responses={201: GateRequestSerializer},
    )
    def post(self, request: Request, tenant_slug: str, code: str) -> Response:
        """Ask for the next gate (T2 to T5); 422 `not_ready` names what is missing."""
        measure = measure_by_code(code, by=self.actor)
        given = self.parsed(GateRequestBody)
        opened = gate_request(
            measure=measure,
            to_stage=Stage(given["to_stage"]),
            asking=Asking(comment=given.get("comment", "")),
            by=self.actor,
        )
        return self.opened(opened)


class MoveView(Asks):
    """Holding, resuming, cancelling, reinstating, stepping down, reopening (T8 to T13)."""

    word = ""

    @extend_schema(tags=TAGS, request=MoveBody, responses={201: GateRequestSerializer})
    def post(self, request: Request, tenant_slug: str, code: str) -> Response:
        """Ask for this move; whoever holds the authority decides the request."""
        measure = measure_by_code(code, by=self.actor)
        given = self.parsed(MoveBody)
        asking = Asking(given["reason"], given["reason_code"], given.get("review_on"))
        return self.opened(
            move_request(measure=measure, word=self.word, asking=asking, by=self.actor)
        )


class AttestationView(ApiView):
    """An attested criterion of the next gate (G4)."""

    @extend_schema(
        operation_id="measures_attest",
        tags=TAGS,
        request=NoteBody,
        responses=ReadinessSerializer,
    )
    def post(self, request: Request, tenant_slug: str, code: str, criterion: str) -> Response:
        """Vouch for a criterion as the measure stands; an edit of what is judged undoes it."""
        measure = measure_by_code(code, by=self.actor)
        note = self.parsed(NoteBody).get("note", "")
        criterion_attest(measure=measure, name=criterion, note=note, by=self.actor)
        readiness = readiness_of(measure)
        return Response(readiness_body(measure, readiness, _people(measure, readiness)))
