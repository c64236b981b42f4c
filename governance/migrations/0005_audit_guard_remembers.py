"""The audit guard looks once per transaction and tenant, not once per changed row (ADR 0014)."""

from django.db import migrations

# The mark names tenant and transaction, and transaction numbers never come again: a mark left over
# from another transaction or tenant is worth nothing. It is set only after the event was seen, and
# a rollback to a savepoint takes the mark back together with the event.
REMEMBERING = """
CREATE OR REPLACE FUNCTION must_be_audited() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE t bigint; mark text;
BEGIN
  IF TG_OP = 'DELETE' THEN t := OLD.tenant_id; ELSE t := NEW.tenant_id; END IF;
  mark := t || '/' || pg_current_xact_id();
  IF current_setting('app.audited', true) IS DISTINCT FROM mark THEN
    IF NOT EXISTS (SELECT 1 FROM governance_auditevent e
                   WHERE e.tenant_id = t AND e.txid = pg_current_xact_id()::text::bigint) THEN
      RAISE EXCEPTION 'a change of % without its audit event', TG_TABLE_NAME
        USING ERRCODE = 'check_violation', CONSTRAINT = 'must_be_audited';
    END IF;
    PERFORM set_config('app.audited', mark, true);
  END IF;
  RETURN NULL;
END $$;
"""

LOOKING_EACH_TIME = """
CREATE OR REPLACE FUNCTION must_be_audited() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE t bigint;
BEGIN
  IF TG_OP = 'DELETE' THEN t := OLD.tenant_id; ELSE t := NEW.tenant_id; END IF;
  IF NOT EXISTS (SELECT 1 FROM governance_auditevent e
                 WHERE e.tenant_id = t AND e.txid = pg_current_xact_id()::text::bigint) THEN
    RAISE EXCEPTION 'a change of % without its audit event', TG_TABLE_NAME
      USING ERRCODE = 'check_violation', CONSTRAINT = 'must_be_audited';
  END IF;
  RETURN NULL;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("governance", "0004_close_what_stood_open")]

    operations = [migrations.RunSQL(REMEMBERING, LOOKING_EACH_TIME)]
