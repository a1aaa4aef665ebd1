"""Graph's promise to tell us when something changes in a mailbox.

https://learn.microsoft.com/graph/change-notifications-overview
"""

from collections.abc import Mapping
from datetime import datetime

from msgraph.generated.models.subscription import Subscription

from graph.client import Graph
from graph.errors import ChangedError, GoneError, NoMailboxError

KINDS: Mapping[str, tuple[str, str]] = {
    "events": ("users/{mailbox}/events", "created,updated,deleted"),
    "sent": ("users/{mailbox}/mailFolders('sentitems')/messages", "created"),
}
"""What of a mailbox can be watched: the resource, and which changes of it are told."""


class Subscribing:
    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    async def subscribe(
        self, mailbox: str, kind: str, *, url: str, client_state: str, until: datetime
    ) -> tuple[str, datetime]:
        """What KINDS says of *kind* is told to *url* until about *until*. Returns id and true end.

        While this waits, Graph asks *url* to prove itself, so the app must be serving. The
        lifecycle address is given from the start: it cannot be added later.
        Raises DeniedError, NoMailboxError, BusyError, GraphError.
        """
        resource, changes = KINDS[kind]
        wanted = Subscription(
            change_type=changes,
            resource=resource.format(mailbox=mailbox),
            notification_url=url,
            lifecycle_notification_url=url,
            client_state=client_state,
            expiration_date_time=until,
        )
        try:
            return await self._post(wanted)
        except ChangedError:  # one of ours is there already, which we do not remember
            await self._remove(wanted)
            return await self._post(wanted)

    async def _post(self, wanted: Subscription) -> tuple[str, datetime]:
        async with self._graph.errors():
            made = await self._graph.client.subscriptions.post(wanted)
        return str(made.id), made.expiration_date_time

    async def _remove(self, like: Subscription) -> None:
        """Ours to the same mailbox and address."""
        for one in await self._all():
            if (one.resource, one.notification_url) == (like.resource, like.notification_url):
                await self.end(one.id)

    async def living(self) -> dict[str, str]:
        """The addresses that are told, by the id of each subscription that Graph has of ours.

        Raises DeniedError, BusyError, GraphError.
        """
        return {str(one.id): str(one.notification_url) for one in await self._all()}

    async def end(self, id: str) -> None:
        """Nothing more is told by it. Raises GraphError where it is not there."""
        async with self._graph.errors():
            await self._graph.client.subscriptions.by_subscription_id(id).delete()

    async def _all(self) -> list[Subscription]:
        """Graph shows us only our own."""
        found: list[Subscription] = []
        async with self._graph.errors():
            page = await self._graph.client.subscriptions.get()
            while True:
                found += page.value or []
                if page.odata_next_link is None:
                    return found
                page = await self._graph.client.subscriptions.with_url(page.odata_next_link).get()

    async def renew(self, id: str, until: datetime) -> datetime:
        """It lives on until about *until*, and is authorised anew. Raises GoneError."""
        change = Subscription(expiration_date_time=until)
        one = self._graph.client.subscriptions.by_subscription_id(id)
        try:
            async with self._graph.errors():
                renewed = await one.patch(change)
        except NoMailboxError as error:  # Graph has one word for both; here it is about this one
            raise GoneError(str(error)) from error
        end: datetime = renewed.expiration_date_time
        return end
