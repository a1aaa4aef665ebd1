"""Leads run unevenly: what a manager decides about it, and what the rep without leads reads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from microsoft_teams.cards import CardElement

from cards import words
from cards.elements import Card, do, finished, head, plain, told, why
from cards.pledges import aloud
from handoff.model import Person
from handoff.money import Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Famine:
    """A rep without leads, and what would be done about it."""

    id: object
    pool: str
    person: str
    peer: str
    peer_got: int
    days: int
    owed: int  # leads that the correction adds
    effect: tuple[tuple[str, int, int], ...]  # person, of the next leads without and with it
    of: int
    load: int  # points of open deals
    peer_load: int
    peer_worth: Money  # of the peer's leads, as far as it is known
    peer_unknown: int  # of how many it is not


ASKED = (
    "The policy looks at whoever has had no lead for {days} days while a colleague had several, "
    "and asks their manager."
)


def alarm_card(
    famine: Famine,
    *,
    people: Mapping[str, Person],
    asked: Sequence[CardElement] = (),
) -> Card:
    """A manager is told that leads run unevenly, and what would mend it."""

    def name(id: str) -> str:
        person = people.get(id)
        return plain(person.name) if person else "someone who has left"

    effect = [
        f"{name(id)} {with_} instead of {without}"
        for id, without, with_ in famine.effect
        if with_ != without
    ]
    return finished(
        [
            head("NO LEADS FOR A WHILE", name(famine.person), below=plain(famine.pool)),
            told(
                f"{name(famine.person)} got no lead in {famine.days} days, {name(famine.peer)} "
                f"{famine.peer_got} while they were at work, with a like weight.",
                spacing="Small",
            ),
            told(_beside(famine, name(famine.person), name(famine.peer)), spacing="Small"),
            told(
                f"Proposed: {name(famine.person)} is owed {famine.owed} more. "
                f"Of the next {famine.of} leads: {', '.join(effect) or 'no difference'}.",
                spacing="Small",
            ),
            *asked,
            *why([ASKED.format(days=famine.days)]),
        ],
        [
            do("Do it", "answer_alarm", first=True, alarm=str(famine.id), answer="owed"),
            do("Leave it", "answer_alarm", alarm=str(famine.id), answer="left"),
        ],
        says=f"{name(famine.person)} got no lead in {famine.days} days. {aloud(asked)}",
    )


def _beside(famine: Famine, who: str, peer: str) -> str:
    """Load and worth, which say more than a count of leads."""
    more = f", and {famine.peer_unknown} of unknown worth" if famine.peer_unknown else ""
    worth = words.amount(famine.peer_worth)
    known = f"Those leads of {peer} are worth {worth} a year{more}."
    if famine.peer_unknown and not famine.peer_worth.minor:
        known = f"What those leads of {peer} are worth is not known."
    line = f"Open deals: {who} {famine.load} points, {peer} {famine.peer_load}. {known}"
    if famine.load > famine.peer_load:
        line += " A load above the average counts against a turn; it passes as deals end."
    return line


def starved_card(famine: Famine, *, people: Mapping[str, Person], decides: Person) -> Card:
    """The rep in question reads what was found, and who decides."""
    peer = people.get(famine.peer)
    name = plain(peer.name) if peer else "a colleague"
    return finished(
        [
            head("NO LEADS FOR A WHILE", "You", below=plain(famine.pool)),
            told(
                f"You got no lead in {famine.days} days, {name} {famine.peer_got} while you were "
                f"at work, with a like weight. {plain(decides.name)} has been asked whether the "
                f"next leads make up for it.",
                spacing="Small",
            ),
            told(_beside(famine, "you", name), spacing="Small"),
            told("Say *fairness* for the numbers. It is said once.", size="Small", subtle=True),
        ],
        [do("Pool figures", "pool_figures", first=True)],
        says=f"You got no lead in {famine.days} days. {plain(decides.name)} has been asked",
    )
