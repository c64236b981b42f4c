"""`metrics/`: what a tenant measures."""

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from governance.people.choices import Permission
from governance.web.apiviews import ApiView, Listing
from governance.web.openapi import ETAG, page_of
from governance.web.pages import Order
from kpis.api.serializers import (
    MetricFilterSerializer,
    MetricSerializer,
    NewMetricSerializer,
    metric_bodies,
)
from kpis.choices import Aggregation
from kpis.selectors import metrics
from kpis.services import MetricDraft, metric_create

TAGS = ["metrics"]
ORDER = Order("name", "sort_key")
NEW = OpenApiExample(
    "Energy",
    value={"code": "ENERGY", "name": "Energy saved", "unit": "MWh", "is_monetary": False},
    request_only=True,
)


class MetricListView(ApiView):
    """The metrics of the tenant."""

    @extend_schema(
        operation_id="metrics_list",
        tags=TAGS,
        parameters=[MetricFilterSerializer],
        responses=page_of(MetricSerializer),
    )
    def get(self, request: Request, tenant_slug: str) -> Response:
        """The metrics by name."""
        self.actor.require_anywhere(Permission.TREE_VIEW)
        given = self.filters(MetricFilterSerializer)
        rows = metrics()
        if "is_active" in given:
            rows = rows.filter(is_active=given["is_active"])
        return self.page_of(rows, Listing(ORDER, given, metric_bodies))

    @extend_schema(
        operation_id="metrics_create",
        tags=TAGS,
        parameters=[ETAG],
        request=NewMetricSerializer,
        responses={201: MetricSerializer},
        examples=[NEW],
    )
    def post(self, request: Request, tenant_slug: str) -> Response:
        """Add a metric; its code, once given, stays."""
        self.actor.require_anywhere(Permission.METRIC_MANAGE)
        given = self.parsed(NewMetricSerializer)
        if "aggregation" in given:
            given["aggregation"] = Aggregation(given["aggregation"])
        metric = metric_create(draft=MetricDraft(**given), by=self.actor)
        return self.answer(*metric_bodies([metric]), status=201)
