"""What has happened to a lead since its card was drawn last: the first line says it."""

from dataclasses import dataclass, replace
from datetime import timedelta

from cards.elements import Colour, plain
from cards.view import View
from cards.why import short
from handoff import letters, passing
from handoff.absence import MEETING_AHEAD
from handoff.answering import may_not_stand_in
from handoff.clocks import risk_at
from handoff.draft import (
    AGREED,
    AWAY,
    BY_RULE,
    GIVEN_BACK,
    GONE_BY,
    INVITE_GONE,
    KEPT_TIME,
    LAGS,
    LEFT,
    MOVED,
    MOVED_BY_PROSPECT,
    MOVED_ONTO,
    MOVED_PAST,
    NO_ANSWER,
    NO_STAND_IN,
    NOT_ENDED,
    NOT_INVITED,
    NOT_MOVED,
    OWN_WORD,
    TAKEN,
    TAKEN_OFF,
    THERE_AFTER_ALL,
    TURNED_DOWN,
    UNABLE,
    UNANSWERED,
    UNSETTLED,
    WAITING,
    WITHDRAWN,
    YES_SINCE,
)
from handoff.model import Commitment, Did, State, Step
from handoff.moves import IN_OUTLOOK
from handoff.offering import TIME_OVER
from handoff.policy import Promise
from handoff.prospect import asked_about, at_risk
from handoff.screening import held


@dataclass(frozen=True, slots=True)
class News:
    words: str  # as a sentence begins
    urgent: bool = False  # somebody should do something about it
    asks: bool = False  # what is asked, and by when, is in its words

    @property
    def kicker(self) -> str:
        """As the first line of a card has it."""
        return self.words.upper()

    @property
    def colour(self) -> Colour:
        return "Attention" if self.urgent else "Accent"


WAITS = News("Outlook is not answering just now")
ASKED_ANEW = {
    MOVED: "Moved to {start}. Does it suit?",
    MOVED_BY_PROSPECT: "{who} moved it to {start}. Does it suit?",
    TAKEN: "Moved to {start}, no longer free. Can you?",
    KEPT_TIME: "{other} keeps {start}. Can you?",
    GONE_BY: "The time you proposed is over. Can you at {start}?",
    NOT_MOVED: "Not moved: it is still {start}. Can you?",
}


def for_rep(view: View) -> News | None:
    """While the meeting is ahead; None where all is as it was said."""
    handoff = view.handoff
    if handoff.trouble == INVITE_GONE and view.meeting.moving:
        return News("On its way back to your calendar")
    if handoff.trouble == INVITE_GONE:
        return News("No longer in your calendar", urgent=True)
    if handoff.trouble == LAGS:
        return News("Your calendar shows another time", urgent=True)
    if handoff.trouble == WAITING:
        return WAITS
    if handoff.state is State.OFFERED:
        return _asked(view)
    owed = reply_owed(view)
    sure = "Accepted" if handoff.state is State.ACCEPTED else "Accepting"
    if is_silent(view):
        return _since_then(view, sure) or silence(view)
    if owed and owed.due_at <= view.at:
        return News(f"{sure} · your reply was due {view.soon(owed.due_at)}", urgent=True)
    return _settled(view, sure) or (
        News(f"{sure} · reply by {view.soon(owed.due_at)}") if owed else None
    )


MOVES = frozenset({MOVED, MOVED_BY_PROSPECT})


