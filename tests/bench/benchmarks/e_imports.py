"""Importing a file: rows a second to check and to write, beside COPY of the same rows."""

import itertools
from collections import deque
from collections.abc import Iterator

from exchange.choices import ImportState, ProfileCode
from exchange.models import Import
from exchange.services.applying import import_apply
from exchange.services.uploads import import_map, import_upload
from exchange.services.work import import_work
from governance.tree.models import Node
from tests.bench.place import Place
from tests.bench.registry import Pair, benchmark

ROWS, MONTHS, LEAST, PREPARED = 2_000, 12, 3, 10
_files = itertools.count(1)


def content(number: int, project: str) -> bytes:
    """A measure list with an effect and twelve months in each row."""
    months = ",".join(f"2026-{month:02d}" for month in range(1, MONTHS + 1))
    lines = [f"external_id,name,project,metric,{months}"]
    for row in range(ROWS):
        amounts = ",".join(f"{(row * month) % 9000}.25" for month in range(1, MONTHS + 1))
        lines.append(f"F{number}-{row},Measure {row} of file {number},{project},EBITDA,{amounts}")
    return "\n".join(lines).encode()


def worked(place: Place, run: Import) -> Import:
    import_work(place.tenant_id, str(run.public_id))
    with place.house.active():
        return Import.objects.get(pk=run.pk)


def mapped(place: Place, project: str) -> Import:
    """A file that was read, its columns named, ready to be checked."""
    by = place.house.actor("pmo")
    with place.house.active():
        run = import_upload(
            name="bench.csv",
            content=[content(next(_files), project)],
            profile=ProfileCode.MEASURES,
            by=by,
        )
    run = worked(place, run)
    with place.house.active():
        return import_map(
            run=run, mapping=run.mapping, options=run.options, seen_version=run.version, by=by
        )


def asked(place: Place, project: str) -> Import:
    """A file that was checked and waits to be written."""
    run = worked(place, mapped(place, project))
    assert run.counts["create"] == ROWS, run.counts
    with place.house.active():
        by = place.house.actor("pmo")
        return import_apply(run=run, seen_version=run.version, leaves_out_refused=False, by=by)


@benchmark(
    "Importing a file of 2,000 measures with twelve months each",
    note=(
        "A check reads each row, compares it with the tenant and stages it with its remarks. "
        "Writing creates the measure, its effect, twelve months with their history, two audit "
        "events and what the undo needs, in one transaction."
    ),
)
def importing(place: Place) -> Iterator[Pair]:
    """Prepared outside the clock: what is timed is the check alone, and the writing alone."""
    with place.house.active():
        project = Node.objects.filter(level=3).order_by("id").values_list("code", flat=True)[0]
        package = Node.objects.filter(level=4).order_by("id").values_list("id", flat=True)[0]
    to_check = deque(mapped(place, project) for _turn in range(PREPARED))

    def check() -> None:
        assert worked(place, to_check.popleft()).state == ImportState.CHECKED

    yield Pair(
        "check", check, lambda: copied_rows(place), rows=ROWS, least=LEAST, note="COPY of a text."
    )
    to_write = deque(asked(place, project) for _turn in range(PREPARED))

    def write() -> None:
        assert worked(place, to_write.popleft()).state == ImportState.APPLIED

    note = (
        "COPY of 2,000 measures, effects and year rows, as superuser without row security, "
        "triggers, foreign keys, history, events and items."
    )
    yield Pair("write", write, lambda: copied(place, package), rows=ROWS, least=LEAST, note=note)


def copied_rows(place: Place) -> None:
    """The rows of the file as texts into the staging table, and nothing understood."""
    run = _next(place, "exchange_import")
    with (
        place.unguarded.transaction(),
        place.unguarded.cursor() as cursor,
        cursor.copy(
            "COPY exchange_importrow (tenant_id, run_id, number, state, key, label, subject,"
            " draft, changes, findings, has_warning) FROM STDIN"
        ) as copy,
    ):
        for row in range(ROWS):
            draft = f'{{"name": "Measure {row}"}}'
            copy.write_row(
                (place.tenant_id, run, row, "create", f"K{row}", "", "", draft, "{}", "[]", False)
            )


def copied(place: Place, package: int) -> None:
    """The bare rows of one file by COPY, in one transaction."""
    first, effect = _next(place, "initiatives_measure"), _next(place, "kpis_effect")
    metric = place.read("SELECT id FROM kpis_metric ORDER BY id LIMIT 1")[0][0]
    # A trigger gives it to measures that the product makes; roll-ups count by it.
    stages = place.read("SELECT min(stage_model_id) FROM initiatives_measure")[0][0]
    months = ", ".join(f"m{month:02d}" for month in range(1, MONTHS + 1))
    with place.unguarded.transaction(), place.unguarded.cursor() as cursor:
        with cursor.copy(
            "COPY initiatives_measure (id, tenant_id, code, name, sort_key, description,"
            " package_id, stage_model_id, stage, overlay, value_minor, source_key, version,"
            " updated_at) FROM STDIN"
        ) as copy:
            for at in range(first, first + ROWS):
                names = (f"X{at}", f"Measure {at}", f"measure {at}", "")
                facts = ("identified", "active", 0, f"bare:{at}", 1, "now")
                copy.write_row((at, place.tenant_id, *names, package, stages, *facts))
        with cursor.copy(
            "COPY kpis_effect (id, tenant_id, public_id, version, measure_id, metric_id, name,"
            " kind, effect_class, currency, updated_at) FROM STDIN"
        ) as copy:
            for row in range(ROWS):
                uuid = f"00000000-0000-4000-8000-{effect + row:012d}"
                facts = ("", "recurring", "hard", "EUR", "now")
                copy.write_row(
                    (effect + row, place.tenant_id, uuid, 1, first + row, metric, *facts)
                )
        with cursor.copy(
            "COPY kpis_valueyear (tenant_id, effect_id, series, baseline_no, year,"
            f" {months}) FROM STDIN".encode()
        ) as copy:
            for row in range(ROWS):
                amounts = tuple(f"{(row * month) % 9000}.25" for month in range(1, MONTHS + 1))
                copy.write_row((place.tenant_id, effect + row, "plan", 0, 2026, *amounts))


def _next(place: Place, table: str) -> int:
    """Ids that nobody gets, so that the bare rows never collide with real ones."""
    sequence = "pg_get_serial_sequence(%s, 'id')"
    query = f"SELECT setval({sequence}, nextval({sequence}) + %s)"
    last = place.unguarded.execute(query.encode(), (table, table, ROWS + 1)).fetchone()
    assert last is not None
    return int(last[0]) - ROWS
