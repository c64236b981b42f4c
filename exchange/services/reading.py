"""Reading an uploaded file for the first time: what kind it is, its columns, how they write."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from exchange.choices import ImportState
from exchange.files.columns import seen
from exchange.files.detecting import detect
from exchange.files.headings import best_matches, normalised
from exchange.files.notations import Notation, NotationScout, month_in
from exchange.files.reading import open_table
from exchange.files.shapes import Cell, Shape, Table
from exchange.models import Import
from exchange.profiles.base import MONTHS, Profile
from exchange.profiles.registry import profile_of
from exchange.profiles.source import Reading
from exchange.selectors import file_content, remembered_columns
from exchange.services.progress import progress_note
from governance.errors import Invalid
from governance.people.actor import Actor
from governance.tenancy.context import tenant_transaction

SAMPLES = 3
SAMPLE_LENGTH = 60


@dataclass(slots=True)
class _Column:
    name: str
    scout: NotationScout = field(default_factory=NotationScout)
    samples: list[str] = field(default_factory=list)

    def see(self, cell: Cell) -> None:
        if cell is None:
            return
        self.scout.see(cell)
        if len(self.samples) < SAMPLES:
            text = " ".join(seen(str(cell)).split())[:SAMPLE_LENGTH]
            if text and text not in self.samples:
                self.samples.append(text)

    def to_data(self) -> dict[str, Any]:
        notation = self.scout.notation.to_data()
        return {"name": self.name, "samples": self.samples, "notation": notation}


@dataclass(frozen=True, slots=True)
class Scanned:
    """What one pass over a file found."""

    shape: Shape
    columns: list[dict[str, Any]]
    total: int


def import_read(*, run: Import, by: Actor) -> None:
    """Read the file once from end to end and propose what its columns mean.

    Ends in `mapping`, in `checking` for files of a fixed form, or in `failed` with what to do.
    Nothing is held open while the file is read; the result is saved in one short transaction.
    """
    with tenant_transaction(by.tenant_id):
        row = Import.objects.filter(pk=run.pk, state=ImportState.READING).first()
        if row is None or row.file is None:
            return
        content, profile = file_content(row.file), profile_of(row.profile)
        memory = remembered_columns(row.profile)
    if profile.is_fixed:
        _save_fixed(row, by)
        return
    try:
        known = [alias for names in profile.aliases().values() for alias in names]
        shape = Shape.from_data(row.shape) if row.shape else None
        scanned = scan(content, row.file_name, known, shape)
    except Invalid as error:
        reading_failed(run=row, error=error, by=by)
        return
    _save(row, scanned, proposal(profile, scanned.columns, memory), by)


def scan(content: bytes, name: str, known: Sequence[str], shape: Shape | None) -> Scanned:
    """One pass over a file; raises `UnreadableFile`."""
    shape = shape or detect(content, name=name, known=known)
    table = open_table(content, shape)
    columns = [_Column(name) for name in table.columns]
    total = 0
    for row in table.rows:
        total += 1
        for column, cell in zip(columns, row.cells, strict=True):
            column.see(cell)
    return Scanned(shape, [column.to_data() for column in columns], total)


def proposal(
    profile: Profile, columns: Sequence[Mapping[str, Any]], memory: Mapping[str, str]
) -> dict[str, str]:
    """Column index to field: as remembered, else by what headings are called in the wild."""
    names = [str(column["name"]) for column in columns]
    found = _remembered(profile, names, memory)
    if profile.takes_months:
        months = [index for index, name in enumerate(names) if month_in(name) is not None]
        found |= {index: MONTHS for index in months if index not in found}
    left = [name for index, name in enumerate(names) if index not in found]
    places = [index for index in range(len(names)) if index not in found]
    aliases = {f: a for f, a in profile.aliases().items() if f not in found.values()}
    for at, field_name in best_matches(left, aliases).items():
        if normalised(left[at])[:200] not in memory:
            found[places[at]] = field_name
    return {str(index): name for index, name in sorted(found.items())}


def _remembered(
    profile: Profile, names: Sequence[str], memory: Mapping[str, str]
) -> dict[int, str]:
    """What headings meant before, each field once."""
    fields = {field.name for field in profile.fields}
    found: dict[int, str] = {}
    for index, name in enumerate(names):
        meant = memory.get(normalised(name)[:200], "")
        is_month = meant == MONTHS and month_in(name) is not None
        if is_month or (meant in fields and meant not in found.values()):
            found[index] = meant
    return found


def reading_of(run: Import) -> Reading:
    """How the columns of a mapped import are understood."""
    names = [str(column["name"]) for column in run.columns]
    months = {
        int(index): month
        for index, name in run.mapping.items()
        if name == MONTHS and (month := month_in(names[int(index)])) is not None
    }
    fields = {int(index): name for index, name in run.mapping.items() if name != MONTHS}
    notations = {
        index: _meant(Notation.from_data(column["notation"]), run.options)
        for index, column in enumerate(run.columns)
    }
    return Reading(names, fields, months, notations)


def _meant(notation: Notation, options: Mapping[str, str]) -> Notation:
    """How a column writes; what it leaves open is as the person said for the whole file."""
    order = {"day": True, "month": False}.get(options.get("day_order", ""))
    return Notation(
        notation.decimal_sign or options.get("decimal_sign", ""),
        order if notation.day_first is None else notation.day_first,
    )


def table_of(run: Import, content: bytes) -> Table:
    return open_table(content, Shape.from_data(run.shape))


@transaction.atomic
def reading_failed(*, run: Import, error: Invalid, by: Actor) -> None:
    """Keep why a file cannot be read, by place, for whoever looks at the import later."""
    texts = {str(at): [str(text) for text in said] for at, said in error.errors.items()}
    with tenant_transaction(by.tenant_id):
        row = Import.objects.lock().get(pk=run.pk)
        if row.known_state.is_working:
            row.state, row.failure = ImportState.FAILED, {"code": error.code, "errors": texts}
            row.touched().save()


def _save(run: Import, scanned: Scanned, mapping: dict[str, str], by: Actor) -> None:
    with tenant_transaction(by.tenant_id):
        row = Import.objects.lock().get(pk=run.pk)
        if row.state != ImportState.READING or row.version != run.version:
            return
        row.shape, row.columns = scanned.shape.to_data(), scanned.columns
        row.mapping, row.total = mapping, scanned.total
        row.state, row.failure = ImportState.MAPPING, {}
        row.touched().save()
        progress_note(run=row, done=scanned.total, total=scanned.total)


def _save_fixed(run: Import, by: Actor) -> None:
    with tenant_transaction(by.tenant_id):
        row = Import.objects.lock().get(pk=run.pk)
        if row.state == ImportState.READING:
            row.state = ImportState.MAPPING
            row.touched().save()


def chunks(rows: Iterable[Any], size: int) -> Iterable[list[Any]]:
    """Rows in lists of a size."""
    waiting: list[Any] = []
    for row in rows:
        waiting.append(row)
        if len(waiting) == size:
            yield waiting
            waiting = []
    if waiting:
        yield waiting
