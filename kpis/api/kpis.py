"""`objectives/` and `kpis/`: what is watched, and what it was to be and was by period."""

from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from governance.errors import Forbidden, Invalid
from governance.people.actor import Actor
from governance.people.choices import Permission
from governance.people.selectors import member_by_email
from governance.web.apiviews import ApiView, Listing
from governance.web.openapi import ETAG, IF_MATCH, page_of
from governance.web.pages import Order, chosen_order
from governance.web.serializers import ListFilters
from kpis.api.kpi_serializers import (
    EXAMPLE,
    KpiFieldsSerializer,
    KpiFilterSerializer,
    KpiPeriodsSerializer,
    KpiSerializer,
    NewObjectiveSerializer,
    ObjectiveSerializer,
    kpi_bodies,
    objective_bodies,
)
from kpis.choices import Source
from kpis.indicators.selectors import (
    ORDERS,
    KpiFilters,
    kpi_by_code,
    kpi_list,
    may_fill,
    objective_by_code,
    objective_named,
    objectives,
)
from kpis.indicators.services.kpis import KpiDraft, kpi_change, kpi_create, kpi_delete
from kpis.indicators.services.objectives import (
    ObjectiveDraft,
    objective_create,
    objective_delete,
)
from kpis.indicators.services.periods import WRITTEN, PeriodDraft, kpi_periods_write
from kpis.rules import month_of

TAGS = ["kpis"]
ADDED = Order("added", "id")
OF_LISTS = {"cursor", "limit", "ordering"}
NEW = OpenApiExample(
    "A share that shall fall",
    value={
        "name": "Vacant space in the inventory",
        "objective": "OB-0002",
        "unit": "share",
        "decimals": 3,
        "direction": "decrease",
        "rhythm": "year",
    },
    request_only=True,
)
PERIODS = OpenApiExample("Two years", value={"periods": EXAMPLE}, request_only=True)


class ObjectiveListView(ApiView):
    """The objectives of the tenant."""

    @extend_schema(
        operation_id="objectives_list",
        tags=TAGS,
        parameters=[ListFilters],
        responses=page_of(ObjectiveSerializer),
    )
    def get(self, request: Request, tenant_slug: str) -> Response:
        """Goals and objectives in the order they were added."""
        rows = objectives(self.actor)
        return self.page_of(rows, Listing(ADDED, self.filters(ListFilters), objective_bodies))

    @extend_schema(
        operation_id="objectives_create",
        tags=TAGS,
        parameters=[ETAG],
        request=NewObjectiveSerializer,
        responses={201: ObjectiveSerializer},
    )
    def post(self, request: Request, tenant_slug: str) -> Response:
        """Add a goal, or an objective of a goal; it gets its code here."""
        self.actor.require_anywhere(Permission.METRIC_MANAGE)
        given = self.parsed(NewObjectiveSerializer)
        parent = given.get("parent")
        goal = objective_named(parent, by=self.actor, field="parent") if parent else None
        draft = ObjectiveDraft(given["name"], goal)
        objective = objective_create(draft=draft, by=self.actor)
        address = reverse("api-objective-detail", args=[tenant_slug, objective.code])
        return self.answer(*objective_bodies([objective]), status=201, location=address)


class ObjectiveView(ApiView):
    """One objective."""

    @extend_schema(
        operation_id="objectives_retrieve",
        tags=TAGS,
        parameters=[ETAG],
        responses=ObjectiveSerializer,
    )
    def get(self, request: Request, tenant_slug: str, code: str) -> Response:
        """One goal or objective."""
        return self.answer(*objective_bodies([objective_by_code(code, by=self.actor)]))

    @extend_schema(
        operation_id="objectives_delete",
        tags=TAGS,
        parameters=[IF_MATCH],
        responses={204: None},
    )
    def delete(self, request: Request, tenant_slug: str, code: str) -> Response:
        """Delete an objective that no KPI and no other objective belongs to."""
        objective = objective_by_code(code, by=self.actor)
        self.actor.require_anywhere(Permission.METRIC_MANAGE)
        objective_delete(objective=objective, seen_version=self.seen_version(), by=self.actor)
        return Response(status=204)


