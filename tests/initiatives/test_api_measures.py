"""Measures through the API: create, read, change, move, delete, lists."""

import json
from typing import Any

import pytest

from governance.audit.models import AuditEvent
from initiatives.models import Measure
from initiatives.selectors import ORDERS
from initiatives.services import MeasureDraft, measure_create
from tests.houses import ApiCaller, House

FIELDS = [
    *("code", "name", "description", "stage", "doi", "overlay", "open_request", "open_conditions"),
    *("measure_package", "project", "program", "portfolio", "owner", "sponsor", "controller"),
    *("receiver", "business_unit", "function", "legal_entity", "forum", "calculation_method"),
    *("stage_model", "track", "stage_since", "review_on", "rework_count"),
    *("planned_start", "planned_end"),
    *("lights", "version", "created_at", "updated_at"),
]


WHOLE = {
    "name": "  Bundle   castings ",
    "description": "Two plants, one supplier.\nFrom spring.",
    "owner": "OWNER@alpha.example",
    "sponsor": "sponsor@alpha.example",
    "business_unit": "BU1",
    "function": "F1",
    "legal_entity": "LE1",
    "forum": "SC",
    "planned_start": "2026-03-01",
    "planned_end": "2026-12-31",
}
SHOWN = WHOLE | {
    "name": "Bundle castings",
    "stage": "identified",
    "doi": 1,
    "overlay": "active",
    "open_request": None,
    "open_conditions": [],
    "owner": {"email": "owner@alpha.example", "name": "Owner"},
    "sponsor": {"email": "sponsor@alpha.example", "name": "Sponsor"},
    "controller": None,
    "receiver": None,
    "calculation_method": "",
    "stage_model": "standard 1",
    "track": "standard",
    "stage_since": "",
    "review_on": None,
    "rework_count": 0,
    "lights": {"implementation": "grey", "potential": "grey", "evidence": "grey"},
    "version": 1,
    "created_at": "",
    "updated_at": "",
}


@pytest.fixture
def pmo(alpha: House) -> ApiCaller:
    return alpha.caller("pmo")


def made(house: House, name: str = "Bundle steel", **fields: Any) -> Measure:
    """A measure in the first package, made by the PMO."""
    by = house.actor("pmo")
    with house.active():
        return measure_create(package=house.package, draft=MeasureDraft(name, **fields), by=by)


def version_of(measure: Measure) -> dict[str, str]:
    return {"If-Match": f'"{measure.version}"'}


def test_a_measure_is_created_in_a_package_and_shown_whole(alpha: House, pmo: ApiCaller) -> None:
    answer = pmo.post("measures/", WHOLE | {"measure_package": alpha.package.code})
    body = answer.json()
    assert answer.status_code == 201, body
    assert list(body) == FIELDS
    expected = SHOWN | {
        "code": body["code"],
        "measure_package": alpha.package.code,
        "project": alpha.project.code,
        "program": alpha.program.code,
        "portfolio": alpha.portfolio.code,
    }
    assert body | {"stage_since": "", "created_at": "", "updated_at": ""} == expected
    assert body["created_at"].endswith("Z")
    assert answer["ETag"] == '"1"'
    path = f"measures/{body['code']}/"
    assert answer["Location"] == f"http://testserver{alpha.api(path)}"
    again = pmo.get(path)
    assert (again.status_code, again.json(), again["ETag"]) == (200, body, '"1"')


def test_a_measure_under_a_project_lands_in_its_default_package(
    alpha: House, pmo: ApiCaller
) -> None:
    answer = pmo.post("measures/", {"name": "Quick", "project": alpha.project.code})
    assert answer.status_code == 201
    assert answer.json()["measure_package"] == alpha.package.code


def test_exactly_one_place_is_named(alpha: House, pmo: ApiCaller) -> None:
    both = {"project": alpha.project.code, "measure_package": alpha.package.code}
    for places, named in (({}, {"measure_package"}), (both, set(both))):
        answer = pmo.post("measures/", {"name": "Where", **places})
        assert answer.status_code == 400
        assert set(answer.json()["errors"]) == named


def test_a_place_of_another_level_is_no_place(alpha: House, pmo: ApiCaller) -> None:
    for name, code in (("measure_package", alpha.project.code), ("project", alpha.program.code)):
        answer = pmo.post("measures/", {"name": "Where", name: code})
        assert answer.status_code == 400
        assert answer.json()["errors"] == {name: [f"There is no {code} here."]}


