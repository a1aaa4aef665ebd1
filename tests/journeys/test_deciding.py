"""A manager who is asked can decide at once, on the card that asks, whatever is overdue; and who
has said no yet has every way on the card by which to answer.
"""

import re
from datetime import timedelta
from uuid import UUID

import pytest

from bot.click import Click
from bot.teams import VERBS
from cards.elements import WHY
from handoff.draft import ILL
from handoff.model import State
from handoff.policy import Promise
from sandbox.company import Mailbox
from tests.journeys.rotation import policy
from tests.journeys.test_handing_on import busy
from tests.journeys.test_not_told import for_good, move
from tests.world import World

BACK = "Back to Quinn"


async def overdue(world: World, id: UUID, what: Promise) -> None:
    """What is owed is not done in time."""
    owed = (await world.case(id)).handoff.owed(what)
    assert owed
    await world.until(owed.due_at + timedelta(seconds=1))


async def propose(world: World, id: UUID, which: int = 0) -> None:
    """Rita proposes one of the other times that she is shown."""
    await world.press("rita", "another_time")
    others = (await world.case(id)).handoff.others
    assert others
    await world.press("rita", "propose", start=others[which].isoformat())


async def state(world: World, id: UUID) -> State:
    return (await world.case(id)).handoff.state


def buttons(world: World, who: str) -> list[str]:
    """What may be done on their newest card, but for asking why it came."""
    return [one.title for one in world.newest(who).actions() if one.title != WHY]


async def click_by_hand(world: World, id: UUID, who: str, verb: str) -> None:
    """As from a card of a while ago."""
    by = world.box.person(who).id
    click = Click(verb=verb, by=by, at=world.clock(), handoff=id, data={})
    await VERBS[verb](world.app.services.baton, click)
    await world.work()


async def ended(world: World, what: Promise) -> list[str]:
    rows = await world.rows(
        "select ending from commitment where what = %s and ending is not null order by n", what
    )
    return [ending for (ending,) in rows]


async def test_where_nobody_else_is_free_the_lead_is_its_qualifiers_who_has_it_moved_in_time(
    world: World,
) -> None:
    id = await world.offer(wanted="2026-03-05")
    await busy(world, id, "ravi", "rosa")
    await overdue(world, id, Promise.ANSWER)
    assert "nobody else" in str(world.newest("mara").card)

    await world.press("mara", "give_back", titled=BACK)

    assert await state(world, id) is State.SENT_BACK
    assert world.reads("quinn").startswith("YOURS AGAIN: NO ANSWER FROM RITA")
    assert world.reads("rita").startswith("GIVEN BACK TO QUINN")
    assert world.reads("mara").startswith("SETTLED")
    assert buttons(world, "mara") == []
    days = world.clock(), world.clock() + timedelta(days=7)
    there = world.box.outlook.calendar("rita", *days)
    assert not [one for one in there if "Contoso" in one.subject], "nothing holds her day"
    assert await ended(world, Promise.ANSWER) == ["passed_on"]
    assert await ended(world, Promise.DECIDE) == ["kept"]
    assert "Accept" not in world.reads("rita")
    assert "Move it" in world.reads("quinn")
    assert "Look for times…" in world.reads("quinn"), "with another too"


@pytest.mark.parametrize("moves", [True, False], ids=["moved", "kept"])
@pytest.mark.parametrize("talks", [False, True], ids=["at once", "after a talk"])
async def test_a_time_that_its_qualifier_does_not_settle_a_manager_does(
    world: World, accepted: UUID, moves: bool, talks: bool
) -> None:
    before = (await world.case(accepted)).handoff.meeting
    assert before
    await propose(world, accepted)
    there = (await world.case(accepted)).handoff.proposal
    assert there
    await overdue(world, accepted, Promise.SETTLE)
    assert "Rita proposes" in world.reads("mara")
    assert "one update with the new time" in world.reads("mara"), "what is sent is read first"
    if talks:
        await world.press("mara", "talk")
        assert world.reads("mara").startswith("STILL WITH QUINN")

    await world.press("mara", "move_meeting" if moves else "keep_time")

    handoff = (await world.case(accepted)).handoff
    assert handoff.meeting
    assert (handoff.state, handoff.proposal) == (State.ACCEPTED, None)
    assert handoff.meeting.span.start == (there.start if moves else before.span.start)
    assert len(world.invitations()) == 1 + moves
    assert await ended(world, Promise.SETTLE) == ["passed_on"]
    assert await ended(world, Promise.DECIDE) == ["kept"]
    assert world.reads("mara").startswith("SETTLED")
    assert buttons(world, "mara") == []
    for who in ("quinn", "rita"):
        assert "Mara Lind settled for " in world.reads(who)
    assert ("MARA KEEPS" in world.reads("rita")) == (not moves)
    assert ("Mara Lind kept the time" in await said(world)) == (not moves)


