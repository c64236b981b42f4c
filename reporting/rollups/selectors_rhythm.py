"""Stored roll-ups of the rhythm: what owners owe and gave, and which fields are missing (R3)."""

from collections.abc import Sequence
from typing import Any

from django.db.models import F, QuerySet, Sum

from initiatives.choices import GovernabilityField, Overlay, Stage
from reporting.rhythm_sql import COUNTED
from reporting.rollups.models import RollUpCount, RollUpLack, RollUpOwner
from reporting.rules_rhythm import Bias, Kept

SUMS = {f"all_{name}": Sum(name) for name in (*COUNTED, "excess", "size")}


def kept_owners(node_ids: Sequence[int]) -> dict[int, tuple[Kept, Bias]]:
    """What the updates below some nodes come to, by owner; one query."""
    rows = _added(RollUpOwner.objects.filter(node_id__in=node_ids), "owner_id")
    return {owner: (Kept(*numbers), Bias(excess, size)) for owner, *numbers, excess, size in rows}


def kept_by_node(node_ids: Sequence[int]) -> dict[int, Kept]:
    """The same of each of some nodes, those left out that owe nothing; one query."""
    rows = RollUpOwner.objects.filter(node_id__in=node_ids, measures__gt=0)
    return {node: Kept(*numbers) for node, *numbers, _e, _s in _added(rows, "node_id")}


def _added(rows: QuerySet[RollUpOwner], key: str) -> QuerySet[RollUpOwner, Any]:
    return rows.order_by().values_list(key).annotate(**SUMS)


def kept_lacks(node_ids: Sequence[int]) -> tuple[dict[str, int], int]:
    """How many live measures below some nodes lack each field, and how many there are.

    Two queries.
    """
    rows = RollUpLack.objects.filter(node_id__in=node_ids).order_by().values_list("lack")
    found = dict(rows.annotate(all_number=Sum("number")))
    live = RollUpCount.objects.filter(node_id__in=node_ids, overlay=Overlay.ACTIVE)
    total = live.exclude(stage=Stage.CLOSED).aggregate(total=Sum(F("number")))["total"]
    return {name: found.get(name, 0) for name in GovernabilityField.values}, total or 0
