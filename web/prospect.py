"""A prospect changes their meeting, on the page that the invitation leads to.

A mail scanner follows links too, so looking does nothing; only its buttons do. Whoever holds the
address may press them: the prospect, and whom they show it. Times are looked for by a job, so that
the page waits for nobody.
"""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from http import HTTPStatus

import structlog
from aiohttp import web

from handoff import changing
from handoff.errors import NoSuchHandoffError, RefusedError, TakenError
from handoff.model import Case, Decision
from handoff.routing.errors import FullError, NoRepError
from received import typed
from store.door import Tx
from store.handoffs import Handoffs, Rule, RuleInTx
from store.links import MEETING, ExpiredError, LapsedError, Links, Pass
from store.routing import Routing
from web.answers import PATH
from web.prospect_page import LONGEST_NOTE, as_it_stands, gone_page, meeting_page
from web.sheet import HEADERS

log = structlog.get_logger()

TAKEN = "That time is not free any more. Please look for another."


class Prospects:
    def __init__(
        self, handoffs: Handoffs, routing: Routing, links: Links, now: Callable[[], datetime]
    ) -> None:
        self._handoffs = handoffs
        self._routing = routing
        self._links = links
        self._now = now

    def routes(self) -> list[web.RouteDef]:
        where = f"{PATH}/{{link}}/{MEETING}"
        return [web.get(where, self.show), web.post(where, self.act)]

    async def show(self, request: web.Request) -> web.Response:
        """The meeting as it stands; nothing has happened."""
        try:
            given = await self._links.read_pass(request.match_info["link"], self._now())
            return await self._page(given)
        except RefusedError as refusal:
            return await self._gone(refusal)

    async def act(self, request: web.Request) -> web.Response:
        """Times are looked for, the meeting is moved, or called off: then the page as it is now. A
        line says why, where nothing was done.
        """
        at = self._now()
        try:
            given = await self._links.read_pass(request.match_info["link"], at)
        except RefusedError as refusal:
            return await self._gone(refusal)
        form = typed(await request.read())
        rule = _rule(form, at)
        try:
            if rule is None:
                return await self._page(given)
            await self._handoffs.change(given.handoff, self._within_limits(rule, given))
        except (NoSuchHandoffError, ExpiredError) as refusal:
            return await self._gone(refusal)
        except (TakenError, FullError, NoRepError):
            return await self._page(given, TAKEN)
        except RefusedError as refusal:
            return await self._page(given, str(refusal))
        log.info("changed by the prospect", handoff=str(given.handoff), act=form["act"])
        there = {**HEADERS, "Location": request.path}  # loaded anew, it changes nothing twice
        return web.Response(status=HTTPStatus.SEE_OTHER, headers=there)

    def _within_limits(self, rule: Rule, given: Pass) -> RuleInTx:
        """A meeting that goes to a colleague of the rep passes no limit of theirs, and nobody
        decides whose address was corrected a moment ago.
        """

        async def looked(tx: Tx, case: Case) -> Decision | None:
            given.opens(case.handoff.lead.contact_email)
            decision = rule(case)
            rep = decision.handoff.rep if decision else None
            if rep and rep != case.handoff.rep:
                await self._routing.has_room(tx, case, rep, self._now())
            return decision

        return looked

    async def _page(self, given: Pass, wrong: str = "") -> web.Response:
        case = await self._handoffs.case(given.handoff)
        return _answer(
            meeting_page(case, self._now(), wrong=wrong),
            HTTPStatus.CONFLICT if wrong else HTTPStatus.OK,
        )

    async def _gone(self, refusal: RefusedError) -> web.Response:
        """Who held a pass that was proved reads how it stands now; nobody else does."""
        now = ""
        if isinstance(refusal, LapsedError):
            now = as_it_stands(await self._handoffs.case(refusal.handoff), self._now())
        gone = isinstance(refusal, (ExpiredError, NoSuchHandoffError))
        status = HTTPStatus.GONE if gone else HTTPStatus.BAD_REQUEST
        return _answer(gone_page(str(refusal), now), status)


def _rule(form: dict[str, str], at: datetime) -> Rule | None:
    """By what was pressed; None for what the page has no button for."""
    match form.get("act"):
        case "look":
            return partial(changing.prospect_looks, at=at)
        case "move":
            try:
                start = datetime.fromisoformat(form.get("start", ""))
            except ValueError:
                return None
            return partial(_moves_or_books, at=at, start=start) if start.tzinfo else None
        case "call_off":
            note = form.get("note", "").strip()[:LONGEST_NOTE]
            return partial(changing.prospect_calls_off, at=at, note=note)
    return None


def _moves_or_books(case: Case, *, at: datetime, start: datetime) -> Decision | None:
    """The meeting that is ahead, or another for one to which they did not come."""
    book = changing.prospect_may_book(case)
    return (changing.prospect_books if book else changing.prospect_moves)(case, at=at, start=start)


def _answer(html: str, status: HTTPStatus) -> web.Response:
    return web.Response(text=html, content_type="text/html", status=status, headers=HEADERS)
