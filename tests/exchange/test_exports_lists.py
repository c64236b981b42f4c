"""A file holds what its page shows: the same rows in the same order, all pages of them."""

import json
import re
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext

from governance.audit.models import AuditEvent
from governance.people.choices import Role
from governance.people.services import Person, membership_create
from governance.web.lists import Reader, batches, ids_in_order, rows_of, sources
from initiatives.models import Measure
from tests.exchange.taking_out import ask, sheet_of, table_of
from tests.exchange.taking_out import rows_of as read
from tests.houses import House, World
from tests.initiatives.making import make_measure, make_measures
from tests.kpis.making import add_effect, make_planned, plan

CODE = re.compile(r'class="tg-code">([A-Z]+-\d+)<')
HEAD = [
    *("code", "external_id", "name", "description", "stage", "overlay"),
    *("portfolio", "portfolio_code", "program", "program_code", "project", "project_code"),
    *("measure_package", "measure_package_code", "owner", "owner_name", "sponsor", "sponsor_name"),
    *("controller", "controller_name", "business_unit", "function", "legal_entity", "forum"),
    *("planned_start", "planned_end", "plan_total", "currency", "missing", "updated_at"),
]


def shown(house: House, who: str, page: str, query: str) -> list[str]:
    """The codes on every page of a list, as a browser gets them by «Next»."""
    client, url, found = house.client(who), f"{house.page(page)}?{query}", []
    while url:
        answer = client.get(url)
        assert answer.status_code == 200
        found += [code.removesuffix("<") for code in CODE.findall(answer.content.decode())]
        cursor = answer.context["page"].next
        given = QueryDict(query, mutable=True)
        given["cursor"] = cursor or ""
        url = f"{house.page(page)}?{given.urlencode()}" if cursor else ""
    return found


@pytest.fixture
def full(alpha: House) -> House:
    people = {"owner": alpha.people["owner"], "sponsor": alpha.people["sponsor"]}
    make_measures(alpha, 60)
    make_measure(alpha, "Äpfel bündeln", business_unit=alpha.unit, forum=alpha.forum, **people)
    make_measure(alpha, "Zebra", place=alpha.package, function=alpha.function)
    return alpha


@pytest.mark.parametrize(
    "query",
    [
        "",
        "ordering=-name",
        "ordering=name",
        "ordering=-updated_at",
        "ordering=value",
        "q=measure",
        "missing=owner&ordering=-code",
        "stage=identified&q=äpfel",
        "owner=owner@alpha.example",
        "program=PG-001",
        "program=PG-002",
    ],
)
def test_a_file_of_measures_has_the_rows_of_the_page_in_its_order(full: House, query: str) -> None:
    answer = ask(full, "pmo", "measures", query)
    assert answer.status_code == 200, answer.content
    assert [row["code"] for row in read(answer.content)] == shown(full, "pmo", "measures/", query)


@pytest.mark.parametrize("name", ["portfolios", "programs", "projects", "measure-packages"])
def test_a_file_of_nodes_has_the_rows_of_the_page(full: House, name: str) -> None:
    for query in ("", "ordering=-code", "q=second"):
        found = [row["code"] for row in read(ask(full, "pmo", name, query).content)]
        assert found == shown(full, "pmo", f"{name}/", query)


def test_whoever_sees_less_takes_less_out(full: House) -> None:
    assert read(ask(full, "narrow", "measures").content) == []
    assert len(read(ask(full, "pmo", "measures").content)) == 62


def test_the_columns_of_measures_are_those_an_import_takes(full: House) -> None:
    answer = ask(full, "pmo", "measures", "q=äpfel")
    assert table_of(answer.content)[0] == HEAD
    (row,) = read(answer.content)
    with full.active():
        measure = Measure.objects.get(name="Äpfel bündeln")
    assert row["name"] == "Äpfel bündeln"
    assert (row["owner"], row["owner_name"]) == ("owner@alpha.example", "Owner")
    assert (row["business_unit"], row["forum"], row["function"]) == ("BU1", "SC", "")
    assert (row["portfolio_code"], row["program_code"]) == (
        full.portfolio.code,
        full.program.code,
    )
    assert (row["project_code"], row["measure_package_code"]) == (
        full.project.code,
        full.package.code,
    )
    assert (row["stage"], row["overlay"], row["plan_total"]) == ("identified", "active", "")
    assert {"controller", "function", "legal_entity"} <= set(row["missing"].split())
    assert "owner" not in row["missing"].split()
    assert row["updated_at"] == measure.updated_at.isoformat(timespec="seconds").replace(
        "+00:00", "Z"
    )


def test_words_of_the_page_may_stand_over_the_columns(full: House) -> None:
    answer = ask(full, "pmo", "measures", "q=äpfel", headings="words")
    head, row = table_of(answer.content)
    assert {"Measure", "Code", "Stage", "Owner"} <= set(head)
    assert "Identified" in row
    assert "identified" not in row