def _asked(view: View) -> News | None:
    """Why the rep is asked just now, where it is no new meeting to them."""
    handoff, start = view.handoff, view.soon(view.meeting.span.start)
    answer = handoff.owed(Promise.ANSWER)
    before = stood_in_for(view)
    if said_yes_by_itself(view):
        return News("Your mailbox said yes. Do you?")
    if view.meeting.response == "tentativelyAccepted":
        return News("Tentative is not yet a yes")
    if before and answer and answer.kind in MOVES and may_not_stand_in(view.case, view.at):
        return News(f"Moved to {start}. Can you stand in for {before}?")
    if answer and answer.kind in ASKED_ANEW:
        who = {"who": _prospect(view), "other": settler(view), "start": start}
        return News(ASKED_ANEW[answer.kind].format_map(who))
    if before:
        return News(f"Can you stand in for {before}?")
    if answer and due_later(answer):
        why = "More time" if _given(view, answer) else "The clock waited"
        return News(f"{why}: answer by {view.soon(answer.due_at)}", asks=True)
    return None


def _since_then(view: View, sure: str) -> News | None:
    """What became of another time since the prospect's silence is a risk."""
    risky = risk_at(view.case)
    answer, settled = view.handoff.last(Promise.ANSWER), view.handoff.last(Promise.SETTLE)
    moved = answer.made_at if answer and answer.kind in (AGREED, NOT_MOVED) else None
    kept = settled.ended_at if settled and settled.kind == KEPT_TIME else None
    newest = max((at for at in (moved, kept) if at), default=None)
    return _settled(view, sure) if risky and newest and newest >= risky else None


def _settled(view: View, sure: str) -> News | None:
    """What became of another time, and what the prospect says, for who has said yes."""
    handoff, start = view.handoff, view.soon(view.meeting.span.start)
    answer, settled = handoff.last(Promise.ANSWER), handoff.last(Promise.SETTLE)
    if answer and answer.kind == AGREED:
        return News(f"{sure} · moved to {start}")
    if answer and answer.kind == NOT_MOVED:
        return News(f"{sure} · not moved, still {start}")
    if handoff.proposal:
        return News(f"{sure} · you proposed {view.soon(handoff.proposal.start)}")
    if settled and settled.kind == KEPT_TIME:
        return News(f"{sure} · {settler(view)} keeps {start}")
    over = News(f"{sure} · the time you proposed is over") if _gone_by(view) else None
    return _unsure(view, sure) or over


def _gone_by(view: View) -> bool:
    """Whether the time that was proposed last has come, and the meeting was not moved since."""
    answer, settled = view.handoff.last(Promise.ANSWER), view.handoff.last(Promise.SETTLE)
    if settled is None or settled.kind != GONE_BY:
        return False
    return answer is None or answer.n < settled.n or answer.kind == GONE_BY


def settler(view: View) -> str:
    """Who has kept the time: its qualifier, or the manager who decided since that one had not."""
    handoff = view.handoff
    settled = handoff.last(Promise.SETTLE)
    deed = handoff.deed(Did.SETTLED)
    decided = deed is not None and settled is not None and deed.n == settled.n
    return view.first(deed.by if deed and decided else handoff.qualifier)


def _unsure(view: View, sure: str) -> News | None:
    if at_risk(view.case, view.at):
        return News(f"{sure} · {_prospect(view)} was asked to confirm")
    if view.meeting.prospect == "tentativelyAccepted":
        return News(f"{sure} · {_prospect(view)} is not sure")
    return None


def for_qualifier(view: View) -> News | None:
    """While the meeting is ahead; None where all is as it was said."""
    handoff = view.handoff
    first = view.first(handoff.rep)
    rep = view.case.people.get(handoff.rep or "")
    if handoff.trouble == INVITE_GONE and view.meeting.moving:
        return News(f"On its way back to {first}'s calendar")
    if handoff.trouble == INVITE_GONE:
        return News(f"No longer in {first}'s calendar", urgent=True)
    if asked_about(view.case):
        return News(f"Is that {_prospect(view)}?", urgent=True)
    if handoff.trouble == WAITING:
        return WAITS
    if handoff.state in IN_OUTLOOK and not view.meeting.join_url:
        return News("Nobody can join: no Teams link", urgent=True)
    if rep and rep.dark and handoff.state in MEETING_AHEAD:
        return News(f"Outlook does not show {first}", urgent=True)
    if handoff.leave and not handoff.leave_kept:
        there = handoff.leave.start > view.at
        return News(f"{first} {'will be' if there else 'is'} out of office", urgent=True)
    if is_silent(view):  # of little use to be told where nobody meets them
        return silence(view)
    if handoff.state is State.OFFERED:
        return _from_rep(view, first)
    return _with_rep(view, first)


