"""Pages of the gallery: every component in all its states, over invented figures."""

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.contrib.messages import ERROR, INFO, SUCCESS, WARNING
from django.contrib.messages.storage.base import Message
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from governance.gallery import samples

ERRORS = frozenset({400, 403, 404, 409, 500})


@login_not_required
def components(request: HttpRequest) -> HttpResponse:
    """Show each component."""
    return render(request, "gallery/components.html", _frame() | _everything())


@login_not_required
def page(request: HttpRequest) -> HttpResponse:
    """Show how the components make a page: a portfolio as an executive sees it."""
    return render(request, "gallery/page.html", _frame() | samples.portfolio())


@login_not_required
def confirm(request: HttpRequest) -> HttpResponse:
    """Show a confirmation as the page it is without JavaScript."""
    return render(request, "gallery/confirm.html", _frame() | {"form": samples.ReasonForm()})


@login_not_required
def error(request: HttpRequest, status: int) -> HttpResponse:
    """Show an error page."""
    if status not in ERRORS:
        raise Http404
    return render(request, f"errors/{status}.html", status=status)


def _frame() -> dict[str, Any]:
    """What the context processor gives the pages of a tenant."""
    return {
        "actor": {"name": "Ada Winter", "email": "ada@nordwerk.example", "is_consultant": True},
        "tenant": {"slug": "nordwerk", "name": "Nordwerk", "currency": "EUR"},
        "tenants": [
            {"slug": "nordwerk", "name": "Nordwerk", "url": "#"},
            {"slug": "education", "name": "Education", "url": "#"},
        ],
        "navigation": samples.navigation(),
        "search_url": "/_components/",
        "messages": [],
    }


def _everything() -> dict[str, Any]:
    filled = samples.MeasureForm({"name": "", "amount": "12x", "stage": "detailed", "hard": "on"})
    filled.is_valid()
    return {
        "crumbs": samples.crumbs(),
        "columns": samples.columns(),
        "money_columns": samples.money_columns(),
        "rows": samples.measures(),
        "ordering": "-value",
        "steps": samples.ladder(),
        "lights": ["green", "amber", "red", "blue", "grey"],
        "tones": ["neutral", "primary", "green", "amber", "red", "blue"],
        "amounts": samples.amounts(),
        "paged": {"previous": "", "next": "c2"},
        "tabs": samples.tabs(),
        "entries": samples.history(),
        "facts": samples.facts(),
        "tree": samples.tree(),
        "trend": samples.trend(),
        "stacked": samples.stacked_chart(),
        "curve": samples.curve_chart(),
        "nothing": samples.empty_chart(),
        "form": samples.MeasureForm(),
        "filled": filled,
        "now": samples.NOW,
        "messages": [
            Message(SUCCESS, _("The measure was saved.")),
            Message(INFO, _("The import is running; you can leave this page.")),
            Message(WARNING, _("Three rows were left out.")),
            Message(ERROR, _("Somebody else changed this measure meanwhile.")),
        ],
    }
