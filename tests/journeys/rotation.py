"""What journeys about turns do again and again: a policy in force, leads booked, books read."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import partial
from itertools import count
from uuid import UUID, uuid4

from handoff import handing_over
from handoff.model import Handoff, Search
from tests.handoff.conftest import LEAD as LEAD_
from tests.hour import MONDAY
from tests.world import POLICY, World

EMEA = ("rita", "ravi", "rosa")
LASTS = timedelta(minutes=30)  # each of their meetings
TWO_A_DAY = (3, 3, 4, 4, 5, 5, 9, 9, 10, 10)  # of March: at work, with times far apart


async def policy(world: World, *changes: tuple[str, str]) -> None:
    """The project's policy with something changed is in force."""
    text = POLICY.read_text()
    for before, now in changes:
        assert before in text, before
        text = text.replace(before, now, 1)
    async with world.app.services.stores.door.open() as tx:
        await world.app.services.stores.policies.publish(tx, text, world.clock())


def pool(more: str) -> tuple[str, str]:
    line = 'reps = ["group:Reps EMEA"]\n'
    return line, f"{line}{more}\n"


async def book_next(world: World, n: int, target: str = "pool:emea", **changes: str) -> str:
    """Quinn books the first time with whoever is next. Who it is."""
    await world.brief(target, **{"contact_email": f"lead{n}@firm{n}.example", **changes})
    await world.press("quinn", "book")
    return await last_rep(world)


async def waiting(
    world: World, leads: int, *, days: Sequence[int] = (), firm: str = "firm"
) -> list[UUID]:
    """So many leads with times to choose from, all looked for before any is booked.

    *days* are those of March from which each looks; one after the other if not said.
    """
    quinn = await world.app.services.stores.people.find(world.box.person("quinn").id)
    in_force = await world.app.services.stores.policies.current()
    assert quinn
    ids = []
    for n, wanted in zip(range(leads), days or count(3), strict=False):
        search = Search(
            pool="emea", rep=None, type="first", minutes=30, wanted=date(2026, 3, wanted)
        )
        lead = replace(LEAD_, contact_email=f"x@{firm}{n}.example")
        decision = handing_over.begin(
            id=uuid4(), lead=lead, qualifier=quinn, policy=in_force, at=MONDAY, search=search
        )
        await world.app.services.stores.handoffs.add(decision)
        ids.append(decision.handoff.id)
    await world.work()
    return ids


async def shown(world: World, ids: Sequence[UUID]) -> list[list[datetime]]:
    """The times that each of them is shown with whoever is next, who is the same for all."""
    searches = [(await world.case(id)).handoff.search for id in ids]
    assert len({search.next for search in searches if search}) == 1, "all are shown the same reps"
    return [
        [choice.start for choice in search.found or () if choice.rep == search.next[0]]
        for search in searches
        if search
    ]


def apart(times: Sequence[Sequence[datetime]]) -> list[datetime]:
    """One of each, no two of which meet."""
    chosen: list[datetime] = []
    for some in times:
        chosen.append(next(t for t in some if all(abs(t - other) >= LASTS for other in chosen)))
    return chosen


async def book_at_once(
    world: World, ids: Sequence[UUID], starts: Sequence[datetime]
) -> list[BaseException | None]:
    """Each books its time, with whoever it was shown, in one moment; what stood in the way."""
    found = [(await world.case(id)).handoff for id in ids]

    async def book(handoff: Handoff, start: datetime) -> None:
        assert handoff.search
        rule = partial(
            world.app.services.stores.routing.book,
            by=handoff.qualifier,
            at=world.clock(),
            start=start,
            rep=handoff.search.next[0],
        )
        await world.app.services.stores.handoffs.change(handoff.id, rule)

    return await asyncio.gather(
        *(book(handoff, start) for handoff, start in zip(found, starts, strict=True)),
        return_exceptions=True,
    )


async def given(world: World) -> list[int]:
    """How many leads each rep of the pool has been given, fewest first."""
    rows = await world.rows("select person, count(*) from routing_given group by person")
    counts = dict(rows)
    return sorted(counts.get(world.box.person(who).id, 0) for who in EMEA)


def hidden(world: World, who: str) -> str:
    """All the words of the newest card, also those that open in place."""
    return json.dumps(world.newest(who).card, ensure_ascii=False)


def all_words(world: World, who: str) -> str:
    """All the words of every message."""
    return "\n".join(text for message in world.box.teams.chat(who) for text in message.texts())


async def last_rep(world: World) -> str:
    [(rep,)] = await world.rows("select rep from handoff order by number desc limit 1")
    names = {world.box.person(name).id: name for name in (*EMEA, "quinn", "mara")}
    return names.get(rep, str(rep))


async def credits(world: World, who: str) -> int:
    [(count,)] = await world.rows(
        "select coalesce(sum(credits), 0) from routing_book where person = %s",
        world.box.person(who).id,
    )
    return int(count)


async def got(world: World, who: str) -> int:
    [(count,)] = await world.rows(
        "select coalesce(sum(got), 0) from routing_book where person = %s", world.box.person(who).id
    )
    return int(count)
