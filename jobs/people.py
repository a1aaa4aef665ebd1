"""Who is who: the policy's groups and people, as Entra and Outlook have them."""

from collections.abc import Collection, Mapping
from datetime import date, datetime, time, timedelta

import structlog
from procrastinate import JobContext

from graph.errors import AmbiguousError, GoneError
from graph.people import Account, Mailbox
from graph.schedule import Day
from handoff import addresses
from handoff.effects import AskToAgree, SyncPeople, SyncPeopleWhenDue
from handoff.hours import WorkingTime
from handoff.model import Person, Role
from handoff.routing.check import Flaw
from jobs import absences, leaving
from jobs.services import Services
from jobs.tasks import task
from policy import reading
from policy.days_off import holidays_of
from policy.file import PolicyFile
from store.policies import NoPolicyError
from store.successors import still_in_it

log = structlog.get_logger()

Roles = dict[str, tuple[set[Role], set[str]]]  # name or id to roles and pools

GROUP = "group:"
USUAL = WorkingTime(zone="UTC", days=frozenset(range(5)), start=time(9), end=time(17))
SHOWN = 10  # names of those who are gone
SYNCED = "sync_people"  # the beat, one for each version of the policy
PAST = timedelta(days=30)
HOLIDAYS = timedelta(days=400)


@task(SyncPeopleWhenDue, cron="7 * * * *")
async def sync_people_when_due(context: JobContext, do: SyncPeopleWhenDue) -> None:
    """Who is who is read anew as often as the policy says, and at once when the policy changed."""
    services = Services.of(context)
    policy_ = await services.stores.policies.current()
    last = await services.stores.beats.last(f"{SYNCED} {policy_.version}")
    if last is None or services.now() - last >= policy_.sync:
        await services.stores.door.follow(SyncPeople())


@task(SyncPeople)
async def sync_people(context: JobContext, do: SyncPeople) -> None:
    """Everyone whom the policy names, and their managers, are known with their working hours."""
    await sync(Services.of(context))


async def sync(services: Services, told: absences.Told = lambda _done, _all: None) -> list[str]:
    """As the task; *told* hears how far it is. Returns what could not be found, in words for an
    admin.
    """
    file = reading.read_kept(await services.stores.policies.text())
    groups, problems = await _groups(services, file)
    named = await _named(services, file, groups)
    accounts, more = await _found(services, named)
    problems += more
    roles, people = _there(named, accounts)
    now = services.now()
    version = (await services.stores.policies.current()).version
    if shrunk := await _shrunk(services, roles):
        log.warning("people are gone from the groups of the policy", why=shrunk, see="doctor")
        return [shrunk, *problems]
    await _still_in_it(services, roles, people)
    problems += await _managers(services, roles, people)
    present = [people[id] for id in roles]
    countries = {a.id: a.country for a in present}
    mailboxes = await absences.settings_of(services, countries, now, told)
    days = await absences.days_of(
        services, {a.id: a.mail for a in present if mailboxes[a.id].dark is None}, now
    )
    regions = {pool.code: pool.holidays for pool in file.pools}
    async with services.stores.door.open() as tx:
        gone = await services.stores.people.replace_all(
            tx,
            [
                _person(
                    account,
                    mailbox=mailboxes[account.id],
                    day=days.get(account.id),
                    roles=roles[account.id],
                    regions=regions,
                    now=now,
                )
                for account in present
            ],
            now,
        )
        await services.stores.people.groups_read(tx, groups, now)
        await leaving.settle(services, tx, gone, now)
    flaws = [flaw.words for flaw in reading.check(file, _in_pools(file, present, roles))]
    for account in present:
        day = days.get(account.id)
        await absences.are(
            services,
            account.id,
            at=now,
            replies=None if mailboxes[account.id].dark else mailboxes[account.id].replies,
            absent=day.away if day and day.dark is None else None,
        )
    async with services.stores.door.open() as tx:
        await services.stores.beats.beat(tx, f"{SYNCED} {version}", now)
        asked = await services.stores.fairness.to_ask(tx, now)
        tx.follow(*[AskToAgree(person) for person in asked])
    if problems:
        log.warning("the policy names people in vain", count=len(problems), see="doctor")
    if flaws:
        log.warning("the policy has flaws", count=len(flaws), see="doctor")
    return problems


