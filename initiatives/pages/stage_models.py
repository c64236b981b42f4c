"""Stage models: read as people read them, propose, publish as a second person, discard (S5)."""

import json
from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from governance.errors import Conflict, Forbidden, Invalid
from governance.people.actor import Actor
from governance.people.choices import Permission
from governance.ui.parts import Column, Crumb
from governance.web.forms import LineField, ProseField, seen_version
from governance.web.refusals import refusal_text
from governance.web.requests import TenantRequest
from initiatives.pages.frame import require_sight
from initiatives.pages.stage_model_view import Change, changes_from, pretty, reading_of
from initiatives.stage_models.choices import ModelState
from initiatives.stage_models.models import STANDARD_CODE, StageModelVersion
from initiatives.stage_models.selectors import standard_version, version_by, versions
from initiatives.stage_models.services import (
    NAME_LENGTH,
    NOTE_LENGTH,
    VersionDraft,
    version_discard,
    version_propose,
    version_publish,
)

OK, UNPROCESSABLE = 200, 422
DEFINITION_LENGTH = 200_000
MOST_VERSIONS = 200
TONES = {
    ModelState.DRAFT: "amber",
    ModelState.PUBLISHED: "green",
    ModelState.REPLACED: "neutral",
}


class VersionForm(forms.Form):
    """A version to be: its definition is JSON."""

    name = LineField(label=gettext_lazy("Name"), max_length=NAME_LENGTH)
    note = ProseField(
        label=gettext_lazy("What changes, and why"), required=False, max_length=NOTE_LENGTH, rows=3
    )
    definition = forms.CharField(
        label=gettext_lazy("Definition"),
        max_length=DEFINITION_LENGTH,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 24, "spellcheck": "false", "class": "tg-code"}),
        help_text=gettext_lazy("JSON: stages, settings, gates with criteria and route, light."),
    )

    def clean_definition(self) -> Mapping[str, Any]:
        try:
            raw = json.loads(self.cleaned_data["definition"])
        except (ValueError, RecursionError) as error:
            place = f" ({error})" if isinstance(error, ValueError) else ""
            text = _("This is not JSON that can be read%(place)s.") % {"place": place}
            raise forms.ValidationError(text) from error
        if not isinstance(raw, dict):
            raise forms.ValidationError(_("A definition is a JSON object."))
        return raw


@require_safe
def stage_models(request: TenantRequest, tenant_slug: str) -> HttpResponse:
    """All versions of the stage models, the newest of each first."""
    require_sight(request.actor)
    rows = list(versions()[:MOST_VERSIONS])
    context = {
        "rows": [_version_row(row, request) for row in rows],
        "columns": [
            Column("name", _("Version")),
            Column("state", _("State")),
            Column("proposed", _("Proposed by")),
            Column("published", _("Published by")),
        ],
        "propose_url": reverse("initiatives:stage-model-new", args=[tenant_slug]),
        "propose_refusal": propose_refusal(request.actor, rows),
        "breadcrumbs": [Crumb(_("Stage models"))],
    }
    return render(request, "initiatives/stage_models.html", context)


def _version_row(row: StageModelVersion, request: TenantRequest) -> dict[str, Any]:
    state = ModelState(row.state)
    return {
        "row": row,
        "state": state.label,
        "tone": TONES[state],
        "url": version_url(row, request),
    }


def version_url(row: StageModelVersion, request: TenantRequest, page: str = "") -> str:
    name = f"initiatives:stage-model{page}"
    return reverse(name, args=[request.tenant.slug, row.code, row.number])


def propose_refusal(by: Actor, rows: list[StageModelVersion]) -> str:
    """Why this person cannot propose a version now; empty if they can."""
    if not by.may_anywhere(Permission.GOVERNANCE_MANAGE):
        return _("Stage models are changed by the PMO, the head of controlling or administrators.")
    if any(row.code == STANDARD_CODE and row.state == ModelState.DRAFT for row in rows):
        return _("A draft of this stage model waits already; publish or discard it first.")
    return ""


def publish_refusal(row: StageModelVersion, by: Actor) -> str:
    """Why this person cannot publish a draft; empty if they can (S5)."""
    if not by.may_anywhere(Permission.GOVERNANCE_MANAGE):
        return _("Stage models are changed by the PMO, the head of controlling or administrators.")
    if row.proposed_by_id == by.membership_id:
        return _("You proposed this version; a second person publishes it (S5).")
    return ""


@require_safe
def stage_model(request: TenantRequest, tenant_slug: str, code: str, number: int) -> HttpResponse:
    """One version as people read it: ladder, moves, gates, light track, settings."""
    require_sight(request.actor)
    row = version_by(code, number)
    state = ModelState(row.state)
    manages = request.actor.may_anywhere(Permission.GOVERNANCE_MANAGE)
    context = {
        "row": row,
        "state": state.label,
        "tone": TONES[state],
        "is_draft": state is ModelState.DRAFT,
        "publish_url": version_url(row, request, "-publish"),
        "publish_refusal": publish_refusal(row, request.actor),
        "discard_url": version_url(row, request, "-discard"),
        "discard_refusal": "" if manages else publish_refusal(row, request.actor),
        "changes": _changes_to(row) if state is ModelState.DRAFT else [],
        "text": pretty(row.plain),
        **reading_of(row.read),
        "breadcrumbs": [_crumb(tenant_slug), Crumb(str(row))],
    }
    return render(request, "initiatives/stage_model.html", context)


