"""Logs: who and what in every line; a JSON object a line for machines, plain text for people."""

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar, Token
from typing import Any

_CONTEXT: dict[str, ContextVar[str | int | None]] = {
    name: ContextVar(name, default=None)
    for name in ("request_id", "tenant", "tenant_id", "actor", "task", "task_id")
}
# What a line may say beyond its message; anything else given as `extra` stays out.
FIELDS = (*_CONTEXT, "route", "method", "status", "outcome", "duration_ms")
Tokens = list[tuple[ContextVar[str | int | None], Token[str | int | None]]]


def bind(**values: str | int | None) -> Tokens:
    """Put values into every line from here on; give what is returned to `release`."""
    return [(_CONTEXT[name], _CONTEXT[name].set(value)) for name, value in values.items()]


def release(tokens: Tokens) -> None:
    """Take values out again, and the former ones back."""
    for variable, token in reversed(tokens):
        variable.reset(token)


def context() -> dict[str, str | int]:
    """Who and what right now, as far as anybody has said so."""
    found = {name: variable.get() for name, variable in _CONTEXT.items()}
    return {name: value for name, value in found.items() if value not in {None, ""}}


@contextmanager
def bound(**values: str | int | None) -> Iterator[None]:
    """Values in every line of this block."""
    tokens = bind(**values)
    try:
        yield
    finally:
        release(tokens)


class ContextFilter(logging.Filter):
    """Adds who and what to every record; what a record says itself stands."""

    def filter(self, record: logging.LogRecord) -> bool:
        for name, variable in _CONTEXT.items():
            if not hasattr(record, name):
                setattr(record, name, variable.get())
        return True


def facts_of(record: logging.LogRecord) -> dict[str, Any]:
    """The known fields that this record has; empty ones are left out."""
    found = {name: getattr(record, name, None) for name in FIELDS}
    return {name: value for name, value in found.items() if value not in {None, ""}}


class JsonFormatter(logging.Formatter):
    """One line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        entry = {
            "at": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        entry |= facts_of(record)
        if record.exc_info:
            entry["exception"] = self.formatException(record.exc_info)
        return json.dumps(entry, ensure_ascii=False, default=str)


class TextFormatter(logging.Formatter):
    """A line for people: time, level and message first, then who and what."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  # the base class's name
        # A line break in a message, which may be somebody's input, must not look like a new line.
        text = super().formatMessage(record).replace("\r", "\\r").replace("\n", "\\n")
        facts = " ".join(f"{name}={value}" for name, value in facts_of(record).items())
        return f"{text} [{facts}]" if facts else text
