"""The desk over HTTP: what the page is shown and what it can ask for. No Playground runs here."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from sandbox.desk.acts import NOTHING, Next
from sandbox.desk.server import PAGE, Desk, Framed, open_desk
from sandbox.desk.view import linked, plain
from sandbox.exchange.meetings import NotAllowedError
from sandbox.exchange.model import Address, Body, Pattern, Range, Recurrence
from sandbox.m365 import Sandbox
from tests.conftest import ROOT
from tests.sandbox.conftest import MONDAY

Json = dict[str, Any]

INES = "ines@contoso.example"
MANIFEST = json.loads((ROOT / "manifest" / "manifest.json").read_text(encoding="utf-8"))


@dataclass(kw_only=True)
class Caller:
    """Somebody's browser at the desk."""

    desk: Desk
    url: str
    session: aiohttp.ClientSession

    async def get(self, path: str, **headers: str) -> tuple[int, Any]:
        return await self._ask("GET", path, None, headers)

    async def post(self, path: str, body: object = None, **headers: str) -> tuple[int, Any]:
        return await self._ask("POST", path, body, headers)

    async def done(self, path: str, body: object = None) -> Any:
        status, answer = await self.post(path, body)
        assert status == 200, answer
        return answer

    async def state(self, *people: str, weeks: str = "") -> Json:
        status, state = await self.get(f"api/state?people={','.join(people)}&weeks={weeks}")
        assert status == 200, state
        return dict(state)

    async def column(self, who: str, week: int = 0) -> Json:
        return dict((await self.state(who, weeks=str(week)))["columns"][0])

    async def events(self, who: str, week: int = 0) -> dict[str, Json]:
        """By subject."""
        found = (await self.column(who, week))["week"]["events"]
        return {event["subject"]: event for event in found.values()}

    async def act(self, who: str, subject: str, do: str) -> tuple[int, Any]:
        event = (await self.events(who))[subject]
        return await self.post(f"api/people/{who}/events", {"event": event["id"], "do": do})

    async def _ask(
        self, method: str, path: str, body: object, headers: dict[str, str]
    ) -> tuple[int, Any]:
        content = body if isinstance(body, str) else json.dumps(body)
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        async with self.session.request(
            method, self.url + path, data=content if method == "POST" else None, headers=sent
        ) as answer:
            return answer.status, await answer.json()


@asynccontextmanager
async def desk_of(
    box: Sandbox, packages: Path = ROOT, framed: Framed | None = None
) -> AsyncIterator[Caller]:
    async with open_desk(box, packages=packages, manifest=MANIFEST, framed=framed) as desk:
        site = web.Application()
        site.add_subapp("/desk/", desk.site)
        runner = web.AppRunner(site, access_log=None, shutdown_timeout=5)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        url = f"http://127.0.0.1:{runner.addresses[0][1]}/desk/"
        desk.listens_at(url)
        async with aiohttp.ClientSession() as session:
            try:
                yield Caller(desk=desk, url=url, session=session)
            finally:
                await runner.cleanup()


@pytest.fixture
async def at(box: Sandbox) -> AsyncIterator[Caller]:
    async with desk_of(box) as caller:
        yield caller


@pytest.fixture
async def bare(box: Sandbox, tmp_path: Path) -> AsyncIterator[Caller]:
    """A desk with Playgrounds, where nothing is installed from npm."""
    async with desk_of(box, tmp_path, Framed(first_port=0, folder=tmp_path)) as caller:
        yield caller


def hour(day: int, hour: float) -> datetime:
    """In the week of MONDAY, in UTC; day 0 is Monday. Madrid is an hour ahead, London is not."""
    return MONDAY.replace(hour=0, minute=0) + timedelta(days=day, hours=hour)


def meet(box: Sandbox, subject: str = "Contoso", *, day: int = 1, **fields: Any) -> None:
    """Quinn invites Rita and Ines, at ten in Madrid for half an hour."""
    box.outlook.create(
        "quinn",
        subject,
        hour(day, 9),
        hour(day, 9.5),
        attendees=["rita", Address(name="Ines Prado", mail=INES)],
        **fields,
    )


# The page


