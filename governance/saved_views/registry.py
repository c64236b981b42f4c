"""Pages whose views can be saved: each says once where it lives and how it reads an address."""

from collections.abc import Callable
from dataclasses import dataclass

from django.http import QueryDict
from django_stubs_ext import StrOrPromise

from governance.audit.labels import name_values
from governance.people.actor import Actor


@dataclass(frozen=True, slots=True)
class ViewPage:
    """One page of filters.

    `check` reads an address as the page itself does and raises what the page would raise:
    `Invalid` by filter, `NotVisible` for somebody who may not see the page at all.
    """

    name: str
    title: StrOrPromise
    url_name: str
    check: Callable[[QueryDict, Actor], object]


class _Titles:
    """The name of one page as histories say it."""

    def __init__(self, page: ViewPage) -> None:
        self.choices = [(page.name, page.title)]


_pages: dict[str, ViewPage] = {}


def register_page(page: ViewPage) -> None:
    """Let people save views of a page; registering it again replaces it."""
    _pages[page.name] = page
    name_values("view_page", _Titles(page))


def pages() -> dict[str, ViewPage]:
    """Every known page by name."""
    return dict(_pages)


def page_named(name: str) -> ViewPage | None:
    return _pages.get(name)
