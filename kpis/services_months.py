"""Writing months of one effect with their history, their audit event and their message (V10)."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from governance.audit.choices import AuditAction
from governance.audit.services import record
from governance.errors import Invalid
from governance.events.services import publish
from governance.people.actor import Actor
from governance.ui.amounts import amount_of
from initiatives.services import measure_subject
from kpis.choices import Cause, Series, Source
from kpis.models import MONTH_COLUMNS, Effect, ValueHistory, ValueYear
from kpis.rules import Month, month_of

# F8: before the decision the plan is an estimate, whoever writes it.
USUAL_CAUSES = {Series.PLAN: Cause.ESTIMATE.value}


@dataclass(frozen=True, slots=True)
class Save:
    """Which cells were saved together, and why they changed (F8).

    `author` is who entered them, where somebody else wrote them: a decision writes what was asked.
    """

    cause: Cause | None = None
    change_id: uuid.UUID = field(default_factory=uuid.uuid4)
    author: str = ""

    def cause_of(self, series: Series) -> str:
        """The cause that a history row of a series carries; empty where it carries none."""
        return self.cause.value if self.cause is not None else USUAL_CAUSES.get(series, "")


def values_changed(
    effect: Effect,
    series: Series,
    changes: Mapping[str, list[Decimal | None]],
    *,
    by: Actor,
    cause: Cause | None = None,
    reason: str = "",
) -> None:
    """What follows written months: the effect's next version, the audit event, the message.

    `reason` names the request whose decision wrote them.
    """
    said = {} if cause is None else {"cause": cause.value}
    effect.touched().save(update_fields=["version", "updated_at"])
    record(
        AuditAction.VALUES_CHANGED,
        subject=measure_subject(effect.measure),
        by=by,
        changes={"effect": str(effect.public_id), "series": series, **said, "cells": changes},
        reason=reason,
    )
    publish("values.changed", key=effect.measure.code, payload={"effect": effect.public_id})


def write_months(
    effect: Effect,
    series: Series,
    wanted: Mapping[Month, Decimal | None],
    *,
    by: Actor,
    source: Source,
    save: Save | None = None,
) -> dict[str, list[Decimal | None]]:
    """Upsert year rows and append history; returns {month: [before, after]} of what differs.

    The caller holds the effect's lock and gives it its next version. A forecast needs a `save` with
    its cause (F8).
    """
    years = {
        row.year: row
        for row in ValueYear.objects.select_for_update().filter(
            effect=effect, series=series, baseline_no=0, year__in={m.year for m in wanted}
        )
    }
    changes: dict[Month, list[Decimal | None]] = {}
    touched: set[int] = set()
    for month, amount in wanted.items():
        row = years.get(month.year) or ValueYear(effect=effect, series=series, year=month.year)
        years[month.year] = row
        column = MONTH_COLUMNS[month.number - 1]
        before = getattr(row, column)
        if before != amount:
            setattr(row, column, amount)
            changes[month] = [before, amount]
            touched.add(month.year)
    for year in sorted(touched):
        years[year].save()
    mark = Save() if save is None else save
    facts = {
        "series": series,
        "source": source,
        "author": mark.author or author_of(by),
        "cause": mark.cause_of(series),
        "change_id": mark.change_id,
    }
    _append_history(effect, changes, facts)
    return {str(month): pair for month, pair in sorted(changes.items())}


def _append_history(
    effect: Effect, changes: Mapping[Month, list[Decimal | None]], facts: Mapping[str, object]
) -> None:
    ValueHistory.objects.bulk_create(
        ValueHistory(
            effect_public_id=effect.public_id,
            effect_version=effect.version + 1,
            month=month.first_day,
            before=before,
            after=after,
            **facts,
        )
        for month, (before, after) in sorted(changes.items())
    )


def author_of(by: Actor) -> str:
    """Who wrote a value, as its history says (V10)."""
    return f"{by.name} <{by.email}>" if by.email else by.name


def checked_cells(cells: Mapping[str, object], decimals: int) -> dict[Month, Decimal | None]:
    """Months to amounts; raises `Invalid` with `cells.<month>` for each that cannot be kept."""
    wanted, errors = read_cells(cells, decimals)
    if errors:
        raise Invalid(errors)
    return wanted


def read_cells(
    cells: Mapping[str, object], decimals: int, name: str = "cells"
) -> tuple[dict[Month, Decimal | None], dict[str, list[StrOrPromise]]]:
    """Months to amounts, and what is wrong by `<name>.<month>`; None empties a month."""
    wanted: dict[Month, Decimal | None] = {}
    errors: dict[str, list[StrOrPromise]] = {}
    for text, value in cells.items():
        month = month_of(text)
        amount = None if value is None else amount_of(value, decimals)
        if month is None:
            errors[f"{name}.{text}"] = [_("Write months like 2026-01, between 1990 and 2100.")]
        elif amount is None or isinstance(amount, Decimal):
            wanted[month] = amount
        else:
            errors[f"{name}.{text}"] = [amount]
    return wanted, errors
