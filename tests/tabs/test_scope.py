"""Nobody is told of anybody who is not theirs to see, by whatever way figures are asked for: pages,
lists, files, the API and reports, of every role, with names and under a works council.

What may be asked for is found in the code's own tables, so that what is new is asked for here too;
who may see what is written down here anew, and shares nothing with `handoff/scope.py`.
"""

import csv
import io
from collections.abc import Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import aiohttp
import pytest
from openpyxl import load_workbook

from handoff.asked import ground_text
from handoff.effects import ReportWeek
from handoff.figures import FIGURES, Value
from handoff.scope import By, Ground, Kind
from handoff.weekly import BY_KEY, Line, Report
from store.fact_terms import Look
from store.figures import Shown
from tests.tabs.opened import Answered
from tests.tabs.test_taking_along import key_of
from tests.thoroughness import one_of_each, sample
from tests.world import World
from tools.seed import Plan, seed

READERS = ("rita", "quinn", "mara", "dana", "helen", "milo", "ada")
"""Rep, qualifier, two managers, their head of sales, who owns campaigns, and an administrator."""
STRANGER = "olof"
COUNCIL = pytest.mark.parametrize("council", [False, True], ids=["by name", "works council"])
SEEN, NOT_SEEN = 200, 403  # of the API
TIME = "4w"
PATIENCE = 120.0  # seconds for a report, on a machine that has much to do besides
BYS = (None, *By)
STEPS_OF_LEADS = 6  # of the figures the first are of leads, which every ground has
NAMED = (By.WHO, By.REP, By.QUALIFIER)
OF_ALL = (None, By.REASON, By.CODE, By.WEEK)
MOST = 12  # addresses of each way and reader; four times as many are asked by key


@dataclass(frozen=True, kw_only=True)
class Firm:
    """Who is whose, as the database has it."""

    world: World
    council: bool
    names: Mapping[str, str]  # by id
    managers: Mapping[str, list[str]]  # the nearest first
    pools: Mapping[str, list[str]]
    regions: Mapping[str, str]  # of each pool
    campaigns: Mapping[str, str]  # owner, by key
    parts: list[set[str]]  # who has or had one in each handoff

    def id(self, who: str) -> str:
        return self.world.box.person(who).id

    def below(self, id: str) -> set[str]:
        return {one for one, above in self.managers.items() if id in above}

    def teams(self, id: str) -> set[str]:
        """Who leads a team that they may look at."""
        leaders = {above[0] for above in self.managers.values() if above}
        return leaders & {id, *self.below(id)} if self.below(id) else set()

    def by_name(self, id: str) -> set[str]:
        return {id} if self.council else {id, *self.below(id)}

    def hidden(self, id: str, ground: Ground) -> set[str]:
        """Whose name and id may not stand there. Who leads a team is what that is called, and whose
        handoffs somebody may read they may read of whoever else had a part in them.
        """
        seen = self.by_name(id) | self.teams(id)
        if ground.kind in (Kind.PERSON, Kind.TEAM, Kind.BELOW, Kind.LEADERS):
            mine = self.by_name(id)
            seen |= {one for of_it in self.parts if of_it & mine for one in of_it}
            seen |= {above[0] for one in seen if (above := self.managers.get(one))}
        return self.names.keys() - seen - {ground.which}

    def of_pools(self, id: str) -> set[str]:
        return {pool for one in (id, *self.below(id)) for pool in self.pools[one]}

    def sees(self, id: str, ground: Ground, by: By | None) -> bool:
        which, all_named = ground.which, not self.council
        match ground.kind:
            case Kind.PERSON:
                return which in self.by_name(id)
            case Kind.TEAM:
                return which in self.teams(id) and (all_named or by not in NAMED)
            case Kind.LEADERS:
                return bool(self.teams(id)) and all_named
            case Kind.BELOW:
                return bool(self.teams(id)) and (all_named or (not which and by not in NAMED))
            case Kind.POOL:
                return which in self.of_pools(id) and by in OF_ALL
            case Kind.REGION:
                return which in {self.regions[one] for one in self.of_pools(id)} and by in OF_ALL
            case Kind.CAMPAIGN:
                own = {key for key, owner in self.campaigns.items() if owner == id}
                mine = which in own if which else bool(own)
                return mine and by not in (*NAMED, By.TEAM)
            case Kind.ORGANISATION:
                return by in OF_ALL

    def lists(self, id: str, ground: Ground, by: By | None) -> bool:
        """Of a whole that is everybody's no line is shown; nor of a team without names."""
        if ground.kind in (Kind.POOL, Kind.REGION, Kind.ORGANISATION):
            return False
        without = self.council and ground.kind in (Kind.TEAM, Kind.BELOW)
        return self.sees(id, ground, by) and not without

    def grounds(self) -> Iterator[Ground]:
        """One of every kind that there is, or several: their own, another's, and none."""
        people = [self.id(who) for who in ("rita", "quinn", "mara", "dana", "helen", "milo")]
        mine, others = (
            next(key for key, owner in sorted(self.campaigns.items()) if owner == self.id(who))
            for who in ("milo", "mara")
        )
        which: Mapping[Kind, list[str]] = {
            Kind.PERSON: [*people, "nobody"],
            Kind.TEAM: [*people, "nobody"],
            Kind.LEADERS: [""],
            Kind.BELOW: ["", *sorted(set(self.regions.values()))],
            Kind.POOL: [*sorted(self.regions), "nowhere"],
            Kind.REGION: [*sorted(set(self.regions.values())), "Nowhere"],
            Kind.CAMPAIGN: ["", mine, others, "nothing"],
            Kind.ORGANISATION: [""],
        }
        for kind in Kind:
            yield from (Ground(kind, one) for one in which[kind])


