"""Reading claims and validations by month, current baselines, and who may claim or validate."""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from governance.errors import NotVisible
from governance.people.actor import Actor
from governance.people.choices import Permission, Role
from initiatives.models import Measure
from initiatives.selectors import hands_at, visible_measures
from kpis.actuals.choices import MonthState, Outcome
from kpis.actuals.models import Claim, SecondSignature, Validation
from kpis.actuals.rules import ACCEPTED, Decided, Judge, may_claim, month_at, state_of
from kpis.choices import Series
from kpis.models import Effect, ValueYear
from kpis.rules import Month

Months = dict[Month, Decimal]


@dataclass(frozen=True, slots=True)
class MonthFacts:
    """The actual of one month: its latest claim, and what finance said of that claim."""

    claimed: Decimal | None = None
    claim_id: int | None = None
    claimed_by: str = ""
    claimants: frozenset[int] = frozenset()
    decided: Decided | None = None
    decided_by: str = ""
    decided_by_id: int | None = None
    validation_id: uuid.UUID | None = None
    reason: str = ""

    @property
    def state(self) -> MonthState:
        return state_of(self.claimed, self.decided)

    @property
    def validated(self) -> Decimal | None:
        """What counts; none before finance has accepted it."""
        if self.decided is None or self.state not in ACCEPTED:
            return None
        return self.decided.amount


Actuals = dict[Month, MonthFacts]


@dataclass(slots=True)
class _Claims:
    """All claims of one month: the latest of them, and who ever claimed."""

    claim_id: int = 0
    amount: Decimal | None = None
    name: str = ""
    claimants: set[int] = field(default_factory=set)


def actuals_of(
    effects: Iterable[Effect], months: Iterable[Month] | None = None
) -> dict[int, Actuals]:
    """Claims and validations of effects by month, in order; all months or some; two queries."""
    found: dict[int, Actuals] = {effect.pk: {} for effect in effects}
    claims: dict[tuple[int, date], _Claims] = {}
    wanted: dict[str, Any] = {"effect_id__in": list(found)}
    if months is not None:
        wanted["month__in"] = {month.first_day for month in months}
    rows = Claim.objects.filter(**wanted).order_by("id")
    names = ("effect_id", "month", "id", "amount", "claimed_by_id", "claimed_by__user__name")
    for effect_id, day, claim_id, amount, person, name in rows.values_list(*names):
        claim = claims.setdefault((effect_id, day), _Claims())
        claim.claim_id, claim.amount, claim.name = claim_id, amount, name
        claim.claimants.add(person)
    decided = _decided(wanted) if claims else {}
    for (effect_id, day), claim in sorted(claims.items()):
        found[effect_id][month_at(day)] = _facts(claim, decided.get(claim.claim_id))
    return found


def _decided(wanted: Mapping[str, Any]) -> dict[int, Validation]:
    rows = _signed_validations().filter(**wanted)
    return {row.claim_id: row for row in rows.select_related("decided_by__user")}


def _facts(claim: _Claims, validation: Validation | None) -> MonthFacts:
    claimants = frozenset(claim.claimants)
    if validation is None:
        return MonthFacts(claim.amount, claim.claim_id, claim.name, claimants)
    return MonthFacts(
        claimed=claim.amount,
        claim_id=claim.claim_id,
        claimed_by=claim.name,
        claimants=claimants,
        decided=decided_in(validation),
        decided_by=validation.decided_by.name,
        decided_by_id=validation.decided_by_id,
        validation_id=validation.public_id,
        reason=validation.reason,
    )


def decided_in(validation: Validation) -> Decided:
    """A row of `validation_rows` as the rules take it."""
    return Decided(
        outcome=Outcome(validation.outcome),
        amount=validation.amount,
        needs_second=validation.needs_second,
        has_second=validation.has_second,  # type: ignore[attr-defined]  # annotated
    )


def validation_rows() -> QuerySet[Validation]:
    """Validations with their effect, measure, people, and whether a second signature stands."""
    return _signed_validations().select_related(
        "effect__metric", "effect__measure__package", "claim", "decided_by__user"
    )


def _signed_validations() -> QuerySet[Validation]:
    signed = SecondSignature.objects.filter(validation=OuterRef("pk"))
    rows: QuerySet[Validation] = Validation.objects.annotate(has_second=Exists(signed))
    return rows


def validation_by_id(public_id: uuid.UUID, *, by: Actor) -> Validation:
    """One validation in a visible measure; raises `NotVisible`."""
    rows = validation_rows().filter(effect__measure__in=visible_measures(by))
    row: Validation | None = rows.filter(public_id=public_id).first()
    if row is None:
        raise NotVisible
    return row


def may_claim_at(effect: Effect, by: Actor) -> bool:
    """Whether somebody may claim for an effect; no query."""
    measure = effect.measure
    is_effect_owner = by.membership_id is not None and effect.owner_id == by.membership_id
    roles = by.scope.roles_at(measure.path)
    return may_claim(hands_at(measure, by), roles, is_effect_owner=is_effect_owner)


def judge_of(effect: Effect, measure: Measure, month: Month, *, by: Actor) -> Judge:
    """Somebody who would validate a month, as the rules ask; one query."""
    claims = Claim.objects.filter(effect=effect, month=month.first_day, claimed_by=by.membership_id)
    return judge_from(effect, measure, by=by, has_claimed=claims.exists())


def judge_from(effect: Effect, measure: Measure, *, by: Actor, has_claimed: bool) -> Judge:
    """The same where it is known already whether they claimed; no query."""
    me = by.membership_id
    return Judge(
        is_finance=me is not None and by.may(Permission.VALUE_VALIDATE, measure.path),
        is_named=me is not None and measure.controller_id == me,
        has_named=measure.controller_id is not None,
        stands_in=Role.HEAD_OF_CONTROLLING in by.scope.roles_at(measure.path),
        is_judged=me is not None and me in {measure.owner_id, effect.owner_id},
        has_claimed=has_claimed,
    )


def has_amounts(row: ValueYear) -> bool:
    """Whether anything is entered in a year."""
    return any(amount is not None for amount in row.months().values())


def numbered_baselines(effects: Iterable[Effect]) -> dict[int, dict[int, Months]]:
    """The months of each effect's baselines by their number (V3); absent without one; one query."""
    ids = [effect.pk for effect in effects]
    rows = ValueYear.objects.filter(effect_id__in=ids, series=Series.BASELINE)
    found: dict[int, dict[int, Months]] = {}
    for row in rows.order_by("baseline_no", "year"):
        months = found.setdefault(row.effect_id, {}).setdefault(row.baseline_no, {})
        for month, amount in row.months().items():
            if amount is not None:
                months[Month(row.year, month)] = amount
    return found


def current_baselines(effects: Iterable[Effect]) -> dict[int, Months]:
    """The months of each effect's highest baseline (V3); absent without one; one query."""
    found = numbered_baselines(effects)
    return {effect_id: numbers[max(numbers)] for effect_id, numbers in found.items()}


def start_of(effect: Effect) -> Month | None:
    """The start rule of an effect as a month."""
    return None if effect.run_rate_start is None else month_at(effect.run_rate_start)
