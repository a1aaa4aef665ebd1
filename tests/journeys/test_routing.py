"""Whoever is next, as people live it: chosen fairly, asked about, corrected, never left over."""

import asyncio
import json
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4
from xml.etree import ElementTree as ET

import pytest

import routing_commands
from handoff import rules
from handoff.model import Search
from handoff.routing.choose import choose
from handoff.routing.inputs import LEAD, read
from handoff.routing.policy import Limits, RepTerms
from tests.handoff.conftest import LEAD as LEAD_
from tests.world import BRIEF, INES, MONDAY, POLICY, World

EMEA = ("rita", "ravi", "rosa")


async def policy(world: World, *changes: tuple[str, str]) -> None:
    """The project's policy with something changed is in force."""
    text = POLICY.read_text()
    for before, now in changes:
        assert before in text, before
        text = text.replace(before, now, 1)
    await world.app.services.policies.publish(text, world.clock())


def pool(more: str) -> tuple[str, str]:
    line = 'reps = ["group:Reps EMEA"]\n'
    return line, f"{line}{more}\n"


async def book_next(world: World, n: int, target: str = "pool:emea", **changes: str) -> str:
    """Quinn books the first time with whoever is next. Who it is."""
    await world.brief(target, contact_email=f"lead{n}@firm{n}.example", **changes)
    await world.press("quinn", "book")
    return await last_rep(world)


async def waiting(world: World, leads: int) -> list[UUID]:
    """So many leads with times to choose from, all looked for before any is booked."""
    quinn = await world.app.services.people.find(world.box.person("quinn").id)
    in_force = await world.app.services.policies.current()
    assert quinn
    ids = []
    for n in range(leads):
        search = Search(pool="emea", rep=None, minutes=30, wanted=date(2026, 3, 3 + n))
        lead = replace(LEAD_, contact_email=f"x@firm{n}.example")
        decision = rules.begin(
            id=uuid4(), lead=lead, qualifier=quinn, policy=in_force, at=MONDAY, search=search
        )
        await world.app.services.handoffs.add(decision)
        ids.append(decision.handoff.id)
    await world.work()
    return ids


def hidden(world: World, who: str) -> str:
    """All the words of the newest card, also those that open in place."""
    return json.dumps(world.newest(who).card, ensure_ascii=False)


async def last_rep(world: World) -> str:
    [(rep,)] = await world.rows("select rep from handoff order by number desc limit 1")
    names = {world.box.person(name).id: name for name in (*EMEA, "quinn", "mara")}
    return names.get(rep, str(rep))


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
    await world.brief("next:", contact_zone="America/New_York")

    assert "next in Americas" in world.reads("quinn")
    rule = "Leads from Americas go to Americas: whoever has the company already"
    assert rule in hidden(world, "quinn")


async def test_ten_who_book_at_once_are_given_reps_within_one_lead_and_nothing_is_lost(
    world: World,
) -> None:
    """Ten leads, shown the same three reps before any is booked; all booked in the same moment."""
    routing = world.app.services.routing
    ids = await waiting(world, 10)
    cases = [await world.case(id) for id in ids]
    assert len({c.handoff.search.next for c in cases if c.handoff.search}) == 1, "all see the same"

    async def book(n: int) -> None:
        search = cases[n].handoff.search
        assert search
        assert search.found
        mine = [c for c in search.found if c.rep == search.next[0]]
        plan = routing.book(
            by=cases[n].handoff.qualifier,
            at=world.clock(),
            start=mine[n % 3].start,
            rep=mine[0].rep,
        )
        await world.app.services.handoffs.change_by(ids[n], plan)

    said = await asyncio.gather(*(book(n) for n in range(10)), return_exceptions=True)

    booked = await world.rows(
        "select rep, count(*) from handoff where state = 'booking' group by 1"
    )
    given = await world.rows("select person, count(*) from routing_given group by 1")
    turns = await world.rows("select count(*) from routing_record where kind = 'turn'")
    counts = sorted(count for _, count in booked)
    assert sorted(booked) == sorted(given)
    assert sum(counts) == turns[0][0] == sum(s is None for s in said)
    assert max(counts) - min(counts) <= 1, booked
    assert len(counts) == 3
    assert await world.app.services.fairness.chain.broken() == []


