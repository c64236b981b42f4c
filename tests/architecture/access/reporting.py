"""Access to totals and roll-ups."""

from tests.architecture.access.table import FORM, READS, SEES, Row

ROWS = (
    Row("reporting:portfolio", lacks="guest", get=SEES),
    Row("reporting:node-totals", at="program", lacks="guest", get=SEES),
    Row("reporting:plan-csv", at="program", lacks="guest", get=SEES),
    Row("reporting:curve-csv", at="program", lacks="guest", get=SEES),
    Row("reporting:funnel-csv", at="program", lacks="guest", get=SEES),
    Row("reporting:children-csv", at="program", lacks="guest", get=SEES),
    Row("reporting:amounts-csv", at="program", lacks="guest", get=SEES),
    Row("reporting:behind", at="program", lacks="guest", get=SEES),
    Row("reporting:behind-csv", at="program", lacks="guest", get=SEES),
    Row("api-behind", at="program", lacks="guest", get=SEES),
    Row("reporting:bridge", at="program", lacks="guest", get=SEES),
    Row("api-bridge", at="program", lacks="guest", get=SEES),
    Row("reporting:node-targets", at="program", lacks="guest", get=SEES),
    Row("reporting:targets-csv", at="program", lacks="guest", get=SEES),
    Row("reporting:target-propose", at="program", get=FORM, post=(422, 403, 403)),
    Row("reporting:targets", lacks="guest", get=SEES),
    # Whoever sees the place sees its targets; a decision says which one it is.
    Row("reporting:target", at="target", get=(200, 200, 200), post=(422, 403, 403)),
    Row("reporting:target", at="target", lacks="guest", get=SEES, post=(422, 404, 403)),
    Row("reporting:watermelons", lacks="guest", get=SEES),
    # A list that belongs to no place: who holds no role anywhere is refused.
    Row("api-watermelon-list", lacks="guest", get=READS),
    Row("api-roll-up-children", at="program", lacks="guest", get=SEES),
    Row("api-attention", at="program", lacks="guest", get=SEES),
    Row("api-roll-up", at="program", lacks="guest", get=SEES),
)
