"""Exceptions of the demo in different states, each by the acts of those who have a part in it."""

from collections.abc import Mapping, Sequence
from typing import Any

from approvals.exceptions.choices import ExceptionState
from approvals.exceptions.models import GovernanceException
from approvals.exceptions.selectors import exception_by_code
from approvals.exceptions.services.handling import (
    Option,
    exception_ask,
    exception_assign,
    exception_decide,
)
from approvals.exceptions.services.opening import ExceptionDraft, exception_open
from approvals.exceptions.standing import bench_of
from exchange.demo.services.casting import Company
from governance.people.models import Membership
from initiatives.choices import Overlay, Stage
from initiatives.gates.exceptions import subject_of
from initiatives.models import Measure

Told = Mapping[str, Any]


def exceptions_raise(
    company: Company, told: Sequence[Told], *, sponsor: Membership, owner: Membership
) -> None:
    """One for each story told, on decided measures; first those of the two log-ins."""
    for story, measure in zip(told, _measures(sponsor, owner), strict=False):
        _raise(company, story, measure)


def _measures(sponsor: Membership, owner: Membership) -> list[Measure]:
    """Decided measures that have all their people; those that the log-ins have a part in first."""
    rows = Measure.objects.select_related("package", "owner__user", "sponsor__user").filter(
        stage=Stage.DECIDED,
        overlay=Overlay.ACTIVE,
        owner__isnull=False,
        sponsor__isnull=False,
    )
    found = list(rows.order_by("id"))
    return sorted(found, key=lambda one: one.sponsor != sponsor and one.owner != owner)


def _raise(company: Company, story: Told, measure: Measure) -> None:
    """Open it, and carry it as far as the story goes."""
    draft = ExceptionDraft(
        subject_of(measure),
        story["title"],
        story["category"],
        story["description"],
        story["amount"],
        story["delay_days"],
        story["reach"],
    )
    row = exception_open(draft=draft, by=company.pmo)
    if story["state"] == ExceptionState.OPEN:
        return
    row = exception_assign(row=row, owner=measure.owner, seen_version=row.version, by=company.pmo)
    if story["state"] == ExceptionState.ASSIGNED:
        return
    row = exception_ask(
        row=row,
        ask=story["ask"],
        options=[Option(*option) for option in story["options"]],
        seen_version=row.version,
        by=company.acting(measure.owner),
    )
    if story["state"] != ExceptionState.DECISION_REQUESTED:
        _decide(company, story, row)


def _decide(company: Company, story: Told, row: GovernanceException) -> None:
    """Whoever may; nobody does where the tree of the demo names nobody."""
    current = exception_by_code(row.code, by=company.pmo)
    for person in bench_of(current).people[:1]:
        exception_decide(
            row=current,
            outcome=story["outcome"],
            rationale=story["rationale"],
            seen_version=current.version,
            by=company.acting(person),
        )
