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
