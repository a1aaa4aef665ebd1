"""The report of a week: what it says, to whom and when, and that it stays as it was sent."""

import json
import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from urllib.parse import unquote
from uuid import UUID

import pytest

from cards.read_audit import WHAT
from handoff import weekly
from handoff.effects import MailWeeklyReport, ReportWeek, ShowWeeklyReport, Sweep
from handoff.figures import Period, Share
from handoff.scope import scope_of
from handoff.weekly import Correction, Line, Report
from store import keeping
from store.forgetting import forget_colleague
from store.weekly_reports import _written
from tests.beginnings import Beginning
from tests.cards.variants import of
from tests.journeys.rotation import policy
from tests.tabs.opened import opens
from tests.tabs.test_figures import links
from tests.world import World, a_world
from tools.seed import Plan, seed

WEEK = date(2026, 3, 2)
MONDAY = datetime(2026, 3, 9, tzinfo=UTC)
TOLD = MONDAY + timedelta(hours=8, minutes=1)  # nine in Madrid, half past three in New York
NOTICE = {
    "NOTICE_MAILBOX": "ada.novak@halden.example",
    "TEAMS_APP_ID": "6d3c11a5-0a7e-4b8e-9d0f-7a1b2c3d4e5f",
}


async def minute(world: World, at: datetime) -> None:
    """What is done each minute, then; and what follows from it."""
    follow = world.app.services.stores.door.follow
    world.clock.set(at - weekly.SETTLES - timedelta(minutes=1))
    await follow(Sweep())
    await world.work()
    world.clock.set(at)
    for _ in range(2):
        await follow(ReportWeek())
        await world.work()


async def sent(world: World, who: str, week: date | None = None) -> Report:
    stores = world.app.services.stores
    person = await stores.people.find(world.box.person(who).id)
    assert person
    scope = await stores.figures.scope(person, await stores.policies.current())
    found = await stores.weekly.of(scope, week)
    assert found
    return found


def told(world: World, who: str) -> list[str]:
    """The words of each card that is of a week."""
    chat = [one.texts() for one in world.box.teams.chat(who) if one.from_bot]
    return ["\n".join(words) for words in chat if "WEEKLY REPORT" in words]


def why(world: World, who: str) -> str:
    """What is on the newest card, what opens on it too."""
    return json.dumps(world.newest(who).card)


def actions(world: World, who: str) -> list[dict[str, str]]:
    card = world.newest(who).card
    assert card
    return of(card, "Action.Execute", "Action.OpenUrl")


def mailed(world: World, who: str) -> list[str]:
    return [
        one.body.content
        for one in world.box.outlook.mail(who, "inbox")
        if ".weekly.baton@" in one.internet_id
    ]


def came(line: Line | None, key: str) -> object:
    assert line
    return line.now[key].whole


