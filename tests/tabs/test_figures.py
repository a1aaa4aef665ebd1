"""The pages of figures: each shows what is its reader's to see, by whatever address it is asked
for, and every figure leads to its list, and every line of that to its handoff.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from html import unescape
from itertools import product

from charts import Point
from handoff.asked import LATELY, escaped, time_of
from handoff.figures import BY_CODE, Period, Share
from markup import visible
from store.facts import COLUMNS
from tabs.figures import week_words, weeks_said
from tests.tabs.opened import Answered, opens
from tests.world import POLICY, World

LINK = re.compile(r'href="/tab(/[^"]*)"')
HEAD = re.compile(r'<th scope="row"[^>]*>(.*?)</th>')
NOT_THEIRS = re.compile(r"There (?:is|are) no such \w+, or (?:it is|they are) not yours to see")
NOBODYS = "There is no such page"
AHEAD = "That time has not begun"
HIDDEN = "too few people"
ROLES = ("helen", "mara", "dana", "quinn", "rita", "ravi", "milo", "sam")


def links(page: Answered, to: str) -> list[str]:
    """Where a page leads that begins so."""
    return [unescape(one) for one in LINK.findall(page.html) if one.startswith(to)]


def id_of(world: World, who: str) -> str:
    return escaped(world.box.person(who).id)


def id_of_raw(world: World, who: str) -> str:
    return world.box.person(who).id


def below(world: World) -> Mapping[str, set[str]]:
    """Whom each manages, however far down, by what tests call people."""
    box, found = world.box, dict[str, set[str]]()
    for person in box.directory:
        above = box.directory.manager(person)
        while above:
            found.setdefault(above.key, set()).add(person.key)
            above = box.directory.manager(above)
    return found


async def test_from_her_region_to_one_promise_in_four_clicks_and_rita_reads_the_same(
    lived: World,
) -> None:
    top = await opens(lived, "helen", "/team")
    assert top.reads.index("What those who lead have kept") < top.reads.index("Without a next")
    lead = top.reads[top.reads.index("What those who lead have kept") :]
    assert lead.index("You") < lead.index("Mara Lind"), "her own line first"
    [region] = [one for one in links(top, "/team/below.") if "EMEA" in one][:1]
    one = await opens(lived, "helen", region)
    [team] = links(one, f"/team/team.{id_of(lived, 'mara')}/")[:1]
    two = await opens(lived, "helen", team)
    of_rita = f"/list/overdue/team.{id_of(lived, 'mara')}/4w/who/{id_of(lived, 'rita')}"
    missed = next(
        (
            path
            for path in links(two, "/list/")
            if path.endswith(f"/who/{id_of(lived, 'rita')}")
            and path.split("/")[2] in ("overdue", "missed", "late")
        ),
        of_rita,
    )
    three = await opens(lived, "helen", missed)
    [handoff, *_] = links(three, "/handoff/")
    four = await opens(lived, "helen", handoff)
    assert (top.status, one.status, two.status, three.status, four.status) == (200,) * 5
    assert "Rita Osei" in four.reads

    path = f"/team/person.{id_of(lived, 'rita')}/4w"
    hers, helens = await opens(lived, "rita", path), await opens(lived, "helen", path)
    row = re.compile(r"Kept in time (.*)")
    assert row.findall(hers.reads) == row.findall(helens.reads) != []
    assert row.findall(hers.reads)[0].strip() in (await opens(lived, "rita", "/mine")).reads


async def test_leads_without_a_next_step_are_those_of_today_and_a_week_says_what_was_due_in_it(
    lived: World,
) -> None:
    """On a Monday nothing of the week is overdue yet, and what was due before still waits."""
    monday = lived.clock().date() + timedelta(days=7 - lived.clock().weekday())
    await lived.until(datetime.combine(monday, time(9), UTC))
    page = await opens(lived, "helen", "/team")
    [(count, late)] = await lived.rows(
        "select count(distinct handoff), count(distinct handoff) filter (where due_at <= %s) "
        "from commitment where ended_at is null and (what in ('outcome', 'next_step') "
        "or what = 'rework' and due_at <= %s)",
        *[lived.clock()] * 2,
    )
    assert count >= late > 1
    assert _waiting(page) == (count, late)
    assert "Decide what becomes of it, Quinn Avery, was due" in page.reads, "it was sent back"
    for due, of in ((-1, (count, late)), (1, (count - 1, late - 1))):
        await lived.run(STANDS_STILL, lived.clock() + timedelta(days=due))
        page = await opens(lived, "helen", "/team")
        assert _waiting(page) == of, "a lead that stands still is stuck when that is overdue"
        assert ("Bring it further, or say how it ends, Rita Osei" in page.reads) is (due < 0)
    week = "\n".join((await lived.say("helen", "week")).texts())
    assert "Nothing that was due this week is still to be said." in week


STANDS_STILL = """
update commitment c set what = 'progress', due_at = %s
from (select handoff, n from commitment where ended_at is null and what in ('outcome', 'progress')
    order by what desc, handoff limit 1) as one
