"""The three lights of a measure and what makes a watermelon (L1 to L3, L6); pure."""

from calendar import monthrange
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from initiatives.choices import Stage
from initiatives.rhythm.rules import ReportingPeriod
from initiatives.rules import plan_is_frozen
from kpis.actuals.rules import added, month_at
from kpis.choices import EffectKind
from kpis.figures.choices import Lamp
from kpis.figures.facts import ZERO, Clock, EffectFacts, MeasureFacts
from kpis.figures.rules import QUARTER, forecast_value, slip_of, value_of
from kpis.grid import within
from kpis.rules import Month

# L1, in working days and as a share of the milestones' weight.
TOLERATED_DAYS, SERIOUS_DAYS = 5, 20
LATE_SHARE = Decimal("0.20")
# L2 and L3, as shares.
POTENTIAL_GREEN, POTENTIAL_AMBER = Decimal("0.95"), Decimal("0.80")
EVIDENCE_GREEN, EVIDENCE_AMBER = Decimal("0.9"), Decimal("0.5")
# From the worst to the best; grey says nothing and outweighs nothing.
GRAVITY = (Lamp.RED, Lamp.AMBER, Lamp.GREEN, Lamp.GREY)

# Working days from the first day to the second, negative if it lies before.
WorkingDays = Callable[[date, date], int]


@dataclass(frozen=True, slots=True)
class Step:
    """A milestone as L1 asks: its days, and whether the owner said that it is done."""

    weight: int
    is_critical: bool
    plan_on: date | None
    forecast_on: date | None
    is_done: bool
    is_accepted: bool


def worst(lamps: Iterable[Lamp]) -> Lamp:
    """The gravest of some lights; grey without any."""
    return min(lamps, key=GRAVITY.index, default=Lamp.GREY)


# --- L1 ---------------------------------------------------------------------------------------


def implementation(
    stage: Stage, steps: Sequence[Step], today: date, working_days: WorkingDays
) -> Lamp:
    """L1 from frozen plan dates; grey before T3 and without milestones that have a date.

    Blue: closed, or every milestone accepted. Dependencies are not kept yet and colour nothing.
    """
    dated = [step for step in steps if step.plan_on is not None]
    if stage is Stage.CLOSED or (steps and all(step.is_accepted for step in steps)):
        return Lamp.BLUE
    if not plan_is_frozen(stage) or not dated:
        return Lamp.GREY
    slips = [
        _slip_days(step, today, working_days)
        for step in dated
        if step.is_critical and not step.is_done
    ]
    forgotten = any(is_forgotten(step, today) for step in dated)
    if forgotten or max(slips, default=0) > SERIOUS_DAYS:
        return Lamp.RED
    late = sum(step.weight for step in dated if is_late(step, today))
    share = Decimal(late) / sum(step.weight for step in steps)
    if max(slips, default=0) > TOLERATED_DAYS or share > LATE_SHARE:
        return Lamp.AMBER
    return Lamp.GREEN


def is_forgotten(step: Step, today: date) -> bool:
    """Whether a critical milestone is overdue and nobody says when it comes."""
    if not step.is_critical or step.is_done or step.plan_on is None or step.plan_on >= today:
        return False
    return step.forecast_on is None or step.forecast_on < today


def is_late(step: Step, today: date) -> bool:
    """Whether an open milestone is overdue or forecast after its planned day."""
    if step.is_done or step.plan_on is None:
        return False
    return comes_on(step, today) > step.plan_on


def comes_on(step: Step, today: date) -> date:
    """The day on which an open milestone comes: as forecast, else planned, and not before today."""
    return max(step.forecast_on or step.plan_on or today, today)


def _slip_days(step: Step, today: date, working_days: WorkingDays) -> int:
    """Working days by which an open critical milestone comes later than planned; at least 0."""
    if step.plan_on is None:
        return 0
    return max(0, working_days(step.plan_on, comes_on(step, today)))


# --- L2 ---------------------------------------------------------------------------------------


def potential(measure: MeasureFacts, clock: Clock) -> Lamp:
    """L2: forecast against the current baseline, recurring and one-off apart, the worse counts.

    Grey before T3 and where the baseline comes to nothing. Of the headline metric, or of all
    metrics where a measure has none of it.
    """
    if not measure.is_decided:
        return Lamp.GREY
    groups = judged_groups(measure, clock)
    if any(effect.rejected for group in groups for effect in group):
        return Lamp.RED
    return worst(_potential_of(group) for group in groups)


