"""Access to decisions: cards, the inbox, delegations, stage models, tracks, the report."""

from tests.architecture.access.table import FORM, READS, SEES, Row

# Every member who sees the place; the refusal then names the person, not the page.
VOTES = (422, 403, 403)

ROWS = (
    Row("initiatives:decisions", lacks="guest", get=SEES),
    Row("initiatives:gate-request", at="request", has="sponsor", get=(200, 200, 200), post=VOTES),
    Row(
        "initiatives:gate-request",
        at="request",
        has="executive",
        lacks="guest",
        get=SEES,
        post=(403, 404, 403),
    ),
    Row(
        "initiatives:gate-request-recuse",
        at="request",
        has="sponsor",
        lacks="guest",
        get=SEES,
        post=(422, 404, 422),
    ),
    Row(
        "initiatives:gate-request-withdraw",
        at="request",
        has="owner",
        get=(200, 200, 200),
        post=(302, 403, 403),
    ),
    Row(
        "initiatives:condition-accept",
        at="condition",
        has="sponsor",
        get=(200, 200, 200),
        post=(302, 403, 403),
        body={"seen_version": "1"},
    ),
    Row("initiatives:stage-models", lacks="guest", get=SEES),
    Row("initiatives:stage-model", at="stage-model", lacks="guest", get=SEES),
    Row("initiatives:stage-model-new", get=FORM, post=(422, 403, 403)),
    Row("initiatives:stage-model-publish", at="stage-model", get=FORM, post=(409, 403, 403)),
    Row("initiatives:stage-model-discard", at="stage-model", get=FORM, post=(400, 403, 403)),
    Row("initiatives:measure-track", at="measure", get=FORM, post=(422, 403, 403)),
    Row("initiatives:segregation", get=READS),
    Row("approvals:delegations", lacks="guest", get=SEES, post=(422, 404, 422)),
    Row(
        "approvals:delegation-revoke",
        at="delegation",
        has="sponsor",
        get=(200, 404, 404),
        post=(302, 404, 404),
    ),
    Row("api-delegation-list", lacks="guest", get=(200, 200, 200), post=(400, 400, 400)),
    Row("api-delegation-detail", at="delegation", has="sponsor", get=(200, 404, 404)),
    Row("api-delegation-revoke", at="delegation", has="sponsor", post=(200, 404, 404)),
    Row("api-stage-model-list", lacks="guest", get=SEES, post=(400, 404, 403)),
    Row("api-stage-model-list", get=(200, 200, 200), post=(400, 403, 403)),
    Row("api-stage-model-detail", at="stage-model", get=(200, 200, 200), delete=(409, 403, 403)),
    Row(
        "api-stage-model-detail", at="stage-model", lacks="guest", get=SEES, delete=(409, 404, 403)
    ),
    Row("api-stage-model-publish", at="stage-model", post=(409, 403, 403)),
    Row("api-measure-track", at="measure", post=(400, 403, 403)),
    Row("api-segregation", get=READS),
)
