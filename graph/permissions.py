"""What each call to Graph needs, least first: the one home of Baton's permissions.

https://learn.microsoft.com/graph/permissions-reference
docs/permissions.md is made from CALLS, a test holds every function of graph/ that asks Graph to
have its line, and `doctor` compares what is granted with what is needed.
"""

import base64
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from kiota_abstractions.base_request_configuration import RequestConfiguration
from msgraph.generated.groups.groups_request_builder import GroupsRequestBuilder

from graph.calendar import Calendar
from graph.client import Graph
from graph.errors import BusyError, DeniedError, GraphError, NoMailboxError
from graph.mail import Mail
from graph.people import Directory
from graph.schedule import Schedules
from graph.subscriptions import Subscribing
from handoff.hours import Span
from handoff.model import Guest

USERS, GROUPS = "User.Read.All", "GroupMember.Read.All"
SETTINGS = "MailboxSettings.Read"
BASIC, READ, WRITE = "Calendars.ReadBasic", "Calendars.Read", "Calendars.ReadWrite"
SEND, ENVELOPES = "Mail.Send", "Mail.ReadBasic.All"
MEETINGS, REPORTS = "OnlineMeetings.Read.All", "OnlineMeetingArtifact.Read.All"
CATALOG, INSTALL = "AppCatalog.Read.All", "TeamsAppInstallation.ReadWriteSelfForUser.All"
APPLICATIONS = "Application.Read.All"
OPTIONAL = (MEETINGS, REPORTS, CATALOG, INSTALL, APPLICATIONS)
"""Worth having, and nothing stops without them: who was in a meeting, to suggest how it went; Baton
in everyone's Teams by command instead of by a setup policy; what the doctor reads of the app
registration.
"""
IDS: Mapping[str, str] = {
    USERS: "df021288-bdef-4463-88db-98f22de89214",
    GROUPS: "98830695-27a2-44f7-8c18-0c3ebc9698f6",
    CATALOG: "e12dae10-5a57-4817-b79d-dfbec5348930",
    INSTALL: "908de74d-f8b2-4d6b-a9ed-2a17b3b78179",
}
"""What Entra calls those that only it can give. https://learn.microsoft.com/graph/permissions-reference"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call to Graph: where it stands in graph/, what it asks, and the least that it needs."""

    where: str  # module and function
    asks: tuple[str, ...]  # method and path
    needs: tuple[str, ...]  # all of them
    why: str


def _call(where: str, needs: str | tuple[str, ...], why: str, *asks: str) -> Call:
    wanted = (needs,) if isinstance(needs, str) else needs
    return Call(where=where, asks=asks, needs=wanted, why=why)


