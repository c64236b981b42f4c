"""`make demo` and `make serve`: set up, start web, worker and scheduler, stop all of it cleanly."""

import fcntl
import http.client
import os
import secrets
import shutil
import socket
import sys
import time
from dataclasses import dataclass

from local import assets, catalogue
from local.children import Crew, Program, end_leftovers, read_note
from local.databases import return_unfinished
from local.home import Home, RuntimeProblem, home_from, open_lock, read_secrets
from local.session import Session, fill, hold, is_external
from local.steps import Interrupted, StopWish, run_step, say

LOOPBACK = "127.0.0.1"
DEFAULT_PORT = 8000
HIGHEST_PORT = 65535
WEB_PROCESSES = 2
WEB_THREADS = 4
# Granian counts connections, not requests: with as many as threads, eight idle browser tabs would
# lock everybody out. Threads bound the work; this bounds who may wait. See docs/adr.
WEB_CONNECTIONS = 512
SILENT_MILLISECONDS = 10_000
# Each worker by its name: the queues it takes from, and how many hands it has. Long work has a
# worker of its own, one thing at a time, and so have mails: neither an import nor a mail server
# that does not answer holds up anybody's click. One does nothing but keep roll-ups current.
WORKERS = {
    "worker": ("interactive,upkeep", 2),
    "figures": ("figures", 1),
    "mail": ("mail", 1),
    "bulk": ("bulk", 1),
}
# Longer than `WORKER_STOP_SECONDS`, after which a worker ends what it runs and gives it back, and
# as long again: stopping itself takes a worker several seconds.
WORKER_PATIENCE = 25
READY_SECONDS = 60.0
SERVER_STOP_SECONDS = 30.0
WATCH_SECONDS = 0.25
SERVER_ERROR = 500
EMAIL_WIDTH = 32
# As root everything here listens on loopback or a private socket, and says nothing it must not.
WITHOUT_ROOT_WARNING = ("-W", "ignore:You're running the worker with superuser")
DEMO_TENANTS = ("education", "nordwerk")
DEMO_ROLES = (
    "executive",
    "sponsor",
    "owner",
    "controller",
    "pmo",
    "member",
    "admin",
    "auditor",
)


@dataclass(frozen=True, slots=True)
class Options:
    """What the caller asked for."""

    is_demo: bool
    port: int
    home: Home

    @property
    def address(self) -> str:
        return f"http://localhost:{self.port}"


def read_options(arguments: list[str]) -> Options:
    mode = arguments[0] if arguments else "demo"
    if mode not in {"demo", "serve"}:
        raise RuntimeProblem("Usage: python -m local.launcher demo|serve")
    text = os.environ.get("PORT", "").strip() or str(DEFAULT_PORT)
    if not text.isdigit() or not 0 < int(text) <= HIGHEST_PORT:
        raise RuntimeProblem(f"PORT must be a number from 1 to {HIGHEST_PORT}, not {text!r}.")
    return Options(mode == "demo", int(text), home_from())


def refuse_busy_port(port: int) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError as error:
            raise RuntimeProblem(
                f"Port {port} is taken by another program. Choose one: PORT={port + 1} make demo"
            ) from error


def refuse_half_external(environment: dict[str, str]) -> None:
    """Own servers come as a set: naming some of them is an oversight, not a wish."""
    names = ("DATABASE_URL", "MIGRATOR_DATABASE_URL", "REDIS_URL")
    missing = [name for name in names if not environment.get(name, "").strip()]
    if missing and len(missing) < len(names):
        raise RuntimeProblem(
            f"Set all of {', '.join(names)} to use your own servers, or none of them; "
            f"missing: {', '.join(missing)}."
        )


def forget_counters(home: Home) -> None:
    """Let the processes count anew: files of former ones would only pile up."""
    shutil.rmtree(home.counters, ignore_errors=True)


