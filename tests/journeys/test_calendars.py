"""A rep's calendar is kept honest: asked about once a week, freed and put back by a click."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from handoff.effects import CheckWeeks
from sandbox.company import Mailbox, staff
from sandbox.exchange.model import Address, Attendee, Event, Pattern, Range, Recurrence, Response
from sandbox.faults import Part, Slow
from sandbox.teams.chats import ChatMessage
from tests.hour import MONDAY
from tests.world import BRIEF, INES, World, a_world

FRIDAY = datetime(2026, 3, 6, 15, 0, tzinfo=UTC)  # 16:00 in Madrid, 15:00 in London
THURSDAY = datetime(2026, 3, 5, 13, 30, tzinfo=UTC)  # 14:30 in Berlin
NEXT = datetime(2026, 3, 10, 13, 0, tzinfo=UTC)  # the Tuesday of next week, 14:00 in Madrid
HOUR = timedelta(hours=1)
LONG_AGO = MONDAY - timedelta(days=70)


def put(world: World, who: str = "rita", subject: str = "Hold - QBR", **fields: object) -> Event:
    """An event of next week in their calendar, made long ago and not touched since."""
    start = fields.pop("start", NEXT)
    assert isinstance(start, datetime)
    made = world.box.outlook.create(
        who,
        subject,
        start,
        start + HOUR,
        created=LONG_AGO,
        **fields,  # type: ignore[arg-type]
    )
    return world.box.outlook.place(made, at=LONG_AGO)


GUS = staff("Gus Lander", "Account Executive")


def series_of(world: World, mail: str, who: str = "ravi") -> Event:
    """A weekly series of somebody else, in their calendar."""
    event = put(
        world,
        who,
        "Pipeline clean-up",
        start=NEXT - timedelta(weeks=30),
        recurrence=Recurrence(
            pattern=Pattern(type="weekly", days=("tuesday",)),
            range=Range(type="noEnd", start=(NEXT - timedelta(weeks=30)).date(), zone="UTC"),
        ),
    )
    copy = replace(
        event,
        organizer=Address(name="Somebody", mail=mail),
        is_organizer=False,
        response=Response.ACCEPTED,
        attendees=(Attendee(who=Address(name="R", mail=world.box.person(who).mail)),),
    )
    return world.box.outlook.place(copy, at=LONG_AGO)


def gus(world: World, who: str = "ravi") -> Event:
    """A weekly series of somebody whose account is blocked."""
    world.box.directory.add(replace(GUS, enabled=False))
    return series_of(world, GUS.mail, who)


async def check(world: World, at: datetime = FRIDAY) -> None:
    world.clock.set(at)
    await world.app.services.stores.door.follow(CheckWeeks())
    await world.work()


async def friday(world: World, who: str = "rita") -> ChatMessage:
    await check(world)
    return world.newest(who)


def shown(world: World, event: Event, who: str = "rita") -> str:
    return world.box.outlook.event(who, event.uid).show_as


def lines(card: ChatMessage) -> list[str]:
    return [action.title for action in card.actions()]


def whole(card: ChatMessage) -> str:
    """All its words, also those that open in place."""

    def words(part: object) -> Iterator[str]:
        if isinstance(part, dict):
            yield str(part.get("text", ""))
        for inner in part.values() if isinstance(part, dict) else part:  # type: ignore[attr-defined]
            if isinstance(inner, dict | list):
                yield from words(inner)

    return "\n".join(words(card.card or {}))


@contextmanager
def nothing_changes(world: World) -> Iterator[None]:
    """Not one event in any calendar is other than it was."""

    def everything() -> list[Event]:
        return [e for p in world.box.directory for e in world.box.mailboxes.events(p.id)]

    before = everything()
    yield
    assert everything() == before


async def test_on_friday_afternoon_a_rep_is_asked_whether_next_week_is_true(world: World) -> None:
    put(world)
    put(world, subject="Contoso demo", start=NEXT + 2 * HOUR, attendees=[INES])
    await check(world, datetime(2026, 3, 6, 13, 59, tzinfo=UTC))
    assert "next week" not in world.reads("rita")

    await check(world)

    card = world.reads("rita")
    for words in (
        "Is next week's calendar true?",
        "week of Mon 9 Mar",
        "Taken: Mon nothing, Tue 2 of 9 h, Wed nothing",
        "Hold - QBR",
        "Tue 10 Mar, 14:00 to 15:00 · yours alone, created 74 days ago",
    ):
        assert words in card, words
    assert "Mara Lind sees on Monday who has confirmed" in whole(world.newest("rita"))
    assert "Contoso demo" not in card, "nothing is asked about what is plainly real"
    assert lines(world.newest("rita")) == [
        *("Free it", "It's real", "All true", "Why am I seeing this?"),
    ]


async def test_it_comes_once_and_an_empty_week_sends_nothing(world: World) -> None:
    put(world)
    await check(world)
    cards = world.cards("rita"), world.cards("ravi"), world.cards("rosa")
    assert cards[1:] == (1, 1), "only welcomed"

    for minutes in (15, 30, 45):
        await check(world, FRIDAY + timedelta(minutes=minutes))

    assert (world.cards("rita"), world.cards("ravi"), world.cards("rosa")) == cards


async def test_each_is_asked_on_their_own_last_afternoon(world: World) -> None:
    """Boston's is hours later; Rosa, who does not work on Fridays, is asked on Thursday."""
    for who in ("rita", "rosa", "noah"):
        put(world, who)
    await world.install("noah")

    await check(world, THURSDAY)
    assert ["next week" in world.reads(who) for who in ("rosa", "rita", "noah")] == [
        True,
        False,
        False,
    ]
    await check(world)
    assert "next week" in world.reads("rita")
    assert "next week" not in world.reads("noah")
    await check(world, datetime(2026, 3, 6, 20, 0, tzinfo=UTC))
    assert "next week" in world.reads("noah")


