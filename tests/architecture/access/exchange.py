"""Access to exports: everybody has their own, and nobody sees those of others."""

from tests.architecture.access.table import ALL, Row

LIST = {"list": "measures", "format": "csv"}
TRAIL = {"list": "audit-trail", "format": "csv"}
PEOPLE = {"list": "people", "format": "xlsx"}

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
)
