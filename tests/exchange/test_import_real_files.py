"""The real files come in to their check figures, change nothing twice, and go without a trace."""

from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db.models import Sum

from exchange.choices import ImportState, RowState
from exchange.models import Import, ImportRow
from governance.audit.selectors import events_of
from governance.people.actor import Actor
from governance.tree.models import Node
from initiatives.models import Measure, StatusReport
from kpis.indicators.choices import Direction
from kpis.indicators.models import Kpi, KpiPeriod, Objective
from kpis.indicators.rules import standing
from kpis.models import MONTH_COLUMNS, Effect, ValueYear
from tests.exchange.importing import DATA, applied, checked, undone
from tests.houses import House

MILLION = Decimal(1_000_000)
ED = DATA / "us-ed-it-cost-savings" / "costsavings.json"
GMPP_2021 = DATA / "uk-gmpp" / "gmpp_2021.csv"
GMPP_2022 = DATA / "uk-gmpp" / "gmpp_2022.csv"
GSA = DATA / "us-gsa-kpi" / "FY2018_APR_Complete_Data.csv"
STATUS = DATA / "de-muenster-klimaschutz" / "muenster_sachstand.csv"
EMISSIONS = DATA / "de-muenster-klimaschutz" / "muenster_emissionen.csv"
CASES: dict[str, tuple[Path, str, dict[str, str]]] = {
    "cost savings": (ED, "cost_savings", {}),
    "projects 2021": (GMPP_2021, "status", {"as_of": "2021-03-31"}),
    "projects 2022": (GMPP_2022, "status", {"as_of": "2022-03-31"}),
    "indicators": (GSA, "kpis", {}),
    "climate measures": (
        STATUS,
        "outline",
        {"as_of": "2018-12-31", "portfolio": "Klima", "program": "Klima", "project": "Klima"},
    ),
    "emissions": (EMISSIONS, "kpis", {"objective": "CO₂"}),
}
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the folder of real data is not here")


def bring(name: str, by: Actor) -> Import:
    path, profile, options = CASES[name]
    return checked(path.read_bytes(), profile, by=by, name=path.name, **options)


def contents() -> dict[str, Any]:
    """What the tenant holds, as far as imports can touch it."""
    models = (Measure, Effect, ValueYear, StatusReport, Kpi, KpiPeriod, Objective, Node)
    return {model.__name__: model.objects.count() for model in models}


@pytest.mark.parametrize("name", CASES)
def test_a_file_comes_in_twice_as_once_and_goes_again(in_alpha: House, name: str) -> None:
    by = in_alpha.actor("pmo")
    before = contents()
    run = bring(name, by)
    assert run.state == ImportState.CHECKED, run.failure
    assert run.counts["refused"] == 0
    assert contents() == before, "a check writes nothing"
    run = applied(run, by=by)
    assert run.state == ImportState.APPLIED, run.failure
    after = contents()
    assert after != before
    again = bring(name, by)
    assert again.counts["create"] == again.counts["change"] == 0
    run = undone(run, by=by)
    assert run.state == ImportState.UNDONE, run.failure
    assert contents() == before
    assert events_of("import", str(run.public_id)).count() == 2


def test_the_cost_savings_add_up(in_alpha: House) -> None:
    by = in_alpha.actor("pmo")
    applied(bring("cost savings", by), by=by)
    sums = {column: Sum(column) for column in MONTH_COLUMNS}
    years: Counter[int] = Counter()
    for year, *months in ValueYear.objects.order_by().values_list("year").annotate(**sums):
        for number, amount in enumerate(months, start=1):
            if amount is not None:
                years[year + (number >= 10)] += amount
    millions = {year: amount / MILLION for year, amount in years.items()}
    assert {year: round(amount, 4) for year, amount in millions.items()} == {
        2012: Decimal("5.2939"),
        2013: Decimal("3.1199"),
        2014: Decimal("8.4599"),
        2015: Decimal("8.4173"),
        2016: Decimal("20.7793"),
        2017: Decimal("40.4797"),
        2018: Decimal("111.0473"),
        2019: Decimal("105.5359"),
        2020: Decimal("5.9916"),
    }
    assert sum(millions.values()) == Decimal("309.124828")


def total_of(metric: str, months: dict[int, range]) -> tuple[int, Decimal]:
    """How many effects of a metric have money in these months, and how much in £ million."""
    effects, total = set(), Decimal(0)
    for row in ValueYear.objects.filter(effect__metric__code=metric, year__in=months):
        for number in months[row.year]:
            if (amount := getattr(row, MONTH_COLUMNS[number - 1])) is not None:
                effects.add(row.effect_id)
                total += amount
    return len(effects), total / MILLION


