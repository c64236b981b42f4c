"""Forms of the value grid: the cells of many effects, why they move, and the phasing helpers."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Protocol

from django import forms
from django.utils.dates import MONTHS
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from governance.errors import DomainError, Invalid
from governance.ui.amounts import NoAmount, shown_amount, typed_amount
from governance.web.forms import AmountField
from governance.web.refusals import refusal_text
from initiatives.pages.seen import SeenForm
from kpis.choices import Aggregation, Cause, PhasingHelper, Series
from kpis.forecasts.changes import REASON_LENGTH, EffectChange, GridChange, ReasonDraft
from kpis.forecasts.choices import VarianceCode
from kpis.forecasts.rules import STATED
from kpis.forecasts.selectors import GridRow
from kpis.phasing import MOST_SHIFTED, Phasing, phased
from kpis.rules import Month, month_of

CELL_PARTS = 4
CAUSES = [("", gettext_lazy("Choose"))] + [(cause.value, cause.label) for cause in STATED]
CODES = [("", gettext_lazy("Choose")), *VarianceCode.choices]


class Open(Protocol):
    """What the form asks of the grid it belongs to."""

    @property
    def rows(self) -> Sequence[GridRow]: ...
    @property
    def months(self) -> Sequence[Month]: ...
    @property
    def series(self) -> Series: ...
    def is_open(self, row: GridRow, month: Month) -> bool: ...
    def year_of(self, month: Month) -> int: ...


def key_of(row: GridRow) -> str:
    return str(row.effect.public_id)


def cell_name(row: GridRow, series: Series, month: Month) -> str:
    """The name of an input, which is also how services name what is wrong with a cell."""
    return f"cells.{key_of(row)}.{series.value}.{month}"


def title_of(row: GridRow) -> str:
    """How people tell an effect from the others."""
    effect = row.effect
    return f"{effect.metric.name}: {effect.name or effect.get_kind_display()}"


def month_title(month: Month) -> str:
    return f"{MONTHS[month.number]} {month.year}"


class GridForm(SeenForm):
    """Open cells of the year shown, and of other years what a helper filled there.

    Each effect sends back its version, each cell what it showed; a reason for a variance is two
    fields, `reasons.<effect>.<year>` and `texts.<effect>.<year>`.
    """

    def __init__(self, data: Any = None, *, grid: Open) -> None:
        self.grid, language = grid, get_language() or "en"
        self.places: dict[str, tuple[GridRow, Month]] = {}
        self.reasons_of: list[tuple[GridRow, int]] = []
        for row in grid.rows:
            for month in [*grid.months, *_filled_elsewhere(data or {}, grid, row)]:
                if grid.is_open(row, month):
                    self.places[cell_name(row, grid.series, month)] = (row, month)
        texts = {
            name: shown_amount(
                row.values.series(grid.series).get(month), language, row.effect.metric.decimals
            )
            for name, (row, month) in self.places.items()
        }
        super().__init__(data, current=texts)
        del self.fields["seen_version"]
        self._add_fields()

    def _add_fields(self) -> None:
        for name, (row, month) in self.places.items():
            label = f"{title_of(row)}, {month_title(month)}"
            field = AmountField(decimals=row.effect.metric.decimals, label=label)
            field.widget.attrs |= {"aria-label": label, "data-cell": True}
            self.fields[name] = field
        if self.places and self.grid.series is Series.FORECAST:
            text = _("Why the forecast moves; one cause for all cells of a save.")
            self.fields["cause"] = forms.ChoiceField(
                label=_("Cause"), choices=CAUSES, required=False, help_text=text
            )
        years = sorted({self.grid.year_of(month) for _row, month in self.places.values()})
        for row in self.grid.rows if self.places else ():
            key = key_of(row)
            hidden = forms.IntegerField(
                required=False, min_value=0, max_value=2**31 - 1, widget=forms.HiddenInput
            )
            self.fields[f"version.{key}"] = hidden
            self.initial[f"version.{key}"] = row.effect.version
            for year in years if self.grid.series is Series.FORECAST else ():
                self._add_reason(row, year)

    def _add_reason(self, row: GridRow, year: int) -> None:
        self.reasons_of.append((row, year))
        names = {"effect": title_of(row), "year": year}
        code, text = _reason_names(row, year)
        self.fields[code] = forms.ChoiceField(
            label=_("Reason for the variance of %(effect)s, %(year)s") % names,
            choices=CODES,
            required=False,
        )
        self.fields[text] = forms.CharField(
            label=_("What happened to %(effect)s, %(year)s") % names,
            required=False,
            max_length=REASON_LENGTH,
        )

    def typed(self, name: str) -> str:
        """What was typed; a cell that was not sent is as it was seen."""
        return super().typed(name) if name in self.data else self.seen(name)

    def change(self) -> GridChange:
        """What the person asks for: touched effects alone, with the versions that were seen."""
        cells: dict[str, dict[str, object]] = {}
        for name, amount in self.changes().items():
            row, month = self.places[name]
            text = None if amount is None else format(amount, "f")
            cells.setdefault(key_of(row), {})[str(month)] = text
        reasons = self._reasons()
        named = [*cells, *(draft.effect for draft in reasons if draft.effect not in cells)]
        effects = [
            EffectChange(
                key,
                self.cleaned_data.get(f"version.{key}") or 0,
                {self.grid.series: cells.get(key, {})},
            )
            for key in dict.fromkeys(named)
        ]
        cause = self.cleaned_data.get("cause") if cells else ""
        return GridChange(effects, Cause(cause) if cause else None, reasons)

    def _reasons(self) -> list[ReasonDraft]:
        drafts = []
        for row, year in self.reasons_of:
            code, text = (self.cleaned_data.get(name, "") for name in _reason_names(row, year))
            if code or text.strip():
                drafts.append(ReasonDraft(key_of(row), year, code, text))
        return drafts

    def reason_inputs(self, row: GridRow, year: int) -> list[forms.BoundField]:
        """The two inputs of a reason; none where nothing can be written."""
        return [self[name] for name in _reason_names(row, year) if name in self.fields]

    def is_used(self, fields: Sequence[forms.BoundField]) -> bool:
        """Whether something was typed there, or is wrong with it."""
        return any(one.errors or (self.is_bound and one.value()) for one in fields)

    def unplaced(self) -> list[tuple[str, str]]:
        """What was typed into cells that are locked by now: which cell, and the figure."""
        titles = {key_of(row): title_of(row) for row in self.grid.rows}
        found = []
        for name, text in self.data.items():
            is_cell = name.startswith("cells.") and name not in self.places
            if is_cell and text.strip() != self.data.get(f"seen-{name}", "").strip():
                key, _series, month = (*name.split(".")[1:], "", "", "")[:3]
                found.append((f"{titles.get(key, key)}, {month}", text))
        return found

    def take(self, error: DomainError) -> None:
        """Show what a service refused: at its fields, and what is not one of them on top."""
        if not isinstance(error, Invalid):
            self.add_error(None, refusal_text(error))
        for name, texts in error.errors.items():
            self.add_error(name if name in self.fields else None, [str(text) for text in texts])

    def onto(self, fresh: "GridForm") -> dict[str, str]:
        """Data of the same form on top of the current versions; what was typed is kept."""
        touched = set(self.touched)
        rest = {n: t for n, t in self.data.items() if not n.startswith(("cells.", "seen-"))}
        return {
            **rest,
            **{n: self.typed(n) if n in touched else fresh.current[n] for n in fresh.current},
            **{f"seen-{name}": text for name, text in fresh.current.items()},
            **{f"version.{key_of(row)}": str(row.effect.version) for row in fresh.grid.rows},
        }

    def amounts(self, row: GridRow) -> dict[Month, Decimal]:
        """The months of a row as they stand in the form; what cannot be read is as it was saved."""
        months = dict(row.values.series(self.grid.series))
        for name, (other, month) in self.places.items():
            if other is row and name in self.cleaned_data:
                months.pop(month, None)
                if self.cleaned_data[name] is not None:
                    months[month] = self.cleaned_data[name]
        return months

    def elsewhere(self) -> list[forms.BoundField]:
        """Inputs of months outside the year shown, which a helper filled."""
        shown = set(self.grid.months)
        return [self[name] for name, (_r, month) in self.places.items() if month not in shown]


def _reason_names(row: GridRow, year: int) -> tuple[str, str]:
    return f"reasons.{key_of(row)}.{year}", f"texts.{key_of(row)}.{year}"


def _filled_elsewhere(data: Mapping[str, Any], grid: Open, row: GridRow) -> list[Month]:
    """Months of other years that the form was sent with."""
    start, found = f"cells.{key_of(row)}.{grid.series.value}.", []
    for name in data:
        month = month_of(name.removeprefix(start)) if name.startswith(start) else None
        if month is not None and month not in grid.months:
            found.append(month)
    return sorted(found)


class PhaseForm(forms.Form):
    """A helper that fills one row of the grid (V9)."""

    effect = forms.ChoiceField(label=gettext_lazy("Row"))
    helper = forms.ChoiceField(label=gettext_lazy("How"), choices=PhasingHelper.choices)
    amount = forms.CharField(
        label=gettext_lazy("Amount"),
        required=False,
        max_length=60,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )
    first = forms.CharField(label=gettext_lazy("From"), max_length=7, required=False)
    last = forms.CharField(
        label=gettext_lazy("To"),
        max_length=7,
        required=False,
        help_text=gettext_lazy("Months such as 2026-07. A shift moves all from the first one on."),
    )
    shift = forms.IntegerField(
        label=gettext_lazy("Shift by months"),
        required=False,
        min_value=-MOST_SHIFTED,
        max_value=MOST_SHIFTED,
        help_text=gettext_lazy("For a shift; earlier is negative."),
    )
    weights = forms.CharField(
        label=gettext_lazy("Season"),
        required=False,
        max_length=200,
        help_text=gettext_lazy("For a season: twelve weights, January first, with blanks between."),
    )

    def __init__(self, data: Any = None, *, grid: Open) -> None:
        first, last = grid.months[0], grid.months[-1]
        initial = {"first": str(first), "last": str(last)}
        super().__init__(data, prefix="phase", initial=initial)
        self.rows = {key_of(row): row for row in grid.rows}
        field = self.fields["effect"]
        field.widget.choices = field.choices = [  # type: ignore[attr-defined]  # a choice field
            (key, title_of(row)) for key, row in self.rows.items()
        ]

    def clean_first(self) -> Month | None:
        return self._month("first")

    def clean_last(self) -> Month | None:
        return self._month("last")

    def _month(self, name: str) -> Month | None:
        text = self.cleaned_data[name]
        month = month_of(text)
        if text and month is None:
            raise forms.ValidationError(_("Write a month like 2026-01."))
        return month

    def clean_weights(self) -> list[Decimal]:
        language = get_language() or "en"
        try:
            found = [
                typed_amount(part, language=language, decimals=4)
                for part in self.cleaned_data["weights"].split()
            ]
        except NoAmount as error:
            raise forms.ValidationError(str(error)) from error
        return [weight for weight in found if weight is not None]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        row = self.rows.get(data.get("effect", ""))
        if row is not None and "amount" in data:
            try:
                data["amount"] = typed_amount(
                    data["amount"],
                    language=get_language() or "en",
                    decimals=row.effect.metric.decimals,
                )
            except NoAmount as error:
                self.add_error("amount", str(error))
        return data

    def fill(self, form: GridForm) -> dict[str, str]:
        """Names of cells to what the helper puts there; raises `Invalid` by field."""
        data, grid = self.cleaned_data, form.grid
        row = self.rows[data["effect"]]
        names = ("amount", "first", "last", "shift", "weights")
        asked = Phasing(PhasingHelper(data["helper"]), **{name: data[name] for name in names})
        metric = row.effect.metric
        cells = phased(asked, form.amounts(row), Aggregation(metric.aggregation), metric.decimals)
        if locked := [month_title(m) for m in sorted(cells) if not grid.is_open(row, m)]:
            text = _("These months are locked: %(months)s.") % {"months": ", ".join(locked)}
            raise Invalid({"first": [text]})
        language = get_language() or "en"
        return {
            cell_name(row, grid.series, month): shown_amount(amount, language, metric.decimals)
            for month, amount in cells.items()
        }
