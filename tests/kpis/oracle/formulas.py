"""F1 to F7, L2 and L3 from raw cells, one month at a time, as domain.md says them."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

from tests.kpis.oracle.portfolios import STAGES, Cells, RawEffect, RawMeasure

COSTS = ("one_time_cost", "running_cost")


def decided(measure: RawMeasure) -> bool:
    return STAGES.index(measure.stage) >= 2


def rounded(value: Fraction, places: int) -> Decimal:
    """Half up, away from zero."""
    scaled = abs(value) * 10**places
    whole = int(scaled + Fraction(1, 2))
    return Decimal(whole if value >= 0 else -whole).scaleb(-places)


def mean(values: list[Decimal], places: int) -> Decimal:
    return rounded(Fraction(sum(values)) / len(values), places)


def whole(effect: RawEffect, cells: Cells) -> Decimal | None:
    """All months by the metric's rule."""
    if not cells:
        return None
    ordered = [cells[month] for month in sorted(cells)]
    if effect.rule == "last":
        return ordered[-1]
    if effect.rule == "average":
        return mean(ordered, effect.decimals)
    return sum(ordered, Decimal(0))


def worth(effect: RawEffect, cells: Cells, start: int | None) -> Decimal | None:
    """V of one effect."""
    if effect.kind != "recurring":
        return whole(effect, cells)
    if not cells:
        return None
    begin = min(cells) if start is None else start
    twelve = [cells[month] for month in range(begin, begin + 12) if month in cells]
    if effect.rule == "sum" or not twelve:
        return sum(twelve, Decimal(0))
    return mean(twelve, 4)


def promised(effect: RawEffect) -> Cells:
    return effect.baselines[-1] if effect.baselines else effect.plan


def value(effect: RawEffect) -> Decimal | None:
    return worth(effect, promised(effect), effect.start)


def headline(measure: RawMeasure) -> list[RawEffect]:
    return [
        e
        for e in measure.effects
        if e.metric == "EBITDA" and e.currency == "EUR" and e.kind not in COSTS
    ]


def value_of_kind(measure: RawMeasure, kind: str) -> Decimal:
    return sum((value(e) or Decimal(0) for e in headline(measure) if e.kind == kind), Decimal(0))


def doi_by_count(measures: list[RawMeasure]) -> Decimal | None:
    live = [m for m in measures if m.overlay == "active"]
    return sum((m.weight for m in live), Decimal(0)) / len(live) if live else None


def doi_by_value(measures: list[RawMeasure]) -> Decimal | None:
    top, bottom = Decimal(0), Decimal(0)
    for measure in measures:
        if measure.overlay == "active":
            for kind in ("recurring", "one_off"):
                size = abs(value_of_kind(measure, kind))
                top, bottom = top + size * measure.weight, bottom + size
    return top / bottom if bottom else None


def closed(cells: Cells, latest: int) -> Cells:
    return {month: amount for month, amount in cells.items() if month <= latest}


def plus(one: Decimal | None, other: Decimal | None) -> Decimal | None:
    if other is None:
        return one
    return other if one is None else one + other


def four_amounts(measures: list[RawMeasure], latest: int) -> dict[tuple[str, ...], dict[str, Any]]:
    """F3 by metric, currency, kind and class."""
    found: dict[tuple[str, ...], dict[str, Any]] = {}
    for measure in measures:
        for effect in measure.effects:
            key = (effect.metric, effect.currency, effect.kind, effect.effect_class)
            line = found.setdefault(
                key,
                {
                    **dict.fromkeys(("identified", "hardened", "bankable", "parked"), Decimal(0)),
                    **dict.fromkeys(("validated", "validated_to_date", "plan_to_date")),
                    "is_short": False,
                },
            )
            _count(line, measure, effect, latest)
    return found


