"""Comparing every roll-up with the facts it comes from (`manage.py verify_rollups`)."""

from collections.abc import Iterator

from governance.tenancy.models import Tenant
from governance.tree.choices import Level
from governance.tree.models import Node
from reporting.facts import fetch
from reporting.rollups.services import CHUNK, Desk, desk_of
from reporting.rollups.services_filling import statements
from reporting.rollups.sql import Statement

# The rows that stand on one side alone.
DIFFERENCE = """
(SELECT '{table}', '{side}', d.node_id, d::text FROM (
   SELECT {columns} FROM {these} EXCEPT ALL SELECT {columns} FROM {those}) d LIMIT 1)"""


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


def _of_nodes(desk: Desk, level: Level, ids: list[int], codes: dict[int, str]) -> Iterator[str]:
    """All tables at once: the formulas are computed once, as when they are stored."""
    for statement, some in statements(level, desk.bases, desk.params, ids):
        given = {**desk.params, **statement.params, "nodes": some}
        for table, side, node_id, row in fetch(_comparing(statement), given):
            yield f"{codes.get(node_id, node_id)}, {table}: only in the {side}: {row}"


def _comparing(statement: Statement) -> str:
    text, differences = statement.head, []
    for number, query in enumerate(statement.queries):
        text += query.sides(number)
        facts, kept = f"facts{number}", f"kept{number}"
        for side, these, those in (("facts", facts, kept), ("roll-up", kept, facts)):
            differences.append(
                DIFFERENCE.format(
                    table=query.part.table,
                    columns=query.part.columns,
                    side=side,
                    these=these,
                    those=those,
                )
            )
    return text + " UNION ALL ".join(differences)