async def test_everyone_has_the_week_once_when_they_begin_to_work_with_what_is_theirs_in_it(
    database: str,
) -> None:
    async with a_world(database, begins=Beginning.ACCEPTED, more=NOTICE) as world:
        await world.install("theo", "milo", "helen")
        assert not await world.rows("select from weekly_report")

        await minute(world, MONDAY + timedelta(minutes=4))
        assert not await world.rows("select from weekly_report"), (
            "what was decided is being written"
        )
        await minute(world, MONDAY + timedelta(minutes=5))
        assert came((await sent(world, "rita")).own, "accepted") == 1
        assert not told(world, "rita"), "it is night"

        await minute(world, TOLD)
        await minute(world, TOLD + timedelta(minutes=1))
        [card] = told(world, "rita")
        assert "2 to 8 March 2026" in card
        assert (
            "**You**: 1 lead was handed over, 1 accepted this week, 1 of 2 promises kept in time."
            in card
        )
        assert "Figures are not shown, for they are about too few people, or would tell" in card, (
            "the organisation's are hidden"
        )
        assert "Mara" not in card
        assert "when they begin to work after it" in why(world, "rita"), "by which rule it came"
        assert len(card) < 500, "what is more is one click away"
        [primary] = [one for one in actions(world, "rita") if one.get("style") == "positive"]
        assert (primary["title"], primary["type"]) == ("Open the week", "Action.OpenUrl")
        assert "weeks%2F2026-03-02" in primary["url"]
        [mail] = mailed(world, "rita")
        assert "<b>You</b></a>: 1 lead was handed over, 1 accepted" in mail
        [place] = set(
            re.findall(r"subEntityId%22%3A%22(weeks%2F[^%]+%2F\w+%2Fperson[^%]+)%22", mail)
        )
        behind = await opens(world, "rita", f"/{unquote(place)}")
        assert "1 in the week of 2 to 8 March 2026" in behind.reads, "the very row"
        assert "Open it in Teams" in mail
        assert mailed(world, "theo") == told(world, "theo") == [], "New York sleeps"

        for hour in (9, 14):
            await minute(world, MONDAY + timedelta(hours=hour))
        [idle] = told(world, "theo")
        assert "**You**: nothing of this week." in idle, "who did nothing has it too"
        [lead] = told(world, "helen")
        assert "You and everyone you lead" in lead
        assert "Handed over: 1; the week before 0." in lead
        [more] = mailed(world, "helen")
        for section in weekly.SECTIONS:
            assert f">{section.title}</h2>" in more
        assert "1 lead was handed over; the week before 0. A rep has said yes to 1 of them" in more
        assert "<b>Mara Lind’s team</b></a>: 1 lead was handed over" in more
        teams = set(re.findall(r"subEntityId%22%3A%22(weeks%2F[^%]+%2F\w+%2Fteam[^%]+)%22", more))
        assert teams
        assert [len(mailed(world, who)) for who in ("rita", "helen", "theo")] == [1, 1, 1]
        assert not mailed(world, "ada"), "who is none of sales"
        assert not [
            one
            for one in world.box.outlook.mail("ada", "sentitems")
            if ".weekly." in one.internet_id
        ]
        looks = await world.rows("select distinct what from look where by = (%s)", ids(world)[1])
        assert looks == [("weekly",)]
        for place in teams:
            page = await opens(world, "helen", f"/{unquote(place)}")
            assert page.status == 200
            assert "Contoso Logistics" in page.reads
        assert "weekly" in WHAT

        for owed in ("commitment", "pledge"):  # nothing is to be missed any more
            await world.run(f"update {owed} set rings_at = null")
        await minute(world, MONDAY + timedelta(days=14, hours=9))
        assert len(told(world, "rita")) == 1, "a week without any event has no report"


async def test_a_week_whose_alarms_have_yet_to_ring_is_not_told_before_they_have(
    world: World,
) -> None:
    """Nobody worked over the weekend: not the worker either."""
    await world.offer()
    world.clock.set(MONDAY + timedelta(minutes=30))
    stores = world.app.services.stores
    await stores.door.follow(ReportWeek())
    await world.work()
    assert not await stores.weekly.made(Period.week_of(WEEK)), "Rita's answer was due on Monday"

    await stores.door.follow(Sweep())
    await world.work()
    await stores.door.follow(ReportWeek())
    await world.work()
    kept = came((await sent(world, "rita")).own, "kept_of_due")
    assert kept == Share(top=0, bottom=2), "her answer, and her reply"


def ids(world: World) -> tuple[str, str]:
    return world.box.person("rita").id, world.box.person("helen").id


