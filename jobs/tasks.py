"""Which function does which effect: `@task(Show)` says it; each app makes its own tasks of that."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, TypeVar

import structlog
from procrastinate import App, JobContext
from procrastinate.tasks import Task

import jobs
from bot.errors import InLineError, TeamsBusyError
from handoff.effects import Effect, ToPerson
from jobs import reaching
from jobs.retry import Patient
from jobs.services import Services
from store.encoding import NewerJobError, effect_of

log = structlog.get_logger()

E = TypeVar("E", bound=Effect)
Done = Callable[[JobContext, E], Awaitable[None]]

TIMESTAMP = "timestamp"  # the argument that procrastinate gives to whatever is done now and then


@dataclass(frozen=True, slots=True)
class Known:
    """How an effect is done."""

    do: Done[Any]
    cron: str | None


KNOWN: dict[type[Effect], Known] = {}
"""Filled when the modules beside this one are imported, which `add_to` does."""


def task(kind: type[E], *, cron: str | None = None) -> Callable[[Done[E]], Done[E]]:
    """The decorated function does every effect of that *kind*; with *cron* (UTC) one is put into
    the queue by itself.

    Whatever it raises is tried again as `Patient` says.
    """

    def known(do: Done[E]) -> Done[E]:
        if kind in KNOWN:
            raise ValueError(f"{kind.name} is done by {KNOWN[kind].do.__name__} already")
        KNOWN[kind] = Known(do, cron)
        return do

    return known


def add_to(app: App) -> None:
    """*app* can do every effect. One that it does not know waits for a newer release."""
    for module in iter_modules(jobs.__path__):
        import_module(f"jobs.{module.name}")
    for kind, known in KNOWN.items():
        if known.cron is None:
            app.task(name=kind.name, pass_context=True, retry=Patient())(_doing(kind, known.do))
            continue
        one = kind()
        made = app.task(
            name=kind.name,
            pass_context=True,
            retry=Patient(),
            queue=one.queue,
            priority=int(one.urgency),
            lock=one.lock,
            queueing_lock=one.once,
        )(_doing(kind, known.do))
        app.periodic(cron=known.cron)(made)
    app.tasks = _OrNewer(app)


def _doing(kind: type[E], do: Done[E]) -> Callable[..., Awaitable[None]]:
    async def doing(context: JobContext, **args: Any) -> None:
        args.pop(TIMESTAMP, None)
        effect = effect_of(kind, args)
        if isinstance(effect, ToPerson):
            await _to_person(context, do, effect)
        else:
            await do(context, effect)

    return doing


async def _to_person(context: JobContext, do: Done[Any], effect: ToPerson) -> None:
    """What Teams does not take keeps all else from the same person: whatever it was, that is known
    of them from the first try until it is done.
    """
    services = Services.of(context)
    try:
        await do(context, effect)
    except InLineError:
        raise
    except TeamsBusyError:
        await reaching.not_taken(services, effect.person, context.job.attempts)
        raise
    if context.job.attempts:
        async with services.stores.door.open() as tx:
            await services.stores.delivery.done_trying(tx, effect.person)


class _OrNewer(dict[str, Task[Any, Any, Any]]):
    """Tasks by name; for one that nobody here knows, one that waits for a release that does."""

    def __init__(self, app: App) -> None:
        super().__init__(app.tasks)
        self._newer = app.task(name="newer", pass_context=True, retry=Patient())(_newer)

    def get(self, name: str, _default: Any = None) -> Any:
        return super().get(name, self._newer)


async def _newer(context: JobContext, /, **_args: Any) -> None:
    raise NewerJobError(context.job.task_name)
