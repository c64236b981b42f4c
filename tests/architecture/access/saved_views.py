"""Access to saved views: everybody keeps their own, some share them."""

from tests.architecture.access.table import ALL, Row

NEW = {"page": "measures", "name": "Sample", "query": "stage=decided"}
SEEN = {"seen_version": 1}
NAMED = {**SEEN, "name": "Renamed", "is_shared": "on"}
MINE = (200, 404, 404)
SHARED = (200, 404, 200)

ROWS = (
    # Who has no role sees no page, and so saves nothing of one.
    Row("governance:saved-views", lacks="guest", get=ALL, post=(302, 404, 302), body=NEW),
    Row(
        "governance:saved-view-edit",
        at="shared-view",
        get=(200, 403, 403),
        post=(302, 403, 403),
        body=NAMED,
    ),
    # Whoever may share tidies up what others shared.
    Row(
        "governance:saved-view-edit",
        at="shared-view",
        has="administrator",
        lacks="guest",
        get=(200, 404, 403),
        post=(302, 404, 403),
        body=NAMED,
    ),
    Row("governance:saved-view-delete", at="own-view", post=(302, 404, 404), body=SEEN),
    Row("governance:saved-view-restore", at="deleted-view", post=(302, 404, 404)),
    Row("governance:saved-view-prefer", at="shared-view", lacks="guest", post=(302, 404, 302)),
    Row("api-saved-view-list", lacks="guest", get=ALL, post=(201, 404, 201), body=NEW),
    Row("api-saved-view-detail", at="own-view", get=MINE, patch=MINE, delete=(204, 404, 404)),
    Row(
        "api-saved-view-detail",
        at="shared-view",
        lacks="guest",
        get=SHARED,
        patch=(200, 404, 403),
        body={"name": "Renamed"},
    ),
    Row("api-saved-view-restore", at="deleted-view", post=MINE),
    Row(
        "api-saved-view-prefer",
        at="shared-view",
        lacks="guest",
        post=SHARED,
        body={"is_preferred": True},
    ),
)
