"""All updates an owner owes on one page: prefilled, by keyboard, one save, each line for itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django import forms
from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from governance.calendars.selectors import today_of
from governance.errors import DomainError, Forbidden
from governance.people.choices import Permission
from governance.web.forms import DayField
from governance.web.refusals import refusal_text
from governance.web.rendering import UNPROCESSABLE
from governance.web.requests import TenantRequest
from initiatives.choices import Light
from initiatives.milestones.models import Milestone
from initiatives.pages.report_forms import words_fields
from initiatives.rhythm.selectors_owed import MOST_UPDATES, OwedUpdate, owed_updates, with_facts
from initiatives.rhythm.services_updates import (
    MilestoneForecast,
    OwnerUpdate,
    UpdateResult,
    updates_write,
)

LIGHTS = [(lamp.value, lamp.label) for lamp in Light if lamp is not Light.GREY]
WORDS_ROWS = 2


class UpdateForm(forms.Form):
    """One measure: nothing changed, or a light and words; and when late milestones come."""

    seen = forms.CharField(widget=forms.HiddenInput, required=False, max_length=60)
    is_unchanged = forms.BooleanField(label=gettext_lazy("Nothing changed"), required=False)
    light = forms.ChoiceField(
        label=gettext_lazy("Light"), choices=LIGHTS, widget=forms.RadioSelect, required=False
    )

    def __init__(self, owed: OwedUpdate, data: QueryDict | None = None) -> None:
        self.owed = owed
        last = owed.last
        initial = {
            "seen": owed.seen,
            "light": last.light if last else "",
            "next_steps": last.next_steps if last else "",
            "decision_needed": last.decision_needed if last else "",
        }
        super().__init__(data, prefix=owed.measure.code, initial=initial, auto_id="id-%s")
        self.fields.update(words_fields(WORDS_ROWS))
        for milestone in owed.milestones:
            self._add_milestone(milestone)

    def _add_milestone(self, milestone: Milestone) -> None:
        key = str(milestone.public_id)
        label = _("Expected day of «%(title)s»") % {"title": milestone.title}
        self.fields[key] = DayField(label=label, required=False, initial=milestone.forecast_on)
        hidden = forms.IntegerField(widget=forms.HiddenInput, required=False)
        self.fields[f"{key}-version"] = hidden
        self.initial[f"{key}-version"] = milestone.version

    @property
    def is_asked(self) -> bool:
        """Whether anything was said: a tick, or something other than what was shown."""
        return any(name != "seen" and not name.endswith("-version") for name in self.changed_data)

    @property
    def milestone_fields(self) -> list[forms.BoundField]:
        return [self[str(milestone.public_id)] for milestone in self.owed.milestones]

    @property
    def words(self) -> list[forms.BoundField]:
        return [self[name] for name in words_fields()]

    @property
    def update_said(self) -> OwnerUpdate:
        """What the service takes. A tick yields to whatever else was said."""
        given = self.cleaned_data
        said = [name for name in self.changed_data if name in {"light", *words_fields()}]
        return OwnerUpdate(
            code=self.owed.measure.code,
            is_unchanged=given["is_unchanged"] and not said,
            light=given["light"],
            achieved=given["achieved"],
            next_steps=given["next_steps"],
            decision_needed=given["decision_needed"],
            forecasts=[
                MilestoneForecast(row.public_id, self._version(row), self._day(row))
                for row in self.owed.milestones
                if str(row.public_id) in self.changed_data
            ],
            seen=given["seen"],
        )

    def _version(self, milestone: Milestone) -> int:
        version: int | None = self.cleaned_data[f"{milestone.public_id}-version"]
        return version or 0

    def _day(self, milestone: Milestone) -> date | None:
        day: date | None = self.cleaned_data[str(milestone.public_id)]
        return day

    def take(self, refusal: DomainError) -> None:
        """Put what was refused at the field that it concerns."""
        for name, texts in refusal.errors.items():
            field = name.removeprefix("forecasts.")
            for text in texts:
                self.add_error(field if field in self.fields else None, str(text))
        if not refusal.errors:
            self.add_error(None, refusal_text(refusal))


@dataclass(frozen=True, slots=True)
class Desk:
    """The page: what is owed still, what is answered, and how far that is."""

    forms: Sequence[UpdateForm]
    answered: Sequence[OwedUpdate]

    @property
    def total(self) -> int:
        return len(self.forms) + len(self.answered)


@require_http_methods(["GET", "HEAD", "POST"])
def my_updates(request: TenantRequest, tenant_slug: str) -> HttpResponse:
    """Every measure for which this person owes an update, prefilled (R2)."""
    request.actor.require_anywhere(Permission.TREE_VIEW)
    if not may_update(request):
        raise Forbidden
    if request.method != "POST":
        return _page(request, {})
    request.actor.require_writing()
    owed = _owed(request)
    sent = [UpdateForm(one, request.POST) for one in owed if _was_sent(one, request.POST)]
    asked = [form for form in sent if form.is_asked]
    _write([form for form in asked if form.is_valid()], request)
    refused = [form for form in asked if form.errors]
    saved = len(asked) - len(refused)
    if saved:
        text = ngettext("%(count)s update was saved.", "%(count)s updates were saved.", saved)
        messages.success(request, text % {"count": saved})
    if not asked:
        messages.info(request, _("Nothing was filled in, so nothing was saved."))
    if not refused:
        return redirect(request.get_full_path())
    typed = {form.owed.measure.code: form for form in refused}
    return _page(request, typed, status=200 if saved else UNPROCESSABLE)


def may_update(request: TenantRequest) -> bool:
    """Whether this person could own measures and report on them."""
    may = request.actor.may_anywhere
    return may(Permission.MEASURE_EDIT_OWN) or may(Permission.MEASURE_EDIT)


def _owed(request: TenantRequest) -> list[OwedUpdate]:
    owed = owed_updates(request.actor, request.tenant)
    return with_facts(owed, today_of(request.tenant))


def _was_sent(one: OwedUpdate, data: QueryDict) -> bool:
    return f"{one.measure.code}-seen" in data


def _write(asked: Sequence[UpdateForm], request: TenantRequest) -> None:
    """Hand over what could be read; each form then says what became of it."""
    results: list[UpdateResult] = []
    if asked:
        results = updates_write(updates=[form.update_said for form in asked], by=request.actor)
    for form, result in zip(asked, results, strict=True):
        if result.refusal is not None:
            form.take(result.refusal)


def _page(
    request: TenantRequest, typed: dict[str, UpdateForm], *, status: int = 200
) -> HttpResponse:
    owed = _owed(request)
    shown = [one for one in owed if not one.is_answered or one.measure.code in typed]
    context = {
        "desk": Desk(
            [typed.get(one.measure.code) or UpdateForm(one) for one in shown[:MOST_UPDATES]],
            [one for one in owed if one not in shown],
        ),
        "later": max(0, len(shown) - MOST_UPDATES),
        "refused": list(typed.values()),
        "has_rhythm": bool(owed),
    }
    return render(request, "initiatives/my_updates.html", context, status=status)
