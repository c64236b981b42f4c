"""`measures/<code>/effects/` and `effects/<id>/`: lines of value, and their months."""

from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from governance.errors import Forbidden, Invalid
from governance.people.models import Membership
from governance.people.selectors import member_by_email
from governance.web.apiviews import ApiView, Listing
from governance.web.openapi import ETAG, IF_MATCH, page_of
from governance.web.pages import Order
from governance.web.serializers import ListFilters
from initiatives.selectors import hands_at, measure_by_code
from kpis.actuals.selectors import may_claim_at
from kpis.actuals.services.claims import claims_write
from kpis.actuals.services.effects import effect_change
from kpis.api.serializers import (
    CellsSerializer,
    EffectFieldsSerializer,
    EffectSerializer,
    NewEffectSerializer,
    effect_bodies,
)
from kpis.choices import Cause, EffectClass, EffectKind, Series, Source
from kpis.forecasts.changes import EffectChange, ReasonDraft
from kpis.forecasts.services.grid import forecast_write
from kpis.metrics.selectors import active_metric
from kpis.models import Effect
from kpis.rules import may_plan
from kpis.selectors import effect_by_id, effects_of
from kpis.services import EffectDraft, effect_create, effect_delete, values_write

TAGS = ["effects"]
# What the API calls otherwise than the model.
FIELDS = {"class": "effect_class"}
ORDER = Order("added", "id")
NEW = OpenApiExample(
    "Recurring savings",
    value={"metric": "EBITDA", "kind": "recurring", "class": "hard", "currency": "EUR"},
    request_only=True,
)
CHANGE = OpenApiExample(
    "Who answers for it, and from when on",
    value={"owner": "line@example.com", "run_rate_start": "2026-07"},
    request_only=True,
)
CELLS = OpenApiExample(
    "A quarter of the plan",
    value={
        "series": "plan",
        "cells": {"2026-01": "1000.00", "2026-02": "1250.50", "2026-03": None},
    },
    request_only=True,
)


class EffectListView(ApiView):
    """The effects of one measure."""

    @extend_schema(
        operation_id="effects_list",
        tags=TAGS,
        parameters=[ListFilters],
        responses=page_of(EffectSerializer),
    )
    def get(self, request: Request, tenant_slug: str, code: str) -> Response:
        """The effects of a measure in the order they were added, with their months."""
        measure = measure_by_code(code, by=self.actor)
        return self.page_of(
            effects_of(measure), Listing(ORDER, self.filters(ListFilters), effect_bodies)
        )

    @extend_schema(
        operation_id="effects_create",
        tags=TAGS,
        parameters=[ETAG],
        request=NewEffectSerializer,
        responses={201: EffectSerializer},
        examples=[NEW],
    )
    def post(self, request: Request, tenant_slug: str, code: str) -> Response:
        """Add a line of value to a measure; it starts without months."""
        measure = measure_by_code(code, by=self.actor)
        if not may_plan(hands_at(measure, self.actor)):
            raise Forbidden
        given = self.parsed(NewEffectSerializer)
        draft = EffectDraft(
            metric=active_metric(given["metric"]),
            kind=EffectKind(given["kind"]),
            effect_class=EffectClass(given.get("class", EffectClass.HARD)),
            currency=given.get("currency", ""),
            name=given.get("name", ""),
            owner=owner_in(given),
            run_rate_start=given.get("run_rate_start"),
        )
        effect = effect_create(measure=measure, draft=draft, by=self.actor)
        address = reverse("api-effect-detail", args=[tenant_slug, effect.public_id])
        return self.answer(*effect_bodies([effect]), status=201, location=address)


def owner_in(given: dict[str, Any]) -> Membership | None:
    """The effect owner that a body names by e-mail; raises `Invalid`."""
    email = given.get("owner")
    return None if email is None else member_by_email(email, field="owner")


