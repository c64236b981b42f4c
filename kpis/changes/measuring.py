"""What a change of the plan comes to in the tenant's currency, at plan rate (T15, G6, V8)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal

from governance.tenancy.models import Tenant
from initiatives.closure_facts import Amounts
from initiatives.gates.sizes import Moved
from initiatives.models import Measure
from kpis.actuals.facts import Holding, holdings_of, weighed
from kpis.actuals.rules import first_year
from kpis.actuals.selectors import start_of
from kpis.changes.rules import NAMES, ZERO, Plan, Shift, moved
from kpis.choices import EffectKind
from kpis.grid import total_of
from kpis.rates.choices import RateKind
from kpis.rates.rules import Converter
from kpis.rates.selectors import converter
from kpis.rules import DECIMALS

STEP = Decimal(1).scaleb(-DECIMALS)


@dataclass(frozen=True, slots=True)
class Sizes:
    """What a change moves, and the measure's amounts before and after it."""

    moved: Moved
    before: Amounts
    after: Amounts


def measured(measure: Measure, shifts: Mapping[int, Shift], tenant: Tenant) -> Sizes:
    """The size of a change, by the ids of its effects; six queries.

    What is in no money, or has no plan rate in some month, cannot be measured: a forum decides it.
    """
    rates = converter(RateKind.PLAN, tenant)
    holdings = {holding.effect.pk: holding for holding in holdings_of(measure)}
    sums: dict[str, Decimal] = {}
    is_complete = True
    for effect_id, shift in shifts.items():
        home = _at_home(shift, holdings[effect_id], rates)
        if home is None:
            is_complete = False
            continue
        name = NAMES[shift.kind]
        sums[name] = sums.get(name, ZERO) + moved(home)
    plans = [{pk: Plan(h.plan, start_of(h.effect)) for pk, h in holdings.items()} for _ in "ba"]
    plans[1] |= {pk: shift.after for pk, shift in shifts.items()}
    before, after = (_amounts(holdings, found, rates, tenant) for found in plans)
    return Sizes(Moved({n: _rounded(a) for n, a in sums.items()}, is_complete), before, after)


def _at_home(shift: Shift, holding: Holding, rates: Converter) -> Shift | None:
    before, after = (_converted(plan, holding, rates) for plan in (shift.before, shift.after))
    return None if before is None or after is None else replace(shift, before=before, after=after)


def _converted(plan: Plan, holding: Holding, rates: Converter) -> Plan | None:
    """A plan in the tenant's currency; None where some of it has no rate, or is no money."""
    if not holding.effect.metric.is_monetary:
        return None
    months, left = rates.split(plan.months, holding.effect.currency)
    return None if left else Plan(months, plan.start)


def _amounts(
    holdings: Mapping[int, Holding], plans: Mapping[int, Plan], rates: Converter, tenant: Tenant
) -> Amounts:
    """What routes go by (G6), from plans instead of baselines."""
    money = {pk: h for pk, h in holdings.items() if h.effect.metric.is_monetary}
    if not money:
        return Amounts()
    found = {pk: _converted(plans[pk], holding, rates) for pk, holding in money.items()}
    rows = [
        (holding.kind, holding.effect.metric.code, _rounded(_total(found[pk], holding)))
        for pk, holding in money.items()
    ]
    return weighed(rows, tenant.headline_metric, is_complete=None not in found.values())


def _total(plan: Plan | None, holding: Holding) -> Decimal:
    """V of an effect under a plan; nothing where it cannot be converted."""
    if plan is None:
        return ZERO
    if holding.kind is EffectKind.RECURRING:
        return first_year(plan.months, plan.start, holding.aggregation) or ZERO
    return total_of(plan.months, holding.aggregation, holding.effect.metric.decimals) or ZERO


def _rounded(amount: Decimal) -> Decimal:
    return amount.quantize(STEP, ROUND_HALF_UP)
