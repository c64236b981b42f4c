"""Starring a page, and the list of what one starred or opened last."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from governance.kept.selectors import favourites_of, is_favourite, kept_item, recent_items_of
from governance.kept.services import favourite_set, recent_note
from governance.web.requests import TenantRequest


@require_safe
def kept(request: TenantRequest, tenant_slug: str) -> HttpResponse:
    """Favourites, and what was opened last."""
    context = {
        "home": reverse("tenant-home", args=[tenant_slug]),
        "favourites": favourites_of(request.actor),
        "recent": recent_items_of(request.actor),
    }
    return render(request, "governance/kept.html", context)


@require_POST
def star(request: TenantRequest, tenant_slug: str, kind: str, code: str) -> HttpResponse:
    """Star something or take the star away, and back to its page."""
    item = kept_item(kind, code, by=request.actor)
    is_wanted = request.POST.get("is_favourite", "1") != "0"
    favourite_set(kind=kind, code=code, is_favourite=is_wanted, by=request.actor)
    home = reverse("tenant-home", args=[tenant_slug])
    return redirect(f"{home}{item.path}")


def opened(request: TenantRequest, kind: str, code: str) -> dict[str, Any]:
    """Remember that a page was opened; what its star needs to know. Two queries."""
    if request.method == "GET":
        recent_note(kind=kind, code=code, by=request.actor)
    return {
        "star": {
            "url": reverse("governance:favourite", args=[request.tenant.slug, kind, code]),
            "is_favourite": is_favourite(kind, code, by=request.actor),
        }
    }
