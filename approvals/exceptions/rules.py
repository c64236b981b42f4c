"""Decisions about exceptions without a database: tier, rank, which act fits which state (E2)."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal

from approvals.exceptions.choices import ENDED, LIVE, Act, ExceptionState, Tier

S = ExceptionState
DAY = 86_400
# Money counts double for each week that an exception is due earlier.
DOUBLES_IN_DAYS = 7
RANK_SCALE = 1_000_000


@dataclass(frozen=True, slots=True)
class Size:
    """How much an exception weighs.

    `amount` in the tenant's currency, none where nobody knows; `delay_days` calendar days;
    `reach` how many places or functions it concerns, itself included.
    """

    amount: Decimal | None = None
    delay_days: int = 0
    reach: int = 1


@dataclass(frozen=True, slots=True)
class TierPolicy:
    """From which size on an exception is of tier 2 and of tier 3, and how long each waits.

    The one place of these numbers (docs/exceptions.md): amounts in the tenant's currency, delays in
    calendar days, clocks in business days. Tier 3 waits for 48 hours, which are two business days,
    until forums hold meetings (E3).
    """

    amounts: tuple[Decimal, Decimal] = (Decimal(100_000), Decimal(1_000_000))
    delays: tuple[int, int] = (21, 91)
    reaches: tuple[int, int] = (2, 4)
    clock_days: Mapping[Tier, int] = field(
        default_factory=lambda: {Tier.LOCAL: 5, Tier.CROSS_FUNCTIONAL: 10, Tier.COMMITTEE: 2}
    )


STANDARD = TierPolicy()


def tier_of(size: Size, policy: TierPolicy = STANDARD) -> Tier:
    """The tier of an exception of that size: the highest that amount, delay or reach asks for."""
    steps: Iterable[tuple[Decimal | int, tuple[Decimal, Decimal] | tuple[int, int]]] = (
        (abs(size.amount or Decimal(0)), policy.amounts),
        (size.delay_days, policy.delays),
        (size.reach, policy.reaches),
    )
    return Tier(1 + max(sum(value >= limit for limit in limits) for value, limits in steps))


def next_tier(tier: Tier) -> Tier | None:
    """Where an unanswered exception climbs; None from the top, where others escalate it."""
    return None if tier is Tier.COMMITTEE else Tier(tier + 1)


def rank_of(amount: Decimal | None, due_at: datetime) -> int:
    """Money x urgency as one number that never has to be counted anew: the higher, the sooner.

    log2 of the amount less the weeks until the due time: an exception that is due a week earlier
    ranks with one of twice its money. It holds for any two whatever day it is, so that lists sort
    by an index and pages keep their order.
    """
    money = math.log2(1 + abs(amount or Decimal(0)))
    weeks = due_at.astimezone(UTC).timestamp() / (DAY * DOUBLES_IN_DAYS)
    return round((money - weeks) * RANK_SCALE)


# In which states each act is possible; everything else is refused with a code.
FITS: dict[Act, frozenset[ExceptionState]] = {
    Act.ASSIGN: frozenset(LIVE),
    # The owner may ask again as long as nobody has answered: the newer question counts.
    Act.ASK: frozenset({S.ASSIGNED, S.DECISION_REQUESTED}),
    Act.DECIDE: frozenset({S.DECISION_REQUESTED}),
    Act.VERIFY: frozenset({S.DECIDED}),
}


def state_refusal(act: Act, state: ExceptionState) -> str | None:
    """Why an act does not fit the state, as a refusal code; None if it does."""
    if state in FITS[act]:
        return None
    if state in ENDED:
        return "exception_ended"
    if state is S.DECIDED:
        return "exception_decided"
    if act is Act.VERIFY:
        return "exception_not_decided"
    return "exception_not_assigned" if state is S.OPEN else "exception_not_asked"


def state_after_assigning(state: ExceptionState) -> ExceptionState:
    """An open exception becomes assigned; later ones only change hands."""
    return S.ASSIGNED if state is S.OPEN else state
