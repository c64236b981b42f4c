"""Measures as subjects of exceptions, and what opens one: an unmet condition, a forgotten hold."""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse

from approvals.exceptions.choices import Category, ExceptionOutcome, ExceptionSource
from approvals.exceptions.models import GovernanceException
from approvals.exceptions.registry import ExceptionSubject, Parties, SubjectKind
from approvals.exceptions.rules import Size
from approvals.exceptions.selectors import causes_known, exceptions_about
from approvals.exceptions.services.opening import Cause, exception_open_for
from approvals.models import ApprovalCondition
from governance.errors import Conflict
from governance.people.actor import Actor
from governance.tree.models import Node
from initiatives.choices import Overlay
from initiatives.gates.position import SUBJECT
from initiatives.hooks import effect_owners_by_measure
from initiatives.models import Measure
from initiatives.rules import MINOR_UNITS, settable_fields
from initiatives.selectors import hands_at, measure_by_code, measure_names

BATCH = 200
# Where the move that an outcome names is asked for (T9, T11, T15).
MOVES = {
    ExceptionOutcome.HOLD: "initiatives:measure-hold",
    ExceptionOutcome.CANCEL: "initiatives:measure-cancel",
    ExceptionOutcome.RE_BASELINE: "initiatives:measure-change",
}


def subject_of(measure: Measure) -> ExceptionSubject:
    """A measure, with its package, as what an exception is about."""
    return ExceptionSubject(SUBJECT, measure.pk, measure.code, measure.name, measure.package)


def _find(code: str, by: Actor) -> ExceptionSubject:
    return subject_of(measure_by_code(code, by=by))


def _parties(ids: Sequence[int]) -> dict[int, Parties]:
    of_effects, found = effect_owners_by_measure(ids), {}
    for row in Measure.objects.filter(pk__in=ids):
        owners = of_effects.get(row.pk, frozenset()) | ({row.owner_id} if row.owner_id else set())
        found[row.pk] = Parties(owners, row.sponsor_id, row.controller_id, row.forum_id)
    return found


def _may_open(subject: ExceptionSubject, by: Actor) -> bool:
    row = Measure.objects.select_related("package").get(pk=subject.id)
    return by.membership_id == row.sponsor_id or bool(settable_fields(hands_at(row, by)))


def _url(code: str, _place: Node, slug: str) -> str:
    return reverse("initiatives:measure", args=[slug, code])


def _next_step(code: str, _place: Node, slug: str, outcome: ExceptionOutcome) -> str:
    name = MOVES.get(outcome)
    return reverse(name, args=[slug, code]) if name else ""


MEASURES = SubjectKind(_find, measure_names, _parties, _may_open, _url, _next_step)


def money_of(measure: Measure) -> Decimal:
    """What the measure plans of the headline metric, in the tenant's currency at plan rate."""
    return Decimal(measure.value_minor) / MINOR_UNITS


def condition_exceptions_open(
    measure: Measure, conditions: Iterable[ApprovalCondition], *, today: date, by: Actor
) -> None:
    """T6: a condition that was not met in time opens an exception, beside putting on hold."""
    if measure.overlay == Overlay.CANCELLED:
        return
    for condition in conditions:
        late = max((today - condition.due_on).days, 0)
        cause = Cause(
            source=ExceptionSource.UNMET_CONDITION,
            key=str(condition.public_id),
            subject=subject_of(measure),
            category=Category.OTHER,
            size=Size(money_of(measure), late),
            details={"condition": condition.text, "due_on": condition.due_on.isoformat()},
        )
        exception_open_for(cause=cause, by=by)


def _forgotten(today: date) -> QuerySet[Measure]:
    """Measures on hold past the day on which somebody should have looked again (T9)."""
    rows: QuerySet[Measure] = Measure.objects.filter(overlay=Overlay.ON_HOLD, review_on__lt=today)
    return rows.select_related("package").order_by("review_on", "id")


@transaction.atomic
def hold_reviews_open(*, today: date, by: Actor) -> int:
    """Open an exception for each hold past its review date, once; how many were (T9)."""
    rows = {_review_key(row): row for row in _forgotten(today)}
    fresh = rows.keys() - causes_known(ExceptionSource.HOLD_REVIEW, rows)
    opened = 0
    for key in [key for key in rows if key in fresh][:BATCH]:
        opened += exception_open_for(cause=_forgotten_hold(rows[key], today), by=by) is not None
    return opened


def _review_key(row: Measure) -> str:
    return f"{row.code}/{row.review_on}"


def _forgotten_hold(row: Measure, today: date) -> Cause:
    review_on = row.review_on or today
    return Cause(
        source=ExceptionSource.HOLD_REVIEW,
        key=_review_key(row),
        subject=subject_of(row),
        category=Category.SCHEDULE,
        size=Size(money_of(row), (today - review_on).days),
        details={"review_on": review_on.isoformat()},
    )


def holds_ended(rows: Sequence[GovernanceException]) -> set[int]:
    """Of exceptions about holds those whose measure is not on hold any more; one query."""
    ids = {row.subject_id for row in rows}
    held = set(
        Measure.objects.filter(pk__in=ids, overlay=Overlay.ON_HOLD).values_list("pk", flat=True)
    )
    return {row.pk for row in rows if row.subject_id not in held}


def refuse_exceptions(measure_ids: Sequence[int], _by: Actor) -> None:
    """Hook of an early deletion (H3): what an exception is about stays."""
    if exceptions_about(SUBJECT, measure_ids).exists():
        raise Conflict("subject_has_exceptions")
