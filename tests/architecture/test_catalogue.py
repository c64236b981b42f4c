"""What the database itself says about its tables, keys, policies, functions and grants."""

import os
import re

import pytest
from django.db import connection

from tests.architecture.source import PROJECT, app_sources

pytestmark = pytest.mark.django_db

SNAPSHOT = PROJECT / "tests" / "architecture" / "snapshots" / "grants.txt"

# Shared or bookkeeping: these belong to no tenant. Anything else without tenant_id is a mistake.
WITHOUT_TENANT = {
    "account_emailaddress",  # allauth: addresses of log-ins
    "account_emailconfirmation",
    "auth_group",  # Django's own, unused
    "auth_group_permissions",
    "auth_permission",  # one row per role, for guardian
    "axes_accessattempt",  # failed sign-ins
    "axes_accessattemptexpiration",
    "axes_accessfailurelog",
    "axes_accesslog",
    "cache_entry",  # the cache of the embedded mode
    "django_content_type",
    "django_migrations",
    "django_session",
    "governance_queuestate",  # sums over all tenants, for the metrics
    "governance_scheduledrun",  # when scheduled tasks last ran
    "governance_systemfailedtask",  # tasks of no tenant that failed
    "governance_tenant",
    "governance_user",  # one log-in for all tenants (N2)
    "governance_workerheartbeat",
    "guardian_groupobjectpermission",  # guardian's own, unused
    "guardian_userobjectpermission",
}
APPEND_ONLY = {
    "approvals_escalationlevel",
    "approvals_escalationreceiver",
    "approvals_approvalbar",
    "approvals_approvaldecision",
    "approvals_approvalvote",
    "governance_auditevent",
    "governance_auditseal",
    "initiatives_documentversion",
    "kpis_valuehistory",
}
# Decisions of people: nobody takes them back, and each has its audit event besides.
DECISIONS = {
    "kpis_claim",
    "kpis_lightoverride",
    "kpis_secondsignature",
    "kpis_validation",
    "kpis_variancereason",
    "reporting_periodreport",
}
# What people said in a gate: never changed, and told in the trail besides (G5, A1).
SAID = {"approvals_approvaldecision", "approvals_approvalvote"}
# Bookkeeping of the machinery itself: no person's change, so no audit event of its own.
NOT_AUDITED = {
    # What a worker computes of what people changed, and what it has still to compute.
    "reporting_rollupcount",
    "reporting_rolluplack",
    "reporting_rolluplamp",
    "reporting_rolluplight",
    "reporting_rollupline",
    "reporting_rollupmarker",
    "reporting_rollupnode",
    "reporting_rollupowner",
    "reporting_rollupsize",
    "reporting_rollupstate",
    "reporting_rollupwatermelon",
    "reporting_rollupyear",
    *(APPEND_ONLY - {"initiatives_documentversion"} - SAID),
    # Steps and who is kept out are told by the events of their request.
    "approvals_approvalstep",
    "governance_codecounter",
    # What workers note of their tries; that one is given up, retried or discarded is recorded.
    "governance_failedtask",
    "governance_consumedevent",
    "governance_idempotencykey",
    "governance_outboxevent",
    # What people are told of audited changes, and the mails on their way.
    "governance_mail",
    "governance_notification",
    # What one starred and opened last, seen by nobody else.
    "governance_favourite",
    "governance_recentitem",
    # What a bulk edit does to a measure is audited there; that it was written, as a whole.
    "initiatives_bulkedit",
    "initiatives_bulkeditrow",
    # Imports and files on their way: what an import does to anything is audited where it is done.
    # What an export takes out is recorded when its file is made.
    "exchange_columnmemory",
    "exchange_export",
    "exchange_filechunk",
    "exchange_import",
    "exchange_importitem",
    "exchange_importprogress",
    "exchange_importrow",
    "exchange_storedfile",
}
DEFINERS = {
    "memberships_of(person bigint)",
    "search_ids(kind text, words text, most integer)",
    "tenants_with_work(queue text)",
}
TENANT_TABLES = """
    SELECT c.oid, c.relname FROM pg_class c
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
"""


