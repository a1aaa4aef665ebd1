"""What the qualifier of a handoff sees: which card, state by state."""

from microsoft_teams.cards import CardElement

from cards import words
from cards.absence import away_line, away_then, goes_back_at, nobody_comes
from cards.answering import invite_again
from cards.changing import change, moving_card
from cards.choosing import choosing_card
from cards.contest import contest_lines, contesting
from cards.deals import deal_lines
from cards.elements import Card, banner, do, finished, plain, together, told, why
from cards.endings import ended_kicker, ended_line
from cards.forms import Targets, worth_form
from cards.giving import button
from cards.heading import heading
from cards.meeting_outcome import SAID
from cards.news import (
    WAITS,
    News,
    after,
    for_qualifier,
    open_since,
    said_yes_by_itself,
    silence,
    stood_in_for,
)
from cards.progress import about_progress, stalled, stalled_line
from cards.reworking import rework_card
from cards.sending_letters import confirm
from cards.surroundings import (
    address_line,
    deed_lines,
    introduction_line,
    is_them,
    leader_line,
    link_line,
    moved_line,
    not_moved_line,
    prep_line,
    prospect_line,
    unlined_line,
    untold_line,
    ways,
)
from cards.view import View
from cards.why import ahead, confirmed, counted, more, prepared, rule, spoken, summary
from handoff.absence import MEETING_AHEAD
from handoff.answering import said_yes
from handoff.changing import is_moving
from handoff.draft import WAITING
from handoff.letters import stands_in
from handoff.model import Commitment, Ending, MeetingOutcome, State
from handoff.policy import Promise


def qualifier_card(view: View, targets: Targets) -> Card:
    """The card for whoever qualified the lead. *targets* are whom it can be handed to."""
    if is_moving(view.case, view.viewer.id, view.at):
        return moving_card(view)
    match view.handoff.state:
        case State.QUALIFIED:
            return choosing_card(view, targets)
        case State.BOOKING:
            return _booking(view)
        case State.OFFERED:
            return _offered(view)
        case State.PROPOSED:
            return _settling(view)
        case State.SENT_BACK:
            return rework_card(view, targets)
        case State.ACCEPTED if view.handoff.proposal:
            return _settling(view)
        case State.ACCEPTING | State.ACCEPTED | State.FOLLOWING:
            return _over(view)
        case State.NURTURED | State.CONTESTED | State.ENDED:
            return _over(view)


def _booking(view: View) -> Card:
    handoff, before = view.handoff, stood_in_for(view)
    kicker = f"ON ITS WAY TO {view.first(handoff.rep).upper()}, IN PLACE OF {before.upper()}"
    kicker = kicker if before else "BOOKING"
    slow = handoff.trouble == WAITING
    line = (
        "Outlook is not answering just now. The time is held and Baton keeps trying."
        if slow
        else "The time is held. Outlook is sending the invitations."
    )
    return finished(
        [
            heading(
                view, WAITS.kicker if slow else kicker, view.title, below=view.name(handoff.rep)
            ),
            banner(view.banner),
            told(f"**{words.span(view.meeting.span, view.zone)}**", spacing="Small"),
            told(line, spacing="Small"),
            untold_line(view),
            *why([more(view)]),
        ],
        says=summary(view, "being booked"),
    )


