"""Answers that carry a kept file: saved by browsers, never shown, never kept in between."""

from django.http import FileResponse
from django.http.response import HttpResponseBase

from exchange.exports.selectors import copied_to_disk
from exchange.models import Export, StoredFile
from governance.errors import Conflict


def file_answer(export: Export) -> FileResponse:
    """A kept file; raises `Conflict` while there is none."""
    file: StoredFile | None = export.file
    if file is None:
        raise Conflict("export_not_ready")
    response = FileResponse(
        copied_to_disk(file),
        as_attachment=True,
        filename=file.name,
        content_type=file.content_type,
    )
    response["Content-Length"] = str(file.size)
    guard(response)
    return response


def guard(response: HttpResponseBase) -> None:
    """No browser takes a file for a page, whatever stands in it, and none keeps it."""
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
