"""Decisions about measures that need no database: who may set what, what is missing, H3; pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from governance.people.choices import Permission
from initiatives.choices import GovernabilityField, Overlay, ShownOverlay, Stage

# The sortable copy of a plan total counts in ten-thousandths (V8).
MINOR_UNITS = 10_000
CONTENT_FIELDS = (
    "name",
    "description",
    "planned_start",
    "planned_end",
    "calculation_method",
)
# S11: sponsor, forum and organisation are set by the PMO, the controller by finance.
JUDGE_FIELDS = (
    "owner",
    "sponsor",
    "receiver",
    "forum",
    "business_unit",
    "function",
    "legal_entity",
)
EDITABLE_FIELDS = (*CONTENT_FIELDS, *JUDGE_FIELDS, "controller")


@dataclass(frozen=True, slots=True)
class Hands:
    """What the acting person may do at a measure's place, and whether the measure is theirs."""

    permissions: frozenset[Permission]
    is_owner: bool

    def may(self, permission: Permission) -> bool:
        return permission in self.permissions


def may_set(field: str, hands: Hands) -> bool:
    """Whether these hands may set a field of a measure."""
    if field in CONTENT_FIELDS:
        owns = hands.is_owner and hands.may(Permission.MEASURE_EDIT_OWN)
        return owns or hands.may(Permission.MEASURE_EDIT)
    if field == "controller":
        return hands.may(Permission.MEASURE_SET_CONTROLLER)
    return field in JUDGE_FIELDS and hands.may(Permission.MEASURE_SET_JUDGES)


def settable_fields(hands: Hands) -> tuple[str, ...]:
    """Fields these hands may set, in the order of the form."""
    return tuple(field for field in EDITABLE_FIELDS if may_set(field, hands))


def fields_at_creation(hands: Hands) -> tuple[str, ...]:
    """Fields of a new measure: its content, and of its judges those these hands may set (S11)."""
    judges = EDITABLE_FIELDS[len(CONTENT_FIELDS) :]
    return (*CONTENT_FIELDS, *(field for field in judges if may_set(field, hands)))


def may_report(hands: Hands) -> bool:
    """Whether these hands may add status reports to a measure: those that edit its content."""
    return may_set("name", hands)


def correct_refusal(hands: Hands, *, is_added_by_them: bool, is_newest: bool) -> str | None:
    """R4: a report is open to whom added it, and to the PMO, until a later one stands."""
    own = is_added_by_them and may_report(hands)
    if not own and not hands.may(Permission.REPORT_CORRECT):
        return "report_of_another"
    return None if is_newest else "report_frozen"


def missing_fields(measure: Any) -> tuple[GovernabilityField, ...]:
    """Which of the seven governability fields a measure still lacks."""
    return tuple(f for f in GovernabilityField if getattr(measure, f"{f.value}_id") is None)


def method_is_frozen(stage: Stage) -> bool:
    """V2: passing T2 freezes the reference and the calculation method."""
    return stage.doi >= Stage.DETAILED.doi


def plan_is_frozen(stage: Stage) -> bool:
    """V2: passing T3 freezes the plan and the milestones' date, weight, critical, acceptor."""
    return stage.doi >= Stage.DECIDED.doi


def plan_refusal(stage: Stage, overlay: Overlay) -> str | None:
    """Why nothing of a measure's plan and effects may change, as a refusal code (V2)."""
    return locked_refusal(stage, overlay) or ("frozen" if plan_is_frozen(stage) else None)


def locked_refusal(stage: Stage, overlay: Overlay) -> str | None:
    """Why nothing at all of a measure may change: it is cancelled or closed (V2)."""
    if overlay is Overlay.CANCELLED:
        return "measure_cancelled"
    return "measure_closed" if stage is Stage.CLOSED else None


def delete_refusal(stage: Stage, *, was_gate_requested: bool) -> str | None:
    """H3: a measure is deleted only while Identified and before its first gate request."""
    if stage is not Stage.IDENTIFIED or was_gate_requested:
        return "not_identified"
    return None


def people_refusal(
    owner: int | None, sponsor: int | None, controller: int | None, receiver: int | None = None
) -> str | None:
    """S1: owner and sponsor differ; the receiver is neither (T4). S2: nor is the controller.

    Ids of memberships.
    """
    if owner is not None and owner == sponsor:
        return "owner_is_sponsor"
    if controller is not None and controller in {owner, sponsor}:
        return "controller_is_judged"
    if receiver is not None and receiver in {owner, sponsor}:
        return "receiver_is_judged"
    return None


def change_refusal(field: str, stage: Stage, *, was_empty: bool) -> str | None:
    """What a passed gate froze (V2, T15): the method for good, the rest but by change request.

    What was left empty may still be filled in: nothing that was decided changes by it.
    """
    if stage.doi < Stage.DETAILED.doi or was_empty:
        return None
    return "frozen" if field == "calculation_method" else "change_request_needed"


def dates_refusal(fields: Mapping[str, Any]) -> str | None:
    """The planned end does not come before the planned start."""
    start, end = fields.get("planned_start"), fields.get("planned_end")
    return "end_before_start" if start and end and end < start else None


def shown_overlay(overlay: Overlay, *, is_asked_about: bool, has_conditions: bool) -> ShownOverlay:
    """Section 3: cancelled before on hold before pending before conditional before active."""
    if overlay is not Overlay.ACTIVE:
        return ShownOverlay(overlay.value)
    if is_asked_about:
        return ShownOverlay.PENDING
    return ShownOverlay.CONDITIONAL if has_conditions else ShownOverlay.ACTIVE


def is_live(overlay: Overlay) -> bool:
    """Neither cancelled nor on hold."""
    return overlay is Overlay.ACTIVE


def degree_by_count(counts: Iterable[tuple[Decimal, int]]) -> Decimal | None:
    """F1 over live measures: (weight, number of measures); None with nothing to divide by."""
    pairs = list(counts)
    total = sum(number for _weight, number in pairs)
    if total == 0:
        return None
    weighed = sum((weight * number for weight, number in pairs), Decimal(0))
    return weighed / total
