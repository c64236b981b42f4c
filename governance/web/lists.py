"""Lists that can be taken out: each says once how an address narrows it and what a row holds."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Generic, TypeVar

from django.db.models import Model, QuerySet
from django.http import QueryDict
from django.urls import reverse
from django_stubs_ext import StrOrPromise

from governance.audit.labels import name_values
from governance.people.actor import Actor
from governance.tenancy.models import Tenant
from governance.web.pages import Order, ordered
from governance.web.requests import TenantRequest

M = TypeVar("M", bound=Model)
F = TypeVar("F")
Cell = str | int | Decimal | date | None
BATCH = 500


@dataclass(frozen=True, slots=True)
class Field:
    """One column of a file: a stable name for programs, a heading for people.

    `words` are the labels of a closed list: programs get its values, people its labels. What is
    `is_extra` stands in a file only where its column is asked for by name.
    """

    name: str
    label: StrOrPromise
    words: Mapping[str, StrOrPromise] = field(default_factory=dict)
    is_extra: bool = False


@dataclass(frozen=True, slots=True)
class Chosen(Generic[F, M]):
    """A list as an address asks for it: the filter's form, its rows, unordered, and their order.

    `fields` are the columns of its file by name; empty means all of them.
    """

    form: F
    rows: QuerySet[M]
    order: Order
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads a list, in which tenant."""

    by: Actor
    tenant: Tenant


@dataclass(frozen=True, slots=True)
class ListSource:
    """One list: `choose` reads an address and raises what its page would raise.

    `fields` may look at the rows, since months become columns; `cells` takes a batch of rows and
    answers with a fixed number of queries, one sequence of cells a row, in the order of `fields`.
    """

    name: str
    title: StrOrPromise
    choose: Callable[[QueryDict, Actor], Chosen[Any, Any]]
    fields: Callable[[QuerySet[Any], Reader], Sequence[Field]]
    cells: Callable[[Sequence[Any], Sequence[Field], Reader], list[Sequence[Cell]]]


@dataclass(frozen=True, slots=True)
class Offer:
    """One list that a page offers as a file, with the address' filters."""

    name: str
    title: StrOrPromise
    query: str
    url: str


class _Titles:
    """The name of one list as histories say it."""

    def __init__(self, source: ListSource) -> None:
        self.choices = [(source.name, source.title)]


_sources: dict[str, ListSource] = {}
_desk: list[str] = []


def register(source: ListSource) -> None:
    """Make a list known by its name; registering it again replaces it."""
    _sources[source.name] = source
    name_values("list", _Titles(source))


def register_desk(url_name: str) -> None:
    """Files are asked for at this address; the last one registered counts."""
    _desk[:] = [url_name]


def sources() -> dict[str, ListSource]:
    """Every known list by name."""
    return dict(_sources)


def offers(request: TenantRequest, *names: str, query: str | None = None) -> list[Offer]:
    """The lists a page offers as files, as they are filtered now, whatever page of them shows."""
    if not _desk:
        return []
    url = reverse(_desk[0], args=[request.tenant.slug])
    asked = filters_in(request.GET) if query is None else query
    return [Offer(name, _sources[name].title, asked, url) for name in names if name in _sources]


def kept_places(fields: Sequence[Field], names: Sequence[str]) -> list[int]:
    """Where the columns stand that a file holds: those named, in that order, or all but extras."""
    if not names:
        return [place for place, one in enumerate(fields) if not one.is_extra]
    places = {one.name: place for place, one in enumerate(fields)}
    return [places[name] for name in names if name in places]


def filters_in(given: QueryDict) -> str:
    """The filters and order of an address, without the place of the page."""
    query = given.copy()
    query.pop("cursor", None)
    return query.urlencode()


def ids_in_order(chosen: Chosen[Any, Any]) -> list[int]:
    """The rows of a list by id, as they stand now: what is changed later moves none of them."""
    return list(ordered(chosen.rows, chosen.order).values_list("pk", flat=True))


def batches(ids: Sequence[int], size: int = BATCH) -> Iterator[Sequence[int]]:
    """The ids in pieces."""
    for start in range(0, len(ids), size):
        yield ids[start : start + size]


def rows_of(chosen: Chosen[Any, M], ids: Sequence[int]) -> list[M]:
    """These rows in the order of the ids, with one query; what is gone is left out."""
    found = {row.pk: row for row in chosen.rows.filter(pk__in=ids)}
    return [found[pk] for pk in ids if pk in found]


def labels_of(fields: Sequence[Field]) -> dict[str, str]:
    """Headings by name, for the page that shows some of the columns."""
    return {one.name: str(one.label) for one in fields}
