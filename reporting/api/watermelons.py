"""`watermelons/`: measures green in their work and red in their value or its proof (L6)."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from governance.people.choices import Permission
from governance.tree.selectors import node_named
from governance.web.apiviews import ApiView
from governance.web.openapi import page_of
from governance.web.serializers import CodeField, ListFilters, PersonSerializer
from initiatives.api.serializers import person_body
from kpis.api.figure_serializers import text
from kpis.figures.choices import Lamp, LightName
from kpis.figures.lights import Light
from reporting.watermelons import Watermelon, watermelons


class WatermelonFilter(ListFilters):
    """What the list is narrowed to."""

    node = CodeField(required=False, help_text="This place and all below it.")


class ShownLightSerializer(serializers.Serializer[Any]):
    """One light: `shown` is the stated one while it counts, else the derived one."""

    derived = serializers.ChoiceField(Lamp.choices)
    shown = serializers.ChoiceField(Lamp.choices)


class ShownLightsSerializer(serializers.Serializer[Any]):
    """The three lights of a measure."""

    implementation = ShownLightSerializer()
    potential = ShownLightSerializer()
    evidence = ShownLightSerializer()


class WatermelonSerializer(serializers.Serializer[Any]):
    """A measure that looks well and is not; V of the headline metric, by kind (V7)."""

    measure = serializers.CharField()
    name = serializers.CharField()
    measure_package = serializers.CharField()
    owner = PersonSerializer(allow_null=True)
    metric = serializers.CharField()
    currency = serializers.CharField()
    recurring = serializers.CharField()
    one_off = serializers.CharField()
    lights = ShownLightsSerializer()


class WatermelonListView(ApiView):
    """The watermelons of the places a person sees."""

    @extend_schema(
        operation_id="watermelons_list",
        tags=["watermelons"],
        parameters=[WatermelonFilter],
        responses=page_of(WatermelonSerializer),
    )
    def get(self, request: Request, tenant_slug: str) -> Response:
        """Live measures that are green outside and red inside, the largest |V| first."""
        self.actor.require_anywhere(Permission.TREE_VIEW)
        given = self.filters(WatermelonFilter)
        found = watermelons(
            tenant=self.tenant,
            by=self.actor,
            node=node_named(given.get("node", ""), by=self.actor),
            cursor=given.get("cursor", ""),
            limit=given.get("limit", 0),
        )
        return Response(
            {
                "results": [self._body(one) for one in found.rows],
                "next": self._link(found.next),
                "previous": self._link(found.previous),
            }
        )

    def _body(self, one: Watermelon) -> dict[str, Any]:
        measure, lit = one.measure, one.lit
        return {
            "measure": measure.code,
            "name": measure.name,
            "measure_package": measure.package.code,
            "owner": person_body(measure.owner),
            "metric": self.tenant.headline_metric,
            "currency": self.tenant.currency,
            "recurring": text(lit.recurring),
            "one_off": text(lit.one_off),
            "lights": {name.value: _light(lit.lights[name]) for name in LightName},
        }


def _light(light: Light) -> dict[str, str]:
    return {"derived": light.derived.value, "shown": light.shown.value}
