"""`measures/<code>/lights/`: the three lights, derived and stated (L1 to L3, L6)."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from governance.errors import Forbidden
from governance.web.apiviews import ApiView
from governance.web.serializers import InstantField, PersonSerializer, StrictSerializer, TextField
from initiatives.rules import may_report
from initiatives.selectors import hands_at, measure_by_code
from kpis.figures.choices import STATED_CHOICES, Lamp, LightName
from kpis.figures.lighting import Lights, Shown, lights_of
from kpis.figures.services import REASON_LENGTH, light_state

STATE = OpenApiExample(
    "Better than it looks",
    value={"light": "potential", "stated": "amber", "reason": "The contract is signed."},
    request_only=True,
)


class OverrideSerializer(serializers.Serializer[Any]):
    """Who states a light otherwise, why, and until when."""

    stated = serializers.ChoiceField(Lamp.choices)
    reason = serializers.CharField()
    stated_by = PersonSerializer()
    stated_at = InstantField()
    expires_on = serializers.DateField()


class LightSerializer(serializers.Serializer[Any]):
    """One light: `shown` is the stated one while it counts, else the derived one."""

    light = serializers.ChoiceField(LightName.choices)
    derived = serializers.ChoiceField(Lamp.choices)
    shown = serializers.ChoiceField(Lamp.choices)
    override = OverrideSerializer(allow_null=True)


class MeasureLightsSerializer(serializers.Serializer[Any]):
    """The three lights of a measure."""

    measure = serializers.CharField()
    lights = LightSerializer(many=True)
    is_watermelon = serializers.BooleanField(help_text="Green outside, red inside (L6).")


class StatedLightSerializer(StrictSerializer):
    """A light that should say something else for a reporting period at most."""

    shown_as = MeasureLightsSerializer

    light = serializers.ChoiceField(LightName.choices)
    stated = serializers.ChoiceField(STATED_CHOICES)
    reason = TextField(max_length=REASON_LENGTH)
    expires_on = serializers.DateField(
        required=False,
        allow_null=True,
        help_text="The last day it counts; by itself the end of the reporting period that runs, or "
        "in a month where no rhythm holds. A later day is refused.",
    )


class LightsView(ApiView):
    """The lights of one measure."""

    @extend_schema(
        operation_id="measures_lights_retrieve",
        tags=["measures"],
        responses=MeasureLightsSerializer,
    )
    def get(self, request: Request, tenant_slug: str, code: str) -> Response:
        """What was derived, and what somebody states instead."""
        measure = measure_by_code(code, by=self.actor)
        return self.answer(lights_body(measure.code, lights_of(measure, self.tenant)))

    @extend_schema(
        operation_id="measures_lights_state",
        tags=["measures"],
        request=StatedLightSerializer,
        responses={201: MeasureLightsSerializer},
        examples=[STATE],
    )
    def post(self, request: Request, tenant_slug: str, code: str) -> Response:
        """State a light otherwise, with a reason; the derived one stays visible.

        It counts up to the end of the reporting period at most.
        """
        measure = measure_by_code(code, by=self.actor)
        if not may_report(hands_at(measure, self.actor)):
            raise Forbidden
        given = self.parsed(StatedLightSerializer)
        light_state(
            measure=measure,
            light=LightName(given["light"]),
            stated=given["stated"],
            reason=given["reason"],
            expires_on=given.get("expires_on"),
            by=self.actor,
        )
        body = lights_body(measure.code, lights_of(measure, self.tenant))
        return self.answer(body, status=201)


def lights_body(code: str, found: Lights) -> dict[str, Any]:
    """The representation of `MeasureLightsSerializer`."""
    return {
        "measure": code,
        "lights": [_light(one) for one in found.shown],
        "is_watermelon": found.is_watermelon,
    }


def _light(one: Shown) -> dict[str, Any]:
    row = one.override
    return {
        "light": one.name.value,
        "derived": one.derived.value,
        "shown": one.shown.value,
        "override": None
        if row is None
        else {
            "stated": row.stated,
            "reason": row.reason,
            "stated_by": {"email": row.stated_by.email, "name": row.stated_by.name},
            "stated_at": row.stated_at.isoformat(),
            "expires_on": row.expires_on.isoformat(),
        },
    }
