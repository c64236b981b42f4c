"""A form over one row of a measure: shown, saved, and kept as it was typed where it came late."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect

from governance.errors import Stale
from governance.web.forms import refusals_in
from governance.web.rendering import UNPROCESSABLE
from governance.web.requests import TenantRequest
from initiatives.pages.measures import CONFLICT


@dataclass(frozen=True, slots=True)
class Editing:
    """`make` gives the form, bound or not; `change` is the service over it, `show` the page.

    Once it is saved, the page at `url` says `thanks`.
    """

    make: Callable[[Any], Any]
    change: Callable[[Any], object]
    show: Callable[..., HttpResponse]
    thanks: str
    url: str


def edited(request: TenantRequest, editing: Editing) -> HttpResponse:
    """Show the form or save it; a late save shows what stands now beside what was typed."""
    if request.method != "POST":
        return editing.show(editing.make(None))
    form = editing.make(request.POST)
    if form.is_valid():
        try:
            with refusals_in(form):
                editing.change(form)
        except Stale as error:
            merged = editing.make(form.merged(error.current))
            return editing.show(merged, status=CONFLICT, meanwhile=[], contested=form.contested)
    if not form.is_valid():
        return editing.show(form, status=UNPROCESSABLE)
    messages.success(request, editing.thanks)
    return redirect(editing.url)
