"""Reports of programs that nobody signs escalate: one streak, one climb (R3, R4, T17)."""

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from approvals.escalations.models import Escalation, EscalationReceiver
from approvals.escalations.services.running import Ran, escalations_run
from governance.audit.choices import AuditAction
from governance.audit.services import Subject, record
from governance.permissions.selectors import system_actor
from governance.tree.models import Node
from initiatives.models import Measure
from initiatives.rhythm.rules import ReportingPeriod
from reporting.period_reports.overdue import SOURCES, overdue_reports
from reporting.rollups.services import drain
from tests.houses import House
from tests.initiatives.making import make_measure
from tests.kpis.staging import moved
from tests.reporting.period_reports.signing import led, signed, signing, weekly


@pytest.fixture
def house(in_alpha: House, open_stages: None) -> House:
    """A program with a lead, a sponsor and one decided measure, older than every period."""
    weekly(in_alpha)
    led(in_alpha, in_alpha.program, owner="pmo", sponsor="sponsor")
    row = make_measure(in_alpha, owner=in_alpha.people["owner"])
    moved(in_alpha, row, "decided")
    return settled_in(in_alpha)


def settled_in(house: House, days: int = 300) -> House:
    changed(house, created_at=timezone.now() - timedelta(days=days))
    added_up(house)
    return house


def added_up(house: House) -> None:
    while drain(house.tenant) > 0:
        pass


def changed(house: House, **fields: object) -> None:
    """The program otherwise than a service would write it; every change has its event."""
    record(AuditAction.NODE_CHANGED, subject=Subject("program", "x", "x"), by=house.system())
    Node.objects.filter(pk=house.program.pk).update(**fields)


def due(house: House) -> ReportingPeriod:
    """The period that was due last."""
    period = signing(house, house.program).rhythms.standing_at(house.program.path).due
    assert period is not None
    return period


def run(house: House, moment: datetime) -> Ran:
    return escalations_run(by=system_actor(house.tenant.pk, via="worker"), now=moment)


def of_reports() -> list[Escalation]:
    return list(Escalation.objects.filter(source="period_report").order_by("id"))


def told() -> list[tuple[int, str]]:
    rows = EscalationReceiver.objects.filter(escalation__source="period_report")
    rows = rows.select_related("member__user").order_by("number", "id")
    return [(row.number, row.member.name) for row in rows]


def test_the_chain_is_one_of_the_line() -> None:
    [source] = SOURCES
    assert (source.code, source.is_finance) == ("period_report", False)
    assert sorted(source.shipped.values()) == [0, 5]


def test_the_lead_hears_of_it_then_the_sponsor_and_a_signature_ends_it(house: House) -> None:
    signed(house, house.program, due_on=due(house).due_on)
    last = due(house)
    week = timedelta(days=7)
    assert run(house, last.overdue_at + timedelta(hours=1)).opened == 0
    missed = last.overdue_at + week + timedelta(hours=1)
    run(house, missed)
    [row] = of_reports()
    assert (row.due_at, row.subject_code) == (last.due_at + week, house.program.code)
    assert row.link == f"period-reports/{house.program.code}/"
    run(house, missed + timedelta(days=4))
    assert told() == [(1, "Pmo")]
    # Another period goes by: the same streak, one escalation.
    run(house, missed + 2 * week)
    assert told() == [(1, "Pmo"), (2, "Sponsor")]
    assert len(of_reports()) == 1


def test_who_signed_ended_it(house: House) -> None:
    last = due(house)
    now = max(last.overdue_at, timezone.now()) + timedelta(minutes=1)
    run(house, now)
    [row] = of_reports()
    assert row.item_key == f"{house.program.pk}:never"
    report = signed(house, house.program, due_on=last.due_on)
    run(house, now + timedelta(minutes=1))
    [row] = of_reports()
    assert (row.end_reason, row.ended_by_id) == ("done", report.signed_by_id)


def test_a_program_without_a_lead_is_told_of_to_its_sponsor_at_once(house: House) -> None:
    changed(house, owner=None)
    moment = max(due(house).overdue_at, timezone.now()) + timedelta(days=3)
    run(house, moment)
    assert told() == [(2, "Sponsor")]


def test_nothing_is_owed_without_measures_that_owe_updates_or_before_the_first_period(
    house: House,
) -> None:
    moment = max(due(house).overdue_at, timezone.now()) + timedelta(minutes=1)
    assert len(list(overdue_reports(moment))) == 1
    # Written down within the period: the next one is the first.
    changed(house, created_at=due(house).due_at)
    assert list(overdue_reports(moment)) == []
    settled_in(house)
    for row in Measure.objects.all():
        moved(house, row, overlay="cancelled")
    added_up(house)
    assert list(overdue_reports(moment)) == []


def test_queries_do_not_grow_with_the_programs(house: House) -> None:
    moment = max(due(house).overdue_at, timezone.now()) + timedelta(minutes=1)
    with CaptureQueriesContext(connection) as queries:
        assert list(overdue_reports(moment))
    assert len(queries) == 4
