"""The page of one exception: what happened, its clock, its options, and who may do what."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from approvals.clock import Clock
from approvals.exceptions.choices import Act, Category, ExceptionOutcome, ExceptionSource
from approvals.exceptions.labels import clock_words, headline, what_happened
from approvals.exceptions.models import GovernanceException
from approvals.exceptions.pages.lines import STATE_TONES, TIER_TONES, about_url, exception_url
from approvals.exceptions.registry import kind_of
from approvals.exceptions.selectors import exception_by_code, subject_names
from approvals.exceptions.standing import Standing, standing_of
from governance.history import history_of
from governance.ui.parts import Column, Crumb, Fact
from governance.web.refusals import refusal_text
from governance.web.requests import TenantRequest

PAGES = {
    Act.ASSIGN: ("exception-assign", "user-plus"),
    Act.ASK: ("exception-ask", "send"),
    Act.DECIDE: ("exception-decide", "gavel"),
    Act.VERIFY: ("exception-verify", "circle-check"),
}


@dataclass(frozen=True, slots=True)
class Button:
    """One act; with a reason it is shown and refused."""

    label: str
    url: str
    icon: str
    reason: str = ""
    tone: str = ""


@dataclass(frozen=True, slots=True)
class ShownOption:
    """One way out that the owner offers."""

    outcome: str
    text: str
    amount: Decimal | None
    is_taken: bool


@require_safe
def exception(request: TenantRequest, tenant_slug: str, code: str) -> HttpResponse:
    """One exception with its history."""
    row = exception_by_code(code, by=request.actor)
    return render(request, "approvals/exception.html", exception_context(request, row))


def exception_context(request: TenantRequest, row: GovernanceException) -> dict[str, Any]:
    """What the page of an exception shows; a fixed number of queries."""
    tenant, standing = request.tenant, standing_of(row, request.actor)
    names = subject_names([row])
    name = names.get((row.subject_type, row.subject_id), row.subject_code)
    clock = Clock(row.calendar_number)
    is_waiting = row.known_state.is_unanswered
    return {
        "row": row,
        "title": headline(row.source, row.title),
        "about": name,
        "about_url": about_url(row, tenant),
        "happened": what_happened(row),
        "clock": clock_words(row, timezone.now(), clock),
        "is_waiting": is_waiting,
        "is_overdue": is_waiting and row.due_at < timezone.now(),
        "state_tone": STATE_TONES[row.known_state],
        "tier_tone": TIER_TONES[row.known_tier],
        "facts": _facts(row),
        "bench": standing.bench,
        "voice": standing.voice,
        "options": shown_options(row),
        "option_columns": option_columns(),
        "buttons": _buttons(row, standing, request),
        "next_step": _next_step(row, request),
        "history": history_of("exception", row.code, request.GET.get("history_cursor", "")),
        "breadcrumbs": exception_crumbs(row, request),
    }


def exception_crumbs(
    row: GovernanceException, request: TenantRequest, last: str = ""
) -> list[Crumb]:
    """The way to an exception, or to a page behind it."""
    url = reverse("approvals:exceptions", args=[request.tenant.slug])
    own = exception_url(row, request.tenant) if last else ""
    return [
        Crumb(_("Exceptions"), url),
        Crumb(row.code, own),
        *([Crumb(last)] if last else []),
    ]


def _facts(row: GovernanceException) -> list[Fact]:
    days = str(row.delay_days) if row.delay_days else ""
    return [
        Fact(_("Opened by"), row.opened_by.name if row.opened_by else _("Tollgate itself")),
        Fact(_("Source"), str(ExceptionSource(row.source).label)),
        Fact(_("Category"), str(Category(row.category).label)),
        Fact(_("Place in the tree"), f"{row.place.name} ({row.place.code})"),
        Fact(_("Delay in days"), days),
        Fact(_("Reach"), str(row.reach)),
    ]


def shown_options(row: GovernanceException) -> list[ShownOption]:
    """The ways out that were offered, the one taken marked."""
    return [
        ShownOption(
            str(ExceptionOutcome(option["outcome"]).label),
            option["text"],
            Decimal(option["amount"]) if option["amount"] else None,
            option["outcome"] == row.outcome,
        )
        for option in row.options
    ]


def option_columns() -> list[Column]:
    """The columns of `approvals/_exception_options.html`."""
    return [
        Column("outcome", _("Outcome")),
        Column("text", _("In words")),
        Column("amount", _("Its money"), numeric=True),
    ]


def _buttons(
    row: GovernanceException, standing: Standing, request: TenantRequest
) -> Sequence[Button]:
    """What can be done in this state, for this person or refused with the reason."""
    found = []
    for act in _shown_acts(row):
        page, icon = PAGES[act]
        error = standing.refusal(act)
        label = _("Assign to somebody else") if act is Act.ASSIGN and row.owner else str(act.label)
        found.append(
            Button(
                label,
                "" if error else exception_url(row, request.tenant, page),
                icon,
                refusal_text(error) if error else "",
                "" if error or act is Act.ASSIGN else "primary",
            )
        )
    return found


def _shown_acts(row: GovernanceException) -> list[Act]:
    """Acts that still lie ahead."""
    state = row.known_state
    if state.is_ended:
        return []
    if not state.is_unanswered:
        return [Act.ASSIGN, Act.VERIFY]
    return [Act.ASSIGN, Act.ASK, Act.DECIDE]


def _next_step(row: GovernanceException, request: TenantRequest) -> str:
    """Where the move that was decided is asked for: gates stay gates (G1)."""
    if not row.outcome:
        return ""
    kind, outcome = kind_of(row.subject_type), ExceptionOutcome(row.outcome)
    return kind.next_step(row.subject_code, row.place, request.tenant.slug, outcome)
