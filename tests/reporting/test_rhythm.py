"""Who keeps the rhythm: rates by rule, owed updates by the database, the page, a nudge (R3)."""

from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from unittest.mock import patch

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from governance.audit.choices import AuditAction
from governance.audit.services import Subject, record
from governance.calendars.selectors import current_calendar, today_of
from governance.errors import Forbidden
from governance.notifications.models import Notification
from governance.people.choices import Role
from initiatives.models import Measure, StatusReport
from initiatives.rhythm.rules import RhythmTerms
from initiatives.rhythm.selectors import rhythms_of
from kpis.figures.models import LightOverride
from kpis.figures.selectors import clock_of
from kpis.models import ValueYear
from reporting.pages import rhythm
from reporting.rhythm_periods import due_periods
from reporting.rollups.selectors import stamp_of
from reporting.rules_rhythm import AGE_BOUNDS, Aged, Bias, Kept, added, aged, bucket_of
from reporting.selectors_rhythm import live_facts, rhythm_view, stored_facts
from reporting.services_rhythm import owners_nudge
from tests.houses import House
from tests.initiatives.making import make_measure
from tests.initiatives.rhythm.keeping import in_rhythm
from tests.kpis.making import add_effect, make_planned
from tests.kpis.staging import moved
from tests.reporting.lighting import move_to, packages, settled

COUNTS = st.builds(Kept, *[st.integers(0, 50)] * 7)


def test_rates_by_hand() -> None:
    kept = Kept(measures=4, owed=10, late=2, missed=3, overriding=1)
    assert (kept.lateness, kept.override_rate) == (Decimal("0.5"), Decimal("0.25"))
    assert (Kept().lateness, Kept().override_rate, Bias().ratio) == (None, None, None)
    assert Bias(Decimal(-5), Decimal(20)).ratio == Decimal("-0.25")


@pytest.mark.parametrize(
    ("days", "bucket"), [(0, 0), (5, 0), (6, 1), (10, 1), (11, 2), (20, 2), (21, 3), (900, 3)]
)
def test_buckets_of_age(days: int, bucket: int) -> None:
    assert bucket_of(days) == bucket


@given(ages=st.lists(st.tuples(st.sampled_from(["T2", "T3", "T10"]), st.integers(0, 60))))
def test_every_request_falls_in_one_bucket(ages: list[tuple[str, int]]) -> None:
    rows = aged(ages)
    assert sum(row.total for row in rows) == len(ages)
    assert [row.transition for row in rows] == [
        move for move in ("T2", "T3", "T10") if move in {move for move, _days in ages}
    ]
    assert all(len(row.numbers) == len(AGE_BOUNDS) + 1 for row in rows)
    assert Aged("T2").total == 0


@given(rows=st.lists(st.tuples(st.integers(1, 3), COUNTS)))
def test_sums_by_key_add_up_to_all(rows: list[tuple[int, Kept]]) -> None:
    found = added(rows)
    assert sum(found.values(), Kept()) == sum((kept for _key, kept in rows), Kept())


# --- from the database ----------------------------------------------------------------------------


@pytest.fixture
def house(in_alpha: House, open_stages: None) -> House:
    """A weekly rhythm since ten weeks."""
    in_rhythm(in_alpha, RhythmTerms(starts_on=today_of(in_alpha.tenant) - timedelta(days=70)))
    return in_alpha


def owned(house: House, who: str, days_old: int = 100) -> Measure:
    """A decided measure of somebody, written down so many days ago."""
    row = make_measure(house, owner=house.people[who])
    row = moved(house, row, "decided")
    subject = Subject("measure", row.code, row.name)
    record(AuditAction.MEASURE_CHANGED, subject=subject, by=house.system())
    day = today_of(house.tenant) - timedelta(days=days_old)
    at = datetime.combine(day, time(12), tzinfo=UTC)
    Measure.objects.filter(pk=row.pk).update(created_at=at)
    return row


def reported(row: Measure, period: Any, *, late: bool = False) -> None:
    at = period.due_at + timedelta(hours=1 if late else -1)
    StatusReport.objects.create(
        measure=row,
        reported_on=period.due_on,
        answers_on=period.due_on,
        due_at=period.due_at,
        created_at=at,
        light="green",
        source="form",
        author="x",
    )
    StatusReport.objects.filter(measure=row, answers_on=period.due_on).update(created_at=at)


def past_periods(house: House) -> list[Any]:
    """The last six that were due, the newest first."""
    from_selectors = rhythms_of(house.tenant, current_calendar())
    return due_periods(from_selectors, from_selectors.default)


def lines(house: House, who: str = "pmo") -> dict[str, Any]:
    view = rhythm_view(house.actor(who), house.tenant)
    return {line.owner.name: line for line in view.owners}


