"""The import studio: uploads, and one import from its columns to its undo."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from exchange.choices import ImportState, ProfileCode
from exchange.files.shapes import Shape
from exchange.models import Import
from exchange.pages.forms import ApplyForm, ColumnsForm, ShapeForm, UploadForm, initial_shape
from exchange.pages.results import result_context
from exchange.profiles.registry import PROFILES, profile_of
from exchange.selectors import import_by_id, progress_of, visible_imports
from exchange.services.applying import import_apply
from exchange.services.undoing import import_undo
from exchange.services.uploads import (
    MAPPABLE,
    import_check_again,
    import_discard,
    import_map,
    import_reshape,
    import_upload,
)
from exchange.undo_checks import built_upon
from governance.errors import Conflict, Forbidden, Invalid
from governance.people.choices import Permission
from governance.text import sort_key
from governance.tree.selectors import visible_nodes
from governance.ui.parts import Column, Crumb
from governance.web.forms import VersionedForm, refusals_in, seen_version
from governance.web.pages import Order, keyset_page
from governance.web.refusals import TEXTS
from governance.web.rendering import UNPROCESSABLE, page_or_region
from governance.web.requests import TenantRequest

REGION = "import"
PLACES_SHOWN = 200
NEWEST_FIRST = Order("newest", "id", is_descending=True)
TONES = {
    ImportState.CHECKED: "blue",
    ImportState.MAPPING: "blue",
    ImportState.APPLIED: "green",
    ImportState.FAILED: "red",
    ImportState.UNDONE: "amber",
}


@require_http_methods(["GET", "HEAD", "POST"])
def imports(request: TenantRequest, tenant_slug: str) -> HttpResponse:
    """Files brought in before, and the door for a new one."""
    by = request.actor
    if not by.may_anywhere(Permission.IMPORT_RUN):
        raise Forbidden("forbidden", Permission.IMPORT_RUN.label)
    is_upload = request.method == "POST"
    form = UploadForm(request.POST, request.FILES) if is_upload else UploadForm()
    if is_upload and form.is_valid():
        with refusals_in(form):
            upload = form.cleaned_data["file"]
            run = import_upload(
                name=upload.name,
                content=upload.chunks(),
                profile=ProfileCode(form.cleaned_data["profile"]),
                by=by,
            )
            return redirect("exchange:import", tenant_slug, run.public_id)
    page = keyset_page(
        visible_imports(by), order=NEWEST_FIRST, cursor=request.GET.get("cursor", "")
    )
    context = {
        "form": form,
        "profiles": [profile() for profile in PROFILES.values()],
        "page": page,
        "rows": [(run, TONES.get(run.known_state, "neutral")) for run in page.rows],
        "columns": [
            Column("file", _("File")),
            Column("profile", _("What it holds")),
            Column("state", _("State")),
            Column("author", _("By")),
            Column("at", _("When")),
        ],
    }
    status = UNPROCESSABLE if form.is_bound else 200
    return page_or_region(request, "exchange/imports.html", context, region="list", status=status)


def found(request: TenantRequest, import_id: UUID) -> Import:
    return import_by_id(str(import_id), by=request.actor)


def address(request: TenantRequest, run: Import, name: str = "import") -> str:
    return reverse(f"exchange:{name}", args=[request.tenant.slug, run.public_id])


def crumbs(request: TenantRequest, run: Import, *more: str) -> list[Crumb]:
    own = Crumb(run.file_name, address(request, run) if more else "")
    start = Crumb(_("Imports"), reverse("exchange:imports", args=[request.tenant.slug]))
    return [start, own, *(Crumb(label) for label in more)]


@require_safe
def show(request: TenantRequest, tenant_slug: str, import_id: UUID) -> HttpResponse:
    """One import as it stands now; while a worker is at it the page looks again by itself."""
    return import_page(request, found(request, import_id))


def import_page(
    request: TenantRequest, run: Import, *, form: ApplyForm | None = None, status: int = 200
) -> HttpResponse:
    """Progress, columns or results, whatever the import's state calls for."""
    state = run.known_state
    context: dict[str, Any] = {
        "run": run,
        "profile": profile_of(run.profile),
        "state": state,
        "tone": TONES.get(state, "neutral"),
        "is_working": state.is_working,
        "may_map": state in MAPPABLE and bool(run.columns),
        "failure": failure_of(run),
        "breadcrumbs": crumbs(request, run),
        "url": address(request, run),
        "apply_form": form or ApplyForm(initial={"seen_version": run.version}),
    }
    if state.is_working:
        context["progress"] = progress_of(run)
    elif state is ImportState.MAPPING:
        context |= columns_context(request, run)
    elif state not in {ImportState.FAILED, ImportState.READING}:
        context |= result_context(request, run)
    return page_or_region(request, "exchange/import.html", context, region=REGION, status=status)


def failure_of(run: Import) -> dict[str, Any]:
    """What went wrong, in words, with the places it concerns."""
    if not run.failure:
        return {}
    code = str(run.failure.get("code", ""))
    return {"text": failure_text(code), "errors": run.failure.get("errors", {})}


def failure_text(code: str) -> str:
    if code == "changed_meanwhile":
        return _("The tenant changed since the check. The rows were checked again: look once more.")
    if code == "invalid":
        return _("The file cannot be read as it is.")
    return str(TEXTS.get(code) or _("This was not possible."))


