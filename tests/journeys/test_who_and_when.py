"""Who it is about comes first; the brief then begins with what is known of them."""

from typing import Any

import pytest

from commands import lead_lists
from sandbox.teams import cards
from sandbox.teams.chats import ChatMessage
from tests.journeys.test_lead_lists import csv_of
from tests.world import BRIEF, INES, World

BO = {"company": "Fabrikam", "contact_name": "Bo Lindt", "contact_email": "bo@fabrikam.example"}


def filled(card: ChatMessage) -> dict[str, Any]:
    """What stands in each input; nothing in an empty one."""
    [sends] = [one for one in card.actions() if one.verb in ("brief", "who_and_when")]
    return {str(one["id"]): one.get("value", "") for one in sends.inputs}


async def asked(world: World, contact: str, **inputs: str) -> ChatMessage:
    """The answer to who it is about."""
    await world.say("quinn", "book")
    return await world.press("quinn", "who_and_when", None, contact=contact, **inputs)


async def listed(world: World, count: int) -> None:
    """So many leads of a list wait for Quinn, each of a company of its own."""
    rows = [
        {"contact_email": f"{'abcdefgh'[n]}@good{n}.example", "company": f"Good {n}"}
        for n in range(count)
    ]
    quinn = world.box.person("quinn").mail
    assert await lead_lists.take_in(world.app.services, "may.csv", csv_of(*rows), quinn) == 0
    await world.work()


KNOWN = {
    INES.upper(): ("Contoso Logistics", "Ines Prado", INES.upper(), "Europe/Lisbon"),
    "otto@contoso.example": ("Contoso Logistics", "", "otto@contoso.example", ""),
    "contoso": ("Contoso Logistics", "", "", ""),
    "bo.lindt@fabrikam.example": ("Fabrikam", "", "bo.lindt@fabrikam.example", "Asia/Tokyo"),
    "Fab": ("Fabrikam", "", "", "Asia/Tokyo"),
    "100%": ("100%", "", "", ""),
    "Adatum": ("Adatum", "", "", ""),
    "cleo@adatum.example": ("", "", "cleo@adatum.example", ""),
}
"""Company, contact, mail and zone of whom the brief begins with, by who it is said to be about."""


async def test_what_is_known_is_filled_in_and_nothing_else(world: World) -> None:
    """Where a company's contacts are in two places, it is asked where this one is."""
    await world.offer()
    await world.offer(contact_email="mia@contoso.example", contact_zone="Europe/Berlin")
    await world.offer(**BO, contact_zone="Asia/Tokyo")

    for contact, known in KNOWN.items():
        form = await asked(world, contact)

        there = filled(form)
        names = ("company", "contact_name", "contact_email", "contact_zone")
        assert tuple(there[name] for name in names) == known, contact
        assert not there["needs"]
        told = "Filled in from no." in "\n".join(form.texts())
        assert told == (known[0] in ("Contoso Logistics", "Fabrikam")), contact


async def test_of_a_prospect_who_is_forgotten_nothing_is_filled_in(world: World) -> None:
    await world.offer()
    await world.run("update lead set contact_gone_at = now(), contact_email = '@contoso.example'")

    for contact in (INES, "Contoso"):
        form = await asked(world, contact)
        assert not {filled(form)["contact_zone"], filled(form)["contact_name"]} - {""}


@pytest.mark.usefixtures("offered")
async def test_what_is_in_the_way_is_said_before_the_brief_is_typed(world: World) -> None:
    form = await asked(world, INES)
    assert "This company has a handoff open already: no. 1, with Rita Osei." in form.texts()
    assert [one.title for one in form.actions() if one.verb == "brief"] == [
        "Hand over all the same"
    ]

    rita = world.box.person("rita")
    for contact, said in (
        (rita.mail, f"{rita.name} works here."),
        (rita.mail.upper().replace("@", "+Demo@"), f"{rita.name} works here."),
        ("nobody.known@HALDEN.example", "halden.example is ours, so that is no prospect's"),
        ("ines at@contoso", "does not look like a mail address"),
        (" ", "Please fill in: The prospect"),
    ):
        await world.say("quinn", "book")
        [button] = [one for one in world.newest("quinn").actions() if one.verb == "who_and_when"]
        sent = {**(button.data or {}), "contact": contact, "target": "pool:emea", "type": "demo"}
        sent["wanted"] = "2026-03-05"
        answer = await world.box.teams.execute("quinn", world.newest("quinn"), "who_and_when", sent)
        assert said in "\n".join(answer.texts())
        again = {one["id"]: one.get("value", "") for one in cards.inputs(answer.card or {})}
        kept = {name: sent[name] for name in ("target", "type", "wanted")}
        assert again == {**kept, "contact": contact}, "what was typed stays"


