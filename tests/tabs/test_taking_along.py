"""Figures are taken along as a file, by a link of ten minutes, and read by programs with a key: as
much as their owner sees, and for as long as they may.
"""

import asyncio
import csv
import io
import json
import re
from dataclasses import dataclass
from datetime import date, timedelta
from html import unescape
from time import process_time, thread_time
from typing import Any
from uuid import uuid4

import aiohttp
import pytest
from openpyxl import load_workbook
from psycopg import AsyncConnection

from handoff.effects import ReportWeek
from handoff.figures import BECAME, FIGURES
from tests.tabs.opened import Answered, asks, opens
from tests.tabs.test_figures import id_of, links
from tests.web.test_limits import said
from tests.world import World
from web.limits import AT_ONCE, FORWARDED
from web.sheets import Sheet, _harmless

KEY = re.compile(r"baton_[\w-]{43}")


@dataclass(frozen=True)
class Got:
    status: int
    body: bytes
    kind: str

    @property
    def rows(self) -> list[dict[str, str]]:
        return list(csv.DictReader(io.StringIO(self.body.decode("utf-8-sig"))))


async def get(url: str, key: str | None = None, **query: str) -> Got:
    """CSV as Power BI asks, by a password; all else by a bearer's token."""
    basic = query.get("format") == "csv"
    auth = aiohttp.BasicAuth("anybody", key) if key and basic else None
    headers = {"Authorization": f"Bearer {key}"} if key and not basic else {}
    async with (
        aiohttp.ClientSession(headers=headers, auth=auth) as http,
        http.get(url, params=query) as answer,
    ):
        return Got(answer.status, await answer.read(), answer.content_type)


async def posts(world: World, who: str, path: str, **form: str) -> Answered:
    token = world.box.entra.tab_token(world.box.person(who))
    headers = {"HX-Request": "true", "Authorization": f"Bearer {token}"}
    async with (
        aiohttp.ClientSession(headers=headers) as http,
        http.post(f"{world.url}/tab{path}", data=form) as answer,
    ):
        return Answered(answer.status, await answer.text(), dict(answer.headers))


async def key_of(world: World, who: str, **form: str) -> str:
    made = await posts(world, who, "/keys", **({"name": "Power BI", "life": "30"} | form))
    [key] = set(KEY.findall(made.html))
    return str(key)


async def test_what_stands_on_a_page_is_taken_along_for_ten_minutes(lived: World) -> None:
    await lived.run("update lead set company = '=cmd()' where company = 'Company 0'")
    page = await opens(lived, "mara", "/team")
    missed = next(one for one in links(page, "/list/") if "/4w/who/" in one)
    lines = await opens(lived, "mara", missed)
    ways = [unescape(one) for one in re.findall(r'href="/tab(/take/[^"]+)"', lines.html)]
    assert len(ways) == 2
    files = {way.split("/")[2]: (await opens(lived, "mara", way)).html for way in ways}

    table, book = await get(files["csv"]), await get(files["xlsx"])

    count = lines.html.count('<th scope="row"')
    assert len(table.rows) == count > 0
    assert {row["who_name"] for row in table.rows} <= {"Rita Osei", "Ravi Patel", "Quinn Avery"}
    sheet = load_workbook(io.BytesIO(book.body)).active
    assert sheet is not None
    assert sheet.max_row == 1 + count
    everything = await get(
        (await opens(lived, "mara", f"/take/csv/list/kept/{team(lived)}/4w")).html
    )
    assert {"'=cmd()"} <= {row["company"] for row in everything.rows}
    whole = await opens(lived, "mara", f"/take/xlsx/list/kept/{team(lived)}/4w")
    cells = load_workbook(io.BytesIO((await get(whole.html)).body)).active
    assert cells is not None
    types = {cell.data_type for row in cells.iter_rows() for cell in row}
    assert "f" not in types, "nothing is worked out"

    lived.clock.forward(timedelta(minutes=11))
    assert (await get(files["csv"])).status == 410
    assert (await get(files["csv"][:-3])).status == 404
    assert (await get(f"{lived.url}/f/nothing")).status == 404


