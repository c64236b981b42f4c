"""My work: everything that waits for one person, and the counts beside the navigation."""

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from governance.web.navigation import mark_of
from governance.web.requests import TenantRequest
from governance.work.registry import Work, WorkKind, WorkLine
from governance.work.selectors import count_shown, my_work, work_counts

# So long a browser may go on showing the counts of the navigation.
COUNTS_KEPT_SECONDS = 20


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that waits, with its address."""

    line: WorkLine
    url: str
    is_overdue: bool


@dataclass(frozen=True, slots=True)
class Section:
    """One kind of work: what is shown of it, and where all of it stands."""

    kind: WorkKind
    rows: list[Row]
    count: str
    more_url: str
    more_label: str


@require_safe
def my_work_page(request: TenantRequest, tenant_slug: str) -> HttpResponse:
    """Every kind of work that waits; kinds without any are named at the end."""
    home, now = reverse("tenant-home", args=[tenant_slug]), timezone.now()
    found = my_work(request.actor, request.tenant)
    context = {
        "sections": [_section(kind, work, home, now) for kind, work in found if work.count],
        "idle": [kind.label for kind, work in found if not work.count],
        "waits": any(work.count for kind, work in found if not kind.is_told),
    }
    return render(request, "governance/my_work.html", context)


@require_safe
def my_work_counts(request: TenantRequest, tenant_slug: str) -> HttpResponse:
    """The marks of the navigation, put in place by HTMX; asked for after the page stands."""
    counts = work_counts(request.actor, request.tenant)
    marks = [(mark_of(page), count_shown(count)) for page, count in counts.items()]
    response = render(request, "governance/_work_counts.html", {"marks": marks})
    response["Cache-Control"] = f"private, max-age={COUNTS_KEPT_SECONDS}"
    return response


def _section(kind: WorkKind, work: Work, home: str, now: datetime) -> Section:
    rows = [
        Row(line, f"{home}{line.path}", line.due_at is not None and line.due_at < now)
        for line in work.lines
    ]
    more = f"{home}{kind.path}" if kind.path and work.count > len(rows) else ""
    shown = count_shown(work.count)
    return Section(kind, rows, shown, more, _("All %(count)s") % {"count": shown})
