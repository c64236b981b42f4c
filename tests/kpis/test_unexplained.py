"""Variances without a reason: what the database leaves out owes none, on random portfolios."""

from decimal import Decimal

import pytest
from django.db import transaction
from hypothesis import given, settings

from initiatives.choices import Overlay
from kpis.forecasts.rules import is_reason_owed
from kpis.forecasts.selectors import (
    OPEN_STAGES,
    Unexplained,
    differing,
    grid_rows,
    tolerance,
    unexplained,
)
from kpis.models import Effect, ValueYear
from tests.houses import House
from tests.kpis.oracle.loading import loaded, with_metrics
from tests.kpis.oracle.portfolios import LARGE, RawEffect, RawMeasure, portfolios

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("open_stages")]


@pytest.fixture
def house(in_alpha: House) -> House:
    with_metrics(in_alpha)
    return in_alpha


def one_by_one(house: House) -> list[Unexplained]:
    """Every effect read and judged, whatever its forecast is."""
    rows = Effect.objects.filter(
        measure__stage__in=OPEN_STAGES, measure__overlay=Overlay.ACTIVE
    ).select_related("metric", "measure")
    return [
        Unexplained(row.effect, variance)
        for row in grid_rows(list(rows.order_by("measure__code", "id")))
        for variance in row.variances(house.tenant.fiscal_year_start).values()
        if is_reason_owed(variance, tolerance())
    ]


@settings(LARGE, max_examples=20)
@given(portfolio=portfolios())
def test_only_what_owes_no_reason_is_left_out(house: House, portfolio: list[RawMeasure]) -> None:
    with transaction.atomic():
        loaded(house, portfolio)
        assert unexplained(house.tenant, by=house.actor("controller")) == one_by_one(house)
        transaction.set_rollback(True)


def test_a_forecast_that_is_the_baseline_is_not_read(house: House) -> None:
    """The highest baseline counts, year by year, and an empty month is none that differs."""
    cells = {2026 * 12 + month: Decimal(10) for month in range(3)}
    former = {month: amount * 2 for month, amount in cells.items()}
    effect = RawEffect("EBITDA", "EUR", "recurring", "hard", None, plan=cells)
    effect.baselines, effect.forecast = [former, cells], dict(cells)
    (same,) = loaded(house, [RawMeasure("decided", "active", [effect])])
    assert not differing(Effect.objects.filter(measure=same)).exists()
    ValueYear.objects.filter(effect__measure=same, series="forecast").update(m01=None, m04=10)
    assert differing(Effect.objects.filter(measure=same)).exists()
