"""What a rep sees who has accepted: the meeting, how it went, and each next step."""

from collections.abc import Sequence
from datetime import timedelta

from microsoft_teams.cards import Action, ActionSet, CardElement

from cards import words
from cards.another_time import another_time, instead_of_it
from cards.answering import (
    about_mail,
    invite_again,
    trouble_line,
)
from cards.choosing import fallen_through
from cards.contest import contest_lines, putting_right
from cards.deals import deal_lines, which_deal
from cards.elements import (
    Card,
    banner,
    day,
    do,
    finished,
    opens,
    plain,
    radio,
    submit,
    told,
    why,
)
from cards.endings import HOW, end_it
from cards.heading import heading
from cards.meeting_outcome import SAID, meeting_outcome_card, present_line
from cards.news import News, after, fell_through, for_rep, is_silent, reply_owed
from cards.next_meeting import next_meeting_card
from cards.progress import about_progress, stalled, stalled_line
from cards.sending_back import cannot, send_back
from cards.sending_letters import confirm, rebook, send_reply
from cards.surroundings import (
    ask_to_send_again,
    deed_lines,
    introduction_line,
    leader_line,
    not_moved_line,
    prep_line,
    prospect_line,
    untold_line,
    ways,
)
from cards.view import View
from cards.why import OWED, ahead, confirmed, more, origin, prepared, rule, summary
from handoff.answering import said_yes
from handoff.clocks import follow_up_from
from handoff.delivery import UNASKED
from handoff.draft import INVITE_GONE
from handoff.following import planned_then
from handoff.letters import missed, rebooking
from handoff.model import Commitment, Letter, State
from handoff.policy import Promise, QuickAction

KINDS = {"call": "Call", "mail": "Mail", "meeting": "Meeting"}

NEXT_DAYS = 3  # at work, for each of which there is a button
FAR = timedelta(days=14)  # within which they are


def accepted_card(view: View) -> Card:
    """The meeting is the rep's; until Outlook says so too, it is on its way."""
    handoff = view.handoff
    promise = said_yes(handoff)
    sure = handoff.state is State.ACCEPTED
    planned = planned_lines(view)
    news = for_rep(view)
    lost = invite_again(view) or ask_to_send_again(view)
    asking = confirm(view, first=lost is None)
    reply = send_reply(view, first=asking is None and lost is None)
    pressing: list[Action] = [action for action in (lost, asking, reply) if action]
    changing: list[Action] = [action for action in (instead_of_it(view), cannot(view)) if action]
    quick = _quick(view, first=not (pressing or planned))
    room = MOST_ACTIONS - 1
    owes = reply_owed(view)
    since = promise and (promise.ended_at or promise.said_at)
    at = f" on {view.soon(since)}" if since else ""
    if handoff.trouble == INVITE_GONE and sure:
        line = f"You said yes{at}, and that stands."
    elif sure and handoff.again:
        line = "In your Outlook calendar as accepted: you chose this time, or offered it."
    elif sure:
        line = f"In your Outlook calendar as accepted. You said yes{at}."
    else:
        line = f"You said yes{at}. Outlook is being told; this card changes once it has confirmed."
    return finished(
        [
            heading(
                view,
                news.kicker if news else "ACCEPTED" if sure else "ACCEPTING",
                view.title,
                below=words.when(view.meeting.span.start, view.zone),
                colour=news.colour if news else "Accent",
            ),
            banner(view.banner),
            told(line, spacing="Small"),
            *deed_lines(view),
            trouble_line(view),
            untold_line(view),
            not_moved_line(view),
            prep_line(view),
            prospect_line(view),
            leader_line(view),
            introduction_line(view),
            ActionSet(spacing="Small", actions=pressing) if pressing else None,
            *another_time(view),
            ways(view, handoff.qualifier, join=True),
            ActionSet(spacing="Small", actions=changing) if changing else None,
            *planned,
            told("Next step", bold=True, spacing="Medium"),
            told("One click books it in your first free time.", size="Small", subtle=True),
            *why(
                [
                    origin(view),
                    *about_mail(view),
                    prepared(view),
                    confirmed(view),
                    rule(view, Promise.FOLLOW_UP),
                    more(view),
                ]
            ),
        ],
        [
            *quick[:room],
            _other(
                view,
                giving_back=True,
                answering=reply is not None,
                more=quick[room:],
            ),
        ],
        says=_accepted_says(view, news, owes),
    )


def _accepted_says(view: View, news: News | None, owes: Commitment | None) -> str:
    """What has happened, and what is owed."""
    if owes is None:
        return summary(view, news.words if news else "accepted")
    silent = news.words if news and is_silent(view) else ""
    return summary(view, "answer the introduction", owes, news=silent)


MOST_ACTIONS = 6  # of a card, in Teams


