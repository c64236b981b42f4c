"""The real product, watched over as a container runtime does: whatever ends is started again."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psycopg

from local.children import Child, Program
from local.databases import DATABASE, return_unfinished
from local.home import PROJECT, Home, RuntimeProblem, is_locked
from local.launcher import Launcher, Options
from local.postgres import SUPERUSER, Server
from local.processes import group_members, is_alive
from local.session import Session, hold
from local.steps import StopWish
from tests.campaigns.notes import TABLE
from tests.local.homes import embedded_environment, eventually

SLUG = "campaign"
WRITERS = 4
MOST_FAILED_STARTS = 3
# Everything a writer needs, made by the product's own services; printed as JSON.
SET_UP = f"""
import json, django
django.setup()
from governance.people.choices import Role
from governance.tree.choices import Level
from governance.tree.services import NodeDraft
from initiatives.services import default_package, project_create
from kpis.metrics.services import STARTING_METRICS, metric_create
from tests.houses import build_house
house = build_house("{SLUG}")
with house.active():
    for draft in STARTING_METRICS:
        metric_create(draft=draft, by=house.system(Role.PMO))
    draft = NodeDraft(Level.PROJECT, "Second project")
    by = house.system(Role.PMO)
    other = default_package(project_create(parent=house.other_program, draft=draft, by=by))