def _offered(view: View) -> Card:
    handoff = view.handoff
    promise = handoff.owed(Promise.ANSWER)
    assert promise
    first = view.first(handoff.rep)
    late = promise.due_at <= view.at or promise.excused_at is not None
    news = for_qualifier(view)
    kicker = news.kicker if news else f"WITH {first.upper()}"
    if late and not (news and news.urgent):
        kicker = f"NO ANSWER YET FROM {first.upper()}"
    if promise.excused_at is not None and not promise.before_work:
        kicker = f"{first.upper()} COULD NOT BE TOLD"
    urgent = late or (news is not None and news.urgent)
    lines = _of_the_answer(view, promise, first, late=late)
    lost = invite_again(view)
    pressing = lost is not None or is_them(view) is not None
    return finished(
        [
            heading(
                view,
                kicker,
                view.title,
                below=view.name(handoff.rep),
                colour="Attention" if urgent else "Accent",
            ),
            banner(view.banner),
            *_time(view),
            *deed_lines(view),
            moved_line(view),
            untold_line(view),
            not_moved_line(view),
            told(" ".join(lines), spacing="Small") if lines else None,
            _whereabouts(view),
            link_line(view),
            introduction_line(view),
            prospect_line(view),
            address_line(view),
            leader_line(view),
            unlined_line(view),
            ways(view, handoff.rep),
            *why(
                [
                    rule(view, Promise.ANSWER),
                    counted(view, promise),
                    ahead(view, promise),
                    *([rule(view, Promise.REPLY)] * view.policy.wording.introduce),
                    confirmed(view),
                    more(view),
                ]
            ),
        ],
        [
            lost,
            is_them(view, first=lost is None),
            change(view, first=urgent and not pressing) or button(view),
            confirm(view),
            worth_form(view),
        ],
        says=_offered_says(view, promise, news),
    )


def _of_the_answer(view: View, promise: Commitment, first: str, *, late: bool) -> list[str]:
    """By when it is due, or that it was; and what there is that is not yet a yes. Nothing of a due
    time before which it is theirs to decide, which is said with where the rep is.
    """
    due = f"Answer due by **{view.soon(promise.due_at)}** ({view.sum(promise)})."
    lines = [] if goes_back_at(view) else [due]
    if late:
        by = f"{view.soon(promise.due_at)}{view.first_due(promise)}"
        lines = [f"{first} has not answered by {by}."]
        if promise.before_work:
            least = words.hours(view.policy.least)
            lines = [f"{first} was at work for less than {least} by then, so this is not late."]
        elif promise.excused_at:
            lines = [f"{first} could not be told, in Teams or by mail, so this is not late."]
        deciding = view.handoff.owed(Promise.DECIDE)
        if deciding:
            lines.append(f"{view.name(deciding.who)} has been asked to decide.")
    if view.meeting.response == "tentativelyAccepted":
        lines.append(f"{first} answered tentative in Outlook, which is not yet a yes.")
    if said_yes_by_itself(view):
        lines.append(f"{first}'s mailbox said yes by itself, which is not yet {first}'s word.")
    rep = view.case.people.get(view.handoff.rep or "")
    if rep and rep.unreachable:
        lines.append(
            f"Teams does not deliver to {first}, so no card has arrived. "
            "The Outlook invitation has."
        )
    return lines


def _offered_says(view: View, promise: Commitment, news: News | None) -> str:
    """What has happened, and by when the rep answers."""
    first, said = view.first(view.handoff.rep), news.words if news else ""
    if promise.excused_at is not None and not promise.before_work:
        return summary(view, f"{first} could not be told", news=said)
    if promise.due_at <= view.at:
        return summary(view, f"no answer yet{'' if said else f' from {first}'}", promise, news=said)
    if at := goes_back_at(view):
        return summary(view, f"yours to decide {view.soon(at)}", news=said)
    return summary(view, "answer due" if said else f"{first} answers", promise, news=said)


def _time(view: View) -> list[CardElement]:
    span = view.meeting.span
    there = words.elsewhere(span.start, view.handoff.lead.contact_zone, view.zone)
    return [
        together(
            told(f"**{words.span(span, view.zone)}**"),
            *([told(there, size="Small", subtle=True, spacing="None")] if there else []),
        )
    ]


