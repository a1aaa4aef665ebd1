"""What a lead is worth: asked as an amount, shown as people write it, and unknown where it is."""

from datetime import timedelta

import pytest

from handoff.effects import Tidy
from sandbox.teams.cards import CannotPressError
from store import worths
from tests.hour import MONDAY
from tests.journeys.rotation import policy
from tests.world import BRIEF, World

SECOND = (
    "\n[[leaders]]\n",
    '\n[[leaders]]\nwho = "milo.brandt@halden.example"\nvalue_from = 500000\n\n[[leaders]]\n',
)


async def worth(world: World) -> list[tuple[object, ...]]:
    return await world.rows(
        "select value, worth, worth_currency, worth_unclear from lead order by id"
    )


async def test_the_form_asks_for_a_number_with_its_currency_beside_it(world: World) -> None:
    form = await world.say("quinn", "book")
    kinds = {one["id"]: one for one in form.inputs()}

    assert kinds["value"]["type"] == "Input.Number"
    assert kinds["currency"]["type"] == "Input.ChoiceSet"
    assert kinds["currency"]["value"] == "EUR"
    await world.offer("rita", value="1500.50", currency="USD")

    assert await worth(world) == [("1500.50", 150_050, "USD", False)]
    assert "Worth per year about 1.500,50 US$" in world.reads("rita"), "as it is written in Spain"


async def test_an_amount_that_may_be_two_is_asked_again_and_nothing_is_filled_in(
    world: World,
) -> None:
    form = await world.say("quinn", "book")
    inputs = {**BRIEF, "target": "pool:emea", "value": "1.500"}

    asked = await world.click("quinn", "brief", form, **inputs)

    assert "'1.500' may be 1.5 or 1500" in " ".join(asked.texts())
    assert not next(one for one in asked.inputs() if one["id"] == "value").get("value")
    assert await world.rows("select count(*) from handoff") == [(0,)]


async def test_a_worth_that_is_not_known_is_said_and_no_rule_counts_on_it(world: World) -> None:
    await policy(world, ('"value", ', ""))
    await world.install("helen")
    before = world.cards("helen")

    await world.offer("rita", value="")

    assert "Worth per year not known" in world.reads("rita")
    assert world.cards("helen") == before


async def test_a_leader_is_on_every_later_meeting_of_the_lead_and_told_once(world: World) -> None:
    await world.install("helen")
    before = world.cards("helen")
    await world.offer("rita", value="120000")
    await world.press("rita", "send_back", reason="brief")
    await world.press("quinn", "find_times", target="pool:emea", wanted="2026-03-09")
    await world.press("quinn", "book")

    later = world.box.outlook.calendar(
        "quinn", MONDAY + timedelta(days=6), MONDAY + timedelta(days=14)
    )
    helen = world.box.person("helen").mail
    [event] = [one for one in later if len(one.attendees) > 1]
    assert [a.type for a in event.attendees if a.who.mail == helen] == ["optional"]
    assert world.cards("helen") - before == 1


async def test_a_leader_is_told_once_when_a_running_handoff_passes_the_line(world: World) -> None:
    await world.install("helen")
    before = world.cards("helen")
    await world.offer("rita", value="48000")
    assert world.cards("helen") == before

    for _ in range(2):
        await world.press("rita", "send_back", reason="brief")
        await world.press("quinn", "fix_brief", needs="More", value="120000")

    assert world.cards("helen") - before == 1
    assert "worth about 120.000" in world.reads("helen")


async def test_what_a_version_before_wrote_is_read_where_it_is_certain(world: World) -> None:
    written = ["1500.00", "120000 USD a year", "1.500", "100k", "", "half a million"]
    for n, text in enumerate(written):
        await world.brief(contact_email=f"a@{n}.example")
        await world.change(
            "update lead set value = %s, worth = null, worth_currency = null "
            "where contact_email = %s",
            [text, f"a@{n}.example"],
        )

    await world.do(Tidy())

    assert await world.rows(
        "select worth, worth_currency, worth_unclear from lead order by contact_email"
    ) == [
        (150_000, "EUR", False),
        (12_000_000, "USD", False),
        (None, None, True),
        (10_000_000, "EUR", False),
        (None, None, False),
        (None, None, True),
    ]
    assert [text for _, text in await worths.unclear(world.app.services.stores.reads)] == [
        "1.500",
        "half a million",
    ]


async def test_what_a_version_before_writes_beside_this_one_takes_the_old_amount_away(
    world: World,
) -> None:
    await world.brief()

    await world.change("update lead set value = '72000'")
    assert await worth(world) == [("72000", None, None, False)]
    await world.do(Tidy())

    assert await worth(world) == [("72000", 7_200_000, "EUR", False)]
