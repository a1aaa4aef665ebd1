"""Whoever was said to be away reads it, and takes it back in one click."""

from datetime import datetime

from cards import words
from cards.elements import Card, do, finished, head, plain, told, why
from handoff.model import Person

RULE = (
    "A manager, or a qualifier who waits for you with a lead, may say that you are away, so that "
    "nothing is counted against you. You are told each time, and what you say yourself counts."
)


def away_card(person: Person, by: Person | None, until: datetime) -> Card:
    """For the one who is said to be away."""
    who = plain(by.name) if by else "A colleague"
    back = words.day(until, person.hours.zone)
    return finished(
        [
            head("SAID TO BE AWAY", f"Until {back}"),
            told(
                f"{who} told Baton that you are away until {back}. Until then no clock of yours "
                "runs, and no new lead comes to you.",
                spacing="Small",
            ),
            *why([RULE]),
        ],
        [do("I am here", "i_am_here", first=True)],
        says=f"{who} told Baton that you are away until {back}",
    )


def back_card(person: Person) -> Card:
    """For the one who said so."""
    return finished(
        [
            head("HERE AFTER ALL", plain(person.name)),
            told(
                f"{plain(person.first_name)} says that they are here: their clocks run again.",
                spacing="Small",
            ),
        ],
        says=f"{plain(person.name)} is here after all",
    )
