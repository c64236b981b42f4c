"""A history from before causes gets those that its rows can only have had (F8, V10)."""

from tests.architecture.conftest import Scratch
from tests.architecture.test_migrations import migrate

BEFORE = "0005_actual_guards"
TENANT = """
    INSERT INTO governance_tenant (id, public_id, slug, name, currency, currency_basis,
        fiscal_year_start, headline_metric, language, time_zone, source_note, version)
    VALUES (903, gen_random_uuid(), 'old-903', 'Old', 'EUR', 'plan', 1, 'EBITDA', 'en',
        'UTC', '', 1)
"""
ROW = """
    INSERT INTO kpis_valuehistory
        (tenant_id, effect_public_id, series, baseline_no, month, after, source, author)
    VALUES (903, gen_random_uuid(), %s, %s, '2026-01-01', 5, 'form', 'x')
"""
NOW = """
    SELECT series, cause, change_id, effect_version FROM kpis_valuehistory
    WHERE tenant_id = 903 ORDER BY series
"""
LOCKED = "SELECT tgenabled FROM pg_trigger WHERE tgname = 'deny_change' AND tgrelid = %s::regclass"
TABLE = "kpis_valuehistory"


def test_rows_from_before_get_the_cause_they_must_have_had(scratch: Scratch) -> None:
    migrate(scratch, "kpis", BEFORE)
    scratch.owner.execute(f"ALTER TABLE {TABLE} NO FORCE ROW LEVEL SECURITY")
    scratch.owner.execute(TENANT)
    for series, number in (("plan", 0), ("forecast", 0), ("baseline", 1), ("actual_claimed", 0)):
        scratch.owner.execute(ROW, [series, number])
    scratch.owner.execute(f"ALTER TABLE {TABLE} FORCE ROW LEVEL SECURITY")
    migrate(scratch)
    scratch.owner.execute(f"ALTER TABLE {TABLE} NO FORCE ROW LEVEL SECURITY")
    assert scratch.owner.execute(NOW).fetchall() == [
        ("actual_claimed", "", None, None),
        ("baseline", "", None, None),
        ("forecast", "opened", None, None),
        ("plan", "estimate", None, None),
    ]
    # The history was never opened for it: what keeps it append-only still stands.
    assert scratch.owner.execute(LOCKED, [TABLE]).fetchone() == ("A",)
