"""Reading the nodes of one level: lists by filter, and the orders they come in."""

from dataclasses import dataclass, field

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from governance.errors import Invalid, NotVisible
from governance.people.actor import Actor
from governance.tree.choices import Level
from governance.tree.models import Node
from governance.tree.rules import below
from governance.tree.selectors import NODE_RELATIONS, node_by_code, search_ids, visible_nodes
from governance.web.pages import Order

NODE_ORDERS: dict[str, Order] = {"name": Order("name", "sort_key"), "code": Order("code", "id")}
DEFAULT_NODE_ORDER = "name"
LEVELS = (Level.PORTFOLIO, Level.PROGRAM, Level.PROJECT, Level.PACKAGE)


@dataclass(frozen=True, slots=True)
class NodeFilters:
    """What a list is narrowed to; empty means all. `above` maps levels to codes."""

    q: str = ""
    owner: str = ""
    above: dict[Level, str] = field(default_factory=dict)


def levels_above(level: Level) -> tuple[Level, ...]:
    """The levels a list may be narrowed by, from the portfolio down."""
    return tuple(other for other in LEVELS if other < level)


def node_list(level: Level, filters: NodeFilters, *, by: Actor) -> QuerySet[Node]:
    """Visible nodes of a level that match, unordered; raises `Invalid` by filter."""
    nodes = visible_nodes(by).filter(level=level).select_related(*NODE_RELATIONS)
    for above, code in filters.above.items():
        nodes = nodes.filter(below([_path_of(code, above, by)]))
    if filters.owner:
        nodes = nodes.filter(owner__user__email__iexact=filters.owner)
    if filters.q.strip():
        nodes = nodes.filter(pk__in=search_ids("node", filters.q))
    return nodes


def _path_of(code: str, level: Level, by: Actor) -> str:
    try:
        return str(node_by_code(code, by=by, level=level).path)
    except NotVisible as error:
        text = _("There is no %(code)s here.") % {"code": code}
        raise Invalid({level.word: [text]}) from error
