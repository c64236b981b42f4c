"""Owed updates that do not come escalate: one streak of silence, one climb (L4, T17)."""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from django.db import connection

from approvals.escalations.models import Escalation, EscalationReceiver
from approvals.escalations.services.running import Ran, escalations_run
from governance.audit.choices import AuditAction
from governance.audit.services import Subject, record
from governance.notifications.models import Notification
from governance.notifications.registry import render
from governance.permissions.selectors import system_actor
from initiatives.models import Measure, StatusReport
from initiatives.rhythm.choices import ReportRhythm
from initiatives.rhythm.rules import RhythmTerms
from initiatives.rhythm.silence import SOURCES
from initiatives.rhythm.silence_sql import SILENT
from tests.approvals.escalations.desk import staff
from tests.houses import House
from tests.initiatives.making import make_measure
from tests.initiatives.rhythm.keeping import in_rhythm
from tests.kpis.conftest import open_stages
from tests.kpis.staging import moved

__all__ = ["open_stages"]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("open_stages")]
# Due on Fridays at 17:00, missed a business day later: first of all on Monday 9 March 2026.
WEEKLY = RhythmTerms(starts_on=date(2026, 2, 21))
ANSWERED = date(2026, 2, 27)


def owing(house: House, *, answered_on: date | None = ANSWERED, **fields: Any) -> Measure:
    """A decided measure of the owner that was written down in time and answered one period."""
    people = house.people
    row = make_measure(house, **({"owner": people["owner"], "sponsor": people["sponsor"]} | fields))
    moved(house, row, "decided")
    with house.active():
        allowed(house)
        at = datetime(2026, 2, 18, 12, tzinfo=UTC)
        Measure.objects.filter(pk=row.pk).update(created_at=at)
    if answered_on is not None:
        said(house, row, answered_on, answers_on=answered_on)
    return row


def allowed(house: House) -> None:
    record(AuditAction.MEASURE_CHANGED, subject=Subject("measure", "x", "x"), by=house.system())


def said(
    house: House, row: Measure, on: date, *, answers_on: date | None = None, **fields: Any
) -> StatusReport:
    """A report by the owner; without `answers_on` about that day alone."""
    due_at = answers_on and datetime.combine(answers_on, time(17), tzinfo=UTC)
    values = {
        "light": "green",
        "source": "form",
        "author": "x",
        "answers_on": answers_on,
        "due_at": due_at,
        "added_by": house.people["owner"],
    }
    with house.active():
        allowed(house)
        return StatusReport.objects.create(measure=row, reported_on=on, **values | fields)


def run(house: House, text: str) -> Ran:
    moment = datetime.fromisoformat(text).replace(tzinfo=UTC)
    with house.active():
        return escalations_run(by=system_actor(house.tenant.pk, via="worker"), now=moment)


def told(house: House) -> list[tuple[int, str]]:
    with house.active():
        rows = EscalationReceiver.objects.select_related("member__user").order_by("id")
        return [(row.number, row.member.name) for row in rows]


def ends(house: House) -> list[tuple[str, str | None]]:
    with house.active():
        rows = Escalation.objects.select_related("ended_by__user").order_by("id")
        return [(row.end_reason, row.ended_by.name if row.ended_by else None) for row in rows]


@pytest.fixture
def house(alpha: House) -> House:
    with alpha.active():
        staff(alpha)
    in_rhythm(alpha, WEEKLY)
    return alpha


def test_the_chain_is_one_of_the_line() -> None:
    [source] = SOURCES
    assert (source.code, source.is_finance) == ("status_update", False)
    assert sorted(source.shipped.values()) == [0, 2, 5, 10]


