"""Reports of programs that nobody signed in their time escalate (R3, R4, T17)."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

from django.db.models import Exists, OuterRef, Subquery
from django.utils.translation import gettext_lazy as _

from approvals.escalations.choices import EndReason, Tier
from approvals.escalations.registry import Overdue, Settled, Source
from governance.calendars.rules import local_day
from governance.calendars.selectors import current_calendar
from governance.tenancy.context import active_tenant_id
from governance.tenancy.models import Tenant
from governance.tree.choices import Level
from governance.tree.models import Node
from initiatives.choices import Overlay
from initiatives.rhythm.rules import (
    OWING_STAGES,
    ReportingPeriod,
    RhythmTerms,
    first_missed,
    is_stale,
)
from initiatives.rhythm.selectors import rhythms_of
from initiatives.rhythm.silence import silence_key
from reporting.period_reports.models import PeriodReport
from reporting.rollups.models import RollUpCount


def overdue_reports(now: datetime) -> Iterator[Overdue]:
    """Programs whose last missed period nobody signed, each with the first one since its report.

    Their lead owes it. Only where measures owe updates: a program without any has nothing to tell.
    Places below a program are left to their leads, since the program's report tells of them. One
    streak without a signature has one key, by the period that was signed last. Four queries;
    two where no period was missed.
    """
    tenant = Tenant.objects.get(pk=active_tenant_id())
    rhythms = rhythms_of(tenant, current_calendar(), now)
    missed: dict[RhythmTerms | None, list[ReportingPeriod]] = {
        terms: rhythms.missed_of(terms) for terms in {rhythms.default, *rhythms.own.values()}
    }
    if not any(missed.values()):
        return
    for node, signed_for in _reporting_programs():
        periods = missed[rhythms.terms_at(node.path)]
        created_on = local_day(node.created_at, rhythms.zone)
        stale_before = periods[-1].first_on if periods else None
        if is_stale(created_on, signed_for, stale_before):
            since = max(created_on, signed_for or created_on)
            yield _owed(node, signed_for, first_missed(periods, since))


def _reporting_programs() -> list[tuple[Node, date | None]]:
    """Programs below which measures owe updates, with the day that their last report is for."""
    owing = RollUpCount.objects.filter(
        node_id=OuterRef("pk"), overlay=Overlay.ACTIVE, stage__in=OWING_STAGES, number__gt=0
    )
    last = PeriodReport.objects.filter(node=OuterRef("pk")).order_by("-number")
    rows: Any = Node.objects.filter(Exists(owing), level=Level.PROGRAM).order_by("path")
    found = rows.annotate(signed_for=Subquery(last.values("due_on")[:1]))
    return [(node, node.signed_for) for node in found]


def _owed(node: Node, signed_for: date | None, period: ReportingPeriod) -> Overdue:
    return Overdue(
        key=silence_key(node.pk, signed_for),
        subject_type=node.known_level.word,
        subject_id=node.pk,
        code=node.code,
        label=node.name,
        link=f"period-reports/{node.code}/",
        place_id=node.pk,
        due_at=period.due_at,
        owes=() if node.owner_id is None else (node.owner_id,),
        runs_from=period.overdue_at,
    )


def settled_reports(keys: Sequence[str]) -> Mapping[str, Settled]:
    """Signed by whom, where another report came since; else no longer owed; one query."""
    asked = {key: int(key.split(":", 1)[0]) for key in keys}
    rows = PeriodReport.objects.filter(node__in=set(asked.values())).defer("body")
    newest = {row.node_id: row for row in rows.order_by("node", "-number").distinct("node")}
    return {
        key: Settled(EndReason.DONE, row.signed_by_id)
        for key, pk in asked.items()
        if (row := newest.get(pk)) is not None and silence_key(pk, row.due_on) != key
    }


SOURCES: Final = (
    Source(
        code="period_report",
        label=_("Report of the period"),
        is_finance=False,
        shipped={Tier.OWES: 0, Tier.SPONSOR: 5},
        due=overdue_reports,
        settled=settled_reports,
    ),
)
