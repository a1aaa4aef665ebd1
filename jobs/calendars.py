"""What looks like a phantom in calendars, with all that Baton knows of the people in them."""

from collections.abc import Mapping, Sequence

from handoff import addresses
from handoff.calendar import Event, Finding
from handoff.model import Person
from handoff.phantoms import Company, Left, find
from handoff.policy import CalendarRules
from jobs.services import Services


async def phantoms(
    services: Services, person: Person, events: Sequence[Event], rules: CalendarRules
) -> Mapping[str, Finding]:
    """What looks like a phantom among *events* of one calendar, by event id; no request is made.

    What the person has called real before is none.
    """
    company = await company_of(services, rules)
    found = find(events, at=services.now(), company=company, rules=rules)
    quiet = set((await services.stores.weeks.silenced([person.id]))[person.id])
    keys = {event.id: event.key for event in events}
    return {id: f for id, f in found.items() if (keys[id], f.kind) not in quiet}


async def company_of(services: Services, rules: CalendarRules) -> Company:
    """Our mail domains, and who is known to have left."""
    everyone = await services.stores.people.everyone()
    domains = {addresses.one(p.mail).rpartition("@")[2] for p in everyone.values() if "@" in p.mail}
    return Company(
        domains=frozenset(domains | {addresses.domains(one)[0] for one in rules.domains}),
        left=await services.stores.weeks.leavers(services.now()),
    )


async def learn_who_left(services: Services, company: Company, events: Sequence[Event]) -> None:
    """Whoever is named in *events* and not known to be here is asked about, all at once.

    Whoever was asked about in the last days is not asked about again. An address that is nobody's
    account may be a group's, a contact's or a public folder's: unknown is not gone. Gone is whoever
    was once seen to have an account.
    """
    here = await services.stores.people.everyone()
    known = {addresses.one(mail) for p in here.values() for mail in p.mails} | here.keys()
    mails = {mail for event in events for mail in _named(event) if company.knows(mail)}
    ids = {event.link_by for event in events if event.link_by}
    lately = await services.stores.weeks.asked_lately(services.now())
    asked = sorted(n for n in (mails | ids) - lately if addresses.one(n) not in known)
    if asked:
        accounts = await services.outlook.leavers.accounts(
            [name for name in asked if "@" in name], [name for name in asked if "@" not in name]
        )
        gone = await services.stores.weeks.were_users([n for n in asked if n not in accounts])
        gone -= await services.outlook.leavers.groups([one for one in gone if "@" in one])
        left = {name: Left.DISABLED for name, there in accounts.items() if not there}
        left |= dict.fromkeys(gone, Left.GONE)
        async with services.stores.door.open() as tx:
            await services.stores.weeks.left(tx, asked, left, accounts.keys(), services.now())


def _named(event: Event) -> Sequence[str]:
    """Who must be there for the event to be worth anything."""
    if not event.mine:
        return [event.organizer]
    return [one.mail for one in event.attendees if not one.room]
