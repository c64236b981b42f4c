"""Structured logs: one line of JSON an entry, with its request, tenant and task."""

import json
import logging
from contextvars import ContextVar

request_id: ContextVar[str] = ContextVar("request_id", default="")
tenant_slug: ContextVar[str] = ContextVar("tenant_slug", default="")
actor_email: ContextVar[str] = ContextVar("actor_email", default="")
task_id: ContextVar[str] = ContextVar("task_id", default="")

FIELDS = {
    "request_id": request_id,
    "tenant": tenant_slug,
    "actor": actor_email,
    "task_id": task_id,
}


class ContextFilter(logging.Filter):
    """Adds who and what to every record."""

    def filter(self, record: logging.LogRecord) -> bool:
        for name, variable in FIELDS.items():
            setattr(record, name, variable.get())
        return True


class JsonFormatter(logging.Formatter):
    """One line of JSON; empty fields are left out."""

    def format(self, record: logging.LogRecord) -> str:
        entry = {
            "at": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        entry |= {name: value for name in FIELDS if (value := getattr(record, name, ""))}
        if record.exc_info:
            entry["exception"] = self.formatException(record.exc_info)
        return json.dumps(entry, ensure_ascii=False)
