"""Proving signed reports: each hash, the chain, and the audit trail (`manage.py verify_reports`).

The trail tells the number and the hash of every signature, so that a chain that was computed anew,
or whose last reports were cut off, shows as well.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from governance.audit.choices import AuditAction
from governance.audit.models import AuditEvent
from governance.audit.rules import plain
from governance.tree.models import Node
from reporting.period_reports.models import PeriodReport
from reporting.period_reports.rules import Link, chain_fault

# What a verification holds in memory at once.
ROWS = 200
# Reports as the trail knows them: the node's code and the number, with the hash.
Recorded = dict[tuple[str, int], str]


@dataclass(frozen=True, slots=True)
class Proof:
    """What a verification of one node found; `fault` is empty where everything holds."""

    reports: int
    fault: str = ""

    @property
    def holds(self) -> bool:
        return not self.fault


def first_fault(node: Node | None = None) -> Proof:
    """Compare all reports of the active tenant, or of one node; the first difference in words.

    Every report is read once, in the order of its chain.
    """
    recorded = _recorded(node)
    rows = PeriodReport.objects.select_related("node", "replaces").order_by("node_id", "number")
    if node is not None:
        rows = rows.filter(node=node)
    count, before, at = 0, None, 0
    for row in rows.iterator(chunk_size=ROWS):
        before = before if row.node_id == at else None
        at, count = row.node_id, count + 1
        link = _link(row)
        known = recorded.pop((row.node.code, row.number), None)
        if fault := chain_fault(link, _said(row.body), before, known):
            return Proof(count, f"{row.node.code} report {row.number}: {fault}")
        before = link
    if recorded:
        code, number = min(recorded)
        return Proof(count, f"{code} report {number}: it was signed and is missing")
    return Proof(count)


def _recorded(node: Node | None) -> Recorded:
    """What the trail says was signed; one query."""
    rows = AuditEvent.objects.filter(action=AuditAction.PERIOD_REPORT_SIGNED)
    if node is not None:
        rows = rows.filter(subject_type=node.known_level.word, subject_key=node.code)
    found: Recorded = {}
    for code, body in rows.order_by("id").values_list("subject_key", "body"):
        changes = json.loads(body)["changes"]
        found[code, changes["report"][1]] = changes["sha256"][1]
    return found


def _link(row: PeriodReport) -> Link:
    beside = {
        "tenant": row.tenant.public_id,
        "node": row.node.public_id,
        "number": row.number,
        "first_on": row.first_on,
        "due_on": row.due_on,
        "due_at": row.due_at,
        "previous_hash": row.previous_hash,
        "replaces": row.replaces.number if row.replaces else None,
        "reason": row.reason,
        "signer": row.signer,
        "signed_at": row.signed_at,
    }
    return Link(row.number, row.body, row.hash, row.previous_hash, plain(beside))


def _said(body: str) -> Mapping[str, Any]:
    """The same facts as the body has them; nothing where it is none of ours."""
    try:
        content = json.loads(body)
        period = content["period"]
        return {
            **{name: content[name] for name in ("tenant", "number", "previous_hash", "replaces")},
            **{name: content[name] for name in ("reason", "signer", "signed_at")},
            **{name: period[name] for name in ("first_on", "due_on", "due_at")},
            "node": content["node"]["id"],
        }
    except (ValueError, LookupError, TypeError):
        return {}
