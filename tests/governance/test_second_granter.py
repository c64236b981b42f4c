"""Roles that judge need a second granter from their function; an administrator stays (S6)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from governance.audit.models import AuditEvent
from governance.errors import Conflict, DomainError, Forbidden, NotVisible, Refused
from governance.history import history_of
from governance.people.choices import Permission, Role
from governance.people.models import Membership
from governance.people.services import Person, membership_create
from governance.permissions.models import NodeGrant
from governance.permissions.places import place_of
from governance.permissions.rules_confirm import CONFIRMED_BY, is_shorter, may_confirm
from governance.permissions.selectors import (
    actor_for,
    grants_of,
    grants_reaching,
    holders_of,
    members_with,
    pending_grants,
)
from governance.permissions.selectors_access import audience_rows, holding_of
from governance.permissions.services import member_leave, role_grant, role_revoke
from governance.permissions.services_confirm import grant_confirm, grant_refuse
from tests.governance.people_reading import text_of
from tests.houses import House, World, plot
from tests.racing import errors_in, race

SECONDED = sorted(CONFIRMED_BY)


def asked(house: House, role: Role = Role.CONTROLLER, **given: Any) -> NodeGrant:
    return role_grant(
        membership=house.people["guest"],
        role=role,
        node=house.program,
        by=house.actor("administrator"),
        **given,
    )


def confirm(house: House, grant: NodeGrant, name: str) -> NodeGrant:
    return grant_confirm(grant_id=str(grant.public_id), by=house.actor(name))


def refused(error: type[DomainError], work: Callable[[], Any]) -> DomainError:
    """What a refusal says; it leaves nothing behind."""

    def facts() -> Any:
        rows = NodeGrant.objects.order_by("id").values_list("id", "is_pending", "valid_until")
        return AuditEvent.objects.count(), list(rows)

    before = facts()
    with pytest.raises(error) as caught, transaction.atomic():
        work()
    assert facts() == before
    return caught.value


def last_event() -> AuditEvent:
    return AuditEvent.objects.order_by("id").last()


def test_the_table_of_who_confirms() -> None:
    finance = {Role.CONTROLLER, Role.HEAD_OF_CONTROLLING}
    assert {r: set(by) for r, by in CONFIRMED_BY.items()} == {
        Role.CONTROLLER: finance,
        Role.SECOND_FINANCE: finance,
        Role.HEAD_OF_CONTROLLING: finance,
        Role.SPONSOR: {Role.PMO, Role.SPONSOR},
    }
    assert not may_confirm(Role.OWNER, Role)
    today = timezone.now().date()
    later = today + timedelta(days=1)
    assert is_shorter(today, later)
    assert is_shorter(today, None)
    assert not is_shorter(None, today)
    assert not is_shorter(later, today)
    assert not is_shorter(today, today)


@pytest.mark.parametrize("role", SECONDED)
def test_a_role_that_judges_gives_nothing_until_it_is_confirmed(
    in_alpha: House, role: Role
) -> None:
    guest = in_alpha.people["guest"]
    grant = asked(in_alpha, role)
    assert (grant.is_pending, last_event().action) == (True, "role.proposed")
    assert not in_alpha.actor("guest").may_anywhere(Permission.TREE_VIEW)
    assert grant not in grants_of(guest)
    assert grant not in grants_reaching(in_alpha.program)
    assert guest not in members_with(role, in_alpha.program)
    assert {"membership_id": guest.pk} not in holders_of(role)
    assert guest not in audience_rows(place_of(in_alpha.program))
    holding = holding_of(guest, by=in_alpha.actor("administrator"))
    assert (holding.live, holding.no_longer) == ([], [])
    assert list(pending_grants(in_alpha.actor("pmo"))) == [grant]
    done = confirm(in_alpha, grant, "pmo" if role is Role.SPONSOR else "head_of_controlling")
    assert (done.is_pending, last_event().action) == (False, "role.confirmed")
    assert in_alpha.actor("guest").sees(in_alpha.package.path)
    assert guest in members_with(role, in_alpha.program)


@pytest.mark.parametrize("role", [role for role in Role if role not in CONFIRMED_BY])
def test_other_roles_hold_at_once(in_alpha: House, role: Role) -> None:
    assert not asked(in_alpha, role).is_pending


@pytest.mark.parametrize("role", SECONDED)
@pytest.mark.parametrize("name", Role.values)
def test_only_the_function_confirms_or_refuses(in_alpha: House, role: Role, name: str) -> None:
    grant = asked(in_alpha, role)
    for work in (grant_refuse, grant_confirm):
        with transaction.atomic():
            if Role(name) in CONFIRMED_BY[role]:
                work(grant_id=str(grant.public_id), by=in_alpha.actor(name))
            else:
                error = refused(
                    Forbidden,
                    lambda work=work: work(grant_id=str(grant.public_id), by=in_alpha.actor(name)),
                )
                assert "S6" in str(error.detail)
            transaction.set_rollback(True)


def test_who_is_of_the_function_elsewhere_finds_nothing(in_alpha: House) -> None:
    grant = asked(in_alpha, Role.SPONSOR)
    refused(NotVisible, lambda: confirm(in_alpha, grant, "narrow"))
    refused(NotVisible, lambda: confirm(in_alpha, grant, "guest"))


def test_neither_granter_nor_grantee_confirms(in_alpha: House) -> None:
    by = in_alpha.system(Role.ADMINISTRATOR)
    people = in_alpha.people
    role_grant(membership=people["administrator"], role=Role.PMO, node=in_alpha.root, by=by)
    role_grant(membership=people["guest"], role=Role.PMO, node=in_alpha.root, by=by)
    grant = asked(in_alpha, Role.SPONSOR)
    for name in ("administrator", "guest"):
        error = refused(Forbidden, lambda name=name: confirm(in_alpha, grant, name))
        assert (error.code, error.errors) == ("segregation_of_duties", {"rule": ["S6"]})
    system = in_alpha.system(Role.PMO)
    refused(Forbidden, lambda: grant_confirm(grant_id=str(grant.public_id), by=system))


def test_a_consultant_confirms_nothing_and_keeps_nobody_waiting(in_alpha: House) -> None:
    by, people = in_alpha.system(Role.ADMINISTRATOR), in_alpha.people
    role_grant(membership=people["consultant"], role=Role.PMO, node=in_alpha.root, by=by)
    grant = asked(in_alpha, Role.SPONSOR)
    refused(Forbidden, lambda: confirm(in_alpha, grant, "consultant"))
    for name in ("pmo", "sponsor"):
        held = NodeGrant.objects.get(membership=people[name])
        role_revoke(grant_id=str(held.public_id), by=by)
    node = in_alpha.project
    admin = in_alpha.actor("administrator")
    alone = role_grant(membership=people["owner"], role=Role.SPONSOR, node=node, by=admin)
    assert not alone.is_pending


def test_the_first_of_a_function_and_the_product_itself_wait_for_nobody(db: None) -> None:
    house = plot("fresh-start")
    with house.active():
        by = house.system(Role.ADMINISTRATOR)
        names = ("admin", "first", "second")
        people = {
            name: membership_create(person=Person(f"{name}@fresh.example", name), by=by)
            for name in names
        }
        role_grant(membership=people["admin"], role=Role.ADMINISTRATOR, node=house.root, by=by)
        admin = actor_of(people["admin"])
        first = role_grant(
            membership=people["first"], role=Role.CONTROLLER, node=house.root, by=admin
        )
        said = history_of("membership", str(people["first"].public_id)).rows[0]
        assert not first.is_pending
        assert said.reason == "nobody of that function was there yet"
        again = role_grant(
            membership=people["second"], role=Role.CONTROLLER, node=house.root, by=admin
        )
        assert again.is_pending
        direct = role_grant(
            membership=people["second"], role=Role.SECOND_FINANCE, node=house.root, by=by
        )
        assert not direct.is_pending


def actor_of(member: Membership) -> Any:
    return actor_for(member, via="page")


def test_a_role_waits_once(in_alpha: House) -> None:
    grant = asked(in_alpha)
    assert asked(in_alpha).pk == grant.pk
    confirm(in_alpha, grant, "controller")
    assert refused(Conflict, lambda: confirm(in_alpha, grant, "controller")).code == (
        "grant_not_pending"
    )


def test_a_later_end_waits_again_and_an_earlier_one_does_not(in_alpha: House) -> None:
    today = timezone.now().date()
    grant = asked(in_alpha, valid_until=today + timedelta(days=9))
    confirm(in_alpha, grant, "controller")
    cut = asked(in_alpha, valid_until=today + timedelta(days=3))
    assert (cut.is_pending, cut.confirmed_by_id) == (
        False,
        in_alpha.people["controller"].pk,
    )
    longer = asked(in_alpha, valid_until=None)
    assert (longer.is_pending, longer.confirmed_by_id) == (True, None)


def test_a_refused_role_is_gone_and_told(in_alpha: House) -> None:
    grant = asked(in_alpha)
    grant_refuse(grant_id=str(grant.public_id), by=in_alpha.actor("controller"))
    assert not NodeGrant.objects.filter(pk=grant.pk).exists()
    code = in_alpha.program.code
    said = history_of("membership", str(in_alpha.people["guest"].public_id)).rows
    assert [row.sentence for row in said[:2]] == [
        f"Controller refused Guest the role Controller on {code}",
        f"Administrator granted Guest the role Controller on {code}, to be confirmed by another",
    ]


# --- pages and API ------------------------------------------------------------------------------


def test_the_page_of_a_person_shows_what_waits_and_lets_it_be_confirmed(alpha: House) -> None:
    with alpha.active():
        grant = asked(alpha)
    guest = alpha.people["guest"]
    url = alpha.page(f"people/{guest.public_id}/")
    admin, head = alpha.client("administrator"), alpha.client("head_of_controlling")
    page = admin.get(url)
    assert "Waiting for confirmation" in text_of(page)
    assert "Somebody of that function confirms" in text_of(page)
    assert "Roles that wait for a second granter" in text_of(head.get(alpha.page("people/")))
    assert "wait for a second granter" not in text_of(
        alpha.client("narrow").get(alpha.page("people/"))
    )
    target = f"{url}grants/{grant.public_id}/"
    assert f"{target}confirm/" not in page.content.decode()
    assert admin.post(f"{target}confirm/").status_code == 403
    assert f"{target}confirm/" in head.get(url).content.decode()
    assert "Confirm the role Controller of Guest" in text_of(head.get(f"{target}confirm/"))
    assert "Refuse Guest the role Controller" in text_of(head.get(f"{target}refuse/"))
    assert head.post(f"{target}confirm/").status_code == 302
    assert "Waiting for confirmation" not in text_of(admin.get(url))
    assert head.post(f"{target}refuse/").status_code == 409


def test_the_api_shows_confirms_and_refuses_what_waits(alpha: House) -> None:
    admin, head = alpha.caller("administrator"), alpha.caller("head_of_controlling")
    grants = f"people/{alpha.people['guest'].public_id}/grants/"
    body = {"role": "controller", "node": alpha.program.code}
    made = admin.post(grants, body).json()
    assert made["is_pending"] is True
    assert [row["is_pending"] for row in admin.get(grants).json()["results"]] == [True]
    assert admin.get(f"people/{alpha.people['guest'].public_id}/").json()["roles"] == []
    url = f"{grants}{made['id']}/"
    assert admin.post(f"{url}confirm/").status_code == 403
    done = head.post(f"{url}confirm/")
    assert (done.status_code, done.json()["is_pending"]) == (200, False)
    assert head.post(f"{url}confirm/").json()["code"] == "grant_not_pending"
    other = admin.post(grants, body | {"role": "second_finance"}).json()
    assert head.post(f"{grants}{other['id']}/refuse/").status_code == 204
    assert len(admin.get(grants).json()["results"]) == 1


# --- the last administrator ---------------------------------------------------------------------


def second_administrator(house: House) -> NodeGrant:
    by = house.system(Role.ADMINISTRATOR)
    return role_grant(
        membership=house.people["pmo"], role=Role.ADMINISTRATOR, node=house.root, by=by
    )


def test_the_last_administrator_stays(in_alpha: House) -> None:
    by, member = in_alpha.system(Role.ADMINISTRATOR), in_alpha.people["administrator"]
    held = NodeGrant.objects.get(membership=member)
    for work in (
        lambda: role_revoke(grant_id=str(held.public_id), by=by),
        lambda: member_leave(membership=member, seen_version=1, by=by),
    ):
        assert refused(Refused, work).code == "last_administrator"
    second_administrator(in_alpha)
    role_revoke(grant_id=str(held.public_id), by=by)


@pytest.mark.slow
def test_two_administrators_who_revoke_each_other_leave_one(lasting_world: World) -> None:
    house = lasting_world.alpha
    with house.active():
        theirs = second_administrator(house)
        mine = NodeGrant.objects.get(membership=house.people["administrator"])
    one, two = house.actor("administrator"), house.actor("pmo")

    def run(grant: NodeGrant, by: Any) -> Callable[[], Any]:
        def within() -> Any:
            with house.active():
                role_revoke(grant_id=str(grant.public_id), by=by)

        return within

    (loser,) = errors_in(race(run(theirs, one), run(mine, two)))
    assert isinstance(loser, Refused)
    assert loser.code == "last_administrator"
    with house.active():
        assert holders_of(Role.ADMINISTRATOR).count() == 1


@pytest.mark.slow
def test_a_role_is_confirmed_or_refused_once(lasting_world: World) -> None:
    house = lasting_world.alpha
    with house.active():
        grant = asked(house)
    key = str(grant.public_id)

    def run(work: Callable[..., Any], name: str) -> Callable[[], Any]:
        by = house.actor(name)

        def within() -> Any:
            with house.active():
                work(grant_id=key, by=by)

        return within

    runners = [run(grant_confirm, "controller"), run(grant_confirm, "head_of_controlling")]
    results = race(*runners, run(grant_refuse, "controller"))
    assert {error.code for error in errors_in(results)} <= {"grant_not_pending", "not_found"}
    assert len(errors_in(results)) == 2
