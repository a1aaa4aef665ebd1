"""People as Entra and their mailboxes describe them: who is in a group, who manages whom, when
someone works.

https://learn.microsoft.com/graph/api/user-list-manager · /group-list-transitivemembers ·
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
from msgraph.generated.groups.item.transitive_members.graph_user.graph_user_request_builder import (
    GraphUserRequestBuilder,
)
from msgraph.generated.models.automatic_replies_status import AutomaticRepliesStatus
from msgraph.generated.models.mailbox_settings import MailboxSettings
from msgraph.generated.models.user import User
from msgraph.generated.models.user_collection_response import UserCollectionResponse
from msgraph.generated.users.item.user_item_request_builder import UserItemRequestBuilder
from msgraph.generated.users.users_request_builder import UsersRequestBuilder

from graph.batch import read_all
from graph.client import Graph
from graph.errors import AmbiguousError, BusyError, DeniedError, GoneError, NoMailboxError
from graph.views import moment
from graph.zones import iana
from handoff import addresses
from handoff.hours import OPEN_END, Span

ABOUT = [
    *("id", "displayName", "mail", "userPrincipalName", "proxyAddresses"),
    *("accountEnabled", "usageLocation"),
]
ADDRESSES = 7  # in one question: each is two of the fifteen terms that an `or` may have
PAGE = 999  # members; https://learn.microsoft.com/graph/api/group-list-transitivemembers
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Someone in Entra. *managers* are the nearest first."""

    id: str
    name: str
    mail: str
    sign_in: str  # the user principal name
    enabled: bool
    country: str | None  # two letters: where they work
    managers: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()  # all that reach them and the sign-in name, in small letters


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailbox:
    """When the owner of a mailbox works. *dark* is why it cannot be read."""

    zone: str | None = None  # IANA name: in which its times are shown
    hours_zone: str | None = None  # IANA name: on whose clock the hours are; Outlook keeps another
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

        Graph answers from an index that may lag behind; whoever is not among them may still be in
        the group. Raises GoneError when there is no such group, AmbiguousError when its name is not
        unique.
        https://learn.microsoft.com/graph/aad-advanced-queries
        """
        id = group if _is_id(group) else await self._group(group)
        found: list[str] = []
        builder = self._graph.client.groups.by_group_id(id).transitive_members.graph_user
        query = GraphUserRequestBuilder.GraphUserRequestBuilderGetQueryParameters(
            select=["id"], top=PAGE, count=True
        )
        more: RequestConfiguration[Any] = _from_the_index(None)
        try:
            async with self._graph.errors():
                page = await builder.get(_from_the_index(query))
                while True:
                    found += [user.id for user in page.value or []]
                    if page.odata_next_link is None:
                        return tuple(found)
                    page = await builder.with_url(page.odata_next_link).get(more)
        except NoMailboxError as error:  # Graph has one word for both; here it is the group
            raise GoneError(f"Entra has no group {group!r}") from error

    async def accounts(self, people: Sequence[str]) -> Mapping[str, Account | None]:
        """People by id, sign-in name or any address that reaches them, with their managers up to
        the top; None who is not there.

        Twenty in a request, each asked for alone, for Graph follows managers upwards from a single
        user only. Where an account is blocked and another that is not bears the same address, it
        is the other. Raises BusyError, DeniedError, UnsupportedError.
        https://learn.microsoft.com/graph/api/user-list-manager
        """
        found = await self._each(people)
        lost = [name for name in people if "@" in name and not _alive(found[name])]
        if lost:
            bearers = await self._with_address(lost)
            known = await self._each(sorted({id for ids in bearers.values() for id in ids}))
            for name, ids in bearers.items():
                alive = (known[id] for id in ids if _alive(known[id]))
                found[name] = next(alive, None) or found[name]
        return found

    async def _each(self, people: Sequence[str]) -> dict[str, Account | None]:
        """By id or sign-in name. Whom the index does not know is asked for once more without it."""
        answers = await read_all(self._graph, {one: self._one(one) for one in people}, User)
        unknown = [one for one, answer in answers.items() if isinstance(answer, _NOT_THERE)]
        if unknown:
            plain = {one: self._one(one, indexed=False) for one in unknown}
            there = await read_all(self._graph, plain, User)
            answers |= {one: there[one] for one in unknown}
        return {one: _read(answer) for one, answer in answers.items()}

    def _one(self, person: str, *, indexed: bool = True) -> RequestInformation:
        query = UserItemRequestBuilder.UserItemRequestBuilderGetQueryParameters(
            select=ABOUT, expand=["manager($levels=max;$select=id)"] if indexed else ["manager"]
        )
        builder = self._graph.client.users.by_user_id(person)
        request: RequestInformation = builder.to_get_request_information(
            _from_the_index(query) if indexed else RequestConfiguration(query_parameters=query)
        )
        if indexed:  # Microsoft's client does not know that Graph counts a single user
            request.path_parameters["baseurl"] = self._graph.root
            request.url = f"{request.url}&$count=true"
        return request

    async def _with_address(self, mails: Sequence[str]) -> dict[str, list[str]]:
        """The ids of all accounts that each address belongs to, the likeliest first.

        https://learn.microsoft.com/graph/api/user-list
        """
        questions: dict[str, RequestInformation] = {}
        for first in range(0, len(mails), ADDRESSES):
            terms = (
                f"mail eq {_quoted(mail)} or proxyAddresses/any(p:p eq {_quoted(f'smtp:{mail}')})"
                for mail in mails[first : first + ADDRESSES]
            )
            query = UsersRequestBuilder.UsersRequestBuilderGetQueryParameters(
                filter=" or ".join(terms),
                select=["id", "mail", "userPrincipalName", "proxyAddresses"],
                top=100,
            )
            questions[str(first)] = self._graph.client.users.to_get_request_information(
                RequestConfiguration(query_parameters=query)
            )
        answers = await read_all(self._graph, questions, UserCollectionResponse)
        users: list[User] = []
        for answer in answers.values():
            if isinstance(answer, Exception):
                raise answer
            users += answer.value or []
        users.sort(key=lambda user: (not user.proxy_addresses, str(user.id)))
        return {
            mail: [
                str(user.id)
                for user in users
                if addresses.one(mail) in map(addresses.one, addresses_of(user))
            ]
            for mail in mails
        }

    async def mailboxes(
        self, people: Mapping[str, str | None], at: datetime
    ) -> Mapping[str, Mailbox]:
        """The mailbox settings of *people* (id to country) by id, twenty in a request. Those whose
        mailbox is busy are left out. Raises BusyError when Graph throttles.
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
            if not isinstance(answer, BusyError)
        }

    async def _group(self, name: str) -> str:
        query = GroupsRequestBuilder.GroupsRequestBuilderGetQueryParameters(
            filter=f"displayName eq {_quoted(name)}", select=["id"]
        )
        async with self._graph.errors():
            page = await self._graph.client.groups.get(RequestConfiguration(query_parameters=query))
        found = page.value or []
        if not found:
            raise GoneError(f"Entra has no group named {name!r}")
        if len(found) > 1:
            raise AmbiguousError(f"Entra has {len(found)} groups named {name!r}: use the object id")
        return str(found[0].id)


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