where c.handoff = one.handoff and c.n = one.n
"""


def _waiting(page: Answered) -> tuple[int, int]:
    said = re.search(
        r"(\d+) leads? waits? for what comes next\. "
        r"(?:Of these (\d+) (?:is|are)|All are|That is) overdue\.",
        page.reads,
    )
    assert said
    return int(said[1]), int(said[2] or said[1])


async def test_every_figure_leads_to_a_list_as_long_as_it_says(lived: World) -> None:
    seen = 0
    for who, path in (("helen", "/team"), ("mara", "/team"), ("rita", "/mine")):
        page = await opens(lived, who, path)
        for link, words in re.findall(r'<a href="/tab(/list/[^"]+)"[^>]*>([^<]+)</a>', page.html):
            if "tabindex" in words or "title" in words:
                continue
            lines = await opens(lived, who, unescape(link))
            assert lines.status == 200, link
            told = re.fullmatch(r"(\d+)|.*\((\d+) of \d+\)|(\d+) of \d+", unescape(words))
            if told:
                count = int(next(one for one in told.groups() if one))
                assert lines.html.count('<th scope="row"') == count, (link, words)
                seen += 1
    assert seen > 20


def test_a_week_of_which_a_time_has_a_part_is_never_called_that_week() -> None:
    """Else it has one number on the page of four weeks and another on that of the year."""
    today = date(2026, 3, 12)
    year, lately = time_of("2026", today).period, time_of(LATELY, today).period
    for week, period, name, when in (
        ("2026-W10", year, "2 Mar", "in the week of 2 Mar"),
        ("2026-W11", year, "9 Mar", "in the week of 9 Mar so far"),
        ("2026-W11", lately, "9 Mar", "in the week of 9 Mar so far"),
        ("2026-W01", year, "1 to 4 Jan", "from 1 to 4 Jan"),
        ("2026-W07", lately, "13 to 15 Feb", "from 13 to 15 Feb"),
        ("2026-W09", time_of("2026-03", today).period, "1 Mar alone", "on 1 Mar alone"),
        ("2025-W40", time_of("2025-Q3", today).period, "29 to 30 Sep 2025", None),
        ("2025-W01", Period(date(2024, 12, 31), today), "31 Dec 2024 to 5 Jan 2025", None),
        ("2025-W40", Period(date(2025, 9, 30), today), "30 Sep to 5 Oct 2025", None),
    ):
        assert week_words(week, period, today) == (name, when or f"from {name}"), (week, name)
    share = [Share(9, 12), Share(10, 12)]
    points = [
        (Point(name="", value=one.top / one.bottom, says=one.told), when)
        for one, when in zip(share, ("from 13 to 15 Feb", "in the week of 2 Mar"), strict=True)
    ]
    assert weeks_said(BY_CODE["kept_of_due"], points) == (
        "Kept in time: 83 % (10 of 12) in the week of 2 Mar, no clear difference from "
        "75 % (9 of 12) from 13 to 15 Feb."
    )
    few = [(replace(points[0][0], few=True), points[0][1]), points[1]]
    alone = "Kept in time: 83 % (10 of 12) in the week of 2 Mar."
    assert weeks_said(BY_CODE["kept_of_due"], few) == alone


async def test_how_far_leads_come_is_of_those_handed_over_in_picture_and_table_alike(
    lived: World,
) -> None:
    page = (await opens(lived, "mara", "/team")).html
    section = page[page.index("How far leads come") :]
    picture, table = section[: section.index("</svg>")], section[section.index("<table") :]
    drawn = re.findall(r"(\d+) of (\d+)", re.sub(r"<[^>]+>", " ", picture))[::2]  # seen, and said
    told = re.findall(r"(\d+) of (\d+)", re.sub(r"<[^>]+>", " ", table[: table.index("</table>")]))
    rows = [told[n : n + len(drawn)] for n in range(0, len(told), len(drawn))]
    assert len(drawn) == 4
    for n, (top, of) in enumerate(drawn):
        assert (int(top), int(of)) == tuple(sum(int(row[n][i]) for row in rows) for i in (0, 1))


async def test_nobody_opens_what_is_not_theirs_by_any_address(lived: World) -> None:
    """Each page and each list, of every ground, for everyone."""
    theirs = below(lived)
    teams = {"mara", "dana", "helen"}
    people = ("rita", "ravi", "quinn", "mara", "helen")
    names = {who: lived.box.person(who).name for who in (*people, "milo")}
    grounds = [
        *(("person", who) for who in people),
        *(("team", who) for who in ("mara", "dana", "helen")),
        *(("below", which) for which in ("", "EMEA", "Americas")),
        ("leaders", ""),
        *(("pool", which) for which in ("emea", "americas", "nowhere")),
        *(("campaign", which) for which in ("", "ports webinar")),
        ("organisation", ""),
    ]
    looked = 0
    for who, (kind, which) in product(ROLES, grounds):
        named = id_of(lived, which) if kind in ("person", "team") else escaped(which)
        ground = f"{kind}.{named}" if which else kind
        mine = {who, *theirs.get(who, ())}
        shown = {
            "person": which in mine,
            "team": which in mine and which in teams and bool(theirs.get(who)),
            "below": bool(theirs.get(who)),
            "leaders": bool(theirs.get(who)),
        }.get(kind, kind == "organisation")
        for path in (
            f"/team/{ground}/4w",
            f"/team/{ground}/4w/rep",
            f"/list/kept/{ground}/4w",
            f"/list/kept/{ground}/4w/who/{id_of(lived, 'rita')}",
            f"/list/kept_of_due.of/{ground}/2026",
        ):
            page = await opens(lived, who, path)
            lists = path.startswith("/list")
            if kind in ("pool", "campaign", "leaders") or (lists and kind == "organisation"):
                shown_here = False if kind != "leaders" or not lists else shown
                if page.status == 200 and not shown_here:
                    others = [n for key, n in names.items() if key not in mine]
                    assert not [n for n in others if n in page.reads], (who, path)
                continue
            assert page.status == (200 if shown else 404), (who, path)
            assert shown or NOT_THEIRS.search(page.reads), "one way to say so"
            hidden = [name for key, name in names.items() if key not in mine]
            assert not [name for name in hidden if name in page.reads], (who, path)
            looked += page.status == 200
    assert looked > 40


async def test_two_people_of_one_name_are_told_apart_wherever_figures_name_them(
    lived: World,
) -> None:
    await lived.run("update person set name = 'Rita Osei' where id = %s", id_of_raw(lived, "ravi"))
    rita, ravi = (lived.box.person(who).mail for who in ("rita", "ravi"))
    team = f"/team/team.{id_of(lived, 'mara')}/4w"
    for who, path in (("helen", team), ("helen", "/fairness/emea"), ("quinn", "/fairness/emea")):
        page = await opens(lived, who, path)
        for mail in (rita, ravi):
            assert f"Rita Osei ({mail})" in page.reads, (who, path)
        assert "Quinn Avery (" not in page.reads
    [way] = [
        one
        for one in links(await opens(lived, "helen", team), "/list/kept/team")
        if one.endswith(f"/who/{id_of(lived, 'rita')}")
    ]
    assert f"Rita Osei ({rita})" in (await opens(lived, "helen", way)).reads


async def test_neither_a_person_nor_a_team_has_a_time_that_is_a_pools_alone(
    lived: World,
) -> None:
    whole = await opens(lived, "helen", "/team/below/4w")
    assert "Time to reach the rep" in whole.reads
    for page in ("/team", f"/team/person.{id_of(lived, 'rita')}/4w"):
        one = await opens(lived, "mara", page)
        assert "Time to reach the rep" not in one.reads
        assert "Time to answer" in one.reads


MORE = """
insert into fact (sign, n, what, code, reason, at, known_at, who, team, pool, region, segment,
    stage, campaign, policy)
