"""Answers that carry the bytes of a document: saved by browsers, never shown, never kept."""

import hashlib

from django.http import FileResponse, HttpResponse
from django.utils.http import content_disposition_header

from governance.errors import Conflict
from initiatives.documents.files import opened
from initiatives.documents.models import DocumentVersion
from initiatives.documents.rules import served_as

# Larger ones are sent from disk, piece by piece.
IN_MEMORY = 4 * 1024 * 1024
# Should a browser open it all the same, nothing in it runs, loads or sends anything.
CAGE = "sandbox; default-src 'none'; frame-ancestors 'none'"


def document_answer(version: DocumentVersion) -> HttpResponse | FileResponse:
    """The file of a version; raises `Conflict("document_file_missing")` where it is lost.

    One that is read whole is also held against its hash.
    """
    content_type = served_as(version.content_type)
    response: HttpResponse | FileResponse
    if version.size <= IN_MEMORY:
        response = HttpResponse(_content(version), content_type=content_type)
    else:
        response = FileResponse(opened(version), content_type=content_type)
    name = content_disposition_header(as_attachment=True, filename=version.file_name)
    response["Content-Disposition"] = str(name)
    response["Content-Length"] = str(version.size)
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = CAGE
    response["Cache-Control"] = "private, no-store"
    return response


def _content(version: DocumentVersion) -> bytes:
    with opened(version) as file:
        content = file.read()
    if hashlib.sha256(content).hexdigest() != version.sha256:
        raise Conflict("document_file_missing")
    return content
