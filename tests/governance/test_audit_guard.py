"""The audit guard remembers that it saw an event: for one tenant, one transaction, no longer."""

import pytest
from django.db import IntegrityError, connection, transaction

from governance.audit.choices import AuditAction
from governance.audit.services import Subject, record
from governance.masterdata.models import BusinessUnit
from governance.tree.models import Node
from tests.houses import House, World

MARK = "app.audited"
SUBJECT = Subject("measure", "M-000001", "A measure")
REFUSED = "without its audit event"


def check_now() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")


def mark() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(current_setting(%s, true), '')", [MARK])
        return str(cursor.fetchone()[0])


def silent_change(house: House, name: str = "silent") -> None:
    Node.objects.filter(pk=house.package.pk).update(name=name)


def audited_change(house: House) -> None:
    by = house.system()
    silent_change(house, "told")
    record(AuditAction.NODE_CHANGED, subject=SUBJECT, by=by)
    check_now()


def test_many_changes_share_one_event_of_their_transaction(lasting_world: World) -> None:
    house = lasting_world.alpha
    with house.active():
        audited_change(house)
        assert mark().startswith(f"{house.tenant.pk}/")
        silent_change(house, "again")
        BusinessUnit.objects.filter(pk=house.unit.pk).update(name="again")
        check_now()


def test_the_next_transaction_needs_an_event_of_its_own(lasting_world: World) -> None:
    house = lasting_world.alpha
    with house.active():
        audited_change(house)
    with pytest.raises(IntegrityError, match=REFUSED), house.active():
        silent_change(house)
    with house.active():
        assert Node.objects.get(pk=house.package.pk).name == "told"


def test_a_mark_left_in_the_connection_is_worth_nothing_later(lasting_world: World) -> None:
    house = lasting_world.alpha
    with house.active():
        audited_change(house)
        seen = mark()

    def change_with_the_old_mark() -> None:
        with house.active():
            with connection.cursor() as cursor:
                cursor.execute("SELECT set_config(%s, %s, false)", [MARK, seen])
            silent_change(house)

    with pytest.raises(IntegrityError, match=REFUSED):
        change_with_the_old_mark()


def test_an_event_that_was_rolled_back_is_forgotten(lasting_world: World) -> None:
    house = lasting_world.alpha

    def take_back_the_event() -> None:
        with house.active():
            with transaction.atomic():
                audited_change(house)
                transaction.set_rollback(True)
            assert mark() == ""
            silent_change(house)

    with pytest.raises(IntegrityError, match=REFUSED):
        take_back_the_event()


def test_the_mark_of_one_tenant_excuses_no_other(lasting_world: World) -> None:
    alpha, beta = lasting_world.houses

    def change_the_neighbour_too() -> None:
        with transaction.atomic():
            with alpha.active():
                audited_change(alpha)
            with beta.active():
                silent_change(beta)

    with pytest.raises(IntegrityError, match=REFUSED):
        change_the_neighbour_too()
