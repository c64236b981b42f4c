"""What gates judge of a measure's milestones: parts of the snapshot (G3), and criteria (G4)."""

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from initiatives import criteria, snapshots
from initiatives.milestones.models import Milestone
from initiatives.milestones.rules import acceptance_gaps, plan_gaps
from initiatives.milestones.selectors import evidence_of, milestones_of, planned_of
from initiatives.models import Measure

TAB = "initiatives:measure-plan"


def plan_facts(measure: Measure) -> list[Any]:
    """What T3 freezes of the milestones (V2)."""
    return [_plan_of(row) for row in milestones_of(measure)]


def milestone_facts(measure: Measure) -> list[Any]:
    """The milestones with what was done and accepted, and the hashes of their evidence."""
    rows = list(milestones_of(measure))
    evidence = evidence_of(rows)
    return [
        {
            **_plan_of(row),
            "actual_on": row.actual_on,
            "done_at": row.done_at,
            "accepted_at": row.accepted_at,
            "evidence": [version.sha256 for version in evidence.get(row.pk, [])],
        }
        for row in rows
    ]


def _plan_of(row: Milestone) -> dict[str, Any]:
    return {
        "title": row.title,
        "weight": Decimal(row.weight),
        "is_critical": row.is_critical,
        "plan_on": row.plan_on,
        "acceptor": row.acceptor.email if row.acceptor else None,
    }


def _finding(gaps: list[StrOrPromise]) -> criteria.Finding:
    if not gaps:
        return criteria.MET
    return criteria.Finding(is_met=False, missing=" ".join(map(str, gaps)), where=TAB)


def _planned(measure: Measure) -> criteria.Finding:
    return _finding(plan_gaps(planned_of(measure), measure.owner_id))


def _accepted(measure: Measure) -> criteria.Finding:
    return _finding(acceptance_gaps(planned_of(measure)))


PARTS = (
    snapshots.Part("milestones_plan", frozenset({"T3", "T15"}), plan_facts),
    snapshots.Part("milestones", frozenset({"T4"}), milestone_facts),
)
CRITERIA = (
    criteria.Criterion(
        "milestones_planned",
        _("Milestones are planned: weighted, dated, each with somebody who accepts it"),
        _planned,
    ),
    criteria.Criterion(
        "critical_milestones_accepted",
        _("Every critical milestone is accepted, with evidence"),
        _accepted,
    ),
)
