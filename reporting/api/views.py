"""`roll-ups/<code>/`: the figures of any node, or of the tenant by its slug."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from governance.tree.selectors import node_by_code
from governance.web.apiviews import ApiView
from reporting.api.filters import RollUpFilterSerializer, basis_in, reading_in
from reporting.api.serializers import RollUpSerializer, roll_up_body
from reporting.selectors import roll_up_of


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
        node = node_by_code(code, by=self.actor)
        figures = roll_up_of(node, self.tenant, basis_in(given), reading_in(given, node.path))
        return self.answer(roll_up_body(figures))
