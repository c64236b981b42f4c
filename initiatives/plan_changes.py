"""Changes of a frozen plan (T15): checked, told and written by the app that owns value."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from approvals.models import ApprovalRequest
from governance.people.actor import Actor
from initiatives.closure_facts import Amounts
from initiatives.gates.sizes import Moved
from initiatives.models import Measure


@dataclass(frozen=True, slots=True)
class EffectAsk:
    """New plan months of one effect (`2026-01` to text, None empties one), with the version seen.

    `run_rate_start` is a month as text; None leaves it as it is.
    """

    effect: str
    seen_version: int
    cells: Mapping[str, object] = field(default_factory=dict)
    run_rate_start: str | None = None


@dataclass(frozen=True, slots=True)
class PlanChange:
    """A change of the plan, checked and not yet asked for.

    `effects` is plain JSON, kept with the request and hashed with its snapshot: each effect with
    its months before and after. `moved` is what it adds to the size, `before` and `after` are the
    measure's amounts in the tenant's currency. `is_increase`: it raises amounts and nothing else.
    """

    effects: list[dict[str, Any]]
    moved: Moved
    before: Amounts
    after: Amounts
    is_increase: bool


Check = Callable[[Measure, Sequence[EffectAsk], Actor], PlanChange]
Apply = Callable[[Measure, ApprovalRequest, Actor], None]


@dataclass(frozen=True, slots=True)
class Planner:
    """How plans change: `check` refuses by cell and writes nothing, `apply` writes what is decided.

    Both are called under the measure's lock. `page` is the address where months are typed.
    """

    check: Check
    apply: Apply
    page: str


_planners: list[Planner] = []


def register(planner: Planner) -> None:
    """Take changes of plans from here; the last registered counts."""
    _planners[:] = [planner]


def planner() -> Planner | None:
    """Who changes plans; None where no app owns value."""
    return _planners[0] if _planners else None
