"""The form with which a report is signed."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from governance.web.forms import LineField
from initiatives.pages.report_forms import words_fields
from reporting.period_reports.rules import REASON_LENGTH, WORDS, Words
from reporting.period_reports.services import Signature

MOST_NUMBER = 2**31 - 1


class SignForm(forms.Form):
    """Which period, the draft that was seen, and the words of the one who signs."""

    due_on = forms.DateField(widget=forms.HiddenInput)
    seen_hash = forms.CharField(widget=forms.HiddenInput, max_length=64)
    replaces = forms.IntegerField(
        widget=forms.HiddenInput, required=False, min_value=1, max_value=MOST_NUMBER
    )

    def __init__(
        self, data: Any = None, *, due_on: date, seen_hash: str, replaces: int | None = None
    ) -> None:
        initial = {"due_on": due_on, "seen_hash": seen_hash, "replaces": replaces}
        super().__init__(data, initial=initial)
        self.fields.update(words_fields(rows=4))
        if replaces is not None:
            self.fields["reason"] = LineField(
                label=_("Reason of the correction"),
                max_length=REASON_LENGTH,
                help_text=_("What was wrong; it stands in the report."),
            )

    @property
    def signature(self) -> Signature:
        given = self.cleaned_data
        return Signature(
            due_on=given["due_on"],
            seen_hash=given["seen_hash"],
            words=Words(**{name: given[name] for name in WORDS}),
            replaces=given["replaces"],
            reason=given.get("reason", ""),
        )

    def anew(self, seen_hash: str) -> "SignForm":
        """The same words over the draft as it is now."""
        data = dict(self.data.items()) | {"seen_hash": seen_hash}
        initial = self.initial
        return SignForm(
            data, due_on=initial["due_on"], seen_hash=seen_hash, replaces=initial["replaces"]
        )
