"""Access to escalations and their policies."""

from tests.architecture.access.table import ALL, FORM, READS, SEES, Row

ROWS = (
    Row("approvals:escalations", lacks="guest", get=SEES),
    Row("approvals:escalation", at="escalation", lacks="guest", get=SEES),
    Row("approvals:escalation-policies", lacks="guest", get=READS),
    Row("approvals:escalation-policies-propose", get=FORM, post=(422, 403, 403)),
    Row("approvals:escalation-policies-version", at="policy", lacks="guest", get=READS),
    Row("approvals:escalation-policies-publish", at="policy", get=FORM, post=(400, 403, 403)),
    Row("approvals:escalation-policies-withdraw", at="policy", get=FORM, post=(400, 403, 403)),
    Row("api-escalation-list", lacks="guest", get=READS),
    Row("api-escalation-detail", at="escalation", lacks="guest", get=SEES),
    Row("api-escalation-policies", lacks="guest", get=READS),
    Row("api-escalation-policy-version-list", lacks="guest", get=READS),
    Row("api-escalation-policy-version-list", get=ALL, post=(400, 403, 403)),
    Row("api-escalation-policy-version-detail", at="policy", lacks="guest", get=READS),
    Row("api-escalation-policy-version-detail", at="policy", get=ALL, delete=(204, 403, 403)),
    Row(
        "api-escalation-policy-version-publish",
        at="policy",
        has="administrator",
        lacks="pmo",
        post=(200, 403, 403),
    ),
)
