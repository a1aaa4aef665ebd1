"""An effect as a job in the queue, and a job as an effect."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, TypeVar, cast

from procrastinate.jobs import Job
from pydantic import TypeAdapter, ValidationError

from handoff.effects import Effect

E = TypeVar("E", bound=Effect)

_ADAPTERS: dict[str, TypeAdapter[Any]] = {}


class NewerJobError(Exception):
    """A job that this release cannot read; a newer one, which put it into the queue, will do it."""


def job_of(effect: Effect, trace: Mapping[str, str]) -> Job:
    """*trace* is that in which it was decided."""
    args = _adapter(type(effect)).dump_python(effect, mode="json", exclude_defaults=True)
    return Job(
        queue=effect.queue,
        priority=int(effect.urgency),
        lock=effect.lock,
        queueing_lock=effect.once,
        task_name=effect.name,
        task_kwargs={**args, **trace},
    )


def effect_of(kind: type[E], args: Mapping[str, Any]) -> E:
    """Raises NewerJobError where *args* are not what this release knows of that kind."""
    known = {one.name for one in fields(kind)}
    try:
        if args.keys() <= known:
            return cast(E, _adapter(kind).validate_python(args))
    except ValidationError as error:
        raise NewerJobError(kind.name) from error
    raise NewerJobError(kind.name)


def _adapter(kind: type[Effect]) -> TypeAdapter[Any]:
    """Made once: it takes longer than all that is done with it."""
    if kind.name not in _ADAPTERS:
        _ADAPTERS[kind.name] = TypeAdapter(kind)
    return _ADAPTERS[kind.name]
