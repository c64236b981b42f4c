"""One template for a page and its fragments: HTMX gets the region it asked for, others the page."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.cache import patch_vary_headers

UNPROCESSABLE = 422


def page_or_region(
    request: HttpRequest,
    template: str,
    context: Mapping[str, Any],
    *,
    region: str,
    status: int = 200,
) -> HttpResponse:
    """Render `template`, or only its partial `region` where HTMX swaps that very region.

    The region's element carries the partial's name as its id. What the page offers as files
    (`offers`) is sent along with a region.
    """
    is_fragment = request.headers.get("HX-Target") == region
    name = f"{template}#{region}" if is_fragment else template
    response = render(request, name, dict(context), status=status)
    if is_fragment and context.get("offers"):
        # The files on offer stand outside the region and follow the filters that were just set.
        moved = {"offers": context["offers"], "is_swapped": True}
        response.write(render_to_string("components/export.html", moved, request))
    # The same address answers with a page or a part of it: a cache must not mix them up.
    patch_vary_headers(response, ["HX-Request", "HX-Target"])
    return response
