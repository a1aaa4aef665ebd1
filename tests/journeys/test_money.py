"""What a lead is worth: asked as an amount, shown as people write it, and unknown where it is."""

import json
from datetime import timedelta

import pytest

from commands import lead_lists
from handoff.effects import Tidy
from sandbox.teams.cards import inputs
from store import forgetting, worths
from tests.hour import MONDAY
from tests.journeys.rotation import policy
from tests.journeys.test_lead_lists import csv_of
from tests.world import BRIEF, SUBJECT, World


async def worth(world: World) -> list[tuple[object, ...]]:
    return await world.rows(
        "select value, worth, worth_currency, worth_unclear from lead order by id"
    )


async def test_the_form_asks_for_a_number_with_its_currency_beside_it(world: World) -> None:
    form = await world.form()
    kinds = {one["id"]: one for one in inputs(form.card or {})}

    assert kinds["value"]["type"] == "Input.Number"
    assert kinds["currency"]["type"] == "Input.ChoiceSet"
    assert kinds["currency"]["value"] == "EUR"
    await world.offer("rita", value="1500.50", currency="USD")

    assert await worth(world) == [("1500.50", 150_050, "USD", False)]
    assert "about US$1,500.50" in world.reads("rita"), "in Spain too: the text is English"


@pytest.mark.parametrize(
    ("typed", "currency", "held"),
    [("48000", "EUR", "48000"), ("48000", "JPY", "48000"), ("1500.50", "USD", "1500.5")],
)
async def test_the_form_that_corrects_it_holds_it_as_it_was_typed(
    world: World, typed: str, currency: str, held: str
) -> None:
    """In what was sent to Teams, for of 48000.0 some clients show the .0; and once it is refused
    for something else.
    """
    await world.accepted(value=typed, currency=currency)
    await world.opens("quinn", "fix_brief")
    assert await _held(world) == held

    await world.click("quinn", "fix_brief", contact_email="no address")

    assert "does not look like a mail address" in world.reads("quinn")
    assert await _held(world) == held


async def _held(world: World) -> str:
    """What stands in the form for what it is worth, as JSON has it."""
    card = world.newest("quinn")
    shown = world.box.teams.chats.message("quinn", card.id) or card
    return json.dumps(
        next(one for one in inputs(shown.card or {}) if one["id"] == "value")["value"]
    )


async def test_an_amount_that_may_be_two_is_asked_again_and_nothing_is_filled_in(
    world: World,
) -> None:
    form = await world.form()
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
    invited = f"{world.box.person('helen').name} is invited too, optional."
    assert invited in world.reads("rita")
    assert invited in world.reads("quinn")
    await world.press("rita", "send_back", reason="brief")
    await world.pass_(days=2)
    await world.press("quinn", "fix_brief", needs="More", value="120000")
    await world.press("quinn", "book")

    later = world.box.outlook.calendar("quinn", world.clock(), MONDAY + timedelta(days=14))
    helen = world.box.person("helen").mail
    [event] = [one for one in later if len(one.attendees) > 1]
    assert [a.type for a in event.attendees if a.who.mail == helen] == ["optional"]
    assert world.cards("helen") - before == 1


async def test_who_changes_a_meeting_reads_at_each_step_that_a_leader_is_invited_too(
    world: World,
) -> None:
    await world.install("helen")
    name = world.box.person("helen").name
    await world.brief(f"rep:{world.box.person('rita').id}", value="120000")
    assert f"{name} will be invited too, optional." in world.reads("quinn"), "before it is booked"
    await world.press("quinn", "book")

    told = f"Ines Prado, Rita, {name} and whoever else is invited"
    await world.opens("quinn", "call_off")
    assert told in world.reads("quinn")
    await world.press("quinn", "open", titled="Back")
    await world.opens("quinn", "look_for_other_times")
    await world.press("quinn", "look_for_other_times")
    assert told in world.reads("quinn")
    await world.press("quinn", "leave_time")

    await world.press("rita", "another_time")
    await world.press("rita", "propose")
    assert f"Ines Prado, {name} and whoever else is invited one update" in world.reads("quinn")
    await world.press("quinn", "keep_time")
    await world.press("rita", "send_back", reason="brief")
    assert f"{name} is invited too, optional." in world.reads("quinn")


