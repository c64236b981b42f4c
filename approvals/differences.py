"""What differs between two snapshots, path by path; pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

# Items of a list are told apart by the first of these that all of them carry, each its own.
NAMES = ("id", "effect", "code", "key", "title", "name", "month")


class Change(StrEnum):
    """How a place in the snapshot differs."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Difference:
    """One place that differs: the way to it, how, and what stood and stands there."""

    path: tuple[str, ...]
    change: Change
    before: Any = None
    after: Any = None

    @property
    def reversed(self) -> "Difference":
        turned = {Change.ADDED: Change.REMOVED, Change.REMOVED: Change.ADDED}
        return Difference(self.path, turned.get(self.change, self.change), self.after, self.before)


def differences(before: Any, after: Any) -> list[Difference]:
    """Everything that differs, in the order of names; what is new or gone is told whole."""
    return list(_compared((), before, after))


def _compared(path: tuple[str, ...], before: Any, after: Any) -> Iterator[Difference]:
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        yield from _named(path, before, after)
    elif isinstance(before, list) and isinstance(after, list):
        yield from _named(path, *_aligned(before, after))
    elif type(before) is not type(after) or before != after:
        yield Difference(path, Change.CHANGED, before, after)


def _named(
    path: tuple[str, ...], before: Mapping[str, Any], after: Mapping[str, Any]
) -> Iterator[Difference]:
    for name in sorted(before.keys() | after.keys()):
        here = (*path, name)
        if name not in before:
            yield Difference(here, Change.ADDED, after=after[name])
        elif name not in after:
            yield Difference(here, Change.REMOVED, before=before[name])
        else:
            yield from _compared(here, before[name], after[name])


def _aligned(before: list[Any], after: list[Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Two lists as mappings: by what names their items, else by position."""
    for name in NAMES:
        former, present = _by(name, before), _by(name, after)
        if former is not None and present is not None:
            return former, present
    return _by_position(before), _by_position(after)


def _by(name: str, items: list[Any]) -> dict[str, Any] | None:
    found: dict[str, Any] = {}
    for item in items:
        key = item.get(name) if isinstance(item, Mapping) else None
        if not isinstance(key, str) or key in found:
            return None
        found[key] = item
    return found


def _by_position(items: list[Any]) -> dict[str, Any]:
    """Padded, so that the order of names is the order of the list."""
    return {f"{index:04}": item for index, item in enumerate(items, 1)}
