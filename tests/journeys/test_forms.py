"""Forms that a click opens: whose they are, how long they stay, and what is forged about them."""

from uuid import UUID, uuid4

import pytest

from bot.baton import NO_PART
from handoff.effects import Show
from sandbox.teams import cards
from sandbox.teams.chats import ChatMessage
from tests.failures.stories import at
from tests.journeys.test_other_devices import again, elsewhere
from tests.journeys.test_who_and_when import listed
from tests.world import BRIEF, World

FORGED = (
    *("week x", "alarm x", "report x", "reported x", "line x", "why x", "why 1 2", "fairness x"),
    *("reported 1", "calendar", "stage 1 proposal", "agree", "away Ravi until Fri", "pledge", ""),
)
"""What no form is on. Some of it does something, where somebody says it."""


def open_there(world: World, who: str, message: ChatMessage) -> bool:
    shown = world.box.teams.chats.message(who, message.id)
    assert shown
    return "Back" in [one.title for one in shown.actions()]


async def test_to_open_a_form_is_to_say_nothing_whatever_it_is_said_to_be_on(
    world: World, offered: UUID
) -> None:
    card = world.newest("rita")
    stages = "select handoff, stage from routing_stage"
    before = await world.rows(stages)

    for said in FORGED:
        for verb in ("open", "back"):
            data = {"said": said, "opens": "send_back"}
            answer = await world.box.teams.execute("rita", card, verb, data)
            assert answer.ok, (verb, said)
            assert answer.says("Say *mine*"), (verb, said, answer.texts())

    assert await world.rows(stages) == before
    doing = await world.rows(
        "select distinct task_name from procrastinate_jobs where status = 'todo'"
    )
    assert doing == [("show_answer",)], "that it is too old, on every device"


async def test_whoever_forges_a_card_of_a_lead_that_is_none_of_theirs_has_none_of_it(
    world: World, offered: UUID
) -> None:
    """Neither now nor whenever it changes later."""
    card = world.newest("ravi")
    forged = {"handoff": str(offered), "stands": "1", "opens": "send_back"}

    for verb in ("open", "back", "send_back"):
        answer = await world.box.teams.execute("ravi", card, verb, forged)
        assert answer.texts() == [NO_PART.format(number=1)]
    await world.work()

    known = "select from card where handoff = %s and person = %s"
    assert not await world.rows(known, offered, world.box.person("ravi").id)


async def test_a_form_that_is_done_ends_no_other_that_somebody_is_typing_in(world: World) -> None:
    """On the laptop they type in the card itself, on the phone in what Baton says to *why*."""
    id = await world.offer(wanted="2026-03-05")
    card, quinn = world.newest("quinn"), world.box.person("quinn").id
    await world.press("quinn", "open", card, titled="What it is worth")
    await world.say("quinn", "why 1")
    other = world.newest("quinn")

    await world.box.teams.execute("quinn", other, "back", {"handoff": str(id), "opened": "worth"})
    await world.app.services.stores.door.follow(Show(quinn, id))
    await world.work()

    assert open_there(world, "quinn", card)


async def test_who_is_told_what_is_wrong_has_as_long_again_to_put_it_right(world: World) -> None:
    id = await world.offer(wanted="2026-03-05")
    card, quinn = world.newest("quinn"), world.box.person("quinn").id
    await world.press("quinn", "open", card, titled="What it is worth")
    await world.pass_(minutes=50)
    await world.press("quinn", "mend_worth", card, value="1.500", currency="CHF")
    await world.pass_(minutes=30)
    await world.app.services.stores.door.follow(Show(quinn, id))
    await world.work()
    assert open_there(world, "quinn", card)
    await world.pass_(minutes=40)
    assert not open_there(world, "quinn", card)


async def test_news_that_waited_for_a_form_comes_after_one_that_was_refused_and_left(
    world: World,
) -> None:
    id = await world.offer(wanted="2026-03-05")
    card, quinn = world.newest("quinn"), world.box.person("quinn").id
    await world.press("quinn", "open", card, titled="What it is worth")
    await world.app.services.stores.door.follow(Show(quinn, id))
    await world.work()
    await world.press("quinn", "mend_worth", card, value="1.500", currency="CHF")
    assert open_there(world, "quinn", card)

    await world.pass_(minutes=61)

    assert not open_there(world, "quinn", card)


async def test_a_form_stays_open_as_long_as_there_is_no_news_for_its_card(world: World) -> None:
    id = await world.offer(wanted="2026-03-05")
    card, quinn = world.newest("quinn"), world.box.person("quinn").id
    await world.press("quinn", "open", card, titled="What it is worth")

    for _ in range(9):
        await world.pass_(minutes=10)
        assert open_there(world, "quinn", card)

    await world.app.services.stores.door.follow(Show(quinn, id))
    await world.work()
    assert not open_there(world, "quinn", card), "an hour is over"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("2569-03-05", "2026-03-05"), ("٢٠٢٦-٠٣-٠٥", "2026-03-05"), ("1447-09-16", "2026-03-02")],
)
async def test_a_brief_that_lacks_something_keeps_the_day_as_every_phone_can_show_it(
    world: World, typed: str, kept: str
) -> None:
    await world.form()
    data = {**BRIEF, "form": str(uuid4()), "target": "pool:emea", "company": "", "wanted": typed}

    answer = await world.box.teams.execute("quinn", world.newest("quinn"), "brief", data)

    shown = {one["id"]: one.get("value") for one in cards.inputs(answer.card or {})}
    assert shown["wanted"] == kept


