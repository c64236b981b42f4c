"""Portfolios, programs, projects and measure packages through the API."""

from typing import Any

import pytest

from tests.houses import ApiCaller, House

FIELDS = [
    *("code", "level", "name", "description", "parent", "portfolio", "program", "project"),
    *("owner", "sponsor", "planned_start", "planned_end", "is_default", "version"),
    *("created_at", "updated_at"),
]
BELOW = [
    ("programs", "portfolio"),
    ("projects", "program"),
    ("measure-packages", "project"),
]


@pytest.fixture
def pmo(alpha: House) -> ApiCaller:
    return alpha.caller("pmo")


def node_of(house: House, word: str) -> str:
    code: str = getattr(house, word).code
    return code


def created(caller: ApiCaller, path: str, **body: Any) -> dict[str, Any]:
    answer = caller.post(path, body)
    assert answer.status_code == 201, answer.content
    made: dict[str, Any] = answer.json()
    return made


def seen(body: dict[str, Any]) -> dict[str, str]:
    return {"If-Match": f'"{body["version"]}"'}


def test_a_portfolio_is_created_and_shown_whole(alpha: House, pmo: ApiCaller) -> None:
    answer = pmo.post(
        "portfolios/",
        {
            "name": " Group  2027 ",
            "description": "All plants",
            "owner": "owner@alpha.example",
            "planned_start": "2027-01-01",
        },
    )
    body = answer.json()
    assert answer.status_code == 201, body
    assert list(body) == FIELDS
    assert (body["level"], body["name"], body["parent"]) == ("portfolio", "Group 2027", None)
    assert body["owner"] == {"email": "owner@alpha.example", "name": "Owner"}
    assert (body["portfolio"], body["program"], body["project"]) == (None, None, None)
    assert (body["sponsor"], body["planned_start"], body["planned_end"]) == (
        None,
        "2027-01-01",
        None,
    )
    one = f"portfolios/{body['code']}/"
    assert answer["Location"] == f"http://testserver{alpha.api(one)}"
    assert answer["ETag"] == '"1"'
    assert pmo.get(one).json() == body


@pytest.mark.parametrize(("path", "above"), BELOW)
@pytest.mark.parametrize("name", ["parent", "its own"])
def test_a_node_names_the_node_above_it(
    alpha: House, pmo: ApiCaller, path: str, above: str, name: str
) -> None:
    code = node_of(alpha, above)
    body = created(pmo, f"{path}/", name="New", **{above if name == "its own" else name: code})
    assert (body["parent"], body[above]) == (code, code)
    assert body["portfolio"] == alpha.portfolio.code


@pytest.mark.parametrize(("path", "above"), BELOW)
def test_a_node_needs_one_parent_of_the_level_above(
    alpha: House, pmo: ApiCaller, path: str, above: str
) -> None:
    code = node_of(alpha, above)
    wrong: list[tuple[dict[str, Any], set[str]]] = [
        ({}, {above}),
        ({above: code, "parent": code}, {above, "parent"}),
        ({above: alpha.package.code}, {above}),
        ({"parent": "PF-99"}, {"parent"}),
        ({"parent": alpha.slug}, {"parent"}),
        ({"parent": ["PF-01"]}, {"parent"}),
    ]
    for places, named in wrong:
        answer = pmo.post(f"{path}/", {"name": "New", **places})
        assert (answer.status_code, set(answer.json()["errors"])) == (400, named), places


def test_a_portfolio_has_no_parent(alpha: House, pmo: ApiCaller) -> None:
    answer = pmo.post("portfolios/", {"name": "New", "parent": alpha.slug})
    assert (answer.status_code, set(answer.json()["errors"])) == (400, {"parent"})


def test_a_project_comes_with_its_default_package(alpha: House, pmo: ApiCaller) -> None:
    project = created(pmo, "projects/", name="New", program=alpha.program.code)
    answer = pmo.get(f"measure-packages/?project={project['code']}")
    (package,) = answer.json()["results"]
    assert (package["name"], package["is_default"], package["program"]) == (
        "New",
        True,
        alpha.program.code,
    )


