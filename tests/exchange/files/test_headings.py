"""Column names compared as people mean them."""

import pytest

from exchange.files.columns import named
from exchange.files.headings import best_matches, normalised


@pytest.mark.parametrize(
    ("heading", "same"),
    [
        ("  Maßnahme ", "massnahme"),
        ("Übergeordnetes-Programm", "UBERGEORDNETES PROGRAMM"),
        ("Amount (EUR)", "amount"),
        ("Amount [in £m]", "Amount"),
        ("Start\nDate", "start_date"),
        ("Description:", "description"),
        ("(only brackets)", "only brackets"),
    ],
)
def test_headings_that_mean_the_same_are_the_same(heading: str, same: str) -> None:
    assert normalised(heading) == normalised(same)


def test_same_names_come_before_similar_ones() -> None:
    columns = ("Title of the programme", "Owner", "Title", "Owner")
    aliases = {"title": ["Title"], "owner": ["Owner", "Responsible"], "program": ["programme"]}
    assert best_matches(columns, aliases) == {2: "title", 1: "owner"}


def test_a_long_heading_is_known_by_its_beginning() -> None:
    columns = (
        "IPA Delivery Confidence Assessment \n(A Delivery Confidence Assessment of the project",
        "SRO Delivery Confidence Assessment \n(A Delivery Confidence Assessment of the project",
        "Financial Year Baseline (£m) (including Non-Government Costs)",
        "Departmental commentary on actions planned or taken on the IPA RAG rating.",
    )
    aliases = {
        "rag": ["IPA Delivery Confidence Assessment"],
        "owner_rag": ["SRO Delivery Confidence"],
        "baseline": ["Financial Year Baseline"],
        "comment": ["Departmental commentary"],
        "short": ["IPA"],
    }
    assert best_matches(columns, aliases) == {0: "rag", 1: "owner_rag", 2: "baseline", 3: "comment"}


def test_no_field_is_given_twice_and_no_column_either() -> None:
    found = best_matches(("Name", "name", "NAME"), {"a": ["name"], "b": ["Name"]})
    assert found == {0: "a", 1: "b"}


def test_columns_have_one_name_each() -> None:
    headings = ["Name", None, " Name\n", "Name (2)", "", "a\0b", "Name"]
    assert named(headings) == (
        *("Name", "Column 2", "Name (2)", "Name (2) (2)", "Column 5", "ab", "Name (3)"),
    )
    assert len(set(named(["x"] * 50))) == 50