async def test_a_leader_stays_on_the_meeting_when_the_lead_turns_out_to_be_worth_less(
    world: World,
) -> None:
    await world.install("helen")
    await world.offer("rita", value="120000")
    await world.press("rita", "send_back", reason="brief")
    await world.press("quinn", "fix_brief", needs="More", value="48000")

    [event] = world.box.outlook.calendar("quinn", MONDAY, MONDAY + timedelta(days=3))
    assert world.box.person("helen").mail in {a.who.mail for a in event.attendees}


async def test_who_reads_that_a_leader_is_invited_does_not_read_that_none_is(world: World) -> None:
    """What it is worth is taken away after that."""
    await world.install("helen")
    await world.offer("rita", value="120000")
    await world.press("quinn", "fix_brief", value="")

    assert "Helen Strand is invited too, optional." in world.reads("quinn")
    assert "no leader is invited" not in world.reads("quinn")


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


async def test_a_leader_hears_once_however_the_worth_goes_down_and_up_and_reads_what_it_is(
    world: World,
) -> None:
    await world.install("helen")
    before = world.cards("helen")
    await world.offer("rita", value="48000")

    for value in ("150000", "10000", "200000", "", "300000"):
        await world.press("quinn", "mend_worth", value=value)
        known = f"about €{int(value):,}" if value else "Worth per year\nnot known"
        assert known in world.reads("helen")

    assert world.cards("helen") - before == 1


async def test_a_manager_who_decides_reads_what_it_is_worth_by_now(world: World) -> None:
    await world.offer("rita", wanted="2026-03-05", value="48000")
    await world.pass_(hours=5)
    assert "NEEDS A DECISION" in world.reads("mara")
    before = world.cards("mara")

    await world.press("quinn", "mend_worth", value="90000")

    assert "about €90,000" in world.reads("mara")
    assert world.cards("mara") == before


async def test_a_leaders_one_card_follows_the_meeting_until_the_lead_ends(world: World) -> None:
    await world.install("helen")
    before = world.cards("helen")
    await world.accepted("rita", value="120000")
    assert "08:00 to 08:30" in world.reads("helen")
    event = world.box.outlook.event("quinn", SUBJECT)

    world.box.outlook.move("quinn", SUBJECT, event.start + timedelta(hours=2))
    await world.work()
    assert "10:00 to 10:30" in world.reads("helen")
    await world.press("rita", "send_back", reason="brief")
    assert "Who meets them is not settled yet." in world.reads("helen")
    await world.press("quinn", "fix_brief", needs="More", value="120000")
    assert "Rita Osei meets them." in world.reads("helen")
    world.box.outlook.cancel("quinn", SUBJECT)
    await world.work()
    assert "No meeting is planned at present." in world.reads("helen")
    await world.press("quinn", "end", titled="No need now")

    assert "This lead has ended" in world.reads("helen")
    assert world.cards("helen") - before == 1


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


async def test_a_brief_that_is_mended_before_the_meeting_changes_the_leader_with_one_update(
    world: World,
) -> None:
    await policy(
        world,
        (
            "[[leaders]]\n",
            '[[leaders]]\nwho = "mara.lind@halden.example"\nvalue_from = 500000\n\n[[leaders]]\n',
        ),
    )
    await world.install("helen", "mara")
    before = world.cards("helen"), world.cards("mara")
    await world.accepted(value="48000")
    helen, mara = (world.box.person(who).mail for who in ("helen", "mara"))

    async def mended(value: str) -> set[str]:
        await world.press("quinn", "fix_brief", needs=f"More, for {value}", value=value)
        [event] = world.box.outlook.calendar("quinn", MONDAY, MONDAY + timedelta(days=3))
        return {a.who.mail for a in event.attendees} & {helen, mara}

    assert await mended("120000") == {helen}
    assert await mended("130000") == {helen}
    assert world.cards("helen") - before[0] == 1, "told once"
    assert await mended("600000") == {mara}
    assert world.cards("mara") - before[1] == 1
    assert "NO LONGER INVITED" in world.reads("helen")


