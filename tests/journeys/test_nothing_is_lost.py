"""What Baton is about to say is said, though the database keeps no job just then or Teams is busy.

Each time it happens once, at the worst moment; then Teams, the clock or the person tries again, as
they would.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta

from procrastinate.exceptions import AlreadyEnqueued

from sandbox.exchange.model import Event
from tests.hour import MONDAY
from tests.journeys.rotation import EMEA, all_words, book_next, policy, pool
from tests.world import BRIEF, World

FRIDAY = datetime(2026, 3, 6, 15, 0, tzinfo=UTC)  # 16:00 in Madrid
NEXT_MONDAY = datetime(2026, 3, 9, 9, 0, tzinfo=UTC)  # 10:00 in Berlin, where Mara is


@asynccontextmanager
async def no_room(
    world: World, table: str = "procrastinate_jobs", but_for: int = 0
) -> AsyncIterator[None]:
    """Whatever is new in that table is refused, as on a full disk; the first *but_for* are not."""
    await world.run(
        "create sequence come; "
        "create function refuse() returns trigger language plpgsql as $$ begin "
        f"if nextval('come') > {but_for} then "
        "raise 'no room' using errcode = 'disk_full'; end if; return new; end $$"
    )
    await world.run(
        f"create trigger refuse before insert on {table} for each row execute function refuse()"
    )
    try:
        yield
    finally:
        await world.run("drop function refuse cascade; drop sequence come")


async def due(world: World, job: str) -> None:
    """The time of a job that comes again and again has come; unless one waits, it does now."""
    with suppress(AlreadyEnqueued):
        await world.app.queue.configure_task(job, queueing_lock=job).defer_async()


async def again(world: World) -> None:
    """What failed and waits to be tried again is done now."""
    await world.run("update procrastinate_jobs set scheduled_at = null where status = 'todo'")
    await world.work()


async def reported(world: World) -> str:
    """A lead went to a colleague; who asked why reads the reasons."""
    chosen = await book_next(world, 1)
    other = next(name for name in EMEA if name != chosen)
    await world.say(other, "fairness 1")
    return other


def hold(world: World, who: str) -> Event:
    """An event of next week in their calendar, made long ago and not touched since."""
    start, long_ago = datetime(2026, 3, 10, 13, tzinfo=UTC), MONDAY - timedelta(days=70)
    made = world.box.outlook.create(
        who, "Hold - QBR", start, start + timedelta(hours=1), created=long_ago
    )
    return world.box.outlook.place(made, at=long_ago)


def told(world: World, who: str, words: str) -> int:
    """How many cards of *who* have these words."""
    cards = [m for m in world.box.teams.chat(who) if m.from_bot]
    return sum(words in "\n".join(card.texts()) for card in cards)


async def test_a_wrong_assignment_said_to_be_wrong_reaches_the_manager_by_the_second_click(
    world: World,
) -> None:
    other = await reported(world)
    card = world.newest(other)

    async with no_room(world):
        first = await world.click(other, "report_assignment", card)
    second = await world.click(other, "report_assignment", card)
    await world.work()

    assert not first.ok
    assert second.says("Your manager has been asked")
    assert told(world, "mara", "SAID TO BE WRONG") == 1


async def test_the_managers_answer_reaches_who_asked_by_the_second_click(world: World) -> None:
    other = await reported(world)
    await world.press(other, "report_assignment")
    card = world.newest("mara")

    async with no_room(world):
        first = await world.click("mara", "answer_report", card, titled="Put it right")
    second = await world.click("mara", "answer_report", card, titled="Put it right")
    await world.work()

    assert not first.ok
    assert second.says("You answered: whoever asked is owed one lead more, and is told.")
    assert told(world, other, "you are owed one lead more") == 1


async def test_no_leads_for_a_while_is_said_an_hour_later(world: World) -> None:
    await book_next(world, 0)
    await world.run("update routing_book set since = since - interval '30 days'")
    await world.run("delete from routing_given")
    await world.run(
        "insert into routing_given (handoff, person, counter, pool, at, tags, how) "
        "select id, %s, 'emea', 'emea', %s, '{}', 'named' from handoff, generate_series(1, 4)",
        world.box.person("ravi").id,
        MONDAY - timedelta(days=3),
    )

    await due(world, "famine")
    async with no_room(world):
        await world.work()
    assert told(world, "mara", "NO LEADS FOR A WHILE") == 0
    await again(world)
    for _ in range(2):
        world.clock.forward(timedelta(hours=1))
        await due(world, "famine")
        await world.work()

    assert told(world, "mara", "NO LEADS FOR A WHILE") == 2, "Rita and Rosa, once each"


async def test_a_card_that_waits_for_working_hours_comes_a_minute_later(world: World) -> None:
    await world.until(MONDAY + timedelta(hours=10))  # 20:00 in Madrid
    await world.offer("rita", wanted="2026-03-06")
    assert told(world, "rita", "NEW MEETING FOR YOU") == 0

    world.clock.set(MONDAY + timedelta(days=1))  # 10:00 in Madrid
    await due(world, "sweep")
    async with no_room(world):
        await world.work()
    await again(world)
    for _ in range(2):
        await world.pass_(minutes=1)

    assert told(world, "rita", "NEW MEETING FOR YOU") == 1


async def test_a_lead_that_waits_for_the_next_free_rep_is_looked_after_again(world: World) -> None:
    await policy(world, pool("limits = { day = 1 }\noverflow = { hold_hours = 24 }"))
    for n in range(3):
        await book_next(world, n)
    await world.brief("pool:emea", contact_email="late@firm9.example")
    assert "HELD FOR THE NEXT FREE REP" in world.reads("quinn")

    world.clock.forward(timedelta(minutes=16))
    await due(world, "sweep")
    async with no_room(world):
        await world.work()
    await again(world)
    await world.until(MONDAY + timedelta(hours=23, minutes=5))  # another day, at work in Madrid

    assert any("book" in card.verbs() for card in world.box.teams.chat("quinn"))


async def test_the_managers_monday_roll_call_comes_though_teams_was_busy_once(
    world: World,
) -> None:
    for who in ("rita", "ravi"):
        hold(world, who)
    world.clock.set(FRIDAY)
    await due(world, "check_weeks")
    await world.work()
    await world.press("rita", "all_true")

    world.box.faults.teams_status(429, retry_after=1, person="mara")
    world.clock.set(NEXT_MONDAY)
    await due(world, "check_weeks")
    await world.work()
    await again(world)
    for _ in range(3):
        world.clock.forward(timedelta(minutes=15))
        await due(world, "check_weeks")
        await world.work()

    assert told(world, "mara", "1 of 2 confirmed") == 1


async def test_the_weeks_card_comes_a_quarter_of_an_hour_later(world: World) -> None:
    """Their calendar has been read; the card that asks about it cannot be queued."""
    hold(world, "rita")

    world.clock.set(FRIDAY)
    await due(world, "check_weeks")
    async with no_room(world, but_for=1):
        await world.work()
    await again(world)
    for _ in range(2):
        world.clock.forward(timedelta(minutes=15))
        await due(world, "check_weeks")
        await world.work()

    assert told(world, "rita", "Is next week's calendar true?") == 1


async def test_times_come_on_the_card_of_who_sent_the_brief_twice(world: World) -> None:
    """The first time it could not be kept whose card it is."""
    form = await world.form()
    filled = {**BRIEF, "target": "pool:emea"}

    async with no_room(world, "card"):
        first = await world.click("quinn", "brief", form, **filled)
    second = await world.click("quinn", "brief", form, **filled)
    await world.work()

    assert not first.ok
    assert second.ok
    assert told(world, "quinn", "Times that suit everyone") == 1


async def test_what_was_said_is_answered_at_teams_second_delivery(world: World) -> None:
    activity = world.box.teams.activity("rita", "message") | {"text": "mine"}
    before = world.cards("rita")

    async with no_room(world):
        first = await world.box.teams.send("rita", activity)
    for _ in range(2):
        assert (await world.box.teams.send("rita", activity)).ok
        await world.work()

    assert first.status >= 500
    assert world.cards("rita") == before + 1


async def test_who_installs_baton_is_welcomed_at_teams_second_delivery(world: World) -> None:
    async with no_room(world):
        await world.box.teams.install("noah")
    added = world.box.teams.activity("noah", "installationUpdate") | {"action": "add"}
    for _ in range(2):
        assert (await world.box.teams.send("noah", added)).ok
        await world.work()

    assert world.cards("noah") == 1


async def test_what_follows_an_absence_follows_at_the_next_look(world: World) -> None:
    """Two are away; the first one's meeting cannot be asked about just then."""
    for rep, mail in (("rita", "a@a.example"), ("ravi", "b@b.example")):
        await world.accepted(rep, wanted="2026-03-04", contact_email=mail)
        world.box.outlook.set_automatic_replies(
            rep, start=datetime(2026, 3, 4, tzinfo=UTC), end=datetime(2026, 3, 6, tzinfo=UTC)
        )
    world.clock.forward(timedelta(hours=1))

    await due(world, "see_absences")
    async with no_room(world):
        await world.work()
    await again(world)
    for _ in range(2):
        world.clock.forward(timedelta(hours=1))
        await due(world, "see_absences")
        await world.work()

    for rep in ("rita", "ravi"):
        assert told(world, rep, "WHO TAKES IT WHILE YOU ARE AWAY?") == 1, all_words(world, rep)