def _settling(view: View) -> Card:
    handoff = view.handoff
    promise = handoff.owed(Promise.SETTLE)
    assert promise
    assert handoff.proposal
    first = view.first(handoff.rep)
    there = words.elsewhere(handoff.proposal.start, handoff.lead.contact_zone, view.zone)
    due, late = view.soon(promise.due_at), promise.due_at <= view.at
    return finished(
        [
            heading(
                view,
                f"{first.upper()} PROPOSES ANOTHER TIME{open_since(view, promise)}",
                view.title,
                below=view.name(handoff.rep),
                colour="Attention" if late else "Accent",
            ),
            banner(view.banner),
            together(
                told(f"**{words.span(handoff.proposal, view.zone)}**"),
                told(
                    f"instead of {words.span(view.meeting.span, view.zone)}"
                    + (f" · {there}" if there else ""),
                    size="Small",
                    subtle=True,
                    spacing="None",
                ),
                told(f"{'It was due' if late else 'Settle by'} **{due}**", spacing="Small"),
                told(view.sum(promise), size="Small", subtle=True, spacing="None"),
            ),
            *deed_lines(view),
            away_then(view),
            address_line(view),
            told(once_moved(view), spacing="Small"),
            *why(
                [
                    rule(view, Promise.SETTLE),
                    counted(view, promise),
                    ahead(view, promise),
                    more(view),
                ]
            ),
        ],
        [
            do(
                "Move the meeting",
                "move_meeting",
                handoff.id,
                first=True,
                start=handoff.proposal.start.isoformat(),
                meets=view.meets,
            ),
            do(
                f"Keep {view.soon(view.meeting.span.start)}",
                "keep_time",
                handoff.id,
                meets=view.meets,
            ),
            change(view) or button(view),
            worth_form(view),
        ],
        says=summary(
            view,
            "settle it",
            promise,
            news=f"{first} proposes {view.soon(handoff.proposal.start)}",
        ),
    )


def once_moved(view: View) -> str:
    """What goes out once the meeting is at the time that the rep proposes, which is their yes."""
    handoff, first = view.handoff, view.first(view.handoff.rep)
    name = plain(handoff.lead.contact_name)
    mine = view.viewer.id == handoff.rep
    accepts = "You accept" if mine else f"{first} accepts"
    moves = f"{accepts} that time if you move it. Outlook sends {view.all_invited(name)} "
    if handoff.named == handoff.rep:
        return f"{moves}one update with the new time."
    introduces = view.policy.wording.introduce and stands_in(handoff) and not handoff.again
    whose = view.first(handoff.qualifier)
    mail = f", and {name} gets an introduction from {whose} by mail" if introduces else ""
    name_of = "your" if mine else f"{first}'s"
    return f"{moves}two updates: with the new time, and with {name_of} name{mail}."