def _with_rep(view: View, first: str) -> News | None:
    """How it stands with a rep who has said yes."""
    handoff = view.handoff
    owed = handoff.owed(Promise.REPLY)
    late = owed and not owed.said_at and owed.due_at <= view.at
    if late and not letters.goes_out_anew(handoff):
        return News(f"{first} has not replied yet", urgent=True)
    if (letter := letters.introduction(handoff)) and letter.refused:
        return News("The introduction was not sent")
    answer = handoff.last(Promise.ANSWER)
    if answer and answer.kind == NOT_MOVED:
        return News(f"Accepted · not moved, still {view.soon(view.meeting.span.start)}")
    if handoff.state is not State.ACCEPTED:
        return None
    settled, start = handoff.last(Promise.SETTLE), view.soon(view.meeting.span.start)
    if settled and settled.kind == WITHDRAWN and (answer is None or answer.n < settled.n):
        return _unsure(view, "Accepted") or News(f"Accepted · {first} keeps {start}")
    over = News(f"Accepted · the time {first} proposed is over") if _gone_by(view) else None
    return _unsure(view, "Accepted") or over


def _from_rep(view: View, first: str) -> News | None:
    """How it stands with a rep who has yet to answer."""
    handoff = view.handoff
    answer = handoff.owed(Promise.ANSWER)
    rep = view.case.people.get(handoff.rep or "")
    before = stood_in_for(view)
    if rep and rep.unreachable:
        return News(f"Teams does not reach {first}", urgent=True)
    if rep and rep.away_at(view.at):
        return News(f"{first} is out of office")
    if view.meeting.response == "tentativelyAccepted":
        return News(f"{first} is not sure yet")
    if said_yes_by_itself(view):
        return News(f"{first}'s mailbox said yes by itself")
    if (letter := letters.introduction(handoff)) and letter.refused:
        return News("The introduction was not sent")
    if answer and answer.kind in WHERE_IT_IS:
        return _where_it_is(view, answer.kind, first)
    if before:
        return News(f"With {first}, in place of {before}")
    if answer and due_later(answer):
        given = _given(view, answer)
        return News(f"More time for {first}" if given else f"The clock waited for {first}")
    return None


WHERE_IT_IS = {
    MOVED: "Moved to {start} · with {first}",
    TAKEN: "Moved to {start}: can {first} still?",
    MOVED_BY_PROSPECT: "{who} moved it to {start}",
    NOT_MOVED: "Not moved: it is still {start}",
    GONE_BY: "The time {first} proposed is over: it stays {start}",
}


def _where_it_is(view: View, kind: str, first: str) -> News:
    start = view.soon(view.meeting.span.start)
    words = WHERE_IT_IS[kind].format(start=start, first=first, who=_prospect(view))
    return News(words, urgent=kind == NOT_MOVED)


def said_no(view: View) -> News:
    """The prospect will not come to this meeting."""
    return News(f"{_prospect(view)} said no", urgent=True)


def said_yes_by_itself(view: View) -> bool:
    """Whether Outlook has a yes that the rep is still asked for; it may be their own to a time that
    they wanted moved.
    """
    asked = view.handoff.owed(Promise.ANSWER)
    wanted_another = asked is not None and asked.kind in (NOT_MOVED, TAKEN)
    return view.meeting.response == "accepted" and not wanted_another


def is_silent(view: View) -> bool:
    """Whether the prospect says nothing, the meeting is near and nobody has asked them; while the
    rep has yet to say yes, that comes first.
    """
    if view.handoff.state in (State.OFFERED, State.PROPOSED):
        return False
    return at_risk(view.case, view.at) and not letters.asked_to_confirm(view.handoff)


