"""Dirt is called by its name, and clean records are left alone."""

from typing import Any

import pytest

from exchange.cost_savings.findings import FindingKind, find_dirt, id_gaps, is_contained, words
from tests.exchange.samples import item, records, year

K = FindingKind


def kinds(*items: dict[str, Any]) -> list[FindingKind]:
    return [finding.kind for finding in find_dirt(records(*items))]


def test_a_clean_record_has_no_findings() -> None:
    assert kinds(item()) == []


@pytest.mark.parametrize(
    ("changes", "kind", "text"),
    [
        ({"strategyId": None}, K.NO_ID, "has no id"),
        ({"relatedUIIs": None}, K.NO_INVESTMENT, "«No investment»"),
        ({"relatedUIIs": ["018-000001020", "018-000001024"]}, K.MORE_INVESTMENTS, "018-000001024"),
        ({"relatedUIIs": ["00-45-02-06-01-00"]}, K.INVESTMENT_FORMAT, "00-45-02-06-01-00"),
        ({"useOfSavingsAvoidance": None}, K.NO_PROSE, "says nothing"),
        ({"fy2018": year(1, "Gross")}, K.MIXED_BASIS, "Gross cells: 1 (FY2018)"),
        ({"fy2018": year(-1)}, K.NEGATIVE, "FY2018"),
        ({"fy2016": year(1)}, K.BEFORE_DECISION, "Decided on 2016-10-01"),
        ({"useOfSavingsAvoidance": "It\u2019s"}, K.TYPOGRAPHY, "curly quotes"),
        ({"useOfSavingsAvoidance": "a  b"}, K.TYPOGRAPHY, "double spaces"),
        ({"strategyTitle": "a\tb "}, K.TYPOGRAPHY, "tabs, outer blanks"),
        ({"agency": "ED"}, K.UNKNOWN_FIELD, "left out"),
    ],
)
def test_each_kind_of_dirt_is_found_and_told(
    changes: dict[str, Any], kind: FindingKind, text: str
) -> None:
    (finding,) = find_dirt(records(item(**changes)))
    assert finding.kind is kind
    assert finding.where.startswith("record 1")
    assert text in finding.text


def test_an_amount_of_zero_before_the_decision_is_no_money() -> None:
    assert kinds(item(fy2016=year(0))) == []


def test_a_year_that_others_state_is_missing() -> None:
    full, short = item(fy2018=year(0)), item(strategyId=8, strategyTitle="Print less")
    (finding,) = find_dirt(records(full, short))
    assert (finding.kind, finding.where) == (K.MISSING_YEARS, "record 2 (strategyId 8)")
    assert finding.text.startswith("FY2018 not stated")


@pytest.mark.parametrize(
    ("ids", "gaps"),
    [([1, 2, 3], []), ([3, 1], ["2"]), ([48, 54, 2, 1, 56], ["3-47", "49-53", "55"]), ([5], [])],
)
def test_ids_that_jump_are_told_as_runs(ids: list[int], gaps: list[str]) -> None:
    assert id_gaps(records(*[item(strategyId=number) for number in ids])) == gaps


def test_records_that_only_their_order_tells_apart_are_named() -> None:
    bare = item(strategyId=None)
    found = find_dirt(records(bare, bare))
    assert [f.where for f in found if f.kind is K.SAME_KEY] == ["record 2"]
    assert [f.text for f in found if f.kind is K.SAME_TITLE] == [
        "«Retire the old mainframe» stands twice with the same money; both were kept."
    ]


def test_one_title_with_different_money_is_told_and_not_merged() -> None:
    found = find_dirt(records(item(), item(strategyId=8, fy2017=year(2))))
    assert [(f.kind, f.where) for f in found] == [
        (K.SAME_TITLE, "record 1 (strategyId 7), record 2 (strategyId 8)")
    ]
    assert "different money" in found[0].text


@pytest.mark.parametrize(
    ("one", "other", "is_found"),
    [
        ({"strategyTitle": "Kronos T&A"}, {"strategyTitle": "Kronos T&A - WebTA"}, True),
        ({"strategyTitle": "Phase 2 (ECS2)"}, {"strategyTitle": "ECS2"}, True),
        ({"strategyTitle": "Phase 2 (ECS2)"}, {"strategyTitle": "ECS2", "relatedUIIs": []}, False),
        ({"strategyTitle": "PIVOT-M"}, {"strategyTitle": "Non-PIVOT"}, False),
        ({"strategyTitle": "Rate Reduction"}, {"strategyTitle": "Volume Reduction"}, False),
    ],
)
def test_titles_that_read_like_one_thing_warn_of_a_double_count(
    one: dict[str, Any],
    other: dict[str, Any],
    is_found: bool,  # noqa: FBT001  # a column of the table
) -> None:
    assert (K.DOUBLE_COUNT in kinds(item(**one), item(strategyId=8, **other))) is is_found


def test_a_double_count_says_what_speaks_for_it() -> None:
    other = item(strategyId=8, strategyTitle="Retire the old mainframe in Kansas")
    (finding,) = find_dirt(records(item(), other))
    assert "Same investment: 018-000001020. Both with money in FY2017." in finding.text


def test_no_title_is_contained_in_one_without_words() -> None:
    assert not is_contained(words("--"), words("Retire"))
