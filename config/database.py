"""Database addresses as Django's settings want them."""

from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from config.env import Env


def database_settings(env: Env) -> dict[str, Any]:
    """Settings of the one alias: the application's role, or the migrator's when asked for."""
    is_migrator = env.database_role == "migrator"
    url = env.migrator_database_url if is_migrator else env.database_url
    return parse_database_url(url or "", pooled=not is_migrator)


def parse_database_url(url: str, *, pooled: bool) -> dict[str, Any]:
    """`postgresql://user:password@host:port/name`, or `?host=/socket/folder` for a socket."""
    parts = urlsplit(url)
    options: dict[str, Any] = dict(parse_qsl(parts.query))
    host = options.pop("host", None) or unquote(parts.hostname or "")
    if pooled:
        options["pool"] = {"min_size": 1, "max_size": 16, "timeout": 10}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": str(parts.port or options.pop("port", "")),
        "CONN_HEALTH_CHECKS": True,
        "DISABLE_SERVER_SIDE_CURSORS": True,
        "OPTIONS": options,
    }
