"""The tree of places: opened level by level, never read as a whole."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from governance.people.choices import Permission
from governance.tenancy.models import Tenant
from governance.tree.models import Node
from governance.tree.selectors import ancestors_of, children_of, node_by_code, root_node
from governance.web.requests import TenantRequest
from initiatives.counting import Counted, measure_counts
from initiatives.pages.frame import node_url, require_sight
from initiatives.pages.sources import TITLES
from initiatives.places import inhabited, tree_tops

MOST_SHOWN = 100


@dataclass(slots=True)
class Branch:
    """One line of the tree; `children` is None as long as nobody has opened it."""

    node: Node
    url: str
    level: str
    count: int
    has_children: bool
    branch_url: str
    children: "list[Branch] | None" = None
    above: str = ""
    more: bool = field(default=False)


@require_safe
def tree(request: TenantRequest, tenant_slug: str) -> HttpResponse:
    """Portfolios, and below them what `?open=` opens; the rest follows on request."""
    by = request.actor
    require_sight(by)
    opened = _way_to(request)
    levels: dict[int | None, list[Node]] = {None: list(tree_tops(by)[: MOST_SHOWN + 1])}
    for node in opened:
        levels[node.pk] = list(children_of(node, by=by)[: MOST_SHOWN + 1])
    counted = measure_counts(node for rows in levels.values() for node in rows)
    branches = _branches(levels, counted, request.tenant)
    above = ancestors_of(levels[None])
    for branch in branches:
        parents = [above[pk].name for pk in branch.node.ancestor_ids[1:-1]]
        branch.above = " / ".join(parents)
    root = root_node()
    context = {
        "branches": branches,
        "counted": counted,
        "opened": opened[-1].code if opened else "",
        "may_create": by.may(Permission.NODE_CREATE, root.path),
        "new_reason": _new_reason(request, root),
        "new_url": reverse("initiatives:portfolio-new", args=[tenant_slug]),
        "lists": [
            {"label": str(title), "url": reverse(f"{level.page}s", args=[tenant_slug])}
            for level, title in TITLES.items()
        ],
    }
    return render(request, "initiatives/tree.html", context)


@require_safe
def tree_branch(request: TenantRequest, tenant_slug: str, code: str) -> HttpResponse:
    """What stands directly below one node, as a part of the tree."""
    node = node_by_code(code, by=request.actor)
    children = list(children_of(node, by=request.actor)[: MOST_SHOWN + 1])
    counted = measure_counts(children)
    branches = _branches({None: children}, counted, request.tenant)
    context = {
        "branches": branches[:MOST_SHOWN],
        "loaded": counted,
        "more": len(children) > MOST_SHOWN,
        "parent_url": node_url(node, request.tenant),
    }
    return render(request, "initiatives/_tree_branch.html", context)


def _way_to(request: TenantRequest) -> list[Node]:
    """The visible nodes from the top down to the one that the address opens."""
    code = request.GET.get("open", "")
    if not code:
        return []
    node = node_by_code(code, by=request.actor)
    found = ancestors_of([node])
    chain = [found[pk] for pk in node.ancestor_ids]
    return [step for step in chain if step.level and request.actor.sees(step.path)]


def _branches(
    levels: dict[int | None, list[Node]], counted: Counted, tenant: Tenant
) -> list[Branch]:
    """Lines of the tree from rows by parent; the rows of None stand on top."""
    with_children = inhabited([node for rows in levels.values() for node in rows])

    def lines(rows: Sequence[Node]) -> list[Branch]:
        return [_line(node, counted, with_children, tenant) for node in rows]

    tops = lines(levels[None])
    waiting = list(tops)
    while waiting:
        branch = waiting.pop()
        rows = levels.get(branch.node.pk)
        if rows is not None:
            branch.children = lines(rows[:MOST_SHOWN])
            branch.more = len(rows) > MOST_SHOWN
            waiting += branch.children
    return tops


def _line(node: Node, counted: Counted, with_children: set[int], tenant: Tenant) -> Branch:
    return Branch(
        node=node,
        url=node_url(node, tenant),
        level=str(node.known_level.label),
        count=counted.at(node),
        has_children=node.pk in with_children,
        branch_url=reverse("initiatives:tree-branch", args=[tenant.slug, node.code]),
    )


def _new_reason(request: TenantRequest, root: Node) -> str:
    """Why a portfolio cannot be created by somebody who creates nodes elsewhere."""
    by = request.actor
    if by.may(Permission.NODE_CREATE, root.path) or not by.may_anywhere(Permission.NODE_CREATE):
        return ""
    return _("Portfolios are created by those whose role covers the whole tenant.")