def test_a_node_is_found_at_its_own_level_only(alpha: House, pmo: ApiCaller) -> None:
    assert pmo.get(f"programs/{alpha.portfolio.code}/").status_code == 404
    assert pmo.get(f"portfolios/{alpha.slug}/").status_code == 404


def test_a_node_is_changed_by_who_saw_it_last(alpha: House, pmo: ApiCaller) -> None:
    path = f"programs/{alpha.program.code}/"
    before = pmo.get(path).json()
    assert pmo.patch(path, {"name": "New"}).status_code == 428
    answer = pmo.patch(path, {"name": "New", "sponsor": "sponsor@alpha.example"}, **seen(before))
    body = answer.json()
    assert (answer.status_code, answer["ETag"]) == (200, f'"{before["version"] + 1}"')
    assert (body["name"], body["sponsor"]["name"]) == ("New", "Sponsor")
    assert body["updated_at"].endswith("Z")
    stale = pmo.patch(path, {"name": "Newer"}, **seen(before))
    assert (stale.status_code, stale.json()["code"]) == (412, "stale")
    assert pmo.get(path).json() == body


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": None}, "name"),
        ({"name": 7}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"name": "\u0000"}, "name"),
        ({"name": "\ud83d"}, "name"),
        ({"description": "x" * 10_001}, "description"),
        ({"owner": "nobody@alpha.example"}, "owner"),
        ({"owner": {"email": "owner@alpha.example"}}, "owner"),
        ({"planned_start": "2026-02-30"}, "planned_start"),
        ({"planned_start": "2026-02-02", "planned_end": "2026-02-01"}, "planned_end"),
        ({"parent": "PF-01"}, "parent"),
        ({"code": "PG-777"}, "code"),
        ({"is_default": True}, "is_default"),
        ({"path": "1/"}, "path"),
    ],
)
def test_a_wrong_change_names_its_field(
    alpha: House, pmo: ApiCaller, wrong: dict[str, Any], field: str
) -> None:
    path = f"programs/{alpha.program.code}/"
    before = pmo.get(path).json()
    answer = pmo.patch(path, wrong, **seen(before))
    assert (answer.status_code, set(answer.json()["errors"])) == (400, {field})
    assert pmo.get(path).json() == before


def test_a_node_moves_with_all_below_it(alpha: House, pmo: ApiCaller) -> None:
    path = f"projects/{alpha.project.code}/"
    before = pmo.get(path).json()
    target = {"parent": alpha.other_program.code}
    assert pmo.post(f"{path}move/", target).status_code == 428
    answer = pmo.post(f"{path}move/", target, **seen(before))
    body = answer.json()
    assert (answer.status_code, body["code"], body["program"]) == (
        200,
        alpha.project.code,
        alpha.other_program.code,
    )
    assert pmo.get(path).json() == body
    package = pmo.get(f"measure-packages/{alpha.package.code}/").json()
    assert package["program"] == alpha.other_program.code


def test_a_move_is_refused_with_its_reason(alpha: House, pmo: ApiCaller) -> None:
    default = pmo.get(f"measure-packages/{alpha.package.code}/").json()
    other = created(pmo, "projects/", name="Other", program=alpha.program.code)
    path = f"measure-packages/{alpha.package.code}/move/"
    answer = pmo.post(path, {"parent": other["code"]}, **seen(default))
    assert (answer.status_code, answer.json()["code"]) == (422, "move_default")
    wrong = pmo.post(path, {"parent": alpha.program.code}, **seen(default))
    assert wrong.json()["errors"] == {"parent": [f"There is no {alpha.program.code} here."]}


