"""What stood before an upgrade stands after it, with what the new version adds."""

import importlib
import json

from initiatives.stage_models.definition import read_definition
from initiatives.stage_models.standard import STANDARD
from tests.architecture.conftest import Scratch
from tests.architecture.test_migrations import migrate

BEFORE = "0005_milestones"
TENANTS = (901, 902)
GUARDED = ("governance_node", "initiatives_measure")
# As they stood then, each tenant with two measures below a branch of its own.
TENANT = """
    INSERT INTO governance_tenant (id, public_id, slug, name, currency, currency_basis,
        fiscal_year_start, headline_metric, language, time_zone, source_note, version)
    VALUES (%(t)s, gen_random_uuid(), 'old-' || %(t)s, 'Old', 'EUR', 'plan', 1, 'EBITDA', 'en',
        'UTC', '', 1)
"""
NODES = """
    INSERT INTO governance_node (tenant_id, id, level, parent_id, path, code, name, sort_key,
        description, is_default, source_key, public_id, version)
    SELECT %(t)s, %(t)s * 10 + n, n, CASE WHEN n > 0 THEN %(t)s * 10 + n - 1 END,
           repeat('1/', n + 1), 'C-' || n, 'x', 'x', '', false, '', gen_random_uuid(), 1
    FROM generate_series(0, 4) n
"""
MEASURES = """
    INSERT INTO initiatives_measure (tenant_id, code, name, sort_key, description, package_id,
        value_minor, source_key, version, stage, overlay, created_at)
    SELECT %(t)s, 'M-' || n, 'x', 'x', '', %(t)s * 10 + 4, 0, '', 7, 'identified', 'active',
           '2026-01-31T12:00Z'::timestamptz
    FROM generate_series(1, 2) n
"""
REPORTS = """
    INSERT INTO initiatives_statusreport (tenant_id, public_id, measure_id, reported_on, rater,
        light, stated, commentary, answers_on, due_at, source, author, version)
    SELECT m.tenant_id, gen_random_uuid(), m.id, day, rater, 'green', '', '', answers_on,
           answers_on + interval '17 hours', 'form', 'x', 1
    FROM initiatives_measure m,
      (VALUES ('2026-02-01'::date, '', NULL::date), ('2026-02-05', '', '2026-02-06'),
              ('2026-02-20', 'IPA', NULL)) AS r (day, rater, answers_on)
    WHERE m.tenant_id = %(t)s AND m.code = 'M-1'
"""
METRICS = """
    INSERT INTO kpis_metric (tenant_id, code, name, sort_key, unit, is_monetary, aggregation,
        decimals, is_active, version)
    VALUES (%(t)s, 'FTE', 'x', 'x', '', false, 'sum', 0, true, 3),
           (%(t)s, 'OWN', 'x', 'x', '', true, 'sum', 0, true, 3)
"""
NOW = """
    SELECT m.tenant_id, v.tenant_id, v.code, v.number, v.state, v.definition, v.published_by_id,
           m.track, m.stage_since = m.created_at, m.version
    FROM initiatives_measure m
    JOIN initiatives_stagemodelversion v ON v.id = m.stage_model_id
    WHERE m.tenant_id IN (901, 902) ORDER BY m.tenant_id, m.code
"""


def test_measures_from_before_start_on_the_shipped_stage_model(scratch: Scratch) -> None:
    migrate(scratch, "initiatives", BEFORE)
    _guards(scratch, "NO FORCE ROW LEVEL SECURITY, DISABLE TRIGGER USER")
    for tenant in TENANTS:
        for statement in (TENANT, NODES, MEASURES):
            scratch.owner.execute(statement, {"t": tenant})
    _guards(scratch, "FORCE ROW LEVEL SECURITY, ENABLE TRIGGER USER")
    migrate(scratch)
    _guards(scratch, "NO FORCE ROW LEVEL SECURITY", "initiatives_stagemodelversion")
    rows = scratch.owner.execute(NOW).fetchall()
    assert [row[0] for row in rows] == [901, 901, 902, 902]
    for ours, theirs, code, number, state, definition, publisher, track, since, version in rows:
        assert ours == theirs
        assert (code, number, state, publisher) == ("standard", 1, "published", None)
        assert read_definition(json.loads(definition)).gates
        assert (track, since, version) == ("standard", True, 7)


def test_metrics_of_the_starting_set_get_their_direction_and_line(scratch: Scratch) -> None:
    migrate(scratch, "kpis", "0005_actual_guards")
    _guards(scratch, "NO FORCE ROW LEVEL SECURITY, DISABLE TRIGGER USER", "kpis_metric")
    for tenant in TENANTS:
        for statement in (TENANT, METRICS):
            scratch.owner.execute(statement, {"t": tenant})
    _guards(scratch, "FORCE ROW LEVEL SECURITY, ENABLE TRIGGER USER", "kpis_metric")
    migrate(scratch)
    _guards(scratch, "NO FORCE ROW LEVEL SECURITY", "kpis_metric")
    rows = scratch.owner.execute(
        "SELECT tenant_id, code, sign, pl_line, version FROM kpis_metric ORDER BY 1, 2"
    ).fetchall()
    assert rows == [
        (tenant, *facts)
        for tenant in TENANTS
        for facts in (("FTE", "less", "personnel", 3), ("OWN", "more", "none", 3))
    ]


def test_measures_know_which_day_their_last_update_answers(scratch: Scratch) -> None:
    migrate(scratch, "initiatives", "0009_reporting_calendars")
    tables = ("initiatives_statusreport", "initiatives_stagemodelversion")
    _guards(scratch, "NO FORCE ROW LEVEL SECURITY, DISABLE TRIGGER USER", *tables)
    for tenant in TENANTS:
        for statement in (TENANT, NODES, MEASURES, REPORTS):
            scratch.owner.execute(statement, {"t": tenant})
    _guards(scratch, "FORCE ROW LEVEL SECURITY, ENABLE TRIGGER USER", *tables)
    migrate(scratch)
    _guards(scratch, "NO FORCE ROW LEVEL SECURITY")
    rows = scratch.owner.execute(
        "SELECT tenant_id, code, answered_on::text, version FROM initiatives_measure ORDER BY 1, 2"
    ).fetchall()
    assert rows == [
        (tenant, code, day, 7)
        for tenant in TENANTS
        for code, day in (("M-1", "2026-02-06"), ("M-2", None))
    ]


def test_what_new_tenants_get_is_what_the_upgrade_ships() -> None:
    """The migration keeps a copy of its own; as long as no version follows, they are one."""
    shipped = importlib.import_module("initiatives.migrations.0007_gate_walls").STANDARD
    assert shipped == STANDARD


def _guards(scratch: Scratch, words: str, *more: str) -> None:
    """The migrator owns the tables, so that it sees past row security where it is not forced."""
    for table in (*GUARDED, *more):
        scratch.owner.execute(f"ALTER TABLE {table} {words}")
