"""`portfolios/ programs/ projects/ measure-packages/`: one pair of views per level of the tree."""

from typing import ClassVar

from django.urls import URLPattern, path, reverse
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from governance.errors import Forbidden
from governance.people.choices import Permission
from governance.tree.choices import Level
from governance.tree.models import Node
from governance.tree.selectors import node_by_code, root_node
from governance.tree.services import NodeDraft, node_change, node_move
from governance.web.apiviews import ApiView, Listing
from governance.web.openapi import ETAG, IF_MATCH, page_of
from governance.web.pages import chosen_order
from initiatives.api.lookups import place_in, with_rows
from initiatives.api.node_serializers import (
    NodeFieldsSerializer,
    NodeFilterSerializer,
    NodeMoveSerializer,
    NodeSerializer,
    filters_for,
    new_node_for,
    node_bodies,
    parents_named,
)
from initiatives.node_lists import (
    DEFAULT_NODE_ORDER,
    LEVELS,
    NODE_ORDERS,
    NodeFilters,
    levels_above,
    node_list,
)
from initiatives.services import level_create, level_delete

NEW = OpenApiExample(
    "Below another node",
    value={"name": "Purchasing", "parent": "PG-003", "owner": "anna.kern@nordwerk.example"},
    request_only=True,
)

NODE_PAGE = page_of(NodeSerializer)


def noun_of(level: Level) -> str:
    """The level as addresses spell it: `measure-package`."""
    return level.word.replace("_", "-")


class NodeListView(ApiView):
    """All nodes of one level that the caller may see."""

    level: ClassVar[Level]
    filter_serializer: ClassVar[type[NodeFilterSerializer]]
    new_serializer: ClassVar[type[NodeFieldsSerializer]]

    def get(self, request: Request, tenant_slug: str) -> Response:
        """A page of the nodes that match all filters."""
        given = self.filters(self.filter_serializer)
        order = chosen_order(NODE_ORDERS, given.get("ordering", ""), DEFAULT_NODE_ORDER)
        above = {
            level: given[level.word] for level in levels_above(self.level) if level.word in given
        }
        wanted = NodeFilters(given.get("q", ""), given.get("owner", ""), above)
        rows = node_list(self.level, wanted, by=self.actor)
        return self.page_of(rows, Listing(order, given, node_bodies))

    def post(self, request: Request, tenant_slug: str) -> Response:
        """Create a node; it gets its code here, and a project its default package (H5)."""
        self.actor.require_anywhere(Permission.NODE_CREATE)
        given = self.parsed(self.new_serializer)
        names = parents_named(self.level)
        parent = place_in(given, names, self.actor) if names else self._root()
        fields = with_rows({name: value for name, value in given.items() if name not in names})
        node = level_create(parent=parent, draft=NodeDraft(self.level, **fields), by=self.actor)
        noun = noun_of(self.level)
        address = reverse(f"api-{noun}-detail", args=[tenant_slug, node.code])
        node = node_by_code(node.code, by=self.actor)
        return self.answer(*node_bodies([node]), status=201, location=address)

    def _root(self) -> Node:
        root = root_node()
        if not self.actor.may(Permission.NODE_CREATE, root.path):
            raise Forbidden
        return root


class NodeView(ApiView):
    """One node."""

    level: ClassVar[Level]

    def _node(self, code: str) -> Node:
        return node_by_code(code, by=self.actor, level=self.level)

    def get(self, request: Request, tenant_slug: str, code: str) -> Response:
        """One node."""
        return self.answer(*node_bodies([self._node(code)]))

    def patch(self, request: Request, tenant_slug: str, code: str) -> Response:
        """Change some fields."""
        node = self._node(code)
        self.actor.require(Permission.NODE_EDIT, node.path)
        seen = self.seen_version()
        fields = with_rows(self.parsed(NodeFieldsSerializer, partial=True))
        node_change(node=node, seen_version=seen, fields=fields, by=self.actor)
        return self.answer(*node_bodies([self._node(code)]))

    def delete(self, request: Request, tenant_slug: str, code: str) -> Response:
        """Delete a node with nothing below it; a project takes its empty default package along."""
        node = self._node(code)
        self.actor.require(Permission.NODE_DELETE, node.path)
        level_delete(node=node, seen_version=self.seen_version(), by=self.actor)
        return Response(status=204)