async def test_nothing_is_freed_without_a_click(world: World) -> None:
    """Whatever looks like a phantom, with or without a customer in it."""
    put(world)
    put(world, subject="Hold for Contoso", attendees=[INES])
    gus(world, "rita")
    outside = replace(gus(world), attendees=(Attendee(who=Address(name="Ines", mail=INES)),))
    world.box.outlook.place(outside, at=LONG_AGO)

    with nothing_changes(world):
        await check(world)
        await check(world, FRIDAY + timedelta(days=3))
        await world.say("ravi", "calendar")
    assert "with someone outside the company" in world.reads("ravi")


async def test_free_it_shows_the_event_as_free_says_who_and_why_and_can_be_put_back(
    world: World,
) -> None:
    hold = put(world, show_as="tentative", categories=("Red",))
    await friday(world)

    await world.press("rita", "free_event")

    freed = world.box.outlook.event("rita", hold.uid)
    assert freed.show_as == "free"
    assert freed.categories == ("Red", "Baton: freed by Rita Osei (hold)")
    assert freed.subject == hold.subject
    assert (freed.start, freed.end) == (hold.start, hold.end)
    assert "Shown as free. It can be put back until Fri 13 Mar" in world.reads("rita")

    await world.press("rita", "undo_free")

    back = world.box.outlook.event("rita", hold.uid)
    assert (back.show_as, back.categories) == ("tentative", ("Red",))
    assert "Back as it was" in world.reads("rita")


async def test_the_time_is_offered_once_it_is_free(world: World) -> None:
    put(world, start=datetime(2026, 3, 3, 8, 0, tzinfo=UTC))
    await world.say("rita", "calendar")
    await world.brief(f"rep:{world.box.person('rita').id}")
    assert "Tue 3 Mar 09:00" not in world.reads("quinn")

    await world.press("rita", "free_event", card_of(world, "Hold - QBR"))
    await world.press("quinn", "find_times", card_of(world, "Tue 3 Mar", "quinn"))

    assert "Tue 3 Mar 09:00" in world.reads("quinn")


def card_of(world: World, words: str, who: str = "rita") -> ChatMessage:
    return next(
        m
        for m in reversed(world.box.teams.chat(who))
        if m.from_bot and words in "\n".join([*m.texts(), *(a.title for a in m.actions())])
    )


