"""The columns of the list of measures: chosen in the address, kept by links, in files too."""

import re
from datetime import date

import pytest
from django.test import Client

from governance.people.choices import Role
from initiatives.pages.columns import COLUMNS
from initiatives.services_reports import ReportDraft, status_report_add
from tests.exchange.taking_out import ask, table_of
from tests.houses import House
from tests.initiatives.making import make_measure, make_measures


@pytest.fixture
def pmo(alpha: House) -> Client:
    return alpha.client("pmo")


def heads(html: str) -> list[str]:
    """The headings of the table as a reader sees them."""
    head = html.partition("<thead>")[2].partition("</thead>")[0]
    cells = re.findall(r"<th.*?</th>", head, re.DOTALL)
    return [" ".join(re.sub(r"<[^>]+>", " ", cell).split()) for cell in cells]


def test_an_address_chooses_columns_and_their_order(alpha: House, pmo: Client) -> None:
    make_measure(alpha, "Steel", sponsor=alpha.people["sponsor"], function=alpha.function)
    html = pmo.get(alpha.page("measures/?columns=function,sponsor,program,code")).content.decode()
    assert heads(html) == ["Measure", "Function", "Sponsor", "Program", "Code"]
    assert alpha.function.name in html
    assert alpha.people["sponsor"].name in html


def test_every_column_can_be_shown(alpha: House, pmo: Client) -> None:
    measure = make_measure(
        alpha,
        "Steel",
        description="Words of the description",
        source_key="EXT-1",
        receiver=alpha.people["executive"],
        planned_end=date(2027, 3, 31),
    )
    with alpha.active():
        draft = ReportDraft(date(2026, 1, 31), "amber")
        status_report_add(measure=measure, draft=draft, by=alpha.system(*Role))
    html = pmo.get(alpha.page(f"measures/?columns={','.join(COLUMNS)}")).content.decode()
    assert len(heads(html)) == len(COLUMNS)
    for text in ("Words of the description", "EXT-1", "31 Mar 2027", "Amber"):
        assert text in html


def test_the_name_is_always_shown_and_alone_where_nothing_else_is(
    alpha: House, pmo: Client
) -> None:
    make_measure(alpha)
    assert heads(pmo.get(alpha.page("measures/?columns=name")).content.decode()) == ["Measure"]


def test_the_form_of_columns_leads_to_one_word(alpha: House, pmo: Client) -> None:
    answer = pmo.get(alpha.page("measures/?q=a&columns=name&columns=owner&columns=code"))
    assert answer.status_code == 302
    assert answer["Location"] == alpha.page("measures/?q=a&columns=name,owner,code")


@pytest.mark.parametrize("query", ["columns=colour", "columns=name,colour", "columns=%00"])
def test_an_unknown_column_is_refused_by_name(alpha: House, pmo: Client, query: str) -> None:
    answer = pmo.get(alpha.page(f"measures/?{query}"))
    assert answer.status_code == 400
    assert "columns" in answer.content.decode()


def test_pages_and_headings_keep_the_columns(alpha: House, pmo: Client) -> None:
    make_measures(alpha, 51)
    html = pmo.get(alpha.page("measures/?columns=name,owner")).content.decode()
    links = re.findall(r'href="([^"]*(?:ordering|cursor)=[^"]*)"', html)
    assert links
    assert all("columns=name%2Cowner" in link for link in links)
    assert '<input type="hidden" name="columns" value="name,owner">' in html


def test_a_file_holds_the_columns_that_are_shown(alpha: House) -> None:
    measure = make_measure(alpha, "Steel", owner=alpha.people["owner"])
    with alpha.active():
        draft = ReportDraft(date(2026, 1, 31), "amber")
        status_report_add(measure=measure, draft=draft, by=alpha.system(*Role))
    head, row = table_of(ask(alpha, "pmo", "measures", "columns=status,owner").content)
    assert head == ["name", "status", "status_on", "owner", "owner_name"]
    assert row == [
        "Steel",
        "amber",
        "2026-01-31",
        "owner@alpha.example",
        alpha.people["owner"].name,
    ]
    words = table_of(ask(alpha, "pmo", "measures", "columns=status", headings="words").content)
    assert words == [["Measure", "Status", "Status of"], ["Steel", "Amber", "2026-01-31"]]


def test_the_page_offers_what_it_shows_and_everything(alpha: House, pmo: Client) -> None:
    html = pmo.get(alpha.page("measures/?stage=identified&columns=name,owner")).content.decode()
    asked = re.findall(r'name="query" value="([^"]*)"', html.partition("tg-export")[2])
    assert asked[:2] == [
        "stage=identified&amp;columns=name%2Cowner",
        "stage=identified",
    ]


def test_other_lists_of_measures_take_the_same_address(alpha: House) -> None:
    make_measure(alpha)
    for name in ("values", "status-reports"):
        assert ask(alpha, "pmo", name, "columns=name,owner").status_code == 200
