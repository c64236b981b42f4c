"""`roll-ups/<code>/bridge/`: how the period total of a place came from one day to another (F8)."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from governance.errors import Invalid
from governance.tree.selectors import node_by_code
from governance.web.apiviews import ApiView
from governance.web.pages import MAX_LIMIT
from governance.web.serializers import InstantField, StrictSerializer, TextField
from kpis.api.figure_serializers import text
from kpis.figures.bridge import Bridge, Move, Turn
from kpis.figures.choices import Step
from kpis.rates.choices import RateBasis
from kpis.rules import FIRST_YEAR, LAST_YEAR
from reporting.bridge_selectors import (
    MovePage,
    Span,
    bridge_by_code,
    default_span,
    moves_of,
    signed_of,
    since_report,
)


class BridgeFilter(StrictSerializer):
    """Two days, a fiscal year, and the step whose events are wanted."""

    year = serializers.IntegerField(
        required=False,
        min_value=FIRST_YEAR + 1,
        max_value=LAST_YEAR,
        help_text="The fiscal year whose months count; all of them without.",
    )
    rate = serializers.ChoiceField(
        RateBasis.choices, required=False, help_text="Plan rates unless said otherwise."
    )
    step = serializers.ChoiceField(
        Step.choices, required=False, help_text="Adds the events behind one step."
    )
    since = serializers.ChoiceField(
        ["report"],
        required=False,
        help_text="From the moment when the last report of the place was signed, instead of from.",
    )
    cursor = TextField(required=False, max_length=1000, help_text="Position, from next.")
    limit = serializers.IntegerField(required=False, min_value=1, max_value=MAX_LIMIT)

    def get_fields(self) -> dict[str, Any]:
        """`from` is no name that a class can have."""
        return {
            "from": serializers.DateField(required=False, help_text="30 days ago without."),
            "to": serializers.DateField(required=False, help_text="Today without."),
            **super().get_fields(),
        }


class MoveSerializer(serializers.Serializer[Any]):
    """One event that moved the total."""

    at = InstantField()
    measure = serializers.CharField()
    what = serializers.ChoiceField([(turn.value, turn.value) for turn in Turn])
    amount = serializers.CharField()


class MovePageSerializer(serializers.Serializer[Any]):
    """Some of the events behind a step, oldest first."""

    results = MoveSerializer(many=True)
    total = serializers.IntegerField()
    next = serializers.CharField(allow_null=True, help_text="Cursor of the next ones.")


class BridgeSerializer(serializers.Serializer[Any]):
    """From `start` over the steps to `end`; a residual other than 0 is a defect."""

    code = serializers.CharField()
    metric = serializers.CharField()
    currency = serializers.CharField()
    year = serializers.IntegerField(allow_null=True)
    start = serializers.CharField()
    steps = serializers.DictField(child=serializers.CharField())
    end = serializers.CharField()
    residual = serializers.CharField()
    rate = serializers.ChoiceField(RateBasis.choices)
    without_rate = serializers.ListField(
        child=serializers.CharField(),
        help_text="Currencies of which some month has no rate; it is in no total.",
    )
    events = MovePageSerializer(allow_null=True)
    report = serializers.IntegerField(
        allow_null=True, help_text="The number of the signed report from which it begins."
    )

    def get_fields(self) -> dict[str, Any]:
        """`from` is no name that a class can have."""
        days = {"from": serializers.DateField(), "to": serializers.DateField()}
        return {**days, **super().get_fields()}


class BridgeView(ApiView):
    """One bridge."""

    @extend_schema(
        operation_id="roll_ups_bridge_retrieve",
        tags=["roll-ups"],
        parameters=[BridgeFilter],
        responses=BridgeSerializer,
    )
    def get(self, request: Request, tenant_slug: str, code: str) -> Response:
        """The steps of the headline metric between two days, and the events behind one of them."""
        given = self.filters(BridgeFilter)
        usual = default_span(self.tenant)
        span = Span(
            given.get("from", usual.first),
            given.get("to", usual.last),
            given.get("year"),
            RateBasis(given.get("rate", RateBasis.PLAN)),
        )
        if given.get("since"):
            span = self._since(code, span)
        step = given.get("step")
        node, bridge = bridge_by_code(
            code, span, tenant=self.tenant, by=self.actor, each=bool(step)
        )
        events = None
        if step:
            cursor, limit = given.get("cursor", ""), given.get("limit", 0)
            events = moves_of(bridge, Step(step), cursor=cursor, limit=limit)
        body = bridge_body(bridge, span, events)
        return self.answer(
            {"code": node.code, "metric": self.tenant.headline_metric, **body}
            | {"currency": self.tenant.currency}
        )

    def _since(self, code: str, span: Span) -> Span:
        """From the last signed report; raises `Invalid` where there is none."""
        signed = signed_of(node_by_code(code, by=self.actor))
        if signed is None:
            raise Invalid({"since": [_("No report of this place was signed yet.")]})
        return since_report(span, signed, self.tenant)


def bridge_body(bridge: Bridge, span: Span, events: MovePage | None) -> dict[str, Any]:
    """The figures of `BridgeSerializer`."""
    return {
        "from": span.first.isoformat(),
        "to": span.last.isoformat(),
        "year": span.year,
        "start": text(bridge.start),
        "steps": {step.value: text(amount) for step, amount in bridge.steps.items()},
        "end": text(bridge.end),
        "residual": text(bridge.residual),
        "rate": span.basis.value,
        "report": span.report.number if span.report else None,
        "without_rate": sorted(bridge.without_rate),
        "events": None
        if events is None
        else {
            "results": [_move(move) for move in events.rows],
            "total": events.total,
            "next": events.next,
        },
    }


def _move(move: Move) -> dict[str, Any]:
    event = move.event
    return {
        "at": event.at.isoformat(),
        "measure": event.measure,
        "what": event.turn.value,
        "amount": text(move.amount),
    }
