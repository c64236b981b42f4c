"""The pages behind an exception: opening one, assigning, asking, deciding, verifying."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods
from django_stubs_ext import StrOrPromise

from approvals.exceptions.choices import Act
from approvals.exceptions.labels import headline
from approvals.exceptions.models import GovernanceException
from approvals.exceptions.pages.detail import exception_crumbs, option_columns, shown_options
from approvals.exceptions.pages.forms import (
    MORE,
    AskForm,
    AssignForm,
    DecideForm,
    OpeningForm,
    VerifyForm,
)
from approvals.exceptions.pages.lines import exception_url
from approvals.exceptions.registry import parties_of, subject_named
from approvals.exceptions.selectors import exception_by_code
from approvals.exceptions.services.handling import (
    exception_ask,
    exception_assign,
    exception_decide,
    exception_verify,
)
from approvals.exceptions.services.opening import ExceptionDraft, exception_open
from approvals.exceptions.standing import standing_of
from governance.errors import Forbidden, Invalid, NotVisible
from governance.people.choices import Permission
from governance.people.selectors import live_memberships, member_by_email
from governance.ui.parts import Crumb
from governance.web.forms import refusals_in
from governance.web.refusals import refusal_text
from governance.web.rendering import UNPROCESSABLE
from governance.web.requests import TenantRequest

OK, PROPOSED = 200, 200
ABOUT = "about"


@require_http_methods(["GET", "HEAD", "POST"])
def exception_new(request: TenantRequest, tenant_slug: str) -> HttpResponse:
    """Open an exception by hand; `?about=` names the measure or place."""
    if not request.actor.may_anywhere(Permission.TREE_VIEW):
        raise NotVisible
    if request.method != "POST":
        return _opening(request, OpeningForm(initial={ABOUT: request.GET.get(ABOUT, "")[:50]}))
    form, status = OpeningForm(request.POST), UNPROCESSABLE
    if form.is_valid():
        try:
            with refusals_in(form):
                row = exception_open(draft=_draft(form, request), by=request.actor)
                messages.success(request, _("%(code)s was opened.") % {"code": row.code})
                return redirect(exception_url(row, request.tenant))
        except Forbidden as error:
            # Whose measure it is shows only once it is named; what was typed stays.
            form.add_error("about", refusal_text(error))
            status = error.status
    return _opening(request, form, status=status)


def _draft(form: OpeningForm, request: TenantRequest) -> ExceptionDraft:
    """The form with its subject looked up; raises `Invalid` alike for what is missing or hidden."""
    data = dict(form.cleaned_data)
    code = data.pop(ABOUT)
    try:
        subject = subject_named(code, by=request.actor)
    except NotVisible as error:
        text = _("There is no measure or place with the code %(code)s.") % {"code": code}
        raise Invalid({ABOUT: [text]}) from error
    return ExceptionDraft(subject=subject, **data)


def _opening(request: TenantRequest, form: OpeningForm, *, status: int = OK) -> HttpResponse:
    url = reverse("approvals:exceptions", args=[request.tenant.slug])
    context = {
        "form": form,
        "url": url,
        "breadcrumbs": [Crumb(_("Exceptions"), url), Crumb(_("Open an exception"))],
    }
    return render(request, "approvals/exception_new.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def assign(request: TenantRequest, tenant_slug: str, code: str) -> HttpResponse:
    """Give an exception to somebody who answers for it."""
    row = _open_to(request, code, Act.ASSIGN)
    form = AssignForm(_posted(request), initial={"seen_version": row.version, "owner": _owner(row)})
    if form.is_bound and form.is_valid():
        with refusals_in(form):
            data = form.cleaned_data
            exception_assign(
                row=row,
                owner=member_by_email(data["owner"], field="owner"),
                seen_version=data["seen_version"],
                by=request.actor,
            )
            return _done(request, row, _("The exception was assigned."))
    return _act_page(request, row, form, Act.ASSIGN, people=list(live_memberships()[:PROPOSED]))


def _owner(row: GovernanceException) -> str:
    """Whom the form proposes for a new exception: the owner of what it is about."""
    if row.owner is not None:
        return ""
    owners = parties_of(row).owners
    person = live_memberships().filter(pk__in=owners).first()
    return person.email if person else ""


@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: TenantRequest, tenant_slug: str, code: str) -> HttpResponse:
    """Ask for the decision, with the ways out; `more` adds rows and keeps what was typed."""
    row = _open_to(request, code, Act.ASK)
    form = AskForm(_posted(request), row=row, language=get_language() or "en")
    if form.is_bound and MORE not in request.POST and form.is_valid():
        with refusals_in(form):
            data = form.cleaned_data
            exception_ask(
                row=row,
                ask=data["ask"],
                options=form.options(),
                seen_version=data["seen_version"],
                by=request.actor,
            )
            return _done(request, row, _("The decision was asked for."))
    return _act_page(request, row, form, Act.ASK)


@require_http_methods(["GET", "HEAD", "POST"])
def decide(request: TenantRequest, tenant_slug: str, code: str) -> HttpResponse:
    """Decide in exactly one way, saying why."""
    row = _open_to(request, code, Act.DECIDE)
    form = DecideForm(_posted(request), initial={"seen_version": row.version})
    if form.is_bound and form.is_valid():
        with refusals_in(form):
            exception_decide(row=row, by=request.actor, **form.cleaned_data)
            return _done(request, row, _("The exception was decided."))
    return _act_page(request, row, form, Act.DECIDE)


@require_http_methods(["GET", "HEAD", "POST"])
def verify(request: TenantRequest, tenant_slug: str, code: str) -> HttpResponse:
    """Say that what was decided has been done."""
    row = _open_to(request, code, Act.VERIFY)
    form = VerifyForm(_posted(request), initial={"seen_version": row.version})
    if form.is_bound and form.is_valid():
        with refusals_in(form):
            exception_verify(row=row, by=request.actor, **form.cleaned_data)
            return _done(request, row, _("The exception has ended."))
    return _act_page(request, row, form, Act.VERIFY)


# --- what they share ----------------------------------------------------------------------------


def _open_to(request: TenantRequest, code: str, act: Act) -> GovernanceException:
    """The exception, where this person may do this; raises as the service does.

    A state that does not fit is told on a form that was sent, and is no page of its own to read.
    """
    row = exception_by_code(code, by=request.actor)
    standing = standing_of(row, request.actor)
    standing.require(act)
    if request.method != "POST" and (error := standing.refusal(act)):
        raise error
    return row


def _posted(request: TenantRequest) -> Any:
    return request.POST if request.method == "POST" else None


def _done(request: TenantRequest, row: GovernanceException, text: StrOrPromise) -> HttpResponse:
    messages.success(request, str(text))
    return redirect(exception_url(row, request.tenant))


def _act_page(
    request: TenantRequest, row: GovernanceException, form: forms.Form, act: Act, **extra: Any
) -> HttpResponse:
    context = {
        "row": row,
        "form": form,
        "act": act.value,
        "act_label": str(act.label),
        "title": headline(row.source, row.title),
        "options": shown_options(row),
        "option_columns": option_columns(),
        "url": exception_url(row, request.tenant),
        "breadcrumbs": exception_crumbs(row, request, str(act.label)),
        **extra,
    }
    is_more = MORE in request.POST
    status = UNPROCESSABLE if form.is_bound and not is_more else OK
    return render(request, "approvals/exception_act.html", context, status=status)
