"""The lights of measures and nodes as the database derives them; each in one query (L1 to L6)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from governance.calendars.rules import BusinessCalendar
from governance.calendars.selectors import current_calendar
from governance.tenancy.context import active_tenant_id
from governance.tenancy.models import Tenant
from initiatives.models import Measure
from initiatives.rhythm.selectors import Rhythms, rhythms_of
from kpis.figures.choices import Lamp, LightName
from kpis.figures.facts import Clock
from kpis.figures.lights import Light
from kpis.figures.selectors import clock_of
from kpis.rates.choices import RateBasis
from reporting.conversion import conversion
from reporting.facts import fetch
from reporting.group_sql import GROUPS
from reporting.light_sql import ALL_LIT, BY_PACKAGE, LIT, WATERMELONS
from reporting.node_lights import Held, LightTree, light_tree
from reporting.places import Place
from reporting.value_facts import params_of
from reporting.value_sql import effects, head


@dataclass(frozen=True, slots=True)
class LitMeasure:
    """A measure by its id: V by kind, Σ |V|, and its lights in the order of the vocabulary."""

    measure_id: int
    recurring: Decimal
    one_off: Decimal
    size: Decimal
    lights: dict[LightName, Light]


@dataclass(frozen=True, slots=True)
class Position:
    """Where a page of watermelons begins: after the row of this size and id, or before it."""

    size: Decimal
    measure_id: int
    is_backward: bool = False


def lit(place: Place, last: str, **more: Any) -> list[Any]:
    """Rows of a SELECT over `lit`; three queries, two of them for calendars.

    Effects are converted as the pages of one measure convert them, so that both say the same.
    """
    whole = replace(place, rates=replace(place.rates, whole_effects=True))
    clause, params = params_of(whole)
    params |= light_params(place.tenant, place.clock) | more
    rates = whole.rates
    return fetch(head(clause, rates) + effects(rates) + GROUPS + LIT + last, params)


def light_params(tenant: Tenant, clock: Clock) -> dict[str, Any]:
    """What lights need besides the facts: the day, working days, who is stale; two queries."""
    calendar = current_calendar()
    return light_rules(calendar, rhythms_of(tenant, calendar, clock.now), clock)


def light_rules(calendar: BusinessCalendar, rhythms: Rhythms, clock: Clock) -> dict[str, Any]:
    """The same from what is known already."""
    return calendar_params(calendar) | rhythm_params(rhythms) | {"today": clock.today}


def rhythm_params(rhythms: Rhythms) -> dict[str, Any]:
    """Of L4: which day an update must answer at least, of all programs and of single ones."""
    own = rhythms.stale_before_in
    return {
        "rhythm_day": rhythms.stale_before,
        "rhythm_programs": list(own),
        "rhythm_days": list(own.values()),
    }


def calendar_params(calendar: BusinessCalendar) -> dict[str, Any]:
    """The working days of L1; a holiday on a day that is free anyway takes nothing away."""
    return {
        "working": sorted(calendar.working_days),
        "holidays": sorted(
            day for day in calendar.holidays if day.isoweekday() in calendar.working_days
        ),
    }


def node_lights(place: Place) -> LightTree:
    """L5 of every node at or below the paths; three queries."""
    rows = lit(place, BY_PACKAGE)
    return light_tree((_held(row) for row in rows), place.paths)


def measure_lights(place: Place) -> list[LitMeasure]:
    """All measures of the place with their lights, by id; three queries."""
    return [lit_measure(row) for row in lit(place, ALL_LIT)]


def lamps_of_measures(measures: Sequence[Measure]) -> dict[int, dict[str, str]]:
    """The lamps that count of each measure, by the name of the light, at plan rate.

    Three queries and one for each kind of rate.
    """
    tenant = Tenant.objects.get(pk=active_tenant_id())
    rates = conversion(RateBasis.PLAN, tenant)
    place = Place((), tenant, clock_of(tenant), rates, [measure.pk for measure in measures])
    return {
        one.measure_id: {name.value: light.shown.value for name, light in one.lights.items()}
        for one in measure_lights(place)
    }


def watermelon_rows(
    place: Place, limit: int, after: Position | None = None
) -> tuple[list[LitMeasure], int]:
    """Watermelons by value, the largest first, and how many there are in all; three queries (L6).

    Backwards the nearest come first. The number is 0 beyond the last of them.
    """
    beyond, turn, position = "true", "DESC", {}
    if after is not None:
        turn = "ASC" if after.is_backward else "DESC"
        sign = ">" if after.is_backward else "<"
        beyond = f"(size, measure) {sign} (%(size)s, %(measure)s)"
        position = {"size": after.size, "measure": after.measure_id}
    sql = WATERMELONS.format(beyond=beyond, turn=turn)
    rows = lit(place, sql, limit=limit, **position)
    return [lit_measure(row[:-1]) for row in rows], rows[0][-1] if rows else 0


def _held(row: Sequence[Any]) -> Held:
    path, light, lamp, size, number, largest = row
    return Held(path, LightName(light), Lamp(lamp), size, number, largest)


def lit_measure(row: Sequence[Any]) -> LitMeasure:
    """A row of id, V by kind, Σ |V| and each light, as derived and as stated; nothing is not."""
    measure_id, recurring, one_off, size, *lamps = row
    pairs = zip(LightName, zip(lamps[::2], lamps[1::2], strict=True), strict=True)
    lights = {
        name: Light(Lamp(derived), Lamp(stated) if stated else None)
        for name, (derived, stated) in pairs
    }
    return LitMeasure(measure_id, recurring, one_off, size, lights)