def silence(view: View) -> News:
    return News(f"{_prospect(view)} has not answered", urgent=True)


def reply_owed(view: View) -> Commitment | None:
    """Whoever looks has yet to answer the introduction, which has gone out."""
    owed = view.handoff.owed(Promise.REPLY, view.viewer.id)
    waits = letters.goes_out_anew(view.handoff)
    return owed if owed and not owed.said_at and not waits else None


def stood_in_for(view: View) -> str:
    """Who had the meeting before, where its time stayed; empty where nobody had."""
    earlier = passing.stood_in_for(view.handoff)
    return view.first(earlier) if earlier else ""


def due_later(promise: Commitment) -> bool:
    """Whether it is due later than at first, and nobody has been reminded since."""
    later = promise.due_at - promise.first_due_at > timedelta()
    return later and promise.reached is not Step.REMINDER


def _given(view: View, promise: Commitment) -> bool:
    """Whether a manager has given more time for it, and not only its clock has waited."""
    deeds = (view.handoff.deed(Did.MORE_TIME), view.handoff.deed(Did.TALKS))
    return any(one is not None and one.n == promise.n for one in deeds)


def _prospect(view: View) -> str:
    return plain(short(view.handoff.lead.contact_name))


BACK = {
    NO_ANSWER: ("no answer before it began", "It began without an answer"),
    UNSETTLED: ("the time was not settled", "The time was not settled"),
    MOVED_ONTO: ("moved onto something else", "Moved onto something else of yours"),
    NOT_MOVED: ("it was not moved in time", "It was not moved in time"),
    MOVED_PAST: ("moved to a time that is over", "Moved to a time that is over"),
    TAKEN_OFF: ("{first} was taken off it", "You were taken off it"),
    INVITE_GONE: ("no longer in {first}'s calendar", "No longer in your calendar"),
    BY_RULE: ("{first}'s mailbox declined", "Your mailbox declined by itself"),
    TURNED_DOWN: ("{who} said no", "{who} said no"),
    NOT_ENDED: ("the lead goes on", "A manager found that it goes on"),
    GIVEN_BACK: ("nothing was said of it", "Given back to {other}"),
    UNANSWERED: ("no answer from {first}", "Given back to {other}"),
    NOT_INVITED: ("{first} has no invitation", "The invitation did not arrive"),
    AWAY: ("nobody takes it while {first} is away", "Back with {other}: nobody took it"),
    LEFT: ("{first} is no longer here", "Back with {other}"),
}
"""Why a lead is its qualifier's again, where no person gave a reason: for them, and for the rep."""


def came_back(view: View) -> News:
    """Why the lead is its qualifier's again: to them, and to the rep it was with."""
    handoff, mine = view.handoff, view.viewer.id == view.handoff.rep
    rep, code = view.first(handoff.rep), handoff.reason or ""
    if handoff.owed(Promise.REASON):
        return News(f"{'You' if mine else rep} declined in Outlook", urgent=not mine)
    if not_moved_back(view) and not mine:
        return News(f"Not moved: it is still {view.soon(view.meeting.span.start)}", urgent=True)
    if handoff.trouble == THERE_AFTER_ALL and not mine:
        return News(f"{rep} is there after all", urgent=True)
    if code == AWAY and not mine and (since := view.said_since()):
        return News(since, urgent=True)
    if code in BACK:
        whose = {"first": rep, "other": view.first(handoff.qualifier), "who": _prospect(view)}
        theirs, ours = (one.format_map(whose) for one in BACK[code])
        if mine:
            return News(ours)
        return News(f"Yours {'again' if _booked_it(view) else 'now'}: {theirs}", urgent=True)
    if mine and code in UNABLE:
        return News("You do not stand in" if code == NO_STAND_IN else "You cannot be there")
    if mine:
        return News("Sent back")
    if code in UNABLE:
        return News(view.reason(), urgent=True)
    reason = view.reason()
    return News(f"Back from {rep}: {plain(reason[:1].lower() + reason[1:])}", urgent=True)


