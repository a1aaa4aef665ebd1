"""What the rep of a handoff sees, state by state."""

from collections.abc import Sequence

from microsoft_teams.cards import Action, CardElement

from cards import words
from cards.absence import is_asked, leaving_card
from cards.around import (
    confirm,
    introduction_line,
    prep_line,
    prospect_line,
    reply_now,
    reply_words,
)
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
    plain,
    radio,
    told,
    why,
    write,
)
from cards.reasons import obstacle, why_not_other_times
from cards.view import View
from cards.went import SAID, present_line, went_card
from cards.why import ahead, confirmed, counted, more, origin, prepared, rule
from handoff.calendar import Conflict
from handoff.model import Commitment, State, Step
from handoff.policy import Promise

KINDS = {"call": "Call", "mail": "Mail", "meeting": "Meeting"}
TROUBLE = {
    "waiting": "Outlook is not answering just now. Baton keeps trying; nothing is lost.",
    "invite_gone": "The invitation is no longer in your Outlook calendar.",
}


def rep_card(view: View) -> Card:
    """The card for whoever the lead is with."""
    handoff = view.handoff
    if is_asked(view):
        return leaving_card(view)
    match handoff.state:
        case State.OFFERED:
            return _offer(view)
        case State.PROPOSED:
            return _proposed(view)
        case State.ACCEPTING | State.ACCEPTED:
            return _accepted(view)
        case State.FOLLOWING:
            return _following(view)
        case State.SENT_BACK:
            return _sent_back(view)
        case State.QUALIFIED:
            return _quiet(view, "CANCELLED", "The meeting was cancelled. Nothing is asked of you.")
        case State.BOOKING:
            return _quiet(view, "ON ITS WAY", "The invitation is being sent.")
    return _quiet(view, "DONE", "Nothing is asked of you any more.")


def former_rep_card(view: View) -> Card:
    """For a rep who had the lead once."""
    return _quiet(
        view,
        "PASSED ON",
        f"{view.name(view.handoff.rep)} has this meeting now. It is off your list.",
    )


def _offer(view: View) -> Card:
    handoff = view.handoff
    promise = handoff.owed(Promise.ANSWER)
    assert promise
    kicker, urgent = _kicker(view, promise)
    body = [
        head(
            kicker,
            view.title,
            right=f"from {view.name(handoff.qualifier)}",
            colour="Attention" if urgent else "Accent",
        ),
        notice(view.notice),
        _when(view, promise),
        facts(view.brief()),
        told(_in_the_way(view), size="Small"),
        told(TROUBLE[handoff.trouble], size="Small") if handoff.trouble in TROUBLE else None,
        _tentative(view),
        prospect_line(view),
        introduction_line(view),
        *why(
            [
                origin(view),
                *view.turn,
                rule(view, Promise.ANSWER),
                counted(view, promise),
                ahead(view, promise),
                *_about_mail(view),
                prepared(view),
                more(view),
            ]
        ),
    ]
    accept = do("Accept meeting", "accept", handoff.id, first=handoff.others is None)
    if handoff.others:
        body += [*_other_times(view), *why_not_other_times(view, handoff.others_refused)]
        actions: list[Action | None] = [
            do("Propose this time", "propose", handoff.id, first=True),
            accept,
            reply_now(view),
            send_back(view),
        ]
    else:
        if handoff.others is not None:
            accept = do("Accept meeting", "accept", handoff.id, first=True)
            body.append(told(_no_other(view), size="Small"))
            body += why_not_other_times(view, handoff.others_refused)
        another = handoff.may_propose and handoff.others is None
        actions = [
            accept,
            reply_now(view),
            do("Another time", "another_time", handoff.id) if another else None,
            send_back(view),
        ]
    return finished(body, actions, says=f"{kicker}: {view.title}")


def _about_mail(view: View) -> list[str]:
    owed = view.handoff.owed(Promise.REPLY)
    if owed is None:
        return []
    kept = "Your mail in that conversation keeps it; Baton reads who wrote to whom, never a body."
    return [f"{rule(view, Promise.REPLY)} {kept} {ahead(view, owed)}", reply_words(view)]


