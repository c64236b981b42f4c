"""Pages of lists by cursor: each page costs the same, however far in, and order is stable."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db.models import F, Model, Q, QuerySet
from django.db.models.expressions import Combinable

from governance.errors import DomainError
from governance.tenancy.context import active_tenant_id, has_active_tenant
from governance.web.cursors import sealed, unsealed

T = TypeVar("T", bound=Model)
DEFAULT_LIMIT = 50
MAX_LIMIT = 500


class BadCursor(DomainError):
    """The cursor is not one of ours, or belongs to another order."""

    status = 400
    code = "bad_cursor"


@dataclass(frozen=True, slots=True)
class Order:
    """An order people may choose: a never-null, indexed expression, then the id."""

    name: str
    field: str
    is_descending: bool = False
    expression: Combinable | None = None

    @property
    def reversed(self) -> "Order":
        return Order(self.name, self.field, not self.is_descending, self.expression)

    @property
    def spelled(self) -> str:
        return f"-{self.name}" if self.is_descending else self.name


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page: its rows and the cursors of its neighbours, None at the ends."""

    rows: list[T]
    next: str | None
    previous: str | None


def chosen_order(orders: Mapping[str, Order], spelled: str, default: str) -> Order:
    """The order that `name` (ascending) or `-name` spells; raises `KeyError` for an unknown one."""
    wanted = spelled or default
    order = orders[wanted.removeprefix("-")]
    return order if order.is_descending is wanted.startswith("-") else order.reversed


def spellings(orders: Mapping[str, Order]) -> list[str]:
    """Every spelling that `chosen_order` understands."""
    return [f"{sign}{name}" for name in orders for sign in ("", "-")]


def keyset_page(rows: QuerySet[T], *, order: Order, cursor: str = "", limit: int = 0) -> Page[T]:
    """One page of a query set; one query, whatever the page. Raises `BadCursor`."""
    limit = min(limit or DEFAULT_LIMIT, MAX_LIMIT)
    rows = _with_order(rows, order)
    home = _home(rows)
    position = _read(cursor, order, home) if cursor else None
    is_backward = position is not None and bool(position["back"])
    if position is not None:
        rows = rows.filter(_beyond(order, position, is_backward=is_backward))
    found = list(rows.order_by(*_order_by(order, is_backward=is_backward))[: limit + 1])
    has_more, found = len(found) > limit, found[:limit]
    if is_backward:
        found.reverse()
    has_next = is_backward or has_more
    has_previous = has_more if is_backward else position is not None
    return Page(
        found,
        _write(order, home, found[-1], back=False) if found and has_next else None,
        _write(order, home, found[0], back=True) if found and has_previous else None,
    )


def ordered(rows: QuerySet[T], order: Order) -> QuerySet[T]:
    """All rows in the order in which pages show them."""
    return _with_order(rows, order).order_by(*_order_by(order, is_backward=False))


def _with_order(rows: QuerySet[T], order: Order) -> QuerySet[T]:
    if order.expression is not None:
        rows = rows.annotate(**{order.field: order.expression})
    return rows


def _order_by(order: Order, *, is_backward: bool) -> list[Any]:
    is_descending = order.is_descending is not is_backward
    fields = [F(order.field), F("id")]
    return [field.desc() if is_descending else field.asc() for field in fields]


def _beyond(order: Order, position: dict[str, Any], *, is_backward: bool) -> Q:
    """Rows after the position: a range on the ordered field for the index, the id for ties."""
    comparison = "lt" if order.is_descending is not is_backward else "gt"
    value, row_id = position["value"], position["id"]
    within = Q(**{f"{order.field}__{comparison}e": value})
    tied = Q(**{order.field: value, f"id__{comparison}": row_id})
    return within & (Q(**{f"{order.field}__{comparison}": value}) | tied)


def _home(rows: QuerySet[T]) -> str:
    """Which list a cursor belongs to: of what, and of which tenant."""
    tenant = active_tenant_id() if has_active_tenant() else 0
    return f"{rows.model._meta.label_lower}/{tenant}"


def _write(order: Order, home: str, row: Any, *, back: bool) -> str:
    value = getattr(row, order.field)
    plain = value if isinstance(value, str | int) else str(value)
    return sealed(
        {"home": home, "order": order.spelled, "value": plain, "id": row.pk, "back": back}
    )


def _read(cursor: str, order: Order, home: str) -> dict[str, Any]:
    position = unsealed(cursor)
    if position is None or (position["home"], position["order"]) != (home, order.spelled):
        raise BadCursor
    return position
