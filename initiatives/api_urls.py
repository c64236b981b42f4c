"""Addresses of the API of this app, below one tenant."""

from django.urls import URLPattern, URLResolver, path

from initiatives.api.bulk_edits import (
    BulkEditApplyView,
    BulkEditCheckView,
    BulkEditListView,
    BulkEditRowsView,
    BulkEditUndoView,
    BulkEditView,
)
from initiatives.api.changes import ChangeRequestListView
from initiatives.api.decisions import (
    ConditionAcceptView,
    ConditionView,
    DecisionListView,
    DecisionView,
    RecuseView,
    RequestListView,
    RequestView,
    WithdrawView,
)
from initiatives.api.documents import (
    DocumentContentView,
    DocumentListView,
    DocumentVersionsView,
    DocumentView,
    DocumentWithdrawView,
)
from initiatives.api.gates import (
    AttestationView,
    GateRequestListView,
    MoveView,
    ReadinessView,
)
from initiatives.api.groups import MeasureGroupView
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
from initiatives.api.reporting_calendars import (
    ReportingCalendarListView,
    RhythmPublicationView,
    RhythmVersionListView,
    RhythmVersionView,
)
from initiatives.api.reports import ReportListView, ReportView
from initiatives.api.segregation import SegregationView
from initiatives.api.stage_models import (
    StageModelListView,
    StageModelPublishView,
    StageModelView,
)
from initiatives.api.tracks import TrackView
from initiatives.api.updates import MyUpdatesView
from initiatives.gates.transitions import BY_WORD

urlpatterns: list[URLPattern | URLResolver] = [
    path("my-updates/", MyUpdatesView.as_view(), name="api-my-updates"),
    path(
        "reporting-calendars/",
        ReportingCalendarListView.as_view(),
        name="api-reporting-calendar-list",
    ),
    path(
        "reporting-calendar-versions/",
        RhythmVersionListView.as_view(),
        name="api-reporting-calendar-version-list",
    ),
    path(
        "reporting-calendar-versions/<int:number>/",
        RhythmVersionView.as_view(),
        name="api-reporting-calendar-version-detail",
    ),
    path(
        "reporting-calendar-versions/<int:number>/publish/",
        RhythmPublicationView.as_view(),
        name="api-reporting-calendar-version-publish",
    ),
    *node_urls(),
    path("bulk-edits/", BulkEditListView.as_view(), name="api-bulk-edit-list"),
    *(
        path(f"bulk-edits/<uuid:edit_id>/{tail}", view.as_view(), name=f"api-bulk-edit-{name}")
        for tail, view, name in (
            ("", BulkEditView, "detail"),
            ("rows/", BulkEditRowsView, "rows"),
            ("check/", BulkEditCheckView, "check"),
            ("apply/", BulkEditApplyView, "apply"),
            ("undo/", BulkEditUndoView, "undo"),
        )
    ),
    path("measure-groups/", MeasureGroupView.as_view(), name="api-measure-group-list"),
    path("measures/", MeasureListView.as_view(), name="api-measure-list"),
    path("measures/<str:code>/", MeasureView.as_view(), name="api-measure-detail"),
    path("measures/<str:code>/move/", MeasureMoveView.as_view(), name="api-measure-move"),
    path("measures/<str:code>/history/", MeasureHistoryView.as_view(), name="api-measure-history"),
    path("measures/<str:code>/track/", TrackView.as_view(), name="api-measure-track"),
    path("measures/<str:code>/readiness/", ReadinessView.as_view(), name="api-measure-readiness"),
    path(
        "measures/<str:code>/gate-requests/",
        GateRequestListView.as_view(),
        name="api-measure-gate-request-list",
    ),
    path(
        "measures/<str:code>/change-requests/",
        ChangeRequestListView.as_view(),
        name="api-measure-change-request-list",
    ),
    path(
        "measures/<str:code>/attestations/<str:criterion>/",
        AttestationView.as_view(),
        name="api-measure-attestation",
    ),
    *(
        path(
            f"measures/<str:code>/{word}/",
            MoveView.as_view(word=word),
            name=f"api-measure-{word}",
        )
        for word in BY_WORD
        if word != "change"
    ),
    path("segregation-of-duties/", SegregationView.as_view(), name="api-segregation"),
    path("stage-models/", StageModelListView.as_view(), name="api-stage-model-list"),
    path(
        "stage-models/<str:code>/<int:number>/",
        StageModelView.as_view(),
        name="api-stage-model-detail",
    ),
    path(
        "stage-models/<str:code>/<int:number>/publish/",
        StageModelPublishView.as_view(),
        name="api-stage-model-publish",
    ),
    path("gate-requests/", RequestListView.as_view(), name="api-gate-request-list"),
    path("gate-requests/<uuid:request_id>/", RequestView.as_view(), name="api-gate-request-detail"),
    path(
        "gate-requests/<uuid:request_id>/decision/",
        DecisionView.as_view(),
        name="api-gate-request-decision",
    ),
    path(
        "gate-requests/<uuid:request_id>/withdraw/",
        WithdrawView.as_view(),
        name="api-gate-request-withdraw",
    ),
    path(
        "gate-requests/<uuid:request_id>/recuse/",
        RecuseView.as_view(),
        name="api-gate-request-recuse",
    ),
    path("decisions/", DecisionListView.as_view(), name="api-decision-list"),
    path("conditions/<uuid:condition_id>/", ConditionView.as_view(), name="api-condition-detail"),
    path(
        "conditions/<uuid:condition_id>/accept/",
        ConditionAcceptView.as_view(),
        name="api-condition-accept",
    ),
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