class EffectView(ApiView):
    """One effect."""

    @extend_schema(
        operation_id="effects_retrieve",
        tags=TAGS,
        parameters=[ETAG],
        responses=EffectSerializer,
    )
    def get(self, request: Request, tenant_slug: str, effect_id: UUID) -> Response:
        """One effect with its months by series."""
        return self.answer(*effect_bodies([effect_by_id(str(effect_id), by=self.actor)]))

    @extend_schema(
        operation_id="effects_update",
        tags=TAGS,
        parameters=[IF_MATCH, ETAG],
        request=EffectFieldsSerializer,
        responses=EffectSerializer,
        examples=[CHANGE],
    )
    def patch(self, request: Request, tenant_slug: str, effect_id: UUID) -> Response:
        """Change some fields; after T3 only the owner and the name are open (V2)."""
        effect = plannable(self, effect_id)
        seen = self.seen_version()
        given = self.parsed(EffectFieldsSerializer, partial=True)
        fields = {FIELDS.get(name, name): value for name, value in given.items()}
        if "owner" in given:
            fields["owner"] = owner_in(given)
        changed = effect_change(effect=effect, seen_version=seen, fields=fields, by=self.actor)
        return self.answer(*effect_bodies([changed]))

    @extend_schema(
        operation_id="effects_delete",
        tags=TAGS,
        parameters=[IF_MATCH],
        responses={204: None},
    )
    def delete(self, request: Request, tenant_slug: str, effect_id: UUID) -> Response:
        """Delete an effect that carries no more than a plan."""
        effect = plannable(self, effect_id)
        effect_delete(effect=effect, seen_version=self.seen_version(), by=self.actor)
        return Response(status=204)


class CellsView(ApiView):
    """The months of one effect."""

    @extend_schema(
        operation_id="effects_cells_update",
        tags=TAGS,
        parameters=[IF_MATCH, ETAG],
        request=CellsSerializer,
        responses=EffectSerializer,
        examples=[CELLS],
    )
    def put(self, request: Request, tenant_slug: str, effect_id: UUID) -> Response:
        """Write the named months of one series, all or none; other months stay as they are.

        Whoever plans writes the plan until it is frozen, then the forecast with a `cause` and,
        beyond tolerance, a reason; whoever claims, `actual_claimed`.
        """
        effect = effect_by_id(str(effect_id), by=self.actor)
        may_write = may_plan(hands_at(effect.measure, self.actor))
        if not may_write and not may_claim_at(effect, self.actor):
            raise Forbidden
        seen = self.seen_version()
        given = self.parsed(CellsSerializer)
        series = Series(given["series"])
        reasons = [name for name in ("reason_code", "reason") if name in given]
        if series in {Series.PLAN, Series.ACTUAL_CLAIMED} and reasons:
            raise Invalid({name: [_("This series takes no reason.")] for name in reasons})
        if series is not Series.FORECAST and "cause" in given:
            raise Invalid({"cause": [_("This series takes no cause.")]})
        if series is Series.ACTUAL_CLAIMED:
            changed = claims_write(
                effect=effect,
                cells=given["cells"],
                seen_version=seen,
                by=self.actor,
                source=Source.API,
            )
            return self.answer(*effect_bodies([changed]))
        if series is Series.FORECAST:
            return self.answer(*effect_bodies([self._forecast(effect, seen, given)]))
        effect = values_write(
            effect=effect,
            series=series,
            cells=given["cells"],
            seen_version=seen,
            by=self.actor,
            source=Source.API,
        )
        return self.answer(*effect_bodies([effect]))

    def _forecast(self, effect: Effect, seen: int, given: dict[str, Any]) -> Effect:
        """The forecast with its cause, and one reason for whatever year owes one (V6, F8)."""
        key, reason = str(effect.public_id), None
        if "reason_code" in given or "reason" in given:
            code, text = given.get("reason_code", ""), given.get("reason", "")
            reason = ReasonDraft(key, None, code, text)
        return forecast_write(
            effect=effect,
            change=EffectChange(key, seen, {Series.FORECAST: given["cells"]}),
            cause=cause_in(given),
            reason=reason,
            by=self.actor,
            source=Source.API,
        )


def cause_in(given: dict[str, Any]) -> Cause | None:
    """The cause that a body names, if any."""
    return Cause(given["cause"]) if "cause" in given else None


def plannable(view: ApiView, effect_id: UUID) -> Effect:
    """An effect whose values the caller may plan; raises `NotVisible` and `Forbidden`."""
    effect = effect_by_id(str(effect_id), by=view.actor)
    if not may_plan(hands_at(effect.measure, view.actor)):
        raise Forbidden
    return effect
