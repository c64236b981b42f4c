"""The three lights of a measure, derived and stated, read in a fixed number of queries."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from governance.calendars.rules import BusinessCalendar, business_days_between, local_day
from governance.calendars.selectors import current_calendar
from governance.tenancy.models import Tenant
from initiatives.milestones.models import Milestone
from initiatives.models import Measure
from initiatives.rhythm.selectors import rhythms_of, stale_measures
from kpis.figures.choices import Lamp, LightName
from kpis.figures.facts import Clock, MeasureFacts
from kpis.figures.lights import (
    Light,
    Step,
    evidence,
    implementation,
    is_watermelon,
    last_stated_day,
    potential,
)
from kpis.figures.models import LightOverride
from kpis.figures.selectors import clock_of, measure_facts


@dataclass(frozen=True, slots=True)
class Shown:
    """One light with who stated it otherwise, if that still counts."""

    name: LightName
    light: Light
    override: LightOverride | None = None

    @property
    def derived(self) -> Lamp:
        return self.light.derived

    @property
    def shown(self) -> Lamp:
        return self.light.shown


@dataclass(frozen=True, slots=True)
class Lights:
    """The lights of one measure in the order of the vocabulary."""

    shown: Sequence[Shown]
    is_live: bool = True

    def light(self, name: LightName) -> Shown:
        return next(one for one in self.shown if one.name is name)

    @property
    def is_watermelon(self) -> bool:
        """L6, by the derived and by the stated lights; of a live measure only."""
        return self.is_live and is_watermelon(*(one.light for one in self.shown))


def lights_of(measure: Measure, tenant: Tenant, facts: MeasureFacts | None = None) -> Lights:
    """L1 to L4 of a measure with `package` and `stage_model`; five queries beside its facts."""
    found = facts or measure_facts(measure, tenant)
    clock, calendar = clock_of(tenant), current_calendar()
    is_stale = bool(stale_measures([measure], rhythms_of(tenant, calendar, clock.now)))
    steps = steps_of([measure.pk])[measure.pk]
    derived = derived_lights(found, steps, clock, calendar, is_stale=is_stale)
    stated = overrides_of([measure.pk], clock.today)
    rows = {light: row for (_pk, light), row in stated.items()}
    return lights_shown(derived, rows, is_live=found.is_live)


def derived_lights(
    facts: MeasureFacts,
    steps: Sequence[Step],
    clock: Clock,
    calendar: BusinessCalendar,
    *,
    is_stale: bool = False,
) -> dict[LightName, Lamp]:
    """The three lights as they follow from the facts; no query.

    Of a stale measure nobody says how its work stands (L4). Potential and evidence follow from its
    months, which have a rhythm of their own: silence hides no red in them.
    """

    def working_days(first: date, last: date) -> int:
        return business_days_between(first, last, calendar)

    work = implementation(facts.stage, steps, clock.today, working_days)
    return {
        LightName.IMPLEMENTATION: Lamp.STALE if is_stale else work,
        LightName.POTENTIAL: potential(facts, clock),
        LightName.EVIDENCE: evidence(facts, clock),
    }


def lights_shown(
    derived: dict[LightName, Lamp], stated: dict[LightName, LightOverride], *, is_live: bool
) -> Lights:
    """Derived lights beside what is stated."""
    shown = []
    for name in LightName:
        row = stated.get(name)
        light = Light(derived[name], None if row is None else Lamp(row.stated))
        shown.append(Shown(name, light, row))
    return Lights(shown, is_live)


def steps_of(measure_ids: Sequence[int]) -> dict[int, list[Step]]:
    """The milestones of measures as L1 asks; one query."""
    found: dict[int, list[Step]] = {measure_id: [] for measure_id in measure_ids}
    for row in Milestone.objects.filter(measure__in=list(measure_ids)).order_by("id"):
        step = Step(
            weight=row.weight,
            is_critical=row.is_critical,
            plan_on=row.plan_on,
            forecast_on=row.forecast_on,
            is_done=row.done_at is not None,
            is_accepted=row.accepted_at is not None,
        )
        found[row.measure_id].append(step)
    return found


def last_day_stated(path: str, tenant: Tenant) -> date:
    """Up to when a light stated now at a place counts at most; two queries."""
    rhythms = rhythms_of(tenant, current_calendar())
    return last_stated_day(local_day(rhythms.now, rhythms.zone), rhythms.standing_at(path).running)


def overrides_of(
    measure_ids: Sequence[int], today: date
) -> dict[tuple[int, LightName], LightOverride]:
    """The latest stated light of each kind that has not expired; one query."""
    rows = LightOverride.objects.filter(measure__in=list(measure_ids))
    latest = rows.order_by("measure", "light", "-id").distinct("measure", "light")
    return {
        (row.measure_id, LightName(row.light)): row
        for row in latest.select_related("stated_by__user")
        if row.expires_on >= today
    }
