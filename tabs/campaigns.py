"""What came of each campaign, for whoever owns it: nobody else's, and nobody's name."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date

import htpy as h

from cards.elements import clean
from cards.returns import came_back, month_words
from cards.told import NOTHING
from cards.words import amount
from handoff.asked import Asked, Wanted, asked, ground_text
from handoff.campaigns import Campaign, by_names, key
from handoff.figures import BY_CODE, Share, Unit, Value
from handoff.money import Money
from handoff.returns import Cohort, months_since
from handoff.scope import By, Ground, Kind, NotShownError
from store.figures import Cell, Shown
from tabs.figures import Shelf, heads, parts, times
from tabs.funnel import FUNNEL, picture
from tabs.page import leads_to, section, table
from tabs.page import page as whole
from tabs.reading import Reader
from tabs.taking import offered

TOLD = ("begun", *FUNNEL, "worth_won")
NONE = (
    "You own no campaign, so there is none to show. Who owns one stands in the list of campaigns; "
    "whoever looks after Baton takes it in."
)
WORTH = (
    "Leads are those that began in this time, steps those of the leads handed over in it, and the "
    "worth that of the deals won in it, which may come from leads of before."
)
CAME_BACK = (
    "Leads count for the month in which they were handed over, and what they are worth once they "
    "are won, whenever that is: the last months have yet to bring theirs. Nothing is said of a "
    "month in which no lead was handed over, of worth in another currency than what was spent, or "
    "where of a deal that is won nobody knows what it is worth."
)
MOST = 24  # months
OF_THE_LIST = "as the list of campaigns has it"
COST = (
    "What a campaign has cost so far is since it began, whatever time is looked at: it is not the "
    "cost of what was won in that time."
)
OWNER = "A campaign is shown to whoever owns it, with its leads, and without anybody’s name."


async def page(reader: Reader, said: Mapping[str, str]) -> h.Element:
    """All that are theirs, or the one that is asked for. Raises UnknownError, NotBegunError,
    NotShownError.
    """
    all_ = ground_text(Ground(Kind.CAMPAIGN))
    want = asked(said.get("ground") or all_, said.get("time", ""), "", reader.at.date())
    if want.ground.kind is not Kind.CAMPAIGN:
        raise NotShownError
    if not reader.scope.campaigns and not want.ground.which:
        return whole("Campaigns", section("Your campaigns", h.p[NONE]), code="campaigns")
    reader.scope.sees(want.ground)
    mine = [one for one in await reader.stores.campaigns.all() if one.owner == reader.viewer.id]
    shelf = Shelf(reader=reader, asked=want, listed=True)
    if want.ground.which:
        return await _one(shelf, want, mine)
    return await _all(shelf, want, mine)


async def _all(shelf: Shelf, want: Asked, mine: Sequence[Campaign]) -> h.Element:
    of = want.on(Kind.CAMPAIGN, by=By.CAMPAIGN)
    found = await shelf.values(of, TOLD)
    return whole(
        "Campaigns",
        times(want, "campaigns", shelf.reader.at.date()),
        section(
            "All of yours",
            picture(shelf, want, {code: found[code].whole for code in FUNNEL}, found),
        ),
        section(
            "Each of yours",
            table(
                "New leads of each, how far those handed over came, and what was won",
                [*heads(TOLD, "Campaign"), h.abbr(title=COST)["Cost so far"]],
                [_row(shelf, want, found, one) for one in mine],
                numbers=len(TOLD) + 1,
            ),
            h.p(".quiet")[COST],
            h.p(".quiet")[WORTH],
            h.p(".quiet")[OWNER],
        ),
        offered(Wanted(asked=of)),
        code="campaigns",
        below=_when(want),
    )


def _row(shelf: Shelf, want: Asked, found: Mapping[str, Shown], one: Campaign) -> list[h.Node]:
    own = want.on(Kind.CAMPAIGN, key(one.code))
    cells: list[h.Node] = []
    for code in TOLD:
        value = _together(found[code], one)
        cells.append(shelf.cell(found[code], Cell("", value), own, of_what=clean(one.name)))
    cost = amount(one.spent) if one.spent else NOTHING
    return [leads_to(f"campaigns/{own.path}", clean(one.name)), *cells, cost]


def _together(shown: Shown, one: Campaign) -> Value:
    """Of a campaign by whichever of its two names a lead says."""
    keys = {key(one.code), key(one.name)}
    values = [cell.value for cell in shown.parts if cell.part in keys]
    if shown.figure.unit is Unit.SHARE:
        shares = [value for value in values if isinstance(value, Share)]
        return Share(sum(one.top for one in shares), sum(one.bottom for one in shares))
    if shown.figure.unit is Unit.MONEY:
        worth: Counter[str] = Counter()
        for value in values:
            worth.update(value if isinstance(value, Mapping) else {})
        return dict(worth)
    return sum(value for value in values if isinstance(value, int))


async def _one(shelf: Shelf, want: Asked, mine: Sequence[Campaign]) -> h.Element:
    which = want.ground.which
    campaign = by_names(mine).get(which)
    if campaign is None:
        raise NotShownError
    found = await shelf.values(want, (*TOLD, "took_place", "fell_through", "lead_time", "ended"))
    of = want.on(Kind.CAMPAIGN, which, By.REASON)
    why = (await shelf.values(of, ["sent_back"]))["sent_back"]
    more = ("begun", "took_place", "fell_through", "lead_time", "ended", "worth_won")
    return whole(
        clean(campaign.name),
        times(want, "campaigns", shelf.reader.at.date()),
        section(
            "How far its leads come",
            picture(shelf, want, {code: found[code].whole for code in FUNNEL}, found),
        ),
        section(
            "What else is counted",
            table(
                "In this time",
                ["What", "What it came to"],
                [
                    [
                        h.abbr(title=BY_CODE[code].says)[BY_CODE[code].name],
                        shelf.cell(found[code], found[code].whole, want),
                    ]
                    for code in more
                ],
                numbers=1,
            ),
        ),
        h.p(".quiet")[WORTH],
        *_cost(campaign),
        *await _came_back(shelf.reader, campaign),
        *await _messages(shelf.reader, campaign),
        section("Why leads were sent back", parts(shelf, of, why, BY_CODE["sent_back"].says)),
        h.p(".quiet")[OWNER],
        offered(Wanted(asked=want)),
        h.p(".screen")[leads_to("campaigns", "All of yours")],
        code="campaigns",
        below=f"{_when(want)}. Code {clean(campaign.code)}"
        + (f", {clean(campaign.source)}" if campaign.source else ""),
    )


def _cost(campaign: Campaign) -> list[h.Element]:
    """What it has cost since it began, whatever time is looked at; nothing where nobody says."""
    if campaign.spent is None:
        return []
    by = f"as {clean(campaign.spent_by)} has it" if campaign.spent_by else OF_THE_LIST
    said = f"{amount(campaign.spent)}, {by}: since it began, and not in this time alone."
    return [section("What it has cost so far", h.p[said], h.p(".quiet")[COST])]


async def _messages(reader: Reader, campaign: Campaign) -> list[h.Element]:
    """What came of each message of it; nothing where no lead says by which it came."""
    found = await reader.stores.returns.by_message(campaign)
    if not any(one.message for one in found):
        return []
    return [
        section(
            "By which message",
            table(
                "What came so far of the leads that each message brought",
                ["Message", "Handed over", "Accepted", "Met", "Sent back", "Won"],
                [
                    [
                        clean(one.message) if one.message else "none that is known",
                        *(
                            f"{n:,}"
                            for n in (
                                *(one.handed_over, one.accepted, one.met),
                                *(one.sent_back, one.won),
                            )
                        ),
                    ]
                    for one in found[:MOST]
                ],
                numbers=5,
            ),
        )
    ]


async def _came_back(reader: Reader, campaign: Campaign) -> list[h.Element]:
    """What of that has come back, by the month in which leads were handed over and money was spent,
    and of all of it where only that is known; nothing where nobody says what was spent.
    """
    spent = await reader.stores.campaigns.spent_in(campaign.code)
    if campaign.spent is None and not spent:
        return []
    cohorts = {one.month: one for one in await reader.stores.returns.of_campaign(campaign)}
    said = [
        came_back([cohort], cost, f"in {month_words(month)}")
        for month, cost in sorted(spent.items(), reverse=True)
        if (cohort := cohorts.get(month))
    ]
    if campaign.spent:
        said.insert(0, came_back(cohorts.values(), campaign.spent, "since it began"))
    said = [one for one in said if one]
    if not said and not spent:
        return []
    return [
        section(
            "What came back",
            [h.p[one] for one in said[:MOST]],
            table(
                "What was spent in each month, and what came so far of the leads handed over in it",
                ["Month", "Spent", "Handed over", "Won", "Worth won so far"],
                [
                    _month_row(month, spent.get(month), cohorts.get(month), reader.at.date())
                    for month in sorted({*spent, *cohorts}, reverse=True)[:MOST]
                ],
                numbers=4,
            )
            if spent
            else None,
            h.p(".quiet")[CAME_BACK],
        )
    ]


def _month_row(month: date, spent: Money | None, cohort: Cohort | None, at: date) -> list[h.Node]:
    old = months_since(month, at)
    age = f", {old} month{'' if old == 1 else 's'} ago" if old > 0 else ""
    worth = [amount(Money(n, of)) for of, n in sorted(((cohort and cohort.worth) or {}).items())]
    if cohort and cohort.unknown:
        worth.append(f"{cohort.unknown} of unknown worth")
    return [
        f"{month_words(month)}{age}",
        amount(spent) if spent else None,
        f"{cohort.leads:,}" if cohort else "0",
        f"{cohort.won:,}" if cohort else "0",
        ", ".join(worth) or None,
    ]


def _when(want: Asked) -> str:
    return f"{want.time.name[:1].upper()}{want.time.name[1:]}"
