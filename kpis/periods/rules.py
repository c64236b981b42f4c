"""When a month closes: by its dates or earlier by hand, and what it then refuses; pure (V4)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from governance.calendars.rules import ONE_DAY, STANDARD, BusinessCalendar, add_business_days
from governance.people.choices import Permission
from governance.people.rules import Scope, is_root
from kpis.actuals.choices import Outcome
from kpis.actuals.rules import month_at
from kpis.periods.choices import PeriodState
from kpis.rules import Month
from kpis.settings.rules import SHIPPED, ValueTerms

REFUSALS = {PeriodState.SUBMITTED: "period_submitted", PeriodState.LOCKED: "period_closed"}


@dataclass(frozen=True, slots=True)
class Closing:
    """How a tenant closes its months, and which of them stand submitted, locked or opened again."""

    terms: ValueTerms = SHIPPED
    calendar: BusinessCalendar = STANDARD
    stored: Mapping[Month, PeriodState] = field(default_factory=dict)

    def is_kept(self, month: Month) -> bool:
        """Whether a month closes by the calendar of periods at all."""
        return self.terms.closes_from is not None and month >= self.terms.closes_from

    def claims_until(self, month: Month) -> date:
        """The last day on which a month is claimed."""
        return self._working_day(month, self.terms.claim_day)

    def validated_until(self, month: Month) -> date:
        """The last day on which the claims of a month are adjusted or rejected."""
        return self._working_day(month, self.terms.validation_day)

    def _working_day(self, month: Month, number: int) -> date:
        last = month.plus(1).first_day - ONE_DAY
        return add_business_days(last, number, self.calendar)

    def due(self, month: Month, today: date) -> PeriodState:
        """The state of a month by its dates alone."""
        if not self.is_kept(month) or month >= month_at(today):
            return PeriodState.OPEN
        if today > self.validated_until(month):
            return PeriodState.LOCKED
        is_over = today > self.claims_until(month)
        return PeriodState.SUBMITTED if is_over else PeriodState.OPEN

    def state(self, month: Month, today: date) -> PeriodState:
        """The later of what stands and what is due.

        A month that finance opened again stays open until it locks: the day for claims is past.
        """
        stored = self.stored.get(month)
        if stored is PeriodState.LOCKED:
            return stored
        due = self.due(month, today)
        if stored is None or due is PeriodState.LOCKED:
            return due
        return stored

    def is_closed(self, month: Month, today: date) -> bool:
        """Whether the books of a month are closed: locked, or over where no calendar is kept."""
        if month >= month_at(today):
            return False
        return not self.is_kept(month) or self.state(month, today) is PeriodState.LOCKED

    def last_closed(self, today: date) -> Month:
        """The latest month that is closed; months lock in their order."""
        month = month_at(today).plus(-1)
        while not self.is_closed(month, today):
            month = month.plus(-1)
        return month

    def months(self, today: date) -> list[Month]:
        """The months that are kept, up to the last one that is over."""
        first = self.terms.closes_from
        months: list[Month] = []
        while first is not None and first < month_at(today):
            months.append(first)
            first = first.plus(1)
        return months

    def running(self, today: date) -> list[Month]:
        """The month that is not over yet, where it will close by the calendar of periods."""
        month = month_at(today)
        return [month] if self.is_kept(month) else []


def claim_refusal_in(state: PeriodState) -> str | None:
    """Why a month in this state takes no claim."""
    return REFUSALS.get(state)


def verdict_refusal_in(state: PeriodState, outcome: Outcome) -> str | None:
    """Why a claim of a month in this state is not judged so; as claimed it always may be."""
    is_late = state is PeriodState.LOCKED and outcome is not Outcome.VALIDATED
    return REFUSALS[state] if is_late else None


def may_close(scope: Scope) -> bool:
    """Months close for the whole tenant: finance on its root submits, locks and opens again."""
    return any(is_root(path) for path in scope.paths(Permission.VALUE_VALIDATE))
