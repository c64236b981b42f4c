"""Replacing the rows of some nodes by what is so now: one statement for all tables of a level.

The formulas are long: to plan them takes several times as long as to run them for one package. The
connection keeps the statements prepared.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Self

from django.db import connection
from psycopg.types.json import Jsonb

from governance.tenancy.context import active_tenant_id
from governance.tree.choices import Level
from reporting.cells_sql import YEAR
from reporting.conversion import Conversion
from reporting.facts import fetch
from reporting.rollups.models import RollUpNode
from reporting.rollups.parts import ADDED, TABLES
from reporting.rollups.sql import FOREIGN, Query, Statement, of_packages, of_parents
from reporting.value_sql import EFFECT, MEASURE

# Rows of some tables, each by its node and keys.
Rows = dict[str, list[dict[str, Any]]]
HEAD = RollUpNode._meta.db_table
# Compiling costs more than it saves, and what is sorted and hashed should stay in memory. The
# planner takes a CTE for a single row and would look through another for each of its thousands:
# what belongs to a row comes LATERAL by its key, all else is hashed. Plans are kept, so they go by
# keys. Pages count for nothing: else rows to be dropped, whose places are known, are looked for
# among all of a tenant that is taken to have few.
SETTINGS = {
    "jit": "off",
    "work_mem": "'64MB'",
    "enable_nestloop": "off",
    "enable_seqscan": "off",
    "plan_cache_mode": "force_generic_plan",
    "random_page_cost": "0",
}
MANNERS = "; ".join(f"SET LOCAL {name} = {value}" for name, value in SETTINGS.items())
USUAL = "; ".join(f"SET LOCAL {name} = DEFAULT" for name in SETTINGS)
PARAMETERS = {
    "tenant": "bigint",
    "nodes": "bigint[]",
    "latest": "int",
    "zone": "text",
    "metric": "text",
    "currency": "text",
    "factors": "text",
    "today": "date",
    "working": "int[]",
    "holidays": "date[]",
    "rhythm_programs": "bigint[]",
    "rhythm_days": "date[]",
    "rhythm_day": "date",
    "programs": "bigint[]",
    "first_on": "date[]",
    "due_on": "date[]",
    "due_at": "timestamptz[]",
    "place": "int[]",
    "own": "bigint[]",
    "calendars": "bigint[]",
    "stale_before": "date[]",
    "touched": "jsonb",
    "is_told": "boolean",
}
# What is prepared already, and how large the tables are, each as a power of two. Of a small table
# any index may be read for a row, also one that has all rows of the tenant: such a plan must not
# outlive the days in which it was small. The server is asked: behind a pooler the connection may
# be another one each time.
GROWN = sorted({MEASURE, EFFECT, YEAR, *TABLES})
KNOWN = f"""
SELECT ARRAY(SELECT name FROM pg_prepared_statements), current_setting('roll_ups.sizes', true),
       (SELECT string_agg(floor(log(2, 1 + pg_relation_size(name::regclass)))::text, ' ')
        FROM unnest(ARRAY[{", ".join(map(repr, GROWN))}]) AS name)
