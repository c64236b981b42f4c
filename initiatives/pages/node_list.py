"""Lists of portfolios, programs, projects and packages, under the nouns that the API uses too."""

from typing import Any

from django import forms
from django.http import HttpResponse, QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from governance.errors import Invalid
from governance.tree.choices import Level
from governance.ui.parts import Column
from governance.web.forms import LineField
from governance.web.pages import Order, chosen_order, keyset_page
from governance.web.rendering import page_or_region
from governance.web.requests import TenantRequest
from initiatives.node_lists import DEFAULT_NODE_ORDER, NODE_ORDERS, NodeFilters, node_list
from initiatives.pages.frame import node_url, require_sight
from initiatives.places import measure_counts

TITLES = {
    Level.PORTFOLIO: gettext_lazy("Portfolios"),
    Level.PROGRAM: gettext_lazy("Programs"),
    Level.PROJECT: gettext_lazy("Projects"),
    Level.PACKAGE: gettext_lazy("Measure packages"),
}


class NodeFilterForm(forms.Form):
    """What a list of nodes is narrowed by."""

    q = LineField(
        label=gettext_lazy("Search"),
        required=False,
        max_length=200,
        widget=forms.TextInput(
            attrs={"type": "search", "placeholder": gettext_lazy("Code or words of the name")}
        ),
    )


@require_safe
def nodes(request: TenantRequest, tenant_slug: str, level: Level) -> HttpResponse:
    """Visible nodes of one level by name or code, with where they stand and what is below."""
    require_sight(request.actor)
    form, order, cursor = _parse(request.GET)
    found = node_list(level, NodeFilters(q=form.cleaned_data["q"]), by=request.actor)
    page = keyset_page(found, order=order, cursor=cursor)
    counts = measure_counts(page.rows)
    context: dict[str, Any] = {
        "title": str(TITLES[level]),
        "form": form,
        "ordering": request.GET.get("ordering") or order.spelled,
        "page": page,
        "columns": [
            Column("name", _("Name"), sortable=True),
            Column("code", _("Code"), sortable=True),
            Column("parent", _("Stands in")),
            Column("owner", _("Owner")),
            Column("measures", _("Measures"), numeric=True),
        ],
        "rows": [
            {
                "node": node,
                "url": node_url(node, request.tenant),
                "above": node.parent if node.parent.known_level is not Level.TENANT else None,
                "count": counts.get(node.pk, 0),
            }
            for node in page.rows
        ],
    }
    return page_or_region(request, "initiatives/nodes.html", context, region="list")


def _parse(query: QueryDict) -> tuple[NodeFilterForm, Order, str]:
    known = {"q", "ordering", "cursor"}
    errors: dict[str, list[Any]] = {
        name: [_("There is no such filter here.")] for name in query if name not in known
    }
    form = NodeFilterForm(query)
    if not form.is_valid():
        errors |= {name: [str(text) for text in texts] for name, texts in form.errors.items()}
    try:
        order = chosen_order(NODE_ORDERS, query.get("ordering", ""), DEFAULT_NODE_ORDER)
    except KeyError:
        order = NODE_ORDERS[DEFAULT_NODE_ORDER]
        errors["ordering"] = [_("The list cannot be sorted by this.")]
    if errors:
        raise Invalid(errors)
    return form, order, query.get("cursor", "")
