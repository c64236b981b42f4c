"""What the API says of every version of a setting, beside its content (S5)."""

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from governance.api.serializers import person_body
from governance.versions.choices import VersionState
from governance.versions.models import SettingVersion
from governance.web.pages import Order
from governance.web.serializers import InstantField, PersonSerializer, StrictSerializer

NEWEST_FIRST = Order("number", "number", is_descending=True)


class InForceSerializer(serializers.Serializer[Any]):
    """Which version holds; `number` is null where what is shipped does."""

    number = serializers.IntegerField(allow_null=True)
    published_by = PersonSerializer(allow_null=True)
    published_at = InstantField(allow_null=True)


class VersionSerializer(serializers.Serializer[Any]):
    """One version: how far it has come, and through whose hands."""

    number = serializers.IntegerField(min_value=1)
    state = serializers.ChoiceField(VersionState.choices)
    proposed_by = PersonSerializer()
    published_by = PersonSerializer(allow_null=True)
    published_at = InstantField(allow_null=True)
    version = serializers.IntegerField(min_value=1)
    created_at = InstantField()
    updated_at = InstantField()


class PublicationSerializer(StrictSerializer):
    """Nothing: the address says which version, If-Match which state of it."""


def in_force_body(row: SettingVersion | None, content: Mapping[str, Any]) -> dict[str, Any]:
    """A representation of `InForceSerializer` with its content."""
    return {"number": row.number if row else None, **content, **_publication(row)}


def version_body(row: SettingVersion, content: Mapping[str, Any]) -> dict[str, Any]:
    """A representation of `VersionSerializer` with its content."""
    return {
        "number": row.number,
        "state": row.state,
        **content,
        "proposed_by": person_body(row.proposed_by),
        **_publication(row),
        "version": row.version,
        "created_at": row.created_at,
        "updated_at": row.updated_at,
    }


def _publication(row: SettingVersion | None) -> dict[str, Any]:
    by = row.published_by if row else None
    return {
        "published_by": person_body(by) if by else None,
        "published_at": row.published_at if row else None,
    }
