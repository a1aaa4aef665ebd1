"""Why a lead is back, in words, where the reason is Baton's own. Pure."""

from collections.abc import Mapping

from handoff.draft import (
    AWAY,
    BY_RULE,
    GIVEN_BACK,
    INVITE_GONE,
    LEFT,
    MOVED_ONTO,
    MOVED_PAST,
    NO_ANSWER,
    NOT_ENDED,
    NOT_INVITED,
    NOT_MOVED,
    TAKEN_OFF,
    TURNED_DOWN,
    UNANSWERED,
    UNSETTLED,
)

BATON_REASONS: Mapping[str, str] = {
    NO_ANSWER: "There was no answer before the meeting began",
    UNSETTLED: "The other time was not settled before the meeting began",
    MOVED_ONTO: "It was moved in Outlook to where the rep has something else",
    NOT_MOVED: "Outlook could not be told of the other time before the meeting",
    MOVED_PAST: "It was moved in Outlook to a time that is over",
    TAKEN_OFF: "The rep was taken off the meeting in Outlook",
    INVITE_GONE: "The invitation is no longer in the rep's calendar",
    BY_RULE: "The rep's mailbox declined by itself",
    TURNED_DOWN: "The prospect said no to the invitation",
    NOT_ENDED: "A manager found that the lead goes on",
    GIVEN_BACK: "The rep's manager gave it back: nothing was said of it after the meeting",
    UNANSWERED: "A manager gave it back: there was no answer",
    NOT_INVITED: "The rep does not have the invitation",
    AWAY: "The rep is out of office then, and nobody has taken it",
    LEFT: "The rep is no longer here",
}
