"""Who of those named in events is no longer in the company, as Entra has it.

https://learn.microsoft.com/graph/api/user-list · /aad-advanced-queries
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from kiota_abstractions.base_request_configuration import RequestConfiguration
from msgraph.generated.groups.groups_request_builder import GroupsRequestBuilder
from msgraph.generated.models.mailbox_settings import MailboxSettings
from msgraph.generated.models.user import User
from msgraph.generated.models.user_collection_response import UserCollectionResponse
from msgraph.generated.models.user_purpose import UserPurpose
from msgraph.generated.users.users_request_builder import UsersRequestBuilder

from graph.batch import read_all, the_busiest
from graph.client import Graph
from graph.errors import BusyError
from graph.people import addresses_of
from handoff import addresses

AT_ONCE = 10  # addresses in one question; Entra takes fifteen terms joined by "or"
ABOUT = ["id", "accountEnabled", "mail", "userPrincipalName", "proxyAddresses"]


class Leavers:
    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    async def accounts(self, mails: Sequence[str], ids: Sequence[str]) -> Mapping[str, bool]:
        """Those of *mails* and object ids that are somebody's account, and whether they still work
        with it. Of the others nothing is known: they may be a group's, a contact's, a folder's.

        Found by every address a person ever had, so that who is renamed has not left. A blocked
        account is nobody's who left when its mailbox is a shared one or a room: those are always
        blocked. Raises BusyError, DeniedError, GraphError.
        """
        questions = {
            f"mail {n}": self._users(" or ".join(_with_address(mail) for mail in some))
            for n, some in enumerate(_parts(mails))
        } | {
            f"id {n}": self._users(f"id in ({', '.join(_quoted(id) for id in some)})")
            for n, some in enumerate(_parts(ids))
        }
        answers = await read_all(self._graph, questions, UserCollectionResponse)
        users: list[User] = []
        for answer in answers.values():
            if isinstance(answer, Exception):
                raise answer
            users += answer.value or []
        blocked = [user for user in users if user.account_enabled is False]
        places = await self._places([str(user.id) for user in blocked])
        disabled = {str(user.id) for user in blocked} - places
        known = {name: str(user.id) for user in users for name in _names(user)}
        return {name: known[name] not in disabled for name in (*mails, *ids) if name in known}

    async def groups(self, mails: Sequence[str]) -> set[str]:
        """Those of *mails* that are a group's. Raises BusyError, DeniedError, GraphError.

        https://learn.microsoft.com/graph/api/group-list
        """
        found: set[str] = set()
        for some in _parts(mails):
            query = GroupsRequestBuilder.GroupsRequestBuilderGetQueryParameters(
                filter=" or ".join(_with_address(mail) for mail in some),
                select=["id", "mail", "proxyAddresses"],
            )
            config: RequestConfiguration[Any] = RequestConfiguration(query_parameters=query)
            async with self._graph.errors():
                page = await self._graph.client.groups.get(config)
            theirs = {
                addresses.one(address.lower().removeprefix("smtp:"))
                for group in page.value or []
                for address in group.proxy_addresses or []
            }
            found |= {mail for mail in some if addresses.one(mail) in theirs}
        return found

    async def _places(self, blocked: Sequence[str]) -> set[str]:
        """Those whose mailbox is no person's. A mailbox that cannot be read is a person's."""
        users = self._graph.client.users
        answers = await read_all(
            self._graph,
            {
                id: users.by_user_id(id).mailbox_settings.to_get_request_information()
                for id in blocked
            },
            MailboxSettings,
        )
        busy = [answer for answer in answers.values() if isinstance(answer, BusyError)]
        if busy:
            raise the_busiest(busy)
        return {
            id
            for id, answer in answers.items()
            if isinstance(answer, MailboxSettings)
            and answer.user_purpose not in (None, UserPurpose.User, UserPurpose.Linked)
        }

    def _users(self, where: str) -> Any:
        query = UsersRequestBuilder.UsersRequestBuilderGetQueryParameters(
            filter=where, select=ABOUT, top=100
        )
        return self._graph.client.users.to_get_request_information(
            RequestConfiguration(query_parameters=query)
        )


def _parts(names: Sequence[str]) -> list[Sequence[str]]:
    return [names[first : first + AT_ONCE] for first in range(0, len(names), AT_ONCE)]


def _with_address(mail: str) -> str:
    return f"proxyAddresses/any(p:p eq {_quoted(f'smtp:{mail}')})"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _names(user: User) -> Iterable[str]:
    """All that an event may know the person by, in small letters."""
    return {str(user.id).lower(), *addresses_of(user)}