async def taken(world: World, who: str, path: str) -> tuple[Answered, list[Got]]:
    """A page, and each CSV that is offered on it."""
    page = await opens(world, who, path)
    ways = [unescape(one) for one in re.findall(r'href="/tab(/take/csv/[^"]+)"', page.html)]
    books = re.findall(r'href="/tab(/take/xlsx/[^"]+)"', page.html)
    assert [one.replace("/xlsx/", "/csv/") for one in books] == ways
    for way in books:
        book = await get((await opens(world, who, way)).html)
        assert load_workbook(io.BytesIO(book.body)).active is not None
    return page, [await get((await opens(world, who, way)).html) for way in ways]


async def test_weeks_mine_and_fairness_are_taken_along_as_they_stand(lived: World) -> None:
    await lived.app.services.stores.door.follow(ReportWeek())
    await lived.app.work(wait=False, grace=120.0)
    await lived.work()
    rita, people = lived.box.person("rita").id, ("Rita Osei", "Ravi Patel", "Quinn Avery")

    page, [file] = await taken(lived, "mara", "/weeks")
    told = [(row["of"], row["id"], row["figure"]) for row in file.rows]
    assert {of for of, _, _ in told} >= {"organisation", "below", "person"}
    [handed] = [row for row in file.rows if row["id"] == rita and row["figure"] == "handed_over"]
    assert f"Handed over, Rita Osei: {handed['value']}" in page.html
    assert {row["whose"] for row in file.rows if row["of"] == "person"} >= {*people}
    rest = [row for row in file.rows if row["of"] == "organisation"]
    assert {row["shown"] for row in rest} == {"False"}, "too few people"
    assert not [row for row in rest if row["value"] or row["top"]]
    assert {row["shown"] for row in file.rows if row["of"] == "below"} == {"True"}
    page, [file] = await taken(lived, "rita", "/weeks")
    assert not [name for name in people[1:] if name in file.body.decode()]
    assert {row["whose"] for row in file.rows} == {"Rita Osei", "The whole organisation"}

    page, [owes, kept] = await taken(lived, "rita", "/mine")
    owed = [row for row in owes.rows if row["list"] == "owed"]
    assert len(owed) == page.html[: page.html.index("What I kept")].count("<li")
    assert all(row["lead"] in page.reads and row["says"] in page.reads for row in owed)
    [four] = [
        row
        for row in kept.rows
        if row["figure"] == "kept_of_due"
        and row["until"] > str(lived.clock().date())
        and (date.fromisoformat(row["until"]) - date.fromisoformat(row["since"])).days == 28
    ]
    assert f"{four['top']} of {four['bottom']}" in page.reads

    page, [file] = await taken(lived, "rita", "/fairness")
    assert {row["rep"] for row in file.rows} > {"Rita Osei"}
    together = re.search(r"Together.*", page.reads[page.reads.index("Together") :], re.DOTALL)
    assert together
    got = sum(int(row["got"]) for row in file.rows)
    assert f" {got} " in " ".join(together[0].split())
    assert (await opens(lived, "rita", "/take/csv/pool/americas")).status == 404
    for nothing in ("pool/nowhere", "week/2019-01-07", "week/2026-03-03", "owed/x", "pool/"):
        assert (await opens(lived, "rita", f"/take/csv/{nothing}")).status == 404, nothing

    mara = lived.box.person("mara").id
    weeks = (await opens(lived, "mara", "/weeks")).html
    [way] = re.findall(r'href="/tab(/take/csv/week[^"]+)"', weeks)
    url = (await opens(lived, "mara", way)).html
    await lived.run("truncate look")
    await get(url)
    assert (rita, "weekly", mara) in await lived.rows("select whose, what, by from look")
    await get((await opens(lived, "rita", "/take/csv/pool/emea")).html)
    ravi = lived.box.person("ravi").id
    assert (ravi, "figures", rita) in await lived.rows("select whose, what, by from look")
    await lived.run("update person set name = 'Rita Osei' where id = %s", ravi)
    apart = f"Rita Osei ({lived.box.person('ravi').mail})"
    assert apart in (await opens(lived, "mara", "/weeks")).reads, "of one name, told apart"
    assert apart in (await get(url)).body.decode()
    lived.clock.forward(timedelta(minutes=11))
    assert (await get(url)).status == 410


async def test_what_i_kept_is_a_file_of_what_stands_there_and_of_nothing_there_is_none(
    lived: World,
) -> None:
    kept = (await taken(lived, "rita", "/mine"))[1][-1]
    assert {row["figure"] for row in kept.rows} == {*BECAME}
    nothing = await opens(lived, "ada", "/mine")
    assert nothing.status == 200
    assert "/tab/take/" not in nothing.html


