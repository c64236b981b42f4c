"""Who claims, who validates, what state a month is in, and what closure rests on; pure (V4, V5)."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from governance.people.choices import Permission, Role
from initiatives.choices import Overlay, Stage
from initiatives.rules import Hands
from kpis.actuals.choices import MonthState, Outcome
from kpis.choices import Aggregation
from kpis.rules import MONTHS, Month

ZERO = Decimal(0)
# S10: an auditor writes nothing. S6: an administrator has no business rights.
NO_BUSINESS = frozenset({Role.AUDITOR, Role.ADMINISTRATOR})
ACCEPTED = frozenset({MonthState.VALIDATED, MonthState.ADJUSTED})
WAITING = frozenset({MonthState.CLAIMED, MonthState.AWAITING_SECOND})


@dataclass(frozen=True, slots=True)
class Decided:
    """What finance said of the latest claim of a month."""

    outcome: Outcome
    amount: Decimal | None
    needs_second: bool = False
    has_second: bool = False


@dataclass(frozen=True, slots=True)
class Judge:
    """Somebody who would validate a month of an effect, as far as the rules ask."""

    is_finance: bool
    is_named: bool
    has_named: bool
    stands_in: bool
    is_judged: bool
    has_claimed: bool


def month_at(day: date) -> Month:
    """The month a day lies in."""
    return Month(day.year, day.month)


def may_claim(hands: Hands, roles: Collection[Role], *, is_effect_owner: bool) -> bool:
    """V5: the owner claims, or the effect's owner; whoever may edit any measure prepares (S7)."""
    owns = hands.is_owner and hands.may(Permission.VALUE_PLAN_OWN)
    is_on_board = is_effect_owner and bool(set(roles) - NO_BUSINESS)
    return owns or is_on_board or hands.may(Permission.MEASURE_EDIT)


def claim_refusal(stage: Stage, overlay: Overlay) -> str | None:
    """Why nothing can be claimed or validated now (G10): effects show from Decided on."""
    if overlay is Overlay.ON_HOLD:
        return "measure_on_hold"
    if overlay is Overlay.CANCELLED:
        return "measure_cancelled"
    return None if stage.doi >= Stage.DECIDED.doi else "not_decided"


def judge_refusal(judge: Judge) -> str | None:
    """Why this person cannot validate: a refusal code, or the rule of segregation that says so.

    S4: not what they claimed. S2: not as owner or effect owner. Else the named controller, or the
    head of controlling in the stead; any finance role while nobody is named.
    """
    if not judge.is_finance:
        return "forbidden"
    if judge.has_claimed:
        return "S4"
    if judge.is_judged:
        return "S2"
    if judge.has_named and not (judge.is_named or judge.stands_in):
        return "not_the_controller"
    return None


def second_refusal(judge: Judge, *, is_first: bool) -> str | None:
    """S4: the second signature is another finance person's, named controller or not."""
    refusal = judge_refusal(judge)
    if refusal in {None, "not_the_controller"}:
        return "S4" if is_first else None
    return refusal


def needs_second(outcome: Outcome, amount: Decimal | None, claimed: Decimal) -> bool:
    """S4: an adjustment above the claim needs a second finance person."""
    return outcome is Outcome.ADJUSTED and amount is not None and amount > claimed


def state_of(claimed: Decimal | None, decided: Decided | None) -> MonthState:
    """The state of a month from its latest claim and what was decided on that claim."""
    if claimed is None:
        return MonthState.OPEN
    if decided is None:
        return MonthState.CLAIMED
    if decided.needs_second and not decided.has_second:
        return MonthState.AWAITING_SECOND
    return MonthState(decided.outcome.value)


# --- what closure rests on (T5, F3) -----------------------------------------------------------


def proved_from(start: Month | None, undone: Month | None) -> Month | None:
    """F9: from which month on T5 counts: the run-rate start, after a reopening its month anew."""
    if start is None or undone is None:
        return start
    return max(start, undone)


def closing_window(start: Month | None, latest: Month, number: int) -> list[Month]:
    """The `number` latest consecutive closed months; fewer where the start lies within them."""
    if start is None:
        return []
    months = [latest.plus(-back) for back in range(number)]
    return sorted(month for month in months if month >= start)


def unproven(
    start: Month | None, latest: Month, number: int, accepted: Collection[Month]
) -> tuple[list[Month], int]:
    """T5, recurring: months of the window not accepted, and how many are to come."""
    window = closing_window(start, latest, number)
    return [month for month in window if month not in accepted], number - len(window)


def supporting(
    accepted: Mapping[Month, Decimal], start: Month | None, latest: Month, number: int
) -> dict[Month, Decimal]:
    """The `number` latest closed months at or after the start that finance has accepted (F3)."""
    if start is None:
        return {}
    months = sorted(month for month in accepted if start <= month <= latest)[-number:]
    return {month: accepted[month] for month in months}


def yearly(months: Mapping[Month, Decimal], aggregation: Aggregation) -> Decimal | None:
    """F3: 12 times the mean of some months; the mean itself where a metric does not add up."""
    if not months:
        return None
    total = sum(months.values(), ZERO)
    return total * (MONTHS if aggregation is Aggregation.SUM else 1) / len(months)


def first_year(
    months: Mapping[Month, Decimal], start: Month | None, aggregation: Aggregation
) -> Decimal | None:
    """V recurring: what the 12 months from the run-rate start come to; from the first, without."""
    if not months:
        return None
    first = min(months) if start is None else start
    last = first.plus(MONTHS - 1)
    within = [amount for month, amount in months.items() if first <= month <= last]
    if aggregation is Aggregation.SUM or not within:
        return sum(within, ZERO)
    return sum(within, ZERO) / len(within)


def added(amounts: Iterable[Decimal | None]) -> Decimal | None:
    """Amounts added up; None where there is none: not entered is not zero."""
    given = [amount for amount in amounts if amount is not None]
    return sum(given, ZERO) if given else None