async def test_a_limit_holds_also_when_many_book_at_once(world: World) -> None:
    await policy(world, pool("limits = { week = 2 }"))
    ids, starts = await waiting(world, 9), []
    for n, id in enumerate(ids):
        search = (await world.case(id)).handoff.search
        assert search
        assert search.found
        starts.append(search.found[n % 2])

    async def book(n: int) -> None:
        plan = world.app.services.routing.book(
            by=world.box.person("quinn").id,
            at=world.clock(),
            start=starts[n].start,
            rep=starts[n].rep,
        )
        await world.app.services.handoffs.change_by(ids[n], plan)

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


async def test_why_not_me_is_answered_with_the_numbers_that_decided(world: World) -> None:
    start = MONDAY + timedelta(days=1, hours=-1)  # Tuesday, nine in Madrid
    world.box.outlook.create("rosa", "Hold", start, start + timedelta(minutes=30))
    await world.brief("pool:emea")
    card = world.newest("quinn")
    ravi_or_rita = await world.rows(
        "select c ->> 0, c ->> 1 from handoff, jsonb_array_elements(search -> 'found') c "
        "where c ->> 0 = '2026-03-03T08:00:00+00:00'"
    )
    await world.press("quinn", "book", card, choice="|".join(ravi_or_rita[0]))
    chosen = await last_rep(world)

    await world.say("rosa", "fairness 1")

    card_text = world.reads("rosa")
    assert "**You**: not free at that time" in card_text
    assert "Otherwise it would have been you." in card_text
    assert "target 0.3 − got 0 + credits 0 = short by 0.3" in card_text
    assert chosen != "rosa"
    record = await world.app.services.fairness.chain.turn_of(
        UUID(str((await world.rows("select id from handoff"))[0][0]))
    )
    assert record
    assert choose(*read(record.record)).chosen == record.chosen


async def test_the_card_and_why_and_fairness_say_the_same_numbers(world: World) -> None:
    who = await book_next(world, 1)

    offer = hidden(world, who)
    await world.say(who, "why 1")
    why = world.reads(who)
    await world.say("mara", "fairness 1")
    manager = world.reads("mara")

    line = "target 0.3 − got 0 + credits 0 = short by 0.3"
    assert line in offer
    assert line in why
    assert line in manager
    await world.say(who, "fairness")
    own = world.reads(who)
    assert "got 1" in own
    await world.say("mara", "fairness")
    theirs = world.reads("mara")
    assert "target 0.7 − got 1 + credits 0 = ahead by 0.3" in own
    assert "target 0.7 − got 1 + credits 0 = ahead by 0.3" in theirs


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


async def test_a_lead_sent_back_for_another_reason_counts(world: World) -> None:
    who = await book_next(world, 1)
    await world.press(who, "send_back", reason="wrong_owner")

    assert await credits(world, who) == 0


async def credits(world: World, who: str) -> int:
    [(count,)] = await world.rows(
        "select coalesce(sum(credits), 0) from routing_book where person = %s",
        world.box.person(who).id,
    )
    return int(count)


async def got(world: World, who: str) -> int:
    [(count,)] = await world.rows(
        "select coalesce(sum(got), 0) from routing_book where person = %s", world.box.person(who).id
    )
    return int(count)


async def test_what_nobody_answers_goes_to_the_backup_never_back_and_then_to_a_manager(
    world: World,
) -> None:
    await policy(world, ("[routing]\n", "[routing]\nbreach_reassigns = true\nhops = 2\n"))
    first = await book_next(world, 1, wanted="2026-03-11")
    [(backup,)] = await world.rows("select backup from routing_given")

    await world.pass_(hours=4)
    second = await last_rep(world)
    assert world.box.person(second).id == backup
    assert len(world.box.outside.inbox("lead1@firm1.example")) <= 2, "one update at most"
    assert "This looks" not in world.reads("mara")
    await world.until(MONDAY + timedelta(days=1, hours=6))
    third = await last_rep(world)
    assert len({first, second, third}) == 3, "never straight back"

    await world.until(MONDAY + timedelta(days=2, hours=6))

    assert "NEEDS A DECISION" in world.reads("mara")
    assert await last_rep(world) == third


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
    assert len(world.box.outside.inbox(INES)) <= 2
    if invited:
        [one] = [a for a in event.attendees if a.who.mail == helen]
        assert one.type == "optional"
        assert "YOU ARE INVITED, OPTIONAL" in world.reads("helen")


