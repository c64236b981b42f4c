"""JSON bodies, strictly: a size limit, no NaN, no surprise that could become a 5xx."""

import json
from collections.abc import Mapping
from typing import IO, Any

from django.conf import settings
from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser

from governance.web.problems import TooLarge


def _refuse_constant(name: str) -> Any:
    raise ValueError(name)


class StrictJSONParser(BaseParser):
    """UTF-8 JSON objects up to `DATA_UPLOAD_MAX_MEMORY_SIZE` bytes; raises 400 and 413."""

    media_type = "application/json"

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        raw = stream.read(limit + 1)
        if len(raw) > limit:
            raise TooLarge
        try:
            body = json.loads(raw.decode(), parse_constant=_refuse_constant)
        except (ValueError, RecursionError) as error:
            raise ParseError(_("The body is not valid JSON in UTF-8.")) from error
        if not isinstance(body, dict):
            raise ParseError(_("The body must be a JSON object."))
        return body
