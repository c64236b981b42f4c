"""Asking to change what a passed gate froze: fields, and months of the plan (T15)."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from approvals.choices import ReasonCode
from governance.audit.rules import plain
from governance.web.serializers import StrictSerializer, TextField
from initiatives.api.gate_serializers import TEXT_LENGTH, GateRequestSerializer, HandSerializer
from initiatives.api.gates import TAGS, Asks, deciders_body
from initiatives.api.lookups import with_rows
from initiatives.api.serializers import MeasureFieldsSerializer
from initiatives.gates.asking import Asking
from initiatives.gates.changes import change_preview, change_request
from initiatives.gates.proposals import Proposal
from initiatives.plan_changes import EffectAsk
from initiatives.selectors import measure_by_code
from initiatives.services import NAME_LENGTH

MOST_EFFECTS, MOST_MONTHS = 200, 12 * 111
PLAN_CELLS_SCHEMA: dict[str, Any] = {
    "type": "object",
    "additionalProperties": {"type": "string", "nullable": True},
    "description": "Months such as `2026-01` to amounts as text; null empties a month, months that "
    "are not named stay as they are.",
    "example": {"2026-07": "900.00"},
}
EXAMPLE = OpenApiExample(
    "A plan that shrinks",
    value={
        "reason_code": "under_delivery",
        "reason": "The supplier offers less.",
        "plan": [
            {
                "id": "6f0e9a52-5f0e-4c43-8f3c-2f6d9a1f7f11",
                "version": 4,
                "cells": {"2026-07": "900.00", "2026-08": "900.00"},
            }
        ],
        "dry_run": True,
    },
    request_only=True,
)


@extend_schema_field(PLAN_CELLS_SCHEMA)
class PlanCellsField(serializers.DictField):
    """Months to amounts; the service checks each of them by name."""

    def to_internal_value(self, data: Any) -> dict[Any, Any]:
        if isinstance(data, dict) and len(data) > MOST_MONTHS:
            raise serializers.ValidationError([_("These are more months than there can be.")])
        return super().to_internal_value(data)


class PlanEffectSerializer(StrictSerializer):
    """New plan months of one effect, with the version that was seen of it."""

    id = serializers.UUIDField()
    version = serializers.IntegerField(min_value=1, max_value=2**31 - 1)
    cells = PlanCellsField(required=False)
    run_rate_start = TextField(
        required=False,
        max_length=7,
        help_text="A month such as `2026-07`; left out, the start stays.",
    )


class ChangedFieldsSerializer(MeasureFieldsSerializer):
    """New values of the fields that are to change; the others are left out."""

    name = TextField(required=False, max_length=NAME_LENGTH)


class ChangeBody(StrictSerializer):
    """A change request (T15): what is to change, and why."""

    reason_code = serializers.ChoiceField(ReasonCode.choices)
    reason = TextField(max_length=TEXT_LENGTH)
    changes = ChangedFieldsSerializer(required=False)
    plan = serializers.ListField(
        child=PlanEffectSerializer(),
        required=False,
        max_length=MOST_EFFECTS,
        help_text="An increase of an amount is asked for without anything else.",
    )
    dry_run = serializers.BooleanField(
        required=False, help_text="Tell size and route, and ask for nothing."
    )


class ChangePreviewSerializer(serializers.Serializer[Any]):
    """What a change request would ask for, and who would decide it."""

    measure = serializers.CharField()
    transition = serializers.CharField()
    size = serializers.CharField(
        allow_null=True,
        help_text="In the tenant's currency, with all approved changes since a forum decided last; "
        "null where not all of it can be measured.",
    )
    limit = serializers.CharField(help_text="From this size on a forum decides.")
    details = serializers.JSONField(help_text="As the request would keep it.")
    decides = HandSerializer(many=True)


class ChangeRequestListView(Asks):
    """Changes of what a passed gate froze (T15)."""

    @extend_schema(
        operation_id="measure_change_requests_create",
        tags=TAGS,
        request=ChangeBody,
        responses={201: GateRequestSerializer, 200: ChangePreviewSerializer},
        examples=[EXAMPLE],
    )
    def post(self, request: Request, tenant_slug: str, code: str) -> Response:
        """Ask to change frozen fields or plan months; all stays as it is until it is decided.

        With `dry_run` nothing is asked for: 200 says how large it is and who would decide.
        """
        measure = measure_by_code(code, by=self.actor)
        given = self.parsed(ChangeBody)
        wanted = with_rows(given.get("changes", {}))
        plan = [_ask(one) for one in given.get("plan", [])]
        if given.get("dry_run"):
            proposal = change_preview(measure=measure, fields=wanted, plan=plan, by=self.actor)
            return self.answer(self._preview(proposal))
        asking = Asking(given["reason"], given["reason_code"])
        return self.opened(
            change_request(measure=measure, fields=wanted, asking=asking, by=self.actor, plan=plan)
        )

    def _preview(self, proposal: Proposal) -> dict[str, Any]:
        asks, _bars = proposal.route(self.actor)
        return {
            "measure": proposal.measure.code,
            "transition": "T15",
            "size": plain(proposal.size),
            "limit": plain(proposal.limit),
            "details": proposal.details,
            "decides": deciders_body(asks),
        }


def _ask(given: dict[str, Any]) -> EffectAsk:
    return EffectAsk(
        str(given["id"]), given["version"], given.get("cells", {}), given.get("run_rate_start")
    )