def _count(line: dict[str, Any], measure: RawMeasure, effect: RawEffect, latest: int) -> None:
    v = value(effect) or Decimal(0)
    if measure.overlay == "active":
        line["identified"] += v
        line["hardened"] += v if effect.kind in COSTS else v * measure.weight
        line["bankable"] += v if decided(measure) else 0
        due = whole(effect, closed(promised(effect), latest))
        line["plan_to_date"] = plus(line["plan_to_date"], due)
    if measure.overlay == "on_hold":
        line["parked"] += v
    done = closed(effect.accepted, latest)
    if effect.kind == "recurring":
        last = [done[month] for month in sorted(done)][-3:]
        rate = None
        if last:
            yearly = Fraction(sum(last)) / len(last) * (12 if effect.rule == "sum" else 1)
            rate = rounded(yearly, 4)
        line["is_short"] |= len(last) in {1, 2}
    else:
        rate = whole(effect, done)
    line["validated"] = plus(line["validated"], rate)
    line["validated_to_date"] = plus(line["validated_to_date"], whole(effect, done))


def run_rates(effect: RawEffect, cells: Cells, latest: int) -> tuple[Decimal | None, ...]:
    """F4: exit rate and smoothed."""
    if effect.kind != "recurring":
        return None, None
    if effect.rule != "sum":
        return cells.get(latest), cells.get(latest)
    exit_rate = cells[latest] * 12 if latest in cells else None
    quarter = [cells.get(latest - back) for back in (0, 1, 2)]
    smoothed = None if None in quarter else sum(a for a in quarter if a is not None) * 4
    return exit_rate, smoothed


def phases(effect: RawEffect, cells: Cells, first_of_year: int) -> tuple[Decimal | None, ...]:
    """F4: in-year, full-year, carry-over of the fiscal year that begins in this month."""
    year = {m: a for m, a in cells.items() if first_of_year <= m < first_of_year + 12}
    later = None
    if cells and effect.rule == "sum":
        begin = min(cells) if effect.start is None else effect.start
        later = Decimal(0)
        for month, amount in cells.items():
            within_run_rate = effect.kind != "recurring" or month < begin + 12
            if month >= begin and month >= first_of_year + 12 and within_run_rate:
                later += amount
    return whole(effect, year), worth(effect, cells, effect.start), later


def net(measures: list[RawMeasure]) -> dict[tuple[str, str], tuple[Decimal, Decimal]]:
    """F5 of live measures' expected months: all classes, and hard alone."""
    found: dict[tuple[str, str], tuple[Decimal, Decimal]] = {}
    for measure in measures:
        for effect in measure.effects:
            months = effect.forecast if decided(measure) else effect.plan
            if measure.overlay != "active" or effect.rule != "sum" or not months:
                continue
            total = sum(months.values(), Decimal(0))
            every, hard = found.get((effect.metric, effect.currency), (Decimal(0), Decimal(0)))
            if effect.kind in COSTS:
                every, hard = every - total, hard - total
            else:
                every += total
                hard += total if effect.effect_class == "hard" else 0
            found[effect.metric, effect.currency] = every, hard
    return found


def leakage(measure: RawMeasure, effect: RawEffect, latest: int) -> dict[str, Decimal] | None:
    """F7 of one effect by reason, month by month."""
    if effect.kind in COSTS or effect.rule != "sum":
        return None
    if not (effect.baselines or effect.accepted):
        return None
    reasons = dict.fromkeys(
        ("cancelled", "descoped", "delayed", "under_delivery", "not_sustained"), Decimal(0)
    )
    first = effect.baselines[0] if effect.baselines else {}
    current = effect.baselines[-1] if effect.baselines else {}
    for month in range(latest + 1 - 60 * 12, latest + 1):
        frozen, now = first.get(month, Decimal(0)), current.get(month, Decimal(0))
        done = effect.accepted.get(month, Decimal(0))
        if measure.overlay == "cancelled":
            reasons["cancelled"] += frozen - done
            continue
        reasons["descoped"] += frozen - now
        if not effect.accepted or month < min(effect.accepted):
            reasons["delayed"] += now - done
        elif measure.closed_in is not None and month > measure.closed_in:
            reasons["not_sustained"] += now - done
        else:
            reasons["under_delivery"] += now - done
    return reasons


