"""The run of the scheduled worker: what is overdue opens, climbs level by level, and ends (T17).

Silence never approves anything: nothing here votes or decides for a person.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import uuid4

from django.db import connection, transaction
from django.utils import timezone

from approvals.escalations.chain import Addressed, Chain
from approvals.escalations.choices import LevelOutcome
from approvals.escalations.models import Escalation, EscalationLevel, EscalationReceiver
from approvals.escalations.notices import LISTED, MANY, ONE
from approvals.escalations.registry import Overdue, Settled, Source, sources
from approvals.escalations.rules import Level
from approvals.escalations.timing import Timetable
from governance.audit.choices import AuditAction
from governance.audit.services import Entry, Subject, record_many
from governance.calendars.rules import local_day
from governance.notifications.services import notices_settle, notify
from governance.people.actor import Actor
from governance.tenancy.context import active_tenant_id

RUN_LOCK = 4741
# What is new beyond it waits for the next minute: an import of old plans must not hold up all.
MOST_OPENED = 1000


@dataclass(slots=True)
class Ran:
    """What a run did; `told` counts people, each once."""

    opened: int = 0
    climbed: int = 0
    ended: int = 0
    told: int = 0


@dataclass(frozen=True, slots=True)
class Telling:
    """One person is to hear of one level of one escalation."""

    row: Escalation
    level: Level
    due_on: date

    @property
    def item(self) -> dict[str, object]:
        return {
            "id": str(self.row.public_id),
            "source": self.row.source,
            "code": self.row.subject_code,
            "label": self.row.label,
            "due": self.due_on.isoformat(),
            "level": self.level.number,
            "tier": self.level.tier.value,
            "days": self.level.after_days,
        }


@dataclass(slots=True)
class Run:
    """One run of one tenant: its moment, its timetable, and what it has to write."""

    by: Actor
    now: datetime
    times: Timetable
    ran: Ran = field(default_factory=Ran)
    entries: list[Entry] = field(default_factory=list)
    levels: list[EscalationLevel] = field(default_factory=list)
    receivers: list[EscalationReceiver] = field(default_factory=list)
    tellings: dict[int, list[Telling]] = field(default_factory=dict)

    def due_on(self, row: Escalation) -> date:
        """The day it was due, in the tenant's zone."""
        return local_day(row.due_at, self.times.clock(row).zone)

    def say(self, action: AuditAction, row: Escalation, changes: dict[str, object]) -> None:
        told = {key: [None, value] for key, value in changes.items()}
        self.entries.append(Entry(action, escalation_subject(row), told))


def escalation_subject(row: Escalation) -> Subject:
    return Subject("escalation", str(row.public_id), f"{row.subject_code} {row.label}".strip())


@transaction.atomic
def escalations_run(*, by: Actor, now: datetime | None = None) -> Ran:
    """Open what fell due, climb what stayed so, end what is settled, in the active tenant.

    Safe to run twice and side by side: one run of a tenant at a time, the database keeps each level
    and each receiver once, and notices go in the same transaction. After a time without a scheduler
    only the highest level that is due is told; those below it are recorded as passed over.
    """
    run = Run(by, now or timezone.now(), Timetable())
    if not _is_alone():
        return run.ran
    for source in sources():
        _run_source(source, run)
    EscalationLevel.objects.insert_many(run.levels)
    EscalationReceiver.objects.insert_many(run.receivers)
    _tell(run)
    if run.entries:
        record_many(run.entries, by=by)
    return run.ran


