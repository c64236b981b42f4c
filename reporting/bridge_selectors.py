"""Bridges as people ask for them: two days, a horizon, and the events behind one step (F8)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from django.utils.translation import gettext as _

from governance.calendars.rules import local_day
from governance.calendars.selectors import today_of, zone_of
from governance.errors import Invalid
from governance.people.actor import Actor
from governance.tenancy.models import Tenant
from governance.tree.models import Node
from governance.tree.selectors import node_by_code
from governance.web.cursors import sealed, unsealed
from governance.web.pages import DEFAULT_LIMIT, MAX_LIMIT, BadCursor
from kpis.figures.bridge import Bridge, Move
from kpis.figures.choices import Step
from kpis.rates.choices import RateBasis
from kpis.rules import FIRST_YEAR, LAST_YEAR, Month, months_of_fiscal_year
from reporting.bridge_facts import Window, bridge_of
from reporting.period_reports.models import PeriodReport
from reporting.period_reports.selectors import reports_of

DEFAULT_DAYS = 30


@dataclass(frozen=True, slots=True)
class Span:
    """What a bridge is asked for; each day counts up to its end, no year means all of them.

    With a report it begins at the moment when that was signed, on the first day.
    """

    first: date
    last: date
    year: int | None = None
    basis: RateBasis = RateBasis.PLAN
    report: PeriodReport | None = None


@dataclass(frozen=True, slots=True)
class MovePage:
    """Some of the events behind a step, and the cursor of the next ones."""

    rows: Sequence[Move]
    total: int
    next: str | None


def default_span(tenant: Tenant) -> Span:
    """The last thirty days, all years."""
    today = today_of(tenant)
    return Span(today - timedelta(days=DEFAULT_DAYS), today)


def since_report(span: Span, report: PeriodReport, tenant: Tenant) -> Span:
    """The span from the moment when a report of the place was signed."""
    signed_on = local_day(report.signed_at, zone_of(tenant))
    return replace(span, first=signed_on, report=report)


def signed_of(node: Node) -> PeriodReport | None:
    """The report of a node that was signed last; one query."""
    return reports_of(node).order_by("-number").first()


def bridge_by_code(
    code: str, span: Span, *, tenant: Tenant, by: Actor, each: bool = False
) -> tuple[Node, Bridge]:
    """The bridge of a visible node, or of the tenant by its slug; with `each` every single save.

    Raises `NotVisible`, and `Invalid` by `from` or `to` for a span that cannot be told.
    """
    node = node_by_code(code, by=by)
    return node, bridge_of([node.path], window_of(span, tenant), tenant, span.basis, each=each)


def window_of(span: Span, tenant: Tenant) -> Window:
    """The moments and months of a span, in the tenant's time zone; raises `Invalid`."""
    if not date(FIRST_YEAR, 1, 1) <= span.first < date(LAST_YEAR, 12, 31):
        limits = {"first": FIRST_YEAR, "last": LAST_YEAR}
        raise Invalid({"from": [_("A day between %(first)s and %(last)s.") % limits]})
    if not span.first <= span.last < date(LAST_YEAR, 12, 31):
        raise Invalid({"to": [_("The last day does not come before the first.")]})
    months = [Month(FIRST_YEAR, 1), Month(LAST_YEAR, 12)]
    if span.year is not None:
        months = months_of_fiscal_year(span.year, tenant.fiscal_year_start)
    return Window(
        start=span.report.signed_at if span.report else _end_of(span.first, tenant),
        end=_end_of(span.last, tenant),
        first=months[0].first_day,
        last=months[-1].plus(1).first_day,
    )


def moves_of(bridge: Bridge, step: Step, *, cursor: str = "", limit: int = 0) -> MovePage:
    """The events behind one step, oldest first, a page at a time; raises `BadCursor`."""
    moves = [move for move in bridge.moves if move.step is step]
    start = 0
    if cursor:
        facts = unsealed(cursor)
        if facts is None or facts.get("step") != step or not isinstance(facts.get("after"), int):
            raise BadCursor
        start = facts["after"]
    end = start + min(limit or DEFAULT_LIMIT, MAX_LIMIT)
    following = sealed({"step": step.value, "after": end}) if end < len(moves) else None
    return MovePage(moves[start:end], len(moves), following)


def _end_of(day: date, tenant: Tenant) -> datetime:
    return datetime.combine(day + timedelta(days=1), time.min, tzinfo=zone_of(tenant))
