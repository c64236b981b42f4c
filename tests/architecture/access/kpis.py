"""Access to metrics, effects and values."""

from tests.architecture.access.table import ALL, FORM, SEES, Row

ROWS = (
    Row("kpis:measure-values", at="measure", lacks="guest", get=SEES),
    # Whoever sees the measure sees its grid; an empty save of its owner changes nothing.
    Row("kpis:value-grid", at="measure", has="owner", get=ALL, post=(200, 403, 403)),
    Row("kpis:value-grid", at="measure", lacks="guest", get=SEES, post=(200, 404, 403)),
    Row("kpis:effect-new", at="measure", has="owner", get=FORM, post=(422, 403, 403)),
    Row("kpis:effect-values", at="effect", has="owner", get=FORM, post=(422, 403, 403)),
    Row("kpis:effect-delete", at="effect", has="owner", get=FORM, post=(400, 403, 403)),
    Row("kpis:effect-edit", at="effect", has="owner", get=FORM, post=(422, 403, 403)),
    Row("kpis:effect-reference", at="effect", has="owner", get=FORM, post=(422, 403, 403)),
    # Whoever sees the effect sees its actuals; an empty claim of its owner lacks the version.
    Row("kpis:effect-actuals", at="effect", has="owner", get=(200, 200, 200), post=(422, 403, 403)),
    Row("kpis:effect-actuals", at="effect", lacks="guest", get=SEES, post=(422, 404, 403)),
    Row("kpis:controlling", has="controller", get=(200, 403, 403), post=(302, 403, 403)),
    Row("kpis:cell-history", at="cell", lacks="guest", get=SEES),
    # Whoever sees any place of the tenant sees its metrics.
    Row("kpis:metrics", lacks="guest", get=SEES),
    Row("kpis:metric-new", get=FORM, post=(422, 403, 403)),
    Row("kpis:metric-edit", at="metric", get=FORM, post=(422, 403, 403)),
    Row("kpis:metric-edit", at="metric", lacks="guest", get=(200, 404, 403), post=(422, 404, 403)),
    Row("api-metric-list", get=ALL, post=(400, 403, 403)),
    Row("api-metric-detail", at="metric", get=ALL, patch=FORM),
    Row("api-metric-detail", at="metric", lacks="guest", get=SEES, patch=(200, 404, 403)),
    Row("api-effect-list", at="measure", get=ALL, post=(400, 403, 403)),
    Row(
        "kpis:measure-lights", at="measure", has="owner", get=(200, 200, 200), post=(422, 403, 403)
    ),
    Row("kpis:measure-lights", at="measure", lacks="guest", get=SEES, post=(422, 404, 403)),
    Row("api-measure-lights", at="measure", get=ALL, post=(400, 403, 403)),
    Row("api-measure-figures", at="measure", lacks="guest", get=SEES),
    Row("api-measure-values", at="measure", has="owner", get=ALL, put=(400, 403, 403)),
    Row("api-measure-values", at="measure", lacks="guest", get=SEES, put=(400, 404, 403)),
    Row("api-effect-detail", at="effect", get=ALL, patch=FORM, delete=(204, 403, 403)),
    Row(
        "api-effect-detail",
        at="effect",
        lacks="guest",
        get=SEES,
        patch=(200, 404, 403),
        delete=(204, 404, 403),
    ),
    Row("api-effect-phasing", at="effect", has="owner", post=(400, 403, 403)),
    Row("api-effect-reference", at="effect", put=(400, 403, 403)),
    # Finance validates; the second signature of the sample is finance's as well.
    Row("api-validation-list", at="effect", has="controller", get=ALL, post=(400, 403, 403)),
    Row("api-validation-second", at="validation", has="second_finance", post=(409, 403, 403)),
    Row("api-effect-cells", at="effect", put=(400, 403, 403)),
    # Rates are finance's; whoever sees any place of the tenant reads them.
    Row("kpis:rates", has="controller", get=ALL, post=(302, 403, 403)),
    Row("kpis:rates", lacks="guest", get=SEES, post=(403, 403, 403)),
    Row("kpis:rates-propose", has="controller", get=FORM, post=(422, 403, 403)),
    Row("api-rate-list", has="controller", get=ALL, post=(400, 403, 403)),
    # The controller proposed the sample, so that another finance person decides it.
    Row("api-rate-confirm", at="rate", has="second_finance", post=(200, 403, 403)),
    Row("api-rate-refuse", at="rate", has="second_finance", post=(200, 403, 403)),
    Row("api-rate-withdraw", at="rate", has="controller", post=(200, 403, 403)),
    # The transformation office proposed the sample, so that the head of controlling decides it.
    Row("api-target-list", has="head_of_controlling", get=ALL, post=(400, 403, 403)),
    Row("api-target-detail", at="target", lacks="guest", get=SEES),
    Row("api-target-approve", at="target", has="head_of_controlling", post=(200, 403, 403)),
    Row(
        "api-target-approve",
        at="target",
        has="head_of_controlling",
        lacks="guest",
        post=(200, 404, 403),
    ),
    Row("api-target-refuse", at="target", has="head_of_controlling", post=(400, 403, 403)),
    Row("api-target-withdraw", at="target", has="pmo", post=(200, 403, 403)),
    # KPIs belong to the whole tenant; whoever sees any place of it sees them.
    Row("kpis:kpis", lacks="guest", get=SEES),
    Row("kpis:kpi-new", get=FORM, post=(422, 403, 403)),
    Row("kpis:objectives", lacks="guest", get=SEES),
    Row("kpis:objective-new", get=FORM, post=(422, 403, 403)),
    Row("kpis:objective-delete", at="objective", get=FORM, post=(400, 403, 403)),
    Row("kpis:kpi", at="kpi", lacks="guest", get=SEES),
    Row("kpis:kpi-edit", at="kpi", get=FORM, post=(422, 403, 403)),
    Row("kpis:kpi-periods", at="kpi", has="owner", get=FORM, post=(422, 403, 403)),
    Row("kpis:kpi-csv", at="kpi", lacks="guest", get=SEES),
    Row("kpis:kpi-delete", at="kpi", get=FORM, post=(400, 403, 403)),
    Row("api-objective-list", get=ALL, post=(400, 403, 403)),
    Row("api-objective-detail", at="objective", get=ALL, delete=(409, 403, 403)),
    Row("api-objective-detail", at="objective", lacks="guest", get=SEES, delete=(409, 404, 403)),
    Row("api-kpi-list", get=ALL, post=(400, 403, 403)),
    Row("api-kpi-detail", at="kpi", get=ALL, patch=FORM, delete=(204, 403, 403)),
    Row("api-kpi-detail", at="kpi", lacks="guest", get=SEES, patch=(200, 404, 403)),
    Row("api-kpi-periods", at="kpi", has="owner", put=(400, 403, 403)),
)