def ask(query: str) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchall()


def names(query: str) -> set[str]:
    return {str(row[0]) for row in ask(query)}


def tenant_tables() -> set[str]:
    return names(f"SELECT relname FROM ({TENANT_TABLES}) t")


def test_every_table_belongs_to_a_tenant_or_stands_on_the_list() -> None:
    tables = names(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
        " AND relkind IN ('r', 'p', 'f')"
    )
    assert tables - tenant_tables() == WITHOUT_TENANT


def test_there_are_no_views_of_any_kind() -> None:
    """A view runs as its owner and a materialised one has no row security."""
    assert (
        names(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
            " AND relkind IN ('v', 'm')"
        )
        == set()
    )


def test_every_tenant_table_forces_row_security() -> None:
    open_tables = names(
        f"SELECT c.relname FROM pg_class c JOIN ({TENANT_TABLES}) t USING (oid)"
        " WHERE NOT (c.relrowsecurity AND c.relforcerowsecurity)"
    )
    assert tenant_tables() != set()
    assert open_tables == set()


def test_every_tenant_table_has_the_one_policy_for_everybody() -> None:
    rows = ask(
        "SELECT t.relname, p.polname, p.polcmd, p.polpermissive, p.polroles::text,"
        " pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid)"
        f" FROM ({TENANT_TABLES}) t LEFT JOIN pg_policy p ON p.polrelid = t.oid"
    )
    rule = "(tenant_id = current_tenant())"
    assert {row[1:] for row in rows} == {("tenant_only", "*", True, "{0}", rule, rule)}
    assert len(rows) == len(tenant_tables())


def test_no_policy_contains_a_subquery() -> None:
    """A sharded PostgreSQL refuses it, and it hides the tenant from the planner."""
    texts = names(
        "SELECT coalesce(pg_get_expr(polqual, polrelid), '')"
        " || coalesce(pg_get_expr(polwithcheck, polrelid), '') FROM pg_policy"
    )
    assert [text for text in texts if "SELECT" in text.upper()] == []


def test_the_tenant_is_a_bigint_that_is_never_empty() -> None:
    faulty = names(
        f"SELECT t.relname FROM ({TENANT_TABLES}) t JOIN pg_attribute a ON a.attrelid = t.oid"
        " WHERE a.attname = 'tenant_id' AND (NOT a.attnotnull OR a.atttypid <> 'bigint'::regtype)"
    )
    assert faulty == set()


def test_every_unique_index_of_a_tenant_table_begins_with_the_tenant() -> None:
    """A key without it would tell one tenant what exists in another."""
    faulty = names(
        f"SELECT i.indexrelid::regclass FROM ({TENANT_TABLES}) t"
        " JOIN pg_index i ON i.indrelid = t.oid AND i.indisunique"
        " JOIN pg_attribute a ON a.attrelid = t.oid AND a.attname = 'tenant_id'"
        " WHERE i.indkey[0] <> a.attnum"
    )
    assert faulty == set()


def test_every_other_index_of_a_tenant_table_begins_with_the_tenant_but_searches() -> None:
    others = names(
        f"SELECT i.indexrelid::regclass FROM ({TENANT_TABLES}) t"
        " JOIN pg_index i ON i.indrelid = t.oid"
        " JOIN pg_class x ON x.oid = i.indexrelid JOIN pg_am m ON m.oid = x.relam"
        " JOIN pg_attribute a ON a.attrelid = t.oid AND a.attname = 'tenant_id'"
        " WHERE i.indkey[0] <> a.attnum AND m.amname <> 'gin'"
    )
    # The one look-up that crosses tenants on purpose: in which of them a log-in is a member.
    assert {
        name for name in others if not name.startswith("governance_membership_user_id")
    } == set()


