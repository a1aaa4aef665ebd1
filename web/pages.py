"""The few pages that anyone may read: what Baton is, what it stores, and whether it is alive."""

import asyncio
from collections.abc import Awaitable, Callable
from http import HTTPStatus

import htpy as h
from aiohttp import web

from handoff.retention import Retention
from store.database import Reads, answers
from store.policies import NoPolicyError, Policies
from web import privacy
from web.plain import plain

ABOUT: tuple[h.Node, ...] = (
    h.p[
        "Baton is a Microsoft Teams app for sales teams. It makes sure that every qualified lead "
        "handed to a rep is accepted, met and followed up. It is used inside Microsoft Teams; "
        "there is nothing to sign in to here."
    ],
    h.p[
        h.a(href="/help")["Help"],
        " · ",
        h.a(href="/privacy")["Privacy"],
        " · ",
        h.a(href="/terms")["Terms"],
    ],
)

HELP: tuple[h.Node, ...] = (
    h.h2["Say a word"],
    h.p[
        "Open your chat with Baton in Microsoft Teams and say ",
        h.b["help"],
        ": it answers with everything that it understands. ",
        h.b["mine"],
        " shows what is open, ",
        h.b["why 17"],
        " what happened in number 17, ",
        h.b["book"],
        (
            " hands over a lead. The tab beside the chat shows the same on a page, how each pool "
            "stands, and the rules."
        ),
    ],
    h.h2["No card comes"],
    h.p[
        "Open the chat with Baton, add it or unblock it there, and say ",
        h.b["mine"],
        (
            ". Outside your working hours nothing comes unless it cannot wait; the hours are those "
            "in your Outlook settings. Whatever Teams could not bring you comes by mail."
        ),
    ],
    h.h2["Something is wrong"],
    h.p[
        (
            "A button that does nothing, a meeting at the wrong time, a lead that should have been "
            "yours: say "
        ),
        h.b["why"],
        (
            " with the number on the card, and ask your manager. Whoever runs Baton in your "
            "organisation sees with "
        ),
        h.code["python app.py doctor"],
        " what is not well and what to do about it.",
    ],
    h.p[
        h.a(href="/privacy")["What is stored, and how to have it given out or forgotten"],
        " · ",
        h.a(href="/terms")["Terms"],
    ],
)

AWAY = "the database cannot be reached"
NO_WORKER = "the worker of this process does not run"

TERMS: tuple[h.Node, ...] = (
    h.p[
        "Baton is provided by your organisation for its own people. It books meetings in your "
        "Outlook calendar when you or a colleague ask it to, and answers invitations or shows "
        "events as free only when you click. Mails to prospects go out in the name of whoever "
        "hands over or takes a lead. It sends you messages in Microsoft Teams within your working "
        "hours, and a mail where Teams does not reach you."
    ],
)


class Pages:
    def __init__(
        self,
        reads: Reads,
        policies: Policies,
        gone: Callable[[], bool],
        home: str | None = None,
    ) -> None:
        """*gone*: whether this process is to work too, and its worker does not run."""
        self._reads = reads
        self._policies = policies
        self._gone = gone
        self._home = home
        self._asking: asyncio.Task[bool] | None = None

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/", _to(self._home) if self._home else _page("Baton", *ABOUT)),
            web.get("/privacy", self.privacy),
            web.get("/help", _page("Help with Baton", *HELP)),
            web.get("/terms", _page("Terms of use", *TERMS)),
            web.get("/healthz", self.alive),
            web.get("/readyz", self.ready),
        ]

    async def privacy(self, _request: web.Request) -> web.Response:
        """What is stored, why and how long, by the policy in force. 503 without a database."""
        if not await self._database():
            return web.Response(status=HTTPStatus.SERVICE_UNAVAILABLE, text=AWAY)
        try:
            policy = await self._policies.current()
        except NoPolicyError:
            return web.Response(text=privacy.page(Retention(), ""), content_type="text/html")
        html = privacy.page(policy.retention, policy.company)
        return web.Response(text=html, content_type="text/html")

    async def _database(self) -> bool:
        """Whether the database answers. However many ask at once, it is asked once."""
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(answers(self._reads))
        return await asyncio.shield(self._asking)

    async def alive(self, _request: web.Request) -> web.Response:
        """200 as long as the process answers at all."""
        return web.Response(text="alive")

    async def ready(self, _request: web.Request) -> web.Response:
        """200 when requests can be served; 503 when the database cannot be reached, or a worker in
        this process is gone.
        """
        if not await self._database():
            return web.Response(status=HTTPStatus.SERVICE_UNAVAILABLE, text=AWAY)
        if self._gone():
            return web.Response(status=HTTPStatus.SERVICE_UNAVAILABLE, text=NO_WORKER)
        return web.Response(text="ready")


def _to(address: str) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def moved(_request: web.Request) -> web.Response:
        raise web.HTTPFound(address)

    return moved


def _page(title: str, *body: h.Node) -> Callable[[web.Request], Awaitable[web.Response]]:
    html = plain(title, *body)

    async def page(_request: web.Request) -> web.Response:
        return web.Response(text=html, content_type="text/html")

    return page
