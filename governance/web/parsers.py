"""JSON bodies, strictly: limits on size and depth, no NaN, no name twice, no surprise later on."""

import json
import math
from collections.abc import Mapping
from typing import IO, Any

from django.conf import settings
from django.utils.translation import gettext as _
from rest_framework.parsers import BaseParser

from governance.web.problems import Malformed, TooLarge

MAX_DEPTH = 20


class _Unacceptable(ValueError):
    """JSON that others might accept; says why we do not."""


def _refuse_constant(name: str) -> Any:
    raise _Unacceptable(_("%(name)s is not JSON.") % {"name": name})


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise _Unacceptable(_("A number is too large."))
    return number


def _named_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A name given twice would silently lose one of its values."""
    body = dict(pairs)
    if len(body) < len(pairs):
        raise _Unacceptable(_("A name stands twice in one object."))
    return body


def _is_deeper(value: Any, limit: int) -> bool:
    level = [value]
    for _depth in range(limit):
        level = [inner for outer in level for inner in _inside(outer)]
        if not level:
            return False
    return True


def _inside(value: Any) -> list[Any]:
    values = value.values() if isinstance(value, dict) else value
    return [inner for inner in values if isinstance(inner, dict | list)]


class StrictJSONParser(BaseParser):
    """UTF-8 JSON objects up to `DATA_UPLOAD_MAX_MEMORY_SIZE` bytes.

    Raises `TooLarge` (413) and `Malformed` (400).
    """

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
        body = _loaded(raw)
        if not isinstance(body, dict):
            raise Malformed(_("The body must be a JSON object."))
        if _is_deeper(body, MAX_DEPTH):
            raise Malformed(_("The body is nested too deeply."))
        return body


def _loaded(raw: bytes) -> Any:
    try:
        return json.loads(
            raw.decode(),
            parse_constant=_refuse_constant,
            parse_float=_finite,
            object_pairs_hook=_named_once,
        )
    except _Unacceptable as error:
        raise Malformed(str(error)) from error
    except (ValueError, RecursionError) as error:
        raise Malformed(_("The body is not valid JSON in UTF-8.")) from error
