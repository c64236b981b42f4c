"""Pages of portfolios, programs, projects and packages: one set of views, the level in the URL."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from governance.errors import NotVisible, Stale
from governance.history import history_of
from governance.pages.kept import opened
from governance.people.choices import Permission
from governance.tree.choices import Level
from governance.tree.models import Node
from governance.tree.selectors import children_of, node_by_code, root_node
from governance.tree.services import NodeDraft, node_change
from governance.ui.parts import Column
from governance.web.forms import refusals_in
from governance.web.pages import Order, keyset_page
from governance.web.refusals import TEXTS
from governance.web.rendering import UNPROCESSABLE, page_or_region
from governance.web.requests import TenantRequest
from initiatives.counting import measure_counts
from initiatives.pages.frame import chain_of, crumbs, node_crumbs, node_url
from initiatives.pages.lists import measure_table
from initiatives.pages.measures import CONFLICT
from initiatives.pages.node_actions import NEW_LABELS, child_action, node_actions
from initiatives.pages.node_forms import NewNodeForm, NodeForm
from initiatives.pages.seen import changed_meanwhile, seen_version
from initiatives.selectors import level_delete_refusal, measures_of
from initiatives.services import level_create, level_delete

HISTORY_SHOWN = 10
MEASURES_SHOWN = 50
BY_NAME = Order("name", "sort_key")


@require_safe
def node(request: TenantRequest, tenant_slug: str, code: str, level: Level) -> HttpResponse:
    """One node: what it is, what it adds up to, what stands below, who changed it."""
    by = request.actor
    row = node_by_code(code, by=by, level=level)
    chain = chain_of(row)
    context = {
        "node": row,
        "level": str(level.label),
        "chain": chain,
        "breadcrumbs": crumbs(chain[:-1], row.name, request=request),
        "actions": node_actions(row, request),
        "may_see_people": by.may(Permission.PEOPLE_VIEW, row.path),
        "asker_email": by.email,
        "history": history_of(
            level.word, row.code, request.GET.get("history_cursor", ""), limit=HISTORY_SHOWN
        ),
        "measures_url": f"{reverse('initiatives:measures', args=[tenant_slug])}"
        f"?{level.word}={row.code}",
        **opened(request, level.word, row.code),
        **(_children(request, row) if level.child else _measures(request, row)),
    }
    return page_or_region(request, "initiatives/node.html", context, region="below")


def _children(request: TenantRequest, row: Node) -> dict[str, Any]:
    """Visible nodes directly below, by name, page by page."""
    page = keyset_page(
        children_of(row, by=request.actor), order=BY_NAME, cursor=request.GET.get("cursor", "")
    )
    counted = measure_counts(page.rows)
    child = row.known_level.child
    return {
        "child_level": str(child.label) if child else "",
        "child_action": child_action(row, request),
        "page": page,
        "counted": counted,
        "child_columns": [
            Column("name", _("Name")),
            Column("code", _("Code")),
            Column("owner", _("Owner")),
            Column("sponsor", _("Sponsor")),
            Column("dates", _("Planned")),
            Column("measures", _("Measures"), numeric=True),
        ],
        "children": [
            {
                "node": child,
                "url": node_url(child, request.tenant),
                "count": counted.at(child),
            }
            for child in page.rows
        ],
    }


def _measures(request: TenantRequest, row: Node) -> dict[str, Any]:
    """The first measures of a package; the list has them all."""
    found = list(measures_of(row, by=request.actor)[: MEASURES_SHOWN + 1])
    table = measure_table(found[:MEASURES_SHOWN], request, sortable=False)
    return {
        **table,
        "is_package": True,
        "child_action": child_action(row, request),
        "has_more": len(found) > MEASURES_SHOWN,
    }


@require_http_methods(["GET", "HEAD", "POST"])
def node_new(request: TenantRequest, tenant_slug: str, level: Level) -> HttpResponse:
    """Create a node of a level under `?under=`; portfolios stand under the tenant itself."""
    by = request.actor
    parent = _parent(request, level)
    by.require(Permission.NODE_CREATE, parent.path)
    form = NewNodeForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        with refusals_in(form):
            draft = NodeDraft(level=level, **form.cleaned_data)
            made = level_create(parent=parent, draft=draft, by=by)
            messages.success(request, _("%(code)s was created.") % {"code": made.code})
            return redirect(node_url(made, request.tenant))
    title = str(NEW_LABELS[level])
    context = {
        "form": form,
        "title": title,
        "parent": parent,
        "is_project": level is Level.PROJECT,
        "breadcrumbs": node_crumbs(parent, title, request=request),
        "url": node_url(parent, request.tenant),
    }
    status = UNPROCESSABLE if form.is_bound else 200
    return render(request, "initiatives/node_new.html", context, status=status)


def _parent(request: TenantRequest, level: Level) -> Node:
    if level is Level.PORTFOLIO:
        root = root_node()
        if not request.actor.may_anywhere(Permission.TREE_VIEW):
            raise NotVisible
        return root
    return node_by_code(request.GET.get("under", ""), by=request.actor, level=Level(level - 1))


@require_http_methods(["GET", "HEAD", "POST"])
def node_edit(request: TenantRequest, tenant_slug: str, code: str, level: Level) -> HttpResponse:
    """Edit a node; a late save shows what changed meanwhile and keeps what was typed."""
    row = node_by_code(code, by=request.actor, level=level)
    request.actor.require(Permission.NODE_EDIT, row.path)
    if request.method != "POST":
        return _edit_page(request, row, NodeForm(node=row))
    form = NodeForm(request.POST, node=row)
    if form.is_valid():
        try:
            with refusals_in(form):
                seen = form.cleaned_data["seen_version"]
                fields = form.changes()
                node_change(node=row, seen_version=seen, fields=fields, by=request.actor)
        except Stale as error:
            return _stale_page(request, form, row, error)
    if not form.is_valid():
        return _edit_page(request, row, form, status=UNPROCESSABLE)
    messages.success(request, _("%(code)s was saved.") % {"code": row.code})
    return redirect(node_url(row, request.tenant))


def _edit_page(
    request: TenantRequest, row: Node, form: NodeForm, *, status: int = 200, **extra: Any
) -> HttpResponse:
    context = {
        "edited": row,
        "form": form,
        "breadcrumbs": node_crumbs(row, _("Edit"), request=request),
        "url": node_url(row, request.tenant),
        **extra,
    }
    return render(request, "initiatives/edit.html", context, status=status)


def _stale_page(request: TenantRequest, form: NodeForm, row: Node, error: Stale) -> HttpResponse:
    """The same form on top of the current version; nothing was saved."""
    row = node_by_code(row.code, by=request.actor)
    form.current = NodeForm(node=row).current
    merged = NodeForm(form.merged(error.current), node=row)
    versions = error.current - error.seen
    meanwhile = changed_meanwhile(row.known_level.word, row.code, versions=versions)
    return _edit_page(
        request, row, merged, status=CONFLICT, meanwhile=meanwhile, contested=form.contested
    )


@require_http_methods(["GET", "HEAD", "POST"])
def node_remove(request: TenantRequest, tenant_slug: str, code: str, level: Level) -> HttpResponse:
    """Delete a node with nothing below it, after a question; else the reason why it stays."""
    row = node_by_code(code, by=request.actor, level=level)
    request.actor.require(Permission.NODE_DELETE, row.path)
    if request.method == "POST":
        level_delete(node=row, seen_version=seen_version(request.POST), by=request.actor)
        messages.success(request, _("%(code)s was deleted.") % {"code": row.code})
        return redirect(node_url(row.parent, request.tenant))
    refusal = level_delete_refusal(row)
    context = {
        "node": row,
        "breadcrumbs": node_crumbs(row, _("Delete"), request=request),
        "url": node_url(row, request.tenant),
        "refusal": TEXTS[refusal] if refusal else "",
    }
    return render(request, "initiatives/node_delete.html", context)
