"""Figures of whoever somebody leads: what is stuck, what each kept, how far leads come, how long
things take, and what it costs. The same page for a region, a team, a person, a pool and the
organisation, of which each shows as much as is the reader's to see.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta

import htpy as h

import charts
from cards import words
from cards.elements import clean
from cards.told import told
from cards.why import OWED
from handoff.asked import Asked, Wanted, asked, ground_text, time_of_days
from handoff.figures import BY_CODE, Share, Unit, attained
from handoff.goals import GIVEN
from handoff.model import Role
from handoff.policy import Promise
from handoff.scope import By, Ground, Kind, NotShownError, Scope
from store.figures import Cell, Shown, Stuck
from store.goals import Attained
from tabs.figures import (
    Shelf,
    empty,
    few_said,
    heads,
    list_path,
    none_shown,
    parts,
    times,
    ways,
    weeks,
)
from tabs.page import dated, leads_to, link, section, table
from tabs.page import page as whole
from tabs.reading import Reader
from tabs.taking import offered

BECAME = ("kept_of_due", "kept", "late", "overdue", "missed", "passed_on", "excused")
STEPS = ("accepted", "met", "opportunity", "won")
FUNNEL = tuple(f"{step}_of_handed_over" for step in STEPS)
TIMES = ("answer_time", "lateness", "told_time", "lead_time")
PEOPLES = frozenset({"answer_time", "lateness"})  # the others are Baton's and Outlook's own
LADDER = ("reminded", "escalated", "chased", "passed_on")
COSTS = ("rerouted", "exceptions")
PARTED: Mapping[Kind, tuple[By, ...]] = {
    Kind.BELOW: (By.REGION, By.TEAM, By.CAMPAIGN, By.SEGMENT, By.REP, By.QUALIFIER),
    Kind.TEAM: (By.REP, By.QUALIFIER, By.CAMPAIGN, By.SEGMENT, By.REGION),
    Kind.PERSON: (By.CAMPAIGN, By.SEGMENT),
    Kind.ORGANISATION: (By.WEEK,),
    Kind.REGION: (By.WEEK,),
    Kind.POOL: (By.WEEK,),
}
STUCK, ALL_STUCK = 5, 60  # lines, and those behind them
MOST = 60  # rows of one table
ORDER = {Role.QUALIFIER: 1, Role.REP: 2}
LEADS_NOBODY = (
    "You lead no team, so here is how {whole} stands, without names. What is yours stands on the "
    "page Mine."
)
WHOLE = {
    Kind.ORGANISATION: "the whole organisation",
    Kind.REGION: "the whole region",
    Kind.POOL: "the whole pool",
}
NO_GOALS = "No goal is running. Whoever looks after Baton takes them in from a list."
STUCK_NOW = "Without a next step, today"


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
        await _funnel(shelf, want),
        await _delays(shelf, want),
        await _reasons(shelf, want),
        await _costs(shelf, want),
        await _goals(shelf, want),
    ]
    return whole(
        await _title(shelf, want),
        _up(shelf, want),
        times(want, "team", reader.at.date()),
        h.p(".quiet")[LEADS_NOBODY.format(whole=WHOLE[want.ground.kind])]
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
        return section(STUCK_NOW, h.p["Every lead that was met has its next step."], id="stuck")
    first, others = found[:STUCK], found[STUCK:]
    left = count - len(found)
    return section(
        STUCK_NOW,
        h.p[
            "1 lead had a meeting" if count == 1 else f"{count:,} leads had a meeting",
            ", and nobody has said yet how it went or what comes next. ",
            _overdue(late, count),
        ],
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
    late = one.due_at <= at
    when = words.when(one.due_at, zone) if late else words.soon(one.due_at, zone, at)
    return h.li[
        leads_to(f"handoff/{one.number}", clean(one.company)),
        h.p(class_=late and "late")[
            f"{OWED[Promise(one.what)]}, {shelf.name(By.WHO, one.who)}, "
            f"{'was due' if late else 'by'} {when} · no. {one.number}"
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
                _way(shelf, want, By.WHO, want.ground.which),
                *[shelf.cell(own[code], own[code].whole, led) for code in BECAME],
            ]
        ]
    elif want.ground.kind is Kind.BELOW:
        of = want.on(Kind.LEADERS, by=By.WHO)
        found = await shelf.values(of, BECAME)
        counted = {cell.part for one in found.values() for cell in one.parts}
        ids = await _ordered(shelf, counted | {shelf.reader.viewer.id})
        rows = [_row(shelf, of, found, id) for id in ids[:MOST]]
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
    more = len(ids) - MOST
    assert want.by
    return [
        none_shown([part(found[code], id) for id in ids[:MOST] for code in BECAME])
        or table(
            caption,
            heads(BECAME, {By.WHO: "Who", By.TEAM: "Team"}.get(want.by, "Region")),
            [_row(shelf, want, found, id) for id in ids[:MOST]],
            numbers=len(BECAME),
        ),
        h.p(".quiet")[f"And {more} more: choose a region to see them."] if more > 0 else None,
    ]


def _row(shelf: Shelf, want: Asked, found: Mapping[str, Shown], id: str) -> list[h.Node]:
    assert want.by
    name = shelf.name(want.by, id)
    return [
        _way(shelf, want, want.by, id),
        *[shelf.cell(found[code], part(found[code], id), want, of_what=name) for code in BECAME],
    ]


def _way(shelf: Shelf, want: Asked, by: By, id: str) -> h.Node:
    """The name of a part, and the way to its page where there is one that is theirs."""
    name, scope = shelf.name(by, id), shelf.reader.scope
    match by:
        case By.WHO | By.REP | By.QUALIFIER:
            ground = Ground(Kind.PERSON, id)
        case By.TEAM:
            ground = Ground(Kind.TEAM, id)
        case By.REGION:
            ground = Ground(Kind.BELOW, id)
        case _:
            return name
    try:
        seen = bool(id) and scope.sees(ground)
    except NotShownError:
        seen = False
    return leads_to(f"team/{want.on(ground.kind, ground.which).path}", name) if seen else name


def part(shown: Shown, id: str) -> Cell:
    """What it comes to for one part: where nothing is counted, nothing."""
    return next((cell for cell in shown.parts if cell.part == id), Cell(id, _none(shown)))


def _none(shown: Shown) -> int | Share:
    return 0 if shown.figure.unit is Unit.COUNT else Share(0, 0)


async def _ordered(shelf: Shelf, ids: set[str]) -> list[str]:
    """Oneself first, then who hands leads over, then reps, each by name."""
    people = await shelf.reader.stores.people.get(ids)
    viewer = shelf.reader.viewer.id

    def place(id: str) -> tuple[bool, int, str]:
        one = people.get(id)
        roles = one.roles if one else frozenset()
        rank = min((n for role, n in ORDER.items() if role in roles), default=0)
        return id != viewer, rank, one.name if one else "~"

    return sorted(ids - {""}, key=place)


# --- How far leads come -----------------------------------------------------------------------


async def _funnel(shelf: Shelf, want: Asked) -> h.Node:
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
    not_shown = none_shown([part(found[code], id) for id in rows[:MOST] for code in FUNNEL])
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
                    _way(shelf, want, by, id),
                    *[
                        shelf.cell(
                            found[code], part(found[code], id), of, of_what=shelf.name(by, id)
                        )
                        for code in FUNNEL
                    ],
                ]
                for id in rows[:MOST]
            ],
            numbers=len(FUNNEL),
        )
        if rows
        else None,
        h.p(".quiet")[f"And {len(rows) - MOST} more."] if len(rows) > MOST else None,
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


# --- How long, why, and what it costs ---------------------------------------------------------


async def _delays(shelf: Shelf, want: Asked) -> h.Node:
    plain = want.on(want.ground.kind, want.ground.which)
    found = await shelf.values(plain, (*TIMES, *LADDER))
    return section(
        "How long it takes, and what follows",
        none_shown([found[code].whole for code in TIMES])
        or table(
            "What waits for people, and what waits for Outlook and Baton",
            ["What", "Whose time", "How long", "Of how many"],
            [_delay(shelf, plain, found[code]) for code in TIMES],
            numbers=1,
        ),
        none_shown([found[code].whole for code in LADDER])
        or table(
            "What followed what was overdue, step by step",
            ["Step", "How often"],
            [[_abbr(code), shelf.cell(found[code], found[code].whole, plain)] for code in LADDER],
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
        return [_abbr(shown.figure.code), whose, "not shown", None]
    count = getattr(value, "n", 0)
    return [
        _abbr(shown.figure.code),
        whose,
        told(shown.figure, value),
        shelf.cell(shown, shown.whole, want, says=str(count), of_what="of how many")
        if count
        else "0",
    ]


def _abbr(code: str) -> h.Node:
    return h.abbr(title=BY_CODE[code].says)[BY_CODE[code].name]


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
                parts(shelf, of, found[code], BY_CODE[code].says),
            ]
            for code in COSTS
        ],
        id="costs",
    )


def _never(shown: Shown) -> bool:
    """Whether it did not happen once, which the parts of it say."""
    value = shown.whole.value
    return isinstance(value, Share) and not value.top


# --- Goals ------------------------------------------------------------------------------------


async def _goals(shelf: Shelf, want: Asked) -> h.Node:
    """How figures stand to what was agreed, one's own first; nobody is ranked."""
    reader = shelf.reader
    found = await reader.stores.goals.standing(reader.scope, reader.at)
    team = want.ground.which if want.ground.kind is Kind.TEAM else ""
    members = {team, *await reader.stores.people.below(team)} if team else set[str]()
    mine = [one for one in found if _concerns(one, want.ground, reader.scope, members)]
    await shelf.knows([one.goal.whose for one in mine if one.goal.of in ("person", "team")])
    return section(
        "Goals that run today",
        table(
            "What was agreed, how it stands, and how much of the time is gone",
            ["Whose", "What", "Until", "Goal", "So far", "Time gone"],
            [_goal(shelf, one) for one in mine[:MOST]],
            numbers=3,
        )
        if mine
        else h.p[NO_GOALS],
        id="goals",
    )


