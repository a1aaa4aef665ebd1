"""What surrounds a meeting, for the cards of rep and qualifier: prep, introduction, prospect."""

from datetime import timedelta
from urllib.parse import quote

from microsoft_teams.cards import Action, ActionSet, CardElement

from cards import words
from cards.elements import Colour, do, leads_to, plain, told
from cards.view import View
from handoff import addresses, introducing, letters, prep
from handoff.absence import MEETING_AHEAD
from handoff.addresses import mail_ok
from handoff.changing import moved_to_theirs
from handoff.correcting import not_yet_told
from handoff.draft import LAGS, MOVED_BY_PROSPECT, NOT_MOVED, WAITING
from handoff.model import Commitment, Deed, Did, Ending, Letter, Mailing, State
from handoff.moves import IN_OUTLOOK
from handoff.passing import leader_of
from handoff.policy import Promise
from handoff.prospect import SILENT, asked_about, at_risk, chose_it
from handoff.worth import unlined

CHAT = "https://teams.microsoft.com/l/chat/0/0"
"""Who is named by their user principal name, which is mostly their mail address.
https://learn.microsoft.com/microsoftteams/platform/concepts/build-and-test/deep-link-teams
"""
NO_PREP = {
    prep.NO_ROOM: (
        "{whose} calendar has no {minutes} min that are free and still ahead in the last {within} "
        "before the meeting."
    ),
    prep.REMOVED: "The prep time was taken out of the calendar.",
    prep.DENIED: "Baton may not write to {whose_small} calendar. Your admin can give it the right.",
    prep.NO_MAILBOX: "Outlook cannot use {whose_small} mailbox.",
}
SAYS = {
    "accepted": "has accepted",
    "declined": "has declined",
    "tentativelyAccepted": "is not sure",
}


def prep_line(view: View) -> CardElement | None:
    """When the rep prepares, or why not; nothing where the policy has no prep."""
    promise = view.handoff.last(Promise.PREPARE)
    if promise is None or promise.who != view.handoff.rep:
        return None
    if promise.open and promise.span and promise.event:
        return told(
            f"✓ Time to prepare: **{words.span(promise.span, view.zone)}**", spacing="Small"
        )
    if promise.open:
        return told("Time to prepare: looking for it…", size="Small", spacing="Small")
    if promise.kind in NO_PREP:
        mine = promise.who == view.viewer.id
        whose = "Your" if mine else f"{view.first(promise.who)}'s"
        line = NO_PREP[promise.kind].format(
            whose=whose,
            whose_small="your" if mine else whose,
            minutes=promise.minutes,
            within=words.working(view.policy.prep_within),
        )
        return told(f"No time to prepare. {line}", size="Small", spacing="Small")
    return None


def moved_line(view: View) -> CardElement | None:
    """Why a colleague has it with whom the prospect found a time; nothing in any other case."""
    before, rep = moved_to_theirs(view.handoff), view.handoff.rep
    if before is None or rep is None:
        return None
    name = plain(view.handoff.lead.contact_name)
    whose = "yours" if rep == view.viewer.id else f"{view.first(rep)}'s"
    line = f"{name} moved it to a time of {whose}, for {view.first(before)} had no other."
    return told(line, spacing="Small")


def deed_lines(view: View, *kinds: Did) -> list[CardElement]:
    """What somebody else did with it that is so still, for whoever reads the card: corrected the
    address, gave it to its rep, gave more time or wants a talk; or only what is of those *kinds*.
    """
    done = [one for one in view.handoff.deeds if one.what in (kinds or Did)]
    found = (_deed(view, one) for one in sorted(done, key=lambda one: one.at))
    return [told(line, size="Small", spacing="Small") for line in found if line]


def _deed(view: View, deed: Deed) -> str:
    """In a sentence; empty where it is over, or whoever looks did it themselves and knows."""
    handoff, whose = view.handoff, view.first(deed.whose)
    by = "You" if deed.by == view.viewer.id else view.name(deed.by)
    owed = next((c for c in handoff.commitments if c.n == deed.n), None)
    runs = owed is not None and owed.open
    match deed.what:
        case Did.ADDRESS if handoff.state in ADDRESSED:
            return _corrected(view, deed, by)
        case Did.SETTLED if view.meets == deed.was and handoff.state in MEETING_AHEAD:
            return f"{by} settled for {whose} that it is {view.soon(view.meeting.span.start)}."
        case Did.GAVE if deed.whose in (handoff.rep, handoff.qualifier) and by != "You":
            return f"{by} gave it to {whose}."
        case Did.MORE_TIME if runs and by != "You":
            return f"{by} gave {whose} {words.working(timedelta(hours=deed.hours or 0))} more."
        case Did.TALKS if runs and by != "You":
            return f"{by} wants to talk to {whose} about it."
        case Did.TOLD | Did.CALLED_OFF | Did.CANCELLED | Did.NOT_CANCELLED:
            return "" if handoff.meeting else _off(view, deed, by)
        case Did.STAGE if deed.whose == handoff.rep:
            return f"Its deal came to {plain(deed.was)}, so {whose} {_has(whose)} it."
        case Did.CUSTOMER if deed.whose == handoff.owner:
            return f"It is won, and {whose} {_look(whose)} after the customer."
        case Did.CAME_IN if handoff.state in UNTOLD:
            return f"It came in from {plain(deed.was)}."
    return ""


