"""What stands in a cell: amounts, days and months, and what a whole column says about them."""

from exchange.files.amounts import amount_in, currency_in, decimal_evidence, unquoted
from exchange.files.days import day_in, month_in, order_evidence
from exchange.files.shapes import Cell
from exchange.files.verdicts import FAULT_TEXTS, Fault, Notation, fault_text

__all__ = [
    "FAULT_TEXTS",
    "Fault",
    "Notation",
    "NotationScout",
    "amount_in",
    "currency_in",
    "day_in",
    "fault_text",
    "is_nothing",
    "month_in",
    "unquoted",
]

NOTHING = frozenset(
    {
        *("n/a", "na", "n.a.", "n. a.", "#n/a", "not applicable", "not available", "unknown"),
        *("k.a.", "k. a.", "k.a", "#nv", "keine", "keine angabe", "unbekannt", "offen"),
        *("tbd", "t.b.d.", "tba", "none", "null", "nil"),
        *("-", "--", "---", "\u2013", "\u2014"),
    }
)
NOTHING_LENGTH = 20
EVIDENCE_LENGTH = 80


def is_nothing(cell: Cell) -> bool:
    """Whether a cell says in words or signs that there is no value; a blank one says nothing."""
    if not isinstance(cell, str) or len(cell) > NOTHING_LENGTH:
        return False
    return cell.strip().strip("'\"").casefold() in NOTHING


class NotationScout:
    """Sees a whole column and tells how it writes numbers and days; contradictions stay open."""

    def __init__(self) -> None:
        self._signs: set[str] = set()
        self._orders: set[bool] = set()

    def see(self, cell: Cell) -> None:
        if not isinstance(cell, str) or len(cell) > EVIDENCE_LENGTH:
            return
        if sign := decimal_evidence(cell):
            self._signs.add(sign)
        if (order := order_evidence(cell)) is not None:
            self._orders.add(order)

    @property
    def notation(self) -> Notation:
        sign = next(iter(self._signs)) if len(self._signs) == 1 else ""
        order = next(iter(self._orders)) if len(self._orders) == 1 else None
        return Notation(sign, order)
