"""Validating many claims at once: each line for itself, in a fixed number of statements (V5)."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from governance.audit.choices import AuditAction
from governance.audit.services import record_many
from governance.errors import Conflict, DomainError, Invalid, NotVisible
from governance.events.services import publish_many
from governance.people.actor import Actor
from governance.people.choices import Permission
from initiatives.gates.editing import measures_edited, refuse_locked
from initiatives.selectors import visible_measures
from initiatives.services_bulk import locked_measures
from kpis.actuals.models import Validation
from kpis.actuals.selectors import Actuals, actuals_of
from kpis.actuals.services.validations import (
    TOPIC,
    Ruling,
    Verdict,
    entry_of,
    message_of,
    require_judge,
    ruled,
)
from kpis.choices import Series, Source
from kpis.models import Effect
from kpis.periods.selectors import Books, open_books
from kpis.rules import Month, month_of
from kpis.services import effects_locked
from kpis.services_cells import Pen, cells_write, effects_touch

MOST_LINES = 200


@dataclass(frozen=True, slots=True)
class LineVerdict:
    """A verdict and the effect (by its public id) that it is about."""

    effect: uuid.UUID
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class LineResult:
    """What became of one line: its validation as it was written, or why there is none."""

    line: LineVerdict
    effect: Effect | None = None
    validation: Validation | None = None
    refusal: DomainError | None = None


@dataclass(frozen=True, slots=True)
class _Desk:
    """What the lines are about: effects under lock, as their measures are, and their months."""

    effects: dict[uuid.UUID, Effect]
    actuals: dict[int, Actuals]
    books: Books


@transaction.atomic
def claims_validate_many(
    *, lines: Sequence[LineVerdict], by: Actor, source: Source = Source.FORM
) -> list[LineResult]:
    """Validate, adjust or reject up to 200 claims by the rules of `claim_validate`.

    What one line is refused does not hold up the others: it stands in its result. A month that an
    earlier line has judged is judged already. Raises `Forbidden` for who validates nowhere, and
    `Invalid` for too many lines; then nothing is written.
    """
    by.require_anywhere(Permission.VALUE_VALIDATE)
    if len(lines) > MOST_LINES:
        text = _("At most %(most)s verdicts at a time.") % {"most": MOST_LINES}
        raise Invalid({"verdicts": [text]})
    desk = _desk(lines, by)
    taken: set[tuple[int, Month]] = set()
    rulings = [_ruling(line, desk, taken, by) for line in lines]
    kept = [ruling for ruling in rulings if isinstance(ruling, Ruling)]
    rows = iter(_written(kept, by, source))
    return [
        LineResult(line, desk.effects.get(line.effect), refusal=ruling)
        if isinstance(ruling, DomainError)
        else LineResult(line, ruling.effect, next(rows))
        for line, ruling in zip(lines, rulings, strict=True)
    ]


def _desk(lines: Sequence[LineVerdict], by: Actor) -> _Desk:
    """Measures before effects, each in the order of their ids, as every service locks them."""
    wanted = {line.effect for line in lines}
    rows = Effect.objects.filter(public_id__in=wanted, measure__in=visible_measures(by))
    ids = dict(rows.values_list("pk", "measure_id"))
    measures = locked_measures(set(ids.values()), ("package",))
    effects = [
        effect for effect in effects_locked(ids, ("metric",)) if effect.measure_id in measures
    ]
    for effect in effects:
        effect.measure = measures[effect.measure_id]
    months = {month for line in lines if (month := month_of(line.verdict.month)) is not None}
    found = {effect.public_id: effect for effect in effects}
    return _Desk(found, actuals_of(effects, months), open_books())


def _ruling(
    line: LineVerdict, desk: _Desk, taken: set[tuple[int, Month]], by: Actor
) -> Ruling | DomainError:
    """What the rules make of one line, with what keeps it from being written."""
    effect = desk.effects.get(line.effect)
    if effect is None:
        return NotVisible()
    try:
        require_judge(effect.measure, by)
        refuse_locked(effect.measure, allow_closed=True)
        ruling = ruled(effect, desk.actuals[effect.pk], line.verdict, desk.books, by=by)
    except DomainError as error:
        return error
    if (effect.pk, ruling.month) in taken:
        return Conflict("already_validated")
    taken.add((effect.pk, ruling.month))
    return ruling


def _written(rulings: Sequence[Ruling], by: Actor, source: Source) -> list[Validation]:
    """Write what the rules let pass; the rows in the same order, as they were written."""
    rows = [ruling.validation(by) for ruling in rulings]
    if not rows:
        return []
    Validation.objects.insert_many(rows)
    cells: dict[int, dict[Month, Decimal | None]] = {}
    for ruling, row in zip(rulings, rows, strict=True):
        if not row.needs_second:
            cells.setdefault(ruling.effect.pk, {})[ruling.month] = ruling.amount
    effects = {ruling.effect.pk: ruling.effect for ruling in rulings}
    wanted = [(effects[key], months) for key, months in cells.items()]
    cells_write(wanted, Pen(Series.ACTUAL_VALIDATED, by, source))
    effects_touch(effects.values())
    told = [
        entry_of(AuditAction.ACTUAL_VALIDATED, row, ruling.facts)
        for ruling, row in zip(rulings, rows, strict=True)
    ]
    record_many(told, by=by)
    publish_many(TOPIC, [message_of(row) for row in rows])
    measures_edited({effect.measure_id for effect in effects.values()}, by=by)
    return rows
