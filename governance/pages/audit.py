"""The audit explorer: filters in the address, sentences with details, the state of the chain."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe
from django_stubs_ext import StrOrPromise

from governance.audit.choices import AuditAction
from governance.audit.labels import SUBJECTS
from governance.audit.models import AuditSeal
from governance.audit.selectors import EventFilter, last_seal, unsealed_count
from governance.errors import Invalid
from governance.history import BY_TIME, audit_trail, sealed_sentences
from governance.people.selectors import all_memberships
from governance.text import sort_key
from governance.ui.parts import Column
from governance.web.forms import DayField, LineField, field_errors
from governance.web.pages import keyset_page
from governance.web.rendering import page_or_region
from governance.web.requests import TenantRequest

PAGE_SIZE = 30
SUGGESTIONS = 200


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


@dataclass(frozen=True, slots=True)
class ChainState:
    """Where the tenant's chain stands."""

    last: AuditSeal | None
    waiting: int

    @property
    def hash(self) -> str:
        return bytes(self.last.hash).hex() if self.last else ""


def start_of(day: date | None, *, days_later: int = 0) -> datetime | None:
    """Midnight UTC of a day; None for none, and for a day past the calendar's end."""
    if day is None or date.max - day < timedelta(days=days_later):
        return None
    return datetime.combine(day + timedelta(days=days_later), time.min, tzinfo=UTC)


@require_safe
def explorer(request: TenantRequest, tenant_slug: str) -> HttpResponse:
    """What happened in this tenant, newest first."""
    form = AuditFilter(request.GET or None)
    if form.is_bound and not form.is_valid():
        raise Invalid(field_errors(form))
    wanted = form.wanted if form.is_bound else EventFilter()
    events = audit_trail(wanted, by=request.actor)
    page = keyset_page(events, order=BY_TIME, cursor=request.GET.get("cursor", ""), limit=PAGE_SIZE)
    fields = ("subject", "subject_type", "actor", "action", "after", "before")
    context = {
        "form": form,
        "active": sum(bool(form.data.get(name)) for name in fields),
        "rows": sealed_sentences(page.rows),
        "page": page,
        "chain": ChainState(last_seal(), unsealed_count()),
        "actors": all_memberships().values_list("user__email", flat=True)[:SUGGESTIONS],
        "change_columns": [
            Column("field", str(_("Field"))),
            Column("before", str(_("Before"))),
            Column("after", str(_("After"))),
        ],
    }
    return page_or_region(request, "governance/audit.html", context, region="events")
