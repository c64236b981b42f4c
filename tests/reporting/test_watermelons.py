"""The list of watermelons as page and through the API (L6)."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from governance.calendars.selectors import today_of
from governance.tenancy.models import Tenant
from initiatives.milestones.models import Milestone
from initiatives.models import Measure
from kpis.figures.choices import LightName
from kpis.figures.services import light_state
from reporting.rollups.selectors import computed_at
from reporting.watermelons import watermelons
from tests.houses import House
from tests.initiatives.making import reloaded
from tests.kpis.oracle.loading import loaded, with_metrics
from tests.kpis.oracle.portfolios import RawEffect, RawMeasure
from tests.kpis.staging import moved
from tests.reporting.lighting import move_to, packages, settled

# Nothing is due yet, so that no light of evidence shows.
START = 2090 * 12
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("open_stages")]


def raw(amount: int, kind: str = "recurring", left: str = "0.5") -> RawMeasure:
    """A decided measure of so much a month, of which the forecast keeps a part."""
    cells = {START + n: Decimal(amount) for n in range(12)}
    effect = RawEffect("EBITDA", "EUR", kind, "hard", None, plan=cells, baselines=[cells])
    effect.forecast = {month: part * Decimal(left) for month, part in cells.items()}
    return RawMeasure("decided", "active", [effect])


@pytest.fixture(params=["live", "stored"])
def melons(alpha: House, request: pytest.FixtureRequest) -> list[Measure]:
    """Three watermelons of 1200, 3600 and 2400; the last lies below the other program.

    Derived when they are read, and read from what a worker has stored.
    """
    with alpha.active():
        with_metrics(alpha)
        places = packages(alpha)
        rows = loaded(alpha, [raw(100), raw(300, "one_off"), raw(200), raw(900, left="1")])
        move_to(alpha, rows[2:3], places[2])
        owner = alpha.people["owner"]
        Measure.objects.filter(pk__in=[row.pk for row in rows]).update(owner=owner)
        day = today_of(alpha.tenant) + timedelta(days=30)
        for row in rows:
            given = {"plan_on": day, "weight": 10, "acceptor": alpha.people["sponsor"]}
            Milestone.objects.create(measure=row, title="x", **given)
        if request.param == "stored":
            settled(alpha.tenant)
    return [reloaded(alpha, row) for row in rows[:3]]


def codes(answer: Any) -> list[str]:
    return [row["measure"] for row in answer.json()["results"]]


def test_the_largest_value_comes_first(alpha: House, melons: list[Measure]) -> None:
    small, large, middle = (row.code for row in melons)
    caller = alpha.caller("executive")
    answer = caller.get("watermelons/")
    assert codes(answer) == [large, middle, small]
    first = answer.json()["results"][0]
    assert (first["recurring"], first["one_off"], first["currency"]) == ("0", "3600", "EUR")
    assert first["lights"]["potential"] == {"derived": "red", "shown": "red"}
    assert first["owner"]["email"] == alpha.people["owner"].email
    assert codes(caller.get("watermelons/", {"node": alpha.other_program.code})) == [middle]
    assert codes(caller.get("watermelons/", {"node": alpha.slug})) == [large, middle, small]
    assert list(caller.get("watermelons/", {"node": "PG-999"}).json()["errors"]) == ["node"]
    assert caller.get("watermelons/", {"level": "x"}).status_code == 400
    assert caller.get("watermelons/", {"cursor": "x"}).json()["code"] == "bad_cursor"


def test_pages_lead_on_and_back(alpha: House, melons: list[Measure]) -> None:
    small, large, middle = (row.code for row in melons)
    caller = alpha.caller("executive")
    first = caller.get("watermelons/", {"limit": "2"})
    assert (codes(first), first.json()["previous"]) == ([large, middle], None)
    second = caller.client.get(first.json()["next"])
    assert (codes(second), second.json()["next"]) == ([small], None)
    back = caller.client.get(second.json()["previous"])
    assert (codes(back), back.json()["previous"]) == ([large, middle], None)
    # A cursor belongs to its list.
    stranger = alpha.caller("narrow").client.get(
        first.json()["next"] + f"&node={alpha.other_program.code}"
    )
    assert stranger.json()["code"] == "bad_cursor"


def test_people_find_what_they_see(alpha: House, melons: list[Measure]) -> None:
    assert codes(alpha.caller("narrow").get("watermelons/")) == [melons[2].code]
    assert alpha.caller("guest").get("watermelons/").status_code == 403


def test_an_override_hides_no_watermelon_and_what_is_held_is_none(
    alpha: House, melons: list[Measure]
) -> None:
    """L6 counts the derived and the stated light; only live measures are listed."""
    for row, overlay in zip(melons, ("on_hold", "cancelled"), strict=False):
        moved(alpha, row, overlay=overlay)
    with alpha.active():
        light_state(
            measure=melons[2],
            light=LightName.POTENTIAL,
            stated="green",
            reason="Signed.",
            by=alpha.actor("owner"),
        )
        if computed_at([alpha.root.pk]):
            settled(alpha.tenant)
    answer = alpha.caller("executive").get("watermelons/")
    assert codes(answer) == [melons[2].code]
    light = answer.json()["results"][0]["lights"]["potential"]
    assert light == {"derived": "red", "shown": "green"}
    for row in melons:
        one = alpha.caller("executive").get(f"measures/{row.code}/lights/").json()
        assert one["is_watermelon"] is (row.pk == melons[2].pk)


def test_the_page_lists_them_with_their_lights(alpha: House, melons: list[Measure]) -> None:
    client = alpha.client("executive")
    page = client.get(alpha.page("watermelons/"))
    assert [row["measure"].code for row in page.context["rows"]] == [
        melons[1].code,
        melons[2].code,
        melons[0].code,
    ]
    text = page.content.decode()
    assert f"measures/{melons[1].code}/lights/" in text
    assert "Watermelons" in text
    assert page.context["page"].total == 3
    below = client.get(alpha.page("watermelons/"), {"node": alpha.other_program.code})
    assert len(below.context["rows"]) == 1
    assert client.get(alpha.page("watermelons/"), {"node": "PG-999"}).status_code == 400
    assert alpha.client("guest").get(alpha.page("watermelons/")).status_code == 404


def test_an_empty_list_says_what_keeps_it_so(alpha: House) -> None:
    page = alpha.client("executive").get(alpha.page("watermelons/"))
    assert "No watermelon here" in page.content.decode()


def test_the_representation_of_a_measure_tells_the_lights_that_count(
    alpha: House, melons: list[Measure]
) -> None:
    with alpha.active():
        light_state(
            measure=melons[0],
            light=LightName.POTENTIAL,
            stated="amber",
            reason="Signed.",
            by=alpha.actor("owner"),
        )
    caller = alpha.caller("executive")
    one = caller.get(f"measures/{melons[0].code}/").json()
    assert one["lights"] == {"implementation": "green", "potential": "amber", "evidence": "grey"}
    listed = {row["code"]: row["lights"] for row in caller.get("measures/").json()["results"]}
    assert listed[melons[0].code] == one["lights"]
    assert listed[melons[1].code]["potential"] == "red"


def test_a_roll_up_tells_the_lights_of_its_node(alpha: House, melons: list[Measure]) -> None:
    """Of 17 600 below the first program 4 800 are red, which is more than a quarter (L5)."""
    caller = alpha.caller("executive")
    first = caller.get(f"roll-ups/{alpha.program.code}/").json()["lights"]
    assert first == {"implementation": "green", "potential": "red", "evidence": "grey"}
    other = caller.get(f"roll-ups/{alpha.other_program.code}/").json()["lights"]
    assert other == {"implementation": "green", "potential": "red", "evidence": "grey"}
    page = alpha.client("executive").get(alpha.page(f"totals/{alpha.portfolio.code}/"))
    assert [lamp for _name, lamp, _word in page.context["lights"]] == ["green", "red", "grey"]
    assert [row.lights[1][1] for row in page.context["children"]] == ["red", "red"]


def test_what_a_list_costs_does_not_grow_with_it(
    alpha: House, melons: list[Measure], django_assert_max_num_queries: Any
) -> None:
    with alpha.active():
        by, tenant = alpha.actor("executive"), Tenant.objects.get(pk=alpha.tenant.pk)
        for limit in (1, 2, 50):
            with django_assert_max_num_queries(7):
                watermelons(tenant=tenant, by=by, limit=limit)


def test_what_has_moved_out_of_sight_is_not_shown(alpha: House, melons: list[Measure]) -> None:
    """Even before a worker has computed anew where it lay; the page says that it will."""
    with alpha.active():
        move_to(alpha, melons[2:], alpha.package)
        is_stored = computed_at([alpha.root.pk]) is not None
    answer = alpha.client("narrow").get(alpha.page("watermelons/"))
    assert answer.context["rows"] == []
    assert answer.context["page"].is_current is not is_stored
