"""A node's lights from those of the measures below, by what they hold of its value (L5); pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import pairwise

from kpis.figures.choices import Lamp, LightName

ZERO = Decimal(0)
RED_SHARE, RED_CHILD_SHARE, AMBER_SHARE = Decimal("0.25"), Decimal("0.20"), Decimal("0.30")
NodeLights = Mapping[LightName, Lamp]


@dataclass(frozen=True, slots=True)
class Held:
    """What one light holds in one package: Σ |V|, number of measures, and the largest |V|."""

    path: str
    light: LightName
    lamp: Lamp
    size: Decimal
    number: int
    largest: Decimal


@dataclass(slots=True)
class Holding:
    """One light of one node: what each colour holds of it, by value and by count.

    `children` holds the nodes right below. A package has measures there instead: of the red ones
    `largest_red` is the largest.
    """

    sizes: dict[Lamp, Decimal] = field(default_factory=dict)
    numbers: dict[Lamp, int] = field(default_factory=dict)
    largest_red: Decimal | None = None
    children: dict[str, "Holding"] = field(default_factory=dict)

    def add(self, held: Held) -> None:
        self.sizes[held.lamp] = self.sizes.get(held.lamp, ZERO) + held.size
        self.numbers[held.lamp] = self.numbers.get(held.lamp, 0) + held.number

    @property
    def is_by_value(self) -> bool:
        """By count where nothing below is worth anything (L5)."""
        return any(self.sizes.values())

    def weight(self, *, by_value: bool) -> Decimal:
        """What the node holds as a child of another."""
        parts = self.sizes.values() if by_value else self.numbers.values()
        return sum(map(Decimal, parts), ZERO)

    @property
    def lamp(self) -> Lamp:
        """L5; grey where nothing below has a light."""
        by_value = self.is_by_value
        held: Mapping[Lamp, Decimal | int] = self.sizes if by_value else self.numbers
        return lamp_of(held, self._red_child(by_value=by_value))

    def _red_child(self, *, by_value: bool) -> Decimal:
        """What the heaviest red child holds; less than nothing where no child is red."""
        weights = [
            child.weight(by_value=by_value)
            for child in self.children.values()
            if child.lamp is Lamp.RED
        ]
        if self.largest_red is not None:
            weights.append(self.largest_red if by_value else Decimal(1))
        return max(weights, default=Decimal(-1))


def lamp_of(held: Mapping[Lamp, Decimal | int], red_child: Decimal) -> Lamp:
    """L5 from what each colour holds, and the heaviest red child; grey where nothing has a light.

    By value or by count alike; without a red child the latter is less than nothing.
    """
    total = sum(map(Decimal, held.values()), ZERO)
    if not total:
        return Lamp.GREY
    red, amber = Decimal(held.get(Lamp.RED, 0)), Decimal(held.get(Lamp.AMBER, 0))
    if red >= RED_SHARE * total or red_child >= RED_CHILD_SHARE * total:
        return Lamp.RED
    return Lamp.AMBER if red + amber >= AMBER_SHARE * total else Lamp.GREEN


@dataclass(frozen=True, slots=True)
class LightTree:
    """The lights of every node at or below some paths."""

    holdings: Mapping[tuple[str, LightName], Holding]

    def at(self, path: str) -> NodeLights:
        """The lights of one node; grey where nothing below has any."""
        return {light: self.holdings.get((path, light), Holding()).lamp for light in LightName}

    @property
    def lamps(self) -> dict[tuple[int, LightName], Lamp]:
        """The lights of all nodes by their ids; grey ones are left out."""
        return {
            (int(path.rstrip("/").rpartition("/")[2]), light): holding.lamp
            for (path, light), holding in self.holdings.items()
            if path
        }


def light_tree(rows: Iterable[Held], roots: Iterable[str]) -> LightTree:
    """Add packages up to the roots; a place outside them keeps no light of its own.

    Several roots together are the place `""`, whose children they are.
    """
    holdings: dict[tuple[str, LightName], Holding] = {}
    starts = tuple(roots)
    for row in rows:
        root = next(start for start in starts if row.path.startswith(start))
        way = _upwards(row.path, root)
        for path in way:
            holdings.setdefault((path, row.light), Holding()).add(row)
        for path, parent in pairwise(way):
            holdings[parent, row.light].children[path] = holdings[path, row.light]
        if row.lamp is Lamp.RED:
            holdings[row.path, row.light].largest_red = row.largest
    return LightTree(holdings)


def _upwards(path: str, root: str) -> list[str]:
    """The paths of a package and of what is above it, up to the root, and `""` above that."""
    found = [path]
    while found[-1] != root:
        found.append(found[-1][: found[-1][:-1].rindex("/") + 1])
    return [*found, ""]
