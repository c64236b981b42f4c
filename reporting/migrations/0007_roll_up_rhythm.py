"""A status report, and who owns a measure, may change a light of its package (L4)."""

from importlib import import_module

from django.db import migrations

FIRST = import_module("reporting.migrations.0002_roll_up_markers")
# The function is replaced as a whole; it keeps what it compared.
BEFORE = next(
    f"CREATE FUNCTION {part}"
    for part in FIRST.FUNCTIONS.split("CREATE FUNCTION ")
    if part.startswith("roll_up_mark_changed_measures")
).replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")
AFTER = BEFORE.replace("n.stage_since)", "n.stage_since, n.owner_id)").replace(
    "o.stage_since)", "o.stage_since, o.owner_id)"
)
KINDS = ("INSERT", "UPDATE", "DELETE")
TRIGGERS = "".join(
    f"CREATE TRIGGER roll_up_mark_{kind.lower()} AFTER {kind} ON initiatives_statusreport "
    f"REFERENCING {FIRST.TABLES[kind]} FOR EACH STATEMENT "
    "EXECUTE FUNCTION roll_up_mark_by_measure();\n"
    for kind in KINDS
)
NO_TRIGGERS = "".join(
    f"DROP TRIGGER roll_up_mark_{kind.lower()} ON initiatives_statusreport;\n" for kind in KINDS
)


class Migration(migrations.Migration):
    dependencies = [
        ("initiatives", "0009_reporting_calendars"),
        ("reporting", "0006_exceptions_to_watch"),
    ]

    operations = [migrations.RunSQL(AFTER + TRIGGERS, NO_TRIGGERS + BEFORE)]
