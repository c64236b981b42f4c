"""Values: a grid saved at once, and the value page of a measure."""

from collections.abc import Iterator
from itertools import count

from governance.audit.choices import AuditAction
from initiatives.models import Measure
from initiatives.selectors import MEASURE_RELATIONS
from kpis.choices import Series
from kpis.forecasts.changes import EffectChange, GridChange
from kpis.forecasts.services.grid import grid_save
from kpis.models import MONTH_COLUMNS, Effect
from tests.bench.benchmarks.a_lists import WHO, page
from tests.bench.estate import event_form
from tests.bench.place import Place
from tests.bench.registry import Pair, benchmark

YEAR = 2027
SAVE = (
    f"UPDATE kpis_valueyear SET {', '.join(f'{column} = %s' for column in MONTH_COLUMNS)}"
    " WHERE tenant_id = %s AND effect_id = %s AND series = 'plan' AND baseline_no = 0 AND year = %s"
)
# All rows that a save leaves: history by cell, version, audit event, message, the measure's sum.
LOG = (
    (
        "INSERT INTO kpis_valuehistory (tenant_id, effect_public_id, series, baseline_no, month,"
        " before, after, source, author, cause) SELECT %(tenant)s, %(key)s, 'plan', 0,"
        " make_date(%(year)s, n, 1), n, n, 'form', 'Bench', 'estimate'"
        " FROM generate_series(1, 12) n"
    ),
    (
        "UPDATE kpis_effect SET version = version + 1, updated_at = now()"
        " WHERE tenant_id = %(tenant)s AND id = %(effect)s"
    ),
    (
        "INSERT INTO governance_auditevent (tenant_id, body) VALUES (%(tenant)s,"
        " replace(%(body)s, '@id', gen_random_uuid()::text))"
    ),
    (
        "INSERT INTO governance_outboxevent (tenant_id, event_id, topic, key, payload)"
        " VALUES (%(tenant)s, gen_random_uuid(), 'values.changed', 'M', '{}')"
    ),
)
SUM = "UPDATE initiatives_measure SET value_minor = %s WHERE tenant_id = %s AND id = %s"
MONTHS = (
    f"SELECT y.effect_id, y.series, y.year, {', '.join(f'y.{column}' for column in MONTH_COLUMNS)}"
    " FROM kpis_effect e JOIN kpis_valueyear y"
    " ON y.tenant_id = e.tenant_id AND y.effect_id = e.id"
    " WHERE e.tenant_id = %s AND e.measure_id = %s"
)
SUMS = (
    f"SELECT e.measure_id, {', '.join(f'sum(y.{column})' for column in MONTH_COLUMNS)}"
    " FROM kpis_effect e JOIN kpis_valueyear y"
    " ON y.tenant_id = e.tenant_id AND y.effect_id = e.id"
    " WHERE e.tenant_id = %s GROUP BY e.measure_id"
)


@benchmark("Saving the grid of one measure")
def grid(place: Place) -> Iterator[Pair]:
    """Twelve months of each of its effects in one save, each cell with its line of history."""
    house = place.house
    actor = house.actor(WHO)
    with house.active():
        ours, theirs = Measure.objects.select_related(*MEASURE_RELATIONS).order_by("id")[2:4]
        effects = list(Effect.objects.filter(measure=ours).order_by("id"))
        others = list(Effect.objects.filter(measure=theirs).order_by("id"))
    numbers = count(1)
    body = event_form(house, AuditAction.VALUES_CHANGED, "measure")
    versions = {str(effect.public_id): effect.version for effect in effects}

    def by_service() -> None:
        amount = next(numbers)
        cells = {f"{YEAR}-{month:02d}": str(amount + month) for month in range(1, 13)}
        changes = [
            EffectChange(key, version, {Series.PLAN: cells}) for key, version in versions.items()
        ]
        with house.active():
            saved = grid_save(measure=ours, change=GridChange(changes), by=actor)
        versions.update({str(effect.public_id): effect.version for effect in saved})

    def bare() -> None:
        amounts = [next(numbers) + month for month in range(1, 13)]
        with place.unguarded.transaction():
            for effect in others:
                keys = {"effect": effect.pk, "key": effect.public_id, "tenant": place.tenant_id}
                place.unguarded.execute(SAVE.encode(), (*amounts, place.tenant_id, effect.pk, YEAR))
                for statement in LOG:
                    facts = keys | {"year": YEAR, "body": body}
                    place.unguarded.execute(statement.encode(), facts)
            place.unguarded.execute(SUM.encode(), (amounts[0], place.tenant_id, theirs.pk))

    note = (
        "The bare side writes the same rows in one transaction: months, a line of history for each,"
        " version, audit event, message and the measure's sum. It checks nothing."
    )
    rows = len(effects) * len(MONTH_COLUMNS)
    yield Pair("service in its transaction", by_service, bare, rows=rows, least=30, note=note)


