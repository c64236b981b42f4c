"""Every figure of the page leads to rows that add up to it, on random portfolios."""

import csv
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from governance.tenancy.models import Tenant
from initiatives.models import Measure
from kpis.choices import EffectClass, Series
from kpis.figures.selectors import clock_of
from kpis.rates.choices import RateKind
from tests.houses import House
from tests.kpis.oracle.loading import with_metrics
from tests.kpis.oracle.portfolios import LARGE, SEEDS, RawMeasure, portfolios
from tests.kpis.rating import confirmed
from tests.reporting.lighting import packages, settled, spread

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("open_stages")]
# What a page shows, the address it leads to, and the column there; a month has several columns.
Claim = tuple[str, Decimal | None, str, str]


@pytest.fixture
def house(in_alpha: House) -> House:
    with_metrics(in_alpha)
    return in_alpha


def claims(context: Any) -> Iterator[Claim]:
    """Every amount of the page with a link."""
    yield from claims_of_head(context)
    yield from claims_of_value(context)
    yield from claims_of_children(context)
    yield from claims_of_charts(context)


def claims_of_head(context: Any) -> Iterator[Claim]:
    for tile in (*context["promise"], *context["standing"]):
        if "/behind/" in tile.url and not tile.text:
            yield tile.label, tile.value, tile.url, ""
    bars = [bar for ladder in context["ladders"] for bar in ladder["bars"]]
    for bar in bars:
        if "/behind/" in bar.url:
            yield bar.label, bar.amount, bar.url, ""
    for step in context["funnel"]:
        for label, amount, url in step["values"]:
            yield f"{step['label']} {label}", amount, url, ""


def claims_of_value(context: Any) -> Iterator[Claim]:
    for label, amounts, _short in context["amount_rows"]:
        for amount, url in amounts:
            yield str(label), amount, url, ""
    for label, amount, url in context["at_risk"]:
        yield f"at risk {label}", amount, url, ""
    for row in context["net"]:
        yield "net", row["all_classes"], context["net_url"], "net"
        yield "hard", row["hard_only"], context["net_url"], "net_hard"
    yield "leakage", context["leakage_total"], context["leakage_url"], "leakage"
    yield "plan", context["class_total"], context["plan_url"], "plan"
    for amount, url in context["year_totals"]:
        yield "year", amount, url, "plan"


def claims_of_children(context: Any) -> Iterator[Claim]:
    for row in context["children"]:
        yield f"{row.node} bankable", row.bankable, row.bankable_url, ""
        yield f"{row.node} validated", row.validated, row.validated_url, ""
        yield f"{row.node} at risk", row.at_risk, row.at_risk_url, ""
        for amount, url in (*row.years, row.total):
            yield f"{row.node} plan", amount, url, "plan"
        if row.trend:
            [name] = [
                name for name, word in SERIES.items() if row.trend.label.startswith(f"{word},")
            ]
            amounts = [one for one in row.trend.values if one is not None]
            yield f"{row.node} trend", sum(amounts, Decimal(0)), row.trend_url, name


SERIES = {series.value: str(series.label) for series in Series}


def claims_of_charts(context: Any) -> Iterator[Claim]:
    curve, plan = context["curve"], context["chart"]
    last = len(curve.categories) - 1
    for at in sorted({0, last // 2, last} if last >= 0 else set()):
        for series in curve.series:
            name = next(name for name, word in SERIES.items() if word == series.name)
            yield f"curve {curve.categories[at]}", series.values[at], curve.links[at], name
    classes = {str(one.label): one.value for one in EffectClass}
    for series in plan.series:
        for at, amount in enumerate(series.values):
            label = f"{series.name} {plan.categories[at]}"
            yield label, amount, plan.links[at], classes[series.name]


Told = Callable[[Any], Iterator[Claim]]


class Reader:
    """Adds up the rows behind addresses, each read once."""

    def __init__(self, client: Any, by: str) -> None:
        self.client, self.by = client, by
        self.known: dict[str, list[dict[str, str]]] = {}

    def total(self, url: str, column: str) -> Decimal:
        named = column or parse_qs(urlsplit(url).query)["figure"][0]
        if url not in self.known:
            answer = self.client.get(url.replace("/behind/?", "/behind.csv?") + self.by)
            assert answer.status_code == 200, (url, answer.content)
            self.known[url] = list(csv.DictReader(answer.content.decode().splitlines()))
        return sum((Decimal(row[named] or 0) for row in self.known[url]), Decimal(0))


def check(
    house: House, who: str, path: str, query: dict[str, str], by: str = "", told: Told = claims
) -> int:
    """How many figures lead anywhere; each of them is what its rows add up to."""
    client = house.client(who)
    answer = client.get(house.page(path), query)
    assert answer.status_code == 200
    if "promise" not in answer.context:
        return 0
    reader, found = Reader(client, by), 0
    for label, amount, url, column in told(answer.context):
        assert reader.total(url, column) == (amount or 0), (label, url)
        found += bool(amount)
    return found


@settings(LARGE, max_examples=1)
@given(portfolio=portfolios(), seed=SEEDS, is_rated=st.booleans())
def test_rows_add_up_to_the_figure(
    house: House, portfolio: list[RawMeasure], seed: int, *, is_rated: bool
) -> None:
    with transaction.atomic():
        tenant = Tenant.objects.get(pk=house.tenant.pk)
        rows = spread(house, portfolio, packages(house), clock_of(tenant).today, seed)
        if is_rated:
            years = {f"{year}-01": "1.5" for year in range(2022, 2030)}
            confirmed(house, {"USD": years})
            confirmed(house, {"USD": {"2026-03": "0.75"}}, RateKind.AVERAGE)
        Measure.objects.filter(pk__in=[row.pk for row in rows[::2]]).update(function=house.function)
        settled(tenant)
        program = f"totals/{house.program.code}/"
        found = check(house, "executive", "portfolio/", {})
        assert found > 10 or len(portfolio) < 8
        check(house, "executive", "portfolio/", {}, "&by=places", claims_of_head)
        check(
            house, "executive", program, {"rate": "period", "year": "2026"}, told=claims_of_charts
        )
        check(house, "executive", "portfolio/", {"function": "F1"}, told=claims_of_value)
        check(house, "executive", program, {"as": "published"}, told=claims_of_value)
        check(house, "narrow", "portfolio/", {}, told=claims_of_head)
        check(house, "narrow", "portfolio/", {"function": "F1"}, told=claims_of_children)
        transaction.set_rollback(True)
