"""How a handoff ends: always by one code, said by whoever has the lead.

A deal that goes on, that was won or that was lost takes a word with the prospect, so what never
met ends as nothing of these. A loss needs a reason of the policy's.
"""

from datetime import datetime

from handoff.accountable import back_from_customers
from handoff.contest import PUT_RIGHT_WITHIN, contest_of
from handoff.draft import CLOCK, Draft, drop_blocks
from handoff.effects import CancelMeeting
from handoff.errors import IncompleteError, MovedOnError, NotOfferedError
from handoff.model import Case, Contested, Decision, Ending, Handoff, Outcome, State
from handoff.moves import only, require_state
from handoff.policy import Promise

TWICE = 2  # times that the prospect did not come, for it to end by that
ASKED_FIRST = (Outcome.NO_NEED, Outcome.NOT_REACHABLE, Outcome.CLOSED)
"""What a qualifier or a marketer may say who has the lead."""

SPOKEN = (Outcome.OPPORTUNITY, Outcome.WON, Outcome.LOST)
"""What takes a word with the prospect."""


def open_to(handoff: Handoff, at: datetime) -> tuple[Outcome, ...]:
    """How the rep may say that it ends, as far as it has come.

    Once it has, they put it right within two days; later a deal that goes on is won or lost.
    """
    spoken = SPOKEN if handoff.met else ()
    twice = (Outcome.NO_SHOW,) if handoff.no_shows >= TWICE else ()
    every = (*spoken, Outcome.NO_NEED, *twice, Outcome.NOT_REACHABLE)
    if handoff.state is not State.ENDED or handoff.outcome is None:
        return every
    if contest_of(handoff, Contested.ENDING) is None and _lately(handoff, at):
        return tuple(one for one in every if one is not handoff.outcome)
    return (Outcome.WON, Outcome.LOST) if handoff.outcome is Outcome.OPPORTUNITY else ()


def _lately(handoff: Handoff, at: datetime) -> bool:
    said = handoff.ended_at if handoff.ended_by == handoff.rep else None
    return said is not None and at <= said + PUT_RIGHT_WITHIN


def end(case: Case, *, by: str, at: datetime, outcome: Outcome, words: str = "") -> Decision:
    """Who has the lead, its qualifier or a marketer, ends it. A meeting still ahead is cancelled,
    in *words* that the prospect reads.

    Raises NotOfferedError for an ending that is a rep's to say.
    """
    nurtured = case.handoff.state is State.NURTURED
    only(case.handoff, "owner" if nurtured else "qualifier", by)
    require_state(case, State.QUALIFIED, State.SENT_BACK, State.NURTURED)
    if outcome not in ASKED_FIRST:
        raise NotOfferedError
    draft = Draft(case, at=at, by=by, rule="nurture" if nurtured else "rework")
    draft.say("closed", outcome=outcome.value)
    _end_all(draft, outcome, by, words=words)
    if nurtured and case.handoff.qualifier != by:
        draft.show(case.handoff.qualifier, alert=True)
    return draft.decision()


def objected(case: Case, *, at: datetime) -> Decision | None:
    """The prospect wants not to be stored or contacted: it ends wherever it stands, a meeting still
    ahead is called off, and whoever had a part in it is told. None where it has ended.
    """
    handoff = case.handoff
    if handoff.state is State.ENDED:
        return None
    draft = Draft(case, at=at, by=CLOCK, rule="objection")
    draft.say("objected")
    draft.end(Promise.JUDGE, Ending.RELEASED)  # nobody judges any more what is contested
    _end_all(draft, Outcome.OBJECTED, None)
    draft.set(giving=None)
    for who in dict.fromkeys((handoff.rep, handoff.qualifier, handoff.owner, handoff.leader)):
        if who:
            draft.show(who, alert=True)
    return draft.decision()


def lapsed(case: Case, *, at: datetime, since: datetime) -> Decision | None:
    """Nobody has handed it over, or decided whether it is, though that was to be since then or
    longer: it ends, for who is in it is not kept for ever. None where somebody has, or where it was
    not to be for as long.
    """
    book = case.handoff.owed(Promise.BOOK) or case.handoff.owed(Promise.FIT)
    if case.handoff.state is not State.QUALIFIED or book is None or book.made_at > since:
        return None
    draft = Draft(case, at=at, by=CLOCK, rule="lapse")
    draft.say("lapsed", since=book.made_at.isoformat())
    draft.finish(book, Ending.RELEASED)  # nobody has kept it by that
    _end_all(draft, Outcome.CLOSED, None)
    return draft.decision()


