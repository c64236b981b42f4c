"""`measure-groups/`: the measures of a list in groups, with how many and what is planned."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from governance.web.apiviews import ApiView
from initiatives.api.measures import OF_LISTS
from initiatives.api.serializers import MeasureFilterSerializer
from initiatives.figures import SeriesTotal
from initiatives.grouping import GroupBy, Sums, group_page
from initiatives.selectors import MeasureFilters, measure_list


class GroupFilterSerializer(MeasureFilterSerializer):
    """What the measures are grouped by, and narrowed to."""

    by = serializers.ChoiceField(GroupBy.choices, required=False, help_text="Or program.")
    series = serializers.BooleanField(
        required=False, help_text="Adds sums of forecast, claimed and validated at plan rate."
    )


class GroupSumsSerializer(serializers.Serializer[Any]):
    """How many measures, and their plan of the headline metric in the tenant's currency."""

    count = serializers.IntegerField(min_value=0)
    planned = serializers.CharField()
    currency = serializers.CharField()
    forecast = serializers.CharField(
        required=False,
        allow_null=True,
        help_text="This and the next two where series is asked for.",
    )
    claimed = serializers.CharField(required=False, allow_null=True)
    validated = serializers.CharField(required=False, allow_null=True)


class GroupSerializer(GroupSumsSerializer):
    """One group: `value` is what the filter of `measures/` takes, `-` where there is none."""

    value = serializers.CharField()
    name = serializers.CharField()


class GroupPageSerializer(serializers.Serializer[Any]):
    """A page of groups by name, and the sums over all of them."""

    total = GroupSumsSerializer()
    results = GroupSerializer(many=True)
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)


class MeasureGroupView(ApiView):
    """Measures in groups."""

    @extend_schema(
        operation_id="measure_groups_retrieve",
        tags=["measures"],
        parameters=[GroupFilterSerializer],
        responses=GroupPageSerializer,
    )
    def get(self, request: Request, tenant_slug: str) -> Response:
        """The groups of the measures that match all filters; a fixed number of queries."""
        given = self.filters(GroupFilterSerializer)
        wanted = {
            name: value for name, value in given.items() if name not in {*OF_LISTS, "by", "series"}
        }
        page = group_page(
            measure_list(MeasureFilters(**wanted), by=self.actor),
            GroupBy(given.get("by", GroupBy.PROGRAM)),
            cursor=given.get("cursor", ""),
            limit=given.get("limit", 0),
            series_of=self.tenant if given.get("series") else None,
        )
        has_series = bool(given.get("series"))
        results = [
            {
                "value": group.value,
                "name": group.name,
                **self._sums(group.sums, has_series=has_series),
            }
            for group in page.groups
        ]
        return Response(
            {
                "total": self._sums(page.total, has_series=has_series),
                "results": results,
                "next": self._link(page.next),
                "previous": self._link(page.previous),
            }
        )

    def _sums(self, sums: Sums, *, has_series: bool) -> dict[str, Any]:
        body = {
            "count": sums.count,
            "planned": f"{sums.planned:.4f}",
            "currency": self.tenant.currency,
        }
        if has_series:
            found = {name.value: sums.series.get(name) for name in SeriesTotal}
            body |= {name: None if one is None else f"{one:.4f}" for name, one in found.items()}
        return body
