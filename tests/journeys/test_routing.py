"""Whoever is next, as people live it: chosen fairly, corrected, never left over."""

import asyncio
from collections import Counter
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from psycopg.errors import UniqueViolation

from commands import replaying
from handoff.routing.errors import NobodyError
from sandbox.teams import cards
from tests.hour import MONDAY
from tests.journeys.rotation import (
    EMEA,
    TWO_A_DAY,
    apart,
    book_at_once,
    book_next,
    credits,
    given,
    got,
    hidden,
    last_rep,
    policy,
    pool,
    shown,
    waiting,
)
from tests.world import BRIEF, World

LINES = """
[routing.fit]
least = 40
points = { Large = 40 }

[routing.interest]
least = 10
points = { Webinar = 10 }

[[traits]]
kind = "segment"
name = "Large"
value_from = 50000

[[traits]]
kind = "skill"
name = "Webinar"
campaigns = ["Ports webinar"]

[[rules]]
name = "Americas"
"""


async def test_the_best_three_are_shown_with_the_times_each_can_do(world: World) -> None:
    nine = MONDAY + timedelta(days=1, hours=-1)
    world.box.outlook.create("rita", "Workshop", nine, nine + timedelta(hours=3))

    await world.brief("pool:emea")

    card = world.reads("quinn")
    first = await world.rows("select search -> 'next' ->> 0 from handoff")
    assert len(first) == 1
    for name in ("Rita Osei", "Ravi Patel", "Rosa Klein"):
        assert f", {name}" in card
    assert "is next, then" in card
    assert "is recorded" in card


async def test_by_the_rules_a_lead_from_america_goes_to_the_american_pool_and_says_by_which_rule(
    world: World,
) -> None:
    large = '[[rules]]\nname = "Large"\nto = "emea"\nvalue_from = 90000\n\n[[rules]]\n'
    await policy(world, ("[[rules]]\n", large))
    await world.brief("next:", contact_zone="America/New_York", value="")

    assert "next in Americas" in world.reads("quinn")
    rule = "Leads from Americas go to Americas: whoever has the company already"
    assert rule in hidden(world, "quinn")
    unknown = "What it is worth is not known: no rule that asks for a worth fits it."
    assert unknown in hidden(world, "quinn")


async def test_ten_who_book_at_once_are_given_reps_within_one_lead_and_nothing_is_lost(
    world: World,
) -> None:
    """Ten leads, shown the same three reps before any is booked; all booked in the same moment, at
    times of their own, so that everyone is free for each.
    """
    ids = await waiting(world, 10, days=TWO_A_DAY)

    said = await book_at_once(world, ids, apart(await shown(world, ids)))

    assert said == [None] * 10
    assert await given(world) == [3, 3, 4]
    [(booked,)] = await world.rows("select count(*) from handoff where state = 'booking'")
    [(turns,)] = await world.rows("select count(*) from routing_record where kind = 'turn'")
    assert booked == turns == 10
    assert await world.app.services.stores.fairness.chain.broken() == []


async def test_whoever_books_a_time_at_once_with_others_gets_who_is_next_of_those_still_free(
    world: World,
) -> None:
    """Ten for three times, so that three at most can be served at each. Whoever was passed over,
    because they were not free, gets the next lead.
    """
    ids = await waiting(world, 10)
    times = await shown(world, ids)
    starts = [some[n % 3] for n, some in enumerate(times)]

    said = await book_at_once(world, ids, starts)

    refused = [start for start, why in zip(starts, said, strict=True) if why]
    assert all(why is None or isinstance(why, NobodyError) for why in said)
    for start in refused:
        free = await world.rows(
            "select name from person where 'emea' = any(pools) and not exists (select from "
            "reservation where rep = person.n and during && tstzrange(%s, %s))",
            *(start, start + timedelta(minutes=30)),
        )
        assert free == [], "refused only where nobody is left"
    assert sum(await given(world)) == 10 - len(refused)
    assert await replaying.replay(world.app.services, None, None) == 0, "as if one by one"
    before = {who: await got(world, who) for who in EMEA}
    assert before[await book_next(world, 11)] == min(before.values())


async def test_a_limit_holds_also_when_many_book_at_once(world: World) -> None:
    await policy(world, pool("limits = { week = 2 }"))
    ids, starts = await waiting(world, 9), []
    for n, id in enumerate(ids):
        search = (await world.case(id)).handoff.search
        assert search
        assert search.found
        starts.append(search.found[n % 2])

    async def book(n: int) -> None:
        rule = partial(
            world.app.services.stores.routing.book,
            by=world.box.person("quinn").id,
            at=world.clock(),
            start=starts[n].start,
            rep=starts[n].rep,
        )
        await world.app.services.stores.handoffs.change(ids[n], rule)

    await asyncio.gather(*(book(n) for n in range(9)), return_exceptions=True)

    given = await world.rows("select person, count(*) from routing_given group by 1")
    assert sorted(count for _, count in given) == [2, 2, 2]


