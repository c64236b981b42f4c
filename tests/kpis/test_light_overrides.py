"""The lights of a measure through page, API and service; what is stated and when it expires."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from governance.calendars.rules import BusinessCalendar
from governance.calendars.selectors import current_calendar, today_of
from governance.errors import Conflict, Forbidden, Invalid
from initiatives.models import Measure
from initiatives.rhythm.choices import ReportRhythm
from initiatives.rhythm.rules import RhythmTerms, standing
from initiatives.rhythm.selectors import rhythms_of
from initiatives.selectors import measure_by_code
from kpis.figures.choices import Lamp, LightName
from kpis.figures.lighting import lights_of, overrides_of
from kpis.figures.lights import a_month_after, last_stated_day
from kpis.figures.models import LightOverride
from kpis.figures.services import light_state
from kpis.models import Effect, ValueYear
from tests.houses import House
from tests.initiatives.making import reloaded
from tests.initiatives.papers import add_milestone
from tests.initiatives.rhythm.keeping import in_rhythm
from tests.kpis.actual_making import actions, claim, named, now
from tests.kpis.making import add_effect, make_planned, plan, values_url
from tests.kpis.staging import moved

pytestmark = pytest.mark.usefixtures("open_stages")


@pytest.fixture
def planned(alpha: House) -> Measure:
    return named(alpha, make_planned(alpha), controller="controller")


@pytest.fixture
def measure(alpha: House, planned: Measure) -> Measure:
    """Decided with a baseline of 100 a month, of which a forecast of 50 is left."""
    effect = add_effect(alpha, planned)
    with alpha.active():
        add_milestone(alpha, planned, plan_on=today_of(alpha.tenant) + timedelta(days=30))
    plan(alpha, effect, {str(now(alpha).plus(n)): "100" for n in range(12)})
    moved(alpha, planned, "decided")
    with alpha.active():
        for series, number, amount in (("baseline", 1, "100"), ("forecast", 0, "50")):
            for row in ValueYear.objects.filter(effect=effect, series="plan"):
                row.pk, row.series, row.baseline_no = None, series, number
                for column in [f"m{n:02d}" for n in range(1, 13)]:
                    if getattr(row, column) is not None:
                        setattr(row, column, Decimal(amount))
                row.save(force_insert=True)
    return planned


def state(
    house: House, measure: Measure, stated: str, who: str = "owner", until: date | None = None
) -> LightOverride:
    row = reloaded(house, measure)
    with house.active():
        return light_state(
            measure=row,
            light=LightName.POTENTIAL,
            stated=stated,
            reason="The contract is signed.",
            expires_on=until,
            by=house.actor(who),
        )


def shown(house: House, measure: Measure) -> tuple[Lamp, Lamp]:
    """The derived and the shown potential."""
    with house.active():
        row = measure_by_code(measure.code, by=house.actor("executive"))
        one = lights_of(row, house.tenant).light(LightName.POTENTIAL)
        return one.derived, one.shown


def test_a_stated_light_is_shown_and_the_derived_one_stays(alpha: House, measure: Measure) -> None:
    assert shown(alpha, measure) == (Lamp.RED, Lamp.RED)
    row = state(alpha, measure, "amber")
    assert shown(alpha, measure) == (Lamp.RED, Lamp.AMBER)
    assert row.expires_on == a_month_after(today_of(alpha.tenant))
    assert actions(alpha)[-1] == "light.stated"
    state(alpha, measure, "green", "pmo")
    assert shown(alpha, measure) == (Lamp.RED, Lamp.GREEN)


def test_without_a_rhythm_it_expires_after_a_month(alpha: House, measure: Measure) -> None:
    row = state(alpha, measure, "amber")
    with alpha.active():
        assert overrides_of([measure.pk], row.expires_on)
        assert not overrides_of([measure.pk], row.expires_on + timedelta(days=1))


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2026, 1, 15), date(2026, 2, 15)),
        (date(2026, 1, 31), date(2026, 2, 28)),
        (date(2026, 12, 1), date(2027, 1, 1)),
    ],
)
def test_a_month_later_is_the_same_day_or_the_last(day: date, expected: date) -> None:
    assert a_month_after(day) == expected


BERLIN = ZoneInfo("Europe/Berlin")
MONTHLY = RhythmTerms(ReportRhythm.MONTHLY, business_day=3, starts_on=date(2026, 1, 1))
WEEKLY = RhythmTerms(weekday=5, due_time=time(17), starts_on=date(2026, 1, 1))


@pytest.mark.parametrize(
    ("terms", "at", "expected"),
    [
        (WEEKLY, datetime(2026, 3, 4, 12, tzinfo=BERLIN), date(2026, 3, 6)),
        (WEEKLY, datetime(2026, 3, 6, 16, 59, tzinfo=BERLIN), date(2026, 3, 6)),
        # The period has passed its due hour: the light counts for the next one.
        (WEEKLY, datetime(2026, 3, 6, 17, 1, tzinfo=BERLIN), date(2026, 3, 13)),
        (MONTHLY, datetime(2026, 3, 4, 17, 1, tzinfo=BERLIN), date(2026, 4, 3)),
        # The rhythm has not begun yet.
        (WEEKLY, datetime(2025, 12, 20, 12, tzinfo=BERLIN), date(2026, 1, 20)),
    ],
)
def test_it_lasts_to_the_end_of_the_period_that_runs(
    terms: RhythmTerms, at: datetime, expected: date
) -> None:
    running = standing(terms, at, BusinessCalendar(), BERLIN).running
    assert last_stated_day(at.date(), running) == expected


def test_in_a_rhythm_it_lasts_one_period_and_no_longer(alpha: House, measure: Measure) -> None:
    """Pages, roll-ups and the rule read the same day, and none after it can be asked for."""
    starts_on = today_of(alpha.tenant) - timedelta(days=70)
    in_rhythm(alpha, RhythmTerms(starts_on=starts_on), alpha.program)
    with alpha.active():
        running = rhythms_of(alpha.tenant, current_calendar()).standing_at(measure.path).running
    assert running is not None
    today, last = today_of(alpha.tenant), running.due_on
    assert state(alpha, measure, "amber").expires_on == last
    assert state(alpha, measure, "green", until=today).expires_on == today
    for wrong in (last + timedelta(days=1), today - timedelta(days=1)):
        with pytest.raises(Invalid) as caught:
            state(alpha, measure, "amber", until=wrong)
        assert list(caught.value.errors) == ["expires_on"]
    url = f"measures/{measure.code}/lights/"
    given = {"light": "potential", "stated": "amber", "reason": "Signed."}
    owner = alpha.caller("owner")
    late = owner.post(url, {**given, "expires_on": (last + timedelta(days=1)).isoformat()})
    assert late.status_code == 400
    assert list(late.json()["errors"]) == ["expires_on"]
    answer = owner.post(url, {**given, "expires_on": None})
    assert answer.json()["lights"][1]["override"]["expires_on"] == last.isoformat()
    page = alpha.client("owner").get(alpha.page(url))
    assert last.isoformat() in page.content.decode()


def test_what_cannot_be_stated(alpha: House, planned: Measure) -> None:
    with pytest.raises(Conflict, match="no_light_yet"):
        state(alpha, planned, "amber")
    moved(alpha, planned, "closed")
    with pytest.raises(Conflict, match="measure_closed"):
        state(alpha, planned, "amber")
    with pytest.raises(Forbidden):
        state(alpha, planned, "amber", "executive")
    with alpha.active():
        assert not LightOverride.objects.exists()


@pytest.mark.parametrize("stated", ["red", "blue", "x"])
def test_only_another_colour_can_be_stated(alpha: House, measure: Measure, stated: str) -> None:
    with pytest.raises(Invalid) as caught:
        state(alpha, measure, stated)
    assert list(caught.value.errors) == ["stated"]


def test_the_api_shows_and_takes_lights(alpha: House, measure: Measure) -> None:
    owner = alpha.caller("owner")
    url = f"measures/{measure.code}/lights/"
    body = owner.get(url).json()
    assert {one["light"]: one["derived"] for one in body["lights"]} == {
        "implementation": "green",
        "potential": "red",
        "evidence": "grey",
    }
    assert body["is_watermelon"]
    given = {"light": "potential", "stated": "green", "reason": "Signed."}
    answer = owner.post(url, given)
    assert answer.status_code == 201, answer.content
    one = answer.json()["lights"][1]
    assert (one["derived"], one["shown"]) == ("red", "green")
    assert one["override"]["stated_by"]["name"] == alpha.people["owner"].name
    # A stated green hides no red: it is a watermelon still.
    assert answer.json()["is_watermelon"]
    assert owner.post(url, {**given, "reason": " "}).status_code == 400
    assert alpha.caller("executive").post(url, given).status_code == 403


def test_the_pages_show_the_lights_and_take_a_statement(alpha: House, measure: Measure) -> None:
    client = alpha.client("owner")
    tab = client.get(values_url(alpha, measure))
    assert "Watermelon" in tab.content.decode()
    assert [cell.lamp for cell in tab.context["lights"]] == ["green", "red", "grey"]
    url = alpha.page(f"measures/{measure.code}/lights/")
    assert client.get(url).status_code == 200
    wrong = client.post(url, {"light": "potential", "stated": "red", "reason": "x"})
    assert wrong.status_code == 422
    assert "derived to be this already" in wrong.content.decode()
    given = {"light": "potential", "stated": "amber", "reason": "The contract is signed."}
    assert client.post(url, given).status_code == 302
    text = client.get(values_url(alpha, measure)).content.decode()
    assert "The contract is signed." in text
    assert "derived:" in text


def test_evidence_follows_the_claims(alpha: House, measure: Measure) -> None:
    with alpha.active():
        effect = Effect.objects.get(measure=measure)
    claim(alpha, effect, {now(alpha, back=1): "100"})
    with alpha.active():
        row = measure_by_code(measure.code, by=alpha.actor("executive"))
        assert lights_of(row, alpha.tenant).light(LightName.EVIDENCE).derived is Lamp.RED


@pytest.mark.parametrize("page", ["", "plan/", "values/", "decisions/", "documents/", "history/"])
def test_the_head_of_every_page_shows_the_lights(alpha: House, measure: Measure, page: str) -> None:
    """Shape and word, with the way to how they come about; a stated light is the one shown."""
    state(alpha, measure, "amber")
    answer = alpha.client("executive").get(alpha.page(f"measures/{measure.code}/{page}"))
    head = answer.context["head"]
    assert [light.lamp for light in head.lights] == ["green", "amber", "grey"]
    assert head.is_watermelon
    text = answer.content.decode()
    assert f'href="{alpha.page(f"measures/{measure.code}/lights/")}"' in text
    assert "Watermelon" in text