def test_who_creates_and_may_own_is_the_owner(alpha: House) -> None:
    answer = alpha.caller("owner").post(
        "measures/", {"name": "Mine", "measure_package": alpha.package.code}
    )
    assert answer.json()["owner"]["email"] == "owner@alpha.example"


def test_the_judged_do_not_choose_their_judges(alpha: House) -> None:
    answer = alpha.caller("owner").post(
        "measures/",
        {
            "name": "Mine",
            "measure_package": alpha.package.code,
            "controller": "controller@alpha.example",
            "sponsor": "sponsor@alpha.example",
        },
    )
    assert answer.status_code == 403, answer.json()
    assert set(answer.json()["errors"]) == {"controller", "sponsor"}


def test_every_wrong_field_is_named_at_once(alpha: House, pmo: ApiCaller) -> None:
    answer = pmo.post(
        "measures/",
        {
            "name": "x" * 201,
            "measure_package": alpha.package.code,
            "planned_start": "soon",
            "stage": "closed",
            "colour": "red",
        },
    )
    assert answer.status_code == 400
    assert set(answer.json()["errors"]) == {"name", "planned_start", "stage", "colour"}
    answer = pmo.post(
        "measures/",
        {
            "name": "x",
            "measure_package": alpha.package.code,
            "owner": "nobody@alpha.example",
            "forum": "NO",
            "function": "NO",
        },
    )
    assert set(answer.json()["errors"]) == {"owner", "forum", "function"}


def test_owner_and_sponsor_differ(alpha: House, pmo: ApiCaller) -> None:
    same = dict.fromkeys(("owner", "sponsor"), "owner@alpha.example")
    answer = pmo.post("measures/", {"name": "Twice", "measure_package": alpha.package.code, **same})
    assert answer.status_code == 422
    assert answer.json()["code"] == "owner_is_sponsor"


def test_a_change_raises_the_version_and_leaves_the_rest(alpha: House, pmo: ApiCaller) -> None:
    measure = made(alpha, owner=alpha.people["owner"], description="Old words")
    path = f"measures/{measure.code}/"
    answer = pmo.patch(path, {"name": "New name", "owner": None}, **version_of(measure))
    body = answer.json()
    assert (answer.status_code, answer["ETag"], body["version"]) == (200, '"2"', 2)
    assert (body["name"], body["owner"], body["description"]) == ("New name", None, "Old words")
    assert body["updated_at"].endswith("Z")
    assert pmo.get(path).json() == body


def test_a_weak_etag_is_as_good(alpha: House, pmo: ApiCaller) -> None:
    measure = made(alpha)
    answer = pmo.patch(f"measures/{measure.code}/", {"name": "New"}, **{"If-Match": 'W/"1"'})
    assert answer.status_code == 200


def test_who_saw_an_old_version_changes_nothing(alpha: House, pmo: ApiCaller) -> None:
    measure = made(alpha)
    path = f"measures/{measure.code}/"
    pmo.patch(path, {"name": "First"}, **version_of(measure))
    answer = pmo.patch(path, {"name": "Second"}, **version_of(measure))
    assert (answer.status_code, answer.json()["code"]) == (412, "stale")
    assert pmo.get(path).json()["name"] == "First"


@pytest.mark.parametrize("field", ["stage", "overlay", "doi", "code", "version", "project"])
def test_no_change_reaches_the_stage_or_the_place(alpha: House, pmo: ApiCaller, field: str) -> None:
    measure = made(alpha)
    path = f"measures/{measure.code}/"
    body = {"name": "New", field: "closed"}
    answer = pmo.patch(path, body, **version_of(measure))
    assert answer.status_code == 400
    assert answer.json()["errors"] == {field: ["This field is read-only."]}
    assert pmo.get(path).json()["name"] == "Bundle steel"


def test_a_change_of_a_foreign_field_names_it(alpha: House) -> None:
    measure = made(alpha, owner=alpha.people["owner"])
    answer = alpha.caller("owner").patch(
        f"measures/{measure.code}/",
        {"name": "Mine", "controller": "controller@alpha.example"},
        **version_of(measure),
    )
    assert answer.status_code == 403
    assert set(answer.json()["errors"]) == {"controller"}


