"""`roll-ups/<code>/`: the figures of any node, or of the tenant by its slug."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from governance.web.apiviews import ApiView
from kpis.api.figure_serializers import is_published
from kpis.rates.choices import RateBasis
from reporting.api.serializers import RollUpFilterSerializer, RollUpSerializer, roll_up_body
from reporting.selectors import roll_up_by_code


class RollUpView(ApiView):
    """One roll-up."""

    @extend_schema(
        operation_id="roll_ups_retrieve",
        tags=["roll-ups"],
        parameters=[RollUpFilterSerializer],
        responses={200: RollUpSerializer},
    )
    def get(self, request: Request, tenant_slug: str, code: str) -> Response:
        """Sums below a node in the tenant's currency, at plan or at period rate (V8)."""
        given = self.filters(RollUpFilterSerializer)
        basis = RateBasis(given.get("rate", RateBasis.PLAN))
        figures = roll_up_by_code(
            code,
            tenant=self.tenant,
            by=self.actor,
            basis=basis,
            as_published=is_published(given),
        )
        return self.answer(roll_up_body(figures))
