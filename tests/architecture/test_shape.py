"""The shape of the code: short files, short functions, imports at the top, no forbidden habits."""

import ast
import re
import subprocess

import pytest

from tests.architecture.source import PROJECT, Source, app_sources, sources

FILE_LINES = 400
FUNCTION_LINES = 45


def _written() -> list[Source]:
    return [source for source in sources() if not source.is_migration]


def test_files_are_at_most_400_lines() -> None:
    long = {s.path: s.text.count("\n") for s in _written() if s.text.count("\n") > FILE_LINES}
    assert long == {}


def test_functions_are_at_most_45_lines() -> None:
    lengths = {
        f"{source.path}:{function.name}": (function.end_lineno or 0) - function.lineno + 1
        for source in _written()
        for function in source.functions()
    }
    assert {name: n for name, n in lengths.items() if n > FUNCTION_LINES} == {}


def test_nothing_is_imported_inside_a_function() -> None:
    hidden = {
        f"{source.path}:{inner.lineno}"
        for source in sources()
        for function in source.functions()
        for inner in ast.walk(function)
        if isinstance(inner, ast.Import | ast.ImportFrom)
    }
    assert hidden == set()


def test_every_module_says_in_one_line_what_lives_in_it() -> None:
    silent = []
    for source in _written():
        if not source.text.strip():
            continue
        said = ast.get_docstring(source.tree)
        if not said or len(said.splitlines()[0]) < 10:
            silent.append(source.path)
    assert silent == []


def test_nothing_is_left_for_later() -> None:
    marks = re.compile(r"\b(?:TODO|FIXME|XXX|HACK)\b")
    marked = [s.path for s in sources() if marks.search(s.text)]
    assert marked == ["tests/architecture/test_shape.py"]


@pytest.mark.parametrize(
    ("forbidden", "instead"),
    [
        (r"django\.db\.models\.signals", "call the service"),
        (r"django\.dispatch", "call the service"),
        (r"django\.contrib\.auth\.signals", "call the service"),
        (r"django\.contrib\.admin\b", "pages call services"),
        (r"rest_framework\.serializers\.ModelSerializer", "declare the fields"),
        (r"django\.forms\.(models\.)?ModelForm", "declare the fields"),
        (r"django\.utils\.safestring\.mark_safe", "use a template or format_html"),
        (r"functools\.(lru_cache|cache)$", "process-wide state leaks between tenants"),
        (r"django_scopes|guardian\.shortcuts", "use the tenant manager, governance.permissions"),
    ],
)
def test_the_apps_do_not_import(forbidden: str, instead: str) -> None:
    pattern = re.compile(forbidden)
    found = [s.path for s in app_sources() if any(pattern.match(name) for name in s.imports())]
    assert found == [], instead


def test_only_task_modules_declare_tasks() -> None:
    found = {
        source.path
        for source in app_sources()
        for name in source.imports()
        if name in {"celery.shared_task", "celery.current_app", "celery.Celery"}
    }
    assert {p for p in found if not re.search(r"/tasks(\.py|/)", p)} == set()


def test_nothing_is_sent_to_the_broker_but_through_the_outbox() -> None:
    senders = {
        f"{source.path}:{call.lineno}"
        for source in app_sources()
        for call in source.calls()
        if isinstance(call.func, ast.Attribute)
        and call.func.attr in {"delay", "apply_async", "send_task", "signature"}
    }
    assert {name.split(":")[0] for name in senders} <= {"governance/tasks.py"}, senders


def test_after_a_commit_only_named_functions_run() -> None:
    """A failing lambda or partial crashes Django's own handler, which wants a name."""
    nameless = [
        f"{source.path}:{call.lineno}"
        for source in app_sources()
        for call in source.calls()
        if isinstance(call.func, ast.Attribute)
        and call.func.attr == "on_commit"
        and not all(isinstance(arg, ast.Name | ast.Attribute) for arg in call.args)
    ]
    assert nameless == []


def test_no_superuser_is_asked_for() -> None:
    found = [s.path for s in app_sources() if re.search(r"\.is_(superuser|staff)\b", s.text)]
    assert found == []


def test_no_floats_in_money() -> None:
    """`float(` in the apps that count money would round what finance confirms (V1)."""
    found = [
        f"{source.path}:{call.lineno}"
        for source in app_sources()
        if source.path.startswith(("kpis/", "initiatives/", "exchange/", "approvals/"))
        for call in source.calls()
        if isinstance(call.func, ast.Name) and call.func.id == "float"
    ]
    assert found == []


def test_every_template_that_is_named_exists() -> None:
    """A branch of a template that no test walks would else fail in front of somebody."""
    root = PROJECT / "templates"
    named = re.compile(r"""{%-?\s*(?:include|extends)\s+["']([^"']+)["']""")
    missing = {
        path.relative_to(root).as_posix(): name
        for path in sorted(root.rglob("*.html"))
        for name in named.findall(path.read_text(encoding="utf-8"))
        if not (root / name).is_file()
    }
    assert missing == {}


def test_scripts_and_styles_stay_out_of_templates() -> None:
    """The content security policy allows none, so a browser would drop them silently.

    Mails are no pages: mail programs drop style sheets and keep what stands at the elements.
    """
    inline = re.compile(
        r"<script(?![^>]*\bsrc=)(?![^>]*application/json)[^>]*>|<style\b|\sstyle=|\son[a-z]+\s*=|"
        r"javascript:",
        re.IGNORECASE,
    )
    found = [
        f"{path.relative_to(PROJECT)}: {match.group()}"
        for path in sorted((PROJECT / "templates").rglob("*.html"))
        for match in [inline.search(path.read_text(encoding="utf-8"))]
        if match and path.parent.name != "mail"
    ]
    assert found == []


def test_every_exception_from_a_check_gives_its_reason() -> None:
    """`noqa` and `type: ignore` name their code and say why in the same line."""
    bare = re.compile(
        r"#\s*(?:noqa(?!: [A-Z]+[0-9]+(?:, ?[A-Z]+[0-9]+)*  # \S)"
        r"|type: ignore(?!\[[a-z-]+(?:, ?[a-z-]+)*\]  # \S))"
    )
    found = [
        f"{source.path}:{number}"
        for source in _written()
        if not source.path.startswith("tests/architecture/test_shape")
        for number, line in enumerate(source.text.splitlines(), start=1)
        if bare.search(line)
    ]
    assert found == []


def test_nothing_points_at_the_machine_it_was_written_on() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    places = re.compile(rb"/work/(?:main|shared)|/root/|/home/[a-z]+/")
    found = []
    for name in filter(None, listed.stdout.split("\0")):
        path = PROJECT / name
        if path.suffix in {".png", ".woff2", ".ico", ".mo"} or not path.is_file():
            continue
        if name != "tests/architecture/test_shape.py" and places.search(path.read_bytes()):
            found.append(name)
    assert found == []


def test_rules_are_pure() -> None:
    """No rows, no clock, no request: a decision follows from what it is given."""
    impure = re.compile(
        r"django\.(db(?!\.models\.Q$)|http|core|conf|utils\.timezone)|time(\.|$)|random|os(\.|$)|"
        r"(?!django).*\.(models|selectors|services)(\.|$)|rest_framework|governance\.web"
    )
    found = {
        f"{source.path}: {name}"
        for source in app_sources()
        if source.path.endswith("rules.py")
        for name in source.imports()
        if impure.match(name)
    }
    assert found == set()
