"""Reads the amounts that people write: "€120,000", "100k", "120000 USD a year". Pure.

1,500 is one and a half to some and fifteen hundred to others. Which it is must be seen, in the
amount itself or in its column; where it is not, the amount is refused and says how to write it.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from functools import cache

from babel import Locale
from babel.numbers import NumberFormatError, get_territory_currencies, parse_decimal

from handoff.money import Money, decimals

MOST = 10**12  # units; more is a slip of the hand


class Style(StrEnum):
    """What stands before the decimals."""

    POINT = "point"  # 1,234.50
    COMMA = "comma"  # 1.234,50


class UnclearError(Exception):
    """What was written is no amount for certain. The message says why and how to write it."""


_LOCALES = {Style.POINT: ("en", "en_IN"), Style.COMMA: ("de",)}  # Indians group by two and three

_AMOUNT = re.compile(
    r"(?:(?:about|approx\.?|ca\.|ca(?=\d)|ca\s+(?![\s$])|circa|~)\s*+)?"  # CA$ is Canada's
    r"(?P<before>[^\d\s]+)?\s*+"
    r"(?P<number>\d(?:[\d.,' ]*\d)?)(?P<none>[.,](?:--?|[\u2013\u2014]))?\s*+"
    r"(?P<k>k(?![^\W\d_])|k(?=[a-z]{3}\b))?\s*+"
    r"(?P<after>[^\d\s]+?)??\s*+"
    r"(?:(?:a|per|each|/)\s*+(?:year|yr|annum)|p\.?\s?a\.?|yearly|annually)?",
    re.IGNORECASE,
)
"""No space is tried in two places, however many there are."""
_GROUPED = re.compile(r"\d{1,3}(?:([' ])\d{3})(?:\1\d{3})*(?:[.,]\d+)?")
_SHARED: Mapping[str, frozenset[str]] = {
    "$": frozenset(
        [
            "USD",
            "CAD",
            "AUD",
            "NZD",
            "SGD",
            "HKD",
            "TWD",
            "MXN",
            "ARS",
            "CLP",
            "COP",
            "UYU",
            "BBD",
            "BMD",
            "BND",
            "BSD",
            "BZD",
            "FJD",
            "GYD",
            "JMD",
            "KYD",
            "LRD",
            "NAD",
            "SBD",
            "SRD",
            "TTD",
            "XCD",
            "DOP",
        ]
    ),
    "¥": frozenset({"JPY", "CNY"}),
    "kr": frozenset({"SEK", "NOK", "DKK", "ISK"}),
    "kr.": frozenset({"DKK", "ISK"}),
}
_NAMES = {"euro": "EUR", "euros": "EUR", "fr.": "CHF", "sfr.": "CHF", "zł": "PLN", "kč": "CZK"}


@cache
def currencies() -> frozenset[str]:
    """The codes of all currencies that some country pays with, as Unicode's tables say."""
    places = [str(place) for place in Locale("en").territories]
    return frozenset(
        str(code)
        for place in places
        if len(place) == 2 and place.isalpha()
        for code in get_territory_currencies(place)
    )


@cache
def _signs() -> Mapping[str, str]:
    """Signs that are one currency's: €, £, US$."""
    said = Locale("en").currency_symbols
    own = {sign.upper(): code for code, sign in said.items() if code in currencies()}
    more = {"US$": "USD"} | {name.upper(): code for name, code in _NAMES.items()}
    return {sign: code for sign, code in (own | more).items() if sign.lower() not in _SHARED}


def code_of(written: str, own: str = "") -> str | None:
    """The currency of a code, a sign or a name; a sign that several share is *own* where that is
    one of them. None for anything else.
    """
    said = unicodedata.normalize("NFKC", written).strip()
    if said.upper() in currencies():
        return said.upper()
    if own in _SHARED.get(said.lower(), ()):
        return own
    return _signs().get(said.upper())


def own_code(written: str) -> str:
    """The currency of a company that wrote the sign of its own: $ is the dollar of the United
    States where no country is named. What is no currency stays as it is.
    """
    return code_of(written) or {"$": "USD", "¥": "JPY"}.get(written.strip(), written)