def _has(who: str) -> str:
    return "have" if who == "you" else "has"


def _look(who: str) -> str:
    return "look" if who == "you" else "looks"


def _off(view: View, deed: Deed, by: str) -> str:
    """How the meeting that was called off came to be off for everybody else, or never did."""
    match deed.what:
        case Did.TOLD if by != "You":
            return f"{by} told {plain(view.handoff.lead.contact_name)} that it is off."
        case Did.CALLED_OFF if by != "You":
            return f"{by} cancelled it in Outlook."
        case Did.CANCELLED:
            return f"The cancellation went out {view.soon(deed.at)}, to everyone who was invited."
        case Did.NOT_CANCELLED if not view.handoff.undone:
            return (
                "The cancellation never went out: Outlook was not answering until the meeting had "
                "begun."
            )
    return ""


def _corrected(view: View, deed: Deed, by: str) -> str:
    lead = view.handoff.lead
    name, now = plain(lead.contact_name), plain(lead.contact_email)
    if now == plain(deed.was):  # and back again
        return ""
    return f"{by} corrected {name}'s address, from {plain(deed.was)} to {now}."


UNTOLD = frozenset({State.QUALIFIED, State.NURTURED})
"""Where nobody but whoever has it first knows of it."""
ADDRESSED = frozenset({*IN_OUTLOOK, State.QUALIFIED, State.BOOKING, State.SENT_BACK})
"""Where somebody is invited, or will be."""


def address_line(view: View) -> CardElement:
    """Where mails and invitations go that the prospect gets."""
    lead = view.handoff.lead
    line = f"{plain(lead.contact_name)}: {plain(lead.contact_email)}"
    return told(line, size="Small", subtle=True, spacing="Small")


def untold_line(view: View) -> CardElement | None:
    """That the meeting is still at its former time for the prospect, as Outlook is slow to take the
    new one, or has yet to be told of both that and another rep; nothing in any other case.
    """
    handoff, meeting = view.handoff, view.handoff.meeting
    slow = handoff.trouble == WAITING or handoff.state is State.BOOKING
    if meeting is None or meeting.was is None or not (handoff.untold and slow):
        return None
    name, was = plain(handoff.lead.contact_name), view.soon(meeting.was.start)
    ahead, asked = meeting.was.start > view.at, handoff.last(Promise.ANSWER)
    mine = view.viewer.id == handoff.qualifier
    first = "Outlook has not taken the new time yet: "
    if asked and asked.kind == MOVED_BY_PROSPECT:
        line = f"{first}{name} knows it, and still has **{was}** in the calendar."
    elif ahead:
        line = f"{first}{name} still has **{was}**, and has heard of no other."
        line += " Where that is near, please call them." if mine else ""
    else:
        line = f"{first}{name} had **{was}**, and has heard of no other."
        line += " Please call them." if mine else ""
    return told(line, spacing="Small")


def not_moved_line(view: View) -> CardElement | None:
    """That a new time came to nothing, for whoever has a part in the meeting; nothing in any other
    case.
    """
    answer, handoff = view.handoff.last(Promise.ANSWER), view.handoff
    if answer is None or answer.kind != NOT_MOVED or handoff.state not in MEETING_AHEAD:
        return None
    name = plain(handoff.lead.contact_name)
    line = f"Outlook did not take the other time. For {view.all_invited(name)} it is still "
    line += f"**{view.soon(view.meeting.span.start)}**. "
    if view.viewer.id == handoff.qualifier:
        mine = handoff.organizer == view.viewer.id
        where = "in your calendar" if mine else f"in {view.first(handoff.organizer)}'s calendar"
        line += f"If {name} counts on the other time, please tell them, or move it {where}."
    else:
        line += f"{view.first(handoff.qualifier)} has been told too."
    return told(line, spacing="Small")


