"""Access to metrics, effects and values."""

from tests.architecture.access.table import ALL, FORM, SEES, Row

ROWS = (
    Row("kpis:measure-values", at="measure", lacks="guest", get=SEES),
    Row("kpis:effect-new", at="measure", has="owner", get=FORM, post=(422, 403, 403)),
    Row("kpis:effect-values", at="effect", has="owner", get=FORM, post=(422, 403, 403)),
    Row("kpis:effect-delete", at="effect", has="owner", get=FORM, post=(400, 403, 403)),
    Row("kpis:cell-history", at="cell", lacks="guest", get=SEES),
    Row("api-metric-list", get=ALL, post=(400, 403, 403)),
    Row("api-effect-list", at="measure", get=ALL, post=(400, 403, 403)),
    Row("api-effect-detail", at="effect", get=ALL, delete=(204, 403, 403)),
    Row("api-effect-detail", at="effect", lacks="guest", get=SEES, delete=(204, 404, 403)),
    Row("api-effect-cells", at="effect", put=(400, 403, 403)),
)
