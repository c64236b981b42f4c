"""`claims/`, `validations/`, `sustain-shortfalls/`: a controller's work, many lines a call."""

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from governance.errors import Invalid
from governance.people.choices import Permission
from governance.web.apiviews import ApiView, Listing
from governance.web.openapi import page_of
from governance.web.pages import Order
from initiatives.selectors import NODE_FILTERS, MeasureFilters
from kpis.actuals.queue import QueueFilters, judged_measures, waiting_claims
from kpis.actuals.services.batches import LineVerdict, claims_validate_many
from kpis.api.actuals import verdict_in
from kpis.api.queue_serializers import (
    LineResultsSerializer,
    QueueFilterSerializer,
    ShortfallsSerializer,
    SteadFilterSerializer,
    VerdictsSerializer,
    WaitingClaimSerializer,
    result_bodies,
    shortfall_bodies,
    waiting_bodies,
)
from kpis.choices import Source
from kpis.figures.shortfalls import shortfalls, sustain_terms
from kpis.rules import month_of
from kpis.services import MONTH_FAULT

TAGS = ["controlling"]
ORDER = Order("measure", "measure_code")
VERDICTS = OpenApiExample(
    "One claim accepted, one for less",
    value={
        "verdicts": [
            {
                "effect": "6f0e9a52-5f0e-4c43-8f3c-2f6d9a1f7f11",
                "month": "2026-01",
                "outcome": "validated",
                "claimed": "1000.00",
            },
            {
                "effect": "0b8d1c7e-8a5e-4f0a-9d53-3c1b6f7a2e90",
                "month": "2026-01",
                "outcome": "adjusted",
                "amount": "800.00",
                "reason": "One invoice belongs to February.",
            },
        ]
    },
    request_only=True,
)


class WaitingClaimListView(ApiView):
    """Claims that wait for whoever asks."""

    @extend_schema(
        operation_id="waiting_claims_list",
        tags=TAGS,
        parameters=[QueueFilterSerializer],
        responses=page_of(WaitingClaimSerializer),
    )
    def get(self, request: Request, tenant_slug: str) -> Response:
        """Claims by measure that the caller is to judge: as controller, or where none is named."""
        self.actor.require_anywhere(Permission.VALUE_VALIDATE)
        given = self.filters(QueueFilterSerializer)
        places = {name: given[name] for name in NODE_FILTERS if given.get(name)}
        month = month_of(given["month"]) if given.get("month") else None
        if given.get("month") and month is None:
            raise Invalid({"month": [MONTH_FAULT]})
        filters = QueueFilters(
            month=month,
            measure=given.get("measure", ""),
            places=MeasureFilters(**places) if places else None,
            in_stead=given.get("in_stead", False),
        )
        rows = waiting_claims(filters, by=self.actor)
        return self.page_of(rows, Listing(ORDER, given, waiting_bodies))


class VerdictsView(ApiView):
    """Verdicts on many claims."""

    @extend_schema(
        operation_id="validations_create_many",
        tags=TAGS,
        request=VerdictsSerializer,
        responses={200: LineResultsSerializer},
        examples=[VERDICTS],
    )
    def post(self, request: Request, tenant_slug: str) -> Response:
        """Validate, adjust or reject up to 200 claims, each line for itself (V5, S4).

        The answer is 200 with one result a line: what one is refused holds up no other.
        """
        self.actor.require_anywhere(Permission.VALUE_VALIDATE)
        lines = [
            LineVerdict(given["effect"], verdict_in(given))
            for given in self.parsed(VerdictsSerializer)["verdicts"]
        ]
        results = claims_validate_many(lines=lines, by=self.actor, source=Source.API)
        judged = sum(1 for result in results if result.refusal is None)
        bodies = result_bodies(results, request._request)  # type: ignore[arg-type]  # the middleware's
        return Response({"judged": judged, "refused": len(results) - judged, "results": bodies})


class ShortfallListView(ApiView):
    """What is not sustained after its closure."""

    @extend_schema(
        operation_id="sustain_shortfalls_retrieve",
        tags=TAGS,
        parameters=[SteadFilterSerializer],
        responses=ShortfallsSerializer,
    )
    def get(self, request: Request, tenant_slug: str) -> Response:
        """Effects of closed measures that stay behind in their sustain months (V2)."""
        self.actor.require_anywhere(Permission.VALUE_VALIDATE)
        terms, given = sustain_terms(), self.filters(SteadFilterSerializer)
        among = judged_measures(self.actor, in_stead=given.get("in_stead", False))
        rows = shortfalls(among, self.tenant, terms)
        return Response(
            {
                "sustain_months": terms.months,
                "tolerance_percent": f"{terms.tolerance:f}",
                "results": shortfall_bodies(rows),
            }
        )