def introduction_line(view: View) -> CardElement | None:
    """The rep's second promise: what was sent, whether it is answered, by when it is due."""
    letter = letters.introduction(view.handoff)
    if letter is None and letters.stands_in(view.handoff) and view.policy.wording.introduce:
        rep = view.handoff.rep
        yes = "you have" if rep == view.viewer.id else f"{view.first(rep)} has"
        name = plain(view.handoff.lead.contact_name)
        until = f"; until then the invitation names {_named(view)}" if view.meeting.named else ""
        line = f"{name} is introduced once {yes} said yes{until}."
        if until:
            line += f" Outlook may have told {name} already that the guests are others."
        return told(line, size="Small", spacing="Small")
    if letter is None:
        return None
    if letter.refused:
        return told(
            f"The introduction was not sent. {plain(letter.refused)}", size="Small", spacing="Small"
        )
    if letter.sent_at is None:
        return told("The introduction is being sent.", size="Small", spacing="Small")
    line, urgent = _answered(view)
    colour: Colour | None = "Attention" if urgent else None
    return told(
        f"Introduction sent {view.soon(letter.sent_at)}{_and_named(view, letter)}. {line}",
        size="Small",
        spacing="Small",
        colour=colour,
    )


def _and_named(view: View, letter: Letter) -> str:
    """That what everyone was invited with names another rep by now, once they have said yes."""
    handoff = view.handoff
    others = any(
        one.what is Mailing.INTRODUCTION
        and one.sent_at
        and one.rep != letter.rep
        # To another address a new invitation has gone.
        and addresses.one(one.to) == addresses.one(letter.to)
        for one in handoff.letters
    )
    if not others or handoff.hangs or handoff.meeting is None or handoff.meeting.named:
        return ""
    mine = letter.rep == view.viewer.id
    return f", and the invitation names {'you' if mine else view.first(letter.rep)}"


def _named(view: View) -> str:
    """Whom the invitation names until a stand-in has said yes, also where they look at it."""
    named = view.handoff.named
    return view.name(named) if named == view.viewer.id else view.first(named)


def _answered(view: View) -> tuple[str, bool]:
    """Whether the introduction is answered, and whether that is late."""
    rep = view.handoff.rep
    who = view.first(rep).capitalize() if rep == view.viewer.id else view.first(rep)
    owed = view.handoff.owed(Promise.REPLY)
    if owed is None:
        at, of = introducing.answered_at(view.handoff), introducing.answered(view.handoff)
        if of and of.answered_at:
            at = of.answered_at
        known = letters.introduction(view.handoff)
        if at is None:
            return _unanswered(view, who), False
        if of and known and of.n != known.n:
            to = plain(of.to) if mail_ok(of.to) else "an address of before"
            return f"{who} answered the one to {to}, {view.soon(at)}.", False
        was_due = _last(view).ending in (Ending.LATE, Ending.MISSED)
        late = " It was due earlier." if was_due else ""
        return f"✓ {who} answered it {view.soon(at)}.{late}", False
    if owed.said_at:
        return f"{who} asked Baton to answer it; the mail is on its way.", False
    refused = letters.reply(view.handoff)
    trouble = f" {plain(refused.refused)}" if refused and refused.refused else ""
    if owed.due_at <= view.at:
        verb = "have" if rep == view.viewer.id else "has"
        by = f"**{view.soon(owed.due_at)}**{view.first_due(owed)}"
        return f"{who} {verb} not answered it by {by}.{trouble}", True
    verb = "answer" if rep == view.viewer.id else "answers"
    return f"{who} {verb} it by **{view.soon(owed.due_at)}** ({view.sum(owed)}).{trouble}", False


def _unanswered(view: View, who: str) -> str:
    """Of an answer that was missed, and is asked for no more."""
    last = view.handoff.last(Promise.REPLY)
    if last is None or last.who != view.handoff.rep or last.missed_at is None:
        return ""
    if letters.unsent_replies(view.handoff):
        return f"{who} asked Baton to answer it; the mail is on its way."
    if view.handoff.rep == view.viewer.id:
        return "You have not answered it; you still can."
    return f"{who} has not answered it."


def _last(view: View) -> Commitment:
    found = view.handoff.last(Promise.REPLY)
    assert found
    return found


def prospect_line(view: View) -> CardElement | None:
    """The prospect's own answer, apart from the rep's; a silence that is a risk stands out."""
    meeting = view.handoff.meeting
    if meeting is None:
        return None
    name = plain(view.handoff.lead.contact_name)
    sent = letters.confirmation(view.handoff)
    if meeting.prospect not in SILENT:
        at = f" (answered {view.soon(meeting.prospect_at)})" if meeting.prospect_at else ""
        gone = meeting.prospect == "declined"
        tick = "✓ " if meeting.prospect == "accepted" else ""
        return told(
            f"{tick}{name} {SAYS.get(meeting.prospect or '', 'has answered')}{at}.",
            size="Small",
            spacing="Small",
            colour="Attention" if gone else None,
            bold=gone,
        )
    if asked_about(view.case):
        return told(
            f"{plain(meeting.prospect_other or '')} has accepted, and {name} has not answered. "
            f"Is that {name}, from another address?",
            spacing="Small",
            bold=True,
        )
    if chose_it(view.handoff):
        return told(f"✓ {name} chose this time.", size="Small", spacing="Small")
    if at_risk(view.case, view.at):
        waits = view.handoff.state in (State.OFFERED, State.PROPOSED)  # first for the rep
        return told(
            f"{name} has not answered the invitation, and the meeting is "
            f"{view.soon(meeting.span.start)}.{_confirmed(view, sent)}",
            spacing="Small",
            bold=not waits,
            colour="Attention" if sent is None and not waits else None,
        )
    return told(
        f"{name} has not answered the invitation yet.{_confirmed(view, sent)}",
        size="Small",
        spacing="Small",
        subtle=True,
    )