async def wrong(services: Services) -> tuple[list[str], list[str]]:
    """Whom the policy in force names in vain, and what its rules lack for those who are there.

    In words for an admin. Nothing is written down. Raises BusyError, GraphError.
    """
    in_force = reading.read_kept(await services.stores.policies.text())
    problems, flaws = await checked(services, in_force)
    return problems, [flaw.words for flaw in flaws]


async def checked(services: Services, file: PolicyFile) -> tuple[list[str], list[Flaw]]:
    """As `wrong`, of a file that need not be in force."""
    groups, problems = await _groups(services, file)
    named = await _named(services, file, groups)
    accounts, more = await _found(services, named)
    roles, there = _there(named, accounts)
    shrunk = await _shrunk(services, roles)
    problems = [*([shrunk] if shrunk else []), *problems, *more]
    problems += await _managers(services, roles, there)
    present = [there[id] for id in roles]
    return problems, reading.check(file, _in_pools(file, present, roles))


def _there(
    named: Roles, accounts: Mapping[str, Account | None]
) -> tuple[Roles, dict[str, Account]]:
    """Roles and pools by id of everyone whose account is alive; and all accounts by id."""
    roles: Roles = {}
    for name, (as_, in_) in named.items():
        if (account := accounts[name]) and account.enabled:
            known = roles.setdefault(account.id, (set(), set()))
            known[0].update(as_)
            known[1].update(in_)
    return roles, {a.id: a for a in accounts.values() if a}


async def _found(
    services: Services, named: Roles
) -> tuple[Mapping[str, Account | None], list[str]]:
    """Whom the policy names, as Entra has them, and what is wrong with it."""
    accounts = dict(await services.outlook.directory.accounts(list(named)))
    problems = [
        f"{name} is now {account.mail}: the policy should say so"
        for name, account in accounts.items()
        if account
        and addresses.one(name)
        not in map(addresses.one, (account.id, account.mail, account.sign_in))
    ]
    problems += await _renamed(services, accounts)
    problems += [f"{name}: Entra knows no such person" for name, a in accounts.items() if not a]
    there = {a.id: a for a in accounts.values() if a}
    problems += [f"{a.mail}: the account is disabled" for a in there.values() if not a.enabled]
    return accounts, problems


async def _still_in_it(services: Services, roles: Roles, people: dict[str, Account]) -> None:
    """Whom the policy names no longer but who have something open are here without a role, as long
    as their account is alive: they keep what they still owe, and may do nothing else.

    *roles* and *people* grow by them.
    """
    others = await still_in_it(services.stores.reads) - roles.keys()
    found = await services.outlook.directory.accounts(sorted(others - people.keys()))
    people |= {a.id: a for a in found.values() if a}
    for id in others & people.keys():
        if people[id].enabled:
            roles[id] = (set(), set())


async def _managers(services: Services, roles: Roles, people: dict[str, Account]) -> list[str]:
    """Everyone above those with *roles* is a manager, as long as their account is alive.

    *roles* and *people* grow by them; returns in words whose account is not.
    """
    chain = {m for id in roles for m in people[id].managers}
    bosses = await services.outlook.directory.accounts(sorted(chain - people.keys()))
    people |= {a.id: a for a in bosses.values() if a}
    problems = []
    for manager in sorted(chain & people.keys()):
        if people[manager].enabled:
            roles.setdefault(manager, (set(), set()))[0].add(Role.MANAGER)
        elif manager in {a.managers[0] for a in map(people.__getitem__, roles) if a.managers}:
            problems.append(
                f"{people[manager].mail}: the account of a manager is disabled, and the next above "
                "decides; give their people another manager in Entra"
            )
    return problems


async def _shrunk(services: Services, roles: Roles) -> str | None:
    """What to tell an admin when so many are gone at once that the answer may well be wrong.

    Entra answers about groups from an index that lags behind. What is gone because the policy has
    changed was meant so.
    """
    try:
        policy = await services.stores.policies.current()
    except NoPolicyError:
        return None
    if await services.stores.beats.last(f"{SYNCED} {policy.version}") is None:
        return None
    everyone = await services.stores.people.everyone()
    before = {id for id, person in everyone.items() if person.roles - {Role.MANAGER}}
    gone = before - roles.keys()
    if len(gone) <= max(1, policy.most_lost * len(before)):
        return None
    names = sorted(everyone[id].name for id in gone)
    shown = ", ".join(names[:SHOWN]) + (", …" if len(names) > SHOWN else "")
    return (
        f"{len(gone)} of {len(before)} people are no longer in the groups of the policy ({shown}): "
        "nothing was changed. If they are to go, set people_lost = 1 under [outlook] in the policy"
    )


