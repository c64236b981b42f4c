"""Writing status reports one by one, each open while it is the newest (R4)."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from governance.audit.choices import AuditAction
from governance.errors import Conflict, Forbidden, Invalid, Refused, Stale
from governance.people.actor import Actor
from governance.people.choices import Permission
from initiatives.choices import ReportSource
from initiatives.models import Measure, StatusReport
from initiatives.rhythm.selectors import period_answered
from initiatives.rules import may_report
from initiatives.rules_reports import report_faults, tidy_report
from initiatives.selectors import hands_at, newest_day, one_of, report_refusal
from initiatives.services import measure_tell

# What a report says, each with its name in an event about many (sorted: lights come first).
FACTS = {"light": "lights", "stated": "stated", "commentary": "words"}
WORDS = ("achieved", "next_steps", "decision_needed")
FIELDS = ("reported_on", "rater", "light", "stated", *WORDS, "commentary")


@dataclass(frozen=True, slots=True)
class ReportDraft:
    """A status report to be; an empty rater is the measure's own side."""

    reported_on: date
    light: str
    rater: str = ""
    stated: str = ""
    commentary: str = ""
    achieved: str = ""
    next_steps: str = ""
    decision_needed: str = ""


@transaction.atomic
def status_report_add(*, measure: Measure, draft: ReportDraft, by: Actor) -> StatusReport:
    """Add a report to a measure; raises `Invalid` by field and `Conflict("report_taken")`.

    One of the measure's own side answers the reporting period that is open for it (R1).
    """
    by.require(Permission.TREE_VIEW, measure.path)
    row = _locked_measure(measure.pk)
    if not may_report(hands_at(row, by)):
        raise Forbidden
    by.require_write_token(Permission.MEASURE_EDIT)
    fields = _cleaned(asdict(draft))
    source = ReportSource.API if by.via == "api" else ReportSource.FORM
    period = period_answered(row, fields["reported_on"]) if not fields["rater"] else None
    report = StatusReport(
        measure=row,
        answers_on=period.due_on if period else None,
        due_at=period.due_at if period else None,
        **fields,
        **authored(source, by),
    )
    try:
        with transaction.atomic():
            report.save(force_insert=True)
    except IntegrityError as error:
        raise Conflict("report_taken") from error
    changes = {name: [None, value] for name, value in fields.items() if value != ""}
    _tell(AuditAction.STATUS_REPORT_ADDED, report, changes, by)
    return _locked(report.pk)


@transaction.atomic
def status_report_change(
    *, report: StatusReport, seen_version: int, fields: Mapping[str, Any], by: Actor
) -> StatusReport:
    """Correct a measure's newest report (R4); what stays as it is writes nothing.

    Raises `Stale`, `Forbidden("report_of_another")`, `Refused("report_frozen")`, `Invalid` by
    field and `Conflict("report_taken")`.
    """
    row = _correctable(report, seen_version, by)
    wanted = _cleaned({name: fields.get(name, getattr(row, name)) for name in FIELDS})
    pairs = {name: [getattr(row, name), value] for name, value in wanted.items()}
    changes = {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}
    if not changes:
        return row
    for name, (_before, after) in changes.items():
        setattr(row, name, after)
    if row.rater:  # somebody else's rating answers no period of the owner
        row.answers_on = row.due_at = None
    try:
        with transaction.atomic():
            row.touched().save()
    except IntegrityError as error:
        raise Conflict("report_taken") from error
    about = {} if "reported_on" in changes else {"reported_on": row.reported_on}
    _tell(AuditAction.STATUS_REPORT_CHANGED, row, about | changes, by)
    return _locked(row.pk)


@transaction.atomic
def status_report_remove(*, report: StatusReport, seen_version: int, by: Actor) -> None:
    """Remove a measure's newest report (R4); refusals as for a correction."""
    row = _correctable(report, seen_version, by)
    StatusReport.objects.filter(pk=row.pk).delete()
    values = {name: getattr(row, name) for name in FIELDS}
    changes = {name: [value, None] for name, value in values.items() if value != ""}
    _tell(AuditAction.STATUS_REPORT_REMOVED, row, changes, by)


def delete_reports(measure_ids: Sequence[int], _by: Actor) -> None:
    """Hook of an early deletion (H3): the measures' status reports go with them."""
    StatusReport.objects.filter(measure__in=list(measure_ids)).delete()


def _tell(action: AuditAction, report: StatusReport, changes: Mapping[str, Any], by: Actor) -> None:
    measure_tell(action, report.measure, changes, about={"report": report.public_id}, by=by)


def _correctable(report: StatusReport, seen_version: int, by: Actor) -> StatusReport:
    by.require(Permission.TREE_VIEW, report.measure.path)
    _locked_measure(report.measure_id)
    row = _locked(report.pk)
    reason = report_refusal(row, newest_day(row.measure), by=by)
    if reason == "report_of_another":
        raise Forbidden(reason)
    by.require_write_token(Permission.MEASURE_EDIT)
    if row.version != seen_version:
        raise Stale(seen_version, row.version)
    if reason is not None:
        raise Refused(reason)
    return row


def _locked_measure(measure_id: int) -> Measure:
    """Reports of one measure queue here, so that the newest stays the newest."""
    rows = Measure.objects.lock().select_related("package")
    row: Measure = one_of(rows, measure_id)
    return row


def _locked(report_id: int) -> StatusReport:
    rows = StatusReport.objects.lock().select_related("measure__package")
    row: StatusReport = one_of(rows, report_id)
    return row


def authored(source: ReportSource, by: Actor) -> dict[str, Any]:
    """By which door a report came, and who wrote it as a text that outlives their membership."""
    author = f"{by.name} <{by.email}>" if by.email else by.name
    return {"source": source, "author": author, "added_by_id": by.membership_id}


def _cleaned(fields: Mapping[str, Any]) -> dict[str, Any]:
    clean = tidy_report(fields)
    if errors := report_faults(clean, timezone.localdate()):
        raise Invalid(errors)
    return clean
