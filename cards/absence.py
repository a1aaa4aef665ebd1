"""A rep who will not be there: the one question to them, and the line for whoever waits."""

from datetime import datetime

from microsoft_teams.cards import CardElement

from cards import words
from cards.another_time import another_time, instead_of_it
from cards.answering import answer_by, invite_again, trouble_line
from cards.elements import Card, banner, do, facts, finished, told, why
from cards.giving import choices, could_not, sent_to_first
from cards.heading import heading
from cards.news import settler
from cards.rotation import may_know
from cards.sending_back import cannot
from cards.surroundings import ask_to_send_again, to_tell
from cards.view import View
from cards.why import more, origin, summary
from handoff.absence import MEETING_AHEAD
from handoff.draft import KEPT_TIME
from handoff.hours import OPEN_END, Span
from handoff.model import Commitment, Person, State, Step
from handoff.policy import Promise

RULE = (
    "A rep who is out of office when the meeting begins, or for all the time there is to answer "
    "it, is asked once who takes it. Automatic replies, an absence in the calendar and a whole "
    "day away all count. No clock runs while they are away. Where nobody has taken it while there "
    "is still time to find somebody, it is its qualifier's to decide."
)


def is_asked(view: View) -> bool:
    """Whether the rep has yet to say who takes the meeting, or to propose another time."""
    handoff = view.handoff
    open_ = handoff.leave and not handoff.leave_kept and not handoff.proposal
    return bool(open_ and handoff.state in MEETING_AHEAD)


def leaving_card(view: View) -> Card:
    """Who takes it while the rep is away: a colleague who is free then, or nobody else."""
    handoff = view.handoff
    assert handoff.leave
    assert handoff.rep
    keep = (
        do("Accept all the same", "accept", handoff.id, meets=view.meets)
        if _unsaid(view) and handoff.state is State.OFFERED
        else do("I keep it", "keep_it", handoff.id, meets=view.meets)
    )
    give = choices(view, "pass_on", ask_why=False)
    return finished(
        [
            heading(
                view,
                "WHO TAKES IT WHILE YOU ARE AWAY?",
                view.title,
                below=f"from {view.name(handoff.qualifier)}",
            ),
            banner(view.banner),
            told(f"**{words.span(view.meeting.span, view.zone)}**", spacing="Small"),
            could_not(view),
            told(f"{_until(view, handoff.leave)} {_free(view)}", spacing="Small"),
            _settled(view),
            _answer_by(view),
            _else_whose(view),
            trouble_line(view),
            facts(view.brief()[:2]),
            *sent_to_first(view),
            *another_time(view),
            *why([RULE, origin(view), more(view)]),
        ],
        [
            *give,
            cannot(view, first=not handoff.stand_ins),  # also while it is looked who is free
            instead_of_it(view),
            keep,
            invite_again(view, first=False) or ask_to_send_again(view, first=False),
        ],
        says=summary(view, "who takes it while you are away?"),
    )


def _until(view: View, leave: Span) -> str:
    if leave.end == OPEN_END:
        return "You are out of office until further notice."
    if leave.start > view.at:
        return f"You are out of office from {view.soon(leave.start)} to {view.soon(leave.end)}."
    return f"You are out of office until {view.soon(leave.end)}."


def _free(view: View) -> str:
    free = view.handoff.stand_ins
    if free is None:
        return "Looking who is free at the same time…"
    if not free:
        return "Nobody else is free at the same time."
    return "The time stays, and the prospect reads who it is once they have said yes."


def _untaken_at(view: View) -> datetime | None:
    alarms = (one for promise in view.handoff.commitments if promise.open for one in promise.alarms)
    return next((one.at for one in alarms if one.step is Step.UNTAKEN), None)


def nobody_comes(view: View) -> CardElement | None:
    """That the prospect has to hear from a person, where it is too late for it to go back."""
    meeting = view.handoff.meeting
    if not is_asked(view) or _untaken_at(view) or meeting is None or meeting.span.start <= view.at:
        return None
    if meeting.prospect == "declined":
        return None
    line = f"It begins {view.soon(meeting.span.start)}, and nobody has it yet. Please call or write"
    return told(f"{line} to {to_tell(view)}.", spacing="Small", bold=True, colour="Attention")


def goes_back_at(view: View) -> datetime | None:
    """When it is its qualifier's to decide, where nobody takes it; None where that is not ahead, or
    the rep's answer is due before that: of two times a card says the first.
    """
    at, asked = _untaken_at(view), _unsaid(view)
    return None if at and asked and view.at < asked.due_at < at else at


