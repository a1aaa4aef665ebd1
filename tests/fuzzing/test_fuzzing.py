"""Whatever comes in is answered plainly, breaks nothing and stays where it belongs."""

import asyncio
import csv
import json
import os
import re
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import datetime, timedelta
from http import HTTPStatus
from io import BytesIO
from itertools import count
from resource import RUSAGE_SELF, getrusage
from time import process_time
from typing import Any
from uuid import UUID, uuid4

import aiohttp
import pytest
from openpyxl import Workbook

from bot import teams as teams_bot
from cards.fallback_mail import SEND_BACK
from commands.lead_files import UnreadableFileError, table
from handoff import campaigns, figures, goals, lead_list
from handoff.policy import Policy, Promise
from policy.reading import BadPolicyError, read_new
from sandbox import ics
from sandbox.leads import as_csv
from sandbox.m365 import Sandbox
from settings import BadSettingsError, Settings
from store.invariants import broken
from store.links import MEETING, Link
from tests import hour
from tests.conftest import ROOT
from tests.sandbox.conftest import MONDAY
from tests.sandbox.test_ics import file
from tests.sandbox.test_ics_as_people_have_them import DAY, FUTURE, MEXICO, WORK, zone
from tests.senders import FIELDS, Sender, a_source
from tests.test_settings import GOOD
from tests.thoroughness import SEED, THOROUGH
from tests.world import BRIEF, DUE, World
from tools.fuzzing import Fuzzer

pytestmark = pytest.mark.large

SAMPLE = 100_000 if THOROUGH else 10_000
TIMES = int(os.environ.get("FUZZ", SAMPLE))  # noqa: TID251  # how the suite is asked to run
"""So many inputs in all, each kind its share; `make fuzz N=1000000` is the large look."""
AT_ONCE = 16
LONGEST = 20.0  # seconds of work for one calendar
MOST_EVENTS = 10_000  # of one, in two years: of each series in it 2,000 at most
MOST_MEMORY = 200_000  # KiB more, however many they are
OF_SOMEBODY = (
    b"data-title=",
    b'{"rows": [',
    b"figure,name,unit",
)  # in what is shown of somebody, and in no shell
NOT_KNOWN = 501  # what the Bot Framework answers to an invoke that the bot does not know


CALENDAR = file(
    f"UID:s\nSUMMARY:Series\n{WORK}RRULE:FREQ=MONTHLY;BYMONTHDAY=2,16\nEXDATE:20260316T080000Z",
    FUTURE.replace("UID:t", "UID:s").replace("0304", "0402")
    + WORK.replace("0302", "0402").replace("T1", "T2"),
    f"UID:d\n{DAY}RRULE:FREQ=WEEKLY;BYDAY=MO;UNTIL=20260401\nRDATE;VALUE=DATE:20260305",
    f"UID:w\nSEQUENCE:2\n{WORK}RRULE:FREQ=WEEKLY;INTERVAL=2;COUNT=20\nEXDATE;VALUE=DATE:20260316",
    f"UID:w\nRECURRENCE-ID;TZID=Europe/Madrid:20260330T090000\nSTATUS:CANCELLED\n{WORK}",
    "UID:p\nDTSTART:20260303T090000Z\nRDATE;VALUE=PERIOD:20260305T090000Z/PT1H",
    f"UID:o\nDTSTART;TZID={MEXICO}:20260302T090000\nATTENDEE;PARTSTAT=DECLINED:mailto:a@b.example",
    "UID:a\nDTSTART:20260304T093000\nDURATION:P1DT2H\nX-MICROSOFT-CDO-BUSYSTATUS:OOF\n"
    "BEGIN:VALARM\nTRIGGER:-PT15M\nEND:VALARM",
    head=f"X-WR-TIMEZONE:Asia/Tokyo\n{zone(MEXICO)}",
)


@pytest.fixture
def calendars() -> Sandbox:
    return Sandbox(weeks=False, now=MONDAY, machine=hour.now)


@pytest.fixture
def counted() -> Iterator[Counter[str]]:
    """What became of the inputs; `make fuzz` shows it. Memory stays flat however many they are."""
    found, before = Counter[str](), getrusage(RUSAGE_SELF).ru_maxrss
    yield found
    after = getrusage(RUSAGE_SELF).ru_maxrss
    print(found.total(), "inputs:", dict(found.most_common()), f"{before} to {after} KiB")  # noqa: T201
    assert after - before < MOST_MEMORY


