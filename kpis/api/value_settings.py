"""`value-settings/` and their versions: what is in force, proposing, publishing, withdrawing."""

from collections.abc import Iterable
from typing import Any

from django.urls import reverse
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from governance.api.versions import (
    NEWEST_FIRST,
    InForceSerializer,
    PublicationSerializer,
    VersionSerializer,
    in_force_body,
    version_body,
)
from governance.audit.rules import plain
from governance.people.choices import Permission
from governance.versions.selectors import version_in_force, version_numbered, versions_of
from governance.web.apiviews import ApiView, Listing
from governance.web.openapi import ETAG, IF_MATCH, page_of
from governance.web.serializers import ListFilters, StrictSerializer
from kpis.api.serializers import MonthField
from kpis.rules import DECIMALS, DIGITS
from kpis.settings.models import ValueSettings
from kpis.settings.rules import MOST_DAYS, MOST_SUSTAIN_MONTHS, SHIPPED, ValueTerms
from kpis.settings.services import (
    value_settings_propose,
    value_settings_publish,
    value_settings_withdraw,
)

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


def version_bodies(rows: Iterable[ValueSettings]) -> list[dict[str, Any]]:
    """Representations of `SettingsVersionSerializer`."""
    return [version_body(row, terms_body(row.terms)) for row in rows]


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


class SettingsVersionListView(ApiView):
    """All versions of the settings."""

    @extend_schema(
        operation_id="value_settings_versions_list",
        tags=TAGS,
        parameters=[ListFilters],
        responses=page_of(SettingsVersionSerializer),
    )
    def get(self, request: Request, tenant_slug: str) -> Response:
        """A page of versions, newest first."""
        self.actor.require_anywhere(Permission.TREE_VIEW)
        given = self.filters(ListFilters)
        return self.page_of(
            versions_of(ValueSettings), Listing(NEWEST_FIRST, given, version_bodies)
        )

    @extend_schema(
        operation_id="value_settings_versions_create",
        tags=TAGS,
        parameters=[ETAG],
        request=NewSettingsVersionSerializer,
        responses={201: SettingsVersionSerializer},
        examples=[NEW],
    )
    def post(self, request: Request, tenant_slug: str) -> Response:
        """Propose the next version (S5); 409 `value_settings_proposed` while another waits."""
        self.actor.require_anywhere(Permission.GOVERNANCE_MANAGE)
        terms = ValueTerms(**self.parsed(NewSettingsVersionSerializer))
        row = value_settings_propose(terms=terms, by=self.actor)
        address = reverse("api-settings-version-detail", args=[tenant_slug, row.number])
        fresh = version_numbered(ValueSettings, row.number)
        return self.answer(*version_bodies([fresh]), status=201, location=address)


class SettingsVersionView(ApiView):
    """One version of the settings."""

    @extend_schema(
        operation_id="value_settings_versions_retrieve",
        tags=TAGS,
        parameters=[ETAG],
        responses=SettingsVersionSerializer,
    )
    def get(self, request: Request, tenant_slug: str, number: int) -> Response:
        """One version, whatever became of it."""
        self.actor.require_anywhere(Permission.TREE_VIEW)
        return self.answer(*version_bodies([version_numbered(ValueSettings, number)]))

    @extend_schema(
        operation_id="value_settings_versions_delete",
        tags=TAGS,
        parameters=[IF_MATCH],
        responses={204: None},
    )
    def delete(self, request: Request, tenant_slug: str, number: int) -> Response:
        """Withdraw a proposal; it stays readable. 409 `value_settings_not_proposed` for others."""
        self.actor.require_anywhere(Permission.GOVERNANCE_MANAGE)
        value_settings_withdraw(number=number, seen_version=self.seen_version(), by=self.actor)
        return Response(status=204)


class SettingsPublicationView(ApiView):
    """Bringing a proposal into force."""

    @extend_schema(
        operation_id="value_settings_versions_publish",
        tags=TAGS,
        parameters=[IF_MATCH, ETAG],
        request=PublicationSerializer,
        responses=SettingsVersionSerializer,
    )
    def post(self, request: Request, tenant_slug: str, number: int) -> Response:
        """Publish; 403 `segregation_of_duties` for who proposed it (S5)."""
        self.actor.require_anywhere(Permission.GOVERNANCE_MANAGE)
        seen = self.seen_version()
        self.parsed(PublicationSerializer)
        value_settings_publish(number=number, seen_version=seen, by=self.actor)
        return self.answer(*version_bodies([version_numbered(ValueSettings, number)]))
