"""Who is who: the policy's groups and people, as Entra and Outlook have them."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta

import structlog
from procrastinate import Blueprint, JobContext

import policy
from graph.errors import DeniedError, GoneError, GraphError, NoMailboxError
from graph.people import Account, Mailbox
from graph.schedule import Day
from handoff.hours import Span, WorkingTime
from handoff.model import Person
from jobs.retry import Patient
from jobs.services import Services

log = structlog.get_logger()

tasks = Blueprint()

GROUP = "group:"
USUAL = WorkingTime(zone="UTC", days=frozenset(range(5)), start=time(9), end=time(17))
ABSENCES = timedelta(days=30)  # ahead that calendars are read for out of office
HOLIDAYS = timedelta(days=400)


@tasks.periodic(cron="7 * * * *")
@tasks.task(
    name="sync_people",
    queueing_lock="sync_people",
    lock="sync_people",
    retry=Patient(),
    pass_context=True,
)
async def sync_people(context: JobContext, timestamp: int = 0) -> None:
    """Everyone whom the policy names, and their managers, are known with their working hours."""
    await sync(Services.of(context))


async def sync(services: Services) -> list[str]:
    """As the task. Returns what could not be found, in words for an admin."""
    file = policy.read(await services.policies.text())
    named, problems = await _named(services, file)
    accounts = await services.directory.accounts(list(named))
    people = {a.id: a for a in accounts.values() if a}
    problems += [f"{name}: Entra knows no such person" for name, a in accounts.items() if not a]
    roles: dict[str, tuple[set[str], set[str]]] = {}
    for name, (as_, in_) in named.items():
        if (account := accounts[name]) and account.enabled:
            known = roles.setdefault(account.id, (set(), set()))
            known[0].update(as_)
            known[1].update(in_)
    chain = {m for a in people.values() if a.id in roles for m in a.managers}
    bosses = await services.directory.accounts(sorted(chain - people.keys()))
    people |= {a.id: a for a in bosses.values() if a}
    for manager in chain & people.keys():
        roles.setdefault(manager, (set(), set()))[0].add("manager")
    now = services.now()
    present = [people[id] for id in roles]
    mailboxes = await services.directory.mailboxes(present, now)
    days = await _days(services, present, mailboxes, now)
    regions = {pool.code: pool.holidays for pool in file.pools}
    await services.people.replace_all(
        [
            _person(
                account,
                mailbox=mailboxes[account.id],
                day=days.get(account.mail.lower()),
                roles=roles[account.id],
                regions=regions,
                now=now,
            )
            for account in present
        ],
        now,
    )
    problems += [flaw.words for flaw in policy.check(file, _in_pools(file, present, roles))]
    for problem in problems:
        log.warning("policy names nobody", who=problem)
    return problems


async def _named(
    services: Services, file: policy.PolicyFile
) -> tuple[dict[str, tuple[set[str], set[str]]], list[str]]:
    """Roles and pools by id or sign-in name, with groups taken apart."""
    lists = [
        ({"qualifier"}, set(), file.people.qualifiers),
        ({"marketer"}, set(), file.people.marketers),
        ({"admin"}, set(), file.people.admins),
        ({"leader"}, set(), [row.who for row in file.leaders]),
        *(({"rep"}, {pool.code}, pool.reps) for pool in file.pools),
    ]
    named: dict[str, tuple[set[str], set[str]]] = {}
    problems: list[str] = []
    for roles, pools, entries in lists:
        for entry in entries:
            members: tuple[str, ...] = (entry,)
            if entry.startswith(GROUP):
                try:
                    members = await services.directory.members(entry.removeprefix(GROUP).strip())
                except GraphError as error:
                    problems.append(f"{entry}: {error}")
                    continue
            for member in members:
                known = named.setdefault(member, (set(), set()))
                known[0].update(roles)
                known[1].update(pools)
    return named, problems


def _in_pools(
    file: policy.PolicyFile,
    present: list[Account],
    roles: Mapping[str, tuple[set[str], set[str]]],
) -> dict[str, list[str]]:
    """Mail addresses by pool."""
    return {
        pool.code: [a.mail for a in present if pool.code in roles[a.id][1]] for pool in file.pools
    }


async def _days(
    services: Services,
    accounts: list[Account],
    mailboxes: Mapping[str, Mailbox],
    now: datetime,
) -> Mapping[str, Day]:
    """Absences in the calendars of those whose mailbox can be read."""
    readable = [a for a in accounts if mailboxes[a.id].dark is None and a.mail]
    if not readable:
        return {}
    mails = [a.mail for a in readable]
    try:
        return await services.schedules.read(readable[0].id, mails, now, now + ABSENCES)
    except (DeniedError, NoMailboxError, GoneError) as error:
        log.warning("absences not read", why=str(error))
        return {}


def _person(
    account: Account,
    *,
    mailbox: Mailbox,
    day: Day | None,
    roles: tuple[set[str], set[str]],
    regions: Mapping[str, str | None],
    now: datetime,
) -> Person:
    pools = sorted(roles[1])
    region = next((regions[p] for p in pools if regions.get(p)), None) or account.country
    away: tuple[Span, ...] = (*mailbox.away, *(day.away if day else ()))
    hours = WorkingTime(
        zone=mailbox.zone or USUAL.zone,
        days=mailbox.days or USUAL.days,
        start=mailbox.start,
        end=mailbox.end,
        holidays=_holidays(region, now.date()),
        away=away,
    )
    return Person(
        id=account.id,
        name=account.name,
        mail=account.mail,
        hours=hours,
        managers=account.managers,
        roles=frozenset(roles[0]),
        pools=tuple(pools),
        dark=mailbox.dark or (day.dark if day else None),
    )


def _holidays(region: str | None, today: date) -> frozenset[date]:
    """Public holidays where the person works; none where nobody knows them."""
    try:
        return policy.holidays_of(region, today - ABSENCES, today + HOLIDAYS)
    except ValueError:
        return frozenset()