def share(of: float) -> range:
    return range(int(TIMES * of))


def seeds() -> int:
    return int(os.environ.get("SEED", SEED))  # noqa: TID251


def _in_excel(text: str) -> bytes:
    book, content = Workbook(), BytesIO()
    for row in csv.reader(text.splitlines()):
        book.active.append([int(cell) if cell.isdecimal() else cell for cell in row])  # type: ignore[union-attr]
    book.active.append(["=1+1", datetime(2026, 3, 2), True, 1.5])  # type: ignore[union-attr]
    book.save(content)
    return content.getvalue()


def test_any_list_of_leads_is_read_or_refused_in_words(
    policy_in_force: Policy, counted: Counter[str]
) -> None:
    fuzzer, right, excel = Fuzzer(seeds()), as_csv(), _in_excel(as_csv())
    for n in share(0.04):
        match n % 4:
            case 0:
                content = fuzzer.zipped(excel)
            case 1:
                content = fuzzer.text(right.replace(",", ";"))
            case _:
                content = fuzzer.text(right)
        try:
            found = table(content)
        except UnreadableFileError:
            counted["lists refused"] += 1
            continue
        listed, problems = lead_list.read(found, policy_in_force, "quinn")
        counted["lists with leads" if listed else "lists without any"] += 1
        for one in listed:
            json.dumps(str(one.lead)).encode()
            assert "\0" not in str(one.lead), content
        assert all(isinstance(problem, str) for problem in problems)


Reads = Callable[[lead_list.Table], tuple[Sequence[object], list[str]]]
SHORT: dict[str, tuple[Sequence[str], str, Reads]] = {
    "campaigns": (
        campaigns.COLUMNS,
        "code,name,owner,source\nW1,Ports webinar,milo@x.example,Webinar\nF1,Fair,m@x.example,\n",
        campaigns.read,
    ),
    "goals": (
        goals.COLUMNS,
        (
            "figure,of,whose,since,until,target\naccepted,team,m@x.example,2026-03-01,2026-03-31,4\n"
            "kept_of_due,pool,emea,2026-03-01,9999-12-31,90 %\n"
            "won,organisation,,2026-01-01,2026-12-31,2147483647\n"
        ),
        goals.read,
    ),
}


@pytest.mark.parametrize("kind", SHORT)
def test_any_list_of_campaigns_or_goals_is_read_or_refused_in_words(
    kind: str, counted: Counter[str]
) -> None:
    fuzzer, (columns, right, read) = Fuzzer(seeds()), SHORT[kind]
    excel = _in_excel(right)
    for n in share(0.03):
        content = fuzzer.zipped(excel) if n % 4 == 0 else fuzzer.text(right)
        try:
            found = table(content, fuzzer.pick((None, None, "utf-7", "cp1252")), columns)
        except UnreadableFileError:
            counted[f"{kind} refused"] += 1
            continue
        listed, problems = read(found)
        counted[f"{kind} with some" if listed else f"{kind} without any"] += 1
        for one in listed:
            str(one).encode()
            assert "\0" not in str(one), content
            if isinstance(one, figures.Goal):
                assert one.period.since < one.period.until, content
                assert 0 < one.target <= goals.MOST, content
        assert all(isinstance(problem, str) and problem.encode() for problem in problems)


def test_any_calendar_is_taken_in_and_only_once(calendars: Sandbox, counted: Counter[str]) -> None:
    fuzzer, rita, around = Fuzzer(seeds()), calendars.person("rita").id, timedelta(days=400)
    for n in share(0.01):
        calendars.mailboxes.clear()
        content, begun, found = fuzzer.calendar(CALENDAR), process_time(), list[set[Any]]()
        for _ in range(1 + n % 2):
            report = ics.read(calendars.tenant, "rita", content)
            shown = calendars.outlook.calendar("rita", MONDAY - around, MONDAY + around)
            assert len(shown) <= MOST_EVENTS, content
            assert all(one.start <= one.end for one in shown), content
            assert all(str(note) for note in report.notes), content
            kept = calendars.mailboxes.events(rita)
            assert all(one.start.year > 1600 for one in kept), content
            found.append({(one.uid, one.start) for one in kept})
        counted["calendars whole" if not report.left_out else "calendars in part"] += 1
        assert found[0] == found[-1], content
        assert process_time() - begun < LONGEST, content