def _kicker(view: View, promise: Commitment) -> tuple[str, bool]:
    if promise.due_at <= view.at:
        return f"WAITING FOR YOU SINCE {view.soon(promise.due_at).upper()}", True
    if promise.reached is Step.REMINDER:
        return f"STILL OPEN · {words.left(promise.due_at, view.at).upper()}", True
    return "NEW MEETING FOR YOU", False


def _when(view: View, promise: Commitment) -> CardElement:
    """The two facts that decide: when it is, and by when an answer is due."""
    meeting = view.meeting
    abroad = words.elsewhere(meeting.span.start, view.handoff.lead.contact_zone, view.zone)
    return beside(
        [
            told(f"**{words.span(meeting.span, view.zone)}**", spacing="None"),
            told(
                " · ".join(part for part in ("your time", abroad, "Teams") if part),
                size="Small",
                subtle=True,
                spacing="None",
            ),
        ],
        [
            told(f"Answer by **{view.soon(promise.due_at)}**", spacing="None", right=True),
            told(view.sum(promise), size="Small", subtle=True, spacing="None", right=True),
        ],
    )


def _in_the_way(view: View) -> str:
    """What is in the rep's own calendar at that time, each with its reason."""
    found = view.meeting.obstacles
    blocking = [obstacle(o, view.zone, view.at) for o in found if o.blocks]
    elsewhere = any(o.why is Conflict.ELSEWHERE for o in found)
    note = " You work elsewhere then, which is not in the way." if elsewhere else ""
    if not blocking:
        return f"✓ Your calendar is free at that time.{note}"
    return f"In your calendar at that time: {words.names(blocking)}.{note}"


def _tentative(view: View) -> CardElement | None:
    if view.meeting.response != "tentativelyAccepted":
        return None
    return told(
        "You answered *tentative* in Outlook. That is not yet a yes, so the clock runs on.",
        size="Small",
    )


def _other_times(view: View) -> list[CardElement]:
    abroad = view.handoff.lead.contact_zone
    choices = []
    for start in view.handoff.others or ():
        there = words.elsewhere(start, abroad, view.zone)
        title = words.when(start, view.zone) + (f" ({there})" if there else "")
        choices.append((title, start.isoformat()))
    first = choices[0][1] if choices else None
    return [
        radio(
            "start",
            f"Both you and {view.first(view.handoff.qualifier)} are free",
            choices,
            value=first,
            needed="Choose a time to propose",
        ),
        told(
            f"If {view.first(view.handoff.qualifier)} moves the meeting there, that counts as "
            "your yes.",
            size="Small",
            subtle=True,
        ),
    ]


def _no_other(view: View) -> str:
    other = view.first(view.handoff.qualifier)
    return f"You and {other} have no other free time in the next {view.policy.days_ahead} days."


def looking_for_other_times(view: View) -> Card:
    """What a rep sees between asking for other times and their arrival."""
    return finished(
        [
            head("ANOTHER TIME", view.title, right=f"from {view.name(view.handoff.qualifier)}"),
            told(
                f"Looking where you and {view.first(view.handoff.qualifier)} are both free. "
                "The times appear here in a moment.",
                spacing="Small",
            ),
        ],
        [do("Accept meeting", "accept", view.handoff.id, first=True), send_back(view)],
        says=f"Looking for another time: {view.title}",
    )


def send_back(view: View) -> Action:
    """Opens the coded reasons; free text is optional and last."""
    other = view.first(view.handoff.qualifier)
    return opens(
        "Send back", _reasons(view), [do(f"Send back to {other}", "send_back", view.handoff.id)]
    )


def _reasons(view: View) -> list[CardElement]:
    other = view.first(view.handoff.qualifier)
    return [
        radio(
            "reason",
            "What is missing or wrong?",
            [(title, code) for code, title in view.policy.reasons.items()],
            needed=f"Choose one, so that {other} can put it right",
        ),
        write("note", f"Anything {other} should know? (optional)", long=True),
    ]


