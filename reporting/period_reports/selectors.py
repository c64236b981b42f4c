"""Reading signed reports, who may sign what, and which nodes have not signed their period (R4)."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Q, QuerySet

from governance.calendars.rules import local_day
from governance.calendars.selectors import current_calendar
from governance.errors import NotVisible
from governance.people.actor import Actor
from governance.people.choices import Permission, Role
from governance.tenancy.models import Tenant
from governance.tree.models import Node
from governance.tree.selectors import node_by_code
from initiatives.rhythm.rules import ReportingPeriod
from initiatives.rhythm.selectors import Rhythms, rhythms_of
from reporting.period_reports.models import PeriodReport
from reporting.period_reports.rules import Difference, differences, sign_refusal, signable

# What these roles let people do is no business of a node (S6, S10).
NO_BUSINESS = frozenset({Role.AUDITOR, Role.ADMINISTRATOR})


@dataclass(frozen=True, slots=True)
class Signing:
    """What can be signed of a node now: its last report, and the periods that are open."""

    node: Node
    rhythms: Rhythms
    last: PeriodReport | None
    periods: Sequence[ReportingPeriod]

    def period(self, due_on: date | None) -> ReportingPeriod | None:
        """The period that is due on a day; without one, the one that waits longest."""
        if due_on is None:
            return self.periods[0] if self.periods else None
        return next((one for one in self.periods if one.due_on == due_on), None)

    @property
    def has_rhythm(self) -> bool:
        return self.rhythms.terms_at(self.node.path) is not None


def said(report: PeriodReport) -> dict[str, Any]:
    """The frozen content of a report."""
    content: dict[str, Any] = json.loads(report.body)
    return content


def reports_of(node: Node) -> QuerySet[PeriodReport]:
    """The reports of one node, without what they say."""
    rows: QuerySet[PeriodReport] = PeriodReport.objects.filter(node=node).defer("body")
    return rows.select_related("replaces", "signed_by__user")


def last_report(node: Node) -> PeriodReport | None:
    """The newest report of a node; one query."""
    rows = PeriodReport.objects.filter(node=node).select_related("replaces")
    row: PeriodReport | None = rows.order_by("-number").first()
    return row


def report_by_number(code: str, number: int, *, by: Actor) -> PeriodReport:
    """One report of a visible node; raises `NotVisible`."""
    node = node_by_code(code, by=by)
    rows = PeriodReport.objects.filter(node=node, number=number)
    row: PeriodReport | None = rows.select_related("replaces", "signed_by__user").first()
    if row is None:
        raise NotVisible
    row.node = node
    return row


def replaced_by(report: PeriodReport) -> PeriodReport | None:
    """The correction of a report, if there is one; one query."""
    row: PeriodReport | None = PeriodReport.objects.filter(replaces=report).defer("body").first()
    return row


def base_of(report: PeriodReport, number: int | None = None) -> PeriodReport | None:
    """What a report is compared with: the last one of an earlier period, or the one asked for.

    Raises `NotVisible` where the one asked for does not stand before it.
    """
    rows = PeriodReport.objects.filter(node=report.node_id, number__lt=report.number)
    wanted = Q(due_on__lt=report.due_on) if number is None else Q(number=number)
    row: PeriodReport | None = rows.filter(wanted).order_by("-number").first()
    if row is None and number is not None:
        raise NotVisible
    return row


def changes_since(content: Mapping[str, Any], base: PeriodReport | None) -> Difference:
    """What a report says otherwise than the one before; nothing without one."""
    return Difference() if base is None else differences(said(base), content)


def signing_of(node: Node, tenant: Tenant, last: PeriodReport | None) -> Signing:
    """Which periods of a node can be signed now; two queries."""
    rhythms = rhythms_of(tenant, current_calendar())
    today = local_day(rhythms.now, rhythms.zone)
    standing = rhythms.standing_at(node.path)
    open_periods = signable(standing, last.due_on if last else None, today)
    return Signing(node, rhythms, last, open_periods)


def period_of(report: PeriodReport) -> ReportingPeriod:
    """The period that a report is about, as it was when it was signed."""
    return ReportingPeriod(report.first_on, report.due_on, report.due_at, report.due_at)


def told_since(report: PeriodReport) -> datetime:
    """From when on a report tells of events."""
    return datetime.fromisoformat(said(report)["since"])


def refusal_to_sign(node: Node, by: Actor) -> str | None:
    """Why this person does not sign the reports of a node, as a code; one query."""
    if by.membership_id is None or not by.sees(node.path):
        return "forbidden"
    leads = Node.objects.filter(pk__in=node.ancestor_ids, owner=by.membership_id)
    has_business = bool(set(by.scope.roles_at(node.path)) - NO_BUSINESS)
    return sign_refusal(
        is_lead=has_business and leads.exists(),
        may_sign=by.may(Permission.REPORT_SIGN, node.path),
        is_sponsor=node.sponsor_id == by.membership_id,
        is_consultant=by.is_consultant,
    )


def report_hold(node_ids: Sequence[int]) -> str:
    """A refusal code where a report of one of these nodes was signed; one query."""
    return "node_has_reports" if PeriodReport.objects.filter(node__in=node_ids).exists() else ""
