"""Addresses of the API of this app, below one tenant."""

from django.urls import URLPattern, URLResolver, path

from exchange.api.exports import ExportFileView, ExportListView, ExportView
from exchange.api.imports import (
    ImportApplyView,
    ImportDetailView,
    ImportListView,
    ImportRowsView,
    ImportUndoView,
)

urlpatterns: list[URLPattern | URLResolver] = [
    path("exports/", ExportListView.as_view(), name="api-export-list"),
    path("exports/<uuid:export_id>/", ExportView.as_view(), name="api-export-detail"),
    path("exports/<uuid:export_id>/file/", ExportFileView.as_view(), name="api-export-file"),
    path("imports/", ImportListView.as_view(), name="api-import-list"),
    path("imports/<uuid:import_id>/", ImportDetailView.as_view(), name="api-import-detail"),
    path("imports/<uuid:import_id>/rows/", ImportRowsView.as_view(), name="api-import-rows"),
    path("imports/<uuid:import_id>/apply/", ImportApplyView.as_view(), name="api-import-apply"),
    path("imports/<uuid:import_id>/undo/", ImportUndoView.as_view(), name="api-import-undo"),
]