YEAR_2021 = {2020: range(4, 13), 2021: range(1, 4)}
YEAR_2022 = {2021: range(4, 13), 2022: range(1, 4)}


def test_both_years_of_the_projects_add_up_one_after_the_other(in_alpha: House) -> None:
    by = in_alpha.actor("pmo")
    applied(bring("projects 2021", by), by=by)
    assert Measure.objects.count() == 184
    assert Measure.objects.exclude(planned_end=None).count() == 178
    second = bring("projects 2022", by)
    assert second.counts["create"] + second.counts["change"] == 235
    assert second.counts["change"] > 100, "projects are found again, whatever the case of their id"
    applied(second, by=by)
    assert total_of("WHOLE_LIFE_COST", {2021: range(3, 4)}) == (164, Decimal("541951.37"))
    assert total_of("WHOLE_LIFE_COST", {2022: range(3, 4)}) == (191, Decimal("494181.00"))
    assert total_of("YEAR_BASELINE", YEAR_2021) == (173, Decimal("46250.73"))
    assert total_of("YEAR_FORECAST", YEAR_2021) == (173, Decimal("44406.00"))
    assert total_of("YEAR_BASELINE", YEAR_2022) == (198, Decimal("43128.88"))
    assert total_of("YEAR_FORECAST", YEAR_2022) == (200, Decimal("39554.02"))
    rated = ImportRow.objects.filter(run=second).values_list("subject", flat=True)
    listed = Measure.objects.filter(code__in=list(rated))
    assert listed.exclude(planned_end=None).count() >= 218


def test_reasons_written_where_a_figure_should_be_are_kept(in_alpha: House) -> None:
    by = in_alpha.actor("pmo")
    run = applied(bring("projects 2021", by), by=by)
    odd = ImportRow.objects.filter(run=run, findings__contains=[{"code": "reason_instead"}])
    assert odd.count() >= 20
    codes = list(odd.values_list("subject", flat=True))
    reports = StatusReport.objects.filter(measure__code__in=codes)
    assert reports.filter(commentary__contains="Whole Life Costs: Exempt").count() > 10


def test_the_indicators_meet_and_miss_their_targets(in_alpha: House) -> None:
    by = in_alpha.actor("pmo")
    applied(bring("indicators", by), by=by)
    assert Kpi.objects.count() == 28
    assert Objective.objects.filter(parent=None).count() == 4
    periods = KpiPeriod.objects.select_related("kpi").exclude(target=None).exclude(actual=None)
    assert periods.count() == 85
    plain = [p for p in periods if p.kpi.direction in {"increase", "decrease"}]
    stands = Counter(
        str(standing(Direction(p.kpi.direction), p.target, p.actual, p.band_low, p.band_high))
        for p in plain
    )
    assert stands == {"met": 51, "missed": 22}


def test_the_climate_measures_keep_their_lights_and_their_history(in_alpha: House) -> None:
    by = in_alpha.actor("pmo")
    run = applied(bring("climate measures", by), by=by)
    assert ImportRow.objects.filter(run=run, state=RowState.SKIPPED).count() == 5
    assert Measure.objects.count() == 54
    overall = StatusReport.objects.filter(rater="overall").values_list("light", flat=True)
    assert Counter(overall) == {"green": 18, "amber": 20, "red": 16}
    assert StatusReport.objects.exclude(rater="overall").count() == 162
    assert Measure.objects.filter(description="").count() == 0, "the plan describes each measure"


def test_the_emissions_are_planned_and_real(in_alpha: House) -> None:
    by = in_alpha.actor("pmo")
    applied(bring("emissions", by), by=by)
    heat = Kpi.objects.get(name="Wärme")
    assert KpiPeriod.objects.filter(kpi=heat).exclude(actual=None).count() == 13
    assert KpiPeriod.objects.get(kpi=heat, starts_on__year=2030).target == 56


def test_the_command_and_the_studio_know_the_same_measures(in_alpha: House) -> None:
    """What the command brought is unchanged for the studio: both use the same keys."""
    by = in_alpha.actor("pmo")
    applied(bring("cost savings", by), by=by)
    keys = set(Measure.objects.values_list("source_key", flat=True))
    assert len(keys) == 61
    assert all(key.startswith("ed:") for key in keys)
