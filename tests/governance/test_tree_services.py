"""Writing the tree: traces of each service, its refusals, and that a refusal leaves nothing."""

from collections.abc import Callable
from datetime import date

import pytest

from governance.audit.choices import AuditAction
from governance.audit.models import AuditEvent
from governance.audit.services import Subject, record
from governance.errors import Conflict, Forbidden, Invalid, NotVisible, Refused, Stale
from governance.events.models import OutboxEvent
from governance.people.actor import Actor
from governance.people.choices import Role
from governance.permissions.selectors import actor_for
from governance.permissions.services import role_grant
from governance.tree.choices import Level
from governance.tree.models import Node
from governance.tree.selectors import (
    ancestors_of,
    children_of,
    node_by_code,
    root_node,
    search_ids,
    visible_nodes,
)
from governance.tree.services import (
    NodeDraft,
    next_codes,
    node_change,
    node_create,
    node_delete,
    node_move,
    root_rename,
)
from tests.houses import House, World

DRAFT = NodeDraft(Level.PROGRAM, "  New \t program ", description="d")


@pytest.fixture
def pmo(in_alpha: House) -> Actor:
    return in_alpha.actor("pmo")


def trail(action: str, key: str) -> tuple[int, int]:
    """How many audit events and outbox events tell of this."""
    return (
        AuditEvent.objects.filter(action=action, subject_key=key).count(),
        OutboxEvent.objects.filter(topic=action, key=key).count(),
    )


def untouched(do: Callable[[], object], error: type[Exception], code: str = "") -> None:
    """The refusal comes, and neither a row nor a trace stays."""
    before = _everything()
    with pytest.raises(error) as caught:
        do()
    if code:
        assert caught.value.code == code  # type: ignore[attr-defined]  # a DomainError
    assert _everything() == before


def _everything() -> list[object]:
    return [
        list(Node.objects.order_by("id").values()),
        AuditEvent.objects.count(),
        OutboxEvent.objects.count(),
    ]


# --- create -----------------------------------------------------------------------------------


def test_a_node_gets_code_path_and_clean_name(in_alpha: House, pmo: Actor) -> None:
    node = node_create(parent=in_alpha.portfolio, draft=DRAFT, by=pmo)
    found = Node.objects.get(pk=node.pk)
    assert (found.name, found.sort_key) == ("New program", "new program")
    assert found.code == "PG-003"
    assert found.path == f"{in_alpha.portfolio.path}{found.pk}/"
    assert (found.version, found.parent_id) == (1, in_alpha.portfolio.pk)
    assert trail("node.created", found.code) == (1, 1)


def test_codes_of_a_kind_run_on_and_each_tenant_counts_alone(world: World) -> None:
    with world.alpha.active():
        assert next_codes("project", 3) == ["PJ-0002", "PJ-0003", "PJ-0004"]
        assert next_codes("project") == ["PJ-0005"]
    with world.beta.active():
        assert next_codes("project") == ["PJ-0002"]


@pytest.mark.parametrize("level", [Level.PORTFOLIO, Level.PROJECT, Level.PACKAGE, Level.TENANT])
def test_a_node_of_the_wrong_level_is_refused(in_alpha: House, pmo: Actor, level: Level) -> None:
    draft = NodeDraft(level, "x")
    untouched(
        lambda: node_create(parent=in_alpha.portfolio, draft=draft, by=pmo),
        Refused,
        "wrong_parent_level",
    )


def test_owner_and_sponsor_are_two_people(in_alpha: House, pmo: Actor) -> None:
    one = in_alpha.people["owner"]
    draft = NodeDraft(Level.PROGRAM, "x", owner=one, sponsor=one)
    untouched(
        lambda: node_create(parent=in_alpha.portfolio, draft=draft, by=pmo),
        Refused,
        "owner_is_sponsor",
    )


@pytest.mark.parametrize(
    ("draft", "field"),
    [
        (NodeDraft(Level.PROGRAM, "   "), "name"),
        (NodeDraft(Level.PROGRAM, "x" * 201), "name"),
        (NodeDraft(Level.PROGRAM, "a\x00b"), "name"),
        (NodeDraft(Level.PROGRAM, "a\ud800b"), "name"),
        (NodeDraft(Level.PROGRAM, "x", description="\x1b[31m"), "description"),
        (NodeDraft(Level.PROGRAM, "x", description="x" * 10_001), "description"),
        (
            NodeDraft(
                Level.PROGRAM,
                "x",
                planned_start=date(2026, 2, 2),
                planned_end=date(2026, 2, 1),
            ),
            "planned_end",
        ),
    ],
)
def test_what_cannot_be_kept_is_named_by_field(
    in_alpha: House, pmo: Actor, draft: NodeDraft, field: str
) -> None:
    before = _everything()
    with pytest.raises(Invalid) as caught:
        node_create(parent=in_alpha.portfolio, draft=draft, by=pmo)
    assert list(caught.value.errors) == [field]
    assert _everything() == before


