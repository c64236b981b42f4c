"""Mail settings: a real server by `smtp://` or `smtps://`, or files under the home in the demo."""

from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from config.env import Env


def mail_settings(env: Env) -> dict[str, Any]:
    """Django's EMAIL_* settings from `EMAIL_URL`."""
    parts = urlsplit(env.email_url)
    sender = dict(parse_qsl(parts.query)).get("from", "tollgate@localhost")
    if parts.scheme == "file":
        return {
            "EMAIL_BACKEND": "django.core.mail.backends.filebased.EmailBackend",
            "EMAIL_FILE_PATH": str(env.home / parts.path),
            "DEFAULT_FROM_EMAIL": sender,
        }
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": parts.hostname or "localhost",
        "EMAIL_PORT": parts.port or (465 if parts.scheme == "smtps" else 25),
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_SSL": parts.scheme == "smtps",
        "EMAIL_TIMEOUT": 10,
        "DEFAULT_FROM_EMAIL": sender,
    }
