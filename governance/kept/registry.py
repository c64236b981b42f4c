"""Kinds of things that can be starred and that are remembered once they were opened."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from governance.people.actor import Actor


@dataclass(frozen=True, slots=True)
class KeptItem:
    """One thing as lists show it. `path` is its page, below the tenant's address."""

    kind: str
    code: str
    label: str
    path: str
    icon: str


Find = Callable[[Sequence[str], Actor], Mapping[str, KeptItem]]
_kinds: dict[str, Find] = {}


def register_kept(kind: str, find: Find) -> None:
    """Make a kind known: `find(codes, by)` tells those that a person may see; few queries."""
    _kinds[kind] = find


def find_kept(kind: str, codes: Sequence[str], by: Actor) -> Mapping[str, KeptItem]:
    """What is known of these codes; nothing for a kind that no app knows."""
    find = _kinds.get(kind)
    return find(codes, by) if find is not None and codes else {}
