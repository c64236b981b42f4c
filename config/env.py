"""The typed reader of the environment: every missing or wrong variable is named at once."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

TRUE_WORDS = {"1", "true", "yes", "on"}
FALSE_WORDS = {"", "0", "false", "no", "off"}
DATABASE_ROLES = ("app", "migrator")
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
LOG_FORMATS = ("text", "json")
MINIMUM_SECRET_LENGTH = 50
MINIMUM_TOKEN_LENGTH = 20


class BrokenEnvironment(SystemExit):
    """Stops the start and lists each variable with what is wrong and what to do."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        lines = "\n".join(f"  - {problem}" for problem in problems)
        super().__init__(
            f"Tollgate cannot start; {len(problems)} setting(s) need attention:\n{lines}"
        )


@dataclass(frozen=True, slots=True)
class Env:
    """What the environment says, parsed. URLs stay text; `None` means not given."""

    secret_key: str
    debug: bool
    allowed_hosts: list[str]
    csrf_trusted_origins: list[str]
    database_url: str
    migrator_database_url: str | None
    database_role: str
    broker_url: str
    redis_url: str | None
    home: Path
    public_url: str
    email_url: str
    log_level: str
    log_format: str
    metrics_token: str
    metrics_folder: Path | None
    metrics_port: int | None
    sentry_dsn: str | None
    otel_endpoint: str | None
    is_demo: bool
    import_max_megabytes: int
    document_max_megabytes: int
    worker_stop_seconds: int

    @property
    def is_https(self) -> bool:
        return self.public_url.startswith("https://")


class _Reader:
    def __init__(self, source: Mapping[str, str]) -> None:
        self.source = source
        self.problems: list[str] = []

    def text(self, name: str, default: str | None = None, *, hint: str = "") -> str:
        value = self.source.get(name, "").strip()
        if value:
            return value
        if default is None:
            self.problems.append(f"{name} is missing. {hint}".strip())
            return ""
        return default

    def secret(self, name: str) -> str:
        value = self.text(name, hint="Set a random text of at least 50 characters.")
        if value and len(value) < MINIMUM_SECRET_LENGTH:
            self.problems.append(
                f"{name} is too short: at least {MINIMUM_SECRET_LENGTH} characters."
            )
        return value

    def optional_number(self, name: str, *, most: int) -> int | None:
        return self.number(name, most, most=most) if self.text(name, "") else None

    def optional_token(self, name: str) -> str:
        value = self.text(name, "")
        if value and len(value) < MINIMUM_TOKEN_LENGTH:
            self.problems.append(
                f"{name} is too short: at least {MINIMUM_TOKEN_LENGTH} characters, or leave it out."
            )
        return value

    def optional_folder(self, name: str) -> Path | None:
        value = self.text(name, "")
        return Path(value).resolve() if value else None

    def number(self, name: str, default: int, *, most: int) -> int:
        text = self.text(name, str(default))
        if not text.isascii() or not text.isdigit() or not 0 < int(text) <= most:
            self.problems.append(f"{name} must be a whole number from 1 to {most}, not {text!r}.")
            return default
        return int(text)

    def flag(self, name: str) -> bool:
        value = self.source.get(name, "").strip().lower()
        if value not in TRUE_WORDS | FALSE_WORDS:
            self.problems.append(f"{name} must be 1 or 0, not {value!r}.")
        return value in TRUE_WORDS

    def names(self, name: str, default: str) -> list[str]:
        return [part.strip() for part in self.text(name, default).split(",") if part.strip()]

    def one_of(self, name: str, allowed: tuple[str, ...], default: str) -> str:
        value = self.text(name, default)
        if value not in allowed:
            self.problems.append(f"{name} must be one of {', '.join(allowed)}, not {value!r}.")
        return value

    def url(self, name: str, schemes: tuple[str, ...], default: str | None = None) -> str:
        value = self.text(name, default, hint=f"Give an address such as {schemes[0]}://host/name.")
        if value and urlsplit(value).scheme not in schemes:
            self.problems.append(
                f"{name} must start with {' or '.join(f'{s}://' for s in schemes)}"
            )
        return value

    def optional_url(self, name: str, schemes: tuple[str, ...]) -> str | None:
        return self.url(name, schemes) if self.source.get(name, "").strip() else None


def read_env(source: Mapping[str, str] | None = None) -> Env:
    """Parse the environment; raises `BrokenEnvironment` naming every fault at once."""
    reader = _Reader(os.environ if source is None else source)
    role = reader.one_of("TOLLGATE_DATABASE_ROLE", DATABASE_ROLES, "app")
    postgres = ("postgresql", "postgres")
    redis_url = reader.optional_url("REDIS_URL", ("redis", "rediss", "unix"))
    env = Env(
        secret_key=reader.secret("SECRET_KEY"),
        debug=reader.flag("DEBUG"),
        allowed_hosts=reader.names("ALLOWED_HOSTS", "localhost,127.0.0.1"),
        csrf_trusted_origins=reader.names("CSRF_TRUSTED_ORIGINS", ""),
        database_url=reader.url("DATABASE_URL", postgres),
        migrator_database_url=(
            reader.url("MIGRATOR_DATABASE_URL", postgres)
            if role == "migrator"
            else reader.optional_url("MIGRATOR_DATABASE_URL", postgres)
        ),
        database_role=role,
        broker_url=(
            reader.url("BROKER_URL", ("redis", "rediss", "pgmq"))
            if redis_url is None or reader.text("BROKER_URL", "")
            else redis_url
        ),
        redis_url=redis_url,
        home=Path(reader.text("TOLLGATE_HOME", ".tollgate")).resolve(),
        public_url=reader.url("PUBLIC_URL", ("https", "http"), "http://localhost:8000").rstrip("/"),
        email_url=reader.url("EMAIL_URL", ("smtp", "smtps", "file"), "file:mailbox"),
        log_level=reader.one_of("LOG_LEVEL", LOG_LEVELS, "INFO"),
        log_format=reader.one_of("LOG_FORMAT", LOG_FORMATS, "text"),
        metrics_token=reader.optional_token("METRICS_TOKEN"),
        metrics_folder=reader.optional_folder("METRICS_DIR"),
        metrics_port=reader.optional_number("METRICS_PORT", most=65_535),
        sentry_dsn=reader.optional_url("SENTRY_DSN", ("https", "http")),
        otel_endpoint=reader.optional_url("OTEL_EXPORTER_OTLP_ENDPOINT", ("https", "http")),
        is_demo=reader.flag("TOLLGATE_DEMO"),
        import_max_megabytes=reader.number("IMPORT_MAX_MEGABYTES", 50, most=500),
        document_max_megabytes=reader.number("DOCUMENT_MAX_MEGABYTES", 25, most=500),
        worker_stop_seconds=reader.number("WORKER_STOP_SECONDS", 10, most=3600),
    )
    if reader.problems:
        raise BrokenEnvironment(reader.problems)
    return env
