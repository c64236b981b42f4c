"""Access to totals and roll-ups."""

from tests.architecture.access.table import READS, SEES, Row

ROWS = (
    Row("reporting:portfolio", lacks="guest", get=SEES),
    Row("reporting:node-totals", at="program", lacks="guest", get=SEES),
    Row("reporting:plan-csv", at="program", lacks="guest", get=SEES),
    Row("reporting:bridge", at="program", lacks="guest", get=SEES),
    Row("api-bridge", at="program", lacks="guest", get=SEES),
    Row("reporting:watermelons", lacks="guest", get=SEES),
    # A list that belongs to no place: who holds no role anywhere is refused.
    Row("api-watermelon-list", lacks="guest", get=READS),
    Row("api-roll-up", at="program", lacks="guest", get=SEES),
)
