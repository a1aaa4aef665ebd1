"""`python app.py install`: Baton in the Teams of everyone whom the policy names.

A person watches it, so it waits where Graph asks for it instead of leaving that to the queue.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from rich.console import Console
from rich.progress import Progress

from commands import who_is_who
from doctor.check import OURS
from graph.apps import CatalogApp, Installation
from graph.errors import BusyError, DeniedError, GoneError, GraphError, SignInError
from handoff.model import Person
from jobs.services import Services
from store.policies import NoPolicyError

AT_ONCE = 4  # requests; Teams installs slowly, and throttles those who hurry
WAIT = 5.0  # seconds, where Graph does not say how long
PATIENCE = 6  # times that one question is asked again
GRANT = "grant AppCatalog.Read.All and TeamsAppInstallation.ReadWriteSelfForUser.All in Entra"

T = TypeVar("T")


async def install(services: Services, manifest_id: str, console: Console) -> int:
    """Everyone whom the policy names has Baton in its newest version, as far as Teams lets them.

    Says whom it could not reach, and why. Returns 0 when that is nobody. Again does no harm.
    """
    try:
        named_in_vain = await patiently(lambda: who_is_who.read(services, console), console)
        app = await patiently(lambda: services.outlook.apps.find(manifest_id), console)
        everyone = list((await services.stores.people.everyone()).values())
        done, failed = await _each(services, app, everyone, console)
    except NoPolicyError:
        return _stop(console, "no policy is in force. Run: python app.py migrate")
    except DeniedError as error:
        return _stop(console, f"Graph refuses ({error}): {GRANT}")
    except GoneError:
        return _stop(
            console,
            "Baton is not in the organisation's catalogue. Run `python app.py manifest` and upload "
            "what it writes in the Teams admin center, under Teams apps > Manage apps",
        )
    except GraphError as error:
        return _stop(console, f"Graph refuses ({error}): {OURS}")
    except (BusyError, SignInError) as error:
        return _stop(console, str(error))
    told = ", ".join(f"{count} {what}" for what, count in done.items())
    console.print(f"Baton {app.version}: {told or 'nobody'}", markup=False)
    console.print(f"its id in the catalogue, for TEAMS_APP_ID: {app.id}", highlight=False)
    lines = [f"{person.name}: {why}" for person, why in failed]
    for line in [*lines, *named_in_vain]:
        console.print(f"✖ {line}", markup=False, highlight=False)
    return min(len(lines) + len(named_in_vain), 1)


async def patiently(ask: Callable[[], Awaitable[T]], console: Console) -> T:
    """The answer, asked for again as late as Graph says. Raises BusyError when it stays busy."""
    for _ in range(PATIENCE):
        try:
            return await ask()
        except BusyError as error:
            wait = WAIT if error.retry_after is None else error.retry_after
            console.print(f"{error}: again in {wait:g} s", markup=False, highlight=False)
            await asyncio.sleep(wait)
    return await ask()


async def _each(
    services: Services, app: CatalogApp, everyone: Sequence[Person], console: Console
) -> tuple[Counter[str], list[tuple[Person, str]]]:
    """How many came to what, and who could not be reached."""
    ids = [person.id for person in everyone]
    had = await patiently(lambda: services.outlook.apps.installed(app, ids), console)
    done: Counter[str] = Counter()
    failed: list[tuple[Person, str]] = []
    with Progress(console=console, transient=True) as progress:
        bar = progress.add_task("Baton in everyone's Teams", total=len(everyone))
        for some in _in_batches(everyone):
            answers = await asyncio.gather(
                *(_one(services, app, person, had[person.id], console) for person in some),
                return_exceptions=True,
            )
            for person, answer in zip(some, answers, strict=True):
                if isinstance(answer, GraphError) and not isinstance(answer, DeniedError):
                    failed.append((person, str(answer)))
                elif isinstance(answer, BaseException):
                    raise answer
                else:
                    done[answer] += 1
                progress.advance(bar)
    return done, failed


async def _one(
    services: Services,
    app: CatalogApp,
    person: Person,
    had: Installation | Exception | None,
    console: Console,
) -> str:
    """What was done, in a word. Where Teams does not say who has it, installing tells why."""
    if not isinstance(had, Installation):
        await patiently(lambda: services.outlook.apps.install(app, person.id), console)
        return "installed"
    if had.version == app.version:
        return "had it already"
    await patiently(lambda: services.outlook.apps.upgrade(person.id, had), console)
    return "upgraded"


def _in_batches(everyone: Sequence[Person]) -> list[Sequence[Person]]:
    return [everyone[first : first + AT_ONCE] for first in range(0, len(everyone), AT_ONCE)]


def _stop(console: Console, why: str) -> int:
    console.print(f"✖ {why}", markup=False, highlight=False)
    return 1
