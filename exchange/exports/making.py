"""Making the file of a list: what is asked for, the rows as they stand, and the writing of them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import IO, Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from exchange.choices import ExportFormat, Headings
from exchange.files.writers import write_csv, write_xlsx
from governance.errors import Invalid
from governance.web.lists import (
    Cell,
    Chosen,
    Field,
    ListSource,
    Reader,
    batches,
    ids_in_order,
    kept_places,
    rows_of,
    sources,
)

QUERY_LENGTH = 4_000
CONTENT_TYPES = {
    ExportFormat.CSV: "text/csv; charset=utf-8",
    ExportFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which list, narrowed by which address, as what file."""

    list_name: str
    query: str = ""
    format: ExportFormat = ExportFormat.CSV
    headings: Headings = Headings.MACHINE

    def file_name(self, slug: str, day: date) -> str:
        return f"{slug}-{self.list_name}-{day.isoformat()}.{self.format.value}"


@dataclass(frozen=True, slots=True)
class Plan:
    """A list as it stands now: its rows by id in their order, and its columns.

    The ids are read once: what is renamed while a long file is written is in it once, in its old
    place. What is deleted meanwhile, or moved out of the reader's sight, is left out. `known` are
    all columns the list has, `places` those of them that the file holds.
    """

    wanted: Wanted
    source: ListSource
    reader: Reader
    chosen: Chosen[Any, Any]
    known: Sequence[Field]
    places: Sequence[int]
    ids: Sequence[int]

    @property
    def fields(self) -> list[Field]:
        return [self.known[place] for place in self.places]

    def batches(self) -> Iterator[Sequence[int]]:
        return batches(self.ids)

    def cells(self, ids: Sequence[int]) -> list[Sequence[Cell]]:
        """The rows of one batch, with a fixed number of queries."""
        rows = rows_of(self.chosen, ids)
        cells = self.source.cells(rows, self.known, self.reader) if rows else []
        if len(self.places) < len(self.known):
            cells = [[row[place] for place in self.places] for row in cells]
        return cells if self.wanted.headings is Headings.MACHINE else self._in_words(cells)

    def _in_words(self, rows: Sequence[Sequence[Cell]]) -> list[Sequence[Cell]]:
        fields = self.fields
        return [
            [
                str(field.words.get(str(cell), cell)) if field.words and cell else cell
                for field, cell in zip(fields, row, strict=True)
            ]
            for row in rows
        ]

    def write(self, target: IO[bytes], rows: Iterable[Sequence[Cell]]) -> None:
        """Write the file; `rows` may come batch by batch."""
        is_machine = self.wanted.headings is Headings.MACHINE
        headings = [field.name if is_machine else str(field.label) for field in self.fields]
        if self.wanted.format is ExportFormat.CSV:
            write_csv(target, headings, rows)
        else:
            write_xlsx(target, str(self.source.title), headings, rows)


def chosen_by(wanted: Wanted, reader: Reader) -> Chosen[Any, Any]:
    """The rows somebody asks for.

    Raises `Invalid` for an unknown list or filter, and whatever the list's own page would raise
    for somebody who may not see it.
    """
    source = sources().get(wanted.list_name)
    if source is None:
        raise Invalid({"list": [_("There is no such list.")]})
    if len(wanted.query) > QUERY_LENGTH:
        raise Invalid({"query": [_("This address is too long.")]})
    return source.choose(QueryDict(wanted.query), reader.by)


def plan_of(wanted: Wanted, reader: Reader) -> Plan:
    """Everything needed to write the file; raises as `chosen_by` does."""
    chosen = chosen_by(wanted, reader)
    source = sources()[wanted.list_name]
    fields = source.fields(chosen.rows, reader)
    places = kept_places(fields, chosen.fields)
    return Plan(wanted, source, reader, chosen, fields, places, ids_in_order(chosen))


def all_rows(plan: Plan) -> Iterator[Sequence[Cell]]:
    """Every row, batch by batch, in the transaction that is open."""
    for ids in plan.batches():
        yield from plan.cells(ids)
