"""Disputes, alarms and weeks that nobody confirmed: each is somebody's promise, with a clock."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from psycopg.errors import RaiseException

from handoff.effects import Famine
from sandbox.teams import cards
from tests.failures.stories import starved
from tests.journeys.rotation import EMEA, book_next, hidden
from tests.journeys.test_calendars import FRIDAY, check, put
from tests.journeys.test_outage import down
from tests.world import World

pytestmark = pytest.mark.at_once
MONDAY = datetime(2026, 3, 9, 9, 0, tzinfo=UTC)  # 10:00 in Madrid


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """A moment of March 2026 in Madrid."""
    return datetime(2026, 3, day, hour - 1, minute, tzinfo=UTC)


async def pledged(world: World) -> list[tuple[str, str, str | None, bool]]:
    """What was promised, by whom, how it ended, and whether it was missed."""
    return [
        (what, name.split()[0], ending, missed)
        for what, name, ending, missed in await world.rows(
            "select p.what, w.name, p.ending, p.missed_at is not null from pledge p "
            "join person w on w.id = p.who order by p.made_at, p.n, w.name"
        )
    ]


async def disputed(world: World) -> str:
    chosen = await book_next(world, 1)
    other = next(name for name in EMEA if name != chosen)
    await world.say(other, "fairness 1")
    await world.press(other, "report_assignment")
    return other


def wrong(world: World, who: str) -> int:
    """How often they were asked about an assignment that was said to be wrong."""
    return sum("SAID TO BE WRONG" in str(m.card) for m in world.box.teams.chat(who) if m.from_bot)


# --- Disputes and alarms ----------------------------------------------------------------------


async def test_a_dispute_that_nobody_answers_is_reminded_of_and_goes_to_the_next_manager(
    world: World,
) -> None:
    await disputed(world)
    assert "Please answer by" in world.reads("mara")
    assert "could too (place 3 in turn)" in world.reads("mara"), "all were owed as much as any"
    assert "a manager answers whoever says that an assignment was wrong" in world.reads("mara")
    assert "Answer who says an assignment was wrong" in "\n".join(
        (await world.say("mara", "mine")).texts()
    )
    assert "Why am I seeing this?" in hidden(world, "mara")
    assert "a manager answers whoever says that an assignment was wrong" in hidden(world, "mara")
    cards = world.cards("mara"), world.cards("helen")
    [(due,)] = await world.rows("select due_at from pledge")

    await world.until(due - timedelta(minutes=1))
    assert (world.cards("mara"), world.cards("helen")) == (cards[0] + 1, cards[1]), "a reminder"
    assert wrong(world, "mara") == 1, "in place of the first"
    await world.until(due + timedelta(minutes=1))
    await world.until(due + timedelta(hours=1))

    assert "SAID TO BE WRONG" in world.reads("helen")
    assert await pledged(world) == [
        ("answer_report", "Mara", None, True),
        ("answer_report", "Helen", None, False),
    ]


async def test_an_answer_that_was_due_while_nothing_ran_has_the_time_that_was_left(
    world: World,
) -> None:
    await disputed(world)
    [(due,)] = await world.rows("select due_at from pledge")
    await world.until(due - timedelta(minutes=30))

    await down(world, hours=2)

    assert await pledged(world) == [("answer_report", "Mara", None, False)]
    [(later,)] = await world.rows("select due_at from pledge")
    assert later > world.clock()
    await world.until(later + timedelta(minutes=1))
    assert ("answer_report", "Mara", None, True) in await pledged(world)


async def test_a_tap_on_its_line_brings_the_card_of_what_is_owed_to_whoever_owes_it(
    world: World,
) -> None:
    other = await disputed(world)
    await world.say("mara", "mine")
    cards = world.cards("mara")
    [line] = [one for one in world.newest("mara").actions() if one.verb == "show_pledge"]

    await world.press("mara", "show_pledge")
    assert world.cards("mara") == cards + 1
    assert "SAID TO BE WRONG" in world.reads("mara")
    assert "It was right" in world.reads("mara")

    listed = await world.say(other, "mine")
    await world.box.teams.execute(other, listed, "show_pledge", line.data)
    await world.work()
    assert wrong(world, other) == 0, "who does not owe it has no card of it"
    await world.press("mara", "answer_report", answer="right")
    old = world.cards("mara")
    await world.box.teams.execute("mara", world.newest("mara"), "show_pledge", line.data)
    await world.work()
    assert world.cards("mara") == old, "what is answered comes no more"


async def test_the_next_managers_answer_is_one_and_the_first_has_missed_it(world: World) -> None:
    who = await disputed(world)
    [(due,)] = await world.rows("select due_at from pledge")
    await world.until(due + timedelta(minutes=1))
    await world.until(due + timedelta(hours=1))

    await world.press("helen", "answer_report", titled="Put it right")

    assert "Helen Strand puts it right" in world.reads(who)
    assert await pledged(world) == [
        ("answer_report", "Mara", "missed", True),
        ("answer_report", "Helen", "kept", False),
    ]
    asked = wrong(world, "mara"), wrong(world, "helen")
    await world.until(due + timedelta(days=10))
    assert (wrong(world, "mara"), wrong(world, "helen")) == asked, "nothing is asked any more"


async def test_a_dispute_that_is_answered_in_time_is_kept(world: World) -> None:
    await disputed(world)

    await world.press("mara", "answer_report", titled="It was right")

    assert await pledged(world) == [("answer_report", "Mara", "kept", False)]
    with pytest.raises(RaiseException, match="it stays so"):
        await world.run("update pledge set ending = 'released'")


async def test_the_next_manager_gives_more_time_and_the_first_reads_why(world: World) -> None:
    await disputed(world)
    [(due,)] = await world.rows("select due_at from pledge")
    await world.until(due + timedelta(minutes=1))
    await world.until(due + timedelta(hours=1))

    asked = world.newest("helen")
    await world.opens("helen", "give_time")
    again = next(a.data or {} for a in world.newest("helen").actions() if a.verb == "give_time")
    await world.press("helen", "give_time", hours="4", reason="Trade fair")

    assert "Helen Strand gave more time: Trade fair" in world.reads("mara")
    assert "first due" in world.reads("mara")
    assert await pledged(world) == [
        ("answer_report", "Mara", None, True),
        ("answer_report", "Helen", "released", False),
    ]
    await world.press("mara", "answer_report", titled="It was right")
    assert ("answer_report", "Mara", "late", True) in await pledged(world)
    data = {**again, "hours": "4", "reason": "And more"}
    late = await world.box.teams.execute("helen", asked, "give_time", data)
    assert late.says("Nothing has changed: it is done already")


async def test_a_form_about_no_handoff_says_what_is_missing_and_keeps_what_was_chosen(
    world: World,
) -> None:
    """A phone may send nothing for what it should have asked for."""
    await disputed(world)
    await world.say("helen", "mine")
    assert await world.opens("helen", "give_time")
    card = world.newest("helen")
    [give] = [one for one in card.actions() if one.verb == "give_time"]
    hours = [one["value"] for one in give.inputs if one["id"] == "hours"]
    filled = {**(give.data or {}), "hours": "8", "pledge": "", "reason": ""}
    filled["pledge"] = next(one["value"] for one in give.inputs if one["id"] == "pledge")

    answer = await world.box.teams.execute("helen", card, "give_time", filled)

    assert "Please fill in: Why" in answer.texts()
    again = {one["id"]: one.get("value", "") for one in cards.inputs(answer.card or {})}
    assert again == {"pledge": filled["pledge"], "hours": "8", "reason": ""}
    assert hours != ["8"]
    await world.press("helen", "give_time", card, hours="8", reason="Trade fair")
    assert await world.rows("select given_why from pledge") == [("Trade fair",)]


async def test_more_time_for_a_dispute_is_given_before_it_is_due_and_both_times_stay_visible(
    world: World,
) -> None:
    await disputed(world)
    [(due,)] = await world.rows("select due_at from pledge")
    nothing = await world.say("mara", "mine")
    assert not await world.opens("mara", "give_time", nothing), "nobody gives it to themselves"
    listed = await world.say("helen", "mine")
    assert "Mara Lind: Answer who says an assignment was wrong, by Tue" in str(listed.card)

    await world.press("helen", "give_time", listed, hours="4", reason="Trade fair")

    assert "Helen Strand gave more time: Trade fair" in world.reads("mara")
    both = re.search(r"by \*\*(\w+ \S+)\*\* \(first due (\w+ \S+)\)", world.reads("mara"))
    assert both
    listed = await world.say("mara", "mine")
    assert f"by {both[1]} (first due {both[2]})" in str(listed.card)
    again = await world.say("helen", "mine")
    assert not await world.opens("helen", "give_time", again), "once, before it is due"
    await world.until(due + timedelta(minutes=1))
    await world.press("mara", "answer_report", titled="It was right")
    assert await pledged(world) == [("answer_report", "Mara", "kept", False)]


@pytest.mark.parametrize("mail", ["goes", "is refused"])
async def test_a_manager_whom_teams_does_not_reach_has_a_mail_or_the_next_is_asked(
    world: World, mail: str
) -> None:
    world.box.teams.block("mara")
    if mail == "is refused":
        world.box.faults.graph_status(403, "ErrorAccessDenied", times=None, path="/sendMail")
    await disputed(world)

    sent = [one.subject for one in world.mails(world.box.person("mara").mail)]
    if mail == "goes":
        assert sent == ["Answer who says an assignment was wrong"]
        assert await pledged(world) == [("answer_report", "Mara", None, False)]
        assert wrong(world, "helen") == 0
        world.box.teams.unblock("mara")
        await world.say("mara", "hello")
        assert wrong(world, "mara") <= 1
    else:
        assert await pledged(world) == [
            ("answer_report", "Mara", None, False),
            ("answer_report", "Helen", None, False),
        ]
        assert wrong(world, "helen") == 1, "at once, and not when Mara's time has passed"
        world.box.teams.unblock("mara")
        await world.say("mara", "hello")
        assert wrong(world, "mara") == 1, "she is told now, with all of her time"
        [(due, missed)] = await world.rows(
            "select due_at, missed_at from pledge where who = %s", world.box.person("mara").id
        )
        assert due > world.clock() + timedelta(hours=8)
        assert missed is None


async def test_an_alarm_that_nobody_decides_on_goes_to_the_next_manager(world: World) -> None:
    await starved(world)
    await world.app.services.stores.door.follow(Famine())
    await world.work()
    assert "Please decide by" in world.reads("mara")
    rows = await world.rows("select due_at from pledge order by due_at")

    await world.until(rows[-1][0] + timedelta(minutes=1))
    await world.until(rows[-1][0] + timedelta(hours=1))

    assert "NO LEADS FOR A WHILE" in world.reads("helen")
    await world.press("helen", "answer_alarm", titled="Do it")
    assert ("answer_alarm", "Helen", "kept", False) in await pledged(world)


# --- The week ---------------------------------------------------------------------------------


async def test_a_rep_who_does_not_confirm_is_reminded_and_has_missed_it(world: World) -> None:
    put(world)
    await check(world)
    assert "Please say so by" in world.reads("rita")
    cards = world.cards("rita")
    [(due,)] = await world.rows("select due_at from pledge")
    assert due == FRIDAY + timedelta(hours=2)

    await world.until(due - timedelta(minutes=1))
    assert world.cards("rita") == cards + 1, "a reminder"
    shown = [m for m in world.box.teams.chat("rita") if m.from_bot]
    live = [m for m in shown if "all_true" in m.verbs()]
    assert live == shown[-1:], "in place of the first"
    assert "See the newer card" in str([m.card for m in shown])
    assert "next week's calendar is true" not in hidden(world, "rita")
    await world.until(due + timedelta(minutes=1))

    assert await pledged(world) == [("confirm_week", "Rita", None, True)]


async def test_what_is_not_confirmed_by_monday_is_the_managers_to_settle(world: World) -> None:
    for who in ("rita", "ravi"):
        put(world, who)
    await check(world)
    await world.press("ravi", "all_true")
    await world.until(FRIDAY + timedelta(hours=3))
    await check(world, MONDAY)
    assert "**Not yet**: Rita Osei" in world.reads("mara")
    assert "Please settle the rest by" in world.reads("mara")
    [(due,)] = await world.rows("select due_at from pledge where what = 'settle_weeks'")
    assert due == MONDAY + timedelta(hours=4)

    await world.until(due + timedelta(minutes=1))

    assert "**Not yet**: Rita Osei" in world.reads("helen"), "the next level, of Mara's team"
    await world.run("update week set lines = '[]', days = '[]'")
    await world.say("mara", "mine")
    await world.press("mara", "show_pledge")
    assert "Open since" in world.reads("mara"), "also where nothing stands in them any more"
    await world.press("mara", "settle_weeks")
    assert await pledged(world) == [
        ("confirm_week", "Ravi", "kept", False),
        ("confirm_week", "Rita", "missed", True),
        ("settle_weeks", "Mara", "late", True),
        ("settle_weeks", "Helen", "released", False),
    ]


async def test_the_last_rep_who_confirms_settles_it_for_the_manager(world: World) -> None:
    put(world)
    await check(world)
    await world.until(FRIDAY + timedelta(hours=3))
    await check(world, MONDAY)

    await world.press("rita", "all_true")

    assert await pledged(world) == [
        ("confirm_week", "Rita", "late", True),
        ("settle_weeks", "Mara", "kept", False),
    ]


async def test_a_week_that_everyone_confirmed_asks_nothing_of_the_manager(world: World) -> None:
    put(world)
    await check(world)
    await world.press("rita", "all_true")

    await check(world, MONDAY)

    assert "It is settled" not in str(world.newest("mara").card)
    assert await pledged(world) == [("confirm_week", "Rita", "kept", False)]


async def test_what_nobody_settled_is_over_with_the_next_week_and_stays_missed(
    world: World,
) -> None:
    put(world)
    await check(world)
    await world.until(FRIDAY + timedelta(hours=3))
    await check(world, MONDAY)
    await world.until(MONDAY + timedelta(hours=5))

    put(world, start=FRIDAY + timedelta(days=10))
    await check(world, FRIDAY + timedelta(days=7))
    await check(world, MONDAY + timedelta(days=7))

    found = await pledged(world)
    assert ("confirm_week", "Rita", "missed", True) in found
    assert ("settle_weeks", "Mara", "missed", True) in found
    assert ("confirm_week", "Rita", None, False) in found


async def test_nobody_settles_the_week_of_another_team(world: World) -> None:
    put(world)
    await check(world)
    await check(world, MONDAY)
    card = world.newest("mara")

    answer = await world.box.teams.execute(
        "ravi",
        card,
        "settle_weeks",
        {"monday": "2026-03-09", "of": world.box.person("mara").id},
    )

    assert "Only the manager of that team can settle its calendars" in "\n".join(answer.texts())
    assert ("settle_weeks", "Mara", None, False) in await pledged(world)