class Launcher:
    """One run, from the first step to the last stopped process."""

    def __init__(self, options: Options, wish: StopWish) -> None:
        self.options, self.wish = options, wish
        self.home = options.home
        self.session: Session | None = None
        self.environment: dict[str, str] = dict(os.environ)
        self.crew = Crew(self.home, secrets.token_hex(8), options.address)

    def run(self) -> int:
        refuse_half_external(self.environment)
        if end_leftovers(self.home):
            say("  Ended what a killed start had left running.")
        refuse_busy_port(self.options.port)
        self.crew.write_down()
        try:
            self.set_up()
            self.start_children()
            return self.watch()
        except Interrupted:
            return 0
        finally:
            self.shut_down()

    # --- set-up --------------------------------------------------------------------------------

    def set_up(self) -> None:
        catalogue.compile_all()
        self.build_assets()
        self.find_servers()
        self.manage("Migrating the database", "migrate", role="migrator")
        if assets.needs_collecting():
            self.manage("Collecting static files", "collectstatic", "--noinput")
            assets.mark_collected()
        if self.options.is_demo:
            self.manage("Loading the demo portfolio; the first time takes minutes", "seed_demo")

    def build_assets(self) -> None:
        if assets.needs_packages() or assets.needs_build():
            node = assets.find_node(self.environment)
            if assets.needs_packages():
                fetch = [*node.npm, "ci"]
                run_step("Fetching front-end packages", fetch, node.environment, self.wish)
                assets.mark_packages()
            build = [*node.npm, "run", "build"]
            run_step("Building assets", build, node.environment, self.wish)
            assets.mark_build()

    def find_servers(self) -> None:
        values = {
            "SECRET_KEY": read_secrets(self.home)["secret_key"],
            "TOLLGATE_HOME": str(self.home.root),
            "PUBLIC_URL": self.options.address,
            "ALLOWED_HOSTS": f"localhost,{LOOPBACK}",
            # A line for every request would bury what the start has to say.
            "LOG_LEVEL": "WARNING",
        }
        if is_external(self.environment):
            say("  Using the servers named by DATABASE_URL and REDIS_URL")
        else:
            say("  Starting PostgreSQL")
            self.session = hold(self.home)
            values |= self.session.environment()
        fill(self.environment, values)
        self.environment["DEBUG"] = "0"
        self.environment["DJANGO_SETTINGS_MODULE"] = "config.settings"
        if self.options.is_demo:
            self.environment["TOLLGATE_DEMO"] = "1"
            fill(self.environment, {"DEMO_PASSWORD": read_secrets(self.home)["demo_password"]})
        if self.session is not None:
            broker = self.environment["BROKER_URL"].replace("pgmq:", "postgresql:", 1)
            return_unfinished(broker)
        if self.environment.get("ADMIN_DATABASE_URL"):
            self.manage("Making the database roles", "bootstrap_roles")

    def manage(self, title: str, *arguments: str, role: str = "app") -> None:
        command = [sys.executable, "manage.py", *arguments]
        environment = {**self.environment, "TOLLGATE_DATABASE_ROLE": role}
        run_step(title, command, environment, self.wish)

    # --- running -------------------------------------------------------------------------------

    def programs(self) -> list[Program]:
        """In the order of starting; stopping goes the other way."""
        celery = [sys.executable, *WITHOUT_ROOT_WARNING, "-m", "celery"]
        # Django's checks would load every page and address, which no worker needs: 1.4 of the 3.6
        # seconds of processor time that a worker takes to start. `migrate` has just run them.
        celery += ["--quiet", "--skip-checks", "-A", "config.celery"]
        web = [sys.executable, "-m", "granian", "--interface", "wsgi", "--http", "1", "--no-ws"]
        web += ["--host", LOOPBACK, "--port", str(self.options.port)]
        web += ["--workers", str(WEB_PROCESSES), "--blocking-threads", str(WEB_THREADS)]
        web += ["--backpressure", str(WEB_CONNECTIONS), "--log-level", "warning"]
        web += ["--http1-header-read-timeout", str(SILENT_MILLISECONDS)]
        worker = [*celery, "worker", "--loglevel", "warning"]
        worker += ["--without-mingle", "--without-gossip", "--without-heartbeat"]
        workers = [
            Program(
                name,
                [*worker, "--queues", queues, "--concurrency", str(hands)],
                patience=WORKER_PATIENCE,
                team="workers",
            )
            for name, (queues, hands) in WORKERS.items()
        ]
        beat = [*celery, "beat", "--loglevel", "warning", "--scheduler", "config.beat.OneScheduler"]
        beat += ["--schedule", str(self.home.beat_schedule), "--pidfile="]
        return [
            Program("web", [*web, "config.wsgi:application"], patience=10),
            *workers,
            Program("beat", beat, patience=5),
        ]

    def child_environment(self) -> dict[str, str]:
        """The running product never learns the owner's address."""
        hidden = {"MIGRATOR_DATABASE_URL", "ADMIN_DATABASE_URL", "DEMO_PASSWORD"}
        environment = {k: v for k, v in self.environment.items() if k not in hidden}
        return {**environment, "TOLLGATE_DATABASE_ROLE": "app"}

    def start_children(self) -> None:
        environment = self.child_environment()
        forget_counters(self.home)
        say("  Starting web, workers and scheduler")
        for program in self.programs():
            self.crew.start(program, environment)
        deadline = time.monotonic() + READY_SECONDS
        while not self.answers():
            if self.wish.wait(WATCH_SECONDS):
                raise Interrupted
            if self.crew.ended() is not None or time.monotonic() > deadline:
                return
        say(self.welcome())

    def answers(self) -> bool:
        """Whether the web server gives a sensible answer."""
        connection = http.client.HTTPConnection(LOOPBACK, self.options.port, timeout=5)
        try:
            connection.request("GET", "/health")
            return connection.getresponse().status < SERVER_ERROR
        except OSError:
            return False
        finally:
            connection.close()

    def welcome(self) -> str:
        lines = ["", f"Tollgate is ready: {self.options.address}"]
        if self.options.is_demo:
            lines += ["", f"Sign in with the password {self.environment['DEMO_PASSWORD']} as"]
            for role in DEMO_ROLES:
                emails = [f"{role}@{tenant}.example" for tenant in DEMO_TENANTS]
                lines.append("  " + "".join(f"{email:<{EMAIL_WIDTH}}" for email in emails).rstrip())
            lines += ["  consultant@firm.example (in both)", ""]
        return "\n".join([*lines, "Ctrl-C stops everything.", ""])

    def watch(self) -> int:
        """Wait for the wish to stop, or for any part to fail; one that fails takes all down."""
        while not self.wish.wait(WATCH_SECONDS):
            ended = self.crew.ended()
            if ended is not None:
                say(f"  {ended.program.name} ended (status {ended.process.returncode}); stopping.")
                return 1
            if self.session is not None and not self.session.server.is_kept():
                say(f"  PostgreSQL ended; see {self.home.server_log}. Stopping.")
                return 1
        return 0

    # --- stopping ------------------------------------------------------------------------------

    def shut_down(self) -> None:
        self.crew.stop(self.wish)
        if self.session is None:
            return
        server = self.session.server
        self.session.release()
        if server.has_users():
            say("  PostgreSQL stays up: another command is using it.")
            return
        say("  Stopping PostgreSQL")
        deadline = time.monotonic() + SERVER_STOP_SECONDS
        while server.is_kept() and time.monotonic() < deadline:
            time.sleep(WATCH_SECONDS / 5)


def main() -> int:
    options = read_options(sys.argv[1:])
    wish = StopWish()
    wish.listen()
    options.home.create()
    try:
        with open_lock(options.home.launcher_lock, fcntl.LOCK_EX | fcntl.LOCK_NB):
            return Launcher(options, wish).run()
    except BlockingIOError as error:
        address = read_note(options.home).get("address", "its address is not known yet")
        raise RuntimeProblem(f"Tollgate already runs from this folder: {address}") from error


if __name__ == "__main__":
    raise SystemExit(main())
