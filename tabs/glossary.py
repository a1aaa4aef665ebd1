"""The words that Baton uses in a sense of its own, and what each means: for the rules as people
read them in the tab, and for docs/glossary.md.
"""

import inspect
from collections.abc import Mapping

from handoff import calendar, hours, model, policy, week
from handoff.routing import choose, credits, inputs, snapshot
from handoff.routing import policy as routing
from policy.brief import BriefTable

WORDS: Mapping[str, str | type] = {
    "absence": "Time off that Outlook knows of: automatic replies or an out-of-office event.",
    "alarm": model.Alarm,
    "assignment": choose.Assignment,
    "backup": "The rep who goes next at the same time, should the first not answer.",
    "books": "Each rep's target, leads and credits in one counter, from which the next is chosen.",
    "brief": BriefTable,
    "calendar check": "The question to reps, once a week, whether next week's calendar is true.",
    "cap": inputs.Cap,
    "chain": "All records of assignments, each proved by the next, so that none can be altered.",
    "clock": policy.Clock,
    "commitment": model.Commitment,
    "counter": "What a pool's books are kept under; pools can share one.",
    "credit": credits.Credit,
    "dark": "Of a person: their calendar cannot be read. Whoever is dark is not booked.",
    "decision": model.Decision,
    "entry": model.Entry,
    "excused": "Of a promise: not done in time, and nobody's miss. They could not be told of it "
    "or were not at work before it was due, or a manager found so and said why.",
    "finding": calendar.Finding,
    "freed": "Of an event: it still stands in the calendar and takes no time. Never deleted.",
    "given": credits.Given,
    "handoff": model.Handoff,
    "hold": "Time kept for something to come. In a calendar, an event that says so (a kind of "
    "phantom once nobody remembers it); in a pool, a lead kept for the next free rep.",
    "introduction": "The first mail to prospect and rep, in the qualifier's name.",
    "kept": "Of a promise: done before it was due.",
    "kept late": "Of a promise: done, after it was due.",
    "lead": model.Lead,
    "letter": model.Letter,
    "level": "Owed nothing, owing nothing: how whoever comes (back) into a pool starts.",
    "limit": routing.Limits,
    "line": week.Line,
    "load": "Points of a rep's open deals, by stage. Above the pool's average it counts against "
    "them.",
    "missed": "Of a promise: it was due, and was not done by whoever had made it.",
    "obstacle": calendar.Obstacle,
    "offer": "A meeting that a rep was invited to and has yet to answer. A handoff that goes to "
    "another rep is offered anew.",
    "opening": "A stretch of somebody's working time with nothing in it.",
    "overflow": routing.Overflow,
    "owner": "Of a handoff: who the lead belongs to now, always somebody. Of a company: the rep "
    "who has it already, and whom a rule can put first.",
    "pair": "A qualifier and a rep who work together: the rep goes first while owed nearly as much "
    "as whoever is next.",
    "passed on": "Given to somebody else by policy, because it was not answered.",
    "phantom": "An event that still takes time though nobody will come.",
    "pick": "A rep whom the qualifier chose instead of whoever was next. It is recorded.",
    "pool": policy.Pool,
    "prep": "Time to prepare a meeting, as an appointment in the rep's calendar before it.",
    "promise": policy.Promise,
    "proposal": "Another time that the rep proposed; one is open at a time.",
    "quick action": policy.QuickAction,
    "ramp": "Percent of a rep's weight that counts while they are new.",
    "record": "All that an assignment was made from, written down as the router read it.",
    "reservation": "A stretch of a rep's day that a handoff takes. The database lets no two of one "
    "rep overlap.",
    "ring": "An alarm that goes off: its handoff moves on to the next step, unless the promise was "
    "kept first.",
    "roll call": "A manager's list on Monday: who has confirmed their week.",
    "rotation": "Who is next in a pool, by the sum of shares and leads.",
    "rule": "Of routing: which leads go to which pool; the first that fits decides. Of handoffs: a "
    "function from what stands to a decision, which changes nothing itself.",
    "search": model.Search,
    "sent back": "Returned to the qualifier with a reason; the lead is the qualifier's again.",
    "share": "What one lead adds to a rep's target: their weight against those of everyone taking "
    "part.",
    "shortfall": "Target less leads got, plus credits: what a rep is owed. The largest is next.",
    "slot": "The moment of a mailbox's own for what is done for each, so that they make no crowd.",
    "snapshot": snapshot.Snapshot,
    "span": hours.Span,
    "stage": "How far a deal has come after its meeting, as the rep says.",
    "stand-in": "A rep who is free at the time of a meeting that another cannot take.",
    "sweep": "The job that looks, once a minute, which alarms are due and rings each.",
    "target": "What the shares of all leads so far add up to for one rep.",
    "trait": routing.Trait,
    "unreachable": "Of a person: Teams does not deliver to them.",
    "week": week.Week,
    "weight": "How much of a pool's leads a rep is to get, against the others.",
}
"""Every such word, and what says what it means: the docstring of the class that bears it, or a
sentence here where none does.
"""

IN_RULES = (
    *("brief", "handoff", "lead", "owner", "pool", "rotation", "share", "target"),
    *("credit", "shortfall", "weight", "load", "pair", "backup", "passed on", "sent back", "pick"),
    *(
        "kept",
        "kept late",
        "missed",
        "excused",
        "prep",
        "phantom",
        "hold",
        "calendar check",
        "roll call",
        "stage",
        "stand-in",
    ),
)
"""Those of them that the rules speak of."""


def meaning(by: str | type) -> str:
    """A sentence, or the first words of the class."""
    return by if isinstance(by, str) else first_words(by)


def first_words(kind: type) -> str:
    """The first paragraph of its docstring. Raises ValueError where it has none."""
    words = inspect.getdoc(kind) if kind.__doc__ else None
    if not words:
        raise ValueError(f"{kind.__name__} says nowhere what it means: give it a docstring")
    return " ".join(words.split("\n\n")[0].split())