async def test_an_undo_is_there_for_seven_days(world: World) -> None:
    hold = put(world)
    await friday(world)
    await world.press("rita", "free_event")
    card = world.newest("rita")

    world.clock.set(FRIDAY + timedelta(days=7, minutes=1))
    answer = await world.click("rita", "undo_free", card)
    await world.work()

    assert "Seven days have passed" in "\n".join(answer.texts())
    assert shown(world, hold) == "free"


async def test_a_whole_series_is_freed_at_once_and_its_organizer_has_left(world: World) -> None:
    event = gus(world)
    card = await friday(world, "ravi")
    assert "organised by gus.lander@halden.example, whose account is blocked" in "\n".join(
        card.texts()
    )
    assert "the whole series" in "\n".join(card.texts())

    await world.press("ravi", "free_event")

    weeks = world.box.outlook.calendar("ravi", NEXT, NEXT + timedelta(weeks=5))
    assert {e.show_as for e in weeks} == {"free"}
    assert len(weeks) == 5
    await world.press("ravi", "undo_free")
    assert shown(world, event, "ravi") == "busy"


async def test_what_is_real_is_never_asked_about_again(world: World) -> None:
    put(world)
    await friday(world)

    with nothing_changes(world):
        await world.press("rita", "is_real")
        assert "Real. Not asked about again." in world.reads("rita")
        await world.say("rita", "calendar")

    assert "Nothing in it looks like a phantom" in world.reads("rita")
    put(world, start=NEXT + 2 * HOUR)
    await world.say("rita", "calendar")
    assert "Free it" in lines(world.newest("rita")), "another hold is another question"


async def test_an_event_that_changed_since_is_left_alone_and_the_card_says_so(world: World) -> None:
    """Moved, answered, taken over by somebody else: none of it is what the rep was asked about."""
    hold = put(world)
    mine = put(world, subject="Weekly", attendees=["ravi"], start=NEXT + 2 * HOUR)
    series = gus(world)
    await check(world)
    world.box.outlook.move("rita", hold, NEXT + timedelta(days=1))
    taken_over = Address(name="Mara Lind", mail=world.box.person("mara").mail)
    world.box.outlook.place(replace(series, organizer=taken_over))

    await world.press("rita", "free_event")
    await world.press("ravi", "free_event")

    assert [shown(world, hold), shown(world, mine), shown(world, series, "ravi")] == ["busy"] * 3
    for who in ("rita", "ravi"):
        assert "It has changed since this was drawn, so nothing was done" in world.reads(who)


async def test_an_event_that_is_changed_while_it_is_being_freed_is_left_alone(
    world: World,
) -> None:
    """Between reading it and writing to it; the second look sees that it is another by now."""
    hold = put(world)
    await friday(world)
    slow = world.box.faults.add(Part.GRAPH, Slow(seconds=0.5), method="PATCH", times=1)
    await world.click("rita", "free_event")
    working = asyncio.create_task(world.app.work(wait=False))
    for _ in range(1000):
        if slow.hits:
            break
        await asyncio.sleep(0.01)
    world.box.outlook.move("rita", hold, NEXT + timedelta(days=1))
    await working

    await world.run("update procrastinate_jobs set scheduled_at = null where status = 'todo'")
    await world.work()

    assert shown(world, hold) == "busy"
    assert "It has changed since this was drawn, so nothing was done" in world.reads("rita")


async def test_an_event_that_is_gone_is_said_to_be(world: World) -> None:
    hold = put(world)
    await friday(world)
    world.box.outlook.delete("rita", hold)

    await world.press("rita", "free_event")

    assert "No longer in your calendar" in world.reads("rita")


async def test_nobody_frees_anything_in_the_calendar_of_another(world: World) -> None:
    put(world)
    put(world, "ravi")
    card = await friday(world)
    await friday(world, "ravi")
    carried = next(a for a in card.actions() if a.verb == "free_event").data

    with nothing_changes(world):
        for who in ("ravi", "mara", "quinn"):
            answer = await world.box.teams.execute(who, card, "free_event", carried)
            words = "\n".join(answer.texts())
            assert "no longer" in words, who
            await world.work()


