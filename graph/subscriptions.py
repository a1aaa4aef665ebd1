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

    async def subscribe(  # all by name
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
        """Ours to the same mailbox and address; Graph shows us only our own."""
        async with self._graph.errors():
            page = await self._graph.client.subscriptions.get()
            while True:
                for one in page.value or []:
                    same = (one.resource, one.notification_url)
                    if same == (like.resource, like.notification_url):
                        await self._graph.client.subscriptions.by_subscription_id(one.id).delete()
                if page.odata_next_link is None:
                    return
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
