"""What a rep sees who owes an answer, and until a proposed time is settled."""

from collections.abc import Callable, Sequence
from datetime import datetime

from microsoft_teams.cards import Action, ActionSet, CardElement

from cards import words
from cards.elements import (
    Card,
    banner,
    do,
    facts,
    finished,
    opens,
    plain,
    radio,
    submit,
    together,
    told,
    why,
)
from cards.heading import heading
from cards.news import News, for_rep, said_yes_by_itself
from cards.reasons import obstacle, why_not_other_times
from cards.sending_back import cannot_take, no_stand_in, send_back
from cards.sending_letters import send_reply
from cards.surroundings import (
    deed_lines,
    introduction_line,
    leader_line,
    moved_line,
    not_moved_line,
    prospect_line,
    untold_line,
    ways,
)
from cards.verbs import Verb
from cards.view import View
from cards.why import ahead, counted, more, origin, prepared, rule, summary
from handoff.calendar import Conflict
from handoff.draft import INVITE_GONE
from handoff.model import Commitment, Step
from handoff.policy import Promise
from handoff.proposing import may_propose

AT_ONCE = 3  # times that are a tap each; the others are behind a button

TROUBLE = {
    "waiting": "Outlook is not answering just now. Baton keeps trying; nothing is lost.",
    "invite_gone": "The invitation is no longer in your Outlook calendar.",
    "coming": "Outlook sends you the invitation once more. This card says when it is there.",
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
    if handoff.asks(view.viewer.id) and handoff.others is None:
        return _looking(view)
    news = for_rep(view)
    kicker, urgent = _kicker(view, promise, news)
    body: list[CardElement | None] = [
        heading(
            view,
            kicker,
            view.title,
            below=f"from {view.name(handoff.qualifier)}",
            colour="Attention" if urgent else "Accent",
        ),
        banner(view.banner),
        _when(view, promise),
        facts(view.brief()),
        *deed_lines(view),
        moved_line(view),
        untold_line(view),
        not_moved_line(view),
        told(_in_the_way(view), size="Small"),
        trouble_line(view),
        _not_yet_a_yes(view),
        prospect_line(view),
        leader_line(view),
        introduction_line(view),
        ways(view, handoff.qualifier),
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
    mine = handoff.others_of(view.viewer.id)
    lost = invite_again(view)
    first = lost is None and not mine
    accept = do("Accept meeting", "accept", handoff.id, first=first, meets=view.meets)
    if mine:
        body += [
            *other_times(view, first=lost is None),
            *why_not_other_times(view, handoff.others_refused),
        ]
        leave = leave_time(view)
        actions: list[Action | None] = [
            *(lost, accept, no_stand_in(view), send_reply(view), leave),
            *(cannot_take(view), send_back(view)),
        ]
    else:
        if mine is not None:
            body.append(told(no_other(view), size="Small"))
            body += why_not_other_times(view, handoff.others_refused)
        another = may_propose(view.case) and mine is None
        actions = [
            lost,
            accept,
            no_stand_in(view),
            send_reply(view),
            do("Another time", "another_time", handoff.id) if another else None,
            None if mine is None else leave_time(view),
            cannot_take(view),
            send_back(view),
        ]
    if news and news.asks and promise.due_at > view.at:
        return finished(body, actions, says=summary(view, news.words))
    said = news.words if news and not news.asks else ""
    asks = "please answer" if said else "answer"
    return finished(body, actions, says=summary(view, asks, promise, news=said))


def leave_time(view: View) -> Action | None:
    """For whoever asked for other times: the meeting stays where it is, and the list goes."""
    if not view.handoff.asks(view.viewer.id):
        return None
    return do(f"Leave it {view.soon(view.meeting.span.start)}", "leave_time", view.handoff.id)


def trouble_line(view: View) -> CardElement | None:
    """What is wrong with what the rep has in Outlook."""
    code = view.handoff.trouble
    if code == INVITE_GONE and view.meeting.moving:
        code = "coming"
    return told(TROUBLE[code], size="Small") if code in TROUBLE else None


def answer_by(view: View, asked: Commitment) -> CardElement:
    """By when a yes is owed, or was."""
    when = f"**{view.soon(asked.due_at)}**"
    late = asked.due_at <= view.at
    return told(f"Your answer was due {when}." if late else f"Answer by {when}.", spacing="Small")


def invite_again(view: View, *, first: bool = True) -> Action | None:
    """For a rep whose copy of the invitation is gone, and for who invited them, until it is on its
    way.
    """
    handoff = view.handoff
    if handoff.trouble != INVITE_GONE or view.meeting.moving:
        return None
    whom = "me" if view.viewer.id == handoff.rep else view.first(handoff.rep)
    return do(f"Invite {whom} again", "invite_again", handoff.id, first=first)


def about_mail(view: View) -> list[str]:
    """By which rule a reply to the introduction is owed."""
    owed = view.handoff.owed(Promise.REPLY)
    if owed is None:
        return []
    kept = "Your mail in that conversation keeps it; Baton reads who wrote to whom, never a body."
    return [f"{rule(view, Promise.REPLY)} {kept} {ahead(view, owed)}"]


def _kicker(view: View, promise: Commitment, news: News | None) -> tuple[str, bool]:
    """What has happened, and how late it is."""
    before = f"{news.kicker} · " if news else ""
    if promise.due_at <= view.at:
        return f"{before}WAITING FOR YOU SINCE {view.soon(promise.due_at).upper()}", True
    if promise.reached is Step.REMINDER:
        return f"{before or 'STILL OPEN · '}ANSWER BY {view.soon(promise.due_at).upper()}", True
    return (news.kicker, news.urgent) if news else ("NEW MEETING FOR YOU", False)


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
        answer_by(view, promise),
        told(view.sum(promise), size="Small", subtle=True, spacing="None"),
    )


def _in_the_way(view: View) -> str:
    """What is in the rep's own calendar at that time, each with its reason."""
    found = view.meeting.obstacles
    if found is None:
        return ""
    blocking = [obstacle(o, view.zone, view.at) for o in found if o.blocks]
    elsewhere = any(o.why is Conflict.ELSEWHERE for o in found)
    note = " You work elsewhere then, which is not in the way." if elsewhere else ""
    if not blocking:
        return f"✓ Your calendar is free at that time.{note}"
    return f"In your calendar at that time: {words.names(blocking)}.{note}"


def _not_yet_a_yes(view: View) -> CardElement | None:
    if said_yes_by_itself(view):
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


def other_times(view: View, *, first: bool = True) -> list[CardElement | None]:
    """One of them may be proposed; the *first* is the highlighted action of the card."""
    other = view.first(view.handoff.qualifier)
    return [
        told(f"Both you and {other} are free then. One tap proposes it:", spacing="Medium"),
        *times(view, "propose", "Propose this time", first=first),
        told(
            f"If {other} moves the meeting there, that counts as your yes.",
            size="Small",
            subtle=True,
        ),
    ]


def times(view: View, verb: Verb, press: str, *, first: bool = True) -> list[CardElement | None]:
    """The other times that were found for whoever looks, in the order of the days."""
    others = sorted(view.handoff.others_of(view.viewer.id) or ())
    titles = [(words.when(start, view.zone), start.isoformat()) for start in others]
    shown = range(len(titles))[:AT_ONCE]
    return [
        there_line(view, others[:AT_ONCE], view.handoff.lead.contact_zone),
        taps(view, verb, titles, shown, name="start", press=press, first=first),
    ]


def taps(
    view: View,
    verb: Verb,
    titles: Sequence[tuple[str, str]],
    shown: Sequence[int],
    *,
    name: str,
    press: str,
    tap: Callable[..., Action] = do,
    first: bool = True,
    sends: Callable[[int], Sequence[CardElement]] = lambda _n: (),
) -> ActionSet:
    """Those that are *shown* a tap each, the others behind a button, in a form which says what the
    first of them *sends*.
    """
    id = view.handoff.id
    buttons: list[Action] = [
        tap(titles[n][0], verb, id, first=first and n == shown[0], **{name: titles[n][1]})
        for n in shown
    ]
    if later := [n for n in range(len(titles)) if n not in shown]:
        choices = [titles[n] for n in later]
        buttons.append(
            opens(
                "later_times",
                "More times…",
                id,
                lambda: (
                    [radio(name, "When", choices, value=choices[0][1]), *sends(later[0])],
                    [submit(press, verb, id)],
                ),
            )
        )
    return ActionSet(spacing="Small", actions=buttons)


def there_line(view: View, starts: Sequence[datetime], abroad: str) -> CardElement | None:
    """What these times are where the prospect is; nothing where the clocks agree."""
    there = [words.elsewhere(start, abroad, view.zone) for start in starts]
    if not any(there):
        return None
    clocks = [one.rpartition(" in ")[0] for one in there]
    said = clocks[0] if len(set(clocks)) == 1 else ", ".join(clocks)
    return told(f"In {words.city(abroad)}: {said}", size="Small", subtle=True, spacing="None")


def no_other(view: View) -> str:
    """A calendar that cannot be read is not free, which is not the same as full."""
    pair = (view.handoff.qualifier, view.handoff.rep)
    beside = next(one for one in pair if one != view.viewer.id)
    other = view.first(beside)
    for person in (view.viewer.id, beside or ""):
        if (known := view.case.people.get(person)) and known.dark:
            whose = "your calendar" if person == view.viewer.id else f"the calendar of {other}"
            return f"Outlook does not show {whose}, so no other time is known: {plain(known.dark)}."
    return f"You and {other} have no other free time in the next {view.policy.days_ahead} days."


def _looking(view: View) -> Card:
    """What a rep sees between asking for other times and their arrival."""
    return finished(
        [
            heading(
                view, "ANOTHER TIME", view.title, below=f"from {view.name(view.handoff.qualifier)}"
            ),
            told(
                f"Looking where you and {view.first(view.handoff.qualifier)} are both free. "
                "The times appear here in a moment.",
                spacing="Small",
            ),
        ],
        [
            do("Accept meeting", "accept", view.handoff.id, first=True, meets=view.meets),
            leave_time(view),
            cannot_take(view),
            send_back(view),
        ],
        says=summary(view, "looking for another time"),
    )


def settled_by(view: View) -> str:
    """By when the qualifier says whether it moves; once that has passed, when it was due, and who
    was asked to decide.
    """
    handoff, other = view.handoff, view.first(view.handoff.qualifier)
    owed = handoff.owed(Promise.SETTLE)
    if owed is None:
        return f"{other} says whether it moves."
    by = f"**{view.soon(owed.due_at)}**{view.first_due(owed)}"
    if owed.due_at > view.at:
        return f"{other} says by {by} whether it moves."
    asked = [c for c in handoff.commitments if c.open and c.about == owed.n]
    decides = f" {view.name(asked[-1].who)} has been asked to decide." if asked else ""
    return f"{other} was to say by {by} whether it moves, and has not.{decides}"


def proposed_card(view: View) -> Card:
    """The rep has proposed another time, and waits for the qualifier."""
    handoff = view.handoff
    assert handoff.proposal
    return finished(
        [
            heading(view, "PROPOSED", view.title, below=f"from {view.name(handoff.qualifier)}"),
            banner(view.banner),
            *deed_lines(view),
            told(
                f"You proposed **{words.span(handoff.proposal, view.zone)}** instead of "
                f"{view.soon(view.meeting.span.start)}. {settled_by(view)}",
                spacing="Small",
            ),
            *why([rule(view, Promise.SETTLE), more(view)]),
        ],
        [
            do("Accept the first time after all", "accept", handoff.id, meets=view.meets),
            cannot_take(view),
            send_back(view),
        ],
        says=summary(view, f"you proposed {view.soon(handoff.proposal.start)}"),
    )
