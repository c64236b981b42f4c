"""How to break each constraint of changes of many measures."""

from initiatives.bulk.models import BulkEdit, BulkEditRow
from tests.architecture.violations.breaking import Breaker, copies, sets
from tests.houses import House


def edit(house: House) -> BulkEdit:
    row: BulkEdit = BulkEdit.objects.create(created_by=house.people["pmo"], total=1)
    return row


def line(house: House) -> BulkEditRow:
    row: BulkEditRow = BulkEditRow.objects.create(
        edit=edit(house), position=1, measure_id=1, code="M-1", name="x", seen_version=1
    )
    return row


VIOLATIONS: dict[str, Breaker] = {
    "initiatives_bulk_id": copies(edit),
    "initiatives_bulk_state": sets(edit, state="lost"),
    "initiatives_bulk_done": sets(edit, done=2),
    "initiatives_bulk_row_once": copies(line, measure_id=2),
    "initiatives_bulk_row_state": sets(line, state="lost"),
    "initiatives_bulk_row_says_why": sets(line, state="refused"),
}