async def test_whom_and_when_is_said_once_and_can_be_changed_beside_the_brief(world: World) -> None:
    ravi, rosa = (f"rep:{world.box.person(who).id}" for who in ("ravi", "rosa"))
    form = await asked(world, INES, target=ravi, type="demo", wanted="2026-03-05")
    assert "Ravi Patel · Demo · from Thu 5 Mar on" in form.texts()
    brief = {name: BRIEF[name] for name in BRIEF if name not in ("type", "wanted")}

    [button] = [one for one in form.actions() if one.verb == "brief"]
    data = {**(button.data or {}), **filled(form), **brief, "needs": ""}
    refused = await world.box.teams.execute("quinn", form, "brief", data)
    assert "Ravi Patel · Demo · from Thu 5 Mar on" in refused.texts()
    await world.press("quinn", "brief", None, **brief)

    [(search,)] = await world.rows("select search from handoff")
    assert (search["rep"], search["wanted"]) == (ravi.removeprefix("rep:"), "2026-03-05")
    assert search["type"] == "demo"
    await asked(world, BO["contact_email"], target=ravi)
    await world.press("quinn", "brief", None, **{**brief, **BO, "target": rosa})
    [(rep,)] = await world.rows("select search ->> 'rep' from handoff where number = 2")
    assert rep == rosa.removeprefix("rep:")


async def test_a_lead_that_waits_is_a_tap_or_its_address_away(world: World) -> None:
    await listed(world, 5)

    await world.say("quinn", "book")
    rows = [one for one in world.newest("quinn").actions() if one.verb == "choose_lead"]
    assert len(rows) == 3
    await world.press("quinn", "choose_lead", titled=rows[1].title)
    assert "READY TO HAND OVER" in world.reads("quinn")
    assert "no. 2" in world.reads("quinn")

    ravi = f"rep:{world.box.person('ravi').id}"
    found = await asked(world, "D@good3.example", target=ravi, wanted="2026-03-05")
    assert "no. 4" in world.reads("quinn")
    shown = {one["id"]: one.get("value") for one in cards.inputs(found.card or {})}
    assert (shown["target"], shown["wanted"]) == (ravi, "2026-03-05"), "what was said stays"

    await asked(world, "good")
    assert "Is it one of these?" in world.reads("quinn")
    form = await world.press("quinn", "who_and_when", titled="None of these", contact="good")
    assert filled(form)["company"] == "good", "several begin so"


async def test_all_that_wait_are_behind_a_button_with_a_way_back(world: World) -> None:
    await listed(world, 4)
    await world.say("quinn", "book")

    await world.press("quinn", "open", titled="All 4 that wait…")
    ids = [one["id"] for one in cards.inputs(world.newest("quinn").card or {})]
    assert ids == ["lead"]
    await world.press("quinn", "back")
    assert "4 waiting" in world.reads("quinn")
    await world.press("quinn", "open", titled="All 4 that wait…")
    [last] = await world.rows("select id from handoff where number = 4")
    await world.press("quinn", "choose_lead", titled="Continue", lead=str(last[0]))
    assert "no. 4" in world.reads("quinn")


async def test_who_is_chosen_for_a_lead_of_a_list_is_named_while_times_are_looked_for(
    world: World,
) -> None:
    await listed(world, 1)
    await world.say("quinn", "book")
    await world.press("quinn", "choose_lead")

    answer = await world.click(
        "quinn", "find_times", target=f"rep:{world.box.person('ravi').id}", wanted="2026-03-05"
    )

    assert answer.says("Ravi Patel")
