"""The runtime's folder: where things lie, the generated secrets, and file locks."""

import fcntl
import json
import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

PROJECT = Path(__file__).resolve().parent.parent
# The packages of the product, in the order of their names.
APPS = ("approvals", "config", "exchange", "governance", "initiatives", "kpis", "reporting")
DEFAULT_HOME = PROJECT / ".tollgate"
SECRET_LENGTHS = {
    "secret_key": 64,
    "superuser_password": 24,
    "migrator_password": 24,
    "app_password": 24,
    "broker_password": 24,
}
# People type the demo password: no letters or digits that look alike, and no sign to start with.
TYPED_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
TYPED_GROUPS, TYPED_GROUP_LENGTH = 3, 4


# Names the folder of the server's data, seen from the home; see `local.binaries.storage`.
STORAGE_POINTER = "storage"


class RuntimeProblem(SystemExit):
    """Stops the command with a sentence that says what to do."""


@dataclass(frozen=True, slots=True)
class Home:
    """One folder with everything a running copy keeps; `durable` is False for test data."""

    root: Path
    durable: bool = True

    @property
    def launcher_lock(self) -> Path:
        return self.root / "launcher.lock"

    @property
    def launcher_record(self) -> Path:
        return self.root / "launcher.json"

    @property
    def start_lock(self) -> Path:
        return self.root / "start.lock"

    @property
    def keeper_lock(self) -> Path:
        return self.root / "keeper.lock"

    @property
    def lease(self) -> Path:
        return self.root / "users.lock"

    @property
    def server_log(self) -> Path:
        return self.root / "postgres.log"

    @property
    def secrets_file(self) -> Path:
        return self.root / "secrets.json"

    @property
    def beat_schedule(self) -> Path:
        return self.root / "beat" / "schedule"

    @property
    def counters(self) -> Path:
        """Where the product's processes count for its metrics (`METRICS_DIR` is not given)."""
        return self.root / "metrics"

    @property
    def stamps(self) -> Path:
        return self.root / "stamps"

    def create(self) -> None:
        """Make the folder; others may pass through it, since as root the server is another user."""
        if not self.root.is_dir():
            self.root.mkdir(parents=True, exist_ok=True)
            self.root.chmod(0o711)
        for folder in (self.stamps, self.beat_schedule.parent):
            folder.mkdir(exist_ok=True)


def home_from(environment: Mapping[str, str] | None = None) -> Home:
    """The folder named by `TOLLGATE_HOME`, else `.tollgate` in the project."""
    source = os.environ if environment is None else environment
    named = source.get("TOLLGATE_HOME", "").strip()
    return Home(Path(named).expanduser().resolve() if named else DEFAULT_HOME)


def read_secrets(home: Home) -> dict[str, str]:
    """The generated secrets; made once, readable by their owner alone."""
    if not home.secrets_file.exists():
        _write_secrets(home)
    values: dict[str, str] = json.loads(home.secrets_file.read_text(encoding="utf-8"))
    return values


def _write_secrets(home: Home) -> None:
    pointer = home.root / STORAGE_POINTER
    if pointer.exists() and (home.root / pointer.read_text().strip() / "postgres").exists():
        raise RuntimeProblem(
            f"{home.secrets_file} is gone, and with it the passwords of the data beside it. "
            "Bring it back, or choose another folder with TOLLGATE_HOME."
        )
    values = {name: secrets.token_urlsafe(length) for name, length in SECRET_LENGTHS.items()}
    values["demo_password"] = typed_password()
    draft = home.secrets_file.with_suffix(f".{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_text(json.dumps(values, indent=1), encoding="utf-8")
    try:
        # A link fails where the file exists: of two first starts one wins and both read its file.
        home.secrets_file.hardlink_to(draft)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def typed_password() -> str:
    """A password for a keyboard, such as `h4kq-9tmw-x2pd`."""
    groups = range(TYPED_GROUPS)
    letters = range(TYPED_GROUP_LENGTH)
    return "-".join("".join(secrets.choice(TYPED_LETTERS) for _ in letters) for _ in groups)


def open_lock(path: Path, operation: int) -> IO[bytes]:
    """Open and lock a file; the lock lives as long as the file stays open, even after a kill."""
    handle = path.open("ab")
    try:
        fcntl.flock(handle, operation)
    except BaseException:
        handle.close()
        raise
    return handle


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a file lock for a block; waits for whoever has it."""
    with open_lock(path, fcntl.LOCK_EX):
        yield


def is_locked(path: Path) -> bool:
    """Whether a living process holds the lock exclusively."""
    try:
        open_lock(path, fcntl.LOCK_SH | fcntl.LOCK_NB).close()
    except BlockingIOError:
        return True
    return False