async def test_the_page_comes_with_a_policy_that_lets_nothing_in(at: Caller) -> None:
    async with at.session.get(at.url) as answer:
        policy = answer.headers["Content-Security-Policy"]
        text = await answer.text()
    assert answer.status == 200
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-src" not in policy
    assert "<title>Desk · Baton</title>" in text


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.attributes: list[tuple[str, str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes += [(tag, name, value or "") for name, value in attrs]


def test_the_page_has_no_handlers_and_no_styles_within_itself() -> None:
    tags = _Tags()
    tags.feed((PAGE / "index.html").read_text())
    names = {name for _, name, _ in tags.attributes}
    assert not {name for name in names if name.startswith("on") or name == "style"}
    assert not [tag for tag, _, _ in tags.attributes if tag == "style"]


async def test_every_file_that_the_page_asks_for_is_there(at: Caller) -> None:
    tags = _Tags()
    tags.feed((PAGE / "index.html").read_text())
    wanted = {
        value
        for tag, name, value in tags.attributes
        if name in ("src", "href") and value and not value.startswith("#") and tag != "a"
    }
    for script in PAGE.glob("*.js"):
        wanted |= {f"page/{name}" for name in re.findall(r'from "\./(.+)"', script.read_text())}
    assert len(wanted) > 5
    for path in wanted:
        async with at.session.get(at.url + path) as answer:
            assert answer.status == 200, path


def test_nothing_on_the_page_comes_from_elsewhere() -> None:
    for file in PAGE.iterdir():
        addresses = set(re.findall(r"https?://[^\s\"'`)>]+", file.read_text()))
        assert addresses <= {"http://www.w3.org/2000/svg", "http://${OTHER_NAME}:${port}/"}, file


async def test_the_address_without_its_last_slash_leads_there_too(at: Caller) -> None:
    async with at.session.get(at.url.removesuffix("/")) as answer:
        assert answer.status == 200
        assert str(answer.url) == at.url


# Who may ask


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://elsewhere.example"},
        {"Origin": "http://127.0.0.1:1"},
        {"Origin": "null"},
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
        {"Sec_Fetch_Site": "none"},
        {"Host": "elsewhere.example"},
    ],
)
async def test_another_web_page_cannot_move_the_clock(
    at: Caller, box: Sandbox, headers: dict[str, str]
) -> None:
    status, answer = await at.post("api/clock", {"hours": 1}, **headers)
    assert status == 403
    assert answer["error"] == "The desk takes this from its own page only."
    assert box.clock() == MONDAY


async def test_a_page_of_another_name_learns_nothing(at: Caller) -> None:
    status, _ = await at.get("api/state", Host="elsewhere.example")
    assert status == 403


async def test_the_desks_own_page_may(at: Caller, box: Sandbox) -> None:
    origin = at.url.removesuffix("/desk/")
    status, _ = await at.post(
        "api/clock", {"hours": 1}, Origin=origin, Sec_Fetch_Site="same-origin"
    )
    assert status == 200
    assert box.clock() == MONDAY + timedelta(hours=1)


# What is asked for wrongly


@pytest.mark.parametrize(
    ("path", "body", "says"),
    [
        ("api/clock", "no json", "That cannot be read"),
        ("api/clock", [], "That cannot be read"),
        ("api/clock", {}, "The clock moves by hours, to somebody's morning"),
        ("api/clock", {"hours": 1, "morning_of": "quinn"}, "say which"),
        ("api/clock", {"hours": -1}, "hours: Input should be greater than 0"),
        ("api/clock", {"hours": 10_000}, "hours: "),
        ("api/clock", {"hours": "1"}, "hours: Input should be a valid integer"),
        ("api/clock", {"hours": 1, "days": 1}, "days: "),
        ("api/clock", {"morning_of": "nobody"}, "Nobody at Halden Systems is called nobody."),
        ("api/switches", {"name": "graph-gone", "on": True}, "There is no switch graph-gone."),
        ("api/switches", {"name": "graph-down"}, "on: Field required"),
        ("api/people/nobody/blocked", {"on": True}, "Nobody at Halden Systems is called nobody."),
        ("api/people/nobody/chat", {"text": "hi"}, "Nobody at Halden Systems is called nobody."),
        ("api/people/rita/chat", {"text": ""}, "text: "),
        ("api/people/rita/clicks", {"message": "1", "kind": "execute"}, "That message is not in"),
        ("api/people/rita/dialogs", {"command": "x", "message": "1"}, "That message is not in"),
        ("api/people/rita/events", {"event": "x", "do": "accept"}, "not in Rita's calendar any"),
        ("api/people/rita/events", {"event": "x", "do": "burn"}, "do: "),
        ("api/outside", {"letter": "x", "answer": "accept"}, "There is no such invitation."),
    ],
)
async def test_wrong_input_is_answered_with_a_sentence(
    at: Caller, box: Sandbox, path: str, body: object, says: str
) -> None:
    status, answer = await at.post(path, body)
    assert status == 400
    assert says in answer["error"]
    assert box.clock() == MONDAY


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("people=nobody", "Nobody at Halden Systems is called nobody."),
        ("people=quinn,rita,mara,theo", "There is room for 3 people."),
        ("people=quinn&weeks=soon", "weeks takes whole numbers, not soon."),
        ("people=quinn&weeks=100000", "That week is too far away."),
    ],
)
async def test_a_wrong_question_is_answered_with_a_sentence(
    at: Caller, query: str, says: str
) -> None:
    assert await at.get(f"api/state?{query}") == (400, {"error": says})