async def test_an_open_leads_worth_is_put_right_with_its_author_and_a_leader_is_told_once(
    world: World,
) -> None:
    await world.install("helen")
    before = world.cards("helen")
    id = await world.accepted(value="48000")
    assert world.cards("helen") == before

    for value in ("120000", "130000"):
        await world.press("quinn", "mend_worth", value=value, currency="EUR")
        for who in ("quinn", "rita"):
            assert "Helen Strand is invited too" in world.reads(who)

    assert world.cards("helen") - before == 1
    [event] = world.box.outlook.calendar("quinn", MONDAY, MONDAY + timedelta(days=3))
    helen = world.box.person("helen").mail
    assert [a.type for a in event.attendees if a.who.mail == helen] == ["optional"]
    rita = world.box.person("rita").mail
    assert [a.response for a in event.attendees if a.who.mail == rita] == ["accepted"]
    assert await world.state(id) == "accepted"
    said = (await world.say("quinn", "why 1")).texts()
    assert any("Quinn Avery corrected what it is worth" in line for line in said)
    assert any("from €48,000 to €120,000" in line for line in said)


async def test_a_worth_in_a_currency_without_a_line_reaches_no_leader_and_that_is_said(
    world: World,
) -> None:
    await world.install("helen")
    before = world.cards("helen")
    await world.offer(value="500000", currency="USD")

    unknown = (
        "It is worth so much in USD, and the policy's lines for leaders are in EUR: no leader is "
        "invited by it."
    )
    assert world.cards("helen") == before
    assert unknown in world.reads("quinn")
    await world.pass_(hours=5)
    assert unknown in world.reads("mara"), "who decides reads it too"
    assert unknown not in world.reads("rita")

    await world.opens("quinn", "mend_worth")
    card = world.newest("quinn")
    typed = next(a for a in card.actions() if a.verb == "mend_worth").data
    typed |= {"value": "500000", "currency": "XQQ"}
    wrong = await world.box.teams.execute("quinn", card, "mend_worth", typed)
    assert "'XQQ' is no currency" in " ".join(wrong.texts())
    two = await world.click("quinn", "mend_worth", value="1.500", currency="EUR")
    assert "'1.500' may be 1.5 or 1500" in " ".join(two.texts())
    assert await worth(world) == [("500000", 50_000_000, "USD", False)]
    await world.press("quinn", "mend_worth", value="", currency="EUR")
    assert await worth(world) == [("", None, None, False)]
    assert "What it is worth is not known, so no leader is invited by it." in world.reads("quinn")


async def test_a_policy_draws_a_line_for_each_currency(world: World) -> None:
    mail = world.box.person("helen").mail
    line = f'[[leaders]]\nwho = "{mail}"\nvalue_from = 90000\ncurrency = "USD"\n\n'
    await policy(world, ("[[leaders]]\n", f"{line}[[leaders]]\n"))
    await world.install("helen")
    before = world.cards("helen")

    await world.offer(value="80000", currency="USD")
    assert world.cards("helen") == before
    assert "no leader" not in world.reads("quinn"), "it is known to be too little"
    await world.press("quinn", "mend_worth", value="95000", currency="USD")

    assert world.cards("helen") - before == 1


async def test_what_was_written_of_a_worth_is_forgotten_and_its_amounts_count_on(
    world: World,
) -> None:
    id = await world.offer(value="48000")
    await world.run(
        "update lead set value = 'half a million, says Ines', worth = null, "
        "worth_currency = null, worth_unclear = true"
    )
    await world.press("quinn", "mend_worth", value="52000", currency="EUR")
    await world.press("rita", "send_back", reason="no_need")
    await world.press("quinn", "end", titled="No lead after all")
    assert await world.state(id) == "ended"

    async with world.app.services.stores.door.open() as tx:
        await forgetting.clear(tx, [id])

    assert await worth(world) == [("52000", 5_200_000, "EUR", False)]
    details = await world.rows("select detail from entry where what = 'worth_mended'")
    assert details == [({"was_value": "", "now_value": "52000 EUR"},)]
