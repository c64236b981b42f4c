"""Access to changes of many measures: for those who change any, and each person's own alone."""

from tests.architecture.access.table import ALL, FORM, SEES, Row

MINE = (200, 404, 404)
# An older version than the sample has: who may not even see it is told nothing of that.
STALE, LATE = (412, 404, 404), (409, 404, 404)
CHANGE = {"query": "stage=closed", "changes": {"planned_end": "2030-01-01"}}

ROWS = (
    Row("initiatives:bulk-edits", get=FORM),
    Row("initiatives:bulk-edit-new", get=FORM, post=(422, 403, 403)),
    Row("initiatives:bulk-edit-new", lacks="guest", get=(200, 404, 403), post=(422, 404, 403)),
    Row("initiatives:bulk-edit", at="bulk", get=MINE),
    Row("initiatives:bulk-edit-apply", at="bulk", post=LATE, body={"seen_version": 1}),
    Row("initiatives:bulk-edit-check", at="bulk", post=LATE, body={"seen_version": 1}),
    Row("initiatives:bulk-edit-undo", at="bulk", post=LATE, body={"seen_version": 1}),
    Row("initiatives:measure-groups-csv", lacks="guest", get=SEES),
    Row("api-measure-group-list", lacks="guest", get=ALL),
    # No measure of the sample is closed.
    Row("api-bulk-edit-list", get=FORM, post=(400, 403, 403), body=CHANGE),
    Row("api-bulk-edit-detail", at="bulk", get=MINE),
    Row("api-bulk-edit-rows", at="bulk", get=MINE),
    Row("api-bulk-edit-check", at="bulk", post=STALE, body={"voids_requests": True}),
    Row("api-bulk-edit-apply", at="bulk", post=STALE),
    Row("api-bulk-edit-undo", at="bulk", post=STALE),
)