@benchmark("Value page of one measure")
def pages(place: Place) -> Iterator[Pair]:
    """What a measure is worth, with its lights, months and figures."""
    client = place.house.client(WHO)
    with place.house.active():
        measure = Measure.objects.order_by("id")[place.size // 2]
    read = (place.tenant_id, measure.pk)
    yield Pair(
        "page",
        page(place, client, f"measures/{measure.code}/values/"),
        lambda: place.read(MONTHS, read),
        note="The bare side of the value page is one SELECT of all its months.",
    )


# Half of the forecast is gone and the work goes on: every measure is a watermelon.
DECIDED = (
    "UPDATE initiatives_measure SET stage = 'decided' WHERE tenant_id = %(tenant)s",
    f"""
    INSERT INTO kpis_valueyear (tenant_id, effect_id, series, baseline_no, year,
                                {", ".join(MONTH_COLUMNS)})
    SELECT y.tenant_id, y.effect_id, s.series, s.no, y.year,
           {", ".join(f"y.{column} * s.part" for column in MONTH_COLUMNS)}
    FROM kpis_valueyear y, (VALUES ('baseline', 1, 1), ('forecast', 0, 0.5)) AS s (series, no, part)
    WHERE y.tenant_id = %(tenant)s AND y.series = 'plan'
    """,
    """
    INSERT INTO initiatives_milestone (tenant_id, measure_id, public_id, title, weight, is_critical,
                                       plan_on, return_reason, version, created_at, updated_at)
    SELECT m.tenant_id, m.id, gen_random_uuid(), 'x', 10, true,
           current_date + 30 + n, '', 1, now(), now()
    FROM initiatives_measure m, generate_series(1, 3) AS n WHERE m.tenant_id = %(tenant)s
    """,
    "ANALYZE kpis_valueyear, initiatives_milestone, initiatives_measure",
)
UNDECIDED = (
    "DELETE FROM initiatives_milestone WHERE tenant_id = %(tenant)s",
    "DELETE FROM kpis_valueyear WHERE tenant_id = %(tenant)s AND series <> 'plan'",
    "UPDATE initiatives_measure SET stage = 'identified' WHERE tenant_id = %(tenant)s",
    "ANALYZE kpis_valueyear, initiatives_milestone, initiatives_measure",
)


@benchmark("Watermelons of the whole tenant")
def melons(place: Place) -> Iterator[Pair]:
    """The lights of every measure, derived by the database."""
    client = place.house.client(WHO)
    note = (
        "The bare side is one SELECT of the sums of all effects. Every measure's lights are "
        "derived to find those that are green outside and red inside, so that the cost grows with "
        "the tenant, as that of a roll-up does. For this line alone every measure is Decided."
    )
    for statement in DECIDED:
        place.unguarded.execute(statement.encode(), {"tenant": place.tenant_id})
    yield Pair(
        "page",
        page(place, client, "watermelons/"),
        lambda: place.read(SUMS, (place.tenant_id,)),
        note=note,
        least=3,
    )
    for statement in UNDECIDED:
        place.unguarded.execute(statement.encode(), {"tenant": place.tenant_id})
