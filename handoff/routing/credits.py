"""What of a decision changes the books: a lead given to someone, or credited back. Pure.

A lead that was no lead, a prospect who did not come, a meeting that was cancelled or passed on:
which of them count is policy. Who let something of it become overdue is credited only for what is
the lead's own, or where the policy credits what is passed on: not answering pays nobody. Who says
in time that they cannot stand in for another never had the lead, whatever the policy says. A rep
gets at most one credit for one handoff, however often it comes back, so that nobody can live on
credits; the store holds it to that.
"""

from dataclasses import dataclass
from datetime import datetime

from handoff.draft import NO_STAND_IN
from handoff.model import Decision, Ending, Entry, Handoff, Step
from handoff.routing.policy import Routing


@dataclass(frozen=True, slots=True)
class Given:
    """The lead is this rep's now, without the router having chosen."""

    rep: str
    how: str


@dataclass(frozen=True, slots=True)
class Credit:
    """The lead does not count for this rep."""

    rep: str
    why: str  # of the policy's `credit`, or NO_STAND_IN


@dataclass(frozen=True, slots=True)
class TakenBack:
    """The credit falls, for what it was given for was not so."""

    rep: str
    why: str  # of the policy's `credit`


Movement = Given | Credit | TakenBack
MOVED = "prospect_moved"  # with a `to`: to a time of a colleague's
CHOSEN = "turn"  # in an entry's detail: the router chose, and has written its own books
GIVES = frozenset({"booked", "given", "reassigned", "given_over", "passed_on", "deal_given", MOVED})
THE_LEADS_OWN = ("lead", "no_show")  # credited also to who was late: nobody could have kept it
THE_MEETINGS = ("no_show", "cancelled")  # of a later meeting they say nothing: it was a lead
WENT = {"prospect_absent": "no_show", "cancelled": "cancelled"}


def movements(before: Handoff | None, decision: Decision, routing: Routing) -> tuple[Movement, ...]:
    """In the order in which they are to be written."""
    found: list[Movement] = []
    for entry in decision.entries:
        rep = before.rep if before else None
        found += _otherwise(entry, decision.handoff, routing)
        why = _why(entry, routing)
        overdue = before is not None and rep is not None and _overdue(before, rep, entry.at)
        kept = (not overdue or why in THE_LEADS_OWN) and not _met(before, why)
        if rep and why and (why in routing.credit or why == NO_STAND_IN) and kept:
            found.append(Credit(rep, why))
        to = _given(entry, decision.handoff)
        if to:
            late = overdue or entry.what == "passed_on"
            why = "passed_on" if late else "reassigned"
            if rep and rep != to and why in routing.credit and before and before.meeting:
                found.append(Credit(rep, why))
            found.append(Given(to, "named" if entry.what == "booked" else entry.what))
    return tuple(found)


def _overdue(handoff: Handoff, rep: str, at: datetime) -> bool:
    """Whether the rep is late, or was, with anything of this handoff that they could be told of."""
    theirs = [c for c in handoff.commitments if c.who == rep and c.excused_at is None]
    return any(
        c.missed_at is not None
        or c.reached is Step.BREACH
        or c.ending in (Ending.LATE, Ending.PASSED_ON)
        or (c.open and c.due_at <= at)
        for c in theirs
    )


def _met(handoff: Handoff | None, why: str | None) -> bool:
    """Whether they have spoken, so that what becomes of a meeting makes it no less of a lead."""
    return handoff is not None and handoff.met > 0 and why in THE_MEETINGS


def _otherwise(entry: Entry, after: Handoff, routing: Routing) -> list[Movement]:
    """What was said of a meeting is otherwise: so is what was credited for it."""
    rep = entry.detail.get("rep")
    if entry.what not in ("put_right", "upheld") or rep is None:
        return []
    was, now = (WENT.get(entry.detail.get(name, "")) for name in ("was", "now"))
    taken: list[Movement] = [TakenBack(rep, was)] if was and was != now else []
    if now is None or now not in routing.credit or _met(after, now):
        return taken
    return [*taken, Credit(rep, now)]


def _why(entry: Entry, routing: Routing) -> str | None:
    """For what it would be credited back: if the policy says so, and NO_STAND_IN always."""
    match entry.what:
        case "sent_back":
            return "lead" if entry.detail.get("reason") in routing.fault else None
        case "unable":
            return NO_STAND_IN if entry.detail.get("reason") == NO_STAND_IN else None
        case "cancelled" | "not_invited":
            return "cancelled"
        case "went":
            return WENT.get(entry.detail.get("outcome", ""))
        case "nurture" | "closed":
            return "ended"
        case _:
            return None


def _given(entry: Entry, after: Handoff) -> str | None:
    if CHOSEN in entry.detail:
        return None
    if entry.what in GIVES:
        return entry.detail.get("to")
    return after.rep if entry.what == "fixed" else None