def _potential_of(effects: Sequence[EffectFacts]) -> Lamp:
    base = added(value_of(e, e.current_baseline, e.start) for e in effects) or ZERO
    forecast = added(forecast_value(effect) for effect in effects) or ZERO
    return potential_lamp(base, forecast, max(slip_of(effect) for effect in effects))


def potential_lamp(base: Decimal, forecast: Decimal, slip: int) -> Lamp:
    """L2 of one sum: `slip` is by how many months the start is later than frozen."""
    if base == 0:
        return Lamp.GREY
    if falls_below(POTENTIAL_AMBER, forecast, base) or slip > QUARTER:
        return Lamp.RED
    is_short = falls_below(POTENTIAL_GREEN, forecast, base)
    return Lamp.AMBER if is_short or slip > 0 else Lamp.GREEN


def falls_below(share: Decimal, reached: Decimal, due: Decimal) -> bool:
    """Whether less than a share of what is due is reached; of less than nothing, likewise."""
    return due - reached > (1 - share) * abs(due)


def judged_groups(measure: MeasureFacts, clock: Clock) -> list[list[EffectFacts]]:
    """The value effects with months that a light compares: of one metric, unit and kind (V7)."""
    values = [e for e in measure.effects if not e.kind.is_cost and e.has_months]
    judged = [e for e in values if e in measure.of_headline(clock)] or values
    groups: dict[tuple[str, str, EffectKind], list[EffectFacts]] = {}
    for effect in judged:
        groups.setdefault((effect.metric, effect.unit, effect.kind), []).append(effect)
    return list(groups.values())


# --- L3 ---------------------------------------------------------------------------------------


def evidence(measure: MeasureFacts, clock: Clock) -> Lamp:
    """L3: validated ÷ max(claimed, plan due) over closed months; the worse kind counts.

    Grey while nothing is due. Until calendars say when a month must be validated, it is closed
    once it is over (V4). Before T3 nothing can be claimed, so nothing is due.
    """
    if not measure.is_decided:
        return Lamp.GREY
    return worst(_evidence_of(group, clock) for group in judged_groups(measure, clock))


def _evidence_of(effects: Sequence[EffectFacts], clock: Clock) -> Lamp:
    sums = {"validated": ZERO, "claimed": ZERO, "due": ZERO}
    for effect in effects:
        series = {
            "validated": effect.validated,
            "claimed": effect.claimed,
            "due": effect.promised,
        }
        for name, months in series.items():
            closed = within(months, [month for month in months if _is_due(month, clock)])
            sums[name] += sum(closed.values(), ZERO)
    return evidence_lamp(sums["validated"], sums["claimed"], sums["due"])


def evidence_lamp(validated: Decimal, claimed: Decimal, due: Decimal) -> Lamp:
    """L3 of one sum; grey while not more than nothing is claimed or due."""
    most = max(claimed, due)
    if most <= 0:
        return Lamp.GREY
    if validated < most * EVIDENCE_AMBER:
        return Lamp.RED
    return Lamp.AMBER if validated < most * EVIDENCE_GREEN else Lamp.GREEN


def _is_due(month: Month, clock: Clock) -> bool:
    return month <= clock.latest


# --- stated instead ---------------------------------------------------------------------------


def last_stated_day(today: date, running: ReportingPeriod | None) -> date:
    """Up to when a light stated today counts at most: the end of the period that runs.

    After the due hour that is the next one already. Without a rhythm it is a month.
    """
    return a_month_after(today) if running is None else running.due_on


def a_month_after(day: date) -> date:
    """The same day of the next month, or its last."""
    month = month_at(day).plus(1)
    return date(month.year, month.number, min(day.day, monthrange(month.year, month.number)[1]))


# --- L6 ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Light:
    """What was derived, and what somebody states instead while it counts."""

    derived: Lamp
    stated: Lamp | None = None

    @property
    def shown(self) -> Lamp:
        return self.derived if self.stated is None else self.stated

    def says(self, lamp: Lamp) -> bool:
        """Whether the derived or the stated light is this one."""
        return lamp in {self.derived, self.stated}


def is_watermelon(implementation_light: Light, potential_light: Light, evidence: Light) -> bool:
    """L6: green outside, red inside. An override hides neither: either of the two lights counts."""
    is_red = potential_light.says(Lamp.RED) or evidence.says(Lamp.RED)
    return implementation_light.says(Lamp.GREEN) and is_red
