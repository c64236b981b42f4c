"""Nodes of the tree as the API shows and takes them."""

from collections.abc import Iterable
from typing import Any

from rest_framework import serializers

from governance.tree.choices import Level
from governance.tree.models import Node
from governance.tree.selectors import ancestors_of
from governance.tree.services import DESCRIPTION_LENGTH, NAME_LENGTH
from governance.web.pages import spellings
from governance.web.serializers import (
    CodeField,
    InstantField,
    ListFilters,
    PersonField,
    PersonSerializer,
    StrictSerializer,
    TextField,
)
from initiatives.api.serializers import codes_above, person_body, text_of
from initiatives.node_lists import NODE_ORDERS, levels_above

LEVEL_WORDS = [level.word for level in (*levels_above(Level.PACKAGE), Level.PACKAGE)]
NOTHING_ABOVE: dict[str, None] = {level.word: None for level in levels_above(Level.PACKAGE)}


class NodeSerializer(serializers.Serializer[Any]):
    """A portfolio, program, project or measure package; what stands above it by code."""

    code = serializers.CharField()
    level = serializers.ChoiceField(LEVEL_WORDS)
    name = serializers.CharField()
    description = serializers.CharField()
    parent = serializers.CharField(  # type: ignore[assignment]  # a field's name; DRF's own comes later
        allow_null=True, help_text="The node above; null for a portfolio."
    )
    portfolio = serializers.CharField(allow_null=True)
    program = serializers.CharField(allow_null=True)
    project = serializers.CharField(allow_null=True)
    owner = PersonSerializer(allow_null=True)
    sponsor = PersonSerializer(allow_null=True)
    planned_start = serializers.DateField(allow_null=True)
    planned_end = serializers.DateField(allow_null=True)
    is_default = serializers.BooleanField(
        help_text="The package that takes measures created directly under its project."
    )
    version = serializers.IntegerField(min_value=1)
    created_at = InstantField()
    updated_at = InstantField()


class NodeFieldsSerializer(StrictSerializer):
    """What may be changed on a node; null empties a field."""

    shown_as = NodeSerializer

    name = TextField(max_length=NAME_LENGTH)
    description = TextField(required=False, allow_blank=True, max_length=DESCRIPTION_LENGTH)
    owner = PersonField(required=False)
    sponsor = PersonField(required=False)
    planned_start = serializers.DateField(required=False, allow_null=True)
    planned_end = serializers.DateField(required=False, allow_null=True)


class NodeMoveSerializer(StrictSerializer):
    """Where a node goes."""

    parent = CodeField(  # type: ignore[assignment]  # a field's name; DRF's own comes later
        help_text="A node one level up."
    )


class NodeFilterSerializer(ListFilters):
    """What a list of nodes is narrowed to."""

    q = TextField(required=False, max_length=200, help_text="Words of code, name, description.")
    owner = serializers.EmailField(required=False, max_length=254)
    ordering = serializers.ChoiceField(spellings(NODE_ORDERS), required=False)


def filters_for(level: Level) -> type[NodeFilterSerializer]:
    """The filters of a level: those of every list of nodes, and the levels above."""
    above = {other.word: CodeField(required=False) for other in levels_above(level)}
    doc = {"__doc__": NodeFilterSerializer.__doc__}
    return type(f"{level.name.title()}FilterSerializer", (NodeFilterSerializer,), above | doc)


def new_node_for(level: Level) -> type[NodeFieldsSerializer]:
    """The body that creates a node of a level; all but portfolios name the node above."""
    fields: dict[str, Any] = {"__doc__": f"A new {level.label.lower()}."}
    for name in parents_named(level):
        fields[name] = CodeField(required=False, help_text="Exactly one of the two names.")
    return type(f"New{level.name.title()}Serializer", (NodeFieldsSerializer,), fields)


def parents_named(level: Level) -> dict[str, set[Level]]:
    """The fields that may name the node above, with the level they hold."""
    above = levels_above(level)[-1:]
    return {name: {parent} for parent in above for name in (parent.word, "parent")}


def node_bodies(nodes: Iterable[Node]) -> list[dict[str, Any]]:
    """Representations of `NodeSerializer`, with one query for what stands above all of them."""
    rows = list(nodes)
    known = ancestors_of(rows)
    return [_node_body(row, known) for row in rows]


def _node_body(node: Node, known: dict[int, Node]) -> dict[str, Any]:
    word = node.known_level.word
    above = {name: code for name, code in codes_above(node, known).items() if name != word}
    return {
        "code": node.code,
        "level": word,
        "name": node.name,
        "description": node.description,
        "parent": next(iter(above.values()), None),
        **NOTHING_ABOVE,
        **above,
        "owner": person_body(node.owner),
        "sponsor": person_body(node.sponsor),
        "planned_start": text_of(node.planned_start),
        "planned_end": text_of(node.planned_end),
        "is_default": node.is_default,
        "version": node.version,
        "created_at": text_of(node.created_at),
        "updated_at": text_of(node.updated_at),
    }
