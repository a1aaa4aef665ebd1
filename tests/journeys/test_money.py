"""What a lead is worth: asked as an amount, shown as people write it, and unknown where it is."""

from datetime import timedelta

from commands import lead_lists
from handoff.effects import Tidy
from sandbox.teams.cards import inputs
from store import worths
from tests.hour import MONDAY
from tests.journeys.rotation import policy
from tests.journeys.test_lead_lists import csv_of
from tests.world import BRIEF, World


async def worth(world: World) -> list[tuple[object, ...]]:
    return await world.rows(
        "select value, worth, worth_currency, worth_unclear from lead order by id"
    )


async def test_the_form_asks_for_a_number_with_its_currency_beside_it(world: World) -> None:
    form = await world.say("quinn", "book")
    kinds = {one["id"]: one for one in inputs(form.card or {})}

    assert kinds["value"]["type"] == "Input.Number"
    assert kinds["currency"]["type"] == "Input.ChoiceSet"
    assert kinds["currency"]["value"] == "EUR"
    await world.offer("rita", value="1500.50", currency="USD")

    assert await worth(world) == [("1500.50", 150_050, "USD", False)]
    assert "about 1.500,50\xa0US$" in world.reads("rita"), "as it is written in Spain"


async def test_an_amount_that_may_be_two_is_asked_again_and_nothing_is_filled_in(
    world: World,
) -> None:
    form = await world.say("quinn", "book")
    filled = {**BRIEF, "target": "pool:emea", "value": "1.500"}

    asked = await world.click("quinn", "brief", form, **filled)

    assert "'1.500' may be 1.5 or 1500" in " ".join(asked.texts())
    assert not next(one for one in inputs(asked.card or {}) if one["id"] == "value").get("value")
    assert await world.rows("select count(*) from handoff") == [(0,)]


async def test_a_worth_that_is_not_known_is_said_and_no_rule_counts_on_it(world: World) -> None:
    await world.install("helen")
    before = world.cards("helen")

    await world.offer("rita", value="")

    assert "Worth per year\nnot known" in world.reads("rita")
    assert world.cards("helen") == before


async def test_a_leader_is_on_every_later_meeting_of_the_lead_and_told_once(world: World) -> None:
    await world.install("helen")
    before = world.cards("helen")
    await world.offer("rita", value="120000")
    await world.press("rita", "send_back", reason="brief")
    await world.pass_(days=2)
    await world.press("quinn", "fix_brief", needs="More", value="120000")
    await world.press("quinn", "book")

    later = world.box.outlook.calendar("quinn", world.clock(), MONDAY + timedelta(days=14))
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
    assert "about €120,000" in world.reads("helen")


async def test_what_a_version_before_wrote_is_read_where_it_is_certain(world: World) -> None:
    written = ["1500.00", "120000 USD a year", "1.500", "100k", "", "half a million"]
    rows = [{"contact_email": f"a@{n}.example"} for n in range(len(written))]
    mail = world.box.person("quinn").mail
    assert not await lead_lists.take_in(world.app.services, "old.csv", csv_of(*rows), mail)
    for n, text in enumerate(written):
        await world.run(
            "update lead set value = %s, worth = null, worth_currency = null "
            "where contact_email = %s",
            text,
            f"a@{n}.example",
        )

    await world.app.services.stores.door.follow(Tidy())
    await world.work()

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

    await world.run("update lead set value = '72000'")
    assert await worth(world) == [("72000", None, None, False)]
    await world.app.services.stores.door.follow(Tidy())
    await world.work()

    assert await worth(world) == [("72000", 7_200_000, "EUR", False)]


async def test_whoever_has_the_higher_line_comes_instead_and_both_are_told(world: World) -> None:
    await policy(
        world,
        (
            "[[leaders]]\n",
            '[[leaders]]\nwho = "mara.lind@halden.example"\nvalue_from = 500000\n\n[[leaders]]\n',
        ),
    )
    await world.install("helen", "mara")
    await world.offer("rita", value="120000")
    await world.press("rita", "send_back", reason="brief")
    await world.press("quinn", "fix_brief", needs="More", value="600000")

    [event] = world.box.outlook.calendar("quinn", MONDAY, MONDAY + timedelta(days=3))
    mails = {a.who.mail for a in event.attendees}
    assert world.box.person("mara").mail in mails
    assert world.box.person("helen").mail not in mails
    assert "YOU ARE INVITED, OPTIONAL" in world.reads("mara")
    assert "NO LONGER INVITED" in world.reads("helen")