class NodeMoveView(ApiView):
    """A node's place in the tree."""

    level: ClassVar[Level]

    def post(self, request: Request, tenant_slug: str, code: str) -> Response:
        """Move a node and all below it; codes, values and history stay (H2)."""
        node = node_by_code(code, by=self.actor, level=self.level)
        self.actor.require(Permission.NODE_MOVE, node.path)
        seen = self.seen_version()
        targets = {"parent": set(levels_above(self.level)[-1:])}
        parent = place_in(self.parsed(NodeMoveSerializer), targets, self.actor)
        node_move(node=node, parent=parent, seen_version=seen, by=self.actor)
        node = node_by_code(code, by=self.actor, level=self.level)
        return self.answer(*node_bodies([node]))


def _list_view(level: Level) -> type[NodeListView]:
    filters, new = filters_for(level), new_node_for(level)
    noun = noun_of(level)
    documented = extend_schema_view(
        get=extend_schema(
            operation_id=f"{level.word}s_list",
            tags=[f"{noun}s"],
            parameters=[filters],
            responses=NODE_PAGE,
        ),
        post=extend_schema(
            operation_id=f"{level.word}s_create",
            tags=[f"{noun}s"],
            parameters=[ETAG],
            request=new,
            responses={201: NodeSerializer},
            examples=[NEW] if level is not Level.PORTFOLIO else [],
        ),
    )
    given = {"level": level, "filter_serializer": filters, "new_serializer": new}
    view = type(f"{level.name.title()}ListView", (NodeListView,), given)
    return documented(view)


def _node_view(level: Level) -> type[NodeView]:
    tags, change = [f"{noun_of(level)}s"], [IF_MATCH, ETAG]
    documented = extend_schema_view(
        get=extend_schema(
            operation_id=f"{level.word}s_retrieve",
            tags=tags,
            parameters=[ETAG],
            responses=NodeSerializer,
        ),
        patch=extend_schema(
            operation_id=f"{level.word}s_update",
            tags=tags,
            parameters=change,
            request=NodeFieldsSerializer,
            responses=NodeSerializer,
        ),
        delete=extend_schema(
            operation_id=f"{level.word}s_delete",
            tags=tags,
            parameters=[IF_MATCH],
            responses={204: None},
        ),
    )
    return documented(type(f"{level.name.title()}View", (NodeView,), {"level": level}))


def _move_view(level: Level) -> type[NodeMoveView]:
    documented = extend_schema_view(
        post=extend_schema(
            operation_id=f"{level.word}s_move",
            tags=[f"{noun_of(level)}s"],
            parameters=[IF_MATCH, ETAG],
            request=NodeMoveSerializer,
            responses=NodeSerializer,
        )
    )
    return documented(type(f"{level.name.title()}MoveView", (NodeMoveView,), {"level": level}))


def node_urls() -> list[URLPattern]:
    """Addresses of all levels; a portfolio has nowhere to move."""
    urls = []
    for level in LEVELS:
        noun = noun_of(level)
        one = f"{noun}s/<str:code>/"
        urls += [
            path(f"{noun}s/", _list_view(level).as_view(), name=f"api-{noun}-list"),
            path(one, _node_view(level).as_view(), name=f"api-{noun}-detail"),
        ]
        if level is not Level.PORTFOLIO:
            urls.append(path(f"{one}move/", _move_view(level).as_view(), name=f"api-{noun}-move"))
    return urls
