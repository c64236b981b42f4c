"""Writing many status reports at once for an import, and taking them back."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from governance.audit.choices import AuditAction
from governance.audit.services import Entry, Subject, record_many
from governance.errors import Conflict, Forbidden, Invalid, NotVisible
from governance.events.services import publish
from governance.people.actor import Actor
from governance.people.choices import Permission
from initiatives.choices import ReportSource
from initiatives.models import Measure, StatusReport
from initiatives.rules import may_report
from initiatives.rules_reports import batches, report_faults, report_label, tidy_report
from initiatives.selectors import hands_at
from initiatives.services import measure_subject
from initiatives.services_reports import FACTS, authored

BATCH = 2_000

# What an import says of a report.
SAID = ("reported_on", "rater", *FACTS)
Key = tuple[int, date, str]
Pairs = dict[str, list[Any]]


@dataclass(frozen=True, slots=True)
class ReportEntry:
    """A status report of a file; code and name of the measure are for messages and history."""

    measure_id: int
    measure_code: str
    measure_name: str
    reported_on: date
    rater: str
    light: str
    stated: str
    commentary: str

    @property
    def key(self) -> Key:
        return self.measure_id, self.reported_on, self.rater


@dataclass(frozen=True, slots=True)
class ReportBefore:
    """What a report said before a bulk write, and the version that the write left behind."""

    id: int
    written_version: int
    light: str
    stated: str
    commentary: str
    source: str
    author: str
    added_by_id: int | None


@dataclass(frozen=True, slots=True)
class WriteResult:
    """What a bulk write did: ids of rows created, of rows changed as they were, ids unchanged."""

    created: tuple[int, ...] = ()
    changed: tuple[ReportBefore, ...] = ()
    unchanged: tuple[int, ...] = ()


@dataclass(slots=True)
class _Diff:
    """Entries sorted by what has to happen to them."""

    new: list[StatusReport] = field(default_factory=list)
    changed: list[StatusReport] = field(default_factory=list)
    before: list[ReportBefore] = field(default_factory=list)
    unchanged: list[int] = field(default_factory=list)
    facts: dict[int, dict[str, Pairs]] = field(default_factory=dict)

    def note(self, row: StatusReport, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
        """Remember what one row's event has to say: for each fact, report to [before, after]."""
        said = self.facts.setdefault(row.measure_id, {})
        for name, plural in FACTS.items():
            pair = [before.get(name) or None, after.get(name) or None]
            if pair[0] != pair[1]:
                label = report_label(row.reported_on, row.rater)
                said.setdefault(plural, {})[label] = pair


@transaction.atomic
def status_reports_write(*, entries: Sequence[ReportEntry], by: Actor) -> WriteResult:
    """Bring many reports in, by measure, day and rater; what is there already writes nothing.

    One statement for some thousand rows, one event for each measure that changed. An import may
    also correct frozen reports: it keeps what they said for its undo. Raises `Forbidden`,
    `NotVisible`, and `Invalid` with `entries.<number>.<field>`; then nothing was written.
    """
    measures = _locked_measures({entry.measure_id for entry in entries}, by)
    clean = _clean_entries(entries)
    diff = _diff_of(clean, by)
    _insert(diff.new)
    _upsert(diff.changed)
    changed_ids = {row.measure_id for row in diff.changed}
    _tell_many(diff.facts, changed_ids, AuditAction.STATUS_REPORT_ADDED, measures, by)
    return WriteResult(tuple(row.pk for row in diff.new), tuple(diff.before), tuple(diff.unchanged))


@transaction.atomic
def status_reports_unwrite(
    *, created_ids: Sequence[int], before: Sequence[ReportBefore], by: Actor
) -> None:
    """Take a bulk write back: what it created goes, what it changed says again what it said.

    Raises `Conflict("report_changed_since")` if one of them was changed or removed meanwhile.
    """
    versions = dict.fromkeys(created_ids, 1) | {was.id: was.written_version for was in before}
    affected: set[int] = set()
    for ids in batches(versions, BATCH):
        found = StatusReport.objects.filter(pk__in=ids)
        affected.update(found.order_by().values_list("measure_id", flat=True).distinct())
    measures = _locked_measures(affected, by)
    rows = _locked_rows(versions)
    if any(pk not in rows or rows[pk].version != seen for pk, seen in versions.items()):
        raise Conflict("report_changed_since")
    diff = _Diff()
    for pk in created_ids:
        diff.note(rows[pk], _facts(rows[pk]), {})
    for was in before:
        _restore(rows[was.id], was, diff)
    for ids in batches(created_ids, BATCH):
        StatusReport.objects.filter(pk__in=ids).delete()
    _upsert(diff.changed)
    changed_ids = {row.measure_id for row in diff.changed}
    _tell_many(diff.facts, changed_ids, AuditAction.STATUS_REPORT_REMOVED, measures, by)


def _restore(row: StatusReport, was: ReportBefore, diff: _Diff) -> None:
    former = asdict(was)
    diff.note(row, _facts(row), former)
    for name in (*FACTS, "source", "author", "added_by_id"):
        setattr(row, name, former[name])
    diff.changed.append(row.touched())


