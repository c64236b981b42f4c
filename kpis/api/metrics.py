"""`metrics/`: what a tenant measures."""

from django.urls import reverse
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from governance.people.choices import Permission
from governance.web.apiviews import ApiView, Listing
from governance.web.openapi import ETAG, IF_MATCH, page_of
from governance.web.pages import Order
from kpis.api.metric_serializers import (
    MetricFieldsSerializer,
    MetricFilterSerializer,
    MetricSerializer,
    NewMetricSerializer,
    metric_bodies,
    with_words,
)
from kpis.metrics.selectors import metric_named
from kpis.metrics.services import MetricDraft, metric_change, metric_create
from kpis.selectors import metrics

TAGS = ["metrics"]
ORDER = Order("name", "sort_key")
NEW = OpenApiExample(
    "Energy",
    value={"code": "ENERGY", "name": "Energy saved", "unit": "MWh", "is_monetary": False},
    request_only=True,
)
CHANGE = OpenApiExample(
    "Another line", value={"pl_line": "personnel", "sign": "less"}, request_only=True
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
        given = with_words(self.parsed(NewMetricSerializer))
        metric = metric_create(draft=MetricDraft(**given), by=self.actor)
        address = reverse("api-metric-detail", args=[tenant_slug, metric.code])
        return self.answer(*metric_bodies([metric]), status=201, location=address)


class MetricView(ApiView):
    """One metric."""

    @extend_schema(
        operation_id="metrics_retrieve",
        tags=TAGS,
        parameters=[ETAG],
        responses=MetricSerializer,
    )
    def get(self, request: Request, tenant_slug: str, code: str) -> Response:
        """One metric, with the number of effects that use it."""
        return self.answer(*metric_bodies([metric_named(code, by=self.actor)]))

    @extend_schema(
        operation_id="metrics_update",
        tags=TAGS,
        parameters=[IF_MATCH, ETAG],
        request=MetricFieldsSerializer,
        responses=MetricSerializer,
        examples=[CHANGE],
    )
    def patch(self, request: Request, tenant_slug: str, code: str) -> Response:
        """Change some fields; 409 `metric_in_use` names what the effects of a metric have fixed."""
        metric = metric_named(code, by=self.actor)
        self.actor.require_anywhere(Permission.METRIC_MANAGE)
        seen = self.seen_version()
        fields = with_words(self.parsed(MetricFieldsSerializer, partial=True))
        changed = metric_change(metric=metric, seen_version=seen, fields=fields, by=self.actor)
        return self.answer(*metric_bodies([changed]))
