"""Decisions about decisions, without a database: tallies, routes, outcomes, who is kept out."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum

from approvals.choices import Outcome, StepMode


@dataclass(frozen=True, slots=True)
class Ask:
    """One step of a route to be: whom it asks, how many must say go, how long it waits (G6).

    Exactly one of `decider`, `forum` (ids) and `role` is given. `clock_days` are business days.
    """

    part: str
    position: int
    clock_days: int
    decider: int | None = None
    forum: int | None = None
    role: str = ""
    mode: StepMode = StepMode.ANY
    needed: int = 1


@dataclass(frozen=True, slots=True)
class Barred:
    """Somebody who must not decide: a membership's id, the rule, and why in a few words."""

    membership_id: int
    rule: str
    reason: str


@dataclass(frozen=True, slots=True)
class Bench:
    """Who may speak in a step: `members` without those recused, and how many must take part."""

    members: int
    quorum: int = 1


class Verdict(Enum):
    """What the votes of a step add up to."""

    OPEN = "open"
    MET = "met"
    ENDED = "ended"


def tally(mode: StepMode, needed: int, bench: Bench, votes: Sequence[Outcome]) -> Verdict:
    """What the votes of a step add up to (G6).

    `any`: as soon as the quorum took part, the majority of those votes; a tie sends back. `all`:
    one send-back ends it. `n of m`: met with n, ended when n is out of reach. None is met before
    the quorum took part. Members recused are in neither the bench nor the quorum.
    """
    goes = sum(1 for vote in votes if vote.is_go)
    against = len(votes) - goes
    has_quorum = len(votes) >= max(1, min(bench.quorum, bench.members))
    if mode is StepMode.ANY:
        if not has_quorum:
            return Verdict.OPEN
        return Verdict.MET if goes > against else Verdict.ENDED
    wanted = max(bench.members, 1) if mode is StepMode.ALL else needed
    if against and bench.members - against < wanted:
        return Verdict.ENDED
    return Verdict.MET if goes >= wanted and has_quorum else Verdict.OPEN


def ended_with(votes: Iterable[Outcome]) -> Outcome:
    """How a request ends whose step failed: as all against it said, else sent back."""
    against = {vote for vote in votes if not vote.is_go}
    return against.pop() if len(against) == 1 else Outcome.SEND_BACK


def passed_with(votes: Iterable[Outcome]) -> Outcome:
    """How a request ends whose steps are all met: with conditions as soon as one asked for any."""
    return Outcome.CONDITIONAL_GO if Outcome.CONDITIONAL_GO in set(votes) else Outcome.GO


def next_position(positions: Iterable[tuple[int, bool]]) -> int | None:
    """The lowest position with a step that is not met; None when all are met.

    `positions` are (position, whether the step is met).
    """
    return min((position for position, is_met in positions if not is_met), default=None)


def applies(amount: Decimal | None, at_least: Decimal | None, below: Decimal | None) -> bool:
    """Whether a step with an amount threshold applies; what has no amount goes the long way."""
    if amount is None:
        return below is None
    return (at_least is None or amount >= at_least) and (below is None or amount < below)


def delegation_refusal(starts_on: date, ends_on: date, today: date, most_days: int) -> str | None:
    """Why a delegation cannot be: it ends before it starts, has ended, or lasts too long (G7)."""
    if ends_on < starts_on:
        return "ends_before_start"
    if ends_on < today:
        return "has_passed"
    return "too_long" if (ends_on - starts_on).days > most_days else None


def reminder_is_due(days_left: int, clock_days: int) -> bool:
    """A reminder goes once, when a fifth of the clock is left, one business day at least."""
    return days_left <= max(1, clock_days // 5)