def following_card(view: View) -> Card:
    """After the meeting: how it went, and what comes next."""
    handoff = view.handoff
    if handoff.owed(Promise.OUTCOME):
        return meeting_outcome_card(view, send_back(view))
    if handoff.again:
        return next_meeting_card(view, [_other(view, giving_back=True, ending=True)])
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
    still = stalled(view)
    # What has come to nothing is answered by another meeting.
    writes = rebook(view, first=still is None)
    another = still or fell_through(view)
    meet = [_meet(view, first=writes is None or still is not None)] if another else []
    steps = [one for one in ((*meet, writes) if still else (writes, *meet)) if one]
    quick = _quick(view, first=owed is not None and not steps)
    room = 3 - len(steps)
    news = after(view)
    urgent = still is not None or (news is not None and news.urgent)
    wrong = putting_right(view)  # below what answers the first line
    kicker = "AFTER THE MEETING" if owed else "FOLLOWING UP"
    kicker = news.kicker if news else "NO PROGRESS" if still else kicker
    line = (
        f"What comes next with {plain(handoff.lead.contact_name)}? Please choose{view.by(owed)}."
        if owed
        else "Your next step is in your calendar."
    )
    sent = rebooking(handoff) if missed(handoff) else None
    if sent and not owed:
        line = _offered_times(view, sent)
    return finished(
        [
            heading(
                view,
                kicker,
                view.title,
                below=words.when(handoff.meeting.span.start, view.zone) if handoff.meeting else "",
                colour="Attention" if urgent else "Accent",
            ),
            banner(view.banner),
            *fallen_through(view),
            stalled_line(view, still),
            told(_went(view), size="Small", spacing="Small") if handoff.meeting_outcome else None,
            *deal_lines(view),
            None if urgent else wrong,
            *contest_lines(view),
            present_line(view),
            told(f"Your mail was not sent. {plain(sent.refused)}", size="Small")
            if sent and sent.refused
            else None,
            *deed_lines(view),
            told(line, spacing="Small"),
            *planned_lines(view),
            *why(
                [
                    rule(view, Promise.NEXT_STEP),
                    ahead(view, owed) if owed else "",
                    *about_progress(view),
                    HOW,
                    more(view),
                ]
            ),
        ],
        [
            *steps,
            *quick[:room],
            _other(view, giving_back=True, ending=True, more=quick[room:]),
            *((wrong.actions or ()) if wrong and urgent else ()),
        ],
        says=_asks(view, still),
    )


def _offered_times(view: View, sent: Letter) -> str:
    """What was written to a prospect who did not come, and what then happens by itself."""
    name = plain(view.handoff.lead.contact_name)
    if sent.sent_at is None:
        return f"Your mail to {name} is on its way."
    line = f"You wrote to {name} {view.soon(sent.sent_at)}."
    if view.policy.prospect_moves:
        line += " The time they choose is in your calendar then, and you hear of it here."
    return line


def _asks(view: View, still: Commitment | None) -> str:
    """What is owed after a meeting, the most pressing two of it: that nothing comes of it first."""
    standing_by = {*UNASKED, Promise.FOLLOW_UP, *([] if still else [Promise.PROGRESS])}
    owed = [c for c in view.handoff.commitments if c.waiting and c.who == view.viewer.id]
    owed = [c for c in owed if c.what not in standing_by]
    asked = sorted(owed, key=lambda c: (c.what is not Promise.PROGRESS, c.due_at))[:2]
    if not asked:
        return summary(view, "following up")
    *first, last = asked
    before = "".join(f"{OWED[c.what].lower()} by {view.soon(c.due_at)}" for c in first)
    return summary(view, OWED[last.what].lower(), last, news=before)


def _went(view: View) -> str:
    assert view.handoff.meeting_outcome
    return f"You said: {SAID[view.handoff.meeting_outcome]}."


def _did_it(view: View, asked: Commitment) -> Card:
    handoff = view.handoff
    assert asked.span
    kind = KINDS.get(asked.kind or "", "Follow-up")
    late = asked.due_at <= view.at
    still = stalled(view)
    return finished(
        [
            heading(
                view,
                f"OPEN SINCE {view.soon(asked.due_at).upper()}" if late else "DID IT HAPPEN?",
                view.title,
                below=words.when(asked.span.start, view.zone),
                colour="Attention" if late else "Accent",
            ),
            banner(view.banner),
            told(
                f"{kind} with {plain(handoff.lead.contact_name)}, planned for "
                f"**{view.soon(asked.span.start)}**. Please say so{view.by(asked)}.",
                spacing="Small",
            ),
            *deed_lines(view),
            stalled_line(view, still),
            *why(
                [
                    rule(view, Promise.FOLLOW_UP),
                    ahead(view, asked),
                    *about_progress(view),
                    more(view),
                ]
            ),
        ],
        [
            *_done(view, asked),
            _other(view, giving_back=True),
        ],
        says=summary(view, "say so", asked, news=f"did the {kind.lower()} happen?"),
    )


