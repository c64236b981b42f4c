"""Access to favourites and recent items: everybody's own, of what they see."""

from tests.architecture.access.table import ALL, Row

BODY = {"kind": "program", "code": "PG-001"}

ROWS = (
    Row("governance:favourites", lacks="guest", get=ALL),
    Row("governance:favourite", at="starred", lacks="guest", post=(302, 404, 302)),
    Row("api-favourite-list", lacks="guest", get=ALL, post=(201, 404, 201), body=BODY),
    Row("api-favourite-detail", at="starred", lacks="guest", delete=(204, 404, 204)),
    Row("api-recent-item-list", lacks="guest", get=ALL),
)