async def test_what_campaigns_have_cost_is_in_the_file_of_their_page_and_of_no_time(
    lived: World,
) -> None:
    await lived.run(
        "insert into campaign (code, code_key, name, name_key, owner, source, spent, "
        "spent_currency, changed_at) values ('P1', 'p1', 'Ports webinar', 'ports webinar', %s, "
        "'Webinar', 1200050, 'EUR', now())",
        lived.box.person("milo").id,
    )
    for path in ("/campaigns", "/campaigns/campaign.p1/2026"):
        got = [row for file in (await taken(lived, "milo", path))[1] for row in file.rows]
        for row in [one for one in got if one["figure"] == "spent"]:
            cost = (row["part"], row["part_name"], row["value"], row["currency"], row["since"])
            assert cost == ("p1", "Ports webinar", "12000.5", "EUR", "")
        assert "spent" in {row["figure"] for row in got}


async def test_what_a_company_is_called_breaks_no_file_and_is_worked_out_in_none(
    lived: World,
) -> None:
    odd = '\ufffe\uff1d1+1;=1+1\t@x; -2 a; b - c;"=1;'
    await lived.run("update lead set company = %s where company = 'Company 0'", odd)
    files = {}
    for kind in ("csv", "xlsx"):
        way = await opens(lived, "mara", f"/take/{kind}/list/kept/{team(lived)}/4w")
        files[kind] = await get(way.html)
        assert files[kind].status == 200, kind
    [named] = {row["company"] for row in files["csv"].rows if "1+1" in row["company"]}
    assert named == "\ufffe\uff1d1+1;'=1+1\t'@x;' -2 a; b - c;'\"=1;", (
        "also behind a quotation mark"
    )
    assert _harmless("\uff1d1") == "'\uff1d1"
    sheet = load_workbook(io.BytesIO(files["xlsx"].body)).active
    assert sheet is not None
    assert any("1+1" in str(cell.value) for row in sheet.iter_rows() for cell in row)


