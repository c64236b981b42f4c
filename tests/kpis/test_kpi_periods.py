"""Periods of KPIs as they are written, and lists of KPIs as they are read."""

from datetime import date
from typing import Any

import pytest

from governance.errors import Invalid
from governance.events.models import OutboxEvent
from governance.tenancy.models import Tenant
from kpis.choices import Source
from kpis.indicators.choices import Direction, Rhythm, Standing
from kpis.indicators.selectors import (
    ORDERS,
    KpiFilters,
    kpi_list,
    latest,
    periods_of,
    standing_of,
)
from kpis.indicators.services.periods import PeriodDraft
from kpis.models import KpiPeriod
from tests.houses import House
from tests.kpis.indicating import (
    change,
    make_filled,
    make_kpi,
    make_objective,
    stored,
    told,
    write,
)

pytestmark = pytest.mark.django_db


def test_periods_are_kept_exactly_and_told(alpha: House) -> None:
    kpi = make_filled(alpha)
    assert stored(alpha, kpi) == {
        "2017-01": {"target": "0.032", "actual": "0.03"},
        "2018-01": {"target": "0.031", "actual": "0.038", "note": "A method changed."},
        "2019-01": {"target": "0.03"},
    }
    write(
        alpha,
        kpi,
        {
            date(2018, 1, 1): PeriodDraft(actual="0", note=""),
            date(2019, 1, 1): PeriodDraft(target=None),
            date(2020, 1, 1): PeriodDraft(band_low="0", band_high="0.02"),
        },
        source=Source.API,
    )
    assert stored(alpha, kpi) == {
        "2017-01": {"target": "0.032", "actual": "0.03"},
        "2018-01": {"target": "0.031", "actual": "0"},
        "2020-01": {"band_low": "0", "band_high": "0.02"},
    }
    action, changes = told(alpha, kpi.code)[-1]
    assert action == "kpi_values.changed"
    assert changes == {
        "actual Jan 2018": ("0.038", "0"),
        "note Jan 2018": ("A method changed.", ""),
        "target Jan 2019": ("0.03", ""),
        "lower limit Jan 2020": ("", "0"),
        "upper limit Jan 2020": ("", "0.02"),
        "source": ("", "api"),
    }
    with alpha.active():
        row = KpiPeriod.objects.get(starts_on=date(2018, 1, 1))
        assert (row.source, row.author) == ("api", "Pmo <pmo@alpha.example>")
        untouched = KpiPeriod.objects.get(starts_on=date(2017, 1, 1))
        assert untouched.source == "form"
        assert OutboxEvent.objects.filter(topic="kpi_values.changed").count() == 2


@pytest.mark.parametrize(
    ("day", "draft", "key"),
    [
        (date(2018, 1, 1), PeriodDraft(target="much"), "periods.2018-01.target"),
        (date(2018, 1, 1), PeriodDraft(actual="0.0001"), "periods.2018-01.actual"),
        (date(2018, 1, 1), PeriodDraft(band_low="1e13"), "periods.2018-01.band_low"),
        (
            date(2018, 1, 1),
            PeriodDraft(band_low="2", band_high="1"),
            "periods.2018-01.band_high",
        ),
        (date(2018, 1, 1), PeriodDraft(note="x" * 2001), "periods.2018-01.note"),
        (date(2018, 1, 1), PeriodDraft(note="\x00"), "periods.2018-01.note"),
        (date(2018, 2, 1), PeriodDraft("1"), "periods.2018-02"),
        (date(2018, 1, 2), PeriodDraft("1"), "periods.2018-01"),
        (date(1989, 1, 1), PeriodDraft("1"), "periods.1989-01"),
        (date(2101, 1, 1), PeriodDraft("1"), "periods.2101-01"),
    ],
)
def test_one_wrong_figure_keeps_the_others_from_being_written(
    alpha: House, day: date, draft: PeriodDraft, key: str
) -> None:
    kpi = make_kpi(alpha)
    with pytest.raises(Invalid) as refused:
        write(alpha, kpi, {date(2017, 1, 1): PeriodDraft("1"), day: draft})
    assert set(refused.value.errors) == {key}
    assert stored(alpha, kpi) == {}
    assert len(told(alpha, kpi.code)) == 1


def test_periods_follow_the_fiscal_year_and_old_ones_stay_open(alpha: House) -> None:
    kpi = make_filled(alpha)
    Tenant.objects.filter(pk=alpha.tenant.pk).update(fiscal_year_start=10)
    write(alpha, kpi, {date(2018, 1, 1): PeriodDraft("1"), date(2018, 10, 1): PeriodDraft("2")})
    assert stored(alpha, kpi)["2018-10"] == {"target": "2"}
    with pytest.raises(Invalid):
        write(alpha, kpi, {date(2020, 1, 1): PeriodDraft("1")})


def found(house: House, name: str = "auditor", **wanted: Any) -> list[str]:
    by = house.actor(name)
    with house.active():
        return [kpi.name for kpi in kpi_list(KpiFilters(**wanted), by=by).order_by("id")]


def test_lists_are_narrowed(alpha: House, beta: House) -> None:
    missed = make_filled(alpha)
    make_kpi(alpha, "Loyalty score", direction=Direction.INCREASE, rhythm=Rhythm.MONTH)
    make_kpi(beta, "Theirs")
    assert found(alpha) == ["Vacant space", "Loyalty score"]
    assert found(alpha, "narrow") == found(alpha)
    assert found(alpha, "guest") == []
    assert found(alpha, q="SPACE vac") == ["Vacant space"]
    assert found(alpha, q="k-0002") == ["Loyalty score"]
    assert found(alpha, objective="none") == ["Loyalty score"]
    assert found(alpha, objective="OB-0001") == ["Vacant space"]
    assert found(alpha, objective="OB-0002") == ["Vacant space"]
    assert found(alpha, direction="increase") == ["Loyalty score"]
    assert found(alpha, rhythm="month") == ["Loyalty score"]
    assert found(alpha, standing="missed") == ["Vacant space"]
    assert found(alpha, standing="met") == []
    change(alpha, missed, is_active=False)
    assert found(alpha, is_active=True) == ["Loyalty score"]
    for code in ("OB-0009", "a\x00", "\ud800"):
        with pytest.raises(Invalid):
            found(alpha, objective=code)


def test_kpis_stand_by_goal_objective_and_name(alpha: House) -> None:
    zoo, arts = make_objective(alpha, "Zoo"), make_objective(alpha, "Arts")
    make_kpi(alpha, "z", objective=zoo)
    make_kpi(alpha, "Loose")
    make_kpi(alpha, "Ö", objective=make_objective(alpha, "Music", parent=arts))
    make_kpi(alpha, "b", objective=arts)
    make_kpi(alpha, "a", objective=arts)
    order = ORDERS["place"]
    by = alpha.actor("auditor")
    with alpha.active():
        rows = kpi_list(KpiFilters(), by=by).annotate(place=order.expression).order_by("place")
        assert [kpi.name for kpi in rows] == ["a", "b", "Ö", "z", "Loose"]


def test_the_last_reported_period_says_how_a_kpi_stands(
    alpha: House, django_assert_num_queries: Any
) -> None:
    kpi, empty = make_filled(alpha), make_kpi(alpha, "Empty")
    with alpha.active(), django_assert_num_queries(1):
        periods = periods_of([kpi, empty])
    last = latest(periods[kpi.pk])
    assert last is not None
    assert (last.month, standing_of(kpi, last)) == ("2018-01", Standing.MISSED)
    assert latest(periods[empty.pk]) is None
