"""How to break each constraint of the import studio."""

from exchange.models import (
    ColumnMemory,
    Export,
    FileChunk,
    Import,
    ImportItem,
    ImportProgress,
    ImportRow,
    StoredFile,
)
from tests.architecture.violations.breaking import Breaker, copies, sets
from tests.houses import House


def file(house: House) -> StoredFile:
    return StoredFile.objects.create(name="x.csv", content_type="text/csv", size=1, sha256="0" * 64)


def chunk(house: House) -> FileChunk:
    return FileChunk.objects.create(file=file(house), position=0, content=b"x")


def run(house: House) -> Import:
    return Import.objects.create(
        file=file(house), file_name="x.csv", digest="0" * 64, profile="measures", author="x"
    )


def progress(house: House) -> ImportProgress:
    return ImportProgress.objects.create(run=run(house))


def row(house: House) -> ImportRow:
    return ImportRow.objects.create(run=run(house), number=1, state="create", key="x")


def item(house: House) -> ImportItem:
    return ImportItem.objects.create(
        run=run(house), kind="measure", action="created", object_id=1, label="x"
    )


def memory(house: House) -> ColumnMemory:
    return ColumnMemory.objects.create(profile="measures", heading="x", field="name")


def export(house: House) -> Export:
    return Export.objects.create(list_name="measures", format="csv", created_by=house.people["pmo"])


VIOLATIONS: dict[str, Breaker] = {
    "exchange_file_id": copies(file),
    "exchange_chunk_once": copies(chunk),
    "exchange_import_id": copies(run),
    "exchange_import_state": sets(run, state="x"),
    "exchange_import_profile": sets(run, profile="x"),
    "exchange_progress_once": copies(progress),
    "exchange_row_once": copies(row),
    "exchange_row_state": sets(row, state="x"),
    "exchange_item_once": copies(item),
    "exchange_item_kind": sets(item, kind="x"),
    "exchange_item_action": sets(item, action="x"),
    "exchange_column_memory_once": copies(memory),
    "exchange_export_id": copies(export),
    "exchange_export_state": sets(export, state="x"),
    "exchange_export_format": sets(export, format="x"),
    "exchange_export_headings": sets(export, headings="x"),
    "exchange_export_done_has_file": sets(export, state="done"),
}
