"""Addresses of the API of this app, below one tenant."""

from django.urls import URLPattern, URLResolver, path

from reporting.api.behind import BehindView
from reporting.api.bridge import BridgeView
from reporting.api.executive import AttentionView, ChildrenView
from reporting.api.period_reports import (
    PeriodReportDraftView,
    PeriodReportListView,
    PeriodReportProofView,
    PeriodReportView,
)
from reporting.api.rhythm import NudgeView, RhythmView
from reporting.api.views import RollUpView
from reporting.api.watermelons import WatermelonListView

urlpatterns: list[URLPattern | URLResolver] = [
    path("rhythm/", RhythmView.as_view(), name="api-rhythm"),
    path("rhythm/nudge/", NudgeView.as_view(), name="api-rhythm-nudge"),
    path(
        "period-reports/<str:code>/", PeriodReportListView.as_view(), name="api-period-report-list"
    ),
    path(
        "period-reports/<str:code>/draft/",
        PeriodReportDraftView.as_view(),
        name="api-period-report-draft",
    ),
    path(
        "period-reports/<str:code>/verification/",
        PeriodReportProofView.as_view(),
        name="api-period-report-verification",
    ),
    path(
        "period-reports/<str:code>/<int:number>/",
        PeriodReportView.as_view(),
        name="api-period-report-detail",
    ),
    path("watermelons/", WatermelonListView.as_view(), name="api-watermelon-list"),
    path("roll-ups/<str:code>/", RollUpView.as_view(), name="api-roll-up"),
    path("roll-ups/<str:code>/children/", ChildrenView.as_view(), name="api-roll-up-children"),
    path("roll-ups/<str:code>/attention/", AttentionView.as_view(), name="api-attention"),
    path("roll-ups/<str:code>/behind/", BehindView.as_view(), name="api-behind"),
    path("roll-ups/<str:code>/bridge/", BridgeView.as_view(), name="api-bridge"),
]
