"""Six at once on the same measure, node or list entry: one wins each version, nobody is lost."""

from collections import Counter
from functools import partial
from typing import Any

import pytest

from governance.tree.choices import Level
from governance.tree.models import Node
from initiatives.models import Measure
from tests.governance.test_tree_races import add, crooked
from tests.houses import House, World
from tests.initiatives.making import make_measure, reloaded
from tests.racing import errors_in, race
from tests.storms import CALLERS, Wire, callers, events, storm

pytestmark = pytest.mark.slow

ROUNDS = 4
FIRST = {"If-Match": '"1"'}


@pytest.fixture
def house(lasting_world: World) -> House:
    return lasting_world.alpha


@pytest.fixture
def measure(house: House) -> Measure:
    return make_measure(house, "Bundle steel")


def form(house: House, url: str) -> dict[str, str]:
    """What a browser would send back from the form of a measure as it was opened."""
    opened = house.client("pmo").get(url).context["form"]
    data = {"seen_version": str(opened.initial["seen_version"]), **dict(opened.seen_inputs())}
    return data | {n: opened.current[n] for n in opened.current if not opened.fields[n].disabled}


def test_of_six_changes_of_each_version_one_wins(house: House, measure: Measure) -> None:
    programs, path = callers(house), f"measures/{measure.code}/"
    for version in range(1, ROUNDS + 1):
        tag = {"If-Match": f'"{version}"'}
        found = storm(
            partial(program.patch, path, {"name": f"{version} by {number}"}, **tag)
            for number, program in enumerate(programs)
        )
        assert found == Counter({200: 1, 412: CALLERS - 1})
        assert reloaded(house, measure).version == version + 1
        assert events(house, "measure.changed", measure.code) == version


def test_pages_and_programs_share_one_version(house: House, measure: Measure) -> None:
    url = house.page(f"measures/{measure.code}/edit/")
    data, programs = form(house, url), callers(house, number=3)
    browsers = [house.client("pmo") for _browser in range(3)]
    found = storm(
        [
            *(partial(b.post, url, data | {"name": f"page {n}"}) for n, b in enumerate(browsers)),
            *(
                partial(p.patch, f"measures/{measure.code}/", {"name": f"api {n}"}, **FIRST)
                for n, p in enumerate(programs)
            ),
        ]
    )
    assert found[302] + found[200] == 1, found
    assert set(found) <= {200, 302, 409, 412}, found
    now = reloaded(house, measure)
    assert now.version == 2
    assert now.name.startswith("page" if found[302] else "api")
    assert events(house, "measure.changed", measure.code) == 1


def test_deleting_and_changing_one_version_exclude_each_other(house: House) -> None:
    for _round in range(ROUNDS):
        measure = make_measure(house, "Here and gone")
        path, programs = f"measures/{measure.code}/", callers(house)
        found = storm(
            [
                *(partial(program.delete, path, **FIRST) for program in programs[:3]),
                *(partial(p.patch, path, {"name": "Changed"}, **FIRST) for p in programs[3:]),
            ]
        )
        assert found[204] + found[200] == 1, found
        assert set(found) <= {200, 204, 404, 412}, found
        assert events(house, "measure.deleted", measure.code) == found[204]
        assert events(house, "measure.changed", measure.code) == found[200]
        with house.active():
            assert Measure.objects.filter(pk=measure.pk).count() == found[200]


def test_two_ways_for_one_measure_cross_and_one_is_gone(house: House, measure: Measure) -> None:
    goals = [add(house, house.project, f"goal {n}", Level.PACKAGE) for n in range(CALLERS)]
    found = storm(
        partial(p.post, f"measures/{measure.code}/move/", {"parent": goal.code}, **FIRST)
        for p, goal in zip(callers(house), goals, strict=True)
    )
    assert found == Counter({200: 1, 412: CALLERS - 1})
    assert events(house, "measure.moved", measure.code) == 1


def test_a_package_is_filled_while_it_and_its_projects_move(house: House) -> None:
    """Two projects swap programs while measures and packages come below them."""
    other = add(house, house.other_program, "Second project")
    places = {house.project.code: house.other_program.code, other.code: house.program.code}
    programs = callers(house, number=2 * len(places) + 2)
    found = storm(
        [
            *(
                partial(p.post, f"projects/{code}/move/", {"parent": goal}, **FIRST)
                for p, (code, goal) in zip(programs, places.items(), strict=False)
            ),
            *(
                partial(p.post, "measure-packages/", {"name": "New", "project": code})
                for p, code in zip(programs[2:], places, strict=False)
            ),
            *(
                partial(p.post, "measures/", {"name": "New", "measure_package": house.package.code})
                for p in programs[4:]
            ),
        ]
    )
    assert found == Counter({200: 2, 201: 4}), found
    assert crooked(house) == []
    with house.active():
        moved = Node.objects.select_related("parent").get(pk=house.project.pk)
        assert moved.parent is not None
        assert moved.parent.pk == house.other_program.pk
        assert all(m.path.startswith(moved.path) for m in Measure.objects.select_related("package"))


def test_of_six_renamings_of_a_list_entry_one_wins(house: House) -> None:
    path = f"business-units/{house.unit.code}/"
    found = storm(
        partial(program.patch, path, {"name": f"Unit {number}"}, **FIRST)
        for number, program in enumerate(callers(house))
    )
    assert found == Counter({200: 1, 412: CALLERS - 1})
    assert events(house, "master_data.changed", house.unit.code) == 1


def test_of_six_changes_of_a_node_one_wins(house: House) -> None:
    path = f"programs/{house.program.code}/"
    found = storm(
        partial(program.patch, path, {"name": f"Program {number}"}, **FIRST)
        for number, program in enumerate(callers(house))
    )
    assert found == Counter({200: 1, 412: CALLERS - 1})
    assert events(house, "node.changed", house.program.code) == 1


def test_one_key_sent_six_times_at_once_makes_one_measure(house: House) -> None:
    program = house.caller("pmo")
    body = {"name": "Once", "project": house.project.code}
    key = {"Idempotency-Key": "six at once"}
    answers = race(*[partial(program.post, "measures/", body, **key)] * CALLERS)
    assert errors_in(answers) == []
    assert Counter(answer.status_code for answer in answers) == Counter({201: CALLERS})
    assert len({answer.content for answer in answers}) == 1
    with house.active():
        assert Measure.objects.filter(name="Once").count() == 1


def test_counting_up_over_http_loses_no_count(
    house: House, measure: Measure, live_server: Any
) -> None:
    """Eight programs read a number, add one and write it back: each that is told 200 counts."""
    path, programs = f"measures/{measure.code}/", callers(house, number=8)
    assert programs[0].patch(path, {"name": "0"}, **FIRST).status_code == 200

    def count(program: Any) -> Counter[int]:
        wire, told = Wire(live_server.url, program), Counter[int]()
        while told[200] < 5:
            _status, now = wire.call("GET", path)
            more = {"name": str(int(now["name"]) + 1)}
            status, _body = wire.call("PATCH", path, more, **{"If-Match": f'"{now["version"]}"'})
            told[status] += 1
        wire.close()
        return told

    results = race(*(partial(count, program) for program in programs))
    assert errors_in(results) == []
    told = sum(results, Counter[int]())
    assert set(told) <= {200, 412, 409}, told
    now = reloaded(house, measure)
    assert (told[200], now.name, now.version) == (40, "40", 42)
    assert events(house, "measure.changed", measure.code) == 41