@pytest.mark.parametrize("name", ["executive", "owner", "administrator", "auditor", "consultant"])
def test_without_the_right_nothing_is_created(in_alpha: House, name: str) -> None:
    by = in_alpha.actor(name)
    untouched(lambda: node_create(parent=in_alpha.portfolio, draft=DRAFT, by=by), Forbidden)


def test_out_of_sight_nothing_is_created(in_alpha: House) -> None:
    for name in ("guest", "narrow"):
        by = in_alpha.actor(name)
        untouched(
            lambda by=by: node_create(parent=in_alpha.portfolio, draft=DRAFT, by=by), NotVisible
        )


# --- change -----------------------------------------------------------------------------------


def test_a_change_is_told_field_by_field(in_alpha: House, pmo: Actor) -> None:
    node, person = in_alpha.program, in_alpha.people["owner"]
    fields = {"name": "Renamed", "owner": person, "description": ""}
    changed = node_change(node=node, seen_version=1, fields=fields, by=pmo)
    assert (changed.version, changed.name, changed.owner) == (2, "Renamed", person)
    event = AuditEvent.objects.filter(action="node.changed").get()
    assert '"owner":[null,"Owner <owner@alpha.example>"]' in event.body
    assert '"description"' not in event.body
    assert Node.objects.get(pk=node.pk).path == node.path


def test_a_change_of_nothing_writes_nothing(in_alpha: House, pmo: Actor) -> None:
    before = _everything()
    fields = {"name": f"  {in_alpha.program.name} "}
    assert node_change(node=in_alpha.program, seen_version=1, fields=fields, by=pmo).version == 1
    assert _everything() == before


def test_an_old_version_is_refused(in_alpha: House, pmo: Actor) -> None:
    node_change(node=in_alpha.program, seen_version=1, fields={"name": "a"}, by=pmo)
    untouched(
        lambda: node_change(node=in_alpha.program, seen_version=1, fields={"name": "b"}, by=pmo),
        Stale,
    )


def test_owner_and_sponsor_stay_two_people_whichever_changes(in_alpha: House, pmo: Actor) -> None:
    one = in_alpha.people["owner"]
    node_change(node=in_alpha.program, seen_version=1, fields={"owner": one}, by=pmo)
    untouched(
        lambda: node_change(node=in_alpha.program, seen_version=2, fields={"sponsor": one}, by=pmo),
        Refused,
        "owner_is_sponsor",
    )


def test_the_root_is_renamed_with_its_tenant(in_alpha: House) -> None:
    record(AuditAction.TENANT_CHANGED, subject=Subject("tenant", "x", "x"), by=in_alpha.system())
    root_rename(name="  Beta  Ltd ", by=in_alpha.actor("administrator"))
    assert (root_node().name, root_node().sort_key) == ("Beta Ltd", "beta ltd")


# --- move -------------------------------------------------------------------------------------


@pytest.fixture
def second_portfolio(in_alpha: House, pmo: Actor) -> Node:
    return node_create(parent=in_alpha.root, draft=NodeDraft(Level.PORTFOLIO, "P2"), by=pmo)


def test_a_move_takes_everything_below_along_and_keeps_codes(
    in_alpha: House, pmo: Actor, second_portfolio: Node
) -> None:
    codes = dict(Node.objects.values_list("pk", "code"))
    moved = node_move(node=in_alpha.program, parent=second_portfolio, seen_version=1, by=pmo)
    assert moved.parent_id == second_portfolio.pk
    expected = second_portfolio.path
    for node in (in_alpha.program, in_alpha.project, in_alpha.package):
        expected += f"{node.pk}/"
        assert Node.objects.get(pk=node.pk).path == expected
    assert Node.objects.get(pk=in_alpha.other_program.pk).path == in_alpha.other_program.path
    assert dict(Node.objects.values_list("pk", "code")) == codes
    assert trail("node.moved", moved.code) == (1, 1)
    moved.refresh_from_db()
    assert moved.version == 2


def test_a_move_to_where_it_stands_writes_nothing(in_alpha: House, pmo: Actor) -> None:
    before = _everything()
    node_move(node=in_alpha.program, parent=in_alpha.portfolio, seen_version=1, by=pmo)
    assert _everything() == before