def _is_alone() -> bool:
    """Whether nobody else runs the escalations of this tenant; held until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [RUN_LOCK, active_tenant_id()])
        return bool(cursor.fetchone()[0])


def _run_source(source: Source, run: Run) -> None:
    items = {item.key: item for item in source.due(run.now)}
    # Nobody else writes them: the lock of the run is enough, and thousands are locked for nothing.
    open_rows = Escalation.objects.filter(source=source.code, ended_at__isnull=True)
    standing = {row.item_key: row for row in open_rows.order_by("id")}
    _end([row for key, row in standing.items() if key not in items], source, run)
    fresh = [item for key, item in items.items() if key not in standing][:MOST_OPENED]
    rows = [row for key, row in standing.items() if key in items] + _open(fresh, source, run)
    changed = {row.pk: row for row in rows if _switch(row, items[row.item_key], run)}
    due = [(row, levels) for row in rows if (levels := run.times.due(row, run.now))]
    if due:
        chain = Chain(items[row.item_key] for row, _levels in due)
        told = _told_before(row for row, _levels in due)
        for row, levels in due:
            _climb(row, levels, Climb(source, items[row.item_key], chain, told[row.pk]), run)
            changed[row.pk] = row
    _write(changed.values())


def _open(items: Iterable[Overdue], source: Source, run: Run) -> list[Escalation]:
    rows = [_drawn(item, source, run) for item in items]
    for row in rows:
        if row.stopped_at is None:
            run.times.begin(row, run.now)
        run.say(AuditAction.ESCALATION_OPENED, row, {"due_on": run.due_on(row).isoformat()})
    Escalation.objects.insert_many(rows)
    run.ran.opened += len(rows)
    return rows


def _drawn(item: Overdue, source: Source, run: Run) -> Escalation:
    return Escalation(
        public_id=uuid4(),
        source=source.code,
        item_key=item.key,
        subject_type=item.subject_type,
        subject_id=item.subject_id,
        subject_code=item.code,
        label=item.label[:200],
        link=item.link[:200],
        place_id=item.place_id,
        owes_id=item.owes[0] if item.owes else None,
        due_at=item.due_at,
        runs_from=item.clock_from,
        calendar_number=run.times.calendar_number,
        policy_number=run.times.policy_number,
        opened_at=run.now,
        # Noticed while it is on hold: its clock has never run.
        stopped_at=item.clock_from if item.is_stopped else None,
    )


def _switch(row: Escalation, item: Overdue, run: Run) -> bool:
    """Stop the clock of what is on hold, let it run on afterwards (G10); whether it did either."""
    if item.is_stopped == (row.stopped_at is not None):
        return False
    if item.is_stopped:
        row.stopped_at, row.next_at = run.now, None
        run.say(AuditAction.ESCALATION_STOPPED, row, {})
    else:
        run.times.resume(row, run.now)
        run.say(AuditAction.ESCALATION_RESUMED, row, {})
    return True


@dataclass(frozen=True, slots=True)
class Climb:
    """What climbing needs to know of one escalation beside its row."""

    source: Source
    item: Overdue
    chain: Chain
    told: set[int]


def _climb(row: Escalation, due: Sequence[Level], climb: Climb, run: Run) -> None:
    """Reach the highest level that is due, and the next ones at once while nobody hears of it."""
    for level in due[:-1]:
        _reach(row, level, Addressed(LevelOutcome.PASSED), climb, run)
    chain = run.times.levels(row)
    for level in chain[due[-1].number - 1 :]:
        addressed = climb.chain.address(level.tier, climb.item, told=climb.told)
        _reach(row, level, addressed, climb, run)
        if not addressed.is_empty:
            break
    row.next_at = run.times.next_at(row)
    run.ran.climbed += 1


def _reach(row: Escalation, level: Level, addressed: Addressed, climb: Climb, run: Run) -> None:
    row.level = level.number
    run.levels.append(
        EscalationLevel(
            escalation_id=row.pk,
            number=level.number,
            tier=level.tier,
            after_days=level.after_days,
            outcome=addressed.outcome,
            missing=addressed.missing,
            reached_at=run.now,
        )
    )
    due_on = run.due_on(row)
    for person in addressed.people:
        climb.told.add(person.pk)
        run.receivers.append(
            EscalationReceiver(
                escalation_id=row.pk, number=level.number, member_id=person.pk, told_at=run.now
            )
        )
        run.tellings.setdefault(person.pk, []).append(Telling(row, level, due_on))
    names = ", ".join(person.name for person in addressed.people) or addressed.missing
    said = {"level": level.number, "tier": level.tier.value, "outcome": addressed.outcome.value}
    run.say(AuditAction.ESCALATION_CLIMBED, row, said | ({"told": names} if names else {}))
    if addressed.people and climb.source.reached:
        climb.source.reached(row.item_key, addressed.people, run.by)


def _end(rows: Sequence[Escalation], source: Source, run: Run) -> None:
    known = source.settled([row.item_key for row in rows]) if rows else {}
    for row in rows:
        settled = known.get(row.item_key, Settled())
        row.ended_at, row.end_reason, row.ended_by_id = run.now, settled.reason, settled.by
        row.next_at = row.stopped_at = None
        run.say(AuditAction.ESCALATION_ENDED, row, {"end_reason": settled.reason.value})
    run.ran.ended += len(rows)
    notices_settle(keys=[_key(ONE, row, n) for row in rows for n in range(1, row.level + 1)])
    _write(rows)


def _told_before(rows: Iterable[Escalation]) -> dict[int, set[int]]:
    """Who heard of each of these escalations already; one query."""
    found: dict[int, set[int]] = {row.pk: set() for row in rows}
    told = EscalationReceiver.objects.filter(escalation_id__in=list(found))
    for escalation_id, member_id in told.values_list("escalation_id", "member_id"):
        found[escalation_id].add(member_id)
    return found


MOVING = ("level", "next_at", "days_lost", "stopped_at", "ended_at", "end_reason", "ended_by")


def _write(rows: Iterable[Escalation]) -> None:
    kept = [
        (
            row.pk,
            row.level,
            row.next_at,
            row.days_lost,
            row.stopped_at,
            row.ended_at,
            row.end_reason,
            row.ended_by_id,
        )
        for row in rows
    ]
    Escalation.objects.update_records(MOVING, kept)


def _tell(run: Run) -> None:
    """One notice for each person, whatever they are told of in this run."""
    for member_id, tellings in sorted(run.tellings.items()):
        first, items = tellings[0], [telling.item for telling in tellings[:LISTED]]
        params = {
            "items": items,
            "count": len(tellings),
            "level": max(telling.level.number for telling in tellings),
            "policy": first.row.policy_number,
        }
        kind = ONE if len(tellings) == 1 else MANY
        key = _key(kind, first.row, first.level.number)
        run.ran.told += notify(kind=kind, to=[member_id], key=key, params=params, by=run.by)


def _key(kind: str, row: Escalation, number: int) -> str:
    return f"{kind}:{row.public_id}:{number}"
