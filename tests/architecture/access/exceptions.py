"""Access to exceptions: who sees the place reads them, each act is somebody's own part (E1)."""

from tests.architecture.access.table import FORM, READS, SEES, Row

NEW = {"subject": "M-000001", "title": "x", "category": "other"}

ROWS = (
    Row("approvals:exceptions", lacks="guest", get=SEES),
    Row("approvals:exception-new", lacks="guest", get=SEES, post=(422, 404, 422)),
    Row("approvals:exception", at="exception", lacks="guest", get=SEES),
    Row("approvals:exception-assign", at="exception", get=FORM, post=(422, 403, 403)),
    Row(
        "approvals:exception-ask", at="owned-exception", has="owner", get=FORM, post=(422, 403, 403)
    ),
    Row(
        "approvals:exception-decide",
        at="asked-exception",
        has="sponsor",
        get=FORM,
        post=(422, 403, 403),
    ),
    Row("approvals:exception-verify", at="decided-exception", get=FORM, post=(422, 403, 403)),
    Row("initiatives:measure-exceptions", at="passed", lacks="guest", get=SEES),
    Row("api-exception-list", lacks="guest", get=READS, post=(400, 403, 400)),
    Row("api-exception-list", get=(200, 200, 200), post=(201, 403, 403), body=NEW),
    Row("api-exception-detail", at="exception", lacks="guest", get=SEES),
    Row("api-exception-assign", at="exception", post=(400, 403, 403)),
    Row("api-exception-request-decision", at="owned-exception", has="owner", post=(400, 403, 403)),
    Row("api-exception-decide", at="asked-exception", has="sponsor", post=(400, 403, 403)),
    Row("api-exception-verify", at="decided-exception", post=(412, 403, 403)),
)
