"""What the qualifier of a handoff sees, state by state."""

from datetime import datetime

from microsoft_teams.cards import Action, CardElement

from cards import words
from cards.absence import away_line
from cards.around import confirm, introduction_line, prep_line, prospect_line
from cards.forms import brief_inputs, meeting_input
from cards.parts import (
    Card,
    beside,
    day,
    do,
    facts,
    finished,
    head,
    notice,
    opens,
    pick,
    plain,
    radio,
    said,
    told,
    why,
    write,
)
from cards.reasons import why_not_other_times
from cards.turns import rule_line, turn_lines
from cards.view import View
from cards.went import SAID
from cards.why import ahead, confirmed, counted, more, prepared, rule
from handoff.absence import MEETING_AHEAD
from handoff.model import Ending, Held, Outcome, Search, State
from handoff.policy import Promise
from handoff.routing.gate import below

Targets = tuple[tuple[str, str], ...]  # what people read, and "pool:emea" or "rep:<id>"


def qualifier_card(view: View, targets: Targets = ()) -> Card:
    """The card for whoever qualified the lead. *targets* are whom it can be handed to."""
    match view.handoff.state:
        case State.QUALIFIED:
            return _choosing(view, targets)
        case State.BOOKING:
            return _booking(view)
        case State.OFFERED:
            return _offered(view)
        case State.PROPOSED:
            return _settling(view)
        case State.SENT_BACK:
            return _rework(view, targets)
    return _over(view)


def _choosing(view: View, targets: Targets) -> Card:
    handoff = view.handoff
    search = handoff.search
    if search is None:
        return _whom(view, targets)
    whom = _whom_words(view, search)
    turns = turn_lines(view, search)
    right = f"{search.minutes} min · {whom}"
    if search.found is None:
        return finished(
            [
                head("LOOKING FOR TIMES", view.title, right=right),
                notice(view.notice),
                told(
                    "Reading your calendars in Outlook. The times appear here in a moment.",
                    spacing="Small",
                ),
            ],
            says=f"Looking for times: {view.title}",
        )
    dark = [view.name(rep) for rep in search.nobody]
    left_out = told(
        f"Left out: {words.names(dark)}. Outlook cannot read the calendar, so it is not free.",
        size="Small",
        subtle=True,
    )
    kicker = f"BOOK FOR {plain(handoff.lead.contact_name).upper()}"
    body: list[CardElement | None] = [notice(view.notice)]
    actions: list[Action | None] = []
    if search.found:
        body += [
            head(kicker, "Times that suit everyone", right=right),
            radio(
                "choice",
                f"Your time, {words.city(view.zone)}",
                [
                    (_time_title(view, start, rep), f"{start.isoformat()}|{rep}")
                    for start, rep in ((c.start, c.rep) for c in search.found)
                ],
                value=f"{search.found[0].start.isoformat()}|{search.found[0].rep}",
                needed="Choose a time",
            ),
            _cramped(view, search),
            _own_words(view),
            *turns,
        ]
        actions.append(do("Book and invite", "book", handoff.id, first=True))
    elif turns:
        held = "Held for the next free rep" if search.instead == "hold" else "Nobody can take it"
        body += [head(kicker, held, right=right), *turns]
    else:
        body += [
            head(kicker, "No time suits everyone", right=right),
            told(
                f"You, {whom} and the prospect's working day have no free time in common in "
                f"the {view.policy.days_ahead} days from {search.wanted:%d %b}. "
                "Try other days or someone else.",
                spacing="Small",
            ),
        ]
    body += [
        left_out if dark else None,
        *why_not_other_times(view, search.refused),
        *why([rule(view, Promise.BOOK), rule_line(view, search), _how(view), more(view)]),
    ]
    today, later = words.date(view.at, view.zone), search.wanted.isoformat()
    return finished(
        body,
        [
            *actions,
            opens(
                "Other days",
                [day("wanted", "From this day on", value=later, least=today)],
                [do("Find times", "find_times", handoff.id, first=not search.found)],
            ),
            opens(
                "Someone else",
                [_target_input(targets, search)],
                [do("Find times", "find_times", handoff.id)],
            ),
            _ending(view),
        ],
        says=f"Times for {view.title}",
    )


