"""The owner of the database with its guards switched off: what somebody with every key could do."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import psycopg

from governance.audit.choices import AuditAction
from governance.audit.rules import GENESIS, Seal, chain_hash, leaf
from governance.audit.services import Subject, record
from tests.houses import Plot

EVENTS, SEALS = "governance_auditevent", "governance_auditseal"
NEW_ID = "00000000-0000-4000-8000-000000000000"


def write(house: Plot, number: int) -> None:
    """Three events in one transaction."""
    with house.active():
        by = house.system()
        for part in range(3):
            subject = Subject("measure", f"M-{number}{part}", "x")
            record(AuditAction.MEASURE_CHANGED, subject=subject, by=by)


class Forger:
    """At work on one tenant of three sealed batches; `other` is a tenant like it."""

    def __init__(self, house: Plot, other: Plot, connection: psycopg.Connection) -> None:
        self.house, self.other, self.connection = house, other, connection

    @property
    def tenant(self) -> int:
        return self.house.tenant.pk

    @contextmanager
    def unguarded(self) -> Iterator[None]:
        with self.connection.transaction():
            for table in (EVENTS, SEALS):
                self.connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            yield
            self.connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
            for table in (EVENTS, SEALS):
                self.connection.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
                self.connection.execute(
                    f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER deny_change,"
                    " ENABLE ALWAYS TRIGGER deny_truncate"
                )

    def run(self, statement: str, *values: object) -> None:
        with self.unguarded():
            done = self.connection.execute(statement.encode(), values)
            assert done.rowcount >= 1, "the forgery changed nothing"

    # --- events -------------------------------------------------------------------------------

    def events(self, batch: int) -> list[tuple[int, str]]:
        """Row id and event id of the events of a batch, in order."""
        rows = self.connection.execute(
            f"SELECT e.id, e.public_id FROM {EVENTS} e JOIN {SEALS} s USING (tenant_id)"
            " WHERE e.tenant_id = %s AND s.batch = %s"
            " AND e.txid >= s.from_txid AND e.txid < s.to_txid ORDER BY e.txid, e.id",
            [self.tenant, batch],
        ).fetchall()
        assert rows
        return [(row[0], row[1]) for row in rows]

    def unsealed(self) -> int:
        """Row id of the first event that no seal covers."""
        row = self.connection.execute(
            f"SELECT min(id) FROM {EVENTS} WHERE tenant_id = %s AND txid >="
            f" (SELECT max(to_txid) FROM {SEALS} WHERE tenant_id = %s)",
            [self.tenant, self.tenant],
        ).fetchone()
        assert row is not None
        assert row[0] is not None, "everything is sealed"
        return int(row[0])

    def alter(self, row_id: int, assignment: str, *values: object) -> None:
        """Change columns of one event: `alter(id, "txid = %s", 5)`."""
        self.run(f"UPDATE {EVENTS} SET {assignment} WHERE id = %s", *values, row_id)

    def edit(self, row_id: int) -> None:
        self.alter(row_id, """body = replace(body, '"reason":""', '"reason":"forged"')""")

    def copy(self, row_id: int, event_id: str, new_id: str = NEW_ID, **columns: str) -> None:
        """Insert the event once more, under another id and with other columns."""
        txid = columns.get("txid", "txid")
        recorded_at = columns.get("recorded_at", "recorded_at")
        self.run(
            f"INSERT INTO {EVENTS} (tenant_id, body, txid, recorded_at) SELECT tenant_id,"
            f" replace(body, %s, %s), {txid}, {recorded_at} FROM {EVENTS} WHERE id = %s",
            event_id,
            new_id,
            row_id,
        )

    # --- seals --------------------------------------------------------------------------------

    def seals(self) -> list[Seal]:
        rows = self.connection.execute(
            f"SELECT batch, from_txid, to_txid, event_count, leaves, hash FROM {SEALS}"
            " WHERE tenant_id = %s ORDER BY batch",
            [self.tenant],
        ).fetchall()
        return [Seal(*row[:4], bytes(row[4]), bytes(row[5])) for row in rows]

    def alter_seal(self, batch: int, assignment: str, *values: object) -> None:
        self.run(
            f"UPDATE {SEALS} SET {assignment} WHERE tenant_id = %s AND batch = %s",
            *values,
            self.tenant,
            batch,
        )

    def store(self, seal: Seal) -> None:
        assignment = "leaves = %s, event_count = %s, hash = %s"
        self.alter_seal(seal.batch, assignment, seal.leaves, seal.event_count, seal.hash)

    def drop_seals(self, first: int) -> None:
        self.run(f"DELETE FROM {SEALS} WHERE tenant_id = %s AND batch >= %s", self.tenant, first)

    def resealed(self, seal: Seal, before: bytes) -> Seal:
        """The seal computed anew from the events found now."""
        events = self.connection.execute(
            f"SELECT public_id, body FROM {EVENTS} WHERE tenant_id = %s"
            " AND txid >= %s AND txid < %s ORDER BY txid, id",
            [self.tenant, seal.from_txid, seal.to_txid],
        ).fetchall()
        leaves = b"".join(leaf(*event) for event in events)
        return self.hashed(replace(seal, leaves=leaves, event_count=len(events)), before)

    def hashed(self, seal: Seal, before: bytes) -> Seal:
        tenant = str(self.house.tenant.public_id)
        return replace(seal, hash=chain_hash(before, tenant, seal))

    def rewrite(self, batches: set[int]) -> None:
        """Compute leaves, totals and hashes of these batches anew."""
        before, total = GENESIS, 0
        for seal in self.seals():
            fresh = self.resealed(seal, before) if seal.batch in batches else seal
            before, total = fresh.hash, total + fresh.event_count
            self.store(fresh)
            if seal.batch in batches:
                self.alter_seal(seal.batch, "running_total = %s", total)