def no_further_step(
    case: Case, *, by: str, at: datetime, outcome: Outcome | None, reason: str = ""
) -> Decision:
    """The rep says that nothing more is to be done, and how it ended; the qualifier hears it.

    A deal that went on is won or lost later, by the same rule, and what ended before endings had
    codes gets its code. *reason* says why it was lost. Raises IncompleteError without an outcome,
    or without a reason for a loss, and NotOfferedError for an ending that it has not come to.
    """
    handoff = case.handoff
    only(handoff, "rep", by)
    require_state(case, State.FOLLOWING, State.ENDED)
    ended, known = handoff.state is State.ENDED, open_to(handoff, at)
    if not known:
        raise MovedOnError
    if handoff.meeting_outcome is None and not ended:
        raise IncompleteError({"outcome": "How it went"})
    if outcome is None:
        raise IncompleteError({"ending": "How it ends"})
    if outcome not in known:
        raise NotOfferedError(_not_yet(outcome), at=("ending",))
    if outcome is Outcome.LOST and reason not in case.policy.lost:
        raise IncompleteError({"ending": "Why it was lost"})
    draft = Draft(case, at=at, by=by, rule="ending")
    if ended and handoff.outcome and not _later(handoff.outcome, outcome):
        was, now = handoff.outcome.value, outcome.value
        draft.say("put_right", of=Contested.ENDING.value, was=was, now=now)
    draft.end(Promise.NEXT_STEP)
    draft.end(Promise.PROGRESS)
    lost = reason if outcome is Outcome.LOST else None
    if lost:
        draft.say("done", outcome=outcome.value, lost=lost)
    else:
        draft.say("done", outcome=outcome.value)
    _end_all(draft, outcome, by, lost)
    if outcome is not Outcome.WON:
        back_from_customers(draft)
    draft.show(handoff.qualifier, alert=True)
    return draft.decision()


def _later(was: Outcome, now: Outcome) -> bool:
    """Whether it is no correction, but what became of the deal."""
    return was is Outcome.OPPORTUNITY and now in (Outcome.WON, Outcome.LOST)


def _not_yet(outcome: Outcome) -> str:
    """Why that ending is none of the choices."""
    if outcome in SPOKEN:
        return "You have not spoken yet, so it cannot end like that. Say that a call got through."
    if outcome is Outcome.NO_SHOW:
        return "The prospect has not stayed away twice. Please choose how it ends."
    return "Please choose how it ends."


def _end_all(
    draft: Draft, outcome: Outcome, by: str | None, lost: str | None = None, words: str = ""
) -> None:
    """It has ended; a manager's word on what is contested is still owed."""
    release_all(draft, words)
    contested = draft.handoff.owed(Promise.JUDGE) is not None
    draft.set(
        state=State.CONTESTED if contested else State.ENDED,
        outcome=outcome,
        ended_for=lost,
        ended_by=by,
        ended_at=draft.at,
        trouble=None,
        undone=(),
    )
    for who in (draft.handoff.rep, draft.handoff.qualifier):
        if who:
            draft.show(who)


OWN = (Promise.BOOK, Promise.FIT, Promise.REWORK, Promise.NURTURE)
"""What is kept by saying what becomes of the lead."""


def release_all(draft: Draft, words: str = "") -> None:
    """Nothing is owed any more, but a manager's word on what is contested. A meeting still ahead is
    cancelled in *words*.
    """
    cancel(draft, words)
    drop_blocks(draft)
    judged = {c.n for c in draft.handoff.commitments if c.open and c.what is Promise.JUDGE}
    for promise in draft.handoff.commitments:
        if promise.open and promise.what is not Promise.JUDGE and promise.about not in judged:
            draft.finish(promise, None if promise.what in OWN else Ending.RELEASED)
            draft.show(promise.who)


def cancel(draft: Draft, words: str = "", *, wished: bool = False) -> None:
    """A meeting that is still ahead is cancelled; the prospect hears of it once, in *words* where
    somebody has written any, or as who has *wished* it themselves.
    """
    meeting = draft.handoff.meeting
    if meeting and meeting.organizer_event and meeting.span.start > draft.at:
        organizer, event = draft.handoff.organizer, meeting.organizer_event
        begins = (meeting.was or meeting.span).start
        draft.follow(CancelMeeting(draft.id, organizer, event, meeting.uid, words, begins, wished))