def _time_title(view: View, start: datetime, rep: str) -> str:
    there = words.elsewhere(start, view.handoff.lead.contact_zone, view.zone)
    abroad = f" ({there})" if there else ""
    return f"{words.when(start, view.zone)}{abroad}, {view.name(rep)}"


def _cramped(view: View, search: Search) -> CardElement | None:
    """Said before booking: before which of the times there is no room to prepare."""
    tight = [words.when(c.start, view.zone) for c in search.found or () if c.cramped]
    if not tight:
        return None
    return told(
        f"No room to prepare before {words.names(tight)}: the rep's calendar is full until then.",
        size="Small",
    )


def _own_words(view: View) -> CardElement | None:
    """The qualifier's own words for the introduction, which the booking sends."""
    if not view.policy.wording.introduce:
        return None
    return write(
        "words",
        "Your words in the introduction (optional)",
        value=view.handoff.words or view.policy.wording.words,
        long=True,
    )


def _how(view: View) -> str:
    policy = view.policy
    return (
        "Shown are times within both your working hours with nothing in either calendar, "
        f"between {policy.prospect_start:%H:%M} and {policy.prospect_end:%H:%M} where the prospect "
        f"is, at least {words.hours(policy.notice)} ahead."
    )


def _whom(view: View, targets: Targets) -> Card:
    """A lead that is ready: whom it goes to, how long, from when."""
    handoff = view.handoff
    owed = handoff.owed(Promise.BOOK)
    kicker = "THE MEETING WAS CANCELLED" if handoff.last(Promise.ANSWER) else "READY TO HAND OVER"
    return finished(
        [
            head(kicker, view.title, right=f"no. {handoff.number}"),
            notice(view.notice),
            said(handoff.trouble) if handoff.trouble else None,
            facts(view.brief()),
            *search_inputs(view, targets),
            write("reason", "Why it should go on", needed=True, most=200)
            if handoff.trouble and below(handoff.lead, view.policy.routing)
            else None,
            *why([rule(view, Promise.BOOK), counted(view, owed) if owed else "", more(view)]),
        ],
        [do("Find times", "find_times", handoff.id, first=True), _ending(view)],
        says=f"{kicker}: {view.title}",
    )


def search_inputs(view: View, targets: Targets) -> list[CardElement]:
    search = view.handoff.search
    today = words.date(view.at, view.zone)
    return [
        _target_input(targets, search),
        meeting_input(view.policy, search.type if search else None),
        day("wanted", "From this day on", value=today, least=today),
    ]


def _target_input(targets: Targets, search: Search | None) -> CardElement:
    codes = [code for _, code in targets]
    now = ""
    if search:
        now = f"rep:{search.rep}" if search.rep else f"pool:{search.pool}"
    value = now if now in codes else (codes[0] if codes else None)
    return pick("target", "Hand over to", targets, value=value, needed="Choose whom it goes to")


def _whom_words(view: View, search: Search) -> str:
    if search.rep:
        return view.name(search.rep)
    pool = view.policy.pool(search.pool or "")
    return f"next in {plain(pool.name)}" if pool else "next in turn"


def _booking(view: View) -> Card:
    handoff = view.handoff
    slow = handoff.trouble == "waiting"
    line = (
        "Outlook is not answering just now. The time is held and Baton keeps trying."
        if slow
        else "The time is held. Outlook is sending the invitations."
    )
    return finished(
        [
            head("BOOKING", view.title, right=view.name(handoff.rep)),
            notice(view.notice),
            told(f"**{words.span(view.meeting.span, view.zone)}**", spacing="Small"),
            told(line, spacing="Small"),
            *why([more(view)]),
        ],
        says=f"Booking: {view.title}",
    )


