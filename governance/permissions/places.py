"""Places that access is asked about: nodes, and what apps above hang on them; filled at start."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from governance.errors import NotVisible
from governance.people.actor import Actor
from governance.tree.models import Node
from governance.tree.selectors import visible_nodes


@dataclass(frozen=True, slots=True)
class Place:
    """A node, or something that hangs on one and is seen by whoever sees that node."""

    code: str
    name: str
    kind: str
    label: str
    node: Node
    is_node: bool = True

    @property
    def path(self) -> str:
        return str(self.node.path)


# What an app above finds by one of these spellings of a code, if the person sees it.
Finder = Callable[[Sequence[str], Actor], Place | None]
# The address of a place's own page, in the tenant of this slug.
Linker = Callable[[Place, str], str]

_finders: list[Finder] = []
_linkers: list[Linker] = []


def register_finder(finder: Finder) -> None:
    """Let access be asked about something that hangs on a node; each finder costs one query."""
    if finder not in _finders:
        _finders.append(finder)


def register_linker(linker: Linker) -> None:
    """Say where places have their pages; the last one registered counts."""
    _linkers[:] = [linker]


def url_of(place: Place, tenant_slug: str) -> str:
    """Where a place has its page; empty where no app shows it."""
    return _linkers[0](place, tenant_slug) if _linkers else ""


def place_of(node: Node) -> Place:
    """A node as a place."""
    level = node.known_level
    return Place(node.code, node.name, level.word, str(level.label), node)


def place_by_code(code: str, *, by: Actor) -> Place:
    """A visible place by its code, in whatever case it was typed; raises `NotVisible`."""
    if not code.isprintable():  # the database answers NUL and lone surrogates with an error
        raise NotVisible
    spelled = list(dict.fromkeys((code, code.upper(), code.lower())))
    nodes = {node.code: node for node in visible_nodes(by).filter(code__in=spelled)}
    found = [finder(spelled, by) for finder in _finders]
    known = [place_of(nodes[text]) for text in spelled if text in nodes]
    known += [place for place in found if place is not None]
    if not known:
        raise NotVisible
    return known[0]