print(json.dumps({{
    "tokens": [house.caller("pmo").token for _ in range({WRITERS} + 1)],
    "administrator": house.caller("administrator").token,
    "project": house.project.code,
    "package": house.package.code,
    "other": other.code,
}}))
"""


@dataclass(frozen=True, slots=True)
class Setting:
    """What writers are told of the tenant they write in."""

    tokens: list[str]
    administrator: str
    project: str
    package: str
    other: str


# Two keep the roll-ups current, as docker-compose.yml has it.
SPARE = "figures2"
WORKERS = ("bulk", "mail", "figures", SPARE, "worker")


class Product:
    """Web, worker, scheduler and database of one home; `mend()` brings back what was killed."""

    def __init__(self, home: Home, port: int) -> None:
        self.home, self.port = home, port
        self.launcher = Launcher(Options(is_demo=False, port=port, home=home), StopWish())
        self.launcher.environment = embedded_environment(home, PORT=str(port))
        self.children: dict[str, Child] = {}
        self.restarts: Counter[str] = Counter()
        self.failed_starts: list[str] = []

    # --- from the first start to the last stop ------------------------------------------------

    def set_up(self) -> Setting:
        self.launcher.set_up()
        with self.superuser() as admin:
            admin.execute(f"CREATE TABLE {TABLE} (topic text NOT NULL, key text NOT NULL)")
            admin.execute(f"GRANT INSERT ON {TABLE} TO tollgate_app")
        found = json.loads(self.python("-c", SET_UP).splitlines()[-1])
        self.mend()
        assert eventually(self.launcher.answers, 180), "the web server never answered"
        return Setting(**found)

    def stop(self) -> None:
        """As the launcher stops: scheduler, worker, web, then the server by its last lease."""
        for name in ("beat", *WORKERS, "web"):
            if name in self.children:
                self.children.pop(name).stop(StopWish())
        if self.launcher.session is not None:
            self.launcher.session.release()

    def restart_workers(self) -> None:
        """A worker that starts anew gets back what a killed one had taken."""
        for name in WORKERS:
            self.children.pop(name).stop(StopWish())
        self.mend()

    # --- watching over it ---------------------------------------------------------------------

    def mend(self) -> None:
        """Start what is not running; what needs the database waits until it answers."""
        self._mend_database()
        if not self._database_answers():
            return
        for program in self.programs():
            child = self.children.get(program.name)
            if child is None or child.has_ended():
                self._start(program, child)

    def programs(self) -> list[Program]:
        """What the launcher starts, and a second worker for roll-ups."""
        found = self.launcher.programs()
        return [*found, *(replace(one, name=SPARE) for one in found if one.name == "figures")]

    def _mend_database(self) -> None:
        if self.server.is_kept():
            return
        before = self.launcher.environment["DATABASE_URL"]
        try:
            session = hold(self.home)
        except RuntimeProblem as problem:
            self.failed_starts.append(str(problem))
            assert len(self.failed_starts) <= MOST_FAILED_STARTS, self.failed_starts
            return
        self.session.release()
        self.launcher.session = session
        self.launcher.environment |= session.environment()
        self.restarts["database"] += 1
        if session.environment()["DATABASE_URL"] != before:
            for child in self.children.values():
                kill_group(child.process.pid)

    def _database_answers(self) -> bool:
        with suppress(psycopg.OperationalError, RuntimeProblem), self.superuser():
            return True
        return False

    def _start(self, program: Program, former: Child | None) -> None:
        if former is not None:
            kill_group(former.process.pid)
            former.process.wait()
            self.restarts[program.name] += 1
        if program.name == "worker":
            queue = self.launcher.environment["BROKER_URL"].replace("pgmq:", "postgresql:", 1)
            return_unfinished(queue)
            command = [*program.command, "--include", "tests.campaigns.notes"]
            program = Program(program.name, command, program.patience)
        self.children[program.name] = Child(program, self.launcher.child_environment())

    # --- looking inside -----------------------------------------------------------------------

    @property
    def session(self) -> Session:
        assert self.launcher.session is not None
        return self.launcher.session

    @property
    def server(self) -> Server:
        return self.session.server

    def superuser(self) -> psycopg.Connection:
        """Past the walls, to count rows and to find backends."""
        address = self.server.address(SUPERUSER, DATABASE)
        return psycopg.connect(address, autocommit=True, connect_timeout=5)

    def python(self, *arguments: str) -> str:
        """Output of a Python of the product; raises when it fails."""
        environment = {**self.launcher.environment, "TOLLGATE_DATABASE_ROLE": "app"}
        command = [sys.executable, *arguments]
        outcome = subprocess.run(
            command, cwd=PROJECT, env=environment, capture_output=True, text=True, check=False
        )
        assert outcome.returncode == 0, outcome.stdout + outcome.stderr
        return outcome.stdout

    def count(self, query: str, *values: Any) -> int:
        with self.superuser() as admin:
            row = admin.execute(query.encode(), values).fetchone()
        assert row is not None
        return int(row[0])

    # --- whom to kill -------------------------------------------------------------------------

    def leader(self, name: str) -> list[int]:
        child = self.children.get(name)
        return [] if child is None or child.has_ended() else [child.process.pid]

    def hands(self, name: str) -> list[int]:
        """The processes that a program has started itself."""
        return [
            pid for leader in self.leader(name) for pid in group_members(leader) if pid != leader
        ]

    def postmaster(self) -> list[int]:
        found = self.server.pid_file()
        return [found.process_id] if found and self.server.is_ours(found.process_id) else []

    def backends(self) -> list[int]:
        """Server processes at work for the product."""
        with suppress(psycopg.OperationalError, RuntimeProblem), self.superuser() as admin:
            rows = admin.execute(
                "SELECT pid FROM pg_stat_activity WHERE usename = 'tollgate_app'"
                " ORDER BY state = 'active' DESC, xact_start NULLS LAST"
            ).fetchall()
            return [pid for (pid,) in rows]
        return []

    def keeper(self) -> list[int]:
        if not is_locked(self.home.keeper_lock):
            return []
        mark = os.fsencode(self.home.root)
        found = []
        for entry in Path("/proc").iterdir():
            with suppress(OSError, ValueError):
                line = (entry / "cmdline").read_bytes()
                if b"local.keeper" in line and mark in line and is_alive(int(entry.name)):
                    found.append(int(entry.name))
        return found


def kill(process_id: int) -> bool:
    """Kill -9 one process; whether it was there."""
    try:
        os.kill(process_id, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


def kill_group(leader: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)


class HeadExporter(threading.Thread):
    """Exports the audit head now and then while writing, with the product's own command."""

    def __init__(self, product: Product, folder: Path, every: float) -> None:
        super().__init__(daemon=True)
        self.product, self.folder, self.every = product, folder, every
        self.done = threading.Event()

    def run(self) -> None:
        while not self.done.wait(self.every):
            with suppress(AssertionError):  # the database may be away just now
                self.export()

    def export(self) -> Path:
        text = self.product.python("manage.py", "export_audit_head")
        path = self.folder / f"head-{time.monotonic_ns()}.jsonl"
        path.write_text(text, encoding="utf-8")
        return path
