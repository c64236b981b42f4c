"""`rates/`: exchange rates, proposed by one person and confirmed by another."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from governance.people.actor import Actor
from governance.people.choices import Permission
from governance.web.apiviews import ApiView, Listing
from governance.web.openapi import page_of
from governance.web.pages import Order
from kpis.api.rate_serializers import (
    NewRatesSerializer,
    RateDecisionSerializer,
    RateFilterSerializer,
    RateSerializer,
    RatesSerializer,
    rate_bodies,
)
from kpis.rates.choices import RateKind
from kpis.rates.models import Rate
from kpis.rates.selectors import RateFilters, rates, rates_matching
from kpis.rates.services import rates_confirm, rates_propose, rates_refuse, rates_withdraw

TAGS = ["rates"]
NEWEST_FIRST = Order("added", "id", is_descending=True)
OF_LISTS = {"cursor", "limit"}
NEW = OpenApiExample(
    "Plan rates of a fiscal year",
    value={"kind": "plan", "rates": {"USD": {"2026-01": "0.9251"}, "GBP": {"2026-01": "1.1702"}}},
    request_only=True,
)


class RateListView(ApiView):
    """The exchange rates of the tenant."""

    @extend_schema(
        operation_id="rates_list",
        tags=TAGS,
        parameters=[RateFilterSerializer],
        responses=page_of(RateSerializer),
    )
    def get(self, request: Request, tenant_slug: str) -> Response:
        """Rates of all states, newest first; of a key the latest confirmed one counts."""
        self.actor.require_anywhere(Permission.TREE_VIEW)
        given = self.filters(RateFilterSerializer)
        wanted = {name: value for name, value in given.items() if name not in OF_LISTS}
        rows = rates_matching(RateFilters(**wanted), self.tenant)
        return self.page_of(rows, Listing(NEWEST_FIRST, given, rate_bodies))

    @extend_schema(
        operation_id="rates_create",
        tags=TAGS,
        request=NewRatesSerializer,
        responses={201: RatesSerializer},
        examples=[NEW],
    )
    def post(self, request: Request, tenant_slug: str) -> Response:
        """Propose rates, all or none; they hold once another person has confirmed them (S5)."""
        self.actor.require_anywhere(Permission.RATE_MANAGE)
        given = self.parsed(NewRatesSerializer)
        made = rates_propose(kind=RateKind(given["kind"]), rates=given["rates"], by=self.actor)
        rows = rates().filter(pk__in=[row.pk for row in made]).order_by("id")
        return self.answer({"results": rate_bodies(rows)}, status=201)


class _DecisionView(ApiView):
    """One word about one proposed rate."""

    def decided(
        self, rate_id: UUID, decide: Callable[..., Sequence[Rate]], by: Actor
    ) -> dict[str, Any]:
        by.require_anywhere(Permission.RATE_MANAGE)
        self.parsed(RateDecisionSerializer)
        decide(ids=[rate_id], by=by)
        return rate_bodies(rates().filter(public_id=rate_id))[0]


class RateConfirmView(_DecisionView):
    """Bringing a proposed rate into force."""

    @extend_schema(
        operation_id="rates_confirm",
        tags=TAGS,
        request=RateDecisionSerializer,
        responses=RateSerializer,
    )
    def post(self, request: Request, tenant_slug: str, rate_id: UUID) -> Response:
        """Confirm; 403 `segregation_of_duties` for who proposed it (S5)."""
        return self.answer(self.decided(rate_id, rates_confirm, self.actor))


class RateRefuseView(_DecisionView):
    """Turning a proposed rate down."""

    @extend_schema(
        operation_id="rates_refuse",
        tags=TAGS,
        request=RateDecisionSerializer,
        responses=RateSerializer,
    )
    def post(self, request: Request, tenant_slug: str, rate_id: UUID) -> Response:
        """Refuse; 403 `segregation_of_duties` for who proposed it (S5)."""
        return self.answer(self.decided(rate_id, rates_refuse, self.actor))


class RateWithdrawView(_DecisionView):
    """Taking one's own proposal back."""

    @extend_schema(
        operation_id="rates_withdraw",
        tags=TAGS,
        request=RateDecisionSerializer,
        responses=RateSerializer,
    )
    def post(self, request: Request, tenant_slug: str, rate_id: UUID) -> Response:
        """Withdraw; 403 `rate_of_another` for anybody but its maker."""
        return self.answer(self.decided(rate_id, rates_withdraw, self.actor))
