"""The public holidays of countries and their regions."""

from datetime import date
from functools import cache

import holidays


def holidays_of(region: str | None, first: date, last: date) -> frozenset[date]:
    """The public holidays of a country or region ("DE-BY") between two days, both included."""
    if region is None:
        return frozenset()
    return frozenset(
        day
        for year in range(first.year, last.year + 1)
        for day in holidays_in(region, year)
        if first <= day <= last
    )


@cache
def holidays_in(region: str, year: int) -> frozenset[date]:
    """Those of one year. Raises ValueError for a region of which none are known."""
    country, _, part = region.partition("-")
    try:
        return frozenset(holidays.country_holidays(country, subdiv=part or None, years=year))
    except NotImplementedError as error:
        raise ValueError(f"no public holidays are known for {region!r}") from error
