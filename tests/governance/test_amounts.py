"""Amounts as people type them: each language its own spelling, nothing guessed."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.ui.amounts import NoAmount, shown_amount, typed_amount


@pytest.mark.parametrize(
    ("language", "typed", "amount"),
    [
        ("en", "1,234.56", "1234.56"),
        ("en", "1234.56", "1234.56"),
        ("en", "1,234", "1234"),
        ("en", "1,234,567.8", "1234567.8"),
        ("en", "-12.5", "-12.5"),
        ("en", "\u221212.50", "-12.5"),
        ("en", "+7", "7"),
        ("en", "0.125", "0.125"),
        ("en", "1.2340", "1.234"),
        ("en", " 1 234.50 ", "1234.5"),
        ("en", "0", "0"),
        ("de", "1.234,56", "1234.56"),
        ("de", "1234,56", "1234.56"),
        ("de", "1.234", "1234"),
        ("de", "1.234.567,8", "1234567.8"),
        ("de", "0,125", "0.125"),
        ("de", "1\u00a0234,5", "1234.5"),
        ("de-at", "1'234,5", "1234.5"),
    ],
)
def test_each_language_is_read_in_its_own_spelling(language: str, typed: str, amount: str) -> None:
    assert typed_amount(typed, language=language, decimals=4) == Decimal(amount)


@pytest.mark.parametrize("typed", ["", "  ", "\u00a0"])
def test_nothing_typed_is_not_zero(typed: str) -> None:
    assert typed_amount(typed, language="en", decimals=2) is None


@pytest.mark.parametrize(
    ("language", "typed", "words"),
    [
        ("en", "1.234", "two ways"),
        ("de", "1,234", "two ways"),
        ("en", "1.234,56", "1,234.56"),
        ("en", "1234,56", "1,234.56"),
        ("de", "1,234.56", "1.234,56"),
        ("de", "1234.56", "1.234,56"),
        ("en", "1,23,456", "1,234.56"),
        ("en", "NaN", "not a number"),
        ("en", "Infinity", "not a number"),
        ("en", "1e30", "not a number"),
        ("en", "12x", "not a number"),
        ("en", "1\x00", "not a number"),
        ("en", "١٢٣", "not a number"),
        ("en", "1_000", "not a number"),
        ("en", str(10**30), "too large"),
        ("en", "9" * 100, "too long"),
        ("en", "1.005", "two ways"),
        ("en", "10.12345", "decimals"),
    ],
)
def test_what_is_not_plainly_an_amount_is_refused_in_words(
    language: str, typed: str, words: str
) -> None:
    with pytest.raises(NoAmount, match=words):
        typed_amount(typed, language=language, decimals=2)


@given(
    amount=st.decimals(min_value=-(10**14), max_value=10**14, places=4),
    language=st.sampled_from(["en", "de"]),
)
def test_what_a_form_shows_is_read_back_as_it_was(amount: Decimal, language: str) -> None:
    shown = shown_amount(amount, language, 4)
    assert typed_amount(shown, language=language, decimals=4) == amount


def test_an_empty_month_is_shown_empty() -> None:
    assert shown_amount(None, "en", 2) == ""
    assert shown_amount(Decimal("0.0000"), "en", 2) == "0.00"
    assert shown_amount(Decimal("12.5000"), "de", 1) == "12,5"
