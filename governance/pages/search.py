"""Search: one box over measures, places, people, KPIs and exceptions."""

from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from governance.search.registry import HITS_SHOWN, SUGGESTED, only_code, search
from governance.web.requests import TenantRequest

SUGGESTIONS = "search-hits"


@require_safe
def search_page(request: TenantRequest, tenant_slug: str) -> HttpResponse:
    """What the text in `q` finds, kind by kind; a code typed in full leads to its page."""
    text, is_part = request.GET.get("q", ""), request.headers.get("HX-Target") == SUGGESTIONS
    found = search(text, request.actor, SUGGESTED if is_part else HITS_SHOWN)
    home = reverse("tenant-home", args=[tenant_slug])
    if not is_part and (hit := only_code(text, found)):
        return redirect(f"{home}{hit.path}")
    query = urlencode({"q": text})
    context = {
        "text": text,
        "home": home,
        "found": [
            (kind, one, f"{home}{kind.path}?{query}" if kind.path else "") for kind, one in found
        ],
        "all_url": f"{request.path}?{query}",
        "is_page": not is_part,
    }
    part = "#hits" if is_part else ""
    return render(request, f"governance/search.html{part}", context)