class KpiListView(ApiView):
    """The KPIs of the tenant."""

    @extend_schema(
        operation_id="kpis_list",
        tags=TAGS,
        parameters=[KpiFilterSerializer],
        responses=page_of(KpiSerializer),
    )
    def get(self, request: Request, tenant_slug: str) -> Response:
        """A page of the KPIs that match all filters, with their periods."""
        given = self.filters(KpiFilterSerializer)
        order = chosen_order(ORDERS, given.get("ordering", ""), "code")
        wanted = {name: value for name, value in given.items() if name not in OF_LISTS}
        rows = kpi_list(KpiFilters(**wanted), by=self.actor)
        return self.page_of(rows, Listing(order, given, kpi_bodies))

    @extend_schema(
        operation_id="kpis_create",
        tags=TAGS,
        parameters=[ETAG],
        request=KpiFieldsSerializer,
        responses={201: KpiSerializer},
        examples=[NEW],
    )
    def post(self, request: Request, tenant_slug: str) -> Response:
        """Add a KPI; it gets its code here and starts without periods."""
        self.actor.require_anywhere(Permission.METRIC_MANAGE)
        given = _with_rows(self.parsed(KpiFieldsSerializer), self.actor)
        kpi = kpi_create(draft=KpiDraft(**given), by=self.actor)
        address = reverse("api-kpi-detail", args=[tenant_slug, kpi.code])
        return self.answer(*kpi_bodies([kpi]), status=201, location=address)


class KpiView(ApiView):
    """One KPI."""

    @extend_schema(
        operation_id="kpis_retrieve",
        tags=TAGS,
        parameters=[ETAG],
        responses=KpiSerializer,
    )
    def get(self, request: Request, tenant_slug: str, code: str) -> Response:
        """One KPI with its periods."""
        return self.answer(*kpi_bodies([kpi_by_code(code, by=self.actor)]))

    @extend_schema(
        operation_id="kpis_update",
        tags=TAGS,
        parameters=[IF_MATCH, ETAG],
        request=KpiFieldsSerializer,
        responses=KpiSerializer,
    )
    def patch(self, request: Request, tenant_slug: str, code: str) -> Response:
        """Change some fields; the rhythm stays once values stand."""
        kpi = kpi_by_code(code, by=self.actor)
        self.actor.require_anywhere(Permission.METRIC_MANAGE)
        seen = self.seen_version()
        fields = _with_rows(self.parsed(KpiFieldsSerializer, partial=True), self.actor)
        changed = kpi_change(kpi=kpi, seen_version=seen, fields=fields, by=self.actor)
        return self.answer(*kpi_bodies([changed]))

    @extend_schema(
        operation_id="kpis_delete",
        tags=TAGS,
        parameters=[IF_MATCH],
        responses={204: None},
    )
    def delete(self, request: Request, tenant_slug: str, code: str) -> Response:
        """Delete a KPI with its periods; the audit trail keeps the figures."""
        kpi = kpi_by_code(code, by=self.actor)
        self.actor.require_anywhere(Permission.METRIC_MANAGE)
        kpi_delete(kpi=kpi, seen_version=self.seen_version(), by=self.actor)
        return Response(status=204)


class KpiPeriodsView(ApiView):
    """The periods of one KPI."""

    @extend_schema(
        operation_id="kpis_periods_update",
        tags=TAGS,
        parameters=[IF_MATCH, ETAG],
        request=KpiPeriodsSerializer,
        responses=KpiSerializer,
        examples=[PERIODS],
    )
    def put(self, request: Request, tenant_slug: str, code: str) -> Response:
        """Write the named periods, all or none; what is not named stays as it is."""
        kpi = kpi_by_code(code, by=self.actor)
        if not may_fill(kpi, self.actor):
            raise Forbidden
        seen = self.seen_version()
        periods = _drafts(self.parsed(KpiPeriodsSerializer)["periods"])
        written = kpi_periods_write(
            kpi=kpi, periods=periods, seen_version=seen, by=self.actor, source=Source.API
        )
        return self.answer(*kpi_bodies([written]))


def _with_rows(given: dict[str, Any], by: Actor) -> dict[str, Any]:
    """Codes and e-mail addresses made rows; raises `Invalid` by field."""
    if code := given.get("objective"):
        given["objective"] = objective_named(code, by=by, field="objective")
    if email := given.get("update_owner"):
        given["update_owner"] = member_by_email(email, field="update_owner")
    return given


def _drafts(periods: dict[str, Any]) -> dict[date, PeriodDraft | None]:
    """What a body says about periods; raises `Invalid` naming each thing that cannot be read."""
    drafts: dict[date, PeriodDraft | None] = {}
    errors: dict[str, list[str]] = {}
    for text, given in periods.items():
        month, key = month_of(text), f"periods.{text}"
        if month is None:
            errors[key] = [_("Write periods like 2026-01, between 1990 and 2100.")]
        elif given is not None and not isinstance(given, dict):
            errors[key] = [_("Write the period's fields as an object, or null.")]
        else:
            faults = _faults(given or {})
            errors |= {f"{key}.{name}": [fault] for name, fault in faults.items()}
            drafts[month.first_day] = None if given is None or faults else PeriodDraft(**given)
    if errors:
        raise Invalid(errors)
    return drafts


def _faults(given: dict[str, Any]) -> dict[str, str]:
    faults = {name: _("There is no such field.") for name in given if name not in WRITTEN}
    if not isinstance(given.get("note", ""), str):
        faults["note"] = _("Write the note as text.")
    return faults
