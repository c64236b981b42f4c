"""The tab Escalations of a measure: what was overdue, and who was told of it when."""

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from approvals.escalations.selectors import escalations_about
from approvals.pages.escalation_lines import lines_of, list_columns
from governance.web.pages import Order, keyset_page
from governance.web.rendering import page_or_region
from governance.web.requests import TenantRequest
from initiatives.gates.position import SUBJECT
from initiatives.pages.frame import measure_frame
from initiatives.selectors import measure_by_code

ON_A_PAGE = 30
LATEST_FIRST = Order("due", "due_at", is_descending=True)


@require_safe
def escalations(request: TenantRequest, tenant_slug: str, code: str) -> HttpResponse:
    """Everything that was ever overdue on a measure, the latest first."""
    measure = measure_by_code(code, by=request.actor)
    page = keyset_page(
        escalations_about(SUBJECT, measure.pk),
        order=LATEST_FIRST,
        cursor=request.GET.get("cursor", ""),
        limit=ON_A_PAGE,
    )
    context = measure_frame(request, measure, "initiatives:measure-escalations")
    context |= {"page": page, "lines": lines_of(page.rows), "columns": list_columns()}
    return page_or_region(request, "initiatives/measure_escalations.html", context, region="panel")