# People and the clock


async def test_everybody_can_be_chosen(at: Caller) -> None:
    state = await at.state("quinn", "rita", "mara")
    assert len(state["everybody"]) == 15
    assert [one["name"] for one in state["columns"]] == ["Quinn Avery", "Rita Osei", "Mara Lind"]
    quinn = state["columns"][0]
    assert (quinn["role"], quinn["title"], quinn["city"]) == (
        "Qualifier",
        "Lead Qualifier",
        "Madrid",
    )
    assert {one["role"] for one in state["everybody"]} == {
        "Qualifier", "Rep", "Manager", "Marketing", "Admin", ""
    }  # fmt: skip


async def test_the_clock_is_the_companys(at: Caller) -> None:
    assert (await at.state())["clock"] == {"now": "2026-03-02T08:30:00Z", "stands": True}
    await at.done("api/clock", {"hours": 4})
    assert (await at.state())["clock"]["now"] == "2026-03-02T12:30:00Z"


async def test_whoever_opened_the_desk_says_how_time_passes(at: Caller, box: Sandbox) -> None:
    stops: list[datetime] = []

    async def pass_time(to: datetime) -> None:
        for moment in (to - timedelta(minutes=30), to):
            await asyncio.sleep(0)
            stops.append(box.clock.set(moment))

    at.desk.pass_time = pass_time
    await asyncio.gather(*(at.done("api/clock", {"hours": 1}) for _ in range(2)))
    assert stops == [MONDAY + timedelta(hours=h) for h in (0.5, 1, 1.5, 2)], "one after the other"


async def test_the_clock_goes_to_the_next_thing_that_happens_and_says_what_it_is(
    at: Caller, box: Sandbox
) -> None:
    status, answer = await at.post("api/clock", {"next": True})
    assert (status, answer["error"]) == (400, NOTHING)
    assert box.clock() == MONDAY

    async def what_next() -> Next:
        return Next(MONDAY + timedelta(minutes=90), "Rita Osei is reminded.")

    at.desk.what_next = what_next
    told = await at.done("api/clock", {"next": True})
    assert told["what"] == "Rita Osei is reminded."
    assert box.clock() == MONDAY + timedelta(minutes=90)


async def test_whoever_goes_out_of_office_is_so_at_once_until_they_are_back(
    at: Caller, box: Sandbox
) -> None:
    looked: list[datetime] = []

    async def pass_time(to: datetime) -> None:
        looked.append(to)

    at.desk.pass_time = pass_time
    for on in (True, False):
        await at.done("api/people/rita/away", {"on": on})
        assert (await at.column("rita"))["away"] is on
        assert box.person("rita").replies.status == ("alwaysEnabled" if on else "disabled")
    assert looked == [MONDAY, MONDAY], "whoever follows absences looks, and no time passes"