async def said(world: World) -> str:
    return "\n".join((await world.say("quinn", "why 1")).texts())


async def test_a_time_that_is_not_settled_is_no_other_managers_to_settle(
    world: World, accepted: UUID
) -> None:
    id = accepted
    await propose(world, accepted)
    await overdue(world, accepted, Promise.SETTLE)
    await world.press("mara", "ask_above")
    assert world.reads("mara").startswith("WITH HELEN")
    assert buttons(world, "mara") == []

    await click_by_hand(world, id, "mara", "keep_time")

    assert (await world.case(accepted)).handoff.proposal, "it is Helen's"
    await world.press("helen", "keep_time")
    assert (await world.case(accepted)).handoff.proposal is None


async def test_after_a_talk_the_manager_gives_it_to_a_colleague_from_the_same_card(
    world: World,
) -> None:
    id = await world.offer(wanted="2026-03-05")
    await overdue(world, id, Promise.ANSWER)
    await world.press("mara", "talk")
    assert world.reads("mara").startswith("STILL WITH RITA")
    assert "can still decide" in world.reads("mara")

    await world.press("mara", "reassign", titled="Give to Rosa")

    handoff = (await world.case(id)).handoff
    assert handoff.rep == world.box.person("rosa").id
    assert buttons(world, "mara") == []


async def test_of_two_decisions_the_buttons_are_about_the_one_that_the_card_shows(
    world: World,
) -> None:
    """Rita answers neither the meeting nor the introduction, and both are asked about."""
    reply = "reply = { hours = 8, reminder = 0.5 }"
    await policy(world, (reply, reply.replace(" }", ", escalate = true }")))
    id = await world.offer(wanted="2026-03-05")
    await overdue(world, id, Promise.ANSWER)
    await overdue(world, id, Promise.REPLY)
    card = world.newest("mara")
    assert "NO ANSWER FROM RITA" in "\n".join(card.texts())

    await world.press("mara", "give_back", card)

    assert await state(world, id) is State.SENT_BACK
    assert not await world.opens("rita", "add_note"), "it was not she who sent it back"


async def test_after_a_talk_a_yes_takes_the_buttons_off_the_managers_card(world: World) -> None:
    id = await world.offer(wanted="2026-03-05")
    await overdue(world, id, Promise.ANSWER)
    await world.press("mara", "talk")
    assert "give_back" in world.newest("mara").verbs()

    await world.press("rita", "accept")

    assert buttons(world, "mara") == []
    await click_by_hand(world, id, "mara", "give_back")
    assert await state(world, id) is State.ACCEPTED, "her yes stands"


@pytest.mark.parametrize("how", ["kept", "taken back", "moved", "moved by the qualifier"])
async def test_another_time_may_be_asked_for_again_once_the_first_is_settled(
    world: World, accepted: UUID, how: str
) -> None:
    await propose(world, accepted)
    assert "another_time" not in world.newest("rita").verbs(), "one at a time"
    match how:
        case "kept":
            await world.press("quinn", "keep_time")
        case "taken back":
            await world.press("rita", "withdraw")
        case "moved":
            await world.press("quinn", "move_meeting")
        case _:
            await world.press("quinn", "look_for_other_times")
            await world.press("quinn", "move_to")
            assert "DOES IT SUIT?" in world.reads("rita")

    await propose(world, accepted, 1)

    assert (await world.case(accepted)).handoff.proposal
    assert "RITA PROPOSES ANOTHER TIME" in world.reads("quinn")


async def test_of_one_time_others_are_proposed_three_times_and_of_the_next_anew(
    world: World, accepted: UUID
) -> None:
    for _ in range(3):
        await propose(world, accepted)
        await world.press("quinn", "keep_time")
    assert "another_time" not in world.newest("rita").verbs(), "Quinn has said no three times"
    assert "cannot" in world.newest("rita").verbs() or await world.opens("rita", "cannot")
    await click_by_hand(world, accepted, "rita", "another_time")
    assert (await world.case(accepted)).handoff.others is None

    await world.press("quinn", "look_for_other_times")
    await world.press("quinn", "move_to")

    await propose(world, accepted)
    assert (await world.case(accepted)).handoff.proposal


