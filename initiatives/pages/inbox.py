"""Decisions: what waits for me, what I asked, what was decided lately, everything open."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from approvals.choices import Outcome
from approvals.models import ApprovalCondition, ApprovalDecision, ApprovalRequest, ApprovalStep
from approvals.selectors import (
    conditions_owned,
    conditions_to_accept,
    inbox,
    steps_of,
    visible_decisions,
    visible_requests,
    voices_in,
)
from governance.ui.parts import Column, Tab
from governance.web.pages import Order, Page, keyset_page
from governance.web.rendering import page_or_region
from governance.web.requests import TenantRequest
from initiatives.gates.listing import open_requests
from initiatives.gates.transitions import asked_for
from initiatives.pages.card import (
    OUTCOME_TONES,
    STATE_TONES,
    card_url,
    due_of,
    where_it_leads,
)
from initiatives.pages.frame import require_sight
from initiatives.pages.open_requests import open_filters
from initiatives.selectors import measure_names
from initiatives.stage_models.choices import Part

REGION = "decisions"
MOST_CONDITIONS = 50
WAITING, ASKED, DECIDED, OPEN = "waiting", "asked", "decided", "open"
MOST_URGENT = Order("due", "due_at")
NEWEST = Order("asked", "id", is_descending=True)
LATELY = Order("decided", "id", is_descending=True)
OLDEST = Order("oldest", "id")


@dataclass(frozen=True, slots=True)
class Line:
    """One request as a list shows it."""

    request: ApprovalRequest
    name: str
    url: str
    asks: str
    leads: str
    part: str = ""
    voice: str = ""
    due_at: datetime | None = None
    is_overdue: bool = False
    is_escalated: bool = False
    state: str = ""
    tone: str = ""
    at: datetime | None = None
    by: str = ""
    days: int = 0


@dataclass(frozen=True, slots=True)
class ConditionLine:
    """One open condition, with its measure."""

    condition: ApprovalCondition
    name: str
    url: str
    accept_url: str
    is_overdue: bool


@require_safe
def decisions(request: TenantRequest, tenant_slug: str) -> HttpResponse:
    """Requests by tab; the first is what waits for whoever looks, the most urgent on top."""
    require_sight(request.actor)
    tab = request.GET.get("tab", WAITING)
    tab = tab if tab in TABS else WAITING
    page, lines = TABS[tab].read(request, request.GET.get("cursor", ""))
    context = {
        "tab": tab,
        "tabs": _tabs(request, tab),
        "page": page,
        "lines": lines,
        "columns": TABS[tab].columns(),
        "empty": TABS[tab].empty(),
        **(_conditions(request) if tab == WAITING else {}),
        **({"chosen": open_filters(request.GET).chosen(request.GET)} if tab == OPEN else {}),
    }
    return page_or_region(request, "initiatives/decisions.html", context, region=REGION)


def _tabs(request: TenantRequest, current: str) -> list[Tab]:
    url = reverse("initiatives:decisions", args=[request.tenant.slug])
    return [
        Tab(tab.label(), url if name == WAITING else f"{url}?tab={name}", name == current)
        for name, tab in TABS.items()
    ]


Read = Callable[[TenantRequest, str], tuple[Page[Any], list[Line]]]


@dataclass(frozen=True, slots=True)
class _Tab:
    label: Callable[[], str]
    read: Read
    columns: Callable[[], list[Column]]
    empty: Callable[[], tuple[str, str]]


def _waiting(request: TenantRequest, cursor: str) -> tuple[Page[Any], list[Line]]:
    by = request.actor
    page = keyset_page(inbox(by), order=MOST_URGENT, cursor=cursor)
    names, voices = names_of(step.request for step in page.rows), voices_in(page.rows, by)
    return page, [_waiting_line(step, names, voices, request) for step in page.rows]


def _waiting_line(
    step: ApprovalStep, names: Mapping[int, str], voices: Mapping[int, Any], request: TenantRequest
) -> Line:
    row, voice = step.request, voices.get(step.pk)
    return _line(
        row,
        names,
        request,
        part=str(Part(step.part).label),
        voice=voice.name if voice else "",
        due_at=step.due_at,
        is_overdue=step.due_at is not None and step.due_at < timezone.now(),
        is_escalated=step.escalated_at is not None,
    )


def _line(
    row: ApprovalRequest, names: Mapping[int, str], request: TenantRequest, **more: Any
) -> Line:
    return Line(
        row,
        names.get(row.subject_id, row.subject_code),
        card_url(row, request),
        asked_for(row.transition),
        where_it_leads(row),
        **more,
    )


def names_of(requests: Iterable[ApprovalRequest]) -> dict[int, str]:
    """Names of the measures that requests are about; one query."""
    return measure_names(row.subject_id for row in requests)


def _asked(request: TenantRequest, cursor: str) -> tuple[Page[Any], list[Line]]:
    mine = visible_requests(request.actor).filter(requested_by=request.actor.membership_id)
    page = keyset_page(mine, order=NEWEST, cursor=cursor)
    return page, _request_lines(page.rows, request)


def _open(request: TenantRequest, cursor: str) -> tuple[Page[Any], list[Line]]:
    rows = open_requests(open_filters(request.GET).filters, by=request.actor)
    page = keyset_page(rows, order=OLDEST, cursor=cursor)
    return page, _request_lines(page.rows, request)


def _request_lines(rows: list[ApprovalRequest], request: TenantRequest) -> list[Line]:
    names, steps, now = names_of(rows), steps_of(rows), timezone.now()
    found = []
    for row in rows:
        due = due_of(steps[row.pk])
        waits_for = [str(Part(step.part).label) for step in steps[row.pk] if step.state == "open"]
        found.append(
            _line(
                row,
                names,
                request,
                part=", ".join(waits_for),
                due_at=due,
                is_overdue=due is not None and due < now,
                is_escalated=any(s.escalated_at for s in steps[row.pk] if s.state == "open"),
                state=str(row.known_state.label),
                tone=STATE_TONES[row.known_state],
                days=(now - row.requested_at).days,
            )
        )
    return found


def _decided(request: TenantRequest, cursor: str) -> tuple[Page[Any], list[Line]]:
    page = keyset_page(visible_decisions(request.actor), order=LATELY, cursor=cursor)
    names = names_of(decision.request for decision in page.rows)
    return page, [_decided_line(decision, names, request) for decision in page.rows]


def _decided_line(
    decision: ApprovalDecision, names: Mapping[int, str], request: TenantRequest
) -> Line:
    outcome = Outcome(decision.outcome)
    return _line(
        decision.request,
        names,
        request,
        state=str(outcome.label),
        tone=OUTCOME_TONES[outcome],
        at=decision.decided_at,
        by=decision.decided_by.name if decision.decided_by else _("Tollgate itself"),
    )


def _conditions(request: TenantRequest) -> dict[str, Any]:
    """Conditions to accept, and those to meet; a few queries, however many there are."""
    by = request.actor
    accept = list(conditions_to_accept(by)[:MOST_CONDITIONS])
    own = list(conditions_owned(by)[:MOST_CONDITIONS])
    names = names_of(row.request for row in (*accept, *own))
    return {
        "to_accept": [_condition(row, names, request, may_accept=True) for row in accept],
        "to_meet": [_condition(row, names, request, may_accept=False) for row in own],
        "condition_columns": [
            Column("text", _("Condition")),
            Column("measure", _("Measure")),
            Column("who", _("Who meets it")),
            Column("due", _("Due on")),
            Column("actions", _("Actions"), hide_label=True),
        ],
    }


def _condition(
    row: ApprovalCondition, names: Mapping[int, str], request: TenantRequest, *, may_accept: bool
) -> ConditionLine:
    url = reverse("initiatives:condition-accept", args=[request.tenant.slug, row.public_id])
    return ConditionLine(
        row,
        names.get(row.subject_id, row.request.subject_code),
        card_url(row.request, request),
        url if may_accept else "",
        row.due_on < timezone.localdate(),
    )


def _open_columns() -> list[Column]:
    return [
        Column("measure", _("Measure")),
        Column("asks", _("What is asked")),
        Column("by", _("Asked by")),
        Column("amount", _("Amount"), numeric=True),
        Column("state", _("State")),
        Column("waits", _("Waits for")),
        Column("due", _("Due")),
        Column("days", _("Days"), numeric=True),
    ]


def _waiting_columns() -> list[Column]:
    return [
        Column("measure", _("Measure")),
        Column("asks", _("What is asked")),
        Column("by", _("Asked by")),
        Column("amount", _("Amount"), numeric=True),
        Column("due", _("Due")),
    ]


def _decided_columns() -> list[Column]:
    return [
        Column("measure", _("Measure")),
        Column("asks", _("What was asked")),
        Column("outcome", _("Outcome")),
        Column("by", _("Last vote")),
        Column("amount", _("Amount"), numeric=True),
        Column("at", _("Decided")),
    ]


TABS: dict[str, _Tab] = {
    WAITING: _Tab(
        lambda: _("Waiting for me"),
        _waiting,
        _waiting_columns,
        lambda: (
            _("Nothing waits for you"),
            _("When somebody asks for your decision, it stands here, the most urgent first."),
        ),
    ),
    ASKED: _Tab(
        lambda: _("Asked by me"),
        _asked,
        _open_columns,
        lambda: (
            _("You asked for nothing yet"),
            _("Open a measure of yours and ask for its next gate there."),
        ),
    ),
    DECIDED: _Tab(
        lambda: _("Decided lately"),
        _decided,
        _decided_columns,
        lambda: (
            _("Nothing was decided yet"),
            _("Every decision stands here with its outcome, and is never changed."),
        ),
    ),
    OPEN: _Tab(
        lambda: _("All open"),
        _open,
        _open_columns,
        lambda: (
            _("No request is open"),
            _("Requests that wait for anybody stand here, the oldest first."),
        ),
    ),
}
