"""The page /privacy: what is stored, why and how long, made from `store/stored.py` and the policy.

It is read on phones, aloud, in light and in dark, by people who have never heard of a table.
"""

from functools import lru_cache
from textwrap import dedent

import htpy as h

from handoff.retention import Retention
from store.stored import PARTS, Part, Stored
from web.plain import plain

STYLE = """
:root { color-scheme: light dark; --line: color-mix(in srgb, currentColor 22%, transparent) }
body { font: 16px/1.6 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.7rem; line-height: 1.2 } h2 { font-size: 1.25rem; margin: 2.5rem 0 .5rem }
h3 { font-size: 1rem; margin: 0 }
a { color: LinkText } ul { padding-left: 1.2rem }
article { border-top: 1px solid var(--line); padding: .9rem 0 }
dl { margin: .3rem 0; display: grid; grid-template-columns: 6rem 1fr; gap: .1rem .75rem }
dt { opacity: .75 } dd { margin: 0; overflow-wrap: anywhere }
summary { cursor: pointer; padding: .35rem 0 }
summary:focus-visible, a:focus-visible { outline: 3px solid Highlight; outline-offset: 2px }
details ul { columns: 15rem; margin: .2rem 0 0; font-size: .95rem }
@media (max-width: 30rem) { dl { grid-template-columns: 1fr; gap: 0 } dd { margin-bottom: .3rem } }
"""

BEGIN = (
    "Baton hands qualified leads from one colleague to another and sees that each is answered, met "
    "and followed up. This page lists all that it stores for that. It is made from the program "
    "itself and from the policy in force, so that nothing is stored that is not here."
)
POINTS = {
    "Never stored": """
        Of a private event, anything but its time.
        What you type to Baton: only which command it was.
        The text of mails and events. The subject of an event is kept where it stood in the way of a
         meeting, or looked untrue in a weekly check; the address of someone in it only to remember
         whether they have left.
        Recordings, transcripts and chats of meetings.
    """,
    "Where, and who sees it": """
        In a database that your organisation runs. Nobody outside it has access.
        A handoff is seen by those who have a part in it and their managers. Of a calendar only its
         owner sees subjects.
        Everyone sees the same figures about themselves that others see.
        Who looked at whose figures is recorded, managers and administrators included. Say “who
         looked” to Baton to see who looked at yours.
        Logs hold ids: no names, no texts.
    """,
    "What you may ask for": """
        All that is held about you, as a file: your administrator runs “app.py person export”.
        Not to be contacted, as a prospect: “app.py person object”. What is open with you ends, you
         are forgotten, and no list brings you in again.
        To be forgotten, once you have left or your part has ended: “app.py person forget”. Your
         name, address, chat and calendar go; what happened stays in the sums, with an id that leads
         to nobody. What others wrote of you loses your name; where that is one word, or says a task
         or a desk (“Sales Team”), in handoffs that you had a part in, and beside your address.
        Prospects may ask for both too, through whoever invited them.
        Meetings and mails in Outlook and messages in Teams are not Baton's: your organisation's own
         rules for Microsoft 365 hold for them.
    """,
}
"""A line that begins with a space more goes on with the one before."""


def _lines(points: str) -> list[str]:
    return dedent(points).strip().replace("\n ", " ").splitlines()


@lru_cache(maxsize=2)
def page(keep: Retention, company: str) -> str:
    """The whole page, as HTML. *company* is whom to ask; nobody is named to passers-by."""
    whose = company or "your organisation"
    return plain(
        "What Baton stores, why, and how long",
        h.p[BEGIN],
        h.p[f"Questions: the administrator of Baton at {whose}."],
        [
            h.section[h.h2[title], h.ul[[h.li[line] for line in _lines(lines)]]]
            for title, lines in POINTS.items()
        ],
        [_part(part, keep) for part in PARTS],
        h.p[h.a(href="/terms")["Terms of use"], " · ", h.a(href="/")["Baton"]],
        style=STYLE,
        called="Privacy – Baton",
    )


def _part(part: Part, keep: Retention) -> h.Element:
    return h.section[h.h2[part.title], [_thing(one, keep) for one in part.tables]]


def _thing(one: Stored, keep: Retention) -> h.Element:
    all_ = f"All {len(one.columns)} details"
    return h.article[
        h.h3[one.what],
        h.dl[
            h.dt["Why"],
            h.dd[one.why],
            h.dt["How long"],
            h.dd[one.kept.format(**keep.days())],
        ],
        h.details[
            h.summary(aria_label=f"{all_}: {one.what}")[all_],
            h.ul[[h.li[label] for label in one.columns.values()]],
        ],
    ]


def text(keep: Retention) -> str:
    """The same as Markdown, for docs/privacy.md, with the policy's defaults."""
    lines = ["# What Baton stores, why, and how long", "", BEGIN, ""]
    for title, points in POINTS.items():
        lines += [f"## {title}", "", *(f"- {line}" for line in _lines(points)), ""]
    for part in PARTS:
        lines += [f"## {part.title}", ""]
        lines += ["| what | why | how long | every column |", "|---|---|---|---|"]
        for one in part.tables:
            columns = "; ".join(f"`{name}` {label}" for name, label in one.columns.items())
            kept = one.kept.format(**keep.days())
            lines.append(f"| **{one.what}** (`{one.table}`) | {one.why} | {kept} | {columns} |")
        lines.append("")
    return "\n".join(lines)