@pytest.mark.parametrize("proposed", [False, True], ids=["before a yes", "another time proposed"])
async def test_who_is_ill_when_the_card_comes_says_so_and_blames_no_lead(
    world: World, proposed: bool
) -> None:
    id = await world.offer(wanted="2026-03-05")
    await busy(world, id, "ravi", "rosa")
    if proposed:
        await propose(world, id)

    await world.press("rita", "cannot", titled="Ill")

    handoff = (await world.case(id)).handoff
    assert (handoff.state, handoff.reason) == (State.SENT_BACK, ILL)
    assert await world.rows("select 1 from routing_given where credited_at is not null") == []


async def test_a_meeting_is_moved_by_either_side_to_a_time_of_which_the_rep_reads_in_time(
    world: World, accepted: UUID
) -> None:
    """On Monday at ten: nobody is shown one of that day before one of the next."""
    await world.press("quinn", "look_for_other_times")
    others = (await world.case(accepted)).handoff.others
    assert others
    assert others[0].date() > world.clock().date()
    assert others[-1].date() == world.clock().date(), "which is still to be had"

    await world.press("quinn", "move_to", start=others[0].isoformat())

    assert "the meeting is near" not in world.reads("rita")
    assert "4 working hours from" in world.reads("rita")


async def leads(world: World, boss: str, who: str) -> None:
    """By Entra *boss* is the nearest manager of *who*."""
    above = [world.box.person(one).id for one in (boss, "mara", "helen")]
    await world.run(
        "update person set managers = %s where id = %s", above, world.box.person(who).id
    )


def once_each(world: World, who: str) -> list[str]:
    """The buttons of their newest card, none of which stands there twice."""
    titles = [action.title or "" for action in world.newest(who).actions()]
    assert len(titles) == len(set(titles)), titles
    return titles


async def test_a_manager_who_has_handed_it_over_decides_and_changes_it_on_one_card(
    world: World,
) -> None:
    id = await world.offer(wanted="2026-03-05")
    await leads(world, "quinn", "rita")
    await overdue(world, id, Promise.ANSWER)
    reads = world.reads("quinn")
    assert reads.startswith("NEEDS A DECISION: NO ANSWER FROM RITA")
    assert "You have handed it over yourself:" in reads
    assert "Back with you, it is yours to find another time or rep" in reads
    assert {"Give to Rosa", "Take it back", "Change…"} <= {*once_each(world, "quinn")}

    await world.press("quinn", "talk")
    assert "can still decide" in world.reads("quinn")
    assert {"Give to Rosa", "Take it back", "Change…"} <= {*once_each(world, "quinn")}
    await world.press("quinn", "reassign", titled="Give to Rosa")

    assert (await world.case(id)).handoff.rep == world.box.person("rosa").id
    assert "can still decide" not in world.reads("quinn")


async def test_a_manager_who_has_the_meeting_settles_the_time_and_has_their_own_ways_beside_it(
    world: World, accepted: UUID
) -> None:
    await leads(world, "rita", "quinn")
    await propose(world, accepted)
    await overdue(world, accepted, Promise.SETTLE)
    reads = world.reads("rita")
    assert reads.startswith("NEEDS A DECISION")
    assert "You propose " in reads
    assert "You accept that time if you move it." in reads
    assert "I cannot then" in once_each(world, "rita")

    await world.press("rita", "talk")
    assert "Move the meeting" in once_each(world, "rita")
    await world.press("rita", "move_meeting")

    assert await ended(world, Promise.SETTLE) == ["passed_on"]


async def test_more_time_for_what_is_not_due_yet_comes_on_top(world: World) -> None:
    """Of eight hours given two minutes ago, which two more do not take away."""
    id = await world.offer(wanted="2026-03-05")
    await overdue(world, id, Promise.ANSWER)
    await world.press("mara", "extend", hours="8", reason="She is in a workshop")
    first = (await world.case(id)).handoff.owed(Promise.ANSWER)
    assert first
    world.clock.forward(timedelta(minutes=2))

    await world.press("mara", "extend", hours="2", reason="It takes all day")
    after = (await world.case(id)).handoff.owed(Promise.ANSWER)
    assert after
    hours = (await world.case(id)).person(after.who).hours
    assert hours.between(first.due_at, after.due_at) == timedelta(hours=2)
    assert "10 working hours from Mon 14:0" in world.reads("rita")


async def test_who_was_asked_after_a_talk_and_let_it_pass_reads_that_nobody_decided(
    world: World,
) -> None:
    id = await world.offer()
    meeting = (await world.case(id)).handoff.meeting
    assert meeting
    await overdue(world, id, Promise.ANSWER)
    await world.press("mara", "talk")
    given = (await world.case(id)).handoff.owed(Promise.ANSWER)
    assert given
    await world.until(given.due_at + timedelta(minutes=1))
    assert "NEEDS A DECISION" in world.reads("helen")
    await world.until(meeting.span.start + timedelta(minutes=1))

    assert await state(world, id) is State.SENT_BACK
    for who in ("mara", "helen"):
        assert world.reads(who).startswith("NOBODY DECIDED")