@pytest.mark.django_db
def test_owed_late_missed_and_stale_by_owner(house: House) -> None:
    one, two = owned(house, "owner"), owned(house, "executive")
    owned(house, "executive", days_old=0)  # it owes from the next period on
    periods = past_periods(house)
    assert len(periods) == 6
    for at, period in enumerate(periods):
        reported(one, period, late=at in {1, 2})
    for period in periods[2:]:
        reported(two, period)
    found = lines(house)
    good, bad = found["Owner"].kept, found["Executive"].kept
    assert (good.measures, good.owed, good.late, good.missed, good.waiting, good.stale) == (
        1, 6, 2, 0, 0, 0,
    )  # fmt: skip
    assert (bad.measures, bad.owed, bad.late, bad.missed, bad.waiting) == (2, 6, 0, 2, 1)
    assert bad.stale == 1
    assert good.lateness == Decimal(2) / 6
    # An override counts while it is the latest of its light and has not expired.
    for stated, days in (("red", -1), ("amber", 5)):
        LightOverride.objects.create(
            measure=one,
            light="potential",
            derived="green",
            stated=stated,
            reason="x",
            expires_on=today_of(house.tenant) + timedelta(days=days),
            stated_by=house.people["owner"],
        )
    assert lines(house)["Owner"].kept.override_rate == 1
    view = rhythm_view(house.actor("pmo"), house.tenant)
    [program] = view.programs
    assert (program.program.pk, program.kept) == (house.program.pk, view.kept)
    assert rhythm_view(house.actor("narrow"), house.tenant).owners == []


@pytest.mark.django_db
def test_a_held_measure_owes_nothing(house: House) -> None:
    moved(house, owned(house, "owner"), overlay="on_hold")
    assert lines(house) == {}


@pytest.mark.django_db
def test_forecast_bias_over_months_that_have_both(house: House) -> None:
    measure = make_planned(house)
    record(AuditAction.MEASURE_CHANGED, subject=Subject("measure", "x", "x"), by=house.system())
    Measure.objects.filter(pk=measure.pk).update(owner=house.people["owner"])
    effect = add_effect(house, measure)
    year = today_of(house.tenant).year - 1
    ValueYear.objects.create(effect=effect, series="forecast", year=year, m01=100, m02=50, m03=70)
    ValueYear.objects.create(effect=effect, series="actual_validated", year=year, m01=80, m02=60)
    assert lines(house)["Owner"].bias == Bias(Decimal(10), Decimal(150))


@pytest.mark.django_db
def test_reading_takes_as_many_queries_for_one_as_for_many(house: House) -> None:
    owned(house, "owner")
    with CaptureQueriesContext(connection) as few:
        rhythm_view(house.actor("pmo"), house.tenant)
    for who in ("executive", "sponsor", "controller"):
        owned(house, who)
    with CaptureQueriesContext(connection) as many:
        rhythm_view(house.actor("pmo"), house.tenant)
    assert len(few) == len(many)


@pytest.mark.django_db
def test_kept_rates_are_those_of_the_facts_and_read_no_measure(house: House) -> None:
    one = owned(house, "owner")
    owned(house, "executive")
    for period in past_periods(house)[1:]:
        reported(one, period, late=True)
    pmo = house.actor("pmo")
    live = rhythm_view(pmo, house.tenant)
    settled(house.tenant)
    with CaptureQueriesContext(connection) as queries:
        kept = rhythm_view(pmo, house.tenant)
    told = ("programs", "owners", "missing", "measures")
    assert [getattr(kept, name) for name in told] == [getattr(live, name) for name in told]
    assert kept.is_current
    assert (kept.kept.waiting, kept.kept.late, kept.missing["sponsor"]) == (2, 5, 2)
    sums = ("initiatives_measure", "kpis_valueyear", "initiatives_statusreport")
    assert not [query["sql"] for query in queries if any(name in query["sql"] for name in sums)]
    # What comes now is on its way, and said to be; nobody is reminded of it all the same.
    reported(one, past_periods(house)[0])
    early = rhythm_view(pmo, house.tenant)
    assert (early.kept.waiting, early.is_current) == (2, False)
    people = [house.people["owner"].public_id]
    assert owners_nudge(people=people, tenant=house.tenant, by=pmo) == (0, 0)
    settled(house.tenant)
    late = rhythm_view(pmo, house.tenant)
    assert (late.kept.waiting, late.is_current) == (1, True)


@pytest.mark.django_db
def test_a_sponsor_that_is_named_is_missing_no_longer(house: House) -> None:
    row = owned(house, "owner")
    settled(house.tenant)
    record(AuditAction.MEASURE_CHANGED, subject=Subject("measure", "x", "x"), by=house.system())
    Measure.objects.filter(pk=row.pk).update(sponsor=house.people["sponsor"])
    assert not rhythm_view(house.actor("pmo"), house.tenant).is_current
    settled(house.tenant)
    assert rhythm_view(house.actor("pmo"), house.tenant).missing["sponsor"] == 0


