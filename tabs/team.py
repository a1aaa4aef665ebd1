"""Figures of whoever somebody leads: what is stuck, what each kept, how far leads come, how long
things take, and what it costs. The same page for a region, a team, a person, a pool and the
organisation, of which each shows as much as is the reader's to see.
"""

from collections.abc import Mapping, Sequence

import htpy as h

from cards import words
from cards.elements import clean
from cards.told import told
from cards.why import OWED
from handoff.asked import Asked, Wanted, asked, ground_text
from handoff.figures import BECAME, BY_CODE, Share, Whose
from handoff.model import Role
from handoff.policy import Promise
from handoff.scope import By, Ground, Kind, NotShownError, Scope
from handoff.weekly import SALES
from store.figures import Shown, Stuck
from tabs.figures import (
    ROWS,
    Shelf,
    abbr,
    few_said,
    heads,
    none_shown,
    part,
    parts,
    times,
    way,
    weeks,
)
from tabs.funnel import PARTED, funnel
from tabs.goals import goals
from tabs.page import leads_to, section, table
from tabs.page import page as whole
from tabs.qualification import qualification
from tabs.reading import Reader
from tabs.taking import offered

TIMES = ("answer_time", "lateness", "told_time", "lead_time")
PEOPLES = frozenset({"answer_time", "lateness"})  # the others are Baton's and Outlook's own
LADDER = ("reminded", "escalated", "chased", "passed_on")
COSTS = ("rerouted", "exceptions")
STUCK, ALL_STUCK = 5, 60  # lines, and those behind them
ORDER = {Role.QUALIFIER: 1, Role.REP: 2}
LEADS_NOBODY = "You lead no team, so here is how {whole} stands, without names."
YOURS = " What is yours stands on the page Mine."
WHOLE = {
    Kind.ORGANISATION: "the whole organisation",
    Kind.REGION: "the whole region",
    Kind.POOL: "the whole pool",
}
STUCK_NOW = "Without a next step, today"
NONE_STUCK = "Every lead that was met or sent back has its next step."
WHAT_IS_STUCK = (
    "After a meeting, until somebody has said how it went and what comes next; and as soon as it "
    "is overdue to bring a lead further, or to decide on one that was sent back."
)


async def page(reader: Reader, said: Mapping[str, str]) -> h.Element:
    """Of what is asked; of nothing asked, all that is below whoever looks. Raises UnknownError,
    NotBegunError, NotShownError.
    """
    first = ground_text(_first(reader.scope))
    want = asked(
        said.get("ground") or first, said.get("time", ""), said.get("by", ""), reader.at.date()
    )
    if want.ground.kind not in PARTED:
        raise NotShownError
    named = reader.scope.sees(want.ground)
    shelf = Shelf(reader=reader, asked=want, listed=reader.scope.lists(want.ground))
    made = [
        await _leaders(shelf, want) if named else None,
        await _stuck(shelf, want) if named else None,
        await _kept(shelf, want, named=named),
        await funnel(shelf, want),
        await _delays(shelf, want),
        await _reasons(shelf, want),
        await _costs(shelf, want),
        await qualification(reader, want) if named else None,
        await goals(shelf, want),
    ]
    return whole(
        await _title(shelf, want),
        _up(shelf, want),
        times(want, "team", reader.at.date()),
        h.p(".quiet")[
            LEADS_NOBODY.format(whole=WHOLE[want.ground.kind]),
            YOURS if reader.viewer.roles & SALES else None,
        ]
        if not reader.scope.teams and want.ground.kind in WHOLE
        else None,
        few_said(shelf),
        made,
        offered(Wanted(asked=want)),
        h.p(".screen")[leads_to("keys", "Access keys for other programs")],
        code="team",
        below=f"{want.time.name[:1].upper()}{want.time.name[1:]}. Days are those of UTC; a lead "
        "counts for whose it was when it was handed over.",
    )


def _first(scope: Scope) -> Ground:
    if not scope.teams:
        return Ground(Kind.ORGANISATION)
    return Ground(Kind.BELOW) if len(scope.teams) > 1 else Ground(Kind.TEAM, *scope.teams)