select 1, n, 'missed', 'answer', '', %s - n * interval '1 second', %s, %s, %s, 'x', '', '', '', '',
    1
from generate_series(1, 70) n
"""


async def test_a_list_says_how_long_it_is_on_each_of_its_pages(lived: World) -> None:
    mara, rita, at = id_of_raw(lived, "mara"), id_of_raw(lived, "rita"), lived.clock()
    await lived.run(MORE, at, at, rita, mara)
    [(count,)] = await lived.rows(
        "select sum(sign)::int from fact where what = 'missed' and who = %s", rita
    )
    list_ = f"/list/missed/team.{id_of(lived, 'mara')}/4w/who/{id_of(lived, 'rita')}"
    assert f"1 to 50 of {count}, the newest first" in (await opens(lived, "mara", list_)).reads
    rest = (await opens(lived, "mara", f"{list_}/50")).reads
    assert f"51 to {count} of {count}, the newest first" in rest
    due = f"/list/kept_of_due.of/person.{id_of(lived, 'rita')}/4w"
    told = re.search(r"1 to 50 of (\d+)", (await opens(lived, "mara", due)).reads)
    assert told
    assert int(told[1]) > count, "also what was kept"


async def test_what_was_changed_by_hand_says_how_often_and_leads_to_who_said_why(
    world: World,
) -> None:
    await world.offer("rita")
    await world.pass_(hours=5)
    action = next(one for one in world.newest("mara").actions() if one.verb == "reassign")
    ravi = {"rep": id_of_raw(world, "ravi"), "reason": "Rita is at the fair"}
    await world.box.teams.execute("mara", world.newest("mara"), "reassign", action.data | ravi)
    await world.offer("rita", company="Fabrikam", contact_email="p@fabrikam.example")
    await world.pass_(hours=5)
    await world.press("mara", "talk")
    await world.work()

    page = await opens(world, "helen", "/team/below/4w")

    by_hand = page.html.partition('id="costs"')[2].partition("</section>")[0]
    assert "Given to another rep by a manager" in by_hand
    assert "Talked about instead" in by_hand
    ways = re.findall(r'href="/tab(/list/(?:rerouted|exceptions)/[^"/]+/4w)"', by_hand)
    assert {way.split("/")[2] for way in ways} == {"rerouted", "exceptions"}, "of each hundred"
    assert "1, with 2 handed over" in visible(by_hand), "of so few no part of a hundred"
    for way in ways:
        behind = await opens(world, "helen", unescape(way))
        assert "Mara Lind" in behind.reads, "who it was"
        [story, *_] = links(behind, "/handoff/")
        told = (await opens(world, "helen", story)).reads
        assert "Rita is at the fair" in told or "talks to" in told or "talk to" in told


async def test_a_team_has_who_hands_leads_over_first_then_reps_each_by_name(
    world: World,
) -> None:
    """Whatever each of them kept: nobody is ranked."""
    for rep, company in (("rita", "Ports"), ("ravi", "Docks"), ("rita", "Quays")):
        await world.accepted(rep, company=company, contact_email=f"a@{company.lower()}.example")
    page = await opens(world, "mara", "/team")
    kept = page.html.partition('id="kept"')[2].partition("</table>")[0]
    heads = [unescape(re.sub(r"<[^>]+>", "", one)) for one in HEAD.findall(kept)]
    assert "Who hands leads over first, then reps, each by name" in kept
    assert heads == ["Quinn Avery", "Ravi Patel", "Rita Osei"]
    leaders = page.html.partition('id="leaders"')[2].partition("</table>")[0]
    assert page.html.index('id="leaders"') < page.html.index('id="kept"')
    assert [unescape(re.sub(r"<[^>]+>", "", one)) for one in HEAD.findall(leaders)] == ["You"]


async def test_of_one_week_there_is_a_sentence_and_no_picture_of_one_point(lived: World) -> None:
    page = await opens(lived, "helen", "/team")
    kept = page.html.partition('id="kept"')[2].partition("</section>")[0]
    assert "in the week of" in kept
    assert "<figure" not in kept
    others = ", ".join(one for one in COLUMNS if one != "at")
    await lived.run(
        f"insert into fact (at, {others}) select at - interval '7 days', {others} from fact "
        "where code = 'answer'"
    )
    await lived.run("insert into dirty_day select (at at time zone 'utc')::date from fact")
    page = await opens(lived, "helen", "/team")
    kept = page.html.partition('id="kept"')[2].partition("</section>")[0]
    assert "<figure" in kept, "of two weeks there is"


async def test_whoever_leads_nobody_reads_where_their_own_stands_if_anything_is_theirs(
    lived: World,
) -> None:
    assert "What is yours stands on the page Mine" in (await opens(lived, "rita", "/team")).reads
    nobody = (await opens(lived, "ada", "/team")).reads
    assert "You lead no team, so here is how the whole organisation stands" in nobody
    assert "the page Mine" not in nobody


async def test_with_a_works_council_nobody_reads_of_another_by_name(lived: World) -> None:
    text = POLICY.read_text()
    assert "[figures]" not in text
    stores = lived.app.services.stores
    async with stores.door.open() as tx:
        await stores.policies.publish(
            tx, f"{text}\n[figures]\nworks_council = true\n", lived.clock()
        )
    mara, rita = id_of(lived, "mara"), id_of(lived, "rita")
    number = (await lived.case(await lived.newest_handoff())).handoff.number

    for path in (f"/team/person.{rita}/4w", f"/list/kept/team.{mara}/4w", "/list/kept/below/4w"):
        for who in ("helen", "mara"):
            assert (await opens(lived, who, path)).status == 404, (who, path)
    for who, path in (("helen", "/team"), ("mara", "/team"), ("helen", f"/team/team.{mara}/4w")):
        page = await opens(lived, who, path)
        assert page.status == 200
        assert not [n for n in ("Rita Osei", "Ravi Patel", "Quinn Avery") if n in page.reads]
        assert HIDDEN in page.reads
    assert (await opens(lived, "rita", f"/team/person.{rita}/4w")).status == 200
    for who in ("helen", "ada"):
        page = await opens(lived, who, f"/handoff/{number}")
        assert page.status == 404, f"{who} has no part, whatever the role"
        told = "\n".join((await lived.say(who, f"why {number}")).texts())
        assert not [n for n in ("Rita", "Quinn") if n in told], who
    assert (await opens(lived, "rita", f"/handoff/{number}")).status == 200


async def test_whoever_was_looked_at_reads_it_once_for_a_page(lived: World) -> None:
    await lived.run("truncate look")
    await opens(lived, "mara", "/team")
    rows = await lived.rows("select whose, count(*) from look where what = 'counted' group by 1")
    assert {count for _, count in rows} == {1}
    assert {whose for whose, _ in rows} >= {lived.box.person("rita").id}
    await opens(lived, "rita", "/mine")
    assert not await lived.rows("select 1 from look where by = %s", lived.box.person("rita").id)


async def test_a_campaign_is_its_owners_and_names_nobody(lived: World) -> None:
    milo = lived.box.person("milo").id
    await lived.run(
        "insert into campaign values ('P1', 'p1', 'Ports webinar', 'ports webinar', %s, 'Webinar', "
        "now())",
        milo,
    )
    page = await opens(lived, "milo", "/campaigns")
    [own] = links(page, "/campaigns/campaign.")[:1]
    one = await opens(lived, "milo", own)
    [handed, *_] = links(one, "/list/handed_over/campaign")
    lines = await opens(lived, "milo", handed)

    assert (page.status, one.status, lines.status) == (200, 200, 200)
    assert "Company 0" in lines.reads
    await lived.run("update campaign set spent = 1200050, spent_currency = 'EUR'")
    costs = await opens(lived, "milo", "/campaigns")
    assert "Cost so far" in costs.reads
    assert "€12,000.50" in costs.reads
    assert "since it began, whatever time is looked at" in costs.reads
    for shown in (page, one, lines):
        assert not [n for n in ("Rita Osei", "Ravi Patel", "Quinn Avery") if n in shown.reads]
    for who in ("helen", "mara", "rita"):
        assert (await opens(lived, who, own)).status == 404
        assert "You own no campaign" in (await opens(lived, who, "/campaigns")).reads


async def test_whatever_is_asked_of_figures_there_is_a_page_that_tells_nothing(
    lived: World,
) -> None:
    rita = id_of(lived, "rita")
    ahead = f"{lived.clock() + timedelta(days=400):%Y}"
    for path in (
        *("/team/nothing/4w", "/team/below/yesterday", "/team/below/2026-W60", "/team/below/0001"),
        *(
            "/team/below/4w/colour",
            "/team/person/4w",
            "/team/person./4w",
            "/team/organisation.x/4w",
        ),
        *("/team/team.~zz/4w", "/team/team.~ff/4w", "/team/team.~00/4w", "/team/below/2026-13"),
        *("/team/person.nobody/4w", f"/team/person.{rita}/2026-Q5", "/team/below/999999"),
        *("/list/nothing/below/4w", "/list/kept.of/below/4w", "/list/kept/below/4w/who", "/list/"),
        *("/list/kept/below/4w/who/~e9", "/list/kept/below/4w/colour/x", "/list/kept/below"),
        *("/list/kept/below/4w/who/x/9999999", "/campaigns/below/4w", "/campaigns/campaign.no/4w"),
    ):
        for who in ("helen", "rita"):
            page = await opens(lived, who, path)
            assert page.status == 404, (path, who)
            assert "Osei" not in page.reads
    page = await opens(lived, "helen", f"/team/below/{ahead}")
    assert page.status == 404
    assert AHEAD in page.reads
    for path in (
        *("/team/below/2019", "/list/kept/below/2019", "/team/below.Nowhere/4w"),
        *("/list/kept/below/4w/week/2026-W99", "/list/kept/below/4w/week/x"),
    ):
        assert (await opens(lived, "helen", path)).status == 200, path
    assert (await opens(lived, "helen", "/list/kept/below/4w/who/nobody/100000")).status == 200


WON = """
insert into fact (handoff, sign, n, what, code, reason, at, known_at, who, rep, qualifier, team,
    pool, region, segment, stage, campaign, worth, currency, policy)
