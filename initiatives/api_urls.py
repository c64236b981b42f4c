"""Addresses of the API of this app, below one tenant."""

from django.urls import URLPattern, URLResolver, path

from initiatives.api.history import MeasureHistoryView
from initiatives.api.measures import MeasureListView, MeasureMoveView, MeasureView
from initiatives.api.nodes import node_urls
from initiatives.api.reports import ReportListView, ReportView

urlpatterns: list[URLPattern | URLResolver] = [
    *node_urls(),
    path("measures/", MeasureListView.as_view(), name="api-measure-list"),
    path("measures/<str:code>/", MeasureView.as_view(), name="api-measure-detail"),
    path("measures/<str:code>/move/", MeasureMoveView.as_view(), name="api-measure-move"),
    path("measures/<str:code>/history/", MeasureHistoryView.as_view(), name="api-measure-history"),
    path(
        "measures/<str:code>/status-reports/",
        ReportListView.as_view(),
        name="api-status-report-list",
    ),
    path("status-reports/<uuid:report_id>/", ReportView.as_view(), name="api-status-report-detail"),
]