async def test_when_everyone_has_reached_a_limit_the_lead_is_held_and_the_qualifier_told(
    world: World,
) -> None:
    await policy(world, pool("limits = { day = 1 }\noverflow = { hold_hours = 24 }"))
    for n in range(3):
        await book_next(world, n)

    await world.brief("pool:emea", contact_email="late@late.example")

    card = world.reads("quinn")
    assert "HELD FOR THE NEXT FREE REP" in card.upper()
    assert "every rep who is there has reached a limit" in card.lower()
    [(owner, quinn)] = await world.rows(
        "select owner, qualifier from handoff order by number desc limit 1"
    )
    assert owner == quinn, "never without an owner"
    await world.say("rita", "fairness 4")
    assert "Nobody in EMEA could take it on Mon 2 Mar" in world.reads("rita")
    assert "**You**: no room (1 of 1 today" in world.reads("rita")

    await world.until(MONDAY + timedelta(hours=15, minutes=30))  # past every rep's midnight

    assert "Times that suit everyone" in world.reads("quinn")


async def test_a_lead_that_nobody_can_take_goes_to_the_next_pool_or_to_a_named_owner(
    world: World,
) -> None:
    await policy(
        world,
        pool(
            'limits = { day = 1 }\noverflow = { how = "owner", owner = "mara.lind@halden.example" }'
        ),
    )
    for n in range(3):
        await book_next(world, n)

    await world.brief("pool:emea", contact_email="late@late.example")

    assert "so it goes to Mara Lind" in world.reads("quinn")
    await world.press("quinn", "book")
    assert await last_rep(world) == "mara"
    await world.say("rita", "fairness 4")
    assert "**You**: no room (1 of 1 today" in world.reads("rita")
    assert "the policy names Mara Lind for a lead that nobody can take." in world.reads("rita")


async def test_a_lead_sent_back_for_its_own_fault_is_credited_once_and_not_in_a_loop(
    world: World,
) -> None:
    who = await book_next(world, 1)
    await world.press(who, "send_back", reason="brief")
    assert await credits(world, who) == 1

    await world.press("quinn", "fix_brief", needs="More", pains="Less")
    assert await got(world, who) == 2
    await world.press(who, "send_back", reason="brief")

    assert await credits(world, who) == 1, "one for a handoff, however often it comes back"
    with pytest.raises(UniqueViolation):  # the database holds everybody to it
        await world.run("update routing_given set credited_at = at, credited_for = 'lead'")


async def test_a_lead_sent_back_for_another_reason_counts(world: World) -> None:
    who = await book_next(world, 1)
    await world.press(who, "send_back", reason="wrong_owner")

    assert await credits(world, who) == 0


async def test_what_nobody_answers_goes_to_the_backup_never_back_and_then_to_a_manager(
    world: World,
) -> None:
    await policy(world, ("[routing]\n", "[routing]\nbreach_reassigns = true\nhops = 2\n"))
    first = await book_next(world, 1, wanted="2026-03-11")
    [(backup,)] = await world.rows("select backup from routing_given")

    await world.pass_(hours=4)
    second = await last_rep(world)
    assert world.box.person(second).id == backup
    assert len(world.invitations("lead1@firm1.example")) <= 2, "one update at most"
    assert "This looks" not in world.reads("mara")
    await world.until(MONDAY + timedelta(days=1, hours=6))
    third = await last_rep(world)
    assert len({first, second, third}) == 3, "never straight back"
    await world.say(first, "fairness 1")
    read = world.reads(first)
    names = [world.box.person(who).name for who in (second, third)]
    assert [read.count(f"it went to {name} by the policy") for name in names] == [1, 1]
    assert read.startswith(f"NO. 1 · WHO WAS NEXT\n{names[1]}"), "who has it now"

    await world.until(MONDAY + timedelta(days=2, hours=6))

    assert "NEEDS A DECISION" in world.reads("mara")
    assert await last_rep(world) == third


async def test_a_backup_who_is_no_longer_free_is_passed_over(world: World) -> None:
    """Outlook is asked again at the moment at which somebody is needed."""
    await policy(world, ("[routing]\n", "[routing]\nbreach_reassigns = true\nhops = 2\n"))
    first = await book_next(world, 1, wanted="2026-03-11")
    [(backup,)] = await world.rows("select backup from routing_given")
    [(start, end)] = await world.rows("select lower(meeting), upper(meeting) from handoff")
    world.box.outlook.create(backup, "Somebody else's demo", start, end)

    await world.pass_(hours=4)

    second = world.box.person(await last_rep(world)).id
    assert second not in (backup, world.box.person(first).id)


