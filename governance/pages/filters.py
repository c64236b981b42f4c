"""The filters of the audit trail and of master data, read from the address."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta

from django import forms
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from governance.audit.choices import AuditAction
from governance.audit.labels import SUBJECTS
from governance.audit.selectors import EventFilter
from governance.masterdata.choices import Shown
from governance.text import sort_key
from governance.web.forms import DayField, LineField


class EntryFilter(forms.Form):
    """What a list is narrowed by; read from the address."""

    q = LineField(
        label=_("Search"),
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs={"type": "search", "placeholder": _("Code or name")}),
    )
    shown = forms.ChoiceField(
        label=_("Shown"), required=False, choices=Shown.choices, initial=Shown.ALL
    )


def start_of(day: date | None, *, days_later: int = 0) -> datetime | None:
    """Midnight UTC of a day; None for none, and for a day past the calendar's end."""
    if day is None or date.max - day < timedelta(days=days_later):
        return None
    return datetime.combine(day + timedelta(days=days_later), time.min, tzinfo=UTC)


def subject_choices() -> list[tuple[str, StrOrPromise]]:
    """Kinds of objects by name, in the reader's language."""
    return [("", _("Everything")), *by_label(SUBJECTS.items())]


def action_choices() -> list[tuple[str, StrOrPromise]]:
    """Actions by name, in the reader's language."""
    return [("", _("All actions")), *by_label(AuditAction.choices)]


def by_label(pairs: Iterable[tuple[str, StrOrPromise]]) -> list[tuple[str, StrOrPromise]]:
    return sorted(pairs, key=lambda pair: sort_key(str(pair[1])))


class AuditFilter(forms.Form):
    """What the trail is narrowed by; days are UTC, both included."""

    subject = LineField(
        label=_("Code"),
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"placeholder": _("Such as M-000123")}),
    )
    subject_type = forms.ChoiceField(label=_("What"), required=False, choices=subject_choices)
    actor = LineField(
        label=_("Who (e-mail)"),
        required=False,
        max_length=254,
        widget=forms.TextInput(attrs={"list": "actors", "autocomplete": "off"}),
    )
    action = forms.ChoiceField(label=_("Action"), required=False, choices=action_choices)
    after = DayField(label=_("From"), required=False)
    before = DayField(label=_("To"), required=False)

    @property
    def wanted(self) -> EventFilter:
        data = self.cleaned_data
        return EventFilter(
            subject_type=data["subject_type"],
            subject_key=data["subject"],
            actor=data["actor"],
            action=data["action"],
            after=start_of(data["after"]),
            before=start_of(data["before"], days_later=1),
        )
