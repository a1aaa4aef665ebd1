"""Figures as a file, by a way that is signed for ten minutes: the browser in which it is opened
says nothing of who asks, so the way does, and what is in the file is what they see now.
"""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from http import HTTPStatus

import structlog
from aiohttp import hdrs, web

from handoff.asked import Wanted, wanted
from handoff.errors import RefusedError
from store.links import ExpiredError
from store.stores import Stores
from web.page_sheets import Seen, page_sheet
from web.plain import plain
from web.sheet import HEADERS
from web.sheets import Turns, as_book, as_csv, aside, sheet

log = structlog.get_logger()

PATH = "/f"
KINDS = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


class Files:
    def __init__(self, stores: Stores, turns: Turns, now: Callable[[], datetime]) -> None:
        self._stores = stores
        self._turns = turns
        self._now = now

    def routes(self) -> list[web.RouteDef]:
        return [web.get(f"{PATH}/{{way}}", self.file)]

    async def file(self, request: web.Request) -> web.Response:
        """The file; 410 for a way of which the time is over, 404 for one that leads nowhere."""
        at, stores = self._now(), self._stores
        try:
            way = await stores.links.read_way(request.match_info["way"], at)
            kind, _, path = way.what.partition("/")
            viewer = await stores.people.here(way.person)
            want = wanted(path, at.date())
            async with self._turns.of(viewer.id):
                policy = await stores.policies.current()
                scope = await stores.figures.scope(viewer, policy)
                if isinstance(want, Wanted):
                    found = await sheet(stores, scope, want, at)
                else:
                    seen = Seen(stores=stores, viewer=viewer, policy=policy, scope=scope, at=at)
                    found = await page_sheet(seen, want)
                made = as_book if kind == "xlsx" else partial(as_csv, for_people=True)
                body = await aside(partial(made, found))
        except RefusedError as refusal:
            gone = isinstance(refusal, ExpiredError)
            status = HTTPStatus.GONE if gone else HTTPStatus.NOT_FOUND
            return _says(str(refusal), status)
        log.info("figures were taken along", by=viewer.id, what=want.path, rows=len(found.rows))
        name = f"baton-{found.name}-{at:%Y-%m-%d}.{kind}"
        return web.Response(
            body=body,
            headers={
                **HEADERS,
                hdrs.CONTENT_TYPE: KINDS[kind],
                hdrs.CONTENT_DISPOSITION: f'attachment; filename="{name}"',
            },
        )


def _says(words: str, status: HTTPStatus) -> web.Response:
    more = "Open the page in Baton's tab again, and choose the file there."
    return web.Response(
        text=plain("No file", words, more),
        content_type="text/html",
        status=status,
        headers=HEADERS,
    )
