"""Computing roll-ups: draining markers, and computing a whole tenant anew (data.md, 3.5).

One transaction drains one tenant under one lock. It takes its markers first and reads what they
point at in later statements, so that whoever commits in between has left another marker.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from django.utils import timezone

from governance.calendars.selectors import current_calendar
from governance.tenancy.context import active_tenant_id
from governance.tenancy.models import Tenant
from governance.tree.choices import Level
from governance.tree.models import Node
from kpis.figures.selectors import clock_of
from kpis.rates.choices import RateBasis
from reporting.conversion import Conversion, conversion
from reporting.light_facts import calendar_params
from reporting.rollups import sql
from reporting.rollups.models import RollUpMarker, RollUpState
from reporting.rollups.parts import PARTS
from reporting.rollups.selectors import stamp_of
from reporting.value_facts import value_params

# Markers taken at once, and nodes they may point at: many writers mark the same few, while an
# import marks a thousand and would keep everybody waiting. Of a whole tenant fewer still.
BATCH, BATCH_NODES, BULK_BATCH = 1_000, 200, 100
# Packages whose measures one set of statements reads.
CHUNK = 500
NOT_MINE = -1
LOCK = "SELECT pg_try_advisory_xact_lock(4711, hashtext(%s))"
TAKE = f"""
WITH oldest AS (
  SELECT id, node_id FROM {RollUpMarker._meta.db_table}
  WHERE tenant_id = %(tenant)s AND is_bulk = %(is_bulk)s ORDER BY id LIMIT %(most)s
), chosen AS (
  SELECT node_id FROM oldest GROUP BY node_id ORDER BY min(id) LIMIT %(nodes)s
)
DELETE FROM {RollUpMarker._meta.db_table} WHERE tenant_id = %(tenant)s AND id IN (
  SELECT id FROM oldest JOIN chosen USING (node_id))
RETURNING node_id
"""
MARK_ALL = f"""
INSERT INTO {RollUpMarker._meta.db_table} (tenant_id, node_id, is_bulk)
SELECT tenant_id, id, true FROM {Node._meta.db_table}
WHERE tenant_id = %(tenant)s AND level = {Level.PACKAGE.value} ORDER BY path
"""
LAMPS = (
    f"INSERT INTO {sql.LAMP} (tenant_id, node_id, light, lamp, size, number) "
    f"SELECT %(tenant)s, made.* FROM ({sql.lamps()}) made"
)
HEADS = (
    f"INSERT INTO {sql.HEAD} (tenant_id, node_id, computed_at) "
    "SELECT %(tenant)s, node_id, statement_timestamp() FROM unnest(%(nodes)s::bigint[]) AS node_id"
)
TABLES = (*(part.table for part in PARTS), sql.LAMP, sql.HEAD)


@dataclass(frozen=True, slots=True)
class Desk:
    """What every statement of one computation needs: day, rates, calendar."""

    tenant: Tenant
    bases: list[Conversion]
    params: dict[str, Any] = field(default_factory=dict)


def drain(tenant: Tenant, *, is_whole_first: bool = False) -> int:
    """Compute what some markers of the active tenant point at; how many there were.

    What people changed goes before a computation of the whole tenant, unless the latter is asked
    for first. -1 where another worker is on it. Runs in the caller's transaction, which must be
    READ COMMITTED: each statement sees what was committed before it began.
    """
    with connection.cursor() as cursor:
        cursor.execute(LOCK, [str(tenant.pk)])
        if not cursor.fetchone()[0]:
            return NOT_MINE
    marked = _taken(is_bulk=is_whole_first) or _taken(is_bulk=not is_whole_first)
    if marked:
        compute(desk_of(tenant), set(marked))
    return len(marked)


def _taken(*, is_bulk: bool) -> list[int]:
    """The nodes of the oldest markers, which are gone by it."""
    most, nodes = (BULK_BATCH, BULK_BATCH) if is_bulk else (BATCH, BATCH_NODES)
    facts = {"tenant": active_tenant_id(), "most": most, "nodes": nodes, "is_bulk": is_bulk}
    with connection.cursor() as cursor:
        cursor.execute(TAKE, facts)
        return [row[0] for row in cursor.fetchall()]


def desk_of(tenant: Tenant) -> Desk:
    """The day, rates and calendar of now."""
    plan, period = (conversion(basis, tenant) for basis in (RateBasis.PLAN, RateBasis.PERIOD))
    clock = clock_of(tenant)
    _clause, params = value_params([], tenant, clock, plan)
    params |= calendar_params(current_calendar()) | {"today": clock.today}
    return Desk(tenant, sql.bases_of(plan, period), params)


def recompute_all(tenant: Tenant) -> int:
    """Mark every package of the active tenant; how many. What people change goes first.

    A computation that is under way begins again: its markers are taken back.
    """
    RollUpMarker.objects.filter(is_bulk=True).delete()
    with connection.cursor() as cursor:
        cursor.execute(MARK_ALL, {"tenant": active_tenant_id()})
        total: int = cursor.rowcount
    state = _state()
    state.total, state.begun_at, state.stamp = total, timezone.now(), stamp_of(tenant)
    state.save()
    return total


def refresh(tenant: Tenant) -> bool:
    """Mark the whole tenant where another day, rate or setting holds now; whether it did."""
    if _state().stamp == stamp_of(tenant):
        return False
    recompute_all(tenant)
    return True


def _state() -> RollUpState:
    """The tenant's state, locked."""
    RollUpState.objects.get_or_create()
    found: RollUpState = RollUpState.objects.lock().get()
    return found


def compute(desk: Desk, node_ids: set[int]) -> None:
    """Compute nodes and all above them, the deepest first; rows of nodes that are gone go too."""
    paths = dict(Node.objects.filter(pk__in=node_ids).values_list("pk", "path"))
    _forget(sorted(node_ids - set(paths)))
    levels: dict[int, set[int]] = {}
    for path in paths.values():
        for level, part in enumerate(path.rstrip("/").split("/")):
            levels.setdefault(level, set()).add(int(part))
    for level in sorted(levels, reverse=True):
        ids = sorted(levels[level])
        is_leaf = level == Level.PACKAGE
        queries = sql.of_packages(desk.bases) if is_leaf else sql.of_parents()
        for at in range(0, len(ids), CHUNK):
            _fill(desk, queries, ids[at : at + CHUNK])


def _fill(desk: Desk, queries: Sequence[sql.Query], ids: Sequence[int]) -> None:
    """Replace all rows of some nodes of one level by what is so now."""
    _forget(ids)
    with connection.cursor() as cursor:
        for query in queries:
            part = query.part
            cursor.execute(
                f"INSERT INTO {part.table} (tenant_id, {part.names}) "
                f"SELECT %(tenant)s, made.* FROM ({query.select}) made",
                {**desk.params, **query.params, "nodes": list(ids)},
            )
        for statement in (LAMPS, HEADS):
            cursor.execute(statement, desk.params | {"nodes": list(ids)})


def _forget(ids: Sequence[int]) -> None:
    """Drop all rows of some nodes."""
    if not ids:
        return
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(
                f"DELETE FROM {table} WHERE tenant_id = %(tenant)s AND node_id = ANY(%(nodes)s)",
                {"tenant": active_tenant_id(), "nodes": list(ids)},
            )
