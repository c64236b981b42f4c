"""What cells mean: amounts, days and months in many notations, and what has no one reading."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange.files.notations import (
    FAULT_TEXTS,
    Fault,
    Notation,
    NotationScout,
    amount_in,
    currency_in,
    day_in,
    fault_text,
    is_nothing,
    month_in,
    unquoted,
)
from kpis.rules import Month

OPEN = Notation()
POINT, COMMA = Notation("."), Notation(",")
DAY_FIRST, MONTH_FIRST = Notation(day_first=True), Notation(day_first=False)


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("1234.56", "1234.56"),
        ("1234,56", "1234.56"),
        ("1,234.56", "1234.56"),
        ("1.234,56", "1234.56"),
        ("1 234,56", "1234.56"),
        ("1\u00a0234,56", "1234.56"),
        ("1\u202f234\u2009567,5", "1234567.5"),
        ("1'234.56", "1234.56"),
        ("1\u2019234\u2019567.5", "1234567.5"),
        ("1,234,567", "1234567"),
        ("1.234.567", "1234567"),
        ("1.234.567,8", "1234567.8"),
        ("£1,234.56", "1234.56"),
        ("-£5", "-5"),
        ("£-5", "-5"),
        ("1234.56 EUR", "1234.56"),
        ("EUR 1234.56", "1234.56"),
        ("1.234,56 €", "1234.56"),
        ("(1,234.56)", "-1234.56"),
        ("(£12)", "-12"),
        ("\u22121234.5", "-1234.5"),
        ("\u20131234.5", "-1234.5"),
        ("1234.5-", "-1234.5"),
        ("+7", "7"),
        ("'-5", "-5"),
        ("0.234", "0.234"),
        ("0,234", "0.234"),
        (".5", "0.5"),
        ("1234.567", "1234.567"),
        ("  12  ", "12"),
        ("0", "0"),
        ("-0", "0"),
    ],
)
def test_an_amount_with_one_reading_is_read(text: str, amount: str) -> None:
    assert amount_in(text, OPEN) == Decimal(amount)


@pytest.mark.parametrize(
    "text",
    [
        *("1_000", "1e30", "1E5", "NaN", "Infinity", "-inf", "0x10", "abc", "12 apples", "5."),
        *(
            "\u0661\u0662\u0663",
            "\uff11\uff12\uff13",
            "\u00b2",
            "Exempt under Section 43",
            "1,23,456.00",
            "1 23",
            "12,34,56",
        ),
        *("--5", "-5-", "(-5)", "(5", "5)", "£5 EUR", "1,234,56", "1.234.56", "1,234.567,8"),
        *("=1+1", "=cmd|' /C calc'!A0", "5 TBD", "1 000 00", "1.2.3", "", ",", ".", "£", "9" * 90),
    ],
)
def test_what_is_no_number_is_no_number(text: str) -> None:
    verdict = amount_in(text, OPEN)
    assert isinstance(verdict, Fault)
    assert verdict.code == "not_a_number"


@pytest.mark.parametrize(
    ("cell", "notation", "code"),
    [
        ("1.234", OPEN, "two_readings"),
        ("12,345", OPEN, "two_readings"),
        ("£1,234", OPEN, "two_readings"),
        ("5%", OPEN, "percent"),
        ("1.5", COMMA, "other_notation"),
        ("1,234.56", COMMA, "other_notation"),
        ("1.234.567", POINT, "other_notation"),
        ("1000000000000000", OPEN, "too_large"),
        (Decimal("1E+999999"), OPEN, "too_large"),
        (Decimal("1E-999"), OPEN, "too_many_decimals"),
        (Decimal("NaN"), OPEN, "not_a_number"),
        (Decimal("-Infinity"), OPEN, "not_a_number"),
        (True, OPEN, "not_a_number"),
        (date(2026, 1, 1), OPEN, "not_a_number"),
        (None, OPEN, "missing"),
    ],
)
def test_an_amount_that_cannot_be_kept_says_why(
    cell: object, notation: Notation, code: str
) -> None:
    verdict = amount_in(cell, notation)  # type: ignore[arg-type]  # every kind of cell
    assert isinstance(verdict, Fault)
    assert verdict.code == code
    assert "%(" not in fault_text(verdict.code, verdict.params)


def test_the_column_decides_what_a_lone_sign_means() -> None:
    assert amount_in("1.234", POINT) == Decimal("1.234")
    assert amount_in("1.234", COMMA) == Decimal(1234)
    assert amount_in("1,234", POINT) == Decimal(1234)
    assert amount_in(Decimal("1.5"), COMMA) == Decimal("1.5")


def test_the_sentence_of_two_readings_names_both() -> None:
    verdict = amount_in("1.234", OPEN)
    assert isinstance(verdict, Fault)
    text = fault_text(verdict.code, verdict.params)
    assert "1.234" in text
    assert "1234" in text


def test_every_fault_has_a_sentence() -> None:
    names = ("text", "one", "other", "sign", "decimals")
    for code in FAULT_TEXTS:
        assert fault_text(code, dict.fromkeys(names, "x")).endswith(".")


def scouted(*cells: str) -> Notation:
    scout = NotationScout()
    for cell in cells:
        scout.see(cell)
    return scout.notation


def test_a_column_tells_its_notation_from_what_has_one_reading() -> None:
    assert scouted("1.234", "1.234,56") == COMMA
    assert scouted("1,234", "12.5") == POINT
    assert scouted("1.234", "1,234,567") == POINT
    assert scouted("01/02/2026", "31/01/2026") == DAY_FIRST
    assert scouted("01/02/2026", "01/31/2026") == MONTH_FIRST


def test_a_column_without_decimals_tells_by_how_it_groups() -> None:
    grouped = ("£1,234", "£12,500", "£278", "£3,021", "£9", "£0")
    assert scouted(*grouped) == POINT
    assert scouted(*(text.replace(",", ".") for text in grouped)) == COMMA
    # Few numbers, a thousand without its sign, or signs of both kinds prove nothing.
    assert scouted(*grouped[:4]) == OPEN
    assert scouted(*grouped, "5000") == OPEN
    assert scouted(*grouped, "1.234") == OPEN


def test_a_column_that_contradicts_itself_stays_undecided() -> None:
    assert scouted("12.5", "12,5") == OPEN
    assert scouted("31/01/2026", "01/31/2026") == OPEN
    assert scouted("1.234", "prose", "n/a", "01/02/2026") == OPEN


def test_a_notation_survives_being_kept() -> None:
    for notation in (OPEN, POINT, COMMA, DAY_FIRST, Notation(",", day_first=False)):
        assert Notation.from_data(notation.to_data()) == notation
    assert Notation.from_data({"decimal_sign": ";", "day_first": "yes"}) == OPEN


amounts = st.decimals(min_value="-999999999999", max_value="999999999999", places=2)


@settings(deadline=None)
@given(amounts, st.sampled_from([",", ".", "\u00a0", " ", "'", ""]), st.sampled_from(".,"))
def test_an_amount_written_in_any_notation_comes_back(
    amount: Decimal, group: str, sign: str
) -> None:
    if group == sign:
        group = ""
    text = f"{amount:,.2f}".translate({ord(","): group, ord("."): sign})
    for spelled in (text, f"{text} EUR", f"€ {text}", text.replace("-", "\u2212")):
        assert amount_in(spelled, OPEN) == amount
        assert amount_in(spelled, Notation(sign)) == amount
    if amount < 0:
        assert amount_in(f"({text[1:]})", OPEN) == amount
        assert amount_in(f"{text[1:]}-", OPEN) == amount


@settings(deadline=None)
@given(st.text(max_size=100))
def test_any_text_is_an_amount_a_day_a_month_or_a_fault(text: str) -> None:
    for notation in (OPEN, Notation(",", day_first=True), Notation(".", day_first=False)):
        assert isinstance(amount_in(text, notation), Decimal | Fault)
        assert isinstance(day_in(text, notation), date | Fault)
    assert isinstance(month_in(text), Month | None)
    assert isinstance(is_nothing(text), bool)
    scouted(text)


@pytest.mark.parametrize(
    "text",
    [
        *("2026-01-31", "2026/01/31", "2026.1.31", "31.01.2026", "31. 1. 2026", "31/01/2026"),
        *("01/31/2026", "31-01-2026", "31 Jan 2026", "31. Januar 2026", "January 31, 2026"),
        *("31st January 2026", "31-Jan-2026", "Jan 31 2026", "31. Jänner 2026"),
        *("2026-01-31T00:00:00", "2026-01-31 00:00", "31.01.2026 00:00:00", "2026-01-31T00:00:00Z"),
    ],
)
def test_a_day_with_one_reading_is_read(text: str) -> None:
    assert day_in(text, OPEN) == date(2026, 1, 31)


@pytest.mark.parametrize(
    ("cell", "notation", "code"),
    [
        ("01/02/2026", OPEN, "date_two_readings"),
        ("01-02-2026", OPEN, "date_two_readings"),
        ("31/01/2026", MONTH_FIRST, "date_other_order"),
        ("01/31/2026", DAY_FIRST, "date_other_order"),
        ("31.02.2026", OPEN, "impossible_date"),
        ("2026-13-01", OPEN, "impossible_date"),
        ("32/01/2026", DAY_FIRST, "impossible_date"),
        ("31.1.26", OPEN, "two_digit_year"),
        ("01/02/26", OPEN, "two_digit_year"),
        ("1 Jan 26", OPEN, "two_digit_year"),
        ("1899-12-31", OPEN, "year_out_of_range"),
        ("2201-01-01", OPEN, "year_out_of_range"),
        (date(1066, 10, 14), OPEN, "year_out_of_range"),
        ("2026-01-31T13:00:00", OPEN, "time_of_day"),
        ("soon", OPEN, "not_a_date"),
        ("31 Foo 2026", OPEN, "not_a_date"),
        ("\u0663\u0661.\u0660\u0661.\u0662\u0660\u0662\u0666", OPEN, "not_a_date"),
        (Decimal(46053), OPEN, "not_a_date"),
        (True, OPEN, "not_a_date"),
        (None, OPEN, "missing"),
    ],
)
def test_a_day_that_is_none_says_why(cell: object, notation: Notation, code: str) -> None:
    verdict = day_in(cell, notation)  # type: ignore[arg-type]  # every kind of cell
    assert isinstance(verdict, Fault)
    assert verdict.code == code
    assert "%(" not in fault_text(verdict.code, verdict.params)


def test_the_column_decides_which_comes_first() -> None:
    assert day_in("01/02/2026", DAY_FIRST) == date(2026, 2, 1)
    assert day_in("01/02/2026", MONTH_FIRST) == date(2026, 1, 2)
    assert day_in("05/05/2026", OPEN) == date(2026, 5, 5)
    assert day_in("01.02.2026", MONTH_FIRST) == date(2026, 2, 1)


@pytest.mark.parametrize(
    "heading",
    [
        *("2026-01", "2026/01", "2026-1", "01/2026", "1/2026", "01.2026", "Jan 2026", "Jan-26"),
        *("Januar 2026", "JANUARY 2026", "202601", "2026-01-01", "Jan. 2026", "2026 Jan", "Jan'26"),
        *(date(2026, 1, 1), Decimal(202601)),
    ],
)
def test_a_heading_that_names_a_month_is_one(heading: str) -> None:
    assert month_in(heading) == Month(2026, 1)


def test_german_months_have_their_accents_or_not() -> None:
    for text in ("März 2026", "Maerz 2026", "Mrz 26", "mar 2026"):
        assert month_in(text) == Month(2026, 3)


@pytest.mark.parametrize(
    "heading",
    ["2026", "2026-13", "Foo 2026", "2026-01-02", "1066-01", "Amount", "", None, True, "Jan"],
)
def test_a_heading_that_names_no_month_is_none(heading: str) -> None:
    assert month_in(heading) is None


def test_words_for_nothing_are_nothing() -> None:
    for text in (
        "n/a",
        "N/A",
        "na",
        "k.A.",
        "-",
        "\u2013",
        "\u2014",
        "TBD",
        "none",
        "NULL",
        "#N/A",
        "nil",
    ):
        assert is_nothing(text)
        assert is_nothing(f" {text} ")
    assert is_nothing("offen")
    for cell in ("0", "no", "Nathan", "offene Punkte", Decimal(0), None, False):
        assert not is_nothing(cell)


def test_our_own_apostrophe_is_taken_back_and_no_other() -> None:
    for text in ("=1+1", "+1", "-1", "@x", "\tx", "\rx"):
        assert unquoted(f"'{text}") == text
    for text in ("'quoted'", "'", "", "=1", "''=1"):
        assert unquoted(text) == text


def test_the_currency_beside_an_amount_can_be_asked_for() -> None:
    assert currency_in("£1,234.56") == "£"
    assert currency_in("12 EUR") == "EUR"
    assert currency_in("12") == ""
    assert currency_in("prose in EUR") == ""
    assert currency_in(Decimal(5)) == ""
