"""The kinds of things a search finds; apps register theirs in `AppConfig.ready()`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django_stubs_ext import StrOrPromise

from governance.people.actor import Actor
from governance.people.choices import Permission

LEAST_LETTERS, MOST_LETTERS, HITS_SHOWN, SUGGESTED = 2, 200, 20, 4
# Of a common word so many matches are weighed: a search costs the same whatever the tenant holds.
MOST_WEIGHED = 200


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing that was found. `path` is its page, below the tenant's address."""

    label: str
    path: str
    code: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """The first hits of one kind.

    `more_than`: more match than so many, and only these were weighed; 0 where all were.
    """

    hits: Sequence[Hit] = ()
    more_than: int = 0


@dataclass(frozen=True, slots=True)
class SearchKind:
    """One kind of thing.

    `find(text, by, most)` returns the first so many hits that a person may see, in a fixed number
    of queries. `path` is a list that shows all of them once `q` is added to it, empty for none.
    """

    code: str
    label: StrOrPromise
    icon: str
    position: int
    find: Callable[[str, Actor, int], Found]
    path: str = ""
    permission: Permission = Permission.TREE_VIEW


_kinds: dict[str, SearchKind] = {}


def register_finds(kind: SearchKind) -> None:
    """Make a kind known; registering the same code again replaces it."""
    _kinds[kind.code] = kind


def search(text: str, by: Actor, most: int) -> list[tuple[SearchKind, Found]]:
    """What a text finds of each kind, kinds without a hit left out; nothing for a single letter."""
    # The database takes no NUL, and nobody looks for a text of many lines.
    words = " ".join(text.replace("\0", " ").split())[:MOST_LETTERS]
    if len(words) < LEAST_LETTERS:
        return []
    kinds = sorted(_kinds.values(), key=lambda kind: kind.position)
    found = [
        (kind, kind.find(words, by, most)) for kind in kinds if by.may_anywhere(kind.permission)
    ]
    return [(kind, one) for kind, one in found if one.hits]


def only_code(text: str, found: Sequence[tuple[SearchKind, Found]]) -> Hit | None:
    """The one thing whose code was typed in full, if any."""
    code = text.strip().casefold()
    named = [hit for _kind, one in found for hit in one.hits if hit.code.casefold() == code]
    return named[0] if code and len(named) == 1 else None
