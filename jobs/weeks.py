"""The week's calendar check: calendars read twenty at once, cards sent, events freed by a click.

Nothing here changes a calendar but the jobs that a click of its owner has put in the queue:
`free_event`, `restore_event` and `answer_invitation`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import partial

import structlog
from procrastinate import JobContext

from bot.errors import CardGoneError, UnreachableError
from cards.lists import line_card
from cards.week import roll_call_card, week_card
from graph.errors import BusyError, GoneError, GraphError, NoMailboxError, UnsupportedError
from handoff import addresses
from handoff import week as rules
from handoff.calendar import OURS, Event, Shows
from handoff.effects import (
    AnswerInvitation,
    CheckWeeks,
    CloseCard,
    FreeEvent,
    ReadWeeks,
    RestoreEvent,
    RollCall,
    ShowWeek,
)
from handoff.errors import NotOfferedError
from handoff.hours import Span
from handoff.model import Person, Role
from handoff.phantoms import HISTORY, Company, find
from handoff.policy import CalendarRules, Promise
from handoff.week import Line, Standing, Week
from jobs import absences
from jobs.calendars import company_of, learn_who_left
from jobs.messages import not_reached, reach, send, tell
from jobs.pledges import ask, asked, pledged
from jobs.retry import Patient
from jobs.services import Services
from jobs.tasks import task
from store.door import Tx

log = structlog.get_logger()

NOT_TAKEN = (
    "Your calendar cannot be read: Outlook does not take what Baton asks. Your admin is told."
)
TOGETHER = 20  # calendars in one request: Graph takes no more in a batch
ANSWERING = timedelta(hours=2)  # for whoever is asked on Monday, before their manager hears
EARLY = timedelta(hours=4)  # of a manager's first working hours of the week, to hear who confirmed


@task(CheckWeeks, cron="*/15 * * * *")
async def check_weeks(context: JobContext, do: CheckWeeks) -> None:
    """Whose last afternoon of the week it is has their calendar read; managers hear on Monday."""
    services = Services.of(context)
    now, policy = services.now(), await services.stores.policies.current()
    reps = await services.stores.people.with_role(Role.REP)
    due = {
        id: monday
        for id, rep in reps.items()
        if (monday := rules.due(rep.hours, now, policy.calendar))
    }
    stores = services.stores
    waiting = await stores.queue.known(ReadWeeks.name, "people")
    todo = sorted(due.keys() - await stores.weeks.checked(due) - waiting)
    for monday in sorted({due[id] for id in todo}):
        people = [id for id in todo if due[id] == monday]
        await stores.door.follow(
            *(
                ReadWeeks(tuple(people[first : first + TOGETHER]), monday)
                for first in range(0, len(people), TOGETHER)
            )
        )
    for manager in await _managers(services, reps):
        monday = first_hours(manager, now)
        if monday is None:
            continue
        team = {id: reps[id] for id in _team(reps, manager.id)}
        weeks = await stores.weeks.about(list(team), monday)
        if not weeks or not _to_tell(weeks, team) or _just_asked(weeks.values(), manager, now):
            continue
        async with stores.door.open() as tx:
            if await stores.weeks.told(tx, manager.id, monday, now):
                await _settles(services, tx, manager.id, monday, weeks)
                tx.follow(RollCall(manager.id, monday))


async def _settles(
    services: Services, tx: Tx, manager: str, monday: date, weeks: Mapping[str, Week]
) -> None:
    """What is not confirmed is the manager's to settle. What was of the week before is over."""
    pledges, now = services.stores.pledges, services.now()
    about = f"{monday.isoformat()} {manager}"
    await pledges.release(tx, Promise.SETTLE_WEEKS, [manager], about, now)
    if any(not week.empty and not week.confirmed_at for week in weeks.values()):
        await pledges.make(tx, Promise.SETTLE_WEEKS, manager, about=about, to=None, at=now)


def _to_tell(weeks: Mapping[str, Week], team: Mapping[str, Person]) -> bool:
    """Whether there is anything in the team's calendars that a manager could want to hear of."""
    return not all(week.empty and not team[id].dark for id, week in weeks.items())