async def test_it_stays_as_it_was_sent_and_is_the_same_when_it_is_made_again(
    world: World, accepted: UUID
) -> None:
    stores = world.app.services.stores
    for day in (3, 4, 5, 6):
        await world.until(datetime(2026, 3, day, 14, tzinfo=UTC))  # nobody says how it went
    await minute(world, TOLD)
    report = await sent(world, "rita", WEEK)
    rita = await stores.people.find(world.box.person("rita").id)
    assert rita
    assert report.own
    assert came(report.own, "overdue") == 1

    async def anew(known: datetime | None) -> Line:
        scope = scope_of(rita, {}, (), await stores.policies.current())
        return await stores.weekly.line(scope, "person", rita.id, report.week, known)

    world.clock.set(MONDAY + timedelta(hours=10))
    await world.press(
        "rita", "how_it_went", await world.found("rita", "how_it_went"), outcome="held"
    )
    again = await anew(report.cut_off)
    assert again == report.own, "as it was known then"
    assert await sent(world, "rita", WEEK) == report
    now = await anew(None)
    assert Correction("overdue", "", 1, 0) in weekly.corrections(report.own.now, now.now)


@pytest.mark.parametrize("rules", ["", "works_council = true\nline_manager = true\n"])
async def test_a_report_says_of_a_team_and_of_everybody_what_its_reader_may_see_and_no_more(
    database: str, rules: str
) -> None:
    async with a_world(database) as world:
        figures = f"[figures]\nleast_people = 3\n{rules}\n[[pools]]"
        await policy(world, ("[[pools]]", figures))
        world.clock.set(MONDAY)
        await seed(database, Plan(handoffs=400, until=MONDAY, years=0.3, people=12))
        await minute(world, TOLD)
        stores = world.app.services.stores
        week = Period(WEEK, date(2026, 3, 9))
        readers = await stores.weekly.readers(week, await stores.policies.current())
        looked, hidden = 0, set()

        for reader in readers:
            report = await stores.weekly.of(reader.scope)
            assert report
            assert {one.whose for one in report.teams} == reader.scope.teams
            for line in filter(None, (report.organisation, report.below, *report.teams)):
                shown = await stores.weekly.numbers(
                    reader.scope, line.kind, line.whose, report.week, report.cut_off
                )
                assert line.now == shown, (reader.person.name, line.kind)
                looked += 1
                hidden |= {line.kind for told in shown.values() if told.whole is None}
        assert looked > 20
        assert "organisation" in hidden or not rules


async def test_a_report_that_was_made_once_for_everybody_says_to_each_what_they_may_see_today(
    database: str,
) -> None:
    """Before a line of the organisation was kept for each reader, one was for all."""
    async with a_world(database) as world:
        await policy(world, ("[[pools]]", "[figures]\nleast_people = 3\n[[pools]]"))
        world.clock.set(MONDAY)
        await seed(database, Plan(handoffs=400, until=MONDAY, years=0.3, people=12))
        await minute(world, TOLD)
        stores = world.app.services.stores
        week = Period(WEEK, date(2026, 3, 9))
        readers = await stores.weekly.readers(week, await stores.policies.current())
        reports = [await stores.weekly.of(one.scope) for one in readers]
        theirs = [one.organisation for one in reports if one]
        assert len({str(one.now) for one in theirs}) > 1
        open_ = replace(readers[0].scope, names=frozenset(), least=1)
        everything = await stores.weekly.line(
            open_, "organisation", "", week, reports[0].cut_off if reports[0] else None
        )
        said = json.dumps(_written(everything.now)), json.dumps(_written(everything.before))
        await world.run("delete from weekly_line where kind = 'organisation' and reader <> ''")
        await world.run(
            "update weekly_line set now = %s, before = %s where kind = 'organisation'", *said
        )

        for reader, line in zip(readers, theirs, strict=True):
            report = await stores.weekly.of(reader.scope)
            assert report
            assert report.organisation == line