def style_of(cells: Iterable[tuple[str, str]]) -> Style | None:
    """The one style in which a column is written; None where none of its amounts tells. A cell is
    where it stands, and its text.

    Raises UnclearError where two amounts are written in two, naming both.
    """
    seen: dict[Style, str] = {}
    for place, text in cells:
        parts = _parts(text)
        readings = _readings(parts["number"]) if parts else {}
        if len(readings) == 1:
            seen.setdefault(next(iter(readings)), f"{text!r} ({place})")
    if len(seen) > 1:
        raise UnclearError(
            f"{seen[Style.POINT]} has a point before its decimals and {seen[Style.COMMA]} a comma; "
            "write all amounts in one way"
        )
    return next(iter(seen), None)


LESS = ("-", "\N{MINUS SIGN}", "\N{EN DASH}")  # before a number: less than nothing


def read(text: str, currency: str, style: Style | None = None) -> Money | None:
    """The amount; None for an empty text. It is in *currency* where it names none.

    Raises UnclearError for whatever can be read in two ways or in none.
    """
    if not text.strip():
        return None
    parts = _parts(text)
    if parts is None or parts["before"].strip() in LESS:
        raise UnclearError(f"{text!r} is no amount; write it like 48000 or 48000 {currency}")
    named = [_named(word, text, currency) for word in (parts["before"], parts["after"]) if word]
    if len(set(named)) > 1:
        raise UnclearError(f"{text!r} names two currencies")
    value = _value(text, parts["number"], style) * (1000 if parts["k"] else 1)
    into = named[0] if named else currency
    minor = value.scaleb(decimals(into))
    if minor != minor.to_integral_value():
        raise UnclearError(f"{text!r} has more decimals than {into} has")
    if value > MOST:
        raise UnclearError(f"{text!r} is more than anything is worth a year")
    return Money(int(minor), into)


def _parts(text: str) -> dict[str, str] | None:
    if any(sign.isdigit() and not sign.isdecimal() for sign in text):
        return None  # a footnote's, as in 48000², which would be read as one more figure
    said = unicodedata.normalize("NFKC", text).replace("’", "'").strip()
    found = _AMOUNT.fullmatch(said)
    if found is None or len(said) > 100:
        return None
    number = found["number"] + (f"{found['none'][0]}00" if found["none"] else "")
    if not number.isascii():
        return None
    return {
        "before": found["before"] or "",
        "number": number,
        "k": found["k"] or "",
        "after": found["after"] or "",
    }


def _named(word: str, text: str, own: str) -> str:
    code = code_of(word, own)
    if code is None:
        shared = word.lower() in _SHARED
        why = f"{word} is the sign of several currencies" if shared else f"{word!r} is no currency"
        raise UnclearError(f"{text!r}: {why}; write its code, like 48000 USD")
    return code


def _value(text: str, number: str, style: Style | None) -> Decimal:
    readings = _readings(number)
    values = set(readings.values())
    if style is not None and style in readings:
        return readings[style]
    if len(values) == 1:
        return values.pop()
    if not values:
        raise UnclearError(f"{text!r} is no amount; write it like 48000 or 1500.50")
    two = " or ".join(f"{value.normalize():f}" for value in sorted(values))
    raise UnclearError(f"{text!r} may be {two}; write it without a sign between thousands")


def _readings(number: str) -> Mapping[Style, Decimal]:
    """What it is in each style in which it is a number. Both, where it tells nothing: 1500."""
    if " " in number or "'" in number:
        if _GROUPED.fullmatch(number) is None:
            return {}
        number = number.replace(" ", "").replace("'", "")
        whole, sign, rest = number.partition("." if "." in number else ",")
        if sign:
            style = Style.POINT if sign == "." else Style.COMMA
            return {style: Decimal(f"{whole}.{rest}")}
    return {
        style: value
        for style, locales in _LOCALES.items()
        if (value := _first(number, locales)) is not None
    }


def _first(number: str, locales: Iterable[str]) -> Decimal | None:
    for locale in locales:
        try:
            return parse_decimal(number, locale=locale, strict=True)
        except (NumberFormatError, InvalidOperation):  # the latter for more digits than it holds
            continue
    return None
