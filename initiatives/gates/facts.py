"""What gates need to know of money, which an app above holds (G6, T5)."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from approvals.rules import amount_for_route
from initiatives.models import Measure


@dataclass(frozen=True, slots=True)
class Amounts:
    """Amounts of a measure in the tenant's currency: of the current baseline, else the plan."""

    run_rate: Decimal = Decimal(0)
    one_time_cost: Decimal = Decimal(0)
    one_off: Decimal = Decimal(0)

    @property
    def for_route(self) -> Decimal:
        return amount_for_route(self.run_rate, self.one_time_cost, self.one_off)

    @property
    def value(self) -> Decimal:
        return self.run_rate + self.one_off


@dataclass(frozen=True, slots=True)
class ClosureFacts:
    """What closing rests on: what the validated months support, the baseline, what was claimed."""

    supported: Decimal
    baseline: Decimal
    claimed: Decimal
    effects: tuple[dict[str, str], ...] = ()


AmountsReader = Callable[[Measure], Amounts | None]
ClosureReader = Callable[[Measure], ClosureFacts]
_amounts: list[AmountsReader] = []
_closure: list[ClosureReader] = []


def register_money(*, amounts: AmountsReader, closure: ClosureReader) -> None:
    """Tell how amounts and closure facts are read; a second call replaces the first."""
    _amounts[:] = [amounts]
    _closure[:] = [closure]


def amounts_of(measure: Measure) -> Amounts | None:
    """A measure's amounts; None where its effects are purely non-monetary or there are none."""
    return _amounts[0](measure) if _amounts else None


def closure_facts_of(measure: Measure) -> ClosureFacts:
    """What supports the closure of a measure."""
    return _closure[0](measure) if _closure else ClosureFacts(Decimal(0), Decimal(0), Decimal(0))
