"""How far a handoff has come, and whose it counts for: as it was when it was handed over. Pure.

A rep who moves to another team later moves no figure: the place of a handoff is kept with it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from handoff.model import Case, Contested, Entry, Handoff, Lead, Outcome, Person, Place, Role
from handoff.policy import Policy, Promise
from handoff.routing.rules import traits_of

HANDED_OVER, ACCEPTED, MET = "handed_over", "accepted", "met"
OPPORTUNITY, WON = "opportunity", "won"
FIRST: Mapping[str, Promise] = {HANDED_OVER: Promise.ANSWER, ACCEPTED: Promise.MEET}
"""By the first promise of which kind a step is reached."""

LEADING = frozenset({Role.MANAGER, Role.LEADER})
REPS = frozenset(
    {Promise.ANSWER, Promise.MEET, Promise.OUTCOME, Promise.NEXT_STEP, Promise.PROGRESS}
)
"""What only a rep owes, and owes as long as they have the lead."""

Said = tuple[str, datetime, str]
"""What was said, when, and by whom or of whom it was."""


def team_of(person: Person | None, policy: Policy) -> str:
    """Whose team they are in: the id of their manager on the policy's level, or of the highest
    below that. Whoever leads and is led by nobody is in their own; who does neither is in none.
    """
    if person is None:
        return ""
    if not person.managers:
        return "" if person.roles.isdisjoint(LEADING) else person.id
    return person.managers[min(policy.figures.team_level, len(person.managers)) - 1]


def led_by(id: str, person: Person | None, policy: Policy) -> str:
    """In whose team it is what they do for the one they lead: in their own, or where the policy
    makes teams of a higher level, in that in which they are.
    """
    if policy.figures.team_level == 1 or person is None or not person.managers:
        return id
    return team_of(person, policy)


def segment_of(lead: Lead, policy: Policy) -> str:
    """The first of the policy's segments that the lead is; empty where it is none."""
    traits = traits_of(lead, policy.routing)
    return next((name for kind, name in traits if kind == "segment"), "")


def begun(lead: Lead, qualifier: Person, policy: Policy, at: datetime) -> Place:
    """The place of a lead that nobody has been given yet."""
    return Place(
        begun=at,
        qualifier=qualifier.id,
        hander=qualifier.id,
        handers=team_of(qualifier, policy),
        segment=segment_of(lead, policy),
    )


def come(case: Case, after: Handoff, entries: Iterable[Entry], at: datetime) -> Place | None:
    """The place of a handoff after a decision on *case*: whose it is, how far it has come, how its
    meetings went, how often it was sent back. None of one that has none yet.
    """
    place = after.place
    if place is None:
        return None
    now = placed(place, after, case.people, case.policy)
    reached = promised(dict(now.reached), after)
    spoken(reached, at, met=after.met > 0)
    dealt(reached, case.handoff.outcome, after.outcome, at, met=after.met > 0)
    told, back = dict(now.went), sent_back(dict(now.sent_back), after)
    for entry in entries:
        went(told, entry, after)
        reason(back, entry)
    if (reached, told, back) != (now.reached, now.went, now.sent_back):
        now = replace(now, reached=reached, went=told, sent_back=back)
    return now


def placed(place: Place, handoff: Handoff, people: Mapping[str, Person], policy: Policy) -> Place:
    """With whoever has the lead now: their team, and the pool they have it from, as they are."""
    if handoff.qualifier != place.hander:
        team = team_of(people.get(handoff.qualifier), policy)
        place = replace(place, hander=handoff.qualifier, handers=team)
    if handoff.rep is None or handoff.rep == place.rep:
        return place
    rep = people.get(handoff.rep)
    asked = handoff.search.pool if handoff.search else None
    code = asked or (rep.pools[0] if rep and rep.pools else "")
    pool = policy.pool(code)
    return replace(
        place,
        rep=handoff.rep,
        team=team_of(rep, policy),
        pool=code,
        region=pool.region if pool else "",
        segment=segment_of(handoff.lead, policy),
    )


def rep_at(handoff: Handoff, at: datetime) -> str:
    """Who had it then: whoever last owed something of it that is a rep's, or its qualifier."""
    owed = (c.who for c in reversed(handoff.commitments) if c.what in REPS and c.made_at <= at)
    return next(owed, handoff.qualifier if handoff.place is None else handoff.place.qualifier)


def promised(reached: dict[str, datetime], handoff: Handoff) -> dict[str, datetime]:
    for step, kind in FIRST.items():
        if step not in reached:
            first = next((c for c in handoff.commitments if c.what is kind), None)
            if first:
                reached[step] = first.made_at
    return reached


def spoken(reached: dict[str, datetime], at: datetime, *, met: bool) -> None:
    if met:
        reached.setdefault(MET, at)
    else:
        reached.pop(MET, None)


def dealt(
    reached: dict[str, datetime],
    was: Outcome | None,
    now: Outcome | None,
    at: datetime,
    *,
    met: bool,
) -> None:
    """A deal that went on and was lost later went on all the same; one that was said by mistake
    never did.
    """
    dealt = (Outcome.OPPORTUNITY, Outcome.WON)
    lost_later = was is Outcome.OPPORTUNITY and now is Outcome.LOST
    if now in dealt:
        reached.setdefault(OPPORTUNITY, at)
    elif not met or (was in dealt and not lost_later):
        reached.pop(OPPORTUNITY, None)
    if now is Outcome.WON:
        reached.setdefault(WON, at)
    else:
        reached.pop(WON, None)


def went(found: dict[int, Said], entry: Entry, handoff: Handoff) -> None:
    """A word on how a meeting went is about the promise to say it that ended with it; one that
    puts it right, about the last that had ended when the other word was said.
    """
    said = [c for c in handoff.commitments if c.what is Promise.OUTCOME and c.ended_at]
    if entry.what == "went":
        now = entry.detail.get("outcome", "")
        about = [c for c in said if c.ended_at == entry.at]
    elif entry.what in ("put_right", "upheld") and entry.detail.get("of") == Contested.MEETING:
        now = entry.detail.get("now", "")
        until = entry.at if entry.what == "put_right" else _contested_at(handoff, entry)
        about = [c for c in said if c.ended_at and c.ended_at <= until]
    else:
        return
    if about and (of := about[-1]).ended_at:
        found[of.n] = (now, of.ended_at, of.who)


def _contested_at(handoff: Handoff, entry: Entry) -> datetime:
    judged = (c.at for c in handoff.contests if c.what is Contested.MEETING)
    return max((at for at in judged if at <= entry.at), default=entry.at)


def sent_back(found: dict[int, Said], handoff: Handoff) -> dict[int, Said]:
    """Each time that its qualifier owes what becomes of it; not where they owe it in place of
    another qualifier.
    """
    owed = [c for c in handoff.commitments if c.what is Promise.REWORK]
    for one in owed:
        instead = any(c.n < one.n and c.ended_at == one.made_at for c in owed)
        if one.n not in found and not instead:
            found[one.n] = ("", one.made_at, rep_at(handoff, one.made_at))
    return found


def reason(found: dict[int, Said], entry: Entry) -> None:
    """Why it was sent back, said with it or afterwards."""
    if entry.what in ("sent_back", "unable"):
        so_far = [n for n, (_, at, _) in found.items() if at <= entry.at]
        if so_far:
            n = max(so_far)
            _, at, who = found[n]
            found[n] = (entry.detail.get("reason", ""), at, who)
