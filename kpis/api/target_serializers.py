"""Targets as the API shows and takes them; an amount is text."""

from collections.abc import Iterable
from typing import Any

from rest_framework import serializers

from governance.audit.rules import plain
from governance.ui.amounts import AMOUNT_LENGTH
from governance.web.serializers import (
    EMAIL_LENGTH,
    CodeField,
    InstantField,
    ListFilters,
    PersonSerializer,
    StrictSerializer,
    TextField,
)
from initiatives.api.serializers import person_body
from kpis.choices import ProposalState
from kpis.rules import FIRST_YEAR, LAST_YEAR
from kpis.targets.choices import TARGET_KIND_CHOICES
from kpis.targets.models import Target
from kpis.targets.rules import REASON_LENGTH

METRIC_LENGTH = 30


class TargetSerializer(serializers.Serializer[Any]):
    """What a node should have in bankable measures by the end of a fiscal year."""

    id = serializers.UUIDField()
    node = serializers.CharField()
    metric = serializers.CharField()
    fiscal_year = serializers.IntegerField()
    kind = serializers.ChoiceField(TARGET_KIND_CHOICES)
    amount = serializers.CharField()
    currency = serializers.CharField(help_text="Empty where the metric is no money.")
    gap_owner = PersonSerializer()
    reason = serializers.CharField()
    state = serializers.ChoiceField(ProposalState.choices)
    number = serializers.IntegerField(
        allow_null=True, help_text="Version of the key once approved; the highest one counts."
    )
    proposed_by = PersonSerializer()
    proposed_at = InstantField()
    decided_by = PersonSerializer(allow_null=True)
    decided_at = InstantField(allow_null=True)
    remark = serializers.CharField()


class NewTargetSerializer(StrictSerializer):
    """A target to be proposed."""

    shown_as = TargetSerializer

    node = CodeField()
    metric = TextField(max_length=METRIC_LENGTH)
    fiscal_year = serializers.IntegerField(min_value=FIRST_YEAR + 1, max_value=LAST_YEAR)
    kind = serializers.ChoiceField(TARGET_KIND_CHOICES)
    amount = TextField(max_length=AMOUNT_LENGTH, help_text="As text, such as 1000000.00.")
    gap_owner = serializers.EmailField(max_length=EMAIL_LENGTH)
    reason = TextField(max_length=REASON_LENGTH)


class TargetRemarkSerializer(StrictSerializer):
    """What somebody says on approving."""

    remark = TextField(required=False, allow_blank=True, max_length=REASON_LENGTH)


class TargetRefusalSerializer(StrictSerializer):
    """Why a target is refused."""

    remark = TextField(max_length=REASON_LENGTH)


class TargetWithdrawalSerializer(StrictSerializer):
    """Nothing: the address says which target."""


class TargetFilterSerializer(ListFilters):
    """What the list of targets is narrowed to."""

    node = CodeField(required=False, help_text="This place and all below it.")
    metric = TextField(required=False, max_length=METRIC_LENGTH)
    year = serializers.IntegerField(
        required=False,
        min_value=FIRST_YEAR + 1,
        max_value=LAST_YEAR,
        help_text="A fiscal year, named after the year in which it ends.",
    )
    kind = serializers.ChoiceField(TARGET_KIND_CHOICES, required=False)
    state = serializers.ChoiceField(ProposalState.choices, required=False)
    gap_owner = serializers.EmailField(required=False, max_length=EMAIL_LENGTH)


def target_bodies(rows: Iterable[Target]) -> list[dict[str, Any]]:
    """Representations of `TargetSerializer`."""
    return [
        {
            "id": str(row.public_id),
            "node": row.node.code,
            "metric": row.metric.code,
            "fiscal_year": row.fiscal_year,
            "kind": row.kind,
            "amount": f"{row.amount:.{row.metric.decimals}f}",
            "currency": row.currency,
            "gap_owner": person_body(row.gap_owner),
            "reason": row.reason,
            "state": row.state,
            "number": row.number,
            "proposed_by": person_body(row.proposed_by),
            "proposed_at": plain(row.proposed_at),
            "decided_by": person_body(row.decided_by),
            "decided_at": None if row.decided_at is None else plain(row.decided_at),
            "remark": row.remark,
        }
        for row in rows
    ]
