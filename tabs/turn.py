"""How whoever looks stands in their pools over several leads, and what their part takes of them."""

from collections import Counter
from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

import htpy as h

from cards import words
from cards.elements import clean
from cards.figures import standing
from cards.reasons import NAMES
from handoff.calendar import Conflict
from handoff.routing.inputs import Out
from handoff.routing.reasons import BUSY, CAP, CHOSEN, LATER, PICKED, Reason
from store.figures import Effort
from tabs.page import leads_to, prose, section
from tabs.reading import Reader

BACK = timedelta(days=28)
MOST = 60  # leads of a pool that are looked at, each of which is chosen again
NAMED = 6  # of those that passed

LIMIT = {
    "hour": "your limit for an hour was reached",
    "day": "your limit for a day was reached",
    "week": "your limit for a week was reached",
    "rolling": "your limit for several days was reached",
    "open": "you had as many open as you may",
    "pool": "the limit of the whole pool was reached",
    "tag": "your limit for leads of that kind was reached",
}
AWAY = {
    Out.AWAY: "you were away",
    Out.DARK: "Outlook could not read your calendar",
    Out.UNREACHABLE: "Teams did not deliver to you",
    Out.UNSIGNED: "you had not agreed to the rules yet",
    Out.NO_SHARE: "the policy gave you no share",
    Out.QUALIFIER: "you handed it over yourself",
    Out.SKILL: "the lead asks for what you are not named for",
}


async def turn(reader: Reader) -> h.Node:
    """Of each pool that they are in, whether they are next, and which of its newest leads would
    have been theirs but for something that stood in the way. Nothing for who is in none.
    """
    mine = [pool for pool in reader.policy.pools if pool.code in reader.viewer.pools]
    said = [await _pool(reader, pool.code, pool.name) for pool in mine]
    return section("My turn", said, id="turn") if said else None


async def _pool(reader: Reader, code: str, name: str) -> h.Node:
    viewer, since = reader.viewer, reader.at - BACK
    figures = await reader.figures(code, name)
    now = next((one for one in figures.reasons if one.id == viewer.id), None)
    turns = await reader.stores.fairness.turns(code, viewer.id, since, MOST)
    passed = [(id, one) for id, one in turns if one.would_be]
    numbers = await reader.stores.lookups.numbers([id for id, _ in passed if id])
    return [
        h.h3[leads_to(f"fairness/{code}", clean(name))],
        h.p[prose(standing(now, viewer, {}, reader.at))] if now else None,
        h.p[prose(over_several([one for _, one in turns], passed, numbers))],
    ]


def over_several(
    turns: Iterable[Reason], passed: list[tuple[UUID | None, Reason]], numbers: dict[UUID, int]
) -> str:
    """What became of the last leads, and what would have changed it."""
    codes = [one.code for one in turns]
    if not codes:
        return "No lead went by turn in the last four weeks."
    of = "the last lead that went" if len(codes) == 1 else f"the last {len(codes)} leads that went"
    got = sum(code in (CHOSEN, PICKED) for code in codes)
    had = f"Of {of} by turn in four weeks you had {got or 'none'}."
    if not passed:
        return f"{had} None passed you that would have been yours. {OTHERWISE}"
    why = Counter(in_the_way(one) for _, one in passed).most_common()
    times = "; ".join(f"{_times(count)} {what}" for what, count in why)
    known = [f"no. {numbers[id]}" for id, _ in passed[:NAMED] if id in numbers]
    which = f" ({words.names(known)}{' and others' if len(passed) > len(known) else ''})"
    many = "One that would have been yours" if len(passed) == 1 else f"{len(passed)} that would "
    many += "" if len(passed) == 1 else "have been yours"
    return f"{had} {many} passed you{which if known else ''}: {times}."


OTHERWISE = "Leads that came to you in another way are not among them."


def _times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count} times")


def in_the_way(one: Reason) -> str:
    """Without which it would have been theirs; of their own calendar the kind, for no more of it is
    kept.
    """
    if one.code == CAP and one.cap:
        return LIMIT[one.cap.kind.partition(":")[0]]
    if one.code == BUSY:
        kind = f" ({NAMES[Conflict(one.busy_with)]})" if one.busy_with else ""
        return f"you were not free then{kind}"
    if one.code == LATER:
        return "somebody else was picked by name"
    return AWAY[Out(one.code)]


async def effort(reader: Reader) -> h.Node:
    """How often they decided something, in how many handoffs, and how long forms were open."""
    found = await reader.stores.figures.effort(reader.viewer.id, reader.at - BACK)
    if not found.handoffs:
        return None
    each = f"{found.clicks / found.handoffs:.1f}".removesuffix(".0")
    return section(
        "What it takes",
        h.p[
            f"In the last four weeks you decided {_things(found.clicks)} in "
            f"{_handoffs(found.handoffs)}: {each} for each. Each is a click or a form that you "
            "sent."
        ],
        h.p[_forms(found)] if found.filled else None,
        h.p(".quiet")[ONLY_YOU],
        id="effort",
    )


ONLY_YOU = (
    "Only you read this. A click takes no time that Baton could know of: how long somebody looks "
    "at a card before it is nobody’s to see."
)


def _forms(found: Effort) -> str:
    long = _long(found.open_for)
    half = f"{long} in all" if found.filled == 1 else f"{long} or less in half of these handoffs"
    return (
        f"In {_handoffs(found.filled)} you filled in forms, which were open for {half}: from the "
        "click that opened each until you sent it."
    )


def _long(seconds: int) -> str:
    """40 seconds, 3 minutes: no less than a second is told"""
    if seconds < 2:
        return "a second"
    if seconds < 2 * 60:
        return f"{seconds} seconds"
    return f"{round(seconds / 60)} minutes"


def _handoffs(count: int) -> str:
    return "one handoff" if count == 1 else f"{count} handoffs"


def _things(count: int) -> str:
    return "one thing" if count == 1 else f"{count} things"
