"""Forms that ask for a decision about a measure: a gate, another move, a change; and notes."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from approvals.choices import ReasonCode
from governance.web.forms import DayField, ProseField
from initiatives.gates.asking import Asking
from initiatives.gates.transitions import Transition
from initiatives.models import Measure
from initiatives.pages.directory import directory_for
from initiatives.pages.measure_forms import (
    Section,
    clean_dates,
    measure_field,
    sections_of,
    shown,
)


def reason_code_field() -> forms.ChoiceField:
    return forms.ChoiceField(
        label=gettext_lazy("Reason"),
        choices=[("", gettext_lazy("Choose a reason")), *ReasonCode.choices],
    )


class GateForm(forms.Form):
    """A request for the next gate."""

    comment = ProseField(
        label=gettext_lazy("Comment"),
        required=False,
        help_text=gettext_lazy("What those who decide should know."),
    )

    @property
    def asking(self) -> Asking:
        return Asking(comment=self.cleaned_data["comment"])


class MoveForm(forms.Form):
    """A request for a move outside the gates: why, and for a hold until when (T8 to T13)."""

    def __init__(self, data: Any = None, *, transition: Transition, hold_days: int) -> None:
        super().__init__(data)
        self.fields["reason_code"] = reason_code_field()
        self.fields["reason"] = ProseField(label=_("In words"))
        if transition.needs_review:
            text = _("At most %(days)s days from today (T9).") % {"days": hold_days}
            self.fields["review_on"] = DayField(label=_("Look at it again on"), help_text=text)

    @property
    def asking(self) -> Asking:
        given = self.cleaned_data
        return Asking(given["reason"], given["reason_code"], given.get("review_on"))


class ChangeForm(forms.Form):
    """A change request: the frozen fields that this person may set, and why (T15)."""

    def __init__(self, data: Any = None, *, measure: Measure, names: list[str]) -> None:
        self.names = names
        self.measure = measure
        super().__init__(data, initial={name: shown(measure, name) for name in names})
        directory = directory_for(names)
        for name in names:
            self.fields[name] = measure_field(name, directory, getattr(measure, name))
        self.fields["reason_code"] = reason_code_field()
        self.fields["reason"] = ProseField(label=_("In words"))

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        both = {name: getattr(self.measure, name) for name in ("planned_start", "planned_end")}
        changed = clean_dates(self, {**both, **data})
        if not self.errors and not self.changes(data):
            self.add_error(None, _("Nothing would change."))
        return {name: value for name, value in changed.items() if name in self.fields}

    def changes(self, data: dict[str, Any] | None = None) -> dict[str, Any]:
        """What differs from the measure as it is, by field."""
        given = self.cleaned_data if data is None else data
        return {
            name: given[name] for name in self.names if given[name] != getattr(self.measure, name)
        }

    @property
    def asking(self) -> Asking:
        return Asking(self.cleaned_data["reason"], self.cleaned_data["reason_code"])

    @property
    def sections(self) -> list[Section]:
        why = [self["reason_code"], self["reason"]]
        return [*sections_of(self), Section(_("Why"), why)]


class NoteForm(forms.Form):
    """A note on what was seen, which may be left out."""

    note = ProseField(label=gettext_lazy("Note"), required=False)
