"""Migrations say what the models say, and every step has its way back."""

import os
import re
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from django.core.management import call_command
from django.db.migrations.loader import MigrationLoader

from tests.architecture.conftest import Scratch
from tests.architecture.source import APPS, PROJECT, sources

# Everything that makes a schema: columns, constraints, indexes, triggers, functions, walls, grants.
SCHEMA = """
    WITH ours AS (
      SELECT * FROM pg_class
      WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'S')
    )
    SELECT concat_ws(' ', 'column', relname, attname, format_type(atttypid, atttypmod),
                     attnotnull, attcollation::regcollation, pg_get_expr(adbin, adrelid))
    FROM pg_attribute JOIN ours ON ours.oid = attrelid AND relkind = 'r'
    LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
    WHERE attnum > 0 AND NOT attisdropped
    UNION ALL
    SELECT concat_ws(' ', 'constraint', conrelid::regclass, conname, pg_get_constraintdef(oid))
    FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND contype <> 'n'
    UNION ALL
    SELECT concat_ws(' ', 'index', pg_get_indexdef(indexrelid))
    FROM pg_index JOIN ours ON ours.oid = indrelid
    UNION ALL
    SELECT concat_ws(' ', 'trigger', tgenabled, pg_get_triggerdef(t.oid))
    FROM pg_trigger t JOIN ours ON ours.oid = tgrelid WHERE NOT tgisinternal
    UNION ALL
    SELECT concat_ws(' ', 'function', pg_get_functiondef(oid), proacl)
    FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    UNION ALL
    SELECT concat_ws(' ', 'policy', polrelid::regclass, polname, pg_get_expr(polqual, polrelid))
    FROM pg_policy
    UNION ALL
    SELECT concat_ws(' ', 'table', relname, relrowsecurity, relforcerowsecurity, relacl) FROM ours
    ORDER BY 1
"""


def schema_of(connection: psycopg.Connection) -> list[str]:
    return [text for (text,) in connection.execute(SCHEMA).fetchall()]


def migrate(scratch: Scratch, *words: str) -> None:
    """Run the command as the product does: in its own process, as the migrator."""
    done = subprocess.run(
        [sys.executable, "-m", "django", "migrate", *words, "--verbosity=0"],
        cwd=PROJECT,
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "TOLLGATE_DATABASE_ROLE": "migrator",
            "MIGRATOR_DATABASE_URL": scratch.migrator_url,
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.django_db
def test_the_migrations_say_what_the_models_say() -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


@pytest.mark.slow
def test_every_migration_goes_back_and_forth(scratch: Scratch) -> None:
    before = schema_of(scratch.owner)
    migrate(scratch, "governance", "zero")
    left = [
        line for line in schema_of(scratch.owner) if re.search(r"\b(" + "|".join(APPS) + ")_", line)
    ]
    assert left == []
    migrate(scratch)
    assert schema_of(scratch.owner) == before


def test_no_migration_is_without_a_way_back() -> None:
    loader = MigrationLoader(None)
    oneway = [
        f"{label}.{name}: {operation.describe()}"
        for (label, name), migration in loader.disk_migrations.items()
        if label in APPS
        for operation in migration.operations
        if not operation.reversible
    ]
    assert oneway == []


def test_migrations_are_named_after_what_they_do_and_say_it() -> None:
    files = [s for s in sources(*APPS) if s.is_migration and not s.path.endswith("__init__.py")]
    names = [Path(source.path).stem for source in files]
    assert [name for name in names if not re.fullmatch(r"\d{4}_[a-z][a-z0-9_]+", name)] == []
    assert [name for name in names if "auto" in name.split("_")] == []
    assert [source.path for source in files if not source.text.startswith('"""')] == []


def test_migrations_use_nothing_of_ours_but_the_tenant_operations() -> None:
    """Code moves on; a migration must run years later as it ran on its day."""
    allowed = re.compile(
        r"governance\.tenancy\.(operations|fields)|governance\.audit\.models(\.|$)|"
        r"governance\.text$"
    )
    used = {
        f"{source.path}: {name}"
        for source in sources(*APPS)
        if source.is_migration
        for name in source.imports()
        if name.split(".")[0] in APPS and not allowed.match(name)
    }
    assert used == set()
