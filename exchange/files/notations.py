"""What stands in a cell: amounts, days and months, and what a whole column says about them."""

from collections import Counter

from exchange.files.amounts import GROUP, amount_in, currency_in, reading_of, unquoted
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
# So many numbers with a sign, and so many without, until grouping is no accident.
GROUPED_AT_LEAST = 3


def is_nothing(cell: Cell) -> bool:
    """Whether a cell says in words or signs that there is no value; a blank one says nothing."""
    if not isinstance(cell, str) or len(cell) > NOTHING_LENGTH:
        return False
    return cell.strip().strip("'\"").casefold() in NOTHING


class NotationScout:
    """Sees a whole column and tells how it writes numbers and days; contradictions stay open.

    A column without any decimals is still clear if it groups as people do: all numbers from a
    thousand on have the sign, none below has it, and there are some of either kind.
    """

    def __init__(self) -> None:
        self._signs: set[str] = set()
        self._orders: set[bool] = set()
        self._open_signs: Counter[str] = Counter()
        self._below, self._beyond = 0, 0

    def see(self, cell: Cell) -> None:
        if not isinstance(cell, str) or len(cell) > EVIDENCE_LENGTH:
            return
        if (order := order_evidence(cell)) is not None:
            self._orders.add(order)
        reading = reading_of(cell)
        if reading is None:
            return
        if reading.sign:
            self._signs.add(reading.sign)
        elif reading.is_open:
            self._open_signs["." if "." in reading.digits else ","] += 1
        elif len(reading.digits) <= GROUP:
            self._below += 1
        else:
            self._beyond += 1

    @property
    def notation(self) -> Notation:
        order = next(iter(self._orders)) if len(self._orders) == 1 else None
        if len(self._signs) == 1:
            return Notation(next(iter(self._signs)), order)
        return Notation(self._grouped() if not self._signs else "", order)

    def _grouped(self) -> str:
        """The decimal sign left over where the other one visibly groups."""
        is_clear = len(self._open_signs) == 1 and not self._beyond
        if not is_clear or min(self._below, self._open_signs.total()) < GROUPED_AT_LEAST:
            return ""
        return "," if "." in self._open_signs else "."
