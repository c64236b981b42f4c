"""The menu of saved views on a page of filters, and opening a page with the preferred one."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from governance.errors import DomainError
from governance.people.actor import Actor
from governance.people.choices import Permission
from governance.saved_views.addresses import ALL, VIEW, spelled
from governance.saved_views.models import SavedView
from governance.saved_views.registry import ViewPage, page_named
from governance.saved_views.selectors import may_change, shown_views
from governance.tenancy.models import Tenant
from governance.web.requests import TenantRequest


@dataclass(frozen=True, slots=True)
class ViewLink:
    """One view of the menu."""

    view: SavedView
    url: str
    is_current: bool
    is_own: bool
    may_change: bool


@dataclass(frozen=True, slots=True)
class ViewsBar:
    """The views a page offers, and what is saved from its address; `bare_url` shows everything."""

    page: str
    query: str
    links: Sequence[ViewLink]
    bare_url: str
    may_save: bool
    may_share: bool

    @property
    def current(self) -> ViewLink | None:
        return next((link for link in self.links if link.is_current), None)


def views_bar(request: TenantRequest, page: str) -> ViewsBar:
    """The menu of a page; one query."""
    by, tenant = request.actor, request.tenant
    query = spelled(request.GET)
    url = request.path
    links = [
        ViewLink(
            view=view,
            url=view_url(view, tenant),
            is_current=view.query == query,
            is_own=view.owner_id == by.membership_id,
            may_change=may_change(view, by),
        )
        for view in shown_views(page, by)
    ]
    has_preferred = any(_is_preferred(link.view) for link in links)
    return ViewsBar(
        page=page,
        query=query,
        links=links,
        bare_url=f"{url}?{VIEW}={ALL}" if has_preferred else url,
        may_save=by.membership_id is not None,
        may_share=by.may_anywhere(Permission.VIEW_SHARE),
    )


def opening(request: TenantRequest, bar: ViewsBar) -> HttpResponse | None:
    """The way to the preferred view, where a page is opened without asking for anything.

    A view that the page would refuse by now says so, and the page opens without it.
    """
    preferred = next((link for link in bar.links if _is_preferred(link.view)), None)
    if request.GET or preferred is None or not preferred.view.query:
        return None
    known = page_named(bar.page)
    if known is not None and (fault := fault_of(known, preferred.view.query, request.actor)):
        text = _("Your view «%(name)s» does not fit any more, so everything is shown: %(fault)s")
        messages.warning(request, text % {"name": preferred.view.name, "fault": fault})
        return None
    return redirect(preferred.url)


def fault_of(page: ViewPage, query: str, by: Actor) -> str:
    """What a page would refuse of an address, in one sentence; empty where it fits."""
    try:
        page.check(QueryDict(query), by)
    except DomainError as error:
        texts = [str(text) for texts in error.errors.values() for text in texts]
        return " ".join(texts) or str(error.title)
    return ""


def view_url(view: SavedView, tenant: Tenant) -> str:
    """The address that a view stands for; empty for a page that is not there any more."""
    page = page_named(view.page)
    if page is None:
        return ""
    url = reverse(page.url_name, args=[tenant.slug])
    return f"{url}?{view.query or f'{VIEW}={ALL}'}"


def _is_preferred(view: SavedView) -> bool:
    return bool(getattr(view, "is_preferred", False))
