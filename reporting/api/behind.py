"""The rows behind a figure: the measures or places that add up to it."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from governance.audit.rules import plain
from governance.tree.selectors import node_by_code
from governance.web.apiviews import ApiView
from governance.web.pages import DEFAULT_LIMIT, MAX_LIMIT
from initiatives.choices import Overlay, Stage
from kpis.api.figure_serializers import text
from kpis.api.serializers import MonthField
from kpis.choices import EffectKind
from kpis.figures.rules import VALUE_KINDS
from reporting.api.filters import RollUpFilterSerializer, basis_in, reading_in
from reporting.behind.figures import Figure, Parts, Wanted
from reporting.behind.selectors import MOST_MEASURES, By, Row, Spot, rows_behind

MOST_PAGES = 10**6


class BehindFilterSerializer(RollUpFilterSerializer):
    """Which figure of the place, and of what alone."""

    figure = serializers.ChoiceField(Figure.choices, required=False, default="identified")
    kind = serializers.ChoiceField([kind.value for kind in VALUE_KINDS], required=False)
    stage = serializers.ChoiceField(Stage.choices, required=False)
    overlay = serializers.ChoiceField(Overlay.choices, required=False)
    first = MonthField(required=False, help_text="Of the figures that add up months; 2026-01.")
    last = MonthField(required=False)
    by = serializers.ChoiceField(
        [one.value for one in By],
        required=False,
        help_text=f"Measures where there are {MOST_MEASURES} at most, else places.",
    )
    page = serializers.IntegerField(min_value=1, max_value=MOST_PAGES, required=False)
    limit = serializers.IntegerField(min_value=1, max_value=MAX_LIMIT, required=False)


class BehindRowSerializer(serializers.Serializer[Any]):
    """One measure or place with what it puts into each part of the figure."""

    code = serializers.CharField()
    name = serializers.CharField()
    amounts = serializers.DictField(child=serializers.CharField())


class BehindSerializer(serializers.Serializer[Any]):
    """One page of rows, the largest first. `total` is of all rows, not of this page alone."""

    code = serializers.CharField()
    currency = serializers.CharField()
    figure = serializers.ChoiceField(Figure.choices)
    by = serializers.ChoiceField([one.value for one in By])
    total = serializers.DictField(child=serializers.CharField())
    count = serializers.IntegerField(help_text="How many rows there are.")
    page = serializers.IntegerField()
    pages = serializers.IntegerField()
    results = BehindRowSerializer(many=True)
    computed_at = serializers.CharField()
    is_current = serializers.BooleanField()


class BehindView(ApiView):
    """What a figure of one place is made of."""

    @extend_schema(
        operation_id="roll_ups_behind",
        tags=["roll-ups"],
        parameters=[BehindFilterSerializer],
        responses={200: BehindSerializer},
    )
    def get(self, request: Request, tenant_slug: str, code: str) -> Response:
        """Each measure, or each place right below, with its part; they add up to the figure."""
        given = self.filters(BehindFilterSerializer)
        node = node_by_code(code, by=self.actor)
        wanted = Wanted(
            Figure(given["figure"]),
            EffectKind(given["kind"]) if given.get("kind") else None,
            Stage(given["stage"]) if given.get("stage") else None,
            Overlay(given["overlay"]) if given.get("overlay") else None,
            given.get("first"),
            given.get("last"),
        )
        found = rows_behind(
            Spot([node.path], self.tenant, basis_in(given), reading_in(given, node.path)),
            wanted,
            by=By(given["by"]) if given.get("by") else None,
            page=given.get("page", 1),
            limit=given.get("limit", DEFAULT_LIMIT),
        )
        return self.answer(
            {
                "code": node.code,
                "currency": self.tenant.currency,
                "figure": wanted.figure.value,
                "by": found.by.value,
                "total": _amounts(found.total, wanted),
                "count": found.count,
                "page": found.page,
                "pages": found.pages,
                "results": [_row(row, wanted) for row in found.rows],
                "computed_at": plain(found.computed_at),
                "is_current": found.is_current,
            }
        )


def _row(row: Row, wanted: Wanted) -> dict[str, Any]:
    return {
        "code": row.thing.code,
        "name": row.thing.name,
        "amounts": _amounts(row.parts, wanted),
    }


def _amounts(parts: Parts, wanted: Wanted) -> dict[str, str]:
    return {name: str(text(parts[name])) for name in wanted.columns if name in parts}
