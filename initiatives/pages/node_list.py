"""Lists of portfolios, programs, projects and packages, under the nouns that the API uses too."""

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from governance.tree.choices import Level
from governance.ui.parts import Column
from governance.web.lists import offers
from governance.web.pages import keyset_page
from governance.web.rendering import page_or_region
from governance.web.requests import TenantRequest
from initiatives.counting import measure_counts
from initiatives.pages.frame import node_url
from initiatives.pages.sources import NODES


@require_safe
def nodes(request: TenantRequest, tenant_slug: str, level: Level) -> HttpResponse:
    """Visible nodes of one level by name or code, with where they stand and what is below."""
    source = NODES[level]
    chosen = source.choose(request.GET, request.actor)
    page = keyset_page(chosen.rows, order=chosen.order, cursor=request.GET.get("cursor", ""))
    counted = measure_counts(page.rows)
    context: dict[str, Any] = {
        "title": str(source.title),
        "form": chosen.form,
        "ordering": request.GET.get("ordering") or chosen.order.spelled,
        "offers": offers(request, source.name),
        "page": page,
        "counted": counted,
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
                "count": counted.at(node),
            }
            for node in page.rows
        ],
    }
    return page_or_region(request, "initiatives/nodes.html", context, region="list")
