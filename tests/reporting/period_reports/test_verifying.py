"""Tampering with signed reports, by somebody who owns the database, is found and named."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import StringIO

import psycopg
import pytest
from django.core.management import CommandError, call_command

from governance.audit.models import AuditEvent
from governance.audit.rules import body_hash
from reporting.period_reports.rules import GENESIS
from reporting.period_reports.verifying import first_fault
from reporting.tasks import verify_reports
from tests.houses import House, World
from tests.reporting.period_reports.signing import both, signed, weekly

TABLE = "reporting_periodreport"


class Forger:
    """The owner of the database with the guards of one table switched off."""

    def __init__(self, house: House, raw: psycopg.Connection) -> None:
        self.house, self.raw = house, raw

    @contextmanager
    def unguarded(self) -> Iterator[None]:
        with self.raw.transaction():
            self.raw.execute(f"ALTER TABLE {TABLE} DISABLE TRIGGER USER")
            yield
            self.raw.execute("SET CONSTRAINTS ALL IMMEDIATE")
            self.raw.execute(f"ALTER TABLE {TABLE} ENABLE TRIGGER USER")
            self.raw.execute(
                f"ALTER TABLE {TABLE} ENABLE ALWAYS TRIGGER deny_change,"
                " ENABLE ALWAYS TRIGGER deny_truncate"
            )

    def run(self, statement: str, *values: object) -> None:
        with self.unguarded():
            where = "tenant_id = %s AND node_id = %s"
            node = (self.house.tenant.pk, self.house.program.pk)
            done = self.raw.execute(statement.format(where=where).encode(), [*values, *node])
            assert done.rowcount >= 1, "the forgery changed nothing"

    def body(self, number: int) -> str:
        row = self.raw.execute(
            f"SELECT body FROM {TABLE} WHERE tenant_id = %s AND node_id = %s AND number = %s",
            [self.house.tenant.pk, self.house.program.pk, number],
        ).fetchone()
        assert row is not None
        return str(row[0])

    def rewrite(self, number: int, old: str, new: str, previous: str = "") -> str:
        """Another body with a hash that follows from it; the new hash."""
        body = self.body(number)
        assert old in body
        body = body.replace(old, new)
        digest = body_hash(body)
        sql = f"UPDATE {TABLE} SET body = %s, hash = %s WHERE number = {number} AND {{where}}"
        self.run(sql, body, digest)
        if previous:
            sql = f"UPDATE {TABLE} SET previous_hash = %s WHERE number = {number} AND {{where}}"
            self.run(sql, previous)
        return digest


def edit(forger: Forger) -> None:
    sql = f"UPDATE {TABLE} SET body = replace(body, 'Two', 'Ten') WHERE number = 1 AND {{where}}"
    forger.run(sql)


def edit_with_hash(forger: Forger) -> None:
    forger.rewrite(1, "Two", "Ten")


def edit_last_with_hash(forger: Forger) -> None:
    forger.rewrite(2, "Two", "Ten")


def compute_anew(forger: Forger) -> None:
    """The whole chain computed anew: only the audit trail knows better."""
    old = body_hash(forger.body(1))
    first = forger.rewrite(1, "Two", "Ten")
    forger.rewrite(2, old, first, previous=first)


def cut_the_first(forger: Forger) -> None:
    forger.run(f"DELETE FROM {TABLE} WHERE number = 1 AND {{where}}")


def cut_the_last(forger: Forger) -> None:
    forger.run(f"DELETE FROM {TABLE} WHERE number = 2 AND {{where}}")


def cut_all(forger: Forger) -> None:
    forger.run(f"DELETE FROM {TABLE} WHERE {{where}}")


def another_signer(forger: Forger) -> None:
    forger.run(f"UPDATE {TABLE} SET signer = 'Somebody' WHERE number = 2 AND {{where}}")


def another_node(forger: Forger) -> None:
    forger.run(
        f"UPDATE {TABLE} SET node_id = %s WHERE number <= 2 AND {{where}}",
        forger.house.other_program.pk,
    )


ATTACKS: list[tuple[Callable[[Forger], None], str]] = [
    (edit, "report 1: the hash does not follow from what the report says"),
    (edit_with_hash, "report 1: the audit trail tells another hash"),
    (edit_last_with_hash, "report 2: the audit trail tells another hash"),
    (compute_anew, "report 1: the audit trail tells another hash"),
    (cut_the_first, "report 2: report 1 is missing"),
    (cut_the_last, "report 2: it was signed and is missing"),
    (cut_all, "report 1: it was signed and is missing"),
    (another_signer, "report 2: beside it stands another than it says: signer"),
    (another_node, "report 1: beside it stands another than it says: node"),
]


@pytest.fixture
def house(lasting_world: World) -> House:
    """A program with two reports, and a package with one."""
    house = lasting_world.alpha
    with house.active():
        weekly(house)
        both(house, house.program)
        signed(house, house.package)
    return house


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("attack", "says"), ATTACKS, ids=lambda one: getattr(one, "__name__", ""))
def test_every_attack_is_found_and_named(
    house: House,
    migrator_connection: psycopg.Connection,
    attack: Callable[[Forger], None],
    says: str,
) -> None:
    with house.active():
        assert first_fault().reports == 3
        assert first_fault().holds
    attack(Forger(house, migrator_connection))
    with house.active():
        found = first_fault().fault
        assert says in found
        assert first_fault(house.package).holds
    with pytest.raises(CommandError, match="report"):
        call_command("verify_reports", "--tenant", house.slug)


@pytest.mark.django_db(transaction=True)
def test_the_command_and_the_night_tell_it_and_the_trail_keeps_it(house: House) -> None:
    out = StringIO()
    call_command("verify_reports", "--tenant", house.slug, stdout=out)
    assert out.getvalue() == f"{house.slug}: the signed reports hold\n"
    verify_reports()
    with house.active():
        assert AuditEvent.objects.filter(action="reports.verified").count() == 2
        assert first_fault(house.program).reports == 2
        assert GENESIS == "0" * 64
