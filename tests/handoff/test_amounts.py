"""What people write of an amount is read, or said to be unclear: it is never guessed."""

from decimal import Decimal

import pytest
from babel.numbers import format_currency, format_decimal
from hypothesis import given
from hypothesis import strategies as st

from handoff.amounts import Style, UnclearError, code_of, currencies, read, style_of
from handoff.money import Money, decimals, reaches, stays_below, whole

COUNTRIES = ("en", "en_IN", "de", "de_AT", "de_CH", "fr", "es", "sv", "pl", "pt_BR", "en_ZA")


@pytest.mark.parametrize(
    ("text", "plain", "currency"),
    [
        ("48000", "48000", "EUR"),
        ("1500.00", "1500", "EUR"),
        ("1500,5", "1500.50", "EUR"),
        ("100k", "100000", "EUR"),
        ("1.5k USD", "1500", "USD"),
        ("100 k€", "100000", "EUR"),
        ("€ 100k p.a.", "100000", "EUR"),
        ("120000 USD a year", "120000", "USD"),
        ("48000 EUR/year", "48000", "EUR"),
        ("about 48000 per annum", "48000", "EUR"),
        ("US$ 5", "5", "USD"),
        ("£1,234,567", "1234567", "GBP"),
        ("1.234.567,89 €", "1234567.89", "EUR"),
        ("12,00,000", "1200000", "EUR"),
        ("1 500 000", "1500000", "EUR"),
        ("1’500’000.50 CHF", "1500000.50", "CHF"),
        ("1\u202f500,00", "1500", "EUR"),
        ("0,500", "0.50", "EUR"),
        ("５０００ JPY", "5000", "JPY"),
        ("1.5 KWD", "1.500", "KWD"),
        ("0", "0", "EUR"),
        ("EUR 250.000,-", "250000", "EUR"),
        ("48000,--", "48000", "EUR"),
        ("250’000.– CHF", "250000", "CHF"),
    ],
)
def test_what_is_clear_is_read(text: str, plain: str, currency: str) -> None:
    worth = read(text, "EUR")

    assert worth
    assert (worth.plain(), worth.currency) == (plain, currency)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("1,500", "may be 1.5 or 1500"),
        ("€120,000", "may be 120 or 120000"),
        ("50-100k", "is no amount"),
        ("-5", "is no amount"),
        ("2M", "'M' is no currency"),
        ("$5000", "$ is the sign of several currencies"),
        ("5000 kr", "kr is the sign of several currencies"),
        ("€ 5 USD", "names two currencies"),
        ("1e5", "is no amount"),
        ("4²", "is no amount"),
        ("①500", "is no amount"),
        ("NaN", "is no amount"),
        ("Infinity", "is no amount"),
        ("1.2.3", "is no amount"),
        ("12 34", "is no amount"),
        ("1.505,5,5", "is no amount"),
        ("48000 a month", "is no amount"),
        ("5000.5 JPY", "more decimals than JPY has"),
        ("12.5555", "more decimals than EUR has"),
        ("9" * 20, "more than anything is worth"),
        ("9" * 200, "is no amount"),
        (f"{'9' * 30}.50", "more than anything is worth"),
        (f"0,{'3' * 40}", "more decimals than EUR has"),
        ("half a million", "is no amount"),
        ("١٢", "is no amount"),
    ],
)
def test_what_is_not_clear_is_said_to_be(text: str, why: str) -> None:
    with pytest.raises(UnclearError, match=why.replace("$", r"\$")):
        read(text, "EUR")


def test_nothing_is_no_amount_and_not_wrong() -> None:
    assert read("", "EUR") is None
    assert read("  ", "EUR") is None


def test_a_sign_that_several_share_is_ones_own() -> None:
    assert read("$5000", "USD") == whole(5_000, "USD")
    assert read("$5000", "CAD") == whole(5_000, "CAD")
    assert read("5000 kr", "SEK") == whole(5_000, "SEK")
    assert code_of("DEM") is None, "nobody pays with it any more"
    assert code_of(" eur ") == "EUR"