NO_EVENT = "baton-tries"  # no id that Exchange could have given
EVENT = "/users/{id}/events/{id}"
APPS = "/users/{id}/teamwork/installedApps"
CALLS = (
    _call(
        "people.members",
        GROUPS,
        "who is in a group of the policy",
        "GET /groups",
        "GET /groups/{id}/transitiveMembers/microsoft.graph.user",
    ),
    _call(
        "people.accounts",
        USERS,
        "names, addresses, countries, and who manages whom",
        "GET /users/{id}",
        "GET /users",
    ),
    _call(
        "people.mailboxes",
        SETTINGS,
        "working hours, time zone, automatic replies",
        "GET /users/{id}/mailboxSettings",
    ),
    _call(
        "schedule.read",
        BASIC,
        "who is free when, and out of office",
        "POST /users/{id}/calendar/getSchedule",
    ),
    _call(
        "calendar.find_copy",
        BASIC,
        "whether the invitation has arrived, and what else is at that time",
        "GET /users/{id}/calendarView",
    ),
    _call(
        "calendar.holds",
        BASIC,
        "whether an event is still in the calendar, and not among what was deleted",
        "GET /users/{id}/calendarView",
    ),
    _call("calendar.read", BASIC, "what the rep's own copy says", f"GET {EVENT}"),
    _call(
        "calendar.answers_of", BASIC, "what the organizer's event says of guests", f"GET {EVENT}"
    ),
    _call(
        "calendar.changes",
        READ,
        "what changed that no notification told",
        "GET /users/{id}/calendarView/delta",
    ),
    _call(
        "calendar.changes_of",
        READ,
        "the same, of mailboxes that are due together",
        "GET /users/{id}/calendarView/delta",
    ),
    _call(
        "calendar.make_meeting",
        WRITE,
        "the meeting, in the qualifier's calendar",
        "POST /users/{id}/events",
    ),
    _call(
        "calendar.find_made",
        BASIC,
        "the meeting that was made although nobody heard of it",
        "GET /users/{id}/events",
    ),
    _call(
        "calendar.find_again",
        BASIC,
        "the organizer's event, where it has another id: restored, or by another client",
        "GET /users/{id}/events",
    ),
    _call(
        "calendar.link_of",
        BASIC,
        "the way to join a meeting, which Teams may make a little later",
        f"GET {EVENT}",
    ),
    _call(
        "calendar.accept", WRITE, "the rep's answer, once they clicked it", f"POST {EVENT}/accept"
    ),
    _call(
        "calendar.decline",
        WRITE,
        "the event leaves the calendar of a rep who sent the lead back",
        f"POST {EVENT}/decline",
    ),
    _call("calendar.move", WRITE, "the meeting is at the time both agreed to", f"PATCH {EVENT}"),
    _call(
        "calendar.change_guest",
        (WRITE, READ),
        "the meeting has another rep",
        f"GET {EVENT}",
        f"PATCH {EVENT}",
        f"POST {EVENT}/forward",
    ),
    _call(
        "calendar.forward",
        READ,
        "a copy of the invitation, for a rep whose copy is lost",
        f"POST {EVENT}/forward",
    ),
    _call("calendar.cancel", WRITE, "the meeting is called off", f"POST {EVENT}/cancel"),
    _call(
        "calendar.make_block", WRITE, "a follow-up in the rep's calendar", "POST /users/{id}/events"
    ),
    _call(
        "calendar.remove_block", WRITE, "a follow-up that is no longer needed", f"DELETE {EVENT}"
    ),
    _call(
        "subscriptions.subscribe",
        READ,
        "to be told when something changes in a mailbox",
        "POST /subscriptions",
        "GET /subscriptions",
        "DELETE /subscriptions/{id}",
    ),
    _call(
        "subscriptions.living",
        READ,
        "whether Graph still has what it was asked to tell",
        "GET /subscriptions",
    ),
    _call(
        "subscriptions.end",
        READ,
        "a subscription made to see that notifications arrive is ended",
        "DELETE /subscriptions/{id}",
    ),
    _call("subscriptions.renew", READ, "to be told on", "PATCH /subscriptions/{id}"),
    _call(
        "views.read",
        READ,
        "a week of a calendar, event by event: what blocks, what looks as if nobody would come",
        "GET /users/{id}/calendarView",
    ),
    _call("views.one", READ, "an event as it stands before it is shown as free", f"GET {EVENT}"),
    _call(
        "views.show_as",
        WRITE,
        "an event is shown as free, or as before, because its owner clicked it",
        f"PATCH {EVENT}",
    ),
    _call(
        "leavers.accounts",
        (USERS, SETTINGS),
        "whether whoever called a meeting has left",
        "GET /users",
        "GET /users/{id}/mailboxSettings",
    ),
    _call(
        "leavers.groups",
        GROUPS,
        "whether an address that is nobody's any more is a group's now",
        "GET /groups",
    ),
    _call(
        "mail.send",
        SEND,
        "the introduction and a confirmation, in the name of who asked for it; "
        "and what somebody must know whom Teams does not reach",
        "POST /users/{id}/sendMail",
    ),
    _call(
        "mail.reply_all",
        SEND,
        "the rep's answer, once they have read it and clicked Send it",
        "POST /users/{id}/messages/{id}/replyAll",
    ),
    _call(
        "mail.find",
        ENVELOPES,
        "which mail the introduction is, and whether one has arrived that tells what Teams could "
        "not; never a body",
        "GET /users/{id}/messages",
    ),
    _call(
        "mail.sent_since",
        ENVELOPES,
        "whether the introduction is answered; never a body",
        "GET /users/{id}/mailFolders/sentitems/messages",
    ),
    _call(
        "mail.received_since",
        ENVELOPES,
        "whether the introduction has gone out, where the mailbox that it is from is gone; never "
        "a body",
        "GET /users/{id}/messages",
    ),
    _call(
        "mail.sent_in",
        ENVELOPES,
        "whether the introduction is answered; never a body",
        "GET /users/{id}/messages",
    ),
    _call("apps.find", CATALOG, "Baton in the catalogue of Teams", "GET /appCatalogs/teamsApps"),
    _call("apps.installed", INSTALL, "who has Baton in Teams", f"GET {APPS}"),
    _call(
        "apps.install", INSTALL, "Baton in the Teams of whoever the policy names", f"POST {APPS}"
    ),
    _call("apps.upgrade", INSTALL, "and in its newest version", f"POST {APPS}/{{id}}/upgrade"),
    _call(
        "apps.registered",
        APPLICATIONS,
        "whether the app registration lets Teams ask who looks at the tab",
        "GET /applications",
    ),
    _call(
        "attendance.read",
        (MEETINGS, REPORTS),
        "who was in the meeting, to suggest how it went",
        "GET /users/{id}/onlineMeetings",
        "GET /users/{id}/onlineMeetings/{id}/attendanceReports",
        "GET /users/{id}/onlineMeetings/{id}/attendanceReports/{id}",
    ),
)
"""Every call, in the order in which a handoff needs them."""

