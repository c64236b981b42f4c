"""Taking an import back: one transaction, all or nothing, while nothing was built on it."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from exchange.choices import ImportState, ItemAction, ItemKind
from exchange.models import Import, ImportItem
from exchange.profiles.base import Target
from exchange.profiles.registry import profile_of
from exchange.services.apply_measures import months_in
from exchange.services.applying import import_subject, taken, wait_for_turn
from exchange.services.progress import Teller
from exchange.services.undo_kpis import undo_kpis
from exchange.services.undo_master_data import undo_master_data
from exchange.services.uploads import WAITING, locked_import
from exchange.targets.names import DAYS, LISTS, PEOPLE
from exchange.undo_checks import built_upon, versioned
from governance.audit.choices import AuditAction
from governance.audit.services import record
from governance.errors import Conflict
from governance.events.services import publish
from governance.people.actor import Actor
from governance.people.models import Membership
from governance.tree.models import Node
from governance.tree.services_bulk import nodes_delete
from initiatives.models import Measure
from initiatives.services_bulk import (
    MeasureChange,
    locked_measures,
    measures_change,
    measures_delete,
)
from initiatives.services_imports import ReportBefore, status_reports_unwrite
from kpis.choices import Source
from kpis.models import Effect
from kpis.services_bulk import CellsWrite, effects_delete, values_write_many
from kpis.totals import note_values

CHUNK = 1000
# In the order of their ids; a row that is locked like this takes no new row that refers to it.
HELD = """
    SELECT count(*) FROM (
        SELECT 1 FROM {table} t WHERE t.tenant_id = current_tenant() AND t.id IN (
            SELECT object_id FROM {items}
            WHERE tenant_id = current_tenant() AND run_id = %s AND kind = ANY(%s))
        ORDER BY t.id FOR UPDATE OF t) held
"""
# Measures of touched effects come first, as for everybody who writes values.
HELD_MEASURES = f"""
    SELECT count(*) FROM (
        SELECT 1 FROM {Measure._meta.db_table} m WHERE m.tenant_id = current_tenant() AND m.id IN (
            SELECT e.measure_id FROM {Effect._meta.db_table} e
            JOIN {ImportItem._meta.db_table} i ON i.tenant_id = e.tenant_id AND i.object_id = e.id
            WHERE e.tenant_id = current_tenant() AND i.run_id = %s AND i.kind = ANY(%s))
        ORDER BY m.id FOR NO KEY UPDATE OF m) held
