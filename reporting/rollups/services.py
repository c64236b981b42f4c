"""Computing roll-ups: draining markers, and computing a whole tenant anew (data.md, 3.5).

One transaction drains one tenant under one lock. It takes its markers first and reads what they
point at in later statements, so that whoever commits in between has left another marker.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import islice, pairwise
from typing import Any

from django.db import connection
from django.utils import timezone

from governance.calendars.selectors import current_calendar
from governance.tenancy.context import active_tenant_id
from governance.tenancy.models import Tenant
from governance.tree.models import Node
from initiatives.rhythm.selectors import rhythms_of
from kpis.figures.selectors import clock_of
from reporting.conversion import Conversion, conversion
from reporting.facts import fetch
from reporting.light_facts import light_rules
from reporting.rhythm_periods import owed_params
from reporting.rollups.models import RollUpMarker, RollUpNode, RollUpState
from reporting.rollups.selectors import kept_bases, stamp_of
from reporting.rollups.services_filling import Filler, Rows, forget
from reporting.value_facts import value_params

# Markers taken at once, and nodes they may point at: many writers mark the same few, and an import
# marks thousands, each several times, and would keep everybody waiting. Of a whole tenant as many
# as are computed in a moment.
BATCH, BATCH_NODES, BULK_BATCH, BULK_SECONDS = 20_000, 200, 250, 0.25
# Nodes that one statement reads.
CHUNK = 500
NOT_MINE = -1
LOCK = "SELECT pg_try_advisory_xact_lock(4711, hashtext(%s))"
OLDEST = f"""
SELECT id, node_id FROM {RollUpMarker._meta.db_table}
WHERE tenant_id = %(tenant)s AND is_bulk = %(is_bulk)s ORDER BY id LIMIT %(most)s
"""
TAKE = f"""
DELETE FROM {RollUpMarker._meta.db_table} WHERE tenant_id = %(tenant)s AND id = ANY(%(ids)s)
"""
MARK_ALL = f"""
INSERT INTO {RollUpMarker._meta.db_table} (tenant_id, node_id, is_bulk)
SELECT tenant_id, id, true FROM {Node._meta.db_table}
WHERE tenant_id = %(tenant)s ORDER BY level DESC, path
"""


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
    for is_bulk in (is_whole_first, not is_whole_first):
        if marked := _taken(is_bulk=is_bulk):
            desk = desk_of(tenant)
            return _whole(desk, marked) if is_bulk else _changed(desk, marked)
    return 0


def _changed(desk: Desk, marked: list[int]) -> int:
    compute(desk, set(marked))
    return len(marked)


def _whole(desk: Desk, marked: list[int]) -> int:
    """Some nodes of a tenant of which all are marked, those above after those below."""
    done, until = 0, time.monotonic() + BULK_SECONDS
    while marked:
        compute(desk, set(marked), with_above=False)
        done += len(marked)
        marked = _taken(is_bulk=True) if time.monotonic() < until else []
    return done


def _taken(*, is_bulk: bool) -> list[int]:
    """The nodes of the oldest markers, which are gone by it.

    The markers are chosen here: joined to themselves in a statement they were looked through once
    for each, for there is never a right statistic of a table that fills and empties all the time.
    """
    most, nodes = (BULK_BATCH, BULK_BATCH) if is_bulk else (BATCH, BATCH_NODES)
    tenant = {"tenant": active_tenant_id()}
    oldest = fetch(OLDEST, tenant | {"most": most, "is_bulk": is_bulk})
    chosen = set(islice(dict.fromkeys(node_id for _pk, node_id in oldest), nodes))
    taken = {pk: node_id for pk, node_id in oldest if node_id in chosen}
    if taken:
        with connection.cursor() as cursor:
            cursor.execute(TAKE, tenant | {"ids": list(taken)})
    return list(taken.values())


def desk_of(tenant: Tenant) -> Desk:
    """The day, rates and calendar of now."""
    bases = [conversion(basis, tenant) for basis in kept_bases()]
    clock = clock_of(tenant)
    _clause, params = value_params([], tenant, clock, bases[0])
    calendar = current_calendar()
    rhythms = rhythms_of(tenant, calendar, clock.now)
    params |= light_rules(calendar, rhythms, clock) | owed_params(rhythms)
    return Desk(tenant, bases, params)


def recompute_all(tenant: Tenant) -> int:
    """Mark every node of the active tenant, the deepest first; how many.

    What people change goes before. A computation under way begins again: its markers are taken
    back.
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


def compute(desk: Desk, node_ids: set[int], *, with_above: bool = True) -> None:
    """Compute nodes and all above them, the deepest first; rows of nodes that are gone go too.

    What lies above is the sum of its children, so that only those rows are added up again of which
    something has changed below.
    """
    paths = dict(Node.objects.filter(pk__in=node_ids).values_list("pk", "path"))
    forget(sorted(node_ids - set(paths)))
    levels: dict[int, set[int]] = {}
    parents: dict[int, int] = {}
    for path in paths.values():
        way = [int(part) for part in path.rstrip("/").split("/")]
        parents |= pairwise(reversed(way))
        for level, node_id in list(enumerate(way))[0 if with_above else -1 :]:
            levels.setdefault(level, set()).add(node_id)
    met = _met(set().union(*levels.values()) - node_ids)
    with Filler(desk.bases, desk.params) as filler:
        changed: Rows = {}
        for level in sorted(levels, reverse=True):
            touched, changed = raised(changed, parents), {}
            for ids, some in ((levels[level] - met, None), (levels[level] & met, touched)):
                ordered = sorted(ids)
                for at in range(0, len(ordered), CHUNK):
                    part = ordered[at : at + CHUNK]
                    for table, rows in filler.fill(level, part, some, is_told=with_above).items():
                        changed.setdefault(table, []).extend(rows)


def raised(changed: Rows, parents: Mapping[int, int]) -> Rows:
    """The rows above those that changed, by the parent of each node."""
    return {
        table: [row | {"node_id": parents[row["node_id"]]} for row in rows]
        for table, rows in changed.items()
    }


def _met(ids: set[int]) -> set[int]:
    """Those that were computed before; of others all tables are."""
    return set(RollUpNode.objects.filter(node_id__in=ids).values_list("node_id", flat=True))
