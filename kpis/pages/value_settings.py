"""Value settings: what is in force, proposing a version, publishing or withdrawing it (S5)."""

from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.formats import date_format
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from governance.audit.labels import field_label
from governance.pages.crumbs import status_of
from governance.pages.versions import (
    VersionPages,
    crumbs,
    home_context,
    proposed_answer,
    publish_page,
    version_context,
    withdraw_page,
)
from governance.people.choices import Permission
from governance.ui.amounts import shown_amount
from governance.ui.format import number as shown_number
from governance.ui.parts import Fact
from governance.versions.selectors import version_numbered
from governance.web.forms import AmountField, LineField, refusals_in
from governance.web.requests import TenantRequest
from kpis.rules import Month, month_of
from kpis.services import MONTH_FAULT
from kpis.settings import selectors
from kpis.settings.models import ValueSettings
from kpis.settings.rules import (
    AMOUNT_DECIMALS,
    MOST_DAYS,
    MOST_SUSTAIN_MONTHS,
    NAMES,
    PERCENT_DECIMALS,
    SHIPPED,
    ValueTerms,
)
from kpis.settings.services import VALUE_SETTINGS, value_settings_propose

AMOUNT_LENGTH = 60
PAGES = VersionPages(
    VALUE_SETTINGS,
    title=gettext_lazy("Value settings"),
    home="kpis:value-settings",
    effect=gettext_lazy(
        "It holds from now on. Months that are due by it lock at once, and for good."
    ),
    standard=gettext_lazy("The shipped settings, until a version is published: no month locks."),
    first=gettext_lazy("Propose one with the first month that closes."),
    needs=gettext_lazy(
        "Changing value settings needs the role Administrator, Transformation office (PMO) or "
        "Head of controlling on the whole tenant."
    ),
    icon="adjustments-horizontal",
)


def _amount(label: Any, help_text: Any = "", *, decimals: int = PERCENT_DECIMALS) -> AmountField:
    return AmountField(
        decimals=decimals, label=label, help_text=help_text, max_length=AMOUNT_LENGTH
    )


class ValueSettingsForm(forms.Form):
    """What the next version says."""

    variance_percent = _amount(
        gettext_lazy("Reason beyond per cent"),
        gettext_lazy("A variance demands a reason beyond this share and beyond the amount (V6)."),
    )
    variance_amount = _amount(gettext_lazy("Reason beyond amount"), decimals=AMOUNT_DECIMALS)
    change_percent = _amount(
        gettext_lazy("Change request beyond per cent"),
        gettext_lazy("Beyond this share or the amount a change request or an exception is due."),
    )
    change_amount = _amount(gettext_lazy("Change request beyond amount"), decimals=AMOUNT_DECIMALS)
    closes_from = LineField(
        label=gettext_lazy("First month that closes"),
        required=False,
        max_length=7,
        help_text=gettext_lazy(
            "Such as 2026-01. From it on months lock by their dates; empty: no month locks."
        ),
    )
    claim_day = forms.IntegerField(
        label=gettext_lazy("Claims lock after working day"),
        min_value=1,
        max_value=MOST_DAYS,
        help_text=gettext_lazy("Of the month that follows, by the tenant's calendar (V4)."),
    )
    validation_day = forms.IntegerField(
        label=gettext_lazy("Months lock after working day"), min_value=1, max_value=MOST_DAYS
    )
    sustain_months = forms.IntegerField(
        label=gettext_lazy("Months of the sustain period"),
        min_value=1,
        max_value=MOST_SUSTAIN_MONTHS,
        help_text=gettext_lazy("How long actuals run on once a measure is closed (V2)."),
    )
    sustain_percent = _amount(gettext_lazy("Tolerance of a sustain shortfall in per cent"))

    @classmethod
    def over(cls, terms: ValueTerms) -> "ValueSettingsForm":
        """Begin with what is in force."""
        language = get_language() or "en"
        initial: dict[str, Any] = {name: getattr(terms, name) for name in NAMES}
        for name, field in cls.base_fields.items():
            if isinstance(field, AmountField):
                initial[name] = shown_amount(initial[name], language, field.decimals)
        return cls(initial=initial | {"closes_from": terms.closes_from or ""})

    def clean_closes_from(self) -> Month | None:
        text = self.cleaned_data["closes_from"]
        month = month_of(text) if text else None
        if text and month is None:
            raise forms.ValidationError(str(MONTH_FAULT))
        return month

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for name, field in self.fields.items():
            if isinstance(field, AmountField) and name in data and data[name] is None:
                self.add_error(name, _("Write a number; 0 is one."))
        return data

    @property
    def terms(self) -> ValueTerms:
        return ValueTerms(**{name: self.cleaned_data[name] for name in NAMES})


@require_safe
def value_settings(request: TenantRequest, tenant_slug: str) -> HttpResponse:
    """The settings in force, what is proposed, and all versions."""
    by = request.actor
    by.require_anywhere(Permission.TREE_VIEW)
    versions = home_context(PAGES, by)
    row = versions["row"]
    context = {**versions, "facts": facts_of(row.terms if row else SHIPPED)}
    return render(request, "kpis/value_settings.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def propose(request: TenantRequest, tenant_slug: str) -> HttpResponse:
    """Write down the next version; a second person publishes it (S5)."""
    by = request.actor
    by.require_anywhere(Permission.GOVERNANCE_MANAGE)
    form = ValueSettingsForm(request.POST) if request.method == "POST" else None
    if form is not None and form.is_valid():
        with refusals_in(form):
            return proposed_answer(PAGES, request, value_settings_propose(terms=form.terms, by=by))
    if form is None:
        form = ValueSettingsForm.over(selectors.value_settings())
    context = {"form": form, "breadcrumbs": crumbs(PAGES, request, _("Propose a version"))}
    return render(request, "kpis/value_settings_propose.html", context, status=status_of(form))


@require_safe
def version(request: TenantRequest, tenant_slug: str, number: int) -> HttpResponse:
    """One version as it was proposed, with its history."""
    request.actor.require_anywhere(Permission.TREE_VIEW)
    row = version_numbered(ValueSettings, number)
    context = {**version_context(PAGES, request, row), "facts": facts_of(row.terms)}
    return render(request, "governance/version.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def publish(request: TenantRequest, tenant_slug: str, number: int) -> HttpResponse:
    """Ask whether to bring a proposal into force, then do it."""
    return publish_page(PAGES, request, number)


@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: TenantRequest, tenant_slug: str, number: int) -> HttpResponse:
    """Ask whether to take a proposal back, then do it."""
    return withdraw_page(PAGES, request, number)


def facts_of(terms: ValueTerms) -> list[Fact]:
    """What a version says, line by line."""
    return [Fact(_sentence_case(field_label(name)), _shown(terms, name)) for name in NAMES]


def _shown(terms: ValueTerms, name: str) -> str:
    value = getattr(terms, name)
    if value is None:
        return _("none: no month locks")
    if isinstance(value, Month):
        return date_format(value.first_day, "F Y")
    return shown_number(value, get_language() or "en")


def _sentence_case(text: str) -> str:
    return text[:1].upper() + text[1:]