async def _title(shelf: Shelf, want: Asked) -> str:
    which = want.ground.which
    match want.ground.kind:
        case Kind.TEAM:
            await shelf.knows([which])
            own = which == shelf.reader.viewer.id
            return "Your team" if own else shelf.name(By.TEAM, which)
        case Kind.PERSON:
            await shelf.knows([which])
            own = which == shelf.reader.viewer.id
            return "You" if own else shelf.people.get(which, "Somebody who has left")
        case Kind.BELOW:
            return clean(which) if which else "All your teams"
        case Kind.REGION:
            return f"The region {clean(which)}"
        case Kind.POOL:
            pool = shelf.reader.policy.pool(which)
            return f"The pool {clean(pool.name) if pool else which}"
        case _:
            return "The organisation"


def _up(shelf: Shelf, want: Asked) -> h.Node:
    """The way back, and to what is of everybody."""
    scope = shelf.reader.scope
    ways_up: list[tuple[str, Ground]] = []
    if len(scope.teams) > 1:
        ways_up.append(("All your teams", Ground(Kind.BELOW)))
    elif scope.teams:
        ways_up.append(("Your team", Ground(Kind.TEAM, *scope.teams)))
    ways_up.append(("The organisation", Ground(Kind.ORGANISATION)))
    ways_up += [
        (f"Region {clean(region)}", Ground(Kind.REGION, region))
        for region in sorted(scope.regions)
        if sum(pool.region == region for pool in shelf.reader.policy.pools) > 1
    ]
    ways_up += [
        (f"Pool {clean(pool.name)}", Ground(Kind.POOL, pool.code))
        for pool in shelf.reader.policy.pools
        if pool.code in shelf.reader.viewer.pools
    ]
    return h.p(".choose.screen")[
        h.span(".quiet")["Of:"],
        [
            h.strong[name]
            if ground == want.ground
            else leads_to(f"team/{want.on(ground.kind, ground.which).path}", name)
            for name, ground in ways_up
        ],
    ]


# --- What is stuck ----------------------------------------------------------------------------


async def _stuck(shelf: Shelf, want: Asked) -> h.Node:
    reader = shelf.reader
    found, count, late = await reader.stores.figures.without_next_step(
        reader.scope, want.ground, reader.at, ALL_STUCK
    )
    await shelf.knows([one.who for one in found])
    if not found:
        return section(STUCK_NOW, h.p[NONE_STUCK], id="stuck")
    first, others = found[:STUCK], found[STUCK:]
    left = count - len(found)
    return section(
        STUCK_NOW,
        h.p[
            "1 lead waits" if count == 1 else f"{count:,} leads wait",
            " for what comes next. ",
            _overdue(late, count),
        ],
        h.p(".quiet")[WHAT_IS_STUCK],
        h.ol(".rows")[[_stuck_line(shelf, one) for one in first]],
        h.details[
            h.summary[f"{len(others)} more"],
            h.ol(".rows")[[_stuck_line(shelf, one) for one in others]],
        ]
        if others
        else None,
        h.p(".quiet")[f"And {left} beside those."] if left else None,
        id="stuck",
    )


def _overdue(late: int, count: int) -> str:
    if not late:
        return "None of it is overdue yet."
    if late == count:
        return "That is overdue." if count == 1 else "All are overdue."
    return f"Of these {late:,} {'is' if late == 1 else 'are'} overdue."


def _stuck_line(shelf: Shelf, one: Stuck) -> h.Element:
    zone, at = shelf.reader.viewer.zone, shelf.reader.at
    over = one.due_at <= at
    when = words.when(one.due_at, zone) if over else words.soon(one.due_at, zone, at)
    return h.li[
        leads_to(f"handoff/{one.number}", clean(one.company)),
        h.p(class_=one.late and "late")[
            f"{OWED[Promise(one.what)]}, {shelf.name(By.WHO, one.who)}, "
            f"{'was due' if over else 'by'} {when} · no. {one.number}"
        ],
    ]


# --- What was kept ----------------------------------------------------------------------------


