"""`measures/<code>/values/`: the whole grid of a measure, read and written in one call."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from governance.errors import Forbidden
from governance.web.apiviews import ApiView
from governance.web.openapi import ETAG, IF_MATCH
from initiatives.models import Measure
from initiatives.selectors import hands_at, measure_by_code
from kpis.api.effects import cause_in
from kpis.api.grid_serializers import GridChangeSerializer, GridSerializer, grid_body
from kpis.choices import Source
from kpis.forecasts.changes import EffectChange, GridChange, ReasonDraft
from kpis.forecasts.selectors import grid_of, tolerance
from kpis.forecasts.services.grid import grid_save
from kpis.rules import may_plan

TAGS = ["effects"]
CHANGE = OpenApiExample(
    "A forecast that slips, and why",
    value={
        "cause": "timing",
        "effects": [
            {
                "id": "6f0e9a52-5f0e-4c43-8f3c-2f6d9a1f7f11",
                "version": 4,
                "cells": {"forecast": {"2026-07": "0.00", "2026-08": "1000.00"}},
            }
        ],
        "reasons": [
            {
                "effect": "6f0e9a52-5f0e-4c43-8f3c-2f6d9a1f7f11",
                "fiscal_year": 2026,
                "code": "delayed",
                "text": "The supplier delivers a month later.",
            }
        ],
    },
    request_only=True,
)


class MeasureValuesView(ApiView):
    """The value grid of one measure."""

    @extend_schema(
        operation_id="measure_values_retrieve",
        tags=TAGS,
        parameters=[ETAG],
        responses=GridSerializer,
    )
    def get(self, request: Request, tenant_slug: str, code: str) -> Response:
        """Every effect with its months by series, its baselines, variances and last reasons."""
        return self.answer(self._body(measure_by_code(code, by=self.actor)))

    @extend_schema(
        operation_id="measure_values_update",
        tags=TAGS,
        parameters=[IF_MATCH, ETAG],
        request=GridChangeSerializer,
        responses=GridSerializer,
        examples=[CHANGE],
    )
    def put(self, request: Request, tenant_slug: str, code: str) -> Response:
        """Write the named months of the named effects, all or none.

        Each effect says which version of it was seen, so that 412 tells cell by cell what others
        wrote meanwhile.
        """
        measure = measure_by_code(code, by=self.actor)
        if not may_plan(hands_at(measure, self.actor)):
            raise Forbidden
        seen = self.seen_version()
        change = _change(self.parsed(GridChangeSerializer), seen)
        grid_save(measure=measure, change=change, by=self.actor, source=Source.API)
        return self.answer(self._body(measure))

    def _body(self, measure: Measure) -> dict[str, Any]:
        return grid_body(measure, grid_of(measure), self.tenant.fiscal_year_start, tolerance())


def _change(given: dict[str, Any], seen: int) -> GridChange:
    effects = [EffectChange(str(e["id"]), e["version"], e["cells"]) for e in given["effects"]]
    reasons = [
        ReasonDraft(str(one["effect"]), one["fiscal_year"], one["code"], one["text"])
        for one in given.get("reasons", [])
    ]
    return GridChange(effects, cause_in(given), reasons, seen)
