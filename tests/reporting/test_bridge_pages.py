"""The bridge through the page and the API."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from governance.calendars.selectors import today_of
from kpis.choices import Cause, EffectKind
from kpis.figures.bridge import Turn
from kpis.figures.choices import Step
from kpis.models import Effect
from kpis.rates.choices import RateBasis, RateKind
from reporting.bridge_facts import Window, bridge_of
from tests.houses import House, World
from tests.initiatives.making import make_measure
from tests.kpis.forecasting import forecast, make_decided
from tests.kpis.making import add_effect, make_planned, plan
from tests.kpis.rating import confirmed


@pytest.fixture
def effect(alpha: House) -> Effect:
    measure = make_planned(alpha)
    plan(alpha, add_effect(alpha, measure, kind=EffectKind.ONE_TIME_COST), {"2026-01": "99"})
    made = add_effect(alpha, measure)
    plan(alpha, made, {f"2026-{month:02}": "10" for month in range(1, 13)} | {"2027-01": "5"})
    return made


def test_the_api_tells_what_is_new(alpha: House, effect: Effect) -> None:
    caller = alpha.caller("executive")
    body = caller.get(f"roll-ups/{alpha.program.code}/bridge/").json()
    assert (body["start"], body["end"], body["residual"]) == ("0", "125", "0")
    assert {step: amount for step, amount in body["steps"].items() if amount != "0"} == {
        "new": "125"
    }
    assert body["events"] is None
    year = caller.get(f"roll-ups/{alpha.program.code}/bridge/", {"year": "2027"}).json()
    assert (year["end"], year["year"]) == ("5", 2027)
    other = caller.get(f"roll-ups/{alpha.other_program.code}/bridge/").json()
    assert other["end"] == "0"


def test_a_step_tells_its_events_page_by_page(alpha: House, effect: Effect) -> None:
    for amount in range(1, 13):
        plan(alpha, add_effect(alpha, make_measure(alpha)), {"2026-01": str(amount)})
    caller = alpha.caller("executive")
    url = f"roll-ups/{alpha.slug}/bridge/"
    seen, cursor = [], None
    while True:
        query = {"step": "new", "limit": "5"} | ({"cursor": cursor} if cursor else {})
        events = caller.get(url, query).json()["events"]
        assert events["total"] == 13
        seen += events["results"]
        cursor = events["next"]
        if cursor is None:
            break
    assert [event["amount"] for event in seen] == ["125", *map(str, range(1, 13))]
    assert {event["what"] for event in seen} == {"cells"}
    wrong = caller.get(url, {"step": "held", "cursor": "x"})
    assert wrong.status_code == 400


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"from": "2026-02-30"}, "from"),
        ({"from": "2026-02-02", "to": "2026-02-01"}, "to"),
        ({"from": "1000-01-01"}, "from"),
        ({"from": "2026-01-01", "to": "9999-12-31"}, "to"),
        ({"year": "1"}, "year"),
        ({"step": "sideways"}, "step"),
    ],
)
def test_what_cannot_be_told_names_its_field(
    alpha: House, query: dict[str, str], field: str
) -> None:
    answer = alpha.caller("executive").get(f"roll-ups/{alpha.slug}/bridge/", query)
    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == [field]
    page = alpha.client("executive").get(alpha.page(f"totals/{alpha.slug}/bridge/"), query)
    assert page.status_code in {400, 422}


def test_the_page_shows_steps_and_events(alpha: House, effect: Effect) -> None:
    client = alpha.client("executive")
    first = (today_of(alpha.tenant) - timedelta(days=2)).isoformat()
    url = alpha.page(f"totals/{alpha.program.code}/bridge/")
    page = client.get(url, {"from": first, "step": "new"})
    text = page.content.decode()
    assert page.context["bridge"].end == 125
    assert "does not close" not in text
    # Thirteen months of one save are one event.
    assert [move["amount"] for move in page.context["moves"]] == [125]
    assert page.context["chart"].rows("en")[1].label == "New"
    assert f"/measures/{page.context['moves'][0]['measure']}/" in text


def test_a_deleted_effect_leaves_a_bridge_that_closes(alpha: House, effect: Effect) -> None:
    caller = alpha.caller("pmo")
    version = caller.get(f"effects/{effect.public_id}/")["ETag"]
    answer = caller.delete(f"effects/{effect.public_id}/", **{"If-Match": version})
    assert answer.status_code == 204
    body = caller.get(f"roll-ups/{alpha.slug}/bridge/", {"step": "new"}).json()
    assert (body["end"], body["residual"]) == ("0", "0")
    assert body["events"]["total"] == 2


@pytest.mark.slow
@pytest.mark.usefixtures("open_stages")
def test_saved_forecasts_count_in_the_step_of_their_cause(lasting_world: World) -> None:
    house = lasting_world.alpha
    year = {f"2027-{month:02d}": "10000" for month in range(1, 13)}
    effect = make_decided(house, year)
    start = timezone.now()
    changes = {
        Cause.SCOPE: {"2027-01": "9000", "2027-02": None},
        Cause.TIMING: {"2027-02": "10000", "2027-03": "9500"},
        Cause.VALUE: {"2027-04": "10100"},
    }
    for cause, cells in changes.items():
        forecast(house, effect, cells, cause, (2027, "other", "Agreed."))
    window = Window(start, timezone.now(), date(2027, 1, 1), date(2028, 1, 1))
    with house.active():
        paths = [house.root.path]
        found = bridge_of(paths, window, house.tenant)
        before = bridge_of(paths, replace(window, start=start - timedelta(days=1)), house.tenant)
    assert (found.start, found.end, found.residual) == (120_000, 118_600, 0)
    assert {step.value: amount for step, amount in found.steps.items() if amount} == {
        "scope": Decimal(-11_000),
        "timing": Decimal(9_500),
        "value": Decimal(100),
    }
    assert (before.start, before.end, before.residual) == (0, 118_600, 0)


def rated(house: House) -> tuple[datetime, datetime, datetime]:
    """Moments before, between and after two plan rates of USD; pounds have none."""
    made = {"currency": "USD"}, {"currency": "GBP"}, {}
    for kinds in made:
        effect = add_effect(house, make_measure(house), **kinds)
        plan(house, effect, {"2026-01": "100", "2027-01": "10"})
    first = timezone.now()
    confirmed(house, {"USD": {"2026-01": "0.9", "2027-01": "0.5"}})
    second = timezone.now()
    confirmed(house, {"USD": {"2026-01": "0.8"}})
    return first, second, timezone.now()


def test_other_rates_are_a_step_of_their_own(alpha: House, effect: Effect) -> None:
    first, second, third = rated(alpha)
    paths, horizon = [alpha.program.path], (date(2026, 1, 1), date(2028, 1, 1))
    with alpha.active():
        found = bridge_of(paths, Window(second, third, *horizon), alpha.tenant)
        assert (found.start, found.end, found.residual) == (330, 320, 0)
        assert found.steps[Step.FX] == -10
        assert [move.event.turn for move in found.moves] == [Turn.RATES]
        assert found.without_rate == {"GBP"}
        # What had no rate goes by the one it was given: that moves nothing.
        known = bridge_of(paths, Window(first, second, *horizon), alpha.tenant)
        assert (known.start, known.end, known.residual) == (330, 330, 0)
        since = replace(Window(first, third, *horizon), start=first - timedelta(days=1))
        born = bridge_of(paths, since, alpha.tenant)
        assert (born.start, born.end, born.residual) == (0, 320, 0)
        assert {step.value: amount for step, amount in born.steps.items() if amount} == {"new": 320}
        later = replace(Window(second, third, *horizon), first=date(2027, 1, 1))
        assert bridge_of(paths, later, alpha.tenant).steps[Step.FX] == 0


def test_a_bridge_at_period_rate_goes_by_the_rates_of_the_months(
    alpha: House, effect: Effect
) -> None:
    _first, _second, third = rated(alpha)
    confirmed(alpha, {"USD": {"2026-01": "0.7"}}, RateKind.AVERAGE)
    window = Window(third, timezone.now(), date(2026, 1, 1), date(2028, 1, 1))
    with alpha.active():
        found = bridge_of([alpha.program.path], window, alpha.tenant, RateBasis.PERIOD)
    assert (found.end, found.residual) == (235 + 70, 0)
    assert found.without_rate == {"GBP", "USD"}
    body = alpha.caller("executive").get(f"roll-ups/{alpha.slug}/bridge/", {"rate": "period"})
    assert (body.json()["end"], body.json()["without_rate"]) == ("305", ["GBP", "USD"])
    page = alpha.client("executive").get(
        alpha.page(f"totals/{alpha.slug}/bridge/"), {"rate": "period"}
    )
    assert "Some months in GBP, USD have no exchange rate." in page.content.decode()
