"""Exchange rates for tests, proposed and confirmed through the services."""

from collections.abc import Mapping

from kpis.rates.choices import RateKind
from kpis.rates.models import Rate
from kpis.rates.services import rates_confirm, rates_propose
from tests.houses import House

Cells = Mapping[str, Mapping[str, object]]


def proposed(
    house: House, rates: Cells, kind: RateKind = RateKind.PLAN, who: str = "controller"
) -> list[Rate]:
    by = house.actor(who)
    with house.active():
        return rates_propose(kind=kind, rates=rates, by=by)


def confirmed(house: House, rates: Cells, kind: RateKind = RateKind.PLAN) -> list[Rate]:
    rows = proposed(house, rates, kind)
    by = house.actor("second_finance")
    with house.active():
        return rates_confirm(ids=[row.public_id for row in rows], by=by)
