"""What is loaded only where a setting asks for it: Sentry and OpenTelemetry."""

from importlib import import_module
from typing import Any

from celery import bootsteps
from django.conf import settings

from config.env import BrokenEnvironment, Env

PACKAGES = "requirements/operations.txt"


def start_observers(env: Env) -> None:
    """Start what is asked for, before the first request or task.

    Raises `BrokenEnvironment` where a setting asks for packages that are not installed.
    """
    wanted = {
        "SENTRY_DSN": (env.sentry_dsn, "config.sentry"),
        "OTEL_EXPORTER_OTLP_ENDPOINT": (env.otel_endpoint, "config.tracing"),
    }
    for name, (address, module) in wanted.items():
        if address:
            _load(name, module).start(address)


def _load(name: str, module: str) -> Any:
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        raise BrokenEnvironment(
            [f"{name} needs {error.name}, which is not installed: install {PACKAGES}."]
        ) from error


class Observers(bootsteps.Step):
    """The same for a worker, before its processes are forked."""

    def __init__(self, parent: Any, **kwargs: Any) -> None:
        super().__init__(parent, **kwargs)
        start_observers(settings.ENV)
