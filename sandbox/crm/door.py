"""What every CRM does with a request, whichever it is: what is broken on purpose comes first."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sandbox.faults import Effect, Faults, Part, Status, after, before


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    status: int
    body: Any = None  # as JSON; a text is XML
    headers: Mapping[str, str] = field(default_factory=dict)


async def answered(
    faults: Faults,
    method: str,
    parts: Sequence[str],
    *,
    broken: Callable[[Status], Answer],
    done: Callable[[Effect | None], Answer],
) -> Answer:
    """What is *done*, or how it is told that it is *broken*. Raises CutError where the connection
    is to be cut.
    """
    effect = faults.hit(Part.CRM, method, "/" + "/".join(parts))
    if isinstance(effect, Status):
        return broken(effect)
    await before(effect)
    answer = done(effect)
    await after(effect)
    return answer