def test_moves_that_make_no_sense_are_refused(in_alpha: House, pmo: Actor) -> None:
    refusals = {
        "move_into_itself": (in_alpha.program, in_alpha.project),
        "wrong_parent_level": (in_alpha.project, in_alpha.portfolio),
        "move_default": (in_alpha.package, in_alpha.project),
    }
    for code, (node, parent) in refusals.items():
        untouched(
            lambda node=node, parent=parent: node_move(
                node=node, parent=parent, seen_version=1, by=pmo
            ),
            Refused,
            code,
        )


def test_moving_needs_the_right_at_both_ends(in_alpha: House, second_portfolio: Node) -> None:
    narrow = in_alpha.people["narrow"]
    admin = in_alpha.actor("administrator")
    role_grant(membership=narrow, role=Role.EXECUTIVE, node=in_alpha.root, by=admin)
    by = actor_for(narrow, via="page")
    untouched(
        lambda: node_move(
            node=in_alpha.other_program, parent=second_portfolio, seen_version=1, by=by
        ),
        Forbidden,
    )


# --- delete -----------------------------------------------------------------------------------


def test_an_empty_node_can_be_deleted(in_alpha: House, pmo: Actor) -> None:
    node = node_create(parent=in_alpha.portfolio, draft=DRAFT, by=pmo)
    node_delete(node=node, seen_version=1, by=pmo)
    assert not Node.objects.filter(pk=node.pk).exists()
    assert trail("node.deleted", node.code) == (1, 1)


def test_what_has_something_below_stays(in_alpha: House, pmo: Actor) -> None:
    for node in (in_alpha.portfolio, in_alpha.program, in_alpha.project):
        untouched(
            lambda node=node: node_delete(node=node, seen_version=1, by=pmo),
            Conflict,
            "node_not_empty",
        )


def test_the_root_stays(in_alpha: House) -> None:
    system = in_alpha.system(Role.PMO)
    untouched(
        lambda: node_delete(node=in_alpha.root, seen_version=1, by=system), Refused, "root_stays"
    )


def test_a_deleted_node_is_gone_for_every_service(in_alpha: House, pmo: Actor) -> None:
    node = node_create(parent=in_alpha.portfolio, draft=DRAFT, by=pmo)
    node_delete(node=node, seen_version=1, by=pmo)
    for do in (
        lambda: node_delete(node=node, seen_version=1, by=pmo),
        lambda: node_change(node=node, seen_version=1, fields={"name": "x"}, by=pmo),
        lambda: node_move(node=node, parent=in_alpha.portfolio, seen_version=1, by=pmo),
        lambda: node_create(parent=node, draft=NodeDraft(Level.PROJECT, "x"), by=pmo),
    ):
        untouched(do, NotVisible)


# --- reading ----------------------------------------------------------------------------------


def test_people_see_what_their_roles_reach_and_nothing_else(in_alpha: House) -> None:
    assert visible_nodes(in_alpha.actor("executive")).count() == 6
    assert visible_nodes(in_alpha.actor("guest")).count() == 0
    narrow = in_alpha.actor("narrow")
    assert list(visible_nodes(narrow)) == [in_alpha.other_program]
    with pytest.raises(NotVisible):
        node_by_code(in_alpha.program.code, by=narrow)
    with pytest.raises(NotVisible):
        node_by_code(in_alpha.other_program.code, by=narrow, level=Level.PROJECT)
    assert list(children_of(in_alpha.portfolio, by=narrow)) == [in_alpha.other_program]


def test_ancestors_are_read_off_the_path(in_alpha: House) -> None:
    assert set(ancestors_of([in_alpha.package])) == {
        in_alpha.root.pk,
        in_alpha.portfolio.pk,
        in_alpha.program.pk,
        in_alpha.project.pk,
        in_alpha.package.pk,
    }


def test_search_finds_beginnings_of_words_and_codes_in_this_tenant_alone(world: World) -> None:
    with world.alpha.active():
        assert set(search_ids("node", "sec prog")) == {world.alpha.other_program.pk}
        assert set(search_ids("node", "pg-002")) == {world.alpha.other_program.pk}
        assert search_ids("node", "nothing-like-it") == []
        assert search_ids("unheard-of", "second") == []
    with world.beta.active():
        assert set(search_ids("node", "second")) == {world.beta.other_program.pk}


@pytest.mark.parametrize("text", ["", " ", "'", "' OR 1=1 --", "a & | ! b", ":*", "\\", "%", "é"])
def test_no_search_text_is_an_error(in_alpha: House, text: str) -> None:
    assert isinstance(search_ids("node", text), list)