def _crumb(tenant_slug: str) -> Crumb:
    return Crumb(_("Stage models"), reverse("initiatives:stage-models", args=[tenant_slug]))


def _changes_to(row: StageModelVersion) -> list[Change]:
    published = StageModelVersion.objects.filter(code=row.code, state=ModelState.PUBLISHED).first()
    return changes_from(published.plain, row.plain) if published else []


@require_http_methods(["GET", "HEAD", "POST"])
def stage_model_new(request: TenantRequest, tenant_slug: str) -> HttpResponse:
    """Propose the next version; what is wrong is said by its path, and what was typed stays."""
    by = request.actor
    require_sight(by)
    by.require_anywhere(Permission.GOVERNANCE_MANAGE)
    published = standard_version()
    changes: list[Change] = []
    if request.method == "POST":
        form, status = VersionForm(request.POST), UNPROCESSABLE
        if form.is_valid():
            data = form.cleaned_data
            changes = changes_from(published.plain, data["definition"])
            if "compare" in request.POST:
                return _form_page(request, form, changes, OK)
            try:
                draft = VersionDraft(data["name"], data["definition"], data["note"])
                row = version_propose(draft=draft, by=by)
            except (Invalid, Conflict) as error:
                status = _refuse(form, error)
            else:
                messages.success(request, _("Proposed; a second person publishes it."))
                return redirect(version_url(row, request))
        return _form_page(request, form, changes, status)
    initial = {"name": published.name, "definition": pretty(published.plain)}
    return _form_page(request, VersionForm(initial=initial), changes, OK)


def _refuse(form: VersionForm, error: Invalid | Conflict) -> int:
    if not isinstance(error, Invalid):
        form.add_error(None, refusal_text(error))
        return error.status
    for name, texts in error.errors.items():
        head, _dot, path = name.partition(".")
        shown = [f"{path}: {text}" if path else str(text) for text in texts]
        form.add_error(head if head in form.fields else None, shown)
    return UNPROCESSABLE


def _form_page(
    request: TenantRequest, form: VersionForm, changes: list[Change], status: int
) -> HttpResponse:
    context = {
        "form": form,
        "changes": changes,
        "compared": form.is_bound and not form.errors,
        "breadcrumbs": [_crumb(request.tenant.slug), Crumb(_("Propose a version"))],
    }
    return render(request, "initiatives/stage_model_new.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def stage_model_publish(
    request: TenantRequest, tenant_slug: str, code: str, number: int
) -> HttpResponse:
    """Publish a draft as a second person, after a question."""
    row = _managed(request, code, number)
    words = {
        "title": _("Publish %(version)s?") % {"version": row},
        "text": _(
            "Measures made from now on start on it. You decide nothing under it for a while (S5)."
        ),
        "label": _("Publish"),
    }
    return _confirmed(request, row, words, _publish)


def _publish(row: StageModelVersion, request: TenantRequest) -> str:
    version_publish(version=row, by=request.actor)
    messages.success(request, _("%(version)s is published.") % {"version": row})
    return version_url(row, request)


@require_http_methods(["GET", "HEAD", "POST"])
def stage_model_discard(
    request: TenantRequest, tenant_slug: str, code: str, number: int
) -> HttpResponse:
    """Throw a draft away, after a question."""
    row = _managed(request, code, number)
    words = {
        "title": _("Discard %(version)s?") % {"version": row},
        "text": _("The draft goes; nothing followed it yet."),
        "label": _("Discard"),
    }
    return _confirmed(request, row, words, _discard)


def _discard(row: StageModelVersion, request: TenantRequest) -> str:
    seen = seen_version(request.POST)
    version_discard(version=row, seen_version=seen, by=request.actor)
    messages.success(request, _("The draft was discarded."))
    return reverse("initiatives:stage-models", args=[request.tenant.slug])


def _managed(request: TenantRequest, code: str, number: int) -> StageModelVersion:
    require_sight(request.actor)
    request.actor.require_anywhere(Permission.GOVERNANCE_MANAGE)
    return version_by(code, number)


def _confirmed(
    request: TenantRequest, row: StageModelVersion, words: dict[str, str], act: Any
) -> HttpResponse:
    refusal, status = "", OK
    if request.method == "POST":
        try:
            return redirect(act(row, request))
        except (Conflict, Forbidden) as error:
            refusal, status = refusal_text(error), error.status
    context = {
        **words,
        "row": row,
        "refusal": refusal,
        "back_url": version_url(row, request),
        "breadcrumbs": [_crumb(request.tenant.slug), Crumb(str(row))],
    }
    return render(request, "initiatives/stage_model_confirm.html", context, status=status)
