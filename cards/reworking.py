"""The qualifier decides what becomes of a lead that was sent back."""

from microsoft_teams.cards import CardElement

from cards import named, words
from cards.changing import correct, decide_by, mend, move
from cards.choosing import choosing_card, ending, search_inputs
from cards.elements import (
    Card,
    banner,
    facts,
    finished,
    opens,
    plain,
    radio,
    said,
    submit,
    together,
    told,
    why,
)
from cards.forms import Targets
from cards.giving import can_take, could_not, give_lead
from cards.going_out import sent_by_giving
from cards.heading import heading
from cards.news import BACK, came_back, not_moved_back, open_since
from cards.since_back import SAYS_SINCE, sat_alone, since_then, tell_them
from cards.surroundings import address_line, deed_lines, leader_line, prospect_line, ways
from cards.view import View
from cards.why import ahead, counted, more, rule, summary
from handoff.clocks import too_near
from handoff.correcting import not_yet_told
from handoff.draft import (
    AWAY,
    BY_RULE,
    INVITE_GONE,
    MOVED_PAST,
    NOT_ENDED,
    NOT_INVITED,
    NOT_MOVED,
    THERE_AFTER_ALL,
    UNABLE,
    UNSETTLED,
    YES_SINCE,
)
from handoff.handing_over import looking, stands
from handoff.policy import Promise
from handoff.prospect import SILENT

SENT_AGAIN = frozenset(
    {UNSETTLED, INVITE_GONE, NOT_INVITED, BY_RULE, NOT_MOVED, MOVED_PAST, NOT_ENDED}
)
"""Why a lead is back though its rep has said nothing against it."""

STAYS = "Nothing is called off by looking: the meeting stands until you tap a time."


def rework_card(view: View, targets: Targets) -> Card:
    """Why it came back, and what may be done: move it, mend it, give it to another, or end
    it; while other times are looked for, those.
    """
    handoff = view.handoff
    if looking(handoff):
        return choosing_card(view, targets)
    promise = handoff.owed(Promise.REWORK)
    assert promise
    first = view.first(handoff.rep)
    free = named.reps(view, can_take(view))
    rep = view.case.people.get(handoff.rep or "")
    brief = handoff.reason == "brief"
    # Whoever sends a meeting back has no use for it once more, unless it is the brief.
    again = brief or handoff.trouble in SAYS_SINCE or handoff.reason in SENT_AGAIN
    here = rep is not None and rep.present
    again = again and here
    there = handoff.trouble == THERE_AFTER_ALL
    title = "Correct and send again" if again and not there else f"Send to {first} again…"
    over = handoff.meeting is None or handoff.meeting.span.start <= view.at
    press = f"Find another time with {first}" if over else f"Send to {first} again"
    fix = mend(view, title, press, first=again)
    news, asked_for, alone = came_back(view), looks_for_stand_in(view), sat_alone(view)
    stands_ = stands(handoff, view.at)
    lit = not again and not free
    moves = move(view, first=lit)
    give = (
        opens(
            "another_rep",
            "Give to another rep",
            handoff.id,
            lambda: (
                [
                    radio(
                        "rep", "Free at the same time", free, value=free[0][1], needed="Choose one"
                    ),
                    *sent_by_giving(view, free[0][1], one_of=len(free)),
                ],
                [submit("Give it", "give_to", handoff.id, meets=view.meets)],
            ),
            first=not again,
        )
        if free
        else opens(
            "other_times",
            "Look for times…" if stands_ else "Find another time…",
            handoff.id,
            lambda: (
                [
                    told(f"{_nobody(view)}{' ' + STAYS if stands_ else ''}", size="Small"),
                    *search_inputs(view, targets),
                ],
                [submit("Find times", "find_times", handoff.id)],
            ),
            first=lit and moves is None,
        )
    )
    taken_back = there or (handoff.reason == AWAY and handoff.trouble == YES_SINCE)
    refused = not_moved_back(view)
    told_why = refused or (handoff.reason == NOT_INVITED and handoff.trouble not in SAYS_SINCE)
    said_first = f"Nobody was there. {news.words}" if alone else news.words
    return finished(
        [
            heading(
                view,
                f"NOBODY WAS THERE · {news.kicker}"
                if alone
                else news.kicker + open_since(view, promise),
                view.title,
                below=view.name(handoff.rep),
                colour="Attention",
            ),
            banner(view.banner),
            told(asked_for, spacing="Small") if asked_for else _found_nobody(view),
            tell_them(view),
            together(
                *(
                    [told(f"**{plain(view.reason())}**")]
                    if (handoff.reason in BACK and not taken_back) or refused
                    else []
                ),
                decide_by(view, promise),
                told(view.sum(promise), size="Small", subtle=True, spacing="None"),
            ),
            said(handoff.trouble) if handoff.trouble and told_why else None,
            since_then(view),
            _proposed(view),
            said(f"“{handoff.note}”", italic=True) if handoff.note else None,
            facts(view.brief()) if brief else None,
            could_not(view),
            *_still_there(view),
            *deed_lines(view),
            _prospects_word(view),
            leader_line(view) if handoff.meeting else None,
            address_line(view),
            ways(view, handoff.rep),
            *why(
                [
                    rule(view, Promise.REWORK),
                    counted(view, promise),
                    ahead(view, promise),
                    more(view),
                ]
            ),
        ],
        [
            *([fix] if again else []),
            *([give, moves] if free else [moves, give]),
            correct(view),
            fix if here and not again else None,
            give_lead(view, targets),
            ending(view),
        ],
        says=summary(view, "a stand-in is looked for", news=news.words)
        if asked_for
        else summary(view, "decide what becomes of it", promise, news=said_first),
    )


