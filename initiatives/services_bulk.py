"""Creating, changing and taking back many measures at once, by the rules of one."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from approvals.selectors import subjects_asked_about
from governance.audit.choices import AuditAction
from governance.audit.services import Entry, record_many
from governance.errors import Conflict, Refused
from governance.people.actor import Actor
from governance.people.choices import Permission
from governance.tree.choices import Level
from governance.tree.models import Node
from initiatives.choices import Stage
from initiatives.gates.editing import measures_edited
from initiatives.gates.position import SUBJECT
from initiatives.hooks import before_measures_delete, people_change
from initiatives.milestones.selectors import acceptances_of
from initiatives.models import Measure
from initiatives.rules import Hands, delete_refusal
from initiatives.selectors import MEASURE_RELATIONS, hands_in
from initiatives.services import (
    MeasureDraft,
    measure_apply,
    measure_drawn,
    measure_subject,
)
from initiatives.stage_models.selectors import standard_version


@dataclass(frozen=True, slots=True)
class PlacedMeasure:
    """A measure to be: its package, its code, and its plan total in minor units if it has one."""

    package: Node
    code: str
    draft: MeasureDraft
    value_minor: int = 0


@dataclass(frozen=True, slots=True)
class MeasureChange:
    """New values of some fields of a measure, and the version that was seen of it."""

    measure_id: int
    seen_version: int
    fields: Mapping[str, Any]


class _HandsAt:
    """What the actor may do in each package, asked once a package."""

    def __init__(self, by: Actor) -> None:
        self.by = by
        self.known: dict[str, Hands] = {}

    def __call__(self, path: str) -> Hands:
        if path not in self.known:
            self.known[path] = hands_in(path, self.by)
        return self.known[path]


@transaction.atomic
def measures_create(*, placed: Sequence[PlacedMeasure], by: Actor) -> list[Measure]:
    """Create measures in packages; one audit event each, in the order given.

    Raises as `measure_create` does, for the first that cannot be; then none is created.
    """
    hands, model = _HandsAt(by), standard_version()
    measures, entries = [], []
    for item in placed:
        if Permission.MEASURE_CREATE not in hands(item.package.path).permissions:
            by.require(Permission.MEASURE_CREATE, item.package.path)
        if item.package.known_level is not Level.PACKAGE:
            raise Refused("wrong_parent_level")
        measure, entry = measure_drawn(
            item.package,
            item.draft,
            code=item.code,
            hands=hands(item.package.path),
            model=model,
            by=by,
        )
        measure.value_minor = item.value_minor
        measures.append(measure)
        entries.append(entry)
    Measure.objects.insert_many(measures)
    record_many(entries, by=by)
    return measures


@transaction.atomic
def measures_change(*, changes: Sequence[MeasureChange], by: Actor) -> list[Measure]:
    """Change fields of measures as they were seen; those that stay as they are write nothing.

    Raises `Conflict("changed_meanwhile")` where one has another version now, and as
    `measure_change` does; then none is changed. Answers the measures asked for, as they are now.
    """
    rows = locked_measures([change.measure_id for change in changes])
    hands = _HandsAt(by)
    accepts = acceptances_of(rows, _new_owners(changes))
    changed, entries, renamed, names = [], [], [], set()
    for change in changes:
        row = rows.get(change.measure_id)
        if row is None or row.version != change.seen_version:
            raise Conflict("changed_meanwhile")
        is_owner = by.membership_id is not None and row.owner_id == by.membership_id
        may = replace(hands(row.path), is_owner=is_owner)
        differences = measure_apply(row, change.fields, hands=may, accepts=accepts)
        if differences:
            changed.append(row.touched())
            names |= set(differences)
            renamed += [row] if "controller" in differences else []
            subject = measure_subject(row)
            entries.append(Entry(AuditAction.MEASURE_CHANGED, subject, differences))
    if renamed:
        people_change(renamed)
    _write(changed, names)
    record_many(entries, by=by)
    measures_edited([row.pk for row in changed], by=by)
    return [rows[change.measure_id] for change in changes]


def _write(rows: Sequence[Measure], names: Iterable[str]) -> None:
    """Write some fields of rows with one statement: `bulk_update` takes four times as long."""
    at = timezone.now()
    columns = [*sorted(names), "sort_key", "version"]
    fields: list[Any] = [Measure._meta.get_field(name) for name in columns]
    values = attrgetter(*(field.attname for field in fields))
    records = [[row.pk, at, *values(row)] for row in rows]
    Measure.objects.update_records(["updated_at", *columns], records)


def _new_owners(changes: Sequence[MeasureChange]) -> set[int]:
    owners = [change.fields.get("owner") for change in changes]
    return {owner.pk for owner in owners if owner is not None}


@transaction.atomic
def measures_delete(*, measures: Sequence[Measure], by: Actor) -> None:
    """Delete measures early (H3) with their effects, plans and reports; the audit trail stays.

    The rows are locked by the caller. Raises `Refused("not_identified")` for the first that has
    moved on; then none is deleted.
    """
    hands = _HandsAt(by)
    entries = []
    requested = subjects_asked_about(SUBJECT, [row.pk for row in measures])
    for row in measures:
        if Permission.MEASURE_DELETE not in hands(row.path).permissions:
            by.require(Permission.MEASURE_DELETE, row.path)
        was_requested = row.pk in requested
        if reason := delete_refusal(Stage(row.stage), was_gate_requested=was_requested):
            raise Refused(reason)
        changes = {"name": [row.name, None], "measure_package": [row.package.code, None]}
        entries.append(Entry(AuditAction.MEASURE_DELETED, measure_subject(row), changes))
    ids = [row.pk for row in measures]
    before_measures_delete(ids, by)
    Measure.objects.filter(pk__in=ids).delete()
    record_many(entries, by=by)


def locked_measures(
    ids: Iterable[int], relations: Sequence[str] = MEASURE_RELATIONS
) -> dict[int, Measure]:
    """Measures by id, locked in the order of their ids, so that two of these cannot deadlock.

    `relations` are what is read along with them.
    """
    rows = Measure.objects.lock().select_related(*relations)
    return {row.pk: row for row in rows.filter(pk__in=list(ids)).order_by("id")}


def measures_note_values(totals: Mapping[int, int]) -> None:
    """Keep the sortable copies of plan totals, in minor units, measure id to total."""
    table = Measure._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {table} m SET value_minor = v.total "  # noqa: S608  # our own table name
            "FROM unnest(%s::bigint[], %s::bigint[]) AS v (id, total) "
            "WHERE m.tenant_id = current_tenant() AND m.id = v.id AND m.value_minor <> v.total",
            [list(totals), list(totals.values())],
        )