select handoff, 1, 0, 'won', '', '', at, known_at, who, rep, qualifier, team, pool, region, segment,
    stage, 'ports webinar', w.worth, w.currency, policy
from (select *, row_number() over (order by id) as nth from fact where what = 'begun') as f
join (values (1, 1200000, 'EUR'), (2, 550050, 'EUR'), (3, 90000, 'USD'), (4, null, null))
    as w (nth, worth, currency) using (nth)
"""


async def test_what_was_won_opens_its_list_with_what_each_deal_is_worth(lived: World) -> None:
    await lived.run(WON)
    await lived.run(
        "insert into campaign values ('P1', 'p1', 'Ports webinar', 'ports webinar', %s, 'Webinar', "
        "now())",
        lived.box.person("milo").id,
    )
    page = await opens(lived, "milo", "/campaigns")
    [told] = re.findall(r'<a href="/tab(/list/worth_won/[^"]+)"[^>]*>([^<]+)</a>', page.html)
    assert told[1] == "€17,500.50 and US$900"
    lines = await opens(lived, "milo", told[0])
    assert lines.html.count('<th scope="row"') == 3, "what nobody knows the worth of is not in it"
    for worth in ("€12,000", "€5,500.50", "US$900"):
        assert f"Won, worth {worth}" in lines.reads
    assert not [n for n in ("Rita Osei", "Ravi Patel", "Quinn Avery") if n in lines.reads]
    hers = await opens(lived, "mara", f"/list/worth_won/team.{id_of(lived, 'mara')}/4w")
    [handoff, *_] = links(hers, "/handoff/")
    assert (await opens(lived, "mara", handoff)).status == 200
