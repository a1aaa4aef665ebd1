"""Nobody answers; the hours pass, and the clock does what the policy says."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from handoff.effects import Ring
from handoff.model import Refusal, State
from tests.journeys.test_handing_on import naming
from tests.world import World

pytestmark = pytest.mark.at_once

SUBJECT = "Contoso Logistics and Halden Systems"


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """A moment of March 2026 in Madrid."""
    return datetime(2026, 3, day, hour - 1, minute, tzinfo=UTC)


async def test_reminder_breach_manager_and_managers_manager(world: World) -> None:
    id = await world.offer(wanted="2026-03-05")
    first = world.newest("rita")

    await world.until(at(2, 12))
    assert "STILL OPEN · ANSWER BY MON 14:00" in world.reads("rita")
    assert "See the newer card" in shown(world, "rita", first.id)
    await world.until(at(2, 14))
    assert "WAITING FOR YOU SINCE MON 14:00" in world.reads("rita")
    assert "NO ANSWER YET FROM RITA" in world.reads("quinn")
    assert "Mara Lind has been asked to decide" in world.reads("quinn")
    mara = world.reads("mara")
    assert "NEEDS A DECISION" in mara
    assert "Rita has not answered in 4 working hours (Mon 10:00 to Mon 14:00)" in mara
    assert "Ravi Patel" in mara
    await world.until(at(2, 16))
    assert "NEEDS A DECISION" in world.reads("helen")
    live = [m for m in world.box.teams.chat("rita") if m.from_bot and "accept" in m.verbs()]
    assert len(live) == 1, "one live card for each handoff and person"
    assert await world.timeline(id) == [
        *("qualified", "booked", "offered", "introduced", "reminded"),
        *("overdue", "escalated", "reminded", "overdue", "escalated"),
    ]


async def test_a_manager_has_the_next_one_decide(world: World) -> None:
    """All that may be decided is on the one card; who leaves it to Helen owes nothing more."""
    id = await world.offer(wanted="2026-03-05")
    await world.until(at(2, 14))
    titles = [action.title for action in world.newest("mara").actions()]
    assert {"I will talk to Rita", "More time", "Let Helen decide"} <= {*titles}

    await world.press("mara", "ask_above")
    await world.work()

    assert "NEEDS A DECISION: NO ANSWER FROM RITA" in world.reads("helen")
    assert "Helen Strand decides. Nothing is asked of you." in world.reads("mara")
    assert "Helen Strand has been asked to decide" in world.reads("quinn")
    assert not [a for a in world.newest("helen").actions() if a.verb == "ask_above"]
    await world.press("helen", "talk")
    await world.work()
    assert (await world.timeline(id))[-2:] == ["escalated", "talks"]


async def test_a_manager_reassigns_and_the_prospect_reads_so_once_it_is_sure(world: World) -> None:
    id = await world.offer(wanted="2026-03-05")
    await world.until(at(2, 14))
    ravi = world.box.person("ravi").id
    action = next(a for a in world.newest("mara").actions() if a.verb == "reassign")
    other = {"rep": ravi, "handoff": str(id)}

    await world.box.teams.execute("mara", world.newest("mara"), "reassign", action.data | other)
    await world.work()

    assert (await world.case(id)).handoff.rep == ravi
    assert await world.state(id) == "offered"
    assert "CAN YOU STAND IN FOR RITA?" in world.reads("ravi")
    assert f"{world.box.person('mara').name} gave it to you." in world.reads("ravi")
    for who in ("quinn", "rita"):
        assert f"{world.box.person('mara').name} gave it to Ravi." in world.reads(who)
    assert "OFFERED TO RAVI" in world.reads("rita")
    assert "SETTLED" in world.reads("mara")
    assert "WITH RAVI" in world.reads("quinn")
    assert not world.box.outlook.has("rita", SUBJECT)
    assert naming(world, "ravi") == 0
    await world.press("ravi", "accept")
    assert "PASSED ON TO RAVI" in world.reads("rita")
    assert naming(world, "ravi") == 1
    assert len({letter.start for letter in world.invitations()}) == 1


async def test_a_manager_gives_more_time_and_says_why(world: World) -> None:
    id = await world.offer(wanted="2026-03-05")
    await world.until(at(2, 14))

    await world.press("mara", "extend", hours="2", reason="Trade fair today")

    assert "Answer by **Mon 16:00**" in world.reads("rita")
    assert world.reads("mara").startswith("STILL WITH RITA")
    timeline = await world.say("quinn", f"why {(await world.case(id)).handoff.number}")
    words = "\n".join(timeline.texts())
    assert (
        "Mara Lind gave Rita Osei 2 more working hours, after it was due Mon 14:00: "
        "Trade fair today"
    ) in words
    assert "(2 working hours from Mon 14:00; first due Mon 14:00)" in words
    assert "first due Mon 14:00" in world.reads("rita")
    assert "first due Mon 14:00" in world.reads("quinn")


async def test_after_more_time_for_what_follows_the_meeting_cards_and_lists_show_both_due_times(
    world: World, accepted: UUID
) -> None:
    await world.until(at(3, 9, 30))
    await world.until(at(4, 9, 30))
    [(first,)] = await world.rows(
        "select to_char(first_due_at at time zone 'Europe/Madrid', 'HH24:MI') from commitment "
        "where what = 'outcome'"
    )

    await world.press("mara", "extend", hours="4", reason="Trade fair today")

    for who in ("rita", "quinn"):
        assert world.reads(who).count("(first due ") == 1, who
        assert f"{first})" in world.reads(who), who
    listed = await world.say("rita", "mine")
    assert "(first due " in "\n".join(listed.texts())


async def test_each_manager_reads_who_decides_and_when_that_was_due(world: World) -> None:
    """Mara talks to Rita, who says nothing; then it is Helen's, and nobody is above her."""
    await world.offer(wanted="2026-03-05")
    await world.until(at(2, 14))
    await world.press("mara", "talk")
    assert world.reads("mara").startswith("STILL WITH RITA")

    await world.until(at(2, 16))
    assert "Please decide by **Mon 17:00**" in world.reads("helen")
    assert world.reads("mara").startswith("WITH HELEN STRAND")
    assert "hear of it" not in world.reads("mara")

    await world.until(at(2, 18))
    assert "Please decide; it was due **Mon 17:00**" in world.reads("helen")
    assert world.reads("helen").startswith("NEEDS A DECISION")


