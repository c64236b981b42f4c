"""What a save of the grid asks for, and what would become of it: checked, not yet written."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from governance.errors import Conflict, Invalid, Refused, Stale
from governance.text import prose, text_fault
from governance.ui.format import NOTHING, number
from initiatives.choices import Overlay, Stage
from initiatives.models import Measure
from kpis.choices import Cause, Series
from kpis.forecasts.choices import VarianceCode
from kpis.forecasts.rules import STATED, Tolerance, Variance, is_reason_owed, series_refusal
from kpis.forecasts.selectors import GridRow, changes_since
from kpis.models import Effect, ValueHistory
from kpis.rules import Month, fiscal_year
from kpis.services_months import read_cells

WRITABLE = (Series.PLAN, Series.FORECAST)
REASON_LENGTH = 2000
Errors = dict[str, list[StrOrPromise]]
Pair = tuple[Decimal | None, Decimal | None]


@dataclass(frozen=True, slots=True)
class EffectChange:
    """Months of one effect by series, as they were typed: `2026-01` to text, None empties one."""

    effect: str
    seen_version: int
    cells: Mapping[Series, Mapping[str, object]]


@dataclass(frozen=True, slots=True)
class ReasonDraft:
    """Why a fiscal year of an effect differs; without a year, each of this save that owes."""

    effect: str
    year: int | None
    code: str
    text: str


@dataclass(frozen=True, slots=True)
class GridChange:
    """What one save asks for: effects by their public ids, why, and reasons for variances."""

    effects: Sequence[EffectChange]
    cause: Cause | None = None
    reasons: Sequence[ReasonDraft] = ()
    # The version of the whole grid, where the caller has seen all of it.
    seen_version: int | None = None


@dataclass(frozen=True, slots=True)
class RowDiff:
    """What would become of one effect: month to (before, after) by series, and its variances."""

    row: GridRow
    cells: Mapping[Series, Mapping[Month, Pair]]
    variances: Mapping[int, Variance] = field(default_factory=dict)
    owed: Sequence[int] = ()

    @property
    def effect(self) -> Effect:
        return self.row.effect

    @property
    def key(self) -> str:
        return str(self.effect.public_id)

    @property
    def is_changed(self) -> bool:
        return any(self.cells.values())


@dataclass(frozen=True, slots=True)
class Reason:
    """A reason checked: which variance of which effect it explains."""

    effect: Effect
    variance: Variance
    code: VarianceCode
    text: str


class GridStale(Stale):
    """Others saved in between: `meanwhile` holds what they wrote, `errors` says it cell by cell."""

    def __init__(self, seen: int, current: int, meanwhile: Sequence[ValueHistory]) -> None:
        super().__init__(seen, current)
        self.meanwhile = list(meanwhile)
        told: Errors = {}
        for row in self.meanwhile:
            month = Month(row.month.year, row.month.month)
            facts = {"before": _said(row.before), "after": _said(row.after), "name": row.author}
            text = _("%(name)s changed this meanwhile from %(before)s to %(after)s.") % facts
            told.setdefault(f"cells.{row.effect_public_id}.{row.series}.{month}", []).append(text)
        self.errors = dict(told)


def _said(amount: Decimal | None) -> str:
    return NOTHING if amount is None else number(amount, get_language() or "en")


def refuse_series(measure: Measure, change: GridChange) -> None:
    """V5, V2, G10: only plan and forecast, each while it is open, each with its cause (F8)."""
    asked = {series for one in change.effects for series in one.cells if one.cells[series]}
    if asked - set(WRITABLE):
        raise Refused("series_not_writable")
    for series in sorted(asked):
        refusal = series_refusal(series, Stage(measure.stage), Overlay(measure.overlay))
        if refusal:
            raise Conflict(refusal)
    if Series.FORECAST not in asked and change.cause is not None:
        raise Invalid({"cause": [_("Only a forecast says why it moved; the plan is an estimate.")]})


def refuse_unknown(change: GridChange, effects: Mapping[str, Effect]) -> None:
    """Effects of this measure only, each once; raises `Invalid` with `effects.<id>`."""
    errors: Errors = {}
    seen: set[str] = set()
    for key in [one.effect for one in change.effects]:
        if key not in effects:
            errors[f"effects.{key}"] = [_("This measure has no such effect.")]
        elif key in seen:
            errors[f"effects.{key}"] = [_("Name each effect once.")]
        seen.add(key)
    if errors:
        raise Invalid(errors)


def grid_version(effects: Iterable[Effect]) -> int:
    """One version for all effects of a measure: it moves on with each of theirs."""
    return sum(effect.version for effect in effects)


def refuse_stale_grid(change: GridChange, current: int) -> None:
    """Raises `GridStale` where the whole grid is another than the caller has seen."""
    if change.seen_version not in {None, current}:
        since = {uuid.UUID(one.effect): one.seen_version for one in change.effects}
        raise GridStale(change.seen_version or 0, current, changes_since(since))


def refuse_stale(change: GridChange, effects: Mapping[str, Effect]) -> None:
    """Raises `GridStale` with what others wrote into all effects that moved on."""
    late = [one for one in change.effects if effects[one.effect].version != one.seen_version]
    if late:
        since = {effects[one.effect].public_id: one.seen_version for one in late}
        first = late[0]
        current = effects[first.effect].version
        raise GridStale(first.seen_version, current, changes_since(since))


def row_diffs(change: GridChange, rows: Iterable[GridRow]) -> list[RowDiff]:
    """The cells that differ, in the order of the rows; raises `Invalid` by cell."""
    asked = {one.effect: one for one in change.effects}
    errors: Errors = {}
    found = []
    for row in rows:
        key = str(row.effect.public_id)
        cells = {}
        for series, typed in asked[key].cells.items():
            name = f"cells.{key}.{series.value}"
            wanted, wrong = read_cells(typed, row.effect.metric.decimals, name)
            errors |= wrong
            cells[series] = _differences(row, series, wanted)
        found.append(RowDiff(row, cells))
    if errors:
        raise Invalid(errors)
    return found


def _differences(
    row: GridRow, series: Series, wanted: Mapping[Month, Decimal | None]
) -> dict[Month, Pair]:
    held = row.values.series(series)
    return {
        month: (held.get(month), amount)
        for month, amount in sorted(wanted.items())
        if held.get(month) != amount
    }


def refuse_past(diffs: Sequence[RowDiff], now: Month) -> None:
    """A month that is over and that finance has validated is not forecast any more."""
    text = _("This month is over and finance has validated it; its forecast stays.")
    errors: Errors = {}
    for diff in diffs:
        accepted = diff.row.accepted()
        for month in diff.cells.get(Series.FORECAST, {}):
            if month < now and month in accepted:
                errors[f"cells.{diff.key}.{Series.FORECAST.value}.{month}"] = [text]
    if errors:
        raise Refused("past_month", errors=errors)


def refuse_causeless(diffs: Sequence[RowDiff], cause: Cause | None) -> None:
    """F8, V10: a forecast that moves has exactly one cause, of those that people state."""
    moves = any(diff.cells.get(Series.FORECAST) for diff in diffs)
    if moves and cause is None:
        raise Invalid({"cause": [_("Say why the forecast moves: scope, value or timing.")]})
    if cause is not None and cause not in STATED:
        raise Invalid({"cause": [_("The system alone gives this cause.")]})


def with_variances(diff: RowDiff, start: int, limits: Tolerance) -> RowDiff:
    """The same with its variances after the save, and which touched years owe a reason."""
    cells = diff.cells.get(Series.FORECAST, {})
    forecast = dict(diff.row.values.series(Series.FORECAST))
    for month, (_before, amount) in cells.items():
        forecast.pop(month, None)
        if amount is not None:
            forecast[month] = amount
    found = diff.row.variances(start, forecast)
    touched = {fiscal_year(month, start) for month in cells}
    owed = [y for y in sorted(touched) if y in found and is_reason_owed(found[y], limits)]
    return RowDiff(diff.row, diff.cells, found, owed)


def checked_reasons(diffs: Sequence[RowDiff], drafts: Sequence[ReasonDraft]) -> list[Reason]:
    """Reasons by effect and year; raises `Invalid` with `reasons.<effect>.<year>`."""
    known = {diff.key: diff for diff in diffs}
    errors: Errors = {}
    found: dict[tuple[int, int], Reason] = {}
    for draft in drafts:
        diff = known.get(draft.effect)
        years = [draft.year] if draft.year is not None else list(diff.owed) if diff else [0]
        for year in years:
            variance = diff.variances.get(year) if diff else None
            if fault := _reason_fault(draft, variance):
                errors[f"reasons.{draft.effect}.{year}"] = [fault]
            elif diff is not None and variance is not None:
                reason = Reason(diff.effect, variance, VarianceCode(draft.code), prose(draft.text))
                found[diff.effect.pk, year] = reason
    if errors:
        raise Invalid(errors)
    return list(found.values())


def _reason_fault(draft: ReasonDraft, variance: Variance | None) -> StrOrPromise | None:
    if draft.code not in VarianceCode.values:
        return _("Choose one of the reasons.")
    if fault := text_fault(prose(draft.text), limit=REASON_LENGTH):
        return _("Say in words what happened: %(fault)s") % {"fault": fault}
    if variance is None or variance.amount == 0:
        return _("There is no variance to explain in this year.")
    return None


def refuse_unexplained(diffs: Sequence[RowDiff], reasons: Sequence[Reason]) -> None:
    """V6: raises `Refused("variance_reason_required")` with `reasons.<effect>.<year>` for each."""
    given = {(reason.effect.pk, reason.variance.year) for reason in reasons}
    text = _("This year's forecast leaves the baseline beyond tolerance (V6); say why.")
    errors: Errors = {
        f"reasons.{diff.key}.{year}": [text]
        for diff in diffs
        for year in diff.owed
        if (diff.effect.pk, year) not in given
    }
    if errors:
        raise Refused("variance_reason_required", errors=errors)
