"""Lints the migrations for steps that the release before could not survive."""

import os
import sys

import django
from django_migration_linter import MigrationLinter

# They complete the first migrations with keys, row security and grants, before any release.
FIRST_RELEASE = ("0002_walls",)
# It sets a column's own type again, the one way to fill rows of a table that takes no updates.
SAME_TYPE = ("0008_forecast_causes",)
# Its unique constraint is on a table of which no release has ever written a row.
EMPTY_TABLE = ("0012_value_settings_versions",)
# It drops a column on the way back alone; the linter reads both ways.
WAY_BACK = ("0011_last_answers",)
APPS = ("governance", "approvals", "initiatives", "kpis", "exchange", "reporting")


def main() -> int:
    """The linter as a library: as an app it would have to be installed in the product.

    First migrations are let through: before them there is no release to survive anything.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    linter = MigrationLinter(
        include_apps=APPS,
        ignore_name=FIRST_RELEASE + SAME_TYPE + EMPTY_TABLE + WAY_BACK,
        ignore_initial_migrations=True,
        no_cache=True,
    )
    linter.lint_all_migrations()
    linter.print_summary()
    return 1 if linter.has_errors else 0


if __name__ == "__main__":
    sys.exit(main())
