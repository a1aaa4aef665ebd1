"""The qualifier hands over: a complete brief, times for it, and again when it was sent back."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from handoff.draft import OUTLOOK, Draft
from handoff.effects import FindTimes
from handoff.ending import cancel
from handoff.errors import IncompleteError, NotOfferedError
from handoff.model import (
    Case,
    Choice,
    Decision,
    Ending,
    Handoff,
    Lead,
    Person,
    Refusal,
    Search,
    State,
)
from handoff.moves import only, require_state
from handoff.offering import offer_again
from handoff.policy import FIELDS, Policy, Promise
from handoff.routing import gate

HOLD = "hold"  # for the next free rep


def missing(lead: Lead, policy: Policy) -> tuple[str, ...]:
    """The fields of the brief that are still empty, in the order of the form."""
    return tuple(
        name for name in FIELDS if name in policy.required and not getattr(lead, name).strip()
    )


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
) -> Decision:
    """A lead with a complete brief is the qualifier's to hand over; with *search*, times are
    looked for at once.

    *below*, in words, is a line of the policy that it does not reach: then no times are looked
    for, and its owner decides. Where that is somebody else than *by*, they get its card.
    Raises IncompleteError, naming every missing field.
    """
    if gaps := missing(lead, policy):
        raise IncompleteError(tuple(FIELDS[name] for name in gaps))
    handoff = Handoff(
        id=id,
        number=0,
        lead=lead,
        qualifier=qualifier.id,
        owner=qualifier.id,
        policy=policy.version,
        state=State.QUALIFIED,
        search=search,
    )
    case = Case(handoff=handoff, policy=policy, people={qualifier.id: qualifier})
    draft = Draft(case, at=at, by=by or qualifier.id, rule="begin")
    draft.promise(Promise.BOOK, qualifier.id)
    draft.say("qualified")
    if below:
        draft.set(trouble=f"Not handed over yet: {below}.", search=None)
        draft.say("below", to=qualifier.id, why=below)
        if by != qualifier.id:
            draft.show(qualifier.id, alert=True)
    elif search:
        draft.follow(FindTimes(draft.id))
    return draft.decision()


def look_for_times(
    case: Case, *, by: str, at: datetime, search: Search, reason: str = ""
) -> Decision:
    """The qualifier asks for times: for this rep or pool, from this day on.

    For a lead below a line of the policy that takes a *reason*, which stays in the timeline.
    Raises IncompleteError without one.
    """
    only(case.handoff.qualifier, by)
    require_state(case, State.QUALIFIED, State.SENT_BACK)
    draft = Draft(case, at=at, by=by, rule="begin")
    if case.handoff.state is State.SENT_BACK:
        _take_back(draft)
    under = gate.below(case.handoff.lead, case.policy.routing)
    if under and case.handoff.trouble:
        if not reason.strip():
            raise IncompleteError(("Why it should go on",))
        draft.say("went_on", why=reason.strip())
    draft.set(search=search, trouble=None if under else draft.handoff.trouble)
    draft.say("asked_for_times")
    draft.follow(FindTimes(draft.id))
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
    """Times that suit the qualifier, a rep and the prospect. None if the question has changed.

    *more* is what the router adds to the search: next, instead, why, until.
    """
    asked = case.handoff.search
    if case.handoff.state is not State.QUALIFIED or asked is None:
        return None
    if _bare(asked) != _bare(search):
        return None
    draft = Draft(case, at=at, by=OUTLOOK, rule="begin")
    now = replace(_bare(asked), found=found, nobody=nobody, refused=refused, **more)  # type: ignore[arg-type]
    draft.set(search=now)
    news = asked.instead == HOLD and draft.handoff.search != asked
    draft.show(case.handoff.qualifier, alert=news and more.get("instead") != HOLD)
    return draft.decision(quiet=True)


def look_again(case: Case, *, at: datetime) -> Decision | None:
    """A lead that is held for the next free rep: calendars and limits are looked at again."""
    search = case.handoff.search
    if case.handoff.state is not State.QUALIFIED or search is None or search.instead != HOLD:
        return None
    draft = Draft(case, at=at, by=OUTLOOK, rule="begin")
    draft.set(search=replace(search, found=None))
    draft.follow(FindTimes(draft.id))
    return draft.decision(quiet=True)


def fix_brief(case: Case, *, by: str, at: datetime, lead: Lead) -> Decision:
    """The qualifier mends the brief of a lead that was sent back and offers it to the same rep.

    The meeting keeps its time while that is still ahead; otherwise new times are looked for.
    """
    only(case.handoff.qualifier, by)
    require_state(case, State.SENT_BACK)
    if gaps := missing(lead, case.policy):
        raise IncompleteError(tuple(FIELDS[name] for name in gaps))
    draft = Draft(case, at=at, by=by, rule="rework")
    draft.set(lead=lead)
    assert case.handoff.rep
    if not case.person(case.handoff.rep).present:
        raise NotOfferedError("Whoever had it is no longer here. Please choose someone else.")
    offer_again(draft, case.handoff.rep)
    draft.say("fixed")
    return draft.decision()


def give_to(case: Case, *, by: str, at: datetime, rep: str) -> Decision:
    """The qualifier gives a lead that was sent back to another rep, at the same time."""
    only(case.handoff.qualifier, by)
    require_state(case, State.SENT_BACK)
    if rep not in (case.handoff.stand_ins or ()):
        raise NotOfferedError
    draft = Draft(case, at=at, by=by, rule="rework")
    offer_again(draft, rep)
    draft.say("given", to=rep)
    return draft.decision()


def _take_back(draft: Draft) -> None:
    """From sent back to a fresh start: the old meeting is cancelled, a new time is needed."""
    draft.end(Promise.REWORK)
    draft.release_managers()
    draft.end(Promise.REASON, Ending.RELEASED)
    cancel(draft)
    draft.set(state=State.QUALIFIED, meeting=None, trouble=None)
    draft.promise(Promise.BOOK, draft.handoff.qualifier)


def _bare(search: Search) -> Search:
    """The question without any answer."""
    return replace(
        search, found=None, refused=(), nobody=(), next=(), instead="", why="", until=None
    )
