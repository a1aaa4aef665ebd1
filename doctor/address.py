"""PUBLIC_URL, asked as Teams and Graph ask it: it leads to Baton, and Baton answers as they want.

From this machine; whether Microsoft itself gets through is seen where a test mailbox is watched.
"""

from collections.abc import AsyncIterator
from uuid import uuid4

from doctor.check import Check, Examined, fine, ill, vital
from doctor.reach import Answer, OutOfReachError

READY = "PUBLIC_URL leads to Baton"
SHAKES = "the address for notifications shakes hands"
REFUSES = "the address for Teams asks who is there"
SERVE = (
    "start python app.py serve, and see that PUBLIC_URL names it: DNS, certificate, and a proxy "
    "that passes /api/ and /readyz on to HOST:PORT"
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
    yield vital(await _hands(of, of.services.notification_url))
    yield await _door(of, f"{url}/api/messages")


def _not_ready(answer: Answer) -> str:
    if answer.status == 503 and "database" in answer.text:
        return "serve runs and cannot reach its database: see its DATABASE_URL"
    return SERVE


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
