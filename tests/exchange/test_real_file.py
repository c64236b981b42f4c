"""The real file of the US Department of Education against its published check figures."""

import uuid
from dataclasses import dataclass, replace
from decimal import Decimal

import pytest
from django.conf import settings
from pytest_django.plugin import DjangoDbBlocker

from exchange.cost_savings.findings import FindingKind, counts, find_dirt
from exchange.cost_savings.reader import read_records
from exchange.cost_savings.records import Record
from exchange.cost_savings.report import Report, State
from exchange.cost_savings.rules import DEFAULT_PORTFOLIO, record_keys, totals_by_year
from exchange.cost_savings.services import SourceFile, cost_savings_import, digest_of
from exchange.demo.data import read_education
from governance.people.choices import Role
from governance.tree.choices import Level
from initiatives.choices import Stage
from initiatives.models import Measure
from kpis.choices import Series
from kpis.figures.rules import in_year
from kpis.figures.selectors import facts_of_measures
from kpis.models import Effect
from kpis.rules import by_fiscal_year
from kpis.selectors import values_of
from reporting.verifying import first_difference
from tests.exchange.samples import REAL_FILE, needs_real_file
from tests.houses import House, build_house

K = FindingKind
# The published figures, $ million to four places.
CHECK = {
    2012: "5.2939",
    2013: "3.1199",
    2014: "8.4599",
    2015: "8.4173",
    2016: "20.7793",
    2017: "40.4797",
    2018: "111.0473",
    2019: "105.5359",
    2020: "5.9916",
}
TOTAL = Decimal("309.124828")
FOUR_PLACES = Decimal("0.0001")


def rounded(totals: dict[int, Decimal]) -> dict[int, str]:
    return {year: str(amount.quantize(FOUR_PLACES)) for year, amount in totals.items()}


@pytest.fixture(scope="module")
def real() -> list[Record]:
    return read_records(REAL_FILE.read_bytes(), name=REAL_FILE.name)


@needs_real_file
def test_the_file_has_its_check_figures(real: list[Record]) -> None:
    totals = totals_by_year(real)
    assert rounded(totals) == CHECK
    assert sum(totals.values()) == TOTAL
    cells = [amount for record in real for amount in record.years.values()]
    assert (len(real), len(cells), sum(bool(c.millions) for c in cells)) == (61, 486, 139)


@needs_real_file
def test_every_piece_of_its_dirt_is_told(real: list[Record]) -> None:
    dirt = find_dirt(real)
    found = counts(dirt)
    assert {kind: found.get(kind, 0) for kind in K} == {
        K.NO_ID: 11,
        K.ID_GAP: 1,
        K.SAME_KEY: 0,
        K.NO_INVESTMENT: 17,
        K.MORE_INVESTMENTS: 5,
        K.INVESTMENT_FORMAT: 2,
        K.NO_PROSE: 9,
        K.SAME_TITLE: 1,
        K.DOUBLE_COUNT: 2,
        K.MISSING_YEARS: 42,
        K.MIXED_BASIS: 3,
        K.NEGATIVE: 0,
        K.BEFORE_DECISION: 22,
        K.TYPOGRAPHY: 5,
        K.KEPT: 0,
        K.UNKNOWN_FIELD: 0,
    }
    told = {kind: " ".join(f.text for f in dirt if f.kind is kind) for kind in K}
    assert "49-53" in told[K.ID_GAP]
    assert "Kronos" in told[K.DOUBLE_COUNT]
    assert "different money" in told[K.SAME_TITLE]
    mixed = [f.text for f in dirt if f.kind is K.MIXED_BASIS]
    assert sum(int(text.split()[2]) for text in mixed) == 6


@needs_real_file
def test_the_demo_carries_the_facts_and_not_the_prose(real: list[Record]) -> None:
    carried = read_education(settings.DEMO_DATA)
    assert carried == [replace(record, prose="") for record in real]


def test_the_facts_of_the_demo_have_the_check_figures() -> None:
    totals = totals_by_year(read_education(settings.DEMO_DATA))
    assert rounded(totals) == CHECK
    assert sum(totals.values()) == TOTAL


@dataclass(frozen=True)
class Imported:
    house: House
    first: Report
    second: Report


@pytest.fixture(scope="module")
def imported(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, real: list[Record]
) -> Imported:
    """The file imported twice into a tenant of its own, which stays."""
    with django_db_blocker.unblock():
        house = build_house(f"agency-{uuid.uuid4().hex[:8]}", firm="agency.example")
        by = house.system(Role.PMO)
        source = SourceFile(REAL_FILE.name, digest_of(REAL_FILE.read_bytes()), real)
        reports = []
        for _run in range(2):
            with house.active():
                reports.append(
                    cost_savings_import(source=source, portfolio=DEFAULT_PORTFOLIO, by=by)
                )
        return Imported(house, *reports)


@needs_real_file
@pytest.mark.django_db
def test_the_imported_portfolio_has_the_check_figures(imported: Imported) -> None:
    for report in (imported.first, imported.second):
        stored = {year: amount / 1_000_000 for year, amount in report.stored.items()}
        assert rounded(stored) == CHECK
        assert sum(stored.values()) == TOTAL
    with imported.house.active():
        assert Measure.objects.filter(stage=Stage.IDENTIFIED).count() == 61


@needs_real_file
@pytest.mark.django_db
def test_the_figures_of_the_portfolio_are_the_check_figures(imported: Imported) -> None:
    """F4 by fiscal year over every measure, and what the nightly check says of it."""
    tenant = imported.house.tenant
    with imported.house.active():
        measures = list(Measure.objects.select_related("stage_model").order_by("id"))
        effects = [e for facts in facts_of_measures(measures, tenant) for e in facts.effects]
        difference = first_difference(tenant)
    years = {
        year: sum((in_year(e, e.plan, year, 10) or Decimal(0) for e in effects), Decimal(0))
        for year in CHECK
    }
    millions = {year: amount / 1_000_000 for year, amount in years.items()}
    assert rounded(millions) == CHECK
    assert sum(millions.values()) == TOTAL
    assert difference is None


@needs_real_file
@pytest.mark.django_db
def test_every_record_keeps_each_of_its_years_exactly(imported: Imported) -> None:
    with imported.house.active():
        effects = Effect.objects.filter(measure__source_key__startswith="ed:")
        stored = {
            values.effect.measure.source_key: by_fiscal_year(values.series(Series.PLAN), 10)
            for values in values_of(effects.select_related("measure"))
        }
    records = imported.first.records
    keys = record_keys(records)
    assert stored == {
        keys[record.number]: {
            year: amount.millions * 1_000_000 for year, amount in record.years.items()
        }
        for record in records
    }


@needs_real_file
@pytest.mark.django_db
def test_the_real_file_imported_again_creates_nothing(imported: Imported) -> None:
    assert [imported.first.count(state) for state in State] == [61, 0, 0]
    assert [imported.second.count(state) for state in State] == [0, 0, 61]
    assert imported.first.new_nodes == {Level.PORTFOLIO: 1, Level.PROGRAM: 4, Level.PROJECT: 35}
    assert imported.second.new_nodes == {}
