"""What a gate's snapshot holds (G3): the app that owns the facts registers its part."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from initiatives.models import Measure

# Plain facts: text, numbers as `Decimal`, dates, lists and mappings of these; no database keys.
Facts = Mapping[str, Any] | list[Any]


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the snapshot: its name and the transitions (T2 … T5, T15) that judge it."""

    name: str
    transitions: frozenset[str]
    read: Callable[[Measure], Facts]


_parts: dict[str, Part] = {}


def register(part: Part) -> None:
    """Add a part; registering the same name again replaces it."""
    _parts[part.name] = part


def parts_of(transition: str) -> Iterable[Part]:
    """The parts a transition judges, by name."""
    return [_parts[name] for name in sorted(_parts) if transition in _parts[name].transitions]
