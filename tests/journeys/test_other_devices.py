"""What was clicked on one device reads so on all of them, and after a reload."""

import asyncio
from uuid import UUID, uuid4

import pytest

from bot import teams
from cards.lists import line_card
from handoff.effects import Famine, Show, ShowClicked
from jobs.messages import reach
from sandbox.faults import Part, Slow
from sandbox.teams import cards
from sandbox.teams.chats import ChatMessage
from tests.failures.stories import at, starved
from tests.journeys.test_who_and_when import listed
from tests.world import World


def elsewhere(message: ChatMessage) -> list[str]:
    """What a device reads that has not clicked: the message as it was last sent."""
    return cards.texts(cards.card_of(message.activity) or {})


def again(world: World, who: str, message: ChatMessage) -> ChatMessage:
    found = world.box.teams.chats.message(who, message.id)
    assert found
    return found


async def test_the_phone_shows_what_was_clicked_on_the_laptop(world: World) -> None:
    await world.offer(wanted="2026-03-05")
    offered = world.newest("rita")

    await world.press("rita", "accept")

    shown = again(world, "rita", offered)
    assert elsewhere(shown)[0].startswith("ACCEPTED · REPLY BY ")
    assert shown.activity["summary"] == (cards.card_of(shown.activity) or {})["fallbackText"]


async def test_a_refused_click_puts_the_card_right_on_every_device(world: World) -> None:
    """Her phone was in a tunnel while the lead went to somebody else."""
    id = await world.offer(wanted="2026-03-05")
    card = world.newest("rita")
    await world.run("update procrastinate_jobs set scheduled_at = 'infinity' where status = 'todo'")
    await world.run("update handoff set rep = %s where id = %s", world.box.person("rosa").id, id)

    answer = await world.press("rita", "accept", card)

    assert "OFFERED TO ROSA" in answer.texts()
    assert "OFFERED TO ROSA" in elsewhere(again(world, "rita", card))


async def test_a_click_after_which_nothing_else_is_drawn_reads_so_everywhere_too(
    world: World,
) -> None:
    await world.offer(wanted="2026-03-05")
    await world.until(at(2, 14, 30))
    card = world.newest("mara")

    await world.press("mara", "talk", card)

    shown = again(world, "mara", card)
    assert "STILL WITH RITA" in elsewhere(shown)
    assert elsewhere(shown) == shown.texts()


async def test_a_form_that_is_opened_while_a_message_waits_its_turn_stays_in_it(
    world: World, offered: UUID
) -> None:
    before, services = world.newest("rita"), world.app.services
    turns: list[str] = []

    async def opened_meanwhile() -> bool:
        turns.append("asked")
        return True

    to = await reach(services, world.box.person("rita").id)
    await services.messenger.edit(to, before.id, line_card("News"), opened_meanwhile)
    assert world.newest("rita").card == before.card
    assert turns == ["asked"]


async def test_a_form_stays_open_while_somebody_may_be_typing_in_it(world: World) -> None:
    await world.form()
    form = world.newest("quinn")

    await world.box.teams.execute("quinn", form, "brief", {"form": str(uuid4())})
    await world.work()

    shown = again(world, "quinn", form)
    assert "Please fill in" in "\n".join(shown.texts())
    assert not shown.edited


async def test_no_news_closes_a_form_that_somebody_may_be_filling_in(world: World) -> None:
    """Neither that, nor a reminder which comes below it. Done or left, the card has what came."""
    id = await world.offer(wanted="2026-03-05")
    card, rita = world.newest("rita"), world.box.person("rita").id
    news = world.app.services.stores.door.follow

    def open_there() -> bool:
        return "Back" in [one.title for one in again(world, "rita", card).actions()]

    await world.until(at(2, 11, 55))
    await world.press("rita", "open", card, titled="Send back")
    await news(Show(rita, id))
    await world.until(at(2, 12, 1))
    assert world.newest("rita").id != card.id, "reminded"
    await news(ShowClicked(rita, id, card.id, True))
    await world.work()
    assert open_there()
    await world.press("rita", "back", card)
    assert "See the newer card" in str(elsewhere(again(world, "rita", card)))

    card = world.newest("rita")
    await world.press("rita", "open", card, titled="Send back")
    await news(Show(rita, id))
    await world.pass_(minutes=59)
    assert open_there()
    await world.pass_(minutes=1)
    assert not open_there()