@pytest.mark.parametrize(("value", "invited"), [("99999", 0), ("100000", 1)])
async def test_a_leader_is_invited_to_what_is_worth_enough_once(
    world: World, value: str, invited: int
) -> None:
    await world.install("helen")
    before = world.cards("helen")
    await world.offer("rita", value=value)
    helen = world.box.person("helen").mail

    [event] = world.box.outlook.calendar("quinn", MONDAY, MONDAY + timedelta(days=3))
    assert sum(a.who.mail == helen for a in event.attendees) == invited
    assert world.cards("helen") - before == invited

    await world.press("rita", "send_back", reason="brief")
    await world.press("quinn", "fix_brief", needs="More", value=value)

    [event] = world.box.outlook.calendar("quinn", MONDAY, MONDAY + timedelta(days=3))
    assert sum(a.who.mail == helen for a in event.attendees) == invited
    assert world.cards("helen") - before == invited
    assert len(world.invitations()) <= 2
    if invited:
        [one] = [a for a in event.attendees if a.who.mail == helen]
        assert one.type == "optional"
        assert "YOU ARE INVITED, OPTIONAL" in world.reads("helen")


async def test_turns_go_round_and_every_pick_is_recorded(world: World) -> None:
    chosen = [await book_next(world, n) for n in range(6)]
    assert Counter(chosen) == {"rita": 2, "ravi": 2, "rosa": 2}

    await world.brief("pool:emea", contact_email="pick@pick.example")
    [(first, found)] = await world.rows(
        "select search -> 'next' ->> 0, search -> 'found' from handoff order by number desc limit 1"
    )
    start, other = next((s, r) for s, r, *_ in found if r != first)
    await world.press("quinn", "book", choice=f"{start}|{other}")

    assert await world.rows("select how, person from routing_given order by id desc limit 1") == [
        ("pick", other)
    ]


@pytest.mark.usefixtures("offered")
async def test_a_company_with_an_open_handoff_is_asked_about_first(world: World) -> None:
    form = await world.form()
    inputs: dict[str, Any] = {
        **BRIEF,
        "target": "pool:emea",
        "contact_email": "other@contoso.example",
    }

    answer = await world.click("quinn", "brief", form, **inputs)

    assert "This company has a handoff open already: no. 1, with Rita Osei." in answer.texts()
    assert await world.rows("select count(*) from handoff") == [(1,)]
    await world.work()
    await world.press("quinn", "brief", **inputs)
    assert await world.rows("select count(*) from handoff") == [(2,)]


async def test_of_ten_forms_with_one_contact_at_the_same_moment_one_is_a_handoff(
    world: World,
) -> None:
    both = ("quinn", "priya") * 5
    forms = [await world.form(who) for who in both]
    inputs: dict[str, Any] = {**BRIEF, "target": "pool:emea"}

    answers = await asyncio.gather(
        *(world.click(who, "brief", form, **inputs) for who, form in zip(both, forms, strict=True))
    )

    asked = [one for one in answers if "open already: no. 1" in " ".join(one.texts())]
    assert len(asked) == 9
    assert await world.rows("select count(*) from handoff") == [(1,)]


async def test_a_lead_that_does_not_fit_stays_the_qualifiers_until_they_say_why(
    world: World,
) -> None:
    await policy(world, ('\n[[rules]]\nname = "Americas"\n', LINES))

    await world.brief("pool:emea", value="48000")

    assert "fit is 0 of the 40 points" in world.reads("quinn")
    [(owner, what, who)] = await world.rows(
        "select h.owner, c.what, c.who from handoff h join commitment c on c.handoff = h.id"
    )
    quinn = world.box.person("quinn").id
    assert (owner, what, who) == (quinn, "fit", quinn), "an owner and a clock"
    card = world.newest("quinn")
    carried = next(a for a in card.actions() if a.verb == "find_times").data
    for nothing in ("", "\u200b", " \u2060\0 "):
        filled = {"reason": nothing, "type": "demo", "wanted": "2026-03-11"}
        refused = await world.box.teams.execute(
            "quinn", card, "find_times", {**carried, "target": "pool:emea", **filled}
        )
        assert "Please fill in: Why it should go on" in refused.texts()
    kept = {one["id"]: one.get("value") for one in cards.inputs(refused.card or {})}
    assert (kept["type"], kept["wanted"]) == ("demo", "2026-03-11"), "nobody fills it in twice"
    await world.press("quinn", "find_times", reason="Asked for by their board")
    assert "Times that suit everyone" in world.reads("quinn")
    assert await world.rows("select what, ending from commitment order by n") == [
        *(("fit", "kept"), ("book", None))
    ]


