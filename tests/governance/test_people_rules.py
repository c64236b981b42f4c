"""What roles may do, how grants become a scope, and how tokens are spelled."""

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.errors import Forbidden, NotVisible
from governance.people.actor import Actor
from governance.people.choices import Permission, Role, TokenScope
from governance.people.rules import (
    NOT_FOR_CONSULTANTS,
    RIGHTS,
    TENANT_WIDE,
    Grant,
    Scope,
    covers,
    is_root,
    may_hold,
    read_token,
    token_hash,
    token_text,
)

P = Permission
PATHS = st.lists(st.integers(1, 4), min_size=1, max_size=4).map(
    lambda ids: "".join(f"{number}/" for number in ids)
)
GRANTS = st.lists(st.builds(Grant, st.sampled_from(Role), PATHS), max_size=8)
READING = frozenset(permission for permission in P if permission.value.endswith(".view"))


def actor(*grants: Grant, scopes: tuple[TokenScope, ...] | None = None) -> Actor:
    return Actor(1, 1, "x", "x@x.example", scope=Scope(grants), token_scopes=scopes)


# --- the table of rights ----------------------------------------------------------------------


def test_every_role_has_its_rights_and_sees_what_it_works_on() -> None:
    assert set(RIGHTS) == set(Role)
    assert all(P.TREE_VIEW in rights for rights in RIGHTS.values())


def test_every_permission_is_somebodys() -> None:
    assert frozenset().union(*RIGHTS.values()) == frozenset(P)


def test_an_administrator_has_no_business_rights() -> None:
    """S6: by being administrator nobody creates, edits, values or decides anything."""
    business = {
        p
        for p in P
        if p.value.split(".")[0] in {"node", "measure", "value", "rate", "target", "import"}
    }
    assert not RIGHTS[Role.ADMINISTRATOR] & business


def test_rates_are_finances() -> None:
    """V8: proposed and confirmed by finance alone, in the tenant as a whole."""
    assert {role for role in Role if P.RATE_MANAGE in RIGHTS[role]} == {
        Role.CONTROLLER,
        Role.SECOND_FINANCE,
        Role.HEAD_OF_CONTROLLING,
    }
    assert P.RATE_MANAGE in TENANT_WIDE


def test_an_auditor_writes_nothing() -> None:
    """S10."""
    assert RIGHTS[Role.AUDITOR] <= READING


def test_executives_sponsors_and_forum_members_change_nothing_by_themselves() -> None:
    for role in (Role.EXECUTIVE, Role.SPONSOR, Role.FORUM_MEMBER):
        assert RIGHTS[role] <= READING


def test_only_administrators_grant_roles_and_manage_people() -> None:
    for permission in (P.ROLE_GRANT, P.PEOPLE_MANAGE, P.TENANT_MANAGE):
        assert [role for role in Role if permission in RIGHTS[role]] == [Role.ADMINISTRATOR]


def test_who_judges_is_not_set_by_who_is_judged() -> None:
    """S11: the controller by finance, sponsor and forum by the PMO, neither by the owner."""
    setters = {role for role in Role if P.MEASURE_SET_CONTROLLER in RIGHTS[role]}
    assert setters == {Role.CONTROLLER, Role.HEAD_OF_CONTROLLING}
    assert [role for role in Role if P.MEASURE_SET_JUDGES in RIGHTS[role]] == [Role.PMO]


@pytest.mark.parametrize("role", Role)
def test_a_consultant_holds_no_deciding_role(role: Role) -> None:
    """S7."""
    assert may_hold(role, is_consultant=False)
    assert may_hold(role, is_consultant=True) is (role not in NOT_FOR_CONSULTANTS)


# --- scopes -----------------------------------------------------------------------------------


@given(GRANTS, st.sampled_from(P), PATHS)
def test_a_permission_holds_at_a_place_iff_a_grant_above_it_brings_it(
    grants: list[Grant], permission: Permission, path: str
) -> None:
    scope = Scope(tuple(grants))
    expected = any(
        permission in RIGHTS[grant.role] and path.startswith(grant.path) for grant in grants
    )
    assert scope.allows(permission, path) is expected
    assert any(covers(top, path) for top in scope.paths(permission)) is expected


