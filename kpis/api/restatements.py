"""`restatements/`: proposed for an effect, approved or refused by another of finance (V4, S8)."""

from collections.abc import Callable, Iterable
from typing import Any
from uuid import UUID

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from governance.api.serializers import person_body
from governance.errors import Forbidden
from governance.people.actor import Actor
from governance.people.choices import Permission
from governance.ui.amounts import AMOUNT_LENGTH
from governance.web.apiviews import ApiView, Listing
from governance.web.openapi import page_of
from governance.web.pages import Order
from governance.web.serializers import (
    InstantField,
    ListFilters,
    PersonSerializer,
    StrictSerializer,
    TextField,
)
from kpis.choices import ProposalState
from kpis.restatements.models import Restatement
from kpis.restatements.selectors import restatement_by_id, restatements
from kpis.restatements.services import (
    REASON_LENGTH,
    RestatementDraft,
    restatement_approve,
    restatement_propose,
    restatement_refuse,
    restatement_withdraw,
)
from kpis.selectors import effect_by_id

TAGS = ["restatements"]
MONTH_LENGTH = 7
NEWEST_FIRST = Order("proposed", "id", is_descending=True)
NEW = OpenApiExample(
    "Less than was validated",
    value={
        "month": "2026-01",
        "booked_in": "2026-03",
        "delta": "-200.00",
        "reason": "Two invoices were booked twice.",
    },
    request_only=True,
)


class RestatementSerializer(serializers.Serializer[Any]):
    """What a locked month is changed by; it counts once it is approved."""

    id = serializers.UUIDField()
    measure = serializers.CharField()
    effect = serializers.UUIDField()
    month = serializers.CharField(help_text="The locked month that it restates.")
    booked_in = serializers.CharField(help_text="The open month in which it is booked.")
    delta = serializers.CharField()
    reason = serializers.CharField()
    state = serializers.ChoiceField(ProposalState.choices)
    proposed_by = PersonSerializer()
    proposed_at = InstantField()
    decided_by = PersonSerializer(allow_null=True)
    decided_at = InstantField(allow_null=True)


class NewRestatementSerializer(StrictSerializer):
    """A restatement to be proposed."""

    shown_as = RestatementSerializer
    month = TextField(max_length=MONTH_LENGTH)
    booked_in = TextField(max_length=MONTH_LENGTH)
    delta = TextField(max_length=AMOUNT_LENGTH, help_text="What is added: negative for less.")
    reason = TextField(max_length=REASON_LENGTH)


class RestatementDecisionSerializer(StrictSerializer):
    """Nothing: the address says which restatement."""


class RestatementFilters(ListFilters):
    """What the list of restatements is narrowed to."""

    state = serializers.ChoiceField(ProposalState.choices, required=False)


def restatement_bodies(rows: Iterable[Restatement]) -> list[dict[str, Any]]:
    """Representations of `RestatementSerializer`."""
    return [
        {
            "id": str(row.public_id),
            "measure": row.effect.measure.code,
            "effect": str(row.effect.public_id),
            "month": f"{row.month:%Y-%m}",
            "booked_in": f"{row.booked_in:%Y-%m}",
            "delta": f"{row.delta:.{row.effect.metric.decimals}f}",
            "reason": row.reason,
            "state": row.state,
            "proposed_by": person_body(row.proposed_by),
            "proposed_at": row.proposed_at,
            "decided_by": person_body(row.decided_by) if row.decided_by else None,
            "decided_at": row.decided_at,
        }
        for row in rows
    ]


class RestatementListView(ApiView):
    """All restatements that the caller sees."""

    @extend_schema(
        operation_id="restatements_list",
        tags=TAGS,
        parameters=[RestatementFilters],
        responses=page_of(RestatementSerializer),
    )
    def get(self, request: Request, tenant_slug: str) -> Response:
        """Of all states, newest first."""
        self.actor.require_anywhere(Permission.TREE_VIEW)
        given = self.filters(RestatementFilters)
        rows = restatements(self.actor)
        if state := given.get("state"):
            rows = rows.filter(state=state)
        return self.page_of(rows, Listing(NEWEST_FIRST, given, restatement_bodies))


class EffectRestatementsView(ApiView):
    """Restatements of one effect."""

    @extend_schema(
        operation_id="effects_restatements_create",
        tags=TAGS,
        request=NewRestatementSerializer,
        responses={201: RestatementSerializer},
        examples=[NEW],
    )
    def post(self, request: Request, tenant_slug: str, effect_id: UUID) -> Response:
        """Propose one for a locked month; 409 `period_not_locked`, `claim_waits`."""
        effect = effect_by_id(str(effect_id), by=self.actor)
        if not self.actor.may(Permission.VALUE_VALIDATE, effect.measure.path):
            raise Forbidden
        draft = RestatementDraft(**self.parsed(NewRestatementSerializer))
        made = restatement_propose(effect=effect, draft=draft, by=self.actor)
        row = restatement_by_id(made.public_id, by=self.actor)
        return self.answer(*restatement_bodies([row]), status=201)


class _DecisionView(ApiView):
    """One word about one proposal."""

    def decided(
        self, restatement_id: UUID, decide: Callable[..., Restatement], by: Actor
    ) -> Response:
        row = restatement_by_id(restatement_id, by=by)
        if not by.may(Permission.VALUE_VALIDATE, row.effect.measure.path):
            raise Forbidden
        self.parsed(RestatementDecisionSerializer)
        decide(restatement=row, by=by)
        return self.answer(*restatement_bodies([restatement_by_id(restatement_id, by=by)]))


class RestatementApproveView(_DecisionView):
    """Letting a restatement count."""

    @extend_schema(
        operation_id="restatements_approve",
        tags=TAGS,
        request=RestatementDecisionSerializer,
        responses=RestatementSerializer,
    )
    def post(self, request: Request, tenant_slug: str, restatement_id: UUID) -> Response:
        """Approve as another of finance; 403 `segregation_of_duties` S8 for who proposed it."""
        return self.decided(restatement_id, restatement_approve, self.actor)


class RestatementRefuseView(_DecisionView):
    """Turning a restatement down."""

    @extend_schema(
        operation_id="restatements_refuse",
        tags=TAGS,
        request=RestatementDecisionSerializer,
        responses=RestatementSerializer,
    )
    def post(self, request: Request, tenant_slug: str, restatement_id: UUID) -> Response:
        """Refuse as another of finance; 403 `segregation_of_duties` S8 for who proposed it."""
        return self.decided(restatement_id, restatement_refuse, self.actor)


class RestatementWithdrawView(_DecisionView):
    """Taking one's own proposal back."""

    @extend_schema(
        operation_id="restatements_withdraw",
        tags=TAGS,
        request=RestatementDecisionSerializer,
        responses=RestatementSerializer,
    )
    def post(self, request: Request, tenant_slug: str, restatement_id: UUID) -> Response:
        """Withdraw; 403 `restatement_of_another` for anybody but its maker."""
        return self.decided(restatement_id, restatement_withdraw, self.actor)
