"""The controller's cockpit: a month of claims validated in one save, and what else waits."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from governance.errors import Forbidden, Invalid, NotVisible
from governance.people.choices import Permission
from governance.ui.parts import Crumb, Tab
from governance.web.pages import Order, Page, keyset_page
from governance.web.requests import TenantRequest
from kpis.actuals.choices import Outcome
from kpis.actuals.models import Claim
from kpis.actuals.queue import (
    MonthCount,
    QueueFilters,
    month_counts,
    promises_of,
    stands_in,
    waiting_claims,
)
from kpis.actuals.selectors import validation_by_id
from kpis.actuals.services.batches import MOST_LINES, LineVerdict, claims_validate_many
from kpis.actuals.services.validations import validation_second
from kpis.pages.actual_forms import VERDICTS
from kpis.pages.actuals import status_of
from kpis.pages.cockpit import SECTIONS, STEAD, Look, section_of, shown_months
from kpis.pages.queue_lines import QueueLine, Typed, queue_lines, typed_lines
from kpis.rules import Month, month_of
from kpis.services import MONTH_FAULT

ORDER = Order("measure", "measure_code")
VALIDATE, SIGN = "validate", "sign-"


@dataclass(frozen=True, slots=True)
class Queue:
    """The claims of one month that wait, beside how far every month has come."""

    counts: Sequence[MonthCount]
    month: Month | None
    page: Page[Claim]
    lines: Sequence[QueueLine]

    @property
    def waiting(self) -> int:
        """How many claims of this month wait, on this page and on the next ones."""
        return sum(one.waiting for one in self.counts if one.month == self.month)

    @property
    def next_month(self) -> Month | None:
        """The oldest other month in which something waits."""
        others = [one.month for one in self.counts if one.waiting and one.month != self.month]
        return min(others, default=None)


@require_http_methods(["GET", "HEAD", "POST"])
def controlling(request: TenantRequest, tenant_slug: str) -> HttpResponse:
    """Claims of a month that wait for this person (`?month=`, else the oldest), and the rest."""
    _require_finance(request)
    if request.method != "POST":
        return _page(request, _queue(request))
    request.actor.require_writing()
    action = request.POST.get("action", "")
    if action.startswith(SIGN):
        return _sign(request, action.removeprefix(SIGN))
    return _judge(request, is_batch=action == VALIDATE)


@require_safe
def section(request: TenantRequest, tenant_slug: str, name: str) -> HttpResponse:
    """All lines of one section of the cockpit."""
    _require_finance(request)
    if name not in SECTIONS:
        raise NotVisible
    cursor = request.GET.get("cursor", "")
    look = Look(is_whole=True, cursor=cursor, in_stead=_in_stead(request))
    shown = section_of(request, name, look)
    crumbs = [Crumb(_("Controlling"), _url(request)), Crumb(shown.title)]
    context = {"section": shown, "breadcrumbs": crumbs, "sign_url": _url(request)}
    return render(request, "kpis/controlling_section.html", context)


def _require_finance(request: TenantRequest) -> None:
    if not request.actor.may_anywhere(Permission.VALUE_VALIDATE):
        request.actor.require_anywhere(Permission.TREE_VIEW)
        raise Forbidden


def _queue(request: TenantRequest, typed: Mapping[str, Typed] | None = None) -> Queue:
    in_stead = _in_stead(request)
    counts = month_counts(request.actor, in_stead=in_stead)
    month = _chosen(request) or min((one.month for one in counts if one.waiting), default=None)
    rows = waiting_claims(QueueFilters(month=month, in_stead=in_stead), by=request.actor)
    cursor = request.GET.get("cursor", "")
    page = keyset_page(rows, order=ORDER, cursor=cursor, limit=MOST_LINES)
    effects = [claim.effect for claim in page.rows]
    promises = promises_of(effects, month) if month is not None else {}
    lines = queue_lines(page.rows, promises, typed or {}, request.tenant)
    return Queue(counts, month, page, lines)


def _in_stead(request: TenantRequest) -> bool:
    return STEAD in request.GET and stands_in(request.actor)


def _desks(request: TenantRequest) -> list[Tab]:
    """One's own work, and that of absent colleagues for a head of controlling; none for others."""
    if not stands_in(request.actor):
        return []
    url, in_stead = _url(request), _in_stead(request)
    return [
        Tab(_("Mine"), url, not in_stead),
        Tab(_("On behalf of others"), f"{url}?{STEAD}=1", in_stead),
    ]


def _chosen(request: TenantRequest) -> Month | None:
    text = request.GET.get("month", "")
    month = month_of(text) if text else None
    if text and month is None:
        raise Invalid({"month": [MONTH_FAULT]})
    return month


def _judge(request: TenantRequest, *, is_batch: bool) -> HttpResponse:
    """Ticked lines are validated as claimed, or chosen verdicts said; each line for itself."""
    typed = typed_lines(request.POST)
    outcome = Outcome.VALIDATED if is_batch else None
    asked = [line for line in typed if (line.is_ticked if is_batch else line.outcome)]
    _say(request, [(line, line.verdict(outcome)) for line in asked])
    saved = [line for line in asked if line.is_saved]
    if saved:
        text = ngettext("%(count)s claim was judged.", "%(count)s claims were judged.", len(saved))
        messages.success(request, text % {"count": len(saved)})
    if not asked:
        messages.info(request, _("Nothing was chosen, so nothing was judged."))
    if len(saved) == len(asked):
        return redirect(request.get_full_path())
    rest = {line.key: line for line in typed if not line.is_saved}
    queue = _queue(request, rest)
    waiting = {line.key for line in queue.lines}
    refused = [line for line in asked if not line.is_saved]
    context = {"refused": refused, "gone": [line for line in refused if line.key not in waiting]}
    return _page(request, queue, status=status_of(saved), **context)


def _say(request: TenantRequest, asked: Sequence[tuple[Typed, LineVerdict | None]]) -> None:
    """Hand what could be read to the service, and note at each line what became of it."""
    read = [(line, verdict) for line, verdict in asked if verdict is not None]
    verdicts = [verdict for _line, verdict in read]
    results = claims_validate_many(lines=verdicts, by=request.actor) if verdicts else []
    for (line, _verdict), result in zip(read, results, strict=True):
        line.take(result)


def _sign(request: TenantRequest, validation_id: str) -> HttpResponse:
    try:
        wanted = uuid.UUID(validation_id)
    except ValueError as error:
        raise NotVisible from error
    validation = validation_by_id(wanted, by=request.actor)
    validation_second(validation=validation, by=request.actor)
    messages.success(request, _("The adjustment was confirmed and counts from now on."))
    return redirect(request.get_full_path())


def _url(request: TenantRequest) -> str:
    return reverse("kpis:controlling", args=[request.tenant.slug])


def _page(request: TenantRequest, queue: Queue, *, status: int = 200, **more: Any) -> HttpResponse:
    look = Look(in_stead=_in_stead(request))
    context = {
        "queue": queue,
        "months": shown_months(queue.counts),
        "verdicts": VERDICTS,
        "desks": _desks(request),
        "sections": [section_of(request, name, look) for name in SECTIONS],
        "sign_url": _url(request),
        **more,
    }
    return render(request, "kpis/controlling.html", context, status=status)