_NOT_THERE = (NoMailboxError, GoneError)  # Graph has one word for a user and for a mailbox


def _from_the_index(query: Any) -> RequestConfiguration[Any]:
    """With the header that Graph wants for casts, and for managers of managers."""
    config: RequestConfiguration[Any] = RequestConfiguration(query_parameters=query)
    config.headers.add("ConsistencyLevel", "eventual")
    return config


def _alive(account: Account | None) -> bool:
    return account is not None and account.enabled


def _read(answer: User | Exception) -> Account | None:
    if isinstance(answer, _NOT_THERE):
        return None
    if isinstance(answer, Exception):
        raise answer
    return Account(
        id=answer.id,
        name=answer.display_name or answer.user_principal_name or answer.id,
        mail=answer.mail or answer.user_principal_name or "",
        sign_in=answer.user_principal_name or "",
        enabled=answer.account_enabled is not False,
        country=answer.usage_location,
        managers=tuple(_chain(answer.manager)),
        addresses=tuple(sorted(addresses_of(answer))),
    )


def addresses_of(user: User) -> set[str]:
    """All that reach them and the sign-in name, in small letters; other kinds of address not."""
    proxies = [one.lower() for one in user.proxy_addresses or []]
    return {
        *(one.removeprefix("smtp:") for one in proxies if one.startswith("smtp:")),
        *(one.lower() for one in (user.mail, user.user_principal_name) if one),
    }


def _chain(manager: Any) -> Iterable[str]:
    """Upwards as far as they are users: a contact of the company may be a manager too."""
    while isinstance(manager, User):
        yield str(manager.id)
        manager = manager.manager


def _why_dark(answer: Exception) -> str:
    match answer:
        case DeniedError():
            return "Baton may not read this mailbox"
        case NoMailboxError() | GoneError():
            return "there is no mailbox that Outlook can read"
    raise answer


def _mailbox(settings: MailboxSettings, country: str | None, at: datetime) -> Mailbox:
    hours = settings.working_hours
    of_hours = iana(hours.time_zone.name, country) if hours and hours.time_zone else None
    of_hours = of_hours or _custom(hours)
    zone = iana(settings.time_zone, country) or of_hours
    if hours is None or not hours.days_of_week or hours.start_time is None:
        return Mailbox(zone=zone, hours_zone=zone, replies=_replies(settings, at))
    return Mailbox(
        zone=zone,
        hours_zone=of_hours or zone,
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
    start = moment(replies.scheduled_start_date_time, "UTC")
    end = moment(replies.scheduled_end_date_time, "UTC")
    return (Span(start, end),) if start and end and start < end and end > at else ()
