"""Finding the place that a row names: nodes that stand, and those to be made on the way."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field

from exchange.drafts import PlaceDraft
from exchange.findings import Finding, error
from governance.people.actor import Actor
from governance.people.choices import Permission
from governance.tree.choices import CODE_FORMATS, WORDS, Level
from governance.tree.models import Node
from governance.tree.selectors import root_node, visible_nodes

LEVEL_OF = {word: level for level, word in WORDS.items()}


@dataclass(frozen=True, slots=True)
class Step:
    """A node to be: level, name and the key by which the next import finds it."""

    level: Level
    name: str
    key: str


@dataclass(frozen=True, slots=True)
class Found:
    """Where a row leads: the node that stands, the steps still to be made, or what is wrong."""

    node: Node | None = None
    steps: tuple[Step, ...] = ()
    fault: Finding | None = None

    @property
    def package(self) -> Node | None:
        """The package, if the place stands already."""
        stands = self.node is not None and not self.steps and self.fault is None
        return self.node if stands else None

    @property
    def label(self) -> str:
        names = [self.node.name] if self.node is not None and self.node.level else []
        return " / ".join([*names, *(step.name for step in self.steps)])


def is_code(step: Step) -> bool:
    """Whether a name looks like the code of a place, which is never meant as a new one's name."""
    prefix, digits = CODE_FORMATS[step.level.word]
    return re.fullmatch(rf"{prefix}-[0-9]{{{digits},}}", step.name, re.IGNORECASE) is not None


def same_name(name: str) -> str:
    """A name without its case; an é is one character, whichever way it was typed."""
    return unicodedata.normalize("NFC", name).casefold()


@dataclass(slots=True)
class Places:
    """Resolves places and remembers them; a query for each new parent and each far look."""

    by: Actor
    known: dict[tuple[str, tuple[tuple[str, ...], ...]], Found] = field(default_factory=dict)
    children: dict[int, list[Node]] = field(default_factory=dict)
    root: Node | None = None

    def find(self, place: PlaceDraft) -> Found:
        """The place, or a fault for the row."""
        memo = (place.under, tuple(tuple(step) for step in place.steps))
        if memo not in self.known:
            self.known[memo] = self._find(place)
        return self.known[memo]

    def forget(self) -> None:
        """After nodes were made: what was to be made then stands now."""
        self.known.clear()
        self.children.clear()

    def _find(self, place: PlaceDraft) -> Found:
        steps = [Step(LEVEL_OF[word], name, key) for word, name, key in place.steps]
        start = self._start(place.under, steps)
        if start is None:
            return Found(fault=error("unknown_place", text=place.under))
        current, pending = start, list[Step]()
        for step in steps:
            above = pending[-1].level if pending else current.known_level
            if above.child is step.level:
                child = None if pending else self._child(current, step)
                if child is None and is_code(step):
                    return Found(fault=error("place_not_below", text=step.name))
                current, pending = (child, []) if child else (current, [*pending, step])
            elif pending:
                return Found(fault=error("place_gap", text=step.name))
            else:
                far = self._far(step)
                if isinstance(far, Finding):
                    return Found(fault=far)
                current = far
        return self._ended(current, pending)

    def _start(self, under: str, steps: Sequence[Step]) -> Node | None:
        """The chosen place; the root where none is chosen or the row names what stands above it."""
        if self.root is None:
            self.root = root_node()
        if not under:
            return self.root
        node = visible_nodes(self.by).filter(code=under.upper()).first()
        if node is not None and steps and steps[0].level <= node.known_level:
            return self.root
        return node

    def _ended(self, current: Node, pending: list[Step]) -> Found:
        last = pending[-1].level if pending else current.known_level
        if last not in {Level.PROJECT, Level.PACKAGE}:
            return Found(fault=error("no_place"))
        if not self.by.may(Permission.IMPORT_RUN, current.path):
            return Found(fault=error("place_forbidden"))
        if pending and not self.by.may(Permission.NODE_CREATE, current.path):
            return Found(fault=error("place_forbidden"))
        if not pending and last is Level.PROJECT:
            own = next((n for n in self._children(current) if n.is_default), None)
            return Found(own) if own else Found(fault=error("no_place"))
        return Found(current, tuple(pending))

    def _child(self, parent: Node, step: Step) -> Node | None:
        """By the key an import gave it, else by its code, else by its name."""
        nodes = self._children(parent)
        folded = same_name(step.name)
        by_key = [node for node in nodes if step.key and node.source_key == step.key]
        by_code = [node for node in nodes if node.code == step.name.upper()]
        named = [n for n in nodes if same_name(n.name) == folded and not n.is_default]
        return next(iter([*by_key, *by_code, *named]), None)

    def _children(self, parent: Node) -> list[Node]:
        if parent.pk not in self.children:
            rows = Node.objects.filter(parent=parent).order_by("id")
            self.children[parent.pk] = list(rows)
        return self.children[parent.pk]

    def _far(self, step: Step) -> Node | Finding:
        """A node named without the one above it: found if only one is meant."""
        nodes = visible_nodes(self.by).filter(level=step.level)
        by_code = nodes.filter(code=step.name.upper()).first()
        if by_code is not None:
            return by_code
        named = list(nodes.filter(name__iexact=step.name).order_by("id")[:2])
        if len(named) == 1:
            return named[0]
        return error("several_places" if named else "place_gap", text=step.name)
