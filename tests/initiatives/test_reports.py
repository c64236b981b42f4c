"""Status reports one by one: who adds, who corrects, what is frozen (R4), what is told."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from governance.audit.models import AuditEvent
from governance.audit.selectors import events_of
from governance.errors import Conflict, Forbidden, Invalid, NotVisible, Refused, Stale
from governance.events.models import OutboxEvent
from governance.history import sentence_of
from governance.people.choices import TokenScope
from initiatives.choices import ReportSource
from initiatives.models import Measure, StatusReport
from initiatives.selectors import latest_reports, measure_by_code, report_by_id, reports_of
from initiatives.services import measure_delete
from initiatives.services_reports import (
    ReportDraft,
    status_report_add,
    status_report_change,
    status_report_remove,
)
from tests.architecture.violations.breaking import check_now
from tests.houses import House
from tests.initiatives.making import make_measure


@pytest.fixture
def measure(in_alpha: House) -> Measure:
    return make_measure(in_alpha, owner=in_alpha.people["owner"])


def add(house: House, measure: Measure, day: str, who: str = "owner", **more: Any) -> StatusReport:
    draft = ReportDraft(date.fromisoformat(day), **{"light": "amber"} | more)
    by = house.actor(who)
    return status_report_add(measure=measure_by_code(measure.code, by=by), draft=draft, by=by)


@pytest.mark.parametrize("who", ["owner", "pmo", "consultant"])
def test_who_edits_a_measure_reports_its_status(
    in_alpha: House, measure: Measure, who: str
) -> None:
    row = add(in_alpha, measure, "2026-01-31", who, rater=" IPA  x ", stated="Amber/Red")
    assert (row.rater, row.stated, row.light, row.version) == ("IPA x", "Amber/Red", "amber", 1)
    assert (row.source, row.added_by_id) == (ReportSource.FORM, in_alpha.people[who].pk)
    said = sentence_of(events_of("measure", measure.code)[0])
    assert said.action == "status_report.added"
    assert said.sentence == (
        f"{in_alpha.people[who].name} reported the status of {measure.code}: "
        "light Amber, rated by IPA x, day of the report 31 Jan 2026 and 1 more"
    )
    assert OutboxEvent.objects.filter(topic="status_report.added", key=measure.code).exists()
    check_now()


@pytest.mark.parametrize("who", ["executive", "sponsor", "controller", "auditor", "administrator"])
def test_others_read_and_add_nothing(in_alpha: House, measure: Measure, who: str) -> None:
    with pytest.raises(Forbidden):
        add(in_alpha, measure, "2026-01-31", who)
    assert not StatusReport.objects.exists()


def test_an_owner_of_something_else_reports_nothing_here(in_alpha: House) -> None:
    with pytest.raises(Forbidden):
        add(in_alpha, make_measure(in_alpha), "2026-01-31", "owner")


def test_a_person_without_sight_finds_no_report(in_alpha: House, measure: Measure) -> None:
    row = add(in_alpha, measure, "2026-01-31")
    for who in ("guest", "narrow"):
        by = in_alpha.actor(who)
        with pytest.raises(NotVisible):
            report_by_id(row.public_id, by=by)
        with pytest.raises(NotVisible):
            status_report_change(report=row, seen_version=1, fields={"light": "red"}, by=by)


@pytest.mark.parametrize(
    ("field", "fields"),
    [
        ("light", {"light": "pink"}),
        ("rater", {"rater": "x" * 121}),
        ("stated", {"stated": "a\x07"}),
        ("commentary", {"commentary": "x" * 20_001}),
        ("reported_on", {"day": "1989-12-31"}),
        ("reported_on", {"day": (timezone.localdate() + timedelta(days=1)).isoformat()}),
    ],
)
def test_what_cannot_be_kept_is_named(
    in_alpha: House, measure: Measure, field: str, fields: dict[str, str]
) -> None:
    with pytest.raises(Invalid) as caught:
        add(in_alpha, measure, **{"day": "2026-01-31"} | fields)
    assert set(caught.value.errors) == {field}
    assert not StatusReport.objects.exists()


def test_a_rater_reports_once_a_day(in_alpha: House, measure: Measure) -> None:
    add(in_alpha, measure, "2026-01-31")
    add(in_alpha, measure, "2026-01-31", rater="IPA")
    events = AuditEvent.objects.count()
    with pytest.raises(Conflict, match="report_taken"):
        add(in_alpha, measure, "2026-01-31", "pmo", rater=" IPA")
    assert (StatusReport.objects.count(), AuditEvent.objects.count()) == (2, events)


def test_the_newest_is_corrected_by_whom_added_it_and_by_the_pmo(
    in_alpha: House, measure: Measure
) -> None:
    row = add(in_alpha, measure, "2026-01-31")
    for who, version in (("owner", 1), ("pmo", 2)):
        fields = {"light": "red", "commentary": f"{who} looked again"}
        by = in_alpha.actor(who)
        row = status_report_change(report=row, seen_version=version, fields=fields, by=by)
    assert (row.light, row.commentary, row.version) == ("red", "pmo looked again", 3)
    assert row.added_by_id == in_alpha.people["owner"].pk
    said = sentence_of(events_of("measure", measure.code)[0])
    assert said.action == "status_report.changed"
    assert "owner looked again → pmo looked again" in said.sentence
    events = AuditEvent.objects.count()
    same = status_report_change(report=row, seen_version=3, fields={"light": "red"}, by=by)
    assert (same.version, AuditEvent.objects.count()) == (3, events)


def test_somebody_elses_report_is_not_corrected(in_alpha: House, measure: Measure) -> None:
    row, by = add(in_alpha, measure, "2026-01-31"), in_alpha.actor("consultant")
    with pytest.raises(Forbidden, match="report_of_another"):
        status_report_change(report=row, seen_version=1, fields={"light": "red"}, by=by)
    with pytest.raises(Forbidden, match="report_of_another"):
        status_report_remove(report=row, seen_version=1, by=by)


@pytest.mark.parametrize("who", ["owner", "pmo"])
def test_a_later_report_freezes_the_earlier_one(
    in_alpha: House, measure: Measure, who: str
) -> None:
    row, by = add(in_alpha, measure, "2026-01-31"), in_alpha.actor(who)
    last = add(in_alpha, measure, "2026-02-28")
    with pytest.raises(Refused, match="report_frozen"):
        status_report_change(report=row, seen_version=1, fields={"light": "red"}, by=by)
    with pytest.raises(Refused, match="report_frozen"):
        status_report_remove(report=row, seen_version=1, by=by)
    status_report_remove(report=last, seen_version=1, by=by)
    assert sentence_of(events_of("measure", measure.code)[0]).action == "status_report.removed"
    status_report_change(report=row, seen_version=1, fields={"light": "red"}, by=by)
    assert list(StatusReport.objects.values_list("light", "version")) == [("red", 2)]


def test_a_late_save_overwrites_nothing(in_alpha: House, measure: Measure) -> None:
    row, by = add(in_alpha, measure, "2026-01-31"), in_alpha.actor("owner")
    status_report_change(report=row, seen_version=1, fields={"light": "red"}, by=by)
    with pytest.raises(Stale):
        status_report_change(report=row, seen_version=1, fields={"light": "green"}, by=by)
    with pytest.raises(Stale):
        status_report_remove(report=row, seen_version=1, by=by)


def test_a_correction_does_not_take_the_day_of_another(in_alpha: House, measure: Measure) -> None:
    add(in_alpha, measure, "2026-01-31")
    row, by = add(in_alpha, measure, "2026-02-28"), in_alpha.actor("owner")
    day = {"reported_on": date(2026, 1, 31)}
    with pytest.raises(Conflict, match="report_taken"):
        status_report_change(report=row, seen_version=1, fields=day, by=by)


def test_reports_stand_newest_first_and_the_latest_is_found_for_many(
    in_alpha: House, measure: Measure
) -> None:
    other = make_measure(in_alpha, "Other", owner=in_alpha.people["owner"])
    for day in ("2026-02-28", "2026-01-31", "2026-03-31"):
        add(in_alpha, measure, day)
    add(in_alpha, other, "2025-12-31", light="blue")
    days = [report.reported_on.month for report in reports_of(measure)]
    assert days == [3, 2, 1]
    found = latest_reports([measure, other, make_measure(in_alpha, "Without")])
    assert {pk: row.light for pk, row in found.items()} == {measure.pk: "amber", other.pk: "blue"}
    assert found[measure.pk].reported_on == date(2026, 3, 31)


def test_an_early_deletion_takes_the_reports_along(in_alpha: House, measure: Measure) -> None:
    add(in_alpha, measure, "2026-01-31")
    kept = add(in_alpha, make_measure(in_alpha, owner=in_alpha.people["owner"]), "2026-01-31")
    measure_delete(measure=measure, seen_version=1, by=in_alpha.actor("pmo"))
    assert list(StatusReport.objects.all()) == [kept]
    check_now()


def test_a_token_for_reading_reports_nothing(alpha: House) -> None:
    measure = make_measure(alpha)
    reader = alpha.caller("pmo", scopes=(TokenScope.READ,))
    body = {"reported_on": "2026-01-31", "light": "red"}
    answer = reader.post(f"measures/{measure.code}/status-reports/", body)
    assert (answer.status_code, answer.json()["code"]) == (403, "token_read_only")
