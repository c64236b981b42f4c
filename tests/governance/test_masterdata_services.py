"""Master data: added once, renamed, switched off and never deleted; seats in forums (H4, S6)."""

import pytest
from django.utils import timezone

from governance.audit.models import AuditEvent
from governance.errors import Conflict, Forbidden, Invalid, NotVisible, Refused, Stale
from governance.masterdata.choices import Seat
from governance.masterdata.models import KINDS, BusinessUnit, ForumMember
from governance.masterdata.selectors import (
    master_data,
    master_datum,
    master_datum_or_invalid,
    seats_of,
)
from governance.masterdata.services import (
    forum_set_quorum,
    master_data_create,
    master_data_rename,
    master_data_set_active,
)
from governance.masterdata.services_seats import forum_member_add, forum_member_remove
from governance.people.actor import Actor
from governance.people.choices import Role
from governance.people.models import Membership
from governance.permissions.services import member_leave
from tests.houses import House, World
from tests.racing import errors_in, race

MANAGERS = {Role.ADMINISTRATOR, Role.PMO}


@pytest.fixture
def pmo(in_alpha: House) -> Actor:
    return in_alpha.actor("pmo")


def told(action: str) -> int:
    return AuditEvent.objects.filter(action=action).count()


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_added_found_and_told(pmo: Actor, kind: str) -> None:
    before = told("master_data.created")
    row = master_data_create(model=KINDS[kind], code=" A1 ", name=" Ärzte  Nord ", by=pmo)
    assert (row.code, row.name, row.sort_key, row.is_active) == (
        "A1",
        "Ärzte Nord",
        "arzte nord",
        True,
    )
    assert master_datum(kind, "A1") == row
    assert told("master_data.created") == before + 1


@pytest.mark.parametrize(
    "code", ["", "x" * 31, "a/b", ".", "..", "-a", "a\x00", "\u202eabc", "a?b"]
)
def test_a_code_that_would_break_an_address_is_refused(pmo: Actor, code: str) -> None:
    with pytest.raises(Invalid) as caught:
        master_data_create(model=BusinessUnit, code=code, name="x", by=pmo)
    assert list(caught.value.errors) == ["code"]


@pytest.mark.parametrize("name", ["", "   ", "x" * 201, "a\x1bb"])
def test_a_name_that_cannot_be_kept_is_refused(in_alpha: House, pmo: Actor, name: str) -> None:
    for attempt in (
        lambda: master_data_create(model=BusinessUnit, code="A1", name=name, by=pmo),
        lambda: master_data_rename(row=in_alpha.unit, name=name, seen_version=1, by=pmo),
    ):
        with pytest.raises(Invalid) as caught:
            attempt()
        assert list(caught.value.errors) == ["name"]


def test_a_code_is_given_once_per_kind_and_tenant(world: World) -> None:
    with world.alpha.active():
        by = world.alpha.actor("pmo")
        with pytest.raises(Conflict) as caught:
            master_data_create(model=BusinessUnit, code="BU1", name="x", by=by)
        assert caught.value.code == "code_taken"
        # The transaction is still good for more.
        master_data_create(model=KINDS["functions"], code="BU1", name="x", by=by)
        master_data_create(model=BusinessUnit, code="BU2", name="x", by=by)
    with world.beta.active():
        assert not BusinessUnit.objects.filter(code="BU2").exists()
        by = world.beta.actor("pmo")
        master_data_create(model=BusinessUnit, code="BU2", name="x", by=by)


def test_renaming_keeps_the_code_and_an_old_version_is_refused(in_alpha: House, pmo: Actor) -> None:
    row = master_data_rename(row=in_alpha.unit, name="Solar", seen_version=1, by=pmo)
    assert (row.code, row.name, row.version) == ("BU1", "Solar", 2)
    with pytest.raises(Stale):
        master_data_rename(row=in_alpha.unit, name="Coal", seen_version=1, by=pmo)
    before = told("master_data.changed")
    assert master_data_rename(row=row, name=" Solar ", seen_version=2, by=pmo).version == 2
    assert told("master_data.changed") == before


def test_what_is_switched_off_stays_and_is_not_offered(in_alpha: House, pmo: Actor) -> None:
    row = master_data_set_active(row=in_alpha.unit, is_active=False, seen_version=1, by=pmo)
    assert master_datum("business-units", "BU1") == row
    assert not master_data("business-units", only_active=True).exists()
    with pytest.raises(Invalid):
        master_datum_or_invalid("business-units", "BU1", field="business_unit")
    assert master_data_set_active(row=row, is_active=False, seen_version=2, by=pmo).version == 2
    master_data_set_active(row=row, is_active=True, seen_version=2, by=pmo)
    assert master_datum_or_invalid("business-units", "BU1", field="x").is_active
    assert (told("master_data.deactivated"), told("master_data.activated")) == (1, 1)