def _unsaid(view: View) -> Commitment | None:
    """The answer that its rep has yet to give."""
    asked = view.handoff.owed(Promise.ANSWER)
    return asked if asked and asked.said_at is None else None


def _settled(view: View) -> CardElement | None:
    """That its qualifier keeps the time, where the rep had proposed another."""
    settled, asked = view.handoff.last(Promise.SETTLE), view.handoff.last(Promise.ANSWER)
    if settled is None or settled.kind != KEPT_TIME:
        return None
    if asked and asked.n > settled.n and asked.kind != KEPT_TIME:
        return None
    return told(f"{settler(view)} keeps the time.", spacing="Small")


def _answer_by(view: View) -> CardElement | None:
    """By when who has yet to say yes is to answer; while they are away no clock runs."""
    asked, back = _unsaid(view), goes_back_at(view)
    if asked is None:
        return None
    return None if back and asked.due_at > view.at else answer_by(view, asked)


def _else_whose(view: View) -> CardElement | None:
    at = goes_back_at(view)
    if at is None:
        return None
    line = f"Where nobody takes it, it is {view.first(view.handoff.qualifier)}'s to decide at "
    free = "" if _answer_by(view) else " Nothing counts against you."
    return told(f"{line}**{view.soon(at)}**.{free}", size="Small")


def away_then(view: View) -> CardElement | None:
    """While another time is proposed, for whoever settles it: that the rep is away at the one that
    stands, or at the one proposed. Why they cannot be there is not everybody's to know.
    """
    handoff, rep = view.handoff, view.case.people.get(view.handoff.rep or "")
    if rep is None or handoff.meeting is None or handoff.proposal is None:
        return None
    first = view.first(rep.id)
    knows = view.viewer.id == handoff.qualifier or may_know(view.viewer, rep.id, view.case.people)
    are = "are" if first == "you" else "is"
    cannot_be = f"{are} out of office" if knows else "cannot be there"
    stands, leave = handoff.meeting.span, handoff.leave
    lines = []
    if leave and not handoff.leave_kept and leave.overlaps(stands):
        when = f"**{view.soon(stands.start)}**"
        lines.append(f"{first} {cannot_be} at {when}: kept, it needs somebody else.")
    if any(span.overlaps(handoff.proposal) for span in rep.hours.away):
        when = f"**{view.soon(handoff.proposal.start)}**"
        lines.append(f"{first} {cannot_be} at {when}, the time proposed.")
    said = " ".join(f"{line[:1].upper()}{line[1:]}" for line in lines)
    return told(said, size="Small") if said else None


def away_line(view: View) -> str:
    """When the rep is back, for whoever waits for them; empty while they are there."""
    handoff, rep = view.handoff, view.case.people.get(view.handoff.rep or "")
    if rep is None or handoff.state not in MEETING_AHEAD:
        return ""
    now = next((s for s in rep.hours.away if s.start <= view.at < s.end), None)
    said = [_now(view, rep, now), _then(view, rep, now)]
    if is_asked(view):
        at, first = goes_back_at(view), view.first(rep.id)
        said.append(f"{first} has been asked who takes it.")
        said.append(f"Where nobody does, it is yours to decide {view.soon(at)}." if at else "")
    return " ".join(one for one in said if one)


def _now(view: View, rep: Person, now: Span | None) -> str:
    """That they are away, and that the clock of their answer waits where it does: of who is away
    until further notice it does not.
    """
    if now is None:
        return ""
    asked, begins = _unsaid(view), view.meeting.span.start
    line = f"{view.first(rep.id)} is out of office, {_back(view, rep, now)}."
    waits = asked and asked.due_at > view.at and asked.due_at >= min(now.end, begins)
    return f"{line} The clock waits." if waits else line


def _then(view: View, rep: Person, now: Span | None) -> str:
    """That they are away when the meeting begins, or for all there is to answer it."""
    leave, first = view.handoff.leave, view.first(rep.id)
    if leave is None:
        return ""
    over = leave.overlaps(view.meeting.span)
    kept = f"{first} keeps the meeting all the same." if over and view.handoff.leave_kept else ""
    if now and leave.overlaps(now):
        return kept
    if over:
        line = f"{first} will be out of office then, {_back(view, rep, leave)}."
    else:
        line = f"{first} is out of office from {view.soon(leave.start)}, {_back(view, rep, leave)}."
    return f"{line} {kept}".strip()


def _back(view: View, rep: Person, leave: Span) -> str:
    if leave.end == OPEN_END:
        return "until further notice"
    return f"back {view.soon(rep.hours.next_at_work(leave.end))}"
