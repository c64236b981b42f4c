"""The value grid of a measure: months as columns, the series of every effect as rows, one save."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from governance.calendars.selectors import today_of
from governance.errors import Conflict, Forbidden, Invalid, Refused
from governance.ui.format import style_for
from governance.ui.parts import Tab
from governance.web.rendering import UNPROCESSABLE
from governance.web.requests import TenantRequest
from initiatives.gates.editing import open_request_judges
from initiatives.pages.frame import measure_crumbs
from initiatives.pages.measures import CONFLICT
from initiatives.selectors import measure_by_code
from kpis.actuals.rules import month_at
from kpis.choices import Aggregation, Series
from kpis.forecasts.changes import GridStale, RowDiff
from kpis.forecasts.selectors import grid_of, tolerance
from kpis.forecasts.services.grid import grid_check, grid_save
from kpis.grid import total_of, within, years_of
from kpis.models import ValueHistory
from kpis.pages.charts import month_label
from kpis.pages.grid_forms import GridForm, PhaseForm, month_title, title_of
from kpis.pages.grid_table import Desk
from kpis.pages.values import YEAR, chosen_year, values_url
from kpis.rules import Month, fiscal_year, months_of_fiscal_year, year_label

SAVE, PHASE = "save", "phase"


@dataclass(frozen=True, slots=True)
class DiffLine:
    """What a save would do to one effect: cells before and after, and the year's new total."""

    title: str
    cells: Sequence[tuple[str, Decimal | None, Decimal | None]]
    before: Decimal | None
    after: Decimal | None
    owed: Sequence[str]


class Meanwhile:
    """A cell that somebody else wrote, as the page tells it."""

    def __init__(self, row: ValueHistory, title: str) -> None:
        self.title, self.month, self.author = title, row.month, row.author
        self.before, self.after, self.changed_at = row.before, row.after, row.changed_at


@require_http_methods(["GET", "HEAD", "POST"])
def value_grid(request: TenantRequest, tenant_slug: str, code: str) -> HttpResponse:
    """One fiscal year of all effects; `?year=` says which. «Check» tells what «Save» would do."""
    desk = _desk(request, code)
    if request.method != "POST":
        return _page(desk, desk.form())
    if not desk.may_write:
        raise Forbidden
    if desk.refusal:
        raise Conflict(desk.refusal)
    action = request.POST.get("action", "")
    # The Enter key checks: an amount that waits to be phased is not passed over.
    if action == PHASE or (action != SAVE and request.POST.get("phase-amount", "").strip()):
        return _phase(desk)
    return _take(desk, desk.form(request.POST), is_save=action == SAVE)


def _take(desk: Desk, form: GridForm, *, is_save: bool) -> HttpResponse:
    """Save or check; what is refused stands at its cells, and everything typed is kept."""
    if lost := form.unplaced():
        form.is_valid()
        return _page(desk, form, status=CONFLICT, told={"lost": lost})
    if not form.is_valid():
        return _page(desk, form, status=UNPROCESSABLE)
    try:
        return _save(desk, form) if is_save else _check(desk, form)
    except GridStale as error:
        return _stale_page(desk, form, error)
    except (Invalid, Refused, Conflict) as error:
        form.take(error)
        return _page(desk, form, status=UNPROCESSABLE)


def _desk(request: TenantRequest, code: str) -> Desk:
    measure = measure_by_code(code, by=request.actor)
    rows, start = grid_of(measure), request.tenant.fiscal_year_start
    now = month_at(today_of(request.tenant))
    year = chosen_year(request.GET) or fiscal_year(now, start)
    desk = Desk(request, measure, rows, year, tolerance(), now)
    return replace(desk, months=months_of_fiscal_year(year, start))


def _save(desk: Desk, form: GridForm) -> HttpResponse:
    change = form.change()
    if not change.effects:
        messages.info(desk.request, _("Nothing was changed."))
        return redirect(_url(desk))
    saved = grid_save(measure=desk.measure, change=change, by=desk.request.actor)
    text = ngettext("%(count)s effect was saved.", "%(count)s effects were saved.", len(saved))
    messages.success(desk.request, text % {"count": len(saved)})
    return redirect(_url(desk))