PARTS = """
select array_agg(distinct one) from (
    select id, unnest(array[qualifier, rep, owner, leader]) as one from handoff
    union select handoff, who from commitment
) as of_each (id, one) where one is not null group by id
"""


async def firm_of(world: World, *, council: bool) -> Firm:
    """Teams of seven, six and three beside the sandbox's people, and a quarter of a year behind
    them; nobody is called as somebody else, or as a prospect is.
    """
    await world.install("quinn", "rita", "mara", "helen")
    plan = Plan(handoffs=300, until=world.clock(), years=0.25, pools=4, teams=(7, 6, 3))
    await seed(world.database, plan)
    own = [one.id for one in world.box.directory]
    await world.run("update person set name = 'Zed Q' || n where id <> all(%s)", own)
    mara = world.box.person("mara").id
    await world.run(
        "update campaign set owner = %s where code in (select min(code) from campaign)", mara
    )
    if council:
        [(text,)] = await world.rows("select text from policy order by version desc limit 1")
        stores = world.app.services.stores
        async with stores.door.open() as tx:
            told = f"{text}\n[figures]\nworks_council = true\n"
            await stores.policies.publish(tx, told, world.clock())
    policy = await world.app.services.stores.policies.current()
    people = await world.rows("select id, name, managers, pools from person where present")
    keys = await world.rows("select unnest(array[code_key, name_key]), owner from campaign")
    return Firm(
        world=world,
        council=council,
        names={id: name for id, name, _, _ in people},
        managers={id: managers for id, _, managers, _ in people},
        pools={id: pools for id, _, _, pools in people},
        regions={pool.code: pool.region for pool in policy.pools},
        campaigns=dict(keys),
        parts=[set(found) for (found,) in await world.rows(PARTS)],
    )


@dataclass(frozen=True, kw_only=True)
class Reading:
    """Somebody who asks, by each way there is."""

    firm: Firm
    id: str
    http: aiohttp.ClientSession  # with their key
    tab: aiohttp.ClientSession  # with their token

    async def api(self, path: str = "", **query: str) -> Answered:
        return await self._got(self.http, f"/api/figures{path}", query)

    async def page(self, path: str) -> Answered:
        return await self._got(self.tab, f"/tab{path}", {})

    async def file(self, kind: str, what: str) -> tuple[int, bytes]:
        """By the link that is signed for them."""
        way = await self.page(f"/take/{kind}/{what}")
        if way.status != 200:
            return way.status, b""
        async with aiohttp.ClientSession() as nobody, nobody.get(way.html) as answer:
            return answer.status, await answer.read()

    async def _got(
        self, http: aiohttp.ClientSession, path: str, query: Mapping[str, str]
    ) -> Answered:
        async with http.get(f"{self.firm.world.url}{path}", params=query) as answer:
            return Answered(answer.status, await answer.text(), dict(answer.headers))

    def asks(self) -> list[tuple[Ground, By | None]]:
        """What may be asked for: of each kind and part of what is theirs and of what is not, one;
        all of them in `make thorough`.
        """
        every = product(self.firm.grounds(), BYS)
        return one_of_each(every, lambda one: (one[0].kind, one[1], self.firm.sees(self.id, *one)))

    def tells_of(self, words: str, ground: Ground) -> list[str]:
        """Of whom it does who is not theirs to see."""
        read = f"{words} ".translate(_ENDS)
        names = {id: self.firm.names[id] for id in self.firm.hidden(self.id, ground)}
        return [name for id, name in names.items() if f"{name} " in read or id in words]