def test_an_end_before_the_start_is_a_field_error(alpha: House, pmo: ApiCaller) -> None:
    measure = made(alpha)
    dates = {"planned_start": "2026-03-01", "planned_end": "2026-02-01"}
    answer = pmo.patch(f"measures/{measure.code}/", dates, **version_of(measure))
    assert (answer.status_code, set(answer.json()["errors"])) == (400, {"planned_end"})


def test_a_measure_moves_with_its_code(alpha: House, pmo: ApiCaller) -> None:
    measure = made(alpha)
    made_project = pmo.post("projects/", {"name": "Other", "program": alpha.program.code})
    project = made_project.json()["code"]
    path = f"measures/{measure.code}/"
    answer = pmo.post(f"{path}move/", {"parent": project}, **version_of(measure))
    assert answer.status_code == 200, answer.json()
    body = answer.json()
    assert (body["code"], body["project"], body["version"]) == (measure.code, project, 2)
    assert answer["ETag"] == '"2"'
    assert pmo.get(path).json() == body


def test_a_move_needs_a_version_and_a_place(alpha: House, pmo: ApiCaller) -> None:
    path = f"measures/{made(alpha).code}/move/"
    assert pmo.post(path, {"parent": alpha.package.code}).status_code == 428
    nowhere = pmo.post(path, {"parent": "PK-9999"}, **{"If-Match": '"1"'})
    assert nowhere.status_code == 400
    assert nowhere.json()["errors"] == {"parent": ["There is no PK-9999 here."]}
    stale = pmo.post(path, {"parent": alpha.package.code}, **{"If-Match": '"7"'})
    assert stale.status_code == 412


def test_an_identified_measure_is_deleted_and_stays_in_the_trail(
    alpha: House, pmo: ApiCaller
) -> None:
    measure = made(alpha)
    path = f"measures/{measure.code}/"
    assert pmo.delete(path).status_code == 428
    assert pmo.delete(path, **{"If-Match": '"9"'}).status_code == 412
    answer = pmo.delete(path, **version_of(measure))
    assert (answer.status_code, answer.content) == (204, b"")
    assert pmo.get(path).status_code == 404
    with alpha.active():
        events = AuditEvent.objects.filter(subject_key=measure.code, action="measure.deleted")
        assert events.count() == 1


def test_an_owner_cannot_delete(alpha: House) -> None:
    measure = made(alpha, owner=alpha.people["owner"])
    answer = alpha.caller("owner").delete(f"measures/{measure.code}/", **version_of(measure))
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


def test_history_tells_who_did_what_newest_first(alpha: House, pmo: ApiCaller) -> None:
    measure = made(alpha)
    path = f"measures/{measure.code}/"
    pmo.patch(path, {"name": "New name"}, **version_of(measure))
    events = pmo.get(f"{path}history/").json()["results"]
    assert [event["action"] for event in events] == ["measure.changed", "measure.created"]
    changed = events[0]
    assert changed["actor"] == {"email": "pmo@alpha.example", "name": "Pmo"}
    assert changed["changes"] == {"name": ["Bundle steel", "New name"]}
    assert changed["at"].endswith("Z")
    assert "New name" in changed["sentence"]


# --- lists -----------------------------------------------------------------------------------


