"""Reads the outline of a portfolio: levels by stars, measures with their amounts; pure."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from governance.tree.choices import Level

LINE = re.compile(r"(?P<stars>\*{1,4}) (?P<name>[^|]+)(?:\|(?P<rest>.*))?")
AMOUNT = re.compile(r"(?P<amount>-?\d+(?:\.\d+)?)(?P<once>!)?")
NAMED = re.compile(r"(?P<name>[a-z0-9]+)=(?P<value>\S+)")
INHERITED = ("unit", "function", "entity", "forum")
NUMBERS = ("cost", "run", "cash", "revenue", "wc", "co2", "fte")
CURRENCIES = {"usd": "USD", "chf": "CHF"}
AVOID = "avoid"


class BadOutline(ValueError):
    """A line that does not read as a level or a measure; says which."""


@dataclass(frozen=True, slots=True)
class MeasureLine:
    """A measure as outlined: thousands a year in its currency, tonnes, heads."""

    title: str
    amount: Decimal
    is_once: bool
    numbers: Mapping[str, Decimal]
    currency: str
    is_avoidance: bool
    place: Mapping[str, str]


@dataclass(slots=True)
class Branch:
    """A level of the outline with what stands in it."""

    level: Level
    name: str
    place: Mapping[str, str]
    description: str = ""
    branches: "list[Branch]" = field(default_factory=list)
    measures: list[MeasureLine] = field(default_factory=list)

    def walk(self) -> Iterator[MeasureLine]:
        """All measures at and below this level, in the order of the outline."""
        yield from self.measures
        for branch in self.branches:
            yield from branch.walk()


def read_outline(text: str) -> list[Branch]:
    """Portfolios of an outline; raises `BadOutline` naming the first line that does not fit."""
    top: list[Branch] = []
    open_branches: list[Branch] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        try:
            if line.startswith("*"):
                _open(line, top, open_branches)
            elif line.startswith(">"):
                open_branches[-1].description = line[1:].strip()
            else:
                open_branches[-1].measures.append(measure_line(line, open_branches[-1].place))
        except (ArithmeticError, IndexError, ValueError) as error:
            raise BadOutline(f"line {number}: {line!r}: {error}") from error
    return top


def _open(line: str, top: list[Branch], open_branches: list[Branch]) -> None:
    match = LINE.fullmatch(line)
    if match is None:
        raise ValueError("not a level")
    depth = len(match["stars"])
    if depth > len(open_branches) + 1:
        raise ValueError("a level is left out")
    del open_branches[depth - 1 :]
    inherited = open_branches[-1].place if open_branches else {}
    place = {**inherited, **dict(_named(match["rest"] or "", INHERITED))}
    branch = Branch(Level(depth), match["name"].strip(), place)
    (open_branches[-1].branches if open_branches else top).append(branch)
    open_branches.append(branch)


def measure_line(line: str, place: Mapping[str, str]) -> MeasureLine:
    """`Title | 420 | cost=60 co2=35 usd` as a measure at a place."""
    title, _bar, rest = line.partition("|")
    amount_text, _bar, facts = rest.partition("|")
    match = AMOUNT.fullmatch(amount_text.strip())
    if match is None:
        raise ValueError("an amount is missing")
    words = facts.split()
    numbers = dict(_named(" ".join(word for word in words if "=" in word), NUMBERS))
    flags = [word for word in words if "=" not in word]
    unknown = [flag for flag in flags if flag != AVOID and flag not in CURRENCIES]
    if unknown:
        raise ValueError(f"unknown words {unknown}")
    return MeasureLine(
        title=title.strip(),
        amount=Decimal(match["amount"]),
        is_once=bool(match["once"]),
        numbers={name: Decimal(value) for name, value in numbers.items()},
        currency=next((CURRENCIES[flag] for flag in flags if flag in CURRENCIES), ""),
        is_avoidance=AVOID in flags,
        place=place,
    )


def _named(text: str, known: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    for word in text.split():
        match = NAMED.fullmatch(word)
        if match is None or match["name"] not in known:
            raise ValueError(f"unknown word {word!r}")
        yield match["name"], match["value"]
