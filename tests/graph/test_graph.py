"""How Baton speaks to Graph, and what it makes of the answers."""

import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib.abc import MetaPathFinder
from typing import ClassVar
from uuid import uuid4

import pytest
from kiota_serialization_json.json_parse_node import JsonParseNode
from msgraph.generated.models.entity import Entity
from msgraph.generated.models.event import Event

from graph.errors import (
    BusyError,
    DeniedError,
    DuplicateError,
    GoneError,
    GraphError,
    NoMailboxError,
    TokenRefusedError,
)
from graph.refusals import REFUSALS, Refusal
from graph.sdk import AS_IT_COMES
from graph.zones import iana
from handoff.calendar import Shows
from handoff.hours import Span
from handoff.model import Guest, Invitation
from sandbox.company import Mailbox
from sandbox.exchange import ids
from tests.world import World

START = datetime(2026, 3, 3, 8, tzinfo=UTC)
SPAN = Span(START, START + timedelta(minutes=30))


@pytest.mark.parametrize("one", REFUSALS, ids=lambda one: f"{one.status} {one.code} {one.words}")
async def test_each_refusal_is_named_by_what_to_do_about_it(world: World, one: Refusal) -> None:
    world.box.faults.graph_status(one.status, one.code, one.words, times=1)

    with pytest.raises(one.error) as raised:
        await world.app.services.outlook.calendar.read(world.box.person("rita").id, "any")

    assert type(raised.value) is one.error
    assert str(one.status) in str(raised.value)


async def test_graph_is_asked_once_and_its_advice_is_passed_on(world: World) -> None:
    """Microsoft's client would wait and ask again by itself; here jobs do that."""
    fault = world.box.faults.graph_throttled(retry_after=37)

    with pytest.raises(BusyError) as busy:
        await world.app.services.outlook.calendar.read(world.box.person("rita").id, "any")

    assert busy.value.retry_after == 37
    assert fault.hits == 1


async def test_a_connection_that_breaks_is_worth_another_try(world: World) -> None:
    world.box.faults.graph_down(reset=True)

    with pytest.raises(BusyError):
        await world.app.services.outlook.calendar.read(world.box.person("rita").id, "any")


async def test_a_token_that_was_refused_is_asked_for_anew(world: World) -> None:
    rita = world.box.person("rita").id
    await world.app.services.graph_token()
    world.box.faults.graph_status(401, "InvalidAuthenticationToken", times=1)
    world.box.requests.clear()
    with pytest.raises(BusyError):
        await world.app.services.outlook.calendar.read(rita, "any")

    with pytest.raises(GraphError):
        await world.app.services.outlook.calendar.read(rita, "any")

    assert [r.path for r in world.box.requests.to("entra") if r.path.endswith("/token")]


async def test_a_fresh_token_that_is_refused_too_is_said_to_be_no_passing_fault(
    world: World,
) -> None:
    rita = world.box.person("rita").id
    fault = world.box.faults.graph_status(401, "InvalidAuthenticationToken", times=None)
    with pytest.raises(BusyError):
        await world.app.services.outlook.calendar.read(rita, "any")

    with pytest.raises(TokenRefusedError, match="sign-in logs in Entra"):
        await world.app.services.outlook.calendar.read(rita, "any")

    world.box.faults.lift(fault)
    with pytest.raises(GraphError):
        await world.app.services.outlook.calendar.read(rita, "any")


@pytest.mark.parametrize(
    ("reason", "error"),
    [
        ("NotFound", NoMailboxError),
        ("Forbidden", DeniedError),
        ("ServiceUnavailable", BusyError),
        ("TooManyRequests", BusyError),
        ("GatewayTimeout", BusyError),
    ],
)
async def test_why_a_mailbox_cannot_be_watched_stands_in_the_words(
    world: World, reason: str, error: type[Exception]
) -> None:
    """Graph has one code for whatever Exchange told it, and not always a status that fits."""
    words = f"Operation: Create; Exception: [Status Code: {reason}; Reason: so it is]"
    world.box.faults.graph_status(400, "ExtensionError", words, path="subscriptions")

    with pytest.raises(error, match=reason):
        await world.app.services.outlook.subscribing.subscribe(
            world.box.person("rita").id, "events", url="https://x", client_state="s", until=START
        )