def _diff_of(entries: Sequence[ReportEntry], by: Actor) -> _Diff:
    """Compare entries with what stands, some thousand at a time; rows are changed in memory."""
    diff, hand = _Diff(), authored(ReportSource.IMPORT, by)
    for chunk in batches(sorted(entries, key=lambda entry: entry.key), BATCH):
        standing = StatusReport.objects.filter(measure_id__in={e.measure_id for e in chunk})
        span = [entry.reported_on for entry in chunk]
        rows = standing.filter(reported_on__range=(min(span), max(span)))
        known = {(row.measure_id, row.reported_on, row.rater): row for row in rows}
        for entry in chunk:
            _compare(entry, known.get(entry.key), hand, diff)
    return diff


def _compare(
    entry: ReportEntry, row: StatusReport | None, hand: Mapping[str, Any], diff: _Diff
) -> None:
    facts = {name: getattr(entry, name) for name in FACTS}
    if row is None:
        made = StatusReport(
            measure_id=entry.measure_id,
            reported_on=entry.reported_on,
            rater=entry.rater,
            **facts,
            **hand,
        )
        diff.new.append(made)
        diff.note(made, {}, facts)
    elif _facts(row) == facts:
        diff.unchanged.append(row.pk)
    else:
        diff.note(row, _facts(row), facts)
        rest = {name: getattr(row, name) for name in hand}
        diff.before.append(ReportBefore(row.pk, row.version + 1, **_facts(row), **rest))
        for name, value in {**facts, **hand}.items():
            setattr(row, name, value)
        diff.changed.append(row.touched())


def _insert(rows: Sequence[StatusReport]) -> None:
    try:
        with transaction.atomic():
            StatusReport.objects.bulk_create(rows, batch_size=BATCH)
    except IntegrityError as error:
        raise Conflict("report_taken") from error


def _upsert(rows: Sequence[StatusReport]) -> None:
    """Write changed rows with one statement a batch, found by what makes them unique."""
    names = [field.attname for field in StatusReport._meta.concrete_fields if field.name != "id"]
    StatusReport.objects.bulk_create(
        [StatusReport(**{name: getattr(row, name) for name in names}) for row in rows],
        batch_size=BATCH,
        update_conflicts=True,
        unique_fields=["tenant", "measure", "reported_on", "rater"],
        update_fields=[*FACTS, "source", "author", "added_by", "version", "updated_at"],
    )


def _locked_measures(ids: Iterable[int], by: Actor) -> dict[int, Subject]:
    """Lock measures in one order and hold the right to import to each; subjects by id."""
    subjects: dict[int, Subject] = {}
    places: dict[tuple[str, bool], Measure] = {}
    by.require_anywhere(Permission.IMPORT_RUN)
    wanted = sorted(ids)
    for chunk in batches(wanted, BATCH):
        rows = Measure.objects.lock().filter(pk__in=chunk).select_related("package").order_by("pk")
        for row in rows:
            subjects[row.pk] = measure_subject(row)
            places.setdefault((row.path, row.owner_id == by.membership_id), row)
    if len(subjects) < len(wanted):
        raise NotVisible
    for row in places.values():
        by.require(Permission.IMPORT_RUN, row.path)
        if not may_report(hands_at(row, by)):
            raise Forbidden
    return subjects


def _locked_rows(ids: Iterable[int]) -> dict[int, StatusReport]:
    rows: dict[int, StatusReport] = {}
    for chunk in batches(sorted(ids), BATCH):
        found = StatusReport.objects.lock().filter(pk__in=chunk).order_by("pk")
        rows.update({row.pk: row for row in found})
    return rows


def _tell_many(
    facts: Mapping[int, Mapping[str, Pairs]],
    changed: set[int],
    otherwise: AuditAction,
    measures: Mapping[int, Subject],
    by: Actor,
) -> None:
    """One event for each measure: corrected where a standing report changed, else the other."""
    events = []
    for measure_id, said in facts.items():
        action = AuditAction.STATUS_REPORT_CHANGED if measure_id in changed else otherwise
        events.append(Entry(action, measures[measure_id], said))
    record_many(events, by=by)
    if events:
        publish("status_reports.imported", key="", payload={"measures": len(events)})


def _facts(row: StatusReport) -> dict[str, Any]:
    return {name: getattr(row, name) for name in FACTS}


def _clean_entries(entries: Sequence[ReportEntry]) -> list[ReportEntry]:
    """Entries as they will be kept; raises `Invalid` for each that cannot be."""
    clean: list[ReportEntry] = []
    errors: dict[str, Sequence[StrOrPromise]] = {}
    seen, today = set[Key](), timezone.localdate()
    for number, entry in enumerate(entries):
        row = ReportEntry(**tidy_report(asdict(entry)))
        clean.append(row)
        faults = dict(report_faults({name: getattr(row, name) for name in SAID}, today))
        if row.key in seen:
            faults["reported_on"] = [_("This rater has two status reports of that day.")]
        seen.add(row.key)
        errors |= {f"entries.{number}.{name}": texts for name, texts in faults.items()}
    if errors:
        raise Invalid(errors)
    return clean