async def _renamed(services: Services, accounts: dict[str, Account | None]) -> list[str]:
    """Whoever is not there by the name in the policy but was once is found by who they are.

    *accounts* is mended; returns what the policy should say instead.
    """
    lost = [name for name, account in accounts.items() if account is None and "@" in name]
    known = {
        name: person.id
        for name in lost
        if (person := await services.stores.people.with_mail(name)) is not None
    }
    found = await services.outlook.directory.accounts(sorted(set(known.values())))
    problems = []
    for name, id in known.items():
        if account := found[id]:
            accounts[name] = account
            problems.append(f"{name} is now {account.mail}: the policy should say so")
    return problems


Groups = Mapping[str, frozenset[str]]


async def _groups(services: Services, file: PolicyFile) -> tuple[Groups, list[str]]:
    """Who is in each group of the policy by this reading, and the groups that are not there."""
    found: dict[str, frozenset[str]] = {}
    problems: list[str] = []
    for _, _, entries in _lists(file):
        for entry in entries:
            if entry in found or not entry.startswith(GROUP):
                continue
            name = entry.removeprefix(GROUP).strip()
            try:
                found[entry] = frozenset(await services.outlook.directory.members(name))
            except (GoneError, AmbiguousError) as error:
                problems.append(f"{entry}: {error}")
    return found, problems


async def _named(services: Services, file: PolicyFile, groups: Groups) -> Roles:
    """Roles and pools by id or sign-in name, with groups taken apart.

    Whoever was in a group at the last reading is in it still: nobody goes by one reading.
    """
    before = await services.stores.people.in_groups()
    named: Roles = {}
    for roles, pools, entries in _lists(file):
        for entry in entries:
            members: Collection[str] = (entry,)
            if entry.startswith(GROUP):
                members = groups.get(entry, frozenset()) | before.get(entry, frozenset())
            for member in sorted(members):
                known = named.setdefault(member, (set(), set()))
                known[0].update(roles)
                known[1].update(pools)
    return named


def _lists(file: PolicyFile) -> list[tuple[set[Role], set[str], list[str]]]:
    """Everything in the policy that names people: what they are, in which pool, and who."""
    return [
        ({Role.QUALIFIER}, set(), file.people.qualifiers),
        ({Role.MARKETER}, set(), file.people.marketers),
        ({Role.ADMIN}, set(), file.people.admins),
        ({Role.LEADER}, set(), [row.who for row in file.leaders]),
        *(({Role.REP}, {pool.code}, pool.reps) for pool in file.pools),
    ]


def _in_pools(
    file: PolicyFile,
    present: list[Account],
    roles: Mapping[str, tuple[set[Role], set[str]]],
) -> dict[str, list[str]]:
    """Mail addresses by pool."""
    return {
        pool.code: [a.mail for a in present if pool.code in roles[a.id][1]] for pool in file.pools
    }


def _person(
    account: Account,
    *,
    mailbox: Mailbox,
    day: Day | None,
    roles: tuple[set[Role], set[str]],
    regions: Mapping[str, str | None],
    now: datetime,
) -> Person:
    pools = sorted(roles[1])
    region = next((regions[p] for p in pools if regions.get(p)), None) or account.country
    hours = WorkingTime(
        zone=mailbox.hours_zone or USUAL.zone,
        days=mailbox.days or USUAL.days,
        start=mailbox.start,
        end=mailbox.end,
        holidays=_holidays(region, now.date()),
    )
    return Person(
        id=account.id,
        name=account.name,
        mail=account.mail,
        shown_in=None if mailbox.zone == hours.zone else mailbox.zone,
        aliases=tuple(sorted(set(account.addresses) - set(addresses.spellings(account.mail)))),
        hours=hours,
        managers=account.managers,
        roles=frozenset(roles[0]),
        pools=tuple(pools),
        dark=mailbox.dark or (day.dark if day else None),
    )


def _holidays(region: str | None, today: date) -> frozenset[date]:
    """Public holidays where the person works; none where nobody knows them."""
    try:
        return holidays_of(region, today - PAST, today + HOLIDAYS)
    except ValueError:
        return frozenset()
