"""`period-reports/<code>/`: drafts of reports, their signature, and what was frozen (R4)."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.urls import reverse
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from governance.audit.rules import plain
from governance.errors import Conflict, Forbidden
from governance.tree.models import Node
from governance.tree.selectors import node_by_code
from governance.web.apiviews import ApiView, Listing
from governance.web.openapi import page_of
from governance.web.pages import Order
from governance.web.serializers import InstantField, ListFilters, StrictSerializer, TextField
from initiatives.api.reporting_calendars import ReportingPeriodSerializer, period_body
from initiatives.rules_reports import WORDS_LENGTH
from reporting.period_reports.models import PeriodReport
from reporting.period_reports.rules import REASON_LENGTH, WORDS, Difference, Words, differences
from reporting.period_reports.selectors import (
    base_of,
    changes_since,
    last_report,
    period_of,
    refusal_to_sign,
    replaced_by,
    report_by_number,
    reports_of,
    said,
    signing_of,
)
from reporting.period_reports.services import Signature, draft_for, report_sign
from reporting.period_reports.verifying import first_fault

TAGS = ["period reports"]
NEWEST_FIRST = Order("number", "number", is_descending=True)
MOST_NUMBER = 2**31 - 1
SIGN = OpenApiExample(
    "The week's report",
    value={
        "due_on": "2026-11-27",
        "draft_hash": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "achieved": "Two suppliers signed.",
        "next_steps": "The third one by mid-December.",
        "decision_needed": "",
    },
    request_only=True,
)


class SignedReportSerializer(serializers.Serializer[Any]):
    """A signed report of a node, without what it says."""

    node = serializers.CharField()
    number = serializers.IntegerField(min_value=1, help_text="1, 2, 3 … of the node, no gaps.")
    first_on = serializers.DateField()
    due_on = serializers.DateField()
    due_at = InstantField()
    hash = serializers.CharField(help_text="SHA-256 of the body, in hex.")
    previous_hash = serializers.CharField(help_text="That of the report before; zeros before 1.")
    replaces = serializers.IntegerField(allow_null=True, help_text="What a correction replaces.")
    reason = serializers.CharField(allow_blank=True)
    signer = serializers.CharField()
    signed_at = InstantField()


class ChangeSerializer(serializers.Serializer[Any]):
    """One value that differs from the report before, by where it stands."""

    name = serializers.CharField()
    before = serializers.JSONField(allow_null=True)
    after = serializers.JSONField(allow_null=True)


class ChangesSerializer(serializers.Serializer[Any]):
    """What changed since another report of the node."""

    since = serializers.IntegerField(help_text="The number of that report.")
    values = ChangeSerializer(many=True)
    came = serializers.DictField(child=serializers.ListField(child=serializers.CharField()))
    went = serializers.DictField(child=serializers.ListField(child=serializers.CharField()))


class FrozenReportSerializer(SignedReportSerializer):
    """A report with the very text that was hashed: canonical JSON, to be read as JSON."""

    body = serializers.CharField()
    replaced_by = serializers.IntegerField(allow_null=True)
    changes = ChangesSerializer(allow_null=True)


class DraftSerializer(serializers.Serializer[Any]):
    """What would be signed now; `draft_hash` goes back with the signature."""

    period = ReportingPeriodSerializer()
    draft_hash = serializers.CharField()
    facts = serializers.DictField()
    changes = ChangesSerializer(allow_null=True)
    computed_at = InstantField()
    is_current = serializers.BooleanField()
    may_sign = serializers.BooleanField()


class ProofSerializer(serializers.Serializer[Any]):
    """Whether hashes, chain and audit trail agree; the first difference in words, or none."""

    reports = serializers.IntegerField()
    holds = serializers.BooleanField()
    difference = serializers.CharField(allow_blank=True)


class DraftFilter(StrictSerializer):
    """Which draft is wanted."""

    due_on = serializers.DateField(
        required=False, help_text="Due day of the period; without, the one that waits longest."
    )
    replaces = serializers.IntegerField(
        required=False,
        min_value=1,
        max_value=MOST_NUMBER,
        help_text="A correction of this report, which must be the newest.",
    )


class SinceFilter(StrictSerializer):
    """What a report is compared with."""

    since = serializers.IntegerField(
        required=False,
        min_value=1,
        max_value=MOST_NUMBER,
        help_text="An earlier report by its number; without, the last of an earlier period.",
    )


class SignatureSerializer(StrictSerializer):
    """A signature: the draft that was seen, and words."""

    shown_as = SignedReportSerializer

    due_on = serializers.DateField(required=False, help_text="Due day of the period.")
    draft_hash = TextField(max_length=64)
    achieved = TextField(required=False, allow_blank=True, max_length=WORDS_LENGTH)
    next_steps = TextField(required=False, allow_blank=True, max_length=WORDS_LENGTH)
    decision_needed = TextField(required=False, allow_blank=True, max_length=WORDS_LENGTH)
    replaces = serializers.IntegerField(required=False, min_value=1, max_value=MOST_NUMBER)
    reason = TextField(
        required=False,
        allow_blank=True,
        max_length=REASON_LENGTH,
        help_text="Of a correction; required with `replaces`.",
    )


class PeriodReportListView(ApiView):
    """The signed reports of one node."""

    @extend_schema(
        operation_id="period_reports_list",
        tags=TAGS,
        parameters=[ListFilters],
        responses=page_of(SignedReportSerializer),
    )
    def get(self, request: Request, tenant_slug: str, code: str) -> Response:
        """All reports of a node, the newest first."""
        given = self.filters(ListFilters)
        node = node_by_code(code, by=self.actor)

        def bodies(rows: list[PeriodReport]) -> Iterable[dict[str, Any]]:
            return [signed_body(row, node) for row in rows]

        return self.page_of(reports_of(node), Listing(NEWEST_FIRST, given, bodies))

    @extend_schema(
        operation_id="period_reports_sign",
        tags=TAGS,
        request=SignatureSerializer,
        responses={201: SignedReportSerializer},
        examples=[SIGN],
    )
    def post(self, request: Request, tenant_slug: str, code: str) -> Response:
        """Sign the report of a period: it is frozen as the node's next number.

        409 `figures_changed` where the draft is another by now: read it again, then sign.
        """
        node = node_by_code(code, by=self.actor)
        if refusal := refusal_to_sign(node, self.actor):
            raise Forbidden(refusal)
        given = self.parsed(SignatureSerializer)
        signature = Signature(
            due_on=given.get("due_on"),
            seen_hash=given["draft_hash"],
            words=Words(**{name: given.get(name, "") for name in WORDS}),
            replaces=given.get("replaces"),
            reason=given.get("reason", ""),
        )
        row = report_sign(node=node, signature=signature, by=self.actor)
        address = reverse("api-period-report-detail", args=[tenant_slug, node.code, row.number])
        return self.answer(signed_body(row, node), status=201, location=address)


class PeriodReportDraftView(ApiView):
    """What would be signed now."""

    @extend_schema(
        operation_id="period_reports_draft",
        tags=TAGS,
        parameters=[DraftFilter],
        responses=DraftSerializer,
    )
    def get(self, request: Request, tenant_slug: str, code: str) -> Response:
        """The draft of a period of a node; 409 where no period can be signed."""
        given = self.filters(DraftFilter)
        node = node_by_code(code, by=self.actor)
        last = last_report(node)
        signing = signing_of(node, self.tenant, last)
        number = given.get("replaces")
        if number is not None and (last is None or last.number != number):
            raise Conflict("report_not_newest")
        due_on: date | None = given.get("due_on")
        period = period_of(last) if number is not None and last else signing.period(due_on)
        if period is None:
            raise Conflict("report_period_not_open" if signing.has_rhythm else "no_rhythm")
        draft = draft_for(
            signing, period, tenant=self.tenant, by=self.actor, is_correction=number is not None
        )
        changes = None if last is None else changes_body(last, differences(said(last), draft.facts))
        return Response(
            {
                "period": period_body(draft.period),
                "draft_hash": draft.hash,
                "facts": draft.facts,
                "changes": changes,
                "computed_at": plain(draft.computed_at),
                "is_current": draft.is_current,
                "may_sign": refusal_to_sign(node, self.actor) is None,
            }
        )


class PeriodReportView(ApiView):
    """One signed report."""

    @extend_schema(
        operation_id="period_reports_retrieve",
        tags=TAGS,
        parameters=[SinceFilter],
        responses=FrozenReportSerializer,
    )
    def get(self, request: Request, tenant_slug: str, code: str, number: int) -> Response:
        """What was frozen, and what changed since an earlier report."""
        given = self.filters(SinceFilter)
        row = report_by_number(code, number, by=self.actor)
        base, correction = base_of(row, given.get("since")), replaced_by(row)
        changes = None if base is None else changes_body(base, changes_since(said(row), base))
        return Response(
            {
                **signed_body(row, row.node),
                "body": row.body,
                "replaced_by": correction.number if correction else None,
                "changes": changes,
            }
        )


class PeriodReportProofView(ApiView):
    """Whether the reports of a node hold."""

    @extend_schema(operation_id="period_reports_verify", tags=TAGS, responses=ProofSerializer)
    def get(self, request: Request, tenant_slug: str, code: str) -> Response:
        """Recompute every hash, follow the chain, and compare both with the audit trail."""
        proof = first_fault(node_by_code(code, by=self.actor))
        return Response({"reports": proof.reports, "holds": proof.holds, "difference": proof.fault})


def signed_body(row: PeriodReport, node: Node) -> dict[str, Any]:
    """The representation of `SignedReportSerializer`."""
    names = ("number", "first_on", "due_on", "due_at", "hash", "previous_hash")
    body = {
        "node": node.code,
        **{name: getattr(row, name) for name in names},
        "replaces": row.replaces.number if row.replaces else None,
        **{name: getattr(row, name) for name in ("reason", "signer", "signed_at")},
    }
    found: dict[str, Any] = plain(body)
    return found


def changes_body(base: PeriodReport, found: Difference) -> dict[str, Any]:
    """The representation of `ChangesSerializer`."""
    return {
        "since": base.number,
        "values": [
            {"name": f"{one.section}.{one.name}", "before": one.before, "after": one.after}
            for one in found.changes
        ],
        "came": found.came,
        "went": found.went,
    }
