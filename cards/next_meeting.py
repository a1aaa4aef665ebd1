"""A rep books a later meeting with the same prospect: times to choose from, as for the first."""

from collections.abc import Sequence

from microsoft_teams.cards import Action

from cards import words
from cards.choosing import (
    answer,
    choose_another,
    fallen_through,
    how_chosen,
    left_out,
    looking_card,
)
from cards.elements import Card, day, finished, opens, submit, why
from cards.forms import meeting_input
from cards.news import fell_through
from cards.reasons import why_not_other_times
from cards.view import View
from cards.why import ahead, more, rule, summary
from handoff.policy import Promise

HOW = (
    "A meeting with the prospect is booked as the first one was: it stands in the calendar of the "
    "qualifier, who invites you and the prospect, with time to prepare. Your choice is your yes."
)


def next_meeting_card(view: View, others: Sequence[Action]) -> Card:
    """While calendars are read, that; then the times that were found. *others* are what the rep may
    do instead.
    """
    handoff = view.handoff
    search = handoff.search
    assert search
    if search.found is None:
        return looking_card(view, search, others)
    owed, another = handoff.owed(Promise.NEXT_STEP), choose_another(view, search)
    today, later = words.date(view.at, view.zone), search.wanted.isoformat()
    return finished(
        [
            *answer(view, search, fell_through(view), fallen_through(view)),
            left_out(view, search),
            *([] if another else why_not_other_times(view, search.refused)),
            *why(
                [
                    HOW,
                    how_chosen(view),
                    rule(view, Promise.NEXT_STEP),
                    ahead(view, owed) if owed else "",
                    more(view),
                ]
            ),
        ],
        [
            another,
            opens(
                "other_days",
                "Other days",
                handoff.id,
                lambda: (
                    [
                        day("wanted", "From this day on", value=later, least=today),
                        meeting_input(view.policy, search.type),
                    ],
                    [submit("Find times", "find_times", handoff.id)],
                ),
                first=not search.found,
            ),
            *others,
        ],
        says=summary(view, "choose a time for the next meeting", owed),
    )
