"""Calendars of several people as the rules read them: Outlook's, and what Baton itself holds."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from graph.errors import DeniedError, NoMailboxError, UnsupportedError
from graph.views import DARK
from handoff import addresses
from handoff.calendar import Event, Finding, at_home, taken
from handoff.model import Person
from handoff.policy import CalendarRules
from handoff.times import Availability
from handoff.week import Line, Standing, Week
from jobs.services import Services

log = structlog.get_logger()

LONGEST = timedelta(days=61)  # that Outlook answers for at once
WHOLE_DAY = timedelta(days=1)  # before: west of Greenwich one that Outlook has ended is not over
UNSEEN = frozenset(DARK.values())  # by Graph, whatever a schedule says: it is passed on from afar
LOOKED = timedelta(days=8)  # what was seen in a calendar before that says nothing any more


async def availability(
    services: Services,
    asker: Person,
    people: Sequence[Person],
    *,
    start: datetime,
    days: int,
    rules: CalendarRules,
) -> Mapping[str, Availability]:
    """Who is free when, by id, for *days* days from *start*; in *asker*'s name.

    One request for every twenty; what looks like a phantom is known from the last look at each
    calendar, and costs none. Whoever's calendar cannot be read is left out, for it is not free,
    and remembered as dark; who can be read again is no longer. Outlook also tells when people are
    free whose mailboxes Graph does not open, such as those on-premises: they are dark until who is
    who is read anew. Raises GraphError where *asker* may not ask, BusyError.
    """
    end = start + min(timedelta(days=days + 1), LONGEST)
    try:
        read = await services.outlook.schedules.read(
            asker.id, [p.mail for p in people], start - WHOLE_DAY, end
        )
    except (DeniedError, NoMailboxError) as error:
        async with services.stores.door.open() as tx:
            await services.stores.people.is_dark(tx, asker.id, DARK[type(error)])
        raise
    except UnsupportedError as error:
        log.warning("Graph does not take what Baton asks", why=str(error), see="doctor")
        raise
    reserved = await services.stores.lookups.reserved([p.id for p in people], start, end)
    looked = await services.stores.weeks.newest([p.id for p in people], start - LOOKED)
    found: dict[str, Availability] = {}
    for person in people:
        day = read[addresses.one(person.mail)]
        unseen = person.dark in UNSEEN and person.id != asker.id
        if day.dark != person.dark and not unseen:
            async with services.stores.door.open() as tx:
                await services.stores.people.is_dark(tx, person.id, day.dark)
        if day.dark is None and not unseen:
            events = tuple(at_home(event, person.zone) for event in day.events)
            events, findings = _recognised(events, looked.get(person.id))
            found[person.id] = Availability(
                person=person.id,
                hours=person.hours,
                shown_in=person.shown_in,
                busy=(*taken(events, rules), *reserved[person.id]),
                events=events,
                reserved=reserved[person.id],
                findings=findings,
            )
    return found


def _recognised(
    events: Sequence[Event], week: Week | None
) -> tuple[tuple[Event, ...], Mapping[str, Finding]]:
    """The events with the ids of those that the last look at the calendar found to be phantoms.

    A schedule names no event, and by default no subject either: the time must do, and the subject
    where it is told. Of several at one time without subjects, none is recognised.
    """
    lines = [
        line
        for line in (week.lines if week else ())
        if line.finding and line.standing is Standing.OPEN
    ]
    at = Counter(event.span for event in events)

    def found(event: Event) -> Line | None:
        same = [line for line in lines if line.span == event.span]
        told = [line for line in same if line.subject == event.subject]
        alone = at[event.span] == len(same) == 1 and not event.subject and not event.private
        return next(iter(told or (same if alone else ())), None)

    known = [(event, found(event)) for event in events]
    return (
        tuple(replace(event, id=line.event) if line else event for event, line in known),
        {line.event: line.finding for _, line in known if line and line.finding},
    )
