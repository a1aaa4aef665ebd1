"""What the commands have in common that take in a short list which somebody keeps beside Baton, of
campaigns or of goals: all that stands in it is so from now on, or, where a row has a problem,
nothing of it. What is not in it stays.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from commands.summing_up import summed_up
from handoff.lead_list import Table
from jobs.services import Services
from store.door import Tx

T = TypeVar("T")
Read = tuple[list[T], list[str]]  # what was found, and every problem


async def _nothing(_services: Services, _tx: Tx, _known: Sequence[object]) -> list[str]:
    return []


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind(Generic[T]):
    """A kind of list: what one of it is called, and how it is read and kept."""

    one: str  # campaign
    read: Callable[[Table], Read[T]]
    known: Callable[[Services, Sequence[T]], Awaitable[Read[T]]]  # with ids for what was written
    keep: Callable[[Services, Tx, Sequence[T], datetime], Awaitable[int]]  # how many are new
    in_the_way: Callable[[Services, Tx, Sequence[T]], Awaitable[list[str]]] = _nothing


async def take_in(services: Services, name: str, table: Table, kind: Kind[T]) -> int:
    """Returns how many problems the list has; it is taken in where there are none."""
    listed, problems = kind.read(table)
    known, unknown = await kind.known(services, listed)
    problems += unknown
    changed = 0
    async with services.stores.door.open() as tx:
        problems += await kind.in_the_way(services, tx, known)
        if not problems:
            changed = await kind.keep(services, tx, known, services.now())
    for line in (*([table.note] if table.note else []), *summed_up(problems)):
        print(f"{name}: {line}")
    if problems:
        print(f"no {kind.one} was taken in: put the list right and give it again")
    else:
        print(f"{len(known)} {kind.one}s, {changed} of them new or changed")
    return len(problems)
