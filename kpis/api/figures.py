"""`measures/<code>/figures/`: the formulas F3 to F7 of one measure, and its lights."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from governance.web.apiviews import ApiView
from initiatives.selectors import measure_by_code
from kpis.api.figure_serializers import (
    FiguresSerializer,
    ViewFilter,
    figures_body,
    is_published,
)
from kpis.figures.selectors import measure_sheet
from kpis.rules import FIRST_YEAR, LAST_YEAR


class FiguresFilter(ViewFilter):
    """Which fiscal year, named after the calendar year in which it ends, and which reports."""

    year = serializers.IntegerField(
        required=False, min_value=FIRST_YEAR + 1, max_value=LAST_YEAR, help_text="Such as 2026."
    )


class FiguresView(ApiView):
    """The figures of one measure."""

    @extend_schema(
        operation_id="measures_figures_retrieve",
        tags=["measures"],
        parameters=[FiguresFilter],
        responses=FiguresSerializer,
    )
    def get(self, request: Request, tenant_slug: str, code: str) -> Response:
        """What the measure is worth, brings and leaks, as of the last closed month (F3 to F7)."""
        given = self.filters(FiguresFilter)
        year: Any = given.get("year")
        measure = measure_by_code(code, by=self.actor)
        sheet = measure_sheet(measure, self.tenant, year, as_published=is_published(given))
        return self.answer(figures_body(measure.code, sheet))
