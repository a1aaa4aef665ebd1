"""Why not me? Asked by people, answered with the numbers that decided; corrected by managers."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from psycopg.types.json import Jsonb
from structlog.testing import capture_logs

from commands import replaying
from handoff.effects import Famine
from handoff.routing.choose import choose
from handoff.routing.inputs import LEAD, read
from store.metrics import measure
from telemetry import publish_metrics
from tests.hour import MONDAY
from tests.journeys.rotation import EMEA, all_words, book_next, hidden, last_rep, policy
from tests.world import World


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

    *_, answer, theirs = world.box.teams.chat("rosa")
    card_text = "\n".join(answer.texts())
    assert "**You**: not free Tue 09:00 (busy); next free Tue 09:30" in card_text
    assert "Hold" not in card_text
    assert "“Hold”, 09:00 to 09:30 (busy). Without it you were first." in "\n".join(theirs.texts())
    assert "Otherwise it would have been you." in card_text
    assert "target 0.3 − got 0 + credits 0 = short by 0.3" in card_text
    assert chosen != "rosa"
    record = await world.app.services.stores.fairness.chain.assignment_of(
        UUID(str((await world.rows("select id from handoff"))[0][0]))
    )
    assert record
    assert choose(*read(record.record)).chosen == record.chosen


async def test_what_stands_in_a_calendar_is_told_to_its_owner_alone_and_kept_nowhere(
    world: World,
) -> None:
    nine = MONDAY + timedelta(days=1, hours=-1)
    world.box.outlook.create("rosa", "Hold for Fabrikam", nine, nine + timedelta(minutes=30))
    world.box.outlook.create(
        "ravi", "Dentist", nine, nine + timedelta(minutes=30), sensitivity="private"
    )
    await world.brief("pool:emea")
    rita = world.box.person("rita").id
    await world.press("quinn", "book", choice=f"{nine.isoformat()}|{rita}")
    world.clock.forward(timedelta(minutes=5))
    world.box.outlook.create("rosa", "Put there later", nine, nine + timedelta(minutes=15))

    for who in ("mara", "quinn", "ravi", "rosa"):
        await world.say(who, "fairness 1")
    world.box.outlook.delete("rosa", "Hold for Fabrikam")
    await world.say("rosa", "fairness 1")

    read = {who: all_words(world, who) for who in ("mara", "quinn", "ravi", "rosa")}
    assert "Rosa Klein**: not free" in read["mara"]
    assert "(a private appointment)" in read["mara"]
    assert [who for who, said in read.items() if "Fabrikam" in said] == ["rosa"]
    assert read["rosa"].count("Hold for Fabrikam") == 1, "gone, it stands in nobody's way"
    assert not any("Dentist" in said or "Put there later" in said for said in read.values())
    kept = await world.rows(
        "select record::text from routing_record union all select asked::text "
        "from routing_question union all select search::text from handoff"
    )
    assert not any("Fabrikam" in text or "Dentist" in text for (text,) in kept)


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


async def test_a_wrong_assignment_is_said_in_one_click_and_the_manager_answers(
    world: World,
) -> None:
    who = await book_next(world, 1)
    other = next(name for name in EMEA if name != who)
    await world.say(other, "fairness 1")

    await world.press(other, "report_assignment")
    assert "SAID TO BE WRONG" in world.reads("mara")
    assert f"You manage {world.box.person(other).name}, who is in that pool." in hidden(
        world, "mara"
    )
    await world.press("mara", "answer_report", titled="Put it right")

    assert "you are owed one lead more" in world.reads(other)
    assert await book_next(world, 2) == other


async def test_nobody_outside_the_pool_can_say_that_it_is_wrong_or_be_owed_a_lead_in_it(
    world: World,
) -> None:
    who = await book_next(world, 1)
    other = next(name for name in EMEA if name != who)
    await world.say(other, "fairness 1")
    theirs = world.newest(other)
    await world.say("quinn", "fairness 1")
    assert "report_assignment" not in {a.verb for a in world.newest("quinn").actions()}

    carried = next(a for a in theirs.actions() if a.verb == "report_assignment").data
    await world.box.teams.execute("quinn", world.newest("quinn"), "report_assignment", carried)
    third = next(name for name in EMEA if name not in (who, other))
    as_ = "update person set roles = %s, pools = %s where id = %s"
    [was] = await world.rows(
        "select roles, pools, id from person where id = %s", world.box.person(third).id
    )
    await world.run(as_, [], [], was[2])  # who was in it, and only keeps what they owe
    await world.box.teams.execute(third, world.newest(third), "report_assignment", carried)
    await world.run(as_, *was)
    assert await world.rows("select 1 from routing_report") == []

    await world.press(other, "report_assignment", theirs)
    asked = world.newest("mara")
    rest = [name for name in EMEA if name != other]
    world.box.directory.set_group("Reps EMEA", rest)
    for _ in range(2):  # nobody goes by one reading
        await world.sync()
    before = await world.rows("select person, target from routing_book order by 1")
    await world.press("mara", "answer_report", asked, titled="Put it right")

    assert await world.rows("select person, target from routing_book order by 1") == before
    assert await world.rows("select answer from routing_report") == [(None,)]


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
        await world.app.services.stores.door.follow(Famine())
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


@pytest.mark.parametrize("managed", ["by Mara", "by Mara, who has left", "by nobody"])
async def test_after_a_days_leave_and_without_a_manager_it_is_said_all_the_same_and_to_the_rep(
    world: World, managed: str
) -> None:
    await book_next(world, 0)
    rita, ravi = world.box.person("rita").id, world.box.person("ravi").id
    await world.run("update routing_book set since = since - interval '30 days'")
    await world.run("delete from routing_given")
    await world.run(
        "insert into routing_given (handoff, person, counter, pool, at, tags, how) "
        "select id, %s, 'emea', 'emea', %s, '{}', 'named' from handoff, generate_series(1, 4)",
        ravi,
        MONDAY - timedelta(days=3),
    )
    away = "update person set away = tstzmultirange(tstzrange(%s, %s)) where id = %s"
    await world.run(away, MONDAY - timedelta(days=10), MONDAY - timedelta(days=9), rita)
    if managed == "by Mara, who has left":
        mara = world.box.person("mara").id
        await world.run("update person set present = false where id = %s", mara)
    if managed == "by nobody":
        await world.run("update person set managers = '{}' where id = %s", rita)

    await world.app.services.stores.door.follow(Famine())
    await world.work()

    decides = "select (select name from person where id = manager) from routing_alarm"
    [(who,)] = await world.rows(f"{decides} where person = %s", rita)
    heads = {"by Mara": "Mara Lind", "by Mara, who has left": "Helen Strand"}
    assert who == heads.get(managed, who)
    assert (who in heads.values()) is (managed in heads)
    assert f"{who} has been asked" in world.reads("rita")
    beside = "Open deals: {} 0 points, Ravi Patel 0. Those leads of Ravi Patel are worth "
    assert f"{beside.format('you')}€192,000 a year" in world.reads("rita"), "four of €48,000"
    if managed in heads:
        assert beside.format("Rita Osei") in all_words(world, who.split()[0].lower())
    assert "You got no lead in 14 days, Ravi Patel 4" in world.reads("rita")


async def test_beside_the_count_of_leads_stand_a_heavier_load_and_a_worth_that_nobody_knows(
    world: World,
) -> None:
    await book_next(world, 0)
    rita, ravi = world.box.person("rita").id, world.box.person("ravi").id
    await world.run("update routing_book set since = since - interval '30 days'")
    await world.run("delete from routing_given")
    await world.run(
        "insert into routing_given (handoff, person, counter, pool, at, tags, how) "
        "select id, %s, 'emea', 'emea', %s, '{}', 'named' from handoff, generate_series(1, 4)",
        ravi,
        MONDAY - timedelta(days=3),
    )
    await world.run("update handoff set rep = %s", rita)
    await world.run("update lead set value = '', worth = null, worth_currency = null")

    await world.app.services.stores.door.follow(Famine())
    await world.work()

    beside = (
        "Open deals: {} 1 points, Ravi Patel 0. What those leads of Ravi Patel are worth is not "
        "known. A load above the average counts against a turn; it passes as deals end."
    )
    assert beside.format("you") in world.reads("rita")
    assert beside.format("Rita Osei") in all_words(world, "mara")


async def test_a_changed_record_breaks_the_chain_and_is_named(world: World) -> None:
    for n in range(3):
        await book_next(world, n)
    chain = world.app.services.stores.fairness.chain
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


async def test_a_chain_written_anew_to_its_end_is_found_by_the_head_that_was_logged(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    for n in range(4):
        await book_next(world, n)
    chain = world.app.services.stores.fairness.chain
    records = [one async for one in chain.records()]
    heads = [(one.n, one.hash) for one in records]
    found = await measure(world.app.services.stores.reads, world.clock())
    assert (found.chain_n, found.chain_hash) == heads[-1]
    assert found.chain_age == world.clock() - records[-1].at
    with capture_logs() as said:
        telling = asyncio.create_task(publish_metrics(world.app.services.stores.reads, world.clock))
        async with asyncio.timeout(20):
            while not said:  # noqa: ASYNC110  # lines
                await asyncio.sleep(0.05)
        telling.cancel()
    last, hash_ = heads[-1]
    assert [(one["event"], one["head"]) for one in said] == [
        ("chain of routing records", f"{last}:{hash_}")
    ], "where whoever can write the database cannot"

    before = records[1].hash
    for one in records[2:]:
        changed = replace(one, record={**one.record, "backup": None}) if one.n == 3 else one
        before = changed.digest(before)
        await world.run(
            "update routing_record set record = %s, hash = %s where n = %s",
            Jsonb(dict(changed.record)),
            before,
            one.n,
        )
    await world.run("update routing_chain set hash = %s", before)

    assert await chain.broken() == [], "it reads as whole"
    assert await chain.other_than(*heads[1]) is None
    assert await replaying.replay(world.app.services, MONDAY, MONDAY, [heads[-1]]) == 1
    assert "record 4 is not the one whose hash was logged" in capsys.readouterr().out
    assert "the chain ends at 4" in str(await chain.other_than(9, heads[-1][1]))


async def test_what_was_decided_is_decided_again_the_same_and_a_lie_is_found(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    for n in range(4):
        await book_next(world, n)
    assert await replaying.replay(world.app.services, None, None) == 0
    assert "4 choices made again: all the same" in capsys.readouterr().out

    await world.run(
        "update routing_record set record = jsonb_set(record, '{members,0,4}', '720720000000000') "
        "where n = 3"
    )

    assert await replaying.replay(world.app.services, MONDAY, None) == 2
    said = capsys.readouterr().out
    assert "record 3 is not what was written" in said
    assert "record 3: " in said


async def test_one_deal_said_to_be_further_changes_the_very_next_pick(world: World) -> None:
    chosen = [await book_next(world, n) for n in range(3)]
    number = 1 + chosen.index(chosen[0])

    said = await world.say(chosen[0], f"stage {number} negotiation")

    assert said.says("No. 1 is at *negotiation* now.")
    assert await book_next(world, 4) == chosen[1], "5 points against 1 and 1"
    await world.say(chosen[1], "stage 1 proposal")
    assert world.newest(chosen[1]).says(
        "Only the rep of no. 1, or a manager of theirs, can set its stage."
    )
    for more in ("9" * 13, "9" * 20, "٩" * 13):
        await world.say(chosen[0], f"stage {more} proposal")
        assert "Only the rep of no. 9999999999999" in world.reads(chosen[0])
    await world.say(chosen[0], f"stage {'9' * 5_000} proposal")
    assert "I did not understand that." in world.reads(chosen[0])
    await world.say(chosen[0], "stage 1 won")
    assert world.newest(chosen[0]).says("Say one of: discovery, proposal, negotiation.")


async def test_only_who_agreed_to_the_rules_takes_part_where_the_policy_asks_for_it(
    world: World,
) -> None:
    await world.sync()
    assert await world.rows("select 1 from routing_signed") == [], "nobody need agree so far"
    await policy(world, ("[routing]\n", "[routing]\nsigned = true\n"))
    await world.brief("pool:emea")
    assert "HELD FOR THE NEXT FREE REP" in world.reads("quinn")
    assert "has yet to agree to the rules in force" in world.reads("quinn"), "the true reason"
    assert "out of office" not in world.reads("quinn")
    before = {who: world.cards(who) for who in ("rita", "ravi")}
    await world.sync()
    await world.sync()
    await world.work()
    for who, cards in before.items():
        assert world.cards(who) == cards + 1, "asked once"
        assert "Until you do, none comes to you." in world.reads(who)
    assert "NEW RULES" not in world.reads("mara"), "who is in no pool need not agree"
    assert (await world.say("mara", "agree")).says("There is nothing that you have to agree to.")
    assert "agree" in (await world.say("rita", "agree")).verbs(), "they are read first"

    await world.press("ravi", "agree")
    await world.pass_(minutes=16)

    assert "Ravi Patel" in world.reads("quinn")
    assert "Rita Osei" not in world.reads("quinn")
    old = next(m for m in reversed(world.box.teams.chat("rita")) if "agree" in m.verbs())
    more = ('name = "Americas"\nregion', 'name = "America"\nregion')
    await policy(world, ("[routing]\n", "[routing]\nsigned = true\n"), more)
    newer = await world.click("rita", "agree", old)
    assert "The rules have changed again" in " ".join(newer.texts())
    signed = await world.rows("select count(*) from routing_signed where at is not null")
    assert signed == [(1,)], "nobody agrees to what they have not read"
    await world.press("quinn", "find_times", wanted="2026-03-05")
    assert "has yet to agree to the rules in force" in world.reads("quinn"), "Ravi too, to these"


async def test_what_weighs_for_somebody_is_theirs_to_read_and_a_colleagues_cause_is_not(
    world: World,
) -> None:
    ravi, rita = world.box.person("ravi").mail, world.box.person("rita").mail
    off = f'[[reps]]\nwho = "{ravi}"\nweight = 0\n\n'
    new = f'[[reps]]\nwho = "{rita}"\nsince = 2026-02-25\n\n'
    await policy(
        world,
        ('[[rules]]\nname = "Americas"', f'{off}{new}[[rules]]\nname = "Americas"'),
        (
            "load_per_lead = 10\n",
            "load_per_lead = 10\nramp = [50]\nperformance = { floor = 80, ceiling = 120 }\n",
        ),
    )
    who = await book_next(world, 1)
    away = "update person set away = tstzmultirange(tstzrange(%s, %s)) where id = %s"
    await world.run(away, MONDAY, MONDAY + timedelta(days=9), world.box.person("rosa").id)

    read = {}
    for one in ("rita", "ravi", "rosa", "mara"):
        read[one] = (await world.say(one, "fairness")).texts()
    lines = {one: "\n".join(texts) for one, texts in read.items()}

    assert "**Ravi Patel**: not available" in lines["rita"]
    assert "**Rosa Klein**: not available" in lines["rita"]
    assert "left out: has a weight of 0" in lines["ravi"], "of oneself one reads why"
    assert "**Ravi Patel**: left out: has a weight of 0" in lines["mara"], "she manages him"
    assert "**Rosa Klein**: out of office" in lines["mara"]
    assert (
        "Your weight: 100 × 50 % while you are new × 100 % for answers in time. Of the last 90 "
        "days: you 0 of 0, the pool 0 of 0; your share by the pool's, never under 80 % nor over "
        "120 %, and 100 % with fewer than 5 answers." in lines["rita"]
    )
    assert "In EMEA, whoever is next, or whom the qualifier picks" in lines["rita"]
    assert "Americas (region) is a lead with a time zone that begins with" in lines["rita"]
    await world.say(who, "mine")
    assert "Why am I seeing this?" in hidden(world, who)
    assert "a rep answers an offered meeting within 4 working hours" in hidden(world, who)


async def test_who_is_weighed_by_answers_in_time_reads_the_answers_that_weigh(
    world: World,
) -> None:
    terms = "performance = { floor = 80, ceiling = 120, least = 1 }\n"
    await policy(world, ("load_per_lead = 10\n", f"load_per_lead = 10\n{terms}"))
    await world.accepted("rita", wanted="2026-03-05")
    await world.offer("ravi", wanted="2026-03-06", contact_email="b@b.example")
    await world.pass_(hours=5)
    await world.press("ravi", "accept")

    lines = {who: "\n".join((await world.say(who, "fairness")).texts()) for who in EMEA}

    shared = "× {} % for answers in time. Of the last 90 days: you {}, the pool 1 of 2;"
    assert shared.format(120, "1 of 1") in lines["rita"]
    assert shared.format(80, "0 of 1") in lines["ravi"]
    assert shared.format(100, "0 of 0") in lines["rosa"]


async def test_of_many_pools_a_manager_reads_those_of_their_own_people_and_how_many_more_there_are(
    world: World,
) -> None:
    first = '[[pools]]\ncode = "emea"'
    others = "".join(
        f'[[pools]]\ncode = "p{n}"\nname = "Pool {n}"\nreps = ["group:Reps EMEA"]\n\n'
        for n in range(14)
    )
    await policy(world, (first, others + first))

    card = await world.say("mara", "fairness")

    assert card.says("Rita Osei")
    assert card.says("And 4 more pools.")