def test_silence_climbs_over_many_periods_until_the_owner_speaks(house: House) -> None:
    row = owing(house)
    assert run(house, "2026-03-09 16:59").opened == 0  # within the grace
    assert run(house, "2026-03-09 17:01").opened == 1
    assert told(house) == []
    for moment in ("03-10 00:01", "03-12 00:01", "03-17 00:01", "03-24 00:01", "04-14 00:01"):
        assert run(house, f"2026-{moment}").opened == 0, "another period, another escalation"
    assert told(house) == [(1, "Owner"), (2, "Executive"), (3, "Pmo"), (4, "Sponsor")]
    with house.active():
        only = Escalation.objects.get()
    assert (only.due_at.date(), only.link) == (date(2026, 3, 6), f"measures/{row.code}/status/")
    said(house, row, date(2026, 4, 14), answers_on=date(2026, 4, 17))
    assert run(house, "2026-04-14 00:02").ended == 1
    assert ends(house) == [("done", "Owner")]
    # Silent again: another streak, and its clock begins anew.
    assert run(house, "2026-04-27 17:01").opened == 1


def test_a_report_about_days_gone_by_neither_ends_a_streak_nor_starts_another(
    house: House,
) -> None:
    row = owing(house)
    run(house, "2026-03-09 17:01")
    run(house, "2026-03-17 00:01")
    said(house, row, date(2026, 3, 6))
    ran = run(house, "2026-03-17 00:02")
    assert (ran.opened, ran.ended) == (0, 0)
    # About the last period that was missed it counts, as it does for the light.
    said(house, row, date(2026, 3, 7), light="amber")
    assert run(house, "2026-03-17 00:03").ended == 1
    assert ends(house) == [("done", "Owner")]


@pytest.mark.parametrize(
    "change",
    [
        {"overlay": "on_hold"},
        {"overlay": "cancelled"},
        {"stage": "closed"},
        {"stage": "identified"},
    ],
    ids=str,
)
def test_what_owes_no_updates_any_more_ends(house: House, change: Mapping[str, str]) -> None:
    row = owing(house)
    run(house, "2026-03-09 17:01")
    moved(house, row, **change)
    assert run(house, "2026-03-09 17:02").ended == 1
    assert ends(house) == [("obsolete", None)]
    assert run(house, "2026-03-24 00:01").opened == 0


def test_another_calendar_gives_another_day(house: House) -> None:
    owing(house)
    run(house, "2026-03-09 17:01")
    monthly = RhythmTerms(ReportRhythm.MONTHLY, starts_on=date(2026, 2, 21))
    in_rhythm(house, monthly, house.program)
    assert run(house, "2026-03-09 17:02").ended == 1
    assert ends(house) == [("moved", None)]
    # The third business day of April is Friday 3, its grace ends on Monday.
    assert run(house, "2026-04-06 16:59").opened == 0
    assert run(house, "2026-04-06 17:01").opened == 1


def test_without_a_calendar_nobody_owes_anything(alpha: House) -> None:
    owing(alpha, answered_on=None)
    assert run(alpha, "2026-06-01 00:01").opened == 0


def test_what_was_never_reported_is_silence_and_a_new_measure_owes_from_the_next_period(
    house: House,
) -> None:
    never, new = owing(house, answered_on=None), owing(house, answered_on=None)
    with house.active():
        allowed(house)
        at = datetime(2026, 2, 28, 0, 1, tzinfo=UTC)
        Measure.objects.filter(pk=new.pk).update(created_at=at)
    run(house, "2026-03-09 17:01")
    with house.active():
        keys = list(Escalation.objects.values_list("item_key", flat=True))
    assert keys == [f"{never.pk}:never"]
    assert run(house, "2026-03-16 17:01").opened == 1


def test_an_owner_of_many_measures_gets_one_notice(house: House) -> None:
    for _number in range(3):
        owing(house)
    run(house, "2026-03-09 17:01")
    assert run(house, "2026-03-10 00:01").told == 1
    with house.active():
        notice = Notification.objects.get(kind__startswith="escalation")
        shown = render(notice.kind, notice.params)
    assert shown.title == "3 overdue things"
    assert all(line.startswith("Status update, M-") for line in shown.lines)