@given(GRANTS, st.sampled_from(P))
def test_what_the_whole_tenant_shares_is_managed_from_the_root_only(
    grants: list[Grant], permission: Permission
) -> None:
    holding = [grant for grant in grants if permission in RIGHTS[grant.role]]
    reaching = [g for g in holding if permission not in TENANT_WIDE or is_root(g.path)]
    assert Scope(tuple(grants)).allows_anywhere(permission) is bool(reaching)


@given(GRANTS, PATHS)
def test_roles_at_a_place_are_each_told_once_in_the_order_of_the_list(
    grants: list[Grant], path: str
) -> None:
    roles = Scope(tuple(grants)).roles_at(path)
    assert list(roles) == [r for r in Role if r in {g.role for g in grants if covers(g.path, path)}]


def test_without_grants_nothing_is_allowed() -> None:
    scope = Scope()
    assert not any(scope.allows(permission, "1/") for permission in P)
    assert not any(scope.allows_anywhere(permission) for permission in P)
    assert scope.roles_at("1/") == ()


# --- actors -----------------------------------------------------------------------------------


def test_out_of_sight_is_not_there_and_in_sight_is_forbidden() -> None:
    by = actor(Grant(Role.EXECUTIVE, "1/2/"))
    with pytest.raises(NotVisible):
        by.require(P.NODE_EDIT, "1/3/")
    with pytest.raises(Forbidden) as caught:
        by.require(P.NODE_EDIT, "1/2/4/")
    assert caught.value.code == "forbidden"
    by.require(P.TREE_VIEW, "1/2/4/")
    assert by.sees("1/2/4/")
    assert not by.sees("1/")


def test_tenant_wide_rights_need_the_root() -> None:
    actor(Grant(Role.ADMINISTRATOR, "1/")).require_anywhere(P.PEOPLE_MANAGE)
    for grant in (Grant(Role.ADMINISTRATOR, "1/2/"), Grant(Role.EXECUTIVE, "1/")):
        with pytest.raises(Forbidden):
            actor(grant).require_anywhere(P.PEOPLE_MANAGE)
    # Seeing people is no managing.
    actor(Grant(Role.ADMINISTRATOR, "1/2/")).require_anywhere(P.PEOPLE_VIEW)


@pytest.mark.parametrize("permission", P)
def test_a_reading_token_changes_nothing(permission: Permission) -> None:
    role = next(role for role in Role if permission in RIGHTS[role])
    reader = actor(Grant(role, "1/"), scopes=(TokenScope.READ,))
    writer = actor(Grant(role, "1/"), scopes=(TokenScope.READ, TokenScope.WRITE))
    writer.require(permission, "1/")
    writer.require_anywhere(permission)
    if permission in READING:
        reader.require(permission, "1/")
        return
    for ask in (
        lambda: reader.require(permission, "1/"),
        lambda: reader.require_anywhere(permission),
    ):
        with pytest.raises(Forbidden) as caught:
            ask()
        assert caught.value.code == "token_read_only"


# --- tokens -----------------------------------------------------------------------------------


@given(st.uuids(), st.text(min_size=1))
def test_a_token_carries_its_tenant_and_its_secret(tenant: uuid.UUID, secret: str) -> None:
    read = read_token(token_text(tenant, secret))
    assert read is not None
    assert (read.tenant_public_id, read.secret) == (tenant, secret)


@given(st.text())
def test_any_other_text_is_no_token(text: str) -> None:
    read = read_token(text)
    assert read is None or text.startswith("tg_")


@pytest.mark.parametrize("text", ["", "tg", "tg_", "tg__", "tg_x_y", "xx_" + "0" * 32 + "_y"])
def test_a_broken_token_is_none(text: str) -> None:
    assert read_token(text) is None


def test_only_a_hash_of_the_secret_is_kept() -> None:
    assert token_hash("a") == "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"
