"""Addresses of the pages of this app, below one tenant."""

from django.urls import URLPattern, URLResolver, path

from kpis.pages import (
    actuals,
    controlling,
    effect_edit,
    effects,
    kpi_edit,
    kpi_list,
    kpi_page,
    lights,
    metrics,
    objectives,
    rates,
    value_grid,
    value_settings,
    values,
)

app_name = "kpis"
urlpatterns: list[URLPattern | URLResolver] = [
    path("measures/<str:code>/values/", values.values, name="measure-values"),
    path("measures/<str:code>/lights/", lights.lights, name="measure-lights"),
    path("measures/<str:code>/values/grid/", value_grid.value_grid, name="value-grid"),
    path("measures/<str:code>/effects/new/", effects.effect_new, name="effect-new"),
    path("effects/<uuid:effect_id>/values/", effects.effect_values, name="effect-values"),
    path("effects/<uuid:effect_id>/edit/", effect_edit.effect_edit, name="effect-edit"),
    path(
        "effects/<uuid:effect_id>/reference/",
        effect_edit.effect_reference,
        name="effect-reference",
    ),
    path("effects/<uuid:effect_id>/actuals/", actuals.effect_actuals, name="effect-actuals"),
    path("controlling/", controlling.controlling, name="controlling"),
    path("effects/<uuid:effect_id>/delete/", effects.effect_remove, name="effect-delete"),
    path("effects/<uuid:effect_id>/history/<str:month>/", values.cell, name="cell-history"),
    path("metrics/", metrics.metric_list, name="metrics"),
    path("metrics/new/", metrics.metric_new, name="metric-new"),
    path("metrics/<str:code>/edit/", metrics.metric_edit, name="metric-edit"),
    path("value-settings/", value_settings.value_settings, name="value-settings"),
    path("value-settings/propose/", value_settings.propose, name="value-settings-propose"),
    path(
        "value-settings/versions/<int:number>/",
        value_settings.version,
        name="value-settings-version",
    ),
    path(
        "value-settings/versions/<int:number>/publish/",
        value_settings.publish,
        name="value-settings-publish",
    ),
    path(
        "value-settings/versions/<int:number>/withdraw/",
        value_settings.withdraw,
        name="value-settings-withdraw",
    ),
    path("rates/", rates.rates, name="rates"),
    path("rates/propose/", rates.propose, name="rates-propose"),
    path("kpis/", kpi_list.kpis, name="kpis"),
    path("kpis/new/", kpi_edit.kpi_new, name="kpi-new"),
    path("kpis/objectives/", objectives.objective_list, name="objectives"),
    path("kpis/objectives/new/", objectives.objective_new, name="objective-new"),
    path(
        "kpis/objectives/<str:code>/delete/",
        objectives.objective_remove,
        name="objective-delete",
    ),
    path("kpis/<str:code>/", kpi_page.kpi, name="kpi"),
    path("kpis/<str:code>/edit/", kpi_edit.kpi_edit, name="kpi-edit"),
    path("kpis/<str:code>/periods/", kpi_edit.kpi_periods, name="kpi-periods"),
    path("kpis/<str:code>/periods.csv", kpi_page.periods_csv, name="kpi-csv"),
    path("kpis/<str:code>/delete/", kpi_page.kpi_remove, name="kpi-delete"),
]