def test_a_formula_in_a_name_is_a_text_in_both_kinds_of_file(alpha: House) -> None:
    make_measure(alpha, "=cmd|'/c calc'!A1", description="@risk, then\n-1")
    (row,) = read(ask(alpha, "pmo", "measures").content)
    assert row["name"] == "'=cmd|'/c calc'!A1"
    assert row["description"] == "'@risk, then\n-1"
    head, cells = sheet_of(ask(alpha, "pmo", "measures", format="xlsx").content)
    found = dict(zip(head, cells, strict=False))
    assert found["name"] == "=cmd|'/c calc'!A1"
    assert found["description"] == "@risk, then\n-1"


def test_plans_are_exact_and_stand_beside_their_currency(alpha: House) -> None:
    measure = make_planned(alpha)
    plan(alpha, add_effect(alpha, measure), {"2026-01": "1234567.89", "2026-03": "-0.5"})
    (row,) = read(ask(alpha, "pmo", "measures").content)
    assert (row["plan_total"], row["currency"]) == ("1234567.39", "EUR")
    plan(alpha, add_effect(alpha, measure, currency="USD"), {"2026-01": "7"})
    (row,) = read(ask(alpha, "pmo", "measures").content)
    assert sorted(row["plan_total"].split("; ")) == ["1234567.39 EUR", "7 USD"]
    assert row["currency"] == ""


def test_values_come_month_by_month_from_the_first_to_the_last(alpha: House) -> None:
    measure = make_planned(alpha)
    effect = plan(alpha, add_effect(alpha, measure), {"2025-11": "10.5", "2026-02": "-3"})
    make_measure(alpha, "Without effects")
    head, row = table_of(ask(alpha, "pmo", "values").content)
    assert head == [
        *("code", "name", "effect", "effect_id", "metric", "kind", "class", "currency"),
        *("2025-11", "2025-12", "2026-01", "2026-02"),
    ]
    assert row[:3] == [measure.code, "Bundle steel", ""]
    assert row[3:8] == [str(effect.public_id), "EBITDA", "recurring", effect.effect_class, "EUR"]
    assert row[8:] == ["10.5", "", "", "-3"]
    sheet = sheet_of(ask(alpha, "pmo", "values", format="xlsx").content)
    assert [Decimal(str(sheet[1][8])), sheet[1][11]] == [Decimal("10.5"), -3.0]


def test_values_follow_the_filters_of_the_list_or_one_measure(alpha: House) -> None:
    measure = make_planned(alpha)
    other = make_measure(alpha, "Aluminium")
    for one in (measure, other):
        plan(alpha, add_effect(alpha, one), {"2026-01": "1"})

    def codes(query: str) -> list[str]:
        return [row["code"] for row in read(ask(alpha, "pmo", "values", query).content)]

    assert codes("ordering=name") == [other.code, measure.code]
    assert codes("ordering=-name") == [measure.code, other.code]
    assert codes("q=alu") == [other.code]
    assert codes(f"measure={measure.code}") == [measure.code]
    assert ask(alpha, "pmo", "values", "measure=M-999999").status_code == 404


def test_people_come_with_addresses_and_roles(alpha: House) -> None:
    with alpha.active():
        by = alpha.system(*Role)
        membership_create(person=Person("new@alpha.example", "Ärmel, Ö."), by=by)
    found = {row["email"]: row for row in read(ask(alpha, "administrator", "people").content)}
    assert found["new@alpha.example"]["name"] == "Ärmel, Ö."
    assert found["pmo@alpha.example"]["roles"] == f"pmo {alpha.root.code}"
    assert found["pmo@alpha.example"]["state"] == "member"
    narrowed = read(ask(alpha, "administrator", "people", "role=pmo").content)
    assert {row["email"] for row in narrowed} == {"narrow@alpha.example", "pmo@alpha.example"}


def test_master_data_comes_with_codes(alpha: House) -> None:
    (unit,) = read(ask(alpha, "pmo", "business-units").content)
    assert (unit["code"], unit["name"], unit["state"]) == ("BU1", "Wind", "active")
    (forum,) = read(ask(alpha, "pmo", "forums").content)
    assert (forum["code"], forum["quorum"]) == ("SC", "1")
    assert read(ask(alpha, "pmo", "business-units", "shown=inactive").content) == []


def test_the_trail_comes_newest_first_with_sentences_and_facts(alpha: House) -> None:
    make_measure(alpha, "Steel")
    row = read(ask(alpha, "administrator", "audit-trail", "action=measure.created").content)[0]
    assert row["sentence"].startswith("Tollgate created the measure M-")
    assert (row["action"], row["subject_type"]) == ("measure.created", "measure")
    assert json.loads(row["changes"])["name"] == [None, "Steel"]


