"""What the rep of a handoff sees: which card, state by state, and the short ones."""

from collections.abc import Sequence

from microsoft_teams.cards import Action, CardElement

from cards import words
from cards.absence import RULE, is_asked, leaving_card
from cards.answering import offer_card, proposed_card
from cards.choosing import cancellation_waits, said_no_words
from cards.contest import HOW as CONTESTS
from cards.contest import contest_lines, putting_right
from cards.deals import deal_lines, which_deal
from cards.elements import Card, banner, do, finished, plain, told, why
from cards.endings import HOW, end_it, ended_kicker, ended_line
from cards.following import accepted_card, following_card, planned_lines
from cards.heading import asked_to_tell, heading
from cards.news import WAITS, after, came_back, said_no
from cards.nurture import HOW as NURTURED
from cards.sending_back import add_note, own_reasons, reasons
from cards.surroundings import deed_lines, ways
from cards.view import View
from cards.why import ahead, more, origin, rule, spoken, summary
from handoff.changing import had_no_time
from handoff.draft import AWAY, NO_ANSWER, NO_STAND_IN, THERE_AFTER_ALL, TURNED_DOWN, WAITING
from handoff.ending import open_to
from handoff.model import SEEN_TO, Did, Handoff, Outcome, State, Undoing
from handoff.offering import TIME_OVER
from handoff.outlook import left_to
from handoff.policy import Promise

HAD = "This lead was with you: whoever it was with reads what becomes of it."
COMES = "The meeting is with you: once the invitation has gone out, your answer is asked for here."

YET_TO_ANSWER = frozenset({State.BOOKING, State.OFFERED, State.PROPOSED})
"""Where whoever has it has not said yes."""


def rep_card(view: View) -> Card:
    """The card for whoever the lead is with."""
    handoff = view.handoff
    if is_asked(view):
        return leaving_card(view)
    match handoff.state:
        case State.OFFERED:
            return offer_card(view, planned_lines(view))
        case State.PROPOSED:
            return proposed_card(view)
        case State.ACCEPTING | State.ACCEPTED:
            return accepted_card(view)
        case State.FOLLOWING:
            return following_card(view)
        case State.SENT_BACK:
            return _sent_back(view)
        case State.QUALIFIED:
            return _called_off(view)
        case State.BOOKING | State.NURTURED:
            return _elsewhere(view)
        case State.CONTESTED | State.ENDED:
            return ended_card(view)


def _elsewhere(view: View) -> Card:
    """On its way to the rep, or with marketing."""
    if view.handoff.state is State.BOOKING:
        asked = [COMES, rule(view, Promise.ANSWER)]
        came = [origin(view)] if view.handoff.again else asked
        if view.handoff.trouble == WAITING:
            line = f"{_when(view)} is held. Baton keeps trying to send the invitation."
            return _quiet(view, WAITS.kicker, line, came=came)
        line = f"{_when(view)}. The invitation is being sent."
        return _quiet(view, "ON ITS WAY", line, came=came)
    line = "Marketing keeps in touch. Nothing is asked of you."
    return _quiet(view, "NURTURE", line, came=[HAD, NURTURED])


def _when(view: View) -> str:
    return f"**{words.span(view.meeting.span, view.zone)}**"


def _called_off(view: View) -> Card:
    owed = view.handoff.owed(Promise.BOOK)
    came = [HAD, rule(view, Promise.BOOK) if owed else ""]
    if owed and owed.kind == TIME_OVER:
        line = f"{view.name(owed.who)} looks for another time. Nothing is asked of you."
        return _quiet(view, "THE TIME IS OVER", line, came=came)
    if view.handoff.reason != TURNED_DOWN:
        qualifier = view.name(view.handoff.qualifier)
        asked = "" if asked_to_tell(view) else " Nothing is asked of you."
        line = f"The meeting is off, and {qualifier} has the lead.{asked}"
        below = deed_lines(view, Did.CANCELLED, Did.NOT_CANCELLED, *SEEN_TO)
        waits = cancellation_waits(view, owed)
        below = [waits, *below] if waits else below
        return _quiet(view, "CANCELLED", line, below=below, came=came)
    return finished(
        [
            heading(view, said_no(view).kicker, view.title),
            banner(view.banner),
            *said_no_words(view),
            told(
                "Outlook takes it out of your calendar. "
                f"{view.name(view.handoff.qualifier)} decides what becomes of it.",
                spacing="Small",
            ),
            *why([*came, more(view)]),
        ],
        says=summary(view, spoken(view, said_no(view).kicker)),
    )


