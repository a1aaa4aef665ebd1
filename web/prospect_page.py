"""What a prospect sees who would rather meet at another time, or not at all. Pure. Nothing of
the brief is on it, for a mail may be read by others.
"""

from datetime import datetime

import htpy as h

from cards.elements import clean
from cards.letters import when
from handoff.changing import prospect_may, prospect_may_book, prospect_may_call_off
from handoff.draft import TURNED_DOWN, WAITING
from handoff.hours import Span
from handoff.model import PROSPECT, Case, State
from handoff.prospect import chose_it
from web.sheet import sheet

LOOKS_AGAIN = 3  # seconds
LONGEST_NOTE = 500
NOTHING = "This link does nothing any more"
LOOKING = "Looking for times at which we are free. They appear here."
SETTLING = (
    "Who meets you is being settled just now, so the time cannot be changed here. Your invitation "
    "in the calendar stands."
)
EVERYONE = "Everyone invited gets one update in the calendar."
INVITED = "You get an invitation for your calendar."
OVER = (State.QUALIFIED, State.SENT_BACK, State.NURTURED, State.CONTESTED, State.ENDED)


def _no_meeting(case: Case, us: str) -> str:
    """What they did themselves is said first, and where their words are. Whose lead has ended is
    promised nothing: they may have said that they want no contact.
    """
    handoff = case.handoff
    if handoff.state is State.ENDED:
        return _sheet("There is no meeting any more", h.p["There is nothing for you to do here."])
    later = h.p[f"{us} will be in touch about what suits you."]
    if handoff.reason != TURNED_DOWN:
        return _sheet("There is no meeting just now", later)
    first = clean(case.person(handoff.qualifier).first_name)
    done = f"You have called your meeting with {us} off."
    return _sheet(
        "The meeting is called off",
        h.p(".done", role="status")[
            f"{done} {first} has what you wrote." if handoff.note.strip() else done
        ],
        h.p["Everyone who was invited gets a cancellation in the calendar."],
    )


def meeting_page(case: Case, at: datetime, *, wrong: str = "") -> str:
    """The meeting as it stands, what may be changed, and the times to choose from once there are
    any. *wrong* is why nothing was done.
    """
    handoff, meeting = case.handoff, case.handoff.meeting
    us = clean(case.policy.company)
    if _stands(case, at):
        assert meeting
        return _sheet(
            f"Your meeting with {us}",
            _wrong(wrong),
            h.dl[h.dt["When"], h.dd[_when(meeting.span, case)]],
            h.p(role="status")[SETTLING],
            _calling_off(case) if prospect_may_call_off(case, at) else None,
        )
    if meeting is None or handoff.rep is None or handoff.state in OVER:
        return _no_meeting(case, us)
    if prospect_may_book(case):
        return _booking(case, at, wrong)
    if meeting.span.end <= at:
        line = f"Where there is something to settle, {us} will be in touch."
        return _sheet("The time of this meeting is over", h.p[line])
    if meeting.span.start <= at:
        return _sheet("The meeting has begun", h.p["It cannot be changed here any more."])
    title, moved = f"Your meeting with {us}", chose_it(handoff)
    facts = [
        _wrong(wrong),
        h.p(".done", role="status")[_moved(case)] if moved else None,
        h.dl[
            h.dt["When"],
            h.dd[_when(meeting.span, case)],
            h.dt["With"],
            h.dd[_name(case, handoff.named)],
        ],
    ]
    if not prospect_may(case, at):
        line = _changing(case, moved=moved, us=us)
        return _sheet(title, *facts, h.p(role="status")[line], again=LOOKS_AGAIN)
    if _looking(case):
        return _sheet(title, *facts, h.p(role="status")[LOOKING], again=LOOKS_AGAIN)
    more: h.Node = _look()
    if handoff.asks(PROSPECT):
        more = _times(case, at, "Move the meeting", EVERYONE, anew=bool(wrong))
    return _sheet(title, *facts, more, _calling_off(case))


def _changing(case: Case, *, moved: bool, us: str) -> str:
    """How far what was decided has come in everyone's calendars."""
    if case.handoff.trouble == WAITING:
        return (
            "Our calendar does not answer just now, so it may be missing in yours. Everyone "
            f"invited gets it as soon as it does; {us} knows that you count on it."
        )
    if moved:
        return "The calendars of everyone invited show it in a moment."
    if case.handoff.state is State.BOOKING:
        return "Your invitation is on its way."
    return "It is being changed just now. This page shows how it will be."


def _moved(case: Case) -> str:
    meeting = case.handoff.meeting
    assert meeting
    booked = "booked" if case.handoff.again else "moved"
    return f"Your meeting was {booked}: it is on {_when(meeting.span, case)}."