@pytest.mark.parametrize(
    ("who", "now", "then"),
    [
        ("quinn", "2026-03-02 08:30", "2026-03-03 08:00"),  # nine in Madrid
        ("quinn", "2026-03-03 03:00", "2026-03-03 08:00"),  # in the small hours it is today's
        ("quinn", "2026-03-06 12:00", "2026-03-09 08:00"),  # over the weekend
        ("mara", "2026-03-02 08:30", "2026-03-03 07:00"),  # eight in Stockholm
        ("noah", "2026-03-02 08:30", "2026-03-02 14:00"),  # nine in New York
        ("rosa", "2026-03-05 12:00", "2026-03-09 08:00"),  # works from Monday to Thursday
        ("quinn", "2026-03-27 12:00", "2026-03-30 07:00"),  # clocks change in between
    ],
)
async def test_the_next_working_morning_is_the_persons_own(
    at: Caller, box: Sandbox, who: str, now: str, then: str
) -> None:
    box.clock.set(datetime.fromisoformat(now).replace(tzinfo=UTC))
    await at.done("api/clock", {"morning_of": who})
    assert box.clock() == datetime.fromisoformat(then).replace(tzinfo=UTC)


async def test_somebody_without_working_days_has_no_morning(at: Caller, box: Sandbox) -> None:
    hours = box.person("quinn").hours
    box.directory.change("quinn", hours=type(hours)(zone=hours.zone, days=()))
    status, answer = await at.post("api/clock", {"morning_of": "quinn"})
    assert (status, answer) == (400, {"error": "Quinn Avery has no working days."})


async def test_the_page_says_who_is_at_work(at: Caller, box: Sandbox) -> None:
    async def presence(who: str) -> str:
        return str((await at.column(who))["presence"])

    assert await presence("quinn") == "at work"
    assert await presence("noah") == "after hours"
    box.clock.set(datetime(2026, 3, 6, 10, tzinfo=UTC))
    assert await presence("rosa") == "day off"
    box.outlook.set_automatic_replies("quinn")
    assert await presence("quinn") == "out of office"
    box.outlook.set_automatic_replies(
        "quinn", start=datetime(2026, 3, 7, tzinfo=UTC), end=datetime(2026, 3, 8, tzinfo=UTC)
    )
    assert await presence("quinn") == "at work"


# What is broken


async def test_what_is_broken_is_shown_and_mended(at: Caller, box: Sandbox) -> None:
    async def broken() -> set[str]:
        return {one["name"] for one in (await at.state())["switches"] if one["on"]}

    assert await broken() == set()
    await at.done("api/switches", {"name": "graph-down", "on": True})
    await at.done("api/switches", {"name": "notifications-lost", "on": True})
    assert await broken() == {"graph-down", "notifications-lost"}
    assert {one.name for one in box.faults.switches() if one.on} == await broken()
    await at.done("api/switches", {"name": "graph-down", "on": False})
    assert await broken() == {"notifications-lost"}


async def test_every_switch_has_plain_words(at: Caller) -> None:
    for switch in (await at.state())["switches"]:
        assert switch["meaning"], switch["name"]
        assert not re.search(r"\d{3}|Graph|Retry", switch["title"] + switch["meaning"])


async def test_somebody_can_block_the_bot(at: Caller, box: Sandbox) -> None:
    await at.done("api/people/rita/blocked", {"on": True})
    assert box.chats.chat("rita").blocked
    assert (await at.column("rita"))["blocked"] is True
    await at.done("api/people/rita/blocked", {"on": False})
    assert (await at.column("rita"))["blocked"] is False


# Weeks


async def test_a_week_is_told_in_the_persons_own_zone(at: Caller, box: Sandbox) -> None:
    box.outlook.create("rita", "Call", hour(1, 9), hour(1, 10), attendees=["ravi", "priya"])

    async def part(who: str) -> tuple[str, int, int]:
        days = (await at.column(who))["week"]["days"]
        ((day, found),) = [(day["date"], one) for day in days for one in day["parts"]]
        return day, found["from"], found["to"]

    assert await part("rita") == ("2026-03-03", 600, 660)
    assert await part("ravi") == ("2026-03-03", 540, 600)
    assert await part("priya") == ("2026-03-03", 870, 930)


async def test_the_current_week_is_shown_and_those_before_and_after(
    at: Caller, box: Sandbox
) -> None:
    async def monday(week: int = 0) -> str:
        return str((await at.column("quinn", week))["week"]["monday"])

    assert [await monday(week) for week in (-1, 0, 1)] == ["2026-02-23", "2026-03-02", "2026-03-09"]
    box.clock.set(datetime(2026, 3, 7, 10, tzinfo=UTC))
    assert await monday() == "2026-03-09", "on a Saturday, the week that comes"


