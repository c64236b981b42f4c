"""Effects with claims and validations for tests, made through the services."""

from decimal import Decimal
from typing import Any

import pytest

from governance.audit.models import AuditEvent
from governance.calendars.selectors import today_of
from governance.errors import DomainError
from governance.people.choices import Role
from initiatives.models import Measure
from initiatives.services import measure_change
from kpis.actuals.choices import Outcome
from kpis.actuals.models import Claim, SecondSignature, Validation
from kpis.actuals.selectors import MonthFacts, actuals_of, month_at
from kpis.actuals.services.claims import claims_write
from kpis.actuals.services.effects import effect_change
from kpis.actuals.services.reference import reference_write
from kpis.actuals.services.validations import Verdict, claim_validate, validation_second
from kpis.choices import Series
from kpis.models import Effect, ValueHistory, ValueYear
from kpis.rules import Month
from kpis.selectors import values_of
from tests.houses import House
from tests.initiatives.making import reloaded


def now(house: House, *, back: int = 0) -> Month:
    """This month, or one so many months ago, in the tenant's time zone."""
    return month_at(today_of(house.tenant)).plus(-back)


def fresh(house: House, effect: Effect) -> Effect:
    with house.active():
        row: Effect = Effect.objects.select_related(
            "metric", "measure__package", "owner__user"
        ).get(pk=effect.pk)
        return row


def named(house: House, measure: Measure, **people: str) -> Measure:
    """The measure with these people, by name."""
    fields = {role: house.people[name] for role, name in people.items()}
    with house.active():
        row = reloaded(house, measure)
        by = house.system(Role.PMO, Role.CONTROLLER)
        return measure_change(measure=row, seen_version=row.version, fields=fields, by=by)


def changed(house: House, effect: Effect, who: str = "pmo", /, **fields: Any) -> Effect:
    row = fresh(house, effect)
    with house.active():
        return effect_change(
            effect=row, seen_version=row.version, fields=fields, by=house.actor(who)
        )


def refer(house: House, effect: Effect, cells: dict[str, str | None], name: str = "pmo") -> Effect:
    row = fresh(house, effect)
    with house.active():
        return reference_write(
            effect=row, cells=cells, seen_version=row.version, by=house.actor(name)
        )


def claim(house: House, effect: Effect, cells: dict[Any, Any], name: str = "owner") -> Effect:
    row = fresh(house, effect)
    with house.active():
        return claims_write(
            effect=row,
            cells={str(month): amount for month, amount in cells.items()},
            seen_version=row.version,
            by=house.actor(name),
        )


def judge(
    house: House,
    effect: Effect,
    month: object,
    outcome: Outcome = Outcome.VALIDATED,
    *,
    name: str = "controller",
    **more: Any,
) -> Validation:
    row = fresh(house, effect)
    with house.active():
        verdict = Verdict(str(month), outcome, **more)
        return claim_validate(effect=row, verdict=verdict, by=house.actor(name))


def second(house: House, validation: Validation, name: str = "second_finance") -> Validation:
    with house.active():
        return validation_second(validation=validation, by=house.actor(name))


def facts(house: House, effect: Effect, month: Month) -> MonthFacts:
    with house.active():
        return actuals_of([effect])[effect.pk].get(month, MonthFacts())


def counts(house: House) -> tuple[int, ...]:
    """Rows that any of these services writes."""
    models = (Claim, Validation, SecondSignature, ValueYear, ValueHistory, AuditEvent)
    with house.active():
        return tuple(model.objects.count() for model in models)  # type: ignore[attr-defined]  # annotated, or a manager


def refused(house: House, error: type[DomainError], code: str, work: Any) -> DomainError:
    """The work is refused with this code and leaves nothing."""
    before = counts(house)
    with pytest.raises(error) as caught, house.active():
        work()
    assert caught.value.code == code
    assert counts(house) == before
    return caught.value


def actions(house: House) -> list[str]:
    with house.active():
        return list(AuditEvent.objects.order_by("id").values_list("action", flat=True))


def series(house: House, effect: Effect, which: Series) -> dict[str, Decimal]:
    with house.active():
        found = values_of([effect])[0].series(which)
        return {str(month): amount for month, amount in found.items()}
