"""Addresses of the pages of this app, below one tenant."""

from django.urls import URLPattern, URLResolver, path

from reporting.pages import (
    behind,
    bridge,
    files,
    node_targets,
    period_report_signing,
    period_reports,
    rhythm,
    targets,
    views,
    watermelons,
)

app_name = "reporting"
urlpatterns: list[URLPattern | URLResolver] = [
    path("portfolio/", views.portfolio, name="portfolio"),
    path("rhythm/", rhythm.rhythm, name="rhythm"),
    path("rhythm/owners.csv", rhythm.owners_csv, name="rhythm-owners-csv"),
    path("period-reports/<str:code>/", period_reports.report_list, name="period-reports"),
    path("period-reports/<str:code>/sign/", period_report_signing.sign, name="period-report-sign"),
    path("period-reports/<str:code>/<int:number>/", period_reports.report, name="period-report"),
    path(
        "period-reports/<str:code>/<int:number>.json",
        period_reports.report_json,
        name="period-report-json",
    ),
    path(
        "period-reports/<str:code>/<int:number>.csv",
        period_reports.report_csv,
        name="period-report-csv",
    ),
    path("watermelons/", watermelons.watermelon_list, name="watermelons"),
    path("totals/<str:code>/", views.node_totals, name="node-totals"),
    path("totals/<str:code>/targets/", node_targets.node_targets, name="node-targets"),
    path("totals/<str:code>/targets.csv", node_targets.targets_csv, name="targets-csv"),
    path("totals/<str:code>/targets/propose/", node_targets.propose, name="target-propose"),
    path("targets/", targets.target_list, name="targets"),
    path("targets/<uuid:target_id>/", targets.target, name="target"),
    path("totals/<str:code>/behind/", behind.behind, name="behind"),
    path("totals/<str:code>/behind.csv", behind.behind_csv, name="behind-csv"),
    path("totals/<str:code>/bridge/", bridge.bridge, name="bridge"),
    path("totals/<str:code>/plan.csv", files.plan_csv, name="plan-csv"),
    path("totals/<str:code>/curve.csv", files.curve_csv, name="curve-csv"),
    path("totals/<str:code>/funnel.csv", files.funnel_csv, name="funnel-csv"),
    path("totals/<str:code>/children.csv", files.children_csv, name="children-csv"),
    path("totals/<str:code>/amounts.csv", files.amounts_csv, name="amounts-csv"),
]