def test_an_unknown_kind_or_code_is_not_there(world: World) -> None:
    with world.alpha.active():
        for kind, code in (("planets", "x"), ("functions", "BU1"), ("functions", "x\x1f")):
            with pytest.raises(NotVisible):
                master_datum(kind, code)


@pytest.mark.parametrize("role", Role)
def test_only_who_manages_master_data_writes_it(in_alpha: House, role: Role) -> None:
    by, forum, guest = in_alpha.actor(role.value), in_alpha.forum, in_alpha.people["guest"]
    attempts = (
        lambda: master_data_create(model=BusinessUnit, code="A1", name="x", by=by),
        lambda: master_data_rename(row=in_alpha.unit, name="y", seen_version=1, by=by),
        lambda: master_data_set_active(row=in_alpha.entity, is_active=False, seen_version=1, by=by),
        lambda: forum_set_quorum(forum=forum, quorum=2, seen_version=1, by=by),
        lambda: forum_member_add(forum=forum, membership=guest, seat=Seat.MEMBER, by=by),
        lambda: forum_member_remove(forum=forum, membership=in_alpha.people["forum_member"], by=by),
    )
    for attempt in attempts:
        if role in MANAGERS:
            attempt()
            continue
        with pytest.raises(Forbidden):
            attempt()


def test_who_manages_a_part_of_the_tree_manages_no_master_data(in_alpha: House) -> None:
    with pytest.raises(Forbidden):
        master_data_create(model=BusinessUnit, code="A1", name="x", by=in_alpha.actor("narrow"))


# --- forums -----------------------------------------------------------------------------------


def test_a_seat_is_taken_once_and_never_by_oneself(in_alpha: House, pmo: Actor) -> None:
    forum, people = in_alpha.forum, in_alpha.people
    forum_member_add(forum=forum, membership=people["guest"], seat=Seat.MEMBER, by=pmo)
    refusals = {
        "seat_taken": (Conflict, people["guest"]),
        "grant_to_oneself": (Refused, people["pmo"]),
    }
    for code, (error, member) in refusals.items():
        with pytest.raises(error) as caught:
            forum_member_add(forum=forum, membership=member, seat=Seat.MEMBER, by=pmo)
        assert caught.value.code == code
    assert [seat.membership for seat in seats_of(forum)] == [
        people["forum_member"],
        people["guest"],
    ]


def test_who_has_left_takes_no_seat_and_keeps_none(in_alpha: House, pmo: Actor) -> None:
    member = in_alpha.people["forum_member"]
    member_leave(membership=member, seen_version=1, by=in_alpha.actor("administrator"))
    assert not ForumMember.objects.filter(membership=member).exists()
    with pytest.raises(Refused) as caught:
        forum_member_add(forum=in_alpha.forum, membership=member, seat=Seat.MEMBER, by=pmo)
    assert caught.value.code == "membership_ended"


def test_a_seat_is_taken_back_once(in_alpha: House, pmo: Actor) -> None:
    member = in_alpha.people["forum_member"]
    forum_member_remove(forum=in_alpha.forum, membership=member, by=pmo)
    assert told("forum_member.removed") == 1
    with pytest.raises(NotVisible):
        forum_member_remove(forum=in_alpha.forum, membership=member, by=pmo)


@pytest.mark.parametrize("quorum", [0, -1, 100, 10**30])
def test_a_quorum_is_a_small_number_of_people(in_alpha: House, pmo: Actor, quorum: int) -> None:
    with pytest.raises(Invalid):
        forum_set_quorum(forum=in_alpha.forum, quorum=quorum, seen_version=1, by=pmo)
    assert forum_set_quorum(forum=in_alpha.forum, quorum=3, seen_version=1, by=pmo).quorum == 3


def test_a_stranger_takes_no_seat(world: World) -> None:
    alpha, beta = world.houses
    with alpha.active(), pytest.raises(Membership.DoesNotExist):
        forum_member_add(
            forum=alpha.forum,
            membership=beta.people["guest"],
            seat=Seat.MEMBER,
            by=alpha.actor("pmo"),
        )


def test_seated_by_six_at_once_somebody_sits_once(lasting_world: World) -> None:
    house = lasting_world.alpha
    by = house.actor("pmo")

    def seat() -> str:
        with house.active():
            guest = house.people["guest"]
            forum_member_add(forum=house.forum, membership=guest, seat=Seat.MEMBER, by=by)
        return "seated"

    results = race(*[seat] * 6)
    assert results.count("seated") == 1
    assert {type(error) for error in errors_in(results)} == {Conflict}


def test_times_are_in_utc_and_move_with_each_change(in_alpha: House, pmo: Actor) -> None:
    row = master_data_rename(row=in_alpha.unit, name="Solar", seen_version=1, by=pmo)
    row.refresh_from_db()
    assert row.updated_at > in_alpha.unit.updated_at
    assert (timezone.now() - row.updated_at).total_seconds() < 60