def _proposed(view: View) -> Card:
    handoff = view.handoff
    assert handoff.proposal
    promise = handoff.owed(Promise.SETTLE)
    by = f" by **{view.soon(promise.due_at)}**" if promise else ""
    other = view.first(handoff.qualifier)
    return finished(
        [
            head("PROPOSED", view.title, right=f"from {view.name(handoff.qualifier)}"),
            notice(view.notice),
            told(
                f"You proposed **{words.span(handoff.proposal, view.zone)}** instead of "
                f"{view.soon(view.meeting.span.start)}. {other} says{by} whether it moves.",
                spacing="Small",
            ),
            *why([rule(view, Promise.SETTLE), more(view)]),
        ],
        [do("Accept the first time after all", "accept", handoff.id), send_back(view)],
        says=f"You proposed another time: {view.title}",
    )


def _accepted(view: View) -> Card:
    handoff = view.handoff
    promise = handoff.last(Promise.ANSWER)
    sure = handoff.state is State.ACCEPTED
    planned = _planned(view)
    reply = reply_now(view, first=True)
    asking = confirm(view, first=reply is None)
    pressing = [action for action in (reply, asking) if action]
    quick = _quick(view, first=not (pressing or planned))
    since = promise and (promise.ended_at or promise.said_at)
    at = f" on {view.soon(since)}" if since else ""
    if sure:
        line = f"In your Outlook calendar as accepted. You said yes{at}."
    else:
        line = f"You said yes{at}. Outlook is being told; this card changes once it has confirmed."
    return finished(
        [
            head(
                "ACCEPTED" if sure else "ACCEPTING",
                view.title,
                right=words.when(view.meeting.span.start, view.zone),
            ),
            notice(view.notice),
            told(line, spacing="Small"),
            told(TROUBLE[handoff.trouble], size="Small") if handoff.trouble in TROUBLE else None,
            prep_line(view),
            prospect_line(view),
            introduction_line(view),
            *planned,
            told("Next step", bold=True, spacing="Medium"),
            told("One click books it in your first free time.", size="Small", subtle=True),
            *why(
                [
                    origin(view),
                    *_about_mail(view),
                    prepared(view),
                    confirmed(view),
                    rule(view, Promise.FOLLOW_UP),
                    more(view),
                ]
            ),
        ],
        [
            *pressing,
            *quick[: 3 - len(pressing)],
            _other(
                view,
                giving_back=True,
                answering=reply is not None,
                more=quick[3 - len(pressing) :],
            ),
        ],
        says=f"Accepted: {view.title}",
    )


def _following(view: View) -> Card:
    handoff = view.handoff
    if handoff.owed(Promise.OUTCOME):
        return went_card(view, send_back(view))
    asked = next(
        (
            c
            for c in handoff.commitments
            if c.open and c.what is Promise.FOLLOW_UP and c.span and c.span.end <= view.at
        ),
        None,
    )
    if asked:
        return _did_it(view, asked)
    owed = handoff.owed(Promise.NEXT_STEP)
    kicker = "AFTER THE MEETING" if owed else "FOLLOWING UP"
    line = (
        f"What comes next with {plain(handoff.lead.contact_name)}? "
        f"Please choose by **{view.soon(owed.due_at)}**."
        if owed
        else "Your next step is in your calendar."
    )
    return finished(
        [
            head(kicker, view.title, right=words.when(view.meeting.span.start, view.zone)),
            notice(view.notice),
            told(_went(view), size="Small", spacing="Small") if handoff.held else None,
            present_line(view),
            told(line, spacing="Small"),
            *_planned(view),
            *why(
                [
                    rule(view, Promise.NEXT_STEP),
                    ahead(view, owed) if owed else "",
                    more(view),
                ]
            ),
        ],
        [*_quick(view, first=owed is not None), _other(view, giving_back=True, ending=True)],
        says=f"{kicker}: {view.title}",
    )


def _went(view: View) -> str:
    assert view.handoff.held
    return f"You said: {SAID[view.handoff.held]}."


