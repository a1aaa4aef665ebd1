"""What journeys about turns do again and again: a policy in force, leads booked, books read."""

import json
from dataclasses import replace
from datetime import date
from uuid import UUID, uuid4

from handoff import handing_over
from handoff.model import Search
from tests.handoff.conftest import LEAD as LEAD_
from tests.hour import MONDAY
from tests.world import POLICY, World

EMEA = ("rita", "ravi", "rosa")


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
    await world.brief(target, contact_email=f"lead{n}@firm{n}.example", **changes)
    await world.press("quinn", "book")
    return await last_rep(world)


async def waiting(world: World, leads: int) -> list[UUID]:
    """So many leads with times to choose from, all looked for before any is booked."""
    quinn = await world.app.services.stores.people.find(world.box.person("quinn").id)
    in_force = await world.app.services.stores.policies.current()
    assert quinn
    ids = []
    for n in range(leads):
        search = Search(
            pool="emea", rep=None, type="first", minutes=30, wanted=date(2026, 3, 3 + n)
        )
        lead = replace(LEAD_, contact_email=f"x@firm{n}.example")
        decision = handing_over.begin(
            id=uuid4(), lead=lead, qualifier=quinn, policy=in_force, at=MONDAY, search=search
        )
        await world.app.services.stores.handoffs.add(decision)
        ids.append(decision.handoff.id)
    await world.work()
    return ids


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
