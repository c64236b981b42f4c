"""My work: what waits for whom, how it is counted, and the marks of the navigation."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.formats import date_format

from approvals.choices import Outcome
from governance.calendars.selectors import today_of
from governance.work.registry import MOST_COUNTED, Work
from governance.work.selectors import count_shown, my_work, work_counts
from initiatives.choices import Overlay
from initiatives.models import Measure, Milestone
from initiatives.rhythm.rules import RhythmTerms
from initiatives.services_reports import ReportDraft, status_report_add
from tests.approvals.exceptions.opening import assigned, opened
from tests.houses import House
from tests.initiatives.gates.short import asked, short_model, staffed, voted
from tests.initiatives.making import make_measure
from tests.initiatives.papers import add_milestone, done, prove
from tests.initiatives.rhythm.keeping import in_rhythm
from tests.kpis.actual_making import claim, named, now
from tests.kpis.making import add_effect, make_planned, plan
from tests.kpis.settling import settled
from tests.kpis.staging import moved

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("open_stages")]


def work(house: House, who: str) -> dict[str, Work]:
    """What waits for somebody, by kind; kinds without any are left out."""
    with house.active():
        found = my_work(house.actor(who), house.tenant)
    return {kind.code: one for kind, one in found if one.count}


def test_nothing_waits_for_somebody_without_a_part(alpha: House) -> None:
    assert work(alpha, "guest") == {}
    assert work(alpha, "executive") == {}


def test_a_request_waits_for_the_sponsor_and_is_told_to_who_asked(alpha: House) -> None:
    with alpha.active():
        short_model(alpha)
        request = asked(alpha, staffed(alpha))
    mine = work(alpha, "sponsor")["decisions"]
    assert mine.count == 1
    assert mine.lines[0].path == f"gate-requests/{request.public_id}/"
    assert mine.lines[0].code == request.subject_code
    assert mine.lines[0].due_at is not None
    assert set(work(alpha, "owner")) == {"asked", "gaps"}
    with alpha.active():
        assert work_counts(alpha.actor("sponsor"), alpha.tenant) == {"initiatives:decisions": 1}
        # What one asked of others is nothing that waits here.
        assert work_counts(alpha.actor("owner"), alpha.tenant) == {}


def test_conditions_wait_for_their_owner_and_for_who_set_them(alpha: House) -> None:
    with alpha.active():
        short_model(alpha)
        voted(alpha, asked(alpha, staffed(alpha)), Outcome.CONDITIONAL_GO, conditions=1)
    assert [line.note for line in work(alpha, "owner")["conditions"].lines] == ["to meet"]
    assert [line.note for line in work(alpha, "sponsor")["conditions"].lines] == ["to accept"]


def owned(house: House, name: str = "Owned", *, due: Sequence[int] = ()) -> Measure:
    """A decided measure of the owner, with a milestone so many days from today each."""
    measure = make_measure(house, name, owner=house.people["owner"])
    with house.active():
        for days in due:
            day = today_of(house.tenant) + timedelta(days=days)
            add_milestone(house, measure, f"In {days} days", plan_on=day)
    return moved(house, measure, "decided")


def test_milestones_wait_from_a_week_before_their_day_on_and_then_for_their_acceptor(
    alpha: House,
) -> None:
    measure = owned(alpha, due=[8, 7, -1])
    found = work(alpha, "owner")["milestones"]
    assert [line.label for line in found.lines] == ["In -1 days", "In 7 days"]
    assert set(work(alpha, "sponsor")) == set()
    with alpha.active():
        row = Milestone.objects.select_related("measure__package").get(title="In 8 days")
        prove(alpha, row)
        done(alpha, row)
    assert [line.code for line in work(alpha, "sponsor")["acceptances"].lines] == [measure.code]


def test_updates_wait_until_they_are_given(alpha: House) -> None:
    measure = owned(alpha)
    with alpha.active():
        today = today_of(alpha.tenant)
        in_rhythm(alpha, RhythmTerms(starts_on=today - timedelta(days=70)))
        draft = ReportDraft(today - timedelta(days=10), "green")
        status_report_add(measure=measure, draft=draft, by=alpha.actor("owner"))
    assert work(alpha, "owner")["updates"].lines[0].code == measure.code
    with alpha.active():
        draft = ReportDraft(today, "green")
        status_report_add(measure=measure, draft=draft, by=alpha.actor("owner"))
    assert "updates" not in work(alpha, "owner")


def test_exceptions_wait_for_their_owner(alpha: House) -> None:
    measure = owned(alpha)
    with alpha.active():
        row = assigned(alpha, opened(alpha, measure))
    name = next(name for name, member in alpha.people.items() if member.pk == row.owner_id)
    assert [line.code for line in work(alpha, name)["exceptions"].lines] == [row.code]


def test_months_wait_for_a_claim_and_then_for_their_controller(alpha: House) -> None:
    month = str(now(alpha, back=1))
    said = date_format(now(alpha, back=1).first_day, "F Y")
    measure = named(alpha, make_planned(alpha), owner="owner", controller="controller")
    effect = add_effect(alpha, measure)
    plan(alpha, effect, {month: "1000"})
    moved(alpha, measure, "decided")
    settled(alpha, closes_from=now(alpha, back=1), claim_day=60, validation_day=60)
    waiting = work(alpha, "owner")["claims"]
    assert [(line.code, line.note) for line in waiting.lines] == [(measure.code, said)]
    claim(alpha, effect, {month: "900"})
    assert "claims" not in work(alpha, "owner")
    found = work(alpha, "controller")["validations"]
    assert (found.count, found.lines[0].note) == (1, said)
    assert "validations" not in work(alpha, "owner")


def test_missing_fields_wait_for_the_owner_while_the_measure_lives(alpha: House) -> None:
    measure = make_measure(alpha, "Bare", owner=alpha.people["owner"])
    assert "Sponsor" in work(alpha, "owner")["gaps"].lines[0].note
    moved(alpha, measure, overlay=Overlay.CANCELLED)
    assert "gaps" not in work(alpha, "owner")


def test_a_count_ends_where_it_only_says_many() -> None:
    assert count_shown(MOST_COUNTED) == "99"
    assert count_shown(MOST_COUNTED + 1) == "99+"


def test_looking_costs_the_same_for_one_and_for_many(alpha: House) -> None:
    def cost() -> int:
        by = alpha.actor("owner")
        with alpha.active(), CaptureQueriesContext(connection) as queries:
            my_work(by, alpha.tenant)
        return len(queries)

    owned(alpha, due=[0])
    few = cost()
    for number in range(6):
        owned(alpha, f"Owned {number}", due=[0])
    assert cost() == few


def test_the_page_the_marks_and_the_api_say_the_same(alpha: House) -> None:
    with alpha.active():
        short_model(alpha)
        request = asked(alpha, staffed(alpha, "Bundle steel"))
    client = alpha.client("sponsor")
    page = client.get(alpha.page("my-work/")).content.decode()
    assert "Bundle steel" in page
    assert f"gate-requests/{request.public_id}/" in page
    marks = client.get(alpha.page("my-work/counts/"))
    assert 'id="nav-initiatives-decisions"' in marks.content.decode()
    assert "private" in marks["Cache-Control"]
    body: dict[str, Any] = alpha.caller("sponsor").get("my-work/").json()
    found = {kind["kind"]: kind for kind in body["kinds"]}
    assert found["decisions"]["count"] == 1
    assert found["decisions"]["items"][0]["url"].endswith(f"gate-requests/{request.public_id}/")
    assert found["asked"]["waits_for_others"] is True


def test_people_open_a_tenant_where_they_live(alpha: House) -> None:
    homes = {
        "executive": "portfolio/",
        "pmo": "rhythm/",
        "controller": "controlling/",
        "sponsor": "decisions/",
        "owner": "my-work/",
        "auditor": "portfolio/",
    }
    for who, page in homes.items():
        assert alpha.client(who).get(alpha.page()).url == alpha.page(page)
