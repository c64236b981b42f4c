"""By which rates roll-ups are read, with restatements or without, and of which measures."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from rest_framework import serializers

from governance.web.serializers import CodeField, StrictSerializer
from kpis.api.figure_serializers import ViewFilter, is_published
from kpis.rates.choices import RateBasis
from reporting.narrowing import MOST_LIVE, Narrowing, reading_of
from reporting.rollups.reading import Reading


class NarrowingSerializer(StrictSerializer):
    """Whose measures count."""

    business_unit = CodeField(
        required=False,
        help_text=f"Like the other three computed at once, from {MOST_LIVE} measures at most.",
    )
    function = CodeField(required=False)
    legal_entity = CodeField(required=False)
    owner = serializers.EmailField(required=False, max_length=254)


class RollUpFilterSerializer(ViewFilter, NarrowingSerializer):
    """By which rates other currencies join, whether restatements count, whose measures count."""

    rate = serializers.ChoiceField(RateBasis.choices, required=False)


def basis_in(given: Mapping[str, Any]) -> RateBasis:
    return RateBasis(given.get("rate", RateBasis.PLAN))


def reading_in(given: Mapping[str, Any], path: str) -> Reading:
    """How a caller wants a place to be read; raises `Invalid` where too many measures match."""
    return reading_of(narrowing_in(given), [path], as_published=is_published(given))


def narrowing_in(given: Mapping[str, Any]) -> Narrowing:
    names = [field.name for field in fields(Narrowing)]
    return Narrowing(**{name: given[name] for name in names if name in given})
