"""Access to exports, which are everybody's own, and to imports, which need their right."""

from tests.architecture.access.table import ALL, FORM, Row

LIST = {"list": "measures", "format": "csv"}
TRAIL = {"list": "audit-trail", "format": "csv"}
PEOPLE = {"list": "people", "format": "xlsx"}

EDITS, ASKS, OLD = (422, 403, 403), (400, 403, 403), (412, 403, 403)

ROWS = (
    # Whoever may open a list may take it out, the auditor included.
    Row("exchange:exports", lacks="guest", get=ALL, post=(200, 404, 200), body=LIST),
    Row("exchange:exports", has="administrator", get=ALL, post=(200, 403, 200), body=TRAIL),
    Row("exchange:exports", lacks="guest", get=ALL, post=(200, 403, 200), body=PEOPLE),
    Row("exchange:export-file", at="export", lacks="guest", get=ALL),
    Row("exchange:export-file", at="others-export", lacks="guest", get=(404, 404, 404)),
    Row("exchange:export-delete", at="export", lacks="guest", get=ALL, post=(302, 302, 302)),
    Row(
        "exchange:export-delete",
        at="others-export",
        lacks="guest",
        get=(404, 404, 404),
        post=(404, 404, 404),
    ),
    Row("api-export-list", lacks="guest", get=ALL, post=(201, 404, 201), body=LIST),
    Row("api-export-detail", at="export", lacks="guest", get=ALL, delete=(204, 204, 204)),
    Row(
        "api-export-detail",
        at="others-export",
        lacks="guest",
        get=(404, 404, 404),
        delete=(404, 404, 404),
    ),
    Row("api-export-file", at="export", lacks="guest", get=ALL),
    Row("api-export-file", at="others-export", lacks="guest", get=(404, 404, 404)),
    # Imports: for who may import, and nobody else so much as sees them.
    Row("exchange:imports", get=FORM, post=EDITS),
    Row("exchange:import-template", at="template", get=FORM),
    Row("exchange:import", at="import", get=FORM),
    Row("exchange:import-columns", at="import", get=FORM, post=EDITS),
    Row("exchange:import-shape", at="import", post=EDITS),
    Row("exchange:import-check", at="import", post=ASKS),
    Row("exchange:import-apply", at="import", post=EDITS),
    Row("exchange:import-undo", at="import", get=FORM, post=EDITS),
    Row("exchange:import-discard", at="import", get=FORM, post=ASKS),
    Row("exchange:import-result", at="import", get=FORM),
    Row("api-import-list", get=FORM, post=(415, 403, 403)),
    # The sample was read once: the version that the matrix sends is an old one.
    Row("api-import-detail", at="import", get=FORM, patch=OLD, delete=OLD),
    Row("api-import-rows", at="import", get=FORM),
    Row("api-import-apply", at="import", post=OLD),
    Row("api-import-undo", at="import", post=OLD),
)