async def test_a_manager_who_moved_it_reads_that_outlook_did_not(
    world: World, accepted: UUID
) -> None:
    await propose(world, accepted)
    await overdue(world, accepted, Promise.SETTLE)
    world.box.set_mailbox("quinn", Mailbox.DENIED)
    before = world.cards("mara")
    await world.press("mara", "move_meeting")
    await for_good(world)

    assert world.cards("mara") == before + 1
    assert world.reads("mara").startswith("NOT MOVED, STILL TUE 09:00")
    assert "Outlook did not take the other time." in world.reads("mara")


async def test_who_is_asked_after_a_talk_reads_until_when_there_is_time(world: World) -> None:
    """And of no hours that have yet to begin."""
    id = await world.offer(wanted="2026-03-05")
    await overdue(world, id, Promise.ANSWER)
    await world.press("mara", "talk")
    await world.press("mara", "ask_above")

    reads = world.reads("helen")
    assert re.search(r"Rita had not answered by Mon \d\d:00, and has until Mon \d\d:", reads)
    assert "has not answered in" not in reads


@pytest.mark.parametrize("said_yes", [True, False], ids=["after a yes", "before one"])
async def test_a_proposed_time_that_has_come_is_proposed_no_more(
    world: World, said_yes: bool
) -> None:
    """Nobody settled it: the meeting stays, and the rep may ask for another time again."""
    id = await world.offer(wanted="2026-03-05")
    if said_yes:
        await world.press("rita", "accept")
    await world.press("rita", "another_time")
    others = (await world.case(id)).handoff.others
    meeting = (await world.case(id)).handoff.meeting
    assert others
    assert meeting
    soonest = min(others)
    assert soonest < meeting.span.start
    await world.press("rita", "propose", start=soonest.isoformat())
    assert "that time is over, and it stays Thu 09:00" in str(world.newest("quinn").card)
    settle = (await world.case(id)).handoff.owed(Promise.SETTLE)
    assert settle
    await world.until(settle.due_at + timedelta(minutes=1))
    assert world.reads("mara").startswith("NEEDS A DECISION")
    await world.until(soonest + timedelta(minutes=1))

    assert (await world.case(id)).handoff.proposal is None
    assert "THE TIME RITA PROPOSED IS OVER" in world.reads("quinn").splitlines()[0]
    assert world.reads("mara").startswith("NOBODY DECIDED")
    assert await state(world, id) is (State.ACCEPTED if said_yes else State.OFFERED)
    assert "THE TIME YOU PROPOSED IS OVER" in world.reads("rita").splitlines()[0]
    assert "another_time" in world.newest("rita").verbs()
    assert "move_meeting" not in world.newest("quinn").verbs()
    assert "the time that was proposed went by unsettled" in await said(world)
    assert await ended(world, Promise.SETTLE) == ["missed"]


async def test_who_leads_them_no_more_decides_nothing_that_they_put_off(world: World) -> None:
    id = await world.offer(wanted="2026-03-05")
    await overdue(world, id, Promise.ANSWER)
    await world.press("mara", "talk")
    helen = world.box.person("helen").id
    rita = world.box.person("rita").id
    await world.run("update person set managers = %s where id = %s", [helen], rita)

    await click_by_hand(world, id, "mara", "give_back")

    assert await state(world, id) is State.OFFERED


async def test_a_proposed_time_that_is_over_is_no_news_once_the_meeting_is_moved(
    world: World,
) -> None:
    id = await world.accepted(wanted="2026-03-05")
    await world.press("rita", "another_time")
    others = (await world.case(id)).handoff.others
    assert others
    await world.press("rita", "propose", start=min(others).isoformat())
    await world.until(min(others) + timedelta(minutes=1))
    await move(world, -1)
    await world.press("rita", "accept")

    for who in ("rita", "quinn"):
        assert "IS OVER" not in world.reads(who).splitlines()[0]


async def test_who_cannot_be_there_and_decides_for_the_qualifier_is_not_said_to_have_the_meeting(
    world: World,
) -> None:
    id = await world.accepted(wanted="2026-03-05")
    await leads(world, "rita", "quinn")
    await busy(world, id, "ravi", "rosa")
    await world.press("rita", "cannot", titled="Ill")
    await overdue(world, id, Promise.REWORK)

    assert world.reads("rita").startswith("NEEDS A DECISION")
    assert "You have the meeting yourself" not in world.reads("rita")