async def test_two_clicks_at_once_free_it_once_and_a_busy_graph_loses_nothing(world: World) -> None:
    hold = put(world)
    card = await friday(world)
    world.box.faults.graph_throttled(retry_after=0, times=2)
    world.box.requests.clear()

    carried = next(a for a in card.actions() if a.verb == "free_event").data
    for _ in range(3):
        await world.box.teams.execute("rita", card, "free_event", carried)
    for _ in range(4):
        await world.work()
        await world.run(
            "update procrastinate_jobs set scheduled_at = null, attempts = 0 where status = 'todo'"
        )
    await world.work()

    assert shown(world, hold) == "free"
    writes = [r for r in world.box.requests.graph_requests() if r.method == "PATCH"]
    assert [r.status for r in writes] == [200]


async def test_on_monday_the_manager_sees_who_confirmed(world: World) -> None:
    for who in ("rita", "ravi"):
        put(world, who)
    world.box.set_mailbox("rosa", Mailbox.DENIED)
    await check(world, THURSDAY)
    await check(world)
    await world.press("rita", "all_true")
    assert "You said that it is true" in world.reads("rita")
    before = world.cards("mara"), world.cards("helen")

    await check(world, datetime(2026, 3, 9, 6, 0, tzinfo=UTC))
    assert world.cards("mara") == before[0], "not before her own hours"
    for minutes in (0, 15, 30):
        await check(world, datetime(2026, 3, 9, 9, minutes, tzinfo=UTC))

    assert (world.cards("mara"), world.cards("helen")) == (before[0] + 1, before[1])
    card = world.reads("mara")
    for words in (
        "1 of 2 confirmed",
        "**Confirmed**: Rita Osei",
        "**Not yet**: Ravi",
        "**Calendar cannot be read**: Rosa",
    ):
        assert words in card, words
    assert "Hold" not in card, "what stands in a calendar is its owner's"


async def test_a_friday_without_a_worker_is_made_up_for_on_monday(world: World) -> None:
    put(world)
    before = world.cards("mara")

    await check(world, datetime(2026, 3, 9, 8, 0, tzinfo=UTC))
    assert "Is this week's calendar true?" in world.reads("rita")
    assert "week of Mon 9 Mar" in world.reads("rita")
    cards = world.cards("rita")
    for minutes in (15, 30, 45):
        await check(world, datetime(2026, 3, 9, 8, minutes, tzinfo=UTC))
    assert (world.cards("rita"), world.cards("mara")) == (cards, before), "there is time to answer"

    await world.press("rita", "all_true")
    await check(world, datetime(2026, 3, 9, 10, 15, tzinfo=UTC))
    assert world.cards("mara") == before + 1
    assert "**Confirmed**: Rita Osei" in world.reads("mara")


async def test_a_week_that_nobody_asked_about_cannot_be_confirmed(world: World) -> None:
    put(world)
    card = await world.say("rita", "calendar")
    monday = next(a for a in card.actions() if a.verb == "free_event").data["monday"]

    answer = await world.box.teams.execute("rita", card, "all_true", {"monday": monday})

    assert "has not been asked about yet" in "\n".join(answer.texts())


async def test_calendar_answers_whoever_takes_leads_and_says_what_it_cannot_read(
    world: World,
) -> None:
    await world.say("rita", "calendar")
    assert "Nothing in it looks like a phantom" in world.reads("rita")
    assert "All true" not in lines(world.newest("rita"))

    await world.say("quinn", "calendar")
    assert "those who take leads" in world.reads("quinn")

    world.box.set_mailbox("rita", Mailbox.DENIED)
    await world.say("rita", "calendar")
    assert "Your calendar cannot be read: Baton may not read this mailbox" in world.reads("rita")


async def test_a_directory_that_may_not_be_searched_stops_no_check(world: World) -> None:
    """Without it nobody is known to have left; a hold is a hold all the same."""
    put(world)
    gus(world, "rita")
    world.box.entra.revoke("User.Read.All")

    card = "\n".join((await world.say("rita", "calendar")).texts())

    assert "Hold - QBR" in card
    assert "Pipeline clean-up" not in card