def former_rep_card(view: View) -> Card:
    """For a rep who had the lead once, in words that stay true: nothing draws this card again when
    the meeting is off.
    """
    handoff = view.handoff
    line = f"{view.name(handoff.rep)} was given this meeting. It is off your list."
    if handoff.rep is None:
        kicker, owner = "OFF YOUR LIST", view.name(handoff.qualifier)
        line = f"The time came before anybody else was invited. {owner} looks for another."
        return _quiet(view, kicker, line, below=deed_lines(view, Did.GAVE, Did.STAGE))
    if handoff.state is State.SENT_BACK and handoff.reason == NO_STAND_IN:
        line = (
            f"{view.name(handoff.rep)} was asked, and could not take it. "
            f"{view.name(handoff.qualifier)} has been told. It is off your list."
        )
        kicker = f"{view.first(handoff.rep).upper()} COULD NOT TAKE IT"
        return _quiet(view, kicker, line, below=deed_lines(view, Did.GAVE))
    kicker = f"PASSED ON TO {view.first(handoff.rep).upper()}"
    if handoff.state in YET_TO_ANSWER and not handoff.again:
        first, other = view.first(handoff.rep), view.first(handoff.qualifier)
        line = (
            f"{view.name(handoff.rep)} was asked to take this meeting. It is off your list: where "
            f"{first} cannot, it goes to somebody else or back to {other}."
        )
        kicker = f"OFFERED TO {first.upper()}"
    if had_no_time(handoff) == view.viewer.id:
        name = plain(handoff.lead.contact_name)
        line += f" {name} wanted another time, and you had none."
    return _quiet(view, kicker, line, below=deed_lines(view, Did.GAVE, Did.STAGE))


def _sent_back(view: View) -> Card:
    handoff = view.handoff
    owed = handoff.owed(Promise.REASON, view.viewer.id)
    other = view.first(handoff.qualifier)
    if owed is None:
        here = handoff.reason == AWAY and handoff.trouble == THERE_AFTER_ALL
        told_so = f"Nobody took it while you were to be away; {other} reads that you are there."
        why_back = told_so if here else f"{plain(view.reason())}."
        return _quiet(
            view,
            came_back(view).kicker,
            f"{view.name(handoff.qualifier)} has it now. {why_back}{_calendar(view)}",
            [add_note(view)],
            below=[ways(view, handoff.qualifier)] if handoff.reason == AWAY else (),
            came=_why_back(view),
        )
    return finished(
        [
            heading(
                view,
                came_back(view).kicker,
                view.title,
                below=f"from {view.name(handoff.qualifier)}",
            ),
            banner(view.banner),
            told(
                f"{other} has the lead and cannot tell why. "
                f"One click is enough. Please choose{view.by(owed)}.",
                spacing="Small",
            ),
            *reasons(view),
            *own_reasons(view),
            *why([rule(view, Promise.REASON), ahead(view, owed), more(view)]),
        ],
        says=summary(view, "say why you declined", owed),
    )


def _calendar(view: View) -> str:
    """What becomes of the meeting in the calendar of the rep who had it. Nothing where it is not
    there, was over when the lead went back, or is theirs to take out, which stands above.
    """
    handoff, meeting = view.handoff, view.handoff.meeting
    if any(one.what is Undoing.TAKE_OUT for one in left_to(handoff, view.viewer.id)):
        return ""
    back = handoff.last(Promise.REWORK)
    if meeting is None or (back and meeting.span.end <= back.made_at):
        return ""
    if handoff.reason != AWAY:
        return " Outlook takes it out of your calendar." if meeting.rep_event else ""
    other = view.first(handoff.qualifier)
    if meeting.span.end <= view.at or meeting.response == "declined":
        return ""
    return f" It is in your calendar until {other} has decided: tell {other} if you can be there."


def _why_back(view: View) -> list[str]:
    """By which rules whoever had it has it no more, and what its qualifier owes now."""
    handoff = view.handoff
    unanswered = rule(view, Promise.ANSWER) if handoff.reason == NO_ANSWER else ""
    return [
        *[HAD, unanswered, RULE if handoff.reason == AWAY else "", rule(view, Promise.REWORK)],
        CONTESTS if handoff.contests else "",
    ]


def _quiet(
    view: View,
    kicker: str,
    line: str,
    actions: Sequence[Action | None] = (),
    *,
    below: Sequence[CardElement | None] = (),
    came: Sequence[str] = (HAD,),
) -> Card:
    """Nothing is asked; *came* says why they read it."""
    return finished(
        [
            heading(view, kicker, view.title),
            banner(view.banner),
            told(line, spacing="Small"),
            *below,
            *why([*came, more(view)]),
        ],
        actions,
        says=summary(view, spoken(view, kicker)),
    )


def ended_card(view: View) -> Card:
    """For the rep: how it ended; of a deal that goes on, whether it was won or lost."""
    handoff = view.handoff
    open_ = open_to(handoff, view.at) if handoff.state is State.ENDED else ()
    deal = handoff.outcome is Outcome.OPPORTUNITY
    news = after(view)
    return finished(
        [
            heading(view, news.kicker if news else ended_kicker(view), view.title),
            banner(view.banner),
            told(ended_line(view), spacing="Small"),
            told(_asked(handoff), size="Small"),
            *deed_lines(view, Did.STAGE, Did.CUSTOMER),
            *deal_lines(view),
            putting_right(view),
            *contest_lines(view),
            *why([HOW, CONTESTS, more(view)]),
        ],
        [
            do("Won", "no_further_step", handoff.id, ending=Outcome.WON.value) if deal else None,
            end_it(view, "It ended otherwise…" if handoff.outcome else "Say how it ended"),
            which_deal(view),
        ]
        if open_
        else [which_deal(view)],
        says=summary(view, spoken(view, ended_kicker(view))),
    )


def _asked(handoff: Handoff) -> str:
    if handoff.outcome is None:
        return "Please say how."
    if handoff.outcome is Outcome.OPPORTUNITY:
        return "When it is decided, say whether it was won."
    return "Nothing is asked of you any more."
