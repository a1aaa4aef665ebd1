"""What every page of the tab is put together from. Sentences are those of the cards, so that both
say the same; what stands in them as markdown is HTML here. Pure.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date

import htpy as h

from cards import words
from cards.elements import bare
from markup import visible

_MARK = re.compile(r"(?<!\\)\*\*(.+?)(?<!\\)\*\*|(?<![\\*])\*(?!\*)(.+?)(?<![\\*])\*(?!\*)")


def page(title: str, *parts: h.Node, code: str = "", below: h.Node = None) -> h.Element:
    """A whole page, to be put where the one before was. *code* is its place above."""
    return h.main(
        "#page", {"hx-history-elt": True}, tabindex="-1", data_page=code, data_title=title
    )[h.header[h.h1[title], h.p(".quiet")[below] if below else None], parts]


def dated(on: date) -> str:
    """26 Nov 2026"""
    return f"{on.day} {words.MONTHS[on.month - 1]} {on.year}"


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
    """The first cell of each row is its head; the last *numbers* columns are numbers. A cell of
    None says no. On a narrow screen each row is a list of its own, with what each cell is before
    it; a table that is no longer drawn as one needs to say that it is.
    """
    first = len(heads) - numbers
    said = [one if isinstance(one, str) else visible(str(one)).strip() for one in heads]
    return h.table(role="table")[
        h.caption[caption],
        h.thead(role="rowgroup")[
            h.tr(role="row")[
                [
                    h.th(scope="col", role="columnheader", class_=n >= first and "n")[one]
                    for n, one in enumerate(heads)
                ]
            ]
        ],
        h.tbody(role="rowgroup")[
            [h.tr(role="row")[list(_cells(row, said, first))] for row in rows]
        ],
    ]


def _cells(row: Sequence[h.Node], heads: Sequence[str], first: int) -> Iterator[h.Element]:
    yield h.th(scope="row", role="rowheader")[row[0]]
    for n, (head, one) in enumerate(zip(heads[1:], row[1:], strict=True), 1):
        looks = {"n": n >= first, "no": one is None}
        yield h.td(role="cell", data_head=head, class_=looks)["–" if one is None else one]


def leads_to(path: str, *words: h.Node, class_: str = "", label: str | None = None) -> h.Element:
    """A link to another page of the tab, below /tab/. *label* is what it is called where the words
    alone, such as a number, do not say it.
    """
    return h.a(link(path), class_=class_ or None, aria_label=label)[words]


def link(path: str) -> Mapping[str, str]:
    """What makes a link to another page of the tab of an element."""
    at = f"/tab/{path}"
    return {
        "href": at,
        "hx-get": at,
        "hx-target": "#page",
        "hx-swap": "outerHTML",
        "hx-push-url": "true",
    }


def notice(title: str, words: str, *more: h.Node) -> h.Element:
    """A page that says why there is nothing to see, and what to do."""
    return page(title, h.p[prose(words)], more)