"""
NAMED = re.compile(r"%\((\w+)\)s")
STAMP = f"""
INSERT INTO {HEAD} (tenant_id, node_id, computed_at)
SELECT %(tenant)s, node_id, statement_timestamp() FROM unnest(%(nodes)s) AS node_id
ON CONFLICT (tenant_id, node_id) DO UPDATE SET computed_at = excluded.computed_at
"""


class Filler:
    """Replaces rows of nodes level by level, by settings of its own while it is entered.

    `params` are those of every statement.
    """

    def __init__(self, bases: Sequence[Conversion], params: Mapping[str, Any]) -> None:
        self.bases, self.params = bases, params
        self.prepared: set[str] = set()

    def __enter__(self) -> Self:
        with connection.cursor() as cursor:
            cursor.execute(MANNERS)
            ((names, planned_for, sizes),) = fetch(KNOWN, {})
            if planned_for != sizes:
                cursor.execute("DISCARD PLANS")
                cursor.execute("SELECT set_config('roll_ups.sizes', %s, false)", [sizes])
        self.prepared = set(names)
        return self

    def __exit__(self, kind: type[BaseException] | None, *_error: object) -> None:
        if kind is None:
            with connection.cursor() as cursor:
                cursor.execute(USUAL)

    def fill(
        self, level: int, ids: Sequence[int], touched: Rows | None = None, *, is_told: bool = False
    ) -> Rows:
        """Bring the rows of some nodes of one level up to date.

        Above packages only those `touched`, if given. With `is_told` the answer names the rows
        that changed, each by its node and keys.
        """
        changed: Rows = {}
        if touched == {}:
            self._stamp(ids)
            return changed
        for call, given in self.calls(level, ids, touched, is_told=is_told):
            with connection.cursor() as cursor:
                cursor.execute(call, given)
                for table, row in cursor.fetchall():
                    changed.setdefault(table, []).append(json.loads(row))
        return changed

    def _stamp(self, ids: Sequence[int]) -> None:
        """Nothing has changed, but that is known as of now."""
        with connection.cursor() as cursor:
            cursor.execute(STAMP, {**self.params, "nodes": list(ids)})

    def calls(
        self, level: int, ids: Sequence[int], touched: Rows | None = None, *, is_told: bool = False
    ) -> Iterator[tuple[str, dict[str, Any]]]:
        """The prepared statements that do it, each with its parameters."""
        for statement, some in statements(level, self.bases, self.params, ids, touched):
            given = {**self.params, **statement.params, "nodes": some, "is_told": is_told}
            yield self._prepared(_filling(statement)), given

    def _prepared(self, text: str) -> str:
        """The call of a statement under a name made from its text."""
        name = f"roll_up_{hashlib.sha256(text.encode()).hexdigest()[:16]}"
        given = list(dict.fromkeys(NAMED.findall(text)))
        if name not in self.prepared:
            types = ", ".join(PARAMETERS[key] for key in given)
            numbered = NAMED.sub(lambda found: f"${given.index(found[1]) + 1}", text)
            with connection.cursor() as cursor:
                cursor.execute(f"PREPARE {name} ({types}) AS {numbered}")
            self.prepared.add(name)
        return f"EXECUTE {name} ({', '.join(f'%({key})s' for key in given)})"


def _filling(statement: Statement) -> str:
    """All tables, the hour, and then the rows that changed, as far as nodes above have such."""
    replaced = (_replaced(query, number) for number, query in enumerate(statement.queries))
    told = " UNION ALL ".join(
        f"SELECT '{query.part.table}', row_to_json(changed)::text FROM ("
        f"SELECT * FROM gone{number} UNION SELECT * FROM made{number}) changed WHERE %(is_told)s"
        for number, query in enumerate(statement.queries)
        if query.part.table in ADDED
    )
    return f"{statement.head}{''.join(replaced)}, stamped AS ({STAMP}) {told}"


def statements(
    level: int,
    bases: Sequence[Conversion],
    params: Mapping[str, Any],
    ids: Sequence[int],
    touched: Rows | None = None,
) -> Iterator[tuple[Statement, list[int]]]:
    """What says how nodes of one level are, each with the nodes of which it says it.

    Of nodes above packages only the rows `touched`, if given.
    """
    if level != Level.PACKAGE:
        statement = of_parents(None if touched is None else touched.keys())
        yield replace(statement, params={"touched": Jsonb(touched)}), list(ids)
        return
    foreign = _foreign(params, ids) if any(rates.factors for rates in bases) else set()
    for is_foreign in (False, True):
        if some := [pk for pk in ids if (pk in foreign) == is_foreign]:
            yield from ((one, some) for one in of_packages(bases, is_foreign=is_foreign))


def _foreign(params: Mapping[str, Any], ids: Sequence[int]) -> set[int]:
    return {row[0] for row in fetch(FOREIGN, {**params, "nodes": ids})}


def forget(ids: list[int]) -> None:
    """Drop all rows of some nodes."""
    if not ids:
        return
    with connection.cursor() as cursor:
        for table in (*sorted(TABLES), HEAD):
            cursor.execute(
                f"DELETE FROM {table} WHERE tenant_id = %(tenant)s AND node_id = ANY(%(nodes)s)",
                {"tenant": active_tenant_id(), "nodes": ids},
            )


def _replaced(query: Query, number: int) -> str:
    """CTEs that bring a table to what is so; all of them see what was so before.

    What stays as it was is not written: a night computes all tenants anew and changes little. Of
    rows that stand twice one stays.
    """
    part, facts, kept = query.part, f"facts{number}", f"kept{number}"
    same = " AND ".join(f"f.{key} = k.{key}" for key in ("node_id", *part.keys))
    figures = [name for name, _rule in part.figures]
    left, right = (", ".join(f"{side}.{name}" for name in figures) for side in "fk")
    differ = f"ROW({left}) IS DISTINCT FROM ROW({right})"
    return f"""{query.sides(number)},
gone{number} AS (
  DELETE FROM {part.table} WHERE ctid = ANY(ARRAY(
    SELECT k.place FROM {kept} k LEFT JOIN {facts} f ON {same} AND k.copy = 1
    WHERE f.node_id IS NULL OR {differ})) RETURNING {part.told_apart}),
made{number} AS (
  INSERT INTO {part.table} (tenant_id, {part.columns})
  SELECT %(tenant)s, f.* FROM {facts} f LEFT JOIN {kept} k ON {same} AND k.copy = 1
  WHERE k.node_id IS NULL OR {differ} RETURNING {part.told_apart})"""
