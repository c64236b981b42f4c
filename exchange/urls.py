"""Addresses of the pages of this app, below one tenant."""

from django.urls import URLPattern, URLResolver, path

from exchange.pages import exports

app_name = "exchange"
urlpatterns: list[URLPattern | URLResolver] = [
    path("exports/", exports.exports, name="exports"),
    path("exports/<uuid:export_id>/file/", exports.export_file, name="export-file"),
    path("exports/<uuid:export_id>/delete/", exports.export_remove, name="export-delete"),
]
