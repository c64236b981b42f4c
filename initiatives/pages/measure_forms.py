"""Forms of measures: what a person may set is open, the rest is shown with the reason."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from governance.text import text_fault
from governance.tree.services import DESCRIPTION_LENGTH, NAME_LENGTH
from governance.web.forms import DayField, LineField
from governance.web.refusals import TEXTS
from initiatives.choices import Stage
from initiatives.models import Measure
from initiatives.pages.directory import (
    KINDS,
    PEOPLE_FIELDS,
    Directory,
    PersonField,
    RowField,
    directory_for,
)
from initiatives.pages.seen import SeenForm, disabled
from initiatives.rules import CONTENT_FIELDS, EDITABLE_FIELDS, change_refusal
from initiatives.services import MeasureDraft

LABELS = {
    "name": gettext_lazy("Name"),
    "description": gettext_lazy("Description"),
    "planned_start": gettext_lazy("Planned start"),
    "planned_end": gettext_lazy("Planned end"),
    "owner": gettext_lazy("Owner"),
    "sponsor": gettext_lazy("Sponsor"),
    "controller": gettext_lazy("Controller"),
    "receiver": gettext_lazy("Receiving line manager"),
    "calculation_method": gettext_lazy("Calculation method"),
    "business_unit": gettext_lazy("Business unit"),
    "function": gettext_lazy("Function"),
    "legal_entity": gettext_lazy("Legal entity"),
    "forum": gettext_lazy("Steering committee"),
}
HELP = {
    "name": gettext_lazy("What is done, in a few words."),
    "description": gettext_lazy("The problem, what changes, and the effect you expect."),
    "calculation_method": gettext_lazy(
        "How the effect is calculated, from which figures, and where it will show in the books."
    ),
    "receiver": gettext_lazy("Takes the change over into daily work; neither owner nor sponsor."),
}
REFUSALS = {
    **dict.fromkeys(CONTENT_FIELDS, gettext_lazy("Set by the owner, the PMO or a consultant.")),
    **dict.fromkeys(EDITABLE_FIELDS[len(CONTENT_FIELDS) :], gettext_lazy("Set by the PMO (S11).")),
    "controller": gettext_lazy("Set by finance (S11)."),
}


class DescriptionField(forms.CharField):
    """Several lines of text without control characters, up to the limit."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=forms.Textarea(attrs={"rows": 6}), **kwargs)

    def validate(self, value: Any) -> None:
        super().validate(value)
        fault = text_fault(value or "", limit=DESCRIPTION_LENGTH, required=False)
        if fault:
            raise ValidationError(str(fault))


def content_fields() -> dict[str, forms.Field]:
    """Fields that nodes and measures share."""
    return {
        "name": LineField(label=LABELS["name"], max_length=NAME_LENGTH, help_text=HELP["name"]),
        "description": DescriptionField(
            label=LABELS["description"], required=False, help_text=HELP["description"]
        ),
        "planned_start": DayField(label=LABELS["planned_start"], required=False),
        "planned_end": DayField(label=LABELS["planned_end"], required=False),
    }


def measure_field(name: str, directory: Directory, current: Any = None) -> forms.Field:
    """One field of a measure, with what there is to choose from."""
    if name in PEOPLE_FIELDS:
        help_text = HELP.get(name, "")
        return PersonField(directory.people, current, label=LABELS[name], help_text=help_text)
    if name in KINDS:
        return RowField(directory.rows.get(name, []), current, label=LABELS[name])
    if name == "calculation_method":
        return DescriptionField(label=LABELS[name], required=False, help_text=HELP[name])
    return content_fields()[name]


@dataclass(frozen=True, slots=True)
class Section:
    """Fields of a form under one heading."""

    title: str
    fields: list[forms.BoundField]


def sections_of(form: forms.Form) -> list[Section]:
    """What it is and when; then who is responsible, and where it belongs."""
    visible = form.visible_fields()
    found = [
        Section("", [f for f in visible if f.name in CONTENT_FIELDS]),
        Section(_("Who is responsible"), [f for f in visible if f.name in PEOPLE_FIELDS]),
        Section(_("Where it belongs"), [f for f in visible if f.name in KINDS]),
    ]
    return [section for section in found if section.fields]


class MeasureForm(SeenForm):
    """A measure that exists; `settable` names what this person may set here."""

    def __init__(self, data: Any = None, *, measure: Measure, settable: Iterable[str]) -> None:
        allowed = set(settable)
        super().__init__(data, current={name: shown(measure, name) for name in EDITABLE_FIELDS})
        directory = directory_for(allowed)
        for name in EDITABLE_FIELDS:
            field = measure_field(name, directory, getattr(measure, name))
            reason = str(REFUSALS[name]) if name not in allowed else _frozen(measure, name)
            self.fields[name] = disabled(field, reason) if reason else field
        self.initial["seen_version"] = measure.version

    def clean(self) -> dict[str, Any]:
        return clean_dates(self, super().clean() or {})

    @property
    def sections(self) -> list[Section]:
        return sections_of(self)


def _frozen(measure: Measure, name: str) -> str:
    """Why a passed gate keeps a field from being edited here; empty where it does not."""
    was_empty = getattr(measure, name) in {None, ""}
    code = change_refusal(name, Stage(measure.stage), was_empty=was_empty)
    return str(TEXTS[code]) if code else ""


class NewMeasureForm(forms.Form):
    """A measure to be, at a place that is already chosen."""

    def __init__(self, data: Any = None, *, settable: Iterable[str]) -> None:
        super().__init__(data)
        names = [name for name in EDITABLE_FIELDS if name in set(settable)]
        directory = directory_for(names)
        for name in names:
            self.fields[name] = measure_field(name, directory)

    def clean(self) -> dict[str, Any]:
        return clean_dates(self, super().clean() or {})

    @property
    def sections(self) -> list[Section]:
        return sections_of(self)

    @property
    def draft(self) -> MeasureDraft:
        return MeasureDraft(**self.cleaned_data)


def clean_dates(form: forms.Form, data: dict[str, Any]) -> dict[str, Any]:
    """The end does not come before the start."""
    start, end = data.get("planned_start"), data.get("planned_end")
    if start and end and end < start:
        form.add_error("planned_end", _("The end cannot come before the start."))
    return data


def shown(row: Any, name: str) -> str:
    """A field's value as its input shows it: people by e-mail, rows by code, days as ISO dates."""
    value = getattr(row, name)
    if value is None:
        return ""
    if name in PEOPLE_FIELDS:
        return str(value.email)
    return str(value.code) if name in KINDS else str(value)