def _confirmed(view: View, sent: Letter | None) -> str:
    if sent is None:
        return ""
    if sent.refused:
        return f" The confirmation was not sent: {plain(sent.refused)}"
    if sent.sent_at is None:
        return " A confirmation is on its way."
    return (
        f" {view.first(sent.by).capitalize()} asked for a confirmation {view.soon(sent.sent_at)}."
    )


def is_them(view: View, *, first: bool = True) -> Action | None:
    """Says in one click that the address which accepted is the prospect's own."""
    if not asked_about(view.case) or view.viewer.id != view.handoff.qualifier:
        return None
    name = plain(view.handoff.lead.contact_name)
    return do(f"That is {name}", "is_them", view.handoff.id, first=first)


def ways(view: View, to: str | None, *, join: bool = False) -> CardElement | None:
    """To write to somebody, with the beginning of a message that says about what; to *join* the
    meeting.
    """
    person = view.case.people.get(to or "")
    found = []
    if join and view.handoff.meeting and view.handoff.meeting.join_url:
        found.append(leads_to("Join", view.handoff.meeting.join_url))
    if person and person.present and person.id != view.viewer.id:
        draft = f"{view.title} (no. {view.handoff.number}): "
        found.append(
            leads_to(
                f"Write to {view.first(person.id)}",
                f"{CHAT}?users={quote(person.mail)}&message={quote(draft)}",
            )
        )
    return ActionSet(spacing="Small", actions=found) if found else None


def ask_to_send_again(view: View, *, first: bool = True) -> Action | None:
    """For a rep whose calendar shows another time than the meeting has: whoever organised it is
    asked to send its update again, in words that stand ready.
    """
    organizer = view.case.people.get(view.handoff.organizer)
    if view.handoff.trouble != LAGS or organizer is None or not organizer.present:
        return None
    asks = (
        f"{view.title} (no. {view.handoff.number}): my calendar shows another time than "
        f"{words.span(view.meeting.span, organizer.hours.zone)}. Please open the meeting in "
        "Outlook and send its update again."
    )
    return leads_to(
        f"Ask {view.first(organizer.id)} to send it again",
        f"{CHAT}?users={quote(organizer.mail)}&message={quote(asks)}",
        first=first,
    )


def link_line(view: View) -> CardElement | None:
    """That nobody can join; nothing while all is as it should be."""
    meeting = view.handoff.meeting
    if meeting is None or meeting.join_url or view.handoff.state not in IN_OUTLOOK:
        return None
    return told(
        "The meeting has no Teams link. Open it in Outlook, switch Teams meeting on and send the "
        "update.",
        size="Small",
        spacing="Small",
        bold=True,
    )


def to_tell(view: View) -> str:
    """Whom a person has to call or write to where nobody will be there: the prospect, or whoever
    has the address to which the invitation went.
    """
    was = not_yet_told(view.handoff)
    return f"whoever has {plain(was)}" if was else plain(view.handoff.lead.contact_name)


def leader_line(view: View) -> CardElement | None:
    """Who else is on the invitation, because of what the lead is worth."""
    if view.handoff.leader is None:
        return None
    name = view.name(view.handoff.leader)
    return told(f"{name} is invited too, optional.", size="Small", spacing="Small")


def leader_to_come(view: View) -> CardElement | None:
    """As `leader_line`, before it is booked: whom the policy's lines would draw in."""
    due = leader_of(view.handoff.worth, view.policy)
    if view.handoff.leader or due is None:
        return leader_line(view)
    known = next((one.id for one in view.case.people.values() if due.who in one.mails), None)
    name = view.name(known) if known else plain(due.who)
    return told(f"{name} will be invited too, optional.", size="Small", spacing="Small")


def unlined_line(view: View) -> CardElement | None:
    """That the policy's lines for leaders say nothing of a lead, because of what it is worth."""
    words_ = unlined(view.case)
    return told(words_, size="Small", spacing="Small") if words_ else None
