"""Calendars of several people as the rules read them: Outlook's, and what Baton itself holds."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from handoff.model import Person
from handoff.times import Availability
from jobs.services import Services

LONGEST = timedelta(days=61)  # that Outlook answers for at once


async def availability(
    services: Services, asker: Person, people: Sequence[Person], start: datetime, days: int
) -> Mapping[str, Availability]:
    """Who is free when, by id, for *days* days from *start*; in *asker*'s name.

    One request for every twenty. Whoever's calendar cannot be read is left out, for it is not
    free, and remembered as dark; who can be read again is no longer.
    """
    end = start + min(timedelta(days=days + 1), LONGEST)
    read = await services.schedules.read(asker.id, [p.mail for p in people], start, end)
    held = await services.handoffs.reserved([p.id for p in people], start, end)
    found: dict[str, Availability] = {}
    for person in people:
        day = read[person.mail.lower()]
        if day.dark != person.dark:
            await services.people.is_dark(person.id, day.dark)
        if day.dark is None:
            found[person.id] = Availability(
                person=person.id, hours=person.hours, busy=(*day.busy, *held[person.id])
            )
    return found
