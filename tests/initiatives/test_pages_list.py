"""The list of measures: filters in the address, order, pages, search, and what it costs."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from governance.people.choices import Role
from kpis.choices import EffectKind, Series
from kpis.metrics.services import STARTING_METRICS, metric_create
from kpis.services import EffectDraft, effect_create, values_write
from tests.houses import House
from tests.initiatives.making import make_measure, make_measures


@pytest.fixture
def pmo(alpha: House) -> Client:
    return alpha.client("pmo")


def test_the_list_shows_measures_with_owner_stage_and_what_is_missing(
    alpha: House, pmo: Client
) -> None:
    measure = make_measure(alpha, "Bundle steel", owner=alpha.people["owner"])
    page = pmo.get(alpha.page("measures/"))
    html = page.content.decode()
    assert page.status_code == 200
    assert alpha.page(f"measures/{measure.code}/") in html
    assert "Identified" in html
    assert "6 missing" in html
    assert "Steering committee" in html


def test_an_empty_tenant_is_told_what_to_do_first(alpha: House, pmo: Client) -> None:
    html = pmo.get(alpha.page("measures/")).content.decode()
    assert "No measures yet" in html
    assert alpha.page("tree/") in html


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"q": "bund"}, {"Bundle steel"}),
        ({"q": "zzz"}, set()),
        ({"stage": "identified"}, {"Bundle steel", "Retire furnace"}),
        ({"stage": "closed"}, set()),
        ({"overlay": "active"}, {"Bundle steel", "Retire furnace"}),
        ({"owner": "owner@alpha.example"}, {"Bundle steel"}),
        ({"missing": "owner"}, {"Retire furnace"}),
        ({"missing": "any"}, {"Bundle steel", "Retire furnace"}),
    ],
)
def test_each_filter_narrows_the_list(
    alpha: House, pmo: Client, query: dict[str, str], found: set[str]
) -> None:
    make_measure(alpha, "Bundle steel", owner=alpha.people["owner"])
    make_measure(alpha, "Retire furnace")
    html = pmo.get(alpha.page("measures/"), query).content.decode()
    assert {name for name in ("Bundle steel", "Retire furnace") if name in html} == found


@pytest.mark.parametrize("level", ["portfolio", "program", "project", "measure_package"])
def test_the_list_is_narrowed_by_a_place_of_each_level(
    alpha: House, pmo: Client, level: str
) -> None:
    make_measure(alpha, "Bundle steel")
    node = getattr(alpha, level.removeprefix("measure_"))
    here = pmo.get(alpha.page("measures/"), {level: node.code}).content.decode()
    assert "Bundle steel" in here
    if level == "program":
        there = pmo.get(alpha.page("measures/"), {level: alpha.other_program.code})
        assert "Bundle steel" not in there.content.decode()


@pytest.mark.parametrize(
    "query",
    [
        "colour=red",
        "stage=flying",
        "overlay=asleep",
        "missing=hope",
        "ordering=sponsor",
        "program=PG-999",
        "program=%00",
        "stage=identified&stage=closed",
        "cursor=bogus",
        "q=%00",
        "q=" + "x" * 201,
    ],
)
def test_an_unknown_filter_is_refused_by_name(alpha: House, pmo: Client, query: str) -> None:
    page = pmo.get(alpha.page(f"measures/?{query}"))
    assert page.status_code == 400
    name = query.partition("=")[0]
    assert name in page.content.decode() or name == "cursor"


def test_another_tenants_program_is_no_filter_here(alpha: House, beta: House, pmo: Client) -> None:
    make_measure(beta, "Secret of beta")
    page = pmo.get(alpha.page("measures/"), {"q": "secret"})
    assert "Secret of beta" not in page.content.decode()


@pytest.mark.parametrize(
    ("ordering", "first"), [("name", "Aaa"), ("-name", "Bbb"), ("code", "Bbb")]
)
def test_headings_sort_both_ways(alpha: House, pmo: Client, ordering: str, first: str) -> None:
    make_measure(alpha, "Bbb")
    make_measure(alpha, "Aaa")
    html = pmo.get(alpha.page("measures/"), {"ordering": ordering}).content.decode()
    found = sorted((html.index(name), name) for name in ("Aaa", "Bbb"))
    assert found[0][1] == first


def test_pages_follow_one_another_without_gap_or_repetition(alpha: House, pmo: Client) -> None:
    make_measures(alpha, 53)
    first = pmo.get(alpha.page("measures/"), {"ordering": "name"})
    names = [row.measure.name for row in first.context["rows"]]
    cursor = first.context["page"].next
    second = pmo.get(alpha.page("measures/"), {"ordering": "name", "cursor": cursor})
    names += [row.measure.name for row in second.context["rows"]]
    assert names == [f"Measure {index:03}" for index in range(1, 54)]
    assert second.context["page"].next is None
    back = second.context["page"].previous
    again = pmo.get(alpha.page("measures/"), {"ordering": "name", "cursor": back})
    assert [row.measure.name for row in again.context["rows"]] == names[:50]


def test_htmx_gets_the_list_alone(alpha: House, pmo: Client) -> None:
    make_measure(alpha)
    headers = {"HX-Request": "true", "HX-Target": "list"}
    html = pmo.get(alpha.page("measures/"), headers=headers).content.decode()
    assert html.lstrip().startswith('<section id="list"')
    assert "Bundle steel" in html


def test_every_page_offers_the_search(alpha: House, pmo: Client) -> None:
    html = pmo.get(alpha.page("tree/")).content.decode()
    assert f'action="{alpha.page("search/")}"' in html


def test_the_plan_is_told_by_currency_and_nothing_planned_is_not_zero(
    alpha: House, pmo: Client
) -> None:
    by = alpha.system(Role.PMO)
    measure, bare = make_measure(alpha, "Planned"), make_measure(alpha, "Bare")
    with alpha.active():
        metric = metric_create(draft=STARTING_METRICS[0], by=by)
        for currency, kind in (
            ("", EffectKind.RECURRING),
            ("USD", EffectKind.ONE_OFF),
            ("", EffectKind.ONE_TIME_COST),
        ):
            draft = EffectDraft(metric, kind, currency=currency)
            effect = effect_create(measure=measure, draft=draft, by=by)
            values_write(
                effect=effect,
                series=Series.PLAN,
                cells={"2026-01": "1500.25", "2026-02": "0"},
                seen_version=1,
                by=by,
            )
    rows = {row.measure.code: row.plan for row in pmo.get(alpha.page("measures/")).context["rows"]}
    plan = {(money.currency, str(money.amount)) for money in rows[measure.code]}
    assert plan == {("EUR", "1500.2500"), ("USD", "1500.2500")}
    assert rows[bare.code] == ()


def test_the_list_sorts_by_what_is_planned_in_the_tenants_currency(
    alpha: House, pmo: Client
) -> None:
    by = alpha.system(Role.PMO)
    with alpha.active():
        metric = metric_create(draft=STARTING_METRICS[0], by=by)
    for name, currency, amount in (
        ("Small", "EUR", "5"),
        ("Foreign", "USD", "900"),
        ("Big", "", "70"),
        ("Loss", "EUR", "-1"),
    ):
        measure = make_measure(alpha, name)
        with alpha.active():
            draft = EffectDraft(metric, EffectKind.RECURRING, currency=currency)
            effect = effect_create(measure=measure, draft=draft, by=by)
            values_write(
                effect=effect,
                series=Series.PLAN,
                cells={"2026-01": amount},
                seen_version=effect.version,
                by=by,
            )
    page = pmo.get(alpha.page("measures/"), {"ordering": "-value"})
    assert [row.measure.name for row in page.context["rows"]] == ["Big", "Small", "Foreign", "Loss"]
    page = pmo.get(alpha.page("measures/"), {"ordering": "value"})
    assert next(row.measure.name for row in page.context["rows"]) == "Loss"


@pytest.mark.parametrize(("name", "status"), [("guest", 404), ("executive", 200), ("auditor", 200)])
def test_who_holds_a_role_sees_the_list(alpha: House, name: str, status: int) -> None:
    assert alpha.client(name).get(alpha.page("measures/")).status_code == status


def test_the_narrow_see_what_stands_below_their_place_only(alpha: House) -> None:
    make_measure(alpha, "Elsewhere")
    html = alpha.client("narrow").get(alpha.page("measures/")).content.decode()
    assert "Elsewhere" not in html


def test_readers_are_offered_nothing_to_create(alpha: House) -> None:
    html = alpha.client("executive").get(alpha.page("measures/")).content.decode()
    assert "New measure" not in html


def test_thirty_rows_cost_as_many_queries_as_one(alpha: House, pmo: Client) -> None:
    make_measure(alpha, "Measure 000", owner=alpha.people["owner"], function=alpha.function)

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert pmo.get(alpha.page("measures/?q=me")).status_code == 200
        return len(queries)

    pmo.get(alpha.page("measures/"))
    with_one = cost()
    make_measures(alpha, 30, owner=alpha.people["owner"], function=alpha.function)
    assert cost() == with_one
