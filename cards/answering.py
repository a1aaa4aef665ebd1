"""What a rep sees who owes an answer, and until a proposed time is settled."""

from collections.abc import Sequence

from microsoft_teams.cards import Action, CardElement

from cards import words
from cards.elements import (
    Card,
    banner,
    do,
    facts,
    finished,
    head,
    plain,
    radio,
    submit,
    together,
    told,
    why,
)
from cards.reasons import obstacle, why_not_other_times
from cards.sending_back import send_back
from cards.surroundings import introduction_line, prospect_line, reply_now, reply_words
from cards.view import View
from cards.why import ahead, counted, more, origin, prepared, rule, summary
from handoff.calendar import Conflict
from handoff.model import Commitment, Step
from handoff.policy import Promise

TROUBLE = {
    "waiting": "Outlook is not answering just now. Baton keeps trying; nothing is lost.",
    "invite_gone": "The invitation is no longer in your Outlook calendar.",
    "lags": "Your Outlook calendar shows another time: the one here is the meeting's own. "
    "Open the meeting in Outlook and accept its update, or ask whoever organised it to send it "
    "again.",
}


def offer_card(view: View, planned: Sequence[CardElement]) -> Card:
    """A meeting that waits for the rep's yes, another time, or a reason. What is *planned*
    already, after an earlier yes, stands on it too.
    """
    handoff = view.handoff
    promise = handoff.owed(Promise.ANSWER)
    assert promise
    kicker, urgent = _kicker(view, promise)
    body = [
        head(
            kicker,
            view.title,
            below=f"from {view.name(handoff.qualifier)}",
            colour="Attention" if urgent else "Accent",
        ),
        banner(view.banner),
        _when(view, promise),
        facts(view.brief()),
        told(_in_the_way(view), size="Small"),
        told(TROUBLE[handoff.trouble], size="Small") if handoff.trouble in TROUBLE else None,
        _not_yet_a_yes(view),
        prospect_line(view),
        introduction_line(view),
        *planned,
        *why(
            [
                origin(view),
                *view.rotation,
                rule(view, Promise.ANSWER),
                counted(view, promise),
                ahead(view, promise),
                *about_mail(view),
                prepared(view),
                more(view),
            ]
        ),
    ]
    accept = do("Accept meeting", "accept", handoff.id, first=handoff.others is None)
    if handoff.others:
        body += [*_other_times(view), *why_not_other_times(view, handoff.others_refused)]
        actions: list[Action | None] = [
            submit("Propose this time", "propose", handoff.id, first=True),
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
    return finished(body, actions, says=summary(view, "answer", promise))


def about_mail(view: View) -> list[str]:
    """By which rule a reply to the introduction is owed, and the words that can be sent."""
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
    return together(
        told(f"**{words.span(meeting.span, view.zone)}**"),
        told(
            " · ".join(part for part in ("your time", abroad, "Teams") if part),
            size="Small",
            subtle=True,
            spacing="None",
        ),
        told(f"Answer by **{view.soon(promise.due_at)}**", spacing="Small"),
        told(view.sum(promise), size="Small", subtle=True, spacing="None"),
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


def _not_yet_a_yes(view: View) -> CardElement | None:
    if view.meeting.response == "accepted":
        return told(
            "Your mailbox said yes by itself, so it is still asked of you: please click Accept.",
            size="Small",
            bold=True,
        )
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
    """A calendar that cannot be read is not free, which is not the same as full."""
    other = view.first(view.handoff.qualifier)
    for person in (view.viewer.id, view.handoff.qualifier):
        if (known := view.case.people.get(person)) and known.dark:
            whose = "your calendar" if person == view.viewer.id else f"the calendar of {other}"
            return f"Outlook does not show {whose}, so no other time is known: {plain(known.dark)}."
    return f"You and {other} have no other free time in the next {view.policy.days_ahead} days."


def looking_for_other_times(view: View) -> Card:
    """What a rep sees between asking for other times and their arrival."""
    return finished(
        [
            head("ANOTHER TIME", view.title, below=f"from {view.name(view.handoff.qualifier)}"),
            told(
                f"Looking where you and {view.first(view.handoff.qualifier)} are both free. "
                "The times appear here in a moment.",
                spacing="Small",
            ),
        ],
        [do("Accept meeting", "accept", view.handoff.id, first=True), send_back(view)],
        says=summary(view, "looking for another time"),
    )


def proposed_card(view: View) -> Card:
    """The rep has proposed another time, and waits for the qualifier."""
    handoff = view.handoff
    assert handoff.proposal
    promise = handoff.owed(Promise.SETTLE)
    by = f" by **{view.soon(promise.due_at)}**{view.first_due(promise)}" if promise else ""
    other = view.first(handoff.qualifier)
    return finished(
        [
            head("PROPOSED", view.title, below=f"from {view.name(handoff.qualifier)}"),
            banner(view.banner),
            told(
                f"You proposed **{words.span(handoff.proposal, view.zone)}** instead of "
                f"{view.soon(view.meeting.span.start)}. {other} says{by} whether it moves.",
                spacing="Small",
            ),
            *why([rule(view, Promise.SETTLE), more(view)]),
        ],
        [do("Accept the first time after all", "accept", handoff.id), send_back(view)],
        says=summary(view, f"you proposed {view.soon(handoff.proposal.start)}"),
    )