def test_references_between_tenant_tables_carry_the_tenant() -> None:
    faulty = names(
        f"SELECT k.conrelid::regclass || '.' || k.conname FROM pg_constraint k"
        f" JOIN ({TENANT_TABLES}) theirs ON theirs.oid = k.confrelid"
        f" LEFT JOIN ({TENANT_TABLES}) ours ON ours.oid = k.conrelid"
        " LEFT JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attname = 'tenant_id'"
        " LEFT JOIN pg_attribute b ON b.attrelid = k.confrelid AND b.attname = 'tenant_id'"
        " WHERE k.contype = 'f' AND (ours.oid IS NULL OR NOT k.conkey[1] = a.attnum"
        " OR NOT k.confkey[1] = b.attnum)"
    )
    assert faulty == set()


def test_references_between_tenant_tables_refuse_at_once_and_never_cascade() -> None:
    """Not deferrable, so that the error comes with its statement; no SET NULL, no CASCADE."""
    rows = ask(
        "SELECT k.conname, k.condeferrable, k.confdeltype, k.confupdtype, k.confmatchtype,"
        " k.convalidated FROM pg_constraint k"
        f" JOIN ({TENANT_TABLES}) theirs ON theirs.oid = k.confrelid WHERE k.contype = 'f'"
    )
    assert rows
    assert {row[1:] for row in rows} == {(False, "a", "a", "s", True)}


def test_tenant_tables_point_at_few_shared_tables_and_never_cascade() -> None:
    rows = ask(
        "SELECT k.confrelid::regclass::text, k.confdeltype FROM pg_constraint k"
        f" JOIN ({TENANT_TABLES}) ours ON ours.oid = k.conrelid"
        f" WHERE k.contype = 'f' AND k.confrelid NOT IN (SELECT oid FROM ({TENANT_TABLES}) t)"
    )
    assert set(rows) == {
        ("governance_tenant", "a"),
        ("governance_user", "a"),
        ("auth_permission", "a"),
    }


def test_three_functions_run_with_the_owners_rights_and_no_more() -> None:
    rows = ask(
        "SELECT p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')',"
        " p.proconfig::text, pg_get_userbyid(p.proowner) <> current_user,"
        " has_function_privilege('public', p.oid, 'EXECUTE')"
        " FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace AND p.prosecdef"
    )
    assert {row[0] for row in rows} == DEFINERS
    assert {row[1:] for row in rows} == {('{"search_path=public, pg_temp"}', True, False)}


def test_append_only_tables_deny_every_change_in_every_mode() -> None:
    rows = ask(
        "SELECT c.relname, g.tgname, g.tgenabled FROM pg_trigger g JOIN pg_class c"
        " ON c.oid = g.tgrelid JOIN pg_proc p ON p.oid = g.tgfoid WHERE p.proname = 'deny_change'"
    )
    expected = {
        (table, trigger, "A")
        for table in APPEND_ONLY | DECISIONS
        for trigger in ("deny_change", "deny_truncate")
    }
    assert {(name, trigger, _text(enabled)) for name, trigger, enabled in rows} == expected


def test_every_table_that_people_change_demands_an_audit_event() -> None:
    rows = ask(
        "SELECT c.relname, g.tgdeferrable, g.tginitdeferred, g.tgenabled, g.tgtype"
        " FROM pg_trigger g JOIN pg_class c ON c.oid = g.tgrelid"
        " WHERE g.tgname = 'must_be_audited'"
    )
    # 29: each row, after insert, update and delete.
    assert {(*row[1:3], _text(row[3]), row[4]) for row in rows} == {(True, True, "O", 29)}
    assert {row[0] for row in rows} == tenant_tables() - NOT_AUDITED


def _text(char: object) -> str:
    return char.decode() if isinstance(char, bytes) else str(char)