@pytest.mark.at_once
async def test_unanswered_invitations_are_listed_with_their_age(world: World) -> None:
    meeting = world.box.outlook.create("mara", "Webinar", NEXT, NEXT + HOUR, attendees=["rita"])
    copy = world.box.outlook.event("rita", meeting)
    four = FRIDAY - timedelta(days=4)
    world.box.outlook.place(replace(copy, created=four), at=four)

    card = await friday(world)

    assert "Waits for your answer" in "\n".join(card.texts())
    assert "unanswered for 4 days" in "\n".join(card.texts())
    assert "Free it" not in lines(card)

    await world.press("rita", "accept_invitation")

    assert world.box.outlook.event("rita", meeting).response is Response.ACCEPTED
    assert world.box.outlook.event("mara", meeting).attendees[0].response is Response.ACCEPTED
    assert "Accepted." in world.reads("rita")


@pytest.mark.at_once
async def test_an_invitation_is_declined_by_a_click_and_one_of_batons_own_is_not_listed(
    world: World,
) -> None:
    await world.offer(wanted="2026-03-10")
    meeting = world.box.outlook.create("mara", "Webinar", NEXT, NEXT + HOUR, attendees=["rita"])
    card = await world.say("rita", "calendar")
    assert "Contoso" not in "\n".join(card.texts()), "its own card asks about it"

    await world.press("rita", "decline_invitation", card)

    assert not world.box.outlook.has("rita", meeting)
    assert world.box.outlook.event("mara", meeting).attendees[0].response is Response.DECLINED
    assert "Declined. It has left your calendar." in world.reads("rita")


async def test_markup_and_ten_thousand_characters_in_a_subject_stay_text(world: World) -> None:
    put(world, subject="Hold [click](https://evil.example) <at>Rita</at> **x** " * 250)
    card = await friday(world)

    words = "\n".join(card.texts())
    assert "Free it" in lines(card)
    assert len(words) < 4_000


# --- Where times are chosen -------------------------------------------------------------------


@pytest.mark.parametrize("told", [True, False], ids=["subjects are shared", "by default"])
async def test_the_qualifier_sees_why_other_times_are_not_offered(
    world: World, *, told: bool
) -> None:
    """Of their own calendar with subjects, where Outlook tells them; of the rep's what is in the
    way and no more.
    """
    for who in ("quinn", "rita"):
        world.box.directory.change(who, shares_subjects=told)
    tuesday = datetime(2026, 3, 3, 8, 0, tzinfo=UTC)
    put(world, start=tuesday)
    world.box.outlook.create("quinn", "Board paper", tuesday + HOUR, tuesday + 2 * HOUR)
    await world.say("rita", "calendar")
    world.box.requests.clear()

    await world.brief(f"rep:{world.box.person('rita').id}")

    card = whole(world.newest("quinn"))
    assert "Why not other times?" in lines(world.newest("quinn"))
    assert "**Not Tue 09:00 to 10:00.** Rita: looks like a phantom, theirs alone, created" in card
    assert "**Not Tue 10:00 to 11:00.** You: " in card
    assert ("“Board paper”, 10:00 to 11:00 (busy)" in card) is told
    assert "QBR" not in card
    assert len(world.box.requests.graph_requests()) == 1


async def test_of_two_things_at_one_time_without_subjects_none_is_taken_for_the_phantom(
    world: World,
) -> None:
    """Outlook tells no subjects by default, and one of the two is a visit."""
    tuesday = datetime(2026, 3, 3, 8, 0, tzinfo=UTC)
    put(world, start=tuesday)
    world.box.outlook.create("rita", "Visit", tuesday, tuesday + HOUR)
    await world.say("rita", "calendar")

    await world.brief(f"rep:{world.box.person('rita').id}")

    card = whole(world.newest("quinn"))
    assert "**Not Tue 09:00 to 10:00.** Rita: busy" in card
    assert "phantom" not in card


async def test_the_reps_card_says_what_is_in_the_way_and_the_invitation_itself_never_is(
    world: World,
) -> None:
    id = await world.offer_times()
    search = (await world.case(id)).handoff.search
    assert search
    assert search.found
    start = search.found[0].start
    put(world, "rosa", start=start)

    await world.press("quinn", "book")

    card = world.reads("rosa")
    assert (
        "“Hold - QBR”, 09:00 to 10:00, yours alone, created 70 days ago, looks like a phantom"
        in card
    )
    assert "Contoso Logistics and Halden Systems" not in card