def names(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.content
    return [row["name"] for row in answer.json()["results"]]


def test_filters_narrow_and_combine(alpha: House, pmo: ApiCaller) -> None:
    owner = alpha.people["owner"]
    made(alpha, "Bundle steel", owner=owner, function=alpha.function)
    made(alpha, "Bundle castings", owner=owner)
    made(alpha, "Sell scrap")
    other = pmo.post("projects/", {"name": "Other", "program": alpha.other_program.code}).json()
    pmo.post("measures/", {"name": "Elsewhere", "project": other["code"]})
    first_three = ["Bundle steel", "Bundle castings", "Sell scrap"]
    expected = {
        "q=bundle": ["Bundle steel", "Bundle castings"],
        "q=bund+cast": ["Bundle castings"],
        "owner=OWNER@alpha.example": ["Bundle steel", "Bundle castings"],
        "owner=nobody@alpha.example": [],
        "missing=function": ["Bundle castings", "Sell scrap", "Elsewhere"],
        "missing=owner&q=sell": ["Sell scrap"],
        "missing=any": [*first_three, "Elsewhere"],
        f"program={alpha.program.code}": first_three,
        f"program={alpha.other_program.code}": ["Elsewhere"],
        f"portfolio={alpha.portfolio.code}": [*first_three, "Elsewhere"],
        f"project={other['code']}": ["Elsewhere"],
        f"measure_package={alpha.package.code}": first_three,
        "stage=identified&overlay=active": [*first_three, "Elsewhere"],
        "stage=decided": [],
        "overlay=cancelled": [],
        "stage=&overlay=&owner=&program=&q=&ordering=": [*first_three, "Elsewhere"],
        "ordering=name": ["Bundle castings", "Bundle steel", "Elsewhere", "Sell scrap"],
        "ordering=-name": ["Sell scrap", "Elsewhere", "Bundle steel", "Bundle castings"],
        "ordering=-code": ["Elsewhere", *reversed(first_three)],
    }
    found = {query: names(pmo.get(f"measures/?{query}")) for query in expected}
    assert found == expected


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("colour=red", "colour"),
        ("colour=", "colour"),
        ("format=json", "format"),
        ("stage=started", "stage"),
        ("ordering=stage", "ordering"),
        ("ordering=--name", "ordering"),
        ("missing=colour", "missing"),
        ("owner=me", "owner"),
        ("program=PG-999", "program"),
        ("program=PF-01", "program"),
        ("limit=0", "limit"),
        ("limit=501", "limit"),
        ("limit=1e3", "limit"),
        ("q=a&q=b", "q"),
        ("q=%00", "q"),
    ],
)
def test_a_filter_that_means_nothing_is_refused(pmo: ApiCaller, query: str, field: str) -> None:
    answer = pmo.get(f"measures/?{query}")
    assert answer.status_code == 400
    assert set(answer.json()["errors"]) == {field}


@pytest.mark.parametrize("ordering", [f"{sign}{name}" for name in ORDERS for sign in ("", "-")])
def test_pages_show_every_row_once_in_both_directions(
    alpha: House, pmo: ApiCaller, ordering: str
) -> None:
    for number in range(7):
        made(alpha, f"Measure {number % 3}")
    whole = names(pmo.get(f"measures/?ordering={ordering}"))
    pages = [pmo.get(f"measures/?ordering={ordering}&limit=3").json()]
    while link := pages[-1]["next"]:
        pages.append(pmo.client.get(link).json())
    assert [row["name"] for page in pages for row in page["results"]] == whole
    codes = [[row["code"] for row in page["results"]] for page in pages]
    assert [len(page) for page in codes] == [3, 3, 1]
    assert pages[0]["previous"] is None
    back = pmo.client.get(pages[2]["previous"]).json()
    assert [row["code"] for row in back["results"]] == codes[1]
    first = pmo.client.get(back["previous"]).json()
    assert ([row["code"] for row in first["results"]], first["previous"]) == (codes[0], None)


def test_a_page_stays_exact_while_rows_come_and_go(alpha: House, pmo: ApiCaller) -> None:
    rows = [made(alpha, f"Measure {number}") for number in range(5)]
    page = pmo.get("measures/?limit=2").json()
    pmo.delete(f"measures/{rows[1].code}/", **version_of(rows[1]))
    made(alpha, "Late")
    after = pmo.client.get(page["next"].replace("limit=2", "limit=10")).json()
    assert [row["name"] for row in after["results"]] == [
        "Measure 2",
        "Measure 3",
        "Measure 4",
        "Late",
    ]


def test_people_see_what_lies_below_their_grants(alpha: House, pmo: ApiCaller) -> None:
    hidden = made(alpha)
    project = pmo.post("projects/", {"name": "Other", "program": alpha.other_program.code}).json()
    pmo.post("measures/", {"name": "Elsewhere", "project": project["code"]})
    narrow, guest = alpha.caller("narrow"), alpha.caller("guest")
    assert names(narrow.get("measures/")) == ["Elsewhere"]
    assert names(guest.get("measures/")) == []
    for caller in (narrow, guest):
        answer = caller.get(f"measures/{hidden.code}/")
        assert answer.status_code == 404
        assert json.loads(answer.content)["code"] == "not_found"
