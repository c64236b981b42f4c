"""The measure page: ladder, governability, actions by role, history, deletion, creation, moves."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from governance.audit.models import AuditEvent
from governance.errors import Forbidden
from governance.people.choices import Role
from governance.tree.choices import Level
from governance.tree.models import Node
from governance.tree.services import NodeDraft
from initiatives.choices import GovernabilityField
from initiatives.models import Measure
from initiatives.services import MeasureDraft, level_create, measure_create
from tests.houses import House
from tests.initiatives.making import make_measure, reloaded


@pytest.fixture
def measure(alpha: House) -> Measure:
    return make_measure(alpha, "Bundle steel", owner=alpha.people["owner"])


@pytest.fixture
def page(alpha: House, measure: Measure) -> Callable[[str], str]:
    """Addresses of this measure's pages."""
    return lambda path="": alpha.page(f"measures/{measure.code}/{path}")


@pytest.fixture
def other_project(alpha: House) -> Node:
    by = alpha.system(Role.PMO)
    with alpha.active():
        draft = NodeDraft(Level.PROJECT, "Other project")
        return level_create(parent=alpha.other_program, draft=draft, by=by)


def test_the_page_shows_the_ladder_at_identified_and_no_way_to_set_it(
    alpha: House, page: Callable[[str], str]
) -> None:
    html = alpha.client("pmo").get(page("")).content.decode()
    assert html.count("tg-step-mark") == 5
    assert html.count('aria-current="step"') == 1
    assert 'name="stage"' not in html
    assert "no form sets it" in html


def test_the_way_down_leads_through_the_hierarchy(
    alpha: House, measure: Measure, page: Callable[[str], str]
) -> None:
    response = alpha.client("pmo").get(page(""))
    labels = [crumb.label for crumb in response.context["breadcrumbs"]]
    # The default package is not named: its project stands for it.
    assert labels == ["Alpha", "First portfolio", "First program", "First project", measure.code]


def test_missing_fields_lead_to_where_they_are_mended_by_those_who_may(
    alpha: House, page: Callable[[str], str]
) -> None:
    html = alpha.client("pmo").get(page("")).content.decode()
    for field in GovernabilityField:
        is_open = field not in {GovernabilityField.OWNER, GovernabilityField.CONTROLLER}
        assert (f'{page("edit/")}#id_{field.value}"' in html) is is_open
    assert "Set by finance" in html


@pytest.mark.parametrize(
    ("name", "offered", "refused"),
    [
        ("pmo", {"edit", "move", "delete"}, set()),
        ("owner", {"edit"}, set()),
        ("controller", {"edit"}, set()),
        ("consultant", {"edit"}, set()),
        ("executive", set(), set()),
        ("auditor", set(), set()),
        ("administrator", set(), set()),
    ],
)
def test_each_role_is_offered_what_it_may_do(
    alpha: House,
    page: Callable[[str], str],
    name: str,
    offered: set[str],
    refused: set[str],
) -> None:
    answer = alpha.client(name).get(page(""))
    html = answer.content.decode()
    assert {
        verb for verb in ("edit", "move", "delete") if f'href="{page(verb)}/"' in html
    } == offered
    assert {action.label for action in answer.context["actions"] if action.reason} == refused


def test_owners_see_why_they_cannot_edit_the_measure_of_another(alpha: House) -> None:
    other = make_measure(alpha, "Retire furnace", owner=alpha.people["pmo"])
    html = alpha.client("owner").get(alpha.page(f"measures/{other.code}/")).content.decode()
    assert "you do not own this one" in html


@pytest.mark.parametrize("path", ["", "history/", "values/", "edit/", "move/", "delete/"])
def test_strangers_find_nothing(alpha: House, beta: House, path: str) -> None:
    foreign = make_measure(beta, "Secret of beta")
    for code in (foreign.code + "9", "M-%00", "%ED%A0%80", "x" * 300):
        response = alpha.client("pmo").get(alpha.page(f"measures/{code}/{path}"))
        assert response.status_code == 404
    assert alpha.client("pmo").get(beta.page(f"measures/{foreign.code}/{path}")).status_code == 404


def test_what_stands_outside_a_persons_place_is_not_found(
    alpha: House, page: Callable[[str], str]
) -> None:
    for path in ("", "history/", "values/", "edit/", "move/", "delete/"):
        assert alpha.client("narrow").get(page(path)).status_code == 404


