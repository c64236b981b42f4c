"""Keys, row security, grants and guards of the kernel's tables, and its database functions."""

from django.db import migrations

from governance.tenancy.operations import TenantTable, app_role

SHARED_READ_ONLY = ("auth_permission", "django_content_type", "django_migrations")

TREE_GUARD = """
ALTER TABLE governance_node ADD CONSTRAINT governance_node_parent_level_fk
  FOREIGN KEY (tenant_id, parent_id, parent_level) REFERENCES governance_node (tenant_id, id, level);
CREATE FUNCTION node_path_continues() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE expected text; current text;
BEGIN
  SELECT path INTO current FROM governance_node WHERE tenant_id = NEW.tenant_id AND id = NEW.id;
  IF NOT FOUND THEN RETURN NULL; END IF;
  SELECT p.path || NEW.id || '/' INTO expected FROM governance_node n
    JOIN governance_node p ON p.tenant_id = n.tenant_id AND p.id = n.parent_id
    WHERE n.tenant_id = NEW.tenant_id AND n.id = NEW.id;
  IF current <> coalesce(expected, NEW.id || '/') THEN
    RAISE EXCEPTION 'path % of node % does not continue its parent''s', current, NEW.id
      USING ERRCODE = 'check_violation', CONSTRAINT = 'governance_node_path_continues';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER path_continues AFTER INSERT OR UPDATE OF path, parent_id ON governance_node
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION node_path_continues();
"""

SEARCH = """
ALTER TABLE governance_node ADD COLUMN search tsvector GENERATED ALWAYS AS (
  to_tsvector('simple', regexp_replace(lower(code || ' ' || name || ' ' || description), '[^[:alnum:]]+', ' ', 'g'))
) STORED;
CREATE INDEX governance_node_search ON governance_node USING gin (search);
CREATE FUNCTION search_query(words text) RETURNS tsquery LANGUAGE sql IMMUTABLE AS $$
  SELECT to_tsquery('simple', coalesce(string_agg(quote_literal(word) || ':*', ' & '), ''))
  FROM regexp_split_to_table(lower(words), '[^[:alnum:]]+') AS word WHERE word <> ''
$$;
CREATE FUNCTION search_ids(kind text, words text, most integer) RETURNS TABLE (id bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF kind = 'node' THEN
    RETURN QUERY SELECT n.id FROM governance_node n
      WHERE n.tenant_id = current_tenant() AND n.search @@ search_query(words) ORDER BY n.id LIMIT most;
  END IF;
END $$;
"""

ACROSS_THE_WALLS = """
CREATE FUNCTION tenants_with_work(queue text) RETURNS TABLE (tenant_id bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF queue = 'outbox' THEN
    RETURN QUERY SELECT t.id FROM governance_tenant t
      WHERE EXISTS (SELECT 1 FROM governance_outboxevent o WHERE o.tenant_id = t.id) ORDER BY t.id;
  ELSIF queue = 'audit' THEN
    RETURN QUERY SELECT t.id FROM governance_tenant t WHERE EXISTS (
      SELECT 1 FROM governance_auditevent e WHERE e.tenant_id = t.id AND e.txid >= coalesce(
        (SELECT s.to_txid FROM governance_auditseal s WHERE s.tenant_id = t.id ORDER BY s.batch DESC LIMIT 1), 0)
    ) ORDER BY t.id;
  END IF;
END $$;
CREATE FUNCTION memberships_of(person bigint) RETURNS TABLE (tenant_id bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT m.tenant_id FROM governance_membership m
  WHERE m.user_id = person AND m.ended_at IS NULL AND (m.valid_until IS NULL OR m.valid_until >= current_date)
  ORDER BY m.tenant_id
$$;
"""


def grants(apps, schema_editor):
    role = app_role()
    execute = schema_editor.execute
    execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}")
    execute(f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}")
    for table in SHARED_READ_ONLY:
        execute(f"REVOKE INSERT, UPDATE, DELETE ON {table} FROM {role}")
    execute(f"REVOKE DELETE ON governance_tenant, governance_user FROM {role}")
    for function in (
        "search_ids(text, text, integer)",
        "tenants_with_work(text)",
        "memberships_of(bigint)",
    ):
        execute(f"REVOKE EXECUTE ON FUNCTION {function} FROM PUBLIC")
        execute(f"GRANT EXECUTE ON FUNCTION {function} TO {role}")


class Migration(migrations.Migration):
    dependencies = [
        ("governance", "0001_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [
        migrations.RunSQL(
            """
            CREATE TABLE cache_entry (cache_key varchar(255) NOT NULL PRIMARY KEY,
              value text NOT NULL, expires timestamptz NOT NULL);
            CREATE INDEX cache_entry_expires ON cache_entry (expires);
            """,
            "DROP TABLE cache_entry",
        ),
        TenantTable("Membership", audited=True),
        TenantTable("ApiToken", audited=True),
        TenantTable("Node", audited=True),
        TenantTable("CodeCounter"),
        TenantTable("BusinessUnit", audited=True),
        TenantTable("Function", audited=True),
        TenantTable("LegalEntity", audited=True),
        TenantTable("Forum", audited=True),
        TenantTable("ForumMember", audited=True),
        TenantTable("NodeGrant", audited=True),
        TenantTable("AuditEvent", append_only=True),
        TenantTable("AuditSeal", append_only=True),
        TenantTable("OutboxEvent"),
        TenantTable("ConsumedEvent"),
        TenantTable("IdempotencyKey"),
        migrations.RunSQL(
            TREE_GUARD,
            """
            DROP TRIGGER path_continues ON governance_node; DROP FUNCTION node_path_continues();
            ALTER TABLE governance_node DROP CONSTRAINT governance_node_parent_level_fk;
            """,
        ),
        migrations.RunSQL(
            SEARCH,
            """
            DROP FUNCTION search_ids(text, text, integer); DROP FUNCTION search_query(text);
            ALTER TABLE governance_node DROP COLUMN search;
            """,
        ),
        migrations.RunSQL(
            ACROSS_THE_WALLS,
            "DROP FUNCTION tenants_with_work(text); DROP FUNCTION memberships_of(bigint);",
        ),
        migrations.RunPython(grants, migrations.RunPython.noop),
    ]
