"""Reporting calendars: by program or for all, proposed by one and published by another (R1, S5)."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from governance.audit.choices import AuditAction
from governance.audit.models import AuditEvent
from governance.audit.services import Subject, record
from governance.calendars.selectors import current_calendar, today_of
from governance.errors import Conflict, Forbidden, Invalid
from governance.people.choices import Role
from governance.tenancy.models import Tenant
from initiatives.choices import Light
from initiatives.models import Measure, ReportingCalendar, StatusReport
from initiatives.rhythm.choices import ReportRhythm
from initiatives.rhythm.rules import RhythmTerms
from initiatives.rhythm.selectors import (
    calendars_in_force,
    period_answered,
    rhythm_hold,
    rhythms_of,
    stale_measures,
)
from initiatives.rhythm.services import reporting_calendar_propose, reporting_calendar_publish
from initiatives.services_reports import ReportDraft, status_report_add, status_report_change
from tests.houses import House
from tests.initiatives.making import make_measure
from tests.initiatives.rhythm.keeping import in_rhythm
from tests.kpis.conftest import open_stages
from tests.kpis.staging import moved

__all__ = ["open_stages"]
pytestmark = pytest.mark.django_db
FRIDAYS = RhythmTerms(starts_on=date(2026, 1, 1))
MANAGERS = {Role.ADMINISTRATOR, Role.PMO, Role.HEAD_OF_CONTROLLING}


def refused(error: type[Exception], work: Callable[[], Any]) -> Any:
    """What a refusal says; it leaves nothing behind."""
    before = (AuditEvent.objects.count(), ReportingCalendar.objects.count())
    with pytest.raises(error) as caught, transaction.atomic():
        work()
    assert (AuditEvent.objects.count(), ReportingCalendar.objects.count()) == before
    return caught.value


def written_down(house: House, measure: Measure, day: date) -> None:
    """As if the measure had been created on another day."""
    subject = Subject("measure", measure.code, measure.name)
    record(AuditAction.MEASURE_CHANGED, subject=subject, by=house.system())
    at = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    Measure.objects.filter(pk=measure.pk).update(created_at=at)


def test_a_program_without_its_own_has_the_tenants(in_alpha: House) -> None:
    tenant = Tenant.objects.get(pk=in_alpha.tenant.pk)
    assert rhythms_of(tenant, current_calendar()).terms_at(in_alpha.package.path) is None
    in_rhythm(in_alpha, FRIDAYS)
    monthly = replace(FRIDAYS, rhythm=ReportRhythm.MONTHLY)
    in_rhythm(in_alpha, monthly, in_alpha.other_program)
    found = rhythms_of(tenant, current_calendar())
    assert found.terms_at(in_alpha.package.path) == FRIDAYS
    assert found.terms_at(in_alpha.other_program.path) == monthly
    assert found.terms_at(in_alpha.root.path) == FRIDAYS
    rows = calendars_in_force(in_alpha.actor("executive"))
    assert [row.program_id for row in rows] == [None, in_alpha.other_program.pk]
    # A second version supersedes the one of its place alone.
    in_rhythm(in_alpha, replace(FRIDAYS, grace_days=3))
    states = ReportingCalendar.objects.order_by("number").values_list("state", flat=True)
    assert list(states) == ["superseded", "published", "published"]
    event = AuditEvent.objects.filter(action="reporting_calendar.published").latest("id")
    assert json.loads(event.body)["changes"] == {"grace_days": ["1", "3"]}
    assert rhythm_hold([in_alpha.other_program.pk]) == "node_has_rhythm"
    assert rhythm_hold([in_alpha.program.pk]) == ""


def test_two_people_and_one_proposal_for_each_place(in_alpha: House) -> None:
    pmo = in_alpha.actor("pmo")
    row = reporting_calendar_propose(terms=FRIDAYS, by=pmo)
    error = refused(
        Forbidden, lambda: reporting_calendar_publish(number=row.number, seen_version=1, by=pmo)
    )
    assert error.errors == {"rule": ["S5"]}
    again = refused(Conflict, lambda: reporting_calendar_propose(terms=FRIDAYS, by=pmo))
    assert again.code == "reporting_calendar_proposed"
    reporting_calendar_propose(terms=FRIDAYS, by=pmo, program=in_alpha.program)
    wrong = refused(
        Invalid,
        lambda: reporting_calendar_propose(
            terms=replace(FRIDAYS, grace_days=99), by=pmo, program=in_alpha.project
        ),
    )
    assert sorted(wrong.errors) == ["grace_days", "program"]


@pytest.mark.parametrize("role", Role)
def test_only_who_manages_governance_proposes(in_alpha: House, role: Role) -> None:
    by = in_alpha.actor(role.value)
    if role in MANAGERS:
        reporting_calendar_propose(terms=FRIDAYS, by=by)
        return
    refused(Forbidden, lambda: reporting_calendar_propose(terms=FRIDAYS, by=by))


def test_a_report_answers_the_period_that_is_open_for_it(in_alpha: House) -> None:
    measure = make_measure(in_alpha, owner=in_alpha.people["owner"])
    owner, today = in_alpha.actor("owner"), today_of(in_alpha.tenant)
    before = status_report_add(
        measure=measure, draft=ReportDraft(today - timedelta(days=1), "green"), by=owner
    )
    assert (before.answers_on, before.is_late) == (None, False)
    in_rhythm(in_alpha, RhythmTerms(starts_on=today - timedelta(days=70)))
    period = period_answered(measure, today)
    assert period is not None
    row = status_report_add(measure=measure, draft=ReportDraft(today, "amber"), by=owner)
    assert (row.answers_on, row.due_at) == (period.due_on, period.due_at)
    assert row.is_late == (timezone.now() > period.due_at)
    assert period_answered(measure, today - timedelta(days=30)) is None
    rated = status_report_change(
        report=row, seen_version=row.version, fields={"rater": "IPA"}, by=owner
    )
    assert (rated.answers_on, rated.due_at) == (None, None)


@pytest.mark.usefixtures("open_stages")
def test_silence_makes_stale_and_an_update_ends_it(in_alpha: House) -> None:
    measure = make_measure(in_alpha, owner=in_alpha.people["owner"])
    moved(in_alpha, measure, "decided")
    today = today_of(in_alpha.tenant)
    in_rhythm(in_alpha, RhythmTerms(starts_on=today - timedelta(days=70)))
    rhythms = rhythms_of(in_alpha.tenant, current_calendar())

    def is_stale(**fields: Any) -> bool:
        row = Measure.objects.select_related("package").get(pk=measure.pk)
        for name, value in fields.items():
            setattr(row, name, value)
        return bool(stale_measures([row], rhythms))

    assert not is_stale()  # written down today: it owes from the next period on
    written_down(in_alpha, measure, today - timedelta(days=60))
    assert is_stale()
    assert not is_stale(overlay="on_hold")  # G10
    assert not is_stale(overlay="cancelled")
    assert not is_stale(stage="identified")
    assert not is_stale(stage="closed")
    assert not is_stale(owner_id=None)
    old = today - timedelta(days=40)
    StatusReport.objects.create(
        measure=measure, reported_on=old, light="green", source="form", author="x"
    )
    assert is_stale()
    status_report_add(
        measure=measure,
        draft=ReportDraft(today, Light.AMBER, rater="IPA"),
        by=in_alpha.actor("owner"),
    )
    assert is_stale()  # somebody else's rating is no update
    status_report_add(
        measure=measure, draft=ReportDraft(today, Light.AMBER), by=in_alpha.actor("owner")
    )
    assert not is_stale()


def test_through_the_api(alpha: House) -> None:
    pmo, admin = alpha.caller("pmo"), alpha.caller("administrator")
    assert pmo.get("reporting-calendars/").json() == {"items": []}
    body = {"rhythm": "monthly", "business_day": 2, "starts_on": "2026-01-01", "due_time": "12:30"}
    made = pmo.post("reporting-calendar-versions/", body | {"program": alpha.program.code})
    assert (made.status_code, made.json()["program"]) == (201, alpha.program.code)
    assert (made.json()["due_time"], made.json()["weekday"]) == ("12:30", 5)
    wrong = admin.post(
        "reporting-calendar-versions/", {"rhythm": "daily", "starts_on": "soon", "x": 1}
    )
    assert sorted(wrong.json()["errors"]) == ["rhythm", "starts_on", "x"]
    unknown = pmo.post("reporting-calendar-versions/", body | {"program": "PG-999"})
    assert list(unknown.json()["errors"]) == ["program"]
    early = pmo.post("reporting-calendar-versions/", body | {"starts_on": "1900-01-01"})
    assert list(early.json()["errors"]) == ["starts_on"]
    address, seen = "reporting-calendar-versions/1/", {"If-Match": '"1"'}
    own = pmo.post(f"{address}publish/", {}, **seen)
    assert (own.status_code, own.json()["code"]) == (403, "segregation_of_duties")
    done = admin.post(f"{address}publish/", {}, **seen)
    assert (done.status_code, done.json()["state"]) == (200, "published")
    [item] = pmo.get("reporting-calendars/").json()["items"]
    assert (item["number"], item["program"]) == (1, alpha.program.code)
    assert item["due"]["due_at"].endswith("Z")
    gone = admin.delete(address, **{"If-Match": '"2"'})
    assert (gone.status_code, gone.json()["code"]) == (409, "reporting_calendar_not_proposed")
    # Of a program that somebody does not see they learn nothing.
    assert alpha.caller("narrow").get(address).status_code == 404


def test_through_the_pages(alpha: House) -> None:
    pmo, admin = alpha.client("pmo"), alpha.client("administrator")
    home = alpha.page("reporting-calendars/")
    assert "nobody owes updates" in pmo.get(home).content.decode()
    propose = alpha.page("reporting-calendars/propose/")
    form = pmo.get(propose).context["form"]
    data = {name: form.get_initial_for_field(form.fields[name], name) for name in form.fields}
    data |= {"program": alpha.program.code, "due_time": "09:15"}
    wrong = pmo.post(propose, data | {"grace_days": "11", "due_time": "25:00"})
    assert wrong.status_code == 422
    assert sorted(wrong.context["form"].errors) == ["due_time", "grace_days"]
    assert 'value="25:00"' in wrong.content.decode()
    assert pmo.post(propose, data).status_code == 302
    twice = pmo.post(propose, data)
    assert twice.status_code in {409, 422}
    shown = pmo.get(alpha.page("reporting-calendars/versions/1/")).content.decode()
    assert "09:15" in shown
    publish = alpha.page("reporting-calendars/versions/1/publish/")
    assert admin.post(publish, {"seen_version": "1"}).status_code == 302
    page = pmo.get(home).content.decode()
    assert "Every week, due on Friday at 09:15, 1 business day of grace" in page
    assert alpha.client("narrow").get(publish).status_code == 403
    version = alpha.page("reporting-calendars/versions/1/")
    assert alpha.client("narrow").get(version).status_code == 404
