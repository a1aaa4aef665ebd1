"""The qualifier hands over: a complete brief, times for it, and again when it was sent back."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from unicodedata import normalize
from uuid import UUID

from handoff import addresses, clocks, introducing, letters, outage, place
from handoff.absence import MEETING_AHEAD
from handoff.draft import HELD, OUTLOOK, OWN_WORD, Draft
from handoff.effects import CountEarlier, MendInvitation
from handoff.ending import cancel
from handoff.errors import IncompleteError, MovedOnError, NotOfferedError
from handoff.model import (
    PROSPECT,
    Alarm,
    Case,
    Choice,
    Decision,
    Did,
    Ending,
    Entry,
    Handoff,
    Lead,
    Person,
    Refusal,
    Search,
    State,
    Step,
)
from handoff.money import Money
from handoff.moves import only, require_state
from handoff.nurture import with_marketing
from handoff.offering import offer_again
from handoff.policy import FIELDS, LONG, Policy, Promise
from handoff.routing import gate
from handoff.routing.rules import route
from handoff.screening import complete_now, held, held_for, not_held
from handoff.timeline import Word

WAS, NOW = "was_", "now_"  # in the timeline, before the name of a field
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
    words: str = "",
) -> Decision:
    """The qualifier asks for times: for this rep or pool, from this day on; for a prospect who is
    in *zone*, where that was not known. A meeting that was sent back and still stands is cancelled,
    in *words* that the prospect reads.

    For a lead below a line of the policy that takes a *reason*, which stays in the timeline.
    Raises IncompleteError without one.
    """
    only(case.handoff, "qualifier", by)
    require_state(case, State.QUALIFIED, State.SENT_BACK)
    not_held(case.handoff)
    draft = Draft(case, at=at, by=by, rule="begin")
    if case.handoff.state is State.SENT_BACK:
        _take_back(draft, words)
    under = gate.below(case.handoff.lead, case.policy.routing)
    if under and case.handoff.trouble:
        if not reason.strip():
            raise IncompleteError({"reason": "Why it should go on"})
        draft.say("went_on", why=reason.strip())
    if draft.handoff.owed(Promise.FIT):
        _fits_now(draft)
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
    later = handoff.state is State.FOLLOWING and handoff.again
    return handoff.search is not None and (handoff.state is State.QUALIFIED or later)


def look_again(case: Case, *, at: datetime) -> Decision | None:
    """A lead that is held for the next free rep: calendars and limits are looked at again."""
    search = case.handoff.search
    if case.handoff.state is not State.QUALIFIED or search is None or search.instead != HOLD:
        return None
    draft = Draft(case, at=at, by=OUTLOOK, rule="begin")
    draft.look_for_times(search)
    return draft.decision(quiet=True)


def fix_brief(
    case: Case, *, by: str, at: datetime, lead: Lead, why: str = "", booked: bool = False
) -> Decision:
    """The qualifier mends the brief of a lead that was sent back, and offers it to the same rep; or
    of one whose meeting is booked, and everyone invited has one update. A *booked* one that its rep
    has sent back a moment ago is only put right: nobody meant to ask them again. While another rep
    is put on the meeting, who is invited reads it with that.

    What was sent back keeps its time while that is still ahead; otherwise new times are looked for.
    The timeline says what changed, from what to what. The campaign is set once: another one takes a
    reason, *why*, which stays with its author. Raises IncompleteError without one.
    """
    only(case.handoff, "qualifier", by)
    back = case.handoff.state is State.SENT_BACK
    if back and booked:
        return correct_brief(case, by=by, at=at, lead=lead, why=why)
    meeting = case.handoff.meeting
    changing_hands = [State.BOOKING] if meeting and meeting.organizer_event else []
    require_state(case, State.SENT_BACK, *changing_hands, *MEETING_AHEAD)
    draft = Draft(case, at=at, by=by, rule="rework" if back else "mended")
    _put_right(draft, lead, why)
    assert case.handoff.rep
    if not back:
        _mended(draft)
    elif not case.person(case.handoff.rep).present:
        raise NotOfferedError("Whoever had it is no longer here. Please choose someone else.")
    else:
        offer_again(draft, case.handoff.rep)
    _say_what_changed(draft, "fixed" if back else "mended", why)
    return draft.decision()


def correct_brief(case: Case, *, by: str, at: datetime, lead: Lead, why: str = "") -> Decision:
    """The qualifier mends the brief of a lead that is theirs to hand over, or to decide on: nobody
    is asked and nothing goes out by that. What goes out next says it as it is now, and times that
    were found are looked for anew, for who may have it and when may be others.

    A lead that reaches the policy's line by it is to be handed over as any other. *why* is as in
    `fix_brief`. Raises IncompleteError, NotYoursError, MovedOnError, NotOfferedError.
    """
    only(case.handoff, "qualifier", by)
    require_state(case, State.QUALIFIED, State.SENT_BACK)
    back = case.handoff.state is State.SENT_BACK
    draft = Draft(case, at=at, by=by, rule="rework" if back else "mended")
    _put_right(draft, lead, why)
    _is_another(draft)
    if not back:
        _gated_anew(draft)
        if search := draft.handoff.search:
            draft.look_for_times(_routed_anew(draft, search))
    _say_what_changed(draft, "mended", why)
    draft.show(by)
    return draft.decision()


def _gated_anew(draft: Draft) -> None:
    """What the policy asks of a lead holds for the brief as it is now; one that went on below a
    line, for a reason that its qualifier gave, goes on.
    """
    if held(draft.handoff):
        draft.set(trouble=complete_now(draft.handoff.trouble or ""))
        return
    before, routing = draft.case.handoff.lead, draft.case.policy.routing
    under, owed = gate.below(draft.handoff.lead, routing), draft.handoff.owed(Promise.FIT)
    if under is None and owed:
        draft.set(trouble=None)
        _fits_now(draft)
    elif under and owed:
        draft.set(trouble=not_yet(under.words()))
    elif under and gate.below(before, routing) is None:
        draft.end(Promise.BOOK, Ending.RELEASED)
        draft.release_managers()
        draft.set(trouble=not_yet(under.words()), search=None)
        draft.promise(Promise.FIT, draft.handoff.qualifier)


def _routed_anew(draft: Draft, search: Search) -> Search:
    """Where the rules chose the pool, the one that they choose by the brief as it is now."""
    if search.rule in ("", PROSPECT):
        return search
    rule = route(draft.handoff.lead, draft.case.policy.routing)
    return replace(search, pool=rule.to, rule=rule.name)


def _put_right(draft: Draft, lead: Lead, why: str) -> None:
    """The brief is that of *lead*, and the prospect invited at its address from now on. Raises
    IncompleteError.
    """
    complete(lead, draft.case.policy)
    before = draft.case.handoff.lead
    lead = replace(lead, message=before.message)  # no form has it
    if addresses.one(lead.contact_email) == addresses.one(before.contact_email):
        lead = replace(lead, contact_email=before.contact_email)
    if _another_campaign(before, lead) and not why.strip():
        raise IncompleteError({"campaign_why": "Why the campaign is another"})
    draft.set(lead=lead, proposed=())  # taken or left
    if lead.contact_email != before.contact_email:
        known = not_yet_told(draft.case.handoff) or letters.introduced_at(draft.case.handoff)
        _invited_there(draft)
        draft.did(Did.ADDRESS, was=known or before.contact_email)
        _silence_is_looked_at_anew(draft)


def _another_campaign(before: Lead, now: Lead) -> bool:
    return bool(before.campaign) and now.campaign != before.campaign


def _say_what_changed(draft: Draft, word: Word, why: str) -> None:
    before, now = draft.case.handoff.lead, draft.handoff.lead
    another = _another_campaign(before, now)
    if another:
        draft.say(
            "campaign_corrected",
            rule="campaign",
            was=before.campaign,
            now=now.campaign,
            why=why.strip(),
        )
    changes = _changes(before, now, but=("campaign",) if another else ())
    if changes or not another or word == "fixed":  # which says that it was sent again
        draft.say(word, **changes)


def _is_another(draft: Draft) -> None:
    """Raises NotOfferedError where the brief is as it was."""
    if draft.handoff.lead == draft.case.handoff.lead:
        raise NotOfferedError("Nothing was changed.")


def not_yet(below: str) -> str:
    """Why a lead stays with its qualifier: it is *below* a line of the policy, in words."""
    return f"Not handed over yet: {below}."


def _fits_now(draft: Draft) -> None:
    """Nothing is in the way of handing it over any more, which is what its qualifier owes then."""
    draft.end(Promise.FIT)
    draft.release_managers()
    draft.promise(Promise.BOOK, draft.handoff.qualifier)


def _mended(draft: Draft) -> None:
    """The meeting stands, and says what the brief says now."""
    handoff = draft.handoff
    if handoff.meeting is None or handoff.meeting.span.start <= draft.at:
        raise MovedOnError("The meeting has begun.")
    _is_another(draft)
    draft.follow(MendInvitation(draft.id))
    introducing.introduce_after_all(draft)
    draft.show(handoff.qualifier)
    if handoff.rep:
        draft.show(handoff.rep)


def _invited_there(draft: Draft) -> None:
    """Nobody has answered from the prospect's address, which is another now."""
    introducing.introduce_there(draft)
    if meeting := draft.handoff.meeting:
        nothing = replace(meeting, prospect=None, prospect_at=None, prospect_other=None)
        draft.set(meeting=nothing)


