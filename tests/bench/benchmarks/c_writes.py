"""Writing: one measure, and the twelve months of one effect."""

from collections.abc import Iterator
from itertools import count

from initiatives.models import Measure
from initiatives.services import measure_change
from kpis.choices import EffectKind, Series
from kpis.models import MONTH_COLUMNS, Effect
from kpis.services import values_write
from tests.bench.place import Place
from tests.bench.registry import Pair, benchmark

WHO = "pmo"
OK = 200
BARE = (
    "The bare side is the one UPDATE with its version in the WHERE clause, committed, with all "
    "triggers and foreign keys off: no lock, no rights, no audit event, no outbox."
)
RENAME = (
    "UPDATE initiatives_measure SET description = %s, version = version + 1, updated_at = now()"
    " WHERE tenant_id = %s AND id = %s AND version = %s"
)
MONTHS = (
    f"UPDATE kpis_valueyear SET {', '.join(f'{column} = %s' for column in MONTH_COLUMNS)}"
    " WHERE tenant_id = %s AND effect_id = %s AND series = 'plan' AND baseline_no = 0 AND year = %s"
)
YEAR = 2027


@benchmark("Changing one measure")
def changing(place: Place) -> Iterator[Pair]:
    """By the service alone, and by the API with sign-in, rights and ETag."""
    house = place.house
    actor, caller = house.actor(WHO), house.caller(WHO)
    with house.active():
        ours, theirs, sent = Measure.objects.select_related("package").order_by("id")[:3]
    numbers = count(1)
    versions = {"ours": ours.version, "theirs": theirs.version, "sent": sent.version}

    def by_service() -> None:
        with house.active():
            changed = measure_change(
                measure=ours,
                seen_version=versions["ours"],
                fields={"description": f"Note {next(numbers)}"},
                by=actor,
            )
        versions["ours"] = changed.version

    def by_api() -> None:
        response = caller.patch(
            f"measures/{sent.code}/",
            {"description": f"Note {next(numbers)}"},
            **{"If-Match": f'"{versions["sent"]}"'},
        )
        assert response.status_code == OK, response.content
        versions["sent"] += 1

    def bare() -> None:
        values = (f"Note {next(numbers)}", place.tenant_id, theirs.pk, versions["theirs"])
        place.write(RENAME, values)
        versions["theirs"] += 1

    yield Pair("service in its transaction", by_service, bare, least=30, note=BARE)
    yield Pair("API, PATCH with If-Match", by_api, bare, least=30, note=BARE)


@benchmark("Writing twelve months of one effect")
def months(place: Place) -> Iterator[Pair]:
    """All cells of one year, each with its line of history."""
    house = place.house
    actor = house.actor(WHO)
    with house.active():
        rows = Effect.objects.filter(kind=EffectKind.RECURRING)
        ours, theirs = rows.select_related("metric", "measure__package").order_by("id")[:2]
    numbers = count(1)
    seen = {"version": ours.version}

    def by_service() -> None:
        amount = next(numbers)
        cells = {f"{YEAR}-{month:02d}": str(amount + month) for month in range(1, 13)}
        with house.active():
            changed = values_write(
                effect=ours,
                series=Series.PLAN,
                cells=cells,
                seen_version=seen["version"],
                by=actor,
            )
        seen["version"] = changed.version

    def bare() -> None:
        amount = next(numbers)
        amounts = [amount + month for month in range(1, 13)]
        place.write(MONTHS, (*amounts, place.tenant_id, theirs.pk, YEAR))

    note = "The bare side is one UPDATE of the year's row, without history, version, event or sum."
    yield Pair("service in its transaction", by_service, bare, least=30, note=note)
