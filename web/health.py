"""The doctor's page: what `python app.py doctor --page` found, for whoever has its link.

Nothing is looked at when the page is opened, so a visitor causes no work. There are names on it:
it is shown for an hour, kept by nobody on the way, and without the link it is not there.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from html import escape
from http import HTTPStatus
from itertools import groupby
from typing import Any

from aiohttp import web

from store.examinations import Examinations
from web.pages import STYLE

PATH = "/health"
HEADERS = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex, nofollow"}
LOOKS = """
ul { list-style: none; padding: 0 } li { margin: .6rem 0; padding-left: 1.8rem; position: relative }
li::before { content: "✔"; position: absolute; left: 0; font-weight: bold }
li.ill::before { content: "✖" } li.ill > b { border-bottom: 2px solid }
.found { opacity: .75; overflow-wrap: anywhere } .then { display: block }
"""
GONE = "<p>There is nothing here. An administrator makes a new link with: doctor --page</p>"

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
            text=shown(report) if report else _page("Not found", GONE),
            content_type="text/html",
            headers=HEADERS,
        )


def shown(report: Mapping[str, Any]) -> str:
    """The whole page."""
    checks: Sequence[Line] = report["checks"]
    sick = [check for check in checks if not check["well"]]
    at = datetime.fromisoformat(report["at"])
    title = f"{len(sick)} to put right" if sick else "All is well"
    body = f"<p class=found>As it was on {at:%d %B %Y at %H:%M} UTC</p>"
    if sick:
        body += f"<h2>What to do</h2><ul>{''.join(map(_line, sick))}</ul>"
    for part, lines in groupby((c for c in checks if c["well"]), key=lambda c: str(c["part"])):
        name = escape(part[:1].upper() + part[1:])
        body += f"<h2>{name}</h2><ul>{''.join(map(_line, lines))}</ul>"
    return _page(title, body)


def _line(check: Line) -> str:
    """Everything on it may hold what people or Microsoft wrote."""
    words = escape(str(check["what"]))
    html = f"<li>{words}" if check["well"] else f"<li class=ill><b>{words}</b>"
    if check["found"]:
        html += f" <span class=found>{escape(str(check['found']))}</span>"
    if check["then"]:
        html += f"<span class=then>{escape(str(check['then']))}</span>"
    return f"{html}</li>"


def _page(title: str, body: str) -> str:
    return (
        "<!doctype html><html lang=en><head><meta charset=utf-8>"
        "<meta name=viewport content='width=device-width'>"
        f"<title>Baton: {escape(title)}</title><style>{STYLE}{LOOKS}</style></head>"
        f"<body><main><h1>{escape(title)}</h1>{body}</main></body></html>"
    )
