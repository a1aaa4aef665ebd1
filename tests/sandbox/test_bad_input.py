"""Whatever is sent, the answer is a refusal in Microsoft's shape and never a stumble."""

import asyncio
import json
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from sandbox.entra import BOT_API, GRAPH_API
from sandbox.m365 import Sandbox
from tests import hour
from tests.sandbox.conftest import MONDAY, at, meeting
from tests.thoroughness import examples

RITA, QUINN = "rita.osei@halden.example", "quinn.avery@halden.example"
BOX = Sandbox(weeks=False, now=MONDAY, machine=hour.now)
BOX.listens_at("https://127.0.0.1:1")
BOX.limits.off()

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.just("2026-03-02T10:00"),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)
WEEKLY = {
    "pattern": {"type": "weekly", "interval": 1, "daysOfWeek": ["monday"], "index": "first"},
    "range": {"type": "numbered", "startDate": "2026-03-02", "numberOfOccurrences": 3},
}
WHOLE = meeting(
    "Demo",
    RITA,
    body={"contentType": "html", "content": "x"},
    location={"displayName": "Here"},
    recurrence=WEEKLY,
    categories=["a"],
    isOnlineMeeting=True,
    singleValueExtendedProperties=[{"id": "String {1} Name A", "value": "1"}],
)
GOOD: dict[tuple[str, str], Any] = {
    ("POST", f"/users/{QUINN}/events"): WHOLE,
    ("PATCH", f"/users/{QUINN}/events/EVENT"): WHOLE,
    ("POST", f"/users/{QUINN}/events/EVENT/forward"): {
        "ToRecipients": [{"emailAddress": {"address": RITA}}],
        "Comment": "",
    },
    ("POST", f"/users/{QUINN}/events/EVENT/accept"): {
        "sendResponse": True,
        "comment": "",
        "proposedNewTime": {"start": at(0, "10:00"), "end": at(0, "11:00")},
    },
    ("POST", f"/users/{QUINN}/calendar/getSchedule"): {
        "schedules": [RITA],
        "startTime": at(0, "10:00"),
        "endTime": at(0, "11:00"),
        "availabilityViewInterval": 30,
    },
    ("POST", f"/users/{QUINN}/sendMail"): {
        "message": {
            "subject": "x",
            "body": {"content": "x"},
            "toRecipients": [{"emailAddress": {"address": RITA}}],
            "internetMessageHeaders": [{"name": "x-a", "value": "1"}],
        },
        "saveToSentItems": True,
    },
    ("PATCH", f"/users/{QUINN}/mailboxSettings"): {
        "workingHours": {
            "startTime": "09:00",
            "daysOfWeek": ["monday"],
            "timeZone": {"name": "UTC"},
        },
        "automaticRepliesSetting": {"status": "disabled", "scheduledStartDateTime": at(0, "10:00")},
    },
    ("POST", "/$batch"): {
        "requests": [
            {
                "id": "1",
                "method": "POST",
                "url": f"/users/{QUINN}/events",
                "headers": {"Content-Type": "application/json"},
                "body": WHOLE,
                "dependsOn": [],
            }
        ]
    },
    ("POST", "/subscriptions"): {
        "changeType": "created",
        "notificationUrl": "http://somewhere.example",
        "resource": f"users/{RITA}/events",
        "expirationDateTime": "2026-03-05T00:00:00Z",
        "clientState": "x",
    },
}