async def test_the_weekend_is_shown_when_there_is_something_on_it(at: Caller, box: Sandbox) -> None:
    assert len((await at.column("quinn"))["week"]["days"]) == 5
    box.outlook.create("quinn", "Fair", hour(5, 9), hour(5, 10))
    assert [day["date"] for day in (await at.column("quinn"))["week"]["days"]][5:] == ["2026-03-07"]


async def test_working_hours_are_drawn_as_they_are_where_the_person_is(at: Caller) -> None:
    days = (await at.column("rosa"))["week"]["days"]
    assert [day["works"] is None for day in days] == [False] * 4 + [True]
    quinn = (await at.column("quinn"))["week"]["days"]
    assert {tuple(day["works"]) for day in quinn} == {(540, 1080)}


async def test_an_event_over_midnight_lies_on_both_days(at: Caller, box: Sandbox) -> None:
    box.outlook.create("quinn", "Night", hour(1, 22), hour(2, 1))
    days = (await at.column("quinn"))["week"]["days"]
    parts = [(day["date"], one["from"], one["to"]) for day in days for one in day["parts"]]
    assert parts == [("2026-03-03", 1380, 1440), ("2026-03-04", 0, 120)]


async def test_an_event_that_ends_at_midnight_lies_on_one_day(at: Caller, box: Sandbox) -> None:
    box.outlook.create("quinn", "Late", hour(1, 21), hour(1, 23))
    days = (await at.column("quinn"))["week"]["days"]
    parts = [(day["date"], one["from"], one["to"]) for day in days for one in day["parts"]]
    assert parts == [("2026-03-03", 1320, 1440)]


@pytest.mark.parametrize("who", ["priya", "noah"])
async def test_an_all_day_event_lies_on_its_day_everywhere(
    at: Caller, box: Sandbox, who: str
) -> None:
    box.outlook.create(who, "Holiday", hour(2, 0), hour(4, 0), all_day=True, show_as="oof")
    days = (await at.column(who))["week"]["days"]
    found = [day["date"] for day in days for one in day["parts"] if one["all_day"]]
    assert found == ["2026-03-04", "2026-03-05"]
    assert (await at.events(who))["Holiday"]["shows"] == "oof"


async def test_a_series_is_spread_out(at: Caller, box: Sandbox) -> None:
    daily = Recurrence(
        pattern=Pattern(type="daily"),
        range=Range(type="noEnd", start=date(2026, 3, 2), zone="Romance Standard Time"),
    )
    box.outlook.create("quinn", "Standup", hour(0, 8), hour(0, 8.25), recurrence=daily)
    week = (await at.column("quinn"))["week"]
    assert len(week["events"]) == 7
    assert all(event["series"] for event in week["events"].values())


async def test_events_say_how_they_stand(at: Caller, box: Sandbox) -> None:
    for number, subject in enumerate(("Yes", "Maybe", "Open", "Off")):
        meet(box, subject, day=number % 2)
    box.outlook.respond("rita", "Yes", "accept")
    box.outlook.respond("rita", "Maybe", "tentativelyAccept")
    box.outlook.cancel("quinn", "Off")
    box.outlook.create("rita", "Alone", hour(3, 9), hour(3, 10), sensitivity="private")
    events = await at.events("rita")
    assert {subject: event["state"] for subject, event in events.items()} == {
        "Yes": "accepted",
        "Maybe": "tentative",
        "Open": "unanswered",
        "Canceled: Off": "cancelled",
        "Alone": "own",
    }
    assert events["Alone"]["private"]
    assert (await at.events("quinn"))["Yes"]["state"] == "organizer"


async def test_an_event_names_who_comes_and_what_it_is_about(at: Caller, box: Sandbox) -> None:
    meet(box, body=Body(content="<p>Hello&nbsp;<b>Ines</b></p><script>no</script><p>&lt;b&gt;</p>"))
    event = (await at.events("rita"))["Contoso"]
    assert event["organizer"] == "Quinn Avery"
    assert event["attendees"] == [{"name": "Ines Prado", "response": "unanswered"}]
    assert event["text"] == "Hello Ines\n\n<b>"


# Acting in Outlook


