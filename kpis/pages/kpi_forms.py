"""Forms of KPIs: the fields of one, the grid of its periods, a new objective."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from governance.people.actor import Actor
from governance.people.selectors import live_memberships
from governance.ui.amounts import shown_amount
from governance.ui.format import NOTHING
from governance.web.forms import AmountField, LineField
from initiatives.pages.directory import MOST_OPTIONS, PersonField
from initiatives.pages.measure_forms import DescriptionField, Section
from initiatives.pages.seen import SeenForm
from kpis.choices import Aggregation
from kpis.indicators.choices import Direction, KpiKind, Rhythm
from kpis.indicators.models import (
    DATA_SOURCE_LENGTH,
    FIGURES,
    NAME_LENGTH,
    UNIT_LENGTH,
    Kpi,
    KpiPeriod,
    Objective,
)
from kpis.indicators.rules import MOST_DECIMALS, figure_of
from kpis.indicators.selectors import objectives
from kpis.indicators.services.kpis import EDITABLE, KpiDraft
from kpis.indicators.services.objectives import ObjectiveDraft
from kpis.indicators.services.periods import NOTE_LENGTH, PeriodDraft
from kpis.pages.kpi_list import objective_label

NEW = "new"
FIGURE_LABELS = {
    "target": gettext_lazy("Target"),
    "actual": gettext_lazy("Actual"),
    "band_low": gettext_lazy("Lower limit"),
    "band_high": gettext_lazy("Upper limit"),
    "note": gettext_lazy("Note"),
}


class ObjectiveField(forms.CharField):
    """An objective by code; cleaned to the row, or None."""

    def __init__(self, rows: Sequence[Objective], **kwargs: Any) -> None:
        self.known = {row.code: row for row in rows}
        named = sorted((objective_label(row), row.code) for row in rows)
        options = [("", NOTHING), *((code, label) for label, code in named)]
        super().__init__(
            required=False, widget=forms.Select(choices=options), max_length=20, **kwargs
        )

    def clean(self, value: Any) -> Any:
        code = super().clean(value)
        if not code:
            return None
        if code not in self.known:
            raise ValidationError(_("This objective is not there any more."))
        return self.known[code]


def kpi_fields(by: Actor, kpi: Kpi | None = None) -> dict[str, forms.Field]:
    """Fields of a KPI with what there is to choose from; two queries."""
    listed = list(live_memberships()[: MOST_OPTIONS + 1])
    return {
        "name": LineField(label=_("Name"), max_length=NAME_LENGTH),
        "description": DescriptionField(
            label=_("Description"), required=False, help_text=_("What is counted, and how.")
        ),
        "notes": DescriptionField(
            label=_("Notes"), required=False, help_text=_("What a reader should know about it.")
        ),
        **_measuring_fields(),
        "objective": ObjectiveField(list(objectives(by)), label=_("Objective")),
        "update_owner": PersonField(
            listed if len(listed) <= MOST_OPTIONS else None,
            kpi.update_owner if kpi else None,
            label=_("Update owner"),
            help_text=_("Enters the values, whatever their role."),
        ),
        "data_source": LineField(
            label=_("Data source"), required=False, max_length=DATA_SOURCE_LENGTH
        ),
        "is_active": forms.BooleanField(label=_("In use"), required=False, initial=True),
    }


def _measuring_fields() -> dict[str, forms.Field]:
    """How a KPI is measured."""
    unit_help, rhythm_help = _("Such as %, days or EUR m."), _("Stays as it is once values stand.")
    return {
        "direction": forms.ChoiceField(label=_("Direction"), choices=Direction.choices),
        "unit": LineField(
            label=_("Unit"), required=False, max_length=UNIT_LENGTH, help_text=unit_help
        ),
        "decimals": forms.IntegerField(
            label=_("Decimals"), min_value=0, max_value=MOST_DECIMALS, initial=2
        ),
        "rhythm": forms.ChoiceField(
            label=_("Rhythm"), choices=Rhythm.choices, initial=Rhythm.YEAR, help_text=rhythm_help
        ),
        "aggregation": forms.ChoiceField(
            label=_("Aggregation"), choices=Aggregation.choices, initial=Aggregation.LAST
        ),
        "kind": forms.ChoiceField(
            label=_("Kind"), choices=KpiKind.choices, initial=KpiKind.UNKNOWN
        ),
    }


WORDS = ("name", "description", "notes")
BELONGING = ("objective", "update_owner", "data_source", "is_active")


def _sections(form: forms.Form) -> list[Section]:
    visible = form.visible_fields()
    apart = {*WORDS, *BELONGING}
    return [
        Section("", [f for f in visible if f.name in WORDS]),
        Section(_("How it is measured"), [f for f in visible if f.name not in apart]),
        Section(_("Where it belongs"), [f for f in visible if f.name in BELONGING]),
    ]


class KpiForm(SeenForm):
    """A KPI that exists."""

    def __init__(self, data: Any = None, *, kpi: Kpi, by: Actor) -> None:
        super().__init__(data, current={name: _shown(kpi, name) for name in EDITABLE})
        self.fields |= kpi_fields(by, kpi)
        self.initial["seen_version"] = kpi.version

    @property
    def sections(self) -> list[Section]:
        return _sections(self)


class NewKpiForm(forms.Form):
    """A KPI to be."""

    def __init__(self, data: Any = None, *, by: Actor, objective: str = "") -> None:
        super().__init__(data, initial={"objective": objective, "direction": Direction.INCREASE})
        self.fields |= kpi_fields(by)

    @property
    def sections(self) -> list[Section]:
        return _sections(self)

    @property
    def draft(self) -> KpiDraft:
        return KpiDraft(**self.cleaned_data)


class ObjectiveForm(forms.Form):
    """An objective to be."""

    def __init__(self, data: Any = None, *, goals: Sequence[Objective]) -> None:
        super().__init__(data)
        self.fields["name"] = LineField(label=_("Name"), max_length=NAME_LENGTH)
        self.fields["parent"] = ObjectiveField(
            goals,
            label=_("Goal"),
            help_text=_("The goal it belongs to; without one it is a goal itself."),
        )

    @property
    def sections(self) -> list[Section]:
        return [Section("", self.visible_fields())]

    @property
    def draft(self) -> ObjectiveDraft:
        return ObjectiveDraft(self.cleaned_data["name"], self.cleaned_data["parent"])


class PeriodsForm(SeenForm):
    """The periods of a KPI, one line each, and a line for a new one.

    Fields are named like their month, `2018-10.target`; those of the new line like `new.target`.
    """

    def __init__(
        self,
        data: Any = None,
        *,
        kpi: Kpi,
        labels: Mapping[date, str],
        periods: Mapping[date, KpiPeriod],
        offered: Mapping[date, str],
    ) -> None:
        self.labels = {f"{day:%Y-%m}": label for day, label in labels.items()}
        self.days = {f"{day:%Y-%m}": day for day in [*labels, *offered]}
        texts = {
            f"{day:%Y-%m}.{name}": _text(periods.get(day), name, kpi.decimals)
            for day in labels
            for name in FIGURE_LABELS
        }
        blank = dict.fromkeys((f"{NEW}.{name}" for name in FIGURE_LABELS), "")
        super().__init__(data, current={**texts, **blank})
        for key, label in [*self.labels.items(), (NEW, _("New period"))]:
            self.fields |= _line_fields(key, label, kpi.decimals)
        options = [(f"{day:%Y-%m}", label) for day, label in offered.items()]
        self.fields[NEW] = forms.ChoiceField(label=_("New period"), choices=options, required=False)
        self.initial["seen_version"] = kpi.version

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not data.get(NEW) and any(self.typed(field.name) for field in self.new_line()):
            self.add_error(NEW, _("Choose the period that these figures belong to."))
        return data

    def lines(self) -> list[tuple[str, list[forms.BoundField]]]:
        """Each period's name with its inputs."""
        return [
            (label, [self[f"{key}.{name}"] for name in FIGURE_LABELS])
            for key, label in self.labels.items()
        ]

    def new_line(self) -> list[forms.BoundField]:
        return [self[f"{NEW}.{name}"] for name in FIGURE_LABELS]

    def drafts(self) -> dict[date, PeriodDraft | None]:
        """What the person changed, as the service takes it."""
        given: dict[str, dict[str, Any]] = {}
        for name, value in self.changes().items():
            key, _dot, field = name.partition(".")
            given.setdefault(self.cleaned_data[NEW] if key == NEW else key, {})[field] = value
        return {self.days[key]: PeriodDraft(**fields) for key, fields in given.items() if key}

    def place_of(self, error: str) -> str:
        """The input that an error of the service is about."""
        key, _dot, field = error.removeprefix("periods.").partition(".")
        if key in self.labels:
            return f"{key}.{field or 'target'}"
        return f"{NEW}.{field}" if field else NEW


def _line_fields(key: str, label: str, decimals: int) -> dict[str, forms.Field]:
    fields: dict[str, forms.Field] = {
        f"{key}.{name}": AmountField(
            decimals=decimals, read=figure_of, label=f"{FIGURE_LABELS[name]}, {label}"
        )
        for name in FIGURES
    }
    note_label = f"{FIGURE_LABELS['note']}, {label}"
    fields[f"{key}.note"] = LineField(label=note_label, required=False, max_length=NOTE_LENGTH)
    return fields


def _text(period: KpiPeriod | None, name: str, decimals: int) -> str:
    value = getattr(period, name) if period else None
    if isinstance(value, Decimal):
        return shown_amount(value, get_language() or "en", decimals)
    return str(value or "")


def _shown(kpi: Kpi, name: str) -> str:
    """A field's value as its input shows it."""
    value = getattr(kpi, name)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "on" if value else ""
    if name == "update_owner":
        return str(value.email)
    return str(value.code) if name == "objective" else str(value)
