"""Finds texts for people that no catalogue can hold: in templates, in Python, in scripts."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from django.template.base import Lexer, TokenType

WORD = re.compile(r"[^\W\d_]{2}")
# Names that no language changes, and classes of our own style sheet.
NAMES = re.compile(r"\b(?:Tollgate|UTC|CSV|XLSX|SHA-256|tg-[\w-]+)\b|\$\{[^}]*\}")
SHOWN_ATTRIBUTES = frozenset({"alt", "aria-label", "data-label", "label", "placeholder", "title"})
UNREAD_ELEMENTS = frozenset({"script", "style", "code", "kbd", "pre"})
SHOWN_PARAMETERS = (
    "action_label|caption|confirm_label|kicker|label|note|placeholder|reason|subtitle|text|title"
)
LITERAL_PARAMETER = re.compile(rf"\b(?:{SHOWN_PARAMETERS})=(\"[^\"]*\"|'[^']*')")


def has_words(text: str) -> bool:
    return bool(WORD.search(NAMES.sub("", text)))


@dataclass
class _Reader(HTMLParser):
    """Collects what a browser would show of a template's own markup."""

    found: list[str] = field(default_factory=list)
    unread: int = 0

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.unread += tag in UNREAD_ELEMENTS
        for name, value in attrs:
            is_button = tag == "input" and name == "value"
            kinds = {value for key, value in attrs if key == "type"}
            if name in SHOWN_ATTRIBUTES or (is_button and kinds & {"submit", "button", "reset"}):
                self.note(f"{name}={value}", value or "")

    def handle_endtag(self, tag: str) -> None:
        self.unread -= tag in UNREAD_ELEMENTS

    def handle_data(self, data: str) -> None:
        if not self.unread:
            self.note(" ".join(data.split()), data)

    def note(self, shown: str, text: str) -> None:
        if has_words(text):
            self.found.append(shown)


def template_texts(source: str) -> list[str]:
    """Words between the tags of a template, in its attributes and in its tags' parameters."""
    reader, parameters = _Reader(), []
    inside_translation = False
    markup = []
    for token in Lexer(source).tokenize():
        if token.token_type is TokenType.BLOCK:
            name = token.contents.split()[0]
            inside_translation = name in {"blocktrans", "blocktranslate"} or (
                inside_translation and not name.startswith("endblocktrans")
            )
            parameters += [
                text for text in LITERAL_PARAMETER.findall(token.contents) if has_words(text)
            ]
        if token.token_type is TokenType.TEXT and not inside_translation:
            markup.append(token.contents)
        else:
            markup.append(" ")
    reader.feed("".join(markup))
    reader.close()
    return reader.found + parameters


# In these calls the argument at this place, or of this name, is read by people.
SHOWN_ARGUMENTS: dict[str, tuple[int, ...]] = {
    "Action": (0,),
    "Column": (1,),
    "Crumb": (0,),
    "Entry": (0, 3),
    "Option": (1,),
    "Panel": (0,),
    "Section": (0,),
    "Tab": (0,),
    "ValidationError": (0,),
    "add_error": (1,),
    "field_error": (1,),
}
MESSAGE_LEVELS = frozenset({"debug", "error", "info", "success", "warning"})
SHOWN_KEYWORDS = frozenset({"detail", "help_text", "hint", "label", "title", "verbose_name"})
# Of a serializer this is documentation, which the API has in English alone.
DOCUMENTATION = frozenset({"help_text"})
SHOWN_KEYS = frozenset({"aria-label", "placeholder", "title"})


def python_texts(tree: ast.AST, *, is_api: bool = False) -> Iterator[tuple[int, str]]:
    """Literals that reach people without gettext: line and text."""
    keywords = SHOWN_KEYWORDS - DOCUMENTATION if is_api else SHOWN_KEYWORDS
    # In the API a dictionary is a body: its title is somebody's data.
    shown_keys = SHOWN_KEYS - {"title"} if is_api else SHOWN_KEYS
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield from _literals(_shown_arguments(node))
            yield from _literals(kw.value for kw in node.keywords if kw.arg in keywords)
        elif isinstance(node, ast.ClassDef):
            yield from _literals(_shown_members(node))
        elif isinstance(node, ast.Dict):
            pairs = zip(node.keys, node.values, strict=True)
            yield from _literals(
                value
                for key, value in pairs
                if isinstance(key, ast.Constant) and key.value in shown_keys
            )


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _shown_arguments(call: ast.Call) -> Iterator[ast.expr]:
    name = _name(call.func)
    yield from (
        call.args[place] for place in SHOWN_ARGUMENTS.get(name, ()) if place < len(call.args)
    )
    if name in {"Invalid", "DomainError"}:
        yield from _error_texts(call)
    is_message = isinstance(call.func, ast.Attribute) and _name(call.func.value) == "messages"
    if is_message and name in MESSAGE_LEVELS:
        yield from call.args[1:2]


def _error_texts(call: ast.Call) -> Iterator[ast.expr]:
    """The values of `{"field": ["text"]}`, wherever it stands in the call."""
    for argument in [*call.args, *(kw.value for kw in call.keywords)]:
        if isinstance(argument, ast.Dict):
            for value in argument.values:
                yield from value.elts if isinstance(value, ast.List | ast.Tuple) else [value]


def _shown_members(klass: ast.ClassDef) -> Iterator[ast.expr]:
    """Labels of choices, and a class's own `title`, `label` or `help_text`."""
    is_choices = any(_name(base).endswith("Choices") for base in klass.bases)
    for member in klass.body:
        value: Any = getattr(member, "value", None)
        if is_choices and isinstance(value, ast.Tuple):
            yield from value.elts[1:]
        if isinstance(member, ast.Assign) and _name(member.targets[0]) in SHOWN_KEYWORDS:
            yield member.value


def _literals(nodes: Iterator[ast.expr]) -> Iterator[tuple[int, str]]:
    for node in nodes:
        text = ""
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = node.value
        elif isinstance(node, ast.JoinedStr):
            text = "".join(str(p.value) for p in node.values if isinstance(p, ast.Constant))
        if has_words(text):
            yield node.lineno, text


LITERAL = r"""(?:"[^"\n]*"|'[^'\n]*'|`[^`]*`)"""
SHOWN_BY_SCRIPT = re.compile(
    rf"(?:\b(?:textContent|innerText|title|placeholder|ariaLabel)\s*=(?!=)\s*"
    rf"|setAttribute\(\s*[\"'](?:aria-label|title|placeholder|alt)[\"']\s*,\s*"
    rf"|\b(?:alert|confirm|prompt|toast)\(\s*)({LITERAL})"
)
SENTENCE = re.compile(rf"(?<![\w])({LITERAL})")


def script_texts(source: str) -> list[str]:
    """Literals that a script shows to people, and any that reads like a sentence."""
    code = re.sub(r"(?m)//.*$", "", source)
    shown = [text for text in SHOWN_BY_SCRIPT.findall(code) if has_words(text)]
    sentences = [t for t in SENTENCE.findall(code) if re.match(r"[\"'`][A-Z][a-z]+[ .!?]", t)]
    return shown + sentences
