"""Asking to change frozen plan months (T15): the grid, a look at what follows, the request."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django import forms
from django.http import HttpResponse, QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from approvals.rules import Ask, Barred
from governance.calendars.selectors import today_of
from governance.errors import Invalid, Refused
from governance.web.forms import ProseField
from governance.web.refusals import TEXTS
from governance.web.requests import TenantRequest
from initiatives.choices import Stage
from initiatives.gates.asking import Asking
from initiatives.gates.changes import change_preview, change_request
from initiatives.gates.position import position_of
from initiatives.gates.proposals import Proposal
from initiatives.gates.transitions import TABLE, position_refusal
from initiatives.pages.deciding import deciders_to_be
from initiatives.pages.gate_forms import reason_code_field
from initiatives.pages.gates import asked, change_ways
from initiatives.pages.plan_change_view import plan_change_of
from initiatives.plan_changes import EffectAsk
from initiatives.rules import plan_is_frozen
from initiatives.selectors import measure_by_code
from kpis.actuals.rules import month_at
from kpis.actuals.selectors import start_of
from kpis.choices import EffectKind, Series
from kpis.forecasts.selectors import GridRow, grid_of, tolerance
from kpis.pages.grid_forms import GridForm, key_of, title_of
from kpis.pages.grid_page import GridPage, Told
from kpis.pages.grid_table import Desk
from kpis.pages.values import YEAR, chosen_year
from kpis.rules import Month, fiscal_year, month_of, months_of_fiscal_year, year_label
from kpis.services import MONTH_FAULT

SEND, PREVIEW, OTHER_YEAR = "send", "preview", "year-"


@dataclass(frozen=True, slots=True)
class PlanDesk(Desk):
    """The frozen plan of one measure, for somebody who asks to change it."""

    refused: str | None = None

    @property
    def series(self) -> Series:
        return Series.PLAN

    @property
    def refusal(self) -> str | None:
        return self.refused

    @property
    def forecast_lock(self) -> str:
        return _("Follows the plan where it stands at the baseline (V3)")

    def is_open(self, row: GridRow, month: Month) -> bool:
        """Whether a cell can be asked for: not a month that is over and validated."""
        return not self.locked and not (month < self.now and month in row.accepted())

    def form(self, data: Any = None) -> "PlanChangeForm":
        return PlanChangeForm(data, grid=self)


class PlanChangeForm(GridForm):
    """Months of the plan, run-rate starts (`run_rate_start.<effect>`), and why (T15)."""

    def __init__(self, data: Any = None, *, grid: PlanDesk) -> None:
        super().__init__(data, grid=grid)
        self.starts = [row for row in grid.rows if row.effect.kind == EffectKind.RECURRING]
        for row in self.starts if self.places else ():
            name, start = start_name(row), start_of(row.effect)
            self.fields[name] = forms.CharField(
                initial="" if start is None else str(start),
                label=_("Run-rate start of %(effect)s") % {"effect": title_of(row)},
                required=False,
                max_length=7,
                help_text=_("A month like 2026-07. V counts twelve months from it on."),
            )
        if self.places:
            self.fields["reason_code"] = reason_code_field()
            self.fields["reason"] = ProseField(label=_("In words"))

    def start_inputs(self) -> list[forms.BoundField]:
        """The inputs of the run-rate starts."""
        return [self[start_name(r)] for r in self.starts if start_name(r) in self.fields]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if self.data.get("action") != SEND:
            # Why is asked once it is sent; a look beforehand needs no reason.
            for name in ("reason_code", "reason"):
                self.errors.pop(name, None)
        for row in self.starts:
            name = start_name(row)
            text = data.get(name, "")
            if name in self.fields and text != self._shown(name) and month_of(text) is None:
                self.add_error(name, str(MONTH_FAULT))
        return data

    def _shown(self, name: str) -> Any:
        return self.fields[name].initial

    def asks(self) -> list[EffectAsk]:
        """What the person asks for: touched effects alone, with the versions that were seen."""
        cells = {one.effect: one.cells.get(Series.PLAN, {}) for one in self.change().effects}
        found = []
        for row in self.grid.rows:
            key, name = key_of(row), start_name(row)
            start = self.cleaned_data.get(name) or None
            is_moved = start is not None and start != self._shown(name)
            if key in cells or is_moved:
                version = self.cleaned_data.get(f"version.{key}") or 0
                found.append(
                    EffectAsk(key, version, cells.get(key, {}), start if is_moved else None)
                )
        return found

    @property
    def asking(self) -> Asking:
        return Asking(self.cleaned_data["reason"], self.cleaned_data["reason_code"])

    def carried(self, fresh: GridForm) -> dict[str, str]:
        """Data for the same form in another year: what was typed goes along, the rest is fresh."""
        touched = set(self.touched)
        is_cell = ("cells.", "seen-cells.", YEAR, "action")
        rest = {n: t for n, t in self.data.items() if not n.startswith(is_cell)}
        shown = {name: fresh.current[name] for name in fresh.places if name not in touched}
        return {
            **rest,
            **shown,
            **{f"seen-{name}": text for name, text in shown.items()},
            **{name: self.typed(name) for name in touched},
            **{f"seen-{name}": self.seen(name) for name in touched},
        }


def start_name(row: GridRow) -> str:
    """The name of an input, which is also how services name what is wrong with a start."""
    return f"run_rate_start.{key_of(row)}"


@require_http_methods(["GET", "HEAD", "POST"])
def plan_change(request: TenantRequest, tenant_slug: str, code: str) -> HttpResponse:
    """Ask for other months of a frozen plan; «Preview» tells size and route, «Send» asks."""
    return PlanChangePage(request, code).answer()


class PlanChangePage(GridPage):
    """One fiscal year at a time; what was typed in the others goes along."""

    template = "kpis/plan_change.html"
    address = "kpis:plan-change"
    final = SEND
    title = gettext_lazy("Change request")

    def opened(self) -> PlanDesk:
        request = self.request
        measure = measure_by_code(self.code, by=request.actor)
        now, start = month_at(today_of(request.tenant)), request.tenant.fiscal_year_start
        year = chosen_year(request.POST) or chosen_year(request.GET) or fiscal_year(now, start)
        refused = position_refusal(TABLE["T15"], position_of(measure))
        if refused is None and not plan_is_frozen(Stage(measure.stage)):
            refused = "plan_is_open"
        return PlanDesk(
            request,
            measure,
            grid_of(measure),
            year,
            tolerance(),
            now,
            months_of_fiscal_year(year, start),
            refused,
        )

    def done(self, form: Any, action: str) -> HttpResponse:
        if action.startswith(OTHER_YEAR):
            return self._in_year(form, action.removeprefix(OTHER_YEAR))
        return self._send(form) if action == SEND else self._preview(form)

    def _in_year(self, form: "PlanChangeForm", text: str) -> HttpResponse:
        """The same in another fiscal year; nothing is asked for."""
        query = QueryDict(mutable=True)
        query[YEAR] = text
        year, start = chosen_year(query) or self.desk.year, self.request.tenant.fiscal_year_start
        self.desk = replace(self.desk, year=year, months=months_of_fiscal_year(year, start))
        moved = self.desk.form(form.carried(self.desk.form()))
        moved.errors.clear()
        return self.page(moved)

    def _send(self, form: "PlanChangeForm") -> HttpResponse:
        measure = self.desk.measure
        opened = change_request(
            measure=measure,
            fields={},
            asking=form.asking,
            by=self.request.actor,
            plan=self._asks(form),
        )
        return asked(self.request, measure, opened)

    def _preview(self, form: "PlanChangeForm") -> HttpResponse:
        plan = self._asks(form)
        proposal = change_preview(
            measure=self.desk.measure, fields={}, plan=plan, by=self.request.actor
        )
        return self.page(form, Told(more=self._previewed(proposal)))

    def _asks(self, form: "PlanChangeForm") -> Sequence[EffectAsk]:
        if asks := form.asks():
            return asks
        raise Invalid({"fields": [_("Nothing would change.")]})

    def _previewed(self, proposal: Proposal) -> Mapping[str, Any]:
        asks: list[Ask] = []
        bars: list[Barred] = []
        no_route = ""
        try:
            asks, bars = proposal.route(self.request.actor)
        except Refused as error:
            no_route = str(TEXTS[error.code])
        return {
            "plan": plan_change_of(proposal.details),
            "deciders": deciders_to_be(proposal.measure, asks, bars),
            "no_route": no_route,
        }

    def page(self, form: GridForm, told: Told | None = None) -> HttpResponse:
        told = told or Told()
        start = self.request.tenant.fiscal_year_start
        more = {
            "ways": change_ways(self.request, self.desk.measure, "plan"),
            "years": [
                (f"{OTHER_YEAR}{year}", year_label(year, start), year == self.desk.year)
                for year in self.years()
            ],
            "year_number": self.desk.year,
            **(told.more or {}),
        }
        return super().page(form, replace(told, more=more))

    def years(self) -> list[int]:
        known = super().years()
        return [*known, known[-1] + 1]