def not_moved_back(view: View) -> bool:
    """Whether a lead that is back was to have another time, which Outlook refused; not once its rep
    has said anything since.
    """
    owed = view.handoff.owed(Promise.REWORK)
    refused = owed is not None and owed.kind == NOT_MOVED and view.handoff.meeting is not None
    return refused and view.handoff.trouble not in (THERE_AFTER_ALL, YES_SINCE)


def _booked_it(view: View) -> bool:
    """Whether its qualifier had handed it over, and was not given it since."""
    asked = (c.who for c in view.handoff.commitments if c.what is Promise.BOOK)
    return view.handoff.qualifier in asked


def to_choose(view: View) -> News | None:
    """Why a time is to be chosen for a lead that its qualifier has, where it is no new one."""
    handoff = view.handoff
    if handoff.reason == TURNED_DOWN:
        return said_no(view)
    if handoff.owed(Promise.FIT):
        return News("Is it a lead?" if held(handoff) else "Below the line of fit")
    if handoff.trouble:
        return News("The invitation was not sent", urgent=True)
    before = [
        c for c in handoff.commitments if c.what in (Promise.ANSWER, Promise.NURTURE, Promise.BOOK)
    ]
    earlier = [c for c in before if not c.open]
    if not earlier:
        return None
    match earlier[-1]:
        case Commitment(what=Promise.NURTURE):
            return News("Back from marketing")
        case Commitment(what=Promise.ANSWER):
            owed = handoff.owed(Promise.BOOK)
            if owed and owed.kind == OWN_WORD:
                return News("You called the meeting off")
            if owed and owed.kind == TIME_OVER:
                return News("The time is over: choose another")
            return News("The meeting was cancelled", urgent=True)
        case Commitment(what=Promise.BOOK, who=who) if who != handoff.qualifier:
            return News(f"Yours now, from {view.first(who)}")
    return None


def fell_through(view: View) -> News | None:
    """A later meeting that was booked will not be, while its rep follows the lead up."""
    handoff = view.handoff
    if handoff.state is not State.FOLLOWING or handoff.meeting is not None:
        return None
    if handoff.reason == TURNED_DOWN:
        return said_no(view)
    if handoff.trouble:
        return News("The invitation was not sent", urgent=True)
    return News("The next meeting was called off", urgent=True)


def after(view: View) -> News | None:
    """What has happened since the meeting, of which a rep or qualifier had no part."""
    if news := fell_through(view):
        return replace(news, urgent=news.urgent and view.viewer.id == view.handoff.rep)
    one = next((c for c in view.handoff.contests if c.upheld is None), None)
    if one and one.by != view.viewer.id:
        return News(f"{view.first(one.by)} says it was otherwise")
    return taken_over(view)


def taken_over(view: View) -> News | None:
    """A rep follows up what another has met, or has its deal by its stage."""
    stage, handoff = view.handoff.deed(Did.STAGE), view.handoff
    if stage and handoff.state is State.ENDED and view.viewer.id == stage.whose == handoff.rep:
        return News("Yours by the stage of its deal")
    rep, before = view.viewer.id, stood_in_for(view)
    answered = any(c.what is Promise.ANSWER and c.who == rep for c in view.handoff.commitments)
    mine = view.handoff.state is State.FOLLOWING and rep == view.handoff.rep and not answered
    return News(f"Yours to follow up, from {before}") if mine and before else None


def open_since(view: View, owed: Commitment) -> str:
    """To follow what has happened: since when something should be done about it."""
    return f" · OPEN SINCE {view.soon(owed.due_at).upper()}" if owed.due_at <= view.at else ""