async def test_talking_gives_both_of_them_time(world: World) -> None:
    id = await world.offer(wanted="2026-03-05")
    await world.until(at(2, 14))

    await world.press("mara", "talk")

    assert "talks" in await world.timeline(id)
    assert world.reads("mara").startswith("STILL WITH RITA")
    assert (
        "You gave Rita until Mon 16:00. Without it: one reminder Mon 15:00; Mon 16:00 Quinn "
        in (world.reads("mara"))
    )
    assert "Quinn Avery and Helen Strand hear of it" in world.reads("mara"), "she has decided"


async def test_an_answer_in_the_last_moment_ends_every_alarm(world: World) -> None:
    id = await world.offer(wanted="2026-03-05")
    await world.until(at(2, 13, 59))
    await world.press("rita", "accept")
    await world.press("rita", "send_reply")

    await world.until(at(3, 10))

    assert await world.state(id) == "accepted"
    assert "overdue" not in await world.timeline(id)


async def test_answer_and_deadline_at_the_same_moment_leave_one_truth(world: World) -> None:
    id = await world.offer(wanted="2026-03-05")
    world.clock.set(at(2, 14))
    card = world.newest("rita")
    await world.app.services.stores.door.follow(Ring((id,)))

    await asyncio.gather(world.click("rita", "accept", card), world.app.work(wait=False))
    await world.work()

    assert await world.state(id) == "accepted"


