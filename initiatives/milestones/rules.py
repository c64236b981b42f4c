"""Decisions about milestones: what freezes, who accepts, how far the plan is (D1, S1, V2); pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from governance.errors import FieldErrors
from governance.text import text_fault
from initiatives.choices import Stage
from initiatives.milestones.choices import MilestoneState
from initiatives.rules import plan_is_frozen

TITLE_LENGTH, REASON_LENGTH = 200, 1_000
LEAST_WEIGHT, MOST_WEIGHT = 1, 100
FIRST_DAY, LAST_DAY = date(1990, 1, 1), date(2100, 12, 31)
# A plan that is read on one page.
MOST_MILESTONES = 100
# V2: passing T3 freezes these; the forecast stays open until the measure is closed.
PLAN_FIELDS = ("title", "weight", "is_critical", "plan_on", "acceptor")
FIELDS = (*PLAN_FIELDS, "forecast_on")


@dataclass(frozen=True, slots=True)
class Planned:
    """What the rules need to know of one milestone; people by their membership's id."""

    title: str
    weight: int
    is_critical: bool
    plan_on: date | None
    acceptor: int | None
    is_accepted: bool
    has_evidence: bool


def state_of(*, is_done: bool, is_accepted: bool) -> MilestoneState:
    if is_accepted:
        return MilestoneState.ACCEPTED
    return MilestoneState.DONE if is_done else MilestoneState.PLANNED


def implementation(weights: Iterable[tuple[int, bool]]) -> Decimal | None:
    """D1: accepted weight ÷ weight, as a share; None where there is no weight."""
    pairs = list(weights)
    total = sum(weight for weight, _is_accepted in pairs)
    if total == 0:
        return None
    return Decimal(sum(weight for weight, is_accepted in pairs if is_accepted)) / total


def frozen_fields(stage: Stage, fields: Iterable[str]) -> list[str]:
    """Which of these fields a passed T3 has frozen (V2)."""
    return [name for name in fields if name in PLAN_FIELDS] if plan_is_frozen(stage) else []


def milestone_faults(fields: Mapping[str, Any]) -> FieldErrors:
    """Why a milestone cannot be kept, by field; empty if it can."""
    found: dict[str, StrOrPromise | None] = {
        "title": text_fault(fields["title"], limit=TITLE_LENGTH)
    }
    if not LEAST_WEIGHT <= fields["weight"] <= MOST_WEIGHT:
        found["weight"] = _("Give a whole number from 1 to 100.")
    for name in ("plan_on", "forecast_on"):
        if fields[name] is not None and not FIRST_DAY <= fields[name] <= LAST_DAY:
            found[name] = _("Give a day between 1990 and 2100.")
    return {name: [fault] for name, fault in found.items() if fault}


def done_fault(actual_on: date, today: date) -> StrOrPromise | None:
    """Why a milestone was not done on this day."""
    if FIRST_DAY <= actual_on <= today:
        return None
    return _("Give a day between 1 January 1990 and today.")


def acceptor_refusal(acceptor: int | None, owner: int | None) -> str | None:
    """S1: a milestone's acceptor is not its measure's owner."""
    return "acceptor_is_owner" if acceptor is not None and acceptor == owner else None


def plan_gaps(milestones: Sequence[Planned], owner: int | None) -> list[StrOrPromise]:
    """What a plan still lacks before it can be decided (T3), in words."""
    if not milestones:
        return [_("There is no milestone yet.")]
    gaps: list[StrOrPromise] = []
    if not any(row.is_critical for row in milestones):
        gaps.append(_("No milestone is critical."))
    undated = [row.title for row in milestones if row.plan_on is None]
    open_ended = [row.title for row in milestones if row.acceptor is None]
    own = [row.title for row in milestones if acceptor_refusal(row.acceptor, owner)]
    for text, titles in (
        (_("Without a planned day: %(titles)s."), undated),
        (_("Without somebody who accepts it: %(titles)s."), open_ended),
        (_("Accepted by the owner of the measure: %(titles)s."), own),
    ):
        if titles:
            gaps.append(text % {"titles": ", ".join(titles)})
    return gaps


def acceptance_gaps(milestones: Sequence[Planned]) -> list[StrOrPromise]:
    """What stands between the critical milestones and T4, in words."""
    critical = [row for row in milestones if row.is_critical]
    if not critical:
        return [_("No milestone is critical.")]
    gaps: list[StrOrPromise] = []
    if waiting := [row.title for row in critical if not row.is_accepted]:
        gaps.append(_("Not accepted yet: %(titles)s.") % {"titles": ", ".join(waiting)})
    if bare := [row.title for row in critical if not row.has_evidence]:
        gaps.append(_("Without evidence: %(titles)s.") % {"titles": ", ".join(bare)})
    return gaps
