"""The light track: set by the PMO while a measure is small, Identified and nothing is asked."""

from collections.abc import Iterator
from decimal import Decimal

import pytest

from governance.errors import Conflict, Forbidden, Refused, Stale
from initiatives import closure_facts
from initiatives.choices import Stage
from initiatives.closure_facts import Amounts
from initiatives.gates.tracks import track_set
from initiatives.models import Measure
from initiatives.stage_models.choices import Track
from tests.approvals.climbing import asked, climbed, climber, fresh, publish_short_model, voted
from tests.houses import House

OK, FOUND, BAD, FORBIDDEN, MISSING = 200, 302, 400, 403, 404
CONFLICT, STALE, UNPROCESSABLE, REQUIRED = 409, 412, 422, 428


@pytest.fixture
def sizes() -> Iterator[dict[str, Amounts]]:
    """Amounts by the name of a measure, as an app above would read them."""
    found: dict[str, Amounts] = {}
    kept = list(closure_facts._sources.amounts)
    closure_facts._sources.amounts[:] = [lambda measure: found.get(measure.name, Amounts())]
    yield found
    closure_facts._sources.amounts[:] = kept


@pytest.fixture
def measure(alpha: House, sizes: dict[str, Amounts]) -> Measure:
    publish_short_model(alpha)
    return climber(alpha)


def put(house: House, measure: Measure, track: Track = Track.LIGHT, who: str = "pmo") -> Measure:
    row = fresh(house, measure)
    with house.active():
        return track_set(measure=row, track=track, seen_version=row.version, by=house.actor(who))


def test_the_pmo_puts_a_measure_on_the_light_track_and_back(alpha: House, measure: Measure) -> None:
    assert put(alpha, measure).track == Track.LIGHT
    assert put(alpha, measure, Track.STANDARD).track == Track.STANDARD


def test_on_the_light_track_one_gate_leads_to_decided(alpha: House, measure: Measure) -> None:
    put(alpha, measure)
    request = asked(alpha, measure, Stage.DECIDED)
    assert (request.transition, request.to_state) == ("T3", "decided")
    for who in ("sponsor", "controller", "forum_member"):
        request = voted(alpha, request, who)
    assert fresh(alpha, measure).stage == Stage.DECIDED


@pytest.mark.parametrize("who", ["owner", "sponsor", "controller", "executive", "auditor"])
def test_nobody_else_sets_the_track(alpha: House, measure: Measure, who: str) -> None:
    with pytest.raises(Forbidden):
        put(alpha, measure, who=who)


def test_not_once_it_has_climbed_nor_while_a_request_is_open(
    alpha: House, measure: Measure
) -> None:
    climbed(alpha, measure, Stage.DETAILED)
    with pytest.raises(Refused, match="wrong_stage"):
        put(alpha, measure)
    other = climber(alpha, "Other")
    asked(alpha, other)
    with pytest.raises(Conflict, match="request_open"):
        put(alpha, other)


@pytest.mark.parametrize(
    "amounts",
    [Amounts(run_rate=Decimal(100_000)), Amounts(one_time_cost=Decimal(100_000))],
)
def test_a_large_measure_stays_on_the_standard_track(
    alpha: House, measure: Measure, sizes: dict[str, Amounts], amounts: Amounts
) -> None:
    sizes[measure.name] = amounts
    with pytest.raises(Refused, match="track_too_large"):
        put(alpha, measure)


def test_small_measures_of_one_owner_and_package_count_together(
    alpha: House, measure: Measure, sizes: dict[str, Amounts]
) -> None:
    sizes |= {name: Amounts(run_rate=Decimal(60_000)) for name in ("Bundle steel", "Bundle tin")}
    second = climber(alpha, "Bundle tin")
    put(alpha, measure)
    with pytest.raises(Refused, match="track_too_large"):
        put(alpha, second)
    foreign = climber(alpha, "Bundle tin", owner=alpha.people["pmo"])
    assert put(alpha, foreign).track == Track.LIGHT


def test_a_late_save_is_stale(alpha: House, measure: Measure) -> None:
    with alpha.active(), pytest.raises(Stale):
        track_set(
            measure=fresh(alpha, measure), track=Track.LIGHT, seen_version=9, by=alpha.actor("pmo")
        )


def test_the_form_sets_it_and_says_why_not(
    alpha: House, measure: Measure, sizes: dict[str, Amounts]
) -> None:
    url, client = alpha.page(f"measures/{measure.code}/track/"), alpha.client("pmo")
    assert client.get(url).status_code == OK
    assert alpha.client("owner").get(url).status_code == FORBIDDEN
    assert alpha.client("guest").get(url).status_code == MISSING
    assert client.post(url, {"track": "fast", "seen_version": "1"}).status_code == UNPROCESSABLE
    sizes[measure.name] = Amounts(run_rate=Decimal(200_000))
    page = client.post(url, {"track": "light", "seen_version": "1"})
    assert page.status_code == UNPROCESSABLE
    assert "too large for the light track" in page.content.decode()
    sizes.clear()
    assert client.post(url, {"track": "light", "seen_version": "1"}).status_code == FOUND
    assert client.post(url, {"track": "light", "seen_version": "1"}).status_code == CONFLICT


def test_the_api_sets_it_with_if_match(alpha: House, measure: Measure) -> None:
    path, pmo = f"measures/{measure.code}/track/", alpha.caller("pmo")
    assert pmo.post(path, {"track": "light"}).status_code == REQUIRED
    assert pmo.post(path, {"track": "light"}, **{"If-Match": '"9"'}).status_code == STALE
    assert pmo.post(path, {"track": "fast"}, **{"If-Match": '"1"'}).status_code == BAD
    answer = pmo.post(path, {"track": "light"}, **{"If-Match": '"1"'})
    assert answer.json() == {"measure": measure.code, "track": "light", "version": 2}
    assert answer["ETag"] == '"2"'
    owner = alpha.caller("owner")
    assert owner.post(path, {"track": "light"}, **{"If-Match": '"2"'}).status_code == FORBIDDEN