@pytest.mark.parametrize("verb", ["who_and_when", "brief"])
async def test_whatever_a_client_sends_for_the_day_is_read_or_asked_for_again(
    world: World, verb: str
) -> None:
    """What it then shows is a day, for every client takes that."""
    sent = {
        "2026-03-05T00:00:00.000Z": "Please fill in: Company",
        "2026-03-05T00:00:00+01:00": "Please fill in: Company",
        "2026-03-05 or so": "Please choose a day.",
        "9999-99-99": "Please choose a day.",
        "soon": "Please choose a day.",
    }
    for day, said in sent.items():
        await world.form()
        data = {**BRIEF, "form": str(uuid4()), "contact": "bo@fabrikam.example", "company": ""}
        data |= {"target": "pool:emea", "wanted": day}

        answer = await world.box.teams.execute("quinn", world.newest("quinn"), verb, data)

        assert answer.ok, day
        shown = {one["id"]: one.get("value") for one in of_whole(answer.card)}
        if said.endswith("Company"):
            assert "from Thu 5 Mar on" in "\n".join(answer.texts()) or verb == "brief"
            assert shown["wanted"] == "2026-03-05"
        else:
            assert said in answer.texts()
            assert shown["wanted"] == "2026-03-02", "the first that can be chosen"


def of_whole(card: object) -> list[cards.Card]:
    """All its inputs, those that are not in view too."""
    found: list[cards.Card] = []
    waiting = [card]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            found += [part] if str(part.get("type", "")).startswith("Input.") else []
        waiting += list(part.values()) if isinstance(part, dict) else []
        waiting += part if isinstance(part, list) else []
    return found


@pytest.mark.parametrize("target", [None, "", "somebody", "team:none", "rep:"])
async def test_a_lead_goes_to_nobody_only_because_nothing_was_sent_for_whom(
    world: World, target: str | None
) -> None:
    """An iPhone sends null for an input, whatever it shows there."""
    await world.form()
    data = {**BRIEF, "form": str(uuid4()), "contact": "bo@fabrikam.example", "target": target}

    for verb in ("who_and_when", "brief"):
        answer = await world.box.teams.execute("quinn", world.newest("quinn"), verb, data)
        assert "Please choose whom it goes to." in answer.texts(), verb

    assert await world.rows("select id from handoff") == []


async def test_an_amount_that_may_be_two_is_still_to_be_read_where_something_else_is_missing(
    world: World,
) -> None:
    await world.form()
    data = {**BRIEF, "form": str(uuid4()), "target": "pool:emea", "company": "", "value": "48.000"}

    answer = await world.box.teams.execute("quinn", world.newest("quinn"), "brief", data)

    [value] = [one for one in cards.inputs(answer.card or {}) if one["id"] == "value"]
    assert value["placeholder"] == "“48.000” was written"


async def test_a_form_on_what_baton_says_to_why_keeps_what_was_typed(world: World) -> None:
    """Whoever has a card of their own on the lead too."""
    await world.offer(wanted="2026-03-05")
    await world.until(at(2, 15))
    await world.say("mara", "why 1")
    card = world.newest("mara")
    await world.press("mara", "open", card, titled="More time before it is due")
    [give] = [one for one in again(world, "mara", card).actions() if one.verb == "extend_early"]
    hours = [one["choices"][-1]["value"] for one in give.inputs if one["id"] == "hours"]
    data = {**(give.data or {}), "hours": hours[0], "promise": "4", "reason": " "}

    answer = await world.box.teams.execute("mara", card, "extend_early", data)

    assert answer.says("Please fill in: Why")
    typed = {one["id"]: one.get("value") for one in cards.inputs(answer.card or {})}
    assert (typed["hours"], typed["promise"]) == (hours[0], "4")
    assert "Back" in [one.title for one in again(world, "mara", card).actions()]


async def test_no_news_closes_a_form_on_the_card_of_a_lead_that_was_chosen(world: World) -> None:
    await listed(world, 1)
    await world.say("quinn", "book")
    card = await world.press("quinn", "choose_lead")
    await world.press("quinn", "open", card, titled="To another qualifier")
    [(id,)] = await world.rows("select id from handoff")

    await world.app.services.stores.door.follow(Show(world.box.person("quinn").id, id))
    await world.work()

    assert open_there(world, "quinn", card)


async def test_who_goes_on_in_a_newer_card_finds_the_older_one_pointing_to_it(
    world: World,
) -> None:
    """They had opened a form on the laptop; the reminder is answered on the phone."""
    await world.offer(wanted="2026-03-05")
    older = world.newest("rita")
    await world.until(at(2, 11, 55))
    await world.press("rita", "open", older, titled="Send back")
    await world.until(at(2, 12, 1))
    assert world.newest("rita").id != older.id, "reminded"

    await world.press("rita", "open", world.newest("rita"), titled="Send back")

    assert "See the newer card" in str(elsewhere(again(world, "rita", older)))
    assert open_there(world, "rita", world.newest("rita"))


async def test_what_a_lead_is_worth_stays_in_a_form_that_comes_back(
    world: World, accepted: UUID
) -> None:
    await world.press("quinn", "fix_brief", contact_email="nobody", value=160000)
    assert "mail address" in world.reads("quinn")
    await world.press("quinn", "fix_brief", contact_email="ines.prado@contoso.example")

    worth = (await world.case(accepted)).handoff.lead.value
    assert worth
    assert str(worth.plain()) == "160000"
