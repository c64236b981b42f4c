"""How to break each constraint of value settings, periods and restatements."""

import uuid
from datetime import date
from decimal import Decimal

from django.utils import timezone

from governance.audit.choices import AuditAction
from governance.audit.services import Subject, record
from kpis.models import (
    Claim,
    Period,
    Restatement,
    SecondSignature,
    Validation,
    ValueSettings,
    ValueYear,
)
from tests.architecture.violations.breaking import Breaker, copies, sets
from tests.architecture.violations.kpis import claim, owned, validation, year
from tests.houses import House


def value_settings(house: House, **values: object) -> ValueSettings:
    record(
        AuditAction.VALUE_SETTINGS_PROPOSED,
        subject=Subject("value_settings", "1", ""),
        by=house.system(),
    )
    given = {"number": 1, "proposed_by": house.people["pmo"]}
    return ValueSettings.objects.create(**given | values)


def published_settings(house: House, **values: object) -> ValueSettings:
    given = {
        "state": "published",
        "published_by": house.people["administrator"],
        "published_at": timezone.now(),
    }
    return value_settings(house, **given | values)


def period_of(house: House, state: str = "locked", **values: object) -> Period:
    record(AuditAction.PERIOD_LOCKED, subject=Subject("period", "x", ""), by=house.system())
    given = {"month": date(2026, 1, 1), "state": state}
    return Period.objects.create(**given | values)


def late_validation(house: House) -> Validation:
    """A claim that is adjusted once its month is locked."""
    of = claim(house)
    period_of(house)
    return Validation.objects.create(
        effect=of.effect,
        month=of.month,
        claim=of,
        outcome="adjusted",
        amount=Decimal(4),
        reason="x",
        decided_by=house.people["controller"],
    )


def late_signature(house: House) -> SecondSignature:
    """An adjustment upwards that is signed once its month is locked."""
    of = validation(house, amount=Decimal(6), needs_second=True)
    period_of(house)
    return SecondSignature.objects.create(validation=of, signed_by=house.people["second_finance"])


def claimed_late(house: House) -> Claim:
    period_of(house, "submitted")
    return claim(house)


def cell_late(house: House) -> ValueYear:
    period_of(house)
    return year(house, series="actual_validated")


def restatement(house: House, **values: object) -> Restatement:
    """A proposal to restate a locked month of an effect of the owner."""
    period_of(house)
    subject = Subject("measure", "X", "")
    record(AuditAction.RESTATEMENT_PROPOSED, subject=subject, by=house.system())
    given = {
        "effect": owned(house),
        "month": date(2026, 1, 1),
        "booked_in": date(2026, 3, 1),
        "delta": Decimal(2),
        "reason": "x",
        "proposed_by": house.people["controller"],
    }
    return Restatement.objects.create(**given | values)


def approved_restatement(house: House, **values: object) -> Restatement:
    decided = {
        "state": "approved",
        "decided_by": house.people["second_finance"],
        "decided_at": timezone.now(),
    }
    return restatement(house, **decided | values)


def booked_late(house: House) -> Restatement:
    period_of(house, month=date(2026, 2, 1))
    return restatement(house, booked_in=date(2026, 2, 1))


VIOLATIONS: dict[str, Breaker] = {
    "kpis_period_once": copies(period_of),
    "kpis_period_state": lambda h: period_of(h, "x"),
    "kpis_period_first_of_month": lambda h: period_of(h, month=date(2026, 1, 2)),
    "kpis_period_opened_with_reason": lambda h: period_of(h, "open"),
    "kpis_period_is_final": sets(period_of, state="submitted"),
    "kpis_claim_in_open_period": claimed_late,
    "kpis_validation_in_open_period": late_validation,
    "kpis_second_in_open_period": late_signature,
    "kpis_actual_in_open_period": cell_late,
    "kpis_restatement_id": copies(approved_restatement),
    "kpis_restatement_one_proposal": copies(restatement, public_id=lambda _h: uuid.uuid4()),
    "kpis_restatement_state": lambda h: approved_restatement(h, state="x"),
    "kpis_restatement_months": lambda h: restatement(h, booked_in=date(2026, 3, 2)),
    "kpis_restatement_delta": lambda h: restatement(h, delta=Decimal(0)),
    "kpis_restatement_reason": lambda h: restatement(h, reason=""),
    "kpis_restatement_decided_by_somebody": lambda h: approved_restatement(h, decided_at=None),
    "kpis_restatement_second_person": lambda h: approved_restatement(
        h, decided_by=h.people["controller"]
    ),
    "kpis_restatement_is_final": sets(approved_restatement, delta=Decimal(3)),
    "kpis_restatement_not_by_owner": lambda h: restatement(h, proposed_by=h.people["owner"]),
    "kpis_restatement_of_locked_period": lambda h: restatement(h, month=date(2025, 12, 1)),
    "kpis_restatement_in_open_period": booked_late,
    "kpis_value_settings_number": copies(value_settings, state="withdrawn"),
    "kpis_value_settings_one_draft": copies(value_settings, number=2),
    "kpis_value_settings_one_in_force": copies(published_settings, number=2),
    "kpis_value_settings_state": lambda h: value_settings(h, state="maybe"),
    "kpis_value_settings_order": lambda h: value_settings(h, change_percent=4),
    "kpis_value_settings_days": lambda h: value_settings(h, claim_day=11),
    "kpis_value_settings_closes_from": lambda h: value_settings(h, closes_from=date(2026, 1, 2)),
    "kpis_value_settings_sustain": lambda h: value_settings(h, sustain_months=0),
    "kpis_value_settings_proposed": lambda h: value_settings(h, proposed_by=None),
    "kpis_value_settings_second_person": lambda h: published_settings(
        h, published_by=h.people["pmo"]
    ),
    "kpis_value_settings_published_by_somebody": lambda h: published_settings(h, published_at=None),
    "kpis_value_settings_is_final": sets(value_settings, claim_day=4),
}
