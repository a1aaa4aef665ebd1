"""Who is out of office: by automatic replies, and by their calendar.

Everyone's is read with who is who. In between, a calendar in which something of the person's own
changed is read again, twenty in a request, and so are the automatic replies of whoever owes an
answer or soon meets a prospect, and of whoever decides on a meeting that nobody takes.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from itertools import islice

import structlog
from procrastinate import JobContext

from graph.errors import BusyError, DeniedError, GoneError, NoMailboxError
from graph.people import Mailbox
from graph.schedule import MOST_MAILBOXES, Day
from handoff import addresses
from handoff.effects import SeeAbsences
from handoff.hours import Span
from jobs.rate_limiter import rate_limiter
from jobs.services import Services
from jobs.tasks import task
from store import absences

log = structlog.get_logger()

AHEAD = timedelta(days=30)  # that calendars are read for out of office
SOON = timedelta(days=2)  # before a meeting, from when on its rep's replies are read each hour
TRIES, PAUSE = 3, 1  # of a mailbox that is busy, and the seconds before the second of them
SILENT = "Outlook does not answer for this mailbox"
EACH = timedelta(minutes=55)  # a little less than between two runs that read them


Told = Callable[[int, int], None]
"""How many of how many mailboxes have been asked."""


@task(SeeAbsences, cron="*/30 * * * *")
async def see_absences(context: JobContext, do: SeeAbsences) -> None:
    """Absences that may be new are known, and what they mean for handoffs is decided."""
    services = Services.of(context)
    now = services.now()
    stirred = await services.stores.people.stirred(now)
    days = await days_of(services, {id: person.mail for id, person in stirred.items()}, now)
    for id, day in days.items():
        if day.dark is None:
            await are(services, id, at=now, absent=day.away)
    async with services.stores.door.open() as tx:
        await services.stores.subscriptions.calm(tx, stirred, now)
    restless = await services.stores.people.restless(now, SOON, EACH)
    settings = await settings_of(services, dict.fromkeys(restless), now)
    for id, mailbox in settings.items():
        if mailbox.dark is None:
            await are(services, id, at=now, replies=mailbox.replies)


async def are(
    services: Services,
    person: str,
    *,
    at: datetime,
    replies: Iterable[Span] | None = None,
    absent: Iterable[Span] | None = None,
) -> None:
    """The absences of *person* are these. Where that is news, their handoffs follow it."""
    async with services.stores.door.open() as tx:
        await absences.are(services.stores, tx, person, at=at, replies=replies, absent=absent)


async def settings_of(
    services: Services,
    people: Mapping[str, str | None],
    at: datetime,
    told: Told = lambda _done, _all: None,
) -> Mapping[str, Mailbox]:
    """The mailbox settings of *people*, id to country, at a steady pace: twenty in a second, so
    *told* hears how far it is.

    A mailbox that stays busy is dark: it stops nobody else. Raises BusyError when all of them are.
    """
    found = await _settings(services, people, at, told)
    for again in range(1, TRIES):
        silent = {id: country for id, country in people.items() if id not in found}
        if not silent:
            return found
        await asyncio.sleep(PAUSE * again)
        found |= await _settings(services, silent, at, told)
    if people and not found:
        raise BusyError("no mailbox answers")
    return {id: found.get(id) or Mailbox(dark=SILENT) for id in people}


async def _settings(
    services: Services, people: Mapping[str, str | None], at: datetime, told: Told
) -> dict[str, Mailbox]:
    limiter, found, left = rate_limiter(MOST_MAILBOXES), dict[str, Mailbox](), iter(people.items())
    asked = 0
    while some := dict(islice(left, MOST_MAILBOXES)):
        await limiter.acquire(len(some))
        found |= await services.outlook.directory.mailboxes(some, at)
        asked += len(some)
        told(asked, len(people))
    return found


async def days_of(services: Services, mails: Mapping[str, str], at: datetime) -> Mapping[str, Day]:
    """What the calendars of people say of the next weeks, by id; *mails* are id to address.

    Each twenty are asked for in the name of one of them, and where that mailbox does not answer,
    of another. Where its calendar turns out not to be readable, nothing is known of the twenty,
    which changes nothing. Raises BusyError.
    """
    limiter, found, left = rate_limiter(), dict[str, Day](), iter(mails.items())
    while some := dict(islice(left, MOST_MAILBOXES)):
        await limiter.acquire()
        try:
            days = await _schedules(services, some, at)
        except (DeniedError, NoMailboxError, GoneError) as error:
            log.warning("absences not read", why=str(error))
            continue
        found |= {id: days[addresses.one(mail)] for id, mail in some.items()}
    return found


async def _schedules(
    services: Services, mails: Mapping[str, str], at: datetime
) -> Mapping[str, Day]:
    askers = list(mails)[:TRIES]
    for asker in askers:
        try:
            return await services.outlook.schedules.read(
                asker, list(mails.values()), at, at + AHEAD
            )
        except BusyError as error:
            if error.throttled or asker == askers[-1]:
                raise
    return {}
