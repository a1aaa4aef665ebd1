"""What a figure counts, line by line: each leads to its handoff."""

from collections.abc import Mapping, Sequence

import htpy as h

from cards import words
from cards.elements import clean
from cards.told import capital, code_words, in_words
from handoff.asked import Asked, Wanted, asked, figure_of, part_of
from handoff.facts import STEPS, What
from handoff.figures import Figure, Share, Unit
from handoff.scope import By, Kind
from store.figures import Line
from tabs.figures import Shelf, list_path, look_of, reason_words, size
from tabs.figures import part as part_of_it
from tabs.page import leads_to, section, table
from tabs.page import page as whole
from tabs.reading import Reader
from tabs.taking import offered

MOST = 50  # lines of one page
EMPTY = "Nothing was counted here in this time."
CASES = "A campaign’s owner sees its leads, and nobody’s name."


async def page(reader: Reader, said: Mapping[str, str]) -> h.Element:
    """Raises UnknownError, NotBegunError, NotShownError."""
    figure, bottom = figure_of(said["figure"])
    want = asked(said["ground"], said["time"], said.get("by", ""), reader.at.date())
    part = part_of(want, said.get("part"))
    skip = int(said.get("from", 0))
    lines = await reader.stores.figures.behind(
        reader.scope,
        figure,
        look_of(want),
        reader.at,
        part=part,
        bottom=bottom,
        most=MOST + 1,
        skip=skip,
    )
    named = reader.scope.sees(want.ground, want.by)
    shelf = Shelf(reader=reader, asked=want, listed=True)
    await shelf.knows([one.who for one in lines if one.who])
    await shelf.knows([want.ground.which] if want.ground.kind in (Kind.PERSON, Kind.TEAM) else [])
    # Who stands in an address is named where something of theirs is shown, and nowhere else.
    if want.by in (By.TEAM, By.REP, By.QUALIFIER, By.WHO) and part and lines:
        await shelf.knows([part])
    if want.by is By.CAMPAIGN and part:
        await shelf.calls(want, [part])
    shown, more = lines[:MOST], len(lines) > MOST
    count = await _length(shelf, figure, want, part, bottom=bottom) if skip or more else len(lines)
    of = f" of {count:,}" if count is not None else ""
    name = figure.name if not bottom else f"{figure.name}: all of them"
    return whole(
        name,
        h.p(".quiet")[figure.says],
        section(
            _of(shelf, figure, want, part),
            table(
                f"{skip + 1} to {skip + len(shown)}{of}, the newest first",
                _heads(figure, named=named),
                [_row(shelf, one, named=named) for one in shown],
            )
            if shown
            else h.p[EMPTY],
            h.p(".quiet")[CASES] if want.ground.kind is Kind.CAMPAIGN else None,
            h.p(".choose")[
                leads_to(
                    list_path(figure, want, part or "", bottom=bottom, from_=max(skip - MOST, 0)),
                    "Newer",
                )
                if skip
                else None,
                leads_to(
                    list_path(figure, want, part or "", bottom=bottom, from_=skip + MOST), "Older"
                )
                if more
                else None,
            ]
            if skip or more
            else None,
        ),
        offered(Wanted(asked=want, figure=figure, bottom=bottom, part=part)),
        _parts_of_share(figure, want, part or "", bottom=bottom),
        h.p(".screen")[_back(want)],
        code="campaigns" if want.ground.kind is Kind.CAMPAIGN else "team",
        below=f"{want.time.name[:1].upper()}{want.time.name[1:]}",
    )


async def _length(
    shelf: Shelf, figure: Figure, want: Asked, part: str | None, *, bottom: bool
) -> int | None:
    """Of how many lines all of the list is, as the figure says; None of amounts, which do not say
    of how many deals they are.
    """
    shown = (await shelf.values(want, [figure.code]))[figure.code]
    value = (shown.whole if part is None else part_of_it(shown, part)).value
    if value is None or figure.unit is Unit.MONEY:
        return None
    return value.bottom if bottom and isinstance(value, Share) else size(value)


def _heads(figure: Figure, *, named: bool) -> Sequence[str]:
    return ("When", "Lead", "What", *((whose_head(figure),) if named else ()), "Why")


def whose_head(figure: Figure) -> str:
    """A step of a lead is its rep's, whoever made it; all else is of whom it names."""
    return "Rep" if {*figure.top.what} <= {*STEPS, What.FELL_THROUGH, What.WENT} else "Who"


def _row(shelf: Shelf, one: Line, *, named: bool) -> list[h.Node]:
    lead = clean(one.company) or (f"No. {one.number}" if one.number else "About no lead")
    return [
        words.when(one.at, shelf.reader.viewer.zone),
        leads_to(f"handoff/{one.number}", lead) if named and one.number else lead,
        what_words(one),
        *([shelf.name(By.WHO, one.who or "")] if named else []),
        reason_words(shelf.reader.policy, one.reason) if one.reason else None,
    ]


def what_words(one: Line) -> str:
    """What happened, and of what where that is not one for all; of an amount, what it is worth."""
    said = capital(in_words(one.what))
    if one.worth:
        return f"{said}, worth {words.amount(one.worth)}"
    return f"{said}: {code_words(What(one.what), one.code)}" if one.code else said


def _of(shelf: Shelf, figure: Figure, want: Asked, part: str | None) -> str:
    of = _ground(shelf, want)
    return f"{of}: {shelf.name(want.by, part, figure)}" if want.by and part is not None else of


def _ground(shelf: Shelf, want: Asked) -> str:
    which = want.ground.which
    match want.ground.kind:
        case Kind.PERSON:
            return shelf.name(By.WHO, which)
        case Kind.TEAM:
            return shelf.name(By.TEAM, which)
        case Kind.BELOW:
            return clean(which) or "All your teams"
        case Kind.CAMPAIGN:
            return "Your campaigns"
        case Kind.LEADERS:
            return "Who leads"
        case Kind.REGION:
            return f"Region {clean(which)}"
        case Kind.POOL:
            return f"Pool {clean(which)}"
        case _:
            return "The organisation"


def _parts_of_share(figure: Figure, want: Asked, part: str, *, bottom: bool) -> h.Node:
    """From those that count to all that could, and back."""
    if figure.bottom is None:
        return None
    to = list_path(figure, want, part, bottom=not bottom)
    return h.p(".screen")[
        leads_to(
            to, "Only those that count" if bottom else "All of them, also those that do not count"
        )
    ]


def _back(want: Asked) -> h.Node:
    if want.ground.kind is Kind.CAMPAIGN:
        return leads_to("campaigns", "Back to the campaigns")
    if want.ground.kind is Kind.LEADERS:
        return leads_to(f"team/{want.on(Kind.BELOW).path}", "Back to the figures")
    return leads_to(
        f"team/{want.on(want.ground.kind, want.ground.which).path}", "Back to the figures"
    )
