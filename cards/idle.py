"""A lead with which nothing happens: since when, and what the last was."""

from collections.abc import Mapping
from datetime import datetime

from cards import words
from cards.elements import Card, do, finished, head, plain, told, why
from cards.view import View
from handoff import activity
from handoff.model import Contacted

HOW: Mapping[Contacted, str] = {
    Contacted.CALL: "a call",
    Contacted.MAIL: "a mail",
    Contacted.MEETING: "a meeting",
    Contacted.OTHER: "a message",
}


def last_words(view: View) -> str:
    """What the last was that anybody knows of; empty where nobody does, or nobody has asked."""
    if view.handoff.activity is None:
        return ""
    known = activity.last(view.handoff, view.at)
    if known is None:
        return ""
    return f"Last with the prospect: {HOW[known.how]}, {words.day(known.at, view.zone)}."


def idle_card(view: View, since: datetime) -> Card:
    """For its rep, and for their manager."""
    handoff = view.handoff
    days = (view.at - since).days
    mine = handoff.rep == view.viewer.id
    whose = "you follow it up" if mine else f"{view.name(handoff.rep or handoff.owner)} does"
    known = last_words(view) or f"Nothing is known since {words.day(since, view.zone)}."
    return finished(
        [
            head("IDLE", handoff.lead.company, below=f"no. {handoff.number}"),
            told(
                f"For {days} days there was no call, no mail and no meeting with "
                f"{plain(handoff.lead.contact_name)}, and none is planned; {whose}.",
                spacing="Small",
            ),
            told(known, size="Small", spacing="Small"),
            *why(
                [
                    (
                        "By the company's CRM and by Outlook; of what was said or written nothing "
                        "is read. Its rep and their manager are told once, until something happens."
                    )
                ]
            ),
        ],
        [do("Show the lead", "show", handoff.id, first=True)],
        says=f"Idle: {plain(handoff.lead.company)}",
    )
