"""Append-only by grant as well, unused shared tables read-only, and guards that fail closed."""

from django.db import migrations, models

from governance.tenancy.operations import app_role

APPEND_ONLY = ("governance_auditevent", "governance_auditseal")
UNUSED = (
    "auth_group",
    "auth_group_permissions",
    "guardian_userobjectpermission",
    "guardian_groupobjectpermission",
)

# Under row security a guard that looks with another tenant active sees nothing and must not agree.
PATH_GUARD = """
CREATE OR REPLACE FUNCTION node_path_continues() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE expected text; current text;
BEGIN
  SELECT path INTO current FROM governance_node WHERE tenant_id = NEW.tenant_id AND id = NEW.id;
  IF NOT FOUND THEN
    IF row_security_active('governance_node') AND NEW.tenant_id IS DISTINCT FROM current_tenant() THEN
      RAISE EXCEPTION 'the path of node % cannot be checked: its tenant is not active', NEW.id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'governance_node_path_continues';
    END IF;
    RETURN NULL;
  END IF;
  SELECT p.path || NEW.id || '/' INTO expected FROM governance_node n
    JOIN governance_node p ON p.tenant_id = n.tenant_id AND p.id = n.parent_id
    WHERE n.tenant_id = NEW.tenant_id AND n.id = NEW.id;
  IF current <> coalesce(expected, NEW.id || '/') THEN
    RAISE EXCEPTION 'path % of node % does not continue its parent''s', current, NEW.id
      USING ERRCODE = 'check_violation', CONSTRAINT = 'governance_node_path_continues';
  END IF;
  RETURN NULL;
END $$;
"""

# Seals go by the number of the transaction: nobody writes an event into a batch of the past.
EVENT_GUARD = """
CREATE FUNCTION audit_event_is_new() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF NEW.txid <> pg_current_xact_id()::text::bigint THEN
    RAISE EXCEPTION 'an audit event belongs to the transaction that writes it'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'governance_audit_event_is_new';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER event_is_new BEFORE INSERT ON governance_auditevent
  FOR EACH ROW EXECUTE FUNCTION audit_event_is_new();
"""


def revoke(apps, schema_editor):
    role, execute = app_role(), schema_editor.execute
    execute(f"REVOKE UPDATE, DELETE ON {', '.join(APPEND_ONLY)} FROM {role}")
    execute(f"REVOKE INSERT, UPDATE, DELETE ON {', '.join(UNUSED)} FROM {role}")


class Migration(migrations.Migration):
    dependencies = [
        ("governance", "0003_settings_version_and_audit_by_time"),
        ("guardian", "0003_remove_groupobjectpermission_guardian_gr_content_ae6aec_idx_and_more"),
    ]

    operations = [
        migrations.RunPython(revoke, migrations.RunPython.noop),
        migrations.RunSQL(PATH_GUARD, migrations.RunSQL.noop),
        migrations.RunSQL(
            EVENT_GUARD,
            "DROP TRIGGER event_is_new ON governance_auditevent; DROP FUNCTION audit_event_is_new();",
        ),
        migrations.AddConstraint(
            model_name="auditevent",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("action__isnull", False),
                    ("public_id__isnull", False),
                    ("public_id__regex", "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"),
                ),
                name="governance_audit_body",
            ),
        ),
    ]
