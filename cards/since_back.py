"""What has become of a lead since it is back with its qualifier: whom a person has to tell, and
what its rep says by now. It stands on every card on which that is decided.
"""

from microsoft_teams.cards import CardElement

from cards.elements import plain, told
from cards.giving import can_take
from cards.news import News, came_back
from cards.surroundings import to_tell
from cards.view import View
from handoff.absence import went_back
from handoff.clocks import too_near
from handoff.draft import NO_ANSWER, THERE_AFTER_ALL, UNSETTLED, YES_SINCE
from handoff.policy import Promise

SAYS_SINCE = {
    YES_SINCE: "{first} has accepted in Outlook since. Send it to {first} again, and it is "
    "accepted.",
    THERE_AFTER_ALL: "{first} is away no more at that time. Send it to {first} again, or give it "
    "to another.",
}
"""What has changed with a rep since the lead is back."""


def news_since(view: View) -> News | None:
    """What is new since it is back, for a card that has said why it is; None where nothing is."""
    if sat_alone(view):
        news = came_back(view)
        return News(f"Nobody was there · {news.words}", urgent=True)
    known = view.handoff.trouble in SAYS_SINCE or view.said_since()
    return came_back(view) if known else None


def why_back(view: View) -> CardElement | None:
    """Why it is back, for whoever chooses a time for it; nothing where its rep says otherwise by
    now.
    """
    if view.handoff.trouble in SAYS_SINCE:
        return None
    return told(f"{plain(view.reason())}.", size="Small", spacing="Small")


def tell_them(view: View) -> CardElement | None:
    """That the prospect has to hear from a person: their meeting begins soon, or has begun, and
    nobody has it.
    """
    handoff, meeting = view.handoff, view.handoff.meeting
    if handoff.owed(Promise.REWORK) is None or meeting is None or meeting.organizer_event is None:
        return None
    back = went_back(handoff)
    begun = back is not None and back.made_at >= meeting.span.start
    if begun and handoff.reason not in (NO_ANSWER, UNSETTLED):
        return None  # from whoever was there
    if meeting.prospect == "declined" or meeting.span.start - view.at > view.policy.reassign:
        return None
    there = handoff.trouble in (THERE_AFTER_ALL, YES_SINCE) and meeting.response == "accepted"
    if there and meeting.span.start > view.at:
        return None  # its rep has said yes, is there, and has it in the calendar
    who, at = to_tell(view), view.soon(meeting.span.start)
    if meeting.span.start <= view.at:
        line = f"It began {at}, and nobody had it. Please call or write to {who}."
    elif can_take(view):
        line = f"It begins {at}, and nobody has it yet. Give it to somebody now, or tell {who}."
    elif handoff.stand_ins is None and not too_near(view.case, view.at):
        return None
    else:
        line = f"It begins {at}. Please call or write to {who}: nobody will be there for them."
    return told(line, spacing="Small", bold=True, colour="Attention")


def sat_alone(view: View) -> bool:
    """Whether the meeting has begun with nobody there since it is back, which why it is back does
    not say.
    """
    handoff, meeting = view.handoff, view.handoff.meeting
    begun = meeting is not None and meeting.span.start <= view.at
    return begun and handoff.reason != NO_ANSWER and tell_them(view) is not None


def since_then(view: View) -> CardElement | None:
    rep = view.case.people.get(view.handoff.rep or "")
    line = SAYS_SINCE.get(view.handoff.trouble or "")
    if line is None or rep is None:
        return None
    return told(line.format(first=plain(view.first(rep.id))), spacing="Small")