async def test_an_answer_in_outlook_reaches_the_organizer(at: Caller, box: Sandbox) -> None:
    meet(box)
    assert (await at.events("rita"))["Contoso"]["can"] == [
        "accept",
        "tentative",
        "decline",
        "delete",
    ]
    assert (await at.act("rita", "Contoso", "accept"))[0] == 200
    assert (await at.events("rita"))["Contoso"]["state"] == "accepted"
    quinns = (await at.events("quinn"))["Contoso"]["attendees"]
    assert {"name": "Rita Osei", "response": "accepted"} in quinns
    await at.act("rita", "Contoso", "tentative")
    assert (await at.events("rita"))["Contoso"]["state"] == "tentative"


async def test_who_declines_has_it_no_more(at: Caller, box: Sandbox) -> None:
    meet(box)
    await at.act("rita", "Contoso", "decline")
    assert await at.events("rita") == {}
    quinns = (await at.events("quinn"))["Contoso"]["attendees"]
    assert {"name": "Rita Osei", "response": "declined"} in quinns


async def test_who_deletes_says_nothing(at: Caller, box: Sandbox) -> None:
    meet(box)
    await at.act("rita", "Contoso", "delete")
    assert await at.events("rita") == {}
    quinns = (await at.events("quinn"))["Contoso"]["attendees"]
    assert {"name": "Rita Osei", "response": "unanswered"} in quinns


async def test_an_organizer_moves_and_cancels(at: Caller, box: Sandbox) -> None:
    meet(box)
    assert (await at.events("quinn"))["Contoso"]["can"] == ["later", "cancel"]
    await at.act("quinn", "Contoso", "later")
    assert (await at.events("rita"))["Contoso"]["starts"] == "2026-03-03T10:00:00Z"
    await at.act("quinn", "Contoso", "cancel")
    assert await at.events("quinn") == {}
    cancelled = (await at.events("rita"))["Canceled: Contoso"]
    assert cancelled["can"] == ["delete"]
    assert (await at.act("rita", "Canceled: Contoso", "delete"))[0] == 200


async def test_one_day_of_a_series_can_be_answered(at: Caller, box: Sandbox) -> None:
    daily = Recurrence(
        pattern=Pattern(type="daily"),
        range=Range(type="noEnd", start=date(2026, 3, 2), zone="Romance Standard Time"),
    )
    box.outlook.create(
        "quinn", "Standup", hour(0, 8), hour(0, 8.25), recurrence=daily, attendees=["rita"]
    )
    events = (await at.column("rita"))["week"]["events"].values()
    tuesday = next(event for event in events if event["starts"].startswith("2026-03-03"))
    await at.done("api/people/rita/events", {"event": tuesday["id"], "do": "decline"})
    left = (await at.column("rita"))["week"]["events"].values()
    assert sorted(event["starts"][8:10] for event in left) == ["02", "04", "05", "06", "07", "08"]


async def test_nobody_does_what_outlook_would_not_let_them(at: Caller, box: Sandbox) -> None:
    meet(box)
    status, answer = await at.act("quinn", "Contoso", "accept")
    assert status == 400
    assert answer["error"] == "Quinn cannot do that with “Contoso”."
    status, _ = await at.act("rita", "Contoso", "cancel")
    assert status == 400
    with pytest.raises(NotAllowedError):
        box.outlook.respond("quinn", "Contoso", "accept")


async def test_nobody_acts_in_anothers_calendar(at: Caller, box: Sandbox) -> None:
    meet(box)
    ritas = (await at.events("rita"))["Contoso"]["id"]
    status, answer = await at.post("api/people/ravi/events", {"event": ritas, "do": "accept"})
    assert (status, answer) == (400, {"error": "That is not in Ravi's calendar any more."})


# Post


async def test_mail_is_there_with_the_latest_first(at: Caller, box: Sandbox) -> None:
    meet(box)
    box.outlook.send_mail("mara", ["rita"], "Well done", "Thank you.")
    mail = (await at.column("rita"))["mail"]
    assert [(one["kind"], one["from"]) for one in mail] == [
        ("mail", "Mara Lind"),
        ("invitation", "Quinn Avery"),
    ]
    assert mail[0]["text"] == [{"words": "Thank you.", "to": ""}]
    box.outlook.respond("rita", "Contoso", "accept")
    assert (await at.column("quinn"))["mail"][0]["subject"] == "Accepted: Contoso"