PAGES: Mapping[str, str] = {
    "DELETE /subscriptions/{id}": "subscription-delete",
    "DELETE /users/{id}/events/{id}": "event-delete",
    "GET /appCatalogs/teamsApps": "appcatalogs-list-teamsapps",
    "GET /applications": "application-list",
    "GET /groups": "group-list",
    "GET /groups/{id}/transitiveMembers/microsoft.graph.user": "group-list-transitivemembers",
    "GET /subscriptions": "subscription-list",
    "GET /users": "user-list",
    "GET /users/{id}": "user-list-manager",
    "GET /users/{id}/calendarView": "user-list-calendarview",
    "GET /users/{id}/calendarView/delta": "event-delta",
    "GET /users/{id}/events": "singlevaluelegacyextendedproperty-get",
    "GET /users/{id}/events/{id}": "event-get",
    "GET /users/{id}/mailFolders/sentitems/messages": "mailfolder-list-messages",
    "GET /users/{id}/mailboxSettings": "user-get-mailboxsettings",
    "GET /users/{id}/messages": "user-list-messages",
    "GET /users/{id}/onlineMeetings": "onlinemeeting-get",
    "GET /users/{id}/onlineMeetings/{id}/attendanceReports": "meetingattendancereport-list",
    "GET /users/{id}/onlineMeetings/{id}/attendanceReports/{id}": "meetingattendancereport-get",
    "GET /users/{id}/teamwork/installedApps": "userteamwork-list-installedapps",
    "PATCH /subscriptions/{id}": "subscription-update",
    "PATCH /users/{id}/events/{id}": "event-update",
    "POST /subscriptions": "subscription-post-subscriptions",
    "POST /users/{id}/calendar/getSchedule": "calendar-getschedule",
    "POST /users/{id}/events": "user-post-events",
    "POST /users/{id}/events/{id}/accept": "event-accept",
    "POST /users/{id}/events/{id}/cancel": "event-cancel",
    "POST /users/{id}/events/{id}/decline": "event-decline",
    "POST /users/{id}/events/{id}/forward": "event-forward",
    "POST /users/{id}/messages/{id}/replyAll": "message-replyall",
    "POST /users/{id}/sendMail": "user-sendmail",
    "POST /users/{id}/teamwork/installedApps": "userteamwork-post-installedapps",
    "POST /users/{id}/teamwork/installedApps/{id}/upgrade": (
        "userteamwork-teamsappinstallation-upgrade"
    ),
}
"""Where Microsoft says how each is asked, below https://learn.microsoft.com/graph/api/."""

COVERS: Mapping[str, frozenset[str]] = {
    WRITE: frozenset({BASIC}),
    READ: frozenset({BASIC}),
    "Calendars.ReadBasic.All": frozenset({BASIC}),
    "MailboxSettings.ReadWrite": frozenset({SETTINGS}),
    "User.ReadWrite.All": frozenset({USERS}),
    "Group.Read.All": frozenset({GROUPS}),
    "Group.ReadWrite.All": frozenset({GROUPS}),
    "GroupMember.ReadWrite.All": frozenset({GROUPS}),
    "Directory.Read.All": frozenset({USERS, GROUPS}),
    "Directory.ReadWrite.All": frozenset({USERS, GROUPS}),
    "Mail.ReadWrite": frozenset({"Mail.Read", "Mail.ReadBasic.All"}),
    "Mail.Read": frozenset({"Mail.ReadBasic.All"}),
}
"""What a permission allows besides itself, as far as Baton could be given it by mistake.

`Calendars.ReadWrite` is not said to allow what `Calendars.Read` does: Microsoft names the latter
alone for subscriptions to events and for forwarding one, so Baton has both.
https://learn.microsoft.com/graph/api/subscription-post-subscriptions · /event-forward
"""

IN_EXCHANGE = ("Calendars.", "MailboxSettings.", "Mail.")
"""Permissions that Exchange can give for some mailboxes only."""


def needed() -> tuple[str, ...]:
    """The permissions to grant: the least set that allows every call but the optional ones."""
    wanted = dict.fromkeys(n for call in CALLS for n in call.needs if n not in OPTIONAL)
    return tuple(p for p in wanted if not any(p in COVERS.get(q, ()) for q in wanted))


def allowed(granted: frozenset[str]) -> frozenset[str]:
    """What *granted* allows, all of it."""
    return granted.union(*(COVERS.get(one, frozenset()) for one in granted))


def broader(granted: frozenset[str]) -> dict[str, str | None]:
    """Permissions that nothing here needs, each with the one that would do; None if none would."""
    wanted = needed()
    return {
        one: next((p for p in wanted if p in COVERS.get(one, ())), None)
        for one in sorted(granted.difference(wanted, OPTIONAL))
    }


