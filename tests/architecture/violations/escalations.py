"""How to break each constraint of escalations, their levels, receivers and policies."""

import uuid
from typing import Any

from django.utils import timezone

from approvals.models import Escalation, EscalationLevel, EscalationPolicy, EscalationReceiver
from governance.audit.choices import AuditAction
from governance.audit.services import Subject, record
from tests.architecture.violations.breaking import Breaker, copies, runs, sets
from tests.houses import House

NOW = "2026-03-04T00:00:00Z"


def new_id(_house: House) -> uuid.UUID:
    return uuid.uuid4()


def policy(house: House, **values: Any) -> EscalationPolicy:
    subject = Subject("escalation_policy", "1", "1")
    record(AuditAction.ESCALATION_POLICY_PROPOSED, subject=subject, by=house.system())
    given = {"number": 1, "said": {}, "proposed_by": house.people["pmo"]}
    made: EscalationPolicy = EscalationPolicy.objects.create(**given | values)
    return made


def published(house: House, **values: Any) -> EscalationPolicy:
    given = {
        "state": "published",
        "published_by": house.people["administrator"],
        "published_at": timezone.now(),
    }
    return policy(house, **given | values)


def escalation(house: House, **values: Any) -> Escalation:
    subject = Subject("escalation", "x", "x")
    record(AuditAction.ESCALATION_OPENED, subject=subject, by=house.system())
    given = {
        "source": "desk",
        "item_key": "one",
        "subject_type": "thing",
        "subject_id": 1,
        "subject_code": "M-000901",
        "label": "Thing",
        "link": "",
        "place": house.package,
        "due_at": NOW,
        "runs_from": NOW,
        "opened_at": NOW,
        "level": 1,
    }
    made: Escalation = Escalation.objects.create(**given | values)
    return made


def over(house: House) -> Escalation:
    return escalation(house, ended_at=NOW, end_reason="done")


def level(house: House, **values: Any) -> EscalationLevel:
    given = {"number": 1, "tier": "owes", "after_days": 1, "outcome": "told", "reached_at": NOW}
    made: EscalationLevel = EscalationLevel.objects.create(
        escalation=escalation(house), **given | values
    )
    return made


def receiver(house: House) -> EscalationReceiver:
    made: EscalationReceiver = EscalationReceiver.objects.create(
        escalation=escalation(house), number=1, member=house.people["owner"], told_at=NOW
    )
    return made


def deleted(house: House) -> object:
    return runs("DELETE FROM approvals_escalation WHERE id = %s", lambda h: over(h).pk)(house)


VIOLATIONS: dict[str, Breaker] = {
    "approvals_policy_number": copies(policy, state="withdrawn"),
    "approvals_policy_one_draft": copies(policy, number=2),
    "approvals_policy_one_in_force": copies(published, number=2),
    "approvals_policy_state": lambda h: policy(h, state="maybe"),
    "approvals_policy_second_person": lambda h: published(h, published_by=h.people["pmo"]),
    "approvals_policy_published_by_somebody": lambda h: published(h, published_at=None),
    "approvals_policy_is_final": sets(policy, said={"desk": {}}),
    "approvals_escalation_id": copies(escalation, item_key="two"),
    "approvals_escalation_one_open": copies(escalation, public_id=new_id),
    "approvals_escalation_end": sets(escalation, ended_at=NOW),
    "approvals_escalation_stopped_waits": sets(escalation, stopped_at=NOW, next_at=NOW),
    "approvals_escalation_is_fixed": sets(escalation, level=0),
    "approvals_escalation_is_over": sets(over, ended_at=None, end_reason=""),
    "approvals_level_once": copies(level),
    "approvals_level_tier": lambda h: level(h, tier="x"),
    "approvals_level_outcome": lambda h: level(h, outcome="x"),
    "approvals_receiver_once": copies(receiver),
}
AGAIN: dict[str, tuple[str, Breaker]] = {
    "an escalation is deleted": ("approvals_escalation_is_over", deleted),
    "an escalation becomes somebody else's": (
        "approvals_escalation_is_fixed",
        sets(escalation, owes_id=lambda h: h.people["owner"].pk),
    ),
}