async def test_somebody_outside_reads_what_came_and_answers(at: Caller, box: Sandbox) -> None:
    assert (await at.state())["outside"] == []
    meet(box, text="Hello Ines")
    (reader,) = (await at.state())["outside"]
    assert (reader["name"], reader["address"]) == ("Ines Prado", INES)
    (letter,) = reader["letters"]
    assert letter["text"] == [{"words": "Hello Ines", "to": ""}]
    assert letter["attendees"] == ["Rita Osei"]
    assert (letter["zone"], letter["city"]) == ("Europe/Paris", "Madrid")
    assert (letter["asks"], letter["answer"]) == (True, "unanswered")

    await at.done("api/outside", {"letter": letter["id"], "answer": "tentative"})
    (reader,) = (await at.state())["outside"]
    assert reader["letters"][0]["answer"] == "tentative"
    assert {"name": "Ines Prado", "response": "tentative"} in (await at.events("quinn"))["Contoso"][
        "attendees"
    ]


async def test_only_the_latest_letter_about_a_meeting_asks(at: Caller, box: Sandbox) -> None:
    meet(box)
    box.outlook.move("quinn", "Contoso", hour(2, 9))

    async def letters() -> list[tuple[str, bool]]:
        (reader,) = (await at.state())["outside"]
        return [(one["kind"], one["asks"]) for one in reader["letters"]]

    assert await letters() == [("update", True), ("invitation", False)]
    box.outlook.cancel("quinn", "Contoso")
    assert await letters() == [("cancellation", False), ("update", False), ("invitation", False)]


async def test_whoever_was_written_to_last_stands_first(at: Caller, box: Sandbox) -> None:
    for name in ("a@one.example", "b@two.example", "a@one.example"):
        box.clock.forward(timedelta(minutes=1))
        box.outlook.send_mail("quinn", [name], "Hello", "")
    outside = (await at.state())["outside"]
    assert [one["address"] for one in outside] == ["a@one.example", "b@two.example"]


async def test_who_is_outside_reads_in_their_own_zone_where_that_is_known(
    at: Caller, box: Sandbox
) -> None:
    async def zones(asked: Sequence[str]) -> dict[str, str]:
        assert list(asked) == [INES]
        return {INES: "Europe/Lisbon"}

    at.desk.zones = zones
    meet(box)
    (reader,) = (await at.state())["outside"]
    assert reader["zone"] == "Europe/Lisbon"
    (letter,) = reader["letters"]
    assert (letter["zone"], letter["city"]) == ("Europe/Lisbon", "")


async def test_links_lead_where_they_say_and_nowhere_else() -> None:
    html = (
        '<p>Not then? <a class=x href="http://localhost/m?a=1&amp;b=2">Choose <b>another</b></a>, '
        "or <a href='javascript:alert(1)'>not</a>, <a href='https://b.example/'>elsewhere</a>"
        ".</p>\ue000\ue001"
    )
    assert linked(html, "html") == [
        {"words": "Not then? ", "to": ""},
        {"words": "Choose another", "to": "http://localhost/m?a=1&b=2"},
        {"words": ", or ", "to": ""},
        {"words": "not", "to": ""},
        {"words": ", ", "to": ""},
        {"words": "elsewhere", "to": ""},
        {"words": ".", "to": ""},
    ]
    assert linked('<a href="https://b.example">x', "html")[-1]["words"] == "x"
    assert linked('<a href="https://b.example">x</a>', "text") == [
        {"words": '<a href="https://b.example">x</a>', "to": ""}
    ]


async def test_words_keep_no_markup_and_no_endless_lines() -> None:
    assert plain("<div>a</div><div>b<br>c</div>", "html") == "a\nb\nc"
    assert plain("<b>not markup</b>", "text") == "<b>not markup</b>"
    assert plain("_" * 90, "text") == "_" * 24
    assert plain("x" * 9000, "text").endswith(" …")


# Staying up to date


