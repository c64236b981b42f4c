"""Targets for tests, made through the services."""

from typing import Any

from governance.tree.models import Node
from kpis.metrics.services import STARTING_METRICS, metric_create
from kpis.models import Metric, Target
from kpis.targets.services import TargetDraft, target_approve, target_propose
from tests.houses import House


def with_starting_metrics(house: House) -> None:
    with house.active():
        for draft in STARTING_METRICS:
            metric_create(draft=draft, by=house.actor("pmo"))


def draft_of(house: House, amount: object = "1000", **more: Any) -> TargetDraft:
    """A draft for the headline metric in 2026; call it within the tenant."""
    given = {
        "metric": Metric.objects.get(code=more.pop("metric", "EBITDA")),
        "fiscal_year": 2026,
        "kind": "recurring",
        "amount": amount,
        "gap_owner": house.people["owner"],
        "reason": "Agreed with the board.",
    }
    return TargetDraft(**given | more)


def propose(
    house: House, node: Node, amount: object = "1000", *, who: str = "pmo", **more: Any
) -> Target:
    with house.active():
        return target_propose(node=node, draft=draft_of(house, amount, **more), by=house.actor(who))


def approve(house: House, target: Target, who: str = "head_of_controlling") -> Target:
    with house.active():
        return target_approve(target=target, by=house.actor(who))


def set_target(house: House, node: Node, amount: object = "1000", **more: Any) -> Target:
    """A target in force."""
    return approve(house, propose(house, node, amount, **more))