async def test_what_is_wrong_in_a_form_is_said_there_beside_what_was_typed(world: World) -> None:
    await world.offer(wanted="2026-03-05")
    await world.press("quinn", "mend_worth", value="1.500", currency="CHF")

    shown = world.newest("quinn")
    assert "'1.500' may be 1.5 or 1500" in "\n".join(shown.texts())
    chosen = {one["id"]: one.get("value") for one in cards.inputs(shown.card or {})}
    assert chosen["currency"] == "CHF"
    assert not again(world, "quinn", shown).edited or "Back" in str(shown.card)


@pytest.mark.parametrize("word", ["mine", "help"])
async def test_a_card_that_stands_for_no_handoff_turns_everywhere(world: World, word: str) -> None:
    await world.say("rita", "help" if word == "mine" else "mine")
    card = world.newest("rita")

    await world.press("rita", word, card)

    shown = again(world, "rita", card)
    assert elsewhere(shown) == shown.texts()
    assert world.newest("rita").id == card.id, "nothing new was posted"


async def test_what_is_refused_on_a_card_that_stands_for_no_handoff_reads_so_everywhere(
    world: World,
) -> None:
    """Whatever button it is, also of an older version; but where something is to be filled in."""
    sent = {"drawn": "0", "id": str(uuid4()), "report": str(uuid4()), "alarm": str(uuid4())}
    sent |= {"answer": "left", "monday": "2026-03-02", "pledge": "settle_weeks x y", "hours": "4"}
    left = {}
    for who in ("rita", "mara"):
        for verb in (*teams.VERBS, "of_an_older_version"):
            for more in ({}, {"answer": "right"}):
                await world.say(who, "help")
                card = world.newest(who)
                answer = await world.box.teams.execute(who, card, verb, sent | more)
                await world.work()
                shown = again(world, who, card)
                assert answer.ok, verb
                if elsewhere(shown) != answer.texts():
                    left[who, verb] = answer.texts()

    assert {verb: texts for verb, texts in left.items() if not texts[0].startswith("Please")} == {}


async def test_who_asked_from_an_older_card_who_is_free_is_shown_where_it_stands(
    world: World,
) -> None:
    """What is said while somebody looks holds for a moment, and is replaced wherever it stands."""
    await world.accepted(wanted="2026-03-05")
    asked = await world.say("mara", "why 1")

    await world.press("mara", "look_for_colleague", asked)

    assert "Give to Rosa" in world.reads("mara")
    assert world.newest("mara").id != asked.id
    assert "See the newer card" in str(elsewhere(again(world, "mara", asked)))


async def test_the_older_card_points_to_a_newer_one_that_is_there(world: World) -> None:
    await world.offer(wanted="2026-03-05")
    first = world.newest("rita")
    world.box.faults.teams_status(503, times=1, method="POST", person="rita")
    await world.until(at(2, 12, 30))
    assert "See the newer card" not in str(elsewhere(again(world, "rita", first))), (
        "none has come yet"
    )

    await world.run("update procrastinate_jobs set scheduled_at = now() where attempts > 0")
    await world.work()

    assert "See the newer card" in str(elsewhere(again(world, "rita", first)))
    assert world.newest("rita").id != first.id


async def test_the_feed_is_told_of_what_is_asked_and_of_nothing_else(world: World) -> None:
    posted: list[ChatMessage] = []
    world.box.teams.chats.listeners.append(
        lambda change: posted.append(change.message) if change.kind == "new" else None
    )

    await world.offer(wanted="2026-03-05")
    await world.say("rita", "help")

    [offered, help] = [m for m in posted if m.from_bot and m.person == world.box.person("rita").id]
    assert offered.activity["channelData"] == {"notification": {"alert": True}}
    assert "channelData" not in help.activity


async def test_who_left_it_on_the_laptop_and_does_it_on_the_phone_reads_that_it_is_left(
    world: World,
) -> None:
    await starved(world)
    await world.app.services.stores.door.follow(Famine())
    await world.work()
    card = world.newest("mara")
    [do_it] = [one for one in card.actions() if one.title == "Do it"]

    await world.press("mara", "answer_alarm", card, titled="Leave it")
    late = await world.box.teams.execute("mara", card, "answer_alarm", do_it.data)
    await world.work()

    for words in (late.texts(), elsewhere(again(world, "mara", card))):
        assert words == ["You answered: it is left as it is."]


@pytest.mark.parametrize("verb", ["accept", "open", "back", "show", "fairness", "propose"])
async def test_what_is_clicked_on_a_handoff_that_is_no_longer_here_says_so_everywhere(
    world: World, verb: str
) -> None:
    """Nothing is kept for ever, and a chat is."""
    await world.say("rita", "help")
    card, data = world.newest("rita"), {"handoff": str(uuid4()), "opens": "send_back"}

    answer = await world.box.teams.execute(
        "rita", card, verb, data | {"start": "2026-03-05T10:00:00+00:00"}
    )
    await world.work()

    assert answer.texts() == ["This handoff is no longer here."]
    assert elsewhere(again(world, "rita", card)) == answer.texts()


