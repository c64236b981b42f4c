"""The worklist of a controller: claims that wait for them, judged several at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from governance.errors import Forbidden
from governance.people.choices import Permission
from governance.web.pages import Order, Page, keyset_page
from governance.web.requests import TenantRequest
from kpis.actuals.choices import Outcome
from kpis.actuals.models import Claim
from kpis.actuals.rules import month_at
from kpis.actuals.selectors import waiting_for
from kpis.pages.actual_forms import VerdictForm
from kpis.pages.actuals import status_of

ORDER = Order("claimed", "id")
PAGE_SIZE = 25
TICK, VALIDATE = "tick", "validate"


@dataclass(frozen=True, slots=True)
class Waiting:
    """One claim that waits, with its form and the page of its effect."""

    claim: Claim
    key: str
    form: VerdictForm
    is_ticked: bool
    url: str


@require_http_methods(["GET", "HEAD", "POST"])
def controlling(request: TenantRequest, tenant_slug: str) -> HttpResponse:
    """Claims of measures whose named controller this is; oldest first."""
    if not request.actor.may_anywhere(Permission.VALUE_VALIDATE):
        request.actor.require_anywhere(Permission.TREE_VIEW)
        raise Forbidden
    page = _read(request)
    if request.method != "POST":
        return _page(request, page, _lines(request, page.rows))
    request.actor.require_writing()
    return _judge(request, page)


def _read(request: TenantRequest) -> Page[Claim]:
    cursor = request.GET.get("cursor", "")
    return keyset_page(waiting_for(request.actor), order=ORDER, cursor=cursor, limit=PAGE_SIZE)


def _lines(request: TenantRequest, rows: Sequence[Claim], data: Any = None) -> list[Waiting]:
    ticked = set(request.POST.getlist(TICK))
    return [_line(request, claim, ticked, data) for claim in rows]


def _line(request: TenantRequest, claim: Claim, ticked: set[str], data: Any) -> Waiting:
    month = month_at(claim.month)
    key, amount = f"{claim.effect.public_id}-{month}", claim.amount or Decimal(0)
    form = VerdictForm(data, effect=claim.effect, month=month, claimed=amount, prefix=key)
    address = [request.tenant.slug, claim.effect.public_id]
    return Waiting(claim, key, form, key in ticked, reverse("kpis:effect-actuals", args=address))


def _judge(request: TenantRequest, page: Page[Claim]) -> HttpResponse:
    """Ticked lines are validated as claimed, or chosen verdicts said; each line for itself."""
    lines = _lines(request, page.rows, request.POST)
    is_batch = request.POST.get("action") == VALIDATE
    outcome = Outcome.VALIDATED if is_batch else None
    asked = [line for line in lines if (line.is_ticked if is_batch else line.form.is_asked)]
    saved = [line for line in asked if line.form.judge(request.actor, outcome)]
    if saved:
        text = ngettext("%(count)s claim was judged.", "%(count)s claims were judged.", len(saved))
        messages.success(request, text % {"count": len(saved)})
    if not asked:
        messages.info(request, _("Nothing was chosen, so nothing was judged."))
    if len(saved) == len(asked):
        return redirect("kpis:controlling", request.tenant.slug)
    wrong = {line.key: line for line in asked if line not in saved}
    rest = _read(request)
    shown = [wrong.get(line.key, line) for line in _lines(request, rest.rows)]
    return _page(request, rest, shown, status=status_of(saved))


def _page(
    request: TenantRequest, page: Page[Claim], lines: Sequence[Waiting], *, status: int = 200
) -> HttpResponse:
    context = {"page": page, "lines": lines, "shown": len(lines)}
    return render(request, "kpis/controlling.html", context, status=status)