def _silence_is_looked_at_anew(draft: Draft) -> None:
    """Whoever is invited there is silent as well, if they are by the time that the policy has for
    it, though that has been said of the address before.
    """
    meet, at = draft.handoff.owed(Promise.MEET), clocks.risk_at(draft.case_now)
    if meet and at and at > draft.at and all(one.step is not Step.RISK for one in meet.alarms):
        alarms = sorted((Alarm(at, Step.RISK), *meet.alarms), key=lambda one: one.at)
        draft.update(replace(meet, alarms=tuple(alarms)))


def not_yet_told(handoff: Handoff) -> str:
    """The address at which the prospect is still invited, of a lead that was sent back and whose
    brief says another since; empty in any other case.
    """
    rework, corrected = handoff.owed(Promise.REWORK), handoff.deed(Did.ADDRESS)
    if rework is None or corrected is None or corrected.at < rework.made_at:
        return ""
    there = addresses.one(corrected.was) == addresses.one(handoff.lead.contact_email)
    return "" if there else corrected.was


def former_addresses(lead: Lead, timeline: Iterable[Entry]) -> frozenset[str]:
    """By which the prospect may still be on the meeting though the brief says another by now."""
    mended = (one for one in timeline if one.what in ("fixed", "mended"))
    was = (one.detail.get(f"{WAS}contact_email") for one in mended)
    return frozenset(filter(None, was)) - {lead.contact_email}


def _changes(before: Lead, after: Lead, but: tuple[str, ...]) -> dict[str, Any]:
    """What is another in each field, from what to what."""
    found: dict[str, Any] = {}
    for name in (*FIELDS, "contact_zone"):
        was, now = (_told(getattr(one, name)) for one in (before, after))
        if was != now and name not in but:
            found |= {f"{WAS}{name}": was, f"{NOW}{name}": now}
    return found


def _told(field: object) -> str:
    """A field of a brief, as the timeline keeps it: an amount with its currency."""
    if isinstance(field, Money):
        return f"{field.plain()} {field.currency}"
    return str(field or "")


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


def _take_back(draft: Draft, words: str) -> None:
    """From sent back to a fresh start: the old meeting is cancelled, a new time is needed."""
    draft.end(Promise.REWORK)
    draft.end(Promise.REASON, Ending.RELEASED)
    cancel(draft, words)
    draft.set(state=State.QUALIFIED, meeting=None, trouble=None)
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
