"""Figures, and the lines behind one, as rows: for a file that somebody takes along, and for their
own programs. What stands in them is what their scope shows, by the same reading as the tab's.

Of 50,000 lines each step takes a second, and an Excel file eight: it is done in one of few threads,
or nobody else would be answered.
"""

import asyncio
import csv
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from io import BytesIO, StringIO
from typing import TypeVar
from weakref import WeakValueDictionary

from handoff.asked import Asked, Wanted, ground_text
from handoff.campaigns import key
from handoff.figures import BY_CODE, FIGURES, Share, Spread
from handoff.money import Money
from handoff.scope import NAMING, By, Kind, Scope
from store.fact_terms import Look
from store.figures import Cell, Line, Shown
from store.stores import Stores

T = TypeVar("T")
Scalar = str | int | float | bool | None
VALUES = (*("shown", "value", "top", "bottom", "n", "median_seconds", "p90_seconds", "currency"),)
COLUMNS = (
    *("figure", "name", "unit", "of", "since", "until", "by", "part", "part_name"),
    *VALUES,
)
LINES = (
    *("at", "handoff", "company", "what", "code", "reason", "who", "who_name"),
    *("worth", "currency"),
)
HAPPENED = (By.REASON, By.CODE)
"""By what the name of a part that is not shown would tell what happened to somebody."""
MOST = 50_000  # lines of one file
AT_ONCE = 2  # sheets that are made at once for one person
_MAKING = ThreadPoolExecutor(2, "sheets")  # whatever everybody asks for
LEFT_OUT = f"Only the newest {MOST:,} are in this file. Choose a shorter time for the others."
CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""What XML does not hold: https://www.w3.org/TR/xml/#charsets"""
SUM = "=+\\-@\uff1d\uff0b\uff0d\uff20"
FORMULA = re.compile(f'^(?=[{SUM}\t\r])|(?<=[;\t\r\n])(?=[ "]*[{SUM}])')
"""By what a cell begins that a spreadsheet would work out, also where it parts a line by something
else than commas. https://owasp.org/www-community/attacks/CSV_Injection
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """Rows, each as long as there are columns."""

    name: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Scalar]]
    more: bool = False  # whether there are others, which were left out
    left_out: str = LEFT_OUT  # what is said of these


class Turns:
    """So that nobody waits for what somebody else asks for again and again."""

    def __init__(self) -> None:
        self._of = WeakValueDictionary[str, asyncio.Semaphore]()

    def of(self, person: str) -> asyncio.Semaphore:
        return self._of.setdefault(person, asyncio.Semaphore(AT_ONCE))


async def aside(make: Callable[[], T]) -> T:
    """What *make* returns, in a thread."""
    return await asyncio.get_running_loop().run_in_executor(_MAKING, make)


async def sheet(stores: Stores, scope: Scope, wanted: Wanted, at: datetime) -> Sheet:
    """Raises NotShownError."""
    look = look_of(wanted.asked)
    if wanted.figure is None:
        rows = await figure_rows(stores, scope, wanted.asked, at)
        if look.ground.kind is Kind.CAMPAIGN:
            rows = [*rows, *await _costs(stores, scope, wanted.asked)]
        return Sheet(name=wanted.asked.time.code, columns=COLUMNS, rows=rows)
    found = await stores.figures.behind(
        scope, wanted.figure, look, at, part=wanted.part, bottom=wanted.bottom, most=MOST + 1
    )
    lines = found[:MOST]
    names = await _names(stores, {one.who for one in lines if one.who})
    return Sheet(
        name=wanted.figure.code,
        columns=LINES,
        rows=await aside(partial(_rows, lines, names)),
        more=len(found) > MOST,
    )


async def _costs(stores: Stores, scope: Scope, asked: Asked) -> Sequence[Sequence[Scalar]]:
    """What campaigns have cost since they began, which is of no time: a row for each of which that
    is known, of the one that is asked for or of all of whoever's *scope* it is.
    """
    which = asked.ground.which
    begins = ("spent", "What it has cost since it began", "money", ground_text(asked.ground))
    return [
        (*begins, None, None, By.CAMPAIGN.value, key(one.code), one.name, *ends)
        for one in await stores.campaigns.all()
        if one.spent and one.owner == scope.who and which in ("", key(one.code), key(one.name))
        for ends in values(Cell("", {one.spent.currency: one.spent.minor}))
    ]


def _rows(lines: Iterable[Line], names: Mapping[str, str]) -> Sequence[Sequence[Scalar]]:
    return [
        (
            *(one.at.isoformat(timespec="seconds"), one.number, one.company, one.what),
            *(one.code, one.reason, one.who, names.get(one.who or "")),
            *((float(one.worth.amount), one.worth.currency) if one.worth else (None, None)),
        )
        for one in lines
    ]


def look_of(asked: Asked) -> Look:
    return Look(ground=asked.ground, period=asked.time.period, by=asked.by)


async def figure_rows(
    stores: Stores, scope: Scope, asked: Asked, at: datetime, *, only: Collection[str] = BY_CODE
) -> Sequence[Sequence[Scalar]]:
    """Of every figure, or of *only* those codes, under COLUMNS. Raises NotShownError."""
    look = look_of(asked)
    campaign = look.ground.kind is Kind.CAMPAIGN
    figures = [one for one in FIGURES if one.code in only and (one.of_leads or not campaign)]
    found = await stores.figures.values(scope, figures, look, at)
    names = await _part_names(stores, scope, look, found)
    where = (
        ground_text(look.ground),
        look.period.since.isoformat(),
        look.period.until.isoformat(),
    )
    rows: list[Sequence[Scalar]] = []
    for shown in found:
        for by, cell in ((None, shown.whole), *((look.by, one) for one in shown.parts)):
            if cell.value is None and by in HAPPENED:
                continue
            said = (by.value if by else None, cell.part if by else None)
            begins = (shown.figure.code, shown.figure.name, shown.figure.unit.value, *where, *said)
            name = names.get(cell.part) if by else None
            rows += [(*begins, name, *ends) for ends in values(cell)]
    return rows


def values(cell: Cell) -> Iterable[Sequence[Scalar]]:
    """The last columns, from *shown* on: of money a row for each currency."""
    match cell.value:
        case None:
            yield (False, *[None] * 7)
        case int(value):
            yield (True, value, *[None] * 6)
        case Share(top, bottom):
            share = round(top / bottom, 6) if bottom else None
            yield (True, share, top, bottom, *[None] * 4)
        case Spread(n, median, p90):
            spread = (n, median, p90) if n else (0, None, None)
            yield (True, spread[1], None, None, *spread, None)
        case Mapping() if not cell.value:
            yield (True, 0, *[None] * 6)
        case Mapping():
            for currency, minor in sorted(cell.value.items()):
                yield (True, float(Money(minor, currency).amount), *[None] * 5, currency)


async def _part_names(
    stores: Stores, scope: Scope, look: Look, found: Iterable[Shown]
) -> Mapping[str, str]:
    parts = {cell.part for shown in found for cell in shown.parts}
    if look.by in (*NAMING, By.TEAM):
        return await _names(stores, parts)
    if look.by is By.CAMPAIGN:
        return await stores.figures.campaigns(scope, look, parts)
    return {}


async def _names(stores: Stores, ids: Iterable[str]) -> Mapping[str, str]:
    found = await stores.people.called([id for id in ids if id])
    return {id: one.name for id, one in found.items()}


# --- Files ------------------------------------------------------------------------------------


def as_csv(found: Sheet, *, for_people: bool) -> bytes:
    """UTF-8. *for_people*, who open it in a spreadsheet: with a mark by which Excel knows that, and
    no text is anything to work out.
    """
    text = StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(found.columns)
    for row in found.rows:
        writer.writerow([_harmless(one) for one in row] if for_people else row)
    if found.more and for_people:
        writer.writerow([found.left_out])
    return text.getvalue().encode("utf-8-sig" if for_people else "utf-8")


def _harmless(value: Scalar) -> Scalar:
    return FORMULA.sub("'", value) if isinstance(value, str) else value


def as_book(found: Sheet) -> bytes:
    """An Excel file, in which no text is a formula. Of 50,000 lines it takes seconds."""
    from openpyxl import Workbook  # noqa: PLC0415  # a third of a second, for this only
    from openpyxl.cell import WriteOnlyCell  # noqa: PLC0415

    book = Workbook(write_only=True)
    page = book.create_sheet(found.name[:31])

    def cell(value: Scalar) -> object:
        if not isinstance(value, str) or (value.isprintable() and not value.startswith(("=", "#"))):
            return value  # as it is: a cell made by itself takes thrice as long
        made = WriteOnlyCell(page, value=CONTROL.sub("", value))
        made.data_type = "s"
        return made

    page.append(list(found.columns))
    for row in found.rows:
        page.append([cell(one) for one in row])
    if found.more:
        page.append([found.left_out])
    into = BytesIO()
    book.save(into)
    return into.getvalue()
