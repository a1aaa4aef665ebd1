"""How long each page of the tab takes: at the server while ten read it at once, and until it is
drawn in Chromium.
"""

import asyncio
import statistics
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from time import perf_counter
from typing import Any

from playwright.async_api import Page as Window

from bench.measuring import Figure
from handoff import weekly
from handoff.asked import escaped
from tabs import campaigns, fairness, listed, mine, rules, team, weeks
from tabs.reading import Reader
from tests.browser.desk import browser, chromium
from tests.browser.tab import framed_by_teams
from tests.world import World

READERS = 10  # at once
AT_SERVER, DRAWN = 0.3, 1.0  # seconds at most
POOL = "emea"
LEAD_OF = timedelta(days=14)

Once = Callable[[], Awaitable[object]]
Make = Callable[[Reader, Mapping[str, str]], Awaitable[object]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One, as somebody opens it."""

    name: str
    how: str
    who: str
    make: Make
    path: str
    said: tuple[tuple[str, str], ...] = ()  # what its address says
    council: bool = False
    reads_all: bool = True  # of everyone it looks at: it may grow as the handoffs do


async def pages(world: World) -> Sequence[Page]:
    """Each that is chosen above the others, of whoever has most on it, and what it leads to."""
    mara = escaped(world.box.person("mara").id)
    [(code,)] = await world.rows("select code_key from campaign order by code limit 1")
    [(newest,)] = await world.rows(
        "select max(number) from handoff where qualifier = %s", world.box.person("quinn").id
    )
    campaign = (("ground", f"campaign.{escaped(code)}"), ("time", "4w"))
    of_team = (("ground", f"team.{mara}"), ("time", "4w"))
    below = (("figure", "kept_of_due"), ("ground", "below"), ("time", "4w"))
    of_pool = (("ground", f"pool.{POOL}"), ("time", "4w"))

    def at(first: str, said: tuple[tuple[str, str], ...]) -> str:
        return "/".join((first, *[value for _, value in said]))

    return (
        Page(
            name="the page Mine",
            how="a rep's, four weeks of it",
            who="rita",
            make=mine.page,
            path="mine",
            reads_all=False,
        ),
        Page(
            name="the page Team",
            how="of whoever leads one, four weeks of it",
            who="mara",
            make=team.page,
            said=of_team,
            path=at("team", of_team),
        ),
        Page(
            name="the page Team, of everyone",
            how="of whoever leads all of them",
            who="helen",
            make=team.page,
            path="team",
        ),
        Page(
            name="the page Team, without names",
            how="of whoever leads all of them, under a works council, of all below",
            who="helen",
            make=team.page,
            path="team",
            council=True,
        ),
        Page(
            name="the page Team, of the organisation",
            how="a rep's, without names, of whom each figure is looked at for how few it is of",
            who="rita",
            make=team.page,
            path="team",
        ),
        Page(
            name="the page Team, of a pool",
            how="a rep's, of their own, without names",
            who="rita",
            make=team.page,
            said=of_pool,
            path=at("team", of_pool),
        ),
        Page(
            name="the page Campaigns",
            how="of who owns all of them, forty, four weeks of it",
            who="milo",
            make=campaigns.page,
            path="campaigns",
        ),
        Page(
            name="the page of one campaign",
            how="four weeks of it",
            who="milo",
            make=campaigns.page,
            said=campaign,
            path=at("campaigns", campaign),
        ),
        Page(
            name="the page Weeks",
            how="the newest report, of whoever leads all of them",
            who="helen",
            make=weeks.page,
            path="weeks",
        ),
        Page(
            name="the page Fairness",
            how="of a pool, for a manager",
            who="mara",
            make=fairness.page,
            said=(("pool", POOL),),
            path=f"fairness/{POOL}",
            reads_all=False,
        ),
        Page(
            name="the page Rules",
            how="with how often each rang",
            who="rita",
            make=rules.page,
            path="rules",
        ),
        Page(
            name="a list",
            how="all that everyone kept, of whoever leads them, the newest fifty",
            who="helen",
            make=listed.page,
            said=below,
            path=at("list", below),
        ),
        Page(
            name="the story of a handoff",
            how="for its qualifier",
            who="quinn",
            make=mine.handoff,
            said=(("number", str(newest)),),
            path=f"handoff/{newest}",
            reads_all=False,
        ),
    )


def opening(world: World, page: Page) -> Once:
    """As `Tab` does it, once it is proved who asks."""
    stores = world.app.services.stores

    async def once() -> None:
        viewer = await stores.people.here(world.box.person(page.who).id)
        policy = await stores.policies.current()
        if page.council:
            policy = replace(policy, figures=replace(policy.figures, works_council=True))
        reader = Reader(
            stores=stores,
            viewer=viewer,
            policy=policy,
            scope=await stores.figures.scope(viewer, policy),
            at=world.clock(),
            url=world.url,
        )
        assert str(await page.make(reader, dict(page.said)))

    return once


async def ten_at_once(world: World, once: Once, times: int) -> float:
    """Seconds of the one in the middle, of ten who open it at once, so many times over. Before each
    time something is counted, so that nobody is told what was read before: as a step of a lead is,
    which counts today and on the full day of work on which that was handed over.
    """
    today = world.clock().date()
    marked = [today, today - LEAD_OF]

    async def timed() -> float:
        began = perf_counter()
        await once()
        return perf_counter() - began

    took: list[float] = []
    for _ in range(times):
        await world.run("insert into dirty_day select unnest(%s::date[])", marked)
        took += await asyncio.gather(*[timed() for _ in range(READERS)])
    return statistics.median(took)


async def reported(world: World) -> None:
    """Helen has a report of the week before, as `jobs/weekly_reports.py` makes it."""
    stores, at = world.app.services.stores, world.clock()
    policy = await stores.policies.current()
    week = weekly.week_over(at, policy.weekly.zone)
    known = weekly.cut_off(week, at)
    assert known
    helen = world.box.person("helen").id
    readers = [one for one in await stores.weekly.readers(week, policy) if one.person.id == helen]
    lines = await stores.weekly.read(week, readers, known)
    async with stores.door.open() as tx:
        await stores.weekly.keep(
            tx, week, lines, readers, made_at=at, known=known, policy=policy.version
        )


# --- In Chromium ------------------------------------------------------------------------------

PAINTED = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"


async def drawn(world: World, all_: Sequence[Page], times: int) -> Figure:
    """How long each takes from the moment at which Teams opens it, with nothing of ours in the
    browser, until it stands there, by one reader. A works council is none of the policy's here.
    """
    took: dict[str, float] = {}
    async with chromium():
        for page in all_:
            if page.council:
                continue
            took[page.name] = statistics.median([await _drawn(world, page) for _ in range(times)])
    slowest = max(took, key=lambda name: took[name])
    each = "; ".join(f"{name.removeprefix('the page ')} {one:.2f}" for name, one in took.items())
    return Figure(
        what="a page, until it is drawn in Chromium",
        found=f"{took[slowest]:.2f} s at most ({slowest.removeprefix('the page ')})",
        bound=f"under {DRAWN:g} s each",
        value=took[slowest],
        well=took[slowest] < DRAWN,
        how=f"from the address to the second picture after it, the median of {times}, in the "
        f"largest of these databases: {each}",
    )


async def _drawn(world: World, page: Page) -> float:
    context: Mapping[str, Any] = {"theme": "default", "locale": "en-gb", "frameContext": "content"}
    token = world.box.entra.tab_token(world.box.person(page.who))
    async with browser(width=1024) as window, framed_by_teams(window) as host:
        began = perf_counter()
        address = f"{world.url}/tab/{page.path}"
        await host.evaluate("args => show(...args)", [address, context, token])
        await _there(host)
        return perf_counter() - began


async def _there(host: Window) -> None:
    """Until the page stands there and has been painted."""
    await host.frame_locator("iframe").locator("main[data-title] h1").wait_for()
    [frame] = [one for one in host.frames if "/tab" in one.url]
    await frame.evaluate(PAINTED)
