"""Columns that a reader chooses for a list: read from the address, offered as a form."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext as _
from django_stubs_ext import StrOrPromise

COLUMNS = "columns"


@dataclass(frozen=True, slots=True)
class Pick:
    """One column that can be shown or left out."""

    key: str
    label: StrOrPromise
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Picker:
    """The form that chooses columns: what there is, and the rest of the address to keep."""

    picks: Sequence[Pick]
    kept: Sequence[tuple[str, str]]
    fixed: str
    reset_query: str
    is_changed: bool


def asked_columns(query: QueryDict) -> tuple[str, ...]:
    """The columns an address names, each once: `columns=a,b` or `columns=a&columns=b`."""
    return tuple(dict.fromkeys(_named(query)))


def joined_columns(request: HttpRequest) -> str:
    """The same address with its columns in one word."""
    query = request.GET.copy()
    query[COLUMNS] = ",".join(asked_columns(request.GET))
    return f"{request.path}?{query.urlencode(safe=',')}"


def column_faults(names: Sequence[str], known: Collection[str]) -> list[str]:
    """What to say of each name that is no column here."""
    text = _("There is no column «%(name)s» here.")
    return [text % {"name": name} for name in names if name not in known]


def picker(
    query: QueryDict, labels: Mapping[str, StrOrPromise], *, shown: Sequence[str], fixed: str
) -> Picker:
    """What the form offers: the columns shown in their order, then the others.

    `fixed` is always shown and not offered. Everything else of the address is kept but its place.
    """
    kept = query.copy()
    for name in (COLUMNS, "cursor"):
        kept.pop(name, None)
    order = dict.fromkeys((*shown, *labels))
    return Picker(
        picks=[Pick(name, labels[name], name in shown) for name in order if name != fixed],
        kept=[(name, str(text)) for name, texts in kept.lists() for text in texts],
        fixed=fixed,
        reset_query=kept.urlencode(),
        is_changed=bool(asked_columns(query)),
    )


def _named(query: QueryDict) -> Iterator[str]:
    for text in query.getlist(COLUMNS):
        yield from (name.strip() for name in text.split(",") if name.strip())
