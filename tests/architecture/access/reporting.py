"""Access to totals and roll-ups."""

from tests.architecture.access.table import SEES, Row

ROWS = (
    Row("reporting:portfolio", lacks="guest", get=SEES),
    Row("reporting:node-totals", at="program", lacks="guest", get=SEES),
    Row("reporting:plan-csv", at="program", lacks="guest", get=SEES),
    Row("reporting:bridge", at="program", lacks="guest", get=SEES),
    Row("api-bridge", at="program", lacks="guest", get=SEES),
    Row("api-roll-up", at="program", lacks="guest", get=SEES),
)
