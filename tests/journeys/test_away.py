"""Somebody responsible says that a colleague is away, who is told and can take it back."""

from datetime import UTC, datetime

import pytest

from handoff.policy import Promise
from tests.world import World

THURSDAY = datetime(2026, 3, 4, 23, tzinfo=UTC)  # midnight in Madrid


async def absences(world: World, who: str) -> list[tuple[datetime, datetime]]:
    person = await world.app.services.stores.people.find(world.box.person(who).id)
    assert person
    return [(span.start, span.end) for span in person.hours.away]


@pytest.mark.parametrize("who", ["quinn", "mara"])
async def test_her_clock_waits_she_is_told_and_the_leads_go_to_others(
    world: World, who: str
) -> None:
    id = await world.offer("rosa", wanted="2026-03-06")
    due = (await world.case(id)).handoff.owed(Promise.ANSWER)
    assert due

    await world.say(who, "away Rosa until Thu")

    assert "Rosa Klein is away until Thu 5 Mar" in world.reads(who)
    assert await absences(world, "rosa") == [(world.clock(), THURSDAY)]
    told = [m for m in world.box.teams.chat("rosa") if "i_am_here" in m.verbs()]
    assert "is away" in " ".join(told[-1].texts()) or "you are away" in " ".join(told[-1].texts())
    owed = (await world.case(id)).handoff.owed(Promise.ANSWER)
    assert owed
    assert owed.due_at > due.due_at
    await world.brief(contact_email="b@b.example", wanted="2026-03-03")
    search = (await world.case(await world.newest_handoff())).handoff.search
    assert search
    rosa = world.box.person("rosa").id
    assert all(c.start >= THURSDAY for c in search.found or () if c.rep == rosa)


async def test_she_takes_it_back_in_one_click_and_who_said_it_reads_so(world: World) -> None:
    await world.offer("rosa", wanted="2026-03-06")
    await world.say("quinn", "away rosa until 2026-03-05")
    card = next(m for m in reversed(world.box.teams.chat("rosa")) if "i_am_here" in m.verbs())

    await world.press("rosa", "i_am_here", card)

    assert await absences(world, "rosa") in ([], [(world.clock(), world.clock())])
    assert "HERE AFTER ALL" in " ".join(
        text for m in world.box.teams.chat("quinn") for text in m.texts()
    )


async def test_what_outlook_says_of_her_stays_when_it_is_taken_back(world: World) -> None:
    await world.offer("rosa", wanted="2026-03-06")
    start, end = datetime(2026, 3, 9, tzinfo=UTC), datetime(2026, 3, 10, tzinfo=UTC)
    world.box.outlook.set_automatic_replies("rosa", start=start, end=end)
    await world.sync()
    await world.say("quinn", "away rosa until thu")
    assert len(await absences(world, "rosa")) == 2
    await world.sync()
    assert len(await absences(world, "rosa")) == 2, "a reading of Outlook takes nothing back"
    card = next(m for m in reversed(world.box.teams.chat("rosa")) if "i_am_here" in m.verbs())
    await world.press("rosa", "i_am_here", card)
    assert await absences(world, "rosa") == [(start, end)]


async def test_only_who_answers_for_her_says_so(world: World) -> None:
    for who in ("quinn", "ravi", "dana"):
        await world.say(who, "away Rosa until Thu")
        assert "That is for the managers of Rosa Klein" in world.reads(who), who
    ravi = world.box.person("ravi").id
    await world.run("update person set name = 'Rosa Patel' where id = %s", ravi)
    await world.say("mara", "away Rosa until Thu")
    assert "There are several: Rosa Klein, Rosa Patel" in world.reads("mara")
    await world.say("rosa", "away rosa klein until thu")
    assert "automatic replies" in world.reads("rosa")
    assert await absences(world, "rosa") == []


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("away", "Say *away Rosa until Thu*"),
        ("away Nobody until Thu", "Nobody here is called nobody"),
        ("away Rosa until yesterday", "Please name a day to come"),
        ("away Rosa until 2026-03-02", "Please name a day to come"),
        ("away Rosa until 2026-09-02", "within the next 60 days"),
        ("away Rosa until T", "Say *away Rosa until Thu*"),
    ],
)
async def test_what_cannot_be_done_is_answered_with_what_to_say(
    world: World, said: str, answer: str
) -> None:
    await world.say("mara", said)
    read = world.reads("mara")
    assert answer in read or "I did not understand that" in read
    assert await absences(world, "rosa") == []


@pytest.mark.parametrize(
    "said",
    [
        *("Away Rosa Klein until thursday", "abwesend Rosa bis Do.", "absente Rosa jusqu'au jeudi"),
        *("ausente Rosa hasta el jueves", "ausente Rosa até quinta-feira"),
    ],
)
async def test_it_is_understood_in_each_language(world: World, said: str) -> None:
    await world.say("mara", said)
    if "bis Do." in said:
        assert "Please name a day to come" in world.reads("mara"), "Donnerstag, or domingo"
        await world.say("mara", "abwesend Rosa bis Don")
    assert await absences(world, "rosa") == [(world.clock(), THURSDAY)]