async def test_a_wrong_assignment_is_said_in_one_click_and_the_manager_answers(
    world: World,
) -> None:
    who = await book_next(world, 1)
    other = next(name for name in EMEA if name != who)
    await world.say(other, "fairness 1")

    await world.press(other, "report_assignment")
    assert "SAID TO BE WRONG" in world.reads("mara")
    await world.press("mara", "answer_report", titled="Put it right")

    assert "you are owed one lead more" in world.reads(other)
    assert await book_next(world, 2) == other


async def test_none_for_two_weeks_while_another_has_three_is_said_once_with_what_would_mend_it(
    world: World,
) -> None:
    await book_next(world, 0)
    rita = world.box.person("rita").id
    await world.run("update routing_book set since = since - interval '30 days'")
    await world.run("delete from routing_given")
    ravi = world.box.person("ravi").id
    await world.run(
        "insert into routing_given (handoff, person, counter, pool, at, tags, how) "
        "select id, %s, 'emea', 'emea', %s, '{}', 'named' from handoff, generate_series(1, 4)",
        ravi,
        MONDAY - timedelta(days=3),
    )

    for _ in range(2):
        await world.app.services.queue.put("famine", once="famine")
        await world.work()

    said = [
        m for m in world.box.teams.chat("mara") if "NO LEADS FOR A WHILE" in "\n".join(m.texts())
    ]
    assert {name for m in said for name in ("Rita Osei", "Rosa Klein") if name in m.texts()} == {
        "Rita Osei",
        "Rosa Klein",
    }
    assert len(said) == 2, "one for each, once"
    assert "Of the next 6 leads: " in world.reads("mara")
    about = next(m for m in said if "Rita Osei" in m.texts())
    before = await world.rows("select target from routing_book where person = %s", rita)
    await world.press("mara", "answer_alarm", about, titled="Do it")
    after = await world.rows("select target from routing_book where person = %s", rita)
    assert after[0][0] > before[0][0]
    assert (after[0][0] - before[0][0]) % LEAD == 0


async def test_a_changed_record_breaks_the_chain_and_is_named(world: World) -> None:
    for n in range(3):
        await book_next(world, n)
    chain = world.app.services.fairness.chain
    assert await chain.broken() == []

    await world.run(
        "update routing_record set chosen = %s where n = 2", world.box.person("rita").id + "x"
    )
    assert await chain.broken() == ["record 2 is not what was written"]
    await world.run("delete from routing_record where n = 3")
    assert await chain.broken() == [
        "record 2 is not what was written",
        "the records after 2 are missing",
    ]


async def test_turns_go_round_and_every_pick_is_recorded(world: World) -> None:
    chosen = [await book_next(world, n) for n in range(6)]
    assert Counter(chosen) == {"rita": 2, "ravi": 2, "rosa": 2}

    await world.brief("pool:emea", contact_email="pick@pick.example")
    [(first, found)] = await world.rows(
        "select search -> 'next' ->> 0, search -> 'found' from handoff order by number desc limit 1"
    )
    start, other = next((s, r) for s, r in found if r != first)
    await world.press("quinn", "book", choice=f"{start}|{other}")

    assert await world.rows("select how, person from routing_given order by id desc limit 1") == [
        ("pick", other)
    ]


