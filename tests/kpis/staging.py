"""Measures at later stages for tests, until gates move them: past the guard of the database."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from django.db import connection

from governance.audit.choices import AuditAction
from governance.audit.services import Subject, record
from initiatives.models import Measure
from tests.houses import House

GUARD = "measure_stage_by_gate_only"
# What the guard says otherwise, unless a transaction of a test asks it not to.
OPENED = """
CREATE OR REPLACE FUNCTION measure_stage_by_gate_only() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE broken text;
BEGIN
  IF current_setting('tests.moves_stages', true) = 'on' THEN RETURN NEW; END IF;
  {body}$$
"""


@contextmanager
def stages_open(migrator_url: str) -> Iterator[None]:
    """Let `moved` through in this database; afterwards the guard stands as it stood."""
    with psycopg.connect(migrator_url, autocommit=True) as owner:
        was = owner.execute(
            "SELECT pg_get_functiondef(oid), prosrc FROM pg_proc WHERE proname = %s", [GUARD]
        ).fetchone()
        assert was is not None
        body = was[1].partition("BEGIN")[2]
        owner.execute(OPENED.format(body=body))
    yield
    with psycopg.connect(migrator_url, autocommit=True) as owner:
        owner.execute(was[0])


def moved(house: House, measure: Measure, stage: str = "", overlay: str = "") -> Measure:
    """The measure at another stage or under another overlay, as a decision would leave it."""
    fields = {"stage": stage, "overlay": overlay}
    with house.active():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL tests.moves_stages = 'on'")
        record(
            AuditAction.MEASURE_CHANGED,
            subject=Subject("measure", measure.code, measure.name),
            by=house.system(),
        )
        Measure.objects.filter(pk=measure.pk).update(**{n: v for n, v in fields.items() if v})
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL tests.moves_stages = 'off'")
        return Measure.objects.select_related("package", "owner", "controller").get(pk=measure.pk)
