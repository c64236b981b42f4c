"""Every constraint of the database is broken once, and answers with its own name."""

import importlib
import pkgutil

import pytest
from django.db import IntegrityError, connection, transaction
from psycopg.errors import CheckViolation

from tests.architecture import violations
from tests.architecture.conftest import Scratch
from tests.architecture.violations.breaking import Breaker
from tests.houses import House

pytestmark = pytest.mark.django_db

# A field of positive numbers brings `CHECK (column >= 0)` along; that is Django's to test.
DECLARED = """
    SELECT conname FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace AND contype IN ('c', 'u')
      AND pg_get_constraintdef(oid) !~ '^CHECK \\(\\(\"?[a-z_0-9]+\"? >= 0\\)\\)$'
    UNION
    SELECT c.relname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
    WHERE i.indisunique AND NOT i.indisprimary AND c.relnamespace = 'public'::regnamespace
    UNION
    SELECT (regexp_matches(prosrc, 'CONSTRAINT = ''([a-z_]+)''', 'g'))[1]
    FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    UNION
    -- Guards that watch over several things name the one that is broken: THEN '…', := '…'.
    SELECT (regexp_matches(
      prosrc, '(?:THEN|:=)\\s+''((?:approvals|initiatives)_[a-z_]+)''', 'g'))[1]
    FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    UNION
    SELECT conname FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace AND contype = 'f' AND cardinality(conkey) > 2
"""
THEIRS = ("account_", "auth_", "axes_", "django_", "guardian_", "unique_")

# A trigger speaks before these do; they are tried without it, in a database of their own.
BEHIND_A_TRIGGER = {
    "initiatives_measure_stage_known": ("x", "active"),
    "initiatives_measure_overlay_known": ("identified", "x"),
}


def known() -> dict[str, Breaker]:
    found: dict[str, Breaker] = {}
    for module in pkgutil.iter_modules(violations.__path__):
        loaded = importlib.import_module(f"{violations.__name__}.{module.name}")
        found |= getattr(loaded, "VIOLATIONS", {})
    return found


def test_every_constraint_has_its_violation() -> None:
    with connection.cursor() as cursor:
        cursor.execute(DECLARED)
        declared = {name for (name,) in cursor.fetchall() if not name.startswith(THEIRS)}
    assert declared == set(known()) | set(BEHIND_A_TRIGGER)


def again() -> dict[str, tuple[str, Breaker]]:
    """Further ways around the same walls, by what is tried."""
    found: dict[str, tuple[str, Breaker]] = {}
    for module in pkgutil.iter_modules(violations.__path__):
        loaded = importlib.import_module(f"{violations.__name__}.{module.name}")
        found |= getattr(loaded, "AGAIN", {})
    return found


@pytest.mark.parametrize("way", again())
def test_going_around_it_names(way: str, in_alpha: House) -> None:
    name, break_it = again()[way]
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        break_it(in_alpha)
    cause = caught.value.__cause__
    assert cause is not None
    assert cause.diag.constraint_name == name


@pytest.mark.parametrize("name", known())
def test_breaking_it_names(name: str, in_alpha: House) -> None:
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        known()[name](in_alpha)
    cause = caught.value.__cause__
    assert cause is not None
    assert cause.diag.constraint_name == name


@pytest.mark.parametrize("name", BEHIND_A_TRIGGER)
def test_without_its_trigger_breaking_it_names(name: str, scratch: Scratch) -> None:
    scratch.owner.execute("ALTER TABLE initiatives_measure DISABLE TRIGGER stage_by_gate_only")
    with pytest.raises(CheckViolation) as caught:
        scratch.owner.execute(
            "INSERT INTO initiatives_measure (tenant_id, code, name, sort_key, description,"
            " package_id, value_minor, source_key, version, stage, overlay)"
            " VALUES (1, 'M', 'x', 'x', '', 1, 0, '', 1, %s, %s)",
            BEHIND_A_TRIGGER[name],
        )
    assert caught.value.diag.constraint_name == name
