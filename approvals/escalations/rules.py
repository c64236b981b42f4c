"""What policies say, which of it cannot be kept, and which levels are due; pure (S5, T17)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from approvals.escalations.choices import Tier

MOST_DAYS: Final = 250
# Steps of finance escalate within finance only (T17).
TIERS_OF_FINANCE: Final = (Tier.OWES, Tier.HEAD_OF_CONTROLLING)
TIERS_OF_THE_LINE: Final = (
    Tier.OWES,
    Tier.PACKAGE_LEAD,
    Tier.PROGRAM_MANAGER,
    Tier.SPONSOR,
    Tier.FORUM_CHAIR,
)
# After how many business days each tier of a source is told; a tier that is missing never is.
Days = Mapping[Tier, int]
Faults = dict[str, list[StrOrPromise]]


@dataclass(frozen=True, slots=True)
class Level:
    """One step of a chain: after so many business days this tier is told."""

    number: int
    tier: Tier
    after_days: int


def tiers_for(*, is_finance: bool) -> tuple[Tier, ...]:
    """Who may stand in the chain of a source."""
    return TIERS_OF_FINANCE if is_finance else TIERS_OF_THE_LINE


def levels_of(days: Days) -> tuple[Level, ...]:
    """The chain of one source in the order in which its days pass."""
    ranked = sorted(days.items(), key=lambda pair: pair[1])
    return tuple(Level(at, Tier(tier), after) for at, (tier, after) in enumerate(ranked, start=1))


def policy_faults(said: Mapping[str, Days], sources: Mapping[str, bool]) -> Faults:
    """What cannot be kept, by `source.tier`; `sources` says of each whether it is finance's."""
    faults: Faults = {}
    for source, days in said.items():
        if source not in sources:
            faults[source] = [_("There is no such source.")]
            continue
        allowed, seen = tiers_for(is_finance=sources[source]), set[int]()
        for tier, after in days.items():
            if fault := _fault_of(tier, after, allowed, seen):
                faults[f"{source}.{tier}"] = [fault]
            seen.add(after)
        if not days:
            faults[source] = [_("At least one person is told, or it would stay unnoticed.")]
    return faults


def _fault_of(
    tier: Tier, after: int, allowed: Sequence[Tier], seen: set[int]
) -> StrOrPromise | None:
    if tier not in allowed:
        return _("This source does not climb there: finance stays within finance (T17).")
    if not 0 <= after <= MOST_DAYS:
        return _("Write business days from 0 to 250.")
    return _("Another level of this source has these days already.") if after in seen else None


def due_levels(reached: int, moments: Sequence[datetime | None], now: datetime) -> list[int]:
    """Numbers of the levels beyond `reached` that are due; a level without a moment never is."""
    return [
        number
        for number, moment in enumerate(moments, start=1)
        if number > reached and moment is not None and moment <= now
    ]
