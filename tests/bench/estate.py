"""Generates a tenant's people, master data and tree; the product's services do what is small."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from governance.audit.choices import AuditAction
from governance.audit.rules import canonical
from governance.masterdata.models import BusinessUnit, Forum, Function, LegalEntity
from governance.masterdata.services import master_data_create
from governance.people.actor import Actor
from governance.people.choices import Role
from governance.people.services import Person, membership_create
from governance.permissions.services import role_grant
from governance.tree.choices import CODE_FORMATS, Level
from governance.tree.models import Node
from governance.tree.services import next_codes
from kpis.metrics.services import STARTING_METRICS, metric_create
from kpis.models import Metric
from tests.houses import House, build_house

PER_PACKAGE, FAN = 20, 10
PEOPLE_PER_ROLE = 20
LEVELS = (Level.PORTFOLIO, Level.PROGRAM, Level.PROJECT, Level.PACKAGE)
LISTS = {BusinessUnit: 12, Function: 8, LegalEntity: 5, Forum: 4}
AT = "2026-01-05T08:00:00.000000Z"

# Ids come from the sequence in the order of `g`; places in the tree in the order of a hash.
NODES = """
WITH drawn AS MATERIALIZED (
  SELECT nextval(pg_get_serial_sequence('governance_node', 'id')) AS id, g
  FROM generate_series(1, %(count)s) AS g
), placed AS (
  SELECT id, row_number() OVER (ORDER BY hashint8extended(g, %(seed)s), g) - 1 AS place FROM drawn
), parents AS (
  SELECT id, path, name, row_number() OVER (ORDER BY path) - 1 AS place FROM governance_node
  WHERE tenant_id = %(tenant)s AND level = %(level)s - 1 AND id = ANY(%(parents)s)
), made AS (
  INSERT INTO governance_node (id, tenant_id, public_id, version, level, parent_id, path, code,
    name, sort_key, description, owner_id, sponsor_id, is_default, source_key)
  SELECT n.id, %(tenant)s, md5(concat_ws('/', 'node', %(tenant)s, %(seed)s, n.id))::uuid, 1,
    %(level)s, p.id, p.path || n.id || '/',
    %(prefix)s || lpad((%(first)s + n.place)::text,
                       greatest(%(digits)s, length((%(first)s + n.place)::text)), '0'),
    named.name, lower(named.name), '',
    (%(owners)s::bigint[])[1 + n.place %% 20], (%(sponsors)s::bigint[])[1 + n.place %% 20],
    %(level)s = 4 AND n.place %% %(fan)s = 0, ''
  FROM placed n JOIN parents p ON p.place = n.place / %(fan)s
  CROSS JOIN LATERAL (SELECT CASE WHEN %(level)s = 4 AND n.place %% %(fan)s = 0 THEN p.name
    ELSE %(word)s || ' ' || (n.place + 1) END AS name) AS named
  RETURNING id, code, name, path
), told AS (
  INSERT INTO governance_auditevent (tenant_id, body)
  SELECT %(tenant)s, replace(replace(replace(%(event)s, '@key', code), '@label', name), '@id',
    md5(concat_ws('/', 'told', %(tenant)s, %(seed)s, id))::uuid::text) FROM made
)
SELECT id FROM made ORDER BY path
"""


@dataclass(frozen=True)
class Estate:
    """What measures hang on: ids in a fixed order."""

    house: House
    packages: list[int]
    owners: list[int]
    sponsors: list[int]
    controllers: list[int]
    lists: dict[str, list[int]]
    metric_id: int


def build_estate(slug: str, *, measures: int, seed: int) -> Estate:
    """A tenant with everything but its measures, in one transaction after that of its house."""
    house = build_house(slug)
    with house.active():
        by = house.system(Role.ADMINISTRATOR, Role.PMO)
        for draft in STARTING_METRICS:
            metric_create(draft=draft, by=by)
        people = {role: _people(house, role, by) for role in ("owner", "sponsor", "controller")}
        packages = _tree(house, people, measures=measures, seed=seed)
        return Estate(
            house=house,
            packages=packages,
            owners=people["owner"],
            sponsors=people["sponsor"],
            controllers=people["controller"],
            lists={model.__name__.lower(): _entries(model, by) for model in LISTS},
            metric_id=Metric.objects.get(code=house.tenant.headline_metric).pk,
        )


def _people(house: House, role: str, by: Actor) -> list[int]:
    ids = []
    for number in range(1, PEOPLE_PER_ROLE + 1):
        email = f"{role}{number}@{house.slug}.example"
        member = membership_create(person=Person(email, f"{role.title()} {number}"), by=by)
        role_grant(membership=member, role=Role(role), node=house.root, by=by)
        ids.append(int(member.pk))
    return ids


def _entries(model: Any, by: Actor) -> list[int]:
    return [
        int(master_data_create(model=model, code=f"X{n}", name=f"Entry {n}", by=by).pk)
        for n in range(1, LISTS[model] + 1)
    ]


def _tree(house: House, people: dict[str, list[int]], *, measures: int, seed: int) -> list[int]:
    """All levels below the root; the packages' ids in the order of their paths."""
    counts = [-(-measures // PER_PACKAGE)]
    for _level in LEVELS[1:]:
        counts.insert(0, -(-counts[0] // FAN))
    parents = [int(house.root.pk)]
    for level, count in zip(LEVELS, counts, strict=True):
        word = level.word
        first = int(next_codes(word, count)[0].partition("-")[2])
        prefix, digits = CODE_FORMATS[word]
        values = {
            "tenant": house.tenant.pk,
            "seed": seed * 10 + level.value,
            "level": level.value,
            "count": count,
            "parents": parents,
            # All portfolios hang on the root, however many there are.
            "fan": count if level is Level.PORTFOLIO else FAN,
            "first": first,
            "prefix": f"{prefix}-",
            "digits": digits,
            "word": str(level.label),
            "owners": people["owner"],
            "sponsors": people["sponsor"],
            "event": event_form(house, AuditAction.NODE_CREATED, word),
        }
        with connection.cursor() as cursor:
            cursor.execute(NODES, values)
            parents = [row[0] for row in cursor.fetchall()]
    return parents


def event_form(house: House, action: AuditAction, subject: str) -> str:
    """The canonical text of an event with `@id`, `@key` and `@label` still to be filled in."""
    return canonical(
        {
            "id": "@id",
            "at": AT,
            "tenant": house.tenant.pk,
            "action": action,
            "subject": {"type": subject, "key": "@key", "label": "@label"},
            "actor": {"name": "Tollgate", "email": "", "via": "system"},
            "on_behalf_of": "",
            "changes": {"name": [None, "@label"]},
            "reason": "",
            "request_id": "",
        }
    )


def shuffling(total: int, seed: int) -> tuple[int, int]:
    """A step and a shift that send 0 … total-1 onto itself, far from in order."""
    step = max(1, int(total * 0.6180339887))
    while _common(step, total) != 1:
        step += 1
    digest = hashlib.sha256(f"{seed}/{total}".encode()).digest()
    return step, int.from_bytes(digest[:4]) % total


def _common(one: int, other: int) -> int:
    while other:
        one, other = other, one % other
    return one


def analyze(owner: Any, tables: Sequence[type[Any]] = (Node,)) -> None:
    """Statistics of freshly filled tables; only their owner may gather them."""
    for table in tables:
        owner.execute(f"ANALYZE {table._meta.db_table}".encode())
