"""Applying a checked import: one transaction, exactly what the check has shown, all or nothing."""

from collections.abc import Iterator
from datetime import timedelta

from django.db import connection, transaction
from django.utils import timezone

from exchange.choices import ImportState, RowState
from exchange.drafts import KEY_SEPARATOR
from exchange.models import Import, ImportRow
from exchange.profiles.base import Target
from exchange.profiles.registry import profile_of
from exchange.services.apply_kpis import KpiWriter
from exchange.services.apply_master_data import MasterWriter
from exchange.services.apply_measures import MeasureWriter
from exchange.services.progress import Teller
from exchange.services.uploads import WAITING, locked_import
from governance.audit.choices import AuditAction
from governance.audit.services import Subject, record
from governance.errors import Conflict, Refused
from governance.events.services import publish
from governance.people.actor import Actor
from governance.tenancy.context import active_tenant_id

IMPORT_LOCK = 4721
# Another import of the tenant may take minutes; the worker waits for its turn.
TURN = timedelta(minutes=15)
CHUNK = 1000
Writer = MeasureWriter | KpiWriter | MasterWriter


@transaction.atomic
def import_apply(*, run: Import, seen_version: int, leaves_out_refused: bool, by: Actor) -> Import:
    """Ask for the import of what was checked; a worker does it.

    Raises `Stale`, `Conflict("import_busy")`, `Refused("nothing_to_import")`, and
    `Refused("rows_refused")` while rows are refused and nobody has agreed to leave them out.
    """
    row = locked_import(run, seen_version, by)
    if row.state != ImportState.CHECKED:
        raise Conflict("import_busy")
    if not row.counts.get(RowState.CREATE, 0) + row.counts.get(RowState.CHANGE, 0):
        raise Refused("nothing_to_import")
    if row.counts.get(RowState.REFUSED, 0) and not leaves_out_refused:
        raise Refused("rows_refused")
    row.state, row.applied_by_id, row.failure = ImportState.APPLYING, by.membership_id, {}
    row.touched().save()
    Teller(row).tell(0, row.total)
    publish(WAITING, key=str(row.public_id), payload={"state": row.state})
    return row


@transaction.atomic
def import_write(*, run: Import, teller: Teller, by: Actor) -> bool:
    """Write everything that the check announced; False where somebody else is at it.

    Raises `Conflict("changed_meanwhile")` where the tenant no longer is what was shown, and what
    the services of the rows raise; then nothing is written.
    """
    row = taken(run, ImportState.APPLYING)
    if row is None:
        return False
    wait_for_turn()
    total = row.counts[RowState.CREATE] + row.counts[RowState.CHANGE]
    writer = writer_of(row, teller, by)
    done = 0
    for chunk in chunks_of(row):
        writer.write(chunk)
        done += len(chunk)
        teller.tell(done, total)
    writer.finish()
    row.state, row.applied_at = ImportState.APPLIED, timezone.now()
    row.touched().save()
    counts = {state: [None, row.counts.get(state, 0)] for state in RowState.values}
    subject = import_subject(row)
    record(AuditAction.IMPORT_APPLIED, subject=subject, by=by, changes=counts)
    publish("import.applied", key=str(row.public_id), payload={"profile": row.profile})
    return True


def import_subject(run: Import) -> Subject:
    return Subject("import", str(run.public_id), run.file_name)


def writer_of(run: Import, teller: Teller, by: Actor) -> Writer:
    target = profile_of(run.profile).target
    if target is Target.KPIS:
        return KpiWriter(run, by)
    if target is Target.MASTER_DATA:
        return MasterWriter(run, by)
    return MeasureWriter(run, teller, by)


def taken(run: Import, state: ImportState) -> Import | None:
    """The import for this transaction alone; None if another worker has it or it moved on."""
    rows = Import.objects.select_for_update(no_key=True, skip_locked=True, of=("self",))
    row: Import | None = rows.filter(pk=run.pk, state=state).first()
    return row


def wait_for_turn() -> None:
    """Imports of one tenant go one after the other, so that none creates what another does."""
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL lock_timeout = '{int(TURN.total_seconds())}s'")
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [IMPORT_LOCK, active_tenant_id()])


def chunks_of(run: Import) -> Iterator[list[ImportRow]]:
    """Rows to write, in the order of their keys; rows of one thing never fall apart."""
    rows = ImportRow.objects.filter(run=run, state__in=[RowState.CREATE, RowState.CHANGE])
    waiting: list[ImportRow] = []
    for row in rows.order_by("key", "number").iterator(chunk_size=CHUNK):
        is_full = len(waiting) >= CHUNK
        if is_full and group_of(row) != group_of(waiting[-1]):
            yield waiting
            waiting = []
        waiting.append(row)
    if waiting:
        yield waiting


def group_of(row: ImportRow) -> str:
    return str(row.key).split(KEY_SEPARATOR, 1)[0]