def _check(desk: Desk, form: GridForm) -> HttpResponse:
    """What would change, below the grid; nothing is saved."""
    change = form.change()
    diffs = []
    if change.effects:
        diffs = grid_check(measure=desk.measure, change=change, by=desk.request.actor)
    given = {(draft.effect, draft.year) for draft in change.reasons}
    lines = [_diff_line(desk, diff, given) for diff in diffs]
    owes = any(line.owed for line in lines)
    return _page(desk, form, diffs, told={"diff": lines, "is_checked": True, "owes": owes})


def _diff_line(desk: Desk, diff: RowDiff, given: set[tuple[str, int | None]]) -> DiffLine:
    held = diff.row.values.series(desk.series)
    cells = diff.cells.get(desk.series, {})
    after = {m: a for m, a in held.items() if m not in cells}
    after |= {m: amount for m, (_before, amount) in cells.items() if amount is not None}
    metric, start = diff.effect.metric, desk.request.tenant.fiscal_year_start
    shown = list(desk.months)
    totals = [
        total_of(within(months, shown), Aggregation(metric.aggregation), metric.decimals)
        for months in (held, after)
    ]
    owed = [year_label(year, start) for year in diff.owed if (diff.key, year) not in given]
    told = [(month_title(month), *pair) for month, pair in cells.items()]
    return DiffLine(title_of(diff.row), told, totals[0], totals[1], owed)


def _phase(desk: Desk) -> HttpResponse:
    """Fill inputs of one row; nothing is saved until the person saves (V9)."""
    data = desk.request.POST
    form, helper = desk.form(data), PhaseForm(data, grid=desk)
    form.is_valid()
    texts: dict[str, str] = {}
    try:
        texts = helper.fill(form) if helper.is_valid() else {}
    except Invalid as error:
        for name, faults in error.errors.items():
            helper.add_error(name, [str(fault) for fault in faults])
    if helper.errors:
        form.errors.clear()
        return _page(desk, form, helper=helper, status=UNPROCESSABLE)
    filled = desk.form({**data.dict(), **texts})
    filled.errors.clear()
    return _page(desk, filled, told={"is_filled": True})


def _stale_page(desk: Desk, form: GridForm, error: GridStale) -> HttpResponse:
    """The same cells on top of the current ones; nothing was saved, nothing typed is lost."""
    fresh = _desk(desk.request, desk.measure.code)
    again = fresh.form(form.data)
    form.current = {**form.current, **again.current}
    merged = fresh.form(form.onto(again))
    lost = again.unplaced()
    titles = {row.effect.public_id: title_of(row) for row in fresh.rows}
    meanwhile = [
        Meanwhile(row, titles[row.effect_public_id])
        for row in error.meanwhile
        if row.series == desk.series
    ]
    told = {"meanwhile": meanwhile, "contested": form.contested, "lost": lost}
    return _page(fresh, merged, status=CONFLICT, told=told)


def _url(desk: Desk, year: int | None = None) -> str:
    url = reverse("kpis:value-grid", args=[desk.request.tenant.slug, desk.measure.code])
    return f"{url}?{YEAR}={desk.year if year is None else year}"


def _page(
    desk: Desk,
    form: GridForm,
    diffs: Sequence[RowDiff] = (),
    *,
    helper: PhaseForm | None = None,
    status: int = 200,
    told: Mapping[str, Any] | None = None,
) -> HttpResponse:
    request, start = desk.request, desk.request.tenant.fiscal_year_start
    style = style_for(get_language())
    context = {
        "measure": desk.measure,
        "desk": desk,
        "form": form,
        "helper": helper or PhaseForm(grid=desk),
        "blocks": desk.blocks(form, diffs),
        "reasons_elsewhere": desk.reasons_elsewhere(form, diffs),
        "columns": [month_label(month) for month in desk.months],
        "year": year_label(desk.year, start),
        "year_tabs": _year_tabs(desk, start),
        "is_forecast": desk.series is Series.FORECAST,
        "warns": form.fields and open_request_judges(desk.measure),
        "point": style.point,
        "group": style.group,
        "breadcrumbs": measure_crumbs(desk.measure, _("Value grid"), request=request),
        "url": values_url(desk.measure, request.tenant, desk.year),
        **(told or {}),
    }
    return render(request, "kpis/value_grid.html", context, status=status)


def _year_tabs(desk: Desk, start: int) -> list[Tab]:
    months: set[Month] = set()
    for row in desk.rows:
        months |= {month for cells in row.values.cells.values() for month in cells}
    years = {*years_of(months, start, today=desk.now), desk.year}
    return [
        Tab(year_label(year, start), _url(desk, year), year == desk.year) for year in sorted(years)
    ]
