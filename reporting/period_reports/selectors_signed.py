"""Who has signed the current period below some places, and who has not (R3, R4); two queries."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from governance.calendars.rules import local_day
from governance.tree.models import Node
from initiatives.rhythm.rules import ReportingPeriod, RhythmTerms
from initiatives.rhythm.selectors import Rhythms
from reporting.facts import fetch, path_clause
from reporting.period_reports.models import PeriodReport
from reporting.period_reports.rules import MOST_LISTED, period_to_sign
from reporting.rhythm_sql import unsigned


@dataclass(frozen=True, slots=True)
class Unsigned:
    """A node whose current period nobody has signed, and when that was or is due."""

    node: Node
    due_on: date


@dataclass(frozen=True, slots=True)
class Signatures:
    """The last report of each program by its id, and the nodes that have not signed."""

    last: Mapping[int, PeriodReport] = field(default_factory=dict)
    unsigned: Sequence[Unsigned] = ()
    total: int = 0

    @property
    def more(self) -> int:
        return self.total - len(self.unsigned)


def signatures_below(paths: Sequence[str], programs: Sequence[int], rhythms: Rhythms) -> Signatures:
    """The last reports of some programs, and who has not signed below some paths; three queries."""
    rows = PeriodReport.objects.filter(node__in=list(programs)).defer("body")
    newest = rows.select_related("signed_by__user").order_by("node", "-number").distinct("node")
    clause, params = path_clause(paths)
    found = fetch(unsigned(clause), params | _days(rhythms) | {"most": MOST_LISTED})
    nodes = Node.objects.select_related("owner__user").in_bulk([pk for pk, _day, _n in found])
    return Signatures(
        last={row.node_id: row for row in newest},
        unsigned=[Unsigned(nodes[pk], day) for pk, day, _total in found],
        total=found[0][2] if found else 0,
    )


def current_period(rhythms: Rhythms, terms: RhythmTerms | None) -> ReportingPeriod | None:
    """Which period is to be signed by a calendar now; None before the first has begun."""
    today = local_day(rhythms.now, rhythms.zone)
    return period_to_sign(rhythms.standing_of(terms), today)


def _days(rhythms: Rhythms) -> dict[str, list[int] | list[date | None]]:
    """By each calendar in force, when the current period is due."""
    calendars = {0: rhythms.default, **rhythms.own}
    periods = {pk: current_period(rhythms, terms) for pk, terms in calendars.items()}
    return {
        "calendars": list(periods),
        "days": [one.due_on if one else None for one in periods.values()],
    }
