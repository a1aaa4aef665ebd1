"""What was read of facts, for whoever asks for the same while nothing else is counted of its days.

Ten who open a page at once ask PostgreSQL once. Nothing is ever told that is not so at the moment
of whoever asks: what was found is known by the moment of the days that it was made of.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, TypeVar

from store.database import Connection

MOST = 128  # answers that are kept, those that were asked for last
PARTS = 100  # of one answer that are kept
_Read = TypeVar("_Read")
_Part = TypeVar("_Part", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Moment:
    """Of each day how often it was added up and how often it is marked since. Whoever counts marks
    the day, and within one time of adding up marks are only added: so two transactions that see the
    same moment of a day see the same facts of it. The server is told apart by when it began, for
    one that took over may lack the last facts.
    """

    server: datetime
    days: tuple[tuple[date, int, int], ...]  # those that were ever marked

    def of(self, first: date, last: date) -> "Moment":
        """That of the days from *first* on, before *last*."""
        return Moment(self.server, tuple(one for one in self.days if first <= one[0] < last))


async def moment_of(tx: Connection, first: date, last: date) -> Moment:
    """That of the days, in UTC, from *first* on and before *last*."""
    found = await tx.execute(
        "select pg_postmaster_start_time(), day, sum(times)::int, sum(marks)::int from ("
        "select null::date as day, 0 as times, 0 as marks union all "
        "select day, times, 0 from day_added_up where day >= %(first)s and day < %(last)s "
        "union all select day, 0, 1 from dirty_day where day >= %(first)s and day < %(last)s"
        ") as one group by day order by day nulls first",
        {"first": first, "last": last},
    )
    (server, *_), *days = await found.fetchall()
    return Moment(server, tuple((day, times, marks) for _, day, times, marks in days))


@dataclass(slots=True)
class Shared:
    _found: OrderedDict[object, asyncio.Future[list[Any]]] = field(default_factory=OrderedDict)
    _parts: OrderedDict[object, OrderedDict[Any, "_Held"]] = field(default_factory=OrderedDict)

    def __len__(self) -> int:
        return len(self._found) + len(self._parts)

    async def once(
        self, moment: object, key: object, read: Callable[[], Awaitable[_Read]]
    ) -> _Read:
        """What *read* finds at that moment, by whoever asked first. It changes nobody's."""
        name = moment, key
        while (there := self._found.get(name)) is not None:
            self._found.move_to_end(name)
            if found := await asyncio.shield(there):
                known: _Read = found[0]
                return known
        here = self._found[name] = asyncio.get_running_loop().create_future()
        value: list[_Read] = []
        try:
            value.append(await read())
        finally:
            if not value and self._found.get(name) is here:
                del self._found[name]  # who waits for it reads it for themselves
            here.set_result(value)
        _trim(self._found, MOST)
        return value[0]

    async def each(
        self,
        moments: Mapping[_Part, object],
        key: object,
        read: Callable[[Sequence[_Part]], Awaitable[Mapping[_Part, _Read]]],
    ) -> dict[_Part, _Read]:
        """Of each part what is found of it at its moment: *read* are those that are no more as they
        were, by whoever asked first. It changes nobody's.
        """
        parts = self._parts.setdefault(key, OrderedDict())
        self._parts.move_to_end(key)
        _trim(self._parts, MOST)
        found: dict[_Part, _Read] = {}
        while left := [one for one in moments if one not in found]:
            there = {one: held for one in left if (held := parts.get(one))}
            mine = [one for one in left if one not in there or there[one].moment != moments[one]]
            if mine:
                found |= await self._read(parts, mine, moments, read)
                continue
            for one in left:
                parts.move_to_end(one)
            for held in {id(held): held for held in there.values()}.values():
                known = await asyncio.shield(held.found)
                found |= {one: known[one] for one in left if there[one] is held and one in known}
        return found

    async def _read(
        self,
        parts: OrderedDict[Any, "_Held"],
        mine: Sequence[_Part],
        moments: Mapping[_Part, object],
        read: Callable[[Sequence[_Part]], Awaitable[Mapping[_Part, _Read]]],
    ) -> dict[_Part, _Read]:
        here: asyncio.Future[Mapping[Any, Any]] = asyncio.get_running_loop().create_future()
        for one in mine:
            parts[one] = _Held(moments[one], here)
            parts.move_to_end(one)
        value: dict[_Part, _Read] = {}
        try:
            read_now = await read(mine)
            value = {one: read_now[one] for one in mine}
        finally:
            if not value:
                for one in mine:
                    if (held := parts.get(one)) and held.found is here:
                        del parts[one]  # who waits for it reads it for themselves
            here.set_result(value)
        _trim(parts, PARTS)
        return value


@dataclass(frozen=True, slots=True)
class _Held:
    """What several parts are, of which this is one, at the moment of this one."""

    moment: object
    found: asyncio.Future[Mapping[Any, Any]]


def _trim(several: OrderedDict[Any, Any], most: int) -> None:
    while len(several) > most:
        several.popitem(last=False)
