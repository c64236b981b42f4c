"""API views that take files: `multipart/form-data` for POST, and idempotency by the bytes."""

import hashlib
from typing import Any

from django.utils.datastructures import MultiValueDict
from rest_framework.parsers import MultiPartParser

from governance.web.apiviews import ApiView
from governance.web.services import fingerprint_of, key_claim


class UploadApiView(ApiView):
    """A resource whose POST is an upload; its other methods take JSON as everywhere."""

    def get_parsers(self) -> list[Any]:
        # While the request is being wrapped there is none on the view yet.
        request = getattr(self, "request", None)
        is_upload = request is None or request.method == "POST"
        return [MultiPartParser()] if is_upload else super().get_parsers()

    def _claim(self, key: str) -> None:
        """An upload is the same if its file and its fields are."""
        given = self.request.data
        # Without a body there is no form; the upload itself says then what is missing.
        parts = dict(given.lists()) if isinstance(given, MultiValueDict) else {}
        facts = {name: [_facts(part) for part in several] for name, several in parts.items()}
        claim = key_claim(
            key=key, fingerprint=fingerprint_of(self.request.path, facts), by=self.actor
        )
        self.take_claim(claim)


def _facts(part: Any) -> str | list[str]:
    """A field as it is; a file by its name and all of its bytes."""
    if not hasattr(part, "chunks"):
        return str(part)
    digest = hashlib.sha256()
    for piece in part.chunks():
        digest.update(piece)
    return [str(part.name), digest.hexdigest()]
