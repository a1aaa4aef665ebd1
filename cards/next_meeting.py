"""A rep books a later meeting with the same prospect: times to choose from, as for the first."""

from collections.abc import Sequence

from microsoft_teams.cards import Action, CardElement

from cards import words
from cards.choosing import answer, how_chosen, left_out, looking_card
from cards.elements import Card, day, finished, opens, plain, said, submit, told, why
from cards.forms import meeting_input
from cards.news import fell_through
from cards.reasons import why_not_other_times
from cards.view import View
from cards.why import ahead, more, rule, summary
from handoff.draft import TURNED_DOWN
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
    owed = handoff.owed(Promise.NEXT_STEP)
    today, later = words.date(view.at, view.zone), search.wanted.isoformat()
    return finished(
        [
            *answer(view, search, fell_through(view)),
            *fallen_through(view),
            left_out(view, search),
            *why_not_other_times(view, search.refused),
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


def fallen_through(view: View) -> list[CardElement]:
    """Why a later meeting that was booked will not be; nothing where none has fallen through."""
    handoff = view.handoff
    if handoff.meeting is not None:
        return []
    who = plain(handoff.lead.contact_name)
    if handoff.reason == TURNED_DOWN:
        line = f"{who} said no to the invitation, which is called off. Your time is free again."
        return [told(line, spacing="Small")]
    if handoff.trouble:
        return [told("The invitation was not sent:", spacing="Small"), said(handoff.trouble)]
    return [told("The next meeting was called off in Outlook.", spacing="Small")]