async def test_whoever_owns_a_campaign_has_one_line_of_it_by_whichever_name_leads_say_it(
    world: World, accepted: UUID
) -> None:
    await world.run(
        "insert into campaign values "
        "('P1', 'p1', 'Ports webinar', 'ports webinar', %s, '', now()), "
        "('P2', 'p2', 'Hannover fair', 'hannover fair', %s, '', now())",
        *[world.box.person("milo").id] * 2,
    )
    await world.install("milo")
    await minute(world, TOLD)
    await minute(world, MONDAY + timedelta(hours=14))
    card = why(world, "milo")
    assert "**Ports webinar**: 1 lead was handed over, 1 accepted this week." in card
    assert "Source" not in card, "of one alone all has been said"
    week = (await opens(world, "milo", "/weeks")).reads
    assert "Ports webinar: 1 lead was handed over, 1 accepted this week." in week
    campaigns = (await sent(world, "milo")).campaigns
    assert [one.whose for one in campaigns] == ["p1", "p2"]

    await world.run(  # as it was written before
        "insert into weekly_line (week, kind, whose, reader, now, before) select week, kind, "
        "'ports webinar', reader, now, before from weekly_line where whose = 'p1'"
    )
    assert (await sent(world, "milo")).campaigns == campaigns
    page = await opens(world, "milo", "/campaigns")
    assert len(links(page, "/campaigns/campaign.")) == len(campaigns)


async def test_a_week_ends_on_the_clocks_of_the_organisation(world: World, accepted: UUID) -> None:
    await policy(world, ("[[pools]]", '[weekly]\nzone = "Pacific/Auckland"\n\n[[pools]]'))
    sunday = datetime(2026, 3, 8, 11, 5, tzinfo=UTC)  # five past midnight of Monday there

    await minute(world, sunday - timedelta(minutes=1))
    assert not await world.rows("select from weekly_report")
    await minute(world, sunday)

    report = await sent(world, "rita")
    assert report.week == Period(WEEK, date(2026, 3, 9), "Pacific/Auckland")
    assert report.week.begin == datetime(2026, 3, 1, 11, tzinfo=UTC)
    [due] = await world.rows(
        "select due_at from weekly_reader where person = %s", world.box.person("rita").id
    )
    assert due[0].astimezone(UTC) == MONDAY + timedelta(hours=8), "but for Rita on hers"


async def test_no_policy_no_report_and_without_a_mailbox_no_mail(
    world: World, accepted: UUID
) -> None:
    await policy(world, ("[[pools]]", "[weekly]\nsend = false\n\n[[pools]]"))
    await minute(world, TOLD)
    assert not await world.rows("select from weekly_report")

    await policy(world)
    await minute(world, TOLD)
    assert len(told(world, "rita")) == 1
    assert not mailed(world, "rita")


async def test_who_is_forgotten_is_in_no_report_by_name_and_its_sums_stay(
    world: World, accepted: UUID
) -> None:
    stores = world.app.services.stores
    await minute(world, TOLD)
    before = await sent(world, "helen")
    rita, _ = ids(world)
    async with stores.door.open() as tx:
        await forget_colleague(tx, rita)

    after = await sent(world, "helen")
    left = tuple(one for one in before.people if one.whose != rita)
    assert len(left) == len(before.people) - 1
    assert after == replace(before, people=left), "the numbers are what was sent"
    gone = await stores.people.find(rita)
    assert gone
    hers = scope_of(gone, {}, (), await stores.policies.current())
    assert await stores.weekly.of(hers) is None, "what was hers alone is gone"
    [(name,)] = await world.rows("select name from person where id = %s", rita)
    assert name == "A former colleague"

    async with stores.door.open() as tx:
        assert await keeping.reports(tx, TOLD + timedelta(days=800), 500)
    assert await world.rows("select distinct kind from weekly_line order by 1") == [
        ("organisation",),
        ("team",),
    ]


async def test_what_is_in_line_and_cannot_be_shown_is_not(world: World, accepted: UUID) -> None:
    follow = world.app.services.stores.door.follow
    rita = world.box.person("rita").id
    before = world.cards("rita")

    await follow(ShowWeeklyReport(rita, WEEK), MailWeeklyReport(rita, WEEK))
    await follow(ShowWeeklyReport("nobody", WEEK), MailWeeklyReport("nobody", WEEK))
    await world.work()

    assert world.cards("rita") == before


