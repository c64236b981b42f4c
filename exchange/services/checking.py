"""Checking the rows of a file in short batches: nothing reaches the tenant, all is staged."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from exchange.choices import ImportState, RowState
from exchange.cost_savings.reader import read_records
from exchange.drafts import MeasureRow, to_data
from exchange.findings import error
from exchange.models import Import, ImportRow
from exchange.profiles.base import Profile, Settings
from exchange.profiles.cost_savings import drafts_of
from exchange.profiles.registry import profile_of
from exchange.profiles.source import SourceRow
from exchange.selectors import file_content, labels_in_file, row_counts
from exchange.services.progress import progress_note
from exchange.services.reading import chunks, reading_failed, reading_of, table_of
from exchange.targets.choosing import target_of
from exchange.targets.judging import Judged
from governance.errors import Invalid
from governance.people.actor import Actor
from governance.tenancy.context import tenant_transaction
from governance.tenancy.models import Tenant

BATCH = 1000
SCAN = "import"


@dataclass(frozen=True, slots=True)
class Job:
    """An import to check: itself, its profile, its settings and its file."""

    run: Import
    profile: Profile
    settings: Settings
    content: bytes


def import_check(*, run: Import, by: Actor) -> None:
    """Stage every row with what it would do; ends in `checked`, or `failed` if unreadable.

    Each batch is a transaction of its own that goes on only where the last one ended, so that a
    killed worker's successor neither repeats nor leaves out a row, and two at once cannot both.
    """
    job = _job(run, by)
    if job is None:
        return
    try:
        for batch in chunks(judged_rows(job), BATCH):
            if not _stage(job, batch, by):
                return
    except Invalid as fault:
        reading_failed(run=run, error=fault, by=by)
        return
    _finish(run, by)


def _job(run: Import, by: Actor) -> Job | None:
    with tenant_transaction(by.tenant_id):
        row = Import.objects.select_related("file").filter(pk=run.pk).first()
        if row is None or row.state != ImportState.CHECKING or row.file is None:
            return None
        if row.staged == 0:
            ImportRow.objects.filter(run=row).delete()
        return Job(row, profile_of(row.profile), settings_of(row), file_content(row.file))


def settings_of(run: Import) -> Settings:
    """Options of the import, and the tenant's facts they lean on."""
    tenant = Tenant.objects.get(pk=run.tenant_id)
    return Settings(
        options=run.options,
        currency=tenant.currency,
        headline_metric=tenant.headline_metric,
        fiscal_year_start=tenant.fiscal_year_start,
    )


def judged_rows(job: Job) -> Iterator[Judged]:
    """Rows of the file read by the profile, not compared yet. Raises `UnreadableFile`."""
    if job.profile.is_fixed:
        records = read_records(job.content, name=job.run.file_name)
        for number, record, findings in drafts_of(records, job.settings.option("portfolio")):
            yield Judged(number, record, findings)
        return
    reading = reading_of(job.run)
    index = reading.index
    for row in table_of(job.run, job.content).rows:
        source = SourceRow(row, reading, index)
        draft = job.profile.draft(source, job.settings)
        yield Judged(row.number, draft, source.findings)


def _stage(job: Job, batch: Sequence[Judged], by: Actor) -> bool:
    """Compare and keep one batch; False when this import is no longer ours to check."""
    with tenant_transaction(by.tenant_id):
        run = Import.objects.lock().get(pk=job.run.pk)
        if run.state != ImportState.CHECKING or run.version != job.run.version:
            return False
        last = _last_number(run)
        fresh = [row for row in batch if row.number > last]
        if fresh:
            target = target_of(job.profile, run, by)
            groups = {row.draft.group for row in fresh if isinstance(row.draft, MeasureRow)}
            target.judge(fresh, in_file=labels_in_file(run, sorted(groups)))
            ImportRow.objects.insert_many([_row(run, one) for one in fresh])
            run.staged += len(fresh)
            run.save(update_fields=["staged"])
            progress_note(run=run, done=run.staged, total=max(run.total, run.staged))
    return True


def _last_number(run: Import) -> int:
    last = ImportRow.objects.filter(run=run).order_by("-number").values_list("number", flat=True)
    return last.first() or 0


def _row(run: Import, one: Judged) -> ImportRow:
    return ImportRow(
        run=run,
        number=one.number,
        state=one.state,
        key=one.key,
        label=one.label,
        subject=one.subject,
        draft=to_data(one.draft) if one.draft else {},
        changes=one.changes,
        findings=[finding.to_data() for finding in one.findings],
        has_warning=any(not finding.is_error for finding in one.findings),
    )


def _finish(run: Import, by: Actor) -> None:
    """Refuse rows that repeat an earlier one, count, and show the result."""
    with tenant_transaction(by.tenant_id):
        row = Import.objects.lock().get(pk=run.pk)
        if row.state != ImportState.CHECKING or row.version != run.version:
            return
        _refuse_repeated(row)
        row.counts, row.state = row_counts(row), ImportState.CHECKED
        row.total = row.staged
        row.touched().save()


def _refuse_repeated(run: Import) -> None:
    table = ImportRow._meta.db_table
    states = [RowState.CREATE.value, RowState.CHANGE.value, RowState.UNCHANGED.value]
    finding: dict[str, Any] = error("repeated", number="%").to_data()
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {table} r SET state = %s, changes = '{{}}', findings = findings ||"  # noqa: S608  # our own table name
            " jsonb_build_array(jsonb_build_object('code', %s::text, 'severity', %s::text,"
            " 'column', '', 'params', jsonb_build_object('number', d.first::text)))"
            " FROM (SELECT id, number, first_value(number) OVER (PARTITION BY key ORDER BY number)"
            f" AS first FROM {table} WHERE tenant_id = current_tenant() AND run_id = %s"
            " AND key <> '' AND state = ANY(%s)) d"
            " WHERE r.tenant_id = current_tenant() AND r.id = d.id AND d.first <> d.number",
            [RowState.REFUSED, finding["code"], finding["severity"], run.pk, states],
        )
