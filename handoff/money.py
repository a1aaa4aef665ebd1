"""An amount of money, and what rules may say of one. Nobody guesses: what is not known, or stands
in another currency, is neither enough nor too little.
"""

from dataclasses import dataclass
from decimal import Decimal

_NONE = frozenset(
    [
        "BIF",
        "CLP",
        "DJF",
        "GNF",
        "ISK",
        "JPY",
        "KMF",
        "KRW",
        "PYG",
        "RWF",
        "UGX",
        "UYI",
        "VND",
        "VUV",
        "XAF",
        "XOF",
        "XPF",
    ]
)
_THREE = frozenset(["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"])
_FOUR = frozenset(["CLF", "UYW"])


def decimals(currency: str) -> int:
    """How many decimals its minor unit has, as ISO 4217 says.

    https://www.iso.org/iso-4217-currency-codes.html. It is written here, for what is stored counts
    in it and must mean the same for ever: the tables of Unicode say 0 for the forint, whose minor
    unit has 2.
    """
    if currency in _NONE:
        return 0
    return 3 if currency in _THREE else 4 if currency in _FOUR else 2


@dataclass(frozen=True, slots=True)
class Money:
    """So many minor units (cents) of a currency."""

    minor: int
    currency: str  # ISO 4217 code: EUR

    @property
    def amount(self) -> Decimal:
        """In whole units and decimals: 1500.5 of 150050 cents."""
        return Decimal(self.minor).scaleb(-decimals(self.currency))

    def plain(self) -> str:
        """As a machine writes it: 48000, 1500.50. No sign between thousands, no currency."""
        whole = self.amount == self.amount.to_integral_value()
        return f"{self.amount:.0f}" if whole else f"{self.amount:f}"


def whole(units: int, currency: str) -> Money:
    """So many whole units of a currency."""
    return Money(units * 10 ** decimals(currency), currency)


def reaches(worth: Money | None, least: Money) -> bool:
    """Whether it is known to be as much as *least* or more."""
    return worth is not None and worth.currency == least.currency and worth.minor >= least.minor


def stays_below(worth: Money | None, most: Money) -> bool:
    """Whether it is known to be less than *most*."""
    return worth is not None and worth.currency == most.currency and worth.minor < most.minor
