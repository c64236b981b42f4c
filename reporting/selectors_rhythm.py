"""Who keeps the rhythm, in a fixed number of queries (R3): by program, by owner, at the gates."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db.models import Count, Q

from approvals.choices import RequestState
from approvals.models import ApprovalRequest
from governance.calendars.rules import local_day
from governance.calendars.selectors import current_calendar
from governance.people.actor import Actor
from governance.people.choices import Permission
from governance.people.models import Membership
from governance.tenancy.models import Tenant
from governance.tree.models import Node
from governance.tree.rules import below
from initiatives.choices import GovernabilityField, Overlay
from initiatives.models import Measure
from initiatives.rhythm.rules import LOOK_BACK, ReportingPeriod, RhythmTerms, Standing, periods
from initiatives.rhythm.selectors import Rhythms, rhythms_of
from kpis.figures.facts import Clock
from kpis.figures.selectors import clock_of
from kpis.rules import MONTHS
from reporting.facts import fetch, path_clause
from reporting.period_reports.selectors_signed import Signatures, signatures_below
from reporting.rhythm_sql import bias, owed
from reporting.rules_rhythm import PERIODS_COUNTED, Aged, Bias, Kept, added, aged

# Whoever runs the rhythm at a place, and whoever reads everything there (S10).
RUNS, READS = Permission.REPORT_CORRECT, Permission.AUDIT_VIEW


@dataclass(frozen=True, slots=True)
class ProgramLine:
    """One program: its calendar, where that stands, and what its owed updates come to."""

    program: Node
    terms: RhythmTerms | None
    standing: Standing
    kept: Kept


@dataclass(frozen=True, slots=True)
class OwnerLine:
    """One owner over all programs shown."""

    owner: Membership
    kept: Kept
    bias: Bias


@dataclass(frozen=True, slots=True)
class RhythmView:
    """The page of the transformation office."""

    programs: Sequence[ProgramLine]
    owners: Sequence[OwnerLine]
    gates: Sequence[Aged]
    missing: dict[str, int] = field(default_factory=dict)
    measures: int = 0
    signatures: Signatures = field(default_factory=Signatures)

    @property
    def kept(self) -> Kept:
        """All programs together."""
        return sum((line.kept for line in self.programs), Kept())


def rhythm_paths(by: Actor) -> tuple[str, ...]:
    """Where this person runs the rhythm, else where they read everything; empty for others."""
    return by.scope.paths(RUNS) or by.scope.paths(READS)


def rhythm_view(by: Actor, tenant: Tenant) -> RhythmView:
    """Programs and owners by their rates, gates by age, what is missing, who signed; 12 queries."""
    paths = rhythm_paths(by)
    calendar, clock = current_calendar(), clock_of(tenant)
    rhythms = rhythms_of(tenant, calendar, clock.now)
    rows = _kept(paths, rhythms, clock)
    nodes = {row.pk: row for row in Node.objects.filter(pk__in={pk for pk, _o, _k in rows})}
    by_owner = added((owner, kept) for _p, owner, kept in rows)
    by_program = added((program, kept) for program, _o, kept in rows)
    lines = [
        ProgramLine(
            nodes[pk], rhythms.terms_at(nodes[pk].path), rhythms.standing_at(nodes[pk].path), kept
        )
        for pk, kept in by_program.items()
    ]
    missing = _missing(paths)
    return RhythmView(
        programs=sorted(lines, key=lambda line: line.program.code),
        owners=_owners(by_owner, _bias(paths, clock)),
        gates=_gates(paths, rhythms),
        measures=missing.pop("all"),
        missing=missing,
        signatures=signatures_below(paths, list(nodes), rhythms),
    )


def owners_waiting(by: Actor, tenant: Tenant) -> dict[int, int]:
    """Owners with updates that were due and have not come, with how many; by membership."""
    paths = rhythm_paths(by)
    clock = clock_of(tenant)
    rows = _kept(paths, rhythms_of(tenant, current_calendar(), clock.now), clock)
    found = added((owner, kept) for _p, owner, kept in rows)
    return {owner: kept.waiting for owner, kept in found.items() if kept.waiting}


def _kept(paths: Sequence[str], rhythms: Rhythms, clock: Clock) -> list[tuple[int, int, Kept]]:
    """What owed updates come to, by program and owner; one query."""
    clause, params = path_clause(paths)
    rows = fetch(
        owed(clause),
        params | _periods(rhythms) | {"zone": rhythms.zone.key, "today": clock.today},
    )
    return [(program, owner, Kept(*map(int, numbers))) for program, owner, *numbers in rows]


def _periods(rhythms: Rhythms) -> dict[str, Any]:
    """The last periods that were due by each calendar in force, as columns."""
    calendars = {0: rhythms.default, **rhythms.own}
    found: list[tuple[int, int, ReportingPeriod]] = []
    for program, terms in calendars.items():
        for place, period in enumerate(due_periods(rhythms, terms), start=1):
            found.append((program, place, period))
    stands = {pk: rhythms.standing_of(terms).stale_before for pk, terms in calendars.items()}
    return {
        "programs": [program for program, _place, _period in found],
        "place": [place for _program, place, _period in found],
        "first_on": [period.first_on for *_names, period in found],
        "due_on": [period.due_on for *_names, period in found],
        "due_at": [period.due_at for *_names, period in found],
        "own": sorted(rhythms.own),
        "calendars": list(stands),
        "stale_before": list(stands.values()),
    }


def due_periods(rhythms: Rhythms, terms: RhythmTerms | None) -> list[ReportingPeriod]:
    """The last periods that were due, the newest first."""
    if terms is None:
        return []
    today = local_day(rhythms.now, rhythms.zone)
    days = (today - LOOK_BACK, today + timedelta(days=1))
    every = periods(terms, *days, rhythms.calendar, rhythms.zone)
    return [one for one in every if one.due_at < rhythms.now][::-1][:PERIODS_COUNTED]


def _bias(paths: Sequence[str], clock: Clock) -> dict[int, Bias]:
    """Forecast bias by owner; one query."""
    clause, params = path_clause(paths)
    latest = clock.latest
    rows = fetch(
        bias(clause),
        params
        | {
            "latest": latest.year * MONTHS + latest.number - 1,
            "metric": clock.headline,
            "currency": clock.currency,
        },
    )
    return {owner: Bias(excess, size) for owner, excess, size in rows}


def _owners(kept: Any, biases: dict[int, Bias]) -> list[OwnerLine]:
    """All owners, who is late most first; one query."""
    people = Membership.objects.select_related("user").in_bulk(list({*kept, *biases}))
    lines = [
        OwnerLine(people[pk], kept.get(pk, Kept()), biases.get(pk, Bias()))
        for pk in {*kept, *biases}
    ]
    return sorted(
        lines,
        key=lambda line: (-line.kept.waiting, -line.kept.stale, line.owner.name, line.owner.pk),
    )


def _gates(paths: Sequence[str], rhythms: Rhythms) -> list[Aged]:
    """Open requests by move and by the days since they were asked; one query."""
    rows = ApprovalRequest.objects.filter(below(paths, "place__path"), state=RequestState.OPEN)
    asked: Iterable[tuple[str, Any]] = rows.values_list("transition", "requested_at")
    today = local_day(rhythms.now, rhythms.zone)
    return aged((move, (today - local_day(at, rhythms.zone)).days) for move, at in asked)


def _missing(paths: Sequence[str]) -> dict[str, int]:
    """How many live measures lack each governability field, and how many there are; one query."""
    rows = Measure.objects.filter(below(paths, "package__path"), overlay=Overlay.ACTIVE)
    counts = {
        name: Count("pk", filter=Q(**{f"{name}__isnull": True}))
        for name in GovernabilityField.values
    }
    found: dict[str, int] = rows.exclude(stage="closed").aggregate(all=Count("pk"), **counts)
    return found
