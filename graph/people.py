"""People as Entra and their mailboxes describe them: who is in a group, who manages whom, when
someone works.

https://learn.microsoft.com/graph/api/user-get · /group-list-transitivemembers ·
/user-get-mailboxsettings
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, timezone
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from kiota_abstractions.base_request_configuration import RequestConfiguration
from kiota_abstractions.request_information import RequestInformation
from msgraph.generated.groups.groups_request_builder import GroupsRequestBuilder
from msgraph.generated.models.automatic_replies_status import AutomaticRepliesStatus
from msgraph.generated.models.mailbox_settings import MailboxSettings
from msgraph.generated.models.user import User
from msgraph.generated.models.user_collection_response import UserCollectionResponse
from msgraph.generated.users.users_request_builder import UsersRequestBuilder

from graph.batch import read_all
from graph.calendar import utc
from graph.client import Graph
from graph.errors import DeniedError, GoneError, GraphError, NoMailboxError
from graph.zones import iana
from handoff.hours import OPEN_END, Span

ABOUT = ["id", "displayName", "mail", "userPrincipalName", "accountEnabled", "usageLocation"]
MOST_IN_FILTER = 15  # values of an `in`, without what only indexed properties allow
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Someone in Entra. *managers* are the nearest first."""

    id: str
    name: str
    mail: str
    enabled: bool
    country: str | None  # two letters: where they work
    managers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailbox:
    """When the owner of a mailbox works. *dark* is why it cannot be read."""

    zone: str | None = None  # IANA name
    days: frozenset[int] = frozenset()  # Monday is 0
    start: time = time(9)
    end: time = time(17)
    replies: tuple[Span, ...] = ()  # away by automatic replies
    dark: str | None = None


class Directory:
    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    async def members(self, group: str) -> tuple[str, ...]:
        """The ids of everyone in a group, named by its id or its display name, nested ones too.

        Raises GoneError when there is no such group, GraphError when its name is not unique.
        """
        id = group if _is_id(group) else await self._group(group)
        found: list[str] = []
        builder = self._graph.client.groups.by_group_id(id).transitive_members.graph_user
        async with self._graph.errors():
            page = await builder.get()
            while True:
                found += [user.id for user in page.value or []]
                if page.odata_next_link is None:
                    return tuple(found)
                page = await builder.with_url(page.odata_next_link).get()

    async def accounts(self, people: Sequence[str]) -> Mapping[str, Account | None]:
        """People by id or sign-in name, with their managers up to the top; None who is not there.

        Fifteen in a question, twenty questions in a request. Raises BusyError, DeniedError.
        https://learn.microsoft.com/graph/filter-query-parameter · /api/user-list-manager
        """
        questions: dict[str, RequestInformation] = {}
        for name, wanted in (
            ("id", [one for one in people if _is_id(one)]),
            ("userPrincipalName", [one for one in people if not _is_id(one)]),
        ):
            for first in range(0, len(wanted), MOST_IN_FILTER):
                some = wanted[first : first + MOST_IN_FILTER]
                questions[f"{name} {first}"] = self._among(name, some)
        answers = await read_all(self._graph, questions, UserCollectionResponse)
        found: dict[str, Account] = {}
        for answer in answers.values():
            if isinstance(answer, Exception):
                raise answer
            for user in answer.value or []:
                account = _account(user)
                found[user.id.lower()] = account
                found[str(user.user_principal_name).lower()] = account
        return {person: found.get(person.lower()) for person in people}

    async def mailboxes(
        self, people: Mapping[str, str | None], at: datetime
    ) -> Mapping[str, Mailbox]:
        """The mailbox settings of *people* (id to country) by id, twenty in a request.

        Raises BusyError.
        """
        answers = await read_all(
            self._graph,
            {
                id: self._graph.client.users.by_user_id(
                    id
                ).mailbox_settings.to_get_request_information()
                for id in people
            },
            MailboxSettings,
        )
        return {
            id: _mailbox(answer, people[id], at)
            if isinstance(answer, MailboxSettings)
            else Mailbox(dark=_why_dark(answer))
            for id, answer in answers.items()
        }

    def _among(self, name: str, values: Sequence[str]) -> RequestInformation:
        quoted = ", ".join("'" + value.replace("'", "''") + "'" for value in values)
        query = UsersRequestBuilder.UsersRequestBuilderGetQueryParameters(
            filter=f"{name} in ({quoted})",
            select=ABOUT,
            expand=["manager($levels=max;$select=id)"],
            top=MOST_IN_FILTER,
            count=True,
        )
        config: RequestConfiguration[Any] = RequestConfiguration(query_parameters=query)
        config.headers.add("ConsistencyLevel", "eventual")
        request: RequestInformation = self._graph.client.users.to_get_request_information(config)
        return request

    async def _group(self, name: str) -> str:
        quoted = name.replace("'", "''")
        query = GroupsRequestBuilder.GroupsRequestBuilderGetQueryParameters(
            filter=f"displayName eq '{quoted}'", select=["id"]
        )
        async with self._graph.errors():
            page = await self._graph.client.groups.get(RequestConfiguration(query_parameters=query))
        found = page.value or []
        if not found:
            raise GoneError(f"Entra has no group named {name!r}")
        if len(found) > 1:
            raise GraphError(f"Entra has {len(found)} groups named {name!r}: use the object id")
        return str(found[0].id)


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def _account(user: User) -> Account:
    return Account(
        id=user.id,
        name=user.display_name or user.user_principal_name or user.id,
        mail=user.mail or user.user_principal_name or "",
        enabled=user.account_enabled is not False,
        country=user.usage_location,
        managers=tuple(_chain(user.manager)),
    )