@pytest.mark.usefixtures("offered")
async def test_a_rep_who_asks_for_another_time_sees_why_not_the_others(world: World) -> None:
    wednesday = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
    world.box.outlook.create("rita", "Dentist", wednesday, wednesday + HOUR, sensitivity="private")

    await world.press("rita", "another_time")

    card = whole(world.newest("rita"))
    assert "**Not Mon 13:00 to 14:00.** You: a private appointment, 13:00 to 14:00" in card
    assert "Dentist" not in card


# --- Odd people -------------------------------------------------------------------------------


async def test_a_prospect_who_is_a_colleague_is_refused_plainly(world: World) -> None:
    for who in ("rita", "quinn", "mara"):
        form = await world.form()
        mail = world.box.person(who).mail.upper()
        answer = await world.click("quinn", "brief", form, **brief(contact_email=mail))
        assert "works here. Please give the prospect's own address." in "\n".join(answer.texts())
    assert await world.rows("select 1 from handoff") == []


def brief(**changes: str) -> dict[str, str]:
    return {**BRIEF, "target": "pool:emea", **changes}


async def test_who_qualifies_and_takes_leads_is_never_offered_their_own(world: World) -> None:
    group = world.box.directory.group("Reps EMEA")
    assert group
    world.box.directory.set_group("Reps EMEA", [*group.members, "quinn"])
    await world.sync()

    id = await world.offer_times()

    search = (await world.case(id)).handoff.search
    assert search
    assert search.found
    assert world.box.person("quinn").id not in {choice.rep for choice in search.found}
    form = await world.form()
    carried = next(a for a in form.actions() if a.verb == "brief").data
    own = brief(target=f"rep:{world.box.person('quinn').id}")
    answer = await world.box.teams.execute("quinn", form, "brief", {**carried, **own})
    assert "choose whom it goes to" in "\n".join(answer.texts())


@pytest.mark.parametrize(
    "mail",
    ["marketing@halden.example", "contact@halden.example", "atrium@halden.example"],
    ids=["a distribution list", "a contact or a public folder", "a room"],
)
async def test_an_address_that_is_no_person_is_not_said_to_have_left(
    world: World, mail: str
) -> None:
    atrium = staff("Atrium", "Room")
    world.box.directory.add(
        replace(atrium, mail="atrium@halden.example", purpose="room", enabled=False)
    )
    series_of(world, mail)
    put(world, "ravi", "Standing talk", attendees=(Address(name="Somebody", mail=mail),))

    await world.say("ravi", "calendar")
    await world.work()

    assert "has left" not in world.reads("ravi")
    assert "no longer" not in world.reads("ravi")
    assert "blocked" not in world.reads("ravi")


async def test_of_those_whom_the_company_has_besides_people_nobody_has_left(database: str) -> None:
    """A distribution list calls a series; a contact, a room and somebody on-premises are guests."""
    async with a_world(database, weeks=True) as world:
        await world.install("ravi", "rosa")
        for who in ("ravi", "rosa"):
            await world.say(who, "calendar")
            await world.work()
            there = {e.subject for e in world.box.mailboxes.events(world.box.person(who).id)}
            assert there & {"Sales all hands", "Customs round"}
            told = whole(world.newest(who))
            for subject in ("Sales all hands", "Customs round"):
                assert subject not in told
        gone = await world.rows("select who from leaver where how is not null")
        assert gone == [("gus.lander@halden.example",)]


async def test_who_was_seen_to_have_an_account_and_has_none_is_gone(world: World) -> None:
    world.box.directory.add(GUS)
    series_of(world, GUS.mail)
    await friday(world, "ravi")
    assert "no longer in the company" not in world.reads("ravi")

    world.box.directory.leave(GUS)
    world.clock.forward(timedelta(days=6))
    await world.say("ravi", "calendar")
    await world.work()
    assert "organised by gus.lander@halden.example, who is no longer in" in world.reads("ravi")

    world.box.directory.set_group("Marketing", [], mail=GUS.mail)
    world.clock.forward(timedelta(days=6))
    await world.say("ravi", "calendar")
    await world.work()
    assert "no longer in the company" not in world.reads("ravi"), "the address is a group's now"
