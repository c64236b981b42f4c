"""Two people changing the same member, role or seat at the same moment."""

from collections.abc import Callable
from typing import Any

import pytest

from governance.audit.models import AuditEvent
from governance.errors import Conflict, Refused, Stale
from governance.masterdata.choices import Seat
from governance.masterdata.models import ForumMember
from governance.masterdata.services import master_data_create, master_data_rename
from governance.masterdata.services_seats import forum_member_add
from governance.people.choices import MembershipKind, Role
from governance.people.models import Membership, User
from governance.people.services import Person, Terms, membership_create, membership_end
from governance.permissions.models import NodeGrant
from governance.permissions.services import member_change, member_leave, role_grant
from tests.houses import House, World
from tests.racing import errors_in, race

pytestmark = pytest.mark.slow


@pytest.fixture
def house(lasting_world: World) -> House:
    return lasting_world.alpha


def in_house(house: House, work: Callable[[], Any]) -> Callable[[], Any]:
    """The work in a transaction of its own, with the tenant active."""

    def run() -> Any:
        with house.active():
            return work()

    return run


def events(house: House, action: str, key: str) -> int:
    with house.active():
        return AuditEvent.objects.filter(action=action, subject_key=key).count()


def test_one_address_becomes_one_member(house: House) -> None:
    by = house.system(Role.ADMINISTRATOR)
    email = f"both@{house.slug}.example"
    add = in_house(house, lambda: membership_create(person=Person(email, "Both"), by=by))
    results = race(add, add, add)
    losers = errors_in(results)
    assert [type(error) for error in losers] == [Conflict, Conflict]
    assert User.objects.filter(email=email).count() == 1
    with house.active():
        member = Membership.objects.get(user__email=email)
    assert events(house, "membership.created", str(member.public_id)) == 1


def test_an_address_added_in_two_tenants_at_once_becomes_one_log_in(lasting_world: World) -> None:
    email = f"shared@{lasting_world.alpha.slug}.example"

    def add(house: House) -> Callable[[], Any]:
        by = house.system(Role.ADMINISTRATOR)
        return in_house(house, lambda: membership_create(person=Person(email, "Both"), by=by))

    results = race(*(add(house) for house in lasting_world.houses))
    assert errors_in(results) == []
    assert User.objects.filter(email=email).count() == 1


def test_somebody_who_leaves_keeps_no_role_granted_at_that_moment(house: House) -> None:
    by, guest = house.system(Role.ADMINISTRATOR), house.people["guest"]
    results = race(
        in_house(house, lambda: member_leave(membership=guest, seen_version=1, by=by)),
        in_house(
            house, lambda: role_grant(membership=guest, role=Role.PMO, node=house.root, by=by)
        ),
    )
    assert not isinstance(results[0], Exception)
    assert isinstance(results[1], NodeGrant | Refused)
    with house.active():
        assert not NodeGrant.objects.filter(membership=guest).exists()


def test_one_role_is_granted_once(house: House) -> None:
    by, guest = house.system(Role.ADMINISTRATOR), house.people["guest"]
    grant = in_house(
        house, lambda: role_grant(membership=guest, role=Role.PMO, node=house.root, by=by)
    )
    results = race(grant, grant, grant)
    assert errors_in(results) == []
    assert len({found.pk for found in results}) == 1
    assert events(house, "role.granted", str(guest.public_id)) == 1


def test_nobody_becomes_a_consultant_while_given_a_deciding_role(house: House) -> None:
    by, guest = house.system(Role.ADMINISTRATOR), house.people["guest"]
    terms = Terms(MembershipKind.CONSULTANT, "Brook")
    results = race(
        in_house(
            house,
            lambda: member_change(membership=guest, terms=terms, seen_version=1, by=by),
        ),
        in_house(
            house, lambda: role_grant(membership=guest, role=Role.SPONSOR, node=house.root, by=by)
        ),
    )
    (loser,) = errors_in(results)
    assert isinstance(loser, Refused)
    assert loser.code == "consultant_never_decides"


def test_a_membership_ends_once(house: House) -> None:
    by, guest = house.system(Role.ADMINISTRATOR), house.people["guest"]
    end = in_house(house, lambda: membership_end(membership=guest, seen_version=1, by=by))
    losers = errors_in(race(end, end))
    assert [type(error) for error in losers] == [Stale]
    assert events(house, "membership.ended", str(guest.public_id)) == 1


def test_a_seat_is_given_once_and_a_code_is_taken_once(house: House) -> None:
    by, person = house.system(Role.PMO), house.people["owner"]
    seat = in_house(
        house,
        lambda: forum_member_add(forum=house.forum, membership=person, seat=Seat.MEMBER, by=by),
    )
    assert [error.code for error in errors_in(race(seat, seat))] == ["seat_taken"]
    with house.active():
        assert ForumMember.objects.filter(membership=person).count() == 1
    add = in_house(
        house,
        lambda: master_data_create(model=type(house.unit), code="TWICE", name="Twice", by=by),
    )
    assert [error.code for error in errors_in(race(add, add))] == ["code_taken"]


def test_the_second_rename_is_told_that_somebody_was_quicker(house: House) -> None:
    by = house.system(Role.PMO)

    def rename(name: str) -> Callable[[], Any]:
        return in_house(
            house,
            lambda: master_data_rename(row=house.unit, name=name, seen_version=1, by=by),
        )

    losers = errors_in(race(rename("One"), rename("Two")))
    assert [type(error) for error in losers] == [Stale]
    assert events(house, "master_data.changed", house.unit.code) == 1
