"""The tab over HTTP. A document is an empty shell, whoever asks; what stands in it is given to who
proves who they are, and as much of it as is theirs to see.
"""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from http import HTTPStatus
from mimetypes import guess_type
from pathlib import Path

import htpy as h
import structlog
from aiohttp import hdrs, web

from cards.tab_link import TabLinks
from handoff.errors import FormerError, RefusedError, StrangerError
from received import typed
from store.policies import NoPolicyError
from store.stores import Stores
from tabs import (
    campaigns,
    configure,
    fairness,
    headers,
    keys,
    listed,
    mine,
    proof,
    rules,
    taking,
    team,
    weeks,
)
from tabs.page import notice
from tabs.reading import Reader
from tabs.shell import shell
from tokens import Tokens, UnprovenError

log = structlog.get_logger()

PATH = "/tab"
ASKS = "HX-Request"  # in what htmx asks for, and in no navigation
HERE = Path(__file__).parents[1]
PACKAGES = {  # what is served of others, and where it lies in node_modules
    "MicrosoftTeams.min.js": "@microsoft/teams-js/dist/umd/MicrosoftTeams.min.js",
    "htmx.min.js": "htmx.org/dist/htmx.min.js",
}
OURS = ("tab.css", "tab.js")
PLACE = re.compile(r"[a-z]{1,20}(/[\w.~-]{1,300}){0,6}", re.ASCII)
KEPT = "public, max-age=31536000, immutable"
MISSING = (
    "The files of the tab are not installed here. In Baton's folder: npm ci --omit=dev "
    "--omit=optional --ignore-scripts"
)
UNKNOWN = (
    "Teams did not say who you are in a way that can be proved. Please close the tab and open it "
    "again. If it stays so, whoever looks after Baton finds out why with: app.py doctor"
)
NOT_HERE = "There is no such page, or it is not yours to see."

