"""A new measure: choose its place, then say what it is (H5)."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from governance.errors import Forbidden
from governance.people.choices import Permission
from governance.tree.choices import Level
from governance.tree.models import Node
from governance.tree.selectors import node_by_code
from governance.web.forms import refusals_in
from governance.web.rendering import UNPROCESSABLE, page_or_region
from governance.web.requests import TenantRequest
from initiatives.pages.frame import chain_of, crumbs, measure_url, node_url
from initiatives.pages.measure_forms import NewMeasureForm
from initiatives.pages.moving import PlaceSearch, options_context
from initiatives.rules import fields_at_creation
from initiatives.selectors import hands_in
from initiatives.services import measure_create

HOMES = (Level.PROJECT, Level.PACKAGE)


@require_http_methods(["GET", "HEAD", "POST"])
def measure_new(request: TenantRequest, tenant_slug: str) -> HttpResponse:
    """Create a measure under `?under=`, a project or package; without one, choose it first."""
    by = request.actor
    if not by.may_anywhere(Permission.MEASURE_CREATE):
        by.require_anywhere(Permission.TREE_VIEW)
        raise Forbidden
    code = request.GET.get("under", "")
    place = node_by_code(code, by=by) if code else None
    if place is None or place.known_level not in HOMES:
        return _choose(request, place)
    by.require(Permission.MEASURE_CREATE, place.path)
    settable = fields_at_creation(hands_in(place.path, by))
    if request.method != "POST":
        return _form_page(request, place, NewMeasureForm(settable=settable))
    form = NewMeasureForm(request.POST, settable=settable)
    if form.is_valid():
        with refusals_in(form):
            made = measure_create(package=place, draft=form.draft, by=by)
            text = _("%(code)s was created; it starts Identified.") % {"code": made.code}
            messages.success(request, text)
            return redirect(measure_url(made, request.tenant))
    return _form_page(request, place, form, status=UNPROCESSABLE)


def _form_page(
    request: TenantRequest, place: Node, form: NewMeasureForm, *, status: int = 200
) -> HttpResponse:
    context = {
        "form": form,
        "place": place,
        "will_own": "owner" not in form.fields
        and request.actor.may(Permission.MEASURE_EDIT_OWN, place.path),
        "breadcrumbs": crumbs(chain_of(place), _("New measure"), request=request),
        "url": node_url(place, request.tenant),
    }
    return render(request, "initiatives/measure_new.html", context, status=status)


def _choose(request: TenantRequest, near: Node | None) -> HttpResponse:
    search = PlaceSearch.of(request)
    context = {
        **options_context(
            search,
            HOMES,
            Permission.MEASURE_CREATE,
            near=near.path if near else "",
            by=request.actor,
        ),
        "breadcrumbs": crumbs(chain_of(near) if near else [], _("New measure"), request=request),
        "url": reverse("initiatives:measure-new", args=[request.tenant.slug]),
        "near": near,
    }
    return page_or_region(request, "initiatives/measure_place.html", context, region="options")