async def test_who_asks_too_late_who_is_free_is_pointed_to_no_newer_card(world: World) -> None:
    id = await world.offer(wanted="2026-03-05")
    await world.until(at(2, 14, 30))
    asked = await world.say("mara", "why 1")
    await world.press("quinn", "call_off")

    answer = await world.box.teams.execute(
        "mara", asked, "look_for_colleague", {"handoff": str(id)}
    )
    await world.work()

    assert answer.says("This handoff has moved on")
    assert "See the newer card" not in str(elsewhere(again(world, "mara", asked)))


async def test_a_lead_that_is_chosen_again_has_one_card(world: World) -> None:
    await listed(world, 1)
    await world.say("quinn", "book")
    first = await world.press("quinn", "choose_lead")
    await world.say("quinn", "book")

    await world.press("quinn", "choose_lead")
    await world.press("quinn", "find_times")

    assert "See the newer card" in str(elsewhere(again(world, "quinn", first)))
    assert "Times that suit everyone" in elsewhere(world.newest("quinn"))


async def test_of_two_leads_that_are_chosen_from_one_list_each_has_a_card(world: World) -> None:
    """One on the phone, the other on the laptop, which shows the list still."""
    await listed(world, 2)
    await world.say("quinn", "book")
    card = world.newest("quinn")
    rows = [one for one in card.actions() if one.verb == "choose_lead"]

    for row in rows:
        answer = await world.box.teams.execute("quinn", card, "choose_lead", row.data)
        assert answer.ok
        await world.work()
    find = {"target": "pool:emea", "stands": "1"}
    ids = [str(row.data["lead"]) for row in rows if row.data]
    for id in reversed(ids):
        await world.box.teams.execute("quinn", card, "find_times", {"handoff": id, **find})
        await world.work()

    chat = [elsewhere(one) for one in world.box.teams.chat("quinn") if one.from_bot]
    open_now = ["\n".join(texts) for texts in chat if "Times that suit everyone" in texts]
    assert len(open_now) == 2
    assert {n for n in (1, 2) if any(f"no. {n}" in text for text in open_now)} == {1, 2}


async def test_a_form_that_is_opened_while_news_is_on_its_way_is_shown_once_more(
    world: World, offered: UUID
) -> None:
    """Teams may have the news last, though it was sent first."""
    card, whose = world.newest("rita"), world.box.person("rita").id
    late = world.box.faults.add(Part.TEAMS, Slow(seconds=1), method="PUT", times=1)
    await world.app.services.stores.door.follow(Show(whose, offered))
    news = asyncio.create_task(world.work())
    async with asyncio.timeout(20):
        while not late.hits:  # noqa: ASYNC110  # it is on its way
            await asyncio.sleep(0.01)
    await world.click("rita", "open", card, titled="Send back")
    await news
    shown = again(world, "rita", card)
    assert "Back" in [one.title for one in shown.actions()], "the form is there"


async def test_of_forms_that_are_opened_one_after_the_other_the_last_is_there(
    world: World, accepted: UUID
) -> None:
    """The first is shown once more, after news, while the second is opened in its place."""
    card, whose = world.newest("quinn"), world.box.person("quinn").id
    late = world.box.faults.add(Part.TEAMS, Slow(seconds=1), method="PUT", times=2)
    await world.app.services.stores.door.follow(Show(whose, accepted))
    news = asyncio.create_task(world.work())
    for n, title in enumerate(("Change…", "Call it off"), 1):
        async with asyncio.timeout(20):
            while late.hits < n:  # noqa: ASYNC110  # it is on its way
                await asyncio.sleep(0.01)
        await world.click("quinn", "open", card, titled=title)
    await news
    shown = again(world, "quinn", card)
    assert "Call it off and tell everyone" in [one.title for one in shown.actions()]


async def test_a_form_that_is_opened_on_the_answer_to_a_click_stays_open(
    world: World, accepted: UUID
) -> None:
    """Though more has come of the click by the time that its own card is drawn."""
    await world.opens("quinn", "call_off")
    card = world.newest("quinn")
    await world.click("quinn", "call_off", card, words="Sorry, another week.")
    await world.click("quinn", "open", card, titled="Correct the brief…")
    await world.work()
    shown = again(world, "quinn", card)
    assert "Back" in [one.title for one in shown.actions()], "the form is there"