@pytest.mark.parametrize("own", ["EUR", "USD", "CAD", "SEK"])
def test_a_currency_that_is_named_is_that_one_on_either_side_of_the_amount(own: str) -> None:
    """CA is no "circa" and K no thousand, where they begin a currency's name."""
    signs = {"CA$": "CAD", "ca$": "CAD", "A$": "AUD", "US$": "USD", "Kč": "CZK", "zł": "PLN"}

    for word, code in ({code: code for code in sorted(currencies())} | signs).items():
        for written in (f"{word} 5000", f"{word}5000", f"about {word} 5000", f"{word} 5k"):
            assert read(written, own) == whole(5_000, code), written
        for written in (f"5000 {word}", f"5000{word}", f"5000 {word} a year", f"5k {word}"):
            assert read(written, own) == whole(5_000, code), written


@pytest.mark.parametrize("written", ["ca 5000", "ca. 5000", "ca5000", "ca. $5000", "CA. € 5000"])
def test_about_so_much_is_so_much(written: str) -> None:
    assert read(written, "USD") == whole(5_000, "EUR" if "€" in written else "USD")


def test_about_dollars_and_the_dollars_of_canada_are_not_guessed() -> None:
    with pytest.raises(UnclearError, match="is no amount"):
        read("CA $5000", "USD")


amounts = st.decimals(min_value=0, max_value=10**9, places=2)


@given(amount=amounts, country=st.sampled_from(COUNTRIES))
def test_however_a_country_writes_it_with_its_decimals_it_is_read_as_meant(
    amount: Decimal, country: str
) -> None:
    written = format_decimal(amount, "#,##0.00", locale=country, group_separator=True)

    assert read(written, "EUR") == Money(int(amount * 100), "EUR")


@given(amount=amounts, country=st.sampled_from(COUNTRIES))
def test_with_a_sign_of_money_too(amount: Decimal, country: str) -> None:
    written = format_currency(amount, "EUR", locale=country)

    assert read(written, "USD") == Money(int(amount * 100), "EUR")


@given(units=st.integers(0, 10**9), country=st.sampled_from(COUNTRIES))
def test_without_decimals_it_is_read_as_meant_or_not_at_all(units: int, country: str) -> None:
    written = format_decimal(units, "#,##0", locale=country)

    try:
        assert read(written, "EUR") == whole(units, "EUR")
    except UnclearError:
        assert written.count(",") + written.count(".") == 1


@given(column=st.lists(amounts, min_size=1, max_size=9), country=st.sampled_from(("en", "de")))
def test_a_column_is_read_as_its_country_means_it_once_one_amount_shows_it(
    column: list[Decimal], country: str
) -> None:
    cells = [format_decimal(one, locale=country) for one in column]
    style = Style.POINT if country == "en" else Style.COMMA

    assert style_of([("", cell) for cell in cells]) in (None, style)
    assert [read(cell, "EUR", style) for cell in cells] == [
        Money(int(one * 100), "EUR") for one in column
    ]


@given(text=st.text(max_size=40) | st.text(alphabet="0123456789.,' k€$USD-", max_size=60))
def test_whatever_is_typed_is_an_amount_or_unclear_and_an_amount_reads_back_as_itself(
    text: str,
) -> None:
    try:
        worth = read(text, "EUR")
    except UnclearError:
        return
    if worth is None:
        assert not text.strip()
        return
    assert worth.minor >= 0
    assert worth.currency in currencies()
    again = f"{worth.plain()} {worth.currency}"
    style = Style.POINT if decimals(worth.currency) > 2 else None  # 1.500 dinars
    assert read(again, "EUR", style) == worth


def test_unknown_or_in_another_currency_is_neither_enough_nor_too_little() -> None:
    line = whole(100_000, "EUR")

    assert reaches(line, line)
    assert not stays_below(line, line)
    assert stays_below(Money(line.minor - 1, "EUR"), line)
    assert not reaches(Money(line.minor - 1, "EUR"), line)
    for worth in (None, whole(1, "USD"), whole(900_000, "USD")):
        assert not reaches(worth, line)
        assert not stays_below(worth, line)


def test_minor_units_are_those_of_iso_4217() -> None:
    assert [decimals(code) for code in ("EUR", "JPY", "KWD", "CLF", "HUF")] == [2, 0, 3, 4, 2]
    assert Money(150_050, "EUR").plain() == "1500.50"
    assert Money(1_500, "JPY").plain() == "1500"
