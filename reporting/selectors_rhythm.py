"""Who keeps the rhythm, in a fixed number of queries (R3): by program, by owner, at the gates."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
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
from governance.tree.choices import Level
from governance.tree.models import Node
from governance.tree.rules import below
from initiatives.choices import GovernabilityField, Overlay
from initiatives.models import Measure
from initiatives.rhythm.rules import RhythmTerms, Standing
from initiatives.rhythm.selectors import Rhythms, program_of, rhythms_of
from kpis.figures.facts import Clock
from kpis.figures.selectors import clock_of
from kpis.rules import MONTHS
from reporting.conversion import Conversion
from reporting.facts import fetch, path_clause
from reporting.period_reports.selectors_signed import Signatures, signatures_below
from reporting.rhythm_periods import owed_params
from reporting.rhythm_sql import BY_OWNER, OWNERS_OF_PROGRAMS
from reporting.rollups.reading import ids_of
from reporting.rollups.selectors import computed_at, is_settled
from reporting.rollups.selectors_rhythm import kept_by_node, kept_lacks, kept_owners
from reporting.rules_rhythm import Aged, Bias, Kept, added, aged
from reporting.value_sql import head

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
    computed_at: datetime | None = None
    # Whether nothing that was changed is still on its way.
    is_current: bool = True

    @property
    def kept(self) -> Kept:
        """All programs together."""
        return sum((line.kept for line in self.programs), Kept())


@dataclass(frozen=True, slots=True)
class RhythmFacts:
    """Owed updates by program, with the bias by owner, and what live measures lack."""

    programs: Mapping[int, Kept]
    owners: Mapping[int, tuple[Kept, Bias]]
    missing: dict[str, int]
    measures: int


def rhythm_paths(by: Actor) -> tuple[str, ...]:
    """Where this person runs the rhythm, else where they read everything; empty for others."""
    return by.scope.paths(RUNS) or by.scope.paths(READS)


def rhythm_view(by: Actor, tenant: Tenant) -> RhythmView:
    """Programs and owners by their rates, gates by age, what is missing, who signed.

    In a fixed number of queries. Whole places are read from stored roll-ups; one that no worker
    has computed yet is read live.
    """
    paths = rhythm_paths(by)
    calendar, clock = current_calendar(), clock_of(tenant)
    rhythms = rhythms_of(tenant, calendar, clock.now)
    at = computed_at(ids_of(paths))
    facts = live_facts(paths, rhythms, clock) if at is None else stored_facts(paths)
    nodes = Node.objects.in_bulk(list(facts.programs))
    lines = [
        ProgramLine(
            nodes[pk], rhythms.terms_at(nodes[pk].path), rhythms.standing_at(nodes[pk].path), kept
        )
        for pk, kept in facts.programs.items()
        if pk in nodes
    ]
    return RhythmView(
        programs=sorted(lines, key=lambda line: line.program.code),
        owners=_owners(facts.owners),
        gates=_gates(paths, rhythms),
        measures=facts.measures,
        missing=facts.missing,
        signatures=signatures_below(paths, list(nodes), rhythms),
        computed_at=at or rhythms.now,
        is_current=at is None or is_settled(),
    )


def owners_waiting(by: Actor, tenant: Tenant, people: Sequence[int]) -> dict[int, int]:
    """Who of some owners has updates that were due and have not come, with how many.

    By membership, and as it is this moment: nobody is reminded of what came a second ago.
    """
    clock = clock_of(tenant)
    rhythms = rhythms_of(tenant, current_calendar(), clock.now)
    _programs, owners = _read(rhythm_paths(by), rhythms, clock, people)
    return {owner: kept.waiting for owner, (kept, _bias) in owners.items() if kept.waiting}


def stored_facts(paths: Sequence[str]) -> RhythmFacts:
    """From stored roll-ups; five queries.

    Whoever runs a part of a program is told of that part under the program's name.
    """
    whole = Node.objects.filter(below(paths), level=Level.PROGRAM).values_list("pk", flat=True)
    of_program, ids = {pk: pk for pk in whole}, ids_of(paths)
    for path, node_id in zip(paths, ids, strict=True):
        if program := program_of(path):
            of_program[node_id] = program
    programs = added((of_program[pk], kept) for pk, kept in kept_by_node([*of_program]).items())
    missing, measures = kept_lacks(ids)
    return RhythmFacts(programs, kept_owners(ids), missing, measures)


def live_facts(paths: Sequence[str], rhythms: Rhythms, clock: Clock) -> RhythmFacts:
    """From the facts themselves; two queries."""
    programs, owners = _read(paths, rhythms, clock)
    missing = _missing(paths)
    return RhythmFacts(programs, owners, missing, missing.pop("all"))


def _read(
    paths: Sequence[str], rhythms: Rhythms, clock: Clock, people: Sequence[int] | None = None
) -> tuple[Mapping[int, Kept], dict[int, tuple[Kept, Bias]]]:
    """What owed updates come to by program, and with the bias by owner; one query.

    Of all owners or of some alone.
    """
    clause, params = path_clause(paths)
    if people is not None:
        clause = f"({clause}) AND m.owner_id = ANY(%(people)s)"
        params |= {"people": list(people)}
    latest = clock.latest
    params |= owed_params(rhythms) | {
        "zone": rhythms.zone.key,
        "today": clock.today,
        "latest": latest.year * MONTHS + latest.number - 1,
        "metric": clock.headline,
        "currency": clock.currency,
    }
    sql = head(clause, Conversion(clock.currency)) + BY_OWNER + OWNERS_OF_PROGRAMS
    programs: list[tuple[int, Kept]] = []
    owners: dict[int, tuple[Kept, Bias]] = {}
    for program, owner, *numbers, excess, size in fetch(sql, params):
        kept, bias = Kept(*map(int, numbers)), Bias(excess, size)
        if kept.measures:
            programs.append((program, kept))
        before, bias_before = owners.get(owner, (Kept(), Bias()))
        owners[owner] = before + kept, bias_before + bias
    return added(programs), owners


def _owners(found: Mapping[int, tuple[Kept, Bias]]) -> list[OwnerLine]:
    """All owners, who is late most first; one query."""
    people = Membership.objects.select_related("user").in_bulk(list(found))
    lines = [OwnerLine(people[pk], *said) for pk, said in found.items() if pk in people]
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
