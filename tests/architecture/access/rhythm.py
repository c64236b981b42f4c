"""Access to the reporting rhythm."""

from tests.architecture.access.table import ALL, FORM, READS, SEES, Row

ROWS = (
    # Whoever edits measures of their own may owe updates; an empty save says that nothing was said.
    Row("initiatives:my-updates", has="owner", lacks="sponsor", get=FORM, post=(302, 403, 403)),
    Row("api-my-updates", has="owner", lacks="sponsor", get=FORM, post=(400, 403, 403)),
    # Calendars are read by whoever sees any place; who proposed one does not publish it (S5).
    Row("initiatives:reporting-calendars", lacks="guest", get=READS),
    Row("initiatives:reporting-calendars-propose", get=FORM, post=(422, 403, 403)),
    Row("initiatives:reporting-calendars-version", at="rhythm", lacks="guest", get=READS),
    Row("initiatives:reporting-calendars-publish", at="rhythm", get=FORM, post=(400, 403, 403)),
    Row(
        "initiatives:reporting-calendars-publish",
        at="rhythm",
        has="administrator",
        lacks="pmo",
        get=(200, 200, 403),
        post=(302, 403, 403),
        body={"seen_version": 1},
    ),
    Row("initiatives:reporting-calendars-withdraw", at="rhythm", get=FORM, post=(400, 403, 403)),
    Row("api-reporting-calendar-list", lacks="guest", get=READS),
    Row("api-reporting-calendar-version-list", lacks="guest", get=READS),
    Row("api-reporting-calendar-version-list", get=ALL, post=(400, 403, 403)),
    Row("api-reporting-calendar-version-detail", at="rhythm", lacks="guest", get=READS),
    Row("api-reporting-calendar-version-detail", at="rhythm", get=ALL, delete=(204, 403, 403)),
    Row(
        "api-reporting-calendar-version-publish",
        at="rhythm",
        has="administrator",
        lacks="pmo",
        post=(200, 403, 403),
    ),
    # The transformation office runs the rhythm; the auditor reads it (S10).
    Row("reporting:rhythm", get=READS, post=(302, 403, 403)),
    Row("reporting:rhythm-owners-csv", get=READS),
    Row("api-rhythm", get=READS),
    Row("api-rhythm-nudge", post=(400, 403, 403)),
    # Whoever sees a place reads its reports and drafts; its lead or the office signs.
    Row("reporting:period-reports", at="program", lacks="guest", get=SEES),
    Row("reporting:period-report-sign", at="program", get=(200, 200, 200), post=(422, 403, 403)),
    Row(
        "reporting:period-report-sign", at="program", lacks="guest", get=SEES, post=(422, 404, 403)
    ),
    Row("reporting:period-report", at="signed", lacks="guest", get=SEES),
    Row("reporting:period-report-json", at="signed", lacks="guest", get=SEES),
    Row("reporting:period-report-csv", at="signed", lacks="guest", get=SEES),
    Row("api-period-report-list", at="program", get=ALL, post=(400, 403, 403)),
    Row("api-period-report-list", at="program", lacks="guest", get=SEES, post=(400, 404, 403)),
    Row("api-period-report-draft", at="program", lacks="guest", get=SEES),
    Row("api-period-report-verification", at="program", lacks="guest", get=SEES),
    Row("api-period-report-detail", at="signed", lacks="guest", get=SEES),
)
