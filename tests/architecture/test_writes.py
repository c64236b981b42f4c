"""Rows are written in services and nowhere else."""

import ast
import re

import pytest

from tests.architecture.source import Source, app_sources

# Where writing is at home.
SERVICES = re.compile(
    r"(^|/)(services(_[a-z]+)?\.py|services/[a-z_]+\.py|onboarding\.py"
    # What gates write: `initiatives/gates` is one service, told in several modules.
    r"|gates/(attesting|changes|editing|handler|lapses|tracks)\.py)$"
)
WRITES = {
    "save",
    "create",
    "update",
    "delete",
    "bulk_create",
    "bulk_update",
    "insert_many",
    "insert_records",
    "update_records",
    "get_or_create",
    "update_or_create",
    "save_base",
    "set_password",
}
SQL_WRITE = re.compile(r"\b(INSERT\s+INTO|UPDATE\s+\S+\s+SET|DELETE\s+FROM|TRUNCATE\s+[a-z{])")
# Elsewhere each needs its reason.
ALLOWED = {
    "governance/tenancy/models.py": "the base of `save`, where the tenant is written in",
    "governance/tenancy/managers.py": "the base of `bulk_create`",
}


def _is_write(call: ast.Call) -> bool:
    if not isinstance(call.func, ast.Attribute) or call.func.attr not in WRITES:
        return False
    if call.func.attr == "update":
        # dict.update takes a mapping; a query set takes keywords only.
        return bool(call.keywords) and not call.args
    return True


def _writes(source: Source) -> list[str]:
    found = [
        f"{call.lineno}: {ast.unparse(call.func)}" for call in source.calls() if _is_write(call)
    ]
    found += [
        f"{node.lineno}: {match.group()}"
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        for match in [SQL_WRITE.search(node.value)]
        if match
    ]
    return found


def test_only_services_write() -> None:
    found = {
        source.path: writes
        for source in app_sources()
        if not SERVICES.search(source.path) and source.path not in ALLOWED
        if (writes := _writes(source))
    }
    assert found == {}


def test_every_exception_is_still_needed() -> None:
    writing = {source.path for source in app_sources() if _writes(source)}
    assert set(ALLOWED) <= writing


@pytest.mark.parametrize(
    "line",
    [
        "node.save()",
        "Node.objects.create(code='x')",
        "Node.objects.filter(pk=1).update(name='x')",
        "Node.objects.all().delete()",
        "cursor.execute('DELETE FROM governance_node')",
        "cursor.execute('''INSERT INTO governance_node VALUES (1)''')",
    ],
)
def test_the_check_notices(line: str) -> None:
    assert _writes(Source("governance/views.py", line)) != []


def test_every_public_service_takes_by_or_runs_without_a_person() -> None:
    """Services are keyword-only and name who acts; a few run for nobody in particular."""
    nobody = {
        "governance/audit/services.py",
        "governance/events/services.py",
        "governance/tenancy/services.py",
        "governance/onboarding.py",
    }
    faults = []
    for source in app_sources():
        if not SERVICES.search(source.path) or source.path in nobody:
            continue
        for function in source.tree.body:
            if not isinstance(function, ast.FunctionDef) or function.name.startswith("_"):
                continue
            decorators = [ast.unparse(item) for item in function.decorator_list]
            if "transaction.atomic" not in decorators:
                continue
            if function.args.args or "by" not in {arg.arg for arg in function.args.kwonlyargs}:
                faults.append(f"{source.path}:{function.name}")
    assert faults == []
