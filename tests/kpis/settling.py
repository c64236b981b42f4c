"""Value settings for tests, proposed by one person and published by another."""

from typing import Any

from kpis.models import Effect
from kpis.settings.models import ValueSettings
from kpis.settings.rules import ValueTerms
from kpis.settings.services import value_settings_propose, value_settings_publish
from tests.houses import House
from tests.kpis.actual_making import named
from tests.kpis.making import add_effect, make_planned
from tests.kpis.staging import moved


def settled(house: House, **terms: Any) -> ValueSettings:
    """A version with these terms, in force."""
    with house.active():
        row = value_settings_propose(terms=ValueTerms(**terms), by=house.actor("pmo"))
        by = house.actor("administrator")
        return value_settings_publish(number=row.number, seen_version=1, by=by)


def decided_effect(house: House) -> Effect:
    """An effect of a measure past T3 whose controller is named."""
    measure = named(house, make_planned(house), controller="controller")
    effect = add_effect(house, measure)
    moved(house, measure, "decided")
    return effect