def test_who_owes_many_is_told_at_once_however_many_a_run_opens(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("approvals.escalations.services.running.MOST_OPENED", 2)
    for who in ("owner", "executive", "owner", "executive"):
        owing(house, owner=house.people[who])
    for minute in range(3):
        run(house, f"2026-03-10 00:0{minute}")
    with house.active():
        rows = Notification.objects.filter(kind__startswith="escalation")
        assert [row.params["count"] for row in rows] == [2, 2]


def test_each_person_finds_it_where_they_look(house: House) -> None:
    row = owing(house)
    run(house, "2026-03-09 17:01")
    run(house, "2026-03-10 00:01")
    pages = ("escalations/?source=status_update", f"measures/{row.code}/escalations/")
    for path in (*pages, "escalation-policies/"):
        answer = house.client("pmo").get(house.page(path))
        assert b"Status update" in answer.content, path
    listed = house.caller("owner").get("escalations/", {"kind": "status_update"}).json()
    assert [one["code"] for one in listed["results"]] == [row.code]
    shipped = house.caller("pmo").get("escalation-policies/").json()
    assert "status_update" in json.dumps(shipped)


# --- what the database keeps ----------------------------------------------------------------------


def answered_on(row: Measure) -> date | None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT answered_on FROM initiatives_measure WHERE id = %s", [row.pk])
        day: date | None = cursor.fetchone()[0]
        return day


def test_the_last_answer_follows_every_way_to_write_a_report(house: House) -> None:
    row = owing(house, answered_on=None)
    other = owing(house, answered_on=None)
    with house.active():
        assert answered_on(row) is None
        first = said(house, row, date(2026, 3, 4), answers_on=date(2026, 3, 6))
        assert answered_on(row) == date(2026, 3, 6)
        StatusReport.objects.bulk_create(
            StatusReport(measure=one, reported_on=day, light="red", source="import", author="x")
            for one in (row, other)
            for day in (date(2026, 3, 10), date(2026, 3, 2))
        )
        assert (answered_on(row), answered_on(other)) == (date(2026, 3, 10), date(2026, 3, 10))
        said(house, row, date(2026, 3, 12), rater="IPA")
        assert answered_on(row) == date(2026, 3, 10)
        StatusReport.objects.filter(measure=row, rater="").exclude(pk=first.pk).delete()
        assert answered_on(row) == date(2026, 3, 6)
        StatusReport.objects.filter(pk=first.pk).update(answers_on=None, due_at=None, rater="IPA")
        assert answered_on(row) is None
        stale = Measure.objects.get(pk=other.pk)
        stale.touched().save()
        assert answered_on(other) == date(2026, 3, 10)


def plan_of(house: House, day: date) -> list[dict[str, Any]]:
    """What the database did for the query of silence, node by node."""
    params = {
        "tenant": house.tenant.pk,
        "zone": "UTC",
        "day": day,
        "moment": datetime.combine(day, time.min, tzinfo=UTC),
        "programs": [house.program.pk, house.other_program.pk],
        "days": [day, None],
        "moments": [datetime.combine(day, time.min, tzinfo=UTC), None],
    }
    with house.active(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {SILENT}", params)
        found = cursor.fetchone()[0]
    nodes, waiting = [], [found[0]["Plan"]]
    while waiting:
        node = waiting.pop()
        nodes.append(node)
        waiting.extend(node.get("Plans", []))
    return nodes


def test_where_all_is_answered_no_measure_is_read(house: House) -> None:
    for _number in range(5):
        owing(house)
    for day, wanted in ((ANSWERED, 0), (ANSWERED + timedelta(days=1), 5)):
        scans = [n for n in plan_of(house, day) if n.get("Relation Name") == "initiatives_measure"]
        assert {n["Index Name"] for n in scans} == {"initiatives_measure_silent"}
        assert all("answered_on" in n["Index Cond"] for n in scans)
        assert sum(n.get("Rows Removed by Filter", 0) for n in scans) == 0
        assert sum(round(n["Actual Rows"] * n["Actual Loops"]) for n in scans) == wanted