def test_a_tab_is_a_page_and_a_part_of_it(alpha: House, page: Callable[[str], str]) -> None:
    client = alpha.client("executive")
    whole = client.get(page("history/")).content.decode()
    headers = {"HX-Request": "true", "HX-Target": "panel"}
    part = client.get(page("history/"), headers=headers).content.decode()
    assert whole.lstrip().startswith("<!DOCTYPE html>")
    assert part.lstrip().startswith('<section id="panel"')
    for html in (whole, part):
        assert "M-0" in html
        assert "created" in html


def test_history_is_read_page_by_page(alpha: House, page: Callable[[str], str]) -> None:
    client = alpha.client("pmo")
    assert client.get(page("history/?history_cursor=bogus")).status_code == 400


# ---- deletion (H3) ---------------------------------------------------------------------------


def test_a_question_stands_before_the_deletion(
    alpha: House, measure: Measure, page: Callable[[str], str]
) -> None:
    client = alpha.client("pmo")
    assert "Delete the measure" in client.get(page("delete/")).content.decode()
    assert reloaded(alpha, measure).pk == measure.pk
    answer = client.post(page("delete/"), {"seen_version": measure.version}, follow=True)
    assert f"{measure.code} was deleted" in answer.content.decode()
    with alpha.active():
        assert not Measure.objects.filter(pk=measure.pk).exists()


@pytest.mark.parametrize(
    ("version", "status"), [("7", 409), ("", 400), ("x", 400), ("9" * 30, 400)]
)
def test_a_deletion_needs_the_version_that_was_seen(
    alpha: House, measure: Measure, page: Callable[[str], str], version: str, status: int
) -> None:
    answer = alpha.client("pmo").post(page("delete/"), {"seen_version": version})
    assert answer.status_code == status
    assert reloaded(alpha, measure).pk == measure.pk


def test_owners_delete_nothing(alpha: House, page: Callable[[str], str]) -> None:
    answer = alpha.client("owner").post(page("delete/"), {"seen_version": "1"})
    assert answer.status_code == 403


# ---- creation (H5) ---------------------------------------------------------------------------


def test_a_place_is_chosen_before_a_measure_is_created(alpha: House) -> None:
    client = alpha.client("pmo")
    html = client.get(alpha.page("measures/new/")).content.decode()
    assert f"?under={alpha.project.code}" in html
    # Default packages are left out: their project stands for them.
    assert f"?under={alpha.package.code}" not in html
    found = client.get(alpha.page("measures/new/?find=nothing-like-it")).content.decode()
    assert f"?under={alpha.project.code}" not in found


def test_a_measure_created_under_a_project_starts_identified_in_its_default_package(
    alpha: House,
) -> None:
    url = alpha.page(f"measures/new/?under={alpha.project.code}")
    answer = alpha.client("pmo").post(
        url,
        {"name": " Bundle  steel ", "owner": "owner@alpha.example", "planned_start": "2026-03-01"},
    )
    assert answer.status_code == 302, answer.content.decode()
    with alpha.active():
        made = Measure.objects.select_related("package", "owner__user").get()
        assert (made.name, made.stage, made.package.code) == (
            "Bundle steel",
            "identified",
            alpha.package.code,
        )
        assert made.owner.email == "owner@alpha.example"
    assert answer["Location"] == alpha.page(f"measures/{made.code}/")


def test_owners_own_what_they_create_and_choose_no_judges(alpha: House) -> None:
    client, url = alpha.client("owner"), alpha.page(f"measures/new/?under={alpha.package.code}")
    html = client.get(url).content.decode()
    assert "You will own this measure" in html
    assert 'name="sponsor"' not in html
    data = {"name": "Mine", "sponsor": "sponsor@alpha.example", "stage": "closed"}
    assert client.post(url, data).status_code == 302
    with alpha.active():
        made = Measure.objects.get()
        assert made.owner_id == alpha.people["owner"].pk
        assert (made.sponsor_id, made.stage) == (None, "identified")


def test_who_may_not_choose_a_judge_later_does_not_choose_one_at_creation(alpha: House) -> None:
    by = alpha.actor("owner")
    draft = MeasureDraft("Mine", owner=alpha.people["owner"], sponsor=alpha.people["sponsor"])
    with alpha.active(), pytest.raises(Forbidden) as refused:
        measure_create(package=alpha.package, draft=draft, by=by)
    assert list(refused.value.errors) == ["sponsor"]