def test_an_empty_node_is_deleted_and_a_full_one_stays(alpha: House, pmo: ApiCaller) -> None:
    project = created(pmo, "projects/", name="New", program=alpha.program.code)
    path = f"projects/{project['code']}/"
    pmo.post("measures/", {"name": "In the way", "project": project["code"]})
    full = pmo.delete(path, **seen(project))
    assert (full.status_code, full.json()["code"]) == (409, "node_not_empty")
    measure = pmo.get(f"measures/?project={project['code']}").json()["results"][0]
    pmo.delete(f"measures/{measure['code']}/", **seen(measure))
    assert pmo.delete(path).status_code == 428
    assert pmo.delete(path, **{"If-Match": '"9"'}).status_code == 412
    assert pmo.delete(path, **seen(project)).status_code == 204
    assert pmo.get(path).status_code == 404
    assert pmo.get(f"measure-packages/?program={alpha.program.code}").status_code == 200


def test_lists_are_narrowed_by_what_stands_above(alpha: House, pmo: ApiCaller) -> None:
    expected = {
        "portfolios/": [alpha.portfolio.code],
        "programs/": [alpha.program.code, alpha.other_program.code],
        f"programs/?portfolio={alpha.portfolio.code}&ordering=-name": [
            alpha.other_program.code,
            alpha.program.code,
        ],
        "programs/?q=second": [alpha.other_program.code],
        "programs/?q=nothing": [],
        f"programs/?q={alpha.program.code}": [alpha.program.code],
        "programs/?owner=owner@alpha.example": [],
        f"projects/?program={alpha.program.code}": [alpha.project.code],
        f"projects/?program={alpha.other_program.code}": [],
        f"measure-packages/?portfolio={alpha.portfolio.code}": [alpha.package.code],
        f"measure-packages/?project={alpha.project.code}&ordering=code": [alpha.package.code],
    }
    found = {path: [row["code"] for row in pmo.get(path).json()["results"]] for path in expected}
    assert found == expected


@pytest.mark.parametrize(
    "query",
    [
        "portfolios/?portfolio=PF-01",
        "programs/?program=PG-001",
        "programs/?portfolio=PF-99",
        "programs/?portfolio=PG-001",
        "projects/?ordering=owner",
        "projects/?stage=closed",
        "projects/?cursor=nonsense",
    ],
)
def test_a_filter_that_means_nothing_here_is_refused(pmo: ApiCaller, query: str) -> None:
    answer = pmo.get(query)
    assert answer.status_code == 400
    assert answer.json()["code"] in {"invalid", "bad_cursor"}


def test_pages_of_nodes_show_every_row_once(alpha: House, pmo: ApiCaller) -> None:
    for number in range(5):
        created(pmo, "programs/", name=f"Same {number % 2}", portfolio=alpha.portfolio.code)
    whole = [row["code"] for row in pmo.get("programs/").json()["results"]]
    pages = [pmo.get("programs/?limit=2").json()]
    while link := pages[-1]["next"]:
        pages.append(pmo.client.get(link).json())
    assert [row["code"] for page in pages for row in page["results"]] == whole
    assert len(whole) == 7


def test_rights_decide_who_writes(alpha: House) -> None:
    executive, narrow = alpha.caller("executive"), alpha.caller("narrow")
    body = {"name": "New", "portfolio": alpha.portfolio.code}
    assert executive.get(f"programs/{alpha.program.code}/").status_code == 200
    assert executive.post("programs/", body).json()["code"] == "forbidden"
    path = f"programs/{alpha.program.code}/"
    for answer in (
        executive.patch(path, {"name": "New"}),
        executive.delete(path),
        executive.post(f"projects/{alpha.project.code}/move/", {}),
        narrow.post("portfolios/", {"name": "New"}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert narrow.get(path).status_code == 404
    hidden = narrow.post("projects/", {"name": "New", "program": alpha.program.code})
    unknown = narrow.post("projects/", {"name": "New", "program": "PG-777"})
    text = hidden.json()["errors"]["program"][0]
    assert text.replace(alpha.program.code, "PG-777") == unknown.json()["errors"]["program"][0]
    own = {"name": "New", "program": alpha.other_program.code}
    assert narrow.post("projects/", own).status_code == 201