def _nobody(view: View) -> str:
    """Why nobody can have it at its time."""
    meeting = view.handoff.meeting
    if meeting is None or meeting.span.start <= view.at:
        return "Its time is over. Another time may be with another rep."
    if view.handoff.stand_ins is None:
        return "Still looking who is free at that time."
    if too_near(view.case, view.at):
        return "It is too near for a colleague to be asked."
    return "Nobody else is free at that time and at work before it."


def looks_for_stand_in(view: View) -> str:
    """That it goes to whoever is free, while calendars are read for that; empty in any other
    case.
    """
    handoff, meeting = view.handoff, view.handoff.meeting
    by_rule = handoff.reason == BY_RULE and view.policy.routing.breach_reassigns
    ahead = meeting is not None and meeting.span.start > view.at
    if handoff.stand_ins is not None or too_near(view.case, view.at):
        return ""
    if not ahead or not (handoff.reason in UNABLE or by_rule):
        return ""
    return (
        "Looking who else is free at that time: it goes to them. Where nobody is, it is yours to "
        "decide, and this card says so."
    )


def _found_nobody(view: View) -> CardElement | None:
    """That nobody was found to stand in, where somebody was looked for."""
    looked = view.handoff.reason in UNABLE or view.handoff.reason == BY_RULE
    waits = view.handoff.stand_ins is None and not too_near(view.case, view.at)
    if not looked or waits or can_take(view):
        return None
    return told(_nobody(view), spacing="Small")


def _proposed(view: View) -> CardElement | None:
    """Another time that its rep had proposed, and nobody had settled before it went back."""
    handoff = view.handoff
    asked, settle = handoff.last(Promise.ANSWER), handoff.last(Promise.SETTLE)
    if settle is None or (asked and asked.n > settle.n):
        return None
    start = settle.not_before
    if start is None or start <= view.at:
        return None
    rep = view.first(handoff.rep)
    return told(f"{rep} had proposed **{view.soon(start)}** instead.", spacing="Small")


def _prospects_word(view: View) -> CardElement | None:
    """What the prospect says to a meeting that is still in their calendar."""
    meeting = view.handoff.meeting
    if meeting is None or meeting.span.start <= view.at or meeting.prospect in SILENT:
        return None
    return prospect_line(view)


def _still_there(view: View) -> list[CardElement]:
    meeting = view.handoff.meeting
    if meeting is None:
        return []
    span = meeting.was or meeting.span  # as Outlook has it
    if span.start <= view.at:
        return []
    name, was = plain(view.handoff.lead.contact_name), not_yet_told(view.handoff)
    who = f"Whoever has {plain(was)}" if was else name
    return [
        told(
            f"{who} still expects {words.span(span, view.zone)}. "
            + (f"{name} gets the invitation with what you do next. " if was else "")
            + "If you end it, Outlook cancels the meeting.",
            size="Small",
            spacing="Small",
        )
    ]
