"""Answers that carry the bytes of a document: saved by browsers, never shown, never kept."""

from django.http import FileResponse

from initiatives.documents.files import opened
from initiatives.documents.models import DocumentVersion
from initiatives.documents.rules import served_as

# Should a browser open it all the same, nothing in it runs, loads or sends anything.
CAGE = "sandbox; default-src 'none'; frame-ancestors 'none'"


def document_answer(version: DocumentVersion) -> FileResponse:
    """The file of a version, read from disk while it is sent; raises as `opened`."""
    response = FileResponse(
        opened(version),
        as_attachment=True,
        filename=version.file_name,
        content_type=served_as(version.content_type),
    )
    response["Content-Length"] = str(version.size)
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = CAGE
    response["Cache-Control"] = "private, no-store"
    return response
