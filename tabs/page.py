"""What every page of the tab is put together from. Sentences are those of the cards, so that both
say the same; what stands in them as markdown is HTML here. Pure.
"""

import re
from collections.abc import Iterable, Sequence

import htpy as h

from cards.elements import bare

_MARK = re.compile(r"\*\*(.+?)(?<!\\)\*\*|(?<![\\*])\*(?!\*)(.+?)(?<![\\*])\*(?!\*)")


def page(title: str, *parts: h.Node, code: str = "", below: h.Node = None) -> h.Element:
    """A whole page, to be put where the one before was. *code* is its place above."""
    return h.main(
        "#page", {"hx-history-elt": True}, tabindex="-1", data_page=code, data_title=title
    )[h.header[h.h1[title], h.p(".quiet")[below] if below else None], parts]


def prose(words: str) -> h.Node:
    """A sentence of a card, with what is bold and what is set apart in it. Nothing else that people
    wrote means anything here.
    """
    parts: list[h.Node] = []
    end = 0
    for found in _MARK.finditer(words):
        parts.append(bare_in(words[end : found.start()]))
        strong, apart = found.groups()
        parts.append(h.strong[bare_in(strong)] if strong else h.em[bare_in(apart)])
        end = found.end()
    return [*parts, bare_in(words[end:])]


def bare_in(words: str) -> str:
    """As `bare`, of a part of a sentence: the spaces at its ends are left."""
    inner = bare(words)
    begins = " " if words[:1].isspace() else ""
    ends = " " if inner and words[-1:].isspace() else ""
    return f"{begins}{inner}{ends}"


def section(title: str, *parts: h.Node, id: str = "") -> h.Element:
    return h.section(id=id or None)[h.h2[title], parts]


def table(
    caption: str, heads: Sequence[h.Node], rows: Iterable[Sequence[h.Node]], *, numbers: int = 0
) -> h.Element:
    """The first cell of each row is its head; the last *numbers* columns are numbers. It is moved
    to the side by itself where a screen is narrow.
    """
    first = len(heads) - numbers
    return h.div(".wide", tabindex="0", role="region", aria_label=caption)[
        h.table[
            h.caption[caption],
            h.thead[
                h.tr[
                    [
                        h.th(scope="col", class_=n >= first and "n")[one]
                        for n, one in enumerate(heads)
                    ]
                ]
            ],
            h.tbody[
                [
                    h.tr[
                        [
                            h.th(scope="row")[one]
                            if n == 0
                            else h.td(class_=n >= first and "n")[one]
                            for n, one in enumerate(row)
                        ]
                    ]
                    for row in rows
                ]
            ],
        ]
    ]


def leads_to(path: str, *words: h.Node, class_: str = "") -> h.Element:
    """A link to another page of the tab, below /tab/."""
    at = f"/tab/{path}"
    return h.a(
        href=at,
        hx_get=at,
        hx_target="#page",
        hx_swap="outerHTML",
        hx_push_url="true",
        class_=class_ or None,
    )[words]


def notice(title: str, words: str, *more: h.Node) -> h.Element:
    """A page that says why there is nothing to see, and what to do."""
    return page(title, h.p[prose(words)], more)
