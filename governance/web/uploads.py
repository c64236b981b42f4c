"""The limit of uploads: a request that says it is too large is refused before it is kept."""

from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import FileUploadHandler

# Room for the other fields and the borders between the parts.
FRAME = 1_000_000


class SizeLimit(FileUploadHandler):
    """Stands before the handlers that keep anything; raises `RequestDataTooBig` (413)."""

    def handle_raw_input(
        self,
        input_data: Any,
        META: dict[str, Any],  # noqa: N803  # Django's name
        content_length: int,
        boundary: str,
        encoding: str | None = None,
    ) -> None:
        most = max(settings.IMPORT_MAX_BYTES, settings.DOCUMENT_MAX_BYTES)
        if content_length > most + FRAME:
            raise RequestDataTooBig("the upload is larger than any that this product takes")

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        """Hand the data on to the handlers that keep it."""
        return raw_data

    def file_complete(self, file_size: int) -> None:
        """Leave the file to the handlers that kept it."""
