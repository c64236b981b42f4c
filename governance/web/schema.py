"""The OpenAPI document: written once for each language, however many ask at the same moment."""

import threading
from typing import Any

from django.conf import settings
from django.utils import translation
from drf_spectacular.views import SpectacularAPIView
from rest_framework.request import Request
from rest_framework.response import Response

_writing = threading.Lock()
_documents: dict[str, dict[str, Any]] = {}


def document_in(language: str) -> dict[str, Any]:
    """The document in one of our languages, another one becomes the first of ours.

    drf-spectacular resolves what it extends on first use, without a lock: two first calls in one
    process would run into each other. It says the same to all, so that it is kept.
    """
    known = language if language in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
    with _writing:
        if known not in _documents:
            with translation.override(known):
                generator = SpectacularAPIView.generator_class()
                _documents[known] = generator.get_schema(request=None, public=True)  # type: ignore[no-untyped-call]  # untyped there
        return _documents[known]


class SchemaView(SpectacularAPIView):
    """Answers everybody; there is one version, whatever the address asks for."""

    authentication_classes = []
    permission_classes = []

    def _get_schema_response(self, request: Request) -> Response:
        name = self._get_filename(request, "")  # type: ignore[no-untyped-call]  # untyped there
        return Response(
            document_in(translation.get_language() or ""),
            headers={"Content-Disposition": f'inline; filename="{name}"'},
        )
