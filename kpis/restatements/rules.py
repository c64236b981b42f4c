"""Who restates, and what a month comes to with its restatements; pure (V4, S2, S8)."""

from collections.abc import Mapping
from decimal import Decimal

from kpis.actuals.rules import ZERO, Judge, second_refusal
from kpis.rules import Month


def restate_refusal(judge: Judge, *, is_proposer: bool = False) -> str | None:
    """Why this person neither proposes nor decides: a code, or the rule that says so.

    Finance alone, named controller or not; never owner or effect owner (S2), nor who claimed the
    month (S4); and who proposed it does not decide it (S8).
    """
    refusal = second_refusal(judge, is_first=False)
    return refusal or ("S8" if is_proposer else None)


def with_restated(
    validated: Mapping[Month, Decimal], restated: Mapping[Month, Decimal]
) -> dict[Month, Decimal]:
    """What months are worth now: what was validated and the deltas since; from 0 without any."""
    months = dict(validated)
    for month, delta in restated.items():
        months[month] = months.get(month, ZERO) + delta
    return months