@pytest.mark.parametrize(
    ("data", "field", "words"),
    [
        ({"name": ""}, "name", "required"),
        ({"name": "a\x07b"}, "name", "control characters"),
        ({"name": "a\x00b"}, "name", "control characters"),
        ({"name": "x" * 201}, "name", "200"),
        ({"description": "x\x1by"}, "description", "control characters"),
        ({"planned_start": "soon"}, "planned_start", "valid date"),
        ({"planned_start": "2026-02-02", "planned_end": "2026-02-01"}, "planned_end", "before"),
        ({"owner": "stranger@beta.example"}, "owner", "not a member"),
        ({"owner": "owner@beta.example"}, "owner", "not a member"),
        ({"business_unit": "NOPE"}, "business_unit", "not an active entry"),
    ],
)
def test_bad_input_is_told_at_its_field_and_kept(
    alpha: House, data: dict[str, str], field: str, words: str
) -> None:
    url = alpha.page(f"measures/new/?under={alpha.package.code}")
    answer = alpha.client("pmo").post(url, {"name": "Bundle steel", **data})
    assert answer.status_code == 422
    errors = " ".join(answer.context["form"].errors[field])
    assert words in errors
    with alpha.active():
        assert not Measure.objects.exists()


def test_owner_and_sponsor_are_two_people(alpha: House) -> None:
    url = alpha.page(f"measures/new/?under={alpha.package.code}")
    both = {"owner": "owner@alpha.example", "sponsor": "owner@alpha.example"}
    answer = alpha.client("pmo").post(url, {"name": "Bundle steel", **both})
    assert answer.status_code == 422
    assert "(S1)" in answer.content.decode()


@pytest.mark.parametrize(
    ("name", "under", "status"),
    [
        ("executive", "project", 403),
        ("auditor", "project", 403),
        ("guest", "project", 403),
        ("narrow", "project", 404),
    ],
)
def test_who_may_not_create_is_told_so(alpha: House, name: str, under: str, status: int) -> None:
    node: Node = getattr(alpha, under)
    client, url = alpha.client(name), alpha.page(f"measures/new/?under={node.code}")
    assert client.get(url).status_code == status
    assert client.post(url, {"name": "x"}).status_code == status


def test_a_foreign_place_takes_no_measure(alpha: House, beta: House) -> None:
    by = beta.system(Role.PMO)
    with beta.active():
        draft = NodeDraft(Level.PROJECT, "Only in beta")
        foreign = level_create(parent=beta.program, draft=draft, by=by)
    url = alpha.page(f"measures/new/?under={foreign.code}")
    assert alpha.client("pmo").post(url, {"name": "x"}).status_code == 404


# ---- moves (H2) ------------------------------------------------------------------------------


def test_a_measure_moves_and_keeps_its_code_and_history(
    alpha: House, measure: Measure, page: Callable[[str], str], other_project: Node
) -> None:
    client = alpha.client("pmo")
    found = client.get(page("move/?find=other")).content.decode()
    assert f'value="{other_project.code}"' in found
    data = {"seen_version": measure.version, "to": other_project.code}
    assert client.post(page("move/"), data).status_code == 302
    moved = reloaded(alpha, measure)
    assert moved.code == measure.code
    assert moved.package.parent_id == other_project.pk
    with alpha.active():
        actions = AuditEvent.objects.filter(subject_key=measure.code).values_list("action")
        assert sorted(row[0] for row in actions) == ["measure.created", "measure.moved"]


@pytest.mark.parametrize(
    ("to", "status"), [("", 422), ("PJ-9999", 422), ("\x00", 422), ("PF-01", 422)]
)
def test_a_move_to_nowhere_is_told_in_the_form(
    alpha: House, measure: Measure, page: Callable[[str], str], to: str, status: int
) -> None:
    answer = alpha.client("pmo").post(page("move/"), {"seen_version": "1", "to": to})
    assert answer.status_code == status
    assert reloaded(alpha, measure).version == measure.version


def test_a_late_move_is_refused(
    alpha: House, measure: Measure, page: Callable[[str], str], other_project: Node
) -> None:
    data = {"seen_version": measure.version + 1, "to": other_project.code}
    assert alpha.client("pmo").post(page("move/"), data).status_code == 409


def test_the_page_costs_a_fixed_number_of_queries(alpha: House, page: Callable[[str], str]) -> None:
    client = alpha.client("pmo")
    client.get(page(""))
    with CaptureQueriesContext(connection) as queries:
        client.get(page(""))
    assert len(queries) <= 37, [query["sql"][:90] for query in queries]