def _offered(view: View) -> Card:
    handoff = view.handoff
    promise = handoff.owed(Promise.ANSWER)
    assert promise
    rep = view.case.people.get(handoff.rep or "")
    first = view.first(handoff.rep)
    late = promise.due_at <= view.at or promise.excused_at is not None
    kicker = f"NO ANSWER YET FROM {first.upper()}" if late else f"WITH {first.upper()}"
    lines = [f"Answer due by **{view.soon(promise.due_at)}** ({view.sum(promise)})."]
    if late:
        lines = [f"{first} has not answered by {view.soon(promise.due_at)}."]
        if promise.excused_at:
            lines = [f"{first} could not be told, in Teams or by mail, so this is not late."]
        deciding = handoff.owed(Promise.DECIDE)
        if deciding:
            lines.append(f"{view.name(deciding.who)} has been asked to decide.")
    if view.meeting.response == "tentativelyAccepted":
        lines.append(f"{first} answered tentative in Outlook, which is not yet a yes.")
    if rep and rep.unreachable:
        lines.append(
            f"Teams does not deliver to {first}, so no card has arrived. "
            "The Outlook invitation has."
        )
    return finished(
        [
            head(
                kicker,
                view.title,
                right=view.name(handoff.rep),
                colour="Attention" if late else "Accent",
            ),
            notice(view.notice),
            *_time(view),
            told(" ".join(lines), spacing="Small"),
            _whereabouts(view),
            introduction_line(view),
            prospect_line(view),
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
        [confirm(view, first=True)],
        says=f"{kicker}: {view.title}",
    )


def _time(view: View) -> list[CardElement]:
    span = view.meeting.span
    there = words.elsewhere(span.start, view.handoff.lead.contact_zone, view.zone)
    return [
        beside(
            [told(f"**{words.span(span, view.zone)}**", spacing="None")],
            [told(there, size="Small", subtle=True, right=True)] if there else [],
        )
    ]


def _settling(view: View) -> Card:
    handoff = view.handoff
    promise = handoff.owed(Promise.SETTLE)
    assert promise
    assert handoff.proposal
    first = view.first(handoff.rep)
    there = words.elsewhere(handoff.proposal.start, handoff.lead.contact_zone, view.zone)
    return finished(
        [
            head(
                f"{first.upper()} PROPOSES ANOTHER TIME", view.title, right=view.name(handoff.rep)
            ),
            notice(view.notice),
            beside(
                [
                    told(f"**{words.span(handoff.proposal, view.zone)}**", spacing="None"),
                    told(
                        f"instead of {words.span(view.meeting.span, view.zone)}"
                        + (f" · {there}" if there else ""),
                        size="Small",
                        subtle=True,
                        spacing="None",
                    ),
                ],
                [
                    told(f"Settle by **{view.soon(promise.due_at)}**", spacing="None", right=True),
                    told(view.sum(promise), size="Small", subtle=True, spacing="None", right=True),
                ],
            ),
            told(
                f"{first} accepts that time if you move it. "
                f"{plain(handoff.lead.contact_name)} gets one update.",
                spacing="Small",
            ),
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
            do("Move the meeting", "move_meeting", handoff.id, first=True),
            do(f"Keep {view.soon(view.meeting.span.start)}", "keep_time", handoff.id),
        ],
        says=f"{first} proposes another time: {view.title}",
    )


def _rework(view: View, targets: Targets) -> Card:
    handoff = view.handoff
    promise = handoff.owed(Promise.REWORK)
    assert promise
    first = view.first(handoff.rep)
    waits = handoff.owed(Promise.REASON) is not None
    free = tuple((view.name(rep), rep) for rep in handoff.stand_ins or ())
    brief = handoff.reason == "brief"
    fix = opens(
        "Fix and send again",
        brief_inputs(handoff.lead, view.policy, view.zone),
        [do(f"Send to {first} again", "fix_brief", handoff.id)],
        first=True,
    )
    give = (
        opens(
            "Give to another rep",
            [radio("rep", "Free at the same time", free, value=free[0][1], needed="Choose one")],
            [do("Give it", "give_to", handoff.id)],
        )
        if free
        else opens(
            "Give to another rep",
            [
                told("Nobody else is free at that time.", size="Small")
                if handoff.stand_ins is not None
                else told("Still looking who is free at that time.", size="Small"),
                *search_inputs(view, targets),
            ],
            [do("Find another time", "find_times", handoff.id)],
        )
    )
    kicker = f"{first.upper()} DECLINED IN OUTLOOK" if waits else f"BACK FROM {first.upper()}"
    if handoff.reason in ("no_answer", "unsettled", "invite_gone"):
        kicker = "YOURS AGAIN"
    return finished(
        [
            head(kicker, view.title, right=view.name(handoff.rep), colour="Attention"),
            notice(view.notice),
            beside(
                [told(f"**{plain(view.reason())}**", spacing="None")],
                [
                    told(f"Decide by **{view.soon(promise.due_at)}**", spacing="None", right=True),
                    told(view.sum(promise), size="Small", subtle=True, spacing="None", right=True),
                ],
            ),
            said(f"“{handoff.note}”", italic=True) if handoff.note else None,
            facts(view.brief()) if brief else None,
            *_still_there(view),
            *why(
                [
                    rule(view, Promise.REWORK),
                    counted(view, promise),
                    ahead(view, promise),
                    more(view),
                ]
            ),
        ],
        [fix, give, _ending(view)],
        says=f"{kicker}: {view.title}",
    )


def _still_there(view: View) -> list[CardElement]:
    meeting = view.handoff.meeting
    if meeting is None or meeting.span.start <= view.at:
        return []
    return [
        told(
            f"{plain(view.handoff.lead.contact_name)} still expects "
            f"{words.span(meeting.span, view.zone)}. "
            "If you end it, Outlook cancels the meeting.",
            size="Small",
            spacing="Small",
        )
    ]


def _ending(view: View) -> Action:
    """Nurture or no lead: said once more before it happens."""
    return opens(
        "End it…",
        [told("Nurture: not now, marketing keeps in touch. Close: no lead after all.")],
        [
            do("Nurture", "end", view.handoff.id, outcome=Outcome.NURTURE.value),
            do("Close", "end", view.handoff.id, outcome=Outcome.CLOSED.value),
        ],
    )


def _over(view: View) -> Card:
    """Accepted or further: the qualifier is told, and nothing is asked."""
    handoff = view.handoff
    first = view.first(handoff.rep)
    answer = handoff.last(Promise.ANSWER)
    said_at = answer and (answer.said_at or answer.ended_at)
    on = f" on {view.soon(said_at)}" if said_at else ""
    late = " It was due earlier." if answer and answer.ending is Ending.LATE else ""
    kicker, line = {
        State.ACCEPTING: ("ACCEPTING", f"{first} said yes{on}. Outlook has yet to confirm."),
        State.ACCEPTED: ("ACCEPTED", f"{first} accepted{on}.{late}"),
        State.FOLLOWING: _after(view),
        State.ENDED: _ended(view),
    }[handoff.state]
    there = handoff.meeting is not None and handoff.state is not State.ENDED
    ahead_ = handoff.state in (State.ACCEPTING, State.ACCEPTED)
    return finished(
        [
            head(kicker, view.title, right=view.name(handoff.rep) if handoff.rep else ""),
            notice(view.notice),
            *(_time(view) if there else []),
            told(line, spacing="Small"),
            _whereabouts(view),
            *([prep_line(view), introduction_line(view), prospect_line(view)] if ahead_ else []),
            *why(
                [
                    *([rule(view, Promise.REPLY), prepared(view), confirmed(view)] * ahead_),
                    more(view),
                ]
            ),
        ],
        [confirm(view, first=True)],
        says=f"{kicker}: {view.title}",
    )


def _after(view: View) -> tuple[str, str]:
    """After the meeting's time: how it went, as the rep says."""
    handoff, first = view.handoff, view.first(view.handoff.rep)
    owed = handoff.owed(Promise.OUTCOME)
    if handoff.held is None:
        by = f" by **{view.soon(owed.due_at)}**" if owed else ""
        return "THE TIME HAS PASSED", f"{first} says{by} how it went."
    kicker = "MET" if handoff.held is Held.HELD else "DID NOT TAKE PLACE"
    return kicker, f"{first} said: {SAID[handoff.held]}. {first} has the next step."


def _whereabouts(view: View) -> CardElement | None:
    """What whoever waits should know of the rep: away, gone, or a calendar that is not read."""
    rep = view.case.people.get(view.handoff.rep or "")
    if rep and rep.dark and view.handoff.state in MEETING_AHEAD:
        return told(f"Outlook does not show {view.first(rep.id)}: {plain(rep.dark)}.", size="Small")
    line = away_line(view)
    return told(line, size="Small") if line else None


def _ended(view: View) -> tuple[str, str]:
    first = view.first(view.handoff.rep)
    match view.handoff.outcome:
        case Outcome.NURTURE:
            return "NURTURE", "Marketing keeps in touch. Nothing is asked of you any more."
        case Outcome.CLOSED:
            return "CLOSED", "No lead after all. Nothing is asked of you any more."
    return "DONE", f"{first} has taken every next step."
