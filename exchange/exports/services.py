"""Asking for exports, making them in steps that may be repeated, deleting and forgetting them."""

import hashlib
import tempfile
from dataclasses import dataclass
from datetime import timedelta
from typing import IO

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import get_language

from exchange.choices import ExportFormat, ExportState, Headings
from exchange.exports.making import CONTENT_TYPES, Plan, Wanted, all_rows, chosen_by, plan_of
from exchange.models import Export, FileChunk, StoredFile
from governance.audit.choices import AuditAction
from governance.audit.services import Subject, record
from governance.errors import Forbidden, Refused
from governance.events.services import publish
from governance.people.actor import Actor
from governance.tenancy.models import Tenant
from governance.web.lists import Reader

TOPIC = "export.requested"
CHUNK = 1024 * 1024
MOST_KEPT = 50
MOST_ATTEMPTS = 3
KEPT = timedelta(days=7)
# A worker says after every batch that it is alive; the scheduler asks for those that fell silent.
SILENT = timedelta(seconds=60)
NEVER_TAKEN = timedelta(minutes=15)
IN_MEMORY = 4 * CHUNK
BATCH = 100


@dataclass(frozen=True, slots=True)
class Download:
    """A file made at once: small, and kept nowhere."""

    name: str
    content_type: str
    content: bytes


def is_small(wanted: Wanted, *, tenant: Tenant, by: Actor) -> bool:
    """Whether a list is short enough to be written while somebody waits; one query."""
    most = settings.EXPORT_ROWS_AT_ONCE
    rows = chosen_by(wanted, Reader(by, tenant)).rows.order_by().values("pk")[: most + 1]
    return bool(rows.count() <= most)


@transaction.atomic
def list_take_out(*, wanted: Wanted, tenant: Tenant, by: Actor) -> Download:
    """Write the file of a short list at once."""
    plan = plan_of(wanted, Reader(by, tenant))
    with tempfile.SpooledTemporaryFile(IN_MEMORY) as target:
        plan.write(target, all_rows(plan))
        target.seek(0)
        content = target.read()
    name = wanted.file_name(tenant.slug, timezone.localdate())
    _record(plan, name, by)
    return Download(name, CONTENT_TYPES[wanted.format], content)


@transaction.atomic
def export_request(*, wanted: Wanted, tenant: Tenant, by: Actor) -> Export:
    """Ask for a file that is kept for a week: a short list's at once, a long one's by a worker."""
    if by.membership_id is None:
        raise Forbidden
    by.require_writing()
    is_at_once = is_small(wanted, tenant=tenant, by=by)
    if Export.objects.filter(created_by=by.membership_id).count() >= MOST_KEPT:
        raise Refused("too_many_exports")
    export: Export = Export.objects.create(
        list_name=wanted.list_name,
        query=wanted.query,
        format=wanted.format,
        headings=wanted.headings,
        language=(get_language() or "en")[:5],
        created_by_id=by.membership_id,
    )
    if is_at_once:
        plan = plan_of(wanted, Reader(by, tenant))
        with tempfile.SpooledTemporaryFile(IN_MEMORY) as target:
            plan.write(target, all_rows(plan))
            _keep(export, plan, target, by)
    else:
        publish(TOPIC, key=str(export.public_id))
    return export


@transaction.atomic
def export_delete(*, export: Export, by: Actor) -> None:
    """Delete one of one's own exports; a worker that is at it finds nothing to finish."""
    if export.created_by_id != by.membership_id:
        raise Forbidden
    by.require_writing()
    locked = Export.objects.lock().filter(pk=export.pk).first()
    if locked is not None:
        _delete(locked)


# --- a worker's steps, each in a transaction of its own -----------------------------------------


def export_claim(key: str) -> Export | None:
    """Begin, or begin again, to make a file; None where nothing is to be done.

    That is: it is made, gone, or another worker gave a sign of life within the last minute. One
    that fails again and again is given up.
    """
    export: Export | None = Export.objects.lock().filter(public_id=key).first()
    if export is None or not export.is_under_way:
        return None
    is_taken = export.state == ExportState.WORKING
    if is_taken and export.beat_at > timezone.now() - SILENT:
        return None
    if export.attempt >= MOST_ATTEMPTS:
        _give_up(export, "export_broken")
        return None
    export.attempt += 1
    export.state, export.done, export.beat_at = ExportState.WORKING, 0, timezone.now()
    export.save()
    return export


