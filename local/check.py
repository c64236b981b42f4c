"""`make check`: every step runs and is reported, none hides another, the tests come last."""

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from local.home import APPS, DEFAULT_HOME, PROJECT, Home, RuntimeProblem
from local.session import fill, hold, is_external

AT_ONCE = 2
PYTHON = sys.executable
MANAGE = (PYTHON, "manage.py")
EXTERNAL_VARIABLES = ("DATABASE_URL", "MIGRATOR_DATABASE_URL", "REDIS_URL")


@dataclass(frozen=True, slots=True)
class Step:
    """One check: a title and the command whose exit status decides."""

    title: str
    command: Sequence[str]


@dataclass(frozen=True, slots=True)
class Outcome:
    step: Step
    status: int
    seconds: float
    output: str


ASSETS = Step("assets", (PYTHON, "-m", "local.assets"))
STEPS = (
    Step("types", (PYTHON, "-m", "mypy", *APPS, "local", "manage.py")),
    ASSETS,
    Step("format", (PYTHON, "-m", "ruff", "format", "--check", ".")),
    Step("lint", (PYTHON, "-m", "ruff", "check", ".")),
    Step("walls between apps", (str(Path(PYTHON).with_name("lint-imports")),)),
    Step("template format", (PYTHON, "-m", "djlint", "templates", "--check")),
    Step("template lint", (PYTHON, "-m", "djlint", "templates", "--lint")),
    Step("migrations complete", (*MANAGE, "makemigrations", "--check", "--dry-run")),
    Step("migrations safe", (PYTHON, "-m", "local.migration_lint")),
    Step("deploy check", (*MANAGE, "check", "--deploy", "--fail-level", "WARNING")),
    Step("translations", (PYTHON, "-m", "local.messages", "check")),
)
TESTS = (PYTHON, "-m", "pytest", "-n", "2", "-m", "not slow")


def run(step: Step, environment: Mapping[str, str]) -> Outcome:
    """Run one step with its output held back."""
    started = time.monotonic()
    done = subprocess.run(
        step.command,
        cwd=PROJECT,
        env=dict(environment),
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    outcome = Outcome(step, done.returncode, time.monotonic() - started, done.stdout)
    report(outcome)
    return outcome


def report(outcome: Outcome) -> None:
    word = "ok  " if outcome.status == 0 else "FAIL"
    text = f"{word} {outcome.seconds:6.1f} s  {outcome.step.title}"
    if outcome.status != 0:
        text += f"\n{outcome.output.rstrip()}\n"
    print(text, flush=True)


def static_environment() -> dict[str, str]:
    """What the product needs to load; the deploy check judges the settings of a real site."""
    environment = dict(os.environ)
    site = {"PUBLIC_URL": "https://tollgate.example", "ALLOWED_HOSTS": "tollgate.example"}
    return {**environment, "DEBUG": "0", **site}


def check() -> int:
    """All steps, two at a time, then the tests; 1 when anything failed."""
    environment = static_environment()
    session = None
    if not is_external(environment):
        session = hold(Home(DEFAULT_HOME / "test", durable=False))
        fill(environment, session.environment())
    with ThreadPoolExecutor(AT_ONCE) as pool:
        outcomes = list(pool.map(lambda step: run(step, environment), STEPS))
    failed = [outcome.step.title for outcome in outcomes if outcome.status != 0]
    summary = f"failed: {', '.join(failed)}" if failed else "all passed"
    print(f"\n{len(outcomes)} checks, {summary}. The tests follow.\n", flush=True)
    status = test()
    if session is not None:
        session.release()
    return 1 if failed or status else 0


def test() -> int:
    """The tests, seen as they run; their own plugin finds the servers."""
    return subprocess.run(TESTS, cwd=PROJECT, check=False).returncode


def check_external() -> int:
    """The tests on servers of the caller's."""
    missing = [name for name in EXTERNAL_VARIABLES if not os.environ.get(name, "").strip()]
    if missing:
        raise RuntimeProblem(
            f"Set {', '.join(missing)}. The roles come from `manage.py bootstrap_roles`; the "
            "migrator needs CREATEDB, for the tests make databases of their own."
        )
    built = run(ASSETS, static_environment())  # without them the browser tests would be skipped
    return max(built.status, test())


if __name__ == "__main__":
    raise SystemExit(check_external() if sys.argv[1:] == ["external"] else check())
