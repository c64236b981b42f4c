"""The value grid as rows: per effect its series over a year, what is locked and why, variances."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.forms import BoundField
from django.urls import reverse
from django.utils.translation import gettext as _

from governance.web.refusals import TEXTS
from governance.web.requests import TenantRequest
from initiatives.choices import Overlay, Stage
from initiatives.models import Measure
from initiatives.rules import method_is_frozen
from initiatives.selectors import hands_at
from kpis.choices import Aggregation, Series
from kpis.forecasts.changes import RowDiff
from kpis.forecasts.models import VarianceReason
from kpis.forecasts.rules import (
    Tolerance,
    Variance,
    is_change_due,
    is_reason_owed,
    leading_series,
    series_refusal,
)
from kpis.forecasts.selectors import GridRow
from kpis.grid import total_of, within
from kpis.pages.grid_forms import GridForm, cell_name, key_of, title_of
from kpis.rules import Month, fiscal_year, may_plan

Amounts = Mapping[Month, Decimal]


@dataclass(frozen=True, slots=True)
class GridCell:
    """One month of one series: an input, or an amount that is locked."""

    amount: Decimal | None
    # The history of this cell; empty where there is nothing to tell.
    url: str = ""
    input: BoundField | None = None
    is_locked: bool = False


@dataclass(frozen=True, slots=True)
class GridLine:
    """One series of an effect over the year; `lock` says why nothing of it can be written."""

    label: str
    cells: Sequence[GridCell]
    total: Decimal | None
    lock: str = ""
    tone: str = ""
    is_input: bool = False


@dataclass(frozen=True, slots=True)
class VarianceLine:
    """How far the year is from its baselines, and whether a reason is owed, with its inputs."""

    variance: Variance
    is_owed: bool
    is_change_due: bool
    reason: VarianceReason | None
    inputs: Sequence[BoundField] = ()


@dataclass(frozen=True, slots=True)
class EffectBlock:
    """One effect in the year shown."""

    row: GridRow
    title: str
    unit: str
    kind: str
    lines: Sequence[GridLine]
    variance: VarianceLine | None
    actuals_url: str


@dataclass(frozen=True, slots=True)
class Desk:
    """The grid of one measure in one fiscal year, for the person who looks."""

    request: TenantRequest
    measure: Measure
    rows: Sequence[GridRow]
    year: int
    limits: Tolerance
    now: Month
    months: Sequence[Month] = field(default_factory=list)

    @property
    def series(self) -> Series:
        """The series that people write at this stage (V2)."""
        return leading_series(Stage(self.measure.stage))

    @property
    def refusal(self) -> str | None:
        """Why nothing can be written now, as a code."""
        stage, overlay = Stage(self.measure.stage), Overlay(self.measure.overlay)
        return series_refusal(self.series, stage, overlay)

    @property
    def may_write(self) -> bool:
        return may_plan(hands_at(self.measure, self.request.actor))

    @property
    def locked(self) -> str:
        """The same in words, or whose the grid is; empty where this person may write."""
        if self.refusal:
            return str(TEXTS[self.refusal])
        if not self.may_write:
            return _("The owner or the transformation office writes plan and forecast.")
        return ""

    @property
    def forecast_lock(self) -> str:
        """Why the forecast is only read where the plan is written."""
        return _("Opens again at T3 (V2)")

    def is_open(self, row: GridRow, month: Month) -> bool:
        """Whether a cell can be written: not a month that is over and validated."""
        if self.locked:
            return False
        is_over = self.series is Series.FORECAST and month < self.now
        return not (is_over and month in row.accepted())

    def year_of(self, month: Month) -> int:
        return fiscal_year(month, self.request.tenant.fiscal_year_start)

    def form(self, data: Any = None) -> GridForm:
        return GridForm(data, grid=self)

    def blocks(self, form: GridForm, diffs: Sequence[RowDiff] = ()) -> list[EffectBlock]:
        """Every effect with its lines; totals and variances as a checked save leaves them."""
        known = {diff.key: diff for diff in diffs}
        return [self._block(row, form, known.get(key_of(row))) for row in self.rows]

    def _block(self, row: GridRow, form: GridForm, diff: RowDiff | None) -> EffectBlock:
        effect = row.effect
        args = [self.request.tenant.slug, effect.public_id]
        return EffectBlock(
            row=row,
            title=title_of(row),
            unit=effect.currency or effect.metric.unit,
            kind=f"{effect.get_kind_display()}, {effect.get_effect_class_display()}",
            lines=_Lines(self, row, form, diff).all(),
            variance=self._variance(row, form, diff),
            actuals_url=reverse("kpis:effect-actuals", args=args),
        )

    def _variance(self, row: GridRow, form: GridForm, diff: RowDiff | None) -> VarianceLine | None:
        if self.series is not Series.FORECAST:
            return None
        start = self.request.tenant.fiscal_year_start
        variance = row.variances(start, years=[self.year])[self.year]
        if diff is not None:
            variance = diff.variances.get(self.year, variance)
        is_owed = not self.refusal and is_reason_owed(variance, self.limits)
        return VarianceLine(
            variance=variance,
            is_owed=is_owed,
            is_change_due=is_change_due(variance, self.limits),
            reason=row.reasons.get(self.year),
            inputs=self._reason_inputs(row, form, is_owed=is_owed),
        )

    def _reason_inputs(self, row: GridRow, form: GridForm, *, is_owed: bool) -> list[BoundField]:
        fields = form.reason_inputs(row, self.year)
        return fields if is_owed or form.is_used(fields) else []

    def reasons_elsewhere(self, form: GridForm, diffs: Sequence[RowDiff] = ()) -> list[BoundField]:
        """Inputs of reasons for other years: those that a checked save owes, or that were used."""
        owed = {(diff.key, year) for diff in diffs for year in diff.owed}
        found: list[BoundField] = []
        for row, year in form.reasons_of:
            fields = form.reason_inputs(row, year)
            if year != self.year and ((key_of(row), year) in owed or form.is_used(fields)):
                found += fields
        return found


class _Lines:
    """The lines of one effect, from how it was before to what finance accepted."""

    def __init__(self, desk: Desk, row: GridRow, form: GridForm, diff: RowDiff | None) -> None:
        self.desk, self.row, self.form, self.diff = desk, row, form, diff
        metric = row.effect.metric
        self.aggregation, self.decimals = Aggregation(metric.aggregation), metric.decimals

    def all(self) -> list[GridLine]:
        lines = [self._reference(), *self._baselines(), self._plan(), self._forecast()]
        lines += [self._running(), *self._actuals()]
        return [line for line in lines if line is not None]

    def _reference(self) -> GridLine | None:
        is_frozen = method_is_frozen(Stage(self.desk.measure.stage))
        lock = _("Frozen at T2 (V2)") if is_frozen else _("Written on a page of its own")
        return self._shown(Series.REFERENCE, self.row.values.series(Series.REFERENCE), lock)

    def _baselines(self) -> list[GridLine | None]:
        lock = _("A baseline never changes (V3)")
        number = {"number": self.row.number}
        title = _("Baseline %(number)s") % number
        current = self._shown(Series.BASELINE, self.row.current, lock, title)
        if self.row.original == self.row.current:
            return [current]
        title = _("Baseline 1, the original")
        return [self._shown(Series.BASELINE, self.row.original, lock, title), current]

    def _plan(self) -> GridLine | None:
        months = self.row.values.series(Series.PLAN)
        if self.desk.series is Series.PLAN:
            return self._written(str(Series.PLAN.label), months)
        return self._shown(Series.PLAN, months, _("Frozen at T3 (V2)"))

    def _forecast(self) -> GridLine | None:
        months = self.row.values.series(Series.FORECAST)
        if self.desk.series is Series.FORECAST:
            return self._written(str(Series.FORECAST.label), months)
        return self._shown(Series.FORECAST, months, self.desk.forecast_lock)

    def _running(self) -> GridLine | None:
        """What the leading series has come to by each month, where a metric adds up."""
        months = self._after()
        if self.aggregation is not Aggregation.SUM or not months:
            return None
        sums, so_far = {}, Decimal(0)
        for month in self.desk.months:
            so_far += months.get(month, Decimal(0))
            sums[month] = so_far
        cells = [GridCell(sums[month]) for month in self.desk.months]
        return GridLine(_("Running total"), cells, so_far, tone="total")

    def _actuals(self) -> list[GridLine | None]:
        facts = self.row.actuals
        lock = _("Claimed and validated on the page of actuals (V5)")
        claimed = {m: f.claimed for m, f in facts.items() if f.claimed is not None}
        validated = {m: f.validated for m, f in facts.items() if f.validated is not None}
        return [
            self._shown(Series.ACTUAL_CLAIMED, claimed, lock, _("Claimed")),
            self._shown(Series.ACTUAL_VALIDATED, validated, lock, _("Validated")),
        ]

    def _after(self) -> dict[Month, Decimal]:
        months = dict(self.row.values.series(self.desk.series))
        changes = self.diff.cells.get(self.desk.series, {}) if self.diff else {}
        for month, (_before, amount) in changes.items():
            months.pop(month, None)
            if amount is not None:
                months[month] = amount
        return within(months, self.desk.months)

    def _total(self, months: Amounts) -> Decimal | None:
        return total_of(within(months, self.desk.months), self.aggregation, self.decimals)

    def _locked_cells(self, months: Amounts, series: Series) -> list[GridCell]:
        return [
            GridCell(months.get(month), self._history(month, series, months), is_locked=True)
            for month in self.desk.months
        ]

    def _history(self, month: Month, series: Series, months: Amounts) -> str:
        if month not in months or series is Series.BASELINE:
            return ""
        args = [self.desk.request.tenant.slug, self.row.effect.public_id, str(month)]
        return f"{reverse('kpis:cell-history', args=args)}?series={series.value}"

    def _shown(
        self, series: Series, months: Amounts, lock: str, label: str = ""
    ) -> GridLine | None:
        """A line that is only read; left out where nothing was ever entered."""
        if not months:
            return None
        return GridLine(
            label or str(series.label),
            self._locked_cells(months, series),
            self._total(months),
            lock,
            tone="locked",
        )

    def _written(self, label: str, months: Amounts) -> GridLine:
        cells = []
        for month in self.desk.months:
            name = cell_name(self.row, self.desk.series, month)
            bound = self.form[name] if name in self.form.fields else None
            url = self._history(month, self.desk.series, months)
            cells.append(GridCell(months.get(month), url, bound, is_locked=bound is None))
        total = self._total(self._after())
        return GridLine(label, cells, total, self.desk.locked, tone="open", is_input=True)
