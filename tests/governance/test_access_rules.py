"""The rules of the access explainer, as tables."""

from dataclasses import dataclass
from datetime import date

import pytest

from governance.people.choices import Permission, RightKind, Role
from governance.people.rules import RIGHTS
from governance.permissions.rules_access import (
    NEEDS_ROOT,
    Standing,
    Where,
    Why,
    gives,
    judge,
    kind_of,
    rights_of,
    standing_of,
    where,
)

TODAY = date(2026, 6, 15)
PAST, FUTURE = date(2026, 6, 14), date(2026, 6, 16)
PLACE = "1/2/3/"


@dataclass(frozen=True)
class Given:
    """A grant as the rules see it."""

    path: str
    last_day: date | None = None
    role: Role = Role.PMO


@pytest.mark.parametrize(
    ("has_ended", "last_day", "is_active", "expected"),
    [
        (False, None, True, Standing.LIVE),
        (False, TODAY, True, Standing.LIVE),
        (False, PAST, True, Standing.RUN_OUT),
        (True, None, True, Standing.ENDED),
        (True, PAST, False, Standing.ENDED),
        (False, None, False, Standing.INACTIVE),
        (False, PAST, False, Standing.RUN_OUT),
    ],
)
def test_a_membership_lets_in_until_its_last_day(
    *, has_ended: bool, last_day: date | None, is_active: bool, expected: Standing
) -> None:
    found = standing_of(has_ended=has_ended, last_day=last_day, is_active=is_active, today=TODAY)
    assert found is expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("1/2/3/", Where.HERE),
        ("1/", Where.ABOVE),
        ("1/2/", Where.ABOVE),
        ("1/2/3/4/", Where.BELOW),
        ("1/2/33/", Where.BESIDE),
        ("1/5/", Where.BESIDE),
    ],
)
def test_a_grant_stands_somewhere_seen_from_the_place(path: str, expected: Where) -> None:
    assert where(path, PLACE) is expected


@pytest.mark.parametrize(
    ("standing", "grants", "sees", "whys"),
    [
        (Standing.LIVE, [], False, [Why.NO_GRANT]),
        (Standing.LIVE, [Given("1/2/3/")], True, [Why.GRANTED_HERE]),
        (Standing.LIVE, [Given("1/")], True, [Why.GRANTED_ABOVE]),
        (Standing.LIVE, [Given("1/", TODAY)], True, [Why.GRANTED_ABOVE]),
        (Standing.LIVE, [Given("1/", PAST)], False, [Why.GRANT_RAN_OUT]),
        (Standing.LIVE, [Given("1/", PAST), Given("1/2/", FUTURE)], True, [Why.GRANTED_ABOVE]),
        (Standing.LIVE, [Given("1/2/3/4/")], False, [Why.NO_GRANT, Why.GRANTED_BELOW]),
        (Standing.LIVE, [Given("1/9/")], False, [Why.NO_GRANT, Why.GRANTED_BESIDE]),
        (Standing.LIVE, [Given("1/9/", PAST)], False, [Why.NO_GRANT]),
        (Standing.ENDED, [Given("1/")], False, [Why.MEMBERSHIP_ENDED]),
        (Standing.ENDED, [], False, [Why.MEMBERSHIP_ENDED, Why.NO_GRANT]),
        (Standing.RUN_OUT, [Given("1/")], False, [Why.MEMBERSHIP_RAN_OUT]),
        (Standing.INACTIVE, [Given("1/")], False, [Why.LOG_IN_INACTIVE]),
    ],
)
def test_a_verdict_names_every_reason(
    *, standing: Standing, grants: list[Given], sees: bool, whys: list[Why]
) -> None:
    verdict = judge(grants, path=PLACE, standing=standing, today=TODAY)
    assert verdict.sees is sees
    assert [reason.why for reason in verdict.reasons] == whys
    assert bool(verdict.grants) is sees


def test_what_concerns_the_whole_tenant_comes_from_the_root_alone() -> None:
    for role in Role:
        assert not gives(Given("1/2/", role=role)) & NEEDS_ROOT
    assert Permission.TENANT_MANAGE in gives(Given("1/", role=Role.ADMINISTRATOR))


def test_each_right_names_the_roles_that_give_it() -> None:
    found = {
        right.permission: right.roles
        for right in rights_of([Given("1/2/", role=Role.OWNER), Given("1/", role=Role.PMO)])
    }
    assert found[Permission.TREE_VIEW] == (Role.OWNER, Role.PMO)
    assert found[Permission.VALUE_PLAN] == (Role.PMO,)
    assert found[Permission.VALUE_PLAN_OWN] == (Role.OWNER,)
    assert rights_of([]) == []


def test_rights_come_by_kind() -> None:
    rights = rights_of([Given("1/", role=role) for role in Role])
    kinds = [right.kind for right in rights]
    assert kinds == sorted(kinds, key=list(RightKind).index)
    assert set(kinds) == set(RightKind)
    assert {right.permission for right in rights} == set(Permission)


@pytest.mark.parametrize("permission", list(Permission))
def test_what_auditors_may_is_to_see_and_nothing_else_is(permission: Permission) -> None:
    is_seeing = permission in RIGHTS[Role.AUDITOR]
    assert (kind_of(permission) is RightKind.SEE) is is_seeing


def test_a_consultant_decides_nothing() -> None:
    kinds = {kind_of(permission) for permission in RIGHTS[Role.CONSULTANT]}
    assert kinds == {RightKind.SEE, RightKind.CHANGE}