@pytest.mark.django_db
def test_once_another_update_is_due_all_is_computed_anew(house: House) -> None:
    owned(house, "owner")
    settled(house.tenant)
    period = past_periods(house)[0]
    before, after = (period.due_at + timedelta(minutes=n) for n in (-1, 1))
    stamps = []
    for at in (before, after):
        with patch.object(timezone, "now", return_value=at):
            stamps.append(stamp_of(house.tenant))
    assert stamps[0] != stamps[1]


@pytest.mark.django_db
def test_whoever_runs_a_part_reads_of_that_part_alone_kept_and_live(house: House) -> None:
    owned(house, "owner")
    clock = clock_of(house.tenant)
    rhythms = rhythms_of(house.tenant, current_calendar(), clock.now)
    paths = [house.project.path]
    live = live_facts(paths, rhythms, clock)
    settled(house.tenant)
    assert stored_facts(paths) == live
    assert list(live.programs) == [house.program.pk]
    assert rhythm_view(house.actor("narrow"), house.tenant).owners == []
    assert rhythm_view(house.actor("narrow"), house.tenant).measures == 0


@pytest.mark.django_db
def test_a_nudge_reaches_whom_something_is_waited_for_once_a_day(house: House) -> None:
    one = owned(house, "owner")
    owned(house, "executive")
    for period in past_periods(house):
        reported(one, period)
    people = [house.people[who].public_id for who in ("owner", "executive", "guest")]
    pmo = house.actor("pmo")
    assert owners_nudge(people=people, tenant=house.tenant, by=pmo) == (1, 0)
    assert owners_nudge(people=people, tenant=house.tenant, by=pmo) == (0, 1)
    rows = Notification.objects.filter(kind="rhythm.nudge")
    assert [row.recipient_id for row in rows] == [house.people["executive"].pk]
    for who in Role:
        if who is not Role.PMO:
            with pytest.raises(Forbidden):
                owners_nudge(people=people, tenant=house.tenant, by=house.actor(who.value))


@pytest.mark.django_db
def test_the_page_the_file_and_the_api(alpha: House, open_stages: None) -> None:
    with alpha.active():
        terms = RhythmTerms(starts_on=today_of(alpha.tenant) - timedelta(days=70))
        in_rhythm(alpha, terms)
        owned(alpha, "owner")
    client, url = alpha.client("pmo"), alpha.page("rhythm/")
    text = client.get(url).content.decode()
    assert "Every week, due on Friday at 17:00" in text
    assert "Owner" in text
    assert "Missing governability fields" in text
    csv = client.get(alpha.page("rhythm/owners.csv")).content.decode()
    assert csv.splitlines()[1].startswith("Owner,owner@alpha.example,1,6,0,6,1,1,0,1.0000")
    person = str(alpha.people["owner"].public_id)
    said = client.post(url, {"owner": [person]}, follow=True).content.decode()
    assert "1 owner was reminded." in said
    again = client.post(url, {"owner": [person]}, follow=True).content.decode()
    assert "1 owner had been reminded today already." in again
    assert "Nobody was chosen" in client.post(url, {}, follow=True).content.decode()
    assert client.post(url, {"owner": ["x"]}).status_code == 400
    caller = alpha.caller("pmo")
    body = caller.get("rhythm/").json()
    assert body["owners"][0]["owner"]["email"] == "owner@alpha.example"
    assert (body["owners"][0]["lateness"], body["programs"][0]["stale"]) == ("1.0000", 1)
    assert body["missing_fields"]["sponsor"] == 1
    nudged = caller.post("rhythm/nudge/", {"people": [person]})
    assert nudged.json() == {"reminded": 0, "reminded_before": 1}
    assert caller.post("rhythm/nudge/", {"people": []}).status_code == 400
    assert alpha.caller("auditor").get("rhythm/").status_code == 200
    assert alpha.caller("auditor").post("rhythm/nudge/", {"people": [person]}).status_code == 403


@pytest.mark.django_db
def test_the_page_shows_whom_most_is_waited_for_and_the_file_all(
    alpha: House, open_stages: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rhythm, "MOST_OWNERS", 1)
    monkeypatch.setattr(rhythm, "MOST_PROGRAMS", 1)
    with alpha.active():
        in_rhythm(alpha, RhythmTerms(starts_on=today_of(alpha.tenant) - timedelta(days=70)))
        one = owned(alpha, "owner")
        for period in past_periods(alpha):
            reported(one, period)
        owned(alpha, "executive")
        elsewhere = packages(alpha)[2]
        move_to(alpha, [one], elsewhere)
    page = alpha.client("pmo").get(alpha.page("rhythm/"))
    assert [line.owner.name for line in page.context["owners"]] == ["Executive"]
    assert [line.program for line, _words, _last in page.context["programs"]] == [alpha.program]
    text = page.content.decode()
    assert "and 1 more owners: all of them as CSV" in text
    assert "and 1 more, in which less is late" in text
    csv = alpha.client("pmo").get(alpha.page("rhythm/owners.csv")).content.decode()
    assert len(csv.splitlines()) == 3
