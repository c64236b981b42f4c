"""Months that close: their state and dates, ending claims, locking and opening again (V4)."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from governance.errors import NotVisible
from governance.pages.crumbs import status_of
from governance.people.actor import Actor
from governance.people.choices import Permission
from governance.ui.parts import Column, Crumb
from governance.web.forms import LineField, refusals_in
from governance.web.requests import TenantRequest
from kpis.periods.choices import PeriodState
from kpis.periods.rules import may_close
from kpis.periods.selectors import PeriodLine, period_line, recent_periods
from kpis.periods.services import REASON_LENGTH, period_lock, period_reopen, period_submit
from kpis.rules import Month, month_of

MARKS = {
    PeriodState.OPEN: ("blue", "lock-open"),
    PeriodState.SUBMITTED: ("amber", "clock"),
    PeriodState.LOCKED: ("neutral", "lock"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One month as the page shows it, with what this person may do."""

    line: PeriodLine
    tone: str
    icon: str
    may_submit: bool
    may_lock: bool
    may_reopen: bool


class ReasonForm(forms.Form):
    """Why claims are taken again."""

    reason = LineField(label=gettext_lazy("Reason"), max_length=REASON_LENGTH)


@require_safe
def periods(request: TenantRequest, tenant_slug: str) -> HttpResponse:
    """The running month and those that are over, the newest first."""
    by = request.actor
    by.require_anywhere(Permission.TREE_VIEW)
    until = month_of(request.GET.get("until", ""))
    lines, earlier = recent_periods(request.tenant, until=until, by=by)
    context = {
        "rows": rows_of(lines, by),
        "earlier": earlier,
        "refusal": close_refusal(by),
        "columns": [
            Column("month", _("Month")),
            Column("state", _("State")),
            Column("claims", _("Claims until")),
            Column("validation", _("Locked after")),
            Column("waiting", _("Waiting"), numeric=True),
            Column("validated", _("Validated"), numeric=True),
            Column("rejected", _("Rejected"), numeric=True),
            Column("actions", _("Actions"), hide_label=True),
        ],
    }
    return render(request, "kpis/periods.html", context)


def rows_of(lines: list[PeriodLine], by: Actor) -> list[Row]:
    """The months with their marks and buttons."""
    is_finance = not close_refusal(by)
    rows = []
    for line in lines:
        may = is_finance and line.is_over
        tone, icon = MARKS[line.state]
        is_locked = line.state is PeriodState.LOCKED
        rows.append(
            Row(
                line=line,
                tone=tone,
                icon=icon,
                may_submit=may and line.state is PeriodState.OPEN,
                may_lock=may and line.is_next and not is_locked,
                may_reopen=may and line.state is PeriodState.SUBMITTED,
            )
        )
    return rows


def close_refusal(by: Actor) -> str:
    """Why this person closes no month; empty if they may."""
    if by.membership_id is not None and may_close(by.scope):
        return ""
    return _("Months close for the whole tenant: finance with a role on its root does that.")


@require_http_methods(["GET", "HEAD", "POST"])
def submit(request: TenantRequest, tenant_slug: str, month: str) -> HttpResponse:
    """Ask whether to end the claims of a month, then do it."""
    line = asked_about(request, month)
    if request.method == "POST":
        period_submit(month=line.month, by=request.actor)
        messages.success(
            request, _("The claims of %(month)s have ended.") % {"month": said(line.month)}
        )
        return redirect("kpis:periods", tenant_slug)
    question = {
        "title": _("End the claims of %(month)s?") % {"month": said(line.month)},
        "text": _("Nobody claims it any more. Finance judges what waits, or opens it again."),
        "label": _("End the claims"),
    }
    return confirm(request, line, question)


@require_http_methods(["GET", "HEAD", "POST"])
def lock(request: TenantRequest, tenant_slug: str, month: str) -> HttpResponse:
    """Ask whether to lock a month for good, then do it."""
    line = asked_about(request, month)
    if request.method == "POST":
        period_lock(month=line.month, by=request.actor)
        messages.success(request, _("%(month)s is locked.") % {"month": said(line.month)})
        return redirect("kpis:periods", tenant_slug)
    question = {
        "title": _("Lock %(month)s for good?") % {"month": said(line.month)},
        "text": _(
            "What waits can then only be validated as claimed; anything else is a restatement."
        ),
        "label": _("Lock"),
        "tone": "danger",
    }
    return confirm(request, line, question)


@require_http_methods(["GET", "HEAD", "POST"])
def reopen(request: TenantRequest, tenant_slug: str, month: str) -> HttpResponse:
    """Ask why a month takes claims again, then let it."""
    line = asked_about(request, month)
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        with refusals_in(form):
            period_reopen(month=line.month, reason=form.cleaned_data["reason"], by=request.actor)
            messages.success(
                request, _("%(month)s takes claims again.") % {"month": said(line.month)}
            )
            return redirect("kpis:periods", tenant_slug)
    question = {
        "title": _("Open %(month)s again?") % {"month": said(line.month)},
        "text": _("Owners claim it again until it locks. The reason stands in the history."),
        "label": _("Open again"),
    }
    return confirm(request, line, question, form=form, status=status_of(form))


def said(month: Month) -> str:
    """`January 2026`, in the reader's language."""
    return date_format(month.first_day, "F Y")


def asked_about(request: TenantRequest, text: str) -> PeriodLine:
    """The month in question, for finance; raises `NotVisible` where there is none."""
    request.actor.require_anywhere(Permission.VALUE_VALIDATE)
    month: Month | None = month_of(text)
    if month is None:
        raise NotVisible
    return period_line(request.tenant, month, by=request.actor)


def confirm(
    request: TenantRequest,
    line: PeriodLine,
    question: dict[str, str],
    *,
    form: ReasonForm | None = None,
    status: int = 200,
) -> HttpResponse:
    url = reverse("kpis:periods", args=[request.tenant.slug])
    context: dict[str, Any] = {
        "line": line,
        "question": question,
        "form": form,
        "url": url,
        "breadcrumbs": [Crumb(_("Periods"), url), Crumb(said(line.month))],
    }
    return render(request, "kpis/period_confirm.html", context, status=status)
