"""Somebody responsible says that a colleague is away: *away Rosa until Thu*."""

import re
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.baton import Baton, says
from bot.click import Click
from bot.verbs import Verbs
from cards.elements import Card, plain
from cards.lists import line_card
from cards.words import day
from handoff import addresses
from handoff.effects import TellAway
from handoff.errors import NotOfferedError, NotYoursError
from handoff.hours import DAY, Span
from handoff.model import Person, Role
from store import absences

SAID = re.compile(
    r"(?:away|abwesend|absente?|ausente) (.{1,60}) "
    r"(?:until|till|bis|jusqu['’](?:à|au)|hasta(?: el)?|até) (.{2,20})"
)
"""In each language of the package; the title of the command is what Teams types."""
FURTHEST = timedelta(days=60)
HOW = "Say *away Rosa until Thu*: a colleague's name, and the day on which they are back."
WEEKDAYS = (
    ("monday", "montag", "lundi", "lunes", "segunda"),
    ("tuesday", "dienstag", "mardi", "martes", "terça"),
    ("wednesday", "mittwoch", "mercredi", "miércoles", "quarta"),
    ("thursday", "donnerstag", "jeudi", "jueves", "quinta"),
    ("friday", "freitag", "vendredi", "viernes", "sexta"),
    ("saturday", "samstag", "samedi", "sábado"),
    ("sunday", "sonntag", "dimanche", "domingo"),
)
HERE = "Thank you. You are here, and everybody who waits for you reads it."


def command(said: str) -> str | None:
    """What was said, as ours: "away rosa until thu", or "away" alone. None for something else."""
    found = SAID.fullmatch(said)
    return f"away {found[1]} until {found[2]}" if found else ("away" if said == "away" else None)


async def mark(baton: Baton, by: str, said: str, once: str) -> Card:
    """The colleague is away from now until the day that was named, is told, and can take it back.

    Raises NotYoursError for whoever is neither their manager nor waits for them with a lead,
    NotOfferedError where nobody, or more than one, is called so, or the day is none.
    """
    viewer = await baton.person(by)
    found = SAID.fullmatch(said)
    if found is None:
        raise NotOfferedError(HOW)
    person = _called(found[1], list((await baton.stores.people.everyone()).values()))
    await _may(baton, viewer, person)
    now = baton.now()
    until = _until(found[2], person, now)
    async with baton.stores.door.open() as tx:
        if await baton.stores.heard.is_new(tx, once):
            span = Span(now, until)
            await absences.are(baton.stores, tx, person.id, at=now, said=[span])
            await baton.stores.people.said_away(tx, person.id, by)
            tx.follow(TellAway(person.id))
    return line_card(
        f"{plain(person.name)} is away until {day(until, person.hours.zone)}. Their clocks wait, "
        f"they get no new leads, and they are told that you said so. To have a colleague take a "
        "meeting of theirs: *why* and its number."
    )


async def i_am_here(baton: Baton, click: Click) -> Card:
    """Whoever was said to be away takes it back."""
    person = await baton.person(click.by)
    async with baton.stores.door.open() as tx:
        says(tx, click, "line here")
        if await baton.stores.heard.is_new(tx, click.once):
            await absences.are(baton.stores, tx, person.id, at=click.at, said=[])
            by = await baton.stores.people.said_away(tx, person.id, None)
            if by:
                tx.follow(TellAway(by, back=person.id))
    return line_card(HERE)


def _called(name: str, everyone: Sequence[Person]) -> Person:
    typed = name.lower()
    for known in (
        [
            p
            for p in everyone
            if typed == p.name.lower() or addresses.one(name) == addresses.one(p.mail)
        ],
        [p for p in everyone if p.first_name.lower() == typed],
    ):
        if len(known) == 1:
            return known[0]
        if known:
            names = ", ".join(sorted(plain(p.name) for p in known))
            raise NotOfferedError(f"There are several: {names}. Please say the whole name.")
    raise NotOfferedError(f"Nobody here is called {plain(name)}. {HOW}")


async def _may(baton: Baton, viewer: Person, person: Person) -> None:
    if person.id == viewer.id:
        raise NotOfferedError("For yourself, set automatic replies in Outlook. Baton sees them.")
    manages = Role.MANAGER in viewer.roles and viewer.id in person.managers
    if not manages and not await baton.stores.lookups.waits_for(viewer.id, person.id):
        raise NotYoursError(
            f"That is for the managers of {plain(person.name)}, and for whoever has a lead with "
            "them. Nothing has changed."
        )


def _until(typed: str, person: Person, at: datetime) -> datetime:
    """The midnight at which that day begins where they are."""
    zone = ZoneInfo(person.hours.zone)
    today = at.astimezone(zone).date()
    wanted = _day(typed, today)
    if wanted is None or wanted <= today:
        raise NotOfferedError(f"Please name a day to come: Thu, or 2026-03-05. {HOW}")
    until = datetime.combine(wanted, time(), zone).astimezone(at.tzinfo)
    if until - at > FURTHEST:
        raise NotOfferedError(f"Please name a day within the next {FURTHEST.days} days.")
    return until


def _day(typed: str, today: date) -> date | None:
    """A date, or the next day of the week that begins so in any of the languages."""
    try:
        return date.fromisoformat(typed)
    except ValueError:
        pass
    begins = typed.rstrip(".").removesuffix("-feira")
    meant = [
        n for n, names in enumerate(WEEKDAYS) if any(name.startswith(begins) for name in names)
    ]
    if len(meant) != 1 or len(begins) < 2:
        return None
    return today + DAY * ((meant[0] - today.weekday() - 1) % 7 + 1)


VERBS: Verbs = {"i_am_here": i_am_here}
