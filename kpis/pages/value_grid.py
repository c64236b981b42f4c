"""The value grid of a measure: months as columns, the series of every effect as rows, one save."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from governance.calendars.selectors import today_of
from governance.web.requests import TenantRequest
from initiatives.selectors import measure_by_code
from kpis.actuals.rules import month_at
from kpis.changes.rules import with_cells
from kpis.choices import Aggregation
from kpis.forecasts.changes import RowDiff
from kpis.forecasts.selectors import grid_of, tolerance
from kpis.forecasts.services.grid import grid_check, grid_save
from kpis.grid import total_of, within
from kpis.pages.grid_forms import GridForm, month_title, title_of
from kpis.pages.grid_page import GridPage, Told
from kpis.pages.grid_table import Desk
from kpis.pages.values import chosen_year
from kpis.rules import fiscal_year, months_of_fiscal_year, year_label

SAVE = "save"


@dataclass(frozen=True, slots=True)
class DiffLine:
    """What a save would do to one effect: cells before and after, and the year's new total."""

    title: str
    cells: Sequence[tuple[str, Decimal | None, Decimal | None]]
    before: Decimal | None
    after: Decimal | None
    owed: Sequence[str]


@require_http_methods(["GET", "HEAD", "POST"])
def value_grid(request: TenantRequest, tenant_slug: str, code: str) -> HttpResponse:
    """One fiscal year of all effects; `?year=` says which. «Check» tells what «Save» would do."""
    return ValueGrid(request, code).answer()


class ValueGrid(GridPage):
    """Plan before T3, forecast from it on."""

    template = "kpis/value_grid.html"
    address = "kpis:value-grid"
    final = SAVE
    title = gettext_lazy("Value grid")

    def opened(self) -> Desk:
        request = self.request
        measure = measure_by_code(self.code, by=request.actor)
        rows, start = grid_of(measure), request.tenant.fiscal_year_start
        now = month_at(today_of(request.tenant))
        year = chosen_year(request.GET) or fiscal_year(now, start)
        desk = Desk(request, measure, rows, year, tolerance(), now)
        return replace(desk, months=months_of_fiscal_year(year, start))

    def done(self, form: GridForm, action: str) -> HttpResponse:
        return self._save(form) if action == SAVE else self._check(form)

    def _save(self, form: GridForm) -> HttpResponse:
        change, request = form.change(), self.request
        if not change.effects:
            messages.info(request, _("Nothing was changed."))
            return redirect(self.url())
        saved = grid_save(measure=self.desk.measure, change=change, by=request.actor)
        text = ngettext("%(count)s effect was saved.", "%(count)s effects were saved.", len(saved))
        messages.success(request, text % {"count": len(saved)})
        return redirect(self.url())

    def _check(self, form: GridForm) -> HttpResponse:
        """What would change, below the grid; nothing is saved."""
        change, desk = form.change(), self.desk
        diffs = []
        if change.effects:
            diffs = grid_check(measure=desk.measure, change=change, by=self.request.actor)
        given = {(draft.effect, draft.year) for draft in change.reasons}
        lines = [_diff_line(desk, diff, given) for diff in diffs]
        owes = any(line.owed for line in lines)
        return self.page(form, Told(diffs, more={"diff": lines, "is_checked": True, "owes": owes}))


def _diff_line(desk: Desk, diff: RowDiff, given: set[tuple[str, int | None]]) -> DiffLine:
    held = diff.row.values.series(desk.series)
    cells = diff.cells.get(desk.series, {})
    metric, start = diff.effect.metric, desk.request.tenant.fiscal_year_start
    shown = list(desk.months)
    totals = [
        total_of(within(months, shown), Aggregation(metric.aggregation), metric.decimals)
        for months in (held, with_cells(held, cells))
    ]
    owed = [year_label(year, start) for year in diff.owed if (diff.key, year) not in given]
    told = [(month_title(month), *pair) for month, pair in cells.items()]
    return DiffLine(title_of(diff.row), told, totals[0], totals[1], owed)