async def test_a_rep_accepts_while_the_manager_reassigns_and_one_of_them_decides(
    world: World,
) -> None:
    """Both click in the same moment; then each card says what was decided, and Outlook has it."""
    id = await world.offer(wanted="2026-03-05")
    await world.until(at(2, 14))
    rita, asked = world.newest("rita"), world.newest("mara")
    action = next(a for a in asked.actions() if a.verb == "reassign")
    ravi = world.box.person("ravi").id
    other = action.data | {"rep": ravi, "handoff": str(id)}

    yes, given = await asyncio.gather(
        world.click("rita", "accept", rita),
        world.box.teams.execute("mara", asked, "reassign", other),
    )
    await world.work()

    assert yes.ok
    assert given.ok
    case, words = await world.case(id), await world.timeline(id)
    accepted = case.handoff.state is State.ACCEPTED
    assert ("clicked_accept" in words, "reassigned" in words) == (accepted, not accepted)
    assert case.handoff.rep == (world.box.person("rita").id if accepted else ravi)
    assert "SETTLED" in world.reads("mara")
    assert world.reads("rita").startswith("ACCEPTED" if accepted else "OFFERED TO RAVI")
    assert world.box.outlook.has("rita", SUBJECT) is accepted


async def test_a_rep_who_accepts_while_it_is_looked_whether_another_can_have_it_has_it(
    world: World,
) -> None:
    """What is looked at is the manager's affair: the rep reads what they have done themselves."""
    id = await world.offer(wanted="2026-03-05")
    await world.until(at(2, 14))
    rita, asked = world.newest("rita"), world.newest("mara")
    action = next(a for a in asked.actions() if a.verb == "reassign")
    other = action.data | {"rep": world.box.person("ravi").id, "handoff": str(id)}

    given = await world.box.teams.execute("mara", asked, "reassign", other)
    yes = await world.click("rita", "accept", rita)

    assert "Looking in Outlook whether Ravi" in str(given.body)
    assert "ACCEPTING" in str(yes.body)
    assert "whether Ravi" not in str(yes.body)
    await world.work()
    assert (await world.case(id)).handoff.state is State.ACCEPTED
    assert world.reads("rita").startswith("ACCEPTED")
    assert "SETTLED" in world.reads("mara")


async def test_a_deadline_rings_once_however_often_it_is_swept(world: World) -> None:
    id = await world.offer(wanted="2026-03-05")
    world.clock.set(at(2, 14))

    for _ in range(5):
        await world.app.services.stores.door.follow(Ring((id,)))
    await asyncio.gather(world.app.work(wait=False), world.app.work(wait=False))
    await world.sweep()

    assert (await world.timeline(id)).count("overdue") == 1


async def test_a_meeting_near_shortens_the_time_and_says_so(world: World) -> None:
    await world.offer(wanted="2026-03-02")

    card = world.reads("rita")

    assert "**Mon 2 Mar, 12:00 to 12:30**" in card
    assert "Answer by **Mon 10:15**" in card
    assert "15 minutes, for the meeting is near" in card


async def test_a_meeting_that_begins_unanswered_gives_the_lead_back(
    world: World, offered: UUID
) -> None:
    await world.until(at(3, 9))

    assert await world.state(offered) == "sent_back"
    assert "YOURS AGAIN" in world.reads("quinn")
    assert "There was no answer before the meeting began" in world.reads("quinn")
    await world.install("priya")
    await world.press("quinn", "give_lead", to=world.box.person("priya").id)
    assert "YOURS NOW: NO ANSWER BEFORE IT BEGAN" in world.reads("priya"), "it never was hers"


async def test_new_cards_wait_for_working_hours_and_then_come(world: World) -> None:
    """Theo in New York hands over when it is evening in Madrid."""
    await world.install("theo")
    rita = world.box.person("rita")
    await world.until(at(2, 19))
    await world.form("theo")
    form = {
        **INPUTS,
        "target": f"rep:{rita.id}",
        "contact_zone": "Europe/Madrid",
        "wanted": "2026-03-04",
    }
    await world.press("theo", "brief", None, **form)
    before = world.cards("rita")

    await world.press("theo", "book")
    await world.sweep()
    assert world.cards("rita") == before, "it is seven in the evening in Madrid"
    await world.until(at(3, 8, 55))
    assert world.cards("rita") == before
    await world.until(at(3, 9))
    assert world.cards("rita") == before + 1
    assert "4 working hours from Tue 09:00" in world.reads("rita")