def test_taking_out_is_recorded_with_who_what_and_how_many(full: House) -> None:
    ask(full, "executive", "measures", "q=measure&stage=identified")
    with full.active():
        body = json.loads(AuditEvent.objects.order_by("-id")[0].body)
    assert body["action"] == "export.made"
    assert body["actor"]["email"] == "executive@alpha.example"
    assert body["changes"] == {
        "list": "measures",
        "format": "csv",
        "rows": 60,
        "filters": "q=measure&stage=identified",
    }
    trail = full.client("administrator").get(full.page("audit/")).content.decode()
    assert re.search(
        r"Executive exported the list Measures as CSV, file \S+\.csv \(rows: 60\)", trail
    )


@pytest.mark.parametrize(
    ("who", "name", "query", "status"),
    [
        ("guest", "measures", "", 404),
        ("pmo", "nothing", "", 400),
        ("pmo", "measures", "nonsense=1", 400),
        ("pmo", "measures", "stage=x", 400),
        ("pmo", "measures", "program=PG-999", 400),
        ("pmo", "measures", "ordering=secret", 400),
        ("pmo", "people", "role=x", 400),
        ("executive", "audit-trail", "", 403),
        ("executive", "people", "", 403),
    ],
)
def test_what_the_page_refuses_its_file_refuses_and_nothing_is_recorded(
    alpha: House, who: str, name: str, query: str, status: int
) -> None:
    with alpha.active():
        before = AuditEvent.objects.count()
    assert ask(alpha, who, name, query).status_code == status
    with alpha.active():
        assert AuditEvent.objects.count() == before


def test_a_stranger_gets_nothing(world: World) -> None:
    client = world.beta.client("pmo")
    body = {"list": "measures", "format": "csv"}
    assert client.post(world.alpha.page("exports/"), body).status_code == 404


def test_a_file_is_saved_and_never_shown(full: House) -> None:
    answer = ask(full, "pmo", "measures")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert re.fullmatch(
        r'attachment; filename="alpha-measures-\d{4}-\d\d-\d\d\.csv"', answer["Content-Disposition"]
    )
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Cache-Control"] == "private, no-store"


def test_every_page_of_a_list_offers_it_with_the_filters_of_its_address(alpha: House) -> None:
    pages = {
        "measures/?stage=identified&ordering=-name": "measures",
        "programs/?q=first": "programs",
        "people/?kind=internal": "people",
        "master-data/forums/?q=x": "forums",
        "audit/?action=measure.created": "audit-trail",
    }
    client = alpha.client("administrator")
    for page, name in pages.items():
        text = client.get(alpha.page(page)).content.decode()
        assert f'name="list" value="{name}"' in text, page
        asked = page.partition("?")[2].replace("&", "&amp;")
        assert f'name="query" value="{asked}"' in text, page


def test_the_values_of_one_measure_are_offered_on_its_page(alpha: House) -> None:
    measure = make_planned(alpha)
    plan(alpha, add_effect(alpha, measure), {"2026-01": "1"})
    text = alpha.client("pmo").get(alpha.page(f"measures/{measure.code}/values/")).content.decode()
    assert f'name="query" value="measure={measure.code}"' in text
    assert text.count('id="export-menu"') == 1


def test_a_filter_set_by_htmx_reaches_the_menu_above(alpha: House) -> None:
    headers = {"HX-Request": "true", "HX-Target": "list"}
    url = alpha.page("measures/?q=steel&cursor=")
    text = alpha.client("pmo").get(url, headers=headers).content.decode()
    assert '<div id="export-menu" hx-swap-oob="true">' in text
    assert 'name="query" value="q=steel"' in text
    assert "csrfmiddlewaretoken" in text


def test_each_batch_costs_the_same_however_many_rows(alpha: House) -> None:
    measure = make_planned(alpha)
    plan(alpha, add_effect(alpha, measure), {"2026-01": "1"})
    reader = Reader(alpha.actor("administrator"), alpha.tenant)
    few = {name: _cost(alpha, name, reader) for name in sources()}
    for index in range(12):
        more = make_measure(alpha, f"More {index}", owner=alpha.people["owner"])
        plan(alpha, add_effect(alpha, more), {f"202{index % 5}-01": "1"})
    assert {name: _cost(alpha, name, reader) for name in sources()} == few
    # Most for measures: with their forecast and actuals, and the rates these are converted at.
    assert max(few.values()) <= 7


def _cost(house: House, name: str, reader: Reader) -> int:
    """Queries of one batch of one list."""
    source = sources()[name]
    with house.active():
        chosen: Any = source.choose(QueryDict(""), reader.by)
        fields = source.fields(chosen.rows, reader)
        ids = ids_in_order(chosen)
        with CaptureQueriesContext(connection) as queries:
            for piece in batches(ids):
                source.cells(rows_of(chosen, piece), fields, reader)
    return len(queries)
