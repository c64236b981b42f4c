"""Addresses of the API of this app, below one tenant."""

from django.urls import URLPattern, URLResolver, path

from exchange.api.exports import ExportFileView, ExportListView, ExportView

urlpatterns: list[URLPattern | URLResolver] = [
    path("exports/", ExportListView.as_view(), name="api-export-list"),
    path("exports/<uuid:export_id>/", ExportView.as_view(), name="api-export-detail"),
    path("exports/<uuid:export_id>/file/", ExportFileView.as_view(), name="api-export-file"),
]
