"""`value-settings/` and their versions: what is in force, proposing, publishing, withdrawing."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from governance.api.version_views import (
    SettingPublicationView,
    SettingVersionListView,
    SettingVersionView,
    VersionApi,
    VersionSchema,
)
from governance.api.versions import InForceSerializer, VersionSerializer, in_force_body
from governance.audit.rules import plain
from governance.people.choices import Permission
from governance.versions.selectors import version_in_force
from governance.web.apiviews import ApiView
from governance.web.serializers import StrictSerializer
from kpis.api.serializers import MonthField
from kpis.rules import DECIMALS, DIGITS
from kpis.settings.models import ValueSettings
from kpis.settings.rules import MOST_DAYS, MOST_SUSTAIN_MONTHS, SHIPPED, ValueTerms
from kpis.settings.services import VALUE_SETTINGS, value_settings_propose

TAGS = ["value settings"]
NEW = OpenApiExample(
    "Months close from January 2026 on",
    value={"closes_from": "2026-01", "claim_day": 5, "validation_day": 10},
    request_only=True,
)
CLOSES_HELP = "The first month that closes by its calendar; null where none does."


class TermsSerializer(serializers.Serializer[Any]):
    """What settings say (V2, V4, V6)."""

    variance_percent = serializers.CharField()
    variance_amount = serializers.CharField()
    change_percent = serializers.CharField()
    change_amount = serializers.CharField()
    claim_day = serializers.IntegerField(help_text="Claims lock after this working day.")
    validation_day = serializers.IntegerField(help_text="Months lock after this working day.")
    closes_from = serializers.CharField(allow_null=True, help_text=CLOSES_HELP)
    sustain_months = serializers.IntegerField()
    sustain_percent = serializers.CharField()


class ValueSettingsSerializer(TermsSerializer, InForceSerializer):
    """The settings in force; `number` is null where the shipped ones hold."""


class SettingsVersionSerializer(TermsSerializer, VersionSerializer):
    """One version of the settings."""


def _percent() -> serializers.DecimalField:
    return serializers.DecimalField(max_digits=7, decimal_places=2, min_value=0, required=False)


def _amount() -> serializers.DecimalField:
    return serializers.DecimalField(DIGITS, DECIMALS, min_value=0, required=False)


def _whole(most: int) -> serializers.IntegerField:
    return serializers.IntegerField(min_value=1, max_value=most, required=False)


class NewSettingsVersionSerializer(StrictSerializer):
    """A version to be proposed; what is not named is as it ships."""

    shown_as = SettingsVersionSerializer
    variance_percent = _percent()
    variance_amount = _amount()
    change_percent = _percent()
    change_amount = _amount()
    claim_day = _whole(MOST_DAYS)
    validation_day = _whole(MOST_DAYS)
    closes_from = MonthField(required=False, allow_null=True, help_text=CLOSES_HELP)
    sustain_months = _whole(MOST_SUSTAIN_MONTHS)
    sustain_percent = _percent()


def terms_body(terms: ValueTerms) -> dict[str, Any]:
    return {
        "variance_percent": plain(terms.variance_percent),
        "variance_amount": plain(terms.variance_amount),
        "change_percent": plain(terms.change_percent),
        "change_amount": plain(terms.change_amount),
        "claim_day": terms.claim_day,
        "validation_day": terms.validation_day,
        "closes_from": None if terms.closes_from is None else str(terms.closes_from),
        "sustain_months": terms.sustain_months,
        "sustain_percent": plain(terms.sustain_percent),
    }


def content_body(row: ValueSettings) -> dict[str, Any]:
    return terms_body(row.terms)


API = VersionApi(VALUE_SETTINGS, content_body, "api-settings-version-detail")
SCHEMA = VersionSchema(
    "value_settings", TAGS, SettingsVersionSerializer, NewSettingsVersionSerializer, NEW
)


class ValueSettingsView(ApiView):
    """The settings in force."""

    @extend_schema(
        operation_id="value_settings_retrieve", tags=TAGS, responses=ValueSettingsSerializer
    )
    def get(self, request: Request, tenant_slug: str) -> Response:
        """Tolerances, days of the period close and the sustain period as they hold today."""
        self.actor.require_anywhere(Permission.TREE_VIEW)
        row = version_in_force(ValueSettings)
        return self.answer(in_force_body(row, terms_body(row.terms if row else SHIPPED)))


@SCHEMA.listed
class SettingsVersionListView(SettingVersionListView):
    """All versions of the settings."""

    api = API

    def post(self, request: Request, tenant_slug: str) -> Response:
        """Propose the next version (S5); 409 `value_settings_proposed` while another waits."""
        self.actor.require_anywhere(Permission.GOVERNANCE_MANAGE)
        terms = ValueTerms(**self.parsed(NewSettingsVersionSerializer))
        return self.proposed(value_settings_propose(terms=terms, by=self.actor).number)


@SCHEMA.single
class SettingsVersionView(SettingVersionView):
    """One version of the settings."""

    api = API


@SCHEMA.publication
class SettingsPublicationView(SettingPublicationView):
    """Bringing proposed settings into force."""

    api = API
