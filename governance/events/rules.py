"""What an event may carry; pure."""

import re
from collections.abc import Mapping
from typing import Any

_SECRET_NAME = re.compile(r"(?i)(password|passwd|secret|token|authorization|api[_-]?key)")


def secret_names(payload: Any, at: str = "") -> list[str]:
    """Where a payload has a name that says it is a secret: `person.password`."""
    if isinstance(payload, Mapping):
        found = []
        for name, value in payload.items():
            place = f"{at}.{name}" if at else str(name)
            found += [place] if _SECRET_NAME.search(str(name)) else secret_names(value, place)
        return found
    if isinstance(payload, list | tuple):
        return [name for value in payload for name in secret_names(value, at)]
    return []
