"""PUBLIC_URL, asked as Teams and Graph ask it: it leads to Baton, and Baton answers as they want.

From this machine; whether Microsoft itself gets through is seen where a test mailbox is watched.
"""

from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import uuid4

from doctor.check import Check, Examined, fine, ill, report, vital
from doctor.reach import Answer, OutOfReachError
from store.database import only_reads, why_not
from web.health import PATH

READY = "PUBLIC_URL leads to Baton"
OURS = "and to this one: what is written into its database is read there"
MOMENT = timedelta(minutes=1)  # that the page lasts, should nobody be there to take it away
SHAKES = "the address for notifications shakes hands"
REFUSES = "the address for Teams asks who is there"
SERVE = (
    "start python app.py serve, and see that PUBLIC_URL names it: DNS, certificate, and a proxy "
    "that passes /api/ and /readyz on to HOST:PORT"
)
ANOTHERS = (
    "another Baton answers there: see which serve the proxy leads to, and which database it has. "
    "Where it is this one's own, it has not been started since DATABASE_URL was changed"
)
UNTOUCHED = (
    "a proxy in front must pass on {path} as it is, with its query and no sign-in of its own"
)


async def checks(of: Examined) -> AsyncIterator[Check]:
    url = of.settings.public_url
    try:
        answer = await of.web.ask(f"{url}/readyz")
    except OutOfReachError as error:
        yield vital(ill(READY, SERVE, f"{url}: {error}"))
        return
    if answer.status != 200 or answer.text != "ready":
        yield vital(ill(READY, _not_ready(answer), f"{url}/readyz answers {answer.status}"))
        return
    yield fine(READY)
    database = of.settings.database_url
    if not (await why_not(database) or await only_reads(database)):
        yield vital(await _own(of))
    yield vital(await _hands(of, of.services.notification_url))
    yield await _door(of, f"{url}/api/messages")


def _not_ready(answer: Answer) -> str:
    if answer.status == 503 and "database" in answer.text:
        return "serve runs and cannot reach its database: see its DATABASE_URL"
    return SERVE


async def _own(of: Examined) -> Check:
    """A page is kept for a moment, and asked for there: whoever has another database has it not."""
    stores = of.services.stores
    async with stores.door.open() as tx:
        secret = await stores.examinations.keep(tx, report([], of.machine()), MOMENT)
    url, then = f"{of.settings.public_url}{PATH}/", UNTOUCHED.format(path=f"GET {PATH}/")
    try:
        answer = await of.web.ask(f"{url}{secret}")
    except OutOfReachError as error:
        return ill(OURS, then, f"{url}: {error}")
    finally:
        async with stores.door.open() as tx:
            await stores.examinations.forget(tx, secret)
    if answer.status == 200:
        return fine(OURS)
    return ill(OURS, ANOTHERS if answer.status == 404 else then, f"{url} answers {answer.status}")


async def _hands(of: Examined, url: str) -> Check:
    """https://learn.microsoft.com/graph/change-notifications-delivery-webhooks"""
    token = f"doctor & {uuid4()} 100%"
    then = UNTOUCHED.format(path="POST /api/graph")
    try:
        answer = await of.web.ask(url, method="POST", query={"validationToken": token})
    except OutOfReachError as error:
        return ill(SHAKES, then, f"{url}: {error}")
    if (answer.status, answer.kind, answer.text) != (200, "text/plain", token):
        given = "the token" if answer.text == token else "something else"
        return ill(SHAKES, then, f"{url} answers {answer.status}, {answer.kind}, with {given}")
    return fine(SHAKES)


async def _door(of: Examined, url: str) -> Check:
    """Whoever brings no token is turned away by Baton itself."""
    then = UNTOUCHED.format(path="POST /api/messages")
    try:
        answer = await of.web.ask(url, method="POST")
    except OutOfReachError as error:
        return ill(REFUSES, then, f"{url}: {error}")
    if answer.status != 401 or answer.text != "no bearer token":
        return ill(REFUSES, then, f"{url} answers {answer.status} to who has no token")
    return fine(REFUSES)
