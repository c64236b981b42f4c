"""The tree and the pages of nodes: levels, actions by role, children, edits, moves, deletion."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from governance.people.choices import Role
from governance.permissions.services import role_grant
from governance.tree.choices import Level
from governance.tree.models import Node
from governance.tree.services import NodeDraft, node_change
from initiatives.services import level_create
from initiatives.urls import NOUNS
from tests.houses import House
from tests.initiatives.making import make_measure, make_measures

LEVELS = tuple(NOUNS)


def make_node(house: House, parent: Node, name: str) -> Node:
    by = house.system(Role.PMO)
    level = parent.known_level.child
    assert level is not None
    with house.active():
        return level_create(parent=parent, draft=NodeDraft(level, name), by=by)


def node_at(house: House, level: Level) -> Node:
    node: Node = getattr(house, level.name.lower())
    return node


def url_of(house: House, node: Node, path: str = "") -> str:
    return house.page(f"{NOUNS[node.known_level]}/{node.code}/{path}")


def reloaded(house: House, node: Node) -> Node:
    with house.active():
        row: Node = Node.objects.select_related("parent").get(pk=node.pk)
        return row


# ---- the tree --------------------------------------------------------------------------------


def test_the_tree_begins_with_portfolios_and_opens_level_by_level(alpha: House) -> None:
    client = alpha.client("executive")
    top = client.get(alpha.page("tree/")).content.decode()
    assert alpha.portfolio.code in top
    assert alpha.program.code not in top
    opened = client.get(alpha.page(f"tree/?open={alpha.program.code}")).content.decode()
    for node in (alpha.portfolio, alpha.program, alpha.other_program, alpha.project):
        assert url_of(alpha, node) in opened
    assert url_of(alpha, alpha.package) not in opened


def test_a_branch_is_fetched_on_its_own(alpha: House) -> None:
    html = alpha.client("executive").get(alpha.page(f"tree/{alpha.program.code}/")).content.decode()
    assert html.lstrip().startswith("<ul")
    assert url_of(alpha, alpha.project) in html


def test_the_tree_counts_the_measures_below(alpha: House) -> None:
    make_measures(alpha, 3)
    branches = alpha.client("pmo").get(alpha.page("tree/")).context["branches"]
    assert [branch.count for branch in branches] == [3]


def test_a_persons_tree_begins_at_their_own_place(alpha: House) -> None:
    page = alpha.client("narrow").get(alpha.page("tree/"))
    assert [branch.node.code for branch in page.context["branches"]] == [alpha.other_program.code]
    assert page.context["branches"][0].above == alpha.portfolio.name
    assert url_of(alpha, alpha.portfolio) not in page.content.decode()


@pytest.mark.parametrize(
    "path", ["tree/?open=PG-999", "tree/?open=%00", "tree/PG-999/", "tree/%00/"]
)
def test_opening_what_is_not_there_answers_404(alpha: House, path: str) -> None:
    assert alpha.client("pmo").get(alpha.page(path)).status_code == 404


def test_a_person_without_a_role_has_no_tree(alpha: House) -> None:
    assert alpha.client("guest").get(alpha.page("tree/")).status_code == 404


def test_the_tree_costs_as_much_with_thirty_programs_as_with_one(alpha: House) -> None:
    client, url = alpha.client("pmo"), alpha.page(f"tree/?open={alpha.portfolio.code}")
    client.get(url)
    with CaptureQueriesContext(connection) as with_two:
        client.get(url)
    for index in range(30):
        make_node(alpha, alpha.portfolio, f"Program {index}")
    with CaptureQueriesContext(connection) as with_many:
        client.get(url)
    assert len(with_many) == len(with_two)


# ---- pages of nodes --------------------------------------------------------------------------


@pytest.mark.parametrize("level", LEVELS)
def test_each_level_has_a_page_with_its_way_and_what_stands_below(
    alpha: House, level: Level
) -> None:
    make_measure(alpha, "Bundle steel")
    node = node_at(alpha, level)
    page = alpha.client("executive").get(url_of(alpha, node))
    html = page.content.decode()
    assert page.status_code == 200
    labels = [crumb.label for crumb in page.context["breadcrumbs"]]
    assert labels[0] == "Alpha"
    assert labels[-1] == node.name
    child = level.child
    expected = url_of(alpha, node_at(alpha, child)) if child else "Bundle steel"
    assert expected in html
    assert f"totals/{node.code}/" in html


@pytest.mark.parametrize("level", LEVELS)
def test_a_node_is_found_under_its_own_noun_only(alpha: House, level: Level) -> None:
    code = node_at(alpha, level).code
    client = alpha.client("pmo")
    for other, noun in NOUNS.items():
        status = client.get(alpha.page(f"{noun}/{code}/")).status_code
        assert status == (200 if other is level else 404)


@pytest.mark.parametrize("path", ["", "edit/", "delete/", "move/"])
def test_foreign_and_impossible_nodes_are_not_found(alpha: House, beta: House, path: str) -> None:
    foreign = make_node(beta, beta.portfolio, "Secret of beta")
    for code in (foreign.code, "PG-%00", "x" * 200):
        url = alpha.page(f"programs/{code}/{path}")
        if code == foreign.code:
            assert foreign.code not in {alpha.program.code, alpha.other_program.code}
        assert alpha.client("pmo").get(url).status_code == 404
    assert alpha.client("pmo").get(url_of(beta, foreign, path)).status_code == 404


@pytest.mark.parametrize(
    ("name", "offered", "refused"),
    [
        ("pmo", {"edit", "move", "new"}, {"Delete"}),
        ("owner", set(), set()),
        ("executive", set(), set()),
        ("auditor", set(), set()),
        ("administrator", set(), set()),
    ],
)
def test_each_role_is_offered_what_it_may_do(
    alpha: House, name: str, offered: set[str], refused: set[str]
) -> None:
    html = alpha.client(name).get(url_of(alpha, alpha.program)).content.decode()
    targets = {
        "edit": url_of(alpha, alpha.program, "edit/"),
        "move": url_of(alpha, alpha.program, "move/"),
        "delete": url_of(alpha, alpha.program, "delete/"),
        "new": alpha.page(f"projects/new/?under={alpha.program.code}"),
    }
    assert {verb for verb, url in targets.items() if f'href="{url}"' in html} == offered
    for label in refused:
        assert f"<span>{label}</span>" in html
        assert "something below this" in html


def test_who_may_see_people_is_led_to_who_can_see_a_place(alpha: House) -> None:
    everybody = f'"{alpha.page(f"people/access/?node={alpha.program.code}")}"'
    oneself = everybody[:-1] + "&amp;person=executive%40alpha.example"
    assert everybody in alpha.client("auditor").get(url_of(alpha, alpha.program)).content.decode()
    shown = alpha.client("executive").get(url_of(alpha, alpha.program)).content.decode()
    assert everybody not in shown
    assert oneself in shown


def test_children_come_in_pages_by_name(alpha: House) -> None:
    for index in range(52):
        make_node(alpha, alpha.portfolio, f"Program {index:02}")
    client, url = alpha.client("pmo"), url_of(alpha, alpha.portfolio)
    first = client.get(url)
    second = client.get(url, {"cursor": first.context["page"].next})
    names = [row["node"].name for page in (first, second) for row in page.context["children"]]
    assert len(names) == 54
    assert names == sorted(names, key=str.casefold)


def test_a_node_page_costs_as_much_with_thirty_children_as_with_one(alpha: House) -> None:
    client, url = alpha.client("pmo"), url_of(alpha, alpha.portfolio)
    client.get(url)
    with CaptureQueriesContext(connection) as with_two:
        client.get(url)
    for index in range(30):
        make_node(alpha, alpha.portfolio, f"Program {index}")
    with CaptureQueriesContext(connection) as with_many:
        client.get(url)
    assert len(with_many) == len(with_two)


# ---- creation --------------------------------------------------------------------------------


@pytest.mark.parametrize("level", LEVELS)
def test_each_level_is_created_under_the_one_above(alpha: House, level: Level) -> None:
    parent = alpha.root if level is Level.PORTFOLIO else node_at(alpha, Level(level - 1))
    url = alpha.page(f"{NOUNS[level]}/new/?under={parent.code}")
    data = {"name": " New   one ", "owner": "owner@alpha.example", "planned_start": "2026-01-01"}
    answer = alpha.client("pmo").post(url, data)
    assert answer.status_code == 302, answer.content.decode()
    with alpha.active():
        made = Node.objects.select_related("owner__user").get(name="New one", level=level)
        assert made.parent_id == parent.pk
        assert made.owner.email == "owner@alpha.example"
        packages = Node.objects.filter(parent=made, is_default=True).count()
        assert packages == (1 if level is Level.PROJECT else 0)
    assert answer["Location"] == url_of(alpha, made)


@pytest.mark.parametrize(
    ("data", "field", "words"),
    [
        ({"name": ""}, "name", "required"),
        ({"name": "x" * 201}, "name", "200"),
        ({"name": "\x00"}, "name", "control characters"),
        ({"planned_end": "1e30"}, "planned_end", "valid date"),
        ({"planned_start": "2026-01-02", "planned_end": "2026-01-01"}, "planned_end", "before"),
        ({"sponsor": "owner@beta.example"}, "sponsor", "not a member"),
    ],
)
def test_bad_input_creates_nothing(
    alpha: House, data: dict[str, str], field: str, words: str
) -> None:
    url = alpha.page(f"programs/new/?under={alpha.portfolio.code}")
    answer = alpha.client("pmo").post(url, {"name": "New one", **data})
    assert answer.status_code == 422
    assert words in " ".join(answer.context["form"].errors[field])
    with alpha.active():
        assert Node.objects.filter(level=Level.PROGRAM).count() == 2


@pytest.mark.parametrize(
    ("name", "under", "status"),
    [
        ("owner", "portfolio", 403),
        ("auditor", "portfolio", 403),
        ("guest", "portfolio", 404),
        ("narrow", "portfolio", 404),
        ("pmo", "program", 404),
    ],
)
def test_a_program_is_not_created_by_whom_or_where_it_may_not(
    alpha: House, name: str, under: str, status: int
) -> None:
    node: Node = getattr(alpha, under)
    url = alpha.page(f"programs/new/?under={node.code}")
    assert alpha.client(name).get(url).status_code == status
    assert alpha.client(name).post(url, {"name": "x"}).status_code == status


# ---- edits, moves, deletion ------------------------------------------------------------------


@pytest.fixture
def edit() -> Callable[[House, Node], dict[str, str]]:
    """What a browser would send back from the form as it was opened."""

    def opened(house: House, node: Node) -> dict[str, str]:
        form = house.client("pmo").get(url_of(house, node, "edit/")).context["form"]
        seen = {"seen_version": str(form.initial["seen_version"]), **dict(form.seen_inputs())}
        return {**seen, **form.current}

    return opened


def test_a_node_is_edited(alpha: House, edit: Callable[[House, Node], dict[str, str]]) -> None:
    data = edit(alpha, alpha.program) | {"name": "Renamed", "description": "Why"}
    answer = alpha.client("pmo").post(url_of(alpha, alpha.program, "edit/"), data)
    assert answer.status_code == 302
    node = reloaded(alpha, alpha.program)
    assert (node.name, node.description, node.version) == ("Renamed", "Why", 2)


def test_a_late_edit_of_a_node_loses_nothing(
    alpha: House, edit: Callable[[House, Node], dict[str, str]]
) -> None:
    data = edit(alpha, alpha.program) | {"description": "Mine"}
    by = alpha.actor("pmo")
    with alpha.active():
        node_change(node=alpha.program, seen_version=1, fields={"name": "Theirs"}, by=by)
    late = alpha.client("pmo").post(url_of(alpha, alpha.program, "edit/"), data)
    assert late.status_code == 409
    assert "name First program → Theirs" in late.content.decode()
    values = {name: late.context["form"][name].value() for name in ("name", "description")}
    assert values == {"name": "Theirs", "description": "Mine"}
    saved = alpha.client("pmo").post(
        url_of(alpha, alpha.program, "edit/"), dict(late.context["form"].data)
    )
    assert saved.status_code == 302
    node = reloaded(alpha, alpha.program)
    assert (node.name, node.description) == ("Theirs", "Mine")


def test_owner_and_sponsor_of_a_node_are_two_people(
    alpha: House, edit: Callable[[House, Node], dict[str, str]]
) -> None:
    both = {"owner": "owner@alpha.example", "sponsor": "owner@alpha.example"}
    data = edit(alpha, alpha.program) | both
    answer = alpha.client("pmo").post(url_of(alpha, alpha.program, "edit/"), data)
    assert answer.status_code == 422
    assert "(S1)" in answer.content.decode()


def test_a_project_moves_to_another_program_with_all_below_it(alpha: House) -> None:
    client, url = alpha.client("pmo"), url_of(alpha, alpha.project, "move/")
    html = client.get(url).content.decode()
    assert f'value="{alpha.other_program.code}"' in html
    assert f'value="{alpha.program.code}"' not in html
    data = {"seen_version": "1", "to": alpha.other_program.code}
    assert client.post(url, data).status_code == 302
    package = reloaded(alpha, alpha.package)
    assert package.path.startswith(reloaded(alpha, alpha.other_program).path)


def test_a_move_to_the_wrong_level_is_told_in_the_form(alpha: House) -> None:
    url = url_of(alpha, alpha.project, "move/")
    answer = alpha.client("pmo").post(url, {"seen_version": "1", "to": alpha.portfolio.code})
    assert answer.status_code == 422
    assert "does not belong at that level" in answer.content.decode()


def test_the_default_package_stays_with_its_project(alpha: House) -> None:
    url = url_of(alpha, alpha.package, "move/")
    html = alpha.client("pmo").get(url).content.decode()
    assert "default package stays" in html
    answer = alpha.client("pmo").post(url, {"seen_version": "1", "to": alpha.project.code})
    assert answer.status_code == 422


def test_an_empty_project_goes_with_its_default_package(alpha: House) -> None:
    project = make_node(alpha, alpha.other_program, "Short lived")
    client, url = alpha.client("pmo"), url_of(alpha, project, "delete/")
    assert "Delete" in client.get(url).content.decode()
    assert client.post(url, {"seen_version": project.version}).status_code == 302
    with alpha.active():
        assert not Node.objects.filter(pk=project.pk).exists()
        assert not Node.objects.filter(parent_id=project.pk).exists()


def test_a_project_with_a_measure_stays_and_says_why(alpha: House) -> None:
    make_measure(alpha)
    client, url = alpha.client("pmo"), url_of(alpha, alpha.project, "delete/")
    assert "something below this" in client.get(url).content.decode()
    assert client.post(url, {"seen_version": "1"}).status_code == 409
    assert reloaded(alpha, alpha.project).pk == alpha.project.pk


def test_a_place_with_roles_on_it_stays_and_says_why(alpha: House) -> None:
    by = alpha.system(Role.ADMINISTRATOR)
    project = make_node(alpha, alpha.other_program, "Granted")
    with alpha.active():
        role_grant(membership=alpha.people["guest"], role=Role.EXECUTIVE, node=project, by=by)
    client, url = alpha.client("pmo"), url_of(alpha, project, "delete/")
    assert "Roles are still granted" in client.get(url).content.decode()
    assert client.post(url, {"seen_version": project.version}).status_code == 409


def test_a_late_deletion_is_refused(alpha: House) -> None:
    project = make_node(alpha, alpha.other_program, "Short lived")
    url = url_of(alpha, project, "delete/")
    assert alpha.client("pmo").post(url, {"seen_version": "9"}).status_code == 409
    assert reloaded(alpha, project).pk == project.pk


@pytest.mark.parametrize("path", ["edit/", "delete/", "move/"])
@pytest.mark.parametrize(("name", "status"), [("owner", 403), ("auditor", 403), ("narrow", 404)])
def test_who_may_not_change_a_node_is_told_so(
    alpha: House, path: str, name: str, status: int
) -> None:
    assert alpha.client(name).get(url_of(alpha, alpha.program, path)).status_code == status


# ---- lists -----------------------------------------------------------------------------------


@pytest.mark.parametrize("level", LEVELS)
def test_each_level_has_a_list_that_searches_and_sorts(alpha: House, level: Level) -> None:
    client, url = alpha.client("executive"), alpha.page(f"{NOUNS[level]}/")
    node = node_at(alpha, level)
    assert url_of(alpha, node) in client.get(url).content.decode()
    assert url_of(alpha, node) in client.get(url, {"q": node.code}).content.decode()
    assert url_of(alpha, node) not in client.get(url, {"q": "zzz"}).content.decode()
    assert client.get(url, {"ordering": "-code"}).status_code == 200
    for query in ("colour=red", "ordering=owner", "cursor=bogus", "q=%00"):
        assert client.get(f"{url}?{query}").status_code == 400
    assert alpha.client("guest").get(url).status_code == 404
