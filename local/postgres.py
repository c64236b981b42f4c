"""The embedded PostgreSQL server: its data, its start, its health and its addresses."""

import fcntl
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from urllib.parse import quote

from local.binaries import MAJOR_VERSION, ServerUser, program, server_user, storage
from local.home import PROJECT, Home, RuntimeProblem, is_locked, open_lock, read_secrets
from local.processes import was_started_with

SUPERUSER = "postgres"
PORT = "5432"
SOCKET_NAME = f".s.PGSQL.{PORT}"
LONGEST_SOCKET_PATH = 107
START_SECONDS = 120.0
STOP_SECONDS = 30.0
POLL_SECONDS = 0.02
LOG_LINES_SHOWN = 15
LARGEST_LOG = 10_000_000
PID_FILE_LINES = 8
# Test data may vanish with the machine; nothing else may.
CARELESS = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_wal_size=4GB")


@dataclass(frozen=True, slots=True)
class PidFile:
    """What PostgreSQL writes about itself next to its data."""

    process_id: int
    socket_folder: Path
    is_ready: bool


class Server:
    """The server of one home. Starting it is the keeper's work; see `local.keeper`."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.user: ServerUser = server_user()
        self.storage = storage(home, self.user)
        self.data = self.storage / "postgres"
        self._socket_record = self.storage / "socket-folder"

    # --- where it is ---------------------------------------------------------------------------

    def address(self, role: str, database: str, *, scheme: str = "postgresql") -> str:
        """URL of a database for a role, by the socket; the password is the generated one."""
        name = {SUPERUSER: "superuser"}.get(role, role.removeprefix("tollgate_"))
        password = read_secrets(self.home)[f"{name}_password"]
        folder = quote(str(self._pid_file_or_fail().socket_folder), safe="")
        return f"{scheme}://{role}:{quote(password, safe='')}@/{database}?host={folder}&port={PORT}"

    def pid_file(self) -> PidFile | None:
        """PostgreSQL's own note; None while there is none or it is half written."""
        try:
            lines = (self.data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return None
        if len(lines) < PID_FILE_LINES:
            return None
        return PidFile(int(lines[0]), Path(lines[4]), is_ready=lines[7].strip() == "ready")

    def _pid_file_or_fail(self) -> PidFile:
        found = self.pid_file()
        if found is None:
            raise RuntimeProblem(f"PostgreSQL is not running; see {self.home.server_log}.")
        return found

    def is_kept(self) -> bool:
        """Whether a living keeper watches over this home's server."""
        return is_locked(self.home.keeper_lock)

    def has_users(self) -> bool:
        """Whether anybody holds a lease; the keeper's own exclusive lock does not count."""
        try:
            open_lock(self.home.lease, fcntl.LOCK_EX | fcntl.LOCK_NB).close()
        except BlockingIOError:
            return not is_locked(self.home.lease)
        return False

    def is_ready(self) -> bool:
        found = self.pid_file()
        if found is None or not found.is_ready or not self.is_ours(found.process_id):
            return False
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
            return probe.connect_ex(str(found.socket_folder / SOCKET_NAME)) == 0

    def is_ours(self, process_id: int) -> bool:
        """Whether a process is the server of this data; a number alone may be another's by now."""
        return was_started_with(process_id, str(self.data))

    # --- data ----------------------------------------------------------------------------------

    def prepare_data(self) -> None:
        """Make the data folder once; a killed attempt leaves nothing that looks finished."""
        version_file = self.data / "PG_VERSION"
        if not self.data.exists():
            self._initialise()
        elif self.data.stat().st_uid != self.user.user_id:
            raise RuntimeProblem(
                f"{self.data} belongs to another user. Start as the user who made it, "
                "or choose another folder with TOLLGATE_HOME."
            )
        found = version_file.read_text(encoding="utf-8").strip()
        if found != str(MAJOR_VERSION):
            raise RuntimeProblem(
                f"{self.data} was made by PostgreSQL {found}, this is {MAJOR_VERSION}. "
                "Export with the old release, or choose another folder with TOLLGATE_HOME."
            )

    def _initialise(self) -> None:
        draft = self.storage / "postgres.draft"
        shutil.rmtree(draft, ignore_errors=True)
        self.user.own(draft)
        password_file = draft.with_suffix(".password")
        password_file.touch(mode=0o600)
        password_file.write_text(read_secrets(self.home)["superuser_password"], encoding="utf-8")
        if self.user.is_other:
            os.chown(password_file, self.user.user_id, self.user.group_id)
        command = [
            program("initdb", self.user),
            f"--pgdata={draft}",
            f"--username={SUPERUSER}",
            f"--pwfile={password_file}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale=C",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--no-instructions",
        ]
        try:
            outcome = self.user.run(command, plain_environment())
        finally:
            password_file.unlink()
        if outcome.returncode != 0:
            raise RuntimeProblem(f"initdb failed:\n{outcome.stdout}{outcome.stderr}")
        draft.rename(self.data)

    # --- socket --------------------------------------------------------------------------------

    def make_socket_folder(self) -> Path:
        """A private folder whose path is short enough for a socket."""
        folder = self.storage / "run"
        if len(os.fsencode(folder / SOCKET_NAME)) > LONGEST_SOCKET_PATH:
            self.remove_socket_folder()
            folder = Path(tempfile.mkdtemp(prefix="tollgate-", dir="/tmp"))
            self._socket_record.write_text(str(folder), encoding="utf-8")
        self.user.own(folder)
        # Left by a killed server; its number may be a stranger's by now, which stops PostgreSQL.
        (folder / f"{SOCKET_NAME}.lock").unlink(missing_ok=True)
        return folder

    def remove_socket_folder(self) -> None:
        """Remove the folder under /tmp that an earlier start made, if it is still ours."""
        if not self._socket_record.exists():
            return
        folder = Path(self._socket_record.read_text(encoding="utf-8"))
        if folder.is_dir() and folder.stat().st_uid == self.user.user_id:
            shutil.rmtree(folder)
        self._socket_record.unlink()

    # --- process -------------------------------------------------------------------------------

    def command(self, socket_folder: Path) -> list[str]:
        """The command line of the server, as its user, bound to the life of this process."""
        settings = [
            "listen_addresses=",
            f"unix_socket_directories={socket_folder}",
            f"port={PORT}",
            "timezone=UTC",
            "log_timezone=UTC",
            "shared_buffers=64MB",
            *(() if self.home.durable else CARELESS),
        ]
        guard = [sys.executable, "-m", "local.guard", f"--parent={os.getpid()}", "--signal=SIGINT"]
        if self.user.is_other:
            guard += [f"--user={self.user.user_id}", f"--group={self.user.group_id}"]
        postgres = [program("postgres", self.user), "-D", str(self.data)]
        return [*guard, "--", *postgres, *(part for text in settings for part in ("-c", text))]

    def start_process(self, log: IO[bytes]) -> "subprocess.Popen[bytes]":
        """Start the server as our child; its settings come by command line, never from a file."""
        return subprocess.Popen(
            self.command(self.make_socket_folder()),
            cwd=PROJECT,
            env=plain_environment(),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            process_group=0,
        )

    def clear_remains(self) -> None:
        """End a server whose keeper was killed, and forget the note of one that was killed itself.

        A note whose number now belongs to a stranger would stop PostgreSQL from starting.
        """
        found = self.pid_file()
        if found is None:
            return
        deadline = time.monotonic() + STOP_SECONDS
        while self.is_ours(found.process_id):
            if time.monotonic() > deadline:
                os.kill(found.process_id, signal.SIGQUIT)
                deadline = time.monotonic() + STOP_SECONDS
            else:
                os.kill(found.process_id, signal.SIGINT)
            time.sleep(POLL_SECONDS * 10)
        (self.data / "postmaster.pid").unlink(missing_ok=True)

    # --- from outside --------------------------------------------------------------------------

    def ensure_running(self) -> None:
        """Start the server unless it runs. The caller holds the start lock and a lease."""
        is_started = False
        deadline = time.monotonic() + START_SECONDS
        while not (self.is_kept() and self.is_ready()):
            if time.monotonic() > deadline or (is_started and not self.is_kept()):
                raise RuntimeProblem(f"PostgreSQL did not start.\n{self.last_words()}")
            if not self.is_kept():
                self.prepare_data()
                self.clear_remains()
                self._start_keeper()
                is_started = True
            time.sleep(POLL_SECONDS)

    def _start_keeper(self) -> None:
        command = [sys.executable, "-m", "local.keeper", str(self.home.root)]
        if not self.home.durable:
            command.append("--careless")
        # The keeper may outlive us: it must not hold the far end of anybody's pipe open.
        with self.open_log() as log:
            subprocess.run(
                command, cwd=PROJECT, check=False, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )

    def last_words(self) -> str:
        """The end of the server's log."""
        if not self.home.server_log.exists():
            return "It wrote no log."
        text = self.home.server_log.read_text(encoding="utf-8", errors="replace")
        return "\n".join(text.splitlines()[-LOG_LINES_SHOWN:])

    def open_log(self) -> IO[bytes]:
        """The server's log, begun anew when it has grown large."""
        path = self.home.server_log
        is_large = path.exists() and path.stat().st_size > LARGEST_LOG
        path.touch(mode=0o600)
        return path.open("wb" if is_large else "ab")


def plain_environment() -> dict[str, str]:
    """The environment without locale and PG* variables, which would reach into the server."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PG", "LC_", "LANG", "LD_"))
    }
    return {**kept, "LC_ALL": "C", "TZ": "UTC"}
