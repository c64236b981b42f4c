"""What the reader of cost-savings files understands and what it refuses, by record and field."""

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.cost_savings.reader import FAULTS_SHOWN, BadFile, read_records
from exchange.cost_savings.records import AmountType, Basis
from tests.exchange.samples import item, spelled, year


def faults(content: bytes) -> dict[str, str]:
    """Place to message of a file that is refused."""
    with pytest.raises(BadFile) as refusal:
        read_records(content, name="f.json")
    return {where: " ".join(map(str, texts)) for where, texts in refusal.value.errors.items()}


def test_a_record_is_read_with_its_amounts_exact() -> None:
    content = spelled(item(fy2018=year(0), fy2019=year(-2, "Gross"))).replace(b"1.5", b"0.1234567")
    (record,) = read_records(content, name="f.json")
    assert (record.number, record.source_id, record.title) == (1, "7", "Retire the old mainframe")
    assert record.decided_on == date(2016, 10, 1)
    assert record.amount_type is AmountType.SAVINGS
    assert record.investments == ("018-000001020",)
    assert {y: (a.millions, a.basis) for y, a in record.years.items()} == {
        2017: (Decimal("0.1234567"), Basis.NET),
        2018: (Decimal(0), Basis.NET),
        2019: (Decimal(-2), Basis.GROSS),
    }


def test_what_may_be_absent_is_read_as_absent() -> None:
    content = spelled(item(strategyId=None, relatedUIIs=None, useOfSavingsAvoidance=None))
    (record,) = read_records(content, name="f.json")
    assert (record.source_id, record.investments, record.prose) == ("", (), "")
    assert record.label == "record 1"


def test_a_byte_order_mark_and_unknown_fields_are_no_obstacle() -> None:
    (record,) = read_records(b"\xef\xbb\xbf" + spelled(item(agency="ED")), name="f.json")
    assert record.unknown_fields == ("agency",)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "not JSON: line 1, column 1"),
        (b'{"strategies": [}', "not JSON: line 1, column 17"),
        (b"\xff\xfe", "not text in UTF-8"),
        (b"[]", "needs an object with «strategies»"),
        (b'{"strategies": {}}', "needs an object with «strategies»"),
        (b'{"strategies": []}', "holds no records"),
        (b'{"a": 1, "a": 2}', "«a» stands twice"),
        (b"[" * 100_000, "nested too deeply"),
        (b" " * 10_000_001, "larger than 10000000 bytes"),
        (b'{"strategies": [' + b"1," * 2000 + b"1]}", "At most 2000 records"),
    ],
)
def test_a_file_of_another_shape_is_refused_by_its_name(content: bytes, message: str) -> None:
    found = faults(content)
    assert list(found) == ["f.json"]
    assert message in found["f.json"]


@pytest.mark.parametrize(
    ("changes", "where", "message"),
    [
        ({"fy2017": year("1.5")}, "fy2017.amount", "must be a number"),
        ({"fy2017": year(None)}, "fy2017.amount", "must be a number"),
        ({"fy2017": year(amount=True)}, "fy2017.amount", "must be a number"),
        ({"fy2017": year(float("nan"))}, "fy2017.amount", "finite"),
        ({"fy2017": year(float("-inf"))}, "fy2017.amount", "finite"),
        ({"fy2017": year(1e30)}, "fy2017.amount", "too large"),
        ({"fy2017": year(10**400)}, "fy2017.amount", "too large"),
        ({"fy2017": 1.5}, "fy2017", "must be an object"),
        ({"fy2017": {"amount": 1}}, "fy2017.netOrGross", "Net, Gross"),
        ({"fy2017": year(1, "net")}, "fy2017.netOrGross", "Net, Gross"),
        ({"fy1900": year(1)}, "fy1900", "out of range"),
        ({"decisionDate": "2016-10-01"}, "decisionDate", "MM/DD/YYYY"),
        ({"decisionDate": "13/01/2016"}, "decisionDate", "MM/DD/YYYY"),
        ({"decisionDate": "1/1/16"}, "decisionDate", "MM/DD/YYYY"),
        ({"decisionDate": None}, "decisionDate", "required"),
        ({"amountType": "Savings"}, "amountType", "Cost-Savings, Cost-Avoidance, Both"),
        ({"amountType": None}, "amountType", "required"),
        ({"strategyTitle": " "}, "strategyTitle", "required"),
        ({"strategyTitle": 5}, "strategyTitle", "must be text"),
        ({"strategyTitle": "x" * 181}, "strategyTitle", "At most 180 characters"),
        ({"strategyTitle": "a\x00b"}, "strategyTitle", "control characters"),
        ({"ombInitiative": None}, "ombInitiative", "required"),
        ({"useOfSavingsAvoidance": "x" * 7001}, "useOfSavingsAvoidance", "At most 7000"),
        ({"relatedUIIs": "018"}, "relatedUIIs", "must be a list"),
        ({"relatedUIIs": [1]}, "relatedUIIs", "short text"),
        ({"relatedUIIs": ["a"] * 21}, "relatedUIIs", "at most twenty"),
    ],
)
def test_a_fault_is_named_by_record_and_field(
    changes: dict[str, Any], where: str, message: str
) -> None:
    found = faults(spelled(item(strategyId=1), item(**changes)))
    assert list(found) == [f"record 2 (strategyId 7): {where}"]
    assert message in found[f"record 2 (strategyId 7): {where}"]


@pytest.mark.parametrize("value", [0, -3, 2.5, True, "a b", "x" * 41, [], {}, float("nan")])
def test_an_id_that_is_none_is_refused(value: Any) -> None:
    assert list(faults(spelled(item(strategyId=value)))) == ["record 1: strategyId"]


def test_one_id_on_two_records_is_refused_whatever_its_spelling() -> None:
    found = faults(spelled(item(), item(strategyId=8), item(strategyId="7")))
    assert found == {"record 3 (strategyId 7): strategyId": "Record 1 has the same id."}


def test_all_faults_of_a_file_are_told_at_once_up_to_a_limit() -> None:
    assert (
        len(faults(spelled("x", item(decisionDate="?"), item(strategyId=8, amountType="?")))) == 3
    )
    many = faults(spelled(*["x"] * (FAULTS_SHOWN + 5)))
    assert len(many) == FAULTS_SHOWN + 1
    assert many["and"] == "5 more faults."


def test_foreign_text_is_shown_fit_for_any_terminal() -> None:
    found = faults(b'{"strategies": [], "\\ud800": 1, "\\ud800": 2}')
    assert found == {"f.json": "The name «?» stands twice in one object."}


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)


@given(name=st.sampled_from([*item(), "fy2018", "other"]), value=JSON_VALUES)
def test_whatever_stands_in_a_field_is_read_or_refused_and_never_breaks(
    name: str, value: Any
) -> None:
    content = json.dumps({"strategies": [{**item(), name: value}]}).encode()
    try:
        records = read_records(content, name="f.json")
    except BadFile as refusal:
        assert all(where.startswith("record 1") for where in refusal.errors)  # noqa: PT017  # one of two good ends
    else:
        assert len(records) == 1
