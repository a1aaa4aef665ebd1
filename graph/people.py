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
from msgraph.generated.groups.groups_request_builder import GroupsRequestBuilder
from msgraph.generated.models.automatic_replies_status import AutomaticRepliesStatus
from msgraph.generated.models.mailbox_settings import MailboxSettings
from msgraph.generated.models.user import User
from msgraph.generated.users.item.user_item_request_builder import UserItemRequestBuilder

from graph.batch import read_all
from graph.calendar import utc
from graph.client import Graph
from graph.errors import DeniedError, GoneError, GraphError, NoMailboxError
from graph.zones import iana
from handoff.hours import Span

ABOUT = ["id", "displayName", "mail", "userPrincipalName", "accountEnabled", "usageLocation"]
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
FOR_NOW = timedelta(days=365)  # automatic replies without an end


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
    away: tuple[Span, ...] = ()  # automatic replies
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

        Twenty in a request. Raises BusyError, DeniedError.
        """
        query = UserItemRequestBuilder.UserItemRequestBuilderGetQueryParameters(
            select=ABOUT,
            expand=["manager($levels=max;$select=id)"],
        )
        config: RequestConfiguration[Any] = RequestConfiguration(query_parameters=query)
        config.headers.add("ConsistencyLevel", "eventual")
        answers = await read_all(
            self._graph,
            {
                person: self._graph.client.users.by_user_id(person).to_get_request_information(
                    config
                )
                for person in people
            },
            User,
        )
        for answer in answers.values():
            if isinstance(answer, Exception) and not isinstance(answer, GoneError | NoMailboxError):
                raise answer
        return {
            person: _account(answer) if isinstance(answer, User) else None
            for person, answer in answers.items()
        }

    async def mailboxes(self, people: Sequence[Account], at: datetime) -> Mapping[str, Mailbox]:
        """The mailbox settings of *people* by id, twenty in a request. Raises BusyError."""
        answers = await read_all(
            self._graph,
            {
                person.id: self._graph.client.users.by_user_id(
                    person.id
                ).mailbox_settings.to_get_request_information()
                for person in people
            },
            MailboxSettings,
        )
        country = {person.id: person.country for person in people}
        return {
            id: _mailbox(answer, country[id], at)
            if isinstance(answer, MailboxSettings)
            else Mailbox(dark=_why_dark(answer))
            for id, answer in answers.items()
        }

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
        return Mailbox(zone=zone, away=_away(settings, at))
    return Mailbox(
        zone=iana(hours.time_zone.name if hours.time_zone else None, country) or zone,
        days=frozenset(DAYS.index(str(day.value)) for day in hours.days_of_week),
        start=_time(hours.start_time),
        end=_time(hours.end_time),
        away=_away(settings, at),
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


def _away(settings: MailboxSettings, at: datetime) -> tuple[Span, ...]:
    """Automatic replies mean out of office: while scheduled, or until further notice."""
    replies = settings.automatic_replies_setting
    if replies is None or replies.status in (None, AutomaticRepliesStatus.Disabled):
        return ()
    if replies.status is AutomaticRepliesStatus.AlwaysEnabled:
        return (Span(at, at + FOR_NOW),)
    if not (replies.scheduled_start_date_time and replies.scheduled_end_date_time):
        return ()
    start, end = utc(replies.scheduled_start_date_time), utc(replies.scheduled_end_date_time)
    return (Span(start, end),) if start < end and end > at else ()