def _stands(case: Case, at: datetime) -> bool:
    """Whether they are still invited, though it is to be settled who meets them."""
    meeting = case.handoff.meeting
    ahead = meeting is not None and meeting.organizer_event is not None and meeting.span.start > at
    return case.handoff.state is State.SENT_BACK and ahead


def _booking(case: Case, at: datetime, wrong: str) -> str:
    """For who did not come, and may choose another time."""
    handoff = case.handoff
    title = f"Another time with {clean(case.policy.company)}"
    facts = [_wrong(wrong), h.dl[h.dt["With"], h.dd[_name(case, handoff.named)]]]
    if _looking(case):
        return _sheet(title, *facts, h.p(role="status")[LOOKING], again=LOOKS_AGAIN)
    more: h.Node = _look("Find a time", "Nothing is booked until you have chosen one.")
    if handoff.asks(PROSPECT):
        more = _times(case, at, "Book this time", INVITED, anew=bool(wrong))
    return _sheet(title, *facts, more)


def _look(
    does: str = "Find another time", until: str = "Nothing changes until you have chosen one."
) -> h.Node:
    return [
        h.form(method="post")[h.button(name="act", value="look")[does]],
        h.p(".small")[until],
    ]


def _looking(case: Case) -> bool:
    return case.handoff.asks(PROSPECT) and case.handoff.others is None


def gone_page(why: str, now: str = "") -> str:
    """For a link that opens nothing. *now* is how it stands, for whoever may know."""
    line = (
        now or "Your calendar shows whether and when we meet; you can answer an invitation there."
    )
    return _sheet(NOTHING, h.p(role="status")[clean(why)], h.p[line])


def as_it_stands(case: Case, at: datetime) -> str:
    """Of the meeting, for whoever can change nothing any more."""
    handoff, meeting = case.handoff, case.handoff.meeting
    us = clean(case.policy.company)
    none = meeting is None or (handoff.state in OVER and meeting.span.start > at)
    if none and not _stands(case, at):
        became = "has been" if handoff.met else "is called off"
        return f"Your meeting with {us} {became}, and there is no other just now."
    assert meeting
    when_ = _when(meeting.span, case)
    if meeting.span.end <= at:
        return f"The time of your meeting with {us} is over: it was {when_}."
    if meeting.span.start <= at:
        return f"Your meeting with {us} has begun: {when_}."
    return f"Your meeting with {us} is on {when_}. You can answer the invitation in your calendar."


def _times(case: Case, at: datetime, does: str, then: str, *, anew: bool) -> h.Node:
    """Those that are still ahead, to choose from; and *anew*, to look again."""
    handoff = case.handoff
    ahead = sorted(start for start in handoff.others or () if start > at)
    if handoff.others and not ahead:
        return _look()
    if not ahead:
        return [h.p(role="status")["There is no other free time in the next weeks."], _look()]
    assert handoff.meeting
    length = handoff.meeting.span.end - handoff.meeting.span.start
    instead = None
    if colleague := handoff.others_with:
        instead = h.p[
            f"{_name(case, handoff.named)} has no other time in the next weeks. "
            f"These are times with a colleague, {_name(case, colleague)}, whom you meet instead."
        ]
    return [
        instead,
        h.form(method="post")[
            h.fieldset[
                h.legend["Which of these suits you?"],
                [
                    h.label[
                        h.input(type="radio", name="start", value=start.isoformat(), required=True),
                        _when(Span(start, start + length), case),
                    ]
                    for start in ahead
                ],
            ],
            h.button(name="act", value="move")[does],
        ],
        h.p(".small")[then],
        _look() if anew else None,
    ]


def _calling_off(case: Case) -> h.Element:
    first = clean(case.person(case.handoff.qualifier).first_name)
    return h.details(".other")[
        h.summary["I cannot meet at all"],
        h.form(method="post")[
            h.label(".ask", for_="note")[f"Anything {first} should know? (optional)"],
            h.textarea("#note", name="note", rows="3", maxlength=str(LONGEST_NOTE)),
            h.button(name="act", value="call_off")["Call the meeting off"],
        ],
    ]


def _wrong(why: str) -> h.Node:
    return h.p(".wrong", role="alert")[clean(why)] if why else None


def _name(case: Case, who: str | None) -> str:
    return clean(case.person(who or "").name)


def _when(span: Span, case: Case) -> str:
    return clean(when(span, case.handoff.lead.contact_zone))


def _sheet(title: str, *body: h.Node, again: int = 0) -> str:
    return sheet(title, h.h1[title], *body, again=again)
