"""The house's own Python files, parsed once."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent.parent
APPS = ("governance", "approvals", "initiatives", "kpis", "exchange", "reporting")
PACKAGES = (*APPS, "config", "local", "tests")

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Source:
    """One file: its path below the project, its text and its syntax tree."""

    path: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, self.path)

    @property
    def is_migration(self) -> bool:
        return "/migrations/" in self.path

    @property
    def module(self) -> str:
        return self.path.removesuffix(".py").replace("/", ".").removesuffix(".__init__")

    def calls(self) -> Iterator[ast.Call]:
        return (node for node in ast.walk(self.tree) if isinstance(node, ast.Call))

    def functions(self) -> Iterator[Function]:
        return (node for node in ast.walk(self.tree) if isinstance(node, Function))

    def imports(self) -> Iterator[str]:
        """Full names of everything imported: `celery.shared_task` for `from celery import …`."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                yield from (f"{node.module}.{alias.name}" for alias in node.names)


@cache
def sources(*packages: str) -> tuple[Source, ...]:
    """All Python files of the named packages, or of the whole house."""
    return tuple(
        Source(path.relative_to(PROJECT).as_posix(), path.read_text(encoding="utf-8"))
        for package in packages or PACKAGES
        for path in sorted((PROJECT / package).rglob("*.py"))
    )


def app_sources() -> Iterator[Source]:
    """Files of the apps, without migrations."""
    return (source for source in sources(*APPS) if not source.is_migration)
