"""Answering by a link in a mail, for whom Teams does not reach.

A mail scanner follows links too, so looking at one does nothing: the page says what will happen,
and only its button, a POST, makes it so. Who opens a link is not known; it says whose it is.
"""

from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus

import structlog
from aiohttp import web

from cards.fallback_mail import ACCEPT, SEND_BACK
from cards.view import View
from handoff import answering, delivery
from handoff.errors import (
    MovedOnError,
    NoSuchHandoffError,
    NotOfferedError,
    NotYoursError,
    RefusedError,
)
from handoff.model import Case, Decision
from received import typed
from store.door import Tx
from store.handoffs import Handoffs
from store.links import ExpiredError, Link, Links, NotOursError, UsedError
from web.answer_page import asked, done, refused
from web.sheet import HEADERS

log = structlog.get_logger()

PATH = "/m"
GONE = (ExpiredError, UsedError, MovedOnError, NotYoursError, NoSuchHandoffError)


class Answers:
    def __init__(self, handoffs: Handoffs, links: Links, now: Callable[[], datetime]) -> None:
        self._handoffs = handoffs
        self._links = links
        self._now = now

    def routes(self) -> list[web.RouteDef]:
        where = f"{PATH}/{{link}}/{{act:{ACCEPT}|{SEND_BACK}}}"
        return [
            web.get(where, self.show),
            web.post(where, self.act),
            web.get(PATH + "/{any:.*}", lost),
        ]

    async def show(self, request: web.Request) -> web.Response:
        """What would happen, and a button; nothing has."""
        try:
            link = await self._links.read(request.match_info["link"], self._now())
            view = await self._view(link)
            delivery.answerable(view.case, link.person, link.n)
        except MovedOnError as refusal:
            return await self._not_done(link, refusal)
        except RefusedError as refusal:
            return _refusal(refusal)
        return _page(asked(view, request.match_info["act"]))

    async def act(self, request: web.Request) -> web.Response:
        """The link's owner has answered, once, as by a click on their card; or a line says why not.

        The link is used up in the transaction that holds the answer.
        """
        at = self._now()
        act = request.match_info["act"]
        try:
            link = await self._links.read(request.match_info["link"], at)
        except RefusedError as refusal:
            return _refusal(refusal)
        form = typed(await request.read())
        reason, note = (form.get(name, "").strip()[:500] for name in ("reason", "note"))

        async def rule(tx: Tx, case: Case) -> Decision:
            delivery.answerable(case, link.person, link.n)
            await self._links.use(tx, link, at)
            if act == ACCEPT:
                decision = answering.accept(case, by=link.person, at=at)
            else:
                decision = answering.send_back(
                    case, by=link.person, at=at, reason=reason, note=note
                )
            return delivery.by_mail(decision)

        try:
            case = await self._handoffs.change(link.handoff, rule, link.person)
        except NotOfferedError as refusal:
            view = await self._view(link)
            return _page(
                asked(view, act, wrong=str(refusal), note=note), HTTPStatus.UNPROCESSABLE_ENTITY
            )
        except MovedOnError as refusal:
            return await self._not_done(link, refusal)
        except RefusedError as refusal:
            return _refusal(refusal)
        log.info("answered by mail", handoff=str(link.handoff), act=act)
        return _page(done(View(case=case, viewer=case.people[link.person], at=at), act))

    async def _view(self, link: Link) -> View:
        case = await self._handoffs.case(link.handoff, link.person)
        person = case.people.get(link.person)
        if person is None:
            raise NotYoursError
        return View(case=case, viewer=person, at=self._now())

    async def _not_done(self, link: Link, refusal: RefusedError) -> web.Response:
        """With how it stands instead."""
        return _refusal(refusal, await self._view(link))


async def lost(_request: web.Request) -> web.Response:
    """A link that broke on its way."""
    return _refusal(NotOursError())


def _refusal(refusal: RefusedError, view: View | None = None) -> web.Response:
    gone = isinstance(refusal, GONE)
    return _page(refused(refusal, view), HTTPStatus.GONE if gone else HTTPStatus.BAD_REQUEST)


def _page(html: str, status: HTTPStatus = HTTPStatus.OK) -> web.Response:
    return web.Response(text=html, content_type="text/html", status=status, headers=HEADERS)