async def test_what_was_decided_is_decided_again_the_same_and_a_lie_is_found(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    for n in range(4):
        await book_next(world, n)
    assert await routing_commands.replay(world.app.services, None, None) == 0
    assert "4 choices made again: all the same" in capsys.readouterr().out

    await world.run(
        "update routing_record set record = jsonb_set(record, '{members,0,4}', '720720000000000') "
        "where n = 3"
    )

    assert await routing_commands.replay(world.app.services, MONDAY, None) == 2
    said = capsys.readouterr().out
    assert "record 3 is not what was written" in said
    assert "record 3: " in said


async def test_a_draft_is_tried_on_what_was_really_asked(
    world: World, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    for n in range(9):
        await book_next(world, n)
        world.clock.forward(timedelta(minutes=1))
    same = (await world.app.services.policies.current()).routing
    whole = await world.app.services.policies.current()
    await routing_commands.simulation(world.app.services, whole)
    assert "no difference" in capsys.readouterr().out

    rita = RepTerms(who=world.box.person("rita").mail, weight=400)
    heavy = replace(whole, routing=replace(same, reps=(rita,)))
    drawn = tmp_path / "draft.svg"
    await routing_commands.simulation(world.app.services, heavy, out=drawn)

    said = capsys.readouterr().out
    line = next(line for line in said.splitlines() if line.startswith("Rita Osei"))
    assert [int(part) for part in line.split()[2:4]] == [3, 6]
    assert "9 leads; " in said
    picture = ET.fromstring(drawn.read_text())
    assert "Rita Osei" in [text.text for text in picture.iter() if text.tag.endswith("text")]
    assert "+3" in drawn.read_text()

    capped = replace(same.terms("emea"), limits=Limits(week=2))
    strict = replace(whole, routing=replace(same, pools={**same.pools, "emea": capped}))
    await routing_commands.simulation(world.app.services, strict)
    said = capsys.readouterr().out
    assert "at a limit" in said
    assert "3 to nobody" in said


async def test_a_company_with_an_open_handoff_is_asked_about_first(world: World) -> None:
    await world.offer("rita")
    form = await world.say("quinn", "book")
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
    assert (owner, what, who) == (quinn, "book", quinn), "an owner and a clock"
    card = world.newest("quinn")
    carried = next(a for a in card.actions() if a.verb == "find_times").data
    refused = await world.box.teams.execute("quinn", card, "find_times", {**carried, "reason": ""})
    assert "Please fill in: Why it should go on" in refused.texts()
    await world.press("quinn", "find_times", reason="Asked for by their board")
    assert "Times that suit everyone" in world.reads("quinn")


async def test_a_lead_without_interest_is_marketings_with_a_clock(world: World) -> None:
    await policy(world, ('\n[[rules]]\nname = "Americas"\n', LINES))
    await world.install("milo")

    await world.brief("pool:emea", value="60000", campaign="Cold list")

    milo = world.box.person("milo").id
    assert "It is with Milo" in world.reads("quinn")
    assert "interest is 0 of the 10 points" in world.reads("milo")
    assert await world.rows("select h.owner, c.who from handoff h, commitment c") == [(milo, milo)]


async def test_one_deal_said_to_be_further_changes_the_very_next_pick(world: World) -> None:
    chosen = [await book_next(world, n) for n in range(3)]
    number = 1 + chosen.index(chosen[0])

    said = await world.say(chosen[0], f"stage {number} negotiation")

    assert said.says("No. 1 is at *negotiation* now.")
    assert await book_next(world, 4) == chosen[1], "5 points against 1 and 1"
    await world.say(chosen[1], "stage 1 proposal")
    assert world.newest(chosen[1]).says("This card is for someone else")
    await world.say(chosen[0], "stage 1 won")
    assert world.newest(chosen[0]).says("Say one of: discovery, proposal, negotiation.")


async def test_only_who_agreed_to_the_rules_takes_part_where_the_policy_asks_for_it(
    world: World,
) -> None:
    await policy(world, ("[routing]\n", "[routing]\nsigned = true\n"))
    await world.brief("pool:emea")
    assert "Held for the next free rep" in world.reads("quinn")

    await world.say("ravi", "agree")
    await world.pass_(minutes=16)

    assert "Ravi Patel" in world.reads("quinn")
    assert "Rita Osei" not in world.reads("quinn")
