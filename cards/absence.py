"""A rep who will not be there: the one question to them, and the line for whoever waits."""

from datetime import datetime

from microsoft_teams.cards import CardElement

from cards import words
from cards.another_time import another_time, instead_of_it
from cards.answering import invite_again, trouble_line
from cards.elements import Card, banner, do, facts, finished, told, why
from cards.giving import choices, could_not, sent_to_first
from cards.heading import heading
from cards.news import settler
from cards.sending_back import cannot
from cards.surroundings import ask_to_send_again
from cards.view import View
from cards.why import more, origin, summary
from handoff.absence import MEETING_AHEAD
from handoff.draft import KEPT_TIME
from handoff.hours import OPEN_END, Span
from handoff.model import Person, State, Step
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
    looking = handoff.stand_ins is None
    asked = handoff.owed(Promise.ANSWER, view.viewer.id)
    unsaid = asked is not None and asked.said_at is None
    keep = (
        do("Accept all the same", "accept", handoff.id, first=looking, meets=view.meets)
        if unsaid and handoff.state is State.OFFERED
        else do("I keep it", "keep_it", handoff.id, first=looking, meets=view.meets)
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
            keep if looking else None,
            cannot(view, first=handoff.stand_ins == ()),
            instead_of_it(view),
            None if looking else keep,
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


def _goes_back_at(view: View) -> datetime | None:
    """When it is its qualifier's to decide, where nobody takes it; None where that is not ahead."""
    alarms = (one for promise in view.handoff.commitments if promise.open for one in promise.alarms)
    return next((one.at for one in alarms if one.step is Step.UNTAKEN), None)


def _settled(view: View) -> CardElement | None:
    """That its qualifier keeps the time, where the rep had proposed another."""
    settled, asked = view.handoff.last(Promise.SETTLE), view.handoff.last(Promise.ANSWER)
    if settled is None or settled.kind != KEPT_TIME or (asked and asked.n > settled.n):
        return None
    return told(f"{settler(view)} keeps the time.", spacing="Small")


def _answer_by(view: View) -> CardElement | None:
    """By when who has yet to say yes is to answer; while they are away no clock runs."""
    asked = view.handoff.owed(Promise.ANSWER, view.viewer.id)
    if asked is None or asked.said_at:
        return None
    when = f"**{view.soon(asked.due_at)}**"
    line = f"Your answer was due {when}." if asked.due_at <= view.at else f"Answer by {when}."
    return told(line, spacing="Small")


def _else_whose(view: View) -> CardElement | None:
    at = _goes_back_at(view)
    if at is None:
        return None
    line = f"Where nobody takes it, it is {view.first(view.handoff.qualifier)}'s to decide at "
    free = "" if _answer_by(view) else " Nothing counts against you."
    return told(f"{line}**{view.soon(at)}**.{free}", size="Small")


def away_then(view: View) -> CardElement | None:
    """While another time is proposed: that the rep is away at the one that stands."""
    handoff, leave = view.handoff, view.handoff.leave
    meeting = handoff.meeting
    if leave is None or handoff.leave_kept or meeting is None or not leave.overlaps(meeting.span):
        return None
    first = view.first(handoff.rep)
    return told(f"At the time that stands {first} is out of office.", size="Small")


def away_line(view: View) -> str:
    """When the rep is back, for whoever waits for them; empty while they are there."""
    rep = view.case.people.get(view.handoff.rep or "")
    if rep is None or view.handoff.state not in MEETING_AHEAD:
        return ""
    first = view.first(rep.id)
    now = next((s for s in rep.hours.away if s.start <= view.at < s.end), None)
    leave = now or view.handoff.leave
    if leave is None:
        return ""
    at = _goes_back_at(view)
    then = f" Where nobody does, it is yours to decide {view.soon(at)}." if at else ""
    asked = f" {first} has been asked who takes it.{then}" if is_asked(view) else ""
    if view.handoff.leave and view.handoff.leave_kept:
        asked = f" {first} keeps the meeting all the same."
    if now is None:
        return f"{first} will be out of office then, {_back(view, rep, leave)}.{asked}"
    return f"{first} is out of office, {_back(view, rep, leave)}. The clock waits.{asked}"


def _back(view: View, rep: Person, leave: Span) -> str:
    if leave.end == OPEN_END:
        return "until further notice"
    return f"back {view.soon(rep.hours.next_at_work(leave.end))}"
