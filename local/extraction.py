"""Finds every text for people in the sources: gettext calls in Python, tags in templates."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from django.utils.translation.template import templatize

from local.catalogue import Entry

PACKAGES = ("config", "governance", "approvals", "initiatives", "kpis", "exchange", "reporting")
TEMPLATES = ("*.html", "*.txt")
_ONE = ("msgid",)
_SEVERAL = ("msgid", "msgid_plural")
_MEANT = ("msgctxt", "msgid")
# What the arguments of each function are, from the first on.
CALLS = {
    "_": _ONE,
    "gettext": _ONE,
    "gettext_lazy": _ONE,
    "gettext_noop": _ONE,
    "ngettext": _SEVERAL,
    "ngettext_lazy": _SEVERAL,
    "pgettext": _MEANT,
    "pgettext_lazy": _MEANT,
    "npgettext": ("msgctxt", *_SEVERAL),
    "npgettext_lazy": ("msgctxt", *_SEVERAL),
}
TEXT = r"""u?(?:'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*")"""
# Django rewrites a template as if it were code: calls among blotted-out markup.
TEMPLATE_CALL = re.compile(rf"(?<!\w)(_|n?p?gettext)\(\s*({TEXT}(?:\s*,\s*{TEXT})*)", re.DOTALL)


class NotLiteral(Exception):
    """A text is put together while the program runs, so that no catalogue can hold it."""


def messages_of(project: Path) -> dict[str, Entry]:
    """All messages below a project's folder by key, each with the files it stands in."""
    found: dict[str, Entry] = {}
    for path, message in _all_messages(project):
        place = path.relative_to(project).as_posix()
        entry = found.setdefault(message.key(), message)
        if place not in entry.places:
            entry.places.append(place)
    return found


def _all_messages(project: Path) -> Iterator[tuple[Path, Entry]]:
    for package in PACKAGES:
        for path in sorted((project / package).rglob("*.py")):
            for entry in python_messages(path.read_text(encoding="utf-8"), str(path)):
                yield path, entry
    names = {name for pattern in TEMPLATES for name in (project / "templates").rglob(pattern)}
    for path in sorted(names):
        for entry in template_messages(path.read_text(encoding="utf-8"), str(path)):
            yield path, entry


def python_messages(text: str, name: str) -> list[Entry]:
    """The texts handed to gettext in a Python file, in reading order. Raises `NotLiteral`."""
    calls = [node for node in ast.walk(ast.parse(text, name)) if isinstance(node, ast.Call)]
    calls.sort(key=lambda call: (call.lineno, call.col_offset))
    return [_entry(roles, call, name) for call in calls if (roles := CALLS.get(_called(call)))]


def _called(call: ast.Call) -> str:
    if isinstance(call.func, ast.Attribute):
        return call.func.attr
    return call.func.id if isinstance(call.func, ast.Name) else ""


def _entry(roles: tuple[str, ...], call: ast.Call, name: str) -> Entry:
    texts = [
        argument.value
        for argument in call.args[: len(roles)]
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
    ]
    if len(texts) != len(roles):
        raise NotLiteral(f"{name}:{call.lineno}: {ast.unparse(call)}")
    return _untranslated(dict(zip(roles, texts, strict=True)))


def template_messages(text: str, name: str) -> list[Entry]:
    """The texts of a template's translation tags and of `_("…")` among a tag's parameters."""
    found = []
    for function, arguments in TEMPLATE_CALL.findall(templatize(text, origin=name)):
        texts = ast.literal_eval(f"({arguments},)")
        found.append(_untranslated(dict(zip(CALLS[function], texts, strict=True))))
    return found


def _untranslated(parts: dict[str, str]) -> Entry:
    forms = ("msgstr[0]", "msgstr[1]") if "msgid_plural" in parts else ("msgstr",)
    return Entry({**parts, **dict.fromkeys(forms, "")})
