"""What pages with a grid of months share: filling rows, late saves, the table, years to choose."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language

from governance.errors import Conflict, Forbidden, Invalid, Refused
from governance.ui.format import style_for
from governance.ui.parts import Tab
from governance.web.rendering import UNPROCESSABLE
from governance.web.requests import TenantRequest
from initiatives.gates.editing import open_request_judges
from initiatives.pages.frame import measure_crumbs
from initiatives.pages.measures import CONFLICT
from kpis.choices import Series
from kpis.forecasts.changes import GridStale, RowDiff
from kpis.grid import years_of
from kpis.models import ValueHistory
from kpis.pages.charts import month_label
from kpis.pages.grid_forms import GridForm, PhaseForm, title_of
from kpis.pages.grid_table import Desk
from kpis.pages.values import YEAR, values_url
from kpis.rules import Month, year_label

PHASE = "phase"


class Meanwhile:
    """A cell that somebody else wrote, as the page tells it."""

    def __init__(self, row: ValueHistory, title: str) -> None:
        self.title, self.month, self.author = title, row.month, row.author
        self.before, self.after, self.changed_at = row.before, row.after, row.changed_at


@dataclass(frozen=True, slots=True)
class Told:
    """What a page says besides its grid."""

    diffs: Sequence[RowDiff] = ()
    helper: PhaseForm | None = None
    status: int = 200
    more: Mapping[str, Any] | None = None


class GridPage:
    """One fiscal year of all effects of a measure; a subclass says what is done with the cells."""

    template = ""
    # The name of its own address.
    address = ""
    # The action that writes.
    final = ""
    title: Any = ""

    def __init__(self, request: TenantRequest, code: str) -> None:
        self.request, self.code = request, code
        self.desk = self.opened()

    def opened(self) -> Desk:
        """The grid as it is now."""
        raise NotImplementedError

    def done(self, form: GridForm, action: str) -> HttpResponse:
        """What a press of this button does with checked cells; refusals are shown in the form."""
        raise NotImplementedError

    def answer(self) -> HttpResponse:
        """The page, or what its form asked for."""
        desk, data = self.desk, self.request.POST
        if self.request.method != "POST":
            return self.page(desk.form())
        if not desk.may_write:
            raise Forbidden
        if desk.refusal:
            raise Conflict(desk.refusal)
        action = data.get("action", "")
        # The Enter key checks: an amount that waits to be phased is not passed over.
        if action == PHASE or (action != self.final and data.get("phase-amount", "").strip()):
            return self.phase()
        return self.take(desk.form(data), action)

    def take(self, form: GridForm, action: str) -> HttpResponse:
        """What is refused stands at its cells, and everything typed is kept."""
        if lost := form.unplaced():
            form.is_valid()
            return self.page(form, Told(status=CONFLICT, more={"lost": lost}))
        if not form.is_valid():
            return self.page(form, Told(status=UNPROCESSABLE))
        try:
            return self.done(form, action)
        except GridStale as error:
            return self.stale(form, error)
        except (Invalid, Refused, Conflict) as error:
            form.take(error)
            return self.page(form, Told(status=UNPROCESSABLE))

    def phase(self) -> HttpResponse:
        """Fill inputs of one row; nothing is saved until the person saves (V9)."""
        data = self.request.POST
        form, helper = self.desk.form(data), PhaseForm(data, grid=self.desk)
        form.is_valid()
        texts: dict[str, str] = {}
        try:
            texts = helper.fill(form) if helper.is_valid() else {}
        except Invalid as error:
            for name, faults in error.errors.items():
                helper.add_error(name, [str(fault) for fault in faults])
        if helper.errors:
            form.errors.clear()
            return self.page(form, Told(helper=helper, status=UNPROCESSABLE))
        filled = self.desk.form({**data.dict(), **texts})
        filled.errors.clear()
        return self.page(filled, Told(more={"is_filled": True}))

    def stale(self, form: GridForm, error: GridStale) -> HttpResponse:
        """The same cells on top of the current ones; nothing was saved, nothing typed is lost."""
        self.desk = fresh = self.opened()
        again = fresh.form(form.data)
        form.current = {**form.current, **again.current}
        merged = fresh.form(form.onto(again))
        lost = again.unplaced()
        titles = {row.effect.public_id: title_of(row) for row in fresh.rows}
        meanwhile = [
            Meanwhile(row, titles[row.effect_public_id])
            for row in error.meanwhile
            if row.series == fresh.series
        ]
        told = {"meanwhile": meanwhile, "contested": form.contested, "lost": lost}
        return self.page(merged, Told(status=CONFLICT, more=told))

    def url(self, year: int | None = None) -> str:
        """Its own address, in the year shown or in another."""
        url = reverse(self.address, args=[self.request.tenant.slug, self.code])
        return f"{url}?{YEAR}={self.desk.year if year is None else year}"

    def page(self, form: GridForm, told: Told | None = None) -> HttpResponse:
        """The whole page."""
        told, desk, request = told or Told(), self.desk, self.request
        start, style = request.tenant.fiscal_year_start, style_for(get_language())
        context = {
            "measure": desk.measure,
            "desk": desk,
            "form": form,
            "helper": told.helper or PhaseForm(grid=desk),
            "blocks": desk.blocks(form, told.diffs),
            "reasons_elsewhere": desk.reasons_elsewhere(form, told.diffs),
            "columns": [month_label(month) for month in desk.months],
            "year": year_label(desk.year, start),
            "year_tabs": self._year_tabs(start),
            "is_forecast": desk.series is Series.FORECAST,
            "warns": form.fields and open_request_judges(desk.measure),
            "point": style.point,
            "group": style.group,
            "breadcrumbs": measure_crumbs(desk.measure, str(self.title), request=request),
            "url": values_url(desk.measure, request.tenant, desk.year),
            **(told.more or {}),
        }
        return render(request, self.template, context, status=told.status)

    def years(self) -> list[int]:
        """Fiscal years to choose from."""
        start, months = self.request.tenant.fiscal_year_start, set[Month]()
        for row in self.desk.rows:
            months |= {month for cells in row.values.cells.values() for month in cells}
        return sorted({*years_of(months, start, today=self.desk.now), self.desk.year})

    def _year_tabs(self, start: int) -> list[Tab]:
        shown = self.desk.year
        return [
            Tab(year_label(year, start), self.url(year), year == shown) for year in self.years()
        ]
