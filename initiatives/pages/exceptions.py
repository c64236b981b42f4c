"""The exceptions of a measure: those opened on it, and the way to open one."""

from urllib.parse import urlencode

from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from approvals.exceptions.pages.lines import exception_columns, exception_lines
from approvals.exceptions.registry import kind_of
from approvals.exceptions.selectors import exceptions_about
from governance.web.pages import Order, keyset_page
from governance.web.refusals import TEXTS
from governance.web.rendering import page_or_region
from governance.web.requests import TenantRequest
from initiatives.gates.exceptions import subject_of
from initiatives.gates.position import SUBJECT
from initiatives.pages.frame import measure_frame
from initiatives.selectors import measure_by_code

NEWEST_FIRST = Order("opened", "id", is_descending=True)
ON_A_PAGE = 20


@require_safe
def measure_exceptions(request: TenantRequest, tenant_slug: str, code: str) -> HttpResponse:
    """Every exception about a measure, newest first."""
    measure = measure_by_code(code, by=request.actor)
    context = measure_frame(request, measure, "initiatives:measure-exceptions")
    rows = exceptions_about(SUBJECT, [measure.pk])
    page = keyset_page(
        rows, order=NEWEST_FIRST, cursor=request.GET.get("cursor", ""), limit=ON_A_PAGE
    )
    may_open = kind_of(SUBJECT).may_open(subject_of(measure), request.actor)
    new = reverse("approvals:exception-new", args=[tenant_slug])
    context |= {
        "page": page,
        "lines": exception_lines(page.rows, request.tenant),
        "columns": exception_columns(with_about=False),
        "new_url": f"{new}?{urlencode({'about': measure.code})}" if may_open else "",
        "new_reason": "" if may_open else TEXTS["exception_not_yours"],
    }
    return page_or_region(request, "initiatives/measure_exceptions.html", context, region="panel")