@task(ReadWeeks)
async def read_weeks(context: JobContext, do: ReadWeeks) -> None:
    """What stands in these calendars is known, and everyone with anything in it has a card.

    One request for up to twenty of them, and one for whoever is named in them and unknown. Without
    *monday* the people want to see it now; otherwise it is the check of the week that begins then.
    """
    services = Services.of(context)
    try:
        assert context.job
        await _read(services, do.people, do.monday, last=context.job.attempts >= absences.TRIES)
    except Exception as error:  # one of twenty calendars is odd; asked one by one it is found
        again = Patient().get_retry_decision(exception=error, job=context.job)
        if again or len(do.people) == 1:
            if do.monday is None and isinstance(error, UnsupportedError):
                await tell(services, do.people[0], line_card(NOT_TAKEN))
            raise
        await services.stores.door.follow(*(ReadWeeks((id,), do.monday) for id in do.people))


async def _read(
    services: Services, people: Sequence[str], monday: date | None, *, last: bool
) -> None:
    now, policy = services.now(), await services.stores.policies.current()
    reps = await services.stores.people.get(people)
    asked = monday is None
    mondays = {id: monday or rules.coming(rep.hours, now) for id, rep in reps.items()}
    done = set() if asked else await services.stores.weeks.checked(mondays)
    todo = {id: rep for id, rep in reps.items() if id not in done}
    if not todo:
        return
    until = max(rules.window(rep.hours, mondays[id], now).end for id, rep in todo.items())
    zones = {id: rep.zone for id, rep in todo.items()}
    read = dict(await services.outlook.views.read(zones, Span(now - HISTORY, until)))
    if silent := zones.keys() - read.keys():
        if not last or (len(zones) > 1 and not read):
            raise BusyError("not every mailbox answers")
        read |= dict.fromkeys(silent, absences.SILENT)
    calendars = {id: found for id, found in read.items() if not isinstance(found, str)}
    company = await _company(services, policy.calendar, todo, calendars)
    quiet = await services.stores.weeks.silenced(list(calendars))
    for id, rep in todo.items():
        dark = found if isinstance(found := read[id], str) else None
        events = calendars.get(id, ())
        checking = partial(
            rules.check,
            person=id,
            hours=rep.hours,
            monday=mondays[id],
            at=now,
            events=events,
            findings=find(events, at=now, company=company, rules=policy.calendar),
            silenced=quiet.get(id, []),
            company=company,
            ours=await services.stores.lookups.asked_about(id),
            asked=asked,
        )
        async with services.stores.door.open() as tx:
            await services.stores.people.is_dark(tx, id, dark)
            week = await services.stores.weeks.check(tx, id, mondays[id], checking)
            if not asked and not week.empty:
                await _promises(services, tx, rep, mondays[id])
            if (asked and not dark) or (not asked and not week.empty):
                tx.follow(ShowWeek(id, mondays[id], alert=True))
        if asked and dark:
            await tell(services, id, line_card(f"Your calendar cannot be read: {dark}."))


async def _promises(services: Services, tx: Tx, rep: Person, monday: date) -> None:
    """The rep owes it to their manager to say whether it is true; the week before is over."""
    pledges, about = services.stores.pledges, monday.isoformat()
    await pledges.release(tx, Promise.CONFIRM_WEEK, [rep.id], about, services.now())
    await pledges.make(
        tx,
        Promise.CONFIRM_WEEK,
        rep.id,
        about=about,
        to=next(iter(rep.managers), None),
        at=services.now(),
    )


async def _company(
    services: Services,
    calendar: CalendarRules,
    people: Mapping[str, Person],
    calendars: Mapping[str, Sequence[Event]],
) -> Company:
    """All that is known of those named in these calendars; the unknown are asked about."""
    now = services.now()
    company = await company_of(services, calendar)
    ahead = [e for found in calendars.values() for e in found if e.span.end > now and e.blocks]
    try:
        await learn_who_left(services, company, ahead)
    except GraphError as error:  # what else there is to see in a calendar is seen all the same
        log.warning("nobody said who has left", why=str(error))
    return replace(
        company,
        left=await services.stores.weeks.leavers(now),
        calendars={
            addresses.one(people[id].mail): frozenset(e.uid for e in found)
            for id, found in calendars.items()
        },
    )