async def _kept(shelf: Shelf, want: Asked, *, named: bool) -> h.Node:
    kind = want.ground.kind
    formula = h.p(".quiet")["One formula for everyone. ", BY_CODE["kept_of_due"].says]
    trend_of = want.on(kind, want.ground.which, By.WEEK)
    trend = (await shelf.values(trend_of, ["kept_of_due"]))["kept_of_due"]
    tables: list[h.Node] = []
    if kind is Kind.BELOW:
        if not want.ground.which and named:
            tables.append(await _grounds(shelf, want, By.REGION))
        tables.append(await _grounds(shelf, want, By.TEAM))
    elif kind is Kind.TEAM and named:
        tables.append(await _team(shelf, want))
    else:
        tables.append(await _whole(shelf, want))
    return section(
        "What was promised, and kept",
        formula,
        tables,
        weeks(shelf, trend_of, trend) if len(want.time.period.weeks()) > 1 else None,
        id="kept",
    )


async def _leaders(shelf: Shelf, want: Asked) -> h.Node:
    """What those who lead have kept themselves, before anybody else's: whoever looks first, then by
    name, for nobody is ranked.
    """
    if want.ground.kind is Kind.TEAM:
        led = want.on(Kind.PERSON, want.ground.which)
        own = await shelf.values(led, BECAME)
        await shelf.knows([want.ground.which])
        rows = [
            [
                way(shelf, want, By.WHO, want.ground.which),
                *[shelf.cell(own[code], own[code].whole, led) for code in BECAME],
            ]
        ]
    elif want.ground.kind is Kind.BELOW:
        of = want.on(Kind.LEADERS, by=By.WHO)
        found = await shelf.values(of, BECAME)
        counted = {cell.part for one in found.values() for cell in one.parts}
        ids = await _ordered(shelf, counted | {shelf.reader.viewer.id})
        rows = [_row(shelf, of, found, id) for id in ids[:ROWS]]
    else:
        return None
    return section(
        "What those who lead have kept",
        table(
            "All that they owe themselves, by the formula that holds for everyone",
            heads(BECAME, "Who"),
            rows,
            numbers=len(BECAME),
        ),
        id="leaders",
    )


async def _team(shelf: Shelf, want: Asked) -> h.Node:
    """Who hands leads over, then reps, each by name."""
    members = want.on(Kind.TEAM, want.ground.which, By.WHO)
    found = await shelf.values(members, BECAME)
    ids = {cell.part for one in found.values() for cell in one.parts}
    rows = await _ordered(shelf, ids - {want.ground.which})
    caption = "Who hands leads over first, then reps, each by name"
    return _of_each(shelf, members, found, rows, caption) if rows else None


async def _whole(shelf: Shelf, want: Asked) -> h.Node:
    found = await shelf.values(want.on(want.ground.kind, want.ground.which), BECAME)
    plain = want.on(want.ground.kind, want.ground.which)
    return none_shown([found[code].whole for code in BECAME]) or table(
        "What became of each promise",
        ["What", "How many"],
        [
            [BY_CODE[code].name, shelf.cell(found[code], found[code].whole, plain)]
            for code in BECAME
        ],
        numbers=1,
    )


async def _grounds(shelf: Shelf, want: Asked, by: By) -> h.Node:
    """A row for each region or team, which leads to its page."""
    of = want.on(want.ground.kind, want.ground.which, by)
    found = await shelf.values(of, BECAME)
    ids = sorted(
        {cell.part for one in found.values() for cell in one.parts},
        key=lambda id: (id != shelf.reader.viewer.id, shelf.name(by, id)),
    )
    if by is By.REGION and len(ids) < 2:
        return None
    names = {By.REGION: "Each region", By.TEAM: "Each team: all that those in it owe"}
    return _of_each(shelf, of, found, ids, names[by])


def _of_each(
    shelf: Shelf, want: Asked, found: Mapping[str, Shown], ids: Sequence[str], caption: str
) -> h.Node:
    more = len(ids) - ROWS
    assert want.by
    return [
        none_shown([part(found[code], id) for id in ids[:ROWS] for code in BECAME])
        or table(
            caption,
            heads(BECAME, {By.WHO: "Who", By.TEAM: "Team"}.get(want.by, "Region")),
            [_row(shelf, want, found, id) for id in ids[:ROWS]],
            numbers=len(BECAME),
        ),
        h.p(".quiet")[f"And {more} more: choose a region to see them."] if more > 0 else None,
    ]


