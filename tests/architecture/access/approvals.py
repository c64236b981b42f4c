"""Access to gates: asking, deciding, conditions. Every one of them is somebody's own part."""

from tests.architecture.access.table import ALL, SEES, Row
from tests.initiatives.gates.short import in_days

REASON = {"reason_code": "other", "reason": "x"}
HOLD = {**REASON, "review_on": in_days(30).isoformat()}
CHANGE = {**REASON, "changes": {"name": "Renamed"}}
VOTE = {"outcome": "go", "rationale": "x", "snapshot_hash": "0" * 64}

OPENS, ELSEWHERE = (201, 403, 403), (409, 403, 403)

ROWS = (
    Row("api-measure-readiness", at="measure", lacks="guest", get=SEES),
    Row("api-measure-gate-request-list", at="passed", lacks="guest", get=SEES),
    # The sample measure is not ready.
    Row(
        "api-measure-gate-request-list",
        at="measure",
        has="owner",
        get=ALL,
        post=(422, 403, 403),
        body={"to_stage": "detailed"},
    ),
    Row(
        "api-measure-change-request-list",
        at="passed",
        has="owner",
        post=OPENS,
        body=CHANGE,
    ),
    Row("api-measure-attestation", at="criterion", has="controller", post=(200, 403, 403)),
    Row("api-measure-hold", at="passed", has="owner", post=OPENS, body=HOLD),
    Row("api-measure-cancel", at="passed", has="sponsor", post=OPENS, body=REASON),
    Row("api-measure-step-down", at="passed", post=OPENS, body=REASON),
    # The sample is neither on hold nor cancelled nor closed.
    Row("api-measure-resume", at="passed", has="owner", post=ELSEWHERE, body=REASON),
    Row("api-measure-reinstate", at="passed", has="sponsor", post=ELSEWHERE, body=REASON),
    Row("api-measure-reopen", at="passed", post=(422, 403, 403), body=REASON),
    Row("api-gate-request-list", lacks="guest", get=ALL),
    Row("api-gate-request-detail", at="request", lacks="guest", get=SEES),
    # An old snapshot: whoever decides is told so, everybody else that they are not asked.
    Row("api-gate-request-decision", at="request", has="sponsor", post=ELSEWHERE, body=VOTE),
    Row("api-gate-request-withdraw", at="request", has="owner", post=(200, 403, 403)),
    Row(
        "api-gate-request-recuse",
        at="request",
        has="sponsor",
        post=(200, 403, 403),
        body={"reason": "x"},
    ),
    Row("api-decision-list", lacks="guest", get=ALL),
    Row("api-condition-detail", at="condition", lacks="guest", get=SEES),
    Row("api-condition-accept", at="condition", has="sponsor", post=(200, 403, 403)),
)