def _over(view: View) -> Card:
    """Accepted or further: the qualifier is told, and nothing is asked."""
    handoff = view.handoff
    first = view.first(handoff.rep)
    ahead_ = handoff.state in (State.ACCEPTING, State.ACCEPTED)
    answer = said_yes(handoff)
    said_at = answer and (answer.said_at or answer.ended_at)
    on = f" on {view.soon(said_at)}" if said_at else ""
    late = " It was due earlier." if answer and answer.ending is Ending.LATE else ""
    kicker, line = {
        State.ACCEPTING: ("ACCEPTING", f"{first} said yes{on}. Outlook has yet to confirm."),
        State.ACCEPTED: ("ACCEPTED", f"{first} accepted{on}.{late}"),
        State.FOLLOWING: _after(view),
        State.NURTURED: _nurtured(view),
        State.CONTESTED: _ended(view),
        State.ENDED: _ended(view),
    }[handoff.state]
    still = stalled(view)
    news = for_qualifier(view) if ahead_ else after(view)
    kicker = news.kicker if news else "NO PROGRESS" if still else kicker
    urgent = still is not None or (news is not None and news.urgent)
    there = handoff.meeting is not None and handoff.open
    silent = confirm(view)
    # Of little use to ask the prospect while nobody meets them.
    absent = silent is not None and urgent and news != silence(view)
    lost = invite_again(view) if ahead_ else None
    asks = lost is not None or is_them(view) is not None
    pressing = asks or (silent is not None and not absent)
    decided = [
        confirm(view, first=not asks and not absent),
        *([] if still else contesting(view)),
        change(view, first=urgent and not pressing) or button(view, first=still is not None),
    ]
    return finished(
        [
            heading(
                view,
                kicker,
                view.title,
                below=view.name(handoff.rep) if handoff.rep else "",
                colour="Attention" if urgent else "Accent",
            ),
            banner(view.banner),
            *(_time(view) if there else []),
            stalled_line(view, still),
            told(line, spacing="Small"),
            *deed_lines(view),
            untold_line(view) if ahead_ else None,
            not_moved_line(view) if ahead_ else None,
            _whereabouts(view),
            link_line(view),
            *(
                [prep_line(view), introduction_line(view), prospect_line(view), leader_line(view)]
                if ahead_
                else []
            ),
            address_line(view) if handoff.open else None,
            *deal_lines(view),
            *contest_lines(view),
            unlined_line(view) if handoff.open else None,
            *why(
                [
                    *([rule(view, Promise.REPLY), prepared(view), confirmed(view)] * ahead_),
                    *about_progress(view),
                    more(view),
                ]
            ),
        ],
        [
            lost,
            is_them(view, first=lost is None),
            *(reversed(decided) if absent else decided),
            *(contesting(view) if still else []),
            worth_form(view) if handoff.open else None,
        ],
        says=summary(view, news.words if news else spoken(view, kicker)),
    )


def _after(view: View) -> tuple[str, str]:
    """After the meeting's time: how it went, as the rep says."""
    handoff, first = view.handoff, view.first(view.handoff.rep)
    owed = handoff.owed(Promise.OUTCOME)
    if handoff.meeting_outcome is None:
        return _unsaid(view, owed, first)
    kicker = "MET" if handoff.meeting_outcome is MeetingOutcome.TOOK_PLACE else "DID NOT TAKE PLACE"
    return kicker, f"{first} said: {SAID[handoff.meeting_outcome]}. {first} has the next step."


def _unsaid(view: View, owed: Commitment | None, first: str) -> tuple[str, str]:
    """How it went has not been said yet, or not in time."""
    if owed is None:
        return "THE TIME HAS PASSED", f"{first} says how it went."
    by = f"by **{view.soon(owed.due_at)}**{view.first_due(owed)}"
    if owed.due_at > view.at:
        return "THE TIME HAS PASSED", f"{first} says {by} how it went."
    deciding = view.handoff.owed(Promise.DECIDE)
    asked = f" {view.name(deciding.who)} has been asked to decide." if deciding else ""
    kicker = f"{first.upper()} HAS NOT SAID HOW IT WENT"
    return kicker, f"{first} has not said {by} how it went.{asked}"


def _whereabouts(view: View) -> CardElement | None:
    """What whoever waits should know of the rep: away, gone, or a calendar that is not read."""
    rep = view.case.people.get(view.handoff.rep or "")
    if rep and rep.dark and view.handoff.state in MEETING_AHEAD:
        return told(f"Outlook does not show {view.first(rep.id)}: {plain(rep.dark)}.", size="Small")
    line, alone = away_line(view), nobody_comes(view)
    if alone:
        return together(told(line, size="Small"), alone)
    return told(line, size="Small") if line else None


def _nurtured(view: View) -> tuple[str, str]:
    owed = view.handoff.owed(Promise.NURTURE)
    by = f" and looks again by **{view.soon(owed.due_at)}**{view.first_due(owed)}" if owed else ""
    who = view.name(view.handoff.owner)
    return "NURTURE", f"{who} in marketing keeps in touch{by}. It comes back to you when ready."


def _ended(view: View) -> tuple[str, str]:
    return ended_kicker(view), f"{ended_line(view)} Nothing is asked of you any more."
