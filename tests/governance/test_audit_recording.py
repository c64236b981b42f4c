"""Recording: only inside the change's transaction, and no change without it (A1, A2)."""

import json
import uuid

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from governance.audit.choices import AuditAction
from governance.audit.models import AuditEvent, AuditSeal
from governance.audit.selectors import events_of
from governance.audit.services import Entry, OutsideTransaction, Subject, record, record_many
from governance.masterdata.models import BusinessUnit
from governance.tree.models import Node
from tests.houses import House, World

SUBJECT = Subject("measure", "M-000001", "A measure ü")


def test_an_event_holds_exactly_what_happened(in_alpha: House) -> None:
    by = in_alpha.actor("owner", via="api")
    record(
        AuditAction.MEASURE_CHANGED,
        subject=SUBJECT,
        by=by,
        changes={"name": ["before", "after"]},
        reason="because",
    )
    found = AuditEvent.objects.get(subject_key=SUBJECT.key)
    body = json.loads(found.body)
    assert uuid.UUID(body.pop("id")) == uuid.UUID(found.public_id)
    assert body.pop("at").endswith("Z")
    assert body == {
        "tenant": in_alpha.tenant.pk,
        "action": "measure.changed",
        "subject": {"type": "measure", "key": "M-000001", "label": "A measure ü"},
        "actor": {"name": "Owner", "email": "owner@alpha.example", "via": "api"},
        "on_behalf_of": "",
        "changes": {"name": ["before", "after"]},
        "reason": "because",
        "request_id": "",
    }
    assert (found.action, found.subject_type, found.subject_key, found.actor_email) == (
        "measure.changed",
        "measure",
        "M-000001",
        "owner@alpha.example",
    )
    assert found.known_action is AuditAction.MEASURE_CHANGED


def test_many_events_keep_their_order(in_alpha: House) -> None:
    entries = [
        Entry(AuditAction.MEASURE_CREATED, Subject("measure", f"M-{n}", "x"), {}) for n in range(5)
    ]
    record_many(entries, by=in_alpha.system())
    keys = AuditEvent.objects.filter(subject_key__startswith="M-").order_by("id")
    assert list(keys.values_list("subject_key", flat=True)) == [f"M-{n}" for n in range(5)]


def test_history_of_an_object_is_newest_first(in_alpha: House) -> None:
    by = in_alpha.system()
    for name in ("one", "two"):
        record(AuditAction.MEASURE_CHANGED, subject=SUBJECT, by=by, reason=name)
    reasons = [json.loads(event.body)["reason"] for event in events_of("measure", "M-000001")]
    assert reasons == ["two", "one"]


@pytest.mark.django_db(transaction=True)
def test_nothing_is_recorded_outside_a_transaction(lasting_world: World) -> None:
    by = lasting_world.alpha.system()
    with pytest.raises(OutsideTransaction):
        record(AuditAction.NODE_CHANGED, subject=SUBJECT, by=by)


def test_an_event_of_a_change_rolled_back_is_gone(in_alpha: House) -> None:
    def change() -> None:
        with transaction.atomic():
            record(AuditAction.NODE_CHANGED, subject=SUBJECT, by=in_alpha.system())
            raise LookupError

    before = AuditEvent.objects.count()
    with pytest.raises(LookupError):
        change()
    assert AuditEvent.objects.count() == before


def test_a_silent_change_is_refused_at_the_commit(lasting_world: World) -> None:
    house = lasting_world.alpha
    silent = [
        lambda: Node.objects.filter(pk=house.package.pk).update(name="silent"),
        lambda: BusinessUnit.objects.create(code="S", name="silent", sort_key="silent"),
        lambda: BusinessUnit.objects.filter(pk=house.unit.pk).delete(),
    ]
    for change in silent:
        with pytest.raises(IntegrityError, match="without its audit event"), house.active():
            change()
    with house.active():
        assert Node.objects.get(pk=house.package.pk).name == "First measure_package"
        assert list(BusinessUnit.objects.values_list("code", flat=True)) == ["BU1"]


def test_an_event_of_another_tenant_excuses_nothing(lasting_world: World) -> None:
    alpha, beta = lasting_world.houses

    def change_under_a_foreign_flag() -> None:
        with alpha.active():
            Node.objects.filter(pk=alpha.package.pk).update(name="silent")
            with beta.active():
                record(AuditAction.NODE_CHANGED, subject=SUBJECT, by=beta.system())

    with pytest.raises(IntegrityError, match="without its audit event"):
        change_under_a_foreign_flag()


@pytest.mark.parametrize("table", ["governance_auditevent", "governance_auditseal"])
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE {table} SET tenant_id = tenant_id",
        "DELETE FROM {table}",
        "TRUNCATE {table}",
        "ALTER TABLE {table} DISABLE TRIGGER deny_change",
        "DROP TRIGGER deny_change ON {table}",
        "SET session_replication_role = replica",
        "GRANT UPDATE ON {table} TO CURRENT_USER",
    ],
)
def test_the_application_can_change_nothing_of_the_past(
    in_alpha: House, table: str, statement: str
) -> None:
    AuditSeal.objects.create(
        batch=2**40, from_txid=2**40, to_txid=2**41, event_count=1, leaves=b"", hash=b""
    )

    def tamper() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement.format(table=table))

    if statement.startswith("GRANT"):
        # The server answers a grant of what one does not own with a warning and does nothing.
        tamper()
        with connection.cursor() as cursor:
            cursor.execute("SELECT has_table_privilege(%s, 'UPDATE')", [table])
            assert cursor.fetchone() == (False,)
        return
    with pytest.raises(DatabaseError, match=r"denied|must be owner"):
        tamper()


def test_nobody_writes_an_event_into_another_transaction(in_alpha: House) -> None:
    body = json.dumps({"id": str(uuid.uuid4()), "action": "node.changed"})
    for number in (0, 1, 10**15):
        with (
            pytest.raises(IntegrityError, match="belongs to the transaction"),
            transaction.atomic(),
        ):
            AuditEvent.objects.create(body=body, txid=number)
