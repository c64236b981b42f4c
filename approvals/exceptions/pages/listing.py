"""The list of exceptions: mine, open, overdue, closed; the most pressing first."""

from urllib.parse import urlencode

from django.http import HttpResponse, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from approvals.exceptions.pages.lines import exception_columns, exception_lines
from approvals.exceptions.pages.sources import (
    CLOSED,
    CURSOR,
    EXCEPTIONS,
    MINE,
    OPEN,
    OVERDUE,
    TAB,
    choose_exceptions,
)
from governance.ui.parts import Tab
from governance.web.lists import offers
from governance.web.pages import keyset_page
from governance.web.rendering import page_or_region
from governance.web.requests import TenantRequest

REGION = "list"


@require_safe
def exceptions(request: TenantRequest, tenant_slug: str) -> HttpResponse:
    """Exceptions by tab, as the filters narrow them."""
    chosen = choose_exceptions(request.GET, request.actor)
    tab = request.GET.get(TAB, "") or OPEN
    page = keyset_page(chosen.rows, order=chosen.order, cursor=request.GET.get(CURSOR, ""))
    url = reverse("approvals:exceptions", args=[tenant_slug])
    context = {
        "form": chosen.form,
        "url": url,
        "tab": tab,
        "tabs": _tabs(url, request.GET, tab),
        "reset_url": url if tab == OPEN else f"{url}?{TAB}={tab}",
        "page": page,
        "lines": exception_lines(page.rows, request.tenant),
        "columns": exception_columns(),
        "empty": _empty()[tab],
        "offers": offers(request, EXCEPTIONS.name),
    }
    return page_or_region(request, "approvals/exceptions.html", context, region=REGION)


def _tabs(url: str, query: QueryDict, current: str) -> list[Tab]:
    """Each tab keeps the filters and starts on its first page."""
    labels = {OPEN: _("All open"), MINE: _("Mine"), OVERDUE: _("Overdue"), CLOSED: _("Closed")}
    kept = {name: text for name, text in query.items() if text and name not in {TAB, CURSOR}}
    found = []
    for name, label in labels.items():
        asked = kept if name == OPEN else kept | {TAB: name}
        found.append(Tab(label, f"{url}?{urlencode(asked)}" if asked else url, name == current))
    return found


def _empty() -> dict[str, tuple[str, str]]:
    return {
        OPEN: (
            _("No exception is open"),
            _("What deviates stands here until it is decided: open one where something slips."),
        ),
        MINE: (
            _("No exception is yours"),
            _("When somebody assigns you one, it stands here with its clock."),
        ),
        OVERDUE: (
            _("Nothing is overdue"),
            _("Every exception is answered, or still within its clock."),
        ),
        CLOSED: (
            _("No exception has ended yet"),
            _("Those that were verified or accepted stay here with how they ended."),
        ),
    }
