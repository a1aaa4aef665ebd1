"""What the store itself refuses, whatever a rule decides."""

from dataclasses import replace

import pytest

from handoff.draft import Draft
from handoff.effects import Show
from handoff.model import Case, Decision, State
from store.handoffs import IllegalMoveError
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


async def test_what_is_read_is_of_one_moment_whatever_is_decided_meanwhile(world: World) -> None:
    """A card of an offer without the promise to answer it would be drawn of nothing."""
    id = await world.offer()
    what = "select state, (select count(*) from commitment where ended_at is null) from handoff"
    async with world.app.services.stores.reads.connection() as tx:
        before = await (await tx.execute(what)).fetchone()
        await world.press("rita", "send_back", reason="brief")
        assert await (await tx.execute(what)).fetchone() == before
    assert await world.state(id) == "sent_back"
