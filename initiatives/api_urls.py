"""Addresses of the API of this app, below one tenant."""

from django.urls import URLPattern, URLResolver, path

from initiatives.api.documents import (
    DocumentContentView,
    DocumentListView,
    DocumentVersionsView,
    DocumentView,
    DocumentWithdrawView,
)
from initiatives.api.history import MeasureHistoryView
from initiatives.api.measures import MeasureListView, MeasureMoveView, MeasureView
from initiatives.api.milestones import (
    MilestoneAcceptView,
    MilestoneDoneView,
    MilestoneListView,
    MilestoneReturnView,
    MilestoneView,
)
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
    path("measures/<str:code>/documents/", DocumentListView.as_view(), name="api-document-list"),
    *(
        path(f"documents/<uuid:document_id>/{tail}", view.as_view(), name=f"api-document-{name}")
        for tail, view, name in (
            ("", DocumentView, "detail"),
            ("versions/", DocumentVersionsView, "versions"),
            ("withdraw/", DocumentWithdrawView, "withdraw"),
            ("content/", DocumentContentView, "content"),
        )
    ),
    path("measures/<str:code>/milestones/", MilestoneListView.as_view(), name="api-milestone-list"),
    *(
        path(f"milestones/<uuid:milestone_id>/{tail}", view.as_view(), name=f"api-milestone-{name}")
        for tail, view, name in (
            ("", MilestoneView, "detail"),
            ("done/", MilestoneDoneView, "done"),
            ("accept/", MilestoneAcceptView, "accept"),
            ("return/", MilestoneReturnView, "return"),
        )
    ),
]