def _concerns(one: Attained, ground: Ground, scope: Scope, members: Collection[str]) -> bool:
    """Whether it stands on that page: of a team with the goals of its *members*, and one's own."""
    match ground.kind:
        case Kind.BELOW:
            return one.goal.of != "person" or one.goal.whose == scope.who
        case Kind.TEAM:
            return one.goal.whose in (*members, scope.who) and (
                one.goal.of == "person" or one.goal.whose == ground.which
            )
        case Kind.PERSON:
            return one.goal.whose == ground.which
        case Kind.POOL | Kind.REGION:
            return one.goal.of == ground.kind.value and one.goal.whose == ground.which
        case _:
            return one.goal.of == "organisation" or one.goal.whose == scope.who


def _so_far(shelf: Shelf, one: Attained) -> h.Node:
    """What it came to, and the way to its list where a time has the goal's days."""
    goal, figure = one.goal, BY_CODE[one.goal.figure]
    said = told(figure, one.value)
    time = time_of_days(goal.period, shelf.reader.at.date())
    ground = Ground(Kind(goal.of), goal.whose)
    if time is None or empty(one.value) or not shelf.reader.scope.lists(ground):
        return said
    label = f"{figure.name}, so far: {said}"
    return leads_to(list_path(figure, Asked(ground=ground, time=time)), said, label=label)


def _goal(shelf: Shelf, one: Attained) -> list[h.Node]:
    goal, figure = one.goal, BY_CODE[one.goal.figure]
    assert figure.unit in GIVEN
    whose: Mapping[str, str] = {
        "organisation": "The organisation",
        "region": f"The region {clean(goal.whose)}",
        "person": shelf.name(By.WHO, goal.whose),
        "team": shelf.name(By.TEAM, goal.whose),
    }
    share = figure.unit is Unit.SHARE
    before = f" (before: {', '.join(f'{n:,}' for n in one.before)})" if one.before else ""
    last = dated(goal.period.until - timedelta(days=1))
    return [
        whose.get(goal.of, clean(goal.whose)),
        _abbr(goal.figure),
        last,
        f"{goal.target:,}{' %' if share else ''}{before}",
        _so_far(shelf, one),
        f"{round(100 * attained(goal, one.value, shelf.reader.at).gone)} %"
        if not share
        else "at any time",
    ]
