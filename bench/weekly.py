"""How long the report of a week takes until everybody has its card, by one worker."""

import asyncio
from datetime import UTC, datetime
from time import perf_counter

from bench.growth import company_of
from bench.measuring import Figure, Sizes
from handoff.effects import ReportWeek
from tests.world import World, a_world
from tools.seed import Plan, seed

LEADS_EACH = 10  # in half a year
MOST = 120.0  # seconds
TOLD = datetime(2026, 3, 9, 8, 1, tzinfo=UTC)
LEFT = """
select from weekly_reader where card_at is null
union all select from procrastinate_jobs where task_name = 'show_weekly_report' limit 1
"""
CONCURRENCY = 10  # as one worker has


async def measure(url: str, sizes: Sizes) -> Figure:
    """Everybody begins to work at the same moment, which is the worst."""
    company = company_of(sizes.recipients)
    async with a_world(url, company=company) as world:
        world.clock.set(TOLD)
        leads = LEADS_EACH * sizes.recipients
        await world.install("quinn")
        for one in world.box.directory:
            world.box.teams.chats.set(one, installed=True)
        await seed(url, Plan(handoffs=leads, until=world.clock(), years=0.5, people=20))
        began = perf_counter()
        await _works(world)
        [(readers,)] = await world.rows("select count(*) from weekly_reader")
        await world.run("update weekly_reader set due_at = %s", world.clock())
        made = perf_counter() - began
        while await world.rows(LEFT):
            await _works(world)
            await asyncio.sleep(0.2)
        took = perf_counter() - began
        sent = sum(_has_card(world, one.key) for one in world.box.directory)
    return Figure(
        what="the report of a week, to everybody",
        found=f"{took:.1f} s for {sent} cards, {made:.1f} s of it until it was made",
        bound=f"under {MOST:.0f} s for 1,000",
        value=took,
        well=took < MOST and sent >= sizes.recipients,
        how=f"{readers} people, {sent} of them in Teams, who begin to work at once; {leads:,} "
        "leads in half a year; one worker, to the sandbox in the same process, at the pace that "
        "Teams allows",
    )


async def _works(world: World) -> None:
    await world.app.services.stores.door.follow(ReportWeek())
    await world.app.work(wait=False, concurrency=CONCURRENCY, grace=MOST)


def _has_card(world: World, who: str) -> bool:
    return any("WEEKLY REPORT" in one.texts() for one in world.box.teams.chat(who))