def test_the_application_is_an_ordinary_role() -> None:
    facts = ask(
        "SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication,"
        " has_schema_privilege('public', 'CREATE'),"
        " has_database_privilege(current_database(), 'TEMP'),"
        " has_database_privilege(current_database(), 'CREATE'),"
        " EXISTS (SELECT FROM pg_auth_members WHERE member = r.oid),"
        " EXISTS (SELECT FROM pg_class WHERE relowner = r.oid),"
        " EXISTS (SELECT FROM pg_proc WHERE proowner = r.oid)"
        " FROM pg_roles r WHERE rolname = current_user"
    )
    assert facts == [(False,) * 11]


GRANTS = """
    SELECT CASE WHEN c.relkind = 'S' THEN 'sequence ' ELSE '' END || c.relname,
           CASE WHEN acl.grantee = 0 THEN 'everybody' ELSE 'app' END,
           string_agg(acl.privilege_type || CASE WHEN acl.is_grantable THEN '*' ELSE '' END, ' '
                      ORDER BY acl.privilege_type)
    FROM pg_class c, aclexplode(c.relacl) acl
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'S', 'v', 'm')
      AND acl.grantee IN (0, (SELECT oid FROM pg_roles WHERE rolname = current_user))
    GROUP BY 1, 2
    UNION ALL
    SELECT 'column ' || attrelid::regclass || '.' || attname, 'app', attacl::text
    FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
    WHERE attacl IS NOT NULL AND relnamespace = 'public'::regnamespace
    UNION ALL
    SELECT 'function ' || p.proname, CASE WHEN acl.grantee = 0 THEN 'everybody' ELSE 'app' END,
           acl.privilege_type
    FROM pg_proc p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) acl
    WHERE p.pronamespace = 'public'::regnamespace
      AND acl.grantee IN (0, (SELECT oid FROM pg_roles WHERE rolname = current_user))
    UNION ALL
    SELECT 'schema public', CASE WHEN acl.grantee = 0 THEN 'everybody' ELSE 'app' END,
           string_agg(acl.privilege_type, ' ' ORDER BY acl.privilege_type)
    FROM pg_namespace n, aclexplode(n.nspacl) acl
    WHERE n.nspname = 'public'
      AND acl.grantee IN (0, (SELECT oid FROM pg_roles WHERE rolname = current_user))
    GROUP BY 1, 2
"""


def test_the_applications_grants_are_the_committed_ones() -> None:
    """After a wanted change: `TOLLGATE_SNAPSHOTS=write`, run this test, review the difference."""
    lines = sorted(f"{thing}: {who}: {rights}" for thing, who, rights in ask(GRANTS))
    found = "\n".join(lines) + "\n"
    if os.environ.get("TOLLGATE_SNAPSHOTS") == "write":
        SNAPSHOT.write_text(found, encoding="utf-8")
    assert found.splitlines() == SNAPSHOT.read_text(encoding="utf-8").splitlines()


def test_nobody_may_truncate_a_tenant_table() -> None:
    """TRUNCATE is not filtered by row security."""
    able = names(
        f"SELECT relname FROM ({TENANT_TABLES}) t WHERE has_table_privilege(t.oid, 'TRUNCATE')"
    )
    assert able == set()


ASKED = re.compile(r"(?:tenants_with_work\(|Watched\(\"\w+\", )\"(\w+)\"")


def test_every_queue_that_is_asked_for_is_one_the_database_knows() -> None:
    """The function is replaced as a whole: a migration that forgets a queue silences it."""
    asked = {
        queue
        for source in app_sources()
        for queue in re.findall(
            r"""(?:tenants_with_work\(|Watched\("\w+", )"(\w+)\"""", source.text
        )
    }
    assert {"outbox", "imports", "exports", "clocks", "failed_tasks", "roll_ups"} <= asked
    assert {"roll_ups_changed", "roll_ups_whole"} <= asked
    [[body]] = ask("SELECT prosrc FROM pg_proc WHERE proname = 'tenants_with_work'")
    assert {queue for queue in asked if f"queue = '{queue}'" not in body} == set()
