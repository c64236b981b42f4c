"""Value settings for tests, proposed by one person and published by another."""

from typing import Any

from kpis.settings.models import ValueSettings
from kpis.settings.rules import ValueTerms
from kpis.settings.services import value_settings_propose, value_settings_publish
from tests.houses import House


def settled(house: House, **terms: Any) -> ValueSettings:
    """A version with these terms, in force."""
    with house.active():
        row = value_settings_propose(terms=ValueTerms(**terms), by=house.actor("pmo"))
        by = house.actor("administrator")
        return value_settings_publish(number=row.number, seen_version=1, by=by)