_ENDS = str.maketrans(dict.fromkeys("\"',;.<>()’\n\r\t&", " "))


@asynccontextmanager
async def reading(firm: Firm, who: str) -> Any:
    world = firm.world
    key = await key_of(world, who)
    token = world.box.entra.tab_token(world.box.person(who))
    tab = {"HX-Request": "true", "Authorization": f"Bearer {token}"}
    async with (
        aiohttp.ClientSession(headers={"Authorization": f"Bearer {key}"}) as http,
        aiohttp.ClientSession(headers=tab) as pages,
    ):
        yield Reading(firm=firm, id=firm.id(who), http=http, tab=pages)


def asked(ground: Ground) -> str:
    return f"{ground.kind.value}.{ground.which}" if ground.which else ground.kind.value


@COUNCIL
async def test_a_key_reads_no_name_that_its_owner_may_not_see(world: World, council: bool) -> None:
    firm = await firm_of(world, council=council)
    told = 0
    for who in READERS:
        async with reading(firm, who) as one:
            for ground, by in sample(one.asks(), 4 * MOST):
                query = {"of": asked(ground), "time": TIME} | ({"by": by.value} if by else {})
                page = await one.api(**query)
                said = (who, query)
                assert page.status == (SEEN if firm.sees(one.id, ground, by) else NOT_SEEN), said
                assert not one.tells_of(page.html, ground), said
                told += page.status == SEEN
                lists = firm.lists(one.id, ground, by)
                some = FIGURES[(told + len(query)) % STEPS_OF_LEADS].code
                lines = await one.api("/lines", figure=some, **query)
                assert lines.status == (SEEN if lists else NOT_SEEN), said
                assert not one.tells_of(lines.html, ground), said
    assert told > 100


@COUNCIL
async def test_every_list_is_as_much_as_its_reader_may_see(world: World, council: bool) -> None:
    """Of every figure, by page and by key: whole, and each part that the page has."""
    firm = await firm_of(world, council=council)
    for who in READERS:
        async with reading(firm, who) as one:
            grounds = [*firm.grounds()]
            for ground, figure in sample([*product(grounds, FIGURES)], MOST):
                campaign = ground.kind is Kind.CAMPAIGN and not figure.of_leads
                shown = firm.lists(one.id, ground, None) and not campaign
                page = await one.page(f"/list/{figure.code}/{ground_text(ground)}/{TIME}")
                lines = await one.api("/lines", figure=figure.code, of=asked(ground), time=TIME)
                said = (who, ground, figure.code)
                assert page.status == (200 if shown else 404), said
                assert lines.status == (SEEN if shown else NOT_SEEN), said
                for answer in (page, lines):
                    assert not one.tells_of(answer.html, ground), said