def _did_it(view: View, asked: Commitment) -> Card:
    handoff = view.handoff
    assert asked.span
    kind = KINDS.get(asked.kind or "", "Follow-up")
    late = asked.due_at <= view.at
    return finished(
        [
            head(
                f"OPEN SINCE {view.soon(asked.due_at).upper()}" if late else "DID IT HAPPEN?",
                view.title,
                right=words.when(asked.span.start, view.zone),
                colour="Attention" if late else "Accent",
            ),
            notice(view.notice),
            told(
                f"{kind} with {plain(handoff.lead.contact_name)}, planned for "
                f"**{view.soon(asked.span.start)}**.",
                spacing="Small",
            ),
            *why([rule(view, Promise.FOLLOW_UP), ahead(view, asked), more(view)]),
        ],
        [
            do("Done", "follow_up_done", handoff.id, first=True, n=asked.n),
            _other(view, giving_back=True),
        ],
        says=f"Did it happen? {kind}, {view.title}",
    )


def _planned(view: View) -> list[CardElement]:
    lines: list[CardElement] = []
    for promise in view.handoff.commitments:
        if promise.what is not Promise.FOLLOW_UP or not promise.open:
            continue
        kind = KINDS.get(promise.kind or "", "Follow-up")
        if promise.event and promise.span:
            at = words.span(promise.span, view.zone)
            lines.append(told(f"✓ {kind} booked: **{at}**", spacing="Small"))
        else:
            lines.append(told(f"{kind}: looking for your first free time…", spacing="Small"))
    return lines


def _quick(view: View, *, first: bool) -> list[Action]:
    """Follow-ups in one click, as the policy has them; the first is the highlighted one."""
    return [
        do(
            action.title,
            "follow_up",
            view.handoff.id,
            first=first and number == 0,
            action=action.code,
        )
        for number, action in enumerate(view.policy.quick_actions[:3])
    ]


def _other(
    view: View,
    *,
    giving_back: bool,
    ending: bool = False,
    answering: bool = False,
    more: Sequence[Action] = (),
) -> Action:
    """Everything else, behind one button: another day, nothing more, send back."""
    today, tomorrow = (words.date(view.at, view.zone, days) for days in (0, 1))
    id = view.handoff.id
    return opens(
        "Other…",
        [
            radio("kind", "What", [(title, kind) for kind, title in KINDS.items()], value="call"),
            day("day", "On", value=tomorrow, least=today),
        ],
        [
            do("Book it", "follow_up", id),
            *more,
            *([do("I have answered it", "replied_otherwise", id)] if answering else []),
            *([do("Nothing more to do", "no_further_step", id)] if ending else []),
            *([send_back(view)] if giving_back else []),
        ],
    )


def _sent_back(view: View) -> Card:
    handoff = view.handoff
    owed = handoff.owed(Promise.REASON, view.viewer.id)
    other = view.first(handoff.qualifier)
    if owed is None:
        return _quiet(
            view,
            "SENT BACK",
            f"{view.name(handoff.qualifier)} has it again: {plain(view.reason())}. "
            "The time is free in your calendar.",
        )
    return finished(
        [
            head(
                "YOU DECLINED IN OUTLOOK", view.title, right=f"from {view.name(handoff.qualifier)}"
            ),
            notice(view.notice),
            told(
                f"{other} has the lead again and cannot tell why. "
                f"One click by **{view.soon(owed.due_at)}** is enough.",
                spacing="Small",
            ),
            *_reasons(view),
            *why([rule(view, Promise.REASON), ahead(view, owed), more(view)]),
        ],
        [do(f"Tell {other}", "send_back", handoff.id, first=True)],
        says=f"You declined in Outlook: {view.title}",
    )


def _quiet(view: View, kicker: str, line: str) -> Card:
    """Nothing is asked."""
    return finished(
        [
            head(kicker, view.title, right=f"no. {view.handoff.number}"),
            notice(view.notice),
            told(line, spacing="Small"),
        ],
        says=f"{kicker}: {view.title}",
    )
