"""Measures and places as people star them and find them again."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

from governance.kept.registry import KeptItem
from governance.people.actor import Actor
from governance.tree.choices import Level
from governance.tree.selectors import visible_nodes
from initiatives.selectors import visible_measures

MEASURE = "measure"


def find_measures(codes: Sequence[str], by: Actor) -> dict[str, KeptItem]:
    """Visible measures; one query."""
    rows = visible_measures(by).filter(code__in=list(codes)).only("code", "name")
    return {
        row.code: KeptItem(MEASURE, row.code, row.name, f"measures/{row.code}/", "list-details")
        for row in rows
    }


def find_nodes(codes: Sequence[str], by: Actor, *, level: Level) -> dict[str, KeptItem]:
    """Visible nodes of a level; one query."""
    rows = visible_nodes(by).filter(code__in=list(codes), level=level)
    return {
        row.code: KeptItem(level.word, row.code, row.name, f"{level.noun}/{row.code}/", "sitemap")
        for row in rows
    }


KINDS: Final[dict[str, Callable[[Sequence[str], Actor], dict[str, KeptItem]]]] = {
    MEASURE: find_measures,
    **{
        level.word: partial(find_nodes, level=level) for level in Level if level is not Level.TENANT
    },
}