async def test_that_exchange_lets_nobody_watch_a_mailbox_says_nothing_of_the_token(
    world: World,
) -> None:
    await world.app.services.graph_token()
    words = "Operation: Create; Exception: [Status Code: Unauthorized; Reason: Unauthorized]"
    world.box.faults.graph_status(401, "ExtensionError", words, times=2, path="subscriptions")
    world.box.requests.clear()

    for _ in range(2):
        with pytest.raises(DeniedError):
            await world.app.services.outlook.subscribing.subscribe(
                *(world.box.person("rita").id, "events"),
                url="https://x",
                client_state="s",
                until=START,
            )

    assert world.box.requests.to("entra") == []


async def test_one_token_serves_many_calls(world: World) -> None:
    await world.app.services.graph_token()
    world.box.requests.clear()

    await world.sync()
    await world.sync()

    assert world.box.requests.to("entra") == []


async def test_a_meeting_asked_for_twice_with_one_key_is_one_meeting(world: World) -> None:
    quinn = world.box.person("quinn").id
    handoff = uuid4()
    rita = Guest(name="Rita Osei", mail=world.box.person("rita").mail)
    wanted = Invitation(subject="Meeting", html="<p>Hello</p>", span=SPAN, guests=(rita,))
    made = [
        await world.app.services.outlook.calendar.make_meeting(
            quinn, handoff=handoff, key="one-key", invitation=wanted
        )
        for _ in range(2)
    ]

    assert made[0] == made[1]
    assert made[0].join_url
    calendar = world.app.services.outlook.calendar
    with pytest.raises(DuplicateError):
        await calendar.make_meeting(
            quinn, handoff=handoff, key="one-key", invitation=replace(wanted, guests=())
        )
    assert await calendar.find_made(quinn, handoff=handoff, key="one-key") == made[0]
    assert await calendar.find_made(quinn, handoff=handoff, key="other") is None


@pytest.mark.parametrize(
    ("start", "zone", "named"),
    [
        (START, "Europe/Madrid", "Romance Standard Time"),
        (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), "Europe/Madrid", "UTC"),
        (datetime(2026, 10, 25, 1, 30, tzinfo=UTC), "Europe/Madrid", "UTC"),
        (START, "Antarctica/Troll", "UTC"),
        (START, "UTC", "UTC"),
    ],
    ids=["as it is there", "the first 2:30 of two", "the second", "no name", "none"],
)
async def test_a_meeting_is_at_its_moment_whatever_the_clock_shows(
    world: World, start: datetime, zone: str, named: str
) -> None:
    quinn = world.box.person("quinn").id
    span = Span(start, start + timedelta(minutes=30))
    calendar = world.app.services.outlook.calendar
    wanted = Invitation(subject="Meeting", html="", span=span, guests=(), zone=zone)

    made = await calendar.make_meeting(quinn, handoff=uuid4(), key=zone, invitation=wanted)

    event = world.box.outlook.event("quinn", "Meeting")
    assert (event.start, event.end, event.zone) == (span.start, span.end, named)
    assert (await calendar.read(quinn, made.event)).span == span


@pytest.mark.parametrize("at", [datetime(1, 1, 1, tzinfo=UTC), datetime(4501, 1, 1, tzinfo=UTC)])
async def test_an_answer_without_a_moment_has_none(world: World, at: datetime) -> None:
    """Graph and Exchange each have a date for "never"."""
    world.box.outlook.create(
        "quinn", "Meeting", START, START + timedelta(minutes=30), attendees=["rita"]
    )
    world.box.outlook.respond("rita", "Meeting", "accept", at=at)
    event, rita = world.box.outlook.event("rita", "Meeting"), world.box.person("rita").id

    copy = await world.app.services.outlook.calendar.read(
        rita, ids.external(rita, event.id, moves=event.moves, immutable=True)
    )

    assert (copy.response, copy.responded_at) == ("accepted", None)