def test_any_policy_is_taken_or_refused_with_its_lines(counted: Counter[str]) -> None:
    fuzzer, right = Fuzzer(seeds()), (ROOT / "policy.toml").read_text()
    for _ in share(0.04):
        content = fuzzer.text(right)
        try:
            read_new(content.decode(), "policy.toml")
        except (UnicodeDecodeError, BadPolicyError):
            counted["policies refused"] += 1
        else:
            counted["policies taken"] += 1


def test_any_settings_are_taken_or_refused_by_name(counted: Counter[str]) -> None:
    fuzzer, names = Fuzzer(seeds()), [name.upper() for name in Settings.model_fields]
    for _ in share(0.7):
        name = fuzzer.pick(names)
        odd = fuzzer.pick((fuzzer.word(), GOOD.get(name, "") + fuzzer.word(), fuzzer.word() * 3))
        why = name
        try:
            Settings.read({**GOOD, name: odd})
        except BadSettingsError as error:
            why = str(error)
        counted["settings taken" if why == name else "settings refused"] += 1
        assert name in why


def _activities(world: World, message: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """What Teams sends of people, one of each kind."""
    teams = world.box.teams
    for who, text in (("quinn", "book"), ("rita", "mine"), ("rita", "why 1"), ("mara", "fairness")):
        yield who, teams.activity(who, "message") | {"text": text, "textFormat": "plain"}
    for who, verb, data in (
        ("quinn", "brief", {**BRIEF, "form": str(uuid4()), "target": "pool:emea"}),
        ("rita", "accept", {"handoff": message}),
        ("rita", "send_back", {"handoff": message, "reason": "brief", "note": "why"}),
        ("rita", "follow_up", {"handoff": message, "kind": "call", "day": "2026-03-04"}),
    ):
        action = {"type": "Action.Execute", "verb": verb, "data": data}
        yield (
            who,
            teams.activity(who, "invoke")
            | {"name": "adaptiveCard/action", "value": {"action": action}, "replyToId": "17"},
        )
    for n, verb in enumerate(sorted(teams_bot.VERBS)):
        who = ("quinn", "rita", "mara")[n % 3]
        action = {"type": "Action.Execute", "verb": verb, "data": {"handoff": message, **ANY}}
        yield (
            who,
            teams.activity(who, "invoke")
            | {"name": "adaptiveCard/action", "value": {"action": action}, "replyToId": "17"},
        )
    for name in ("composeExtension/fetchTask", "composeExtension/submitAction", "task/fetch"):
        value = {"commandId": "handOver", "messagePayload": {"id": "1", "body": {"content": "x"}}}
        yield "quinn", teams.activity("quinn", "invoke") | {"name": name, "value": value}
    added = [{"id": "29:x"}, {"id": "28:y", "name": "Baton"}]
    for kind, more in (
        ("installationUpdate", {"action": "add"}),
        ("conversationUpdate", {"membersAdded": added}),
        ("messageReaction", {"reactionsAdded": [{"type": "like"}]}),
    ):
        yield "rosa", teams.activity("rosa", kind) | more


ANY = {
    "stands": "1",
    "opens": "other",
    "opened": "send_back",
    "drawn": "ab12",
    "form": str(uuid4()),
    "choice": "2026-03-03T09:00:00+00:00|rita",
    "start": "2026-03-03T08:00:00+00:00",
    "n": "1",
    "rep": "rita",
    "to": "quinn",
    "person": "rosa",
    "lead": str(uuid4()),
    "promise": "1",
    "day": "2026-03-04",
    "wanted": "2026-03-05",
    "kind": "call",
    "type": "first",
    "hours": "4",
    "reason": "brief",
    "note": "why",
    "words": "Hello",
    "outcome": "held",
    "ending": "lost:price",
    "what": "meeting",
    "claim_meeting": "rep_absent",
    "claim_ending": "won",
    "evidence": "mail",
    "value": "48000",
    "currency": "EUR",
    "contact": "Contoso",
    "target": "pool:emea",
    "stage": "proposal",
    "number": "1",
    "said": "mine",
    "action": "call_2d",
    "name": "answer",
}
"""Something for whatever a button may carry."""

NOTE = {
    "changeType": "updated",
    "resource": "users/x/events/y",
    "resourceData": {"@odata.type": "#Microsoft.Graph.Event", "id": "y", "@odata.etag": 'W/"1"'},
    "subscriptionExpirationDateTime": "2026-03-05T09:00:00Z",
    "tenantId": "t",
}
FORM = "reason=none&note=why&link=x&sure=yes"
CHANGES = ("act=look", "act=move&start=2026-03-03T09:00:00%2B00:00", "act=call_off&note=why")
KEY = "name=Power+BI&life=30"
TYPES = (
    "application/x-www-form-urlencoded",
    "application/x-www-form-urlencoded; charset=martian",
    "multipart/form-data; boundary=x",
    "multipart/form-data",
    "application/json; charset=utf-16",
    "x",
)


Post = Callable[[aiohttp.ClientSession], Awaitable[int]]


async def _notes(world: World) -> list[dict[str, Any]]:
    """One with the secret that Graph knows, and one of somebody who guesses."""
    [(id, secret)] = await world.rows("select id, client_state from subscription limit 1")
    guessed = {"subscriptionId": str(uuid4()), "clientState": "secret"}
    return [NOTE | guessed, NOTE | {"subscriptionId": str(id), "clientState": secret}]


async def _link(world: World, id: UUID) -> str:
    """A link as in a mail to the rep, good until it is used."""
    handoff, stores, at = (await world.case(id)).handoff, world.app.services.stores, world.clock()
    [answer] = [one for one in handoff.commitments if one.what is Promise.ANSWER]
    end = at + timedelta(days=5)
    link = Link(id=uuid4(), handoff=id, person=answer.who, n=answer.n, expires_at=end)
    async with stores.door.open() as tx:
        return await stores.links.make(tx, link, at)


async def _pass(world: World, id: UUID, mail: str) -> str:
    """The prospect's own link, which is used again and again."""
    stores = world.app.services.stores
    async with stores.door.open() as tx:
        return await stores.links.make_pass(tx, id, mail, world.clock())


async def _key(world: World, who: str) -> str:
    """A key of theirs for programs, which the tab makes."""
    token = world.box.entra.tab_token(world.box.person(who))
    headers = {"HX-Request": "true", "Authorization": f"Bearer {token}"}
    form = {"name": "Power BI", "life": "30"}
    async with (
        aiohttp.ClientSession(headers=headers) as http,
        http.post(f"{world.url}/tab/keys", data=form) as answer,
    ):
        [key] = set(re.findall(r"baton_[\w-]{43}", await answer.text()))
        return str(key)


TAB = (
    *("/tab", "/tab/mine", "/tab/handoff/1", "/tab/fairness/emea", "/tab/rules", "/tab/configure"),
    *("/tab/team", "/tab/team/below/4w/rep", "/tab/team/organisation/2026-W10/week", "/tab/weeks"),
    *("/tab/team/pool.emea/2026-Q1/code", "/tab/campaigns/campaign.x/2026-03", "/tab/keys"),
    *("/tab/list/kept_of_due/below/4w/who/~/0", "/tab/list/won/organisation/2026", "/tab/file/x/y"),
    *(
        "/tab/weeks/2026-02-23",
        "/tab/weeks/2026-02-23/kept/below/~",
        "/tab/take/csv/figures/below/4w",
    ),
    "/tab/take/xlsx/list/kept/below/4w/who/~",
)
OTHERS = ("/health/x", "/privacy", "/f/x.y")
BY_KEY = (
    "/api/figures?of=below&time=4w&by=rep&format=csv",
    "/api/figures?of=organisation&time=2026-W10&by=week",
    "/api/figures/lines?figure=kept&of=below&time=2026-03&part=x&bottom=true",
    "/api/figures/openapi.json",
)


def _asked(world: World, fuzzer: Fuzzer, link: str, key: str) -> Iterator[Post]:
    """Pages, asked for as nobody's client asks; every eighth time by a token that proves nothing,
    to whom nothing of anybody is shown.
    """
    good = world.box.entra.tab_token(world.box.person("mara"))
    pages = (*TAB, *TAB, *OTHERS, f"/m/{link}/accept", *BY_KEY, *BY_KEY)
    for n in count():
        path, proves = fuzzer.pick(pages), n % 8 != 0
        right = key if path in BY_KEY else good
        token = right if proves else fuzzer.token(good)
        headers = {"Host": "baton", "HX-Request": "true"}
        sent = fuzzer.request(path, {**headers, "Authorization": f"Bearer {token}"})

        async def post(
            _: aiohttp.ClientSession, sent: bytes = sent, *, proves: bool = proves
        ) -> int:
            status, said = await _sent(world.url, sent)
            shown = any(one in said for one in OF_SOMEBODY)
            assert proves or status != HTTPStatus.OK or not shown, sent
            return status

        yield post


Headers = dict[str, str]
NO_KEYS = ("-" * 36, "0" * 36, "x", "%00", "%FF", "..", "*", "", str(UUID(int=7)), "A" * 36)


def _posts(
    world: World,
    id: str,
    notes: Sequence[dict[str, Any]],
    link: str,
    passed: str,
    key: str,
    keys: Sequence[str],
) -> Iterator[tuple[str, Post]]:
    """Each input, posted to where such a thing comes in; what it is answered with. Of *keys* some
    are rita's, who makes others and revokes what she can.
    """
    fuzzer = Fuzzer(seeds())
    token = world.box.entra.tab_token(world.box.person("rita"))
    proof = {"HX-Request": "true", "Authorization": f"Bearer {token}"}
    activities = list(_activities(world, id))
    paths = ("/m/x/accept", f"/m/x.y/{SEND_BACK}", f"/m/{link}/{SEND_BACK}", "/health/x")
    places = [
        *(("forms", path, FORM) for path in (*paths, "/api/messages", "/tab/keys")),
        *(("changes", f"/m/{passed}/{MEETING}", form) for form in CHANGES),
    ]

    def activity(n: int) -> Post:
        who, right = activities[n % len(activities)]
        body, token = fuzzer.json(right), "a.b.c" if n % 40 == 0 else None

        async def post(_: aiohttp.ClientSession) -> int:
            answer = await world.box.teams.send(who, body, token=token)
            # What a click fails with stands inside an answer that is well.
            inside = answer.body.get("statusCode") if isinstance(answer.body, dict) else None
            return int(inside) if answer.status == 200 and inside else answer.status

        return post

    def other(path: str, body: bytes, kind: str, **more: str) -> Post:
        async def post(http: aiohttp.ClientSession) -> int:
            headers = {"Content-Type": kind, **more}
            async with http.post(world.url + path, data=body, headers=headers) as answer:
                await answer.read()
                return answer.status

        return post

    asked = _asked(world, fuzzer, link, key)
    for n in share(0.13):
        if n % 13 >= 10:
            yield "pages", next(asked)
        elif n % 2:
            yield "activities", activity(n // 2)
        elif n % 4:
            body = fuzzer.json({"value": [*notes, *notes]})
            yield "notifications", other("/api/graph", body, "application/json")
        elif n % 8:
            kind, path, right = fuzzer.pick(places)
            form = fuzzer.pick((fuzzer.text(right), right.encode() if kind == "changes" else b"x"))
            yield kind, other(path, form, fuzzer.pick(TYPES))
        else:
            proofs, kind = fuzzer.pick((proof, proof, {})), fuzzer.pick((TYPES[0], *TYPES))
            which = fuzzer.pick((*keys, *keys, *NO_KEYS))
            path = fuzzer.pick(("/tab/keys", f"/tab/keys/{which}/revoke"))
            body = fuzzer.pick((KEY.encode(), fuzzer.text(KEY)))
            yield "keys", other(path, body, kind, **proofs)


async def _sent(url: str, request: bytes) -> tuple[int, bytes]:
    """What a page answers to bytes as they are: its status, 0 without any, and what it says."""
    host, port = url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        writer.write(request)
        async with asyncio.timeout(60):
            head = await reader.readuntil(b"\r\n\r\n")
            told = re.search(rb"(?i)^content-length: *([0-9]+)", head, re.MULTILINE)
            body = await reader.readexactly(int(told[1])) if told else b""
            return int(head.split(b" ", 2)[1]), body
    except TimeoutError as error:
        raise AssertionError(request) from error
    except (asyncio.IncompleteReadError, ConnectionError):
        return 0, b""
    finally:
        writer.close()


async def test_whatever_is_posted_is_answered_and_writes_nothing_wrong(
    world: World, counted: Counter[str]
) -> None:
    id = await world.offer()
    other = await world.offer("ravi", contact_email="b@b.example", company="Northwind")
    third = await world.offer("rosa", contact_email="c@c.example", company="Fabrikam")
    passed = await _pass(world, third, "c@c.example")
    link, key, statuses = await _link(world, other), await _key(world, "mara"), set[int]()
    await _key(world, "rita")
    keys = [str(one) for (one,) in await world.rows("select id from figure_key")]
    posts = _posts(world, str(id), await _notes(world), link, passed, key, keys)

    async def one_by_one(http: aiohttp.ClientSession) -> None:
        for kind, post in posts:
            status = await post(http)
            statuses.add(status)
            counted[f"{kind} answered {status}"] += 1

    async with aiohttp.ClientSession() as http:
        await asyncio.gather(*(one_by_one(http) for _ in range(AT_ONCE)))
    while await world.rows(DUE, True):  # clicks by the hundred in one chat, one after the other
        await world.app.work(wait=False, concurrency=2)
    await world.work()

    assert {status for status in statuses if status >= 500 or status == 0} <= {NOT_KNOWN}
    for kind, well in (("activities", 200), ("notifications", 202), ("forms", 422), ("pages", 200)):
        assert counted[f"{kind} answered {well}"] > TIMES / 1_000
    assert counted["keys answered 200"] > TIMES / 4_000
    assert counted["changes answered 200"] > TIMES / 4_000
    who, of_keys = world.box.person, "select person, count(revoked_at), count(*) from figure_key "
    rows = await world.rows(f"{of_keys} group by 1")
    made = {person: (revoked, count) for person, revoked, count in rows}
    assert made.pop(who("mara").id) == (0, 1), "nobody else's is revoked"
    [(revoked, count)] = [made.pop(who("rita").id)]
    assert revoked
    assert count > 1
    assert not made
    untrue = await broken(world.app.services.stores.reads)
    assert not any(untrue.values()), "what is always true still is"
    assert (await world.case(id)).handoff.number == 1
    failed = "select task_name, args from procrastinate_jobs where status = 'failed'"
    assert await world.rows(failed) == []


def _leads(fuzzer: Fuzzer, senders: Sequence[Sender]) -> Iterator[tuple[Sender, bytes, Headers]]:
    """Each proved by whoever sends it, but for every ninth, which says something else of itself."""
    for n in share(0.02):
        right = dict(FIELDS, company=f"C{n % 97}", contact_email=f"a@c{n % 97}.example")
        whole: dict[str, Any] = fuzzer.pick((right, {"type": "lead.created", "data": right}))
        body = json.dumps(whole).encode() if n % 3 == 0 else fuzzer.json(whole)
        sender = senders[n % len(senders)]
        proof = sender.proof(body, fuzzer.pick(("", str(n), str(n // 9))))
        if n % 9 == 0:
            name = fuzzer.pick(sorted(proof))
            odd = fuzzer.text(proof[name]).decode(errors="replace")
            proof[name] = re.sub(r"[^ -~]", "?", odd).strip()
        yield sender, body, proof


async def test_whatever_is_handed_in_is_answered_and_writes_nothing_wrong(
    world: World, counted: Counter[str]
) -> None:
    senders = [await a_source(world), await a_source(world, "--signs", name="CRM")]
    there = set[int]()
    async with aiohttp.ClientSession() as http:
        for sender, body, headers in _leads(Fuzzer(seeds()), senders):
            async with http.post(sender.address, data=body, headers=headers) as answer:
                counted[f"leads answered {answer.status}"] += 1
                assert answer.status < 500, (body, headers)
                refused = answer.status >= HTTPStatus.BAD_REQUEST
                said = json.loads(await answer.text()) if not refused else {}
            if not refused:
                there.add(said["lead"])
    services = world.app.services
    for (id,) in await world.rows("select id from handoff"):
        case = await services.stores.handoffs.case(id)
        assert await services.baton.card(case, case.handoff.owner), "whatever stands in it"

    for status in (200, 202, 401, 422):
        assert counted[f"leads answered {status}"], status
    kept = await world.rows("select count(*), max(number) from handoff")
    assert kept == [(len(there), len(there))], "each answer is a lead, and each lead was answered"
    untrue = await broken(world.app.services.stores.reads)
    assert not any(untrue.values()), "what is always true still is"
