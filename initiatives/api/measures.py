"""`measures/`: list, create, read, change, move, delete early, and history."""

from django.urls import reverse
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from governance.errors import Forbidden
from governance.people.choices import Permission
from governance.tree.choices import Level
from governance.web.apiviews import ApiView, Listing
from governance.web.openapi import ETAG, IF_MATCH, page_of
from governance.web.pages import chosen_order
from initiatives.api.lookups import place_in, with_rows
from initiatives.api.serializers import (
    MeasureFieldsSerializer,
    MeasureFilterSerializer,
    MeasureMoveSerializer,
    MeasureSerializer,
    NewMeasureSerializer,
    measure_bodies,
)
from initiatives.models import Measure
from initiatives.rules import settable_fields
from initiatives.selectors import (
    DEFAULT_ORDER,
    ORDERS,
    MeasureFilters,
    hands_at,
    measure_by_code,
    measure_list,
)
from initiatives.services import (
    MeasureDraft,
    measure_change,
    measure_create,
    measure_delete,
    measure_move,
)

TAGS = ["measures"]
PLACES = {"measure_package": {Level.PACKAGE}, "project": {Level.PROJECT}}
TARGETS = {"parent": {Level.PACKAGE, Level.PROJECT}}
OF_LISTS = {"cursor", "limit", "ordering"}
NEW = OpenApiExample(
    "Under a project",
    value={
        "name": "Bundle castings of both plants",
        "project": "PJ-0012",
        "owner": "anna.kern@nordwerk.example",
        "business_unit": "WIND",
        "planned_start": "2026-03-01",
    },
    request_only=True,
)
CHANGE = OpenApiExample(
    "Postpone", value={"planned_end": "2026-12-31", "sponsor": None}, request_only=True
)


class MeasureListView(ApiView):
    """All measures the caller may see."""

    @extend_schema(
        operation_id="measures_list",
        tags=TAGS,
        parameters=[MeasureFilterSerializer],
        responses=page_of(MeasureSerializer),
    )
    def get(self, request: Request, tenant_slug: str) -> Response:
        """A page of the measures that match all filters."""
        given = self.filters(MeasureFilterSerializer)
        order = chosen_order(ORDERS, given.get("ordering", ""), DEFAULT_ORDER)
        wanted = {name: value for name, value in given.items() if name not in OF_LISTS}
        rows = measure_list(MeasureFilters(**wanted), by=self.actor)
        return self.page_of(rows, Listing(order, given, measure_bodies))

    @extend_schema(
        operation_id="measures_create",
        tags=TAGS,
        request=NewMeasureSerializer,
        responses={201: MeasureSerializer},
        parameters=[ETAG],
        examples=[NEW],
    )
    def post(self, request: Request, tenant_slug: str) -> Response:
        """Create a measure; it starts Identified and gets its code here (G1, H5)."""
        self.actor.require_anywhere(Permission.MEASURE_CREATE)
        given = self.parsed(NewMeasureSerializer)
        place = place_in(given, PLACES, self.actor)
        draft = MeasureDraft(
            **with_rows({name: value for name, value in given.items() if name not in PLACES})
        )
        measure = measure_create(package=place, draft=draft, by=self.actor)
        address = reverse("api-measure-detail", args=[tenant_slug, measure.code])
        return self.answer(*measure_bodies([measure]), status=201, location=address)


class MeasureView(ApiView):
    """One measure."""

    def _measure(self, code: str) -> Measure:
        return measure_by_code(code, by=self.actor)

    @extend_schema(
        operation_id="measures_retrieve",
        tags=TAGS,
        parameters=[ETAG],
        responses=MeasureSerializer,
    )
    def get(self, request: Request, tenant_slug: str, code: str) -> Response:
        """One measure."""
        return self.answer(*measure_bodies([self._measure(code)]))

    @extend_schema(
        operation_id="measures_update",
        tags=TAGS,
        parameters=[IF_MATCH, ETAG],
        request=MeasureFieldsSerializer,
        responses=MeasureSerializer,
        examples=[CHANGE],
    )
    def patch(self, request: Request, tenant_slug: str, code: str) -> Response:
        """Change some fields; each needs its own right (S11), none reaches the stage (G1)."""
        measure = self._measure(code)
        if not settable_fields(hands_at(measure, self.actor)):
            raise Forbidden
        seen = self.seen_version()
        fields = with_rows(self.parsed(MeasureFieldsSerializer, partial=True))
        changed = measure_change(measure=measure, seen_version=seen, fields=fields, by=self.actor)
        return self.answer(*measure_bodies([changed]))

    @extend_schema(
        operation_id="measures_delete",
        tags=TAGS,
        parameters=[IF_MATCH],
        responses={204: None},
    )
    def delete(self, request: Request, tenant_slug: str, code: str) -> Response:
        """Delete a measure that is still Identified, with its plan (H3)."""
        measure = self._measure(code)
        self.actor.require(Permission.MEASURE_DELETE, measure.path)
        measure_delete(measure=measure, seen_version=self.seen_version(), by=self.actor)
        return Response(status=204)


class MeasureMoveView(ApiView):
    """A measure's place in the tree."""

    @extend_schema(
        operation_id="measures_move",
        tags=TAGS,
        parameters=[IF_MATCH, ETAG],
        request=MeasureMoveSerializer,
        responses=MeasureSerializer,
    )
    def post(self, request: Request, tenant_slug: str, code: str) -> Response:
        """Move a measure; its code, values, history and judges stay (H2, S11)."""
        measure = measure_by_code(code, by=self.actor)
        self.actor.require(Permission.NODE_MOVE, measure.path)
        seen = self.seen_version()
        place = place_in(self.parsed(MeasureMoveSerializer), TARGETS, self.actor)
        moved = measure_move(measure=measure, package=place, seen_version=seen, by=self.actor)
        return self.answer(*measure_bodies([moved]))
