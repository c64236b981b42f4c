"""Restatements: their list, proposing one for a locked month, approving, refusing, withdrawing."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from governance.calendars.selectors import today_of
from governance.errors import Forbidden, NotVisible
from governance.pages.crumbs import status_of
from governance.people.actor import Actor
from governance.people.choices import Permission
from governance.ui.format import exact
from governance.ui.parts import Column, Crumb, Tab
from governance.web.forms import AmountField, LineField, refusals_in
from governance.web.pages import Order, keyset_page
from governance.web.requests import TenantRequest
from initiatives.pages.frame import measure_crumbs
from initiatives.selectors import measure_by_code
from kpis.actuals.rules import month_at
from kpis.choices import ProposalState
from kpis.models import Effect
from kpis.pages.charts import month_label
from kpis.periods.choices import PeriodState
from kpis.periods.rules import Closing
from kpis.periods.selectors import closing_of
from kpis.restatements.models import Restatement
from kpis.restatements.selectors import restatement_by_id, restatements
from kpis.restatements.services import (
    REASON_LENGTH,
    RestatementDraft,
    restatement_approve,
    restatement_propose,
    restatement_refuse,
    restatement_withdraw,
)
from kpis.rules import Month
from kpis.selectors import effect_by_id

ORDER = Order("proposed", "id", is_descending=True)
PAGE_SIZE, MOST_MONTHS, AMOUNT_LENGTH = 50, 60, 60
STATE = "state"
MARKS = {
    ProposalState.PROPOSED: ("blue", "clock"),
    ProposalState.APPROVED: ("green", "check"),
    ProposalState.REFUSED: ("red", "x"),
    ProposalState.WITHDRAWN: ("neutral", "ban"),
}
Decide = Callable[..., Restatement]


@dataclass(frozen=True, slots=True)
class Row:
    """One restatement with its mark and what this person may do about it."""

    restatement: Restatement
    tone: str
    icon: str
    actuals_url: str
    may_decide: bool
    may_withdraw: bool


class RestatementForm(forms.Form):
    """What a locked month is to change by, and where that is booked."""

    month = forms.ChoiceField(label=gettext_lazy("Month to restate"))
    booked_in = forms.ChoiceField(label=gettext_lazy("Booked in"))
    reason = LineField(label=gettext_lazy("Reason"), max_length=REASON_LENGTH)

    def __init__(
        self,
        data: Any = None,
        *,
        effect: Effect,
        locked: Sequence[Month],
        open_months: Sequence[Month],
        month: str = "",
    ) -> None:
        super().__init__(data, initial={"month": month})
        self.fields["month"].choices = _choices(locked)  # type: ignore[attr-defined]  # a choice field
        self.fields["booked_in"].choices = _choices(open_months)  # type: ignore[attr-defined]  # a choice field
        self.fields["delta"] = AmountField(
            decimals=effect.metric.decimals,
            label=_("Difference"),
            max_length=AMOUNT_LENGTH,
            help_text=_("What is added to the month, in %(unit)s; less is negative.")
            % {"unit": effect.currency or effect.metric.unit},
        )
        self.order_fields(["month", "booked_in", "delta", "reason"])

    def clean_delta(self) -> Any:
        delta = self.cleaned_data["delta"]
        if delta is None:
            raise forms.ValidationError(_("Write what is to be added."))
        return delta

    @property
    def draft(self) -> RestatementDraft:
        data = self.cleaned_data
        return RestatementDraft(data["month"], data["booked_in"], data["delta"], data["reason"])


def _choices(months: Sequence[Month]) -> list[tuple[str, str]]:
    return [(str(month), month_label(month)) for month in months]


@require_safe
def restatement_list(request: TenantRequest, tenant_slug: str) -> HttpResponse:
    """Restatements in visible measures, newest first; of one state, or of all."""
    by = request.actor
    by.require_anywhere(Permission.TREE_VIEW)
    state = request.GET.get(STATE, "")
    chosen = ProposalState(state) if state in ProposalState.values else None
    rows = restatements(by) if chosen is None else restatements(by).filter(state=chosen)
    cursor = request.GET.get("cursor", "")
    page = keyset_page(rows, order=ORDER, cursor=cursor, limit=PAGE_SIZE)
    context = {
        "page": page,
        "rows": [_row(row, request) for row in page.rows],
        "tabs": _tabs(request, chosen),
        "columns": [
            Column("measure", _("Measure")),
            Column("month", _("Month")),
            Column("delta", _("Difference"), numeric=True),
            Column("booked_in", _("Booked in")),
            Column("state", _("State")),
            Column("reason", _("Reason")),
            Column("actions", _("Actions"), hide_label=True),
        ],
        "breadcrumbs": [Crumb(_("Restatements"))],
    }
    return render(request, "kpis/restatements.html", context)


def _tabs(request: TenantRequest, chosen: ProposalState | None) -> list[Tab]:
    url = reverse("kpis:restatements", args=[request.tenant.slug])
    every = Tab(_("All"), url, chosen is None)
    return [
        every,
        *(Tab(str(s.label), f"{url}?{STATE}={s.value}", s is chosen) for s in ProposalState),
    ]


def _row(row: Restatement, request: TenantRequest) -> Row:
    by, measure = request.actor, row.effect.measure
    tone, icon = MARKS[ProposalState(row.state)]
    waits = row.state == ProposalState.PROPOSED
    is_own = row.proposed_by_id == by.membership_id
    is_judged = by.membership_id in {measure.owner_id, row.effect.owner_id}
    is_finance = by.membership_id is not None and by.may(Permission.VALUE_VALIDATE, measure.path)
    return Row(
        restatement=row,
        tone=tone,
        icon=icon,
        actuals_url=_actuals_url(request, row.effect),
        may_decide=waits and is_finance and not is_own and not is_judged,
        may_withdraw=waits and is_finance and is_own,
    )


@require_http_methods(["GET", "HEAD", "POST"])
def propose(request: TenantRequest, tenant_slug: str, effect_id: str) -> HttpResponse:
    """Propose what a locked month of an effect is to change by."""
    effect = effect_by_id(str(effect_id), by=request.actor)
    measure = measure_by_code(effect.measure.code, by=request.actor)
    _require_finance(effect, request.actor)
    locked, open_months = _months(request)
    form = RestatementForm(
        request.POST if request.method == "POST" else None,
        effect=effect,
        locked=locked,
        open_months=open_months,
        month=request.GET.get("month", ""),
    )
    if form.is_bound and form.is_valid():
        with refusals_in(form):
            restatement_propose(effect=effect, draft=form.draft, by=request.actor)
            messages.success(
                request, _("The restatement waits for another person in finance (S8).")
            )
            return redirect("kpis:restatements", tenant_slug)
    context = {
        "effect": effect,
        "measure": measure,
        "form": form,
        "has_locked": bool(locked),
        "url": _actuals_url(request, effect),
        "breadcrumbs": measure_crumbs(measure, _("Restate"), request=request),
    }
    return render(request, "kpis/restatement_propose.html", context, status=status_of(form))


def _months(request: TenantRequest) -> tuple[list[Month], list[Month]]:
    """Months that are locked and months that are open, the newest first."""
    closing: Closing = closing_of()
    today = today_of(request.tenant)
    kept = [*closing.months(today), month_at(today)][-MOST_MONTHS:][::-1]
    states = {month: closing.state(month, today) for month in {*kept, *closing.stored}}
    locked = [month for month, state in states.items() if state is PeriodState.LOCKED]
    return sorted(locked, reverse=True)[:MOST_MONTHS], [
        month for month in kept if states[month] is PeriodState.OPEN
    ]


@require_http_methods(["GET", "HEAD", "POST"])
def approve(request: TenantRequest, tenant_slug: str, restatement_id: UUID) -> HttpResponse:
    """Ask whether a restatement is to count, then let it."""
    question = {
        "title": _("Approve the restatement?"),
        "text": _("It counts in current reports from now on, and in none that was published."),
        "label": _("Approve"),
    }
    return _decide(request, restatement_id, question, restatement_approve)


@require_http_methods(["GET", "HEAD", "POST"])
def refuse(request: TenantRequest, tenant_slug: str, restatement_id: UUID) -> HttpResponse:
    """Ask whether to turn a restatement down, then do it."""
    question = {
        "title": _("Refuse the restatement?"),
        "text": _("The month stays as it is; another restatement can be proposed."),
        "label": _("Refuse"),
        "tone": "danger",
    }
    return _decide(request, restatement_id, question, restatement_refuse)


@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: TenantRequest, tenant_slug: str, restatement_id: UUID) -> HttpResponse:
    """Ask whether to take a proposal back, then do it."""
    question = {
        "title": _("Withdraw the restatement?"),
        "text": _("The proposal stays in the history and never counts."),
        "label": _("Withdraw"),
        "tone": "danger",
    }
    return _decide(request, restatement_id, question, restatement_withdraw)


def _decide(
    request: TenantRequest, restatement_id: UUID, question: dict[str, str], decide: Decide
) -> HttpResponse:
    row = restatement_by_id(restatement_id, by=request.actor)
    _require_finance(row.effect, request.actor)
    url = reverse("kpis:restatements", args=[request.tenant.slug])
    if request.method == "POST":
        decided = decide(restatement=row, by=request.actor)
        state = ProposalState(decided.state)
        messages.success(request, _("Restatement: %(state)s.") % {"state": state.label})
        return redirect(url)
    context = {
        "fact": _fact(row),
        "question": question,
        "url": url,
        "breadcrumbs": [Crumb(_("Restatements"), url), Crumb(question["label"])],
    }
    return render(request, "kpis/restatement_confirm.html", context)


def _fact(row: Restatement) -> str:
    """`M-000123 EBITDA, January 2026: 1,000 EUR. Booked twice`."""
    effect = row.effect
    name = effect.name or effect.metric.name
    unit = effect.currency or effect.metric.unit
    delta = exact(row.delta, get_language() or "en", unit=unit)
    month = date_format(row.month, "F Y")
    return f"{effect.measure.code} {name}, {month}: {delta}. {row.reason}"


def _require_finance(effect: Effect, by: Actor) -> None:
    path = effect.measure.path
    if not by.sees(path):
        raise NotVisible
    if by.membership_id is None or not by.may(Permission.VALUE_VALIDATE, path):
        raise Forbidden


def _actuals_url(request: TenantRequest, effect: Effect) -> str:
    return reverse("kpis:effect-actuals", args=[request.tenant.slug, effect.public_id])