async def test_groups_are_taken_apart_and_managers_followed_to_the_top(world: World) -> None:
    directory = world.app.services.outlook.directory
    rita, mara, helen = (world.box.person(who).id for who in ("rita", "mara", "helen"))

    assert rita in await directory.members("Reps EMEA")
    accounts = await directory.accounts([world.box.person("rita").mail, "nobody@halden.example"])
    account = accounts[world.box.person("rita").mail]
    assert account
    assert account.managers[:2] == (mara, helen)
    assert accounts["nobody@halden.example"] is None
    with pytest.raises(GoneError):
        await directory.members("No such group")


async def test_calendars_are_read_together_and_one_that_cannot_be_read_is_dark(
    world: World,
) -> None:
    world.box.set_mailbox("rosa", Mailbox.DENIED)
    mails = [world.box.person(who).mail for who in ("quinn", "rita", "rosa")]
    world.box.outlook.create("rita", "Busy", START, START + timedelta(hours=1))

    days = await world.app.services.outlook.schedules.read(
        world.box.person("quinn").id, mails, START, START + timedelta(days=1)
    )

    assert days[mails[0]].events == ()
    [event] = days[mails[1]].events
    assert (event.span, event.shows) == (Span(START, START + timedelta(hours=1)), Shows.BUSY)
    assert days[mails[2]].dark


@pytest.mark.parametrize(
    ("name", "country", "zone"),
    [
        ("Romance Standard Time", "ES", "Europe/Madrid"),
        ("Romance Standard Time", "FR", "Europe/Paris"),
        ("Romance Standard Time", None, "Europe/Paris"),
        ("India Standard Time", "IN", "Asia/Kolkata"),
        ("Eastern Standard Time", "US", "America/New_York"),
        ("Europe/Lisbon", None, "Europe/Lisbon"),
        ("UTC", None, "UTC"),
        ("tzone://Microsoft/Utc", None, "UTC"),
        ("Customized Time Zone", None, None),
        ("../../etc/passwd", None, None),
        ("", None, None),
        (None, None, None),
    ],
)
def test_zones_by_either_name(name: str | None, country: str | None, zone: str | None) -> None:
    assert iana(name, country) in ({zone} if zone != "Asia/Kolkata" else {zone, "Asia/Calcutta"})


async def test_automatic_replies_mean_out_of_office(world: World) -> None:
    """Whatever clock Outlook tells of them by."""
    away = Span(START, START + timedelta(days=2))
    for who, zone in (("rita", "UTC"), ("rosa", "W. Europe Standard Time")):
        world.box.outlook.set_automatic_replies(who, start=away.start, end=away.end, zone=zone)
    await world.sync()

    for who in ("rita", "rosa"):
        person = await world.app.services.stores.people.find(world.box.person(who).id)
        assert person
        assert away in person.hours.away, who


def test_an_object_has_the_fields_that_microsofts_client_gives_it() -> None:
    """Ours stands in for Microsoft's slow answer: a new version may have more to say."""
    body = {"id": "1", "@odata.type": "#microsoft.graph.event", "subject": "Demo"}
    ours, theirs = (JsonParseNode(body).get_object_value(Event) for _ in range(2))
    mine, original = Entity.get_field_deserializers(ours), AS_IT_COMES(theirs)

    assert Entity.get_field_deserializers is not AS_IT_COMES
    assert mine.keys() == original.keys()
    for name, value in (("id", "2"), ("@odata.type", "#microsoft.graph.user")):
        mine[name](JsonParseNode(value))
        original[name](JsonParseNode(value))
    assert (ours.id, ours.odata_type) == (theirs.id, theirs.odata_type)
    assert ours.subject == "Demo"


async def test_a_request_searches_no_folder_for_what_is_not_installed(world: World) -> None:
    class Searched(MetaPathFinder):
        asked: ClassVar[list[str]] = []

        def find_spec(self, name: str, *_: object) -> None:
            self.asked.append(name)

    await world.sync()  # whatever is imported once is
    sys.meta_path.insert(0, Searched())
    try:
        await world.sync()
    finally:
        del sys.meta_path[0]

    assert Searched.asked == []
