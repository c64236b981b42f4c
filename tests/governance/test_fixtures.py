"""The tenants the suite lives in are what their users believe."""

from governance.people.choices import Permission, Role
from governance.people.selectors import live_memberships
from governance.permissions.selectors import grants_of
from governance.tree.models import Node
from tests.houses import House, World


def test_each_house_has_one_person_per_role_and_two_more(world: World) -> None:
    for house in world.houses:
        with house.active():
            assert live_memberships().count() == len(Role) + 2
            for role in Role:
                held = [g.permission.codename for g in grants_of(house.people[role.value])]
                assert held == [role.value]


def test_the_consultant_is_one_person_in_both_houses(world: World) -> None:
    assert world.alpha.people["consultant"].user_id == world.beta.people["consultant"].user_id
    assert world.alpha.people["owner"].user_id != world.beta.people["owner"].user_id


def test_the_tree_goes_down_to_a_default_package(in_alpha: House) -> None:
    levels = Node.objects.filter(path__gte=in_alpha.root.path).order_by("path")
    assert sorted(node.level for node in levels) == [0, 1, 2, 2, 3, 4]
    assert in_alpha.package.is_default


def test_the_guest_sees_nothing_and_the_narrow_pmo_one_program(alpha: House) -> None:
    guest, narrow = alpha.actor("guest"), alpha.actor("narrow")
    assert not guest.may_anywhere(Permission.TREE_VIEW)
    assert narrow.sees(alpha.other_program.path)
    assert not narrow.sees(alpha.program.path)
