"""How did it go? One click of the rep's, with what Teams says of who was there."""

from datetime import timedelta

from microsoft_teams.cards import Action, CardElement

from cards import words
from cards.elements import Card, banner, do, finished, opens, plain, row, told, why
from cards.heading import heading
from cards.news import taken_over
from cards.surroundings import deed_lines
from cards.view import View
from cards.why import ahead, counted, more, rule, summary
from handoff.meeting_outcome import suggested
from handoff.model import MeetingOutcome
from handoff.policy import Promise

TITLES = {
    MeetingOutcome.TOOK_PLACE: "It took place",
    MeetingOutcome.PROSPECT_ABSENT: "The prospect did not come",
    MeetingOutcome.REP_ABSENT: "I could not be there",
    MeetingOutcome.MOVED: "It was moved",
    MeetingOutcome.CANCELLED: "It was cancelled",
}
SAID = {
    MeetingOutcome.TOOK_PLACE: "it took place",
    MeetingOutcome.PROSPECT_ABSENT: "the prospect did not come",
    MeetingOutcome.REP_ABSENT: "the rep could not be there",
    MeetingOutcome.MOVED: "it was moved",
    MeetingOutcome.CANCELLED: "it was cancelled",
}
"""As others read it, and in the timeline."""

SHOWN = (MeetingOutcome.TOOK_PLACE, MeetingOutcome.PROSPECT_ABSENT)


def meeting_outcome_card(view: View, send_back: Action) -> Card:
    """The question, with the likeliest answer highlighted where Teams tells who was there."""
    handoff = view.handoff
    owed = handoff.owed(Promise.OUTCOME)
    assert owed
    likely = suggested(handoff.attendance, view.policy.attended)
    first = likely or MeetingOutcome.TOOK_PLACE
    order = [first, *(one for one in SHOWN if one is not first)][:2]
    others = [one for one in MeetingOutcome if one not in order]
    late = owed.due_at <= view.at
    news = taken_over(view)
    kicker = f"OPEN SINCE {view.soon(owed.due_at).upper()}" if late else "AFTER THE MEETING"
    kicker = news.kicker if news and not late else kicker
    return finished(
        [
            heading(
                view,
                kicker,
                view.title,
                below=words.when(view.meeting.span.start, view.zone),
                colour="Attention" if late else "Accent",
            ),
            banner(view.banner),
            told(
                f"How did it go? Please say{view.by(owed)}; then choose what "
                f"comes next with {plain(handoff.lead.contact_name)}.",
                spacing="Small",
            ),
            *deed_lines(view),
            present_line(view),
            *why(
                [
                    rule(view, Promise.OUTCOME),
                    counted(view, owed),
                    ahead(view, owed),
                    more(view),
                ]
            ),
        ],
        [
            *(
                do(TITLES[one], "how_it_went", handoff.id, first=one is first, outcome=one.value)
                for one in order
            ),
            opens(
                "what_happened",
                "Other…",
                handoff.id,
                lambda: (
                    [
                        told("What happened?", spacing="Medium"),
                        *(
                            row(TITLES[one], "how_it_went", handoff.id, outcome=one.value)
                            for one in others
                        ),
                    ],
                    [],
                ),
            ),
            send_back,
        ],
        says=summary(view, "say how it went", owed),
    )


def present_line(view: View) -> CardElement | None:
    """Who was there and for how long, as Teams reports it."""
    found = view.handoff.attendance
    if found is None:
        return None
    rep = "you" if view.handoff.rep == view.viewer.id else view.first(view.handoff.rep)
    there = [
        f"{who} {words.minutes(stayed)}"
        for who, stayed in ((rep, found.rep), ("others", found.guests))
        if stayed > timedelta()
    ]
    line = words.names(there) if there else "nobody stayed"
    begun, ended = (words.clock(at, view.zone) for at in (found.begun, found.ended))
    return told(
        f"Teams reports {begun} to {ended}: {line}.", size="Small", subtle=True, spacing="Small"
    )
