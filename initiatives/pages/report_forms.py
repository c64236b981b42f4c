"""Forms of status reports: a new one, and one that is corrected."""

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from governance.web.forms import DayField, LineField, ProseField
from initiatives.choices import Light
from initiatives.models import StatusReport
from initiatives.pages.measure_forms import Section
from initiatives.pages.seen import SeenForm
from initiatives.rules_reports import (
    COMMENTARY_LENGTH,
    RATER_LENGTH,
    STATED_LENGTH,
    WORDS_LENGTH,
)
from initiatives.services_reports import FIELDS, ReportDraft


def words_fields(rows: int = 3) -> dict[str, forms.Field]:
    """What an update says in words: what was done, what comes next, what others must decide."""
    labels = {
        "achieved": _("Achieved"),
        "next_steps": _("Next"),
        "decision_needed": _("Decision needed"),
    }
    return {
        name: ProseField(rows=rows, max_length=WORDS_LENGTH, label=label, required=False)
        for name, label in labels.items()
    }


def report_fields() -> dict[str, forms.Field]:
    """The fields of a status report in the order of the form."""
    return {
        "reported_on": DayField(label=_("Day of the report")),
        "light": forms.ChoiceField(
            label=_("Light"), choices=[("", _("Choose a light")), *Light.choices]
        ),
        "rater": LineField(
            label=_("Rated by"),
            required=False,
            max_length=RATER_LENGTH,
            help_text=_("A reviewer such as IPA; empty when the measure's own side reports."),
        ),
        "stated": LineField(
            label=_("Rating as stated"),
            required=False,
            max_length=STATED_LENGTH,
            help_text=_("The rater's own words, such as Amber/Red."),
        ),
        **words_fields(),
        "commentary": ProseField(
            rows=6,
            max_length=COMMENTARY_LENGTH,
            label=_("Commentary"),
            required=False,
            help_text=_("Whatever else there is to say."),
        ),
    }


def sections_of(form: forms.Form) -> list[Section]:
    return [Section("", form.visible_fields())]


class NewReportForm(forms.Form):
    """A status report to be."""

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, initial={"reported_on": timezone.localdate()})
        self.fields.update(report_fields())

    @property
    def sections(self) -> list[Section]:
        return sections_of(self)

    @property
    def draft(self) -> ReportDraft:
        return ReportDraft(**self.cleaned_data)


class ReportForm(SeenForm):
    """A status report that is corrected."""

    def __init__(self, data: Any = None, *, report: StatusReport) -> None:
        super().__init__(data, current={name: str(getattr(report, name)) for name in FIELDS})
        self.fields.update(report_fields())
        # Not into `self.initial`, which is `current`: the version is no field that people change.
        self.initial = {**self.current, "seen_version": report.version}

    @property
    def sections(self) -> list[Section]:
        return sections_of(self)
