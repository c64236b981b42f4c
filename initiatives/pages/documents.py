"""The documents of a measure: the list, bringing one, a newer version, withdrawing, the bytes."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from governance.errors import Forbidden, NotVisible
from governance.web.forms import refusals_in
from governance.web.pages import Order, keyset_page
from governance.web.refusals import TEXTS
from governance.web.rendering import UNPROCESSABLE, page_or_region
from governance.web.requests import TenantRequest
from initiatives.documents.answers import document_answer
from initiatives.documents.models import Document, DocumentVersion
from initiatives.documents.selectors import (
    document_by_id,
    documents_of,
    upload_refusal,
    version_of,
    versions_of,
    withdraw_refusal,
)
from initiatives.documents.services import (
    document_add,
    document_version_add,
    document_withdraw,
)
from initiatives.milestones.models import Milestone
from initiatives.milestones.selectors import milestones_of
from initiatives.models import Measure
from initiatives.pages.document_forms import NewDocumentForm, NewVersionForm, WithdrawForm
from initiatives.pages.frame import Action, measure_crumbs, measure_frame, measure_url, voids_notice
from initiatives.selectors import measure_by_code

NEWEST_FIRST = Order("newest", "id", is_descending=True)
ON_A_PAGE = 20
SHORT_HASH = 12
MOST_DIGITS = 9


@dataclass(frozen=True, slots=True)
class ShownVersion:
    """One file as the list shows it."""

    version: DocumentVersion
    url: str
    short_hash: str


@dataclass(frozen=True, slots=True)
class Shown:
    """One document as the list shows it: its newest file, earlier ones, and what can be done."""

    document: Document
    newest: ShownVersion
    earlier: list[ShownVersion]
    renew: Action
    withdraw: Action


@require_safe
def documents(request: TenantRequest, tenant_slug: str, code: str) -> HttpResponse:
    """The documents of a measure, newest first, each with its versions."""
    measure = measure_by_code(code, by=request.actor)
    context = measure_frame(request, measure, "initiatives:measure-documents")
    cursor = request.GET.get("cursor", "")
    page = keyset_page(documents_of(measure), order=NEWEST_FIRST, cursor=cursor, limit=ON_A_PAGE)
    versions = versions_of(page.rows)
    for document in page.rows:
        document.measure = measure
    context |= {
        "page": page,
        "shown": [_shown(row, versions[row.pk], request) for row in page.rows],
        "add": add_action(measure, request),
    }
    return page_or_region(request, "initiatives/measure_documents.html", context, region="panel")


def add_action(measure: Measure, request: TenantRequest) -> Action:
    """The way to a new document; shown refused to those who bring none."""
    label = _("Add a document")
    if reason := upload_refusal(measure, request.actor):
        return Action(label, reason=str(TEXTS[reason]))
    return Action(label, measure_url(measure, request.tenant, "document-new"), "upload")


def document_url(document: Document, request: TenantRequest, page: str) -> str:
    return reverse(f"initiatives:document-{page}", args=[request.tenant.slug, document.public_id])


def _shown(document: Document, versions: list[DocumentVersion], request: TenantRequest) -> Shown:
    content = document_url(document, request, "content")
    newest, *earlier = [
        ShownVersion(row, f"{content}?version={row.number}", row.sha256[:SHORT_HASH])
        for row in versions
    ]
    refusals = {
        "version": upload_refusal(document.measure, request.actor),
        "withdraw": withdraw_refusal(document, request.actor),
    }
    if not refusals["version"] and refusals["withdraw"] in {
        "document_withdrawn",
        "document_is_bound",
    }:
        refusals["version"] = refusals["withdraw"]
    renew = _action(document, request, "version", _("New version"), "upload", refusals)
    withdraw = _action(document, request, "withdraw", _("Withdraw"), "ban", refusals)
    return Shown(document, newest, earlier, renew, withdraw)


def _action(  # the parts of one button
    document: Document,
    request: TenantRequest,
    page: str,
    label: str,
    icon: str,
    refusals: Mapping[str, str | None],
) -> Action:
    if reason := refusals[page]:
        return Action(label, reason=str(TEXTS[reason]))
    url = document_url(document, request, page)
    return Action(label, url, icon, dialog=page == "withdraw")


@require_http_methods(["GET", "HEAD", "POST"])
def document_new(request: TenantRequest, tenant_slug: str, code: str) -> HttpResponse:
    """Bring a document; `?milestone=` says which milestone it proves."""
    measure = measure_by_code(code, by=request.actor)
    _require_hands(measure, request)
    milestones = list(milestones_of(measure))
    chosen = _milestone_asked(request, milestones)
    if request.method == "POST":
        form = NewDocumentForm(request.POST, request.FILES, milestones=milestones)
    else:
        form = NewDocumentForm(milestones=milestones, chosen=chosen)
    if form.is_bound and form.is_valid():
        with refusals_in(form):
            document_add(measure=measure, draft=form.draft, upload=form.upload, by=request.actor)
            messages.success(request, _("The document was added."))
            page = "measure-plan" if form.draft.milestone else "measure-documents"
            return redirect(measure_url(measure, request.tenant, page))
    return _form_page(request, measure, form, _("Add a document"), "initiatives/document_form.html")


@require_http_methods(["GET", "HEAD", "POST"])
def document_version(request: TenantRequest, tenant_slug: str, document_id: UUID) -> HttpResponse:
    """Bring a newer version of a document."""
    document = document_by_id(document_id, by=request.actor)
    _require_hands(document.measure, request)
    is_upload = request.method == "POST"
    form = NewVersionForm(request.POST, request.FILES) if is_upload else NewVersionForm()
    if form.is_bound and form.is_valid():
        with refusals_in(form):
            document_version_add(document=document, upload=form.upload, by=request.actor)
            messages.success(request, _("The new version was added."))
            return redirect(measure_url(document.measure, request.tenant, "measure-documents"))
    title = _("New version of «%(title)s»") % {"title": document.title}
    return _form_page(request, document.measure, form, title, "initiatives/document_form.html")


@require_http_methods(["GET", "HEAD", "POST"])
def document_remove(request: TenantRequest, tenant_slug: str, document_id: UUID) -> HttpResponse:
    """Withdraw a document, after a question, with a reason."""
    document = document_by_id(document_id, by=request.actor)
    if withdraw_refusal(document, request.actor) == "document_of_another":
        raise Forbidden("document_of_another")
    form = WithdrawForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        with refusals_in(form):
            document_withdraw(
                document=document,
                seen_version=form.cleaned_data["seen_version"],
                reason=form.cleaned_data["reason"],
                by=request.actor,
            )
            messages.success(request, _("The document was withdrawn."))
            return redirect(measure_url(document.measure, request.tenant, "measure-documents"))
    form.initial["seen_version"] = document.version
    title = _("Withdraw a document")
    template = "initiatives/document_withdraw.html"
    return _form_page(request, document.measure, form, title, template, document=document)


@require_safe
def document_content(
    request: TenantRequest, tenant_slug: str, document_id: UUID
) -> HttpResponseBase:
    """The bytes of a version, the newest unless `?version=` says another."""
    document = document_by_id(document_id, by=request.actor)
    asked = request.GET.get("version", "")
    if asked and not (asked.isascii() and asked.isdecimal() and len(asked) <= MOST_DIGITS):
        raise NotVisible
    return document_answer(version_of(document, int(asked) if asked else None))


def _require_hands(measure: Measure, request: TenantRequest) -> None:
    if upload_refusal(measure, request.actor) == "document_not_yours":
        raise Forbidden("document_not_yours")


def _milestone_asked(request: TenantRequest, milestones: list[Milestone]) -> Milestone | None:
    try:
        asked = uuid.UUID(request.GET.get("milestone", ""))
    except ValueError:
        return None
    return next((row for row in milestones if row.public_id == asked), None)


def _form_page(  # what all forms of documents are rendered from
    request: TenantRequest, measure: Measure, form: Any, title: str, template: str, **extra: Any
) -> HttpResponse:
    context = {
        "form": form,
        "measure": measure,
        "title": title,
        "breadcrumbs": measure_crumbs(measure, title, request=request),
        "url": measure_url(measure, request.tenant, "measure-documents"),
        "voids_notice": voids_notice(measure),
        **extra,
    }
    return render(request, template, context, status=UNPROCESSABLE if form.is_bound else 200)