@COUNCIL
async def test_pages_and_files_tell_no_more_than_the_key_does(world: World, council: bool) -> None:
    firm = await firm_of(world, council=council)
    files = 0
    for who in READERS:
        async with reading(firm, who) as one:
            asks = sample(one.asks(), MOST)
            for ground, by in asks:
                said = f"{ground_text(ground)}/{TIME}{f'/{by.value}' if by else ''}"
                sees = firm.sees(one.id, ground, by)
                code, table = await one.file("csv", f"figures/{said}")
                assert code == (200 if sees else 404), (who, said)
                assert not one.tells_of(table.decode(), ground), (
                    who,
                    said,
                )
                if not sees:
                    continue
                query = {"of": asked(ground), "time": TIME} | ({"by": by.value} if by else {})
                by_key = list(csv.reader(io.StringIO((await one.api(**query, format="csv")).html)))
                rows = list(csv.reader(io.StringIO(table.decode("utf-8-sig"))))
                assert rows == by_key, (who, said)
                _, book = await one.file("xlsx", f"figures/{said}")
                sheet = load_workbook(io.BytesIO(book)).active
                assert sheet is not None
                cells = [[cell.value for cell in row] for row in sheet.iter_rows()]
                assert len(cells) == len(rows), (who, said)
                words = " ".join(str(cell) for row in cells for cell in row)
                assert not one.tells_of(words, ground), (who, said)
                files += 1
            for ground, by in sample(asks, MOST // 3):
                said = f"{ground_text(ground)}/{TIME}{f'/{by.value}' if by else ''}"
                page = await one.page(f"/team/{said}")
                assert not one.tells_of(page.html, ground), said
                campaigns = await one.page(f"/campaigns/{ground_text(ground)}/{TIME}")
                assert not one.tells_of(campaigns.html, ground), said
    assert files > MOST


async def test_whom_baton_does_not_know_reads_nothing(world: World) -> None:
    firm = await firm_of(world, council=False)
    token = world.box.entra.tab_token(world.box.person(STRANGER))
    headers = {"HX-Request": "true", "Authorization": f"Bearer {token}"}
    async with aiohttp.ClientSession(headers=headers) as http:
        for ground, by in sample([*product(firm.grounds(), BYS)], MOST):
            said = f"{ground_text(ground)}/{TIME}{f'/{by.value}' if by else ''}"
            for path in (f"team/{said}", f"take/csv/figures/{said}", f"list/kept/{said}/-"):
                async with http.get(f"{world.url}/tab/{path}") as answer:
                    assert answer.status in (403, 404), path
                    assert not [n for n in firm.names.values() if n in await answer.text()]
            async with http.get(f"{world.url}/api/figures", params={"of": asked(ground)}) as answer:
                assert answer.status == 401


# --- Reports ----------------------------------------------------------------------------------


@COUNCIL
async def test_a_report_tells_each_reader_what_their_own_figures_do_and_no_more(
    world: World, council: bool
) -> None:
    """Of the week that it is of, as it was known then. Rita has no manager: what the organisation
    comes to without whomever Helen leads is hers alone.
    """
    firm = await firm_of(world, council=council)
    rita = firm.id("rita")
    await world.run("update person set managers = '{}' where id = %s", rita)
    firm = replace(firm, managers={**firm.managers, rita: []})
    await world.app.services.stores.door.follow(ReportWeek())
    await world.app.work(wait=False, grace=PATIENCE)
    await world.work()
    stores, compared = world.app.services.stores, 0
    policy = await stores.policies.current()
    for who in READERS[:-1]:  # the last is none of sales
        viewer = await stores.people.here(firm.id(who))
        scope = await stores.figures.scope(viewer, policy)
        report = await stores.weekly.of(scope)
        assert report, who
        async with reading(firm, who) as one:
            code, table = await one.file("csv", f"week/{report.week.since}")
            assert code == 200, who
            assert not one.tells_of(table.decode(), Ground(Kind.ORGANISATION)), who
        for line in lines_of(report):
            ground = Ground(GROUNDS[line.kind], "" if line.kind == "below" else line.whose)
            assert firm.sees(scope.who, ground, None), (who, line.kind, line.whose)
            for key, told in line.now.items():
                item = BY_KEY[key]
                look = Look(
                    ground=ground,
                    period=item.period(report.week),
                    by=item.by,
                    known=report.cut_off,
                )
                [shown] = await stores.figures.values(scope, [item.of], look, world.clock())
                said = (who, line.kind, line.whose, key)
                assert told.whole in (None, shown.whole.value), said
                theirs = parts_of(shown)
                for part, value in told.parts.items():
                    assert value in (None, theirs.get(part, value)), (*said, part)
                    assert value is None or part in theirs, (*said, part)
                compared += told.whole is not None
    assert compared > 200


GROUNDS = {
    "organisation": Kind.ORGANISATION,
    "below": Kind.BELOW,
    "team": Kind.TEAM,
    "person": Kind.PERSON,
    "campaign": Kind.CAMPAIGN,
}


def lines_of(report: Report) -> list[Line]:
    alone = [one for one in (report.organisation, report.own, report.below) if one]
    return [*alone, *report.teams, *report.people, *report.campaigns]


def parts_of(shown: Shown) -> Mapping[str, Value | None]:
    return {cell.part: cell.value for cell in shown.parts}