def _row(shelf: Shelf, want: Asked, found: Mapping[str, Shown], id: str) -> list[h.Node]:
    assert want.by
    name = shelf.name(want.by, id)
    return [
        way(shelf, want, want.by, id),
        *[shelf.cell(found[code], part(found[code], id), want, of_what=name) for code in BECAME],
    ]


async def _ordered(shelf: Shelf, ids: set[str]) -> list[str]:
    """Oneself first, then who hands leads over, then reps, each by name."""
    people = await shelf.reader.stores.people.called(ids)
    viewer = shelf.reader.viewer.id

    def place(id: str) -> tuple[bool, int, str]:
        one = people.get(id)
        roles = one.roles if one else frozenset()
        rank = min((n for role, n in ORDER.items() if role in roles), default=0)
        return id != viewer, rank, one.name if one else "~"

    return sorted(ids - {""}, key=place)


# --- How long, why, and what it costs ---------------------------------------------------------


async def _delays(shelf: Shelf, want: Asked) -> h.Node:
    plain = want.on(want.ground.kind, want.ground.which)
    # A pool's would be of the leads that a team's qualifiers began, and all else of its reps'.
    people = want.ground.kind in (Kind.PERSON, Kind.TEAM)
    times_ = [code for code in TIMES if not (people and BY_CODE[code].whose == (Whose.POOL,))]
    found = await shelf.values(plain, (*times_, *LADDER))
    return section(
        "How long it takes, and what follows",
        none_shown([found[code].whole for code in times_])
        or table(
            "What waits for people, and what waits for Outlook and Baton",
            ["What", "Whose time", "How long", "Of how many"],
            [_delay(shelf, plain, found[code]) for code in times_],
            numbers=1,
        ),
        none_shown([found[code].whole for code in LADDER])
        or table(
            "What followed what was overdue, step by step",
            ["Step", "How often"],
            [[abbr(code), shelf.cell(found[code], found[code].whole, plain)] for code in LADDER],
            numbers=1,
        ),
        id="delays",
    )


def _delay(shelf: Shelf, want: Asked, shown: Shown) -> list[h.Node]:
    value = shown.whole.value
    whose = "people’s" if shown.figure.code in PEOPLES else "Outlook’s and Baton’s"
    whose = "the qualifier’s and Baton’s" if shown.figure.code == "lead_time" else whose
    if value is None:
        shelf.hides = True
        return [abbr(shown.figure.code), whose, "not shown", None]
    count = getattr(value, "n", 0)
    return [
        abbr(shown.figure.code),
        whose,
        told(shown.figure, value),
        shelf.cell(shown, shown.whole, want, says=str(count), of_what="of how many")
        if count
        else "0",
    ]


async def _reasons(shelf: Shelf, want: Asked) -> h.Node:
    of = want.on(want.ground.kind, want.ground.which, By.REASON)
    found = await shelf.values(of, ["sent_back"])
    return section(
        "Why leads were sent back",
        parts(shelf, of, found["sent_back"], BY_CODE["sent_back"].says),
        id="reasons",
    )


async def _costs(shelf: Shelf, want: Asked) -> h.Node:
    of = want.on(want.ground.kind, want.ground.which, By.CODE)
    found = await shelf.values(of, COSTS)
    return section(
        "What was changed by hand",
        [
            [
                h.h3[BY_CODE[code].name],
                h.p[
                    shelf.cell(
                        found[code], found[code].whole, want.on(of.ground.kind, of.ground.which)
                    )
                ]
                if not _never(found[code])
                else None,
                parts(shelf, of, found[code], BY_CODE[code].says)
                if found[code].whole.value is not None
                else None,
            ]
            for code in COSTS
        ],
        id="costs",
    )


def _never(shown: Shown) -> bool:
    """Whether it did not happen once, which the parts of it say."""
    value = shown.whole.value
    return isinstance(value, Share) and not value.top