async def test_over_a_weekend_without_room_nobody_is_rung_and_what_was_looked_at_is_said(
    world: World,
) -> None:
    """On Friday at four, and no rep has a time until Tuesday."""
    for rep in ("rita", "ravi", "rosa"):
        world.box.outlook.create(rep, "Fair", at(6, 9), at(9, 23))
    await world.until(at(6, 16))

    await world.brief(wanted="2026-03-06")
    id = await world.newest_handoff()

    read = world.reads("quinn")
    assert "Tue 10 Mar" in read
    assert not any(day in read for day in ("Sat 7", "Sun 8", "Mon 9"))
    card = json.dumps(world.newest("quinn").card)
    assert "within both your working hours with nothing in either calendar" in card
    refused = [one.span.start for one in await refusals(world, id)]
    assert {one.date() for one in refused} == {at(9, 9).date()}, "of a weekend nothing is asked"
    await world.press("quinn", "book")
    rung = {who: world.cards(who) for who in ("quinn", "rita", "ravi", "rosa", "mara", "helen")}
    before = await world.timeline(id)
    for moment in (at(6, 18), at(7, 11), at(8, 23), at(9, 8, 55)):
        await world.until(moment)
    assert {who: world.cards(who) for who in rung} == rung
    assert await world.timeline(id) == before
    await world.until(at(9, 9))
    assert "4 working hours from Mon 09:00" in world.reads("rosa"), "Fridays are not hers"
    await world.until(at(9, 11))
    assert (await world.timeline(id))[-1] == "reminded"


async def refusals(world: World, id: UUID) -> tuple[Refusal, ...]:
    search = (await world.case(id)).handoff.search
    assert search
    return search.refused


async def test_who_is_out_of_office_is_not_late(world: World) -> None:
    id = await world.offer(wanted="2026-03-05")
    world.box.outlook.create("rita", "Ill", at(2, 11), at(3, 11), show_as="oof")
    await world.sync()

    await world.until(at(2, 14))

    assert "overdue" not in await world.timeline(id)
    assert "clock_waited" in await world.timeline(id)


async def test_a_public_holiday_is_not_counted(world: World) -> None:
    """Madrid has Thursday 19 and Friday 20 March 2026 in between; Spain has Good Friday off."""
    world.clock.set(datetime(2026, 4, 2, 14, 0, tzinfo=UTC))  # Thursday, 16:00 in Madrid
    await world.sync()
    await world.offer(wanted="2026-04-09")

    assert "Answer by **Mon" in world.reads("rita")


async def test_a_broken_row_stops_no_other(world: World) -> None:
    broken, sound = await world.offer(), await world.offer("ravi", contact_email="b@b.example")
    await world.run(
        'update commitment set alarms = \'[["not a time", "breach"]]\' where handoff = %s', broken
    )

    await world.until(at(2, 14))

    assert "overdue" in await world.timeline(sound)
    failed = await world.rows(
        "select args -> 'handoff_ids' ->> 0 from procrastinate_jobs where status = 'failed'"
    )
    assert failed == [(str(broken),)]


async def test_after_a_morning_without_a_worker_everything_is_found(world: World) -> None:
    id = await world.offer(wanted="2026-03-05")

    world.clock.forward(timedelta(hours=9))
    await world.sweep()

    assert "overdue" in await world.timeline(id)


def shown(world: World, who: str, message: str) -> str:
    return next("\n".join(m.texts()) for m in world.box.teams.chat(who) if m.id == message)


INPUTS = {
    "company": "Fabrikam",
    "contact_name": "Bo Ek",
    "contact_email": "bo@fabrikam.example",
    "needs": "Customs",
    "pains": "Delays",
    "current_solution": "Paper",
    "request": "A demo",
}
