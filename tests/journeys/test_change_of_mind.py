"""Until the meeting, who said yes may ask for another time, or say that they cannot be there."""

from datetime import timedelta
from uuid import UUID

import pytest

from handoff.policy import Promise
from tests.world import SUBJECT, World


async def test_who_accepted_proposes_another_time_and_has_the_first_until_it_moves(
    world: World, accepted: UUID
) -> None:
    before = (await world.case(accepted)).handoff.meeting
    assert before
    await world.press("rita", "another_time")
    assert "Both you and Quinn are free" in world.reads("rita")
    others = (await world.case(accepted)).handoff.others
    assert others
    await world.press("rita", "propose", start=others[1].isoformat())

    assert "RITA PROPOSES ANOTHER TIME" in world.reads("quinn")
    assert "until then this time stands" in world.reads("rita")
    event = world.box.outlook.event("rita", SUBJECT)
    assert (event.start, event.response.value) == (before.span.start, "accepted")
    assert await world.state(accepted) == "accepted"

    await world.press("quinn", "move_meeting")

    assert await world.state(accepted) == "accepted"
    event = world.box.outlook.event("rita", SUBJECT)
    assert (event.start, event.response.value) == (others[1], "accepted")
    assert [letter.kind for letter in world.invitations()] == ["invitation", "update"]
    case = await world.case(accepted)
    prep, meet = case.handoff.owed(Promise.PREPARE), case.handoff.owed(Promise.MEET)
    assert meet
    assert meet.due_at == others[1] + timedelta(minutes=30)
    assert prep
    assert prep.span
    assert before.span.start != others[1] >= prep.span.end
    ended = {c.ending.value for c in case.handoff.commitments if c.ending}
    assert ended <= {"kept", "released"}, "nobody was late with anything"


@pytest.mark.parametrize("ends", ["kept", "taken back", "never settled"])
async def test_another_time_comes_to_nothing_and_they_meet_as_agreed(
    world: World, accepted: UUID, ends: str
) -> None:
    await world.press("rita", "another_time")
    await world.press("rita", "propose")
    meeting = (await world.case(accepted)).handoff.meeting
    assert meeting
    if ends == "kept":
        await world.press("quinn", "keep_time")
        assert "another_time" not in world.newest("rita").verbs(), "once for a meeting"
    elif ends == "taken back":
        await world.press("rita", "withdraw")
        assert "PROPOSES" not in world.reads("quinn")
    await world.until(meeting.span.start + timedelta(minutes=1))

    case = await world.case(accepted)
    assert (case.handoff.state.value, case.handoff.proposal) == ("accepted", None)
    settle = case.handoff.last(Promise.SETTLE)
    assert settle
    assert settle.ending == {"kept": "kept", "taken back": "released"}.get(ends, "missed")
    assert world.reads("rita").startswith("ACCEPTED")
    await world.until(meeting.span.end + timedelta(minutes=1))
    assert await world.state(accepted) == "following"


async def test_tentative_in_outlook_beside_a_proposal_asks_for_no_second_answer(
    world: World, accepted: UUID
) -> None:
    """Outlook itself says tentative for whoever proposes another time there."""
    await world.press("rita", "another_time")
    await world.press("rita", "propose")
    world.answers("rita", "tentativelyAccept")
    await world.work()
    case = await world.case(accepted)
    assert case.handoff.state.value == "proposed"
    assert case.handoff.owed(Promise.ANSWER) is None

    await world.press("quinn", "move_meeting")
    assert await world.state(accepted) == "accepted"


async def test_who_is_ill_says_so_and_a_colleague_has_it_with_one_update(
    world: World, accepted: UUID
) -> None:
    await world.press("rita", "cannot", titled="Ill")

    case = await world.case(accepted)
    assert case.handoff.state.value == "offered"
    new = next(key for key in ("ravi", "rosa") if world.box.person(key).id == case.handoff.rep)
    assert "NEW MEETING FOR YOU" in world.reads(new)
    assert [letter.kind for letter in world.invitations()] == ["invitation", "update"]
    assert not world.box.outlook.has("rita", SUBJECT)
    assert "unable" in await world.timeline(accepted)
    ended = {c.ending.value for c in case.handoff.commitments if c.ending}
    assert ended <= {"kept", "released"}, "it is nobody's fault"
    assert await world.rows("select 1 from routing_given where credited_at is not null") == [], (
        "and earns nothing"
    )


async def test_nobody_is_free_and_it_is_the_qualifiers_again_who_reads_why(
    world: World, accepted: UUID
) -> None:
    meeting = (await world.case(accepted)).handoff.meeting
    assert meeting
    for other in ("ravi", "rosa"):
        world.box.outlook.create(other, "Fair", meeting.span.start, meeting.span.end)

    await world.press("rita", "cannot", titled="Double-booked")

    assert await world.state(accepted) == "sent_back"
    assert "The rep cannot be there: double-booked" in world.reads("quinn")
    assert "cannot be there" in world.reads("rita")