async def test_a_lead_that_fits_once_its_brief_is_right_is_to_be_handed_over_as_any_other(
    world: World,
) -> None:
    lines = LINES.replace("least = 10\n", "least = 0\n")
    await policy(world, ('\n[[rules]]\nname = "Americas"\n', lines))
    await world.brief("pool:emea", value="4800")
    assert "fit is 0 of the 40 points" in world.reads("quinn")
    await world.press("quinn", "correct_brief", value="5800")
    assert "fit is 0 of the 40 points" in world.reads("quinn"), "still too little"

    await world.press("quinn", "correct_brief", value="58000")
    owed = await world.rows("select what, ending from commitment order by n")
    assert owed == [("fit", "kept"), ("book", None)]
    assert "points" not in world.reads("quinn")
    await world.press("quinn", "find_times", target="pool:emea")
    assert "Times that suit everyone" in world.reads("quinn")
    await world.press("quinn", "correct_brief", value="4800")
    assert "fit is 0 of the 40 points" in world.reads("quinn"), "the line holds for what it is now"
    assert "Times that suit everyone" not in world.reads("quinn")
    await world.press("quinn", "find_times", target="pool:emea", reason="Their board asked")
    await world.press("quinn", "correct_brief", needs="Nine sites")
    assert "Times that suit everyone" in world.reads("quinn"), "it goes on for the reason given"


async def test_a_place_that_is_corrected_has_the_lead_go_where_the_rules_say(world: World) -> None:
    await world.brief("next:", contact_zone="America/New_York")
    before = (await world.case(await world.newest_handoff())).handoff.search
    assert before
    await world.press("quinn", "correct_brief", contact_zone="Europe/Lisbon")
    now = (await world.case(await world.newest_handoff())).handoff.search
    assert now
    assert (before.pool, now.pool) == ("americas", "emea")
    assert before.rule != now.rule


async def test_a_lead_without_interest_is_marketings_with_a_clock(world: World) -> None:
    await policy(world, ('\n[[rules]]\nname = "Americas"\n', LINES))
    await world.install("milo")

    await world.brief("pool:emea", value="60000", campaign="Cold list")

    milo, quinn = (world.box.person(name).id for name in ("milo", "quinn"))
    assert "Milo Hart in marketing keeps in touch" in world.reads("quinn")
    assert "interest is 0 of the 10 points" in world.reads("milo")
    assert await world.rows(
        "select h.owner, h.qualifier, c.who, c.what from handoff h, commitment c"
    ) == [(milo, quinn, milo, "nurture")], "it stays Quinn's to hand over"


async def test_who_is_in_two_pools_is_counted_and_stood_in_for_in_the_leads_own(
    world: World,
) -> None:
    """Ravi is in EMEA and in the Americas, which comes first by its letters; then all are."""
    world.box.directory.set_group("Reps Americas", ["noah", "lena", "sam", "ravi"])
    await world.sync()
    for who in ("rita", "rosa"):
        world.box.outlook.create(who, "Workshop", MONDAY, MONDAY + timedelta(days=20))
    await world.brief("pool:emea", wanted="2026-03-05")
    await world.press("quinn", "book")
    assert await last_rep(world) == "ravi"
    for who in ("rita", "rosa"):
        world.box.outlook.delete(who, "Workshop")

    await world.until(MONDAY + timedelta(hours=5))

    emea = {world.box.person(who).id for who in EMEA}
    [(stand_ins,)] = await world.rows("select stand_ins from handoff")
    assert stand_ins
    assert set(stand_ins) < emea, "nobody of the Americas"
    world.box.directory.set_group("Reps Americas", ["noah", "lena", "sam", *EMEA])
    await world.sync()
    card = world.newest("mara")
    to = next(a.title for a in card.actions() if a.verb == "reassign")
    await world.press("mara", "reassign", card, titled=to)
    given = await world.rows("select pool, how from routing_given order by id")
    assert given == [("emea", "next"), ("emea", "reassigned")]


async def test_a_lead_given_by_name_counts_in_the_pool_that_the_rules_send_it_to(
    world: World,
) -> None:
    world.box.directory.set_group("Reps Americas", ["noah", "lena", "sam", "ravi"])
    await world.sync()

    await world.offer("ravi", contact_zone="Europe/Madrid")

    assert await world.rows("select pool, counter, how from routing_given") == [
        ("emea", "emea", "named")
    ]
    await world.say("rita", "fairness 1")
    assert "Quinn Avery asked for Ravi Patel by name." in world.reads("rita")
    assert "It counts for Ravi Patel in EMEA, like any other." in world.reads("rita")
    americas = 'reps = ["group:Reps Americas"]\n'
    await policy(world, (americas, f"{americas}limits = {{ day = 1 }}\n"))
    later = {"contact_zone": "Europe/Madrid", "contact_email": "b@b.example"}
    second = await world.offer("ravi", wanted="2026-03-04", **later)
    assert await world.state(second) == "offered", "the limit is of the other pool"