@task(ShowWeek)
async def show_week(context: JobContext, do: ShowWeek) -> None:
    """The person's card of that week is as it now stands; with *alert* it is posted anew."""
    services = Services.of(context)
    reader = await services.stores.people.find(do.person)
    week = await services.stores.weeks.of(do.person, do.monday)
    if reader is None or week is None or not (do.alert or week.activity):
        return
    card = week_card(
        week,
        reader,
        managers=await services.stores.people.get(reader.managers[:1]),
        rules=(await services.stores.policies.current()).calendar,
        at=services.now(),
        promised=await pledged(services, Promise.CONFIRM_WEEK, do.monday.isoformat(), do.person),
    )
    if do.alert or week.activity is None:
        before = week.activity

        async def also(tx: Tx, posted: str | None) -> None:
            if before and before != posted:
                tx.follow(CloseCard(do.person, None, before))
            await services.stores.weeks.change_in(
                tx, do.person, do.monday, lambda now: rules.carded(now, posted)
            )

        asks = week.sent_at is not None and week.confirmed_at is None
        posted = await send(services, do.person, card, last=context, asks=asks, also=also)
        await asked(
            services,
            Promise.CONFIRM_WEEK,
            do.monday.isoformat(),
            do.person,
            reached=posted is not None,
            last=context,
        )
        return
    try:
        await services.messenger.edit(await reach(services, do.person), week.activity, card)
    except CardGoneError:
        return
    except UnreachableError as error:
        await not_reached(services, do.person, error)


@task(FreeEvent)
async def free_event(context: JobContext, do: FreeEvent) -> None:
    """The event is shown as free, with a category that says who did it and why. Never deleted.

    Not if it has changed since the person was asked: then the card says so.
    """
    services = Services.of(context)
    week, line, reader = await _line(services, do.person, do.monday, do.event)
    if line.standing is not Standing.FREEING:
        return
    found = await _found(services, week, do.event, reader)
    if found is None:
        return
    now, mark = found
    ours = _category(reader, line)
    if ours not in now.categories:  # not yet done by a job that died before it could say so
        if not rules.unchanged(line, now):
            await _stands(services, week, do.event, Standing.CHANGED)
            return
        await services.stores.weeks.change(
            do.person, week.monday, lambda w: rules.noted(w, do.event, was=now.shows)
        )
        try:
            await services.outlook.views.show_as(
                do.person, do.event, Shows.FREE, [*now.categories, ours], mark
            )
        except (GoneError, NoMailboxError):
            await _stands(services, week, do.event, Standing.GONE)
            return
    await services.stores.weeks.change(
        do.person, week.monday, lambda w: rules.freed(w, do.event, at=services.now())
    )


@task(RestoreEvent)
async def restore_event(context: JobContext, do: RestoreEvent) -> None:
    """The event stands as it did before it was freed, unless its owner has changed that since."""
    services = Services.of(context)
    week, line, reader = await _line(services, do.person, do.monday, do.event)
    if line.standing is not Standing.RESTORING:
        return
    found = await _found(services, week, do.event, reader)
    if found is None:
        return
    now, mark = found
    kept = [name for name in now.categories if not name.startswith(f"{OURS}: ")]
    shows = (line.was or Shows.BUSY) if now.shows is Shows.FREE else now.shows
    try:
        await services.outlook.views.show_as(do.person, do.event, shows, kept, mark)
    except (GoneError, NoMailboxError):
        await _stands(services, week, do.event, Standing.GONE)
        return
    await _stands(services, week, do.event, Standing.RESTORED)