def _chain(manager: Any) -> Iterable[str]:
    while manager is not None:
        yield manager.id
        manager = getattr(manager, "manager", None)


def _why_dark(answer: Exception) -> str:
    match answer:
        case DeniedError():
            return "Baton may not read this mailbox"
        case NoMailboxError() | GoneError():
            return "there is no mailbox that Outlook can read"
    raise answer


def _mailbox(settings: MailboxSettings, country: str | None, at: datetime) -> Mailbox:
    hours = settings.working_hours
    named = settings.time_zone or (hours.time_zone.name if hours and hours.time_zone else None)
    zone = iana(named, country) or _custom(hours)
    if hours is None or not hours.days_of_week or hours.start_time is None:
        return Mailbox(zone=zone, replies=_replies(settings, at))
    return Mailbox(
        zone=iana(hours.time_zone.name if hours.time_zone else None, country) or zone,
        days=frozenset(DAYS.index(str(day.value)) for day in hours.days_of_week),
        start=_time(hours.start_time),
        end=_time(hours.end_time),
        replies=_replies(settings, at),
    )


def _time(value: Any) -> time:
    return value if isinstance(value, time) else time.fromisoformat(str(value).partition(".")[0])


def _custom(hours: Any) -> str | None:
    """A custom zone has only a distance from UTC; the nearest whole hour has a name.

    https://learn.microsoft.com/graph/api/resources/customtimezone
    """
    bias = getattr(getattr(hours, "time_zone", None), "bias", None)
    if not isinstance(bias, int) or bias % 60:
        return None
    name = f"Etc/GMT{bias // 60:+d}" if bias else "UTC"
    assert ZoneInfo(name).utcoffset(datetime(2026, 1, 1, tzinfo=UTC)) == timezone(
        timedelta(minutes=-bias)
    ).utcoffset(None)
    return name


def _replies(settings: MailboxSettings, at: datetime) -> tuple[Span, ...]:
    """Automatic replies mean out of office: while scheduled, or until further notice."""
    replies = settings.automatic_replies_setting
    if replies is None or replies.status in (None, AutomaticRepliesStatus.Disabled):
        return ()
    if replies.status is AutomaticRepliesStatus.AlwaysEnabled:
        return (Span(at, OPEN_END),)
    if not (replies.scheduled_start_date_time and replies.scheduled_end_date_time):
        return ()
    start, end = utc(replies.scheduled_start_date_time), utc(replies.scheduled_end_date_time)
    return (Span(start, end),) if start < end and end > at else ()