async def test_the_page_hears_that_something_has_changed(at: Caller, box: Sandbox) -> None:
    async with at.session.get(at.url + "api/changes") as stream:
        assert stream.content_type == "text/event-stream"

        async def heard() -> None:
            async with asyncio.timeout(5):
                while not (await stream.content.readline()).startswith(b"data:"):
                    pass

        await heard()  # at once: whatever happened before
        meet(box)
        await heard()
        box.clock.forward(timedelta(minutes=1))
        await heard()
        box.chats.add("rita", {"type": "message", "text": "hello"}, from_bot=True)
        await heard()
        await at.done("api/switches", {"name": "graph-down", "on": True})
        await heard()


async def test_a_desk_that_closes_ends_its_streams(box: Sandbox) -> None:
    async with asyncio.timeout(4):
        async with desk_of(box) as at:
            stream = await at.session.get(at.url + "api/changes")
            await stream.content.readline()
        stream.close()
    assert at.desk.changed not in box.clock.listeners


async def test_the_page_can_tell_a_desk_that_was_started_anew(at: Caller, box: Sandbox) -> None:
    first = (await at.state())["desk"]
    assert (await at.state())["desk"] == first
    async with desk_of(box) as other:
        assert (await other.state())["desk"] != first


# Teams, where it is not installed


async def test_teams_that_is_not_installed_is_said_to_be_missing(bare: Caller) -> None:
    at = bare
    assert "Teams is not installed" in (await at.state())["missing"]
    assert "for evaluating" in (await at.state())["playgrounds"], "the terms, where it is offered"
    assert (await at.column("quinn"))["playground"]["state"] == "closed"
    answer = await at.done("api/people/quinn/playground", {})
    assert answer["state"] == "missing"
    assert "The Playground is not installed" in answer["trouble"]
    assert "npm ci" in answer["trouble"]
    assert (await at.column("quinn"))["playground"] == answer


async def test_nothing_is_delivered_for_teams_that_is_not_open(bare: Caller, box: Sandbox) -> None:
    for path in ("teams/nobody/api/messages", "api/people/nobody/playground"):
        status, answer = await bare.post(path, {"type": "message"})
        assert (status, answer["error"][:24]) == (400, "Nobody at Halden Systems"), path
    status, answer = await bare.post("teams/quinn/api/messages", {"type": "message", "text": "hi"})
    assert (status, answer) == (404, {"error": "That person's Teams is not open."})
    assert box.chats.messages("quinn") == []


async def test_someone_is_in_the_meeting_or_not_and_teams_reports_it(
    at: Caller, box: Sandbox
) -> None:
    ines = Address(name="Ines Prado", mail=INES)
    start = MONDAY + timedelta(hours=2)
    meeting = box.outlook.create(
        "quinn", "Demo", start, start + timedelta(minutes=30), attendees=["rita", ines], online=True
    )
    event = (await at.events("rita"))["Demo"]
    assert "join" in event["can"]
    assert not event["joined"]

    await at.done("api/people/rita/events", {"event": event["id"], "do": "join"})
    [reader] = (await at.state())["outside"]
    await at.done("api/outside", {"letter": reader["letters"][0]["id"], "answer": "join"})

    event = (await at.events("rita"))["Demo"]
    assert event["joined"]
    assert "join" not in event["can"]
    assert (await at.state())["outside"][0]["letters"][0]["joined"]
    box.clock.forward(timedelta(hours=3))
    assert [(one.name, one.mail) for one in box.meetings.report(meeting)] == [
        ("Rita Osei", box.person("rita").mail),
        ("Ines Prado", None),
    ]
    box.outlook.create("rita", "Desk work", start, start + timedelta(minutes=30))
    own = (await at.events("rita"))["Desk work"]
    status, answer = await at.post("api/people/rita/events", {"event": own["id"], "do": "join"})
    assert status == 400, answer


async def test_a_mail_is_answered_to_everybody_on_it(at: Caller, box: Sandbox) -> None:
    box.outlook.send_mail("quinn", [INES], "Ines, meet Rita", "Hello both", cc=["rita"])
    [letter] = (await at.column("rita"))["mail"]

    await at.done("api/people/rita/mail", {"letter": letter["id"]})

    assert [one.sender.name for one in box.outside.inbox(INES)] == ["Quinn Avery", "Rita Osei"]
    assert (await at.column("quinn"))["mail"][0]["subject"] == "RE: Ines, meet Rita"
    status, answer = await at.post("api/people/rita/mail", {"letter": "none"})
    assert (status, answer["error"]) == (400, "There is no such mail to answer.")
