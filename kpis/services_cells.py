"""Months of many effects in one series, with their history, in a fixed number of statements."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import F
from django.db.models.functions import Now

from governance.people.actor import Actor
from kpis.choices import Series, Source
from kpis.models import MONTH_COLUMNS, Effect, ValueHistory, ValueYear
from kpis.rules import Month
from kpis.services_months import Save, author_of

Cells = Mapping[Month, Decimal | None]
Changes = dict[Month, tuple[Decimal | None, Decimal | None]]
Years = dict[tuple[int, int], ValueYear]


@dataclass(frozen=True, slots=True)
class CellsWritten:
    """The effect as it is now, and what differed: month to (before, after)."""

    effect: Effect
    changes: Changes


@dataclass(frozen=True, slots=True)
class Pen:
    """Who writes which series, from where, and whether their effects move on by it."""

    series: Series
    by: Actor
    source: Source
    # 0 where the effects are new: their first version holds what is written.
    step: int = 1


def cells_write(wanted: Sequence[tuple[Effect, Cells]], pen: Pen) -> list[CellsWritten]:
    """Write what differs into effects that the caller has locked; the effects that changed.

    The caller gives them their next version, as `effects_touch` does.
    """
    years = _years_locked([effect.pk for effect, _cells in wanted], pen.series)
    written = []
    for effect, cells in wanted:
        if changes := _differences(effect, years, cells):
            written.append(CellsWritten(effect, changes))
    cells_save(years, written, pen)
    return written


def cells_save(years: Years, written: Sequence[CellsWritten], pen: Pen) -> None:
    """Insert and update the touched years, and append the history (V10)."""
    touched: Years = {}
    for one in written:
        for month, (_before, after) in one.changes.items():
            key = (one.effect.pk, month.year)
            row = touched.get(key) or years.get(key)
            if row is None:
                row = ValueYear(effect=one.effect, series=pen.series, year=month.year)
            touched[key] = row
            setattr(row, MONTH_COLUMNS[month.number - 1], after)
    known = [row for key, row in touched.items() if key in years]
    ValueYear.objects.insert_many([row for key, row in touched.items() if key not in years])
    ValueYear.objects.update_records(
        MONTH_COLUMNS, [[row.pk, *row.months().values()] for row in known]
    )
    _append_history(written, pen)


def effects_touch(effects: Iterable[Effect]) -> None:
    """Give locked effects their next version."""
    rows = list(effects)
    ids = [effect.pk for effect in rows]
    Effect.objects.filter(pk__in=ids).update(version=F("version") + 1, updated_at=Now())
    for effect in rows:
        effect.version += 1


def _years_locked(effect_ids: Sequence[int], series: Series) -> Years:
    rows = ValueYear.objects.select_for_update().filter(
        effect_id__in=list(effect_ids), series=series, baseline_no=0
    )
    return {(row.effect_id, row.year): row for row in rows.order_by("id")}


def _differences(effect: Effect, years: Years, cells: Cells) -> Changes:
    changes: Changes = {}
    for month, amount in cells.items():
        row = years.get((effect.pk, month.year))
        before = None if row is None else getattr(row, MONTH_COLUMNS[month.number - 1])
        if before != amount:
            changes[month] = (before, amount)
    return changes


def _append_history(written: Sequence[CellsWritten], pen: Pen) -> None:
    save = Save()
    cells = [
        (one.effect.public_id, month.first_day, before, after, one.effect.version + pen.step)
        for one in written
        for month, (before, after) in sorted(one.changes.items())
    ]
    ValueHistory.objects.insert_records(
        ("effect_public_id", "month", "before", "after", "effect_version"),
        cells,
        {
            "series": pen.series.value,
            "baseline_no": 0,
            "source": pen.source.value,
            "author": author_of(pen.by),
            "cause": save.cause_of(pen.series),
            "change_id": save.change_id,
        },
    )
