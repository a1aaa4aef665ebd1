"""The doctor's page: what `python app.py doctor --page` found, for whoever has its link.

Nothing is looked at when the page is opened, so a visitor causes no work. There are names on it:
it is shown for an hour, kept by nobody on the way, and without the link it is not there.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from http import HTTPStatus
from itertools import groupby
from typing import Any

import htpy as h
from aiohttp import web

from store.examinations import Examinations
from web.plain import STYLE, plain

PATH = "/health"
HEADERS = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex, nofollow"}
LOOKS = """
ul { list-style: none; padding: 0 } li { margin: .6rem 0; padding-left: 1.8rem; position: relative }
li::before { content: "✔"; position: absolute; left: 0; font-weight: bold }
li.ill::before { content: "✖" } li.ill > b { border-bottom: 2px solid }
.found { opacity: .75; overflow-wrap: anywhere } .then { display: block }
"""
GONE = "There is nothing here. An administrator makes a new link with: doctor --page"

Line = Mapping[str, Any]


class Health:
    def __init__(self, examinations: Examinations) -> None:
        self._examinations = examinations

    def routes(self) -> list[web.RouteDef]:
        return [web.get(PATH + "/{secret}", self.page)]

    async def page(self, request: web.Request) -> web.Response:
        """404 for every link but those that the doctor has printed within the hour."""
        report = await self._examinations.found(request.match_info["secret"])
        return web.Response(
            status=HTTPStatus.OK if report else HTTPStatus.NOT_FOUND,
            text=shown(report) if report else _page("Not found", h.p[GONE]),
            content_type="text/html",
            headers=HEADERS,
        )


def shown(report: Mapping[str, Any]) -> str:
    """The whole page."""
    checks: Sequence[Line] = report["checks"]
    sick = [check for check in checks if not check["well"]]
    at = datetime.fromisoformat(report["at"])
    title = f"{len(sick)} to put right" if sick else "All is well"
    well = groupby((c for c in checks if c["well"]), key=lambda c: str(c["part"]))
    return _page(
        title,
        h.p(".found")[f"As it was on {at:%d %B %Y at %H:%M} UTC"],
        [h.h2["What to do"], h.ul[[_line(check) for check in sick]]] if sick else None,
        [
            [h.h2[part[:1].upper() + part[1:]], h.ul[[_line(check) for check in lines]]]
            for part, lines in well
        ],
    )


def _line(check: Line) -> h.Element:
    """Everything on it may hold what people or Microsoft wrote."""
    words = str(check["what"])
    return h.li(class_=not check["well"] and "ill")[
        words if check["well"] else h.b[words],
        [" ", h.span(".found")[str(check["found"])]] if check["found"] else None,
        h.span(".then")[str(check["then"])] if check["then"] else None,
    ]


def _page(title: str, *body: h.Node) -> str:
    return plain(title, *body, style=STYLE + LOOKS, called=f"Baton: {title}")
