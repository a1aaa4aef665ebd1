"""The qualifier hands over: a complete brief, times for it, and again when it was sent back."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from unicodedata import normalize
from uuid import UUID

from handoff import outage, place
from handoff.draft import HELD, OUTLOOK, OWN_WORD, Draft
from handoff.effects import CountEarlier
from handoff.ending import cancel
from handoff.errors import IncompleteError, MovedOnError, NotOfferedError
from handoff.model import (
    Case,
    Choice,
    Decision,
    Did,
    Ending,
    Handoff,
    Lead,
    Person,
    Refusal,
    Search,
    State,
)
from handoff.moves import only, require_state
from handoff.nurture import with_marketing
from handoff.offering import offer_again
from handoff.policy import FIELDS, LONG, Policy, Promise
from handoff.routing import gate
from handoff.screening import held, held_for, not_held

HOLD = "hold"  # for the next free rep


def as_kept(fields: Mapping[str, str]) -> dict[str, str]:
    """What was written of a lead: what has one line is one line, wherever it was pasted from, for
    it stands in subjects; é is one letter, however it was typed.
    """
    return {
        name: normalize("NFC", text.strip() if name in LONG else " ".join(text.split()))
        for name, text in fields.items()
    }


def missing(lead: Lead, policy: Policy) -> tuple[str, ...]:
    """The fields of the brief that are still empty, in the order of the form."""
    return tuple(name for name in FIELDS if name in policy.required and not lead.knows(name))


def complete(lead: Lead, policy: Policy) -> None:
    """Raises IncompleteError, naming every missing field of the brief."""
    if gaps := missing(lead, policy):
        raise IncompleteError({name: FIELDS[name] for name in gaps})


def begin(
    *,
    id: UUID,
    lead: Lead,
    qualifier: Person,
    policy: Policy,
    at: datetime,
    search: Search | None,
    by: str | None = None,
    below: str = "",
    marketer: Person | None = None,
    source: str = "",
    held: str = "",
) -> Decision:
    """A lead with a complete brief is the qualifier's to hand over; with *search*, times are
    looked for at once.

    *below*, in words, is a line of the policy that it does not reach: then no times are looked
    for. With a *marketer* it is theirs until the prospect is interested, and stays the qualifier's
    lead; without one the qualifier decides.

    One that came in by itself names its *source*. Where something speaks against it, it is *held*,
    in words: nothing of it is counted until its qualifier has let it in.
    Raises IncompleteError, naming every missing field, but of one that is held: it is let in once
    nothing is missing.
    """
    if not held:
        complete(lead, policy)
    handoff = Handoff(
        id=id,
        number=0,
        lead=lead,
        qualifier=qualifier.id,
        owner=qualifier.id,
        policy=policy.version,
        state=State.QUALIFIED,
        search=search,
        reason=HELD if held else None,
        place=None if held else place.begun(lead, qualifier, policy, at),
    )
    people = {one.id: one for one in (qualifier, marketer) if one}
    case = Case(handoff=handoff, policy=policy, people=people)
    draft = Draft(case, at=at, by=by or qualifier.id, rule="begin")
    if source:
        draft.say("came_in", source=source)
        draft.did(Did.CAME_IN, was=source)
    else:
        draft.say("qualified")
    if held:
        draft.say("held", why=held)
        draft.set(trouble=held_for(held), search=None)
        draft.promise(Promise.FIT, qualifier.id)
        return draft.decision()
    if not below:
        draft.promise(Promise.BOOK, qualifier.id)
    if below:
        draft.set(trouble=not_yet(below), search=None)
        draft.say("below", to=(marketer or qualifier).id, why=below)
    if below and marketer:
        with_marketing(draft, marketer.id)
    elif below:
        draft.promise(Promise.FIT, qualifier.id)
    elif search:
        draft.look_for_times(search)
    return draft.decision()


def let_in(
    case: Case,
    *,
    by: str,
    at: datetime,
    below: str = "",
    marketer: Person | None = None,
    already: str = "",
) -> Decision:
    """Its qualifier says that what was held is a lead: it goes on as any other, *below* a line as
    in `begin`, and all that happened is counted. Where its company has a handoff open *already*, in
    words, which its card did not say, it is held for that, and only once more.

    Raises NotYoursError, MovedOnError, and IncompleteError where its brief has gaps.
    """
    only(case.handoff, "qualifier", by)
    if not held(case.handoff):
        raise MovedOnError
    complete(case.handoff.lead, case.policy)
    draft = Draft(case, at=at, by=by, rule="screening")
    if already and f"{already}." not in (case.handoff.trouble or ""):  # no. 1 is not no. 12
        draft.say("held", why=already)
        draft.set(trouble=held_for(already))
        draft.show(by)
        return draft.decision()
    draft.say("let_in")
    draft.end(Promise.FIT)
    draft.release_managers()
    draft.set(reason=None, trouble=not_yet(below) if below else None)
    draft.follow(CountEarlier())
    if below:
        draft.say("below", to=(marketer.id if marketer else by), why=below, rule="begin")
    if below and marketer:
        with_marketing(draft, marketer.id)
    else:
        draft.promise(Promise.FIT if below else Promise.BOOK, by)
    draft.show(by)
    return draft.decision()


def look_for_times(
    case: Case,
    *,
    by: str,
    at: datetime,
    search: Search,
    reason: str = "",
    zone: str = "",
) -> Decision:
    """The qualifier asks for times: for this rep or pool, from this day on; for a prospect who is
    in *zone*, where that was not known. A meeting that was sent back and is ahead stands meanwhile,
    and moves to the time that is chosen.

    For a lead below a line of the policy that takes a *reason*, which stays in the timeline.
    Raises IncompleteError without one.
    """
    only(case.handoff, "qualifier", by)
    require_state(case, State.QUALIFIED, State.SENT_BACK)
    not_held(case.handoff)
    draft = Draft(case, at=at, by=by, rule="begin")
    if stands(case.handoff, at):
        search = replace(search, moves=True)
        draft.leave_others(by)
    elif case.handoff.state is State.SENT_BACK:
        take_back(draft)
    under = gate.below(case.handoff.lead, case.policy.routing)
    if under and case.handoff.trouble:
        if not reason.strip():
            raise IncompleteError({"reason": "Why it should go on"})
        draft.say("went_on", why=reason.strip())
    if draft.handoff.owed(Promise.FIT):
        fits_now(draft)
    draft.set(trouble=None if under else draft.handoff.trouble)
    if zone:
        draft.set(lead=replace(case.handoff.lead, contact_zone=zone))
    draft.say("asked_for_times")
    draft.look_for_times(search)
    return draft.decision()


def times_found(
    case: Case,
    *,
    at: datetime,
    search: Search,
    found: tuple[Choice, ...],
    nobody: tuple[str, ...],
    refused: tuple[Refusal, ...] = (),
    **more: object,
) -> Decision | None:
    """Times that suit the qualifier, a rep and the prospect, for whoever books. None if the
    question has changed.

    *more* is what the router adds to the search: next, instead, why, until.
    """
    asked = case.handoff.search
    if not looking(case.handoff) or asked is None:
        return None
    if _bare(asked) != _bare(search):
        return None
    draft = Draft(case, at=at, by=OUTLOOK, rule="begin")
    now = replace(_bare(asked), found=found, nobody=nobody, refused=refused, **more)  # type: ignore[arg-type]
    outage.times_came(draft)
    draft.set(search=now)
    news = asked.instead == HOLD and draft.handoff.search != asked
    whose = case.handoff.rep if asked.again else case.handoff.qualifier
    draft.show(whose or case.handoff.qualifier, alert=news and more.get("instead") != HOLD)
    return draft.decision(quiet=True)


def looking(handoff: Handoff) -> bool:
    """Whether a time is to be chosen: by the qualifier, or by a rep for a later meeting."""
    if handoff.search is None:
        return False
    later = handoff.state is State.FOLLOWING and handoff.again
    back = handoff.state is State.SENT_BACK and handoff.search.moves
    return handoff.state is State.QUALIFIED or later or back


def stands(handoff: Handoff, at: datetime) -> bool:
    """Whether everyone is still invited to the meeting of a lead that is back, and it is ahead."""
    meeting = handoff.meeting
    there = meeting is not None and meeting.organizer_event is not None and meeting.span.start > at
    return handoff.state is State.SENT_BACK and there


def look_again(case: Case, *, at: datetime) -> Decision | None:
    """A lead that is held for the next free rep: calendars and limits are looked at again."""
    search = case.handoff.search
    if search is None or search.again or search.instead != HOLD or not looking(case.handoff):
        return None
    draft = Draft(case, at=at, by=OUTLOOK, rule="begin")
    draft.look_for_times(search)
    return draft.decision(quiet=True)


def not_yet(below: str) -> str:
    """Why a lead stays with its qualifier: it is *below* a line of the policy, in words."""
    return f"Not handed over yet: {below}."


def fits_now(draft: Draft) -> None:
    """Nothing is in the way of handing it over any more, which is what its qualifier owes then."""
    draft.end(Promise.FIT)
    draft.release_managers()
    draft.promise(Promise.BOOK, draft.handoff.qualifier)


def give_to(case: Case, *, by: str, at: datetime, rep: str) -> Decision:
    """The qualifier gives a lead that was sent back to another rep, at the same time."""
    only(case.handoff, "qualifier", by)
    require_state(case, State.SENT_BACK)
    if rep not in (case.handoff.stand_ins or ()):
        raise NotOfferedError(at=("rep",))
    draft = Draft(case, at=at, by=by, rule="rework")
    offer_again(draft, rep)
    draft.say("given", to=rep)
    return draft.decision()


def take_back(draft: Draft, words: str = "") -> None:
    """From sent back to a fresh start: a meeting that is ahead is cancelled, in *words* that the
    prospect reads, and a new time is needed.
    """
    draft.end(Promise.REWORK)
    draft.end(Promise.REASON, Ending.RELEASED)
    cancel(draft, words)
    draft.set(state=State.QUALIFIED, meeting=None, search=None, others=None, trouble=None)
    draft.promise(Promise.BOOK, draft.handoff.qualifier, kind=OWN_WORD)


def _bare(search: Search) -> Search:
    """The question without any answer."""
    return replace(
        search,
        found=None,
        refused=(),
        nobody=(),
        next=(),
        instead="",
        why="",
        until=None,
        since=None,
    )
