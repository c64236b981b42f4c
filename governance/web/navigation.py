"""The navigation: apps register their entries in `AppConfig.ready()`."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django_stubs_ext import StrOrPromise

from governance.people.actor import Actor
from governance.people.choices import Permission
from governance.tenancy.models import Tenant


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the navigation, shown to whom holds the permission anywhere."""

    label: StrOrPromise
    url_name: str
    icon: str
    group: StrOrPromise
    position: int
    permission: Permission = Permission.TREE_VIEW


_entries: dict[str, Entry] = {}


def register(entry: Entry) -> None:
    """Add an entry; registering the same address again replaces it."""
    _entries[entry.url_name] = entry


def mark_of(url_name: str) -> str:
    """The id of the place where the navigation counts what waits on a page."""
    return f"nav-{url_name.replace(':', '-')}"


def search_url_for(tenant: Tenant) -> str:
    """Where the search box of every page asks with `q`."""
    return reverse("governance:search", args=[tenant.slug])


def navigation_for(request: HttpRequest, actor: Actor, tenant: Tenant) -> list[dict[str, Any]]:
    """The entries this person may open, the current one marked."""
    entries = sorted(_entries.values(), key=lambda e: e.position)
    items = [
        {
            "label": entry.label,
            "mark": mark_of(entry.url_name),
            "url": reverse(entry.url_name, args=[tenant.slug]),
            "icon": entry.icon,
            "group": entry.group,
        }
        for entry in entries
        if actor.may_anywhere(entry.permission)
    ]
    matching = [item["url"] for item in items if request.path.startswith(str(item["url"]))]
    current = max(matching, key=len, default=None)
    return [item | {"is_current": item["url"] == current} for item in items]