def export_progress(export: Export, *, done: int, total: int) -> bool:
    """Say how far this run is; False where it lost its turn and must stop."""
    return bool(_run(export).update(done=done, row_count=total, beat_at=timezone.now()))


def export_finish(export: Export, *, plan: Plan, target: IO[bytes], by: Actor) -> bool:
    """Keep the file and say so; False where this run lost its turn."""
    locked = _run(export).select_for_update(no_key=True).first()
    if locked is None:
        return False
    _keep(locked, plan, target, by)
    return True


def export_fail(export: Export, code: str) -> None:
    """Give up for a reason that another attempt would not change."""
    locked = _run(export).select_for_update(no_key=True).first()
    if locked is not None:
        _give_up(locked, code)


def exports_resume() -> int:
    """Ask again for what a dead worker left behind and what nobody took; how many."""
    now = timezone.now()
    lost = Q(state=ExportState.WORKING, beat_at__lt=now - SILENT)
    lost |= Q(state=ExportState.WAITING, beat_at__lt=now - NEVER_TAKEN)
    found = list(Export.objects.lock().filter(lost).order_by("id")[:BATCH])
    for export in found:
        # The silent run loses its turn here, should it ever wake up.
        export.state, export.beat_at = ExportState.WAITING, now
        export.save()
        publish(TOPIC, key=str(export.public_id))
    return len(found)


def exports_forget() -> int:
    """Remove what is older than a week; how many."""
    old = Export.objects.lock().filter(created_at__lt=timezone.now() - KEPT)
    found = list(old.order_by("id")[:BATCH])
    for export in found:
        _delete(export)
    return len(found)


# --- shared -------------------------------------------------------------------------------------


def wanted_of(export: Export) -> Wanted:
    """What an export asks for."""
    return Wanted(
        export.list_name, export.query, ExportFormat(export.format), Headings(export.headings)
    )


def _run(export: Export) -> QuerySet[Export]:
    """The export as long as this very run is the one that counts."""
    rows: QuerySet[Export] = Export.objects.filter(
        pk=export.pk, attempt=export.attempt, state=ExportState.WORKING
    )
    return rows


def _keep(export: Export, plan: Plan, target: IO[bytes], by: Actor) -> None:
    name = plan.wanted.file_name(plan.reader.tenant.slug, timezone.localdate())
    digest, size = hashlib.sha256(), 0
    file = StoredFile.objects.create(
        name=name, content_type=CONTENT_TYPES[plan.wanted.format], size=0, sha256=""
    )
    target.seek(0)
    for position, piece in enumerate(iter(lambda: target.read(CHUNK), b"")):
        FileChunk.objects.create(file=file, position=position, content=piece)
        digest.update(piece)
        size += len(piece)
    file.size, file.sha256 = size, digest.hexdigest()
    file.save()
    export.file, export.state, export.finished_at = file, ExportState.DONE, timezone.now()
    export.row_count = export.done = len(plan.ids)
    export.save()
    _record(plan, name, by)


def _give_up(export: Export, code: str) -> None:
    export.state, export.failure, export.finished_at = ExportState.FAILED, code, timezone.now()
    export.save()


def _delete(export: Export) -> None:
    file_id = export.file_id
    export.delete()
    if file_id is not None:
        FileChunk.objects.filter(file=file_id).delete()
        StoredFile.objects.filter(pk=file_id).delete()


def _record(plan: Plan, name: str, by: Actor) -> None:
    """Who took which list out, and how many rows: reading, and worth knowing."""
    wanted = plan.wanted
    filters = {"filters": wanted.query} if wanted.query else {}
    record(
        AuditAction.EXPORT_MADE,
        subject=Subject("export", wanted.list_name, name),
        by=by,
        changes={"list": wanted.list_name, "format": wanted.format, "rows": len(plan.ids)}
        | filters,
    )