def _done(view: View, asked: Commitment) -> list[Action]:
    """A mail was written; a call got through or not, which counts for how it may end."""
    id = view.handoff.id
    if asked.kind == "mail":
        return [do("Done", "follow_up_done", id, first=True, n=asked.n)]
    return [
        do("We spoke", "follow_up_done", id, first=True, n=asked.n, spoke="yes"),
        do("No answer", "follow_up_done", id, n=asked.n),
    ]


def _meet(view: View, *, first: bool) -> Action:
    """Times for another meeting with the prospect: the highlighted one where nothing has come of
    all else.
    """
    tomorrow = words.date(view.at, view.zone, 1)
    return do("Meet again", "follow_up", view.handoff.id, first=first, kind="meeting", day=tomorrow)


def planned_lines(view: View) -> list[CardElement]:
    """The rep's follow-ups that are not done yet, and when their calendar has them."""
    lines: list[CardElement] = []
    for promise in view.handoff.commitments:
        if promise.what is not Promise.FOLLOW_UP or not promise.open:
            continue
        kind = KINDS.get(promise.kind or "", "Follow-up")
        if promise.event and promise.span:
            at = words.span(promise.span, view.zone)
            lines.append(told(f"✓ {kind} booked: **{at}**", spacing="Small"))
        elif promise.event:
            moving = "a meeting was moved onto it; looking for your next free time…"
            lines.append(told(f"{kind}: {moving}", spacing="Small"))
        else:
            lines.append(told(f"{kind}: looking for your first free time…", spacing="Small"))
    return lines


def _quick(view: View, *, first: bool) -> list[Action]:
    """Follow-ups in one click, as the policy has them, but for what is planned for that day; the
    first is the highlighted one.
    """
    hours = view.viewer.hours

    def planned(action: QuickAction) -> bool:
        start = follow_up_from(action, hours, view.at)
        return planned_then(view.handoff, action.kind, start, hours.zone)

    return [
        do(
            _title(view, action),
            "follow_up",
            view.handoff.id,
            first=first and number == 0,
            action=action.code,
        )
        for number, action in enumerate(
            action
            for action in view.policy.quick_actions
            if (action.kind != "meeting" or view.handoff.state is State.FOLLOWING)
            and not planned(action)
        )
    ]


DAYS_AT_WORK, DAYS_OFF = 5, 2  # of a usual week: five days at work are “in a week”


def _title(view: View, action: QuickAction) -> str:
    """As the policy calls it; where the days that it counts are no days at work, by its day."""
    hours = view.viewer.hours
    start = follow_up_from(action, hours, view.at)
    whole_weeks = action.days // DAYS_AT_WORK
    counted = words.date(view.at, hours.zone, action.days + DAYS_OFF * whole_weeks)
    if action.weekday is not None or words.date(start, hours.zone) == counted:
        return action.title
    on = words.when(start, view.zone) if action.at else words.day(start, view.zone)
    return f"{KINDS.get(action.kind, 'Follow-up')} {on}"


def _other(
    view: View,
    *,
    giving_back: bool,
    ending: bool = False,
    answering: bool = False,
    more: Sequence[Action] = (),
) -> Action:
    """Everything else, behind one button: *more* in one click, a follow-up on another day, nothing
    more, send back.
    """
    id = view.handoff.id
    return opens(
        "other",
        "Other…",
        id,
        lambda: (
            [
                *([ActionSet(actions=list(more))] if more else []),
                _kind(view),
                _days(view),
            ],
            [
                *([do("I have answered it", "replied_otherwise", id)] if answering else []),
                *([end_it(view)] if ending else []),
                *([deal] if (deal := which_deal(view)) else []),
                *([send_back(view)] if giving_back else []),
            ],
        ),
    )


def _kind(view: View) -> CardElement:
    over = view.handoff.state is State.FOLLOWING  # before that, a meeting is ahead
    kinds = [(title, kind) for kind, title in KINDS.items() if over or kind != "meeting"]
    return radio("kind", "What", kinds, value="call")


def _days(view: View) -> CardElement:
    """The next days at work, a tap for each; any other is chosen."""
    id, today = view.handoff.id, words.date(view.at, view.zone)
    ahead = [one.start for one in view.viewer.hours.spans(view.at, view.at + FAR)]
    days = {words.date(at, view.zone): words.day(at, view.zone) for at in ahead}
    next_days = [one for one in days.items() if one[0] > today][:NEXT_DAYS]
    tomorrow = words.date(view.at, view.zone, 1)
    another = opens(
        "another_day",
        "Another day…",
        id,
        lambda: (
            [_kind(view), day("day", "On", value=tomorrow, least=today)],
            [submit("Book it", "follow_up", id)],
        ),
    )
    return ActionSet(
        spacing="Small",
        actions=[
            *(
                submit(
                    "Tomorrow" if on == tomorrow else title,
                    "follow_up",
                    id,
                    first=n == 0,
                    day=on,
                )
                for n, (on, title) in enumerate(next_days)
            ),
            another,
        ],
    )
