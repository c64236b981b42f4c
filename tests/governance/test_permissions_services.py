"""Granting and revoking roles on nodes, and what a person's grants amount to (N3, S6, S7)."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from governance.audit.models import AuditEvent
from governance.errors import Forbidden, Invalid, NotVisible, Refused
from governance.people.actor import Actor
from governance.people.choices import MembershipKind, Permission, Role
from governance.people.models import Membership
from governance.people.rules import NOT_FOR_CONSULTANTS, Grant
from governance.people.services import Terms
from governance.permissions.models import NodeGrant
from governance.permissions.selectors import (
    actor_for,
    grants_of,
    grants_reaching,
    members_with,
    scope_of,
    system_actor,
)
from governance.permissions.services import member_change, member_leave, role_grant, role_revoke
from governance.tree.choices import Level
from governance.tree.models import Node
from governance.tree.services import NodeDraft, node_create, node_move
from tests.houses import House, World
from tests.racing import errors_in, race

TODAY = timezone.now().date()


@pytest.fixture
def admin(in_alpha: House) -> Actor:
    return in_alpha.actor("administrator")


def grant(
    house: House, name: str, role: Role, node: Node | None = None, **given: object
) -> NodeGrant:
    return role_grant(
        membership=house.people[name],
        role=role,
        node=node or house.program,
        by=house.actor("administrator"),
        **given,
    )


def test_a_role_holds_on_its_node_and_everything_below(in_alpha: House) -> None:
    grant(in_alpha, "guest", Role.PMO)
    by = in_alpha.actor("guest")
    for node in (in_alpha.program, in_alpha.project, in_alpha.package):
        assert by.may(Permission.NODE_EDIT, node.path)
    for node in (in_alpha.root, in_alpha.portfolio, in_alpha.other_program):
        assert not by.may(Permission.NODE_EDIT, node.path)
        assert not by.sees(node.path)


def test_a_role_moves_with_its_node(in_alpha: House) -> None:
    grant(in_alpha, "guest", Role.EXECUTIVE)
    pmo = in_alpha.actor("pmo")
    portfolio = node_create(
        parent=in_alpha.root, draft=NodeDraft(Level.PORTFOLIO, "second"), by=pmo
    )
    moved = node_move(node=in_alpha.program, parent=portfolio, seen_version=1, by=pmo)
    assert in_alpha.actor("guest").sees(moved.path)
    assert not in_alpha.actor("guest").sees(in_alpha.program.path)


def test_a_grant_is_told_and_a_second_one_only_moves_its_end(in_alpha: House) -> None:
    first = grant(in_alpha, "guest", Role.OWNER)
    later = TODAY + timedelta(days=30)
    again = grant(in_alpha, "guest", Role.OWNER, valid_until=later)
    assert (again.pk, again.valid_until) == (first.pk, later)
    grant(in_alpha, "guest", Role.OWNER, valid_until=later)
    bodies = [
        event.body
        for event in AuditEvent.objects.filter(action="role.granted").order_by("id")
        if event.subject_key == str(in_alpha.people["guest"].public_id)
    ]
    assert len(bodies) == 2
    assert f'"valid_until":[null,"{later.isoformat()}"]' in bodies[1]


@pytest.mark.parametrize(("days", "is_live"), [(-1, False), (0, True), (1, True)])
def test_a_grant_ends_with_its_last_day(in_alpha: House, days: int, is_live: object) -> None:
    made = grant(in_alpha, "guest", Role.EXECUTIVE)
    NodeGrant.objects.filter(pk=made.pk).update(valid_until=TODAY + timedelta(days=days))
    guest = in_alpha.people["guest"]
    assert bool(scope_of(guest.pk).grants) is is_live
    assert grants_of(guest).exists() is is_live
    assert members_with(Role.EXECUTIVE, in_alpha.package).filter(pk=guest.pk).exists() is is_live
    assert grants_reaching(in_alpha.package).filter(membership=guest).exists() is is_live


def test_a_grant_cannot_begin_in_the_past(in_alpha: House) -> None:
    with pytest.raises(Invalid) as caught:
        grant(in_alpha, "guest", Role.OWNER, valid_until=TODAY - timedelta(days=1))
    assert list(caught.value.errors) == ["valid_until"]


def test_nobody_grants_to_or_takes_from_himself(in_alpha: House, admin: Actor) -> None:
    """S6, administrators included."""
    with pytest.raises(Refused) as caught:
        grant(in_alpha, "administrator", Role.CONTROLLER)
    assert caught.value.code == "grant_to_oneself"
    own = NodeGrant.objects.get(membership=in_alpha.people["administrator"])
    with pytest.raises(Refused) as taken:
        role_revoke(grant_id=str(own.public_id), by=admin)
    assert taken.value.code == "grant_to_oneself"


@pytest.mark.parametrize("role", sorted(NOT_FOR_CONSULTANTS))
def test_a_consultant_is_granted_no_deciding_role(in_alpha: House, role: Role) -> None:
    """S7."""
    with pytest.raises(Refused) as caught:
        grant(in_alpha, "consultant", role)
    assert caught.value.code == "consultant_never_decides"


def test_who_decides_does_not_become_a_consultant(in_alpha: House, admin: Actor) -> None:
    terms = Terms(MembershipKind.CONSULTANT, firm="Firm")
    with pytest.raises(Refused) as caught:
        member_change(
            membership=in_alpha.people["controller"], terms=terms, seen_version=1, by=admin
        )
    assert caught.value.code == "consultant_never_decides"
    row = Membership.objects.get(pk=in_alpha.people["controller"].pk)
    assert row.kind == MembershipKind.INTERNAL


@pytest.mark.parametrize("name", [role.value for role in Role if role != Role.ADMINISTRATOR])
def test_only_an_administrator_grants(in_alpha: House, name: str) -> None:
    with pytest.raises(Forbidden):
        role_grant(
            membership=in_alpha.people["guest"],
            role=Role.EXECUTIVE,
            node=in_alpha.program,
            by=in_alpha.actor(name),
        )


def test_an_administrator_of_one_program_grants_there_alone(in_alpha: House) -> None:
    grant(in_alpha, "guest", Role.ADMINISTRATOR, in_alpha.other_program)
    by, owner = in_alpha.actor("guest"), in_alpha.people["owner"]
    role_grant(membership=owner, role=Role.PMO, node=in_alpha.other_program, by=by)
    for node in (in_alpha.program, in_alpha.root):
        with pytest.raises(NotVisible):
            role_grant(membership=owner, role=Role.PMO, node=node, by=by)


def test_taking_a_role_back_is_told_and_holds_at_once(in_alpha: House, admin: Actor) -> None:
    made = grant(in_alpha, "guest", Role.PMO)
    role_revoke(grant_id=str(made.public_id), by=admin)
    assert in_alpha.actor("guest").scope.grants == ()
    assert AuditEvent.objects.filter(action="role.revoked").count() == 1
    with pytest.raises(NotVisible):
        role_revoke(grant_id=str(made.public_id), by=admin)


def test_a_grant_of_another_tenant_is_not_there(world: World) -> None:
    alpha, beta = world.houses
    with beta.active():
        theirs = NodeGrant.objects.filter(membership=beta.people["owner"]).get()
    with alpha.active(), pytest.raises(NotVisible):
        role_revoke(grant_id=str(theirs.public_id), by=alpha.actor("administrator"))


def test_a_membership_that_ended_is_granted_nothing(in_alpha: House) -> None:
    guest = in_alpha.people["guest"]
    member_leave(membership=guest, seen_version=1, by=in_alpha.actor("administrator"))
    with pytest.raises(Refused) as caught:
        grant(in_alpha, "guest", Role.OWNER)
    assert caught.value.code == "membership_ended"


def test_a_scope_takes_one_query_however_many_grants(in_alpha: House) -> None:
    for role in (Role.OWNER, Role.PMO, Role.EXECUTIVE):
        for node in (in_alpha.program, in_alpha.other_program):
            grant(in_alpha, "guest", role, node)
    with CaptureQueriesContext(connection) as queries:
        scope = scope_of(in_alpha.people["guest"].pk)
    assert len(queries) == 1
    assert len(scope.grants) == 6
    assert set(scope.paths(Permission.TREE_VIEW)) == {
        in_alpha.program.path,
        in_alpha.other_program.path,
    }


def test_the_product_itself_holds_the_roles_it_was_given_and_no_more(in_alpha: House) -> None:
    by = system_actor(in_alpha.tenant.pk, Role.PMO)
    assert by.scope.grants == (Grant(Role.PMO, in_alpha.root.path),)
    assert by.membership_id is None
    assert not by.may_anywhere(Permission.ROLE_GRANT)


def test_an_actor_carries_who_and_by_which_door(in_alpha: House) -> None:
    by = actor_for(in_alpha.people["pmo"], via="api", request_id="r-1")
    assert (by.email, by.via, by.request_id) == ("pmo@alpha.example", "api", "r-1")
    assert by.tenant_id == in_alpha.tenant.pk


def test_granted_by_six_at_once_a_role_is_granted_once(lasting_world: World) -> None:
    house = lasting_world.alpha
    by = house.actor("administrator")

    def give() -> str:
        with house.active():
            made = role_grant(
                membership=house.people["guest"], role=Role.OWNER, node=house.program, by=by
            )
        return str(made.public_id)

    results = race(*[give] * 6)
    assert errors_in(results) == []
    assert len(set(results)) == 1
    with house.active():
        assert NodeGrant.objects.filter(membership=house.people["guest"]).count() == 1
