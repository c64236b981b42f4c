"""Answers that carry a kept file: saved by browsers, never shown, never kept in between."""

from django.http import FileResponse, HttpResponse
from django.http.response import HttpResponseBase

from exchange.exports.selectors import content_of, copied_to_disk
from exchange.models import Export, StoredFile
from governance.errors import Conflict

IN_MEMORY = 4 * 1024 * 1024


def file_answer(export: Export) -> HttpResponse | FileResponse:
    """A kept file; raises `Conflict` while there is none. A large one is read from disk."""
    file: StoredFile | None = export.file
    if file is None:
        raise Conflict("export_not_ready")
    response: HttpResponse | FileResponse
    if file.size <= IN_MEMORY:
        response = HttpResponse(content_of(file), content_type=file.content_type)
        response["Content-Disposition"] = f'attachment; filename="{file.name}"'
    else:
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