@task(AnswerInvitation)
async def answer_invitation(context: JobContext, do: AnswerInvitation) -> None:
    """The person's click is their answer to the invitation, and its organizer hears of it."""
    services = Services.of(context)
    week, line, reader = await _line(services, do.person, do.monday, do.event)
    yes = line.standing is Standing.ACCEPTING
    if not yes and line.standing is not Standing.DECLINING:
        return
    done = Standing.ACCEPTED if yes else Standing.DECLINED
    try:
        now, _ = await services.outlook.views.one(do.person, do.event, reader.zone)
        if now.response == ("accepted" if yes else "declined"):
            pass  # done by a job that died before it could say so
        elif not rules.unchanged(line, now):
            done = Standing.CHANGED
        elif yes:
            await services.outlook.calendar.accept(do.person, do.event)
        else:
            await services.outlook.calendar.decline(do.person, do.event, "")
    except (GoneError, NoMailboxError):
        done = Standing.GONE if yes else Standing.DECLINED  # declining takes it out
    await _stands(services, week, do.event, done)


@task(RollCall)
async def roll_call(context: JobContext, do: RollCall) -> None:
    """A manager sees once a week which of their reps have said that their calendar is true."""
    services = Services.of(context)
    manager = await services.stores.people.find(do.person)
    reps = await services.stores.people.with_role(Role.REP)
    of = do.of or do.person
    team = {id: reps[id] for id in _team(reps, of)}
    weeks = await services.stores.weeks.about(list(team), do.monday)
    about = f"{do.monday.isoformat()} {of}"
    promised = await pledged(services, Promise.SETTLE_WEEKS, about, do.person)
    if manager is None or not (promised or _to_tell(weeks, team)):
        return
    async with services.stores.door.open() as tx:
        await services.stores.read_audit.record(tx, do.person, team, "roll_call", services.now())
    card = roll_call_card(team, weeks, do.monday, of=of, promised=promised)
    await ask(services, Promise.SETTLE_WEEKS, about, do.person, card, last=context)


def first_hours(person: Person, at: datetime) -> date | None:
    """The Monday of this week in its owner's first working hours, otherwise None."""
    monday = rules.coming(person.hours, at) - timedelta(days=7)
    start = rules.window(person.hours, monday - timedelta(days=7), at).end
    first = person.hours.next_at_work(start)
    return monday if first <= at < first + EARLY and person.hours.at_work(at) else None


def _just_asked(weeks: Iterable[Week], manager: Person, at: datetime) -> bool:
    """Whether somebody was asked only now, because nobody was on Friday, and can still answer
    within the manager's first hours.
    """
    asked = [week.sent_at for week in weeks if week.sent_at and not week.confirmed_at]
    soon = first_hours(manager, at + timedelta(minutes=30)) is not None
    return soon and any(at - one < ANSWERING for one in asked)


async def _managers(services: Services, reps: Mapping[str, Person]) -> list[Person]:
    ids = {rep.managers[0] for rep in reps.values() if rep.managers}
    return [one for one in (await services.stores.people.get(sorted(ids))).values() if one.present]


def _team(reps: Mapping[str, Person], manager: str) -> list[str]:
    return [id for id, rep in reps.items() if rep.managers[:1] == (manager,)]


async def _line(
    services: Services, person: str, monday: date, event: str
) -> tuple[Week, Line, Person]:
    week = await services.stores.weeks.of(person, monday)
    reader = await services.stores.people.find(person)
    if week is None or reader is None:
        raise NotOfferedError
    return week, week.line(event), reader


async def _found(
    services: Services, week: Week, event: str, reader: Person
) -> tuple[Event, str] | None:
    """The event as it is, and the mark of this version; None where it is gone, which is noted."""
    try:
        return await services.outlook.views.one(week.person, event, reader.zone)
    except (GoneError, NoMailboxError):
        await _stands(services, week, event, Standing.GONE)
        return None


async def _stands(services: Services, week: Week, event: str, standing: Standing) -> None:
    await services.stores.weeks.change(
        week.person, week.monday, lambda now: rules.stands(now, event, standing)
    )


def _category(person: Person, line: Line) -> str:
    """Who freed the event and why. Outlook parts categories at commas, so there is none in it."""
    assert line.finding
    why = line.finding.kind.replace("_", " ")
    return f"{OURS}: freed by {person.name} ({why})".replace(",", " ")[:255]
