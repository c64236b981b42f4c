"""Access to the kernel: people, roles, tokens, master data, settings, the audit trail."""

from tests.architecture.access.table import ALL, FORM, READS, Row

ENTRY = {"code": "Z9", "name": "New entry"}
NAMED = {"name": "Renamed", "seen_version": 1}

ROWS = (
    Row("tenant-home", lacks="guest", get=(302, 302, 302)),
    # Pages.
    Row("governance:audit", has="administrator", get=READS),
    Row("governance:master-data", lacks="guest", get=(302, 302, 302)),
    Row("governance:master-data-list", at="kind", lacks="guest", get=READS),
    Row("governance:master-data-list", at="kind", get=ALL, post=(302, 403, 403), body=ENTRY),
    Row("governance:master-data-entry", at="entry", lacks="guest", get=READS),
    Row("governance:master-data-entry", at="entry", get=ALL, post=(302, 403, 403), body=NAMED),
    Row("governance:master-data-active", at="entry", get=FORM, post=(400, 403, 403)),
    Row("governance:seat-add", at="forum", post=(422, 403, 403)),
    Row("governance:seat-remove", at="seat", get=FORM, post=(302, 403, 403)),
    Row("governance:people", get=READS),
    Row("governance:me", lacks="guest", get=(302, 302, 302)),
    Row("governance:person-add", has="administrator", get=FORM, post=(200, 403, 403)),
    Row("governance:access", of="measure", get=READS),
    Row("governance:access", get=READS),
    Row("governance:node-options", has="administrator", get=FORM),
    Row("governance:person", at="person", get=READS),
    Row("governance:person-edit", at="person", has="administrator", get=FORM, post=FORM),
    Row("governance:person-end", at="person", has="administrator", get=FORM, post=(400, 403, 403)),
    Row("governance:role-grant", at="person", has="administrator", post=(422, 403, 403)),
    Row("governance:role-revoke", at="grant", has="administrator", get=FORM, post=(302, 403, 403)),
    Row("governance:settings", has="administrator", get=FORM, post=(422, 403, 403)),
    # Everybody's own tokens; the token in the address is the asker's own.
    Row("governance:tokens", lacks="guest", get=ALL, post=ALL),
    Row("governance:token-revoke", at="token", lacks="guest", get=ALL, post=(302, 302, 302)),
    Row("governance:token-revoke", at="others-token", lacks="guest", get=(404, 404, 404)),
    # API.
    Row("api-access", of="measure", get=READS),
    Row("api-access", lacks="guest", get=(400, 403, 400)),
    Row("api-people-list", has="administrator", get=READS, post=(400, 403, 403)),
    Row(
        "api-people-detail",
        at="person",
        has="administrator",
        get=READS,
        patch=FORM,
        delete=(204, 403, 403),
    ),
    Row("api-grant-list", at="person", has="administrator", get=READS, post=(400, 403, 403)),
    Row("api-grant-detail", at="grant", has="administrator", delete=(204, 403, 403)),
    Row("api-business-units-list", get=ALL, post=(400, 403, 403)),
    Row("api-business-units-list", lacks="guest", get=READS),
    Row("api-business-units-detail", at="unit", get=ALL, patch=FORM),
    Row("api-functions-list", get=ALL, post=(400, 403, 403)),
    Row("api-functions-detail", at="function", get=ALL, patch=FORM),
    Row("api-legal-entities-list", get=ALL, post=(400, 403, 403)),
    Row("api-legal-entities-detail", at="entity", get=ALL, patch=FORM),
    Row("api-forums-list", get=ALL, post=(400, 403, 403)),
    Row("api-forums-detail", at="forum", get=ALL, patch=FORM),
    Row("api-seat-list", at="forum", get=ALL, post=(400, 403, 403)),
    Row("api-seat-detail", at="seat", delete=(204, 403, 403)),
    Row("api-audit-event-list", has="administrator", get=READS),
)
