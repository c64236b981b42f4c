"""What needs attention below a place, and what waits for whoever looks, as the page shows it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from approvals.exceptions.labels import headline
from approvals.exceptions.pages.lines import exception_url
from approvals.selectors import inbox
from governance.ui.parts import Choice
from governance.web.requests import TenantRequest
from initiatives.gates.transitions import asked_for
from initiatives.pages.card import card_url
from initiatives.pages.frame import measure_url
from initiatives.pages.inbox import names_of
from initiatives.rules import missing_fields
from kpis.pages.lights import lights_url
from reporting.attention import Cause, Matter, Reason, Sought, attention
from reporting.pages.asked import PageFrame

MOST_WAITING = 5
TONES = {
    Reason.WATERMELON: "red",
    Reason.OVERDUE: "red",
    Reason.EXCEPTION: "amber",
    Reason.MISSING: "neutral",
}


@dataclass(frozen=True, slots=True)
class Badge:
    """One reason with the page on which it is mended."""

    label: str
    tone: str
    url: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class MatterLine:
    """One matter of the list; no amount where nothing is known of the money."""

    code: str
    name: str
    url: str
    note: str
    amount: Decimal | None
    badges: Sequence[Badge]


@dataclass(frozen=True, slots=True)
class WaitingLine:
    """One decision that waits for whoever looks."""

    name: str
    code: str
    asks: str
    url: str
    amount: Decimal | None
    due_at: datetime | None
    is_overdue: bool


def attention_context(
    request: TenantRequest, frame: PageFrame, sought: Sought, now: datetime
) -> dict[str, Any]:
    """The list with the ways to the full ones; its queries do not grow with what lies below."""
    found = attention(sought, now, by=request.actor)
    return {
        "matters": [_line(one, request) for one in found],
        "full_lists": _full_lists(frame),
    }


def _line(one: Matter, request: TenantRequest) -> MatterLine:
    tenant, measure = request.tenant, one.measure
    badges = [_badge(cause, one, request) for cause in one.causes]
    hints = " · ".join(badge.hint for badge in badges if badge.hint)
    if measure is None:
        return MatterLine(one.code, one.code, badges[0].url, hints, one.amount or None, badges)
    owner = measure.owner.name if measure.owner else ""
    return MatterLine(
        code=measure.code,
        name=measure.name,
        url=measure_url(measure, tenant),
        note=" · ".join(filter(None, [owner, hints])),
        amount=one.amount or None,
        badges=badges,
    )


def _badge(cause: Cause, one: Matter, request: TenantRequest) -> Badge:
    label, tone, tenant = str(cause.reason.label), TONES[cause.reason], request.tenant
    if cause.request is not None:
        asks = asked_for(cause.request.transition)
        return Badge(label, tone, card_url(cause.request, request), asks)
    if cause.exception is not None:
        row = cause.exception
        return Badge(label, tone, exception_url(row, tenant), headline(row.source, row.title))
    if one.measure is None:
        return Badge(label, tone, "")
    if cause.reason is Reason.WATERMELON:
        return Badge(label, tone, lights_url(one.measure, tenant))
    lacking = ", ".join(str(name.label) for name in missing_fields(one.measure))
    return Badge(label, tone, measure_url(one.measure, tenant), lacking)


def _full_lists(frame: PageFrame) -> list[Choice]:
    slug, code = frame.tenant.slug, "" if frame.is_whole else frame.code

    def listed(name: str, **query: str) -> str:
        return frame.plain(reverse(name, args=[slug]), **query)

    return [
        Choice(_("Watermelons"), listed("reporting:watermelons", node=code)),
        Choice(_("Open decisions"), listed("initiatives:decisions", tab="open")),
        Choice(_("Exceptions"), listed("approvals:exceptions", place=code)),
        Choice(_("Fields missing"), frame.measures(missing="any", overlay="live")),
    ]


def waiting_context(request: TenantRequest, sought: Sought, now: datetime) -> dict[str, Any]:
    """The most urgent of what is sought that waits for whoever looks."""
    steps = inbox(request.actor).filter(sought.about("request__"))
    rows = list(steps.order_by("due_at", "id")[: MOST_WAITING + 1])
    names = names_of(step.request for step in rows)
    return {
        "waiting": [
            WaitingLine(
                name=names.get(step.request.subject_id, step.request.subject_code),
                code=step.request.subject_code,
                asks=asked_for(step.request.transition),
                url=card_url(step.request, request),
                amount=step.request.amount,
                due_at=step.due_at,
                is_overdue=step.due_at is not None and step.due_at < now,
            )
            for step in rows[:MOST_WAITING]
        ],
        "has_more_waiting": len(rows) > MOST_WAITING,
    }
