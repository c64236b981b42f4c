"""Which tenants have mails to send or daily mails to make, beside the queues there were."""

from importlib import import_module

from django.db import migrations

# The function is replaced as a whole: it keeps the queues it had.
FORMER = import_module("reporting.migrations.0003_roll_up_order")
MAILS = """
  ELSIF queue = 'mails' THEN
    RETURN QUERY SELECT t.id FROM governance_tenant t WHERE EXISTS (
      SELECT 1 FROM governance_mail m WHERE m.tenant_id = t.id AND m.due_at <= now()
    ) ORDER BY t.id;
  ELSIF queue = 'digests' THEN
    RETURN QUERY SELECT t.id FROM governance_tenant t WHERE EXISTS (
      SELECT 1 FROM governance_notification n WHERE n.tenant_id = t.id
        AND n.delivery = 'digest' AND n.mail_id IS NULL AND n.read_at IS NULL
    ) ORDER BY t.id;"""
WORK = FORMER.WORK.replace(FORMER.END, f"{MAILS}{FORMER.END}")


class Migration(migrations.Migration):
    dependencies = [
        ("governance", "0012_notice_choices"),
        ("reporting", "0003_roll_up_order"),
    ]

    operations = [migrations.RunSQL(WORK, FORMER.WORK)]