def places(body: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place inside a JSON value."""
    inside: list[tuple[Any, Any]] = []
    if isinstance(body, dict | list):
        inside = list(body.items() if isinstance(body, dict) else enumerate(body))
    return [path, *(deeper for key, part in inside for deeper in places(part, (*path, key)))]


def with_at(body: Any, path: tuple[Any, ...], value: Any) -> Any:
    if not path:
        return value
    key, *rest = path
    changed = body.copy()
    changed[key] = with_at(body[key], tuple(rest), value)
    return changed


@st.composite
def spoiled(draw: st.DrawFn) -> tuple[str, str, Any]:
    """A good request with one value in it replaced by anything."""
    (method, path), body = draw(st.sampled_from(sorted(GOOD.items(), key=str)))
    where = draw(st.sampled_from(places(body)))
    return method, path, with_at(body, where, draw(VALUES))


async def ask(method: str, path: str, body: Any, query: dict[str, str] | None = None) -> Any:
    BOX.entra.grant("MailboxSettings.ReadWrite")
    token = BOX.entra.application_token(GRAPH_API)
    return await BOX._graph.answer(
        method=method,
        url=f"{BOX.url}/v1.0{path}",
        raw_path=path,
        query=query or {},
        headers={"authorization": f"Bearer {token}"},
        content=b"" if body is None else json.dumps(body).encode(),
    )


def so_often(count: int, interval: int) -> tuple[str, str, Any]:
    """A change of how often a meeting takes place."""
    pattern = {"type": "daily", "interval": interval}
    limits = WEEKLY["range"] | {"numberOfOccurrences": count}
    body = {**WHOLE, "recurrence": {"pattern": pattern, "range": limits}}
    return "PATCH", f"/users/{QUINN}/events/EVENT", body


@given(spoiled())
@example(so_often(2**63, 1))
@example(so_often(2**31 - 1, 2**31 - 1))
@settings(max_examples=examples(150), deadline=None)
def test_no_body_makes_graph_stumble(request: tuple[str, str, Any]) -> None:
    method, path, body = request

    async def go() -> Any:
        BOX.mailboxes.clear()
        made = await ask("POST", f"/users/{QUINN}/events", meeting("Demo", RITA))
        return await ask(method, path.replace("EVENT", made.body["id"]), body)

    got = asyncio.run(go())

    assert got.status in (200, 201, 202, 400, 404)
    if got.status >= 400:
        assert set(got.body["error"]) == {"code", "message", "innerError"}


QUERIES = st.dictionaries(
    st.sampled_from(
        ["$filter", "$select", "$orderby", "$top", "$skip", "$expand", "$count", "startDateTime"]
    ),
    st.text(alphabet="abc'()/ ,;:=$eqandornot0123-TZ", max_size=24)
    | st.sampled_from(["subject eq 'x'", "start/dateTime ge '2026-01-01'", "a/any(x: x/b eq 1)"]),
    max_size=3,
)


@given(QUERIES, st.sampled_from(["users", f"users/{RITA}/events", f"users/{RITA}/messages"]))
@settings(max_examples=examples(80), deadline=None)
def test_no_query_makes_graph_stumble(query: dict[str, str], path: str) -> None:
    got = asyncio.run(ask("GET", f"/{path}", None, query))

    assert got.status in (200, 400)


ACTIVITY = {
    "type": "message",
    "text": "Hi",
    "attachments": [
        {
            "contentType": "application/vnd.microsoft.card.adaptive",
            "content": {"type": "AdaptiveCard", "body": [{"type": "TextBlock", "text": "x"}]},
        }
    ],
    "channelData": {"tenant": {"id": "x"}},
}


@given(st.sampled_from(places(ACTIVITY)), VALUES)
@settings(max_examples=examples(80), deadline=None)
def test_no_activity_makes_the_connector_stumble(path: tuple[Any, ...], value: Any) -> None:
    BOX.chats.set("rita", installed=True)
    conversation = BOX.chats.chat("rita").conversation
    token = BOX.entra.application_token(BOT_API)
    content = json.dumps(with_at(ACTIVITY, path, value)).encode()

    async def post(*segments: str) -> int:
        return (await BOX._connector.answer("POST", segments, token, content)).status

    there = ("conversations", conversation, "activities")
    assert asyncio.run(post(*there)) in (201, 400)
    assert asyncio.run(post("conversations")) == 400
    for message in BOX.teams.chat("rita"):
        message.texts()
        message.actions()
    BOX.chats.clear()