def exchange_role(permission: str) -> str:
    """What Exchange calls it. https://learn.microsoft.com/exchange/permissions-exo/application-rbac"""
    return f"Application {permission.removesuffix('.All')}"


def scopable(permission: str) -> bool:
    return permission.startswith(IN_EXCHANGE)


def claims_in(token: str) -> Mapping[str, Any]:
    """What Entra wrote into our own token, which need not be proved."""
    _, _, rest = token.partition(".")
    body = rest.partition(".")[0]
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    return claims


def granted_in(token: str) -> frozenset[str]:
    """The application permissions in our own token.

    What Exchange gives for some mailboxes only is not among them.
    """
    return frozenset(claims_in(token).get("roles", ()))


class Trying:
    """Each needed permission, by using it. Whatever is made is taken away again."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._calendar = Calendar(graph)
        self._mail = Mail(graph)
        self._directory = Directory(graph)
        self._schedules = Schedules(graph)
        self._subscribing = Subscribing(graph)

    async def each(self, mailbox: str, at: datetime) -> AsyncIterator[tuple[str, Exception | None]]:
        """Every needed permission, and why it could not be used on *mailbox*; None if it could.

        *mailbox* is a sign-in name. Raises BusyError, SignInError.
        """
        for permission in needed():
            try:
                await self._use(permission, mailbox, at)
            except GraphError as error:
                yield permission, error
            else:
                yield permission, None

    async def sends(self, mailbox: str) -> None:
        """The app may send from *mailbox*; nothing is sent.

        Raises DeniedError, NoMailboxError, BusyError.
        """
        await self._send(mailbox)

    async def opens(self, mailbox: str, at: datetime) -> bool:
        """Whether the app can look into the calendar of *mailbox*."""
        try:
            await self._calendar.find_copy(mailbox, "", Span(at, at + timedelta(minutes=5)), "UTC")
        except GraphError:
            return False
        return True

    async def is_told(self, mailbox: str, url: str, at: datetime) -> None:
        """Microsoft itself has asked *url*, and what changes in *mailbox* would be told there.

        *url* should be one that no subscription in use has. The subscription is taken away again,
        or dies in an hour. Raises what `Subscribing.subscribe` raises, GraphError where nobody at
        *url* gave the token back.
        """
        id, _ = await self._subscribing.subscribe(
            mailbox,
            "events",
            url=url,
            client_state=str(uuid4()),
            until=at + timedelta(hours=1),
        )
        with suppress(GraphError, BusyError):
            await self._subscribing.end(id)

    async def _use(self, permission: str, mailbox: str, at: datetime) -> None:
        match permission:
            case "User.Read.All":
                await self._directory.accounts([mailbox])
            case "GroupMember.Read.All":
                await self._any_group()
            case "MailboxSettings.Read":
                await self._settings(mailbox)
            case "Calendars.ReadWrite":
                await self._write(mailbox, at)
            case "Calendars.Read":
                await self._forward(mailbox)
            case "Mail.Send":
                await self._send(mailbox)
            case "Mail.ReadBasic.All":
                await self._mail.find(mailbox, "<nothing@baton.invalid>")
            case _:
                raise NotImplementedError(f"no way to try {permission}")

    async def _send(self, mailbox: str) -> None:
        """A mail to nobody: refused as such where sending is allowed, so nothing is ever sent."""
        try:
            await self._mail.send(
                mailbox, message=f"<{uuid4()}@baton.invalid>", subject="", html="", to=()
            )
        except (DeniedError, NoMailboxError):
            raise
        except GraphError:
            return

    async def _forward(self, mailbox: str) -> None:
        """An event that there is not: refused as such where forwarding is allowed."""
        try:
            await self._calendar.forward(mailbox, NO_EVENT, Guest(name="", mail=""))
        except (DeniedError, NoMailboxError):
            raise
        except GraphError:
            return

    async def _any_group(self) -> None:
        query = GroupsRequestBuilder.GroupsRequestBuilderGetQueryParameters(top=1, select=["id"])
        async with self._graph.errors():
            await self._graph.client.groups.get(RequestConfiguration(query_parameters=query))

    async def _settings(self, mailbox: str) -> None:
        async with self._graph.errors():
            await self._graph.client.users.by_user_id(mailbox).mailbox_settings.get()

    async def _write(self, mailbox: str, at: datetime) -> None:
        """An entry far ahead, and away again."""
        start = at + timedelta(days=300)
        event = await self._calendar.make_block(
            mailbox,
            handoff=uuid4(),
            key=str(uuid4()),
            subject="Baton tries whether it may write here",
            html="",
            span=Span(start, start + timedelta(minutes=5)),
            zone="UTC",
        )
        with suppress(GraphError):
            await self._calendar.remove_block(mailbox, event.id)
