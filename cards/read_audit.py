"""Who looked at one's figures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from cards import words
from cards.elements import Card, do, finished, head, plain, told
from handoff.model import Person

MOST = 12  # lines of one card

WHAT: Mapping[str, str] = {
    "figures": "how your pool stands",
    "weekly": "the report of a week, with your line in it",
    "counted": "what you have kept, and what came of your leads",
    "fairness": "who was next",
    "offer": "who was next, on the card of the meeting they were offered",
    "why": "what happened",
    "report": "who was next, because someone called it wrong",
    "alarm": "that someone had no leads for a while",
    "roll_call": "who has confirmed the week",
    "export": "all that is stored about you",
    "simulation": "how a draft of the policy would have shared out the leads",
}
"""What was looked at, by the word it is recorded with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadLine:
    by: str  # a name
    what: str
    number: int | None
    at: datetime
    times: int


def read_audit_card(viewer: Person, reads: Sequence[ReadLine], more: int, days: int) -> Card:
    """The newest first; *days* is how long looks are kept."""
    lines = [
        told(
            f"**{plain(one.by)}**, {words.when(one.at, viewer.zone)}: {_at(one)}",
            size="Small",
            spacing="Small",
        )
        for one in reads
    ]
    return finished(
        [
            head("WHO LOOKED", "At figures with you in them"),
            *(lines or [told("Nobody, as far back as it is kept.", spacing="Small")]),
            told(f"And {more} more.", size="Small") if more else None,
            told(
                f"Why you can see this: every look at someone else's figures is recorded, a "
                f"manager's too, and kept for {days} days. Nobody looks unseen.",
                size="Small",
                subtle=True,
            ),
        ],
        [do("My figures", "pool_figures", first=True)],
        says="Who looked at your figures",
    )


def _at(one: ReadLine) -> str:
    of = f" in no. {one.number}" if one.number else ""
    often = f" ({one.times} times that day)" if one.times > 1 else ""
    return f"{WHAT.get(one.what, plain(one.what))}{of}{often}"