async def test_what_one_persons_programs_ask_for_is_answered_a_few_at_a_time(
    lived: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = most = 0
    takes = 0.02  # seconds

    async def slowly(*asked: Any) -> Sheet:
        nonlocal now, most
        now += 1
        most = max(most, now)
        await asyncio.sleep(takes)
        now -= 1
        return Sheet(name="x", columns=(), rows=())

    for reads in ("figures_api", "files"):
        monkeypatch.setattr(f"web.{reads}.sheet", slowly)
    rita, mara = await key_of(lived, "rita"), await key_of(lived, "mara")
    at = f"{lived.url}/api/figures"
    found = await asyncio.gather(*(get(at, rita) for _ in range(12)))
    assert {one.status for one in found} == {200}
    assert most == 2
    files = [
        (
            await opens(lived, "rita", f"/take/{kind}/list/kept/person.{id_of(lived, 'rita')}/4w")
        ).html
        for kind in ("csv", "xlsx")
    ]
    most = 0
    await asyncio.gather(*(get(one) for one in files * 6), *(get(at, rita) for _ in range(6)))
    assert most == 2, "nor files that are fetched again and again"
    most, takes = 0, 0.5  # longer than whatever else the machine does
    await asyncio.gather(*(get(at, key) for key in (rita, mara) * 6))
    assert most == 4, "nobody waits for somebody else's"


MANY = """
insert into fact (sign, n, what, code, reason, at, known_at, who, team, pool, region, segment,
    stage, campaign, policy)
select 1, n, 'missed', 'answer', '', %s - n * interval '1 second', %s, %s, %s, 'x', '', '', '', '',
    1
from generate_series(1, 20000) n
"""


async def test_nobody_waits_while_somebody_takes_a_long_list_along(lived: World) -> None:
    """Clicks are answered by the same process: none may wait for thousands of lines."""
    mara, rita, at = id_of(lived, "mara"), id_of(lived, "rita"), lived.clock()
    await lived.run(MANY, at, at, rita, mara)
    asked = {"of": team(lived), "figure": "missed"}
    key = await key_of(lived, "mara")
    file = (await opens(lived, "mara", f"/take/csv/list/missed/{team(lived)}/4w")).html
    for url, query in (
        (f"{lived.url}/api/figures/lines", asked),
        (f"{lived.url}/api/figures/lines", asked | {"format": "csv"}),
        (file, {}),
    ):
        began, last, longest = process_time(), thread_time(), 0.0
        fetched = asyncio.create_task(get(url, key if query else None, **query))
        while not fetched.done():
            await asyncio.sleep(0.001)
            now = thread_time()
            longest, last = max(longest, now - last), now
        assert (await fetched).body.count(b"missed") > 20_000
        assert longest < (process_time() - began) / 6, url


async def test_a_file_that_leaves_lines_out_says_so_in_its_last(
    lived: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.sheets.MOST", 1)
    for kind in ("csv", "xlsx"):
        way = await opens(lived, "mara", f"/take/{kind}/list/kept/{team(lived)}/4w")
        file = (await get(way.html)).body
        if kind == "csv":
            lines = list(csv.reader(io.StringIO(file.decode("utf-8-sig"))))
        else:
            sheet = load_workbook(io.BytesIO(file)).active
            assert sheet is not None
            lines = [[str(row[0].value)] for row in sheet.iter_rows()]
        assert len(lines) == 3, kind
        assert lines[-1][0].startswith("Only the newest"), kind


def team(world: World) -> str:
    return f"team.{id_of(world, 'mara')}"


async def test_a_file_holds_what_its_person_sees_when_it_is_fetched(lived: World) -> None:
    """Not what whoever holds the link sees, and not what they saw once."""
    for who in ("rita", "sam", "milo"):
        for path in (
            f"figures/{team(lived)}/4w",
            f"list/kept/{team(lived)}/4w",
            "list/kept/below/4w",
        ):
            assert (await opens(lived, who, f"/take/csv/{path}")).status == 404, (who, path)
    for path in (
        "figures/below",
        "nothing/below/4w",
        "list/none/below/4w",
        "figures/below/4w/who/x/y",
    ):
        assert (await opens(lived, "helen", f"/take/csv/{path}")).status == 404, path
    way = (await opens(lived, "mara", f"/take/csv/figures/{team(lived)}/4w/who")).html
    assert {row["figure"] for row in (await get(way)).rows} >= {"kept", "kept_of_due"}
    await lived.run("update person set managers = '{}'")
    assert (await get(way)).status == 404, "she leads them no more"


async def test_a_key_reads_what_its_owner_sees_until_its_end_or_until_it_is_revoked(
    lived: World,
) -> None:
    at = f"{lived.url}/api/figures"
    mara, rita = await key_of(lived, "mara"), await key_of(lived, "rita", name="Excel")

    shown = await get(at, mara, of=f"team.{lived.box.person('mara').id}", by="who", format="csv")
    assert shown.status == 200
    assert shown.kind == "text/csv"
    assert {"Rita Osei", "Quinn Avery"} <= {row["part_name"] for row in shown.rows}
    assert {row["figure"] for row in shown.rows} == {figure.code for figure in FIGURES}
    own = await get(at, rita, of=f"person.{lived.box.person('rita').id}")
    assert (own.status, own.kind) == (200, "application/json")
    refused = [
        (rita, {"of": f"team.{lived.box.person('mara').id}"}, 403),
        (rita, {"of": "below"}, 403),
        (rita, {"of": "organisation", "by": "who"}, 403),
        (mara, {"of": f"person.{lived.box.person('helen').id}"}, 403),
        (mara, {"of": "nothing"}, 400),
        (mara, {"of": "below", "time": "2031"}, 400),
        (mara, {"of": "below", "colour": "red"}, 400),
        (mara, {"of": "below", "format": "pdf"}, 400),
        ("baton_" + "x" * 43, {}, 401),
        ("", {}, 401),
    ]
    for key, query, status in refused:
        found = await get(at, key, **query)
        assert found.status == status, query
        assert b"Osei" not in found.body
    lines = await get(f"{at}/lines", mara, of=f"team.{lived.box.person('mara').id}", figure="kept")
    assert b"Rita Osei" in lines.body

    page = await opens(lived, "rita", "/keys")
    assert not KEY.search(page.html), "it is shown once"
    [revoke] = re.findall(r'hx-post="/tab(/keys/[^"]+/revoke)"', page.html)
    assert (await posts(lived, "mara", revoke)).status == 200
    assert (await get(at, rita)).status == 200, "nobody revokes another's"
    assert (await posts(lived, "rita", revoke)).status == 200
    assert (await get(at, rita)).status == 401
    lived.clock.forward(timedelta(days=31))
    assert (await get(at, mara)).status == 401
    looked = await lived.rows("select 1 from look where by = %s", lived.box.person("mara").id)
    assert looked, "by a key, too"


@pytest.mark.parametrize("form", [{}, {"name": "  "}, {"name": "\0"}, {"name": "x", "life": "z"}])
async def test_a_key_is_made_for_something_and_not_for_ever(
    world: World, form: dict[str, str]
) -> None:
    made = await posts(world, "rita", "/keys", **form)
    assert made.status == 200
    there = await world.rows("select until - made_at from figure_key")
    assert len(there) == ("life" in form)
    assert all(life == timedelta(days=90) for (life,) in there)


async def test_of_keys_one_has_ten_at_most_also_who_sends_many_at_once(world: World) -> None:
    made = await asyncio.gather(
        *(posts(world, "rita", "/keys", name="Excel", life="365") for _ in range(30))
    )
    refused = ["You have ten keys already" in one.reads for one in made]
    assert (len(refused), sum(refused)) == (30, 20)
    assert await world.rows("select count(*) from figure_key") == [(10,)]


OURS = "application/x-www-form-urlencoded"
DISPOSED = b"--x\r\nContent-Disposition: form-data"
FORMS = [
    (f"{OURS}; charset=martian", b"name=x&life=30"),
    (f"{OURS}; charset=hex", b"name=zz"),
    (OURS, b"name=\xff\xfe&life=%ff"),
    (OURS, b"&".join(b"a%d=1" % n for n in range(5_000))),
    ("multipart/form-data", b"x"),
    ("multipart/form-data; boundary=x", b"--y\r\n"),
    ("multipart/form-data; boundary=x", DISPOSED + b'; name="name"\r\n\r\nabc'),
    ("multipart/form-data; boundary=x", DISPOSED + b"\r\n\r\nabc\r\n--x--\r\n"),
    ("application/json", b"{}"),
    ("", b""),
]


async def test_in_whatever_way_a_form_is_written_who_sends_it_is_asked_first(
    world: World,
) -> None:
    """And whoever proves who they are makes a key with a form of ours, in no other way."""
    token = world.box.entra.tab_token(world.box.person("rita"))
    proof = {"Authorization": f"Bearer {token}"}
    async with aiohttp.ClientSession(world.url, headers={"HX-Request": "true"}) as http:

        async def sends(path: str, body: bytes, kind: str, **headers: str) -> int:
            headers = {"Content-Type": kind, **headers}
            async with http.post(f"/tab/keys{path}", data=body, headers=headers) as answer:
                return answer.status

        for kind, body in FORMS:
            for path in ("", f"/{uuid4()}/revoke"):
                assert await sends(path, body, kind) == 401, (kind, body[:40])
                assert await sends(path, body, kind, **proof) == 200, (kind, body[:40])
        for odd in ("-" * 36, "0" * 36, "x", str(uuid4()).upper()):
            assert await sends(f"/{odd}/revoke", b"", OURS, **proof) in (404, 405), odd
        packed = {"Content-Encoding": "gzip"}
        assert await sends("", b"\x1f\x8bxxxx", OURS, **packed) == 415
        assert await sends("", b"\x1f\x8bxxxx", OURS, **packed, **proof) == 415
    assert (await asks(world, "/keys", None)).status == 401
    made = await world.rows("select name from figure_key order by name")
    assert [name for (name,) in made] == ["x", "zz", "\ufffd\ufffd"]


def asked_of_it(world: World) -> int:
    """How often the database was asked."""
    return int(world.app.services.stores.reads._pool.get_stats()["requests_num"])


async def test_an_office_reads_on_while_somebody_in_it_proves_nothing(world: World) -> None:
    """Junk is refused without a question to the database, and then told to wait; whoever proves who
    they are never is, nor a program with a good key, also where it was never here before.
    """
    key, token = await key_of(world, "rita"), world.box.entra.tab_token(world.box.person("rita"))
    new = f"Bearer {await key_of(world, 'rita', name='Excel')}"
    office = {FORWARDED: "1.2.3.4", "HX-Request": "true"}
    figures = f"/api/figures?of=person.{world.box.person('rita').id}"

    async with aiohttp.ClientSession(world.url, headers=office) as http:

        async def asked(path: str, proof: str, **more: str) -> int:
            headers = {"Authorization": proof, **more}
            async with http.get(path, headers=headers) as answer:
                return answer.status

        async def spends(path: str) -> set[int]:
            many = 2 * AT_ONCE
            return set(await asyncio.gather(*(asked(path, "Bearer x") for _ in range(many))))

        assert await asked(figures, f"Bearer {key}") == 200
        junk = ("x", "baton_", f"{key}x", "baton_" + "ä" * 43, "baton_" + "." * 43, "x" * 4_000)
        before = asked_of_it(world)
        for one in junk:
            proof = aiohttp.BasicAuth("anybody", one, "utf-8").encode()
            assert await asked(figures, proof) == 401, one
        assert asked_of_it(world) == before
        for path in ("/tab/rules", figures, "/api/messages"):
            assert await spends(path) <= {401, 405, 429}, path
        assert 429 in await spends("/tab/rules")
        guesses = [f"Bearer baton_{n:043}" for n in range(2 * AT_ONCE)]
        await spends("/tab/rules")
        waits = (
            "select count(*) from pg_locks where not granted and relation = 'figure_key'::regclass "
            "and database = (select oid from pg_database where datname = current_database())"
        )
        async with await AsyncConnection.connect(world.settings.database_url) as slow:
            await slow.execute("lock table figure_key in access exclusive mode")
            many = [asyncio.create_task(asked(figures, one)) for one in (*guesses, new)]
            async with asyncio.timeout(8):
                while await world.rows(waits) == [(0,)]:  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
            await asyncio.sleep(0.3)
            assert await world.rows(waits) == [(1,)], "they are asked for together"
            await slow.rollback()
        *guessed, read = await asyncio.gather(*many)
        assert 429 in guessed
        assert set(guessed) <= {401, 429}
        assert read == 200, "it is good, whatever else comes from there"
        assert await asked(figures, guesses[0], **{FORWARDED: "1.2.3.5"}) == 401
        for _ in range(3):
            assert await asked("/tab/rules", f"Bearer {token}") == 200
            assert await asked(figures, f"Bearer {key}") == 200
        await spends("/tab/rules")
        assert 429 in [await asked("/privacy", "") for _ in range(9)], "they are one address"


async def test_a_program_reads_what_it_may_ask(world: World) -> None:
    found = await get(f"{world.url}/api/figures/openapi.json")
    said: dict[str, Any] = json.loads(found.body)
    assert found.status == 200
    assert said["openapi"].startswith("3.1")
    assert set(said["paths"]) == {"/api/figures", "/api/figures/lines"}
    key = await key_of(world, "rita")
    rows = said["paths"]["/api/figures"]["get"]["responses"]["200"]["content"]["application/json"]
    known = set(rows["schema"]["properties"]["rows"]["items"]["properties"])
    async with (
        aiohttp.ClientSession(headers={"Authorization": f"Bearer {key}"}) as http,
        http.get(f"{world.url}/api/figures") as answer,
    ):
        given = await answer.json()
    assert given["rows"]
    assert all(set(row) == known for row in given["rows"])


async def test_what_is_no_text_is_nobodys_key(world: World) -> None:
    port = int(world.url.rpartition(":")[2])
    for path in ("/api/figures", "/api/figures/lines?figure=kept", "/tab/rules", "/tab/keys"):
        for said_so in (b"Bearer \xff", b"Basic \xff\xfe", b"Basic /w==", b"\xff", b"Bearer"):
            head = f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n".encode()
            head += b"HX-Request: true\r\nAuthorization: " + said_so + b"\r\n\r\n"
            assert (await said(port, head)).startswith(b"HTTP/1.1 401"), (path, said_so)


async def test_of_what_is_not_shown_no_name_tells_what_it_was(world: World) -> None:
    """One lead went back, for a reason that is known of one rep: to others it is none, on the page
    and in the file.
    """
    await world.offer("rita")
    await world.press("rita", "send_back", reason="no_need")

    page = await opens(world, "noah", "/team")
    way = await opens(world, "noah", "/take/csv/figures/organisation/4w/reason")
    file = await get(way.html)

    assert (page.status, file.status) == (200, 200)
    assert "No need or project" not in page.reads
    assert "What there was is not shown" in page.reads
    assert {row["figure"] for row in file.rows} == {figure.code for figure in FIGURES}
    assert b"no_need" not in file.body
    led = await opens(world, "mara", "/team")
    assert "No need or project" in led.reads