"""  # noqa: S608  # our own table names


@transaction.atomic
def import_undo(*, run: Import, seen_version: int, by: Actor) -> Import:
    """Ask for the import to be taken back; a worker does it.

    Raises `Stale`, `Conflict("import_busy")`, and `Conflict("built_upon")` where somebody changed
    or used what it brought.
    """
    row = locked_import(run, seen_version, by)
    if row.state != ImportState.APPLIED:
        raise Conflict("import_busy")
    _refuse_built_upon(row)
    # From here on this person writes: with their rights, under their name.
    row.state, row.applied_by_id, row.failure = ImportState.UNDOING, by.membership_id, {}
    row.touched().save()
    Teller(row).tell(0, ImportItem.objects.filter(run=row).count())
    publish(WAITING, key=str(row.public_id), payload={"state": row.state})
    return row


@transaction.atomic
def import_take_back(*, run: Import, teller: Teller, by: Actor) -> bool:
    """Take everything back; False where somebody else is at it.

    Raises `Conflict("built_upon")` where something was built on it in between.
    """
    row = taken(run, ImportState.UNDOING)
    if row is None:
        return False
    wait_for_turn()
    _hold(row)
    _refuse_built_upon(row)
    target = profile_of(row.profile).target
    if target is Target.KPIS:
        undo_kpis(run=row, by=by)
    elif target is Target.MASTER_DATA:
        undo_master_data(run=row, by=by)
    else:
        _MeasureUndo(row, teller, by).run_all()
    ImportItem.objects.filter(run=row).delete()
    row.state, row.undone_at = ImportState.UNDONE, timezone.now()
    row.touched().save()
    record(AuditAction.IMPORT_UNDONE, subject=import_subject(row), by=by)
    publish("import.undone", key=str(row.public_id), payload={"profile": row.profile})
    return True


def _hold(run: Import) -> None:
    """Lock all that the import touched: nobody builds on it from the look at it to its end."""
    kinds = [ItemKind.EFFECT.value, ItemKind.VALUES.value]
    with connection.cursor() as cursor:
        cursor.execute(HELD_MEASURES, [run.pk, kinds])
    for model, kinds in versioned(run):
        query = HELD.format(items=ImportItem._meta.db_table, table=model._meta.db_table)
        with connection.cursor() as cursor:
            cursor.execute(query, [run.pk, kinds])


def _refuse_built_upon(run: Import) -> None:
    if built_upon(run, most=1):
        raise Conflict("built_upon")


class _MeasureUndo:
    """Takes back reports, months, effects, measures and places, in this order, in chunks."""

    def __init__(self, run: Import, teller: Teller, by: Actor) -> None:
        self.run, self.teller, self.by = run, teller, by
        self.total = ImportItem.objects.filter(run=run).count()
        self.done = 0

    def run_all(self) -> None:
        self._reports()
        self._values()
        self._effects()
        self._changed_measures()
        self._created_measures()
        self._nodes()

    def _chunks(self, kind: ItemKind, action: ItemAction) -> Iterator[list[ImportItem]]:
        items = ImportItem.objects.filter(run=self.run, kind=kind, action=action)
        last = 0
        while chunk := list(items.filter(object_id__gt=last).order_by("object_id")[:CHUNK]):
            last = chunk[-1].object_id
            yield chunk
            self.done += len(chunk)
            self.teller.tell(self.done, self.total)

    def _reports(self) -> None:
        items = ImportItem.objects.filter(run=self.run, kind=ItemKind.REPORT)
        created = list(items.filter(action=ItemAction.CREATED).values_list("object_id", flat=True))
        changed = [ReportBefore(**i.before) for i in items.filter(action=ItemAction.CHANGED)]
        if created or changed:
            status_reports_unwrite(created_ids=created, before=changed, by=self.by)
        self.done += len(created) + len(changed)

    def _values(self) -> None:
        for chunk in self._chunks(ItemKind.VALUES, ItemAction.CHANGED):
            writes = [
                CellsWrite(item.object_id, item.version, months_in(item.before)) for item in chunk
            ]
            written = values_write_many(writes=writes, by=self.by, source=Source.IMPORT)
            note_values(sorted({one.effect.measure_id for one in written}))

    def _effects(self) -> None:
        """Effects added to measures that stay; those of new measures go with them."""
        new = ImportItem.objects.filter(
            run=self.run, kind=ItemKind.MEASURE, action=ItemAction.CREATED
        )
        for chunk in self._chunks(ItemKind.EFFECT, ItemAction.CREATED):
            ids = [item.object_id for item in chunk]
            effects = Effect.objects.filter(pk__in=ids).exclude(
                measure_id__in=new.values("object_id")
            )
            pairs = dict(effects.values_list("pk", "measure_id"))
            if pairs:
                effects_delete(effect_ids=list(pairs), by=self.by)
                note_values(sorted(set(pairs.values())))

    def _changed_measures(self) -> None:
        for chunk in self._chunks(ItemKind.MEASURE, ItemAction.CHANGED):
            fields = _Former(chunk)
            changes = [
                MeasureChange(item.object_id, item.version, fields.of(item.before))
                for item in chunk
            ]
            measures_change(changes=changes, by=self.by)

    def _created_measures(self) -> None:
        for chunk in self._chunks(ItemKind.MEASURE, ItemAction.CREATED):
            rows = locked_measures([item.object_id for item in chunk])
            measures_delete(measures=list(rows.values()), by=self.by)

    def _nodes(self) -> None:
        items = ImportItem.objects.filter(run=self.run, kind=ItemKind.NODE)
        ids = list(items.values_list("object_id", flat=True))
        if ids:
            nodes_delete(nodes=list(Node.objects.filter(pk__in=ids).order_by("id")), by=self.by)


class _Former:
    """Former values of measures' fields as the measure takes them; five queries a chunk."""

    def __init__(self, items: Sequence[ImportItem]) -> None:
        wanted: dict[str, set[int]] = {}
        for item in items:
            for name, value in item.before.items():
                if value is not None and (name in PEOPLE or name in LISTS):
                    wanted.setdefault("people" if name in PEOPLE else name, set()).add(value)
        people = Membership.objects.select_related("user").in_bulk(list(wanted.get("people", ())))
        self.rows: dict[str, dict[int, Any]] = dict.fromkeys(PEOPLE, people)
        for name, model in LISTS.items():
            ids = list(wanted.get(name, ()))
            self.rows[name] = model.objects.in_bulk(ids) if ids else {}

    def of(self, before: dict[str, Any]) -> dict[str, Any]:
        """Raises `Conflict("built_upon")` where what stood there is gone."""
        return {name: self._value(name, value) for name, value in before.items()}

    def _value(self, name: str, value: Any) -> Any:
        if value is None:
            return None
        if name in DAYS:
            return date.fromisoformat(value)
        if name not in self.rows:
            return value
        if value not in self.rows[name]:
            raise Conflict("built_upon")
        return self.rows[name][value]