async def test_report_week_and_team_answer_with_the_first_lines_and_lead_to_the_tab(
    database: str,
) -> None:
    async with a_world(database, begins=Beginning.ACCEPTED, more=NOTICE) as world:

        async def says(who: str, word: str) -> str:
            await world.say(who, word)
            return world.reads(who)

        assert "There is no report yet." in await says("rita", "report")
        for told_ in (await says("ada", "report"), (await opens(world, "ada", "/weeks")).reads):
            assert "The report of the week is for the sales organisation." in told_, "none comes"
        week = await says("rita", "Week")
        assert "THIS WEEK SO FAR" in week
        assert (
            "**You**: 1 lead was handed over, 1 accepted this week, 1 of 1 promises kept in time."
            in week
        )
        assert "Open in the tab" in week
        assert "1 lead was handed over" in await says("helen", "week")
        team = await says("helen", "team")
        assert "**Mara Lind’s team**: 1 lead was handed over, 1 accepted" in team
        assert team.index("**You**") < team.index("**Mara Lind’s"), "her own line first"
        assert "**Your team**: 1 lead was handed over" in await says("mara", "team")
        assert "Nobody reports to you" in await says("rita", "team")
        helped = await says("rita", "help")
        assert all(f"*{word}*" in helped for word in ("report", "team", "*week*"))

        await minute(world, TOLD)
        before = told(world, "rita")
        assert await says("rita", "report") == world.reads("rita")
        assert told(world, "rita") == [*before, *before], "as it was sent"


@pytest.mark.parametrize("permitted", ["within the week", "after it"])
async def test_a_report_that_baton_may_not_mail_waits_for_the_right_as_long_as_it_is_news(
    database: str, permitted: str
) -> None:
    async with a_world(database, begins=Beginning.ACCEPTED, more=NOTICE) as world:
        refused = world.box.faults.graph_status(
            403, "ErrorAccessDenied", times=None, path="/sendMail", person="ada"
        )
        await minute(world, MONDAY + timedelta(minutes=5))
        await minute(world, TOLD)
        await minute(world, TOLD + timedelta(minutes=1))
        assert told(world, "rita"), "the card has come"
        assert not mailed(world, "rita")

        world.box.faults.lift(refused)
        days = 2 if permitted == "within the week" else 7
        world.clock.set(MONDAY + timedelta(days=days, hours=10))
        await world.run("update procrastinate_jobs set scheduled_at = null where status = 'todo'")
        await world.work()
        assert len(mailed(world, "rita")) == (permitted == "within the week")
        left = "select 1 from procrastinate_jobs where task_name = 'mail_weekly_report' "
        assert not await world.rows(f"{left} and status in ('todo', 'failed')")


async def test_a_mailbox_sends_no_more_in_a_minute_than_it_may_and_nothing_where_it_is_not_to(
    database: str,
) -> None:
    waiting = "select count(*) from weekly_reader where mail_at is null"
    async with a_world(database, begins=Beginning.ACCEPTED, more=NOTICE) as world:
        follow = world.app.services.stores.door.follow
        await minute(world, MONDAY + timedelta(minutes=5))
        await world.run(
            "insert into weekly_reader select %s, 'nobody ' || n, '{}', '{}', '{}', %s "
            "from generate_series(1, 40) n",
            WEEK,
            MONDAY,
        )
        await policy(world, ("[[pools]]", "[weekly]\nmail = false\n\n[[pools]]"))
        await follow(ReportWeek())
        await world.work()
        [(before,)] = await world.rows(waiting)
        assert before == 53
        await policy(world)
        await follow(ReportWeek())
        await world.work()
        assert await world.rows(waiting) == [(before - 25,)]