# --- lights -----------------------------------------------------------------------------------


def filled_from(cells: Cells) -> int | None:
    return min((month for month, amount in cells.items() if amount != 0), default=None)


def slip(effect: RawEffect) -> int:
    base = filled_from(effect.baselines[-1]) if effect.baselines else None
    now = filled_from(effect.forecast)
    return 0 if base is None or now is None else now - base


def forecast_worth(effect: RawEffect) -> Decimal | None:
    base = effect.baselines[-1] if effect.baselines else {}
    if not base:
        return worth(effect, effect.forecast, effect.start)
    begin = min(base) if effect.start is None else effect.start
    return worth(effect, effect.forecast, begin + slip(effect))


def _groups(measure: RawMeasure) -> list[list[RawEffect]]:
    filled = [
        e for e in measure.effects if e.plan or e.forecast or e.claimed or e.baselines or e.accepted
    ]
    counted = [e for e in filled if e.kind not in COSTS]
    judged = [e for e in headline(measure) if e in counted] or counted
    keys = {(e.metric, e.currency, e.kind) for e in judged}
    return [[e for e in judged if (e.metric, e.currency, e.kind) == key] for key in sorted(keys)]


def _worst(colours: list[str]) -> str:
    return next((c for c in ("red", "amber", "green") if c in colours), "grey")


def potential(measure: RawMeasure) -> str:
    if not decided(measure):
        return "grey"
    groups = _groups(measure)
    if any(effect.rejected for group in groups for effect in group):
        return "red"
    colours = []
    for group in groups:
        base = sum(
            (worth(e, e.baselines[-1], e.start) or Decimal(0) for e in group if e.baselines),
            Decimal(0),
        )
        now = sum((forecast_worth(e) or Decimal(0) for e in group), Decimal(0))
        late = max(slip(e) for e in group)
        if base == 0:
            colours.append("grey")
            continue
        # Of less than nothing, falling short is what lies further below.
        reached = now / base if base > 0 else 2 - now / base
        if reached < Decimal("0.8") or late > 3:
            colours.append("red")
        else:
            colours.append("green" if reached >= Decimal("0.95") and late <= 0 else "amber")
    return _worst(colours)


def evidence(measure: RawMeasure, latest: int) -> str:
    if not decided(measure):
        return "grey"
    colours = []
    for group in _groups(measure):
        sums = [Decimal(0)] * 3
        for effect in group:
            for at, cells in enumerate((effect.accepted, effect.claimed, promised(effect))):
                sums[at] += sum(closed(cells, latest).values(), Decimal(0))
        most = max(sums[1], sums[2])
        if most <= 0:
            colours.append("grey")
        elif sums[0] >= most * Decimal("0.9"):
            colours.append("green")
        else:
            colours.append("amber" if sums[0] >= most * Decimal("0.5") else "red")
    return _worst(colours)


def at_risk(measure: RawMeasure, kind: str) -> Decimal:
    """F6 without risks and dependencies, which nobody keeps yet."""
    is_open = measure.overlay == "active" and measure.stage != "closed"
    if not is_open or not decided(measure) or potential(measure) not in {"amber", "red"}:
        return Decimal(0)
    gap = Decimal(0)
    for effect in headline(measure):
        if effect.kind == kind:
            base = effect.baselines[-1] if effect.baselines else {}
            gap += worth(effect, base, effect.start) or Decimal(0)
            gap -= forecast_worth(effect) or Decimal(0)
    return min(max(value_of_kind(measure, kind), Decimal(0)), max(gap, Decimal(0)))
