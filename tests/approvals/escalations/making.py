"""An escalation for tests that only read, written past its service."""

from datetime import timedelta

from django.utils import timezone

from approvals.models import Escalation, EscalationLevel, EscalationReceiver
from governance.audit.choices import AuditAction
from governance.audit.services import Subject, record
from initiatives.models import Measure
from tests.houses import House


def overdue(house: House, measure: Measure, key: str = "one") -> Escalation:
    """Something overdue that its owner was told of."""
    at = timezone.now() - timedelta(days=9)
    row: Escalation = Escalation.objects.create(
        source="milestone",
        item_key=key,
        subject_type="measure",
        subject_id=measure.pk,
        subject_code=measure.code,
        label="Sign the contract",
        link=f"measures/{measure.code}/plan/",
        place=house.package,
        owes=house.people["owner"],
        due_at=at,
        runs_from=at,
        opened_at=at,
        level=1,
        next_at=at + timedelta(days=99),
    )
    named = Subject("escalation", str(row.public_id), measure.code)
    record(AuditAction.ESCALATION_OPENED, subject=named, by=house.system())
    EscalationLevel.objects.create(
        escalation=row, number=1, tier="owes", after_days=1, outcome="told", reached_at=at
    )
    EscalationReceiver.objects.create(
        escalation=row, number=1, member=house.people["owner"], told_at=at
    )
    return row
