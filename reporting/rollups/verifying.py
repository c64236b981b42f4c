"""Comparing every roll-up with the facts it comes from (`manage.py verify_rollups`)."""

from collections.abc import Iterator, Sequence

from governance.tenancy.models import Tenant
from governance.tree.choices import Level
from governance.tree.models import Node
from reporting.facts import fetch
from reporting.rollups import sql
from reporting.rollups.services import CHUNK, Desk, desk_of

LAMP_COLUMNS = "node_id, light, lamp, size, number"
# A row that stands on one side alone; the facts are read once.
DIFFERENCE = """
WITH facts AS MATERIALIZED ({facts}),
kept AS MATERIALIZED (
  SELECT {columns} FROM {table} WHERE tenant_id = %(tenant)s AND node_id = ANY(%(nodes)s){basis})
(SELECT 'facts', d.* FROM (SELECT * FROM facts EXCEPT ALL SELECT * FROM kept) d LIMIT 1)
UNION ALL
(SELECT 'roll-up', d.* FROM (SELECT * FROM kept EXCEPT ALL SELECT * FROM facts) d LIMIT 1)
"""


def first_difference(tenant: Tenant) -> str | None:
    """The first roll-up of the active tenant that differs from the facts, in words; None if none.

    Packages are compared with their measures, other nodes with their children. Whoever wrote
    meanwhile left a marker: ask again once those are drained.
    """
    return next(_differences(desk_of(tenant)), None)


def _differences(desk: Desk) -> Iterator[str]:
    for level in reversed(Level):
        codes = dict(Node.objects.filter(level=level).values_list("pk", "code"))
        ids = sorted(codes)
        for at in range(0, len(ids), CHUNK):
            yield from _of_nodes(desk, level, ids[at : at + CHUNK], codes)


def _of_nodes(desk: Desk, level: Level, ids: Sequence[int], codes: dict[int, str]) -> Iterator[str]:
    queries = sql.of_packages(desk.bases) if level is Level.PACKAGE else sql.of_parents()
    looked_at = [(q.part.table, q.part.names, q.select, q.basis, q.params) for q in queries]
    looked_at.append((sql.LAMP, LAMP_COLUMNS, sql.lamps(), "", {}))
    for table, columns, facts, basis, params in looked_at:
        of_basis = f" AND basis = '{basis}'" if basis else ""
        statement = DIFFERENCE.format(facts=facts, columns=columns, table=table, basis=of_basis)
        for side, node_id, *row in fetch(statement, {**desk.params, **params, "nodes": list(ids)}):
            name = codes.get(node_id, str(node_id))
            said = ", ".join("-" if value is None else str(value) for value in row)
            yield f"{name}, {table}: only in the {side}: {said}"
