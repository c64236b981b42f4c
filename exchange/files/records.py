"""Rows of a JSON file: a list of objects, exact numbers, nothing said twice."""

import json
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Any, NoReturn

from django.utils.translation import gettext as _

from exchange.files.columns import check_count, check_length, check_width, named, text_cell
from exchange.files.faults import UnreadableFile, shown
from exchange.files.shapes import Cell, Row, Shape, Table

# More than a table of the largest size needs, and few enough to be held in memory.
MAX_VALUES, MAX_NESTED = 6_000_000, 1_000_000
DIGITS_AT_MOST, EXPONENT_AT_MOST = 400, 400


def table_of(content: bytes, shape: Shape) -> Table:
    """The records with one column for each name that any of them uses."""
    items = _items(_document(content, shape.encoding))
    check_count(len(items))
    names: dict[str, None] = {}
    for number, item in enumerate(items, start=1):
        if not isinstance(item, dict):
            text = _("Record %(number)s is not an object with named fields.")
            raise UnreadableFile(text % {"number": number})
        names.update(dict.fromkeys(item))
        check_width(len(names))
    if not names:
        raise UnreadableFile(_("The file holds no records."))
    return Table(named(names), _rows(items, tuple(names)))


def _rows(items: list[dict[str, Any]], names: tuple[str, ...]) -> Iterator[Row]:
    for number, item in enumerate(items, start=1):
        cells = tuple(_cell(item.get(name)) for name in names)
        check_length(cells, number)
        if any(cell is not None for cell in cells):
            yield Row(number, cells)


def _cell(value: Any) -> Cell:
    if isinstance(value, str):
        return text_cell(value)
    if value is None or isinstance(value, bool | Decimal):
        return value
    return _spelled(value)


def _spelled(value: Any) -> str:
    """A nested value as compact JSON with its numbers exact, which `json.dumps` cannot write."""
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, dict):
        pairs = (f"{_spelled(name)}:{_spelled(inner)}" for name, inner in value.items())
        return f"{{{','.join(pairs)}}}"
    if isinstance(value, list):
        return f"[{','.join(_spelled(inner) for inner in value)}]"
    return json.dumps(value, ensure_ascii=False)


def _items(document: Any) -> list[Any]:
    """The one list of objects in a document."""
    if isinstance(document, list):
        return document
    lists: list[list[Any]] = (
        [value for value in document.values() if _is_records(value)]
        if isinstance(document, dict)
        else []
    )
    if len(lists) != 1:
        raise UnreadableFile(
            _("The JSON must be a list of objects, or an object with exactly one such list.")
        )
    return lists[0]


def _is_records(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(v, dict) for v in value)


class _RepeatedNameError(ValueError):
    """One name stands twice in one object, so that one value would silently vanish."""


class _NoNumberError(ValueError):
    """A word such as NaN stands where a number should."""


def _document(content: bytes, encoding: str) -> Any:
    try:
        text = content.decode("utf-8-sig" if encoding == "utf-8" else encoding)
        _check_size(text)
        return json.loads(
            text,
            parse_float=_number,
            parse_int=_number,
            parse_constant=_no_number,
            object_pairs_hook=_object,
        )
    except UnicodeError as error:
        text = _("The file is not text in %(encoding)s. Choose another encoding.")
        raise UnreadableFile(text % {"encoding": encoding}) from error
    except _RepeatedNameError as error:
        text = _("The name «%(name)s» stands twice in one object.")
        raise UnreadableFile(text % {"name": shown(str(error))}) from error
    except _NoNumberError as error:
        text = _("«%(word)s» is not a number. Use null where there is none.")
        raise UnreadableFile(text % {"word": str(error)}) from error
    except json.JSONDecodeError as error:
        text = _("This is not JSON: line %(line)s, column %(column)s.")
        values = {"line": error.lineno, "column": error.colno}
        raise UnreadableFile(text % values) from error
    except RecursionError as error:
        raise UnreadableFile(_("The file is nested too deeply.")) from error


def _check_size(text: str) -> None:
    nested = text.count("[") + text.count("{")
    if nested > MAX_NESTED or text.count(",") > MAX_VALUES:
        raise UnreadableFile(_("The file holds too many values. Split it into several files."))


def _number(text: str) -> Decimal | str:
    """The exact number, or its text where it is too long for any amount."""
    try:
        number = Decimal(text) if len(text) <= DIGITS_AT_MOST else None
    except InvalidOperation:
        number = None
    if number is None or abs(number.adjusted()) > EXPONENT_AT_MOST:
        return text
    return number


def _no_number(word: str) -> NoReturn:
    raise _NoNumberError(word)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        for name, _value in pairs:
            if name in seen:
                raise _RepeatedNameError(name)
            seen.add(name)
    return found
