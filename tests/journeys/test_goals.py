"""A goal stands to its figure, for whoever may see it."""

import re
from datetime import UTC, date, datetime
from io import BytesIO
from uuid import UUID

import pytest
from openpyxl import Workbook

from commands import goal_lists
from commands.lead_files import table
from handoff.asked import LATELY, escaped
from handoff.figures import Share
from handoff.goals import COLUMNS
from handoff.lead_list import Table
from markup import visible
from store.goals import Attained
from tests.tabs.opened import opens
from tests.world import POLICY, World


def listed(*rows: str, head: str = "figure;of;whose;since;until;target") -> Table:
    return table("\n".join((head, *rows)).encode(), columns=COLUMNS)


async def seen(world: World, who: str) -> list[Attained]:
    stores = world.app.services.stores
    everyone = await stores.people.everyone()
    policy = await stores.policies.current()
    scope = await stores.figures.scope(everyone[world.box.person(who).id], policy)
    found = await stores.goals.standing(scope, datetime(2026, 3, 16, tzinfo=UTC))
    return [one for one in found if one.value is not None]


async def test_each_sees_the_goals_that_are_theirs_and_their_teams_own_first(
    world: World, accepted: UUID, capsys: pytest.CaptureFixture[str]
) -> None:
    rita, mara, quinn = (world.box.person(who).mail for who in ("rita", "mara", "quinn"))
    march = "2026-03-01;2026-03-31"
    goals = listed(
        f"accepted;organisation;;{march};10",
        f"accepted;team;{mara};{march};4",
        f"kept_of_due;person;{rita};{march};90 %",
        f"handed_over;person;{quinn};{march};2",
        f"accepted;pool;emea;{march};5",
        f"accepted;person;{rita};2026-04-01;2026-04-30;5",
    )
    services = world.app.services

    assert await goal_lists.take_in(services, "goals.csv", goals) == 0
    assert "6 goals, 6 of them new or changed" in capsys.readouterr().out
    assert await goal_lists.take_in(services, "goals.csv", goals) == 0
    assert "6 goals, 0 of them new or changed" in capsys.readouterr().out
    more = listed(f"accepted;team;{mara};{march};8")
    assert await goal_lists.take_in(services, "goals.csv", more) == 0

    assert [(one.goal.of, one.value) for one in await seen(world, "rita")] == [
        ("person", Share(1, 1)),
    ], "the pool's and the organisation's are about too few people yet"
    told = {(one.goal.of, one.goal.figure): one for one in await seen(world, "mara")}
    assert told.keys() == {
        ("team", "accepted"),
        ("person", "kept_of_due"),
        ("person", "handed_over"),
    }
    team = told["team", "accepted"]
    assert (team.value, team.goal.target, team.before) == (1, 8, (4,)), "both are shown"
    assert team.standing
    assert team.standing.reached == 1 / 8
    assert not team.standing.on_course
    assert (await seen(world, "mara"))[0] == team, "the leader's own first"
    quinns = told["person", "handed_over"].standing
    assert quinns
    assert quinns.left == 1
    assert await seen(world, "milo") == []


ELSEWHERE = """
with counted as (insert into fact (sign, n, what, code, reason, at, known_at, who, team, pool,
    region, segment, stage, campaign, policy)
select 1, 0, 'begun', '', '', at, at, %s, '', '', '', '', '', '', 1 from fact limit 1 returning at)
insert into dirty_day select (at at time zone 'utc')::date from counted
"""


REGION = "'mara', 'emea', 'Europe', ''"


