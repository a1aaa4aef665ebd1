"""Whether Baton is well: every part proved by using it, and what to do where it is not."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import policy
from graph import permissions
from graph.errors import BusyError, GraphError, SignInError
from handoff.model import Person
from jobs import people
from jobs.services import Services
from settings import Settings
from store import invariants
from store.database import Pool, answers
from store.migrate import pending
from store.policies import NoPolicyError

STALE = timedelta(minutes=5)  # without a sweep, or with a job that nobody begins


@dataclass(frozen=True, slots=True)
class Check:
    """One line: what was looked at, whether it is well, and what to do if it is not."""

    what: str
    well: bool
    then: str = ""


async def examine(
    settings: Settings, services: Services, connections: Pool, at: datetime
) -> AsyncIterator[Check]:
    """Each part in turn; what cannot be looked at without another part is left out."""
    if not await answers(connections):
        yield Check("the database answers", False, "is PostgreSQL up, and DATABASE_URL right?")
        return
    yield Check("the database answers", True)
    missing = await pending(settings.database_url)
    yield Check(
        "the database is as this version needs it", not missing, "run: python app.py migrate"
    )
    if missing:
        return
    async for check in _policy(settings, services):
        yield check
    for name, numbers in (await invariants.broken(connections)).items():
        listed = ", ".join(map(str, numbers[:10]))
        yield Check(name, not numbers, f"handoffs {listed}: say `why` and the number in Teams")
    async for check in _queue(connections, at):
        yield check
    async for check in _microsoft(settings, services):
        yield check
    async for check in _permissions(settings, services, at):
        yield check
    async for check in _people(services):
        yield check


async def _policy(settings: Settings, services: Services) -> AsyncIterator[Check]:
    try:
        in_force = await services.policies.text()
    except NoPolicyError:
        yield Check("a policy is in force", False, "run: python app.py migrate")
        return
    yield Check("a policy is in force", True)
    try:
        text = settings.policy_file.read_text(encoding="utf-8")  # once
        policy.read(text)
    except (OSError, policy.BadPolicyError) as error:
        yield Check("the policy file is good", False, str(error))
        return
    yield Check(
        "the policy file is the one in force",
        text == in_force,
        "it has changed since; python app.py migrate puts it in force",
    )


async def _queue(connections: Pool, at: datetime) -> AsyncIterator[Check]:
    jobs = await invariants.queue(connections, at)
    waits = jobs.oldest or timedelta()
    yield Check(
        f"jobs are begun in time ({jobs.waiting} waiting)",
        waits < STALE,
        "is a worker running? python app.py work",
    )
    swept = jobs.swept_at
    yield Check(
        "the clock is looked at every minute",
        swept is not None and at - swept < STALE,
        "is a worker running? python app.py work",
    )
    yield Check(
        "no job has failed for good",
        jobs.failed == 0,
        f"{jobs.failed} failed: the worker's log says why",
    )
    yield Check(
        "every deadline has rung",
        jobs.overdue == 0,
        f"{jobs.overdue} handoffs wait for the sweep: is a worker running? python app.py work",
    )


async def _microsoft(settings: Settings, services: Services) -> AsyncIterator[Check]:
    for what, token in (
        ("sign-in for Graph", services.graph_token),
        ("sign-in for Teams", services.bot_token),
    ):
        try:
            await token()
        except SignInError as error:
            yield Check(what, False, f"CLIENT_ID and its credential: {error}")
        except BusyError as error:
            yield Check(what, False, f"{settings.login_url}: {error}")
        else:
            yield Check(what, True)
    someone = next(iter((await services.people.with_role("qualifier")).values()), None)
    if someone is None:
        yield Check(
            "the policy names qualifiers who are in Entra",
            False,
            "[people] qualifiers in the policy; python app.py work reads them",
        )
        return
    try:
        found = await services.directory.accounts([someone.id])
    except (GraphError, BusyError, SignInError) as error:
        yield Check("Graph reads people", False, f"permission User.Read.All: {error}")
    else:
        yield Check("Graph reads people", found[someone.id] is not None, f"{someone.id} is gone")


async def _permissions(
    settings: Settings, services: Services, at: datetime
) -> AsyncIterator[Check]:
    """What is granted against what is needed, and each by using it where a mailbox is named."""
    try:
        granted = permissions.granted_in(await services.graph_token())
    except (SignInError, BusyError):
        return  # said already
    have = permissions.allowed(granted)
    lacking = [p for p in permissions.needed() if p not in have]
    directory = [p for p in lacking if not permissions.scopable(p)]
    yield Check(
        "Entra grants what the directory needs",
        not directory,
        f"grant and consent in Entra: {', '.join(directory)}",
    )
    wider = [
        f"{one}: {enough} is enough" if enough else f"{one}: nothing needs it"
        for one, enough in permissions.broader(granted).items()
    ]
    yield Check("no permission is broader than needed", not wider, "; ".join(wider))
    if settings.test_mailbox is None:
        unsure = [p for p in lacking if permissions.scopable(p)]
        yield Check(
            "Entra grants what mailboxes need",
            not unsure,
            f"{', '.join(unsure)}: given in Exchange? Name a mailbox in TEST_MAILBOX, and it is "
            "tried there",
        )
        return
    try:
        async for permission, error in services.trying.each(settings.test_mailbox, at):
            yield Check(
                f"{permission} works on {settings.test_mailbox}",
                error is None,
                f"{error}: {_grant(permission)}",
            )
        if settings.outside_mailbox:
            yield await _outside(services, settings.outside_mailbox, granted, at)
    except BusyError as error:
        yield Check("permissions can be tried", False, f"{settings.graph_url}: {error}")


def _grant(permission: str) -> str:
    if not permissions.scopable(permission):
        return "grant and consent to it in Entra"
    return (
        f"assign the role Application {permission} in Exchange for a scope with this mailbox "
        "(it takes up to two hours to be felt), or consent to it in Entra"
    )


async def _outside(
    services: Services, mailbox: str, granted: frozenset[str], at: datetime
) -> Check:
    """A consent in Entra is for every mailbox, whatever scope Exchange was given."""
    what = f"{mailbox} stays closed to Baton"
    unscoped = [p for p in sorted(granted) if permissions.scopable(p)]
    if unscoped:
        return Check(
            what,
            False,
            f"Entra consents to {', '.join(unscoped)} for every mailbox, which undoes the scope "
            "in Exchange: withdraw the consent in Entra",
        )
    opened = await services.trying.opens(mailbox, at)
    return Check(what, not opened, "the scope in Exchange includes it: narrow the scope")


async def _people(services: Services) -> AsyncIterator[Check]:
    """Whom the policy names in vain, and whom Baton cannot read, watch or reach, by name."""
    try:
        problems = await people.unknown(services)
    except (GraphError, BusyError, SignInError) as error:
        yield Check("who is who can be read", False, str(error))
    else:
        yield Check("everyone whom the policy names is there", not problems, "; ".join(problems))
    watched = await services.subscriptions.in_trouble()
    known = await services.people.get({one.mailbox for one in watched})
    yield _listed(
        "every mailbox in use is watched",
        [(known[one.mailbox], one.trouble) for one in watched if one.mailbox in known],
        "they are read from time to time instead",
    )
    everyone = (await services.people.everyone()).values()
    working = [p for p in everyone if p.roles & {"rep", "qualifier"}]
    yield _listed(
        "every calendar can be read",
        [(p, p.dark) for p in working if p.dark],
        "they are not booked meanwhile",
    )
    yield _listed(
        "Teams reaches everyone",
        [(p, p.unreachable) for p in everyone if p.unreachable],
        "they get nothing until they write to Baton",
    )


def _listed(what: str, who: list[tuple[Person, str | None]], then: str) -> Check:
    names = "; ".join(f"{person.name}: {why}" for person, why in who[:10])
    return Check(what, not who, f"{names}. {then.capitalize()}.")
