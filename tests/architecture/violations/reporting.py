"""How to break each constraint of stored roll-ups and of signed reports."""

from datetime import date, timedelta

from django.utils import timezone

from governance.audit.choices import AuditAction
from governance.audit.rules import body_hash
from governance.audit.services import Subject, record
from reporting.models import PeriodReport, RollUpNode, RollUpState
from reporting.period_reports.rules import GENESIS
from tests.architecture.violations.breaking import Breaker, copies
from tests.houses import House


def node(house: House) -> RollUpNode:
    return RollUpNode.objects.create(node_id=house.program.pk)


def state(_house: House) -> RollUpState:
    return RollUpState.objects.create()


def report(house: House, **values: object) -> PeriodReport:
    subject = Subject("program", house.program.code, "")
    record(AuditAction.PERIOD_REPORT_SIGNED, subject=subject, by=house.system())
    given = {
        "node": house.program,
        "number": 1,
        "first_on": DAY,
        "due_on": DAY,
        "due_at": timezone.now(),
        "body": "{}",
        "hash": body_hash("{}"),
        "previous_hash": GENESIS,
        "signed_by": house.people["pmo"],
        "signer": "x",
        "signed_at": timezone.now(),
    }
    return PeriodReport.objects.create(**given | values)


def next_report(house: House, **values: object) -> PeriodReport:
    """A second report that follows the first, but for the values."""
    first = report(house)
    given = {"number": 2, "previous_hash": first.hash, "due_on": DAY + timedelta(days=7)}
    return report(house, **given | values)


def correction(house: House, **values: object) -> PeriodReport:
    """A second report that corrects the first, but for the values."""
    first = report(house)
    given = {"number": 2, "previous_hash": first.hash, "replaces": first, "reason": "x"}
    return report(house, **given | values)


DAY = date(2026, 1, 9)
REPORT = "reporting_period_report"
VIOLATIONS: dict[str, Breaker] = {
    f"{REPORT}_number": copies(report, due_on=lambda _h: DAY + timedelta(days=7)),
    f"{REPORT}_once": lambda h: next_report(h, due_on=DAY),
    f"{REPORT}_replaced_once": copies(correction, number=lambda _h: 3),
    f"{REPORT}_hashes": lambda h: report(h, hash="x"),
    f"{REPORT}_reason": lambda h: report(h, reason="x"),
    f"{REPORT}_days": lambda h: report(h, first_on=DAY + timedelta(days=1)),
    f"{REPORT}_no_gap": lambda h: next_report(h, number=3),
    f"{REPORT}_chain": lambda h: next_report(h, previous_hash=GENESIS),
    f"{REPORT}_corrects_newest": lambda h: correction(h, due_on=DAY + timedelta(days=1)),
    f"{REPORT}_in_order": lambda h: next_report(
        h, due_on=DAY - timedelta(days=1), first_on=DAY - timedelta(days=1)
    ),
    "reporting_roll_up_node_once": copies(node),
    "reporting_roll_up_state_once": copies(state),
}

# Further ways around the chain.
AGAIN: dict[str, tuple[str, Breaker]] = {
    "a report whose hash is of something else": (
        f"{REPORT}_chain",
        lambda h: report(h, hash=body_hash("x")),
    ),
    "a first report that is number two": (f"{REPORT}_no_gap", lambda h: report(h, number=2)),
    "a report of another place corrected": (
        f"{REPORT}_corrects_newest",
        lambda h: correction(h, node=h.other_program, number=1, previous_hash=GENESIS),
    ),
}
