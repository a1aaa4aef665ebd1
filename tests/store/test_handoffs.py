"""What the store itself refuses, whatever a rule decides."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from uuid import UUID

import pytest

from handoff.answering import send_back
from handoff.draft import Draft
from handoff.effects import Show
from handoff.hours import Span
from handoff.model import Case, Decision, State
from store.door import Tx
from store.handoffs import RESERVING, IllegalMoveError, together
from store.routing_chain import lock_chain
from tests.hour import MONDAY
from tests.world import World


async def test_a_move_that_is_not_among_the_moves_is_refused_and_nothing_is_kept(
    world: World,
) -> None:
    id = await world.offer()
    before, said = await world.case(id), await world.timeline(id)
    jobs = await world.rows("select count(*) from procrastinate_jobs")

    def rule(case: Case) -> Decision:
        """From an offer straight to its end."""
        draft = Draft(case, at=MONDAY, by="rita", rule="follow_up")
        draft.set(state=State.ENDED, note="not to be kept")
        draft.say("over")
        draft.follow(Show("rita", id, alert=True))
        return draft.decision()

    with pytest.raises(IllegalMoveError, match="offered to ended"):
        await world.app.services.stores.handoffs.change(id, rule)

    assert await world.case(id) == before
    assert await world.timeline(id) == said
    assert await world.rows("select count(*) from procrastinate_jobs") == jobs


async def test_what_stays_where_it_is_is_no_move(world: World) -> None:
    id = await world.offer()

    def rule(case: Case) -> Decision:
        return Decision(handoff=replace(case.handoff, note="kept"), entries=())

    case = await world.app.services.stores.handoffs.change(id, rule)

    assert case.handoff.note == "kept"
    assert (await world.case(id)).handoff.note == "kept"


async def test_what_is_tried_apart_lasts_only_with_all_that_is_written_beside_it(
    world: World,
) -> None:
    id, stores = await world.offer(), world.app.services.stores

    def rule(case: Case) -> Decision:
        return Decision(handoff=replace(case.handoff, note="kept"), entries=())

    async def dies() -> None:
        async with stores.door.open() as tx:
            assert await stores.handoffs.try_in(tx, id, rule)  # the first that is written in it
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await dies()
    assert (await world.case(id)).handoff.note == ""

    async with stores.door.open() as tx:
        assert await stores.handoffs.try_in(tx, id, rule)
    assert (await world.case(id)).handoff.note == "kept"


async def test_what_is_read_is_of_one_moment_whatever_is_decided_meanwhile(world: World) -> None:
    """A card of an offer without the promise to answer it would be drawn of nothing."""
    id = await world.offer()
    what = "select state, (select count(*) from commitment where ended_at is null) from handoff"
    async with world.app.services.stores.reads.connection() as tx:
        before = await (await tx.execute(what)).fetchone()
        await world.press("rita", "send_back", reason="brief")
        assert await (await tx.execute(what)).fetchone() == before
    assert await world.state(id) == "sent_back"


async def test_whoever_needs_the_chain_and_a_reps_day_takes_them_in_the_order_of_everyone(
    world: World,
) -> None:
    """Taken the other way round each would wait for the other, and PostgreSQL end one of them."""
    id = await world.accepted()
    other = await world.accepted(company="Fabrikam", contact_email="ana@fabrikam.example")
    stores, rita = world.app.services.stores, world.box.person("rita").id

    def elsewhere(case: Case) -> Decision | None:
        """The other lead's meeting makes way: an hour later in the same rep's day."""
        if case.handoff.id != other:
            return None
        meeting = case.handoff.meeting
        assert meeting
        hour = meeting.span.end - meeting.span.start
        later = Span(meeting.span.start + 4 * hour, meeting.span.end + 4 * hour)
        return Decision(
            handoff=replace(case.handoff, meeting=replace(meeting, span=later)), entries=()
        )

    says = partial(send_back, by=rita, at=world.clock(), reason="brief", note="")
    async with stores.door.open() as tx:
        await lock_chain(tx)
        clearing = asyncio.create_task(
            stores.handoffs.change_and_clear(id, says, elsewhere, [other])
        )
        waits = "select from pg_locks where not granted"
        while not clearing.done() and not await world.rows(waits):  # noqa: ASYNC110  # rows
            await asyncio.sleep(0.01)
        await tx.execute(
            "select pg_advisory_xact_lock(%s, n::int) from person where id = %s",
            [RESERVING, rita],
        )
    await clearing

    assert await world.state(id) == "sent_back"
    case = await world.case(other)
    assert case.handoff.state is State.ACCEPTED


async def test_what_one_of_many_does_not_bear_is_kept_of_all_the_others(world: World) -> None:
    """They are changed in one transaction, and what undoes it is that one's alone."""
    odd = await world.offer()
    fine = await world.offer(company="Fabrikam", contact_email="bo@fabrikam.example")
    stores = world.app.services.stores

    async def noted(tx: Tx, cases: Sequence[Case]) -> dict[UUID, Decision | None]:
        drafts = [Draft(case, at=world.clock(), by="rita", rule="follow_up") for case in cases]
        for draft in drafts:
            draft.set(note="noted", **({"state": State.ENDED} if draft.id == odd else {}))
        return {draft.id: draft.decision(quiet=True) for draft in drafts}

    async def write(ids: Sequence[UUID]) -> None:
        async with stores.door.open() as tx:
            await stores.handoffs.change_each_in(tx, ids, noted)

    await together([odd, fine], write)

    assert [(await world.case(id)).handoff.note for id in (odd, fine)] == ["", "noted"]
