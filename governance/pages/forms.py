"""Forms of people, roles, tokens and settings; they parse, the services decide."""

import re
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.utils.dates import MONTHS
from django.utils.translation import gettext_lazy as _

from governance.people.choices import MembershipKind, PersonState, Role
from governance.people.services import MAX_TOKEN_DAYS, Person, Terms
from governance.tenancy.models import Tenant
from governance.tenancy.services import TenantSettings
from governance.web.forms import DayField, LineField, VersionedForm

# Zones by place; the database has abbreviations and offsets beside them, which nobody should pick.
AREA = re.compile(
    r"(Africa|America|Antarctica|Arctic|Asia|Atlantic|Australia|Europe|Indian|Pacific)/"
)


class PeopleFilter(forms.Form):
    """What the list of people is narrowed by; read from the address."""

    q = LineField(
        label=_("Search"),
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs={"type": "search", "placeholder": _("Name, e-mail or firm")}),
    )
    role = forms.ChoiceField(
        label=_("Role"), required=False, choices=[("", _("All roles")), *Role.choices]
    )
    kind = forms.ChoiceField(
        label=_("Kind"), required=False, choices=[("", _("All kinds")), *MembershipKind.choices]
    )
    state = forms.ChoiceField(label=_("Shown"), required=False, choices=PersonState.choices)


class TermsFields(forms.Form):
    """On what terms somebody belongs here."""

    kind = forms.ChoiceField(label=_("Kind"), choices=MembershipKind.choices)
    firm = LineField(
        label=_("Firm"),
        required=False,
        max_length=200,
        help_text=_("For consultants: the firm that sent them."),
    )
    valid_until = DayField(
        label=_("Until"),
        required=False,
        help_text=_("The last day on which they may sign in here; empty for no end."),
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("kind") == MembershipKind.CONSULTANT and not data.get("firm"):
            self.add_error("firm", _("Name the firm that the consultant comes from."))
        return data

    @property
    def terms(self) -> Terms:
        data = self.cleaned_data
        return Terms(MembershipKind(data["kind"]), data["firm"], data["valid_until"])


class PersonForm(TermsFields):
    """A person to be added."""

    name = LineField(label=_("Name"), max_length=200)
    email = forms.CharField(
        label=_("E-mail"),
        max_length=254,
        widget=forms.EmailInput(),
        help_text=_("Somebody new gets an invitation and chooses a password."),
    )
    field_order = ("name", "email", "kind", "firm", "valid_until")

    @property
    def person(self) -> Person:
        data, terms = self.cleaned_data, self.terms
        return Person(data["email"], data["name"], terms.kind, terms.firm, terms.valid_until)


class MembershipForm(TermsFields, VersionedForm):
    """The terms of somebody who is a member."""


class GrantForm(forms.Form):
    """A role on a place in the tree."""

    role = forms.ChoiceField(label=_("Role"), choices=Role.choices)
    node = LineField(
        label=_("Place in the tree"),
        max_length=50,
        help_text=_("A code such as PG-001; the role holds there and for everything below."),
        widget=forms.TextInput(attrs={"list": "nodes", "autocomplete": "off"}),
    )
    valid_until = DayField(label=_("Until"), required=False, help_text=_("Empty for no end."))


class NodeFilter(forms.Form):
    """The place whose people are asked for."""

    node = LineField(
        label=_("Place in the tree"),
        max_length=50,
        widget=forms.TextInput(attrs={"list": "nodes", "autocomplete": "off"}),
    )


class AccessForm(forms.Form):
    """Whose sight of which place is asked for; either may be left out."""

    node = LineField(
        label=_("Place"),
        required=False,
        max_length=50,
        help_text=_("A code such as PG-001 or M-000123."),
        widget=forms.TextInput(attrs={"list": "nodes", "autocomplete": "off"}),
    )
    person = LineField(
        label=_("Person"),
        required=False,
        max_length=254,
        help_text=_("An e-mail address."),
        widget=forms.TextInput(attrs={"list": "people", "autocomplete": "off"}),
    )


class TokenForm(forms.Form):
    """A new API token."""

    name = LineField(
        label=_("What is it for?"), max_length=100, help_text=_("For example: nightly export.")
    )
    scopes = forms.ChoiceField(
        label=_("It may"),
        choices=[("read", _("Read")), ("read write", _("Read and write"))],
        initial="read",
        widget=forms.RadioSelect,
    )
    days = forms.IntegerField(
        label=_("Valid for days"), min_value=1, max_value=MAX_TOKEN_DAYS, initial=90
    )


def time_zones() -> list[tuple[str, str]]:
    """UTC, then the zones of places by region and town."""
    places = sorted(name for name in available_timezones() if AREA.match(name))
    return [(name, name.replace("_", " ")) for name in ["UTC", *places]]


class SettingsForm(VersionedForm):
    """The settings of the tenant."""

    name = LineField(label=_("Name"), max_length=200)
    currency = LineField(
        label=_("Currency"),
        max_length=3,
        help_text=_(
            "Three capital letters, such as EUR. Amounts are not converted: change it only before "
            "there are any."
        ),
    )
    fiscal_year_start = forms.TypedChoiceField(
        label=_("The fiscal year starts in"), choices=list(MONTHS.items()), coerce=int
    )
    language = forms.ChoiceField(
        label=_("Language"),
        choices=settings.LANGUAGES,
        help_text=_("Of mails and of people who have chosen none."),
    )
    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        choices=time_zones,
        help_text=_("Days and deadlines begin and end here."),
    )

    @classmethod
    def over(cls, tenant: Tenant) -> "SettingsForm":
        return cls(
            initial={
                "seen_version": tenant.version,
                "name": tenant.name,
                "currency": tenant.currency,
                "fiscal_year_start": tenant.fiscal_year_start,
                "language": tenant.language,
                "time_zone": tenant.time_zone,
            }
        )

    @property
    def settings(self) -> TenantSettings:
        data = self.cleaned_data
        return TenantSettings(
            data["name"],
            data["currency"],
            data["fiscal_year_start"],
            data["language"],
            data["time_zone"],
        )
