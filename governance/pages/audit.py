"""The audit explorer: filters in the address, sentences with details, the state of the chain."""

from dataclasses import dataclass

from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from governance.audit.models import AuditSeal
from governance.audit.selectors import last_seal, unsealed_count
from governance.history import sealed_sentences
from governance.pages.sources import EVENTS, choose_events
from governance.people.selectors import all_memberships
from governance.ui.parts import Column
from governance.web.lists import offers
from governance.web.pages import keyset_page
from governance.web.rendering import page_or_region
from governance.web.requests import TenantRequest

PAGE_SIZE = 30
SUGGESTIONS = 200


@dataclass(frozen=True, slots=True)
class ChainState:
    """Where the tenant's chain stands."""

    last: AuditSeal | None
    waiting: int

    @property
    def hash(self) -> str:
        return bytes(self.last.hash).hex() if self.last else ""


@require_safe
def explorer(request: TenantRequest, tenant_slug: str) -> HttpResponse:
    """What happened in this tenant, newest first."""
    chosen = choose_events(request.GET, request.actor)
    form, cursor = chosen.form, request.GET.get("cursor", "")
    page = keyset_page(chosen.rows, order=chosen.order, cursor=cursor, limit=PAGE_SIZE)
    fields = ("subject", "subject_type", "actor", "action", "after", "before")
    context = {
        "form": form,
        "offers": offers(request, EVENTS.name),
        "active": sum(bool(form.data.get(name)) for name in fields),
        "rows": sealed_sentences(page.rows),
        "page": page,
        "chain": ChainState(last_seal(), unsealed_count()),
        "actors": all_memberships().values_list("user__email", flat=True)[:SUGGESTIONS],
        "change_columns": [
            Column("field", str(_("Field"))),
            Column("before", str(_("Before"))),
            Column("after", str(_("After"))),
        ],
    }
    return page_or_region(request, "governance/audit.html", context, region="events")
