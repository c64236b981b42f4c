"""What of the machinery concerns one tenant: the check of its figures, its events, its seals."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from governance.operations.rules import is_late
from governance.operations.selectors import tenant_state
from governance.people.choices import Permission
from governance.web.requests import TenantRequest


@require_safe
def operations(request: TenantRequest, tenant_slug: str) -> HttpResponse:
    """For administrators; nothing of other tenants, nor of the machines that all share."""
    request.actor.require_anywhere(Permission.TENANT_MANAGE)
    state, now = tenant_state(), timezone.now()
    context = {
        "state": state,
        "events_late": is_late(state.outbox.oldest_at, now),
        "seals_late": is_late(state.audit.oldest_at, now),
        "totals_late": state.totals is not None and is_late(state.totals.changed.oldest_at, now),
    }
    return render(request, "governance/operations.html", context)
