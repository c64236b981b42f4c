"""What hangs below a place: its nodes by money at risk, and what needs attention."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from governance.audit.rules import plain
from governance.tree.selectors import node_by_code
from governance.web.apiviews import ApiView
from governance.web.serializers import PersonSerializer
from initiatives.api.serializers import person_body
from kpis.api.figure_serializers import LineAmountsSerializer, amounts_body, text
from reporting.api.filters import (
    NarrowingSerializer,
    RollUpFilterSerializer,
    basis_in,
    narrowing_in,
    reading_in,
)
from reporting.api.serializers import NodeLightsSerializer
from reporting.attention import Matter, Reason, Sought, attention
from reporting.narrowing import reading_of
from reporting.rollups.children import Child
from reporting.selectors import node_overview


class ChildTargetSerializer(serializers.Serializer[Any]):
    """A target in force of the headline metric."""

    kind = serializers.CharField()
    fiscal_year = serializers.IntegerField()
    target = serializers.CharField()


class ChildSerializer(serializers.Serializer[Any]):
    """A node right below: amounts of the headline metric by kind (F3), which never add up."""

    code = serializers.CharField()
    name = serializers.CharField()
    measures = serializers.IntegerField()
    lights = NodeLightsSerializer()
    amounts = serializers.DictField(child=LineAmountsSerializer())
    targets = ChildTargetSerializer(many=True)
    value_at_risk = serializers.CharField(help_text="Recurring and one-off by their size (F6).")


class ChildrenSerializer(serializers.Serializer[Any]):
    """The nodes right below a place, those first where most money is at risk."""

    code = serializers.CharField()
    currency = serializers.CharField()
    total = serializers.IntegerField(help_text="How many there are; at most 50 are told.")
    results = ChildSerializer(many=True)
    computed_at = serializers.CharField()
    is_current = serializers.BooleanField()


class MatterSerializer(serializers.Serializer[Any]):
    """One measure, or what else an exception is about, and what is wrong with it."""

    subject_type = serializers.CharField()
    subject = serializers.CharField()
    name = serializers.CharField(help_text="Empty where it is no measure.")
    owner = PersonSerializer(allow_null=True)
    amount = serializers.CharField(
        help_text="The largest of |V|, the amount asked about, and the plan that nobody governs."
    )
    reasons = serializers.ListField(child=serializers.ChoiceField(Reason.choices))
    request = serializers.UUIDField(allow_null=True, help_text="The request that is overdue.")
    exception = serializers.CharField(allow_null=True)


class AttentionSerializer(serializers.Serializer[Any]):
    """The ten largest matters below a place."""

    code = serializers.CharField()
    currency = serializers.CharField()
    results = MatterSerializer(many=True)


class ChildrenView(ApiView):
    """The nodes right below one place."""

    @extend_schema(
        operation_id="roll_ups_children",
        tags=["roll-ups"],
        parameters=[RollUpFilterSerializer],
        responses={200: ChildrenSerializer},
    )
    def get(self, request: Request, tenant_slug: str, code: str) -> Response:
        """Lights, amounts, targets and money at risk of each, at plan or at period rate (V8)."""
        given = self.filters(RollUpFilterSerializer)
        node = node_by_code(code, by=self.actor)
        how = reading_in(given, node.path)
        overview = node_overview(node, tenant=self.tenant, basis=basis_in(given), how=how)
        figures = overview.roll_up
        return self.answer(
            {
                "code": figures.code,
                "currency": figures.currency,
                "total": overview.children.total,
                "results": [_child(child) for child in overview.children.shown],
                "computed_at": plain(figures.computed_at),
                "is_current": figures.is_current,
            }
        )


class AttentionView(ApiView):
    """What needs attention below one place."""

    @extend_schema(
        operation_id="roll_ups_attention",
        tags=["roll-ups"],
        parameters=[NarrowingSerializer],
        responses={200: AttentionSerializer},
    )
    def get(self, request: Request, tenant_slug: str, code: str) -> Response:
        """Watermelons, overdue decisions, open exceptions and missing fields, by money."""
        node = node_by_code(code, by=self.actor)
        narrowing = narrowing_in(self.filters(NarrowingSerializer))
        only = reading_of(narrowing, [node.path]).only
        found = attention(Sought(self.tenant, [node.path], only), timezone.now(), by=self.actor)
        return self.answer(
            {
                "code": node.code,
                "currency": self.tenant.currency,
                "results": [_matter(one) for one in found],
            }
        )


def _child(child: Child) -> dict[str, Any]:
    return {
        "code": child.node.code,
        "name": child.node.name,
        "measures": child.measures,
        "lights": {name.value: lamp.value for name, lamp in child.lights.items()},
        "amounts": {kind.value: amounts_body(one) for kind, one in child.amounts.items()},
        "targets": [
            {"kind": one.kind, "fiscal_year": one.fiscal_year, "target": text(one.amount)}
            for one in child.targets
        ],
        "value_at_risk": text(child.at_risk),
    }


def _matter(one: Matter) -> dict[str, Any]:
    asked = [cause.request for cause in one.causes if cause.request is not None]
    opened = [cause.exception for cause in one.causes if cause.exception is not None]
    return {
        "subject_type": one.subject_type,
        "subject": one.code,
        "name": "" if one.measure is None else one.measure.name,
        "owner": None if one.measure is None else person_body(one.measure.owner),
        "amount": text(one.amount),
        "reasons": [reason.value for reason in one.reasons],
        "request": asked[0].public_id if asked else None,
        "exception": opened[0].code if opened else None,
    }
