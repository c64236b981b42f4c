"""How to break each constraint of exceptions (E1, E2)."""

from collections.abc import Callable
from datetime import timedelta

from django.utils import timezone

from approvals.models import GovernanceException
from governance.audit.choices import AuditAction
from governance.audit.services import Subject, record
from tests.architecture.violations.breaking import Breaker, copies, sets
from tests.houses import House

NOW, ANOTHER = "2026-01-01T00:00:00Z", "X-000902"
Make = Callable[[House], GovernanceException]


def row(house: House, **values: object) -> GovernanceException:
    """An open exception of the transformation office, written past its service."""
    record(AuditAction.EXCEPTION_OPENED, subject=Subject("exception", "X", "X"), by=house.system())
    given = {
        "code": "X-000901",
        "source": "manual",
        "subject_type": "measure",
        "subject_id": 901,
        "subject_code": "M-000901",
        "place": house.package,
        "category": "supply",
        "tier": 1,
        "first_tier": 1,
        "title": "x",
        "currency": "EUR",
        "opened_by": house.people["pmo"],
        "due_at": timezone.now() + timedelta(days=7),
        "rank": 0,
    }
    made: GovernanceException = GovernanceException.objects.create(**given | values)
    return made


def caused(house: House) -> GovernanceException:
    return row(house, source="hold_review", source_key="M-000901/2026-01-01", title="")


def asked(house: House) -> GovernanceException:
    """Owned by the owner, who asked for its decision."""
    made, owner = row(house), house.people["owner"]
    rows = GovernanceException.objects.filter(pk=made.pk)
    rows.update(state="assigned", owner=owner)
    rows.update(state="decision_requested", ask="x", asked_by=owner, asked_at=NOW)
    return made


def decision(who: str, **values: object) -> dict[str, object]:
    """What a decision writes, by somebody of the house."""
    said = {"state": "decided", "outcome": "pivot", "rationale": "x", "decided_at": NOW}
    return said | {"decided_by": person(who)} | values


def decided(house: House) -> GovernanceException:
    made, sponsor = asked(house), house.people["sponsor"]
    rows = GovernanceException.objects.filter(pk=made.pk)
    rows.update(**decision("sponsor") | {"decided_by": sponsor})
    return made


def verified(house: House) -> GovernanceException:
    made, pmo = decided(house), house.people["pmo"]
    rows = GovernanceException.objects.filter(pk=made.pk)
    rows.update(state="verified", verified_by=pmo, verified_at=NOW, closed_at=NOW)
    return made


def person(name: str) -> Callable[[House], int]:
    return lambda house: int(house.people[name].pk)


def deletes(make: Make) -> Breaker:
    return lambda house: GovernanceException.objects.filter(pk=make(house).pk).delete()


def later(_house: House) -> object:
    return timezone.now() + timedelta(days=30)


VIOLATIONS: dict[str, Breaker] = {
    "approvals_exception_code": copies(row),
    "approvals_exception_one_open": copies(caused, code=ANOTHER),
    "approvals_exception_source_known": copies(caused, source="x", code=ANOTHER),
    "approvals_exception_has_cause": copies(row, source_key="x", code=ANOTHER),
    "approvals_exception_category_known": copies(row, category="x", code=ANOTHER),
    "approvals_exception_tier_adds_up": sets(row, tier=2),
    "approvals_exception_climbed_at": sets(row, climbed_at=NOW),
    "approvals_exception_currency": copies(row, currency="eur", code=ANOTHER),
    "approvals_exception_reach": copies(row, reach=0, code=ANOTHER),
    "approvals_exception_owned": sets(row, owner=person("owner")),
    "approvals_exception_asked": sets(row, ask="x"),
    "approvals_exception_decided": sets(asked, rationale="x"),
    "approvals_exception_decided_by_another": sets(asked, **decision("owner")),
    "approvals_exception_accepted": sets(asked, **decision("sponsor", outcome="accept")),
    "approvals_exception_verified": sets(decided, verification="x"),
    "approvals_exception_verified_by_another": sets(
        decided, state="verified", verified_by=person("owner"), verified_at=NOW, closed_at=NOW
    ),
    "approvals_exception_closed_at": sets(row, closed_at=NOW),
    "approvals_exception_starts_open": copies(row, state="assigned", code=ANOTHER),
    "approvals_exception_stays": deletes(row),
    "approvals_exception_is_fixed": sets(row, amount=5),
    "approvals_exception_is_final": sets(verified, verification="another"),
    "approvals_exception_decision_stays": sets(decided, rationale="another"),
    "approvals_exception_goes_forward": sets(asked, state="assigned"),
    "approvals_exception_climbs_by_one": sets(row, climbs=2, tier=3, climbed_at=NOW, due_at=later),
    "approvals_exception_not_by_consultant": sets(asked, **decision("consultant")),
}
