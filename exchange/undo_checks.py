"""Whether anything was built on what an import brought: what stands against its undo."""

from typing import Any

from django.db import connection
from django.db.models import Model
from django.utils.translation import gettext as _

from exchange.choices import ItemKind
from exchange.models import Import, ImportItem
from governance.masterdata.models import KINDS
from governance.permissions.models import NodeGrant
from governance.tree.models import Node
from initiatives.models import Document, Measure, Milestone, StatusReport
from kpis.indicators.models import Kpi, Objective
from kpis.models import Effect, Target

ITEMS = ImportItem._meta.db_table
MOST = 20

# A thing whose version is another one now was changed by somebody; one that is gone as well.
CHANGED = """
    SELECT i.label FROM {items} i
    LEFT JOIN {table} t ON t.tenant_id = i.tenant_id AND t.id = i.object_id
    WHERE i.tenant_id = current_tenant() AND i.run_id = %s AND i.kind = ANY(%s)
      AND (t.id IS NULL OR t.version <> i.version) ORDER BY i.object_id LIMIT %s
"""
# Something that hangs on a thing the import created and is not itself of the import.
HANGS = """
    SELECT i.label FROM {items} i
    JOIN {table} t ON t.tenant_id = i.tenant_id AND t.{column} = i.object_id
    WHERE i.tenant_id = current_tenant() AND i.run_id = %s AND i.kind = %s AND i.action = 'created'
      AND NOT EXISTS (SELECT 1 FROM {items} own WHERE own.tenant_id = i.tenant_id
        AND own.run_id = i.run_id AND own.kind = %s AND own.object_id = t.id)
    ORDER BY i.object_id LIMIT %s
"""


def built_upon(run: Import, *, most: int = MOST) -> list[str]:
    """What was changed or used since the import, in words; empty where it can be undone.

    A fixed number of queries, each stopping after the first few.
    """
    found: list[str] = []
    changed, used = _("%(label)s was changed since."), _("Something was added to %(label)s since.")
    for model, kinds in versioned(run):
        query = CHANGED.format(items=ITEMS, table=model._meta.db_table)
        found += _asked(query, [run.pk, kinds, most], changed)
    for model, column, kind, own in (
        (Effect, "measure_id", ItemKind.MEASURE, ItemKind.EFFECT),
        (StatusReport, "measure_id", ItemKind.MEASURE, ItemKind.REPORT),
        (Milestone, "measure_id", ItemKind.MEASURE, None),
        (Document, "measure_id", ItemKind.MEASURE, None),
        (Measure, "package_id", ItemKind.NODE, ItemKind.MEASURE),
        (Node, "parent_id", ItemKind.NODE, ItemKind.NODE),
        (NodeGrant, "content_object_id", ItemKind.NODE, ItemKind.NODE),
        (Target, "node_id", ItemKind.NODE, None),
        (Kpi, "objective_id", ItemKind.OBJECTIVE, ItemKind.KPI),
        (Objective, "parent_id", ItemKind.OBJECTIVE, ItemKind.OBJECTIVE),
    ):
        query = HANGS.format(items=ITEMS, table=model._meta.db_table, column=column)
        # What no import brings is never an import's own.
        own_kind = own.value if own is not None else ""
        found += _asked(query, [run.pk, kind.value, own_kind, most], used)
        if len(found) >= most:
            break
    return found[:most]


def versioned(run: Import) -> list[tuple[type[Model], list[str]]]:
    """Models of which an import may have touched rows, with the kinds its items call them.

    Measures come before their effects: whoever writes values locks them in this order, too.
    """
    pairs: list[tuple[type[Model], list[str]]] = [
        (Measure, [ItemKind.MEASURE.value]),
        (Effect, [ItemKind.EFFECT.value, ItemKind.VALUES.value]),
        (StatusReport, [ItemKind.REPORT.value]),
        (Node, [ItemKind.NODE.value]),
        (Kpi, [ItemKind.KPI.value, ItemKind.KPI_VALUES.value]),
        (Objective, [ItemKind.OBJECTIVE.value]),
    ]
    if kind := run.options.get("kind", ""):
        model = KINDS.get(kind)
        if model is not None:
            pairs.append((model, [ItemKind.MASTER_DATA.value]))
    return pairs


def _asked(query: str, values: list[Any], sentence: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return [sentence % {"label": label} for (label,) in cursor.fetchall()]
