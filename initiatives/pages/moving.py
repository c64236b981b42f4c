"""Choosing a place in the tree, and moving nodes and measures there (H2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from governance.errors import Invalid, NotVisible
from governance.people.actor import Actor
from governance.people.choices import Permission
from governance.tree.choices import Level
from governance.tree.models import Node
from governance.tree.selectors import node_by_code
from governance.tree.services import node_move
from governance.ui.parts import Crumb
from governance.web.forms import LineField, VersionedForm, refusals_in
from governance.web.refusals import TEXTS
from governance.web.rendering import UNPROCESSABLE, page_or_region
from governance.web.requests import TenantRequest
from initiatives.pages.frame import measure_crumbs, measure_url, node_crumbs, node_url
from initiatives.places import OPTIONS, place_options
from initiatives.selectors import measure_by_code
from initiatives.services import measure_move


class PlaceSearch(forms.Form):
    """Looks for a place by code or words of its name."""

    find = LineField(
        label=gettext_lazy("Look for a place"),
        required=False,
        max_length=200,
        widget=forms.TextInput(
            attrs={"type": "search", "placeholder": gettext_lazy("Code or words of the name")}
        ),
    )

    @classmethod
    def of(cls, request: TenantRequest) -> "PlaceSearch":
        """The search in the address; raises `Invalid` where it cannot be read."""
        form = cls({"find": request.GET.get("find", "")})
        if not form.is_valid():
            raise Invalid({"find": [str(text) for text in form.errors["find"]]})
        return form

    @property
    def text(self) -> str:
        text: str = self.cleaned_data["find"]
        return text


class MoveForm(VersionedForm):
    """Where to."""

    to = LineField(
        label=gettext_lazy("New place"),
        max_length=50,
        error_messages={"required": gettext_lazy("Choose the new place.")},
    )


@dataclass(frozen=True, slots=True)
class Move:
    """What moves: where from, which places could take it, and where its pages are."""

    title: str
    version: int
    levels: Sequence[Level]
    breadcrumbs: Sequence[Crumb]
    stands_at: Node
    near: str
    url: str
    refusal: str = ""


def options_context(
    search: PlaceSearch,
    levels: Sequence[Level],
    permission: Permission,
    *,
    near: str,
    by: Actor,
) -> dict[str, Any]:
    """The search and what it found, for `initiatives/_place_options.html`."""
    found = place_options(levels, permission, text=search.text, near=near, by=by)
    return {"search": search, "options": found[:OPTIONS], "has_more": len(found) > OPTIONS}


@require_http_methods(["GET", "HEAD", "POST"])
def measure_place(request: TenantRequest, tenant_slug: str, code: str) -> HttpResponse:
    """Move a measure into another project or package; its judges stay (S11)."""
    by = request.actor
    row = measure_by_code(code, by=by)
    by.require(Permission.NODE_MOVE, row.path)
    move = Move(
        title=f"{row.code} {row.name}",
        version=row.version,
        levels=(Level.PROJECT, Level.PACKAGE),
        breadcrumbs=measure_crumbs(row, _("Move"), request=request),
        stands_at=row.package,
        near=_upper_path(row.package.path, Level.PROGRAM),
        url=measure_url(row, request.tenant),
    )
    form = _bound(request)
    if form is not None and form.is_valid():
        with refusals_in(form):
            place = _place(form, by)
            seen = form.cleaned_data["seen_version"]
            measure_move(measure=row, package=place, seen_version=seen, by=by)
            return _moved(request, move, place)
    return _move_page(request, move, form)


@require_http_methods(["GET", "HEAD", "POST"])
def node_place(request: TenantRequest, tenant_slug: str, code: str, level: Level) -> HttpResponse:
    """Move a node below another parent; all below it comes along."""
    by = request.actor
    node = node_by_code(code, by=by, level=level)
    by.require(Permission.NODE_MOVE, node.path)
    move = Move(
        title=f"{node.code} {node.name}",
        version=node.version,
        levels=(Level(level - 1),),
        breadcrumbs=node_crumbs(node, _("Move"), request=request),
        stands_at=node.parent,
        near=_upper_path(node.path, Level.PORTFOLIO),
        url=node_url(node, request.tenant),
        refusal=str(TEXTS["move_default"]) if node.is_default else "",
    )
    form = _bound(request)
    if form is not None and form.is_valid():
        with refusals_in(form):
            parent = _place(form, by)
            seen = form.cleaned_data["seen_version"]
            node_move(node=node, parent=parent, seen_version=seen, by=by)
            return _moved(request, move, parent)
    return _move_page(request, move, form)


def _upper_path(path: str, level: Level) -> str:
    """The path of the ancestor at a level."""
    return "/".join(path.split("/")[: level + 1]) + "/"


def _bound(request: TenantRequest) -> MoveForm | None:
    return MoveForm(request.POST) if request.method == "POST" else None


def _place(form: MoveForm, by: Actor) -> Node:
    code = form.cleaned_data["to"]
    try:
        return node_by_code(code, by=by)
    except NotVisible as error:
        raise Invalid({"to": [_("There is no %(code)s here.") % {"code": code}]}) from error


def _moved(request: TenantRequest, move: Move, place: Node) -> HttpResponse:
    text = _("%(what)s now stands in %(place)s.") % {"what": move.title, "place": place.name}
    messages.success(request, text)
    return redirect(move.url)


def _move_page(request: TenantRequest, move: Move, form: MoveForm | None) -> HttpResponse:
    permission = Permission.NODE_MOVE
    search = PlaceSearch.of(request)
    found = options_context(search, move.levels, permission, near=move.near, by=request.actor)
    stands_at = move.stands_at.parent_id if move.stands_at.is_default else move.stands_at.pk
    context = {
        **found,
        "options": [node for node in found["options"] if node.pk != stands_at],
        "move": move,
        "form": form,
        "chosen": form.data.get("to", "") if form is not None else "",
        "breadcrumbs": move.breadcrumbs,
    }
    status = UNPROCESSABLE if form is not None else 200
    return page_or_region(
        request, "initiatives/move.html", context, region="options", status=status
    )
