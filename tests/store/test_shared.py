"""What one has read is told to whoever asks for the same at the same moment, and to nobody else."""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import timedelta

import pytest

from handoff.figures import BY_CODE, Period, Spread
from handoff.policy import Policy
from handoff.scope import Ground, Kind, Scope, scope_of
from store import sums
from store.door import Tx
from store.fact_terms import Look
from store.facts import COLUMNS
from store.shared import MOST, PARTS, Shared
from tests.handoff.conftest import PEOPLE
from tests.store.test_figures import AT, YEAR, lived
from tests.world import World

NOW, LATER = (1, 2, 3), (1, 3, 4)


async def test_of_several_who_ask_at_one_moment_one_reads() -> None:
    shared, asked = Shared(), list[str]()
    goes_on = asyncio.Event()

    async def read() -> str:
        asked.append("once")
        await goes_on.wait()
        return f"answer {len(asked)}"

    several = [asyncio.create_task(shared.once(NOW, "key", read)) for _ in range(10)]
    other = asyncio.create_task(shared.once(LATER, "key", read))
    await asyncio.sleep(0)
    several[3].cancel()  # who waits no more takes nobody else's answer away
    goes_on.set()
    told = await asyncio.gather(*several, return_exceptions=True)

    assert len(asked) == 2, "of another moment it is read anew"
    assert len({one for one in told if isinstance(one, str)}) == 1
    assert [isinstance(one, asyncio.CancelledError) for one in told].count(True) == 1
    assert (await other).startswith("answer")
    assert await shared.once(NOW, "key", read) in told
    assert len(asked) == 2


async def test_who_waited_for_one_that_failed_reads_for_themselves() -> None:
    shared, goes_on = Shared(), asyncio.Event()

    async def fails() -> str:
        await goes_on.wait()
        raise OSError("no answer")

    async def reads() -> str:
        return "read"

    first = asyncio.create_task(shared.once(NOW, "key", fails))
    await asyncio.sleep(0)
    second = asyncio.create_task(shared.once(NOW, "key", reads))
    await asyncio.sleep(0)
    goes_on.set()

    with pytest.raises(OSError, match="no answer"):
        await first
    assert await second == "read"
    for n in range(2 * MOST):
        await shared.once(NOW, n, reads)
    assert len(shared) == MOST


async def test_what_is_counted_is_in_the_figures_of_whoever_looks_next(
    world: World, policy_in_force: Policy
) -> None:
    """Also what was begun before and committed after something else, and once it is added up."""
    await lived(world, policy_in_force)
    stores = world.app.services.stores

    [(first,)] = await world.rows(
        "select (at at time zone 'utc')::date from fact where what = 'handed_over' and sign = 1 "
        "order by id limit 1"
    )
    weeks = Period(first - timedelta(days=10), first + timedelta(days=10))

    async def told() -> int:
        """How many were handed over in the year, as of the weeks around is said, and how many of
        which it is known how long they took, too.
        """
        numbers = []
        for period in (YEAR, weeks):
            found = await stores.figures.values(
                rita(policy_in_force),
                [BY_CODE["handed_over"], BY_CODE["lead_time"]],
                Look(ground=Ground(Kind.ORGANISATION), period=period),
                AT,
            )
            for value in [one.whole.value for one in found]:
                assert isinstance(value, int | Spread)
                numbers.append(value.n if isinstance(value, Spread) else value)
        more = [now - then for now, then in zip(numbers, first_told or numbers, strict=True)]
        first_told[:] = first_told or numbers
        assert len(set(more)) == 1, "what is read day by day is what is read at once"
        return numbers[0]

    first_told: list[int] = []
    async with AsyncExitStack() as stack:
        before = await told()
        slow = await stack.enter_async_context(stores.door.open())
        await one_more(slow)
        assert await told() == before, "nothing of it is committed"
        async with stores.door.open() as tx:
            await one_more(tx)
        assert await told() == before + 1
        async with stores.door.open() as tx:
            while await sums.add_up(tx):
                pass
        assert await told() == before + 1
        await stack.aclose()
        assert await told() == before + 2, "it counted before, and was not there yet"
        async with stores.door.open() as tx:
            while await sums.add_up(tx):
                pass
        assert await told() == before + 2


def rita(policy: Policy) -> Scope:
    return replace(scope_of(PEOPLE["rita"], {}, [], policy), least=1)


async def one_more(tx: Tx) -> None:
    """As a decision leaves it."""
    same = ", ".join(COLUMNS)
    await tx.execute(
        f"insert into fact ({same}) select {same} from fact where what = 'handed_over' "
        "and sign = 1 order by id limit 1"
    )
    await tx.execute(
        "insert into dirty_day select (at at time zone 'utc')::date from fact "
        "where what = 'handed_over' and sign = 1 order by id limit 1"
    )


async def test_of_several_parts_those_alone_are_read_again_of_which_more_is_counted() -> None:
    shared, asked = Shared(), list[list[str]]()

    async def read(parts: Sequence[str]) -> dict[str, str]:
        asked.append(list(parts))
        await asyncio.sleep(0)
        return {one: f"{one}, answer {len(asked)}" for one in parts}

    both: dict[str, object] = {"week 1": NOW, "week 2": NOW}
    several = await asyncio.gather(*[shared.each(both, "key", read) for _ in range(10)])
    more = {**both, "week 2": LATER, "week 3": NOW}
    later, before = await asyncio.gather(
        shared.each(more, "key", read), shared.each({"week 1": NOW}, "key", read)
    )

    assert several == [{"week 1": "week 1, answer 1", "week 2": "week 2, answer 1"}] * 10
    assert asked == [["week 1", "week 2"], ["week 2", "week 3"]]
    assert before == {"week 1": "week 1, answer 1"}
    assert later == {**before, "week 2": "week 2, answer 2", "week 3": "week 3, answer 2"}
    assert await shared.each(both, "other", read) != several[0], "of another question it is read"


async def test_who_waited_for_parts_that_could_not_be_read_reads_them_for_themselves() -> None:
    shared, goes_on = Shared(), asyncio.Event()

    async def fails(_: Sequence[int]) -> dict[int, str]:
        await goes_on.wait()
        raise OSError("no answer")

    async def reads(parts: Sequence[int]) -> dict[int, str]:
        return dict.fromkeys(parts, "read")

    first = asyncio.create_task(shared.each({1: NOW, 2: NOW}, "key", fails))
    await asyncio.sleep(0)
    second = asyncio.create_task(shared.each({2: NOW, 3: NOW}, "key", reads))
    await asyncio.sleep(0)
    goes_on.set()

    with pytest.raises(OSError, match="no answer"):
        await first
    assert await second == {2: "read", 3: "read"}
    for n in range(2 * PARTS):
        await shared.each({n: NOW}, "key", reads)
    for n in range(2 * MOST):
        await shared.each({1: NOW}, n, reads)
    assert len(shared) == MOST
    assert max(len(of) for of in shared._parts.values()) <= PARTS
