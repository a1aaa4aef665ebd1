"""Mailboxes in use: each is watched, as Graph itself has it."""

from collections.abc import AsyncIterator, Sequence

from doctor.check import OURS, Check, Examined, ill, listed
from graph.errors import BusyError, GraphError, UnsupportedError
from jobs.watching import NOT_TAKEN
from store.subscriptions import Subscription

CLOSED = (
    "put the mailbox into the scope in Exchange, or give its owner a licence; it is tried again at "
    "least once a day, and read from time to time meanwhile"
)
LOST = (
    "the worker has been told, and watches them anew within a minute: run doctor again then. What "
    "happened meanwhile is read"
)
NOT_YET = "the worker does it within a minute; if it does not: python app.py work"


async def checks(of: Examined) -> AsyncIterator[Check]:
    services = of.services
    now = services.now()
    watched = await services.stores.subscriptions.in_use()
    yield listed(
        "every mailbox in use can be watched",
        await _named(of, [(one, one.trouble) for one in watched if one.trouble]),
        OURS if any(one.trouble == NOT_TAKEN for one in watched) else CLOSED,
    )
    yield listed(
        "every mailbox in use is watched",
        await _named(
            of,
            [
                (one, "not watched yet" if one.id is None else "nobody has renewed it")
                for one in watched
                if not one.trouble and not one.alive(now)
            ],
        ),
        NOT_YET,
    )
    what = "Graph has every subscription, to this address"
    try:
        living = await services.outlook.subscribing.living()
    except (GraphError, BusyError) as error:
        ours = isinstance(error, UnsupportedError)
        then = "see what is said of Calendars.Read among the permissions"
        yield ill(what, OURS if ours else then, str(error))
        return
    lost = [
        (one, "Graph no longer has it" if one.id not in living else f"told to {living[one.id]}")
        for one in watched
        if one.id and one.alive(now) and living.get(one.id) != services.notification_url
    ]
    async with services.stores.door.open() as tx:
        await services.stores.subscriptions.gone(tx, [one.id for one, _ in lost if one.id], now)
    yield listed(what, await _named(of, lost), LOST)


async def _named(of: Examined, found: Sequence[tuple[Subscription, str | None]]) -> list[str]:
    known = await of.services.stores.people.get({one.mailbox for one, _ in found})
    return [
        f"{known[one.mailbox].name if one.mailbox in known else one.mailbox}, {one.kind}: {why}"
        for one, why in found
    ]
