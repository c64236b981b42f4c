"""Every address of the API below a tenant, as the URL configuration has it."""

from collections.abc import Iterable
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver


def api_views(
    patterns: Iterable[Any] | None = None, prefix: str = ""
) -> list[tuple[str, URLPattern]]:
    """Pairs of address and pattern, such as `api/v1/tenants/<slug:tenant_slug>/measures/`."""
    found: list[tuple[str, URLPattern]] = []
    for entry in get_resolver().url_patterns if patterns is None else patterns:
        address = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            found += api_views(entry.url_patterns, address)
        elif isinstance(entry, URLPattern) and address.startswith("api/v1/tenants/"):
            found.append((address, entry))
    return found
