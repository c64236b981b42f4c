"""Column names compared as people mean them: case, accents, units and line ends aside; pure."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence

from governance.text import sort_key

_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|[(\[].*$", re.DOTALL)
_OTHER = re.compile(r"[\W_]+")
# A shorter alias begins too many headings to say anything.
PREFIX_LENGTH = 5


def normalised(heading: str) -> str:
    """A heading folded: no case, accents, punctuation, and no units or remarks in brackets."""
    bare = _BRACKETS.sub(" ", heading)
    return _plain(bare) or _plain(heading)


def _plain(text: str) -> str:
    return _OTHER.sub(" ", sort_key(text)).strip()


def is_known(heading: str, known: Collection[str]) -> bool:
    """Whether a heading is one of the normalised names, or a long one that begins with one."""
    name = normalised(heading)
    return bool(name) and (name in known or any(_begins(name, alias) for alias in known))


def _begins(name: str, alias: str) -> bool:
    return len(alias) >= PREFIX_LENGTH and name.startswith(f"{alias} ")


def best_matches(columns: Sequence[str], aliases: Mapping[str, Collection[str]]) -> dict[int, str]:
    """The field of each column by its index; no field twice, same names before similar ones."""
    names = [normalised(column) for column in columns]
    wanted = [(normalised(a), field) for field, known in aliases.items() for a in (field, *known)]
    found: dict[int, str] = {}
    _take_same(names, wanted, found)
    longest_first = sorted(wanted, key=lambda pair: -len(pair[0]))
    _take_beginning(names, longest_first, found)
    return dict(sorted(found.items()))


def _take_same(
    names: Sequence[str], wanted: Iterable[tuple[str, str]], found: dict[int, str]
) -> None:
    for alias, field in wanted:
        if alias and alias in names and field not in found.values():
            free = [i for i, name in enumerate(names) if name == alias and i not in found]
            found.update(dict.fromkeys(free[:1], field))


def _take_beginning(
    names: Sequence[str], wanted: Iterable[tuple[str, str]], found: dict[int, str]
) -> None:
    for alias, field in wanted:
        if field in found.values():
            continue
        free = [i for i, name in enumerate(names) if i not in found and _begins(name, alias)]
        found.update(dict.fromkeys(free[:1], field))
