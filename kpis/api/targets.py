"""`targets/`: targets of nodes, proposed by one person and approved by another (H7)."""

from typing import Any
from uuid import UUID

from django.urls import reverse
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from governance.people.choices import Permission
from governance.people.selectors import member_by_email
from governance.tree.choices import Level
from governance.tree.selectors import node_named
from governance.web.apiviews import ApiView, Listing
from governance.web.openapi import page_of
from governance.web.pages import Order
from initiatives.api.lookups import place_in
from kpis.api.target_serializers import (
    NewTargetSerializer,
    TargetFilterSerializer,
    TargetRefusalSerializer,
    TargetRemarkSerializer,
    TargetSerializer,
    TargetWithdrawalSerializer,
    target_bodies,
)
from kpis.metrics.selectors import active_metric
from kpis.models import Target
from kpis.targets.selectors import TargetFilters, target_by_id, targets_matching
from kpis.targets.services import (
    TargetDraft,
    target_approve,
    target_propose,
    target_refuse,
    target_withdraw,
)

TAGS = ["targets"]
NEWEST_FIRST = Order("added", "id", is_descending=True)
OF_LISTS = {"cursor", "limit"}
NEW = OpenApiExample(
    "Run-rate of a program",
    value={
        "node": "PG-001",
        "metric": "EBITDA",
        "fiscal_year": 2027,
        "kind": "recurring",
        "amount": "12000000.00",
        "gap_owner": "lead@example.com",
        "reason": "Agreed with the board.",
    },
    request_only=True,
)


class TargetListView(ApiView):
    """The targets of the places a person sees."""

    @extend_schema(
        operation_id="targets_list",
        tags=TAGS,
        parameters=[TargetFilterSerializer],
        responses=page_of(TargetSerializer),
    )
    def get(self, request: Request, tenant_slug: str) -> Response:
        """Targets of all states, newest first; of a key the highest approved version counts."""
        self.actor.require_anywhere(Permission.TREE_VIEW)
        given = self.filters(TargetFilterSerializer)
        wanted = {name: value for name, value in given.items() if name not in OF_LISTS}
        wanted["node"] = node_named(given.get("node", ""), by=self.actor)
        rows = targets_matching(TargetFilters(**wanted), by=self.actor)
        return self.page_of(rows, Listing(NEWEST_FIRST, given, target_bodies))

    @extend_schema(
        operation_id="targets_create",
        tags=TAGS,
        request=NewTargetSerializer,
        responses={201: TargetSerializer},
        examples=[NEW],
    )
    def post(self, request: Request, tenant_slug: str) -> Response:
        """Propose a target; it counts once another person has approved it (H7)."""
        self.actor.require_anywhere(Permission.TARGET_MANAGE)
        given = self.parsed(NewTargetSerializer)
        draft = TargetDraft(
            metric=active_metric(given["metric"]),
            fiscal_year=given["fiscal_year"],
            kind=given["kind"],
            amount=given["amount"],
            gap_owner=member_by_email(given["gap_owner"], field="gap_owner"),
            reason=given["reason"],
        )
        node = place_in(given, {"node": list(Level)}, self.actor)
        made = target_propose(node=node, draft=draft, by=self.actor)
        address = reverse("api-target-detail", args=[tenant_slug, made.public_id])
        body = _body(target_by_id(made.public_id, by=self.actor))
        return self.answer(body, status=201, location=address)


class TargetView(ApiView):
    """One target."""

    @extend_schema(operation_id="targets_retrieve", tags=TAGS, responses=TargetSerializer)
    def get(self, request: Request, tenant_slug: str, target_id: UUID) -> Response:
        """One version or proposal."""
        return self.answer(_body(target_by_id(target_id, by=self.actor)))


class TargetApproveView(ApiView):
    """Bringing a proposed target into force."""

    @extend_schema(
        operation_id="targets_approve",
        tags=TAGS,
        request=TargetRemarkSerializer,
        responses=TargetSerializer,
    )
    def post(self, request: Request, tenant_slug: str, target_id: UUID) -> Response:
        """Approve; 403 `segregation_of_duties` for who proposed it (H7)."""
        target = _asked(self, target_id)
        remark = self.parsed(TargetRemarkSerializer).get("remark", "")
        target_approve(target=target, remark=remark, by=self.actor)
        return self.answer(_body(target_by_id(target_id, by=self.actor)))


class TargetRefuseView(ApiView):
    """Turning a proposed target down."""

    @extend_schema(
        operation_id="targets_refuse",
        tags=TAGS,
        request=TargetRefusalSerializer,
        responses=TargetSerializer,
    )
    def post(self, request: Request, tenant_slug: str, target_id: UUID) -> Response:
        """Refuse, saying why; 403 `segregation_of_duties` for who proposed it (H7)."""
        target = _asked(self, target_id)
        remark = self.parsed(TargetRefusalSerializer)["remark"]
        target_refuse(target=target, remark=remark, by=self.actor)
        return self.answer(_body(target_by_id(target_id, by=self.actor)))


class TargetWithdrawView(ApiView):
    """Taking one's own proposal back."""

    @extend_schema(
        operation_id="targets_withdraw",
        tags=TAGS,
        request=TargetWithdrawalSerializer,
        responses=TargetSerializer,
    )
    def post(self, request: Request, tenant_slug: str, target_id: UUID) -> Response:
        """Withdraw; 403 `target_of_another` for anybody but its maker."""
        target = _asked(self, target_id)
        self.parsed(TargetWithdrawalSerializer)
        target_withdraw(target=target, by=self.actor)
        return self.answer(_body(target_by_id(target_id, by=self.actor)))


def _asked(view: ApiView, target_id: UUID) -> Target:
    """The target that an address names, for whoever may decide there; raises as services do."""
    target = target_by_id(target_id, by=view.actor)
    view.actor.require(Permission.TARGET_MANAGE, target.node.path)
    return target


def _body(target: Target) -> dict[str, Any]:
    return target_bodies([target])[0]