async def test_a_regions_goal_stands_for_everyone_in_it_and_names_nobody(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    text = POLICY.read_text().replace('name = "EMEA"', 'name = "EMEA"\nregion = "Europe"')
    stores = world.app.services.stores
    async with stores.door.open() as tx:
        few = "\n[figures]\nleast_people = 3\n"
        await stores.policies.publish(tx, text + few, world.clock())
    await world.accepted("rita", wanted="2026-03-05")
    march = "2026-03-01;2026-03-31"
    goal = listed(f"accepted;region;europe;{march};4", f"accepted;region;Asia;{march};4")
    assert await goal_lists.take_in(world.app.services, "goals.csv", goal) == 1
    assert "accepted: no region 'Asia' is known" in capsys.readouterr().out
    goal = listed(f"accepted;region;europe;{march};4")
    assert await goal_lists.take_in(world.app.services, "goals.csv", goal) == 0
    assert await seen(world, "rita") == [], "beside her own there are too few"
    hidden = await opens(world, "rita", f"/team/region.Europe/{LATELY}")
    row = hidden.reads[hidden.reads.index("The region Europe") :]
    assert "not shown" in row[: row.index("%")], "the goal runs, and it is said that it does"
    assert "No goal" in (await opens(world, "rita", "/team/organisation/4w")).reads
    more = {"company": "Northwind", "contact_email": "n@northwind.example"}
    await world.offer("ravi", wanted="2026-03-05", **more)
    await world.pass_(hours=6)
    assert await seen(world, "rita") == [], "what is left of the organisation would tell of Quinn"
    for who in ("dana", "sam", "milo"):
        await world.run(ELSEWHERE, world.box.person(who).id)
    assert await seen(world, "ravi") == [], "it is Rita alone who has accepted"
    for who in ("ravi", "rosa", "sam", "dana", "milo"):
        theirs = ELSEWHERE.replace("'begun'", "'accepted'").replace("'', '', '', ''", REGION, 1)
        await world.run(theirs, world.box.person(who).id)

    for who in ("rita", "ravi", "mara"):
        [told] = await seen(world, who)
        assert (told.goal.of, told.goal.whose, told.value) == ("region", "Europe", 6), who
    assert await seen(world, "quinn") == [], "who is in none of its pools"
    page = await opens(world, "rita", f"/team/region.Europe/{LATELY}")
    assert page.status == 200
    assert "The region Europe" in page.reads
    assert "Ravi" not in page.reads
    assert (await opens(world, "quinn", f"/team/region.Europe/{LATELY}")).status == 404
    assert (await opens(world, "rita", f"/team/region.Europe/{LATELY}/who")).status in (200, 404)
    assert "Ravi" not in (await opens(world, "rita", f"/team/region.Europe/{LATELY}/who")).reads


async def test_a_list_of_goals_with_anything_wrong_in_it_changes_nothing(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    rita = world.box.person("rita").mail
    march = "2026-03-01;2026-03-31"
    wrong = listed(
        f"accepted;person;{rita};{march};5",
        f"answer_time;person;{rita};{march};5",
        f"accepted;everybody;{rita};{march};5",
        f"accepted;organisation;{rita};{march};5",
        f"accepted;person;rita;{march};5",
        f"accepted;person;{rita};2026-03-31;2026-03-01;5",
        f"accepted;person;{rita};soon;2026-03-01;5",
        f"accepted;person;{rita};{march};many",
        f"kept_of_due;person;{rita};{march};101",
        f"accepted;person;{rita};{march};6",
        f"accepted;pool;mars;{march};6",
    )

    assert await goal_lists.take_in(world.app.services, "g.csv", wrong) == 10

    said = capsys.readouterr().out
    for told in (
        "line 3: figure 'answer_time' is none of begun,",
        "line 4: of 'everybody' is none of person, team,",
        "line 5: whose is empty for the organisation",
        "line 6: whose 'rita' is not a mail address",
        "line 7: until is before since",
        "line 8: since and until are days",
        "line 9: target 'many' is not a number",
        "line 10: target '101' is more than 100 of 100",
        "line 11: it stands at line 2 already",
        "accepted: no pool 'mars' is known",
    ):
        assert told in said, told
    assert await world.rows("select count(*) from goal") == [(0,)]


async def test_what_no_calendar_and_no_counter_holds_is_named(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    services, march = world.app.services, "2026-03-01;2026-03-31"
    wrong = listed(
        f"accepted;pool;emea;{march};{'9' * 60}",
        "accepted;pool;emea;2026-03-01;9999-12-31;6",
        f"accepted;pool;#REF!;{march};6",
        f"accepted;pool;emea;{march};1000000000",
    )

    assert await goal_lists.take_in(services, "g.csv", wrong) == 3

    said = capsys.readouterr().out
    assert "9' is more than 1,000,000,000" in said
    assert "line 3: until is after 2999-12-31" in said
    assert "line 4: holds #REF!, where a formula of Excel's has failed" in said
    most = listed(f"accepted;pool;emea;{march};1000000000", "accepted;pool;emea;1-1-1;2;3")
    assert await goal_lists.take_in(services, "g.csv", most) == 1
    ages = "0001-01-01;2999-12-31;1000000000"
    most = listed(
        f"accepted;pool;emea;{ages}", f"accepted;team;{world.box.person('mara').mail};{ages}"
    )
    assert await goal_lists.take_in(services, "g.csv", most) == 0
    [team] = [one for one in await seen(world, "mara") if one.goal.of == "team"]
    assert team.standing
    assert (team.value, team.standing.left) == (0, 1_000_000_000)


async def test_days_are_days_as_excel_has_them(world: World) -> None:
    book, content = Workbook(), BytesIO()
    for row in (
        list(COLUMNS),
        ["accepted", "pool", "emea", datetime(2026, 3, 1), datetime(2026, 3, 31), 20.0],
    ):
        book.active.append(row)  # type: ignore[union-attr]
    book.save(content)

    found = table(content.getvalue(), columns=COLUMNS)

    assert await goal_lists.take_in(world.app.services, "goals.xlsx", found) == 0
    kept = await world.rows("select since, until, target from goal")
    assert kept == [(date(2026, 3, 1), date(2026, 4, 1), 20)]


async def test_each_goal_is_called_what_it_is_by_whoever_reads_it(
    world: World, accepted: UUID
) -> None:
    rita, mara, quinn = (world.box.person(one) for one in ("rita", "mara", "quinn"))
    march = "2026-03-01;2026-03-31"
    goals = listed(
        f"accepted;team;{mara.mail};{march};4",
        f"accepted;person;{mara.mail};{march};3",
        f"kept_of_due;person;{rita.mail};{march};90 %",
        f"handed_over;person;{quinn.mail};{march};2",
    )
    assert await goal_lists.take_in(world.app.services, "goals.csv", goals) == 0
    team, person = f"/team/team.{escaped(mara.id)}/4w", f"/team/person.{escaped(rita.id)}/4w"

    members = ["Quinn Avery", "Rita Osei"]
    assert await whose(world, "mara", team) == ["You", "Your team", *members]
    assert await whose(world, "helen", team) == ["Mara Lind", "Mara Lind’s team", *members]
    assert await whose(world, "mara", person) == ["Rita Osei"], "on her page, hers alone"
    assert await whose(world, "helen", person) == ["Rita Osei"]
    assert await whose(world, "rita", person) == ["You"]
    assert await whose(world, "dana", f"/team/team.{escaped(world.box.person('dana').id)}/4w") == []
    helens = await opens(world, "helen", "/team")
    assert "Your own" not in helens.reads


async def whose(world: World, who: str, path: str) -> list[str]:
    """Of the goals on a page, whose each is called."""
    page = await opens(world, who, path)
    assert page.status == 200
    section = page.html.partition('id="goals"')[2].partition("</section>")[0]
    heads = re.findall(r'<th scope="row"[^>]*>(.*?)</th>', section)
    found = [visible(one).strip() for one in heads]
    return sorted(found, key=lambda one: (not one.startswith(("You", "Mara")), one))
