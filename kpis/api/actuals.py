"""`effects/<id>/reference/`, `effects/<id>/validations/` and `validations/<id>/second/`."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from governance.errors import Forbidden
from governance.people.choices import Permission
from governance.web.apiviews import ApiView, Listing
from governance.web.openapi import ETAG, IF_MATCH, page_of
from governance.web.pages import Order
from governance.web.serializers import ListFilters
from kpis.actuals.choices import Outcome
from kpis.actuals.selectors import validation_by_id, validation_rows
from kpis.actuals.services.reference import reference_write
from kpis.actuals.services.validations import Verdict, claim_validate, validation_second
from kpis.api.actual_serializers import (
    ReferenceSerializer,
    ValidationSerializer,
    VerdictSerializer,
    validation_bodies,
)
from kpis.api.effects import plannable
from kpis.api.serializers import EffectSerializer, effect_bodies
from kpis.choices import Source
from kpis.selectors import effect_by_id

TAGS = ["effects"]
ORDER = Order("decided", "id")
REFERENCE = OpenApiExample(
    "How it was before", value={"cells": {"2025-01": "900.00"}}, request_only=True
)
VERDICT = OpenApiExample(
    "Less than was claimed",
    value={
        "month": "2026-01",
        "outcome": "adjusted",
        "amount": "800.00",
        "reason": "One invoice belongs to February.",
    },
    request_only=True,
)


class ReferenceView(ApiView):
    """The reference of one effect."""

    @extend_schema(
        operation_id="effects_reference_update",
        tags=TAGS,
        parameters=[IF_MATCH, ETAG],
        request=ReferenceSerializer,
        responses=EffectSerializer,
        examples=[REFERENCE],
    )
    def put(self, request: Request, tenant_slug: str, effect_id: UUID) -> Response:
        """Write the named months of the reference, until the method is frozen (V2, V5)."""
        effect = plannable(self, effect_id)
        seen = self.seen_version()
        given = self.parsed(ReferenceSerializer)
        changed = reference_write(
            effect=effect,
            cells=given["cells"],
            seen_version=seen,
            by=self.actor,
            source=Source.API,
        )
        return self.answer(*effect_bodies([changed]))


class ValidationListView(ApiView):
    """What finance said of the claims of one effect."""

    @extend_schema(
        operation_id="validations_list",
        tags=TAGS,
        parameters=[ListFilters],
        responses=page_of(ValidationSerializer),
    )
    def get(self, request: Request, tenant_slug: str, effect_id: UUID) -> Response:
        """The validations of an effect in the order they were given."""
        effect = effect_by_id(str(effect_id), by=self.actor)
        rows = validation_rows().filter(effect=effect)
        return self.page_of(rows, Listing(ORDER, self.filters(ListFilters), validation_bodies))

    @extend_schema(
        operation_id="validations_create",
        tags=TAGS,
        request=VerdictSerializer,
        responses={200: ValidationSerializer},
        examples=[VERDICT],
    )
    def post(self, request: Request, tenant_slug: str, effect_id: UUID) -> Response:
        """Validate, adjust or reject the claim of one month (V5), never one's own (S4)."""
        effect = effect_by_id(str(effect_id), by=self.actor)
        if not self.actor.may(Permission.VALUE_VALIDATE, effect.measure.path):
            raise Forbidden
        verdict = verdict_in(self.parsed(VerdictSerializer))
        validation = claim_validate(
            effect=effect, verdict=verdict, by=self.actor, source=Source.API
        )
        return Response(validation_bodies([validation])[0])


def verdict_in(given: dict[str, Any]) -> Verdict:
    """The verdict of a body that `VerdictSerializer` has read."""
    return Verdict(
        month=given["month"],
        outcome=Outcome(given["outcome"]),
        amount=given.get("amount"),
        reason=given.get("reason", ""),
        seen_claim=given.get("claimed"),
    )


class SecondView(ApiView):
    """The second signature on an adjustment above the claim."""

    @extend_schema(
        operation_id="validations_second",
        tags=TAGS,
        request=None,
        responses={200: ValidationSerializer},
    )
    def post(self, request: Request, tenant_slug: str, validation_id: UUID) -> Response:
        """Confirm it as another finance person; only then it counts (S4)."""
        validation = validation_by_id(validation_id, by=self.actor)
        signed = validation_second(validation=validation, by=self.actor, source=Source.API)
        return Response(validation_bodies([signed])[0])
