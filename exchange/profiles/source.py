"""One row of a file as a profile sees it: cells by field, and what is odd about them."""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from exchange.files.notations import Fault, Notation, amount_in, day_in, is_nothing
from exchange.files.shapes import Cell, Row
from exchange.files.writers import unguarded
from exchange.findings import Finding, error, warning
from governance.text import has_control_characters, one_line, prose
from kpis.rules import Month

MARK_WARNINGS = ("formula", "merged")
PLAIN = Notation("", None)


@dataclass(frozen=True, slots=True)
class Reading:
    """How the columns of a file are understood.

    `fields` is column index to field, `months` column index to month; `notations` say how each
    column writes numbers and days.
    """

    columns: Sequence[str]
    fields: Mapping[int, str]
    months: Mapping[int, Month]
    notations: Mapping[int, Notation]

    @property
    def index(self) -> dict[str, int]:
        return {name: number for number, name in self.fields.items()}


@dataclass(slots=True)
class SourceRow:
    """A row under reading; asking for a cell notes what is wrong with it."""

    row: Row
    reading: Reading
    index: Mapping[str, int]
    findings: list[Finding] = field(default_factory=list)

    @property
    def number(self) -> int:
        return self.row.number

    def heading(self, name: str) -> str:
        """How the file calls the column of a field."""
        at = self.index.get(name)
        return self.reading.columns[at] if at is not None else ""

    def has(self, name: str) -> bool:
        return name in self.index

    def cell(self, name: str) -> Cell:
        at = self.index.get(name)
        return None if at is None else self._checked(at)

    def text(self, name: str, *, limit: int = 200, required: bool = False) -> str:
        """A line of text; blanks are tidied with a warning where they hide in the middle.

        An é is one character, whichever way a file writes it: it tells names and ids apart.
        """
        said = self._words(self.cell(name))
        tidy = one_line(said)
        if said.strip() != tidy:
            self.warn("tidied", name)
        return self._kept(name, tidy, limit=limit, required=required)

    def prose(self, name: str, *, limit: int = 10_000) -> str:
        """A text of several lines, as it is."""
        said = prose(self._words(self.cell(name)))
        return self._kept(name, said, limit=limit, required=False)

    def _kept(self, name: str, text: str, *, limit: int, required: bool) -> str:
        if required and not text:
            self.fail("required", name)
        if has_control_characters(text):
            self.fail("control_characters", name)
            return ""
        if len(text) > limit:
            self.fail("too_long", name, limit=limit, count=len(text))
        return text

    def day(self, name: str) -> date | None:
        """A day; None where there is none, with a finding where it cannot be read."""
        cell = self.value_cell(name)
        if cell is None:
            return None
        found = day_in(cell, self._notation(self.index[name]))
        if isinstance(found, Fault):
            self.findings.append(error(found.code, self.heading(name), **found.params))
            return None
        return found

    def amount(self, name: str) -> Decimal | None:
        """A number; None where there is none, with a finding where it cannot be read."""
        return self.amount_at(self.index[name]) if name in self.index else None

    def amount_at(self, at: int) -> Decimal | None:
        """The number in a column by its place in the file."""
        cell = self._value(at)
        if cell is None:
            return None
        found = amount_in(cell, self._notation(at))
        if isinstance(found, Fault):
            self.findings.append(error(found.code, self.reading.columns[at], **found.params))
            return None
        return found

    def months(self) -> dict[Month, Decimal]:
        """The amounts under month headings; empty cells say nothing."""
        amounts = {month: self.amount_at(at) for at, month in self.reading.months.items()}
        return {month: amount for month, amount in amounts.items() if amount is not None}

    def value_cell(self, name: str) -> Cell:
        """A cell in which a word such as «n/a» means that there is no value."""
        at = self.index.get(name)
        return None if at is None else self._value(at)

    def fail(self, code: str, name: str = "", **params: object) -> None:
        self.findings.append(error(code, self.heading(name), **params))

    def warn(self, code: str, name: str = "", **params: object) -> None:
        self.findings.append(warning(code, self.heading(name), **params))

    def _value(self, at: int) -> Cell:
        cell = self._checked(at)
        if cell is None or not is_nothing(cell):
            return cell
        self.findings.append(warning("no_value_word", self.reading.columns[at], text=cell))
        return None

    def _checked(self, at: int) -> Cell:
        cell = self.row.cells[at]
        mark = self.row.marks.get(at)
        if mark is None:
            return cell
        heading = self.reading.columns[at]
        if mark in MARK_WARNINGS:
            remark = warning(mark, heading)
        else:
            remark = error(mark, heading, text=str(cell or ""))
            cell = None
        if remark not in self.findings:
            self.findings.append(remark)
        return cell

    def _notation(self, at: int) -> Notation:
        return self.reading.notations.get(at, PLAIN)

    @staticmethod
    def _words(cell: Cell) -> str:
        if cell is None:
            return ""
        if isinstance(cell, str):
            return unicodedata.normalize("NFC", unguarded(cell))
        if isinstance(cell, Decimal):
            return format(cell, "f")
        return cell.isoformat() if isinstance(cell, date) else str(cell)
