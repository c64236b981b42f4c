"""One search: measures, places, people, KPIs and exceptions; codes lead straight to their page."""

from typing import Any

import pytest

from governance.search.registry import Hit, search
from initiatives import finding
from tests.approvals.exceptions.opening import opened
from tests.houses import House
from tests.initiatives.making import make_measure, make_measures
from tests.kpis.indicating import make_filled
from tests.reporting.lighting import packages

pytestmark = pytest.mark.django_db


def found(house: House, who: str, text: str) -> dict[str, list[Hit]]:
    with house.active():
        return {kind.code: list(one.hits) for kind, one in search(text, house.actor(who), 20)}


def test_words_are_looked_for_by_their_beginnings_in_every_kind(alpha: House) -> None:
    measure = make_measure(alpha, "Bundle steel orders")
    assert [hit.code for hit in found(alpha, "pmo", "bund ste")["measures"]] == [measure.code]
    assert found(alpha, "pmo", alpha.program.code)["places"][0].path == (
        f"programs/{alpha.program.code}/"
    )
    package = found(alpha, "pmo", alpha.package.code)["places"][0]
    assert package.path == f"measure-packages/{alpha.package.code}/"
    person = found(alpha, "pmo", "controller")["people"][0]
    assert person.path == f"people/{alpha.people['controller'].public_id}/"


def test_kpis_and_exceptions_are_found(alpha: House) -> None:
    make_filled(alpha)
    row = opened(alpha, title="Steel comes late")
    assert found(alpha, "pmo", "K-0001")["kpis"][0].code == "K-0001"
    assert found(alpha, "pmo", "comes late")["exceptions"][0].code == row.code
    assert found(alpha, "pmo", row.code)["exceptions"][0].code == row.code


def test_what_somebody_does_not_see_is_not_found(alpha: House, beta: House) -> None:
    make_measure(alpha, "Bundle steel orders")
    assert found(alpha, "guest", "bundle") == {}
    assert "measures" not in found(beta, "pmo", "bundle")
    # Who may not read people is led to what they own.
    person = found(alpha, "owner", "controller")["people"][0]
    assert person.path == f"measures/?owner={alpha.people['controller'].email}"


def test_a_single_letter_finds_nothing(alpha: House) -> None:
    make_measure(alpha, "Bundle steel orders")
    assert found(alpha, "pmo", "b") == {}
    assert found(alpha, "pmo", "  ") == {}


def test_the_page_leads_straight_to_a_code_and_lists_the_rest(alpha: House) -> None:
    measure = make_measure(alpha, "Bundle steel orders")
    client = alpha.client("pmo")
    address = alpha.page("search/")
    straight = client.get(address, {"q": measure.code.lower()})
    assert straight.url == alpha.page(f"measures/{measure.code}/")
    page = client.get(address, {"q": "bundle"}).content.decode()
    assert "Bundle steel orders" in page
    assert alpha.page("measures/?q=bundle") in page
    assert "Nothing here begins" in client.get(address, {"q": "zzzz"}).content.decode()
    part = client.get(address, {"q": "bundle"}, headers={"HX-Target": "search-hits"})
    assert "<html" not in part.content.decode()
    assert "Bundle steel orders" in part.content.decode()


def test_odd_texts_are_looked_for_and_break_nothing(alpha: House) -> None:
    client = alpha.client("pmo")
    for text in ("%_\\", "' OR 1=1 --", "\x00\x01", "a" * 5000, "&|!():*", "ä ö"):
        assert client.get(alpha.page("search/"), {"q": text}).status_code == 200


def test_programs_search_too(alpha: House) -> None:
    measure = make_measure(alpha, "Bundle steel orders")
    caller = alpha.caller("pmo")
    body: dict[str, Any] = caller.get("search/", {"q": "bundle"}).json()
    assert [(hit["kind"], hit["code"]) for hit in body["hits"]] == [("measures", measure.code)]
    assert body["hits"][0]["url"].endswith(f"/measures/{measure.code}/")
    assert caller.get("search/", {"q": "b"}).status_code == 400


@pytest.fixture
def few_weighed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finding, "MOST_WEIGHED", 3)


@pytest.mark.usefixtures("few_weighed")
def test_of_a_common_word_the_first_are_weighed_and_that_is_said(alpha: House) -> None:
    rows = make_measures(alpha, 5)
    with alpha.active():
        of_measures = {kind.code: one for kind, one in search("measure", alpha.actor("pmo"), 20)}
    assert [hit.code for hit in of_measures["measures"].hits] == [row.code for row in rows[:3]]
    assert of_measures["measures"].more_than == 3
    client, address = alpha.client("pmo"), alpha.page("search/")
    assert "More than 3 match" in client.get(address, {"q": "measure"}).content.decode()
    assert "More than" not in client.get(address, {"q": rows[4].name}).content.decode()
    body = alpha.caller("pmo").get("search/", {"q": "measure"}).json()
    assert body["more_than"] == {"measures": 3}


@pytest.mark.usefixtures("few_weighed")
def test_a_code_is_found_among_many_that_begin_alike(alpha: House) -> None:
    rows = make_measures(alpha, 4)
    make_measure(alpha, "Last", description=rows[3].code)
    last = make_measure(alpha, f"{rows[0].code} once more")
    prefix = last.code[:2]
    assert len(found(alpha, "pmo", prefix)["measures"]) == 3
    straight = alpha.client("pmo").get(alpha.page("search/"), {"q": last.code.lower()})
    assert straight.url == alpha.page(f"measures/{last.code}/")


@pytest.mark.usefixtures("few_weighed")
def test_whoever_sees_a_part_is_not_told_how_many_match_elsewhere(alpha: House) -> None:
    make_measures(alpha, 5)
    with alpha.active():
        theirs = packages(alpha)[2]
    make_measure(alpha, "Measure of mine", place=theirs)
    with alpha.active():
        of_narrow = {kind.code: one for kind, one in search("measure", alpha.actor("narrow"), 20)}
    assert [hit.label for hit in of_narrow["measures"].hits] == ["Measure of mine"]
    assert of_narrow["measures"].more_than == 0
