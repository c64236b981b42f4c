"""Addresses of the pages of this app, below one tenant."""

from django.urls import URLPattern, URLResolver, path

from exchange.pages import exports, imports, results

app_name = "exchange"
urlpatterns: list[URLPattern | URLResolver] = [
    path("exports/", exports.exports, name="exports"),
    path("exports/<uuid:export_id>/file/", exports.export_file, name="export-file"),
    path("exports/<uuid:export_id>/delete/", exports.export_remove, name="export-delete"),
    path("imports/", imports.imports, name="imports"),
    path(
        "imports/templates/<slug:profile>.<slug:extension>",
        results.template,
        name="import-template",
    ),
    path("imports/<uuid:import_id>/", imports.show, name="import"),
    path("imports/<uuid:import_id>/columns/", imports.columns, name="import-columns"),
    path("imports/<uuid:import_id>/shape/", imports.shape, name="import-shape"),
    path("imports/<uuid:import_id>/check/", imports.check, name="import-check"),
    path("imports/<uuid:import_id>/apply/", imports.apply, name="import-apply"),
    path("imports/<uuid:import_id>/undo/", imports.undo, name="import-undo"),
    path("imports/<uuid:import_id>/discard/", imports.discard, name="import-discard"),
    path("imports/<uuid:import_id>/result.csv", results.result_file, name="import-result"),
]