Page = Callable[[Reader, Mapping[str, str]], Awaitable[h.Element | str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Where and for whom the tab is."""

    tenant: str
    links: TabLinks  # that lead to it
    framed_by: str | None  # beside Microsoft's own


class Tab:
    def __init__(
        self,
        stores: Stores,
        tokens: Tokens,
        site: Site,
        now: Callable[[], datetime],
        packages: Path = HERE / "node_modules",
    ) -> None:
        self._stores = stores
        self._tokens = tokens
        self._site = site
        self._now = now
        self._headers = headers.usual([site.framed_by] if site.framed_by else ())
        self._files = _read(packages)
        if not self._files:
            log.warning("the tab cannot be shown", why=MISSING)

    def routes(self) -> list[web.RouteDef]:
        pages: dict[str, Page] = {
            "": mine.page,
            "/mine": mine.page,
            "/handoff/{number:[0-9]{1,9}}": mine.handoff,
            "/team": team.page,
            "/team/{ground}/{time}": team.page,
            "/team/{ground}/{time}/{by}": team.page,
            "/campaigns": campaigns.page,
            "/campaigns/{ground}/{time}": campaigns.page,
            "/list/{figure}/{ground}/{time}": listed.page,
            "/list/{figure}/{ground}/{time}/{by}/{part}": listed.page,
            "/list/{figure}/{ground}/{time}/{by}/{part}/{from:[0-9]{1,6}}": listed.page,
            "/weeks": weeks.page,
            "/weeks/{week}": weeks.page,
            "/weeks/{week}/{key}/{ground}": weeks.listed,
            "/weeks/{week}/{key}/{ground}/{part}": weeks.listed,
            "/fairness": fairness.page,
            "/fairness/{pool}": fairness.page,
            "/rules": rules.page,
            "/configure": configure.page,
            "/keys": keys.page,
            "/take/{kind:csv|xlsx}/{what:.{1,600}}": taking.way,
        }
        acts: dict[str, Page] = {
            "/keys": keys.make,
            "/keys/{id:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}}/revoke": keys.revoke,
        }
        return [
            web.get(f"{PATH}/file/{{sum}}/{{name}}", self.file),
            *[web.get(PATH + path, self._answering(page)) for path, page in pages.items()],
            *[web.post(PATH + path, self._doing(act)) for path, act in acts.items()],
            web.get(PATH + "/{any:.*}", self._answering(_nothing)),
        ]

    async def file(self, request: web.Request) -> web.Response:
        """A file of the shell, by an address that is another once it has changed."""
        at, name = request.path, request.match_info["name"]
        if name not in self._files or self._files[name][0] != at:
            return web.Response(status=HTTPStatus.NOT_FOUND, headers=self._headers)
        return web.Response(
            body=self._files[name][1],
            content_type=guess_type(name)[0] or "text/plain",
            charset="utf-8",
            headers={**self._headers, hdrs.CACHE_CONTROL: KEPT},
        )

    def _answering(self, page: Page) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def answer(request: web.Request) -> web.Response:
            if ASKS not in request.headers:
                return self._shell(request)
            return await self._part(request, page)

        return answer

    def _doing(self, act: Page) -> Callable[[web.Request], Awaitable[web.Response]]:
        """As `_answering`, of what somebody wants done. Who wants it says the token, which no other
        page can send: no cookie goes along by itself.
        """

        async def answer(request: web.Request) -> web.Response:
            return await self._part(request, act)

        return answer

    def _shell(self, request: web.Request) -> web.Response:
        """The same for everyone: who asks for a document says nothing of who they are."""
        if not self._files:
            status = HTTPStatus.SERVICE_UNAVAILABLE
            return web.Response(status=status, text=MISSING, headers=self._headers)
        text = shell(
            {name: at for name, (at, _) in self._files.items()},
            theme=request.query.get("theme", ""),
            framed_by=self._site.framed_by,
            leads=self._site.links.to(_place(request), "Baton"),
        )
        return self._html(HTTPStatus.OK, text)

    async def _part(self, request: web.Request, page: Page) -> web.Response:
        """401 for whoever proves nothing, of whom nothing is read either; 403 for whom Baton does
        not know, 404 for what is not theirs: each a page with a sentence, and nothing of anybody in
        it.
        """
        structlog.contextvars.clear_contextvars()
        try:
            signed = await self._tokens.proven(request.headers.get(hdrs.AUTHORIZATION))
            who = proof.person_of(signed, self._site.tenant)
        except UnprovenError as error:
            log.warning("refused", why=str(error), part="tab")
            return self._html(HTTPStatus.UNAUTHORIZED, notice("Who are you?", UNKNOWN))
        said = {**typed(await request.read()), **request.match_info}
        try:
            reader = await self._reader(who)
            made: h.Element | str = await page(reader, said)
        except (StrangerError, FormerError) as refusal:
            made, status = notice("Not for you yet", str(refusal)), HTTPStatus.FORBIDDEN
        except RefusedError as refusal:
            made, status = notice("Not here", str(refusal) or NOT_HERE), HTTPStatus.NOT_FOUND
        except NoPolicyError:
            made = notice("No rules yet", "No policy has been published: app.py migrate does it.")
            status = HTTPStatus.SERVICE_UNAVAILABLE
        else:
            status = HTTPStatus.OK
        return self._html(status, made)

    async def _reader(self, id: str) -> Reader:
        """Raises StrangerError, FormerError, NoPolicyError."""
        stores = self._stores
        viewer = await stores.people.here(id)
        policy = await stores.policies.current()
        return Reader(
            stores=stores,
            viewer=viewer,
            policy=policy,
            scope=await stores.figures.scope(viewer, policy),
            at=self._now(),
            url=self._site.links.url,
        )

    def _html(self, status: HTTPStatus, made: h.Element | str) -> web.Response:
        return web.Response(
            status=status, text=str(made), content_type="text/html", headers=self._headers
        )


async def _nothing(_reader: Reader, _asked: Mapping[str, str]) -> h.Element:
    raise RefusedError(NOT_HERE)


def _place(request: web.Request) -> str:
    """The page that the address names, if it is one that a link of ours may name."""
    said = request.path.removeprefix(PATH).strip("/")
    return said if PLACE.fullmatch(said) else ""


def _read(packages: Path) -> dict[str, tuple[str, bytes]]:
    """Each with its address; none where one is missing."""
    own = Path(__file__).parent / "files"
    where = {name: own / name for name in OURS}
    where |= {name: packages / path for name, path in PACKAGES.items()}
    if not all(file.is_file() for file in where.values()):
        return {}
    read = {name: file.read_bytes() for name, file in where.items()}
    return {
        name: (f"{PATH}/file/{sha256(data).hexdigest()[:16]}/{name}", data)
        for name, data in read.items()
    }
