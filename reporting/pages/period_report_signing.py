"""The draft of a report and its signature; where figures changed meanwhile it asks again (R4)."""

from dataclasses import dataclass
from datetime import date

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from governance.errors import Conflict, Forbidden, Invalid
from governance.templatetags.ui import day
from governance.tree.selectors import node_by_code
from governance.ui.parts import Tab
from governance.web.refusals import TEXTS
from governance.web.rendering import UNPROCESSABLE
from governance.web.requests import TenantRequest
from initiatives.pages.measures import CONFLICT
from initiatives.rhythm.rules import ReportingPeriod
from reporting.pages.period_report_forms import SignForm
from reporting.pages.period_report_view import content_context
from reporting.pages.period_reports import (
    changes_context,
    list_url,
    refusal_text_of,
    report_crumbs,
    report_url,
)
from reporting.period_reports.drafting import Draft
from reporting.period_reports.models import PeriodReport
from reporting.period_reports.selectors import (
    Signing,
    last_report,
    period_of,
    refusal_to_sign,
    said,
    signing_of,
)
from reporting.period_reports.services import draft_for, report_sign


@dataclass(frozen=True, slots=True)
class Asked:
    """What a person looks at: a period of a node, and the report that is corrected, if one is."""

    request: TenantRequest
    signing: Signing
    period: ReportingPeriod
    replaces: PeriodReport | None

    def draft(self) -> Draft:
        """As it is now."""
        return draft_for(
            self.signing,
            self.period,
            tenant=self.request.tenant,
            by=self.request.actor,
            is_correction=self.replaces is not None,
        )

    def form(self, draft: Draft) -> SignForm:
        """Words as they were typed; a correction starts from those that it replaces."""
        data = self.request.POST if self.request.method == "POST" else None
        number = self.replaces.number if self.replaces else None
        form = SignForm(data, due_on=self.period.due_on, seen_hash=draft.hash, replaces=number)
        if self.replaces is not None:
            form.initial |= said(self.replaces)["words"]
        return form


@require_http_methods(["GET", "HEAD", "POST"])
def sign(request: TenantRequest, tenant_slug: str, code: str) -> HttpResponse:
    """The draft of a report, for whoever sees the node; its lead signs it."""
    node = node_by_code(code, by=request.actor)
    if request.method == "POST" and (refusal := refusal_to_sign(node, request.actor)):
        raise Forbidden(refusal)
    signing = signing_of(node, request.tenant, last_report(node))
    replaces = _replaced(request, signing)
    period = period_of(replaces) if replaces else signing.period(_day(request))
    if period is None:
        return _nothing_to_sign(request, signing)
    asked = Asked(request, signing, period, replaces)
    draft = asked.draft()
    form = asked.form(draft)
    if not form.is_bound:
        return _page(asked, draft, form)
    return _signed(asked, draft, form) if form.is_valid() else _page(asked, draft, form)


def _signed(asked: Asked, draft: Draft, form: SignForm) -> HttpResponse:
    request, node = asked.request, asked.signing.node
    try:
        report = report_sign(node=node, signature=form.signature, by=request.actor)
    except Invalid as error:
        for name, texts in error.errors.items():
            form.add_error(name, [str(text) for text in texts])
        return _page(asked, draft, form)
    except Conflict as error:
        if error.code != "figures_changed":
            raise
        anew = asked.draft()
        return _page(asked, anew, form.anew(anew.hash), status=CONFLICT)
    text = _("Report %(number)s was signed and is frozen.") % {"number": report.number}
    messages.success(request, text)
    return redirect(report_url(report, request))


def _page(asked: Asked, draft: Draft, form: SignForm, *, status: int = 0) -> HttpResponse:
    request, signing = asked.request, asked.signing
    node, slug = signing.node, request.tenant.slug
    context = {
        "node": node,
        "draft": draft,
        "base": signing.last,
        "form": form,
        "has_changed": status == CONFLICT,
        "tabs": [] if asked.replaces else _tabs(signing, asked.period),
        "replaces": asked.replaces,
        "refusal": refusal_text_of(node, request),
        "url": list_url(request, node),
        **changes_context(draft.facts, signing.last),
        **content_context(draft.facts, slug),
        "breadcrumbs": report_crumbs(request, node, _("Draft")),
    }
    code = status or (UNPROCESSABLE if form.is_bound else 200)
    return render(request, "reporting/period_report_sign.html", context, status=code)


def _tabs(signing: Signing, period: ReportingPeriod) -> list[Tab]:
    """The periods that can be signed, where there is a choice."""
    if len(signing.periods) == 1:
        return []
    return [
        Tab(
            _("%(first)s to %(last)s") % {"first": day(one.first_on), "last": day(one.due_on)},
            f"?period={one.due_on.isoformat()}",
            one == period,
        )
        for one in signing.periods
    ]


def _replaced(request: TenantRequest, signing: Signing) -> PeriodReport | None:
    """The report that a correction is asked for, which is the newest; raises `Conflict`."""
    number = request.POST.get("replaces") or request.GET.get("replaces")
    if not number:
        return None
    if signing.last is None or number != str(signing.last.number):
        raise Conflict("report_not_newest")
    return signing.last


def _day(request: TenantRequest) -> date | None:
    """The due day of the period that is asked for; raises `Invalid`."""
    text = request.POST.get("due_on") or request.GET.get("period")
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise Invalid({"period": [_("Choose a day.")]}) from error


def _nothing_to_sign(request: TenantRequest, signing: Signing) -> HttpResponse:
    """Why there is no draft: no rhythm holds, all is signed, or the period is not open."""
    if not signing.has_rhythm:
        code = "no_rhythm"
    elif signing.last is not None and not signing.periods:
        code = "report_period_signed"
    else:
        code = "report_period_not_open"
    if request.method == "POST":
        raise Conflict(code)
    context = {
        "node": signing.node,
        "reason": TEXTS[code],
        "breadcrumbs": report_crumbs(request, signing.node, _("Draft")),
        "url": list_url(request, signing.node),
    }
    return render(request, "reporting/period_report_none.html", context)
