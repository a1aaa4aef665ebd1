"""How far the leads come that were handed over: a picture, its table, and each part of it."""

from collections.abc import Mapping, Sequence

import htpy as h

import charts
from handoff.asked import Asked
from handoff.figures import BY_CODE, Share
from handoff.scope import By, Ground, Kind, NotShownError, Scope
from store.figures import Cell, Shown
from tabs.figures import ROWS, Shelf, heads, list_path, none_shown, part, way, ways
from tabs.page import leads_to, link, section, table

STEPS = ("accepted", "met", "opportunity", "won")
FUNNEL = tuple(f"{step}_of_handed_over" for step in STEPS)
PARTED: Mapping[Kind, tuple[By, ...]] = {
    Kind.BELOW: (By.REGION, By.TEAM, By.CAMPAIGN, By.SEGMENT, By.REP, By.QUALIFIER),
    Kind.TEAM: (By.REP, By.QUALIFIER, By.CAMPAIGN, By.SEGMENT, By.REGION),
    Kind.PERSON: (By.CAMPAIGN, By.SEGMENT),
    Kind.ORGANISATION: (By.WEEK,),
    Kind.REGION: (By.WEEK,),
    Kind.POOL: (By.WEEK,),
}


async def funnel(shelf: Shelf, want: Asked) -> h.Node:
    there = PARTED[want.ground.kind]
    scope = shelf.reader.scope
    by = (
        want.by
        if want.by in _allowed(there, scope, want.ground)
        else _default(there, scope, want.ground)
    )
    of = want.on(want.ground.kind, want.ground.which, by)
    plain = want.on(want.ground.kind, want.ground.which)
    found = await shelf.values(of, FUNNEL)
    wholes = {code: found[code].whole for code in FUNNEL}
    rows = list(dict.fromkeys(cell.part for code in FUNNEL for cell in found[code].parts))
    rows.sort(key=lambda id: id if by is By.WEEK else shelf.name(by, id))
    not_shown = none_shown([part(found[code], id) for id in rows[:ROWS] for code in FUNNEL])
    return section(
        "How far leads come",
        h.p(".quiet")[
            "Of the leads that were handed over in this time, how many have come so far by now. A "
            "step that was left out counts as passed."
        ],
        picture(shelf, plain, wholes, found),
        ways(want, "team", _allowed(there, scope, want.ground), by),
        not_shown
        or table(
            f"Of those handed over, by {by.value}",
            heads(FUNNEL, by.value.capitalize()),
            [
                [
                    way(shelf, want, by, id),
                    *[
                        shelf.cell(
                            found[code], part(found[code], id), of, of_what=shelf.name(by, id)
                        )
                        for code in FUNNEL
                    ],
                ]
                for id in rows[:ROWS]
            ],
            numbers=len(FUNNEL),
        )
        if rows
        else None,
        h.p(".quiet")[f"And {len(rows) - ROWS} more."] if len(rows) > ROWS else None,
        id="funnel",
    )


def _allowed(offered: Sequence[By], scope: Scope, ground: Ground) -> list[By]:
    found = []
    for by in offered:
        try:
            scope.sees(ground, by)
        except NotShownError:
            continue
        found.append(by)
    return found


def _default(offered: Sequence[By], scope: Scope, ground: Ground) -> By:
    first = By.TEAM if ground.kind is Kind.BELOW and ground.which else offered[0]
    allowed = _allowed(offered, scope, ground)
    return first if first in allowed else allowed[0]


def picture(
    shelf: Shelf, want: Asked, wholes: Mapping[str, Cell], found: Mapping[str, Shown]
) -> h.Node:
    """From handed over to won: each of those handed over, and its table. A step that is not shown
    is left out of the picture.
    """
    values = {code: wholes[code].value for code in wholes}
    shares = {code: one for code, one in values.items() if isinstance(one, Share)}
    if len(shares) < len(values):
        shelf.hides = True
    if not shares:
        return None
    begun = next(iter(shares.values())).bottom
    if not begun:
        return h.p["No lead was handed over in this time."]
    handed = BY_CODE["handed_over"]
    all_of = list_path(handed, want) if shelf.listed else ""
    shown = [charts.Bar(name=handed.name, value=begun, says=f"{begun:,}", to=all_of)]
    for code, share in shares.items():
        to = list_path(found[code].figure, want) if shelf.listed and share.top else ""
        name = found[code].figure.name.partition(",")[0]
        shown.append(charts.Bar(name=name, value=share.top, says=share.told, to=to))
    says = _said(begun, shares)
    steps = [
        [found[code].figure.name, shelf.cell(found[code], wholes[code], want)] for code in wholes
    ]
    return h.figure[
        h.figcaption[says],
        charts.bars(shown, says=says, leads=link),
        h.details[
            h.summary["As a table"],
            table(
                "Of those handed over in this time",
                ["Step", "How many"],
                [[handed.name, leads_to(all_of, f"{begun:,}") if all_of else f"{begun:,}"], *steps],
                numbers=1,
            ),
        ],
    ]


CAME: Mapping[str, tuple[str, str]] = {
    "accepted": ("was accepted", "were accepted"),
    "met": ("met", "met"),
    "opportunity": ("became a deal", "became deals"),
    "won": ("was won", "were won"),
}
"""What became of one lead, and of several, by the step."""


def _said(begun: int, shares: Mapping[str, Share]) -> str:
    said = [
        f"{f'{share.top:,}' if share.top else 'none'} {CAME[step][share.top > 1]}"
        for step, code in zip(STEPS, FUNNEL, strict=True)
        for share in [shares.get(code)]
        if share
    ]
    return f"Of {begun:,} lead{'s' * (begun != 1)} handed over, {', '.join(said)}."
