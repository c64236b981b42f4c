"""What every page's frame needs: who acts, in which tenant, and where they can go."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from governance.notifications.selectors import unread_shown
from governance.web.navigation import navigation_for, search_url_for

THEMES = ("light", "dark")


def chrome(request: HttpRequest) -> dict[str, Any]:
    """Context of the base template; makes no query, so that error pages can be drawn too."""
    theme = request.COOKIES.get("theme", "")
    context: dict[str, Any] = {
        "theme": theme if theme in THEMES else "",
        "is_demo": settings.TOLLGATE_DEMO,
    }
    actor, tenant = getattr(request, "actor", None), getattr(request, "tenant", None)
    if actor is None or tenant is None:
        return context
    context |= {
        "actor": actor,
        "tenant": tenant,
        "tenants": [
            {"slug": t.slug, "name": t.name, "url": reverse("tenant-home", args=[t.slug])}
            for t in request.tenants  # type: ignore[attr-defined]  # typed by TenantRequest
        ],
        "navigation": navigation_for(request, actor, tenant),
        "search_url": search_url_for(tenant),
        "counts_url": reverse("governance:my-work-counts", args=[tenant.slug]),
        "unread_shown": unread_shown(getattr(request, "unread", 0)),
    }
    return context