def columns_context(
    request: TenantRequest,
    run: Import,
    *,
    columns: ColumnsForm | None = None,
    shape: ShapeForm | None = None,
) -> dict[str, Any]:
    """The forms over the file's shape and columns, and places to choose from."""
    profile = profile_of(run.profile)
    start = {"seen_version": run.version}
    context: dict[str, Any] = {
        "columns_form": columns or ColumnsForm(run=run, profile=profile, initial=start),
        "profile": profile,
        "fields": sorted(profile.fields, key=lambda field: sort_key(str(field.label))),
        "total": run.total,
    }
    if run.shape:
        read_as = Shape.from_data(run.shape)
        context["shape"] = read_as
        context["shape_form"] = shape or ShapeForm(initial=initial_shape(run), shape=read_as)
    if any(option.is_place for option in profile.options):
        nodes = visible_nodes(request.actor).filter(is_default=False)
        context["places"] = nodes.order_by("level", "sort_key", "id")[:PLACES_SHOWN]
    return context


@require_http_methods(["GET", "HEAD", "POST"])
def columns(request: TenantRequest, tenant_slug: str, import_id: UUID) -> HttpResponse:
    """Say what the columns mean; what was checked before is checked anew."""
    run = found(request, import_id)
    profile = profile_of(run.profile)
    form = ColumnsForm(
        request.POST if request.method == "POST" else None,
        run=run,
        profile=profile,
        initial={"seen_version": run.version},
    )
    if request.method == "POST" and form.is_valid():
        try:
            import_map(
                run=run,
                mapping=form.mapping,
                options=form.options,
                seen_version=form.cleaned_data["seen_version"],
                by=request.actor,
            )
            return redirect(address(request, run))
        except Invalid as error:
            _show_faults(form, error)
    return _columns_page(request, run, columns=form)


def _show_faults(form: ColumnsForm, error: Invalid) -> None:
    for name, texts in error.errors.items():
        for field in (name, f"option-{name}"):
            if field in form.fields:
                form.add_error(field, [str(text) for text in texts])
                break
        else:
            form.add_error(None, [str(text) for text in texts])


def _columns_page(request: TenantRequest, run: Import, **forms: Any) -> HttpResponse:
    context = {
        "run": run,
        "url": address(request, run),
        "breadcrumbs": crumbs(request, run, _("Columns")),
        **columns_context(request, run, **forms),
    }
    is_wrong = any(form is not None and form.is_bound for form in forms.values())
    status = UNPROCESSABLE if is_wrong else 200
    return render(request, "exchange/columns.html", context, status=status)


@require_POST
def shape(request: TenantRequest, tenant_slug: str, import_id: UUID) -> HttpResponse:
    """Read the file in another way."""
    run = found(request, import_id)
    if not run.shape:
        raise Conflict("import_busy")
    form = ShapeForm(request.POST, shape=Shape.from_data(run.shape))
    if form.is_valid():
        with refusals_in(form):
            seen = form.cleaned_data["seen_version"]
            import_reshape(run=run, wanted=form.wanted, seen_version=seen, by=request.actor)
            return redirect(address(request, run))
    return _columns_page(request, run, shape=form)


@require_POST
def check(request: TenantRequest, tenant_slug: str, import_id: UUID) -> HttpResponse:
    """Check the rows once more."""
    run = found(request, import_id)
    import_check_again(run=run, seen_version=seen_version(request.POST), by=request.actor)
    return redirect(address(request, run))


@require_POST
def apply(request: TenantRequest, tenant_slug: str, import_id: UUID) -> HttpResponse:
    """Import what was checked."""
    run = found(request, import_id)
    form = ApplyForm(request.POST)
    if form.is_valid():
        with refusals_in(form):
            import_apply(
                run=run,
                seen_version=form.cleaned_data["seen_version"],
                leaves_out_refused=form.cleaned_data["leaves_out_refused"],
                by=request.actor,
            )
            return redirect(address(request, run))
    return import_page(request, run, form=form, status=UNPROCESSABLE)


@require_http_methods(["GET", "HEAD", "POST"])
def undo(request: TenantRequest, tenant_slug: str, import_id: UUID) -> HttpResponse:
    """Ask whether to take the import back, then do it."""
    run = found(request, import_id)
    sent = request.POST if request.method == "POST" else None
    form = VersionedForm(sent, initial={"seen_version": run.version})
    if sent is not None and form.is_valid():
        with refusals_in(form):
            seen = form.cleaned_data["seen_version"]
            import_undo(run=run, seen_version=seen, by=request.actor)
            return redirect(address(request, run))
    context = {
        "run": run,
        "form": form,
        "url": address(request, run),
        "breadcrumbs": crumbs(request, run, _("Undo")),
        "blockers": built_upon(run) if run.state == ImportState.APPLIED else [],
    }
    status = UNPROCESSABLE if form.is_bound else 200
    return render(request, "exchange/undo.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def discard(request: TenantRequest, tenant_slug: str, import_id: UUID) -> HttpResponse:
    """Ask whether to let the file go, then do it."""
    run = found(request, import_id)
    if request.method == "POST":
        import_discard(run=run, seen_version=seen_version(request.POST), by=request.actor)
        messages.success(request, _("%(name)s was discarded.") % {"name": run.file_name})
        return redirect("exchange:imports", tenant_slug)
    context = {
        "run": run,
        "url": address(request, run),
        "breadcrumbs": crumbs(request, run, _("Discard")),
    }
    return render(request, "exchange/discard.html", context)
